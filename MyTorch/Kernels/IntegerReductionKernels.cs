namespace MyTorch.Kernels;

/// <summary>Exact reductions of Int64 and Bool tensors.</summary>
/// <remarks>
/// The strides of a result y are 0 along reduced dimensions, so every element of a line is added to the same element of y. A row is the
/// longest contiguous run of x (<see cref="RowWalker"/>): it is reduced to one element of y (stride 0) or added to a row of y.
/// </remarks>
static class IntegerReductionKernels
{
    /// <summary>y = Σ x. At most 2³¹ numbers of 64 bits cannot overflow 128 bits, so only the final sum needs a range check.</summary>
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

    /// <summary>y = the number of true elements of x.</summary>
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

    /// <summary>
    /// y = whether all elements of x are true, or any is. One false element decides "all", one true element decides "any".
    /// </summary>
    internal static void AnyOrAllInto(ReadOnlySpan<bool> x, Shape shape, Span<bool> y, int[] strides, bool all)
    {
        y.Fill(all);
        var rows = new RowWalker(shape, shape.Strides(), strides);
        while (rows.Next())
        {
            ReadOnlySpan<bool> row = x.Slice(rows.OffsetA, rows.RowLength);
            int to = rows.OffsetB;
            if (rows.RowStrideB == 0)
            {
                if (row.Contains(!all)) y[to] = !all;
            }
            else
                for (int i = 0; i < row.Length; i++, to += rows.RowStrideB)
                    if (row[i] != all) y[to] = !all;
        }
    }

    /// <summary>Replaces integers by their cumulative sums along a dimension. Returns false on overflow.</summary>
    internal static bool CumSum(Span<long> y, Shape shape, int dim)
    {
        (int outer, int size, int inner) = IndexKernels.Around(shape, dim);
        for (int o = 0; o < outer; o++)
            for (int i = inner; i < size * inner; i++)
            {
                ref long sum = ref y[o * size * inner + i];
                long before = y[o * size * inner + i - inner], after = unchecked(before + sum);
                // Overflow: both addends have the same sign and the sum has the other.
                if (((before ^ after) & (sum ^ after)) < 0) return false;
                sum = after;
            }
        return true;
    }
}
