using System.Runtime.CompilerServices;

namespace MyTorch.Kernels;

/// <summary>The number of rows of a tile, as a type, so that the compiler makes a kernel for each number.</summary>
interface ITileRows
{
    static abstract int Count { get; }
}

readonly struct Rows4 : ITileRows { public static int Count => 4; }
readonly struct Rows6 : ITileRows { public static int Count => 6; }
readonly struct Rows8 : ITileRows { public static int Count => 8; }
readonly struct Rows12 : ITileRows { public static int Count => 12; }

/// <summary>The innermost loop of the matrix product, and what brings its results to C.</summary>
static class MicroKernel
{
    /// <summary>The number of terms that are added one by one before their sum is added to the total.</summary>
    internal const int Chain = 32;

    /// <summary>
    /// Computes a tile of A·B, some rows by two vectors, as the sum over k of column times row. Lane j of an accumulator holds the sum of
    /// one element for one chain of k. The accumulators stay in registers, 24 for twelve rows; the totals of the chains stay in the L1
    /// cache.
    /// </summary>
    /// <param name="depth">The number of k.</param>
    /// <param name="a">The first element of the rows of A.</param>
    /// <param name="rowA">The stride between rows of A.</param>
    /// <param name="nextA">The stride from one k to the next in A.</param>
    /// <param name="b">The first element of the columns of B; two vectors can be read for each k.</param>
    /// <param name="nextB">The stride from one k to the next in B.</param>
    /// <param name="sums">The first element of the tile, which is overwritten.</param>
    /// <param name="rowSums">The stride between rows of the tile.</param>
    // Fully optimized before its first call, so that the first products are as fast as later ones.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Tile<T, V, L, R>(
        int depth, ref T a, nint rowA, nint nextA, ref T b, nint nextB, ref T sums, nint rowSums)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V> where R : struct, ITileRows
    {
        // Rows are addressed from every fourth one, because there are not registers enough for an address of each.
        nint row2 = 2 * rowA, row3 = 3 * rowA;
        ref T a4 = ref Unsafe.Add(ref a, 4 * rowA), a8 = ref Unsafe.Add(ref a, 8 * rowA);
        for (int l = 0; l < depth;)
        {
            bool first = l == 0;
            V s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default;
            V s30 = default, s31 = default, s40 = default, s41 = default, s50 = default, s51 = default;
            V s60 = default, s61 = default, s70 = default, s71 = default, s80 = default, s81 = default;
            V s90 = default, s91 = default, s100 = default, s101 = default, s110 = default, s111 = default;
            for (int end = Math.Min(l + Chain, depth); l < end; l++)
            {
                V b0 = L.Load(ref b), b1 = L.Load(ref Unsafe.Add(ref b, L.Width));
                V x = L.Broadcast(a);
                s00 = L.MultiplyAddEstimate(x, b0, s00);
                s01 = L.MultiplyAddEstimate(x, b1, s01);
                x = L.Broadcast(Unsafe.Add(ref a, rowA));
                s10 = L.MultiplyAddEstimate(x, b0, s10);
                s11 = L.MultiplyAddEstimate(x, b1, s11);
                x = L.Broadcast(Unsafe.Add(ref a, row2));
                s20 = L.MultiplyAddEstimate(x, b0, s20);
                s21 = L.MultiplyAddEstimate(x, b1, s21);
                x = L.Broadcast(Unsafe.Add(ref a, row3));
                s30 = L.MultiplyAddEstimate(x, b0, s30);
                s31 = L.MultiplyAddEstimate(x, b1, s31);
                a = ref Unsafe.Add(ref a, nextA);
                if (R.Count > 4)
                {
                    x = L.Broadcast(a4);
                    s40 = L.MultiplyAddEstimate(x, b0, s40);
                    s41 = L.MultiplyAddEstimate(x, b1, s41);
                    x = L.Broadcast(Unsafe.Add(ref a4, rowA));
                    s50 = L.MultiplyAddEstimate(x, b0, s50);
                    s51 = L.MultiplyAddEstimate(x, b1, s51);
                    if (R.Count > 6)
                    {
                        x = L.Broadcast(Unsafe.Add(ref a4, row2));
                        s60 = L.MultiplyAddEstimate(x, b0, s60);
                        s61 = L.MultiplyAddEstimate(x, b1, s61);
                        x = L.Broadcast(Unsafe.Add(ref a4, row3));
                        s70 = L.MultiplyAddEstimate(x, b0, s70);
                        s71 = L.MultiplyAddEstimate(x, b1, s71);
                    }
                    a4 = ref Unsafe.Add(ref a4, nextA);
                }
                if (R.Count > 8)
                {
                    x = L.Broadcast(a8);
                    s80 = L.MultiplyAddEstimate(x, b0, s80);
                    s81 = L.MultiplyAddEstimate(x, b1, s81);
                    x = L.Broadcast(Unsafe.Add(ref a8, rowA));
                    s90 = L.MultiplyAddEstimate(x, b0, s90);
                    s91 = L.MultiplyAddEstimate(x, b1, s91);
                    x = L.Broadcast(Unsafe.Add(ref a8, row2));
                    s100 = L.MultiplyAddEstimate(x, b0, s100);
                    s101 = L.MultiplyAddEstimate(x, b1, s101);
                    x = L.Broadcast(Unsafe.Add(ref a8, row3));
                    s110 = L.MultiplyAddEstimate(x, b0, s110);
                    s111 = L.MultiplyAddEstimate(x, b1, s111);
                    a8 = ref Unsafe.Add(ref a8, nextA);
                }
                b = ref Unsafe.Add(ref b, nextB);
            }
            ref T total = ref sums;
            Put<T, V, L>(s00, s01, ref total, first);
            total = ref Unsafe.Add(ref total, rowSums);
            Put<T, V, L>(s10, s11, ref total, first);
            total = ref Unsafe.Add(ref total, rowSums);
            Put<T, V, L>(s20, s21, ref total, first);
            total = ref Unsafe.Add(ref total, rowSums);
            Put<T, V, L>(s30, s31, ref total, first);
            if (R.Count > 4)
            {
                total = ref Unsafe.Add(ref total, rowSums);
                Put<T, V, L>(s40, s41, ref total, first);
                total = ref Unsafe.Add(ref total, rowSums);
                Put<T, V, L>(s50, s51, ref total, first);
            }
            if (R.Count > 6)
            {
                total = ref Unsafe.Add(ref total, rowSums);
                Put<T, V, L>(s60, s61, ref total, first);
                total = ref Unsafe.Add(ref total, rowSums);
                Put<T, V, L>(s70, s71, ref total, first);
            }
            if (R.Count > 8)
            {
                total = ref Unsafe.Add(ref total, rowSums);
                Put<T, V, L>(s80, s81, ref total, first);
                total = ref Unsafe.Add(ref total, rowSums);
                Put<T, V, L>(s90, s91, ref total, first);
                total = ref Unsafe.Add(ref total, rowSums);
                Put<T, V, L>(s100, s101, ref total, first);
                total = ref Unsafe.Add(ref total, rowSums);
                Put<T, V, L>(s110, s111, ref total, first);
            }
        }
    }

    // The first chain of k starts the totals, the others add to them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Put<T, V, L>(V left, V right, ref T total, bool first) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        ref T end = ref Unsafe.Add(ref total, L.Width);
        if (!first)
        {
            left = L.Add(L.Load(ref total), left);
            right = L.Add(L.Load(ref end), right);
        }
        L.Store(left, ref total);
        L.Store(right, ref end);
    }

    /// <summary>
    /// Stores the sums of a tile to C or adds them to it; with rests, the rounding errors of the additions are accumulated in them and
    /// added in the next one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Finish<T, V, L>(ref T sums, ref T c, nint strideC, int height, bool add, ref T rests, nint strideRests)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        int width = L.Width;
        bool keepRests = add && !Unsafe.IsNullRef(ref rests);
        for (int i = 0; i < height; i++)
        {
            ref T end = ref Unsafe.Add(ref c, width);
            V left = L.Load(ref sums), right = L.Load(ref Unsafe.Add(ref sums, width));
            if (keepRests)
            {
                AddKeepingRests<T, V, L>(left, ref c, ref rests);
                AddKeepingRests<T, V, L>(right, ref end, ref Unsafe.Add(ref rests, width));
                rests = ref Unsafe.Add(ref rests, strideRests);
            }
            else
            {
                L.Store(add ? L.Add(L.Load(ref c), left) : left, ref c);
                L.Store(add ? L.Add(L.Load(ref end), right) : right, ref end);
            }
            sums = ref Unsafe.Add(ref sums, 2 * width);
            c = ref Unsafe.Add(ref c, strideC);
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
