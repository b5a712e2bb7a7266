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

    /// <summary>Packs a strip of B, two vectors wide: the elements of each k are contiguous. Columns beyond the edge of B are 0.</summary>
    /// <param name="b">B, starting at the first element of the strip.</param>
    /// <param name="layout">The layout of B.</param>
    /// <param name="depth">The number of k.</param>
    /// <param name="width">The number of columns, at most two vectors.</param>
    /// <param name="strip">The packed strip.</param>
    // Here and below: fully optimized before the first call. The first tier of the compiler takes a call for each vector, and on a single
    // core it is in use for seconds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void StripOfB<T, V, L>(ReadOnlySpan<T> b, MatrixLayout layout, int depth, int width, Span<T> strip)
        where T : unmanaged, INumber<T> where V : struct where L : struct, ILanes<T, V>
    {
        int tileColumns = 2 * L.Width;
        if (width < tileColumns) strip.Clear();
        if (layout.ColumnStride != 1)
            for (int start = 0; start < depth; start += Run)
                Transpose(
                    b[(start * layout.RowStride)..], layout.ColumnStride, Math.Min(Run, depth - start), width,
                        strip[(start * tileColumns)..], tileColumns);
        else if (width == tileColumns)
        {
            // One bounds check for the last element that the loop reads through refs.
            _ = b[(depth - 1) * layout.RowStride + width - 1];
            ref T from = ref MemoryMarshal.GetReference(b), to = ref MemoryMarshal.GetReference(strip);
            for (int l = 0; l < depth; l++)
            {
                L.Store(L.Load(ref from), ref to);
                L.Store(L.Load(ref Unsafe.Add(ref from, L.Width)), ref Unsafe.Add(ref to, L.Width));
                from = ref Unsafe.Add(ref from, layout.RowStride);
                to = ref Unsafe.Add(ref to, tileColumns);
            }
        }
        else
            for (int l = 0; l < depth; l++)
                b.Slice(l * layout.RowStride, width).CopyTo(strip[(l * tileColumns)..]);
    }

    /// <summary>
    /// Packs the rows of A of a tile: the elements of each k are contiguous, as many as the micro-kernel has rows. Rows beyond the edge of
    /// A are 0.
    /// </summary>
    /// <param name="a">A, starting at the first element of the tile.</param>
    /// <param name="layout">The layout of A.</param>
    /// <param name="height">The number of rows of A.</param>
    /// <param name="depth">The number of k.</param>
    /// <param name="rows">The number of rows of the micro-kernel.</param>
    /// <param name="packed">The packed rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void TileOfA<T>(ReadOnlySpan<T> a, MatrixLayout layout, int height, int depth, int rows, Span<T> packed)
        where T : unmanaged
    {
        if (height < rows) packed.Clear();
        if (layout.ColumnStride == 1) Transpose(a, layout.RowStride, depth, height, packed, rows);
        else if (height == 12 && layout.RowStride == 1) CopyTwelve(a, layout.ColumnStride, depth, packed);
        else
            for (int l = 0; l < depth; l++)
                for (int i = 0; i < height; i++) packed[l * rows + i] = a[i * layout.RowStride + l * layout.ColumnStride];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CopyTwelve<T>(ReadOnlySpan<T> a, int stride, int depth, Span<T> packed) where T : unmanaged
    {
        for (int l = 0; l < depth; l++)
            Unsafe.As<T, TwelveNumbers<T>>(ref packed.Slice(l * 12, 12)[0]) =
                Unsafe.As<T, TwelveNumbers<T>>(ref Unsafe.AsRef(in a.Slice(l * stride, 12)[0]));
    }

    /// <summary>Twelve elements as one value, which the compiler copies with a few vector moves.</summary>
    [InlineArray(12)]
    struct TwelveNumbers<T>
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
    internal static Memory<T> Scratch<T>(int length) where T : unmanaged
    {
        T[]? kept = Kept<T>.Memory;
        int spare = CacheLine / Unsafe.SizeOf<T>();
        if (kept is null || kept.Length < length + spare)
        {
            int size = (int)BitOperations.RoundUpToPowerOf2((uint)(length + spare));
            Kept<T>.Memory = kept = GC.AllocateUninitializedArray<T>(size, pinned: true);
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
    }
}
