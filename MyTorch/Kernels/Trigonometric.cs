using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MyTorch.Kernels;

/// <summary>
/// sin x or cos x. A lane reduces its x = n·π/2 + r to |r| slightly above π/4 at most; n mod 4 selects sin r or cos r and the sign.
/// </summary>
/// <remarks>
/// Argument reduction by Cody and Waite: π/2 is the sum of three numbers of the type. n·c₁ is a multiple of the last bit of x or c₁, so the
/// first fused multiply-add is exact, and the second rounds once, even where it cancels. This holds for |x| up to 10⁵ in Float32 and 10⁹ in
/// Float64. Lanes with larger numbers, ∞ or NaN are computed one by one by Math.Sin or Math.Cos, whose reduction is exact. The polynomials
/// were computed for this library by a Remez exchange in 250 bits for the error relative to the function, and then rounded: sin r = r +
/// r³·p(r²) with p of degree 3 (2⁻³⁷) and 5 (2⁻⁵⁸), cos r = 1 − r²/2 + r⁴·q(r²) with q of degree 2 (2⁻³³) and 5 (2⁻⁶⁴).
/// </remarks>
readonly struct SineFunction<T>(bool cosine) : IUnaryFunction<T> where T : unmanaged
{
    static ReadOnlySpan<float> SineSingle => [2.71756494e-06f, -0.000198392561f, 0.00833332911f, -0.166666672f];
    static ReadOnlySpan<double> SineDouble =>
    [
        1.5893610650004336e-10, -2.5050704533636493e-08, 2.7557313359402155e-06, -0.00019841269828880628, 0.0083333333333212994,
        -0.16666666666666627
    ];
    static ReadOnlySpan<float> CosineSingle => [2.44312178e-05f, -0.0013887306f, 0.0416666456f];
    static ReadOnlySpan<double> CosineDouble =>
    [
        -1.1357452740682988e-11, 2.0875681954204187e-09, -2.7557314057110189e-07, 2.4801587288493981e-05, -0.0013888888888872603,
        0.041666666666666588
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V shifter = L.Broadcast(Lane<T>.Shifter);
        V shifted = L.FusedMultiplyAdd(x, Number<V, L>(0.63661977236758134), shifter), n = L.Negate(L.Subtract(shifted, shifter));
        V r = L.FusedMultiplyAdd(n, L.Broadcast(Lane<T>.Number(1.57079637f, 1.5707963267948966)), x);
        r = L.FusedMultiplyAdd(n, L.Broadcast(Lane<T>.Number(-4.37113883e-8f, 6.123233995736766e-17)), r);
        r = L.FusedMultiplyAdd(n, L.Broadcast(Lane<T>.Number(-1.71512451e-15f, -1.4973849048591698e-33)), r);

        V z = L.Multiply(r, r), p = Polynomial<T, V, L>.At(z, SineSingle, SineDouble),
            q = Polynomial<T, V, L>.At(z, CosineSingle, CosineDouble);
        V sine = L.FusedMultiplyAdd(L.Multiply(p, z), r, r);
        V cosineValue = L.FusedMultiplyAdd(L.Multiply(z, z), q, L.FusedMultiplyAdd(z, Number<V, L>(-0.5), Number<V, L>(1)));

        // n is in the lowest bits of shifted. An odd n selects the other function; its second bit is the sign.
        V quarter = cosine ? L.AddInteger(shifted, L.Broadcast(Lane<T>.Integer(1))) : shifted;
        V odd = L.SubtractInteger(L.Broadcast(Lane<T>.Integer(0)), L.And(quarter, L.Broadcast(Lane<T>.Integer(1))));
        V second = L.And(quarter, L.Broadcast(Lane<T>.Integer(2)));
        V sign = Lane<T>.IsSingle ? L.ShiftLeft(second, 30) : L.ShiftLeft(second, 62);
        V y = L.Xor(L.Select(odd, cosineValue, sine), sign);
        // sin(−0) is −0; the reduction would give 0.
        if (!cosine) y = L.Select(L.Equal(x, Number<V, L>(0)), x, y);

        V near = L.LessOrEqual(L.Abs(x), Number<V, L>(Lane<T>.IsSingle ? 1e5 : 1e9));
        V far = L.Xor(near, L.Broadcast(Lane<T>.Integer(-1)));
        return L.Any(far) ? OneByOne<V, L>(x, y, far) : y;
    }

    // The rare lanes: stored to the stack, computed by the scalar function, loaded again.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    V OneByOne<V, L>(V x, V y, V far) where V : struct where L : struct, ILanes<T, V>
    {
        Span<T> numbers = stackalloc T[3 * L.Width];
        Span<T> results = numbers[L.Width..], chosen = numbers[(2 * L.Width)..];
        L.Store(x, ref MemoryMarshal.GetReference(numbers));
        L.Store(y, ref MemoryMarshal.GetReference(results));
        L.Store(L.And(far, Number<V, L>(1)), ref MemoryMarshal.GetReference(chosen));
        for (int i = 0; i < L.Width; i++)
            if (Double(chosen[i]) != 0)
                results[i] = Lane<T>.Number(cosine ? Math.Cos(Double(numbers[i])) : Math.Sin(Double(numbers[i])));
        return L.Load(ref MemoryMarshal.GetReference(results));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static double Double(T value) => typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(value) : Unsafe.BitCast<T, double>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Number<V, L>(double value) where V : struct where L : struct, ILanes<T, V> => L.Broadcast(Lane<T>.Number(value));
}

/// <summary>Sine and cosine of rows of numbers.</summary>
static class TrigonometricKernels
{
    internal static void Sin<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> =>
        Vectors.Map(new SineFunction<T>(cosine: false), x, y);
    internal static void Cos<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> =>
        Vectors.Map(new SineFunction<T>(cosine: true), x, y);
}
