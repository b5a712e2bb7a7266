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
/// <param name="LargestSlope">max |f′| where the rule is accurate beside that only, near a zero of f′ or because it uses the output, as 1 − y² does; else 0.</param>
/// <param name="Points">Where the function is looked at closely, besides the points that all are: its branches.</param>
/// <param name="LargestValue">max |f| where the value is accurate beside that only; 0 for all that promise a relative error.</param>
public sealed record AccuracyRow(
    string Name, Func<Tensor, PointwiseOperation> Make, Func<double, double> Value, Func<double, double> Slope,
    Func<DoubleDouble, DoubleDouble> ExactValue, Func<DoubleDouble, DoubleDouble> ExactSlope, double LargestSlope = 0, double[]? Points = null, double LargestValue = 0)
{
    public override string ToString() => Name;
}

/// <summary>Every element-wise function of the library. A new one without a row here fails <see cref="AccuracyTests"/>, and is missing in docs/accuracy.md.</summary>
public static class AccuracyTable
{
    /// <summary>The most units of the last place that a value or a derivative may be off.</summary>
    public const double Bound = 4;

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
        new("sinh", x => new Sinh(x), Sinh, Math.Cosh, Sinh, Cosh, Points: [89.4, 710.4]),
        new("cosh", x => new Cosh(x), Math.Cosh, Sinh, Cosh, Sinh, Points: [89.4, 710.4]),
        new("abs", x => new Abs(x), Math.Abs, x => double.IsNaN(x) ? x : Math.Sign(x), DoubleDouble.Abs, x => double.IsNaN(x.High) ? x : Math.Sign(x.High)),
        new("square", x => new Square(x), x => x * x, x => 2 * x, x => x * x, x => 2 * x),
        new("sqrt", x => new Sqrt(x), Math.Sqrt, x => 0.5 / Math.Sqrt(x), DoubleDouble.Sqrt, x => 0.5 / DoubleDouble.Sqrt(x)),
        new("1/x", x => new Reciprocal(x), x => 1 / x, x => -1 / (x * x), x => 1 / x, x => -(1 / x) / x),
        new("clamp to −0.9 … 1.1", x => new Clamp(x, -0.9f, 1.1f), x => double.IsNaN(x) ? x : Math.Clamp(x, -0.9f, 1.1f), x => x is >= -0.9f and <= 1.1f ? 1 : 0,
            x => double.IsNaN(x.High) ? x : Math.Clamp(x.High, -0.9f, 1.1f), x => x.High is >= -0.9f and <= 1.1f ? 1 : 0, Points: [-0.9f, 1.1f]),
    ];

    // The functions that double has not, from those it has, by Kahan's formulas where a difference would lose digits: 10 digits and more.
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
