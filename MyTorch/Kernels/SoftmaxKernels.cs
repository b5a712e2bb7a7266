using System.Numerics;
using System.Numerics.Tensors;

namespace MyTorch.Kernels;

/// <summary>Softmax and its relatives over the rows of a contiguous matrix, one pass in the cache per row.</summary>
/// <remarks>
/// The logarithms are those of 1 + Σ′, the sum without the first largest element, whose own power is 1: where one logit dominates, the logarithm of
/// its probability is tiny, and 1 + Σ′ would round it away.
/// </remarks>
static class SoftmaxKernels
{
    const int Few = 128;

    /// <summary>yᵢ = e^(xᵢ − max x) / Σⱼ e^(xⱼ − max x) for each row.</summary>
    internal static void Softmax<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int start = 0; start < x.Length; start += columns)
        {
            ReadOnlySpan<T> row = x.Slice(start, columns);
            Span<T> target = y.Slice(start, columns);
            ExponentialKernels.ShiftedExp(row, TensorPrimitives.Max(row), target);
            TensorPrimitives.Divide(target, ReductionKernels.Sum<T>(target), target);
        }
    }

    /// <summary>yᵢ = xᵢ − max x − log Σⱼ e^(xⱼ − max x) for each row.</summary>
    internal static void LogSoftmax<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> scratch = columns <= Few ? stackalloc T[Few] : new T[columns];
        for (int start = 0; start < x.Length; start += columns)
        {
            ReadOnlySpan<T> row = x.Slice(start, columns);
            Span<T> target = y.Slice(start, columns);
            T rest = LogOfPowers(row, scratch[..columns], out T largest);
            TensorPrimitives.Subtract(row, largest, target);
            TensorPrimitives.Subtract(target, rest, target);
        }
    }

    /// <summary>yᵢ = log Σⱼ e^(xᵢⱼ − max xᵢ) − (xᵢₖ − max xᵢ), k the row's class. (With log Σⱼ e^xᵢⱼ − xᵢₖ a small loss would be lost beside large logits.)</summary>
    internal static void CrossEntropy<T>(ReadOnlySpan<T> x, ReadOnlySpan<long> classes, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> scratch = columns <= Few ? stackalloc T[Few] : new T[columns];
        for (int r = 0; r < y.Length; r++)
        {
            ReadOnlySpan<T> row = x.Slice(r * columns, columns);
            T log = LogOfPowers(row, scratch[..columns], out T largest);
            y[r] = log - (row[(int)classes[r]] - largest);
        }
    }

    /// <summary>y = log Σⱼ e^xⱼ of each row. An infinite largest element is the result itself.</summary>
    internal static void LogSumExp<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> scratch = columns <= Few ? stackalloc T[Few] : new T[columns];
        for (int r = 0; r < y.Length; r++)
        {
            ReadOnlySpan<T> row = x.Slice(r * columns, columns);
            T log = LogOfPowers(row, scratch[..columns], out T largest);
            y[r] = T.IsInfinity(largest) ? largest : largest + log;
        }
    }

    /// <summary>log Σⱼ e^(xⱼ − largest), and the largest element; NaN where that is infinite or NaN.</summary>
    static T LogOfPowers<T>(ReadOnlySpan<T> row, Span<T> powers, out T largest) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int place = TensorPrimitives.IndexOfMax(row);
        largest = row[place];
        if (!T.IsFinite(largest)) return T.NaN;
        ExponentialKernels.ShiftedExp(row, largest, powers);
        powers[place] = T.Zero;
        return ExponentialKernels.Log1p(ReductionKernels.Sum<T>(powers));
    }
}
