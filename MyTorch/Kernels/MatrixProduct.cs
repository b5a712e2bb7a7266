using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MyTorch.Kernels;

/// <summary>How a matrix operand lies in memory: element (row, column) is at <c>row·RowStride + column·ColumnStride</c>.</summary>
readonly record struct MatrixLayout(int RowStride, int ColumnStride)
{
    /// <summary>A row-major matrix with the given number of columns, read as it is or as its transpose.</summary>
    internal static MatrixLayout RowMajor(int columns, bool transposed) => transposed ? new(1, columns) : new(columns, 1);
}

/// <summary>
/// C = A·B for A (m, k) and B (k, n), each read as it lies or transposed, C row-major.
/// </summary>
/// <remarks>
/// <para>How it grew from <see cref="Reference"/>'s three loops, after Goto and van de Geijn, 2008, and BLIS (Van Zee and van de Geijn, 2015):
/// (1) A tile of C, six rows by two vectors, stays in registers while the loop over k runs: the micro-kernel.
/// (2) What it reads is copied first so that it lies in the order of reading: A in strips of six rows, B in strips of two vectors. The
/// copies work on any strides, so a transposed operand costs nothing more.
/// (3) Blocks of k and of rows are chosen so that a strip of B stays in the first-level cache and a block of A in the second.</para>
/// <para>Threads share out rows or columns of C, never k: every element is one sum in the order of k, and the bits do not depend on the
/// number of threads.</para>
/// </remarks>
static class MatrixProduct
{
    /// <summary>Rows of the tile that the micro-kernel holds in registers.</summary>
    internal const int TileRows = 6;

    // 384 numbers of k in a strip of B, 72 rows in a block of A: 48 KB and 108 KB of single precision.
    const int BlockK = 384;
    const int BlockRows = 72;

    // Columns packed at a time: 6 MB of single precision at most.
    const int BlockColumns = 4096;

    // Below this many multiply-adds, waking a thread costs more than it saves.
    const long WorkWorthThreads = 1 << 20;

    internal static void Multiply<T>(
        ReadOnlyMemory<T> a, MatrixLayout layoutA, ReadOnlyMemory<T> b, MatrixLayout layoutB, Memory<T> c, int m, int k, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (m == 0 || n == 0) return;
        if (k == 0)
        {
            c.Span.Clear();
            return;
        }

        // The longer side of C is shared out, in whole tiles; what is packed for the other side is packed by every thread.
        bool byColumns = n >= m;
        int tile = byColumns ? TileColumns<T>() : TileRows;
        int tiles = ((byColumns ? n : m) + tile - 1) / tile;
        int threads = (int)Math.Min(Math.Min(Parallelism.Threads, tiles), (long)m * k * n / WorkWorthThreads + 1);
        if (threads <= 1)
        {
            Part(a.Span, layoutA, b.Span, layoutB, c.Span, n, 0, m, 0, n, k);
            return;
        }
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, t =>
        {
            int from = (int)((long)tiles * t / threads) * tile, to = (int)((long)tiles * (t + 1) / threads) * tile;
            if (byColumns) Part(a.Span, layoutA, b.Span, layoutB, c.Span, n, 0, m, from, Math.Min(to, n), k);
            else Part(a.Span, layoutA, b.Span, layoutB, c.Span, n, from, Math.Min(to, m), 0, n, k);
        });
    }

    /// <summary>How many columns the tile of the micro-kernel has: two vectors.</summary>
    static int TileColumns<T>() where T : unmanaged => 2 * (
        Vector512.IsHardwareAccelerated ? Vector512<T>.Count : Vector256.IsHardwareAccelerated ? Vector256<T>.Count : Vector128.IsHardwareAccelerated ? Vector128<T>.Count : 1);

    /// <summary>Rows [row, rowEnd) and columns [column, columnEnd) of C, with the widest vectors the processor has.</summary>
    static void Part<T>(
        ReadOnlySpan<T> a, MatrixLayout layoutA, ReadOnlySpan<T> b, MatrixLayout layoutB, Span<T> c, int strideC,
        int row, int rowEnd, int column, int columnEnd, int k)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int left = column; left < columnEnd; left += BlockColumns)
        {
            int right = Math.Min(left + BlockColumns, columnEnd);
            if (Vector512.IsHardwareAccelerated) Blocks<T, Vector512<T>, Lanes512<T>>(a, layoutA, b, layoutB, c, strideC, row, rowEnd, left, right, k);
            else if (Vector256.IsHardwareAccelerated) Blocks<T, Vector256<T>, Lanes256<T>>(a, layoutA, b, layoutB, c, strideC, row, rowEnd, left, right, k);
            else if (Vector128.IsHardwareAccelerated) Blocks<T, Vector128<T>, Lanes128<T>>(a, layoutA, b, layoutB, c, strideC, row, rowEnd, left, right, k);
            else Blocks<T, T, Lanes1<T>>(a, layoutA, b, layoutB, c, strideC, row, rowEnd, left, right, k);
        }
    }

    static void Blocks<T, V, L>(
        ReadOnlySpan<T> a, MatrixLayout layoutA, ReadOnlySpan<T> b, MatrixLayout layoutB, Span<T> c, int strideC,
        int row, int rowEnd, int column, int columnEnd, int k)
        where T : unmanaged, INumber<T> where V : struct where L : struct, ILanes<T, V>
    {
        int tileColumns = 2 * L.Width;
        int strips = (columnEnd - column + tileColumns - 1) / tileColumns;
        int largestBlock = Math.Min(k, BlockK);
        Span<T> packedB = Scratch<T>.For(ref Scratch<T>.B, strips * tileColumns * largestBlock);
        Span<T> packedA = Scratch<T>.For(ref Scratch<T>.A, Math.Min(BlockRows, (rowEnd - row + TileRows - 1) / TileRows * TileRows) * largestBlock);
        Span<T> edge = Scratch<T>.For(ref Scratch<T>.Edge, TileRows * tileColumns);

        for (int p = 0; p < k; p += BlockK)
        {
            int depth = Math.Min(BlockK, k - p);
            PackB(b, layoutB, p, depth, column, columnEnd, tileColumns, packedB);
            for (int block = row; block < rowEnd; block += BlockRows)
            {
                int blockEnd = Math.Min(block + BlockRows, rowEnd);
                PackA(a, layoutA, block, blockEnd, p, depth, packedA);
                for (int strip = 0; strip < strips; strip++)
                {
                    int left = column + strip * tileColumns, width = Math.Min(tileColumns, columnEnd - left);
                    ref T stripB = ref packedB[strip * tileColumns * depth];
                    for (int top = block; top < blockEnd; top += TileRows)
                    {
                        int height = Math.Min(TileRows, blockEnd - top);
                        ref T stripA = ref packedA[(top - block) * depth];
                        if (height == TileRows && width == tileColumns)
                            MicroKernel.Tile<T, V, L>(depth, ref stripA, ref stripB, ref c[top * strideC + left], strideC, add: p > 0);
                        else
                        {
                            // At the border the tile goes through a full one, padded with zeros.
                            MicroKernel.Tile<T, V, L>(depth, ref stripA, ref stripB, ref edge[0], tileColumns, add: false);
                            for (int i = 0; i < height; i++)
                            {
                                Span<T> target = c.Slice((top + i) * strideC + left, width);
                                ReadOnlySpan<T> source = edge.Slice(i * tileColumns, width);
                                if (p > 0) System.Numerics.Tensors.TensorPrimitives.Add(target, source, target);
                                else source.CopyTo(target);
                            }
                        }
                    }
                }
            }
        }
    }

    /// <summary>Rows of A, six at a time: for each k the six numbers one behind the other. Missing rows are 0.</summary>
    static void PackA<T>(ReadOnlySpan<T> a, MatrixLayout layout, int from, int to, int p, int depth, Span<T> packed) where T : unmanaged
    {
        int next = 0;
        for (int top = from; top < to; top += TileRows, next += TileRows * depth)
        {
            Span<T> strip = packed.Slice(next, TileRows * depth);
            int height = Math.Min(TileRows, to - top);
            if (height < TileRows) strip.Clear();
            for (int i = 0; i < height; i++)
            {
                int offset = (top + i) * layout.RowStride + p * layout.ColumnStride;
                for (int l = 0, at = i; l < depth; l++, at += TileRows, offset += layout.ColumnStride) strip[at] = a[offset];
            }
        }
    }

    /// <summary>Columns of B, a tile's width at a time: for each k the numbers of the strip one behind the other. Missing columns are 0.</summary>
    static void PackB<T>(ReadOnlySpan<T> b, MatrixLayout layout, int p, int depth, int from, int to, int tileColumns, Span<T> packed) where T : unmanaged
    {
        const int Run = 16;
        int next = 0;
        for (int left = from; left < to; left += tileColumns, next += tileColumns * depth)
        {
            Span<T> strip = packed.Slice(next, tileColumns * depth);
            int width = Math.Min(tileColumns, to - left);
            if (width < tileColumns) strip.Clear();
            int offset = p * layout.RowStride + left * layout.ColumnStride;
            if (layout.ColumnStride == 1)
                for (int l = 0; l < depth; l++, offset += layout.RowStride)
                    b.Slice(offset, width).CopyTo(strip[(l * tileColumns)..]);
            else
                // Transposed: columns are read in short runs, so that what is written stays in the cache.
                for (int start = 0; start < depth; start += Run)
                {
                    int end = Math.Min(start + Run, depth);
                    for (int j = 0; j < width; j++)
                    {
                        int at = offset + j * layout.ColumnStride + start * layout.RowStride;
                        for (int l = start; l < end; l++, at += layout.RowStride) strip[l * tileColumns + j] = b[at];
                    }
                }
        }
    }

    /// <summary>The three loops of the definition, C[i, j] = Σₗ A[i, l]·B[l, j]: what the fast form is tested against.</summary>
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

    /// <summary>Memory for packed operands, kept by each thread for the next product.</summary>
    static class Scratch<T> where T : unmanaged
    {
        [ThreadStatic] internal static T[]? A;
        [ThreadStatic] internal static T[]? B;
        [ThreadStatic] internal static T[]? Edge;

        internal static Span<T> For(ref T[]? kept, int length)
        {
            if (kept is null || kept.Length < length) kept = GC.AllocateUninitializedArray<T>((int)BitOperations.RoundUpToPowerOf2((uint)length));
            return kept.AsSpan(0, length);
        }
    }
}

/// <summary>The innermost loop of the matrix product.</summary>
static class MicroKernel
{
    /// <summary>
    /// A tile of C, six rows by two vectors, as the sum over k of column times row; twelve sums stay in registers.
    /// </summary>
    /// <param name="depth">How many k.</param>
    /// <param name="a">The packed strip of A: six numbers for each k.</param>
    /// <param name="b">The packed strip of B: two vectors for each k.</param>
    /// <param name="c">The tile's first element.</param>
    /// <param name="strideC">The distance between the tile's rows.</param>
    /// <param name="add">Whether the sums are added to what the tile holds.</param>
    internal static void Tile<T, V, L>(int depth, ref T a, ref T b, ref T c, int strideC, bool add)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        V c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        V c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        for (int l = 0; l < depth; l++)
        {
            V b0 = L.Load(ref b), b1 = L.Load(ref Unsafe.Add(ref b, L.Width));
            V x = L.Broadcast(a);
            c00 = L.MultiplyAdd(x, b0, c00);
            c01 = L.MultiplyAdd(x, b1, c01);
            x = L.Broadcast(Unsafe.Add(ref a, 1));
            c10 = L.MultiplyAdd(x, b0, c10);
            c11 = L.MultiplyAdd(x, b1, c11);
            x = L.Broadcast(Unsafe.Add(ref a, 2));
            c20 = L.MultiplyAdd(x, b0, c20);
            c21 = L.MultiplyAdd(x, b1, c21);
            x = L.Broadcast(Unsafe.Add(ref a, 3));
            c30 = L.MultiplyAdd(x, b0, c30);
            c31 = L.MultiplyAdd(x, b1, c31);
            x = L.Broadcast(Unsafe.Add(ref a, 4));
            c40 = L.MultiplyAdd(x, b0, c40);
            c41 = L.MultiplyAdd(x, b1, c41);
            x = L.Broadcast(Unsafe.Add(ref a, 5));
            c50 = L.MultiplyAdd(x, b0, c50);
            c51 = L.MultiplyAdd(x, b1, c51);
            a = ref Unsafe.Add(ref a, MatrixProduct.TileRows);
            b = ref Unsafe.Add(ref b, 2 * L.Width);
        }
        Row<T, V, L>(c00, c01, ref c, add);
        Row<T, V, L>(c10, c11, ref Unsafe.Add(ref c, strideC), add);
        Row<T, V, L>(c20, c21, ref Unsafe.Add(ref c, 2 * strideC), add);
        Row<T, V, L>(c30, c31, ref Unsafe.Add(ref c, 3 * strideC), add);
        Row<T, V, L>(c40, c41, ref Unsafe.Add(ref c, 4 * strideC), add);
        Row<T, V, L>(c50, c51, ref Unsafe.Add(ref c, 5 * strideC), add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Row<T, V, L>(V left, V right, ref T c, bool add) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        ref T c1 = ref Unsafe.Add(ref c, L.Width);
        L.Store(add ? L.Add(L.Load(ref c), left) : left, ref c);
        L.Store(add ? L.Add(L.Load(ref c1), right) : right, ref c1);
    }
}
