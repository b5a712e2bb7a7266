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

    /// <summary>The maximum or minimum of a row, NaN if any element is NaN.</summary>
    internal static T Extreme<T>(ReadOnlySpan<T> x, bool largest) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (x.Length < ShortRow) return largest ? TensorPrimitives.Max(x) : TensorPrimitives.Min(x);
        return VectorPath.Current switch
        {
            VectorWidth.Bits512 => Extreme<T, Vector512<T>, Lanes512<T>>(x, largest),
            VectorWidth.Bits256 => Extreme<T, Vector256<T>, Lanes256<T>>(x, largest),
            VectorWidth.Bits128 => Extreme<T, Vector128<T>, Lanes128<T>>(x, largest),
            _ => Extreme<T, T, Lanes1<T>>(x, largest),
        };
    }

    /// <summary>The same for at least four vectors. Lane j of an accumulator holds the extreme of the elements j, j + lanes, ….</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static T Extreme<T, V, L>(ReadOnlySpan<T> x, bool largest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        int lanes = L.Width, i = 0;
        ref T from = ref MemoryMarshal.GetReference(x);
        // Four accumulators, so that an instruction does not wait for the result of the one before it. They start with the last vector of
        // the row, which covers the remainder; that some elements are compared twice does not change an extreme.
        V first = L.Load(ref Unsafe.Add(ref from, x.Length - lanes)), second = first, third = first, fourth = first;
        for (; i <= x.Length - 4 * lanes; i += 4 * lanes)
        {
            first = Extreme<T, V, L>(first, L.Load(ref Unsafe.Add(ref from, i)), largest);
            second = Extreme<T, V, L>(second, L.Load(ref Unsafe.Add(ref from, i + lanes)), largest);
            third = Extreme<T, V, L>(third, L.Load(ref Unsafe.Add(ref from, i + 2 * lanes)), largest);
            fourth = Extreme<T, V, L>(fourth, L.Load(ref Unsafe.Add(ref from, i + 3 * lanes)), largest);
        }
        for (; i <= x.Length - lanes; i += lanes) first = Extreme<T, V, L>(first, L.Load(ref Unsafe.Add(ref from, i)), largest);
        first = Extreme<T, V, L>(Extreme<T, V, L>(first, second, largest), Extreme<T, V, L>(third, fourth, largest), largest);
        T extreme = L.Lane(first, 0);
        for (int lane = 1; lane < lanes; lane++)
            extreme = largest ? T.Max(extreme, L.Lane(first, lane)) : T.Min(extreme, L.Lane(first, lane));
        return extreme;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Extreme<T, V, L>(V a, V b, bool largest) where T : unmanaged where V : struct where L : struct, ILanes<T, V> =>
        largest ? L.Maximum(a, b) : L.Minimum(a, b);

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
