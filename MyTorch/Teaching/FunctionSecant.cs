using MyTorch.Differentiation;

namespace MyTorch.Teaching;

/// <summary>
/// A function of one of its variables near a point, as far as the differences with a step h reach, with the secants through x − h, x and
/// x + h and the tangent. Everything is relative to the point: multiples of h from x, and differences from f(x).
/// </summary>
/// <remarks>
/// For a large h the curve bends away from its secants. For a very small one it is a staircase: the numbers between which the type cannot
/// tell apart have one value, and the secant no longer has the slope of the tangent.
/// </remarks>
public sealed class FunctionSecant
{
    // The picture reaches a little beyond the secants' points.
    const int Each = 24;
    const double Reach = 1.5;

    FunctionSecant(double step, double slope, double[] at, double[] curve, double before, double after)
    {
        (Step, Slope, At, Curve, Before, After) = (step, slope, at.AsReadOnly(), curve.AsReadOnly(), before, after);
        Tangent = [.. at.Select(t => slope * step * t)];
        Central = [.. at.Select(t => (before + after) / 2 + (after - before) / 2 * t)];
        OneSided = [.. at.Select(t => after * t)];
    }

    /// <summary>The step h.</summary>
    public double Step { get; }

    /// <summary>The derivative, which reverse mode computes in Float64; NaN where the function has no value.</summary>
    public double Slope { get; }

    /// <summary>Where the curve was evaluated, in steps from x: −1.5 to 1.5, in ascending order, with −1, 0 and 1.</summary>
    public IReadOnlyList<double> At { get; }

    /// <summary>f(x + t·h) − f(x) for each t of <see cref="At"/>, evaluated in the chosen type. NaN or infinite where f has no
    /// value.</summary>
    public IReadOnlyList<double> Curve { get; }

    /// <summary>The tangent through (0, 0) for each t: f′(x)·h·t.</summary>
    public IReadOnlyList<double> Tangent { get; }

    /// <summary>The secant of the central difference, through the points at −1 and 1.</summary>
    public IReadOnlyList<double> Central { get; }

    /// <summary>The secant of the one-sided difference, through the points at 0 and 1.</summary>
    public IReadOnlyList<double> OneSided { get; }

    /// <summary>f(x − h) − f(x).</summary>
    public double Before { get; }

    /// <summary>f(x + h) − f(x).</summary>
    public double After { get; }

    /// <summary>Evaluates a function near a point.</summary>
    /// <param name="trace">The function at the point. Of several results the sum is taken, each times its adjoint.</param>
    /// <param name="variable">The index of the variable.</param>
    /// <param name="step">The step h, greater than 0.</param>
    /// <param name="dtype">The type in which it is evaluated, Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such variable, or the step is not greater than 0.</exception>
    public static FunctionSecant Of(FunctionTrace trace, int variable, double step, DType dtype)
    {
        ArgumentNullException.ThrowIfNull(trace);
        if ((uint)variable >= trace.Function.Variables.Count)
            throw Invalid.OutOfRange(nameof(variable),
                $"FunctionSecant: variable {variable} of {trace.Function.Variables.Count}; the first is 0.");
        FunctionWays.RequireStep(step);
        dtype.RequireFloat(nameof(FunctionSecant));
        const int Ends = (int)(Each * Reach);
        double x = FunctionWays.PointOf(trace)[variable];
        double[] at = [.. Enumerable.Range(-Ends, 2 * Ends + 1).Select(i => (double)i / Each)];
        // All points in one evaluation: a page computes them while h is dragged.
        Tensor points = Tensor.From([.. at.Select(t => x + t * step)], dtype);
        double[] values = Numerical.Evaluate(FunctionWays.Alone(trace, variable), points).ToArray();
        double here = values[values.Length / 2];
        // A result that does not depend on the variable has a single number.
        double[] curve = [.. at.Select((_, i) => values.Length == 1 ? 0 : values[i] - here)];
        return new FunctionSecant(step, FunctionWays.ExactOf(trace, variable), at, curve, curve[Ends - Each], curve[Ends + Each]);
    }
}
