using System.Globalization;

namespace MyTorch.Differentiation;

/// <summary>Why a derivative differs from central differences.</summary>
public enum GradientFault
{
    /// <summary>Differences with several step sizes agree with each other but not with the rule.</summary>
    WrongRule,

    /// <summary>The slopes to the left and to the right differ: the function has no derivative at this point.</summary>
    Kink,

    /// <summary>Differences with several step sizes do not agree: rounding errors are too large to check the rule.</summary>
    LostPrecision,
}

/// <summary>
/// A function along a line through a point, reduced to a weighted sum: its differences for any step size, and what they say about a
/// derivative.
/// </summary>
/// <remarks>The differences are computed before the weighted sum, so that large results that do not change cost no precision.</remarks>
sealed class Line(Func<double, double[]> f, double[] weights, bool isSingle = false)
{
    /// <summary>
    /// Step sizes for detecting a kink: the one-sided slopes of a smooth function differ by h·f″, which decreases with h.
    /// </summary>
    readonly (double Near, double Middle, double Wide) _reach = isSingle ? (1e-2, 3e-2, 1e-1) : (1e-5, 1e-4, 1e-3);

    internal double Central(double h) => Rise(f(h), f(-h)) / (2 * h);

    internal double Right(double h) => Rise(f(h), f(0)) / h;

    internal double Left(double h) => Rise(f(0), f(-h)) / h;

    double Jump(double h) => Math.Abs(Right(h) - Left(h));

    double Rise(double[] to, double[] from)
    {
        double sum = 0;
        // A result that stays infinite is skipped: ∞ − ∞ would be NaN.
        for (int i = 0; i < weights.Length; i++)
            if (to[i] != from[i]) sum += weights[i] * (to[i] - from[i]);
        return sum;
    }

    /// <summary>The one-sided slopes at a kink; null if the differences show none.</summary>
    internal (double Left, double Right)? Kink(double analytic)
    {
        double gap = Jump(_reach.Near), scale = Math.Abs(Central(_reach.Near)) + Math.Abs(analytic);
        bool isKink = gap > 1e-3 * scale && gap > 0.3 * Jump(_reach.Wide) && Math.Abs(Jump(_reach.Middle) - gap) < 0.3 * gap;
        return isKink ? (Left(_reach.Near), Right(_reach.Near)) : null;
    }

    /// <summary>Why the differences contradict a derivative, as a fault and a sentence.</summary>
    internal (GradientFault Fault, string Explanation) Explain(double analytic)
    {
        if (Kink(analytic) is var (left, right))
            return (GradientFault.Kink, string.Create(CultureInfo.InvariantCulture,
                $"A kink: the slope is {left:G6} to the left and {right:G6} to the right. Move the point or test the convention by " +
                $"value."));

        double[] steps = [.. Enumerable.Range(2, 17).Select(i => Math.Pow(10, -i / 2.0))];
        // Step sizes that leave the domain (log of a negative number), or whose difference rounds to 0 while others do not, are skipped.
        steps = [.. steps.Where(h => double.IsFinite(Central(h)))];
        if (steps.Any(h => Central(h) != 0)) steps = [.. steps.Where(h => Central(h) != 0)];
        double[] slopes = Array.ConvertAll(steps, Central);
        if (slopes.Length < 4) return (GradientFault.LostPrecision, "No four steps give a finite difference here. Test another point.");

        // Where the slope grows without bound, no step is small enough for differences to say so.
        if (double.IsInfinity(analytic) && Math.Sign(slopes[^1]) == Math.Sign(analytic) && Math.Abs(slopes[^1]) > 4 * Math.Abs(slopes[0]))
            return (GradientFault.LostPrecision,
                "The slope grows without bound here, and the rule gives an infinite one. Test another point.");

        int best = Enumerable.Range(0, steps.Length).MinBy(i => Math.Abs(slopes[i] - analytic));
        double smallest = Math.Abs(slopes[best] - analytic);
        // Four neighbours, because rounding makes two agree by chance.
        double agreement = Enumerable.Range(0, steps.Length - 3).Min(i => slopes[i..(i + 4)].Max() - slopes[i..(i + 4)].Min());
        return agreement < 0.1 * smallest || !double.IsFinite(analytic)
            ? (GradientFault.WrongRule, "A wrong rule: differences with several steps agree with each other and not with it.")
            : (GradientFault.LostPrecision, string.Create(CultureInfo.InvariantCulture,
                $"Lost precision: the error falls to {smallest:G3} at a step of {steps[best]:G1} and rises again. Test a better " +
                $"conditioned point."));
    }
}
