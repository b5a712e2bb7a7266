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
/// Geijn, 2015): (1) Register blocking. A tile of C, twelve rows by two vectors where the processor has 32 vector registers, six where it
/// has 16, is summed in registers during the loop over k: <see cref="MicroKernel"/>. For each k it reads twelve elements of A and two
/// vectors of B, so a multiply-add needs few loads. (2) Cache blocking. The loop over k is divided into blocks, so that the rows of A of a
/// tile stay in the L1 cache while they meet all columns of a panel of B. The columns are divided into panels that stay in the L2 cache
/// while all rows of A pass by. (3) Packing. What would be read with a large stride, or could not be loaded as vectors, is copied first
/// into the order of reading (<see cref="Packing"/>). Rows 4096 bytes apart would also displace each other from the L1 cache. Small
/// matrices are read in place, because packing would take longer than it saves.</para>
/// <para>The error does not grow with k. In a plain sum each addition may lose half a unit in the last place. So the micro-kernel adds
/// chains of <see cref="MicroKernel.Chain"/> terms and then adds the sums of the chains, fourteen per block or fewer. With many blocks, the
/// rounding error of each addition to C is kept in a second buffer and added in the next one (compensated summation):
/// |error| ≤ 10⁻⁶·Σ|aᵢbᵢ| in single precision.</para>
/// <para>Threads share the packed operands. They pack different parts first, and then compute different tiles of C; k is never divided
/// between them. Every element is one sum in the order of k, so the bits do not depend on the number of threads, and neither do the
/// cache sizes change them.</para>
/// </remarks>
static class MatrixProduct
{
    // From this k on the sums of blocks are compensated. With fewer blocks the error does not matter.
    const int CompensatedK = 3072;

    // Rows of A that are packed at a time.
    const int BlockRows = 1536;

    // A row-major matrix of at most InPlace bytes is not packed; neither is B if at most FewRows rows use it.
    const int InPlace = 32 << 10;
    const int FewRows = 24;

    // Multiply-adds per chunk below which another thread does not pay.
    const long WorkPerChunk = 1 << 19;

    /// <summary>Sees the multiply-adds of each product before it is computed; set by tests.</summary>
    internal static Action<long>? Counter { get; set; }

    /// <summary>C = A·B; C (m, n) is overwritten.</summary>
    internal static void Multiply<T>(
        ReadOnlyMemory<T> a, MatrixLayout layoutA, ReadOnlyMemory<T> b, MatrixLayout layoutB, Memory<T> c, int m, int k, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Counter?.Invoke((long)m * k * n);
        if (m == 0 || n == 0) return;
        if (k == 0)
        {
            c.Span.Clear();
            return;
        }
        var product = new Product<T>(a, layoutA, b, layoutB, c, m, k, n);
        switch (VectorPath.Current)
        {
            case VectorWidth.Bits512: Multiply<T, Vector512<T>, Lanes512<T>>(product); break;
            case VectorWidth.Bits256: Multiply<T, Vector256<T>, Lanes256<T>>(product); break;
            case VectorWidth.Bits128: Multiply<T, Vector128<T>, Lanes128<T>>(product); break;
            default: Multiply<T, T, Lanes1<T>>(product); break;
        }
    }

    readonly record struct Product<T>(
        ReadOnlyMemory<T> A, MatrixLayout LayoutA, ReadOnlyMemory<T> B, MatrixLayout LayoutB, Memory<T> C, int M, int K, int N);

    /// <summary>A part of the product: some rows of A and columns of B, and k from P on. Tiles and strips are counted inside it.</summary>
    /// <param name="Row">The first row.</param>
    /// <param name="Rows">The number of rows.</param>
    /// <param name="P">The first k.</param>
    /// <param name="Depth">The number of k.</param>
    /// <param name="Left">The first column.</param>
    /// <param name="Columns">The number of columns.</param>
    /// <param name="PackedA">The packed rows of A.</param>
    /// <param name="AInPlace">Whether only the last, incomplete tile of A is packed.</param>
    /// <param name="PackedB">The packed strips of B.</param>
    /// <param name="BInPlace">Whether only the last, incomplete strip of B is packed.</param>
    /// <param name="Rests">The rounding errors of C in these rows, as wide as C; null if they are not kept.</param>
    readonly record struct Part<T>(
        int Row, int Rows, int P, int Depth, int Left, int Columns,
        Memory<T> PackedA, bool AInPlace, Memory<T> PackedB, bool BInPlace, T[]? Rests);

    /// <summary>
    /// The largest number of k in a block: the rows of A of a tile then take 21 KB, which leaves room for B in an L1 cache of 32 KB. It is
    /// the same on every processor, because the blocks determine the order of the additions.
    /// </summary>
    internal static int MaxDepth<T>() where T : unmanaged => Lane<T>.IsSingle ? 448 : 224;

    /// <summary>The number of k in a block: all blocks are nearly equal, and whole chains.</summary>
    internal static int BlockDepth<T>(int k) where T : unmanaged
    {
        int blocks = Parts(k, MaxDepth<T>());
        return Math.Min(k, Parts(Parts(k, blocks), MicroKernel.Chain) * MicroKernel.Chain);
    }

    // The number of parts of a size, rounded up; also the size of a number of parts.
    static int Parts(int whole, int size) => (int)(((long)whole + size - 1) / size);

    // The loops around the tiles: blocks of rows, blocks of k, panels of columns.
    static void Multiply<T, V, L>(in Product<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        int tileColumns = 2 * L.Width, size = Unsafe.SizeOf<T>(), maxDepth = BlockDepth<T>(s.K);
        bool aInPlace = s.N <= 2 * tileColumns || (long)s.M * s.K * size <= InPlace;
        bool bInPlace = s.LayoutB.ColumnStride == 1 && (s.M <= FewRows || (long)s.N * s.K * size <= InPlace);
        // Half of the L2 cache for the panel of B.
        int maxPanel = bInPlace ? s.N : Math.Max(Caches.Level2 / 2 / (maxDepth * size), 2 * tileColumns);
        int panel = Parts(Parts(s.N, Parts(s.N, maxPanel)), tileColumns) * tileColumns;
        int maxRows = Parts(Parts(s.M, Parts(s.M, BlockRows)), L.TileRows) * L.TileRows;
        int spaceA = (aInPlace ? L.TileRows : maxRows) * maxDepth;
        Memory<T> scratch = Packing.Scratch<T>(spaceA + (bInPlace ? tileColumns : panel) * maxDepth);
        T[]? rests = s.K > CompensatedK ? new T[Math.Min(maxRows, s.M) * s.N] : null;
        int chunks = Parallelism.Threads == 1 ? 1 : (int)Math.Min((long)s.M * s.K * s.N / WorkPerChunk, 8 * Parallelism.Threads);

        for (int row = 0; row < s.M; row += maxRows)
        {
            int rows = Math.Min(maxRows, s.M - row);
            if (row > 0) rests?.AsSpan().Clear();
            for (int p = 0; p < s.K; p += maxDepth)
                for (int left = 0; left < s.N; left += panel)
                {
                    var part = new Part<T>(
                        row, rows, p, Math.Min(maxDepth, s.K - p), left, Math.Min(panel, s.N - left),
                        scratch[..spaceA], aInPlace, scratch[spaceA..], bInPlace, rests);
                    if (chunks > 1) Parallel<T, V, L>(s, part, chunks);
                    else
                    {
                        if (left == 0) PackA<T, V, L>(s, part, 0, Parts(rows, L.TileRows));
                        PackB<T, V, L>(s, part, 0, Parts(part.Columns, tileColumns));
                        Compute<T, V, L>(s, part, 0, Parts(rows, L.TileRows), 0, Parts(part.Columns, tileColumns));
                    }
                }
            if (rests is not null)
            {
                Span<T> sums = s.C.Span.Slice(row * s.N, rows * s.N);
                TensorPrimitives.Add(sums, rests.AsSpan(0, sums.Length), sums);
            }
        }
    }

    /// <summary>Packs and then computes on several threads.</summary>
    static void Parallel<T, V, L>(Product<T> s, Part<T> part, int chunks)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        int tiles = Parts(part.Rows, L.TileRows), strips = Parts(part.Columns, 2 * L.Width);
        int tilesToPack = part.Left > 0 || part.AInPlace ? 0 : tiles, stripsToPack = part.BInPlace ? 0 : strips;
        if (tilesToPack + stripsToPack > 0)
            Workers.Run(Parallelism.Threads, tilesToPack + stripsToPack, chunk =>
            {
                if (chunk < tilesToPack) PackA<T, V, L>(s, part, chunk, chunk + 1);
                else PackB<T, V, L>(s, part, chunk - tilesToPack, chunk - tilesToPack + 1);
            });
        if (part.AInPlace) PackA<T, V, L>(s, part, 0, tiles);
        if (part.BInPlace) PackB<T, V, L>(s, part, 0, strips);

        // Rows are divided first: each chunk then uses the whole panel of B. More chunks than threads, for load balance.
        int rowChunks = Math.Min(tiles, chunks), columnChunks = Math.Min(strips, Parts(chunks, rowChunks));
        Workers.Run(Parallelism.Threads, rowChunks * columnChunks, chunk =>
        {
            int down = chunk / columnChunks, across = chunk % columnChunks;
            Compute<T, V, L>(s, part,
                (int)((long)tiles * down / rowChunks), (int)((long)tiles * (down + 1) / rowChunks),
                (int)((long)strips * across / columnChunks), (int)((long)strips * (across + 1) / columnChunks));
        });
    }

    // The rows of the kernel for the last tile: the fewest that are enough.
    static int KernelRows<T, V, L>(int height) where T : unmanaged where V : struct where L : struct, ILanes<T, V> =>
        height <= 4 ? 4 : L.TileRows == 12 && height <= 8 ? 8 : L.TileRows;

    static void PackA<T, V, L>(in Product<T> s, in Part<T> part, int tile, int tileEnd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        Span<T> packed = part.PackedA.Span;
        ReadOnlySpan<T> a = s.A.Span;
        for (; tile < tileEnd; tile++)
        {
            int top = tile * L.TileRows, height = Math.Min(L.TileRows, part.Rows - top), rows = KernelRows<T, V, L>(height);
            if (part.AInPlace && height == rows) continue;
            Packing.TileOfA(
                a[((part.Row + top) * s.LayoutA.RowStride + part.P * s.LayoutA.ColumnStride)..], s.LayoutA, height, part.Depth, rows,
                packed.Slice(part.AInPlace ? 0 : top * part.Depth, rows * part.Depth));
        }
    }

    static void PackB<T, V, L>(in Product<T> s, in Part<T> part, int strip, int stripEnd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        int tileColumns = 2 * L.Width;
        Span<T> packed = part.PackedB.Span;
        ReadOnlySpan<T> b = s.B.Span;
        for (; strip < stripEnd; strip++)
        {
            int left = strip * tileColumns, width = Math.Min(tileColumns, part.Columns - left);
            if (part.BInPlace && width == tileColumns) continue;
            Packing.StripOfB<T, V, L>(
                b[(part.P * s.LayoutB.RowStride + (part.Left + left) * s.LayoutB.ColumnStride)..], s.LayoutB, part.Depth, width,
                packed.Slice(part.BInPlace ? 0 : left * part.Depth, tileColumns * part.Depth));
        }
    }

    // The inner two loops: the rows of a tile stay in the L1 cache while they meet all strips.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Compute<T, V, L>(in Product<T> s, in Part<T> part, int tile, int tileEnd, int strip, int stripEnd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        int tileColumns = 2 * L.Width, depth = part.Depth, strideC = s.N;
        ReadOnlySpan<T> a = s.A.Span, b = s.B.Span, packedA = part.PackedA.Span, packedB = part.PackedB.Span;
        Span<T> c = s.C.Span, rests = part.Rests;
        // The sums of a tile, at an address that a vector store does not split between two cache lines.
        Span<T> space = stackalloc T[12 * tileColumns + 64];
        Span<T> sums = space.Slice(Packing.UntilAligned(space), L.TileRows * tileColumns);
        for (; tile < tileEnd; tile++)
        {
            int top = tile * L.TileRows, height = Math.Min(L.TileRows, part.Rows - top), rows = KernelRows<T, V, L>(height);
            bool inPlaceA = part.AInPlace && height == rows;
            ref readonly T rowsA = ref inPlaceA
                ? ref a[(part.Row + top) * s.LayoutA.RowStride + part.P * s.LayoutA.ColumnStride]
                : ref packedA[part.AInPlace ? 0 : top * depth];
            (int rowA, int nextA) = inPlaceA ? (s.LayoutA.RowStride, s.LayoutA.ColumnStride) : (1, rows);
            for (int j = strip; j < stripEnd; j++)
            {
                int left = j * tileColumns, width = Math.Min(tileColumns, part.Columns - left);
                bool inPlaceB = part.BInPlace && width == tileColumns;
                ref readonly T stripB = ref inPlaceB
                    ? ref b[part.P * s.LayoutB.RowStride + part.Left + left]
                    : ref packedB[part.BInPlace ? 0 : left * depth];
                int nextB = inPlaceB ? s.LayoutB.RowStride : tileColumns;
                int first = (part.Row + top) * strideC + part.Left + left;
                ref T tileC = ref c[first];
                // With one or two chains the sums are stored to C at once, else collected first: rows of C may displace each other.
                bool direct = part.P == 0 && width == tileColumns && height == rows && depth <= 2 * MicroKernel.Chain;
                ref T target = ref direct ? ref tileC : ref sums[0];
                Tile<T, V, L>(
                    rows, depth, ref Unsafe.AsRef(in rowsA), rowA, nextA, ref Unsafe.AsRef(in stripB), nextB,
                    ref target, direct ? strideC : tileColumns);
                if (direct) continue;
                if (width == tileColumns)
                {
                    _ = c[first + (height - 1) * strideC + width - 1];
                    ref T restsC = ref rests.IsEmpty ? ref Unsafe.NullRef<T>() : ref rests[top * strideC + part.Left + left];
                    MicroKernel.Finish<T, V, L>(ref sums[0], ref tileC, strideC, height, part.P > 0, ref restsC, strideC);
                }
                else
                    // The last strip is wider than C: the existing columns are copied or added.
                    for (int i = 0; i < height; i++)
                    {
                        Span<T> row = c.Slice(first + i * strideC, width);
                        ReadOnlySpan<T> sum = sums.Slice(i * tileColumns, width);
                        if (part.P == 0) sum.CopyTo(row);
                        else if (rests.IsEmpty) TensorPrimitives.Add(row, sum, row);
                        else Summation.AddKeepingRests(row, sum, rests.Slice((top + i) * strideC + part.Left + left, width));
                    }
            }
        }
    }

    // Calls the kernel for a number of rows. TileRows is a constant for the compiler, which drops the kernels that a path does not use.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Tile<T, V, L>(
        int rows, int depth, ref T a, nint rowA, nint nextA, ref T b, nint nextB, ref T sums, nint rowSums)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        if (rows == 4) MicroKernel.Tile<T, V, L, Rows4>(depth, ref a, rowA, nextA, ref b, nextB, ref sums, rowSums);
        else if (L.TileRows == 6) MicroKernel.Tile<T, V, L, Rows6>(depth, ref a, rowA, nextA, ref b, nextB, ref sums, rowSums);
        else if (rows == 8) MicroKernel.Tile<T, V, L, Rows8>(depth, ref a, rowA, nextA, ref b, nextB, ref sums, rowSums);
        else MicroKernel.Tile<T, V, L, Rows12>(depth, ref a, rowA, nextA, ref b, nextB, ref sums, rowSums);
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
