using System.Globalization;
using System.Text;
using MathNet.Numerics.Differentiation;

namespace MyTorch.Differentiation;

/// <summary>Which differences stand for the slope.</summary>
public enum Difference
{
    /// <summary>(f(x + h) − f(x − h)) / 2h: two evaluations a coordinate, error O(h²).</summary>
    // Not 0: C# converts a literal 0 to any enum, so Gradient(f, x, 0), meant as a step, would take a chosen one.
    Central = 1,

    /// <summary>(f(x + h) − f(x)) / h: one evaluation a coordinate and one more, error O(h).</summary>
    OneSided,
}

/// <summary>
/// Derivatives of C# functions of tensors by differences of their values: no rule is needed, but n coordinates cost n or 2n
/// evaluations, and digits are lost to rounding.
/// </summary>
/// <remarks>
/// The function is evaluated without recording, in the type of x. Where no step is given, it is the power of two next to
/// ∛ε (central) or √ε (one-sided), times |x| where that exceeds 1: there the errors of truncation and of rounding are about equal, and x +
/// h is exact (Press and others, Numerical Recipes, 2007, 5.7). ε is 2⁻⁵² in Float64 and 2⁻²³ in Float32.
/// </remarks>
public static class Numerical
{
    /// <summary>∇f, of x's shape, coordinate by coordinate.</summary>
    /// <param name="f">A function with a scalar result.</param>
    /// <param name="x">Where the derivative is taken.</param>
    /// <param name="difference">One-sided or central.</param>
    /// <param name="step">h &gt; 0, the same for every coordinate; chosen for each if left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is not a positive number, or there is no such kind of difference.</exception>
    /// <exception cref="InvalidOperationException">The result is not a scalar, or x is not Float32 or Float64.</exception>
    public static Tensor Gradient(Func<Tensor, Tensor> f, Tensor x, Difference difference = Difference.Central, double? step = null)
    {
        double[][] columns = Columns(f, x, difference, step, out Tensor y);
        if (y.ElementCount != 1)
            throw new InvalidOperationException(
                $"Numerical.Gradient: the function's result is {y.Describe()}, not a scalar. Reduce it with .Sum() or .Mean(), or " +
                $"take Numerical.Jacobian.");
        return Tensor.From([.. columns.Select(column => column[0])], x.Shape, x.DType);
    }

    /// <summary>The Jacobian ∂fᵢ/∂xⱼ, of shape (result's dimensions…, input's dimensions…), a column for each coordinate of x.</summary>
    /// <param name="f">Any function.</param>
    /// <param name="x">Where the derivative is taken.</param>
    /// <param name="difference">One-sided or central.</param>
    /// <param name="step">h &gt; 0, the same for every coordinate; chosen for each if left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is not a positive number, or there is no such kind of difference.</exception>
    /// <exception cref="InvalidOperationException">x is not Float32 or Float64.</exception>
    public static Tensor Jacobian(Func<Tensor, Tensor> f, Tensor x, Difference difference = Difference.Central, double? step = null)
    {
        double[][] columns = Columns(f, x, difference, step, out Tensor y);
        double[] entries = new double[y.ElementCount * x.ElementCount];
        for (int i = 0; i < y.ElementCount; i++)
            for (int j = 0; j < x.ElementCount; j++)
                entries[i * x.ElementCount + j] = columns[j][i];
        return Tensor.From(entries, [.. y.Shape, .. x.Shape], y.DType);
    }

    /// <summary>The derivative of an order at one number, by MathNet's finite differences over 2·⌈order/2⌉ + 3 points around it.</summary>
    /// <param name="f">A function from a scalar to a scalar, evaluated in Float64.</param>
    /// <param name="x">Where the derivative is taken.</param>
    /// <param name="order">1 to 6. Each order costs digits: of 16, about 12 remain at the first and 6 at the fifth.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is not 1 to 6.</exception>
    /// <exception cref="InvalidOperationException">The result is not a scalar.</exception>
    public static double Derivative(Func<Tensor, Tensor> f, double x, int order = 1)
    {
        ArgumentNullException.ThrowIfNull(f);
        if (order is < 1 or > 6)
            throw Invalid.Setting(
                nameof(order), order, "Numerical.Derivative: the order is 1 to 6; rounding leaves nothing of higher ones.");
        int points = 2 * ((order + 1) / 2) + 3;
        // The error of truncation falls with a power of h, that of rounding grows as ε/h^order: about here they meet.
        double step = Math.Pow(2, Math.Round(-52.0 / points)) * Math.Max(1, Math.Abs(x));
        var differences = new NumericalDerivative(points, points / 2) { StepType = StepType.Absolute, StepSize = step };
        return differences.EvaluateDerivative(at => Evaluate(f, Tensor.From(at, DType.Float64)).Item(), x, order);
    }

    /// <summary>
    /// The errors of both kinds of differences for steps from 10⁻¹ to 10⁻¹⁵, beside the exact derivative from one reverse sweep. Drawn on
    /// logarithmic scales each is a V: to the left truncation, falling with slope 1 or 2, to the right rounding, rising again.
    /// </summary>
    /// <param name="f">A function with a scalar result.</param>
    /// <param name="x">Where the derivative is taken.</param>
    public static StepErrors ErrorsByStep(Func<Tensor, Tensor> f, Tensor x)
    {
        Tensor exact = Differentiate.Gradient(f, x);
        double[] gradient = exact.ToArray();
        return new StepErrors(exact, [.. Enumerable.Range(1, 15).Select(Row)]);

        StepError Row(int digits)
        {
            double step = double.Parse($"1e-{digits}", CultureInfo.InvariantCulture);
            return new StepError(step, Error(Difference.OneSided, step), Error(Difference.Central, step));
        }

        double Error(Difference difference, double step) =>
            Gradient(f, x, difference, step).ToArray().Zip(gradient, (a, b) => Math.Abs(a - b)).DefaultIfEmpty().Max();
    }

    internal static Tensor Evaluate(Func<Tensor, Tensor> f, Tensor x)
    {
        using (Autograd.Pause())
            return f(x) ?? throw new InvalidOperationException("Numerical: the function returned null.");
    }

    // The differences of the whole result for each coordinate of x.
    static double[][] Columns(Func<Tensor, Tensor> f, Tensor x, Difference difference, double? step, out Tensor y)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(x);
        x.DType.RequireFloat("Numerical");
        if (!Enum.IsDefined(difference))
            throw Invalid.OutOfRange(nameof(difference),
                $"Numerical: the difference must be Difference.Central or OneSided; got {(int)difference}. If it is the step, write step: 1e-6.");
        if (step is { } given && !(given > 0 && double.IsFinite(given)))
            throw Invalid.Setting(nameof(step), given, "Numerical: the step h is a number greater than 0, for example 1e-6.");
        y = Evaluate(f, x.Detach());
        double[] at = y.ToArray(), coordinates = x.ToArray();
        double[][] columns = new double[coordinates.Length][];
        for (int j = 0; j < coordinates.Length; j++)
        {
            double h = step ?? ChosenStep(x.DType, difference, coordinates[j]);
            double[] right = ValuesAt(j, h), left = difference == Difference.Central ? ValuesAt(j, -h) : at;
            double width = difference == Difference.Central ? 2 * h : h;
            columns[j] = [.. right.Zip(left, (r, l) => (r - l) / width)];
        }
        return columns;

        double[] ValuesAt(int j, double h)
        {
            double[] moved = [.. coordinates];
            moved[j] += h;
            return Evaluate(f, Tensor.From(moved, x.Shape, x.DType)).ToArray();
        }
    }

    static double ChosenStep(DType dtype, Difference difference, double x)
    {
        double digits = dtype == DType.Float64 ? 52 : 23;
        double exponent = Math.Round(-digits / (difference == Difference.Central ? 3 : 2));
        return Math.Pow(2, exponent + Math.Max(0, Math.Round(Math.Log2(Math.Max(1, Math.Abs(x))))));
    }
}

/// <summary>How far differences with one step are from the exact derivative: the largest error of a coordinate.</summary>
/// <param name="Step">h.</param>
/// <param name="OneSided">The error of (f(x + h) − f(x)) / h.</param>
/// <param name="Central">The error of (f(x + h) − f(x − h)) / 2h.</param>
public sealed record StepError(double Step, double OneSided, double Central);

/// <summary>The table made by <see cref="Numerical.ErrorsByStep"/>.</summary>
/// <param name="Exact">The exact derivative, from one reverse sweep.</param>
/// <param name="Rows">One row a step, from the widest, 10⁻¹, to the narrowest, 10⁻¹⁵.</param>
public sealed record StepErrors(Tensor Exact, IReadOnlyList<StepError> Rows)
{
    /// <summary>The table as aligned text: step, error of one-sided and of central differences.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("step     one-sided    central");
        foreach (StepError row in Rows)
            text.Append(CultureInfo.InvariantCulture, $"\n{row.Step:0e+00}    {row.OneSided:0.0e+00}      {row.Central:0.0e+00}");
        return text.ToString();
    }
}
