using System.Numerics;
using MyTorch.Differentiation;
using MyTorch.Symbolic;

namespace MyTorch.Teaching;

/// <summary>One way to a derivative.</summary>
/// <param name="Name">The way: <c>central differences</c>, <c>reverse mode</c>.</param>
/// <param name="Formula">What it computes.</param>
/// <param name="Value">Its result; null if the way does not exist for this function.</param>
/// <param name="Error">
/// How far it is from what reverse mode computes in Float64; 0 for that itself. NaN where the function has no value.
/// </param>
/// <param name="Runs">What runs for the derivatives by all variables: <c>3 evaluations</c>.</param>
/// <param name="Operations">
/// The operations that this takes, counted on this function: those of the values, and of a pass or a sweep one for each edge.
/// </param>
public sealed record FunctionWay(string Name, string Formula, double? Value, double Error, string Runs, BigInteger Operations);

/// <summary>One rule of symbolic differentiation, applied to one part of a formula.</summary>
/// <param name="Depth">How deep the part lies in the formula, from 0.</param>
/// <param name="Rule">The name of the rule: <c>product rule</c>.</param>
/// <param name="Part">The part that is differentiated: <c>x1·x2</c>.</param>
/// <param name="Result">Its derivative, not simplified: <c>1·x2 + x1·0</c>.</param>
public sealed record SymbolicStep(int Depth, string Rule, string Part, string Result);

/// <summary>
/// Four ways to one derivative of a function: numerical, forward, reverse, symbolic. Each has its result, its error and its cost.
/// </summary>
public sealed class FunctionWays
{
    const int MostSteps = 60;

    readonly FunctionTrace _trace;
    readonly int _variable;
    readonly double _exact;

    FunctionWays(
        FunctionTrace trace, int variable, double exact, FunctionWay[] ways, double step, double before, double after,
            Expression? derivative)
    {
        (_trace, _variable, _exact) = (trace, variable, exact);
        (Ways, Step, ValueBefore, ValueAfter, Derivative) = (ways.AsReadOnly(), step, before, after, derivative);
    }

    /// <summary>The ways.</summary>
    public IReadOnlyList<FunctionWay> Ways { get; }

    /// <summary>The step h of the differences.</summary>
    public double Step { get; }

    /// <summary>f(x − h) of the central difference, in the chosen type.</summary>
    public double ValueBefore { get; }

    /// <summary>f(x + h), in the chosen type.</summary>
    public double ValueAfter { get; }

    /// <summary>The derivative as a formula, not simplified; null if an operation has none.</summary>
    public Expression? Derivative { get; }

    /// <summary>Takes the derivative of a function by a variable in every way.</summary>
    /// <param name="trace">The function at a point. Of several results the sum is differentiated, each times its adjoint.</param>
    /// <param name="variable">The index of the variable.</param>
    /// <param name="step">The step h of the differences, greater than 0.</param>
    /// <param name="dtype">The type in which the differences are computed, Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such variable, or the step is not greater than 0.</exception>
    public static FunctionWays Of(FunctionTrace trace, int variable, double step, DType dtype)
    {
        ArgumentNullException.ThrowIfNull(trace);
        FunctionText f = trace.Function;
        if ((uint)variable >= f.Variables.Count)
            throw Invalid.OutOfRange(nameof(variable), $"FunctionWays: variable {variable} of {f.Variables.Count}; the first is 0.");
        RequireStep(step);
        dtype.RequireFloat(nameof(FunctionWays));

        double[] at = PointOf(trace);
        double exact = ExactOf(trace, variable);
        double[] direction = [.. at.Select((_, i) => i == variable ? 1.0 : 0)];
        FunctionTrace forward = FunctionTrace.Of(f, at, new FunctionTraceOptions { Tangents = direction, Adjoints = trace.Adjoints });
        double tangent = Total(trace, forward.OutputRows.Select(row => forward.Rows[row - 1].Tangents[0].Item()));
        int n = at.Length, operations = trace.Rows.Count - n, edges = trace.Edges.Count;
        double swept = trace.Rows[variable].Adjoint?.Item() ?? 0;
        Expression? formula = Sum(trace);
        Expression?[] partials = [.. f.Variables.Select(name => formula?.Derivative(name))];
        var values = f.Variables.Zip(at).ToDictionary(pair => pair.First, pair => pair.Second);
        double? symbolic = partials[variable]?.Evaluate(values);
        FunctionWay[] exactly =
        [
            new("forward mode", $"tangent({trace.Rows[^1].Label})", tangent, Math.Abs(tangent - exact), Times(n, "pass", "passes"),
                operations + n * edges),
            new("reverse mode", $"adj({trace.Rows[variable].Label})", swept, Math.Abs(swept - exact), "1 sweep", operations + edges),
            new("symbolic", $"∂{trace.Result}/∂{f.Variables[variable]}", symbolic,
                symbolic is { } value ? Math.Abs(value - exact) : double.NaN, Times(n, "formula"),
                symbolic is null ? 0 : Expression.CountOperations(partials.OfType<Expression>()).Total),
        ];
        return new FunctionWays(trace, variable, exact, exactly, step, 0, 0, partials[variable]).At(step, dtype);
    }

    /// <summary>The same with other differences; the other ways are not computed again.</summary>
    /// <param name="step">The step h of the differences, greater than 0.</param>
    /// <param name="dtype">The type in which they are computed, Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is not greater than 0.</exception>
    public FunctionWays At(double step, DType dtype)
    {
        RequireStep(step);
        dtype.RequireFloat(nameof(FunctionWays));
        double at = PointOf(_trace)[_variable];
        Func<Tensor, Tensor> alone = Alone(_trace, _variable);
        Tensor x = Tensor.From(at, dtype);
        int n = _trace.Function.Variables.Count, operations = _trace.Rows.Count - n;
        double oneSided = Numerical.Gradient(alone, x, Difference.OneSided, step).Item();
        double central = Numerical.Gradient(alone, x, Difference.Central, step).Item();
        double before = Numerical.Evaluate(alone, Tensor.From(at - step, dtype)).Item();
        double after = Numerical.Evaluate(alone, Tensor.From(at + step, dtype)).Item();
        FunctionWay[] ways =
        [
            new("one-sided difference", "(f(x + h) - f(x))/h", oneSided, Math.Abs(oneSided - _exact), Times(n + 1, "evaluation"),
                (n + 1) * operations),
            new("central difference", "(f(x + h) - f(x - h))/(2·h)", central, Math.Abs(central - _exact), Times(2 * n, "evaluation"),
                2 * n * operations),
            .. Ways.TakeLast(3),
        ];
        return new FunctionWays(_trace, _variable, _exact, ways, step, before, after, Derivative);
    }

    internal static void RequireStep(double step)
    {
        if (!(step > 0 && double.IsFinite(step)))
            throw Invalid.Setting(nameof(step), step, "FunctionWays: the step h is a number greater than 0, for example 1e-6.");
    }

    /// <summary>
    /// The errors of both differences for steps from 1 to 10⁻¹⁵: as <see cref="Numerical.ErrorsByStep"/>, but against the derivative
    /// that was computed in Float64. Each is computed when it is asked for, so that a page can draw between them.
    /// </summary>
    /// <param name="trace">The function at a point.</param>
    /// <param name="variable">The index of the variable.</param>
    /// <param name="dtype">The type in which the differences are computed, Float32 or Float64.</param>
    public static IEnumerable<StepError> Errors(FunctionTrace trace, int variable, DType dtype)
    {
        ArgumentNullException.ThrowIfNull(trace);
        dtype.RequireFloat(nameof(FunctionWays));
        Func<Tensor, Tensor> alone = Alone(trace, variable);
        Tensor x = Tensor.From(PointOf(trace)[variable], dtype);
        double exact = ExactOf(trace, variable);
        return Enumerable.Range(0, 16).Select(digits => Math.Pow(10, -digits)).Select(step => new StepError(step,
            Math.Abs(Numerical.Gradient(alone, x, Difference.OneSided, step).Item() - exact),
            Math.Abs(Numerical.Gradient(alone, x, Difference.Central, step).Item() - exact)));
    }

    internal static double[] PointOf(FunctionTrace trace) =>
        [.. trace.Rows.Take(trace.Function.Variables.Count).Select(row => row.Value.Item())];

    // Where the function has no value, a rule may still give a number, which is no derivative.
    internal static double ExactOf(FunctionTrace trace, int variable) =>
        trace.OutputRows.Zip(trace.Adjoints).All(one => one.Second == 0 || double.IsFinite(trace.Rows[one.First - 1].Value.Item()))
            ? trace.Right.Rows[variable].Adjoint?.Item() ?? 0
            : double.NaN;

    // The function of one variable alone, as the differences take it.
    internal static Func<Tensor, Tensor> Alone(FunctionTrace trace, int variable)
    {
        double[] at = PointOf(trace);
        return one =>
        {
            IReadOnlyList<Tensor> outputs = trace.Function.Run(
                [.. at.Select((value, i) => i == variable ? one : Tensor.From(value, one.DType))]);
            return outputs.Count == 1 && trace.Adjoints[0] == 1
                ? outputs[0]
                : outputs.Select((output, i) => trace.Adjoints[i] * output).Aggregate((a, b) => a + b);
        };
    }

    static double Total(FunctionTrace trace, IEnumerable<double> outputs) =>
        outputs.Zip(trace.Adjoints, (output, seed) => output * seed).Sum();

    static Expression? Sum(FunctionTrace trace)
    {
        Expression? sum = null;
        for (int i = 0; i < trace.OutputRows.Count; i++)
        {
            if (trace.Formula(trace.OutputRows[i]) is not { } output) return null;
            if (trace.Adjoints[i] != 1) output = trace.Adjoints[i] * output;
            sum = sum is null ? output : sum + output;
        }
        return sum;
    }

    static string Times(int count, string one, string? many = null) => $"{Notation.Number(count)} {(count == 1 ? one : many ?? one + "s")}";

    /// <summary>
    /// The rules that symbolic differentiation applies, from the whole formula to its parts. After sixty steps the rest is left out.
    /// </summary>
    /// <param name="trace">The function.</param>
    /// <param name="variable">The index of the variable.</param>
    /// <returns>The steps; none if an operation has no derivative in symbols.</returns>
    public static IReadOnlyList<SymbolicStep> Rules(FunctionTrace trace, int variable)
    {
        ArgumentNullException.ThrowIfNull(trace);
        var steps = new List<SymbolicStep>();
        if (Sum(trace) is { } formula) Add(formula, 0);
        return steps.AsReadOnly();

        void Add(Expression part, int depth)
        {
            if (steps.Count >= MostSteps) return;
            string name = trace.Function.Variables[variable], rule = RuleOf(part, name);
            steps.Add(new SymbolicStep(depth, rule, part.ToString(), part.Derivative(name).ToString()));
            if (rule is "constant" or "variable") return;
            if (part.Left is { } left) Add(left, depth + 1);
            bool hasFixedExponent = part.Is == Expression.Kind.Power && part.Right!.Is == Expression.Kind.Constant;
            if (part.Right is { } right && !hasFixedExponent) Add(right, depth + 1);
        }
    }

    static string RuleOf(Expression part, string variable) => part.Is switch
    {
        Expression.Kind.Constant => "constant",
        Expression.Kind.Variable => part.Name == variable ? "variable" : "constant",
        Expression.Kind.Add => "sum rule",
        Expression.Kind.Subtract or Expression.Kind.Negate => "difference rule",
        Expression.Kind.Multiply => "product rule",
        Expression.Kind.Divide or Expression.Kind.Reciprocal => "quotient rule",
        Expression.Kind.Power or Expression.Kind.Square => "power rule, chain rule",
        _ => "chain rule",
    };
}
