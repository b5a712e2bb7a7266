using System.Numerics;
using System.Runtime.CompilerServices;

namespace MyTorch.Kernels;

/// <summary>The exponential family's common steps, for vectors.</summary>
/// <remarks>
/// eˣ = 2ⁿ·eʳ with n the whole number nearest to x/ln 2 and |r| ≤ ½ ln 2: Cody and Waite's reduction, in which ln 2 is the sum of two numbers, so that
/// the products with n lose nothing that matters. The coefficients below are our own: a Remez exchange in 250 bits for the weighted error named
/// beside each, then rounded to the type.
/// </remarks>
static class Exponential<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    /// <summary>x = n·ln 2 + r. The integer n stands in the last bits of <paramref name="shifted"/>; |x| must be below 2¹⁹.</summary>
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

    /// <summary>eˣ; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Exp(V x)
    {
        if (IsFar(x)) return ExpFar(x, Number(0));
        V r = Reduce(x, out _, out V shifted);
        return TimesPower(L.Add(MinusOne(r), Number(1)), shifted);
    }

    /// <summary>e^(x + low) for a low that is small beside x: what the rounding of x lost.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Exp(V x, V low)
    {
        if (IsFar(x)) return ExpFar(x, low);
        V r = Reduce(x, out _, out V shifted);
        return TimesPower(L.Add(MinusOne(L.Add(r, low)), Number(1)), shifted);
    }

    /// <summary>e^(x + low) = (1 + m)·2ⁿ for |x| below 2¹⁹ and a low that is small beside x; n is a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Parts(V x, V low, out V n) => MinusOne(L.Add(Reduce(x, out n, out _), low));

    // a·2ⁿ where both are normal numbers: n is added to the exponent's field.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V TimesPower(V a, V shifted) => L.AddInteger(a, L.ShiftLeft(shifted, Lane<T>.MantissaBits));

    // Where eˣ may be 0, denormal or ∞. At the limits it is 0 and ∞ as it is beyond.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V ExpFar(V x, V low)
    {
        V lowest = Number(Lane<T>.IsSingle ? -104 : -746);
        // At x = −∞ the difference that made low is NaN.
        low = L.AndNot(low, L.Less(x, lowest));
        V r = Reduce(L.Min(Number(Lane<T>.IsSingle ? 89 : 710), L.Max(lowest, x)), out V n, out _);
        return L.Scale(L.Add(MinusOne(L.Add(r, low)), Number(1)), n);
    }

    // eˣ and e⁻ˣ are normal numbers up to 87 (708). NaN is far.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IsFar(V x) => L.Any(L.Xor(L.LessOrEqual(L.Abs(x), Number(Lane<T>.IsSingle ? 87 : 708)), AllBits));

    /// <summary>eˣ/2, which is finite somewhat longer than eˣ; x at most 89.7 (710.6).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V HalfExp(V x)
    {
        V r = Reduce(x, out V n, out _);
        return L.Scale(L.Add(MinusOne(r), Number(1)), L.Subtract(n, Number(1)));
    }

    /// <summary>
    /// (eˣ − 1)·2⁻ᵈ = 2ⁿ⁻ᵈ·(eʳ − 1) + (2ⁿ⁻ᵈ − 2⁻ᵈ) in one rounding: small beside 1 where x is, and never larger than the type's numbers if d
    /// is chosen so. The power of two is made from bits: n − d must be an exponent of a normal number.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V MinusOne(V x, int d)
    {
        V r = Reduce(x, out _, out V shifted);
        V exponent = L.SubtractInteger(shifted, L.Broadcast(Lane<T>.Integer(ShifterBits - Lane<T>.Bias + d)));
        V power = L.ShiftLeft(exponent, Lane<T>.MantissaBits);
        return L.FusedMultiplyAdd(power, MinusOne(r), L.Subtract(power, Number(d == 0 ? 1 : d == 1 ? 0.5 : 0.25)));
    }

    /// <summary>x = 2ᵏ·(1 + f) with √½ ≤ 1 + f &lt; √2, for a positive normal x. Gives f, and k as a number and as the field of an exponent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Split(V x, out V k, out V field)
    {
        int mantissa = Lane<T>.MantissaBits;
        // The exponent's field of x·√2, for x above √½ times a power of two counts to the next.
        V lifted = L.AddInteger(x, L.Broadcast(Lane<T>.Integer(0x3F800000 - 0x3F3504F3, 0x3FF0000000000000 - 0x3FE6A09E667F3BCD)));
        field = L.ShiftRight(lifted, mantissa);
        // The bits of 2²³ (2⁵²) with an integer in its last bits are their sum.
        T whole = Lane<T>.Number(8388608f, 4503599627370496.0);
        k = L.Subtract(L.Or(field, L.Broadcast(whole)), Number(Lane<T>.IsSingle ? 8388608.0 + 127 : 4503599627370496.0 + 1023));
        // Taking k off the exponent leaves 1 + f.
        V exponents = L.ShiftLeft(L.SubtractInteger(field, L.Broadcast(Lane<T>.Integer(Lane<T>.Bias))), mantissa);
        return L.Subtract(L.SubtractInteger(x, exponents), Number(1));
    }

    /// <summary>
    /// k·ln 2 + ln(1 + f). With s = f/(2 + f): ln(1 + f) = 2·artanh s = f − f²/2 + s·(f²/2 + z·R(z)), z = s² ≤ 0.0298 (the arrangement of Sun's
    /// fdlibm, in which f itself is not rounded); R of degree 2 (relative error 2⁻²⁹·⁶) in Float32, 6 (2⁻⁵⁸) in Float64.
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

    /// <summary>ln x, −∞ at 0, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Log(V x)
    {
        V normal = L.And(L.LessOrEqual(SmallestNormal, x), L.Less(x, Number(double.PositiveInfinity)));
        if (L.Any(L.Xor(normal, AllBits))) return LogFar(x);
        V f = Split(x, out V k, out _);
        return LogOnePlus(f, k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V LogFar(V x)
    {
        V denormal = L.Less(x, SmallestNormal);
        V f = Split(L.Select(denormal, L.Multiply(x, Number(Lane<T>.IsSingle ? 16777216.0 : 18014398509481984.0)), x), out V k, out _);
        k = L.Subtract(k, L.And(denormal, Number(Lane<T>.IsSingle ? 24 : 54)));
        return AtTheEnds(LogOnePlus(f, k), x, x);
    }

    /// <summary>
    /// ln(1 + x), −∞ at −1, NaN below. With k from the rounded sum, 2⁻ᵏ(1 + x) − 1 = 2⁻ᵏ·x + (2⁻ᵏ − 1) is rounded only once,
    /// so x keeps its digits however small it is.
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
        // A large x is its own 1 + x, and the largest have a 2⁻ᵏ that is no normal number.
        f = L.Select(L.Less(x, Number(Large)), Fraction(x, field), f);
        return AtTheEnds(WithSign(LogOnePlus(f, k), x), x, u);
    }

    // 2⁻ᵏ(1 + x) − 1
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Fraction(V x, V field)
    {
        V power = L.ShiftLeft(L.SubtractInteger(L.Broadcast(Lane<T>.Integer(2 * Lane<T>.Bias)), field), Lane<T>.MantissaBits);
        return L.FusedMultiplyAdd(x, power, L.Subtract(power, Number(1)));
    }

    static double Large { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Lane<T>.IsSingle ? 1 << 30 : 1L << 60; }

    static V SmallestNormal { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => L.Broadcast(Lane<T>.Integer(0x00800000, 0x0010000000000000)); }

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

    // ln u where it is no number: ∞ and NaN stay, 0 gives −∞, what is below NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V AtTheEnds(V y, V x, V u)
    {
        V zero = Number(0), infinity = Number(double.PositiveInfinity);
        y = L.Select(L.Less(u, infinity), y, x);
        y = L.Select(L.Equal(u, zero), L.Negate(infinity), y);
        return L.Select(L.Less(u, zero), Number(double.NaN), y);
    }

    /// <summary>The absolute value of one number with the sign of another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V WithSign(V positive, V sign) => L.Or(positive, L.And(sign, Number(-0.0)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Number(double value) => L.Broadcast(Lane<T>.Number(value));

    static long ShifterBits { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Lane<T>.IsSingle ? 0x4B400000 : 0x4338000000000000; }
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
        // From the limits on it is −1 or ∞. Half of it is computed, because 2ⁿ itself may be too large.
        V inside = L.Min(Number<V, L>(Lane<T>.IsSingle ? 89 : 710), L.Max(Number<V, L>(Lane<T>.IsSingle ? -18 : -38), x));
        V half = Exponential<T, V, L>.MinusOne(inside, 1);
        // A tiny x is its own value; half of it could lose a digit, and the sign of zero is lost.
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

/// <summary>tanh x = t/(t + 2) with t = e²|ˣ| − 1, and the sign of x: no digit is lost at either end, and there is no second branch.</summary>
readonly struct TanhFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V size = L.Abs(x);
        // From 9.02 (19.07) on it is 1 in the type.
        V inside = L.Min(Exponential<T, V, L>.Number(Lane<T>.IsSingle ? 20 : 40), L.Add(size, size));
        V t = Exponential<T, V, L>.MinusOne(inside, 0);
        return Exponential<T, V, L>.WithSign(L.Divide(t, L.Add(t, Exponential<T, V, L>.Number(2))), x);
    }
}

/// <summary>σ(x) = 1/(1 + e⁻ˣ), for a negative x as eˣ/(1 + eˣ)</summary>
readonly struct SigmoidFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V one = Exponential<T, V, L>.Number(1);
        V e = Exponential<T, V, L>.Exp(L.Negate(L.Abs(x)));
        return L.Divide(L.Select(L.Less(x, Exponential<T, V, L>.Number(0)), e, one), L.Add(e, one));
    }
}

/// <summary>ln σ(x) = min(x, 0) − ln(1 + e^−|x|)</summary>
readonly struct LogSigmoidFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V tail = Exponential<T, V, L>.LogOnePlusFraction(Exponential<T, V, L>.Exp(L.Negate(L.Abs(x))));
        return L.Subtract(L.Min(Exponential<T, V, L>.Number(0), x), tail);
    }
}

/// <summary>ln(1 + e^(βx))/β = (max(βx, 0) + ln(1 + e^−|βx|))/β, and x itself where βx exceeds the threshold</summary>
readonly struct SoftplusFunction<T>(double beta, double threshold) : IUnaryFunction<T> where T : unmanaged, INumber<T>
{
    readonly T _beta = T.CreateTruncating(beta), _rest = T.CreateTruncating(beta - double.CreateTruncating(T.CreateTruncating(beta))), _threshold = T.CreateTruncating(threshold);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V steepness = L.Broadcast(_beta), zero = Exponential<T, V, L>.Number(0), signs = Exponential<T, V, L>.Number(-0.0);
        // βx and what its rounding, and that of β, left out: eight digits of a power of −80 are six digits of its value.
        V scaled = L.Multiply(x, steepness);
        V low = L.FusedMultiplyAdd(x, L.Broadcast(_rest), L.FusedMultiplyAdd(x, steepness, L.Negate(scaled)));
        V sign = L.AndNot(signs, scaled);
        V tail = Exponential<T, V, L>.LogOnePlusFraction(Exponential<T, V, L>.Exp(L.Negate(L.Abs(scaled)), L.Xor(low, sign)));
        V y = L.Divide(L.Add(L.Max(zero, scaled), tail), steepness);
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
        // From the limit on it is ∞ in the type. A quarter of t is computed: sinh x is finite where e^|x| no longer is.
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

/// <summary>e^(x − shift), with what the rounding of the difference left out: beside a shift of 80 that is the last six binary digits of the value.</summary>
readonly struct ShiftedExpFunction<T>(T shift) : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        // Knuth's exact difference: d + low = x − shift.
        V s = L.Broadcast(shift), d = L.Subtract(x, s), taken = L.Subtract(x, d), left = L.Add(d, taken);
        V low = L.Add(L.Subtract(x, left), L.Subtract(taken, s));
        return Exponential<T, V, L>.Exp(d, low);
    }
}

/// <summary>The functions over rows of numbers.</summary>
static class ExponentialKernels
{
    internal static void Exp<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new ExpFunction<T>(), x, y);
    internal static void Expm1<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new Expm1Function<T>(), x, y);
    internal static void Log<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new LogFunction<T>(), x, y);
    internal static void Log1p<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new Log1pFunction<T>(), x, y);
    internal static void Tanh<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new TanhFunction<T>(), x, y);
    internal static void Sigmoid<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new SigmoidFunction<T>(), x, y);
    internal static void LogSigmoid<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new LogSigmoidFunction<T>(), x, y);
    internal static void Sinh<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new SinhFunction<T>(), x, y);
    internal static void Cosh<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new CoshFunction<T>(), x, y);

    internal static void ELU<T>(ReadOnlySpan<T> x, Span<T> y, double alpha) where T : unmanaged, INumber<T> => Vectors.Map(new EluFunction<T>(alpha), x, y);

    internal static void Softplus<T>(ReadOnlySpan<T> x, Span<T> y, double beta, double threshold) where T : unmanaged, INumber<T> =>
        Vectors.Map(new SoftplusFunction<T>(beta, threshold), x, y);

    internal static void ShiftedExp<T>(ReadOnlySpan<T> x, T shift, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new ShiftedExpFunction<T>(shift), x, y);

    /// <summary>ln(1 + x) of one number, with the bits it has in a row.</summary>
    internal static T Log1p<T>(T x) where T : unmanaged, INumber<T> => new Log1pFunction<T>().Apply<T, Lanes1<T>>(x);
}
