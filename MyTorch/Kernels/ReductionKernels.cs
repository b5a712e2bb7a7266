using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MyTorch.Kernels;

/// <summary>Minimum and maximum along dimensions, and their indices. Sums are in <see cref="Summation"/>.</summary>
static class ReductionKernels
{
    // Shorter rows are reduced by TensorPrimitives.
    const int ShortRow = 64;

    /// <inheritdoc cref="Summation.Sum"/>
    internal static T Sum<T>(ReadOnlySpan<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Summation.Sum(x);

    /// <summary>The largest element of a row, NaN if any element is NaN.</summary>
    internal static T Maximum<T>(ReadOnlySpan<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Extreme(x, largest: true);

    /// <summary>
    /// The maximum or minimum of a row, NaN if any element is NaN. Lane j of an accumulator holds the extreme of the elements j, j + lanes,
    /// ….
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static T Extreme<T>(ReadOnlySpan<T> x, bool largest) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (x.Length < ShortRow) return largest ? TensorPrimitives.Max(x) : TensorPrimitives.Min(x);
        int lanes = Vector512<T>.Count, i = 0;
        ref T from = ref MemoryMarshal.GetReference(x);
        // Four accumulators, so that an instruction does not wait for the result of the one before it. They start with the last vector of
        // the row, which covers the remainder; that some elements are compared twice does not change an extreme.
        Vector512<T> first = Vector512.LoadUnsafe(ref from, (nuint)(x.Length - lanes)), second = first, third = first, fourth = first;
        for (; i <= x.Length - 4 * lanes; i += 4 * lanes)
        {
            first = Extreme(first, Vector512.LoadUnsafe(ref from, (nuint)i), largest);
            second = Extreme(second, Vector512.LoadUnsafe(ref from, (nuint)(i + lanes)), largest);
            third = Extreme(third, Vector512.LoadUnsafe(ref from, (nuint)(i + 2 * lanes)), largest);
            fourth = Extreme(fourth, Vector512.LoadUnsafe(ref from, (nuint)(i + 3 * lanes)), largest);
        }
        for (; i <= x.Length - lanes; i += lanes) first = Extreme(first, Vector512.LoadUnsafe(ref from, (nuint)i), largest);
        first = Extreme(Extreme(first, second, largest), Extreme(third, fourth, largest), largest);
        Vector256<T> half = largest ? Vector256.Max(first.GetLower(), first.GetUpper()) : Vector256.Min(first.GetLower(), first.GetUpper());
        Vector128<T> quarter = largest ? Vector128.Max(half.GetLower(), half.GetUpper()) : Vector128.Min(half.GetLower(), half.GetUpper());
        T extreme = quarter[0];
        for (int lane = 1; lane < Vector128<T>.Count; lane++)
            extreme = largest ? T.Max(extreme, quarter[lane]) : T.Min(extreme, quarter[lane]);
        return extreme;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Extreme<T>(Vector512<T> a, Vector512<T> b, bool largest) => largest ? Vector512.Max(a, b) : Vector512.Min(a, b);

    /// <summary>The maximum or minimum along the dimensions in which the strides of y are 0, NaN if any element is NaN.</summary>
    internal static void ExtremeInto<T>(ReadOnlySpan<T> x, Shape shape, Span<T> y, int[] strides, bool largest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        y.Fill(largest ? T.NegativeInfinity : T.PositiveInfinity);
        var rows = new RowWalker(shape, shape.Strides(), strides);
        int length = rows.RowLength;
        while (rows.Next())
        {
            ReadOnlySpan<T> row = x.Slice(rows.OffsetA, length);
            if (rows.RowStrideB == 0 || length == 1)
            {
                T extreme = Extreme(row, largest);
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
    /// For x of shape (outer, size, inner), the index along the middle dimension of the first maximum or minimum, or of the first NaN if
    /// there is one.
    /// </summary>
    internal static void IndexOfExtreme<T>(ReadOnlySpan<T> x, int size, int inner, Span<long> y, bool largest)
        where T : unmanaged, INumber<T>
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
