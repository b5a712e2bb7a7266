using System.Numerics;
using System.Runtime.CompilerServices;

namespace MyTorch.Kernels;

/// <summary>The common steps of exponential and logarithmic functions. A lane holds one element.</summary>
/// <remarks>
/// eˣ = 2ⁿ·eʳ, with n the integer nearest to x/ln 2 and |r| ≤ ½ ln 2. In this reduction by Cody and Waite ln 2 is the sum of two numbers,
/// so that the rounding of n·ln 2 does not matter. The polynomial coefficients were computed for this library by a Remez exchange in 250
/// bits for the error given beside each, and then rounded to the type.
/// </remarks>
static class Exponential<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    /// <summary>x = n·ln 2 + r, for |x| &lt; 2¹⁹. The integer n is also in the lowest bits of <paramref name="shifted"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Reduce(V x, out V n, out V shifted)
    {
        V shifter = L.Broadcast(Lane<T>.Shifter);
        shifted = L.FusedMultiplyAdd(x, L.Broadcast(Lane<T>.Number(1.4426950408889634)), shifter);
        n = L.Subtract(shifted, shifter);
        V r = L.FusedMultiplyAdd(n, L.Broadcast(Lane<T>.Number(-0.693147182f, -0.69314718055994529)), x);
        return L.FusedMultiplyAdd(n, L.Broadcast(Lane<T>.Number(1.90465421e-9f, -2.3190468138462996e-17)), r);
    }

    /// <summary>eʳ − 1 for |r| ≤ 0.3475: r + r²·q(r), q of degree 5 (relative error 2⁻²⁸·⁷) in Float32, 10 (2⁻⁶⁰) in Float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V MinusOne(V r)
    {
        V q;
        if (Lane<T>.IsSingle)
        {
            q = L.FusedMultiplyAdd(Number(1.99142523e-4), r, Number(1.39409013e-3));
            q = L.FusedMultiplyAdd(q, r, Number(8.33327323e-3));
            q = L.FusedMultiplyAdd(q, r, Number(4.16663587e-2));
            q = L.FusedMultiplyAdd(q, r, Number(0.166666672));
        }
        else
        {
            q = L.FusedMultiplyAdd(Number(2.0924520345663442e-9), r, Number(2.5109129171276681e-8));
            q = L.FusedMultiplyAdd(q, r, Number(2.7557242602635234e-7));
            q = L.FusedMultiplyAdd(q, r, Number(2.7557244053056803e-6));
            q = L.FusedMultiplyAdd(q, r, Number(2.4801587360588771e-5));
            q = L.FusedMultiplyAdd(q, r, Number(1.9841269886155456e-4));
            q = L.FusedMultiplyAdd(q, r, Number(1.3888888888866936e-3));
            q = L.FusedMultiplyAdd(q, r, Number(8.3333333333216793e-3));
            q = L.FusedMultiplyAdd(q, r, Number(4.1666666666666699e-2));
            q = L.FusedMultiplyAdd(q, r, Number(0.16666666666666677));
        }
        q = L.FusedMultiplyAdd(q, r, Number(0.5));
        return L.FusedMultiplyAdd(L.Multiply(r, r), q, r);
    }

    /// <summary>
    /// eʳ for |r| ≤ 0.3475: 1 + r + r²·q(r) by Horner's rule, q of degree 4 (relative error 2⁻²⁷·⁹) in Float32, 9 (2⁻⁵⁷·⁸) in Float64. It
    /// takes three steps fewer than <see cref="MinusOne(V)"/>, whose smaller results need smaller errors.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Power(V r)
    {
        V p;
        if (Lane<T>.IsSingle)
        {
            p = L.FusedMultiplyAdd(Number(1.38142356e-3), r, Number(8.36889818e-3));
            p = L.FusedMultiplyAdd(p, r, Number(4.16684039e-2));
            p = L.FusedMultiplyAdd(p, r, Number(0.166665196));
            p = L.FusedMultiplyAdd(p, r, Number(0.49999994));
        }
        else
        {
            p = L.FusedMultiplyAdd(Number(2.4999735381654174e-8), r, Number(2.7630621132895703e-7));
            p = L.FusedMultiplyAdd(p, r, Number(2.755758931658098e-6));
            p = L.FusedMultiplyAdd(p, r, Number(2.480149213562598e-5));
            p = L.FusedMultiplyAdd(p, r, Number(1.9841269501179667e-4));
            p = L.FusedMultiplyAdd(p, r, Number(1.3888888944469518e-3));
            p = L.FusedMultiplyAdd(p, r, Number(8.333333333497894e-3));
            p = L.FusedMultiplyAdd(p, r, Number(4.166666666652737e-2));
            p = L.FusedMultiplyAdd(p, r, Number(0.16666666666666405));
            p = L.FusedMultiplyAdd(p, r, Number(0.5000000000000011));
        }
        return L.FusedMultiplyAdd(L.FusedMultiplyAdd(p, r, Number(1)), r, Number(1));
    }

    /// <summary>eˣ; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Exp(V x)
    {
        V n, shifted;
        if (!IsFar(x)) return TimesPower(Power(Reduce(x, out n, out shifted)), n, shifted, false);
        x = Clamped(x);
        return TimesPower(Power(Reduce(x, out n, out shifted)), n, shifted, true);
    }

    /// <summary>e^(x + low), with low the rounding error of x, small compared with x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Exp(V x, V low)
    {
        // For x = −∞ low is NaN; it is set to 0.
        if (IsFar(x)) (x, low) = (Clamped(x), L.AndNot(low, L.Less(x, Lowest)));
        return ExpInside(x, low);
    }

    /// <summary>e^(x + low) for x from 6 below <see cref="Lowest"/> to 89 (710).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V ExpInside(V x, V low)
    {
        V p = Power(L.Add(Reduce(x, out V n, out V shifted), low));
        return TimesPower(p, n, shifted, IsFar(x));
    }

    /// <summary>e^−|x|; the sign bit alone makes −|x|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V ExpOfMinus(V x)
    {
        x = L.Max(Lowest, L.Or(x, Number(-0.0)));
        V p = Power(Reduce(x, out V n, out V shifted));
        return TimesPower(p, n, shifted, IsFar(x));
    }

    // From here down eˣ rounds to 0.
    static V Lowest { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Number(Lane<T>.IsSingle ? -104 : -746); }

    /// <summary>e^(x + low) = (1 + m)·2ⁿ for |x| &lt; 2¹⁹ and low small compared with x; n is a floating-point number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Parts(V x, V low, out V n) => MinusOne(L.Add(Reduce(x, out n, out _), low));

    // From here on eˣ is ∞.
    static V Highest { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Number(Lane<T>.IsSingle ? 89 : 710); }

    // Beyond the limits eˣ is 0 or ∞.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Clamped(V x)
    {
        x = L.Max(Lowest, x);
        return L.Min(Highest, x);
    }

    // a·2ⁿ. Where all results are normal numbers, n is added to the exponent bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V TimesPower(V a, V n, V shifted, bool isFar) => isFar ? L.Scale(a, n) : L.AddInteger(a, Bits<T, V, L>.ToExponent(shifted));

    // Whether a lane's eˣ may be 0, subnormal, ∞ or NaN: eˣ and e⁻ˣ are normal numbers for |x| up to 87 (708). Scaling gives the same bits
    // everywhere; where it is one instruction it is always used.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IsFar(V x) => L.ScalesInOneStep || L.Any(L.Xor(L.LessOrEqual(L.Abs(x), Number(Lane<T>.IsSingle ? 87 : 708)), AllBits));

    /// <summary>eˣ/2, which overflows later than eˣ; x at most 89.7 (710.6).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V HalfExp(V x)
    {
        V r = Reduce(x, out V n, out _);
        return L.Scale(L.Add(MinusOne(r), Number(1)), L.Subtract(n, Number(1)));
    }

    /// <summary>
    /// (eˣ − 1)·2⁻ᵈ = 2ⁿ⁻ᵈ·(eʳ − 1) + (2ⁿ⁻ᵈ − 2⁻ᵈ), one fused multiply-add. It does not cancel for small x, and with a suitable d it does
    /// not overflow. 2ⁿ⁻ᵈ is built from its bits, so n − d must be the exponent of a normal number.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V MinusOne(V x, int d)
    {
        V r = Reduce(x, out _, out V shifted);
        V exponent = L.SubtractInteger(shifted, L.Broadcast(Lane<T>.Integer(ShifterBits - Lane<T>.Bias + d)));
        V power = Bits<T, V, L>.ToExponent(exponent);
        return L.FusedMultiplyAdd(power, MinusOne(r), L.Subtract(power, Number(d == 0 ? 1 : d == 1 ? 0.5 : 0.25)));
    }

    /// <summary>
    /// x = 2ᵏ·(1 + f) with √½ ≤ 1 + f &lt; √2, for a positive normal x. Returns f, and k as a number and as a biased exponent.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Split(V x, out V k, out V field)
    {
        // Adding this to the bits increments the exponent if the mantissa is at least √2, so that 1 + f is centred around 1.
        V lifted = L.AddInteger(x, L.Broadcast(Lane<T>.Integer(0x3F800000 - 0x3F3504F3, 0x3FF0000000000000 - 0x3FE6A09E667F3BCD)));
        field = Bits<T, V, L>.FromExponent(lifted);
        // Converts the integer to floating point: 2²³ (2⁵²) with an integer in its lowest bits is the sum of both.
        T two23 = Lane<T>.Number(8388608f, 4503599627370496.0);
        k = L.Subtract(L.Or(field, L.Broadcast(two23)), Number(Lane<T>.IsSingle ? 8388608.0 + 127 : 4503599627370496.0 + 1023));
        // Subtracting k from the exponent bits leaves 1 + f.
        V exponents = Bits<T, V, L>.ToExponent(L.SubtractInteger(field, L.Broadcast(Lane<T>.Integer(Lane<T>.Bias))));
        return L.Subtract(L.SubtractInteger(x, exponents), Number(1));
    }

    /// <summary>
    /// k·ln 2 + ln(1 + f). With s = f/(2 + f) and z = s² ≤ 0.0298: ln(1 + f) = 2·artanh s = f − f²/2 + s·(f²/2 + z·R(z)), the form of Sun's
    /// fdlibm, in which the leading term f has no rounding error. R has degree 2 (relative error 2⁻²⁹·⁶) in Float32, 6 (2⁻⁵⁸) in Float64.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V LogOnePlus(V f, V k)
    {
        V s = L.Divide(f, L.Add(f, Number(2)));
        V z = L.Multiply(s, s), p;
        if (Lane<T>.IsSingle)
        {
            p = L.FusedMultiplyAdd(Number(0.29859966), z, Number(0.399781972));
            p = L.FusedMultiplyAdd(p, z, Number(0.6666677));
        }
        else
        {
            p = L.FusedMultiplyAdd(Number(0.14771958563369386), z, Number(0.15316807628278373));
            p = L.FusedMultiplyAdd(p, z, Number(0.18183439925468714));
            p = L.FusedMultiplyAdd(p, z, Number(0.22222201358211144));
            p = L.FusedMultiplyAdd(p, z, Number(0.28571428710373986));
            p = L.FusedMultiplyAdd(p, z, Number(0.39999999999588554));
            p = L.FusedMultiplyAdd(p, z, Number(0.66666666666667018));
        }
        V half = L.Multiply(L.Multiply(f, f), Number(0.5));
        V low = L.Multiply(k, L.Broadcast(Lane<T>.Number(-1.90465421e-9f, 2.3190468138462996e-17)));
        V correction = L.FusedMultiplyAdd(s, L.FusedMultiplyAdd(z, p, half), low);
        V ln = L.Subtract(f, L.Subtract(half, correction));
        return L.FusedMultiplyAdd(k, L.Broadcast(Lane<T>.Number(0.693147182f, 0.69314718055994529)), ln);
    }

    /// <summary>ln x; −∞ for 0, NaN for negative x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Log(V x)
    {
        V normal = L.And(L.LessOrEqual(SmallestNormal, x), L.Less(x, Number(double.PositiveInfinity)));
        if (L.Any(L.Xor(normal, AllBits))) return LogFar(x);
        V f = Split(x, out V k, out _);
        return LogOnePlus(f, k);
    }

    // Also subnormal, zero, negative, infinite and NaN lanes. Subnormal numbers are scaled by 2²⁴ (2⁵⁴) first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V LogFar(V x)
    {
        V subnormal = L.Less(x, SmallestNormal);
        V f = Split(L.Select(subnormal, L.Multiply(x, Number(Lane<T>.IsSingle ? 16777216.0 : 18014398509481984.0)), x), out V k, out _);
        k = L.Subtract(k, L.And(subnormal, Number(Lane<T>.IsSingle ? 24 : 54)));
        return SpecialCases(LogOnePlus(f, k), x, x);
    }

    /// <summary>
    /// ln(1 + x); −∞ for −1, NaN for x &lt; −1. k is taken from the rounded sum 1 + x, and f = 2⁻ᵏ(1 + x) − 1 = 2⁻ᵏ·x + (2⁻ᵏ − 1) is
    /// rounded only once, so the result is accurate for small x.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V LogOnePlus(V x)
    {
        V near = L.And(L.Less(Number(-1), x), L.Less(x, Number(Large)));
        if (L.Any(L.Xor(near, AllBits))) return LogOnePlusFar(x);
        Split(L.Add(x, Number(1)), out V k, out V field);
        return WithSign(LogOnePlus(Fraction(x, field), k), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V LogOnePlusFar(V x)
    {
        V u = L.Add(x, Number(1));
        V f = Split(u, out V k, out V field);
        // For large x, 1 + x rounds to x, and 2⁻ᵏ may be subnormal, so f is taken from the split.
        f = L.Select(L.Less(x, Number(Large)), Fraction(x, field), f);
        return SpecialCases(WithSign(LogOnePlus(f, k), x), x, u);
    }

    // 2⁻ᵏ(1 + x) − 1
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Fraction(V x, V field)
    {
        V power = Bits<T, V, L>.ToExponent(L.SubtractInteger(L.Broadcast(Lane<T>.Integer(2 * Lane<T>.Bias)), field));
        return L.FusedMultiplyAdd(x, power, L.Subtract(power, Number(1)));
    }

    static double Large { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Lane<T>.IsSingle ? 1 << 30 : 1L << 60; }

    static V SmallestNormal
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get =>
        L.Broadcast(Lane<T>.Integer(0x00800000, 0x0010000000000000));
    }

    static V AllBits { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => L.Broadcast(Lane<T>.Integer(-1)); }

    /// <summary>ln(1 + z) for 0 ≤ z ≤ 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V LogOnePlusFraction(V z)
    {
        // 1 + z lies in [1, 2]: k is 0 or 1.
        V large = L.Less(Number(0.41421356), z);
        V k = L.And(large, Number(1));
        V f = L.Select(large, L.FusedMultiplyAdd(z, Number(0.5), Number(-0.5)), z);
        return LogOnePlus(f, k);
    }

    // The special cases of ln u: ∞ and NaN stay, 0 gives −∞, negative numbers give NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V SpecialCases(V y, V x, V u)
    {
        V zero = Number(0), infinity = Number(double.PositiveInfinity);
        y = L.Select(L.Less(u, infinity), y, x);
        y = L.Select(L.Equal(u, zero), L.Negate(infinity), y);
        return L.Select(L.Less(u, zero), Number(double.NaN), y);
    }

    /// <summary>A positive number with the sign of another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V WithSign(V positive, V sign) => L.Or(positive, L.And(sign, Number(-0.0)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Number(double value) => L.Broadcast(Lane<T>.Number(value));

    static long ShifterBits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get =>
        Lane<T>.IsSingle ? 0x4B400000 : 0x4338000000000000;
    }
}

/// <summary>eˣ</summary>
readonly struct ExpFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V> => Exponential<T, V, L>.Exp(x);
}

/// <summary>eˣ − 1</summary>
readonly struct Expm1Function<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V> => Of<V, L>(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Of<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        // Beyond the limits the result is −1 or ∞. Half of it is computed, because 2ⁿ may overflow where the result does not.
        V inside = L.Min(Number<V, L>(Lane<T>.IsSingle ? 89 : 710), L.Max(Number<V, L>(Lane<T>.IsSingle ? -18 : -38), x));
        V half = Exponential<T, V, L>.MinusOne(inside, 1);
        // For tiny x the result is x; its half may be subnormal and lose bits, and −0 would lose its sign.
        V tiny = L.Less(L.Abs(x), Number<V, L>(Lane<T>.IsSingle ? 2.9802322387695312e-8 : 5.5511151231257827e-17));
        return L.Select(tiny, x, L.Add(half, half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Number<V, L>(double value) where V : struct where L : struct, ILanes<T, V> => Exponential<T, V, L>.Number(value);
}

/// <summary>ln x</summary>
readonly struct LogFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V> => Exponential<T, V, L>.Log(x);
}

/// <summary>ln(1 + x)</summary>
readonly struct Log1pFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V> => Exponential<T, V, L>.LogOnePlus(x);
}

/// <summary>tanh x = t/(t + 2) with t = e^(2|x|) − 1, and the sign of x. It does not cancel for small x and needs no branch.</summary>
readonly struct TanhFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V size = L.Abs(x);
        // From 9.02 (19.07) on tanh rounds to 1.
        V inside = L.Min(Exponential<T, V, L>.Number(Lane<T>.IsSingle ? 20 : 40), L.Add(size, size));
        V t = Exponential<T, V, L>.MinusOne(inside, 0);
        return Exponential<T, V, L>.WithSign(L.Divide(t, L.Add(t, Exponential<T, V, L>.Number(2))), x);
    }
}

/// <summary>σ(x) = 1/(1 + e⁻ˣ), computed as eˣ/(1 + eˣ) for negative x: the exponential never overflows</summary>
readonly struct SigmoidFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V one = Exponential<T, V, L>.Number(1);
        V e = Exponential<T, V, L>.ExpOfMinus(x);
        return L.Divide(L.Select(L.Less(x, Exponential<T, V, L>.Number(0)), e, one), L.Add(e, one));
    }
}

/// <summary>ln σ(x) = min(x, 0) − ln(1 + e^−|x|)</summary>
readonly struct LogSigmoidFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V tail = Exponential<T, V, L>.LogOnePlusFraction(Exponential<T, V, L>.ExpOfMinus(x));
        return L.Subtract(L.Min(Exponential<T, V, L>.Number(0), x), tail);
    }
}

/// <summary>ln(1 + e^(βx))/β = (max(βx, 0) + ln(1 + e^−|βx|))/β, or x where βx exceeds the threshold</summary>
readonly struct SoftplusFunction<T>(double beta, double threshold) : IUnaryFunction<T> where T : unmanaged, INumber<T>
{
    readonly Scaled<T> _scaled = new(beta);
    readonly T _beta = T.CreateTruncating(beta), _threshold = T.CreateTruncating(threshold);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V zero = Exponential<T, V, L>.Number(0);
        // βx and its rounding error: for βx = −80 an error in the eighth digit of βx is one in the sixth digit of the exponential.
        V scaled = _scaled.Of<V, L>(x, out V low);
        // The exponent is −|βx|: low changes its sign where βx is positive.
        V sign = L.AndNot(Exponential<T, V, L>.Number(-0.0), scaled);
        V tail = Exponential<T, V, L>.LogOnePlusFraction(Exponential<T, V, L>.Exp(L.Negate(L.Abs(scaled)), L.Xor(low, sign)));
        V y = L.Divide(L.Add(L.Max(zero, scaled), tail), L.Broadcast(_beta));
        return L.Select(L.Less(L.Broadcast(_threshold), scaled), x, y);
    }
}

/// <summary>x for x &gt; 0, else α(eˣ − 1)</summary>
readonly struct EluFunction<T>(double alpha) : IUnaryFunction<T> where T : unmanaged, INumber<T>
{
    readonly T _alpha = T.CreateTruncating(alpha);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V> =>
        L.Select(L.Less(Exponential<T, V, L>.Number(0), x), x, L.Multiply(L.Broadcast(_alpha), Expm1Function<T>.Of<V, L>(x)));
}

/// <summary>sinh x = (t + t/(t + 1))/2 with t = e^|x| − 1, and the sign of x</summary>
readonly struct SinhFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V size = L.Abs(x);
        // Beyond the limit sinh is ∞. A quarter of t is computed, because e^|x| overflows before sinh x. For tiny x, sinh x rounds to x.
        V c = Exponential<T, V, L>.MinusOne(L.Min(Exponential<T, V, L>.Number(Lane<T>.IsSingle ? 89.7 : 710.6), size), 2);
        V half = L.Add(c, c);
        V y = L.Add(half, L.Divide(c, L.Add(half, Exponential<T, V, L>.Number(0.5))));
        V tiny = L.Less(size, Exponential<T, V, L>.Number(Lane<T>.IsSingle ? 2.44140625e-4 : 1.4901161193847656e-8));
        return Exponential<T, V, L>.WithSign(L.Select(tiny, size, y), x);
    }
}

/// <summary>cosh x = h + 1/(4h) with h = e^|x|/2</summary>
readonly struct CoshFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V h = Exponential<T, V, L>.HalfExp(L.Min(Exponential<T, V, L>.Number(Lane<T>.IsSingle ? 89.7 : 710.6), L.Abs(x)));
        return L.Add(h, L.Divide(Exponential<T, V, L>.Number(0.25), h));
    }
}

/// <summary>
/// e^(x − shift) for a shift of at least x, including the rounding error of the difference, which for a difference of 80 is six bits of the
/// result.
/// </summary>
/// <param name="shift">The shift.</param>
/// <param name="lowest">
/// shift − 110 (750), from where on down the result is 0, where |shift| is so small that this difference has no large rounding error
/// </param>
readonly struct ShiftedExpFunction<T>(T shift, T lowest) : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V> =>
        Of<V, L>(x, L.Broadcast(shift), L.Broadcast(lowest));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Of<V, L>(V x, V shift, V lowest) where V : struct where L : struct, ILanes<T, V>
    {
        V d = Difference<V, L>(L.Max(lowest, x), shift, out V low);
        return Exponential<T, V, L>.ExpInside(d, low);
    }

    /// <summary>The difference and its rounding error: d + low = x − s exactly (two-sum; Knuth).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Difference<V, L>(V x, V s, out V low) where V : struct where L : struct, ILanes<T, V>
    {
        V d = L.Subtract(x, s), taken = L.Subtract(x, d), left = L.Add(d, taken);
        low = L.Add(L.Subtract(x, left), L.Subtract(taken, s));
        return d;
    }
}

/// <summary>The same with a shift for each element</summary>
readonly struct EachShiftedExpFunction<T>(T reach) : IBinaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x, V shift) where V : struct where L : struct, ILanes<T, V> =>
        ShiftedExpFunction<T>.Of<V, L>(x, shift, L.Subtract(shift, L.Broadcast(reach)));
}

/// <summary>The same for a shift of any size, also ∞ or NaN</summary>
readonly struct FarShiftedExpFunction<T>(T shift) : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V d = ShiftedExpFunction<T>.Difference<V, L>(x, L.Broadcast(shift), out V low);
        return Exponential<T, V, L>.Exp(d, low);
    }
}

/// <summary>These functions for rows of numbers.</summary>
static class ExponentialKernels
{
    internal static void Exp<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new ExpFunction<T>(), x, y);
    internal static void Expm1<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> =>
        Vectors.Map(new Expm1Function<T>(), x, y);
    internal static void Log<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new LogFunction<T>(), x, y);
    internal static void Log1p<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> =>
        Vectors.Map(new Log1pFunction<T>(), x, y);
    internal static void Tanh<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new TanhFunction<T>(), x, y);
    internal static void Sigmoid<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> =>
        Vectors.Map(new SigmoidFunction<T>(), x, y);
    internal static void LogSigmoid<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> =>
        Vectors.Map(new LogSigmoidFunction<T>(), x, y);
    internal static void Sinh<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new SinhFunction<T>(), x, y);
    internal static void Cosh<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new CoshFunction<T>(), x, y);

    internal static void ELU<T>(ReadOnlySpan<T> x, Span<T> y, double alpha) where T : unmanaged, INumber<T> =>
        Vectors.Map(new EluFunction<T>(alpha), x, y);

    internal static void Softplus<T>(ReadOnlySpan<T> x, Span<T> y, double beta, double threshold) where T : unmanaged, INumber<T> =>
        Vectors.Map(new SoftplusFunction<T>(beta, threshold), x, y);

    /// <summary>e^(x − shift), shift the largest x.</summary>
    internal static void ShiftedExp<T>(ReadOnlySpan<T> x, T shift, Span<T> y) where T : unmanaged, INumber<T>
    {
        if (IsNear(shift)) Vectors.Map(new ShiftedExpFunction<T>(shift, shift - Reach<T>()), x, y);
        else Vectors.Map(new FarShiftedExpFunction<T>(shift), x, y);
    }

    /// <summary>e^(xᵢ − sᵢ) for near shifts sᵢ, bit for bit as with one shift for all.</summary>
    internal static void ShiftedExp<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> shifts, Span<T> y) where T : unmanaged, INumber<T> =>
        Vectors.Zip(new EachShiftedExpFunction<T>(Reach<T>()), x, shifts, y);

    /// <summary>Whether a shift is small enough that numbers below shift − <see cref="Reach"/> may be taken for that.</summary>
    internal static bool IsNear<T>(T shift) where T : unmanaged, INumber<T> => T.Abs(shift) < T.CreateTruncating(1 << 20);

    // Where e^−x is 0.
    static T Reach<T>() where T : unmanaged, INumber<T> => T.CreateTruncating(Lane<T>.IsSingle ? 110 : 750);

    /// <summary>ln(1 + x) of one number. The vector path, because the operations of a single lane are calls.</summary>
    internal static T Log1p<T>(T x) where T : unmanaged, INumber<T>
    {
        T y = default;
        Vectors.Map(new Log1pFunction<T>(), new ReadOnlySpan<T>(in x), new Span<T>(ref y));
        return y;
    }
}
