using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MyTorch.Kernels;

/// <summary>The memory layout of a matrix: element (row, column) is at <c>row·RowStride + column·ColumnStride</c>.</summary>
readonly record struct MatrixLayout(int RowStride, int ColumnStride)
{
    /// <summary>The layout of a row-major matrix with the given number of columns, or of its transpose.</summary>
    internal static MatrixLayout RowMajor(int columns, bool transposed) => transposed ? new(1, columns) : new(columns, 1);
}

/// <summary>
/// C = A·B for A (m, k) and B (k, n), in any strided layout, such as a transpose; C is row-major.
/// </summary>
/// <remarks>
/// <para>How it develops from the three loops of <see cref="Reference"/>, after Goto and van de Geijn, 2008, and BLIS (Van Zee and van de
/// Geijn, 2015): (1) Register blocking. A tile of C, six rows by two vectors, stays in registers during the loop over k:
/// <see cref="MicroKernel"/>. For each k it reads six elements of A and two vectors of B, with any stride between one k and the next.
/// (2) Cache blocking. The loop over k is divided into blocks, so that a strip of B, two vectors wide, stays in the L1 cache while the
/// tiles of many rows use it. The rows are divided into blocks, so that their block of A stays in the L2 cache while all strips of B are
/// used. (3) Packing. What would be read with a large stride, or could not be loaded as vectors, is copied first into the order of reading
/// (<see cref="Packing"/>): a transposed B, a large B, a transposed A. Small matrices are read in place.</para>
/// <para>The error does not grow with k. In a plain sum each addition may lose half a unit in the last place. So the micro-kernel adds
/// chains of <see cref="MicroKernel.Chain"/> terms and then adds the sums of the chains, twelve per block. With many blocks, the rounding
/// error of each addition to C is kept in a second buffer and added in the next one (compensated summation): |error| ≤ 10⁻⁶·Σ|aᵢbᵢ| in
/// single precision.</para>
/// <para>Threads divide columns or rows of C, never k. Every element is one sum in the order of k, so the bits do not depend on the number
/// of threads.</para>
/// </remarks>
static class MatrixProduct
{
    /// <summary>Rows of the tile that the micro-kernel holds in registers.</summary>
    internal const int TileRows = 6;

    // In Float32, with 512-bit vectors, a strip of B has 48 KB and a block of A 216 KB.
    const int BlockK = 384;
    const int BlockRows = 144;

    // From this k on the sums of blocks are compensated. With fewer blocks the error does not matter.
    const int CompensatedK = 8 * BlockK;

    // Columns of B that are packed at a time when several blocks of rows use them.
    const int BlockColumns = 4096;

    // A row-major B of at most SmallB bytes, or used by at most FewRows rows, is not packed.
    const int SmallB = 32 << 10;
    const int FewRows = 2 * TileRows;

    // Multiply-adds per chunk below which another thread does not pay.
    const long WorkPerChunk = 1 << 19;

    /// <summary>Sees the multiply-adds of each product before it is computed; set by tests.</summary>
    internal static Action<long>? Counter { get; set; }

    /// <summary>C = A·B; C (m, n) is overwritten.</summary>
    internal static void Multiply<T>(
        ReadOnlyMemory<T> a, MatrixLayout layoutA, ReadOnlyMemory<T> b, MatrixLayout layoutB, Memory<T> c, int m, int k, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long work = (long)m * k * n;
        Counter?.Invoke(work);
        if (m == 0 || n == 0) return;
        if (k == 0)
        {
            c.Span.Clear();
            return;
        }
        if (work < 2 * WorkPerChunk || Parallelism.Threads == 1) Block(a.Span, layoutA, b.Span, layoutB, c.Span, n, 0, m, 0, n, k);
        else Parallel(a, layoutA, b, layoutB, c, m, k, n, (int)Math.Min(work / WorkPerChunk, 4 * Parallelism.Threads));
    }

    /// <summary>
    /// Divides C into chunks of whole tiles for several threads: into columns, because each chunk then packs a different part of B, or into
    /// rows if there are too few columns.
    /// </summary>
    static void Parallel<T>(
        ReadOnlyMemory<T> a, MatrixLayout layoutA, ReadOnlyMemory<T> b, MatrixLayout layoutB, Memory<T> c, int m, int k, int n, int chunks)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int columnTiles = (n + TileColumns<T>() - 1) / TileColumns<T>(), rowTiles = (m + TileRows - 1) / TileRows;
        bool byColumns = columnTiles >= 2 * Parallelism.Threads || columnTiles >= rowTiles;
        (int size, int tile, int tiles) = byColumns ? (n, TileColumns<T>(), columnTiles) : (m, TileRows, rowTiles);
        // More chunks than threads, for load balance. But each chunk of columns packs the whole of a transposed A, so then one per thread.
        chunks = Math.Min(chunks, tiles);
        if (byColumns && layoutA.ColumnStride != 1) chunks = Math.Min(chunks, Parallelism.Threads);
        Workers.Run(Parallelism.Threads, chunks, chunk =>
        {
            int from = (int)((long)tiles * chunk / chunks) * tile, to = Math.Min((int)((long)tiles * (chunk + 1) / chunks) * tile, size);
            if (byColumns) Block(a.Span, layoutA, b.Span, layoutB, c.Span, n, 0, m, from, to, k);
            else Block(a.Span, layoutA, b.Span, layoutB, c.Span, n, from, to, 0, n, k);
        });
    }

    /// <summary>The number of columns of the micro-kernel's tile: two vectors.</summary>
    static int TileColumns<T>() where T : unmanaged => 2 * (
        Vector512.IsHardwareAccelerated ? Vector512<T>.Count
        : Vector256.IsHardwareAccelerated ? Vector256<T>.Count
        : Vector128.IsHardwareAccelerated ? Vector128<T>.Count
        : 1);

    /// <summary>Computes rows [row, rowEnd) and columns [column, columnEnd) of C with the widest vectors of the processor.</summary>
    static void Block<T>(
        ReadOnlySpan<T> a, MatrixLayout layoutA, ReadOnlySpan<T> b, MatrixLayout layoutB, Span<T> c, int strideC,
        int row, int rowEnd, int column, int columnEnd, int k)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated)
            Blocks<T, Vector512<T>, Lanes512<T>>(a, layoutA, b, layoutB, c, strideC, row, rowEnd, column, columnEnd, k);
        else if (Vector256.IsHardwareAccelerated)
            Blocks<T, Vector256<T>, Lanes256<T>>(a, layoutA, b, layoutB, c, strideC, row, rowEnd, column, columnEnd, k);
        else if (Vector128.IsHardwareAccelerated)
            Blocks<T, Vector128<T>, Lanes128<T>>(a, layoutA, b, layoutB, c, strideC, row, rowEnd, column, columnEnd, k);
        else Blocks<T, T, Lanes1<T>>(a, layoutA, b, layoutB, c, strideC, row, rowEnd, column, columnEnd, k);
    }

    // The five loops of BLIS: panels of columns, blocks of k, blocks of rows, strips of columns, tiles of rows.
    static void Blocks<T, V, L>(
        ReadOnlySpan<T> a, MatrixLayout layoutA, ReadOnlySpan<T> b, MatrixLayout layoutB, Span<T> c, int strideC,
        int row, int rowEnd, int column, int columnEnd, int k)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        int tileColumns = 2 * L.Width, rows = rowEnd - row, columns = columnEnd - column;
        bool bInPlace = layoutB.ColumnStride == 1 && (rows <= FewRows || (long)columns * k * Unsafe.SizeOf<T>() <= SmallB);
        bool aInPlace = layoutA.ColumnStride == 1 || columns <= tileColumns || (long)rows * k * Unsafe.SizeOf<T>() <= SmallB;
        // A single block of rows uses each strip of B once, so only one packed strip is kept.
        int panel = rows <= BlockRows ? tileColumns : BlockColumns;
        int maxDepth = Math.Min(k, BlockK);
        int spaceB = Math.Min(panel, (columns + tileColumns - 1) / tileColumns * tileColumns) * maxDepth;
        int spaceA = aInPlace ? 0 : Math.Min(BlockRows, (rows + TileRows - 1) / TileRows * TileRows) * maxDepth;
        Span<T> scratch = Packing.Scratch<T>(TileRows * tileColumns + spaceB + spaceA);
        Span<T> edge = scratch[..(TileRows * tileColumns)], packedB = scratch.Slice(edge.Length, spaceB),
            packedA = scratch[(edge.Length + spaceB)..];
        Span<T> rests = k > CompensatedK ? new T[rows * Math.Min(panel, columns)] : default;

        for (int left = column; left < columnEnd; left += panel)
        {
            int right = Math.Min(left + panel, columnEnd);
            rests.Clear();
            for (int p = 0; p < k; p += BlockK)
            {
                int depth = Math.Min(BlockK, k - p);
                for (int strip = left; strip < right; strip += tileColumns)
                    if (!bInPlace || strip + tileColumns > right)
                        Packing.StripOfB<T, V, L>(
                            b[(p * layoutB.RowStride + strip * layoutB.ColumnStride)..], layoutB, depth,
                                Math.Min(tileColumns, right - strip),
                            packedB.Slice((strip - left) * depth, tileColumns * depth));
                for (int block = row; block < rowEnd; block += BlockRows)
                {
                    int blockEnd = Math.Min(block + BlockRows, rowEnd);
                    if (!aInPlace)
                        Packing.BlockOfA(
                            a[(block * layoutA.RowStride + p * layoutA.ColumnStride)..], layoutA, blockEnd - block, depth, packedA);
                    for (int strip = left; strip < right; strip += tileColumns)
                    {
                        int width = Math.Min(tileColumns, right - strip);
                        bool inPlace = bInPlace && width == tileColumns;
                        ref readonly T stripB = ref inPlace ? ref b[p * layoutB.RowStride + strip] : ref packedB[(strip - left) * depth];
                        int strideB = inPlace ? layoutB.RowStride : tileColumns;
                        for (int top = block; top < blockEnd; top += TileRows)
                        {
                            int height = Math.Min(TileRows, blockEnd - top);
                            ref readonly T rowsA = ref aInPlace
                                ? ref a[top * layoutA.RowStride + p * layoutA.ColumnStride]
                                : ref packedA[(top - block) * depth];
                            MatrixLayout tileA = aInPlace ? layoutA : new(1, TileRows);
                            ref T tileC = ref c[top * strideC + strip];
                            int strideRests = right - left, beginRests = (top - row) * strideRests + strip - left;
                            if (width == tileColumns)
                                MicroKernel.Tile<T, V, L>(
                                    depth, ref Unsafe.AsRef(in rowsA), tileA, ref Unsafe.AsRef(in stripB), strideB,
                                    ref tileC, strideC, height, add: p > 0,
                                    ref rests.IsEmpty ? ref tileC : ref rests[beginRests], strideRests, keepRests: !rests.IsEmpty);
                            else
                            {
                                // The last tile is wider than C: it is computed in a buffer, of which the existing columns are copied or
                                // added.
                                MicroKernel.Tile<T, V, L>(
                                    depth, ref Unsafe.AsRef(in rowsA), tileA, ref Unsafe.AsRef(in stripB), strideB,
                                    ref edge[0], tileColumns, height, add: false, ref edge[0], 0, keepRests: false);
                                for (int i = 0; i < height; i++)
                                {
                                    Span<T> target = c.Slice((top + i) * strideC + strip, width);
                                    ReadOnlySpan<T> sums = edge.Slice(i * tileColumns, width);
                                    if (p == 0) sums.CopyTo(target);
                                    else if (rests.IsEmpty) TensorPrimitives.Add(target, sums, target);
                                    else Summation.AddKeepingRests(target, sums, rests.Slice(beginRests + i * strideRests, width));
                                }
                            }
                        }
                    }
                }
            }
            if (!rests.IsEmpty)
                for (int i = row; i < rowEnd; i++)
                {
                    Span<T> target = c.Slice(i * strideC + left, right - left);
                    TensorPrimitives.Add(target, rests.Slice((i - row) * target.Length, target.Length), target);
                }
        }
    }

    /// <summary>The definition as three loops, C[i, j] = Σₗ A[i, l]·B[l, j]. Tests compare the fast form with it.</summary>
    internal static void Reference<T>(
        ReadOnlySpan<T> a, MatrixLayout layoutA, ReadOnlySpan<T> b, MatrixLayout layoutB, Span<T> c, int m, int k, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                T sum = T.Zero;
                for (int l = 0; l < k; l++)
                    sum += a[i * layoutA.RowStride + l * layoutA.ColumnStride] * b[l * layoutB.RowStride + j * layoutB.ColumnStride];
                c[i * n + j] = sum;
            }
    }
}

/// <summary>The innermost loop of the matrix product.</summary>
static class MicroKernel
{
    /// <summary>The number of terms that are added one by one before their sum is added to the total.</summary>
    internal const int Chain = 32;

    /// <summary>
    /// Computes a tile of C, six rows by two vectors, as the sum over k of column times row. Lane j of an accumulator holds the sum of one
    /// element of C; the twelve accumulators stay in registers.
    /// </summary>
    /// <param name="depth">The number of k.</param>
    /// <param name="a">The first element of the rows of A.</param>
    /// <param name="layoutA">The layout of A.</param>
    /// <param name="b">The first element of the columns of B; two vectors can be read for each k.</param>
    /// <param name="strideB">The stride from one k to the next in B.</param>
    /// <param name="c">The first element of the tile.</param>
    /// <param name="strideC">The stride between rows of C.</param>
    /// <param name="height">The number of rows of the tile; fewer than six at the bottom of C.</param>
    /// <param name="add">Whether to add to the tile or overwrite it.</param>
    /// <param name="rests">The accumulated rounding errors of the additions.</param>
    /// <param name="strideRests">The stride between rows of the rounding errors.</param>
    /// <param name="keepRests">Whether rounding errors are accumulated.</param>
    // Fully optimized before its first call, so that the first products are as fast as later ones.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Tile<T, V, L>(
        int depth, ref T a, MatrixLayout layoutA, ref T b, int strideB, ref T c, int strideC, int height, bool add,
        ref T rests, int strideRests, bool keepRests)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        V c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        V c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        // Missing rows read the last row again, and their sums are not stored.
        nint row1 = Math.Min(1, height - 1) * layoutA.RowStride, row2 = Math.Min(2, height - 1) * layoutA.RowStride;
        nint row3 = Math.Min(3, height - 1) * layoutA.RowStride, row4 = Math.Min(4, height - 1) * layoutA.RowStride;
        nint row5 = (height - 1) * layoutA.RowStride, nextA = layoutA.ColumnStride, nextB = strideB;
        for (int l = 0; l < depth;)
        {
            V s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default;
            V s30 = default, s31 = default, s40 = default, s41 = default, s50 = default, s51 = default;
            for (int end = Math.Min(l + Chain, depth); l < end; l++)
            {
                V b0 = L.Load(ref b), b1 = L.Load(ref Unsafe.Add(ref b, L.Width));
                V x = L.Broadcast(a);
                s00 = L.MultiplyAddEstimate(x, b0, s00);
                s01 = L.MultiplyAddEstimate(x, b1, s01);
                x = L.Broadcast(Unsafe.Add(ref a, row1));
                s10 = L.MultiplyAddEstimate(x, b0, s10);
                s11 = L.MultiplyAddEstimate(x, b1, s11);
                x = L.Broadcast(Unsafe.Add(ref a, row2));
                s20 = L.MultiplyAddEstimate(x, b0, s20);
                s21 = L.MultiplyAddEstimate(x, b1, s21);
                x = L.Broadcast(Unsafe.Add(ref a, row3));
                s30 = L.MultiplyAddEstimate(x, b0, s30);
                s31 = L.MultiplyAddEstimate(x, b1, s31);
                x = L.Broadcast(Unsafe.Add(ref a, row4));
                s40 = L.MultiplyAddEstimate(x, b0, s40);
                s41 = L.MultiplyAddEstimate(x, b1, s41);
                x = L.Broadcast(Unsafe.Add(ref a, row5));
                s50 = L.MultiplyAddEstimate(x, b0, s50);
                s51 = L.MultiplyAddEstimate(x, b1, s51);
                a = ref Unsafe.Add(ref a, nextA);
                b = ref Unsafe.Add(ref b, nextB);
            }
            c00 = L.Add(c00, s00);
            c01 = L.Add(c01, s01);
            c10 = L.Add(c10, s10);
            c11 = L.Add(c11, s11);
            c20 = L.Add(c20, s20);
            c21 = L.Add(c21, s21);
            c30 = L.Add(c30, s30);
            c31 = L.Add(c31, s31);
            c40 = L.Add(c40, s40);
            c41 = L.Add(c41, s41);
            c50 = L.Add(c50, s50);
            c51 = L.Add(c51, s51);
        }
        Row<T, V, L>(c00, c01, ref c, add, ref rests, keepRests);
        if (height > 1) Row<T, V, L>(c10, c11, ref Unsafe.Add(ref c, strideC), add, ref Unsafe.Add(ref rests, strideRests), keepRests);
        if (height > 2)
            Row<T, V, L>(c20, c21, ref Unsafe.Add(ref c, 2 * strideC), add, ref Unsafe.Add(ref rests, 2 * strideRests), keepRests);
        if (height > 3)
            Row<T, V, L>(c30, c31, ref Unsafe.Add(ref c, 3 * strideC), add, ref Unsafe.Add(ref rests, 3 * strideRests), keepRests);
        if (height > 4)
            Row<T, V, L>(c40, c41, ref Unsafe.Add(ref c, 4 * strideC), add, ref Unsafe.Add(ref rests, 4 * strideRests), keepRests);
        if (height > 5)
            Row<T, V, L>(c50, c51, ref Unsafe.Add(ref c, 5 * strideC), add, ref Unsafe.Add(ref rests, 5 * strideRests), keepRests);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Row<T, V, L>(V left, V right, ref T c, bool add, ref T rests, bool keepRests)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        ref T c1 = ref Unsafe.Add(ref c, L.Width);
        if (add && keepRests)
        {
            AddKeepingRests<T, V, L>(left, ref c, ref rests);
            AddKeepingRests<T, V, L>(right, ref c1, ref Unsafe.Add(ref rests, L.Width));
            return;
        }
        L.Store(add ? L.Add(L.Load(ref c), left) : left, ref c);
        L.Store(add ? L.Add(L.Load(ref c1), right) : right, ref c1);
    }

    // The vector form of Summation.AddKeepingRest. The rest of an infinite sum is NaN and becomes 0.
    static void AddKeepingRests<T, V, L>(V x, ref T c, ref T rests) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        V before = L.Load(ref c), added = L.Add(x, L.Load(ref rests)), sum = L.Add(before, added), part = L.Subtract(sum, before);
        V rest = L.Add(L.Subtract(before, L.Subtract(sum, part)), L.Subtract(added, part));
        L.Store(sum, ref c);
        L.Store(L.Select(L.Equal(rest, rest), rest, default), ref rests);
    }
}
