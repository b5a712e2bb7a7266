using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MyTorch.Kernels;

/// <summary>Softmax, log-softmax, cross entropy and log-sum-exp of the rows of a contiguous matrix, one row at a time.</summary>
/// <remarks>
/// The maximum is subtracted before the exponentials, so they do not overflow. The logarithm of their sum is log1p(Σ′), with Σ′ the sum
/// without the maximum, whose exponential is 1: where one logit dominates, 1 + Σ′ would round to 1 and the loss to 0.
/// </remarks>
static class SoftmaxKernels
{
    // Rows up to this length use the stack for the exponentials.
    const int StackRow = 128;

    // Rows shorter than the widest vector are taken so many elements at a time: one call of a function for many rows.
    const int Together = 256;

    static bool IsShort<T>(int columns) => columns > 0 && columns < Vector512<T>.Count;

    /// <summary>yᵢ = e^(xᵢ − max x) / Σⱼ e^(xⱼ − max x) for each row.</summary>
    internal static void Softmax<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (IsShort<T>(columns)) SoftmaxOfShortRows(x, y, columns);
        else SoftmaxOfRows(x, y, columns);
    }

    static void SoftmaxOfRows<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int start = 0; start < x.Length; start += columns)
        {
            ReadOnlySpan<T> row = x.Slice(start, columns);
            Span<T> target = y.Slice(start, columns);
            ExponentialKernels.ShiftedExp(row, ReductionKernels.Maximum(row), target);
            // The largest exponential is 1, so the sum is at least 1, or NaN.
            Vectors.Map(new QuotientFunction<T>(ReductionKernels.Sum<T>(target)), target, target);
        }
    }

    static void SoftmaxOfShortRows<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> shifts = stackalloc T[Together];
        int size = Together / columns * columns;
        for (int start = 0; start < x.Length; start += size)
        {
            size = Math.Min(size, x.Length - start);
            ReadOnlySpan<T> rows = x.Slice(start, size);
            Span<T> target = y.Slice(start, size), sums = shifts[..size];
            if (!RepeatMaxima(rows, sums, columns))
            {
                SoftmaxOfRows(rows, target, columns);
                continue;
            }
            ExponentialKernels.ShiftedExp<T>(rows, sums, target);
            for (int row = 0; row < size; row += columns)
                sums.Slice(row, columns).Fill(ReductionKernels.Sum<T>(target.Slice(row, columns)));
            TensorPrimitives.Divide(target, sums, target);
        }
    }

    /// <summary>Fills each short row with its maximum; false if a maximum is too large for the quick exponential, or NaN.</summary>
    static bool RepeatMaxima<T>(ReadOnlySpan<T> x, Span<T> maxima, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int row = 0; row < x.Length; row += columns)
        {
            T largest = x[row];
            for (int i = 1; i < columns; i++) largest = T.Max(largest, x[row + i]);
            if (!ExponentialKernels.IsNear(largest)) return false;
            for (int i = 0; i < columns; i++) maxima[row + i] = largest;
        }
        return true;
    }

    /// <summary>yᵢ = xᵢ − max x − log Σⱼ e^(xⱼ − max x) for each row.</summary>
    internal static void LogSoftmax<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> scratch = columns <= StackRow ? stackalloc T[StackRow] : new T[columns];
        for (int start = 0; start < x.Length; start += columns)
        {
            ReadOnlySpan<T> row = x.Slice(start, columns);
            Span<T> target = y.Slice(start, columns);
            T rest = LogSumOfShiftedExp(row, scratch[..columns], out T largest);
            Vectors.Map(new LessTwoFunction<T>(largest, rest), row, target);
        }
    }

    /// <summary>
    /// yᵢ = log Σⱼ e^(xᵢⱼ − max xᵢ) − (xᵢₖ − max xᵢ), k the row's class. (The form log Σⱼ e^xᵢⱼ − xᵢₖ cancels when the loss is small and
    /// the logits are large.)
    /// </summary>
    internal static void CrossEntropy<T>(ReadOnlySpan<T> x, ReadOnlySpan<long> classes, Span<T> y, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (IsShort<T>(columns)) CrossEntropyOfShortRows(x, classes, y, columns);
        else CrossEntropyOfRows(x, classes, y, columns);
    }

    static void CrossEntropyOfShortRows<T>(ReadOnlySpan<T> x, ReadOnlySpan<long> classes, Span<T> y, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> exponentials = stackalloc T[Together], shifts = stackalloc T[Together];
        int count = Together / columns;
        for (int first = 0; first < y.Length; first += count)
        {
            count = Math.Min(count, y.Length - first);
            int size = count * columns;
            ReadOnlySpan<T> rows = x.Slice(first * columns, size);
            ReadOnlySpan<long> labels = classes.Slice(first, count);
            Span<T> losses = y.Slice(first, count);
            if (!RepeatMaxima(rows, shifts[..size], columns))
            {
                CrossEntropyOfRows(rows, labels, losses, columns);
                continue;
            }
            ExponentialKernels.ShiftedExp<T>(rows, shifts[..size], exponentials[..size]);
            for (int r = 0; r < count; r++)
            {
                int start = r * columns, largest = start;
                while (rows[largest] != shifts[start]) largest++;
                exponentials[largest] = T.Zero;
                losses[r] = ReductionKernels.Sum<T>(exponentials.Slice(start, columns));
            }
            ExponentialKernels.Log1p(losses, losses);
            for (int r = 0; r < count; r++)
                losses[r] -= rows[r * columns + (int)labels[r]] - shifts[r * columns];
        }
    }

    static void CrossEntropyOfRows<T>(ReadOnlySpan<T> x, ReadOnlySpan<long> classes, Span<T> y, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> scratch = columns <= StackRow ? stackalloc T[StackRow] : new T[columns];
        for (int r = 0; r < y.Length; r++)
        {
            ReadOnlySpan<T> row = x.Slice(r * columns, columns);
            T log = LogSumOfShiftedExp(row, scratch[..columns], out T largest);
            y[r] = log - (row[(int)classes[r]] - largest);
        }
    }

    /// <summary>y = log Σⱼ e^xⱼ of each row. If the maximum is infinite, it is the result.</summary>
    internal static void LogSumExp<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> scratch = columns <= StackRow ? stackalloc T[StackRow] : new T[columns];
        for (int r = 0; r < y.Length; r++)
        {
            ReadOnlySpan<T> row = x.Slice(r * columns, columns);
            T log = LogSumOfShiftedExp(row, scratch[..columns], out T largest);
            y[r] = T.IsInfinity(largest) ? largest : largest + log;
        }
    }

    /// <summary>log Σⱼ e^(xⱼ − max x), and max x; NaN if the maximum is infinite or NaN.</summary>
    static T LogSumOfShiftedExp<T>(ReadOnlySpan<T> row, Span<T> exponentials, out T largest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        largest = ReductionKernels.Maximum(row);
        if (!T.IsFinite(largest)) return T.NaN;
        ExponentialKernels.ShiftedExp(row, largest, exponentials);
        exponentials[Vectors.IndexOf(row, largest)] = T.Zero;
        return ExponentialKernels.Log1p(ReductionKernels.Sum<T>(exponentials));
    }
}

/// <summary>
/// x/s for 0 ≤ x and 1 ≤ s, rounded as by a division, which takes four times as long: with r = 1/s correctly rounded, q = x·r and the exact
/// remainder x − q·s, the quotient is q + (x − q·s)·r (Markstein's theorem). Where the remainder may be subnormal, lanes are divided.
/// </summary>
readonly struct QuotientFunction<T>(T divisor) : IUnaryFunction<T> where T : unmanaged, INumber<T>
{
    readonly T _divisor = divisor, _reciprocal = T.One / divisor;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V s = L.Broadcast(_divisor), r = L.Broadcast(_reciprocal);
        if (L.Any(L.Less(x, L.Broadcast(Lane<T>.Number(1e-30f, 1e-280))))) return L.Divide(x, s);
        V q = L.Multiply(x, r);
        return L.FusedMultiplyAdd(L.FusedMultiplyAdd(L.Negate(q), s, x), r, q);
    }
}

/// <summary>x − a − b, in this order</summary>
readonly struct LessTwoFunction<T>(T a, T b) : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V> =>
        L.Subtract(L.Subtract(x, L.Broadcast(a)), L.Broadcast(b));
}
