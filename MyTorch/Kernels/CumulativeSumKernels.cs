using System.Numerics;

namespace MyTorch.Kernels;

/// <summary>Cumulative sums of floating-point tensors.</summary>
static class CumulativeSumKernels
{
    /// <summary>
    /// yₖ = x₁ + … + xₖ along a dimension, or from its end. Each line has one accumulator in double precision, so the error of a Float32
    /// sum does not grow with the number of its terms. The inner loop runs over lines, which lie next to each other in memory.
    /// </summary>
    internal static void CumSum<T>(ReadOnlySpan<T> x, Shape shape, int dim, bool reverse, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int outer, int size, int inner) = IndexKernels.Around(shape, dim);
        double[] sums = new double[inner];
        for (int o = 0; o < outer; o++)
        {
            Array.Clear(sums);
            for (int k = 0; k < size; k++)
            {
                int start = (o * size + (reverse ? size - 1 - k : k)) * inner;
                ReadOnlySpan<T> from = x.Slice(start, inner);
                Span<T> to = y.Slice(start, inner);
                for (int i = 0; i < to.Length; i++) to[i] = T.CreateTruncating(sums[i] += double.CreateTruncating(from[i]));
            }
        }
    }
}
