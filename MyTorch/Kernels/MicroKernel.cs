using System.Runtime.CompilerServices;

namespace MyTorch.Kernels;

/// <summary>A number of rows or vectors of a tile, as a type, so that the compiler makes a kernel for each number.</summary>
interface ICount
{
    static abstract int Count { get; }
}

readonly struct One : ICount { public static int Count => 1; }
readonly struct Two : ICount { public static int Count => 2; }
readonly struct Three : ICount { public static int Count => 3; }
readonly struct Four : ICount { public static int Count => 4; }
readonly struct Six : ICount { public static int Count => 6; }
readonly struct Eight : ICount { public static int Count => 8; }

/// <summary>How the rows of A of a tile lie in memory, as a type: the strides from row to row and from one k to the next.</summary>
interface IRowOrder
{
    static abstract nint Row(nint stride);

    static abstract nint Next(nint stride, int rows);
}

/// <summary>The elements of a row are contiguous.</summary>
readonly struct AlongRows : IRowOrder
{
    public static nint Row(nint stride) => stride;
    public static nint Next(nint stride, int rows) => 1;
}

/// <summary>The elements of a column are contiguous.</summary>
readonly struct AlongColumns : IRowOrder
{
    public static nint Row(nint stride) => 1;
    public static nint Next(nint stride, int rows) => stride;
}

/// <summary>Packed: the columns follow each other without gaps, so that the compiler knows both strides.</summary>
readonly struct Packed : IRowOrder
{
    public static nint Row(nint stride) => 1;
    public static nint Next(nint stride, int rows) => rows;
}

/// <summary>The innermost loop of the matrix product, and what brings its results to C.</summary>
static class MicroKernel
{
    /// <summary>The number of terms that are added one by one before their sum is added to the total.</summary>
    internal const int Chain = 32;

    /// <summary>
    /// Computes a tile of A·B, some rows by one to three vectors, as the sum over k of column times row. Lane j of an accumulator holds the
    /// sum of one element for one chain of k. The accumulators stay in registers, 24 for eight rows by three vectors; the totals of the
    /// chains stay in the L1 cache.
    /// </summary>
    /// <remarks>
    /// The multiply-adds need half of the instructions that a core can start, unless a second thread shares the core. Then every other
    /// instruction costs time. So the tile is nearly square in loads (eight elements of A and three vectors of B for 24 multiply-adds), and
    /// a round of the loop takes two k.
    /// </remarks>
    /// <param name="depth">The number of k, which is even.</param>
    /// <param name="a">The first element of the rows of A.</param>
    /// <param name="stride">The stride between rows of A, or between columns, as O says.</param>
    /// <param name="b">The first element of the columns of B; whole vectors can be read for each k.</param>
    /// <param name="nextB">The stride from one k to the next in B.</param>
    /// <param name="sums">The first element of the tile, which is overwritten.</param>
    /// <param name="rowSums">The stride between rows of the tile.</param>
    // Fully optimized before its first call, so that the first products are as fast as later ones.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Tile<T, V, L, R, C, O>(int depth, ref T a, nint stride, ref T b, nint nextB, ref T sums, nint rowSums)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V>
        where R : struct, ICount where C : struct, ICount where O : struct, IRowOrder
    {
        // Rows are addressed from every fourth one, because there are not registers enough for an address of each.
        nint row = O.Row(stride), next = O.Next(stride, R.Count), row2 = 2 * row, row3 = 3 * row, row4 = 4 * row;
        for (int l = 0; l < depth;)
        {
            bool first = l == 0;
            V s00 = default, s01 = default, s02 = default, s10 = default, s11 = default, s12 = default;
            V s20 = default, s21 = default, s22 = default, s30 = default, s31 = default, s32 = default;
            V s40 = default, s41 = default, s42 = default, s50 = default, s51 = default, s52 = default;
            V s60 = default, s61 = default, s62 = default, s70 = default, s71 = default, s72 = default;
            for (int end = Math.Min(l + Chain, depth); l < end; l += 2)
            {
                ref T a4 = ref Unsafe.Add(ref a, row4);
                V b0 = L.Load(ref b);
                V b1 = C.Count > 1 ? L.Load(ref Unsafe.Add(ref b, L.Width)) : default;
                V b2 = C.Count > 2 ? L.Load(ref Unsafe.Add(ref b, 2 * L.Width)) : default;
                Add<T, V, L, C>(a, b0, b1, b2, ref s00, ref s01, ref s02);
                Add<T, V, L, C>(Unsafe.Add(ref a, row), b0, b1, b2, ref s10, ref s11, ref s12);
                Add<T, V, L, C>(Unsafe.Add(ref a, row2), b0, b1, b2, ref s20, ref s21, ref s22);
                Add<T, V, L, C>(Unsafe.Add(ref a, row3), b0, b1, b2, ref s30, ref s31, ref s32);
                if (R.Count > 4)
                {
                    Add<T, V, L, C>(a4, b0, b1, b2, ref s40, ref s41, ref s42);
                    Add<T, V, L, C>(Unsafe.Add(ref a4, row), b0, b1, b2, ref s50, ref s51, ref s52);
                }
                if (R.Count > 6)
                {
                    Add<T, V, L, C>(Unsafe.Add(ref a4, row2), b0, b1, b2, ref s60, ref s61, ref s62);
                    Add<T, V, L, C>(Unsafe.Add(ref a4, row3), b0, b1, b2, ref s70, ref s71, ref s72);
                }

                V c0 = L.Load(ref Unsafe.Add(ref b, nextB));
                V c1 = C.Count > 1 ? L.Load(ref Unsafe.Add(ref b, nextB + L.Width)) : default;
                V c2 = C.Count > 2 ? L.Load(ref Unsafe.Add(ref b, nextB + 2 * L.Width)) : default;
                Add<T, V, L, C>(Unsafe.Add(ref a, next), c0, c1, c2, ref s00, ref s01, ref s02);
                Add<T, V, L, C>(Unsafe.Add(ref Unsafe.Add(ref a, row), next), c0, c1, c2, ref s10, ref s11, ref s12);
                Add<T, V, L, C>(Unsafe.Add(ref Unsafe.Add(ref a, row2), next), c0, c1, c2, ref s20, ref s21, ref s22);
                Add<T, V, L, C>(Unsafe.Add(ref Unsafe.Add(ref a, row3), next), c0, c1, c2, ref s30, ref s31, ref s32);
                if (R.Count > 4)
                {
                    Add<T, V, L, C>(Unsafe.Add(ref a4, next), c0, c1, c2, ref s40, ref s41, ref s42);
                    Add<T, V, L, C>(Unsafe.Add(ref Unsafe.Add(ref a4, row), next), c0, c1, c2, ref s50, ref s51, ref s52);
                }
                if (R.Count > 6)
                {
                    Add<T, V, L, C>(Unsafe.Add(ref Unsafe.Add(ref a4, row2), next), c0, c1, c2, ref s60, ref s61, ref s62);
                    Add<T, V, L, C>(Unsafe.Add(ref Unsafe.Add(ref a4, row3), next), c0, c1, c2, ref s70, ref s71, ref s72);
                }
                a = ref Unsafe.Add(ref a, 2 * next);
                b = ref Unsafe.Add(ref b, 2 * nextB);
            }
            ref T total = ref sums;
            Put<T, V, L, C>(s00, s01, s02, ref total, first);
            total = ref Unsafe.Add(ref total, rowSums);
            Put<T, V, L, C>(s10, s11, s12, ref total, first);
            total = ref Unsafe.Add(ref total, rowSums);
            Put<T, V, L, C>(s20, s21, s22, ref total, first);
            total = ref Unsafe.Add(ref total, rowSums);
            Put<T, V, L, C>(s30, s31, s32, ref total, first);
            if (R.Count > 4)
            {
                total = ref Unsafe.Add(ref total, rowSums);
                Put<T, V, L, C>(s40, s41, s42, ref total, first);
                total = ref Unsafe.Add(ref total, rowSums);
                Put<T, V, L, C>(s50, s51, s52, ref total, first);
            }
            if (R.Count > 6)
            {
                total = ref Unsafe.Add(ref total, rowSums);
                Put<T, V, L, C>(s60, s61, s62, ref total, first);
                total = ref Unsafe.Add(ref total, rowSums);
                Put<T, V, L, C>(s70, s71, s72, ref total, first);
            }
        }
    }

    // A row of the tile and one k.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add<T, V, L, C>(T a, V b0, V b1, V b2, ref V s0, ref V s1, ref V s2)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V> where C : struct, ICount
    {
        V x = L.Broadcast(a);
        s0 = L.MultiplyAddEstimate(x, b0, s0);
        if (C.Count > 1) s1 = L.MultiplyAddEstimate(x, b1, s1);
        if (C.Count > 2) s2 = L.MultiplyAddEstimate(x, b2, s2);
    }

    // A row of the tile. The first chain of k starts the totals, the others add to them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Put<T, V, L, C>(V s0, V s1, V s2, ref T total, bool first)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V> where C : struct, ICount
    {
        ref T total1 = ref Unsafe.Add(ref total, L.Width), total2 = ref Unsafe.Add(ref total, 2 * L.Width);
        if (!first)
        {
            s0 = L.Add(L.Load(ref total), s0);
            if (C.Count > 1) s1 = L.Add(L.Load(ref total1), s1);
            if (C.Count > 2) s2 = L.Add(L.Load(ref total2), s2);
        }
        L.Store(s0, ref total);
        if (C.Count > 1) L.Store(s1, ref total1);
        if (C.Count > 2) L.Store(s2, ref total2);
    }

    /// <summary>
    /// Stores the sums of a tile to C or adds them to it; with rests, the rounding errors of the additions are accumulated in them and
    /// added in the next one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Finish<T, V, L>(
        ref T sums, ref T c, nint strideC, int height, int vectors, bool add, ref T rests, nint strideRests)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        bool keepRests = add && !Unsafe.IsNullRef(ref rests);
        for (int i = 0; i < height; i++)
        {
            for (int v = 0; v < vectors; v++)
            {
                ref T to = ref Unsafe.Add(ref c, v * L.Width);
                V sum = L.Load(ref sums);
                if (keepRests) AddKeepingRests<T, V, L>(sum, ref to, ref Unsafe.Add(ref rests, v * L.Width));
                else L.Store(add ? L.Add(L.Load(ref to), sum) : sum, ref to);
                sums = ref Unsafe.Add(ref sums, L.Width);
            }
            c = ref Unsafe.Add(ref c, strideC);
            if (keepRests) rests = ref Unsafe.Add(ref rests, strideRests);
        }
    }

    // The vector form of Summation.AddKeepingRest. The rest of an infinite sum is NaN and becomes 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddKeepingRests<T, V, L>(V x, ref T c, ref T rests) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        V before = L.Load(ref c), added = L.Add(x, L.Load(ref rests)), sum = L.Add(before, added), part = L.Subtract(sum, before);
        V rest = L.Add(L.Subtract(before, L.Subtract(sum, part)), L.Subtract(added, part));
        L.Store(sum, ref c);
        L.Store(L.Select(L.Equal(rest, rest), rest, default), ref rests);
    }
}
