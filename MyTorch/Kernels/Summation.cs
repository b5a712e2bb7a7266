using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MyTorch.Kernels;

/// <summary>What is computed along dimensions.</summary>
enum Moment
{
    /// <summary>Σ xᵢ.</summary>
    Sum,

    /// <summary>x̄ = Σ xᵢ / n.</summary>
    Mean,

    /// <summary>Σ (xᵢ − x̄)² / d.</summary>
    Variance,

    /// <summary>The square root of the variance.</summary>
    Deviation,

    /// <summary>xᵢ − x̄, of the shape of the input.</summary>
    Centered,
}

/// <summary>
/// Sums, means and variances along dimensions, with an error that does not grow with the number of terms.
/// </summary>
/// <remarks>
/// <para>Groups of at most sixteen vectors are summed pairwise in the precision of the terms: four roundings. The sums of the groups are
/// added in twice that precision: Float32 as doubles, Float64 with the rounding error of each addition (two-sum; Knuth, The Art of Computer
/// Programming 2, 4.2.2). So |error| ≤ 5u·Σ|xᵢ|, with u half a unit in the last place. The expensive second step is only one addition in
/// sixteen. Means that are subtracted from the terms are summed without groups, because the differences may be small compared with
/// them.</para>
/// <para>If a group of Float32 numbers overflows, the sum is computed again without groups, so that only the result can overflow.</para>
/// <para>A vector always has 64 bytes (smaller processors use several registers), and the order of the additions depends only on the shape.
/// So the bits are the same on every processor and for every number of threads.</para>
/// <para>A Vector512 of Float32 numbers is widened into two vectors of doubles, its lower and upper half. For Float64 the two vectors are
/// the sums and their rounding errors. Both are called first and second below.</para>
/// </remarks>
static class Summation
{
    // Rows per group in sums of columns. More rows would be more memory streams than the L1 cache has ways.
    const int Group = 8;

    // Elements of a block of rows that stays in the L1 cache while its columns are summed one vector after another.
    const int CachedElements = 4096;

    // Up to this many rows, one vector of columns is summed over all rows before the next: each row is a memory stream.
    const int FewRows = 16;

    // Columns that are summed at the same time: their sums take 16 or 32 KB.
    const int StripColumns = 2048;

    // Longer rows are summed one by one. Shorter rows of a sum over several dimensions are added column by column first.
    const int LongRow = 1024;

    /// <summary>A sum of doubles and its accumulated rounding error.</summary>
    struct Total
    {
        internal double Sum, Rest;

        internal void Add<T>(double x)
        {
            if (typeof(T) == typeof(float)) Sum += x;
            else
            {
                double sum = Sum + x, part = sum - Sum;
                Rest += Sum - (sum - part) + (x - part);
                Sum = sum;
            }
        }

        /// <summary>The sum divided by a number, again with its rounding error.</summary>
        internal readonly Total Over<T>(double divisor)
        {
            if (divisor == 1) return double.IsFinite(Rest) ? this : new() { Sum = Sum };
            // The rest of an infinite sum is NaN.
            if (typeof(T) == typeof(float) || !double.IsFinite(Sum)) return new() { Sum = Sum / divisor };
            double quotient = Sum / divisor, rest = (Math.FusedMultiplyAdd(-quotient, divisor, Sum) + Rest) / divisor;
            return new() { Sum = quotient, Rest = double.IsFinite(rest) ? rest : 0 };
        }

        internal readonly double Value => Sum + Rest;
    }

    /// <summary>The sum of a row.</summary>
    internal static T Sum<T>(ReadOnlySpan<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (x.Length >= Vector512<T>.Count) return T.CreateTruncating(RowTotal(x).Over<T>(1).Value);
        double sum = 0;
        foreach (T value in x) sum += double.CreateTruncating(value);
        return T.CreateTruncating(sum);
    }

    /// <summary>Σ xᵢ² in double precision, where the squares of Float32 numbers do not overflow.</summary>
    internal static double SumOfSquares(ReadOnlySpan<float> x) => RowSquares(x, default).Value;

    /// <summary>Computes a moment along the dimensions in which the strides of the sums are 0.</summary>
    /// <param name="x">The terms, in row-major order.</param>
    /// <param name="shape">The shape of x.</param>
    /// <param name="y">The results in row-major order; for <see cref="Moment.Centered"/> of x's shape.</param>
    /// <param name="strides">The strides of the sums, 0 along the summed dimensions.</param>
    /// <param name="moment">What to compute.</param>
    /// <param name="divisor">d, the divisor of a variance.</param>
    internal static void Moments<T>(ReadOnlySpan<T> x, Shape shape, Span<T> y, ReadOnlySpan<int> strides, Moment moment, double divisor = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (x.IsEmpty)
        {
            y.Fill(moment == Moment.Sum ? T.Zero : T.NaN);
            return;
        }
        // Adjacent dimensions of one kind, kept or summed, are contiguous and merged into one. Then kept and summed dimensions alternate.
        Span<int> sizes = shape.Rank <= 16 ? stackalloc int[16] : new int[shape.Rank];
        int rank = 0, count = 1;
        bool kept = false;
        for (int d = 0; d < shape.Rank; d++)
        {
            int size = shape[d];
            if (size == 1) continue;
            if (strides[d] == 0) count *= size;
            if (rank > 0 && kept == (strides[d] != 0)) sizes[rank - 1] *= size;
            else (sizes[rank++], kept) = (size, strides[d] != 0);
        }
        int last = rank == 0 ? 1 : sizes[rank - 1];
        bool asColumns = kept || (rank >= 3 && last <= LongRow);
        scoped Around<T> around = new() { X = x, Y = y, Count = count, Moment = moment, Divisor = divisor };
        if (!asColumns)
        {
            around.Outer = sizes[..Math.Max(rank - 1, 0)];
            around.Rows(last);
            return;
        }
        // A matrix of summed rows. Its columns are the last dimension if that is kept, else the last two, of which the last is summed
        // afterwards.
        int folded = kept ? 1 : last, columns = kept ? last : sizes[rank - 2] * last, before = kept ? rank - 2 : rank - 3;
        around.Outer = sizes[..Math.Max(before, 0)];
        around.Columns(before < 0 ? 1 : sizes[before], columns, folded);
    }

    /// <summary>One call: the operands, and the outer dimensions around the part that is processed at once.</summary>
    ref struct Around<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        internal ReadOnlySpan<T> X;
        internal Span<T> Y;
        internal int Count;
        internal Moment Moment;
        internal double Divisor;

        /// <summary>The sizes of the outer dimensions, alternately kept and summed; the last one is kept.</summary>
        internal ReadOnlySpan<int> Outer;

        readonly int Size(bool kept)
        {
            int size = 1;
            for (int d = Outer.Length - (kept ? 1 : 2); d >= 0; d -= 2) size *= Outer[d];
            return size;
        }

        /// <summary>The offset of a part, given its index among the kept and among the summed outer dimensions.</summary>
        readonly int Start(int kept, int summed, int part)
        {
            int start = 0;
            bool isKept = true;
            for (int d = Outer.Length - 1; d >= 0; d--, isKept = !isKept)
            {
                ref int index = ref isKept ? ref kept : ref summed;
                start += index % Outer[d] * part;
                index /= Outer[d];
                part *= Outer[d];
            }
            return start;
        }

        /// <summary>Parts that are rows, each summed completely.</summary>
        internal readonly void Rows(int length)
        {
            int outputs = Size(kept: true), repeats = Size(kept: false);
            if (Moment <= Moment.Mean && repeats == 1 && length < Vector512<T>.Count)
            {
                ShortRows(length);
                return;
            }
            for (int o = 0; o < outputs; o++)
            {
                Total total = default;
                for (int s = 0; s < repeats; s++)
                {
                    ReadOnlySpan<T> x = X.Slice(repeats == 1 ? o * length : Start(o, s, length), length);
                    Total row = Moment <= Moment.Mean ? RowTotal(x) : RowTotal(x, inGroups: false);
                    total.Add<T>(row.Sum);
                    total.Rest += row.Rest;
                }
                if (Moment <= Moment.Mean)
                {
                    Y[o] = T.CreateTruncating(total.Over<T>(Moment == Moment.Sum ? 1 : Count).Value);
                    continue;
                }
                Total mean = total.Over<T>(Count), squares = default;
                for (int s = 0; s < repeats; s++)
                {
                    int start = Start(o, s, length);
                    if (Moment == Moment.Centered) CenterRow(X.Slice(start, length), mean, Y.Slice(start, length));
                    else
                    {
                        Total row = RowSquares(X.Slice(start, length), mean);
                        squares.Add<T>(row.Sum);
                        squares.Rest += row.Rest;
                    }
                }
                if (Moment != Moment.Centered) Y[o] = OfSquares(squares);
            }
        }

        // Rows shorter than a vector are summed in order.
        readonly void ShortRows(int length)
        {
            double divisor = Moment == Moment.Sum ? 1 : Count;
            int next = 0;
            for (int o = 0; o < Y.Length; o++)
            {
                double sum = 0;
                for (int end = next + length; next < end; next++) sum += double.CreateTruncating(X[next]);
                Y[o] = T.CreateTruncating(sum / divisor);
            }
        }

        readonly T OfSquares(Total squares)
        {
            double variance = squares.Over<T>(Divisor).Value;
            return T.CreateTruncating(Moment == Moment.Deviation ? Math.Sqrt(variance) : variance);
        }

        /// <summary>Parts that are matrices: their rows are summed, and then groups of adjacent columns.</summary>
        internal readonly void Columns(int rows, int columns, int folded)
        {
            // Short rows: several are treated as one, so that they fill whole vectors. The columns of one sum then repeat with a period.
            int lanes = Vector512<T>.Count, together = columns < 4 * lanes
                ? lanes >> Math.Min(int.TrailingZeroCount(columns), int.Log2(lanes))
                : 1;
            if (rows < 2 * together) together = 1;
            int outputs = Size(kept: true), repeats = Size(kept: false), part = rows * columns;
            if (Moment <= Moment.Mean && repeats == 1 && folded == 1 && together == 1 && rows <= FewRows)
            {
                double divisor = Moment == Moment.Sum ? 1 : Count;
                for (int o = 0; o < outputs; o++)
                {
                    ReadOnlySpan<T> x = X[(o * part)..];
                    Span<T> y = Y[(o * columns)..];
                    // A vector may be longer than a row: what it writes after the sums is overwritten by the sums of the next part.
                    if (y.Length >= lanes && x.Length >= part - columns + lanes) SumFewRows(x, rows, columns, divisor, y);
                    else SumFewNumbers(x[..part], divisor, y[..columns]);
                }
                return;
            }
            int width = together > 1 ? together * columns : Math.Min(columns, StripColumns / folded * folded);
            int needed = (Moment <= Moment.Mean ? 2 : 4) * width;
            Span<double> memory = needed <= 512 ? stackalloc double[needed] : Packing.Scratch<double>(needed).Span;
            var strip = new Strip
            {
                Rows = rows / together,
                Stride = together * columns,
                Remainder = rows % together * columns,
                Folded = folded,
                Sums = memory[..width],
                Rests = memory.Slice(width, width),
            };
            if (Moment > Moment.Mean)
            {
                strip.Means = memory.Slice(2 * width, width);
                strip.MeanRests = memory.Slice(3 * width, width);
            }
            for (int o = 0; o < outputs; o++)
                for (int left = 0; left < columns; left += width)
                {
                    strip.Width = together > 1 ? width : Math.Min(width, columns - left);
                    strip.Period = together > 1 ? columns : strip.Width;
                    int results = strip.Period / folded;
                    Terms terms = Moment <= Moment.Mean ? Terms.InGroups : Terms.Single;
                    Add(in strip, o, repeats, part, left, terms);
                    if (typeof(T) == typeof(float) && terms == Terms.InGroups && !AllFinite(strip.Sums[..results]))
                        Add(in strip, o, repeats, part, left, Terms.Single);
                    Span<T> y = Moment == Moment.Centered ? default : Y.Slice((o * columns + left) / folded, results);
                    if (Moment <= Moment.Mean)
                    {
                        Divide(strip.Sums, strip.Rests, Moment == Moment.Sum ? 1 : Count, y);
                        continue;
                    }
                    strip.SpreadMeans<T>(Count);
                    if (Moment == Moment.Centered)
                    {
                        for (int s = 0; s < repeats; s++) Center(in strip, Start(o, s, part) + left);
                        continue;
                    }
                    Add(in strip, o, repeats, part, left, Terms.Squares);
                    for (int j = 0; j < results; j++) y[j] = OfSquares(new() { Sum = strip.Sums[j], Rest = strip.Rests[j] });
                }
        }

        /// <summary>Computes the sums of a strip over all summed parts.</summary>
        readonly void Add(scoped ref readonly Strip strip, int kept, int repeats, int part, int left, Terms terms)
        {
            strip.Sums[..strip.Width].Clear();
            strip.Rests[..strip.Width].Clear();
            for (int s = 0; s < repeats; s++)
            {
                int start = Start(kept, s, part) + left;
                ReadOnlySpan<T> rows = X[start..], remainder = strip.Remainder > 0 ? rows[(strip.Rows * strip.Stride)..] : default;
                if (terms == Terms.Squares)
                {
                    AddSquaresOfRows(rows, strip.Rows, strip.Stride, strip.Width, in strip);
                    if (!remainder.IsEmpty) AddSquaresOfRows(remainder, 1, strip.Stride, strip.Remainder, in strip);
                }
                else
                {
                    AddRows(rows, strip.Rows, strip.Stride, strip.Width, in strip, terms == Terms.InGroups);
                    if (!remainder.IsEmpty) AddRows(remainder, 1, strip.Stride, strip.Remainder, in strip, terms == Terms.InGroups);
                }
            }
            strip.Fold<T>();
        }

        readonly void Center(scoped ref readonly Strip strip, int start)
        {
            for (int r = 0; r < strip.Rows; r++, start += strip.Stride)
                CenterRow(X.Slice(start, strip.Width), strip.Means, strip.MeanRests, Y.Slice(start, strip.Width));
            if (strip.Remainder > 0)
                CenterRow(X.Slice(start, strip.Remainder), strip.Means, strip.MeanRests, Y.Slice(start, strip.Remainder));
        }
    }

    /// <summary>What is added: the numbers in groups, the numbers one by one, or the squares of their distances from the mean.</summary>
    enum Terms
    {
        InGroups,
        Single,
        Squares,
    }

    /// <summary>Adjacent columns of a matrix, with a sum and a mean for each.</summary>
    ref struct Strip
    {
        internal int Rows, Stride, Width;

        /// <summary>The length of a shorter last row, or 0.</summary>
        internal int Remainder;

        /// <summary>Columns at this distance belong to the same sum.</summary>
        internal int Period;

        /// <summary>The number of adjacent columns that belong to the same sum.</summary>
        internal int Folded;

        internal Span<double> Sums, Rests, Means, MeanRests;

        /// <summary>Adds the columns of each sum; the results are at the start of Sums and Rests.</summary>
        internal readonly void Fold<T>()
        {
            for (int from = Period; from < Width; from += Period)
                for (int j = 0; j < Period; j++) Join<T>(j, from + j);
            if (Folded == 1) return;
            for (int j = 0, from = 0; from < Period; j++)
            {
                (Sums[j], Rests[j]) = (Sums[from], Rests[from]);
                for (int end = from++ + Folded; from < end; from++) Join<T>(j, from);
            }
        }

        readonly void Join<T>(int to, int from)
        {
            Total total = new() { Sum = Sums[to], Rest = Rests[to] };
            total.Add<T>(Sums[from]);
            (Sums[to], Rests[to]) = (total.Sum, total.Rest + Rests[from]);
        }

        /// <summary>Writes the mean of its sum for each column.</summary>
        internal readonly void SpreadMeans<T>(int count)
        {
            for (int j = 0; j < Period / Folded; j++)
            {
                Total mean = new Total { Sum = Sums[j], Rest = Rests[j] }.Over<T>(count);
                Means.Slice(j * Folded, Folded).Fill(mean.Sum);
                MeanRests.Slice(j * Folded, Folded).Fill(mean.Rest);
            }
            for (int start = Period; start < Width; start += Period)
            {
                Means[..Period].CopyTo(Means[start..]);
                MeanRests[..Period].CopyTo(MeanRests[start..]);
            }
        }
    }

    static bool AllFinite(ReadOnlySpan<double> sums)
    {
        foreach (double sum in sums)
            if (!double.IsFinite(sum)) return false;
        return true;
    }

    /// <summary>y[j] = sum[j] / divisor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Divide<T>(ReadOnlySpan<double> sums, ReadOnlySpan<double> rests, double divisor, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int j = 0;
        for (; j <= y.Length - Vector512<T>.Count; j += Vector512<T>.Count)
            Quotient<T>(Vector512.LoadUnsafe(in sums[j]), Vector512.LoadUnsafe(in Others<T>(sums, rests, j)), divisor).StoreUnsafe(
                ref y[j]);
        for (; j < y.Length; j++) y[j] = T.CreateTruncating(new Total { Sum = sums[j], Rest = rests[j] }.Over<T>(divisor).Value);
    }

    /// <summary>Adds a vector to two vectors of doubles: its halves in Float32, the sums and their rounding errors in Float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add<T>(ref Vector512<double> first, ref Vector512<double> second, Vector512<T> x)
    {
        if (typeof(T) == typeof(float))
        {
            first += Vector512.WidenLower(x.AsSingle());
            second += Vector512.WidenUpper(x.AsSingle());
        }
        else AddExactly(ref first, ref second, x.AsDouble());
    }

    // Two-sum (Knuth): the rounding error of the addition is the sum of the two differences, whatever the magnitudes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddExactly(ref Vector512<double> sums, ref Vector512<double> rests, Vector512<double> x)
    {
        Vector512<double> sum = sums + x, part = sum - sums;
        rests += (sums - (sum - part)) + (x - part);
        sums = sum;
    }

    /// <summary>Adds the squared distances of a vector from its means.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddSquares<T>(
        ref Vector512<double> first, ref Vector512<double> second, Vector512<T> x, Vector512<double> mean, Vector512<double> otherMean)
    {
        if (typeof(T) == typeof(float))
        {
            Vector512<double> low = Vector512.WidenLower(x.AsSingle()) - mean, high = Vector512.WidenUpper(x.AsSingle()) - otherMean;
            first += low * low;
            second += high * high;
        }
        else
        {
            Vector512<double> distance = x.AsDouble() - mean - otherMean;
            AddExactly(ref first, ref second, distance * distance);
        }
    }

    /// <summary>
    /// Compensated summation: sum += x + rest, and rest becomes the rounding error. |error| ≤ 2u·Σ|xᵢ| for any number of additions. The
    /// rest of an infinite sum is 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AddKeepingRest<T>(ref T sum, T x, ref T rest) where T : unmanaged, INumber<T>
    {
        T before = sum, added = x + rest, part;
        sum = before + added;
        part = sum - before;
        rest = before - (sum - part) + (added - part);
        if (T.IsNaN(rest)) rest = T.Zero;
    }

    /// <summary>The same for rows of numbers; a scalar loop adds the elements that do not fill a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddKeepingRests<T>(Span<T> sums, ReadOnlySpan<T> x, Span<T> rests) where T : unmanaged, INumber<T>
    {
        int i = 0;
        if (sums.Length >= Vector512<T>.Count)
        {
            _ = (x[sums.Length - 1], rests[sums.Length - 1]);
            ref T to = ref MemoryMarshal.GetReference(sums), from = ref MemoryMarshal.GetReference(x),
                kept = ref MemoryMarshal.GetReference(rests);
            for (; i <= sums.Length - Vector512<T>.Count; i += Vector512<T>.Count)
            {
                Vector512<T> before = Vector512.LoadUnsafe(ref to, (nuint)i),
                    added = Vector512.LoadUnsafe(ref from, (nuint)i) + Vector512.LoadUnsafe(ref kept, (nuint)i);
                Vector512<T> sum = before + added, part = sum - before, rest = before - (sum - part) + (added - part);
                sum.StoreUnsafe(ref to, (nuint)i);
                Vector512.ConditionalSelect(Vector512.Equals(rest, rest), rest, Vector512<T>.Zero).StoreUnsafe(ref kept, (nuint)i);
            }
        }
        for (; i < sums.Length; i++) AddKeepingRest(ref sums[i], x[i], ref rests[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static double Horizontal(Vector512<double> x)
    {
        Vector256<double> half = x.GetLower() + x.GetUpper();
        Vector128<double> quarter = half.GetLower() + half.GetUpper();
        return quarter[0] + quarter[1];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Total Horizontal<T>(Vector512<double> first, Vector512<double> second) => typeof(T) == typeof(float)
        ? new() { Sum = Horizontal(first + second) }
        : new() { Sum = Horizontal(first), Rest = Horizontal(second) };

    /// <summary>The pairwise sum of four vectors at a stride.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Four<T>(ref T x, nint distance) where T : unmanaged =>
        Vector512.LoadUnsafe(ref x) + Vector512.LoadUnsafe(ref Unsafe.Add(ref x, distance))
        + (Vector512.LoadUnsafe(ref Unsafe.Add(ref x, 2 * distance)) + Vector512.LoadUnsafe(ref Unsafe.Add(ref x, 3 * distance)));

    /// <summary>The last lanes of a vector; the others are set to 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> OnlyLast<T>(Vector512<T> x, int lanes) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Vector512.ConditionalSelect(
        Vector512.GreaterThanOrEqual(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(Vector512<T>.Count - lanes))), x,
            Vector512<T>.Zero);

    static Total RowTotal<T>(ReadOnlySpan<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Total total = RowTotal(x, inGroups: true);
        return typeof(T) != typeof(float) || double.IsFinite(total.Sum) ? total : RowTotal(x, inGroups: false);
    }

    /// <summary>
    /// The sum of a row: groups of sixteen vectors, then of four, then single vectors. The remainder is read as a vector that ends with the
    /// row, with the lanes that were already added set to 0. A row shorter than a vector is added in order.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static Total RowTotal<T>(ReadOnlySpan<T> x, bool inGroups) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int lanes = Vector512<T>.Count, i = 0;
        if (x.Length < lanes)
        {
            double sum = 0;
            foreach (T value in x) sum += double.CreateTruncating(value);
            return new() { Sum = sum };
        }
        ref T from = ref MemoryMarshal.GetReference(x);
        Vector512<double> first = default, second = default;
        if (inGroups)
        {
            for (; i <= x.Length - 16 * lanes; i += 16 * lanes)
            {
                ref T group = ref Unsafe.Add(ref from, i);
                Add(ref first, ref second,
                    Four(ref group, lanes) + Four(ref Unsafe.Add(ref group, 4 * lanes), lanes)
                    + (Four(ref Unsafe.Add(ref group, 8 * lanes), lanes) + Four(ref Unsafe.Add(ref group, 12 * lanes), lanes)));
            }
            for (; i <= x.Length - 4 * lanes; i += 4 * lanes) Add(ref first, ref second, Four(ref Unsafe.Add(ref from, i), lanes));
        }
        for (; i <= x.Length - lanes; i += lanes) Add(ref first, ref second, Vector512.LoadUnsafe(ref from, (nuint)i));
        if (i < x.Length) Add(ref first, ref second, OnlyLast(Vector512.LoadUnsafe(ref from, (nuint)(x.Length - lanes)), x.Length - i));
        return Horizontal<T>(first, second);
    }

    // Two accumulators, so that an addition does not wait for the one before it; a scalar loop adds the remaining elements.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static Total RowSquares<T>(ReadOnlySpan<T> x, Total mean) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int lanes = Vector512<T>.Count, i = 0;
        ref T from = ref MemoryMarshal.GetReference(x);
        Vector512<double> first = default, second = default, otherFirst = default, otherSecond = default;
        Vector512<double> means = Vector512.Create(mean.Sum), others = typeof(T) == typeof(float) ? means : Vector512.Create(mean.Rest);
        for (; i <= x.Length - 2 * lanes; i += 2 * lanes)
        {
            AddSquares(ref first, ref second, Vector512.LoadUnsafe(ref from, (nuint)i), means, others);
            AddSquares(ref otherFirst, ref otherSecond, Vector512.LoadUnsafe(ref from, (nuint)(i + lanes)), means, others);
        }
        Total total = Horizontal<T>(first, second), other = Horizontal<T>(otherFirst, otherSecond);
        total.Add<T>(other.Sum);
        total.Rest += other.Rest;
        for (; i < x.Length; i++)
        {
            double distance = double.CreateTruncating(x[i]) - mean.Sum - mean.Rest;
            total.Add<T>(distance * distance);
        }
        return total;
    }

    /// <summary>
    /// Adds rows of a matrix to the sums of its columns, one cached block of rows after another. A lane holds the sum of one column. The
    /// last vector of a row ends with the row, and only its new lanes are kept. Rows shorter than a vector are added column by column.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddRows<T>(ReadOnlySpan<T> x, int rows, int stride, int width, scoped ref readonly Strip strip, bool inGroups)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _ = x[(rows - 1) * stride + width - 1];
        int lanes = Vector512<T>.Count, most = Math.Max(CachedElements / width & -Group, Group);
        if (width < lanes)
        {
            for (int j = 0; j < width; j++) AddColumn(x[j..], rows, stride, in strip, j, squares: false);
            return;
        }
        ref T top = ref MemoryMarshal.GetReference(x);
        ref double sums = ref strip.Sums[0], others = ref Others<T>(strip.Sums, strip.Rests, 0);
        for (; rows > 0; rows -= most, top = ref Unsafe.Add(ref top, (nint)most * stride))
        {
            int count = Math.Min(most, rows);
            for (int j = 0; j < width; j += lanes)
            {
                int column = Math.Min(j, width - lanes), added = lanes - (j - column);
                ref T row = ref Unsafe.Add(ref top, column);
                Vector512<double> first = Vector512.LoadUnsafe(ref sums, (nuint)column),
                    second = Vector512.LoadUnsafe(ref others, (nuint)column);
                AddVectors(ref row, count, stride, ref first, ref second, inGroups);
                if (added < lanes)
                {
                    Vector512<double> lane = Vector512<double>.Indices, from = Vector512.Create((double)(lanes - added));
                    Vector512<double> otherLane = typeof(T) == typeof(float)
                        ? lane + Vector512.Create((double)Vector512<double>.Count)
                        : lane;
                    first = Vector512.ConditionalSelect(
                        Vector512.GreaterThanOrEqual(lane, from), first, Vector512.LoadUnsafe(ref sums, (nuint)column));
                    second = Vector512.ConditionalSelect(
                        Vector512.GreaterThanOrEqual(otherLane, from), second, Vector512.LoadUnsafe(ref others, (nuint)column));
                }
                first.StoreUnsafe(ref sums, (nuint)column);
                second.StoreUnsafe(ref others, (nuint)column);
            }
        }
    }

    /// <summary>Adds vectors at a stride: in groups of eight, then four, and the remaining ones one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddVectors<T>(ref T x, int count, nint distance, ref Vector512<double> first, ref Vector512<double> second, bool inGroups)
        where T : unmanaged
    {
        if (inGroups)
        {
            for (; count >= Group; count -= Group, x = ref Unsafe.Add(ref x, Group * distance))
                Add(ref first, ref second, Four(ref x, distance) + Four(ref Unsafe.Add(ref x, 4 * distance), distance));
            if (count >= 4)
            {
                Add(ref first, ref second, Four(ref x, distance));
                count -= 4;
                x = ref Unsafe.Add(ref x, 4 * distance);
            }
        }
        for (; count > 0; count--, x = ref Unsafe.Add(ref x, distance)) Add(ref first, ref second, Vector512.LoadUnsafe(ref x));
    }

    /// <summary>
    /// Adds the squared distances from the means to the sums of the columns; columns that do not fill a vector are added one by one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddSquaresOfRows<T>(ReadOnlySpan<T> x, int rows, int stride, int width, scoped ref readonly Strip strip)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _ = x[(rows - 1) * stride + width - 1];
        int lanes = Vector512<T>.Count, most = Math.Max(CachedElements / width & -Group, Group), whole = width - width % lanes;
        for (int j = whole; j < width; j++) AddColumn(x[j..], rows, stride, in strip, j, squares: true);
        if (whole == 0) return;
        ref T top = ref MemoryMarshal.GetReference(x);
        ref double sums = ref strip.Sums[0], others = ref Others<T>(strip.Sums, strip.Rests, 0);
        ref double means = ref strip.Means[0], otherMeans = ref Others<T>(strip.Means, strip.MeanRests, 0);
        for (; rows > 0; rows -= most, top = ref Unsafe.Add(ref top, (nint)most * stride))
            for (int j = 0; j < whole; j += lanes)
            {
                ref T row = ref Unsafe.Add(ref top, j);
                Vector512<double> first = Vector512.LoadUnsafe(ref sums, (nuint)j), second = Vector512.LoadUnsafe(ref others, (nuint)j);
                Vector512<double> mean = Vector512.LoadUnsafe(ref means, (nuint)j),
                    otherMean = Vector512.LoadUnsafe(ref otherMeans, (nuint)j);
                for (int r = Math.Min(most, rows); r > 0; r--, row = ref Unsafe.Add(ref row, stride))
                    AddSquares(ref first, ref second, Vector512.LoadUnsafe(ref row), mean, otherMean);
                first.StoreUnsafe(ref sums, (nuint)j);
                second.StoreUnsafe(ref others, (nuint)j);
            }
    }

    /// <summary>
    /// The sums or means of the columns of a matrix with few rows, kept in registers. The last vector of columns ends with the row, if it
    /// fits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SumFewRows<T>(ReadOnlySpan<T> x, int rows, int columns, double divisor, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int lanes = Vector512<T>.Count;
        _ = (x[(rows - 1) * columns + Math.Max(columns, lanes) - 1], y[Math.Max(columns, lanes) - 1]);
        ref T top = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y);
        for (int j = 0; j < columns; j += lanes)
        {
            int column = Math.Max(Math.Min(j, columns - lanes), 0);
            Vector512<double> first = default, second = default;
            AddVectors(ref Unsafe.Add(ref top, column), rows, columns, ref first, ref second, inGroups: true);
            if (typeof(T) == typeof(float) && !AllFinite(first + second))
            {
                first = second = default;
                AddVectors(ref Unsafe.Add(ref top, column), rows, columns, ref first, ref second, inGroups: false);
            }
            Quotient<T>(first, second, divisor).StoreUnsafe(ref to, (nuint)column);
        }
    }

    /// <summary>The same for rows shorter than a vector at the end of the input.</summary>
    static void SumFewNumbers<T>(ReadOnlySpan<T> x, double divisor, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int j = 0; j < y.Length; j++)
        {
            Total total = default;
            for (int i = j; i < x.Length; i += y.Length) total.Add<T>(double.CreateTruncating(x[i]));
            y[j] = T.CreateTruncating(total.Over<T>(divisor).Value);
        }
    }

    // ∞ − ∞ and NaN − NaN are NaN, which is not equal to 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool AllFinite(Vector512<double> x) => Vector512.EqualsAll(x - x, Vector512<double>.Zero);

    /// <summary>The two vectors of <see cref="Add{T}"/> divided by a number, as in <see cref="Total.Over{T}"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Quotient<T>(Vector512<double> first, Vector512<double> second, double divisor)
    {
        if (typeof(T) == typeof(float)) return Vector512.Narrow(first / divisor, second / divisor).As<float, T>();
        Vector512<double> quotient = first / divisor,
            rest = (Vector512.FusedMultiplyAdd(-quotient, Vector512.Create(divisor), first) + second) / divisor;
        return (quotient + Vector512.ConditionalSelect(
            Vector512.Equals(rest - rest, Vector512<double>.Zero), rest, Vector512<double>.Zero)).As<double, T>();
    }

    // The second vector: the doubles of the upper half in Float32, the rounding errors of the sums in Float64.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ref double Others<T>(ReadOnlySpan<double> values, ReadOnlySpan<double> rests, int column) =>
        ref Unsafe.AsRef(in typeof(T) == typeof(float) ? ref values[column + Vector512<double>.Count] : ref rests[column]);

    static void AddColumn<T>(ReadOnlySpan<T> x, int rows, int stride, scoped ref readonly Strip strip, int column, bool squares)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Total total = new() { Sum = strip.Sums[column], Rest = strip.Rests[column] };
        for (int r = 0, i = 0; r < rows; r++, i += stride)
        {
            double value = double.CreateTruncating(x[i]);
            if (squares)
            {
                value = value - strip.Means[column] - strip.MeanRests[column];
                value *= value;
            }
            total.Add<T>(value);
        }
        (strip.Sums[column], strip.Rests[column]) = (total.Sum, total.Rest);
    }

    /// <summary>y = x − mean, with one mean for the row; a scalar loop computes the remaining elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CenterRow<T>(ReadOnlySpan<T> x, Total mean, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int i = 0;
        ref T from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y);
        Vector512<double> means = Vector512.Create(mean.Sum), others = typeof(T) == typeof(float) ? means : Vector512.Create(mean.Rest);
        for (; i <= x.Length - Vector512<T>.Count; i += Vector512<T>.Count)
            Centered(Vector512.LoadUnsafe(ref from, (nuint)i), means, others).StoreUnsafe(ref to, (nuint)i);
        for (; i < x.Length; i++) y[i] = T.CreateTruncating(double.CreateTruncating(x[i]) - mean.Sum - mean.Rest);
    }

    /// <summary>y = x − mean, with one mean per column; a scalar loop computes the remaining elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CenterRow<T>(ReadOnlySpan<T> x, Span<double> means, Span<double> rests, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int i = 0;
        ref T from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y);
        for (; i <= x.Length - Vector512<T>.Count; i += Vector512<T>.Count)
            Centered(Vector512.LoadUnsafe(ref from, (nuint)i), Vector512.LoadUnsafe(ref means[i]),
                Vector512.LoadUnsafe(ref Others<T>(means, rests, i))).StoreUnsafe(ref to, (nuint)i);
        for (; i < x.Length; i++) y[i] = T.CreateTruncating(double.CreateTruncating(x[i]) - means[i] - rests[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Centered<T>(Vector512<T> x, Vector512<double> mean, Vector512<double> otherMean) => typeof(T) == typeof(float)
        ? Vector512.Narrow(Vector512.WidenLower(x.AsSingle()) - mean, Vector512.WidenUpper(x.AsSingle()) - otherMean).As<float, T>()
        : (x.AsDouble() - mean - otherMean).As<double, T>();
}
