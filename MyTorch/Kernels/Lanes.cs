using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MyTorch.Kernels;

/// <summary>
/// The operations of a SIMD vector, so that one source serves every width. The JIT compiles a version of a kernel for each implementation,
/// in which these calls are single instructions.
/// </summary>
/// <remarks>
/// Except <see cref="MultiplyAddEstimate"/>, every operation gives the same bits in a lane at every width. A comparison sets all bits of a
/// lane or none; the result is a mask of the same type. The operations with Integer in their name treat lanes as integers of the same size:
/// 32 bits for Float32, 64 for Float64.
/// </remarks>
interface ILanes<T, V> where T : unmanaged where V : struct
{
    static abstract int Width { get; }

    /// <summary>
    /// Rows of the tile of <see cref="MatrixProduct"/> that the vector registers hold: eight, three vectors wide, where there are 32
    /// registers; six, two vectors wide, where there are 16.
    /// </summary>
    static abstract int TileRows { get; }

    /// <summary>Whether <see cref="Scale"/> is one instruction, so that a branch around it does not pay.</summary>
    static abstract bool ScalesInOneStep { get; }

    static abstract V Load(ref T from);

    static abstract void Store(V vector, ref T to);

    static abstract V Broadcast(T value);

    static abstract V Add(V a, V b);

    static abstract V Subtract(V a, V b);

    static abstract V Multiply(V a, V b);

    static abstract V Divide(V a, V b);

    static abstract V Negate(V a);

    static abstract V Abs(V a);

    static abstract V Sqrt(V a);

    /// <summary>The nearest integer, ties to even.</summary>
    static abstract V Round(V a);

    /// <summary>a·b + c rounded once, also where the processor has no such instruction.</summary>
    static abstract V FusedMultiplyAdd(V a, V b, V c);

    /// <summary>a·b + c, rounded once where the processor has the instruction, else twice: not the same bits everywhere.</summary>
    static abstract V MultiplyAddEstimate(V a, V b, V c);

    /// <summary>
    /// a·2ⁿ rounded once, subnormal results included, for a between ½ and 4 (or 0, ∞, NaN) and an integer n with |n| ≤ 250 in Float32, 2040
    /// in Float64.
    /// </summary>
    static abstract V Scale(V a, V n);

    /// <summary>The smaller number; b where either is NaN. For 0 and −0 either may result.</summary>
    static abstract V Min(V a, V b);

    /// <summary>The larger number; b where either is NaN. For 0 and −0 either may result.</summary>
    static abstract V Max(V a, V b);

    /// <summary>The smaller number, NaN if either is NaN; −0 is smaller than 0.</summary>
    static abstract V Minimum(V a, V b);

    /// <summary>The larger number, NaN if either is NaN; 0 is larger than −0.</summary>
    static abstract V Maximum(V a, V b);

    static abstract V Less(V a, V b);

    static abstract V LessOrEqual(V a, V b);

    static abstract V Equal(V a, V b);

    /// <summary>a where the mask is set, else b.</summary>
    static abstract V Select(V mask, V a, V b);

    /// <summary>
    /// Whether the mask is set in any lane, for a branch to a rare case. The branch must give all other lanes the same bits as without it,
    /// because the width decides which elements share a vector.
    /// </summary>
    static abstract bool Any(V mask);

    static abstract V And(V a, V b);

    static abstract V Or(V a, V b);

    static abstract V Xor(V a, V b);

    /// <summary>a &amp; ~b.</summary>
    static abstract V AndNot(V a, V b);

    static abstract V AddInteger(V a, V b);

    static abstract V SubtractInteger(V a, V b);

    static abstract V ShiftLeft(V a, int bits);

    /// <summary>Logical shift: zeros are shifted in, also for a negative integer.</summary>
    static abstract V ShiftRight(V a, int bits);

    /// <summary>The element in one lane.</summary>
    static abstract T Lane(V vector, int lane);
}

readonly struct Lanes512<T> : ILanes<T, Vector512<T>> where T : unmanaged
{
    public static int Width => Vector512<T>.Count;
    public static int TileRows => 8;
    public static bool ScalesInOneStep => Avx512F.IsSupported;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Load(ref T from) => Vector512.LoadUnsafe(ref from);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> vector, ref T to) =>
        vector.StoreUnsafe(ref to);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Broadcast(T value) => Vector512.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Add(Vector512<T> a, Vector512<T> b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Subtract(Vector512<T> a, Vector512<T> b) => a - b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Multiply(Vector512<T> a, Vector512<T> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Divide(Vector512<T> a, Vector512<T> b) => a / b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Negate(Vector512<T> a) => -a;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Abs(Vector512<T> a) => Vector512.Abs(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Sqrt(Vector512<T> a) => Vector512.Sqrt(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Min(Vector512<T> a, Vector512<T> b) =>
        Vector512.MinNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Max(Vector512<T> a, Vector512<T> b) =>
        Vector512.MaxNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Minimum(Vector512<T> a, Vector512<T> b) => Vector512.Min(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Maximum(Vector512<T> a, Vector512<T> b) => Vector512.Max(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Less(Vector512<T> a, Vector512<T> b) =>
        Vector512.LessThan(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LessOrEqual(Vector512<T> a, Vector512<T> b) =>
        Vector512.LessThanOrEqual(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Equal(Vector512<T> a, Vector512<T> b) =>
        Vector512.Equals(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Select(
        Vector512<T> mask, Vector512<T> a, Vector512<T> b) => Vector512.ConditionalSelect(mask, a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static bool Any(Vector512<T> mask) => mask.ExtractMostSignificantBits() != 0;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> And(Vector512<T> a, Vector512<T> b) => a & b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Or(Vector512<T> a, Vector512<T> b) => a | b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Xor(Vector512<T> a, Vector512<T> b) => a ^ b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> AndNot(Vector512<T> a, Vector512<T> b) =>
        Vector512.AndNot(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Lane(Vector512<T> vector, int lane) => vector.GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Round(Vector512<T> a) => typeof(T) == typeof(float)
        ? Vector512.Round(a.AsSingle()).As<float, T>()
        : Vector512.Round(a.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> FusedMultiplyAdd(Vector512<T> a, Vector512<T> b, Vector512<T> c) => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAddEstimate(Vector512<T> a, Vector512<T> b, Vector512<T> c) => typeof(T) == typeof(float)
        ? Vector512.MultiplyAddEstimate(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector512.MultiplyAddEstimate(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Scale(Vector512<T> a, Vector512<T> n)
    {
        if (!Avx512F.IsSupported) return Scaling<T, Vector512<T>, Lanes512<T>>.InTwoSteps(a, n);
        return typeof(T) == typeof(float)
            ? Avx512F.Scale(a.AsSingle(), n.AsSingle()).As<float, T>()
            : Avx512F.Scale(a.AsDouble(), n.AsDouble()).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> AddInteger(Vector512<T> a, Vector512<T> b) => typeof(T) == typeof(float)
        ? (a.AsInt32() + b.AsInt32()).As<int, T>()
        : (a.AsInt64() + b.AsInt64()).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> SubtractInteger(Vector512<T> a, Vector512<T> b) => typeof(T) == typeof(float)
        ? (a.AsInt32() - b.AsInt32()).As<int, T>()
        : (a.AsInt64() - b.AsInt64()).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> ShiftLeft(Vector512<T> a, int bits) => typeof(T) == typeof(float)
        ? (a.AsInt32() << bits).As<int, T>()
        : (a.AsInt64() << bits).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> ShiftRight(Vector512<T> a, int bits) => typeof(T) == typeof(float)
        ? (a.AsInt32() >>> bits).As<int, T>()
        : (a.AsInt64() >>> bits).As<long, T>();
}

readonly struct Lanes256<T> : ILanes<T, Vector256<T>> where T : unmanaged
{
    public static int Width => Vector256<T>.Count;
    public static int TileRows => 6;
    public static bool ScalesInOneStep => false;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<T> Load(ref T from) => Vector256.LoadUnsafe(ref from);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<T> vector, ref T to) =>
        vector.StoreUnsafe(ref to);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<T> Broadcast(T value) => Vector256.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<T> Add(Vector256<T> a, Vector256<T> b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<T> Subtract(Vector256<T> a, Vector256<T> b) => a - b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<T> Multiply(Vector256<T> a, Vector256<T> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<T> Divide(Vector256<T> a, Vector256<T> b) => a / b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<T> Negate(Vector256<T> a) => -a;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<T> Abs(Vector256<T> a) => Vector256.Abs(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<T> Sqrt(Vector256<T> a) => Vector256.Sqrt(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Min(Vector256<T> a, Vector256<T> b) =>
        Vector256.MinNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Max(Vector256<T> a, Vector256<T> b) =>
        Vector256.MaxNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Minimum(Vector256<T> a, Vector256<T> b) => Vector256.Min(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Maximum(Vector256<T> a, Vector256<T> b) => Vector256.Max(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Less(Vector256<T> a, Vector256<T> b) =>
        Vector256.LessThan(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> LessOrEqual(Vector256<T> a, Vector256<T> b) =>
        Vector256.LessThanOrEqual(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Equal(Vector256<T> a, Vector256<T> b) =>
        Vector256.Equals(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Select(
        Vector256<T> mask, Vector256<T> a, Vector256<T> b) => Vector256.ConditionalSelect(mask, a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static bool Any(Vector256<T> mask) => mask.ExtractMostSignificantBits() != 0;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<T> And(Vector256<T> a, Vector256<T> b) => a & b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<T> Or(Vector256<T> a, Vector256<T> b) => a | b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<T> Xor(Vector256<T> a, Vector256<T> b) => a ^ b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> AndNot(Vector256<T> a, Vector256<T> b) =>
        Vector256.AndNot(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Lane(Vector256<T> vector, int lane) => vector.GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Round(Vector256<T> a) => typeof(T) == typeof(float)
        ? Vector256.Round(a.AsSingle()).As<float, T>()
        : Vector256.Round(a.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> FusedMultiplyAdd(Vector256<T> a, Vector256<T> b, Vector256<T> c) => typeof(T) == typeof(float)
        ? Vector256.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector256.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAddEstimate(Vector256<T> a, Vector256<T> b, Vector256<T> c) => typeof(T) == typeof(float)
        ? Vector256.MultiplyAddEstimate(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector256.MultiplyAddEstimate(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Scale(Vector256<T> a, Vector256<T> n) => Scaling<T, Vector256<T>, Lanes256<T>>.InTwoSteps(a, n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> AddInteger(Vector256<T> a, Vector256<T> b) => typeof(T) == typeof(float)
        ? (a.AsInt32() + b.AsInt32()).As<int, T>()
        : (a.AsInt64() + b.AsInt64()).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> SubtractInteger(Vector256<T> a, Vector256<T> b) => typeof(T) == typeof(float)
        ? (a.AsInt32() - b.AsInt32()).As<int, T>()
        : (a.AsInt64() - b.AsInt64()).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> ShiftLeft(Vector256<T> a, int bits) => typeof(T) == typeof(float)
        ? (a.AsInt32() << bits).As<int, T>()
        : (a.AsInt64() << bits).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> ShiftRight(Vector256<T> a, int bits) => typeof(T) == typeof(float)
        ? (a.AsInt32() >>> bits).As<int, T>()
        : (a.AsInt64() >>> bits).As<long, T>();
}

readonly struct Lanes128<T> : ILanes<T, Vector128<T>> where T : unmanaged
{
    public static int Width => Vector128<T>.Count;
    public static int TileRows => AdvSimd.IsSupported ? 8 : 6;
    public static bool ScalesInOneStep => false;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<T> Load(ref T from) => Vector128.LoadUnsafe(ref from);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<T> vector, ref T to) =>
        vector.StoreUnsafe(ref to);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<T> Broadcast(T value) => Vector128.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<T> Add(Vector128<T> a, Vector128<T> b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<T> Subtract(Vector128<T> a, Vector128<T> b) => a - b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<T> Multiply(Vector128<T> a, Vector128<T> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<T> Divide(Vector128<T> a, Vector128<T> b) => a / b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<T> Negate(Vector128<T> a) => -a;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<T> Abs(Vector128<T> a) => Vector128.Abs(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<T> Sqrt(Vector128<T> a) => Vector128.Sqrt(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Min(Vector128<T> a, Vector128<T> b) =>
        Vector128.MinNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Max(Vector128<T> a, Vector128<T> b) =>
        Vector128.MaxNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Minimum(Vector128<T> a, Vector128<T> b) => Vector128.Min(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Maximum(Vector128<T> a, Vector128<T> b) => Vector128.Max(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Less(Vector128<T> a, Vector128<T> b) =>
        Vector128.LessThan(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> LessOrEqual(Vector128<T> a, Vector128<T> b) =>
        Vector128.LessThanOrEqual(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Equal(Vector128<T> a, Vector128<T> b) =>
        Vector128.Equals(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Select(
        Vector128<T> mask, Vector128<T> a, Vector128<T> b) => Vector128.ConditionalSelect(mask, a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static bool Any(Vector128<T> mask) => mask.ExtractMostSignificantBits() != 0;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<T> And(Vector128<T> a, Vector128<T> b) => a & b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<T> Or(Vector128<T> a, Vector128<T> b) => a | b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<T> Xor(Vector128<T> a, Vector128<T> b) => a ^ b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AndNot(Vector128<T> a, Vector128<T> b) =>
        Vector128.AndNot(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Lane(Vector128<T> vector, int lane) => vector.GetElement(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Round(Vector128<T> a) => typeof(T) == typeof(float)
        ? Vector128.Round(a.AsSingle()).As<float, T>()
        : Vector128.Round(a.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> FusedMultiplyAdd(Vector128<T> a, Vector128<T> b, Vector128<T> c) => typeof(T) == typeof(float)
        ? Vector128.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector128.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAddEstimate(Vector128<T> a, Vector128<T> b, Vector128<T> c) => typeof(T) == typeof(float)
        ? Vector128.MultiplyAddEstimate(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector128.MultiplyAddEstimate(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Scale(Vector128<T> a, Vector128<T> n) => Scaling<T, Vector128<T>, Lanes128<T>>.InTwoSteps(a, n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AddInteger(Vector128<T> a, Vector128<T> b) => typeof(T) == typeof(float)
        ? (a.AsInt32() + b.AsInt32()).As<int, T>()
        : (a.AsInt64() + b.AsInt64()).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> SubtractInteger(Vector128<T> a, Vector128<T> b) => typeof(T) == typeof(float)
        ? (a.AsInt32() - b.AsInt32()).As<int, T>()
        : (a.AsInt64() - b.AsInt64()).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> ShiftLeft(Vector128<T> a, int bits) => typeof(T) == typeof(float)
        ? (a.AsInt32() << bits).As<int, T>()
        : (a.AsInt64() << bits).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> ShiftRight(Vector128<T> a, int bits) => typeof(T) == typeof(float)
        ? (a.AsInt32() >>> bits).As<int, T>()
        : (a.AsInt64() >>> bits).As<long, T>();
}

/// <summary>One number at a time, for processors without vectors.</summary>
readonly struct Lanes1<T> : ILanes<T, T> where T : unmanaged, INumber<T>
{
    public static int Width => 1;
    public static int TileRows => 6;
    public static bool ScalesInOneStep => false;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Load(ref T from) => from;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(T vector, ref T to) => to = vector;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Broadcast(T value) => value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Add(T a, T b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Subtract(T a, T b) => a - b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Multiply(T a, T b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Divide(T a, T b) => a / b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Negate(T a) => -a;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Abs(T a) => T.Abs(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T MultiplyAddEstimate(T a, T b, T c) => a * b + c;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Scale(T a, T n) => Scaling<T, T, Lanes1<T>>.InTwoSteps(a, n);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Min(T a, T b) => a < b ? a : b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Max(T a, T b) => a > b ? a : b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Minimum(T a, T b) => T.Min(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Maximum(T a, T b) => T.Max(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Less(T a, T b) => Mask(a < b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T LessOrEqual(T a, T b) => Mask(a <= b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Equal(T a, T b) => Mask(a == b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Select(T mask, T a, T b) => Any(mask) ? a : b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Lane(T vector, int lane) => vector;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sqrt(T a) => typeof(T) == typeof(float) ? Of(float.Sqrt(Single(a))) : Of(double.Sqrt(Double(a)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Round(T a) => typeof(T) == typeof(float) ? Of(float.Round(Single(a))) : Of(double.Round(Double(a)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T FusedMultiplyAdd(T a, T b, T c) => typeof(T) == typeof(float)
        ? Of(float.FusedMultiplyAdd(Single(a), Single(b), Single(c)))
        : Of(double.FusedMultiplyAdd(Double(a), Double(b), Double(c)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(T mask) => typeof(T) == typeof(float) ? Int32(mask) != 0 : Int64(mask) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T And(T a, T b) => typeof(T) == typeof(float) ? Of(Int32(a) & Int32(b)) : Of(Int64(a) & Int64(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Or(T a, T b) => typeof(T) == typeof(float) ? Of(Int32(a) | Int32(b)) : Of(Int64(a) | Int64(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Xor(T a, T b) => typeof(T) == typeof(float) ? Of(Int32(a) ^ Int32(b)) : Of(Int64(a) ^ Int64(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T AndNot(T a, T b) => typeof(T) == typeof(float) ? Of(Int32(a) & ~Int32(b)) : Of(Int64(a) & ~Int64(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T AddInteger(T a, T b) => typeof(T) == typeof(float) ? Of(Int32(a) + Int32(b)) : Of(Int64(a) + Int64(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T SubtractInteger(T a, T b) => typeof(T) == typeof(float) ? Of(Int32(a) - Int32(b)) : Of(Int64(a) - Int64(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ShiftLeft(T a, int bits) => typeof(T) == typeof(float) ? Of(Int32(a) << bits) : Of(Int64(a) << bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ShiftRight(T a, int bits) => typeof(T) == typeof(float) ? Of(Int32(a) >>> bits) : Of(Int64(a) >>> bits);

    // T is a constant for the JIT, which keeps only one branch of each of these conditions.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Mask(bool set) => typeof(T) == typeof(float)
        ? Of(set ? -1 : 0)
        : Of(set ? -1L : 0L);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] static float Single(T a) => Unsafe.BitCast<T, float>(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] static double Double(T a) => Unsafe.BitCast<T, double>(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] static int Int32(T a) => Unsafe.BitCast<T, int>(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] static long Int64(T a) => Unsafe.BitCast<T, long>(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] static T Of(float a) => Unsafe.BitCast<float, T>(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] static T Of(double a) => Unsafe.BitCast<double, T>(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] static T Of(int a) => Unsafe.BitCast<int, T>(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] static T Of(long a) => Unsafe.BitCast<long, T>(a);
}

/// <summary>Constants of the element type for generic kernels. The JIT evaluates them at compile time.</summary>
static class Lane<T> where T : unmanaged
{
    internal static bool IsSingle { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => typeof(T) == typeof(float); }

    /// <summary>The bias of the exponent: 127 or 1023.</summary>
    internal static int Bias { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => typeof(T) == typeof(float) ? 127 : 1023; }

    /// <summary>
    /// 1.5·2²³ or 1.5·2⁵². Added to a number below 2²² (2⁵¹), it leaves the nearest integer in the lowest bits, in two's complement.
    /// </summary>
    internal static T Shifter
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get =>
        Number(typeof(T) == typeof(float) ? 12582912.0 : 6755399441055744.0);
    }

    /// <summary>A double rounded to the type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Number(double value) =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>((float)value) : Unsafe.BitCast<double, T>(value);

    /// <summary>The first number in Float32, the second in Float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Number(float single, double @double) =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>(single) : Unsafe.BitCast<double, T>(@double);

    /// <summary>The number with the bits of an integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Integer(long bits) => typeof(T) == typeof(float) ? Unsafe.BitCast<int, T>((int)bits) : Unsafe.BitCast<long, T>(bits);

    /// <summary>The number with the bits of the first integer in Float32, of the second in Float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Integer(int single, long @double) =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<int, T>(single) : Unsafe.BitCast<long, T>(@double);
}

/// <summary>
/// Moves integers to the exponent bits and back. The counts are literals: the JIT then uses the instruction that contains the count, and
/// otherwise one that takes twice as long.
/// </summary>
static class Bits<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V ToExponent(V a) => Lane<T>.IsSingle ? L.ShiftLeft(a, 23) : L.ShiftLeft(a, 52);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V FromExponent(V a) => Lane<T>.IsSingle ? L.ShiftRight(a, 23) : L.ShiftRight(a, 52);
}

/// <summary>Scaling by a power of two, where the processor has no instruction for it.</summary>
static class Scaling<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    /// <summary>
    /// a·2ⁿ = (a·2ʰ)·2ᵏ with h = ⌊n/2⌋ and k = n − h. Both powers are normal numbers. The first product is exact; only the second can be
    /// rounded, overflow or become subnormal.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V InTwoSteps(V a, V n)
    {
        // n + 2·bias is positive, so a logical shift halves it. The halves are the biased exponents of the two powers.
        V shifter = L.Broadcast(Lane<T>.Shifter);
        V both = L.AddInteger(L.SubtractInteger(L.Add(n, shifter), shifter), L.Broadcast(Lane<T>.Integer(2 * Lane<T>.Bias)));
        V h = L.ShiftRight(both, 1), k = L.SubtractInteger(both, h);
        return L.Multiply(L.Multiply(a, Bits<T, V, L>.ToExponent(h)), Bits<T, V, L>.ToExponent(k));
    }
}
