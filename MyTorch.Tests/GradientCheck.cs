using System.Globalization;

namespace MyTorch.Tests;

/// <summary>What a failed gradient check found.</summary>
public enum GradientFault
{
    /// <summary>Finite differences agree among themselves and not with the rule.</summary>
    WrongRule,

    /// <summary>The slopes to the left and to the right differ: there is no derivative at this point.</summary>
    Kink,

    /// <summary>No step size gives differences that agree: the function loses its digits before the rule can be judged.</summary>
    LostPrecision,
}

/// <summary>The first entry of a gradient that finite differences contradict.</summary>
public sealed class GradientCheckException(
    GradientFault fault, int order, int input, int index, double analytic, double numeric, string explanation)
    : Exception(string.Create(CultureInfo.InvariantCulture,
        $"Order {order}, input {input}, index {index}: the rule gives {analytic:R}, differences give {numeric:R}. {explanation}"))
{
    public GradientFault Fault { get; } = fault;
    public int Order { get; } = order;
    public int Input { get; } = input;
    public int Index { get; } = index;
    public double Analytic { get; } = analytic;
    public double Numeric { get; } = numeric;
}

/// <summary>
/// Compares gradients with central differences at every index of every input that requires one, in Float64, with a random
/// non-uniform upstream (ones would hide a softmax whose gradient is missing). Throws; there is no result to forget.
/// </summary>
public static class GradientCheck
{
    const double Step = 1e-6;
    const double RelativeTolerance = 1e-6;

    /// <summary>Checks the first derivatives of <paramref name="f"/> at <paramref name="inputs"/>.</summary>
    public static void First(Func<Tensor[], Tensor> f, Tensor[] inputs, IBackwardEngine? engine = null, int seed = 1)
    {
        engine ??= Engines.Named(Engines.Tape);
        Tensor upstream = RandomLike(Quietly(() => f(inputs)), seed);
        Compare(1, inputs, at => Weighted(Quietly(() => f(at)), upstream), at =>
        {
            using var autograd = new Autograd();
            return engine.Gradients(autograd, f(at), Wanted(at), upstream);
        });
    }

    /// <summary>
    /// Checks the second derivatives: the gradient of Σ v·(df/dx) against differences of first gradients that were
    /// computed without recording. A first derivative that does not depend on the inputs must have differences of zero.
    /// </summary>
    public static void Second(Func<Tensor[], Tensor> f, Tensor[] inputs, IBackwardEngine? engine = null, int seed = 2)
    {
        engine ??= Engines.Named(Engines.Tape);
        Tensor upstream = RandomLike(Quietly(() => f(inputs)), seed);
        Tensor[] directions = [.. Wanted(inputs).Select((input, k) => RandomLike(input, seed + 1 + k))];
        Compare(2, inputs, Slope, Curvature);

        double Slope(Tensor[] at)
        {
            using var autograd = new Autograd();
            Tensor?[] first = engine.Gradients(autograd, f(at), Wanted(at), upstream);
            return first.Zip(directions, (g, v) => g is null ? 0 : Weighted(g, v)).Sum();
        }

        Tensor?[] Curvature(Tensor[] at)
        {
            using var autograd = new Autograd();
            Tensor[] wanted = Wanted(at);
            Tensor?[] first = engine.Gradients(autograd, f(at), wanted, upstream, createGraph: true);
            Tensor? total = null;
            for (int k = 0; k < wanted.Length; k++)
                if (first[k] is { RequiresGrad: true } g)
                    total = total is null ? (g * directions[k]).Sum() : total + (g * directions[k]).Sum();
            return total is null ? new Tensor?[wanted.Length] : engine.Gradients(autograd, total, wanted);
        }
    }

    /// <summary>A tensor of the same shape with values between 0.5 and 1.5, of either sign.</summary>
    public static Tensor RandomLike(Tensor tensor, int seed)
    {
        var random = new Random(seed);
        double[] values = [.. Enumerable.Range(0, tensor.Count).Select(_ => (0.5 + random.NextDouble()) * (random.Next(2) == 0 ? 1 : -1))];
        return Tensor.From(values, tensor.Shape, DType.Float64);
    }

    static Tensor[] Wanted(Tensor[] inputs) => [.. inputs.Where(input => input.RequiresGrad)];

    static Tensor Quietly(Func<Tensor> f)
    {
        using (Autograd.Pause()) return f();
    }

    static double Weighted(Tensor values, Tensor weights) => values.ToArray().Zip(weights.ToArray(), (a, b) => a * b).Sum();

    static void Compare(int order, Tensor[] inputs, Func<Tensor[], double> f, Func<Tensor[], Tensor?[]> derivative)
    {
        Tensor?[] gradients = derivative(inputs);
        // Rounding of f is spread over the step by the differences, so it belongs in the tolerance.
        double absolute = 1e-9 * (1 + Math.Abs(f(inputs)));
        int[] positions = [.. Enumerable.Range(0, inputs.Length).Where(k => inputs[k].RequiresGrad)];
        for (int k = 0; k < positions.Length; k++)
        {
            Tensor input = inputs[positions[k]];
            double[] gradient = gradients[k]?.ToArray() ?? new double[input.Count];
            Assert.That(gradients[k]?.Shape ?? input.Shape, Is.EqualTo(input.Shape), $"order {order}, input {positions[k]}: shape of the gradient");
            for (int index = 0; index < gradient.Length; index++)
            {
                var line = new Line(h => f(Moved(inputs, positions[k], index, h)));
                double analytic = gradient[index], numeric = line.Central(Step);
                double error = Math.Abs(analytic - numeric);
                if (error <= RelativeTolerance * Math.Max(Math.Abs(analytic), Math.Abs(numeric)) + absolute) continue;
                (GradientFault fault, string explanation) = line.Explain(analytic);
                throw new GradientCheckException(fault, order, positions[k], index, analytic, numeric, explanation);
            }
        }
    }

    static Tensor[] Moved(Tensor[] inputs, int which, int index, double h)
    {
        double[] values = inputs[which].ToArray();
        values[index] += h;
        Tensor moved = Tensor.From(values, inputs[which].Shape, DType.Float64);
        moved.RequiresGrad = true;
        return [.. inputs.Select((input, k) => k == which ? moved : input)];
    }

    /// <summary>The function along one coordinate, seen from the point: enough to tell why a check failed.</summary>
    sealed class Line(Func<double, double> f)
    {
        public double Central(double h) => (f(h) - f(-h)) / (2 * h);

        double Jump(double h) => Math.Abs((f(h) - f(0)) / h - (f(0) - f(-h)) / h);

        public (GradientFault Fault, string Explanation) Explain(double analytic)
        {
            // A smooth function's one-sided slopes differ by h·f'': a hundredth of the step, a hundredth of the gap.
            double gap = Jump(1e-5), wide = Jump(1e-3), scale = Math.Abs(Central(1e-5)) + Math.Abs(analytic);
            if (gap > 1e-3 * scale && gap > 0.3 * wide)
            {
                double left = (f(0) - f(-1e-5)) / 1e-5, right = (f(1e-5) - f(0)) / 1e-5;
                if (Math.Abs(Jump(1e-4) - gap) < 0.3 * gap)
                    return (GradientFault.Kink, string.Create(CultureInfo.InvariantCulture,
                        $"A kink: the slope is {left:G6} to the left and {right:G6} to the right. Move the point or test the convention by value."));
            }

            double[] steps = [.. Enumerable.Range(2, 17).Select(i => Math.Pow(10, -i / 2.0))];
            // Steps that leave the domain (log of a negative number), or vanish in rounding while others do not, say nothing.
            steps = [.. steps.Where(h => double.IsFinite(Central(h)))];
            if (steps.Any(h => Central(h) != 0)) steps = [.. steps.Where(h => Central(h) != 0)];
            double[] slopes = Array.ConvertAll(steps, Central);
            if (slopes.Length < 4) return (GradientFault.LostPrecision, "No four step sizes give a finite difference here. Test another point.");

            int best = Enumerable.Range(0, steps.Length).MinBy(i => Math.Abs(slopes[i] - analytic));
            double smallest = Math.Abs(slopes[best] - analytic);
            // Four neighbours, because rounding makes two agree by chance.
            double agreement = Enumerable.Range(0, steps.Length - 3).Min(i => slopes[i..(i + 4)].Max() - slopes[i..(i + 4)].Min());
            return agreement < 0.1 * smallest
                ? (GradientFault.WrongRule, "A wrong rule: differences of several step sizes agree with each other and not with it.")
                : (GradientFault.LostPrecision, string.Create(CultureInfo.InvariantCulture,
                    $"Lost precision: the error falls to {smallest:G3} at a step of {steps[best]:G1} and rises again. Test a better conditioned point."));
        }
    }
}
