using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
/// Geijn, 2015): (1) Register blocking. A tile of C, eight rows by three vectors where the processor has 32 vector registers, six by two
/// where it has 16, is summed in registers during the loop over k: <see cref="MicroKernel"/>. For each k it reads eight elements of A and
/// three vectors of B, so a multiply-add needs few loads. (2) Cache blocking. The loop over k is divided into blocks, so that the rows of A
/// of a tile stay near while they meet all columns of a panel of B. The columns are divided into panels that stay in the L2 cache while all
/// rows of A pass by. (3) Packing. What would be read with a large stride, or could not be loaded as vectors, is copied first into the
/// order of reading (<see cref="Packing"/>). Rows of A are read in place unless their distance makes them displace each other from the L1
/// cache. Small matrices are read in place too, because packing would take longer than it saves.</para>
/// <para>The error does not grow with k. In a plain sum each addition may lose half a unit in the last place. So the micro-kernel adds
/// chains of <see cref="MicroKernel.Chain"/> terms and then adds the sums of the chains, fourteen per block or fewer. With many blocks, the
/// rounding error of each addition to C is kept in a second buffer and added in the next one (compensated summation):
/// |error| ≤ 10⁻⁶·Σ|aᵢbᵢ| in single precision.</para>
/// <para>Threads share a large packed panel of B. They pack different strips first, and then compute different tiles of C; each packs the
/// rows of A of its tiles. Where a panel is used by few rows, the threads would mostly wait for each other, so each computes
/// some columns alone from beginning to end. k is never divided between them. Every element is one sum in the order of k, so the bits do not
/// depend on the number of threads, and neither do the cache sizes change them.</para>
/// </remarks>
static class MatrixProduct
{
    // From this k on the sums of blocks are compensated. With fewer blocks the error does not matter.
    const int CompensatedK = 3072;

    // Rows of C whose rounding errors are kept at a time.
    const int BlockRows = 1536;

    // A row-major matrix of at most InPlace bytes is not packed; neither is B if at most FewRows rows use it.
    const int InPlace = 32 << 10;
    const int FewRows = 24;

    // Rows of A a multiple of so many bytes apart displace each other from the L1 cache, unless they are contiguous.
    const int Displacing = 1 << 10;

    // Multiply-adds per chunk below which another thread does not pay.
    const long WorkPerChunk = 1 << 19;

    // Multiply-adds with a panel up to which each thread computes some columns alone, of at least so many vectors.
    const long ShortPanel = 1 << 26;
    const int RangeVectors = 4;

    // Strips that are packed together, so that B is read in the order of memory.
    const int StripsTogether = 8;
    const int TilesTogether = 8;

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
    /// <param name="Strips">The strips of the columns.</param>
    /// <param name="AInPlace">Whether only the last, incomplete tile of A is packed.</param>
    /// <param name="PackedB">The packed strips of B.</param>
    /// <param name="BInPlace">Whether only the last, incomplete strip of B is packed.</param>
    /// <param name="Rests">The rounding errors of C in these rows, as wide as C; null if they are not kept.</param>
    readonly record struct Part<T>(
        int Row, int Rows, int P, int Depth, int Left, int Columns, Strips Strips, bool AInPlace, Memory<T> PackedB, bool BInPlace,
        T[]? Rests)
    {
        /// <summary>The number of k in packed operands, which is even.</summary>
        internal int EvenDepth => Depth + (Depth & 1);
    }

    /// <summary>
    /// The largest number of k in a block: the rows of A of a tile then take 14 KB, which leaves room for B in an L1 cache of 32 KB. It is
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

    /// <summary>
    /// How columns are divided into strips: first those as wide as a tile, then narrower ones. With tiles of three vectors, a strip of one
    /// vector is used only if there is no other.
    /// </summary>
    /// <param name="Wide">The columns of a first strip.</param>
    /// <param name="WideCount">The number of first strips.</param>
    /// <param name="Narrow">The columns of the other strips.</param>
    /// <param name="Count">The number of strips.</param>
    readonly record struct Strips(int Wide, int WideCount, int Narrow, int Count)
    {
        internal static Strips Of<T, V, L>(int columns) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
        {
            int vectors = Parts(columns, L.Width);
            if (vectors == 1) return new(L.Width, 1, 0, 1);
            if (L.TileRows == 6) return new(2 * L.Width, vectors / 2, L.Width, Parts(vectors, 2));
            // 3 + 1 is 2 + 2.
            int wide = vectors % 3 == 1 ? vectors / 3 - 1 : vectors / 3, rest = vectors - 3 * wide;
            return new(3 * L.Width, wide, 2 * L.Width, wide + rest / 2);
        }

        internal int Left(int strip) => Math.Min(strip, WideCount) * Wide + Math.Max(strip - WideCount, 0) * Narrow;

        internal int Width(int strip) => strip < WideCount ? Wide : Narrow;
    }

    // Chooses the sizes of the blocks, and how threads share the work.
    static void Multiply<T, V, L>(in Product<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        int tileColumns = (L.TileRows == 6 ? 2 : 3) * L.Width, size = Unsafe.SizeOf<T>(), maxDepth = BlockDepth<T>(s.K);
        // The micro-kernel takes two k at a time; an odd one is packed with zeros.
        bool isEven = (s.K & 1) == 0;
        bool aInPlace = isEven && (s.N <= 2 * tileColumns || (long)s.M * s.K * size <= InPlace
            || s.LayoutA.ColumnStride == 1 && (s.K == maxDepth || s.LayoutA.RowStride * size % Displacing != 0));
        bool bInPlace = isEven && s.LayoutB.ColumnStride == 1 && (s.M <= FewRows || (long)s.N * s.K * size <= InPlace);
        // Half of the L2 cache for the panel of B.
        int maxPanel = bInPlace ? s.N : Math.Max(Caches.Level2 / 2 / (maxDepth * size), 2 * tileColumns);
        int maxRows = s.K > CompensatedK ? Math.Min(s.M, Parts(Parts(s.M, Parts(s.M, BlockRows)), L.TileRows) * L.TileRows) : s.M;
        T[]? rests = s.K > CompensatedK ? new T[maxRows * s.N] : null;
        var blocks = new Blocks<T>(maxRows, maxDepth, maxPanel, tileColumns, aInPlace, bInPlace, rests);
        int threads = Parallelism.Threads;
        int chunks = threads == 1 ? 1 : (int)Math.Min((long)s.M * s.K * s.N / WorkPerChunk, int.MaxValue);
        int ranges = 2 * threads * Parts(s.N, 2 * threads * maxPanel);
        // A is packed for each range of columns, which costs little only if its rows are contiguous.
        bool isApart = chunks > 1 && !bInPlace && rests is null && (aInPlace || s.LayoutA.ColumnStride == 1)
            && (long)s.M * maxDepth * Math.Min(maxPanel, s.N) <= ShortPanel && s.N >= ranges * RangeVectors * L.Width;
        if (isApart) ColumnsApart<T, V, L>(s, blocks, threads, ranges);
        else Multiply<T, V, L>(s, blocks, 0, s.N, chunks);
    }

    /// <summary>Gives each thread some columns to compute alone, so that no thread waits for another at the end of a panel.</summary>
    static void ColumnsApart<T, V, L>(Product<T> s, Blocks<T> blocks, int threads, int ranges)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        int vectors = Parts(s.N, L.Width);
        Workers.Run(threads, ranges, range => Multiply<T, V, L>(
            s, blocks, (int)((long)vectors * range / ranges) * L.Width,
            Math.Min((int)((long)vectors * (range + 1) / ranges) * L.Width, s.N), chunks: 1));
    }

    /// <summary>The largest blocks of a product.</summary>
    /// <param name="Rows">The rows of a block.</param>
    /// <param name="Depth">The number of k of a block.</param>
    /// <param name="Panel">The columns of a panel of B.</param>
    /// <param name="TileColumns">The columns of a tile; panels are multiples of them.</param>
    /// <param name="AInPlace">Whether A is read in place.</param>
    /// <param name="BInPlace">Whether B is read in place.</param>
    /// <param name="Rests">The rounding errors of a block of rows; null if they are not kept.</param>
    readonly record struct Blocks<T>(int Rows, int Depth, int Panel, int TileColumns, bool AInPlace, bool BInPlace, T[]? Rests);

    // The loops around the tiles, for some columns: blocks of rows, blocks of k, panels of columns.
    static void Multiply<T, V, L>(in Product<T> s, in Blocks<T> blocks, int from, int to, int chunks)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        int width = to - from, panel = Parts(Parts(width, Parts(width, blocks.Panel)), blocks.TileColumns) * blocks.TileColumns;
        Memory<T> packedB = Packing.Scratch<T>((blocks.BInPlace ? blocks.TileColumns : panel) * (blocks.Depth + 1));
        for (int row = 0; row < s.M; row += blocks.Rows)
        {
            int rows = Math.Min(blocks.Rows, s.M - row);
            if (row > 0) blocks.Rests?.AsSpan().Clear();
            for (int p = 0; p < s.K; p += blocks.Depth)
                for (int left = from; left < to; left += panel)
                {
                    int columns = Math.Min(panel, to - left);
                    var part = new Part<T>(
                        row, rows, p, Math.Min(blocks.Depth, s.K - p), left, columns, Strips.Of<T, V, L>(columns), blocks.AInPlace, packedB,
                        blocks.BInPlace, blocks.Rests);
                    if (chunks > 1) Parallel<T, V, L>(s, part, chunks);
                    else
                    {
                        PackB<T, V, L>(s, part, 0, part.Strips.Count);
                        Compute<T, V, L>(s, part, 0, Parts(rows, L.TileRows), 0, part.Strips.Count);
                    }
                }
            if (blocks.Rests is not null)
            {
                Span<T> sums = s.C.Span.Slice(row * s.N, rows * s.N);
                TensorPrimitives.Add(sums, blocks.Rests.AsSpan(0, sums.Length), sums);
            }
        }
    }

    /// <summary>Packs B and then computes, on several threads.</summary>
    static void Parallel<T, V, L>(Product<T> s, Part<T> part, int chunks)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        int threads = Parallelism.Threads, tiles = Parts(part.Rows, L.TileRows), strips = part.Strips.Count;
        if (part.BInPlace) PackB<T, V, L>(s, part, 0, strips);
        else
        {
            int together = Math.Clamp(strips / (2 * threads), 1, StripsTogether);
            Workers.Run(threads, Parts(strips, together), chunk =>
                PackB<T, V, L>(s, part, chunk * together, Math.Min((chunk + 1) * together, strips)));
        }

        // Rows are divided first: a chunk then uses the whole panel of B. Small chunks, because one processor may be slower than another.
        int rowChunks = Math.Min(tiles, chunks), columnChunks = Math.Clamp(Math.Min(chunks, 8 * threads) / rowChunks, 1, strips);
        Workers.Run(threads, rowChunks * columnChunks, chunk =>
        {
            int down = chunk / columnChunks, across = chunk % columnChunks;
            Compute<T, V, L>(s, part,
                (int)((long)tiles * down / rowChunks), (int)((long)tiles * (down + 1) / rowChunks),
                (int)((long)strips * across / columnChunks), (int)((long)strips * (across + 1) / columnChunks));
        });
    }

    // The rows of the kernel for the last tile: the fewest that are enough.
    static int KernelRows<T, V, L>(int height) where T : unmanaged where V : struct where L : struct, ILanes<T, V> =>
        height <= 4 ? 4 : L.TileRows;

    static void PackB<T, V, L>(in Product<T> s, in Part<T> part, int strip, int stripEnd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        Strips strips = part.Strips;
        Span<T> packed = part.PackedB.Span;
        ReadOnlySpan<T> b = s.B.Span[(part.P * s.LayoutB.RowStride + part.Left * s.LayoutB.ColumnStride)..];
        while (strip < stripEnd)
        {
            // Strips of the same width are packed together; one that is not whole alone.
            int width = strips.Width(strip), left = strips.Left(strip);
            int sameEnd = Math.Min(stripEnd, strip < strips.WideCount ? strips.WideCount : strips.Count);
            int count = Math.Min(sameEnd - strip, StripsTogether), columns = Math.Min(count * width, part.Columns - left);
            if (columns < count * width && count > 1) columns = --count * width;
            if (!part.BInPlace || columns < width)
                Packing.StripsOfB<T, V, L>(
                    b[(left * s.LayoutB.ColumnStride)..], s.LayoutB, part.Depth, columns, width,
                    packed.Slice(part.BInPlace ? 0 : left * part.EvenDepth, count * width * part.EvenDepth));
            strip += count;
        }
    }

    // The inner two loops: the rows of a tile stay in the L1 cache while they meet all strips.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Compute<T, V, L>(in Product<T> s, in Part<T> part, int tile, int tileEnd, int strip, int stripEnd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        int depth = part.EvenDepth, strideC = s.N;
        Strips strips = part.Strips;
        ReadOnlySpan<T> a = s.A.Span, b = s.B.Span, packedB = part.PackedB.Span;
        Span<T> c = s.C.Span, rests = part.Rests;
        bool alongRows = s.LayoutA.ColumnStride == 1;
        int strideA = alongRows ? s.LayoutA.RowStride : s.LayoutA.ColumnStride;
        // A tile of contiguous rows is packed when it is its turn; those of contiguous columns together, so that A is read in the order of
        // memory.
        int together = alongRows ? 1 : TilesTogether, packedStart = tile, packedEnd = tile, sizeA = L.TileRows * depth;
        Span<T> packedA = part.AInPlace && part.Rows % L.TileRows is 0 or 4
            ? [] : Packing.TileScratch<T>(Math.Min(together, tileEnd - tile) * sizeA).Span;
        // The sums of a tile, at an address that a vector store does not split between two cache lines.
        Span<T> space = stackalloc T[24 * L.Width + 64];
        Span<T> sums = space.Slice(Packing.UntilAligned(space), 24 * L.Width);
        for (; tile < tileEnd; tile++)
        {
            int top = tile * L.TileRows, height = Math.Min(L.TileRows, part.Rows - top), rows = KernelRows<T, V, L>(height);
            ReadOnlySpan<T> tileA = a[((part.Row + top) * s.LayoutA.RowStride + part.P * s.LayoutA.ColumnStride)..];
            bool inPlaceA = part.AInPlace && height == rows;
            if (!inPlaceA)
            {
                if (tile >= packedEnd)
                {
                    packedStart = tile;
                    packedEnd = height < L.TileRows ? tile + 1 : Math.Min(Math.Min(tile + together, tileEnd), part.Rows / L.TileRows);
                    Packing.TilesOfA(tileA, s.LayoutA, height, part.Depth, rows, packedA[..((packedEnd - tile) * rows * depth)]);
                }
                tileA = packedA[((tile - packedStart) * sizeA)..];
            }
            ref T rowsA = ref MemoryMarshal.GetReference(tileA);
            int firstRow = part.Row + top;
            for (int j = strip; j < stripEnd; j++)
            {
                int left = strips.Left(j), stripWidth = strips.Width(j), width = Math.Min(stripWidth, part.Columns - left);
                bool inPlaceB = part.BInPlace && width == stripWidth;
                ref readonly T stripB = ref inPlaceB
                    ? ref b[part.P * s.LayoutB.RowStride + part.Left + left]
                    : ref packedB[part.BInPlace ? 0 : left * depth];
                int nextB = inPlaceB ? s.LayoutB.RowStride : stripWidth, firstColumn = part.Left + left;
                int first = firstRow * strideC + firstColumn;
                ref T tileC = ref c[first];
                // With one or two chains the sums are stored to C at once, else collected first: rows of C may displace each other.
                bool direct = part.P == 0 && width == stripWidth && height == rows && depth <= 2 * MicroKernel.Chain;
                ref T target = ref direct ? ref tileC : ref sums[0];
                int rowSums = direct ? strideC : stripWidth;
                if (!inPlaceA) Tile<T, V, L, Packed>(rows, stripWidth, depth, ref rowsA, 0, in stripB, nextB, ref target, rowSums);
                else if (alongRows)
                    Tile<T, V, L, AlongRows>(rows, stripWidth, depth, ref rowsA, strideA, in stripB, nextB, ref target, rowSums);
                else
                    Tile<T, V, L, AlongColumns>(rows, stripWidth, depth, ref rowsA, strideA, in stripB, nextB, ref target, rowSums);
                if (direct) continue;
                if (width == stripWidth)
                {
                    _ = c[first + (height - 1) * strideC + width - 1];
                    ref T restsC = ref rests.IsEmpty ? ref Unsafe.NullRef<T>() : ref rests[top * strideC + firstColumn];
                    MicroKernel.Finish<T, V, L>(
                        ref sums[0], ref tileC, strideC, height, stripWidth / L.Width, part.P > 0, ref restsC, strideC);
                }
                else
                    // The last strip is wider than C: the existing columns are copied or added.
                    for (int i = 0; i < height; i++)
                    {
                        Span<T> row = c.Slice(first + i * strideC, width);
                        ReadOnlySpan<T> sum = sums.Slice(i * stripWidth, width);
                        if (part.P == 0) sum.CopyTo(row);
                        else if (rests.IsEmpty) TensorPrimitives.Add(row, sum, row);
                        else Summation.AddKeepingRests(row, sum, rests.Slice((top + i) * strideC + firstColumn, width));
                    }
            }
        }
    }

    // Calls the kernel for a number of rows and vectors. TileRows is a constant for the compiler, which drops the kernels that a path does
    // not use.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Tile<T, V, L, O>(
        int rows, int columns, int depth, ref T a, nint strideA, ref readonly T b, nint nextB, ref T sums, nint rowSums)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V> where O : struct, IRowOrder
    {
        if (L.TileRows == 8 && columns > 2 * L.Width) Tile<T, V, L, Three, O>(rows, depth, ref a, strideA, in b, nextB, ref sums, rowSums);
        else if (columns > L.Width) Tile<T, V, L, Two, O>(rows, depth, ref a, strideA, in b, nextB, ref sums, rowSums);
        else Tile<T, V, L, One, O>(rows, depth, ref a, strideA, in b, nextB, ref sums, rowSums);
    }

    static void Tile<T, V, L, C, O>(int rows, int depth, ref T a, nint strideA, ref readonly T b, nint nextB, ref T sums, nint rowSums)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V> where C : struct, ICount where O : struct, IRowOrder
    {
        ref T columns = ref Unsafe.AsRef(in b);
        if (rows == 4) MicroKernel.Tile<T, V, L, Four, C, O>(depth, ref a, strideA, ref columns, nextB, ref sums, rowSums);
        else if (L.TileRows == 6) MicroKernel.Tile<T, V, L, Six, C, O>(depth, ref a, strideA, ref columns, nextB, ref sums, rowSums);
        else MicroKernel.Tile<T, V, L, Eight, C, O>(depth, ref a, strideA, ref columns, nextB, ref sums, rowSums);
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
