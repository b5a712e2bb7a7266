using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MyTorch.Kernels;

/// <summary>A polynomial by Horner's rule with fused multiply-adds; coefficients from the highest power down.</summary>
/// <remarks>A loop, because the JIT would not inline twenty-five unrolled steps.</remarks>
static class Polynomial<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V At(V x, ReadOnlySpan<float> single, ReadOnlySpan<double> @double)
    {
        int count = Lane<T>.IsSingle ? single.Length : @double.Length;
        ref T first = ref Lane<T>.IsSingle
            ? ref Unsafe.As<float, T>(ref MemoryMarshal.GetReference(single))
            : ref Unsafe.As<double, T>(ref MemoryMarshal.GetReference(@double));
        V p = L.Broadcast(first);
        for (int i = 1; i < count; i++) p = L.FusedMultiplyAdd(p, x, L.Broadcast(Unsafe.Add(ref first, i)));
        return p;
    }
}

/// <summary>
/// The tail of the standard normal distribution with small relative error: Φ(−a) = e^(−a²/2)·h(a) for a = |x|, with h(a) = ½·erfcx(a/√2),
/// which is smooth and well approximated by a polynomial. A lane holds one element.
/// </summary>
/// <remarks>
/// In Float32 h is the quotient of two polynomials of degree 4 and 5 with positive coefficients (relative error 2⁻²⁶), for a up to 15. In
/// Float64 h(a)·(a + 4) is a polynomial in t = (a − 4)/(a + 4) = 1 − 8r, r = 1/(a + 4), of degree 24 (2⁻⁵⁴·⁹), for a up to 40. Beyond that
/// e^(−a²/2) is 0. The coefficients were computed for this library by least squares of the relative error in more than 200 bits; they were
/// rounded to the type one after the other, and the others fitted again. The exponential is kept as (1 + m)·2ⁿ. The product with 1 + m is one fused multiply-add and 2ⁿ is applied last, so a
/// subnormal result is rounded only once.
/// </remarks>
static class Normal<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    /// <summary>From here on Φ(−a) and φ(a) round to 0.</summary>
    internal static V Farthest { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Number(Lane<T>.IsSingle ? 15 : 40); }

    static ReadOnlySpan<double> TailDouble =>
    [
        1.3684847248834493e-11, -7.3987681846064287e-10, -2.6158477707101615e-09, 1.9991699190863355e-09, 1.9915636680352491e-08,
        1.3098894001822614e-08,
        -8.5933338062694984e-08, -1.5474787116331066e-07, 2.7237519902865095e-07, 1.0213980567374288e-06, -6.3009566562209843e-07,
        -5.9201018444776459e-06,
        7.1684976346189252e-07, 3.5144664671169938e-05, -1.9083138553226691e-06, -0.00023109493098633758, 0.00013334432314042629,
        0.0016308184570633869,
        -0.0034796923686620483, -0.007540188966686602, 0.060396574891019676, -0.18652185795965889, 0.38713740074221203,
        -0.60789664197189208,
        0.75528513041575152
    ];

    /// <summary>h(a) for a from 0 to <see cref="Farthest"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Scaled(V a)
    {
        if (Lane<T>.IsSingle)
        {
            V p = L.FusedMultiplyAdd(Number(4.12214873e-3), a, Number(4.06894088e-2));
            p = L.FusedMultiplyAdd(p, a, Number(0.183425933));
            p = L.FusedMultiplyAdd(p, a, Number(0.438590169));
            p = L.FusedMultiplyAdd(p, a, Number(0.5));
            V q = L.FusedMultiplyAdd(Number(1.03325807e-2), a, Number(0.101999454));
            q = L.FusedMultiplyAdd(q, a, Number(0.469966799));
            q = L.FusedMultiplyAdd(q, a, Number(1.2033565));
            q = L.FusedMultiplyAdd(q, a, Number(1.67506516));
            q = L.FusedMultiplyAdd(q, a, Number(1));
            return L.Divide(p, q);
        }
        // Two-sum (Knuth): s + lost = a + 4 exactly. One Newton step with the remainder of the division makes r accurate to its last bit.
        V k = Number(4), s = L.Add(a, k), part = L.Subtract(s, a);
        V lost = L.Add(L.Subtract(a, L.Subtract(s, part)), L.Subtract(k, part));
        V r = L.Divide(Number(1), s);
        V left = L.FusedMultiplyAdd(L.Negate(lost), r, L.FusedMultiplyAdd(L.Negate(s), r, Number(1)));
        r = L.FusedMultiplyAdd(r, left, r);
        V t = L.FusedMultiplyAdd(Number(-8), r, Number(1));
        return L.Multiply(Polynomial<T, V, L>.At(t, [], TailDouble), r);
    }

    /// <summary>e^(−c·a²) = (1 + m)·2ⁿ, with c a power of two. The rounding error of a² is part of the exponent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Bell(V a, double c, out V n)
    {
        V b = L.Multiply(a, Number(-c)), square = L.Multiply(a, b);
        return Exponential<T, V, L>.Parts(square, L.FusedMultiplyAdd(a, b, L.Negate(square)), out n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Number(double value) => L.Broadcast(Lane<T>.Number(value));
}

/// <summary>x·Φ(x) = −a·Φ(−a) for negative x, x − a·Φ(−a) for positive x, with a = |x|</summary>
readonly struct GeluFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V a = L.Min(Normal<T, V, L>.Farthest, L.Abs(x)), m = Normal<T, V, L>.Bell(a, 0.5, out V n);
        V tail = L.Multiply(Normal<T, V, L>.Scaled(a), a);
        tail = L.Scale(L.FusedMultiplyAdd(tail, m, tail), n);
        // The result has the sign of x, also where it is 0.
        return L.Or(L.Subtract(L.Max(Normal<T, V, L>.Number(0), x), tail), L.And(x, Normal<T, V, L>.Number(-0.0)));
    }
}

/// <summary>
/// The derivative of x·Φ(x), Φ(x) + x·φ(x): with d = e^(−a²/2)·(h(a) − a/√(2π)) it is d for negative x, 1 − d for positive x
/// </summary>
readonly struct GeluSlope<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V a = L.Min(Normal<T, V, L>.Farthest, L.Abs(x)), m = Normal<T, V, L>.Bell(a, 0.5, out V n);
        V d = L.FusedMultiplyAdd(a, Normal<T, V, L>.Number(-0.3989422804014327), Normal<T, V, L>.Scaled(a));
        d = L.Scale(L.FusedMultiplyAdd(d, m, d), n);
        return L.Select(L.Less(Normal<T, V, L>.Number(0), x), L.Subtract(Normal<T, V, L>.Number(1), d), d);
    }
}

/// <summary>
/// erf x: near 0 the odd polynomial x + x·p(x²), for |x| &lt; 0.75 of degree 4 in x² (relative error 2⁻²⁹) in Float32, 9 (2⁻⁶⁰) in Float64;
/// otherwise 1 − 2Φ(−√2·|x|). Both are computed, and a mask selects.
/// </summary>
readonly struct ErfFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    static ReadOnlySpan<float> NearSingle => [-0.000677654054f, 0.00511857355f, -0.0268370248f, 0.112834357f, -0.37612626f];
    static ReadOnlySpan<double> NearDouble =>
    [
        1.1476771322228518e-08, -1.5941528145221079e-07, 1.6430895886570082e-06, -1.4924213316938244e-05, 0.00012055290399858237,
        -0.00085483262143393884,
        0.0052239776159113144, -0.026866170644484894, 0.11283791670952951, -0.37612638903183726
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V a = L.Abs(x), z = L.Multiply(x, x), p = Polynomial<T, V, L>.At(z, NearSingle, NearDouble);
        V near = L.FusedMultiplyAdd(a, L.FusedMultiplyAdd(p, z, Normal<T, V, L>.Number(0.12837916709551259)), a);

        // From 3.92 (5.92) on erf rounds to 1.
        V inside = L.Min(Normal<T, V, L>.Number(7), a), m = Normal<T, V, L>.Bell(inside, 1, out V n);
        V h = Normal<T, V, L>.Scaled(L.Multiply(inside, Normal<T, V, L>.Number(1.4142135623730951)));
        V tail = L.Add(h, h);
        V far = L.Subtract(Normal<T, V, L>.Number(1), L.Scale(L.FusedMultiplyAdd(tail, m, tail), n));
        return L.Or(L.Select(L.Less(a, Normal<T, V, L>.Number(0.75)), near, far), L.And(x, Normal<T, V, L>.Number(-0.0)));
    }
}

/// <summary>The derivative of erf, 2/√π·e^(−x²)</summary>
readonly struct ErfSlope<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V m = Normal<T, V, L>.Bell(L.Min(Normal<T, V, L>.Number(Lane<T>.IsSingle ? 11 : 28), L.Abs(x)), 1, out V n);
        V factor = Normal<T, V, L>.Number(1.1283791670955126);
        return L.Scale(L.FusedMultiplyAdd(factor, m, factor), n);
    }
}

/// <summary>
/// x·σ(s) and its derivative, where s comes with its rounding error. The exponential is kept as (1 + m)·2ⁿ, as in
/// <see cref="Normal{T, V, L}"/>. A lane holds one element.
/// </summary>
static class Gate<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    /// <summary>From here on σ(s) rounds to 0 or 1, and s·σ(−s) to 0.</summary>
    internal static V Farthest { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Number(Lane<T>.IsSingle ? 170 : 1400); }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Number(double value) => L.Broadcast(Lane<T>.Number(value));

    /// <summary>e^−|s + low| = (1 + m)·2ⁿ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Power(V s, V low, out V n) =>
        Exponential<T, V, L>.Parts(L.Negate(L.Min(Farthest, L.Abs(s))), L.Xor(low, L.AndNot(Number(-0.0), s)), out n);

    // The rounding error of an infinite s is NaN; it is set to 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Rest(V s, V low) => L.AndNot(low, L.LessOrEqual(Farthest, L.Abs(s)));

    /// <summary>x·σ(s) = x/(1 + e^−s), or x·eˢ/(1 + eˢ) for negative s.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Value(V x, V s, V low)
    {
        V m = Power(s, Rest(s, low), out V n);
        V denominator = L.Add(Number(1), L.Scale(L.Add(m, Number(1)), n));
        V isNegative = L.Less(s, Number(0));
        // Where σ(s) is 0 the product is 0 with the sign of x, even for infinite x.
        V size = L.AndNot(L.Abs(x), L.LessOrEqual(s, L.Negate(Farthest)));
        x = L.Or(size, L.And(x, Number(-0.0)));
        return L.Scale(L.Divide(L.Select(isNegative, L.FusedMultiplyAdd(x, m, x), x), denominator), L.And(isNegative, n));
    }

    /// <summary>σ(s)·(1 + w·(1 − σ(s))), the derivative of x·σ(s(x)) with w = x·s′(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Slope(V w, V s, V low)
    {
        V rest = Rest(s, low), m = Power(s, rest, out V n), one = Number(1), e = L.Scale(L.Add(m, one), n), denominator = L.Add(one, e);
        // The rounding error of 1 + e; it enters twice because the denominator is squared.
        V lost = L.Subtract(e, L.Subtract(denominator, one));
        V below = L.Add(w, L.Add(denominator, rest));
        below = L.FusedMultiplyAdd(below, L.Subtract(m, L.Add(lost, lost)), below);
        below = L.Scale(L.Divide(below, L.Multiply(denominator, denominator)), n);
        V above = L.Divide(L.Add(one, L.Divide(L.Multiply(w, e), denominator)), denominator);
        return L.Select(L.Less(s, Number(0)), below, above);
    }
}

/// <summary>βx, and its rounding error together with that of β</summary>
readonly struct Scaled<T>(double beta) where T : unmanaged, INumber<T>
{
    readonly T _beta = T.CreateTruncating(beta);
    readonly T _rest = T.CreateTruncating(beta - double.CreateTruncating(T.CreateTruncating(beta)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal V Of<V, L>(V x, out V low) where V : struct where L : struct, ILanes<T, V>
    {
        V beta = L.Broadcast(_beta), s = L.Multiply(x, beta);
        low = L.FusedMultiplyAdd(x, L.Broadcast(_rest), L.FusedMultiplyAdd(x, beta, L.Negate(s)));
        return s;
    }
}

/// <summary>x·σ(βx)</summary>
readonly struct SwishFunction<T>(double beta) : IUnaryFunction<T> where T : unmanaged, INumber<T>
{
    readonly Scaled<T> _scaled = new(beta);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V s = _scaled.Of<V, L>(x, out V low);
        return Gate<T, V, L>.Value(x, s, low);
    }
}

/// <summary>The derivative of x·σ(βx)</summary>
readonly struct SwishSlope<T>(double beta) : IUnaryFunction<T> where T : unmanaged, INumber<T>
{
    readonly Scaled<T> _scaled = new(beta);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V s = _scaled.Of<V, L>(x, out V low), farthest = Gate<T, V, L>.Farthest;
        V w = L.Max(L.Negate(farthest), L.Min(farthest, s));
        return Gate<T, V, L>.Slope(w, s, low);
    }
}

/// <summary>½x(1 + tanh u) = x·σ(2u), and its derivative; 2u = x·(α + γx²) with α = 2√(2/π), γ = 0.044715·α</summary>
static class GeluTanh<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    /// <summary>2u in twice the precision of the type: each step also computes its rounding error.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Argument(V x, out V low, out V cubic)
    {
        V square = L.Multiply(x, x), squareLow = L.FusedMultiplyAdd(x, x, L.Negate(square));
        V gamma = L.Broadcast(Lane<T>.Number(7.13548139e-2f, 7.1354816272600249e-2));
        V gammaLow = L.Broadcast(Lane<T>.Number(2.39883247e-9f, -6.175149918155315e-19));
        V alpha = L.Broadcast(Lane<T>.Number(1.59576917f, 1.5957691216057308));
        V alphaLow = L.Broadcast(Lane<T>.Number(-4.53406805e-8f, -9.9693088091109202e-17));
        cubic = L.Multiply(gamma, square);
        V cubicLow = L.FusedMultiplyAdd(gamma, square, L.Negate(cubic));
        cubicLow = L.FusedMultiplyAdd(gamma, squareLow, L.FusedMultiplyAdd(gammaLow, square, cubicLow));
        // Two-sum (Knuth): factor + lost = α + γx² exactly.
        V factor = L.Add(alpha, cubic), part = L.Subtract(factor, alpha);
        V lost = L.Add(L.Subtract(alpha, L.Subtract(factor, part)), L.Subtract(cubic, part));
        V factorLow = L.Add(lost, L.Add(alphaLow, cubicLow));
        V s = L.Multiply(x, factor);
        low = L.FusedMultiplyAdd(x, factorLow, L.FusedMultiplyAdd(x, factor, L.Negate(s)));
        return s;
    }

    /// <summary>x clamped to ±30, where σ(2u) is 0 or 1 in both types.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Near(V x) => L.Max(Gate<T, V, L>.Number(-30), L.Min(Gate<T, V, L>.Number(30), x));
}

/// <summary>½x(1 + tanh(√(2/π)(x + 0.044715x³)))</summary>
readonly struct GeluTanhFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V s = GeluTanh<T, V, L>.Argument(GeluTanh<T, V, L>.Near(x), out V low, out _);
        return Gate<T, V, L>.Value(x, s, low);
    }
}

/// <summary>The derivative of the tanh approximation: σ(2u)·(1 + x·2u′·(1 − σ(2u))), x·2u′ = x·(α + 3γx²)</summary>
readonly struct GeluTanhSlope<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V near = GeluTanh<T, V, L>.Near(x), s = GeluTanh<T, V, L>.Argument(near, out V low, out V cubic);
        return Gate<T, V, L>.Slope(L.FusedMultiplyAdd(L.Add(cubic, cubic), near, s), s, low);
    }
}

/// <summary>1/√x</summary>
readonly struct RsqrtFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V> => L.Divide(L.Broadcast(Lane<T>.Number(1)), L.Sqrt(x));
}

/// <summary>These functions for rows of numbers.</summary>
static class GateKernels
{
    internal static void Erf<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new ErfFunction<T>(), x, y);
    internal static void ErfSlope<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new ErfSlope<T>(), x, y);
    internal static void GELU<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> => Vectors.Map(new GeluFunction<T>(), x, y);
    internal static void GELUSlope<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> =>
        Vectors.Map(new GeluSlope<T>(), x, y);
    internal static void GELUTanh<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> =>
        Vectors.Map(new GeluTanhFunction<T>(), x, y);
    internal static void GELUTanhSlope<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> =>
        Vectors.Map(new GeluTanhSlope<T>(), x, y);
    internal static void Rsqrt<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, INumber<T> =>
        Vectors.Map(new RsqrtFunction<T>(), x, y);

    // With β = 0 the result is x/2, also for infinite x, where 0·x is NaN.
    internal static void Swish<T>(ReadOnlySpan<T> x, Span<T> y, double beta) where T : unmanaged, INumber<T>
    {
        if (beta != 0) Vectors.Map(new SwishFunction<T>(beta), x, y);
        else
            for (int i = 0; i < y.Length; i++) y[i] = x[i] * T.CreateTruncating(0.5);
    }

    internal static void SwishSlope<T>(ReadOnlySpan<T> x, Span<T> y, double beta) where T : unmanaged, INumber<T>
    {
        if (beta != 0) Vectors.Map(new SwishSlope<T>(beta), x, y);
        else
            for (int i = 0; i < y.Length; i++) y[i] = T.IsNaN(x[i]) ? x[i] : T.CreateTruncating(0.5);
    }
}
