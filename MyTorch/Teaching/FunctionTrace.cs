using MyTorch.Differentiation;
using MyTorch.Inspection;
using MyTorch.Symbolic;

namespace MyTorch.Teaching;

/// <summary>Settings of a <see cref="FunctionTrace"/>.</summary>
public sealed record FunctionTraceOptions
{
    /// <summary>The tangents ẋ of the variables; by default 1 for the first and 0 for the others.</summary>
    public IReadOnlyList<double>? Tangents { get; init; }

    /// <summary>The adjoints ȳ of the results, where the backward sweep starts; by default 1 for the first, 0 for the others.</summary>
    public IReadOnlyList<double>? Adjoints { get; init; }

    /// <summary>
    /// Whether partial adjoints overwrite each other instead of being added: the usual mistake of a first implementation. False by default.
    /// </summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// The order in which the operations are recorded, as for <see cref="FunctionText.Run"/>; by default null, level by level.
    /// </summary>
    public IReadOnlyList<int>? Order { get; init; }
}

/// <summary>An edge of the graph: the use of a value by an operation.</summary>
/// <param name="User">The row of the operation.</param>
/// <param name="Position">The position of the value among its operands.</param>
/// <param name="Input">The row of the value.</param>
/// <param name="Formula">The local derivative ∂user/∂input in symbols: <c>cos v2</c>.</param>
/// <param name="Local">The local derivative as a number.</param>
/// <param name="Partial">The partial adjoint that goes along the edge; null if the user has no adjoint.</param>
public sealed record FunctionEdge(int User, int Position, int Input, string Formula, double Local, PartialAdjoint? Partial);

/// <summary>
/// A <see cref="FunctionText"/> at a point, with all that a table, a drawing or a walk through its sweeps shows. Computed in Float64 by the
/// engine's own sweeps.
/// </summary>
public sealed class FunctionTrace
{
    readonly FunctionTraceOptions _options;
    readonly string[] _valueTexts, _tangentTexts;
    Expression?[]? _values, _adjoints;
    FunctionTrace? _right;
    IReadOnlyList<string>? _remarks;

    FunctionTrace(
        FunctionText function, Trace trace, FunctionTraceOptions options, int[] outputs, FunctionEdge[] edges, string[] valueTexts,
        string[] tangentTexts)
    {
        (Function, Trace, _options, OutputRows, Edges) = (function, trace, options, outputs.AsReadOnly(), edges.AsReadOnly());
        (_valueTexts, _tangentTexts) = (valueTexts, tangentTexts);
        Users = [.. trace.Rows.Select(row => (IReadOnlyList<FunctionEdge>)[.. edges.Where(edge => edge.Input == row.Index)])];
    }

    /// <summary>The function.</summary>
    public FunctionText Function { get; }

    /// <summary>The table.</summary>
    public Trace Trace { get; }

    /// <summary>Its rows: the variables, then the operations.</summary>
    public IReadOnlyList<TraceRow> Rows => Trace.Rows;

    /// <summary>The rows of the results.</summary>
    public IReadOnlyList<int> OutputRows { get; }

    /// <summary>The tangents of the variables.</summary>
    public IReadOnlyList<double> Tangents => _options.Tangents!;

    /// <summary>The adjoints of the results.</summary>
    public IReadOnlyList<double> Adjoints => _options.Adjoints!;

    /// <summary>Whether partial adjoints overwrite each other, which is wrong.</summary>
    public bool Overwrites => _options.Overwrite;

    /// <summary>The same without the mistake of <see cref="FunctionTraceOptions.Overwrite"/>: this object where it is not made.</summary>
    public FunctionTrace Right => !Overwrites
        ? this
        : _right ??= Of(Function, FunctionWays.PointOf(this), _options with { Overwrite = false });

    /// <summary>
    /// Where there is no derivative, though a rule may give a number: an operation that has no value at its operands, or one whose slopes
    /// to the left and to the right are different. A sentence for each; none almost everywhere.
    /// </summary>
    public IReadOnlyList<string> Remarks => _remarks ??= FunctionRemarks.Of(this);

    /// <summary>The order of the operations, if it is not that of the text.</summary>
    internal IReadOnlyList<int>? Order => _options.Order;

    /// <summary>The edges, by the row of the user and the position of the operand.</summary>
    public IReadOnlyList<FunctionEdge> Edges { get; }

    /// <summary>For each row, the edges to its users.</summary>
    public IReadOnlyList<IReadOnlyList<FunctionEdge>> Users { get; }

    /// <summary>The name of what is differentiated: the only result's, or L for the sum of several, each times its adjoint.</summary>
    public string Result => Function.Outputs.Count == 1 ? Function.Outputs[0] : Function.Variables.Contains("L") ? "L_" : "L";

    /// <summary>Runs a function at a point and traces it.</summary>
    /// <param name="function">The function.</param>
    /// <param name="at">A number for each of its variables.</param>
    /// <param name="options">Settings; the defaults if omitted.</param>
    /// <exception cref="ArgumentException">There is not one number and one tangent for each variable, and one adjoint for each
    /// result.</exception>
    public static FunctionTrace Of(FunctionText function, IReadOnlyList<double> at, FunctionTraceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(at);
        options ??= new FunctionTraceOptions();
        options = options with
        {
            Tangents = [.. options.Tangents ?? First(function.Variables.Count)],
            Adjoints = [.. options.Adjoints ?? First(function.Outputs.Count)],
        };
        RequireOneEach(at, function.Variables, "numbers for the variables", nameof(at));
        RequireOneEach(options.Tangents, function.Variables, "tangents for the variables", nameof(options));
        RequireOneEach(options.Adjoints, function.Outputs, "adjoints for the results", nameof(options));

        using PauseScope pause = Autograd.Pause();
        using var autograd = new Autograd();
        Tensor[] variables = [.. at.Select(Number)];
        for (int i = 0; i < variables.Length; i++) (variables[i].Name, variables[i].RequiresGrad) = (function.Variables[i], true);
        ValueNames.Declare(autograd.Tape, variables);
        IReadOnlyList<Tensor> outputs = function.Run(variables, options.Order);

        var seeds = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        var directions = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < outputs.Count; i++) seeds.Add(outputs[i], Number(options.Adjoints[i]));
        for (int i = 0; i < variables.Length; i++) directions.Add(variables[i], Number(options.Tangents[i]));
        ObservedAdjoints sweep = ObservedAdjoints.Begin(autograd, [.. seeds.Select(pair => (pair.Key, pair.Value))], options.Overwrite);
        Trace trace = Trace.Of(autograd, sweep, variables, [directions], seeds);

        var formulas = new Formulas(autograd, sweep.Output, variables);
        ForwardMode tangents;
        using (Autograd.Pause()) tangents = ForwardMode.Run(autograd, directions);
        return new FunctionTrace(function, trace, options, [.. outputs.Select(output => formulas[output])], EdgesOf(trace, formulas),
            [.. formulas.Operations.Select(operation => Stepper.ValueWords(operation, formulas))],
            [
                .. formulas.Operations.Select(operation =>
                    Stepper.TangentWords(operation, Stepper.TangentOf(tangents, operation.Output), tangents, formulas)),
            ]);
    }

    /// <summary>A number as tables and drawings show it, with four significant digits: <c>-0.2837</c>.</summary>
    public static string Shown(double value) => Notation.Short(value);

    /// <summary>Formulas and sentences with v₂, v̄₂ and v̇₂ for v2, adj(v2) and tangent(v2).</summary>
    public static string Pretty(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Notation.Pretty(text);
    }

    /// <summary>
    /// A number of the table as a question: what it is, and which usual mistake a wrong answer is. Mistakes are known where the table has
    /// its defaults, one result with the adjoint 1 and tangents ∂/∂v1, and where every operation has a formula in symbols.
    /// </summary>
    public DrillCell Question(int row, DrillColumn column)
    {
        TraceRow asked = Rows[row - 1];
        (double answer, string formula) = column switch
        {
            DrillColumn.Value => (asked.Value.Item(), asked.Expression),
            DrillColumn.Tangent => (asked.Tangents[0].Item(), asked.TangentFormula),
            _ => (asked.Adjoint?.Item() ?? 0, asked.AdjointFormula),
        };
        bool isPlain = Adjoints.SequenceEqual(First(1)) && Tangents.SequenceEqual(First(Tangents.Count)) && !Overwrites
            && Formula(OutputRows[0]) is not null && asked.Recorded is not null | column == DrillColumn.Adjoint;
        return new DrillCell(Trace, asked, column, answer, formula, isPlain);
    }

    static Tensor Number(double value) => Tensor.From(value, DType.Float64);

    static double[] First(int count) => [.. Enumerable.Range(0, count).Select(i => i == 0 ? 1.0 : 0)];

    static void RequireOneEach(IReadOnlyList<double> numbers, IReadOnlyList<string> names, string what, string parameter)
    {
        if (numbers.Count != names.Count)
            throw new ArgumentException(
                $"FunctionTrace: {Notation.Number(numbers.Count)} {what} {string.Join(", ", names)}; give one for each, in this order.",
                parameter);
    }

    static FunctionEdge[] EdgesOf(Trace trace, Formulas formulas)
    {
        var edges = new List<FunctionEdge>();
        foreach (Operation operation in formulas.Operations)
        {
            int user = formulas[operation.Output];
            string[] labels = formulas.Labels(operation);
            Tensor?[] locals = Stepper.LocalDerivatives(operation);
            var counts = new Dictionary<int, int>();
            for (int k = 0; k < labels.Length; k++)
            {
                if (!formulas.Contains(operation.InputArray[k])) continue;
                int input = formulas[operation.InputArray[k]];
                // A value used twice by one operation has two partial adjoints of it, in the order of the operands.
                int before = counts[input] = counts.GetValueOrDefault(input, -1) + 1;
                PartialAdjoint? partial = trace.Rows[input - 1].Partials.Where(one => one.User == user).Skip(before).FirstOrDefault();
                string formula = operation.DerivativeText(k, labels, formulas.Label(operation.Output)) ?? $"∂v{user}/∂v{input}";
                edges.Add(new FunctionEdge(user, k, input, formula, locals[k]?.Item() ?? 0, partial));
            }
        }
        return [.. edges];
    }

    /// <summary>How a value was computed: <c>v4 = v1·v2 = 2·5 = 10</c>; for a variable <c>v1 = x1 = 2</c>.</summary>
    public string ValueText(int row) => Rows[row - 1].Recorded is null
        ? $"{Rows[row - 1].Label} = {Rows[row - 1].Expression} = {Notation.Short(Rows[row - 1].Value)}"
        : _valueTexts[row - 1 - Function.Variables.Count];

    /// <summary>How its tangent was computed: <c>tangent(v4) = tangent(v1)·v2 + tangent(v2)·v1 = 1·5 + 0·2 = 5</c>.</summary>
    public string TangentText(int row) => Rows[row - 1].Recorded is null
        ? $"{Notation.Tangent(Rows[row - 1].Label)} = {Notation.Short(Rows[row - 1].Tangents[0])}"
        : _tangentTexts[row - 1 - Function.Variables.Count];

    /// <summary>How a partial adjoint was computed: <c>adj(v5)·cos v2 = -1·0.2837 = -0.2837</c>.</summary>
    public string PartialText(FunctionEdge edge)
    {
        ArgumentNullException.ThrowIfNull(edge);
        if (edge.Partial is not { } partial) return "";
        string result = Notation.Short(partial.Value);
        string? numbers = edge.Formula is "1" or "-1"
            ? null
            : $"{Notation.Short(Rows[edge.User - 1].Adjoint!)}·{Notation.InParenthesesIfNegative(Notation.Short(edge.Local))}";
        return Stepper.Equation("", partial.Formula, numbers, result, "");
    }

    /// <summary>The seed of a row that is a result; null for others.</summary>
    public double? SeedOf(int row)
    {
        for (int i = 0; i < OutputRows.Count; i++)
            if (OutputRows[i] == row) return Adjoints[i];
        return null;
    }

    /// <summary>The adjoint as the chain rule writes it: <c>∂y/∂v3·∂v3/∂v1 + ∂y/∂v4·∂v4/∂v1</c>. Also if partial adjoints overwrite each
    /// other, it is the true rule.</summary>
    public string ChainText(int row) => Right.Terms(row, ChainText);

    /// <summary>A term of it: <c>∂y/∂v3·∂v3/∂v1</c>.</summary>
    public string ChainText(FunctionEdge edge)
    {
        ArgumentNullException.ThrowIfNull(edge);
        return $"∂{Result}/∂v{edge.User}·∂v{edge.User}/∂v{edge.Input}";
    }

    /// <summary>Whether the partial adjoint of an edge is lost, because a later one overwrites it.</summary>
    public bool IsLost(FunctionEdge edge)
    {
        ArgumentNullException.ThrowIfNull(edge);
        return Overwrites && edge.Partial is { } partial && !ReferenceEquals(partial, LastOf(edge.Input));
    }

    // The last that the sweep brings: of the earliest user, its last operand.
    PartialAdjoint? LastOf(int row) => Users[row - 1].Where(edge => edge.Partial is not null)
        .OrderByDescending(edge => edge.User).ThenBy(edge => edge.Position).LastOrDefault()?.Partial;

    /// <summary>The adjoint by the adjoints of the users: <c>adj(v3)/v1 + adj(v4)·v2</c>.</summary>
    public string AdjointText(int row) => Terms(row, edge => edge.Partial!.Formula);

    /// <summary>The same with numbers: <c>1/2 + 1·5</c> as <c>0.5 + 5</c>, the partial adjoints.</summary>
    public string AdjointInNumbers(int row) => Terms(row, edge => Notation.Short(edge.Partial!.Value));

    /// <summary>
    /// <see cref="AdjointText"/> with a number for each symbol, the adjoint of the user first: <c>(-1)·0.2837 + 1·2</c>.
    /// </summary>
    public string AdjointPluggedIn(int row) => Terms(row, PluggedIn);

    /// <summary>A term of it: the adjoint of the user times the local derivative, <c>(-1)·0.2837</c>.</summary>
    public string PluggedIn(FunctionEdge edge)
    {
        ArgumentNullException.ThrowIfNull(edge);
        if (Rows[edge.User - 1].Adjoint is not { } upstream) return "";
        string adjoint = Notation.InParenthesesIfNegative(Notation.Short(upstream));
        return edge.Formula == "1" ? adjoint : $"{adjoint}·{Notation.InParenthesesIfNegative(Notation.Short(edge.Local))}";
    }

    // In the order in which the sweep adds them: later users first. Overwritten, the last is left.
    string Terms(int row, Func<FunctionEdge, string> term)
    {
        IEnumerable<string> terms = Users[row - 1].Where(edge => edge.Partial is not null)
            .OrderByDescending(edge => edge.User).ThenBy(edge => edge.Position).Select(term);
        if (SeedOf(row) is { } seed) terms = terms.Prepend(Notation.Short(seed));
        if (Overwrites) terms = terms.TakeLast(1);
        return terms.Any() ? Notation.Sum(terms) : "0";
    }

    /// <summary>
    /// The adjoint as a formula of the variables alone, simplified: <c>1/x1 + x2</c>. Null if an operation on the paths to the result
    /// has no derivative in symbols. Also if partial adjoints overwrite each other, it is the right one.
    /// </summary>
    public string? ExpandedText(int row)
    {
        if (_adjoints is null) Expand();
        return _adjoints![row - 1]?.Simplify().ToString();
    }

    /// <summary>The value as a formula of the variables alone: <c>ln x1 + x1·x2</c>; null if an operation has none.</summary>
    public Expression? Formula(int row)
    {
        if (_values is null) Expand();
        return _values![row - 1];
    }

    // The reverse sweep in symbols, on this graph: each adjoint is built once from those of the users.
    void Expand()
    {
        _values = new Expression?[Rows.Count];
        _adjoints = new Expression?[Rows.Count];
        var operands = new (Expression? A, Expression? B)[Rows.Count];
        for (int i = 0; i < Rows.Count; i++)
        {
            if (Rows[i].Recorded is not { } operation)
            {
                _values[i] = Expression.Variable(Function.Variables[i]);
                continue;
            }
            operands[i] = (Operand(operation.Inputs[0]), Operand(operation.Inputs[^1]));
            if (operands[i] is ({ } a, { } b)) _values[i] = Expression.Apply(operation, a, b);
        }
        var known = new bool[Rows.Count];
        Array.Fill(known, true);
        for (int row = Rows.Count; row >= 1; row--)
        {
            Expression? sum = SeedOf(row) is { } seed ? Expression.Constant(seed) : null;
            foreach (FunctionEdge edge in Users[row - 1])
            {
                if (!known[edge.User - 1]) known[row - 1] = false;
                if (_adjoints[edge.User - 1] is not { } upstream) continue;
                if (Local(edge) is not { } local) known[row - 1] = false;
                else sum = sum is null ? upstream * local : sum + upstream * local;
            }
            _adjoints[row - 1] = !known[row - 1] ? null : sum ?? Expression.Constant(0);
        }

        Expression? Operand(Tensor input)
        {
            for (int i = 0; i < Rows.Count; i++)
                if (ReferenceEquals(Rows[i].Value, input)) return _values[i];
            return Expression.Constant(input.Item());
        }

        Expression? Local(FunctionEdge edge)
        {
            (Expression? a, Expression? b) = operands[edge.User - 1];
            if (a is null || b is null) return null;
            Expression? rule = Expression.Apply(Rows[edge.User - 1].Recorded!, Expression.Variable("a"),
                // A constant exponent has a separate rule.
                b.Is == Expression.Kind.Constant ? b : Expression.Variable("b"));
            return rule?.Derivative(edge.Position == 0 ? "a" : "b").Simplify()
                .Substitute(new Dictionary<string, Expression> { ["a"] = a, ["b"] = b });
        }
    }
}
