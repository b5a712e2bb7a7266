using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MyTorch.Kernels;

/// <summary>Folds along dimensions: sums, extremes, positions of extremes.</summary>
static class ReductionKernels
{
    const int Sequential = 64;

    /// <summary>
    /// The sum of a row. Short rows are added in order; long ones in 64 bytes' worth of interleaved partial sums, whatever the
    /// processor's vectors are, so that every machine gets the same bits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static T Sum<T>(ReadOnlySpan<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int lanes = Vector512<T>.Count;
        T sum = T.Zero;
        int i = 0;
        if (x.Length >= Sequential)
        {
            Vector512<T> first = default, second = default;
            for (; i <= x.Length - 2 * lanes; i += 2 * lanes)
            {
                first += Vector512.Create(x.Slice(i, lanes));
                second += Vector512.Create(x.Slice(i + lanes, lanes));
            }
            first += second;
            for (int lane = 0; lane < lanes; lane++) sum += first[lane];
        }
        for (; i < x.Length; i++) sum += x[i];
        return sum;
    }

    /// <summary>Adds <paramref name="x"/>, of the given shape, into <paramref name="y"/>, whose strides are 0 along the summed dimensions.</summary>
    internal static void SumInto<T>(ReadOnlySpan<T> x, Shape shape, Span<T> y, int[] strides) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        y.Clear();
        var rows = new RowWalker(shape, shape.Strides(), strides);
        int length = rows.RowLength;
        while (rows.Next())
        {
            ReadOnlySpan<T> row = x.Slice(rows.OffsetA, length);
            if (rows.RowStrideB == 0 || length == 1) y[rows.OffsetB] += Sum(row);
            else
            {
                Span<T> target = y.Slice(rows.OffsetB, length);
                TensorPrimitives.Add(target, row, target);
            }
        }
    }

    /// <summary>The largest (or smallest) element along the dimensions of stride 0; NaN where there is one.</summary>
    internal static void ExtremeInto<T>(ReadOnlySpan<T> x, Shape shape, Span<T> y, int[] strides, bool largest) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        y.Fill(largest ? T.NegativeInfinity : T.PositiveInfinity);
        var rows = new RowWalker(shape, shape.Strides(), strides);
        int length = rows.RowLength;
        while (rows.Next())
        {
            ReadOnlySpan<T> row = x.Slice(rows.OffsetA, length);
            if (rows.RowStrideB == 0 || length == 1)
            {
                T extreme = largest ? TensorPrimitives.Max(row) : TensorPrimitives.Min(row);
                ref T target = ref y[rows.OffsetB];
                target = largest ? T.Max(target, extreme) : T.Min(target, extreme);
            }
            else
            {
                Span<T> target = y.Slice(rows.OffsetB, length);
                if (largest) TensorPrimitives.Max(target, row, target);
                else TensorPrimitives.Min(target, row, target);
            }
        }
    }

    /// <summary>
    /// For x of shape (outer, size, inner) the position along the middle dimension of the first largest (or smallest) element;
    /// of the first NaN where there is one.
    /// </summary>
    internal static void PositionOfExtreme<T>(ReadOnlySpan<T> x, int size, int inner, Span<long> y, bool largest) where T : unmanaged, INumber<T>
    {
        for (int o = 0; o < y.Length; o++)
        {
            int start = o / inner * size * inner + o % inner;
            int best = 0;
            T extreme = x[start];
            for (int i = 1; i < size && !T.IsNaN(extreme); i++)
            {
                T value = x[start + i * inner];
                if (T.IsNaN(value) || (largest ? value > extreme : value < extreme)) (best, extreme) = (i, value);
            }
            y[o] = best;
        }
    }
}
