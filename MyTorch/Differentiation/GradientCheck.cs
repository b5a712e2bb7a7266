using System.Globalization;

namespace MyTorch.Differentiation;

/// <summary>Which derivatives are checked.</summary>
public enum GradientCheckMode
{
    /// <summary>First derivatives in reverse mode: the rules in <see cref="Operation.Backward"/>.</summary>
    Reverse,

    /// <summary>First derivatives in forward mode: the rules in <see cref="Operation.Tangent"/>.</summary>
    Forward,

    /// <summary>Second derivatives: the derivatives of the rules.</summary>
    Second,
}

/// <summary>The first element of a derivative that differs from central differences.</summary>
public sealed class GradientCheckException : InvalidOperationException
{
    internal GradientCheckException(
        GradientFault fault, GradientCheckMode mode, int input, IReadOnlyList<int> index, double analytic, double numeric,
            string explanation)
        : base(string.Create(CultureInfo.InvariantCulture,
            $"GradientCheck, {Words(mode)}: input {input}, index [{string.Join(", ", index)}]: the rule gives {analytic:R}, " +
            $"differences give {numeric:R}. {explanation}"))
    {
        (Fault, Mode, Input, Index, Analytic, Numeric) = (fault, mode, input, new ReadOnlyArray<int>([.. index]), analytic, numeric);
    }

    /// <summary>The cause: a wrong rule, a kink at this point, or lost precision.</summary>
    public GradientFault Fault { get; }

    /// <summary>The derivative that failed.</summary>
    public GradientCheckMode Mode { get; }

    /// <summary>The index of the input among the inputs passed.</summary>
    public int Input { get; }

    /// <summary>The index of the element in the input, one number per dimension.</summary>
    public IReadOnlyList<int> Index { get; }

    /// <summary>The derivative of the weighted sum of the results by the rules (see <see cref="GradientCheck"/>).</summary>
    public double Analytic { get; }

    /// <summary>The same derivative by central differences.</summary>
    public double Numeric { get; }

    static string Words(GradientCheckMode mode) => mode switch
    {
        GradientCheckMode.Reverse => "reverse mode",
        GradientCheckMode.Forward => "forward mode",
        _ => "second derivatives",
    };
}

/// <summary>
/// Compares the derivatives of a function with central differences at every element of every input, and throws at the first difference.
/// </summary>
/// <remarks>
/// The inputs must be Float64, because differences are too inexact in Float32. Inputs that require a gradient are checked, or all inputs if
/// none does. The results are weighted with random numbers between 0.5 and 1.5 of either sign and summed: so errors do not cancel, and the
/// sum of a softmax, whose gradient is 0, is not checked instead of its elements. The relative tolerance is 10⁻⁶.
/// </remarks>
public static class GradientCheck
{
    const double Step = 1e-6;
    const double RelativeTolerance = 1e-6;

    /// <summary>The reverse mode that is checked: the library's, or a replacement in tests.</summary>
    internal delegate Tensor?[] ReverseMode(
        Autograd autograd, Tensor output, IReadOnlyList<Tensor> inputs, Tensor? gradient, bool createGraph);

    static readonly ReverseMode s_library = (autograd, output, inputs, gradient, createGraph) =>
        autograd.Gradients(output, inputs, gradient, createGraph);

    /// <summary>Checks first derivatives in reverse and in forward mode, then second derivatives.</summary>
    /// <param name="f">Any function.</param>
    /// <param name="x">The point at which it is checked, Float64.</param>
    /// <param name="seed">The seed of the random weights.</param>
    /// <exception cref="GradientCheckException">A derivative is wrong, or cannot be checked at this point.</exception>
    /// <exception cref="ArgumentException">The input or the result is not Float64.</exception>
    public static void Verify(Func<Tensor, Tensor> f, Tensor x, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(f);
        VerifyMany(xs => f(xs[0]), [x], seed);
    }

    /// <summary>
    /// Checks first derivatives in reverse and in forward mode, then second derivatives, of a function of several tensors.
    /// </summary>
    /// <param name="f">Any function; it must use the tensors it is passed, which are copies of the inputs.</param>
    /// <param name="inputs">The point at which it is checked. Int64 and Bool tensors are passed to f unchanged.</param>
    /// <param name="seed">The seed of the random weights.</param>
    /// <exception cref="GradientCheckException">A derivative is wrong, or cannot be checked at this point.</exception>
    /// <exception cref="ArgumentException">An input or the result is not Float64, or there is no input to check.</exception>
    public static void VerifyMany(Func<IReadOnlyList<Tensor>, Tensor> f, IReadOnlyList<Tensor> inputs, int seed = 1)
    {
        foreach (GradientCheckMode mode in Enum.GetValues<GradientCheckMode>()) VerifyMany(f, inputs, mode, seed);
    }

    /// <summary>Checks one kind of derivatives.</summary>
    /// <inheritdoc cref="VerifyMany(Func{IReadOnlyList{Tensor}, Tensor}, IReadOnlyList{Tensor}, int)" path="/exception"/>
    /// <param name="f">Any function; it must use the tensors it is passed, which are copies of the inputs.</param>
    /// <param name="inputs">The point at which it is checked.</param>
    /// <param name="mode">Which derivatives are checked.</param>
    /// <param name="seed">The seed of the random weights.</param>
    public static void VerifyMany(
        Func<IReadOnlyList<Tensor>, Tensor> f, IReadOnlyList<Tensor> inputs, GradientCheckMode mode, int seed = 1) =>
        VerifyMany(f, inputs, mode, seed, s_library);

    internal static void VerifyMany(
        Func<IReadOnlyList<Tensor>, Tensor> f, IReadOnlyList<Tensor> inputs, GradientCheckMode mode, int seed, ReverseMode reverse)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(inputs);
        bool all = !inputs.Any(input => input.RequiresGrad);
        int[] positions = [.. Enumerable.Range(0, inputs.Count).Where(k => inputs[k].RequiresGrad || (all && inputs[k].DType.IsFloat()))];
        if (positions.Length == 0)
            throw new ArgumentException("GradientCheck: there is no input to check; pass at least one Float64 tensor.", nameof(inputs));
        foreach (int k in positions)
            if (inputs[k].DType != DType.Float64)
                throw new ArgumentException(
                    $"GradientCheck: input {k} is {inputs[k].Describe()}; differences are exact enough only in Float64: pass it " +
                    $".To(DType.Float64).",
                    nameof(inputs));

        var point = new Point(f, inputs, positions);
        Tensor y = point.Value();
        if (y.DType != DType.Float64)
            throw new ArgumentException(
                $"GradientCheck: the result is {y.Describe()}; it must be Float64, so the tensors that the function creates must be " +
                $"Float64 too.", nameof(f));
        Tensor upstream = RandomLike(y, seed);
        switch (mode)
        {
            case GradientCheckMode.Reverse:
                point.Compare(mode, at => f(at).ToArray(), upstream.ToArray(), y, () => Reverse(point, upstream, reverse));
                break;
            case GradientCheckMode.Forward:
                point.Compare(mode, at => f(at).ToArray(), upstream.ToArray(), y, () => Forward(point, upstream));
                break;
            default:
                CompareSecond(point, upstream, seed, reverse);
                break;
        }
    }

    /// <summary>A Float64 tensor of the same shape with values between 0.5 and 1.5, of either sign.</summary>
    internal static Tensor RandomLike(Tensor tensor, int seed)
    {
        var random = new Generator(seed);
        double[] values = [.. Enumerable.Range(0, tensor.ElementCount).Select(
            _ => (0.5 + random.NextDouble()) * (random.Next(2) == 0 ? 1 : -1))];
        return Tensor.From(values, tensor.Shape, DType.Float64);
    }

    static Tensor?[] Reverse(Point point, Tensor upstream, ReverseMode reverse)
    {
        using var autograd = new Autograd();
        (Tensor y, Tensor[] variables) = point.Record();
        return Recorded(autograd, y, variables)
            ? reverse(autograd, y, variables, upstream, createGraph: false)
            : new Tensor?[variables.Length];
    }

    // A result that this scope did not record does not depend on the variables.
    static bool Recorded(Autograd autograd, Tensor y, Tensor[] variables) =>
        autograd.Recorded(y) || variables.Contains(y, ReferenceEqualityComparer.Instance);

    // One recording, and one forward-mode pass per element: the column J·e, weighted.
    static Tensor?[] Forward(Point point, Tensor upstream)
    {
        using var autograd = new Autograd();
        (Tensor y, Tensor[] variables) = point.Record();
        using (Autograd.Pause())
            return [.. variables.Select(
                variable => Tensor.From([.. Units(variable).Select(unit => Weighted(variable, unit))], variable.Shape, DType.Float64))];

        double Weighted(Tensor variable, Tensor unit) =>
            ForwardMode.Run(autograd, new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [variable] = unit }).Of(
                y) is { } tangent
                ? (tangent * upstream).Sum().Item()
                : 0;
    }

    static IEnumerable<Tensor> Units(Tensor like)
    {
        for (int i = 0; i < like.ElementCount; i++)
        {
            double[] unit = new double[like.ElementCount];
            unit[i] = 1;
            yield return Tensor.From(unit, like.Shape, DType.Float64);
        }
    }

    /// <summary>
    /// Compares the gradient of Σ v·(df/dx) with differences of first gradients that were computed without recording. If the first
    /// derivative does not depend on the inputs, its differences must be 0.
    /// </summary>
    static void CompareSecond(Point point, Tensor upstream, int seed, ReverseMode reverse)
    {
        Tensor[] directions = [.. point.Positions.Select((k, i) => RandomLike(point.Inputs[k], seed + 2 + i))];
        double[] weights = [.. directions.SelectMany(v => v.ToArray())];
        point.Compare(GradientCheckMode.Second, Slopes, weights, Tensor.From(Slopes(point.Inputs), DType.Float64), Curvature);

        double[] Slopes(IReadOnlyList<Tensor> at)
        {
            Tensor?[] first = Reverse(point.MovedTo(at), upstream, reverse);
            return [.. first.SelectMany((g, i) => g?.ToArray() ?? new double[directions[i].ElementCount])];
        }

        Tensor?[] Curvature()
        {
            using var autograd = new Autograd();
            (Tensor y, Tensor[] variables) = point.Record();
            if (!Recorded(autograd, y, variables)) return new Tensor?[variables.Length];
            Tensor?[] first = reverse(autograd, y, variables, upstream, createGraph: true);
            Tensor? total = null;
            for (int k = 0; k < variables.Length; k++)
                if (first[k] is { RequiresGrad: true } g)
                    total = total is null ? (g * directions[k]).Sum() : total + (g * directions[k]).Sum();
            return total is null ? new Tensor?[variables.Length] : reverse(autograd, total, variables, null, createGraph: false);
        }
    }

    /// <summary>A function at its inputs, and the inputs that are checked.</summary>
    sealed class Point(Func<IReadOnlyList<Tensor>, Tensor> f, IReadOnlyList<Tensor> inputs, int[] positions)
    {
        internal IReadOnlyList<Tensor> Inputs => inputs;

        internal int[] Positions => positions;

        internal Point MovedTo(IReadOnlyList<Tensor> at) => new(f, at, positions);

        internal Tensor Value()
        {
            using (Autograd.Pause()) return f(inputs);
        }

        /// <summary>Records the function at new leaves in the open scope.</summary>
        internal (Tensor Value, Tensor[] Variables) Record()
        {
            Tensor[] at = [.. inputs.Select((input, k) => input.DetachedLeaf(requiresGrad: positions.Contains(k)))];
            return (f(at), [.. positions.Select(k => at[k])]);
        }

        internal void Compare(
            GradientCheckMode mode, Func<IReadOnlyList<Tensor>, double[]> values, double[] weights, Tensor value,
                Func<Tensor?[]> derivative)
        {
            Tensor?[] gradients = derivative();
            // The tolerance includes the rounding error of the values, which the differences divide by the step.
            double absolute = 1e-9 * (1 + Math.Sqrt(value.ToArray().Zip(weights, (v, w) => v * v * w * w).Where(double.IsFinite).Sum()));
            for (int i = 0; i < positions.Length; i++)
            {
                Tensor input = inputs[positions[i]];
                if (gradients[i] is { } given && given.Shape != input.Shape)
                    throw new InvalidOperationException(
                        $"GradientCheck: the gradient of input {positions[i]} has shape {given.Shape}, the input {input.Shape}.");
                double[] gradient = gradients[i]?.ToArray() ?? new double[input.ElementCount];
                for (int element = 0; element < gradient.Length; element++)
                {
                    var line = new Line(h => Quietly(() => values(Moved(positions[i], element, h))), weights);
                    double analytic = gradient[element], numeric = line.Central(Step);
                    double error = Math.Abs(analytic - numeric);
                    if (error <= RelativeTolerance * Math.Max(Math.Abs(analytic), Math.Abs(numeric)) + absolute) continue;
                    (GradientFault fault, string explanation) = line.Explain(analytic);
                    throw new GradientCheckException(
                        fault, mode, positions[i], input.Shape.IndexOf(element), analytic, numeric, explanation);
                }
            }
        }

        Tensor[] Moved(int which, int element, double h)
        {
            double[] values = inputs[which].ToArray();
            values[element] += h;
            Tensor moved = Tensor.From(values, inputs[which].Shape, DType.Float64);
            return [.. inputs.Select((input, k) => k == which ? moved : input)];
        }

        // A second-order check opens another scope inside, which records although this one is paused.
        static double[] Quietly(Func<double[]> run)
        {
            using (Autograd.Pause()) return run();
        }
    }
}
