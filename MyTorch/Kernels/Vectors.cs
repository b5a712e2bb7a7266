using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MyTorch.Kernels;

/// <summary>y = f(x), lane by lane. Parameters of the function are fields of the struct.</summary>
interface IUnaryFunction<T> where T : unmanaged
{
    V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>;
}

/// <summary>z = f(a, b), lane by lane.</summary>
interface IBinaryFunction<T> where T : unmanaged
{
    V Apply<V, L>(V a, V b) where V : struct where L : struct, ILanes<T, V>;
}

/// <summary>
/// Applies a function to rows of numbers with the vectors of <see cref="VectorPath"/>. A lane holds one element. The remaining elements of
/// a row are computed by one more vector, which ends with the row and repeats some elements; a row shorter than a vector is padded with
/// zeros. It is the same code, so a value depends neither on the length of the row nor on the vector width.
/// </summary>
static class Vectors
{
    /// <summary>y[i] = f(x[i]); y may be x.</summary>
    internal static void Map<T, F>(F f, ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> where F : struct, IUnaryFunction<T>
    {
        if (x.Length != y.Length)
            throw new ArgumentException($"The spans have {x.Length} and {y.Length} numbers; they must have the same length.", nameof(y));
        switch (VectorPath.Current)
        {
            case VectorWidth.Bits512: Map<T, F, Vector512<T>, Lanes512<T>>(f, x, y); break;
            case VectorWidth.Bits256: Map<T, F, Vector256<T>, Lanes256<T>>(f, x, y); break;
            case VectorWidth.Bits128: Map<T, F, Vector128<T>, Lanes128<T>>(f, x, y); break;
            default: Map<T, F, T, Lanes1<T>>(f, x, y); break;
        }
    }

    /// <summary>z[i] = f(a[i], b[i]); z may be a or b.</summary>
    internal static void Zip<T, F>(F f, ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> z)
        where T : unmanaged, INumber<T> where F : struct, IBinaryFunction<T>
    {
        if (a.Length != z.Length || b.Length != z.Length)
            throw new ArgumentException(
                $"The spans have {a.Length}, {b.Length} and {z.Length} numbers; they must have the same length.", nameof(z));
        switch (VectorPath.Current)
        {
            case VectorWidth.Bits512: Zip<T, F, Vector512<T>, Lanes512<T>>(f, a, b, z); break;
            case VectorWidth.Bits256: Zip<T, F, Vector256<T>, Lanes256<T>>(f, a, b, z); break;
            case VectorWidth.Bits128: Zip<T, F, Vector128<T>, Lanes128<T>>(f, a, b, z); break;
            default: Zip<T, F, T, Lanes1<T>>(f, a, b, z); break;
        }
    }

    /// <summary>The index of the first element equal to a number; −1 if there is none.</summary>
    internal static int IndexOf<T>(ReadOnlySpan<T> x, T value) where T : unmanaged, INumber<T> => VectorPath.Current switch
    {
        VectorWidth.Bits512 => IndexOf<T, Vector512<T>, Lanes512<T>>(x, value),
        VectorWidth.Bits256 => IndexOf<T, Vector256<T>, Lanes256<T>>(x, value),
        VectorWidth.Bits128 => IndexOf<T, Vector128<T>, Lanes128<T>>(x, value),
        _ => IndexOf<T, T, Lanes1<T>>(x, value),
    };

    // Whole vectors are skipped where no lane is equal; the elements of the first other one, and the remainder, are compared one by one.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int IndexOf<T, V, L>(ReadOnlySpan<T> x, T value) where T : unmanaged, INumber<T> where V : struct where L : struct, ILanes<T, V>
    {
        ref T first = ref MemoryMarshal.GetReference(x);
        V wanted = L.Broadcast(value);
        int i = 0;
        while (i <= x.Length - L.Width && !L.Any(L.Equal(L.Load(ref Unsafe.Add(ref first, i)), wanted))) i += L.Width;
        for (; i < x.Length; i++)
            if (x[i] == value) return i;
        return -1;
    }

    // Fully optimized from the first call: the first tier of the compiler would not inline the lane operations.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Map<T, F, V, L>(F f, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged where F : struct, IUnaryFunction<T> where V : struct where L : struct, ILanes<T, V>
    {
        ref T from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y);
        if (y.Length < L.Width)
        {
            MapPart<T, F, V, L>(f, ref from, ref to, y.Length);
            return;
        }
        int last = y.Length - L.Width, start = UntilAligned<T, L, V>(ref to, y.Length), vectors = (y.Length - start) / L.Width;
        // The first and the last vector overlap those between. They are computed before those are stored, and stored after them, so that y
        // may be x.
        V head = f.Apply<V, L>(L.Load(ref from)), tail = f.Apply<V, L>(L.Load(ref Unsafe.Add(ref from, last)));
        bool backwards = IsAliased4K(ref from, ref to);
        int step = backwards ? -L.Width : L.Width;
        for (int i = backwards ? start + (vectors - 1) * L.Width : start; vectors > 0; vectors--, i += step)
            L.Store(f.Apply<V, L>(L.Load(ref Unsafe.Add(ref from, i))), ref Unsafe.Add(ref to, i));
        L.Store(head, ref to);
        L.Store(tail, ref Unsafe.Add(ref to, last));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Zip<T, F, V, L>(F f, ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> z)
        where T : unmanaged where F : struct, IBinaryFunction<T> where V : struct where L : struct, ILanes<T, V>
    {
        ref T fromA = ref MemoryMarshal.GetReference(a), fromB = ref MemoryMarshal.GetReference(b), to = ref MemoryMarshal.GetReference(z);
        if (z.Length < L.Width)
        {
            ZipPart<T, F, V, L>(f, ref fromA, ref fromB, ref to, z.Length);
            return;
        }
        int last = z.Length - L.Width, start = UntilAligned<T, L, V>(ref to, z.Length), vectors = (z.Length - start) / L.Width;
        V head = f.Apply<V, L>(L.Load(ref fromA), L.Load(ref fromB));
        V tail = f.Apply<V, L>(L.Load(ref Unsafe.Add(ref fromA, last)), L.Load(ref Unsafe.Add(ref fromB, last)));
        bool backwards = IsAliased4K(ref fromA, ref to);
        int step = backwards ? -L.Width : L.Width;
        for (int i = backwards ? start + (vectors - 1) * L.Width : start; vectors > 0; vectors--, i += step)
            L.Store(f.Apply<V, L>(L.Load(ref Unsafe.Add(ref fromA, i)), L.Load(ref Unsafe.Add(ref fromB, i))), ref Unsafe.Add(ref to, i));
        L.Store(head, ref to);
        L.Store(tail, ref Unsafe.Add(ref to, last));
    }

    /// <summary>
    /// The number of elements before the first vector-aligned address of a long result: a store across two cache lines costs twice as much.
    /// (If the garbage collector moves the array, only the speed changes.)
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int UntilAligned<T, L, V>(ref T to, int length) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        const int LongRow = 1 << 12;
        if (length < LongRow) return 0;
        int misaligned = (int)((nuint)Unsafe.ByteOffset(ref Unsafe.NullRef<T>(), ref to) / (nuint)Unsafe.SizeOf<T>() % (nuint)L.Width);
        return misaligned == 0 ? 0 : L.Width - misaligned;
    }

    /// <summary>
    /// Whether the result starts shortly after the operand modulo 4096, as for two tensors of 2ⁿ elements allocated one after the other.
    /// Many processors compare only these 12 address bits and delay a load after a store with the same bits (4K aliasing), which makes the
    /// loop three times slower. Iterating from the end to the start avoids it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IsAliased4K<T>(ref T from, ref T to) where T : unmanaged =>
        ((int)Unsafe.ByteOffset(ref from, ref to) & 4095) is > 0 and < 2048;

    // Fewer elements than a vector, padded with zeros.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    static void MapPart<T, F, V, L>(F f, ref T from, ref T to, int count)
        where T : unmanaged where F : struct, IUnaryFunction<T> where V : struct where L : struct, ILanes<T, V>
    {
        Vector512<T> padded = default;
        ref T part = ref Unsafe.As<Vector512<T>, T>(ref padded);
        for (int j = 0; j < count; j++) Unsafe.Add(ref part, j) = Unsafe.Add(ref from, j);
        L.Store(f.Apply<V, L>(L.Load(ref part)), ref part);
        for (int j = 0; j < count; j++) Unsafe.Add(ref to, j) = Unsafe.Add(ref part, j);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    static void ZipPart<T, F, V, L>(F f, ref T fromA, ref T fromB, ref T to, int count)
        where T : unmanaged where F : struct, IBinaryFunction<T> where V : struct where L : struct, ILanes<T, V>
    {
        Vector512<T> paddedA = default, paddedB = default;
        ref T partA = ref Unsafe.As<Vector512<T>, T>(ref paddedA), partB = ref Unsafe.As<Vector512<T>, T>(ref paddedB);
        for (int j = 0; j < count; j++)
        {
            Unsafe.Add(ref partA, j) = Unsafe.Add(ref fromA, j);
            Unsafe.Add(ref partB, j) = Unsafe.Add(ref fromB, j);
        }
        L.Store(f.Apply<V, L>(L.Load(ref partA), L.Load(ref partB)), ref partA);
        for (int j = 0; j < count; j++) Unsafe.Add(ref to, j) = Unsafe.Add(ref partA, j);
    }
}
