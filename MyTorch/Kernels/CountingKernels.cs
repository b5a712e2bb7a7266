namespace MyTorch.Kernels;

/// <summary>Folds integers and truth values. Strides of the result are 0 along the folded dimensions.</summary>
static class CountingKernels
{
    /// <summary>Adds <paramref name="x"/> into <paramref name="y"/>. 2³¹ numbers of 64 bits cannot overflow 128, so only the result has to be looked at.</summary>
    internal static void SumInto(ReadOnlySpan<long> x, Shape shape, Span<Int128> y, int[] strides)
    {
        y.Clear();
        var rows = new RowWalker(shape, shape.Strides(), strides);
        while (rows.Next())
        {
            ReadOnlySpan<long> row = x.Slice(rows.OffsetA, rows.RowLength);
            int to = rows.OffsetB;
            if (rows.RowStrideB == 0)
            {
                Int128 sum = y[to];
                foreach (long value in row) sum += value;
                y[to] = sum;
            }
            else
                for (int i = 0; i < row.Length; i++, to += rows.RowStrideB) y[to] += row[i];
        }
    }

    /// <summary>Counts in <paramref name="y"/> where <paramref name="x"/> holds.</summary>
    internal static void CountInto(ReadOnlySpan<bool> x, Shape shape, Span<Int128> y, int[] strides)
    {
        y.Clear();
        var rows = new RowWalker(shape, shape.Strides(), strides);
        while (rows.Next())
        {
            ReadOnlySpan<bool> row = x.Slice(rows.OffsetA, rows.RowLength);
            int to = rows.OffsetB;
            if (rows.RowStrideB == 0) y[to] += row.Count(true);
            else
                for (int i = 0; i < row.Length; i++, to += rows.RowStrideB)
                    if (row[i]) y[to]++;
        }
    }

    /// <summary>Whether <paramref name="x"/> holds everywhere, or anywhere: one element that differs from the value of nothing decides.</summary>
    internal static void HoldsInto(ReadOnlySpan<bool> x, Shape shape, Span<bool> y, int[] strides, bool everywhere)
    {
        y.Fill(everywhere);
        var rows = new RowWalker(shape, shape.Strides(), strides);
        while (rows.Next())
        {
            ReadOnlySpan<bool> row = x.Slice(rows.OffsetA, rows.RowLength);
            int to = rows.OffsetB;
            if (rows.RowStrideB == 0)
            {
                if (row.Contains(!everywhere)) y[to] = !everywhere;
            }
            else
                for (int i = 0; i < row.Length; i++, to += rows.RowStrideB)
                    if (row[i] != everywhere) y[to] = !everywhere;
        }
    }

    /// <summary>Replaces integers by their sums along a dimension; false where one leaves the range.</summary>
    internal static bool CumSum(Span<long> y, Shape shape, int dim)
    {
        (int outer, int size, int inner) = IndexKernels.Around(shape, dim);
        for (int o = 0; o < outer; o++)
            for (int i = inner; i < size * inner; i++)
            {
                ref long sum = ref y[o * size * inner + i];
                long before = y[o * size * inner + i - inner], after = unchecked(before + sum);
                // Both addends have one sign and the sum the other: it has wrapped around.
                if (((before ^ after) & (sum ^ after)) < 0) return false;
                sum = after;
            }
        return true;
    }
}
