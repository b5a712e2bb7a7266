using MathNet.Numerics;
using MyTorch.Operations;

namespace MyTorch.Tests.Accuracy;

/// <summary>
/// A function of one number, and what its kernels and its rule are measured against: in double for Float32, in double-double for Float64.
/// </summary>
/// <param name="Name">The function, with its settings.</param>
/// <param name="Make">The operation on a tensor.</param>
/// <param name="Value">f in double.</param>
/// <param name="Slope">f′ in double.</param>
/// <param name="ExactValue">f in double-double.</param>
/// <param name="ExactSlope">f′ in double-double.</param>
/// <param name="LargestSlope">
/// max |f′| if the rule is accurate relative to it only: near a zero of f′, or because it uses the output, as 1 − y² does. Otherwise 0.
/// </param>
/// <param name="Points">Additional points at which the function is tested closely: where its formula changes.</param>
/// <param name="LargestValue">max |f| if the value is accurate relative to it only; 0 for functions that promise a relative error.</param>
public sealed record AccuracyRow(
    string Name, Func<Tensor, PointwiseOperation> Make, Func<double, double> Value, Func<double, double> Slope,
    Func<DoubleDouble, DoubleDouble> ExactValue, Func<DoubleDouble, DoubleDouble> ExactSlope, double LargestSlope = 0, double[]? Points = null, double LargestValue = 0)
{
    public override string ToString() => Name;
}

/// <summary>
/// Every element-wise function of the library. A new one without a row here fails <c>AccuracyTests</c>, and is missing in
/// MyTorch/Docs/accuracy.md.
/// </summary>
public static class AccuracyTable
{
    /// <summary>The largest error allowed for a value or a derivative, in units of the last place.</summary>
    public const double Bound = 4;

    // Near multiples of π/2 the result is small, so the reduction must keep its digits. Beyond 10⁵ (10⁹) another reduction is used.
    static readonly double[] s_quarters = [.. new[] { 1, 2, 3, 4, 7, 100, 10001, 63661, 1e6, 6.3e8, 1e12 }.Select(n => n * Math.PI / 2), 1e5, 1e9];

    public static IReadOnlyList<AccuracyRow> Rows { get; } =
    [
        new("exp", x => new Exp(x), Math.Exp, Math.Exp, x => DoubleDouble.Exp(x), x => DoubleDouble.Exp(x)),
        new("expm1", x => new Expm1(x), Expm1, Math.Exp, DoubleDouble.Expm1, x => DoubleDouble.Exp(x)),
        new("log", x => new Log(x), Math.Log, x => 1 / x, DoubleDouble.Log, x => 1 / x, Points: [1]),
        new("log1p", x => new Log1p(x), Log1p, x => 1 / (1 + x), DoubleDouble.Log1p, x => 1 / (1 + x), Points: [-1]),
        new("tanh", x => new Tanh(x), Math.Tanh, x => 1 / Math.Pow(Math.Cosh(x), 2), Tanh, x => 1 - Tanh(x) * Tanh(x), LargestSlope: 1),
        new("sigmoid", x => new Sigmoid(x), Sigmoid, x => Sigmoid(x) * Sigmoid(-x), Sigmoid, x => Sigmoid(x) * Sigmoid(-x), LargestSlope: 0.25),
        new("log sigmoid", x => new LogSigmoid(x), x => -Softplus(-x), x => Sigmoid(-x), x => -Softplus(-x), x => Sigmoid(-x)),
        new("softplus", x => new Softplus(x, 1, 20), x => x > 20 ? x : Softplus(x), x => x > 20 ? 1 : Sigmoid(x),
            x => x > 20 ? x : Softplus(x), x => x > 20 ? 1 : Sigmoid(x), Points: [20]),
        new("softplus, β = 0.3", x => new Softplus(x, 0.3, double.PositiveInfinity), x => Softplus(0.3 * x) / 0.3, x => Sigmoid(0.3 * x),
            x => Softplus(0.3 * x) / 0.3, x => Sigmoid(0.3 * x), LargestSlope: 1),
        new("ELU, α = 0.7", x => new ELU(x, 0.7), x => x > 0 ? x : 0.7 * Expm1(x), x => x > 0 ? 1 : 0.7 * Math.Exp(x),
            x => x > 0 ? x : 0.7 * DoubleDouble.Expm1(x), x => x > 0 ? 1 : 0.7 * DoubleDouble.Exp(x)),
        new("leaky ReLU, slope 0.2", x => new LeakyReLU(x, 0.2), x => x > 0 ? x : 0.2 * x, x => x > 0 ? 1 : 0.2, x => x > 0 ? x : 0.2 * x, x => x > 0 ? 1 : 0.2),
        new("ReLU", x => new ReLU(x), x => x <= 0 ? 0 : x, x => x <= 0 ? 0 : 1, x => x.High <= 0 ? 0 : x, x => x.High <= 0 ? 0 : 1),
        new("Huber, δ = 1.25", x => new Huber(x, 1.25), x => Math.Abs(x) <= 1.25 ? 0.5 * x * x : 1.25 * (Math.Abs(x) - 0.625), x => double.IsNaN(x) ? x : Math.Clamp(x, -1.25, 1.25),
            x => Math.Abs(x.High) <= 1.25 ? 0.5 * x * x : 1.25 * (DoubleDouble.Abs(x) - 0.625), x => double.IsNaN(x.High) ? x : Math.Clamp(x.High, -1.25, 1.25), Points: [1.25]),
        new("smooth L1, β = 0.75", x => new SmoothL1(x, 0.75), x => Math.Abs(x) < 0.75 ? 0.5 * x * (x / 0.75) : Math.Abs(x) - 0.375,
            x => double.IsNaN(x) ? x : Math.Clamp(x / 0.75, -1, 1), x => Math.Abs(x.High) < 0.75 ? 0.5 * x * (x / 0.75) : DoubleDouble.Abs(x) - 0.375,
            x => Math.Abs(x.High) >= 0.75 ? Math.Sign(x.High) : x / 0.75, Points: [0.75]),
        new("sin", x => new Sin(x), Math.Sin, Math.Cos, DoubleDouble.Sin, DoubleDouble.Cos, Points: s_quarters),
        new("cos", x => new Cos(x), Math.Cos, x => -Math.Sin(x), DoubleDouble.Cos, x => -DoubleDouble.Sin(x), Points: s_quarters),
        new("tan", x => new Tan(x), Math.Tan, x => 1 / (Math.Cos(x) * Math.Cos(x)), x => DoubleDouble.Sin(x) / DoubleDouble.Cos(x),
            x => 1 / DoubleDouble.Cos(x) / DoubleDouble.Cos(x), Points: s_quarters),
        new("atan", x => new Atan(x), Math.Atan, x => 1 / (1 + x * x), DoubleDouble.Atan, x => Math.Abs(x.High) > 1e100 ? 1 / x / x : 1 / (1 + x * x)),
        new("erf", x => new Erf(x), SpecialFunctions.Erf, x => 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x), DoubleDouble.Erf,
            x => Math.Abs(x.High) > 40 ? new(0) : 2 / DoubleDouble.Sqrt(DoubleDouble.Pi) * DoubleDouble.Exp(-(x * x)), Points: [0.75, 3.92, 5.9, 10.2, 27.2]),
        new("GELU", x => new GELU(x), x => Gelu(x).High, x => GeluSlope(x).High, Gelu, GeluSlope, LargestSlope: 1.1289, Points: [0.752, 13.2, 14.4, 37.5, 38.6]),
        new("GELU by tanh", x => new GELUTanh(x), x => Gated(x, TanhArgument(x)).High, x => GatedSlope(TanhFactor(x), TanhArgument(x)).High,
            x => Gated(x, TanhArgument(x)), x => GatedSlope(TanhFactor(x), TanhArgument(x)), LargestSlope: 1.1289, Points: [0.752, 10.2, 21.2]),
        new("SiLU", x => new Swish(x, 1), x => Gated(x, x).High, x => GatedSlope(x, x).High, x => Gated(x, x), x => GatedSlope(x, x), LargestSlope: LargestGate, Points: [1.278]),
        new("Swish, β = 1.7", x => new Swish(x, 1.7), x => Gated(x, 1.7 * (DoubleDouble)x).High, x => GatedSlope(1.7 * (DoubleDouble)x, 1.7 * (DoubleDouble)x).High,
            x => Gated(x, 1.7 * x), x => GatedSlope(1.7 * x, 1.7 * x), LargestSlope: LargestGate, Points: [0.752]),
        new("1/√x", x => new Rsqrt(x), x => 1 / Math.Sqrt(x), x => -0.5 / Math.Sqrt(x) / x, x => 1 / DoubleDouble.Sqrt(x), x => -0.5 / DoubleDouble.Sqrt(x) / x),
        new("floor", x => new Floor(x), Math.Floor, _ => 0, x => Math.Floor(x.High), _ => new(0), Points: [1, 2]),
        new("ceil", x => new Ceil(x), Math.Ceiling, _ => 0, x => Math.Ceiling(x.High), _ => new(0), Points: [1, 2]),
        new("round", x => new Round(x), x => Math.Round(x), _ => 0, x => Math.Round(x.High), _ => new(0), Points: [0.5, 1.5]),
        new("sinh", x => new Sinh(x), Sinh, Math.Cosh, Sinh, Cosh, Points: [89.4, 710.4]),
        new("cosh", x => new Cosh(x), Math.Cosh, Sinh, Cosh, Sinh, Points: [89.4, 710.4]),
        new("abs", x => new Abs(x), Math.Abs, x => double.IsNaN(x) ? x : Math.Sign(x), DoubleDouble.Abs, x => double.IsNaN(x.High) ? x : Math.Sign(x.High)),
        new("square", x => new Square(x), x => x * x, x => 2 * x, x => x * x, x => 2 * x),
        new("sqrt", x => new Sqrt(x), Math.Sqrt, x => 0.5 / Math.Sqrt(x), DoubleDouble.Sqrt, x => 0.5 / DoubleDouble.Sqrt(x)),
        new("1/x", x => new Reciprocal(x), x => 1 / x, x => -1 / (x * x), x => 1 / x, x => -(1 / x) / x),
        new("clamp to −0.9 … 1.1", x => new Clamp(x, -0.9f, 1.1f), x => double.IsNaN(x) ? x : Math.Clamp(x, -0.9f, 1.1f), x => x is >= -0.9f and <= 1.1f ? 1 : 0,
            x => double.IsNaN(x.High) ? x : Math.Clamp(x.High, -0.9f, 1.1f), x => x.High is >= -0.9f and <= 1.1f ? 1 : 0, Points: [-0.9f, 1.1f]),
    ];

    /// <summary>The largest value of the derivatives that have a zero: of GELU, of its tanh form, of Swish.</summary>
    const double LargestGate = 1.0998;

    static readonly DoubleDouble s_root2 = DoubleDouble.Sqrt(2), s_alpha = 2 * DoubleDouble.Sqrt(2 / DoubleDouble.Pi), s_cubic = (DoubleDouble)44715 / 1000000;

    // Φ and φ, whose product with an infinite x is 0.
    static DoubleDouble Distribution(DoubleDouble x) => DoubleDouble.Scale(DoubleDouble.Erfc(-(x / s_root2)), -1);

    static DoubleDouble Density(DoubleDouble x) => DoubleDouble.Exp(DoubleDouble.Scale(-(x * x), -1)) / DoubleDouble.Sqrt(2 * DoubleDouble.Pi);

    static DoubleDouble Gelu(DoubleDouble x) => x.High < -40 ? new(0) : x.High > 40 ? x : DoubleDouble.Scale(x * DoubleDouble.Erfc(-(x / s_root2), 200), -201);

    static DoubleDouble GeluSlope(DoubleDouble x) => x.High < -40 ? new(0) : x.High > 40 ? new(1) : Distribution(x) + x * Density(x);

    // x·σ(s) and its derivative, w = x·s′.
    static DoubleDouble Gated(DoubleDouble x, DoubleDouble s) => s.High < -1500 ? new(0) : s.High > 1500 ? x
        // The factor 2²⁰⁰ keeps the digits of results that are denormal.
        : s.High < 0 ? DoubleDouble.Scale(x * DoubleDouble.Exp(s, 200) / (1 + DoubleDouble.Exp(s)), -200)
        : x / (1 + DoubleDouble.Exp(-s));

    static DoubleDouble GatedSlope(DoubleDouble w, DoubleDouble s) => s.High < -1500 ? new(0) : s.High > 1500 ? new(1) : Gated(1 + w * Sigmoid(-s), s);

    static DoubleDouble TanhArgument(DoubleDouble x) => Math.Abs(x.High) > 1e3 ? x : s_alpha * (x + s_cubic * x * x * x);

    static DoubleDouble TanhFactor(DoubleDouble x) => Math.Abs(x.High) > 1e3 ? x : s_alpha * (x + 3 * s_cubic * x * x * x);

    // Functions that System.Math lacks, from those that it has; Kahan's formulas where a difference would lose digits. At least 10 digits.
    static double Log1p(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : double.IsInfinity(u) || u <= 0 ? Math.Log(u) : Math.Log(u) * (x / (u - 1));
    }

    static double Expm1(double x)
    {
        if (Math.Abs(x) < 1e-5) return x + x * x / 2 + x * x * x / 6;
        double u = Math.Exp(x), difference = u - 1;
        return difference == -1 || !double.IsFinite(u) ? difference : difference * (x / Math.Log(u));
    }

    static double Sigmoid(double x) => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x));

    static double Softplus(double x) => x + 0 > 0 ? x + Log1p(Math.Exp(-x)) : Log1p(Math.Exp(x));

    static double Sinh(double x) => Math.Abs(x) < 1e-5 ? x + x * x * x / 6 : Math.Sinh(x);

    static DoubleDouble Tanh(DoubleDouble x)
    {
        DoubleDouble size = DoubleDouble.Abs(x);
        if (size.High > 100) return Math.CopySign(1, x.High);
        DoubleDouble t = DoubleDouble.Expm1(2 * size), y = t / (t + 2);
        return double.IsNegative(x.High) ? -y : y;
    }

    static DoubleDouble Sigmoid(DoubleDouble x) => x.High < 0 ? DoubleDouble.Exp(x) / (1 + DoubleDouble.Exp(x)) : 1 / (1 + DoubleDouble.Exp(-x));

    static DoubleDouble Softplus(DoubleDouble x) => x.High > 0 ? x + DoubleDouble.Log1p(DoubleDouble.Exp(-x)) : DoubleDouble.Log1p(DoubleDouble.Exp(x));

    static DoubleDouble Sinh(DoubleDouble x)
    {
        DoubleDouble size = DoubleDouble.Abs(x), t = DoubleDouble.Expm1(size);
        DoubleDouble y = size.High > 100 ? DoubleDouble.Exp(size, -1) : DoubleDouble.Scale(t + t / (1 + t), -1);
        if (double.IsNaN(x.High)) return x;
        return double.IsNegative(x.High) ? -y : y;
    }

    static DoubleDouble Cosh(DoubleDouble x)
    {
        DoubleDouble size = DoubleDouble.Abs(x), half = DoubleDouble.Exp(size, -1);
        return size.High > 100 ? half : half + 0.25 / half;
    }
}
