using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MyTorch.Kernels;

/// <summary>Packs blocks of the operands of a matrix product into the order in which the micro-kernel reads them.</summary>
static class Packing
{
    // The depth that is transposed for all columns of a strip at once, so that the written block stays in the L1 cache.
    const int Run = 64;

    /// <summary>
    /// Packs neighbouring strips of B, all of the same width: in a strip, the elements of each k are contiguous. Columns beyond the edge of
    /// B are 0.
    /// </summary>
    /// <param name="b">B, starting at the first element of the strips.</param>
    /// <param name="layout">The layout of B.</param>
    /// <param name="depth">The number of k. If it is odd, a row of −0 is added, which changes no sum: not even one that is −0.</param>
    /// <param name="columns">The number of columns: those of whole strips, or fewer than one strip.</param>
    /// <param name="width">The width of a strip: whole vectors.</param>
    /// <param name="strips">The packed strips.</param>
    // Here and below: fully optimized before the first call. The first tier of the compiler takes a call for each vector, and on a single
    // core it is in use for seconds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void StripsOfB<T, V, L>(
        ReadOnlySpan<T> b, MatrixLayout layout, int depth, int columns, int width, Span<T> strips)
        where T : unmanaged, INumber<T> where V : struct where L : struct, ILanes<T, V>
    {
        int evenDepth = depth + (depth & 1), size = width * evenDepth, count = strips.Length / size;
        if (columns < width) strips.Clear();
        if (layout.ColumnStride != 1)
            for (int strip = 0; strip < count; strip++)
                for (int start = 0; start < depth; start += Run)
                    Transpose(
                        b[(strip * width * layout.ColumnStride + start * layout.RowStride)..], layout.ColumnStride,
                        Math.Min(Run, depth - start), Math.Min(columns, width), strips[(strip * size + start * width)..], width);
        else if (columns >= width)
        {
            // Row by row through all strips, so that B is read in the order of memory. One bounds check for the last elements that the
            // loops read and write through refs.
            _ = b[(depth - 1) * layout.RowStride + columns - 1];
            _ = strips[(count - 1) * size + depth * width - 1];
            ref T rowB = ref MemoryMarshal.GetReference(b), rowOfStrips = ref MemoryMarshal.GetReference(strips);
            for (int l = 0; l < depth; l++)
            {
                ref T from = ref rowB, to = ref rowOfStrips;
                for (int strip = 0; strip < count; strip++)
                {
                    for (int i = 0; i < width; i += L.Width) L.Store(L.Load(ref Unsafe.Add(ref from, i)), ref Unsafe.Add(ref to, i));
                    from = ref Unsafe.Add(ref from, width);
                    to = ref Unsafe.Add(ref to, size);
                }
                rowB = ref Unsafe.Add(ref rowB, layout.RowStride);
                rowOfStrips = ref Unsafe.Add(ref rowOfStrips, width);
            }
        }
        else
            for (int l = 0; l < depth; l++)
                b.Slice(l * layout.RowStride, columns).CopyTo(strips[(l * width)..]);
        if (depth < evenDepth)
            for (int strip = 0; strip < count; strip++) strips.Slice(strip * size + depth * width, width).Fill(-T.Zero);
    }

    /// <summary>
    /// Packs the rows of A of a tile, or of several whole tiles: in a tile, the elements of each k are contiguous, as many as the
    /// micro-kernel has rows. Rows beyond the edge of A, and a k beyond an odd depth, are 0.
    /// </summary>
    /// <param name="a">A, starting at the first element of the tile.</param>
    /// <param name="layout">The layout of A.</param>
    /// <param name="height">The number of rows of a tile.</param>
    /// <param name="depth">The number of k.</param>
    /// <param name="rows">The number of rows of the micro-kernel.</param>
    /// <param name="packed">The packed tiles.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void TilesOfA<T>(ReadOnlySpan<T> a, MatrixLayout layout, int height, int depth, int rows, Span<T> packed)
        where T : unmanaged
    {
        int size = rows * (depth + (depth & 1));
        if (height < rows) packed.Clear();
        if (layout.ColumnStride == 1)
            for (int tile = 0; tile < packed.Length / size; tile++)
                Transpose(a[(tile * rows * layout.RowStride)..], layout.RowStride, depth, height, packed[(tile * size)..], rows);
        else if (height == 8) CopyColumns<T, EightNumbers<T>>(a, layout.ColumnStride, depth, packed, size);
        else if (rows == 6 && height == 6) CopyColumns<T, SixNumbers<T>>(a, layout.ColumnStride, depth, packed, size);
        else
            for (int l = 0; l < depth; l++)
                for (int i = 0; i < height; i++) packed[l * rows + i] = a[l * layout.ColumnStride + i];
        for (int end = size; end <= packed.Length; end += size) packed[(end - size + depth * rows)..end].Clear();
    }

    // k by k through all tiles. C is a column of a tile.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CopyColumns<T, C>(ReadOnlySpan<T> a, int stride, int depth, Span<T> packed, int size) where T : unmanaged where C : struct
    {
        int height = Unsafe.SizeOf<C>() / Unsafe.SizeOf<T>(), tiles = packed.Length / size;
        // One bounds check for the last elements that the loops read and write through refs.
        _ = a[(depth - 1) * stride + tiles * height - 1];
        _ = packed[(tiles - 1) * size + depth * height - 1];
        for (int l = 0; l < depth; l++)
        {
            ref T from = ref Unsafe.Add(ref MemoryMarshal.GetReference(a), l * stride),
                to = ref Unsafe.Add(ref MemoryMarshal.GetReference(packed), l * height);
            for (int tile = 0; tile < tiles; tile++)
                Unsafe.As<T, C>(ref Unsafe.Add(ref to, tile * size)) = Unsafe.As<T, C>(ref Unsafe.Add(ref from, tile * height));
        }
    }

    /// <summary>Eight elements as one value, which the compiler copies with a few vector moves.</summary>
    [InlineArray(8)]
    struct EightNumbers<T>
    {
        T _first;
    }

    /// <inheritdoc cref="EightNumbers{T}"/>
    [InlineArray(6)]
    struct SixNumbers<T>
    {
        T _first;
    }

    /// <summary>
    /// y[l, j] = x[j, l], in squares of one 128-bit vector per row (4×4 or 2×2). The rows and columns that do not fill a square are copied
    /// one by one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Transpose<T>(ReadOnlySpan<T> x, int strideX, int depth, int width, Span<T> y, int strideY) where T : unmanaged
    {
        int side = Vector128<T>.Count, wholeWidth = 0, wholeDepth = 0;
        if (Sse2.IsSupported || AdvSimd.Arm64.IsSupported)
        {
            (wholeWidth, wholeDepth) = (width - width % side, depth - depth % side);
            if (wholeWidth > 0 && wholeDepth > 0)
            {
                _ = x[(wholeWidth - 1) * strideX + wholeDepth - 1];
                _ = y[(wholeDepth - 1) * strideY + wholeWidth - 1];
            }
            for (int j = 0; j < wholeWidth; j += side)
            {
                ref T from = ref Unsafe.Add(ref MemoryMarshal.GetReference(x), j * strideX),
                    to = ref Unsafe.Add(ref MemoryMarshal.GetReference(y), j);
                for (int l = 0; l < wholeDepth; l += side)
                {
                    Square(ref from, strideX, ref to, strideY);
                    from = ref Unsafe.Add(ref from, side);
                    to = ref Unsafe.Add(ref to, side * strideY);
                }
            }
        }
        for (int j = 0; j < width; j++)
            for (int l = j < wholeWidth ? wholeDepth : 0; l < depth; l++)
                y[l * strideY + j] = x[j * strideX + l];
    }

    /// <summary>Transposes one square: lane i of row j becomes lane j of row i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Square<T>(ref T x, nint strideX, ref T y, nint strideY) where T : unmanaged
    {
        Vector128<T> row0 = Vector128.LoadUnsafe(ref x), row1 = Vector128.LoadUnsafe(ref Unsafe.Add(ref x, strideX));
        if (Vector128<T>.Count == 2)
        {
            (Vector128<T> first, Vector128<T> second) = Zip(row0, row1);
            first.StoreUnsafe(ref y);
            second.StoreUnsafe(ref Unsafe.Add(ref y, strideY));
            return;
        }
        // Interleaving rows 0 and 2, and 1 and 3, and then the results again, gives the first elements of all four rows, then the second,
        // ….
        Vector128<T> row2 = Vector128.LoadUnsafe(ref Unsafe.Add(ref x, 2 * strideX)),
            row3 = Vector128.LoadUnsafe(ref Unsafe.Add(ref x, 3 * strideX));
        (Vector128<T> even, Vector128<T> evenEnd) = Zip(row0, row2);
        (Vector128<T> odd, Vector128<T> oddEnd) = Zip(row1, row3);
        (Vector128<T> column0, Vector128<T> column1) = Zip(even, odd);
        (Vector128<T> column2, Vector128<T> column3) = Zip(evenEnd, oddEnd);
        column0.StoreUnsafe(ref y);
        column1.StoreUnsafe(ref Unsafe.Add(ref y, strideY));
        column2.StoreUnsafe(ref Unsafe.Add(ref y, 2 * strideY));
        column3.StoreUnsafe(ref Unsafe.Add(ref y, 3 * strideY));
    }

    /// <summary>Interleaves two vectors: a₀ b₀ a₁ b₁ ….</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector128<T> Low, Vector128<T> High) Zip<T>(Vector128<T> a, Vector128<T> b) where T : unmanaged
    {
        if (Vector128<T>.Count == 4)
            return Sse2.IsSupported
                ? (Sse.UnpackLow(a.AsSingle(), b.AsSingle()).As<float, T>(), Sse.UnpackHigh(a.AsSingle(), b.AsSingle()).As<float, T>())
                : (AdvSimd.Arm64.ZipLow(a.AsSingle(), b.AsSingle()).As<float, T>(),
                    AdvSimd.Arm64.ZipHigh(a.AsSingle(), b.AsSingle()).As<float, T>());
        return Sse2.IsSupported
            ? (Sse2.UnpackLow(a.AsDouble(), b.AsDouble()).As<double, T>(), Sse2.UnpackHigh(a.AsDouble(), b.AsDouble()).As<double, T>())
            : (AdvSimd.Arm64.ZipLow(a.AsDouble(), b.AsDouble()).As<double, T>(),
                AdvSimd.Arm64.ZipHigh(a.AsDouble(), b.AsDouble()).As<double, T>());
    }

    /// <summary>A scratch buffer, at an address that a vector load does not split between two cache lines.</summary>
    /// <remarks>Each thread keeps its buffer for the next product. It is pinned, because moving would change the address.</remarks>
    internal static Memory<T> Scratch<T>(int length) where T : unmanaged => Scratch(ref Kept<T>.Memory, length);

    /// <summary>Another scratch buffer, for a tile of A.</summary>
    internal static Memory<T> TileScratch<T>(int length) where T : unmanaged => Scratch(ref Kept<T>.Tile, length);

    static Memory<T> Scratch<T>(ref T[]? kept, int length) where T : unmanaged
    {
        int spare = CacheLine / Unsafe.SizeOf<T>();
        if (kept is null || kept.Length < length + spare)
        {
            int size = (int)BitOperations.RoundUpToPowerOf2((uint)(length + spare));
            kept = GC.AllocateUninitializedArray<T>(size, pinned: true);
        }
        return kept.AsMemory(UntilAligned<T>(kept), length);
    }

    const int CacheLine = 64;

    /// <summary>The number of elements before the first one that starts a cache line.</summary>
    internal static int UntilAligned<T>(Span<T> memory) where T : unmanaged
    {
        nuint address = (nuint)Unsafe.ByteOffset(ref Unsafe.NullRef<T>(), ref MemoryMarshal.GetReference(memory));
        return (int)((CacheLine - address % CacheLine) % CacheLine) / Unsafe.SizeOf<T>();
    }

    static class Kept<T>
    {
        [ThreadStatic] internal static T[]? Memory;
        [ThreadStatic] internal static T[]? Tile;
    }
}
