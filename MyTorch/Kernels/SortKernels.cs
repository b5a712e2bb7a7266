namespace MyTorch.Kernels;

/// <summary>The order of elements along a dimension.</summary>
static class SortKernels
{
    /// <summary>
    /// A whole number in the order of the doubles: the bits of a positive number rise with it, those of a negative one fall. Both zeros are
    /// equal, and every NaN is one number above +∞.
    /// </summary>
    internal static ulong Key(double value)
    {
        const ulong sign = 1UL << 63;
        if (double.IsNaN(value)) return ulong.MaxValue;
        if (value == 0) return sign;
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        return (bits & sign) != 0 ? ~bits : bits | sign;
    }

    /// <summary>A whole number without a sign in the order of those with one.</summary>
    internal static ulong Key(long value) => (ulong)value ^ 1UL << 63;

    /// <summary>For each line along a dimension the indices of its first elements in order.</summary>
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
                    ulong rising = key(x[start + k * inner]);
                    (keys[k], order[k]) = (descending ? ~rising : rising, k);
                }
                Array.Sort(keys, order);
                KeepOrderOfEqual(keys, order);
                int to = o * count * inner + i;
                for (int k = 0; k < count; k++) y[to + k * inner] = order[k];
            }
    }

    // The sort of .NET may exchange equal keys; within each run of them, the indices rise.
    static void KeepOrderOfEqual(ulong[] keys, int[] order)
    {
        for (int from = 0, to; from < keys.Length; from = to)
        {
            to = from + 1;
            while (to < keys.Length && keys[to] == keys[from]) to++;
            if (to - from > 1) Array.Sort(order, from, to - from);
        }
    }
}
