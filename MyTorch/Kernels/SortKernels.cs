namespace MyTorch.Kernels;

/// <summary>Sorting along a dimension by 64-bit keys.</summary>
static class SortKernels
{
    /// <summary>
    /// An unsigned integer with the order of the doubles. The bits of positive doubles are ordered as integers already; those of negative
    /// ones are inverted. 0 and −0 have the same key, and every NaN has the largest.
    /// </summary>
    internal static ulong Key(double value)
    {
        const ulong sign = 1UL << 63;
        if (double.IsNaN(value)) return ulong.MaxValue;
        if (value == 0) return sign;
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        return (bits & sign) != 0 ? ~bits : bits | sign;
    }

    /// <summary>An unsigned integer with the order of the signed ones: the sign bit is inverted.</summary>
    internal static ulong Key(long value) => (ulong)value ^ 1UL << 63;

    /// <summary>For each line along a dimension, the indices of its first count elements in sorted order.</summary>
    internal static void ArgSort<T>(ReadOnlySpan<T> x, Shape shape, int dim, int count, bool descending, Func<T, ulong> key, Span<long> y)
    {
        (int outer, int size, int inner) = IndexKernels.Around(shape, dim);
        var keys = new ulong[size];
        int[] order = new int[size];
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < inner; i++)
            {
                int start = o * size * inner + i;
                for (int k = 0; k < size; k++)
                {
                    ulong ascending = key(x[start + k * inner]);
                    (keys[k], order[k]) = (descending ? ~ascending : ascending, k);
                }
                Array.Sort(keys, order);
                MakeStable(keys, order);
                int to = o * count * inner + i;
                for (int k = 0; k < count; k++) y[to + k * inner] = order[k];
            }
    }

    // Array.Sort is not stable: within each run of equal keys the indices are sorted, which restores the original order.
    static void MakeStable(ulong[] keys, int[] order)
    {
        for (int from = 0, to; from < keys.Length; from = to)
        {
            to = from + 1;
            while (to < keys.Length && keys[to] == keys[from]) to++;
            if (to - from > 1) Array.Sort(order, from, to - from);
        }
    }
}
