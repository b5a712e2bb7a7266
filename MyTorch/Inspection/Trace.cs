using System.Globalization;
using System.Text;
using MyTorch.Differentiation;
using MyTorch.Operations;

namespace MyTorch.Inspection;

/// <summary>
/// The table of a function at a point, a row for each value: how it was computed, its value, its tangents (forward mode) and its adjoint
/// (reverse mode), in numbers and as a formula, with the partial adjoints that were summed.
/// <code>
/// Console.WriteLine(Trace.Of(x => x[0].Log() + x[0] * x[1], [2, 5]));
/// </code>
/// </summary>
/// <remarks>
/// Values are named v1, v2, …, inputs first, then results in recorded order; operations, drawings and steps print the same names.
/// Everything is read from the tape: tangents come from <see cref="ForwardMode"/>, adjoints from the sweep that
/// <see cref="Autograd.Backward"/> runs. No <see cref="Tensor.Grad"/> is changed.
/// </remarks>
public sealed class Trace
{
    const int MostTangentsUnasked = 4;
    const int WidestCell = 120;
    const int Edge = 50;

    Trace(IReadOnlyList<TraceRow> rows, IReadOnlyList<TraceConstant> constants, IReadOnlyList<string> directions)
    {
        Rows = rows;
        Constants = constants;
        Directions = directions;
    }

    /// <summary>The values, inputs first, then results in recorded order; the last row is the output.</summary>
    public IReadOnlyList<TraceRow> Rows { get; }

    /// <summary>
    /// The tensors c1, c2, … that take part but are not differentiated. Single numbers stand in the expressions themselves.
    /// </summary>
    public IReadOnlyList<TraceConstant> Constants { get; }

    /// <summary>
    /// The headings of the tangents in <see cref="TraceRow.Tangents"/>: <c>∂/∂v1</c>, or <c>direction 2</c> for another direction.
    /// </summary>
    public IReadOnlyList<string> Directions { get; }

    /// <summary>Runs a function on copies of the inputs and traces it.</summary>
    /// <param name="f">The function; its result depends on an input.</param>
    /// <param name="inputs">Where it is traced: v1, v2, … in this order.</param>
    /// <param name="directions">
    /// For each column of tangents, the direction of every input, of the input's shape. By default one column ∂/∂vᵢ for each input that is
    /// a single number, if those are at most four.
    /// </param>
    /// <param name="gradient">The adjoint of the result, of its shape. May be omitted for a scalar, where it is 1.</param>
    /// <exception cref="InvalidOperationException">The result depends on no input, or is not a scalar and no gradient is given.</exception>
    /// <exception cref="ArgumentException">
    /// A direction or the gradient has another shape or type than its tensor, or a direction lacks inputs.
    /// </exception>
    public static Trace Of(
        Func<IReadOnlyList<Tensor>, Tensor> f, IReadOnlyList<Tensor> inputs, IReadOnlyList<IReadOnlyList<Tensor>>? directions = null,
        Tensor? gradient = null)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(inputs);
        // Paused, so that scopes that are already open record nothing of the trace.
        using PauseScope pause = Autograd.Pause();
        using var autograd = new Autograd();
        Tensor[] variables = [.. inputs.Select(input => input.DetachedLeaf(requiresGrad: input.DType.IsFloat()))];
        ValueNames.Declare(autograd.Tape, variables);
        Tensor output = f(variables);
        if (variables.Any(variable => ReferenceEquals(variable, output))) output = new Identity(output).Apply();
        return Of(autograd, output, variables, directions?.Select(direction => Seeds(variables, direction)).ToArray(), gradient);
    }

    /// <summary>Traces what a scope has recorded, up to the output.</summary>
    /// <param name="autograd">An open scope of this thread.</param>
    /// <param name="output">A result recorded in it.</param>
    /// <param name="seeds">
    /// For each column of tangents the directions in which inputs change, as for <see cref="ForwardMode.Run"/>. By default one column ∂/∂vᵢ
    /// for each input that is a single number, if those are at most four.
    /// </param>
    /// <param name="gradient">The adjoint of the output, of its shape. May be omitted for a scalar, where it is 1.</param>
    /// <exception cref="InvalidOperationException">
    /// The scope has ended or belongs to another thread; the output was not recorded in it, or is not a scalar and no gradient is given;
    /// or a tensor was changed after it was recorded.
    /// </exception>
    /// <exception cref="ArgumentException">A direction or the gradient has another shape or type than its tensor.</exception>
    public static Trace Of(
        Autograd autograd, Tensor output, IReadOnlyList<IReadOnlyDictionary<Tensor, Tensor>>? seeds = null, Tensor? gradient = null)
    {
        ArgumentNullException.ThrowIfNull(autograd);
        return Of(autograd, output, [], seeds, gradient);
    }

    static Trace Of(
        Autograd autograd, Tensor output, Tensor[] first, IReadOnlyList<IReadOnlyDictionary<Tensor, Tensor>>? seeds, Tensor? gradient)
    {
        ObservedAdjoints adjoints = ObservedAdjoints.Begin(autograd, output, gradient);
        return Of(autograd, adjoints, first, seeds,
            new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [output] = adjoints.Seed });
    }

    /// <summary>Traces a sweep that has begun, up to its last output.</summary>
    /// <param name="autograd">The scope.</param>
    /// <param name="adjoints">The sweep, before its first operation.</param>
    /// <param name="first">The inputs that come first.</param>
    /// <param name="seeds">The directions of the tangents, as above.</param>
    /// <param name="outputs">The adjoints from which the sweep starts.</param>
    internal static Trace Of(
        Autograd autograd, ObservedAdjoints adjoints, Tensor[] first, IReadOnlyList<IReadOnlyDictionary<Tensor, Tensor>>? seeds,
        Dictionary<Tensor, Tensor> outputs)
    {
        var formulas = new Formulas(autograd, adjoints.Output, first);
        seeds ??= EachScalar(formulas.Inputs);

        ForwardMode[] passes;
        using (Autograd.Pause()) passes = [.. seeds.Select(seed => ForwardMode.Run(autograd, seed))];

        int count = formulas.Inputs.Count + formulas.Operations.Count;
        var sums = new Tensor?[count];
        var partials = new List<PartialAdjoint>?[count];
        foreach ((Tensor output, Tensor seed) in outputs) sums[formulas[output] - 1] = seed;
        foreach (Visit visit in adjoints.Walk())
            foreach (Contribution contribution in visit.Contributions)
            {
                PartialAdjoint partial = Stepper.Describe(contribution, formulas);
                (partials[partial.Input - 1] ??= []).Add(partial);
                sums[partial.Input - 1] = partial.Sum;
            }

        var rows = new List<TraceRow>(count);
        foreach (Tensor input in formulas.Inputs) rows.Add(Row(input, null));
        foreach (Operation operation in formulas.Operations) rows.Add(Row(operation.Output, operation));
        return new Trace(rows.AsReadOnly(), [.. formulas.Constants.Select(c => new TraceConstant(formulas.Label(c), c.Name, c))],
            [.. seeds.Select((seed, i) => Heading(seed, i, formulas))]);

        TraceRow Row(Tensor value, Operation? operation)
        {
            int i = rows.Count;
            return new TraceRow
            {
                Index = i + 1,
                Label = formulas.Label(value),
                Name = value.Name,
                Operation = operation?.Name,
                Recorded = operation,
                Source = operation?.Source,
                Expression = operation is null ? Notation.Shown(value.Name ?? "input") : formulas.ValueText(operation),
                Inputs = operation is null ? [] : [.. operation.Inputs.Where(formulas.Contains).Select(input => formulas[input])],
                Value = value,
                Tangents = [.. passes.Select(pass => Stepper.TangentOf(pass, value))],
                TangentFormula = operation is null ? "" : formulas.TangentText(operation),
                Adjoint = sums[i],
                Partials = partials[i]?.AsReadOnly() ?? (IReadOnlyList<PartialAdjoint>)[],
            };
        }
    }

    static Dictionary<Tensor, Tensor> Seeds(Tensor[] variables, IReadOnlyList<Tensor> direction)
    {
        if (direction.Count != variables.Length)
            throw new ArgumentException(
                $"Trace: a direction holds {direction.Count} tensors for {variables.Length} inputs; give one for each input, zeros " +
                $"where it does not change.", nameof(direction));
        var seeds = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < variables.Length; i++) seeds.Add(variables[i], direction[i]);
        return seeds;
    }

    static Dictionary<Tensor, Tensor>[] EachScalar(IReadOnlyList<Tensor> inputs)
    {
        Tensor[] scalars = [.. inputs.Where(input => input.ElementCount == 1 && input.DType.IsFloat())];
        return scalars.Length > MostTangentsUnasked ? [] : Array.ConvertAll(scalars, scalar =>
            new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [scalar] = Tensor.OnesLike(scalar) });
    }

    // A direction that moves one number by 1 is the derivative with respect to it.
    static string Heading(IReadOnlyDictionary<Tensor, Tensor> seed, int index, Formulas formulas)
    {
        Tensor[] moving = [.. seed.Where(pair => pair.Value.ToArray().Any(v => v != 0)).Select(pair => pair.Key)];
        return moving is [{ ElementCount: 1 } only] && seed[only].ValueAt(0) == 1 && formulas.Contains(only)
            ? $"∂/∂{formulas.Label(only)}"
            : $"direction {Notation.Number(index + 1)}";
    }

    /// <summary>
    /// The table with aligned columns, in the plain form, <c>adj(v2)</c>. A long trace shows its first and last fifty rows.
    /// </summary>
    public override string ToString() => ToText();

    /// <summary>The table with aligned columns. Tensors show shape and norm; very long formulas are cut.</summary>
    /// <param name="pretty">Whether to write v̄₂ for <c>adj(v2)</c>, which needs a font with combining marks.</param>
    /// <param name="all">
    /// Whether to write every row. Otherwise a long trace shows its first and last fifty rows, and the numbers of the omitted ones.
    /// </param>
    public string ToText(bool pretty = false, bool all = false)
    {
        var text = new StringBuilder(Table(pretty, all).ToText());
        foreach (string line in ConstantLines(pretty)) text.Append(line).Append('\n');
        return text.ToString(0, text.Length - 1);
    }

    /// <summary>The table in Markdown.</summary>
    /// <param name="pretty">Whether to write v̄₂ for <c>adj(v2)</c>.</param>
    /// <param name="all">Whether to write every row, as for <see cref="ToText"/>.</param>
    public string ToMarkdown(bool pretty = false, bool all = false)
    {
        var text = new StringBuilder(Table(pretty, all).ToMarkdown());
        foreach (string line in ConstantLines(pretty)) text.Append('\n').Append(line).Append('\n');
        return text.ToString(0, text.Length - 1);
    }

    // All rows, or the first and the last Edge of them with a sentence between.
    TextTable Table(bool pretty, bool all)
    {
        bool named = Rows.Any(row => row.Name is not null && row.Operation is not null);
        var table = new TextTable(Written(
            "index", "name", "expression", "inputs", "value", [.. Directions.Select(direction => $"tangent {direction}")],
            "adjoint", "adjoint's formula", "partial adjoints"))
        {
            ShowsEmptyColumns = true,
        };
        bool whole = all || Rows.Count <= 2 * Edge;
        for (int i = 0; i < Rows.Count; i++)
        {
            if (!whole && i == Edge)
            {
                i = Rows.Count - Edge;
                table.AddNote(string.Create(
                    CultureInfo.InvariantCulture,
                    $"… rows {Edge + 1} to {i} are left out: ToText(all: true) writes them, Rows holds them …"));
            }

            TraceRow row = Rows[i];
            table.Add(Written(
                Notation.Number(row.Index), Notation.Shown(row.Name ?? ""), Clip($"{row.Label} = {row.Expression}"),
                Clip(string.Join(", ", row.Inputs.Select(input => Rows[input - 1].Label))),
                Notation.Short(row.Value), [.. row.Tangents.Select(Notation.Short)],
                row.Adjoint is { } adjoint ? Notation.Short(adjoint) : "none", Clip(row.AdjointFormula), Clip(Summed(row.Partials))));
        }
        return table;

        string[] Written(
            string index, string name, string expression, string inputs, string value, string[] tangents, string adjoint, string formula,
            string partials)
        {
            string[] cells =
            [
                index, .. named ? [name] : Array.Empty<string>(), expression, inputs, value, .. tangents, adjoint, formula, partials,
            ];
            return pretty ? Array.ConvertAll(cells, Notation.Pretty) : cells;
        }
    }

    static string Summed(IReadOnlyList<PartialAdjoint> partials)
    {
        IEnumerable<string> numbers = partials.Select(partial => Notation.Short(partial.Value));
        return partials.Count == 0 || partials[0].Value.ElementCount == 1 ? Notation.Sum(numbers) : string.Join("; ", numbers);
    }

    static string Clip(string cell) => cell.Length <= WidestCell
        ? cell
        : cell.LastIndexOf(' ', WidestCell) is var end && end > 0 ? $"{cell[..end]} …" : $"{cell[..WidestCell]}…";

    IEnumerable<string> ConstantLines(bool pretty)
    {
        foreach (TraceConstant constant in Constants)
        {
            string name = constant.Name is null ? "constant" : Notation.Shown(constant.Name);
            string line = $"{constant.Label} = {name} {Notation.Short(constant.Value)}";
            yield return pretty ? Notation.Pretty(line) : line;
        }
    }
}

/// <summary>A value of a <see cref="Trace"/>.</summary>
public sealed record TraceRow
{
    /// <summary>The number of the row, counted from 1.</summary>
    public required int Index { get; init; }

    /// <summary>
    /// The name of the value on its tape, <c>v3</c>. It is the row's number, except where the scope is nested, or names were given
    /// before all inputs had been used.
    /// </summary>
    public required string Label { get; init; }

    /// <summary>The name of the tensor, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The name of the operation that computed it; null for an input.</summary>
    public string? Operation { get; init; }

    internal Operation? Recorded { get; init; }

    /// <summary>The file and line of user code that made the operation, if the scope records sources.</summary>
    public string? Source { get; init; }

    /// <summary>The right side of its equation, <c>ln v1</c>; an input's name or <c>input</c>.</summary>
    public required string Expression { get; init; }

    /// <summary>The rows of the values it was computed from, without constants.</summary>
    public required IReadOnlyList<int> Inputs { get; init; }

    /// <summary>The value.</summary>
    public required Tensor Value { get; init; }

    /// <summary>
    /// The tangent in each of the trace's <see cref="Trace.Directions"/>; zeros where the value does not depend on what changes.
    /// </summary>
    public required IReadOnlyList<Tensor> Tangents { get; init; }

    /// <summary>
    /// The tangent in symbols, for any direction: <c>tangent(v1)·v2 + tangent(v2)·v1</c>. Empty for inputs, and for operations that do
    /// not work element by element.
    /// </summary>
    public string TangentFormula { get; init; } = "";

    /// <summary>The gradient of the output with respect to this value; null if the output does not depend on it.</summary>
    public required Tensor? Adjoint { get; init; }

    /// <summary>The contributions of which the adjoint is the sum, in the order in which they arrived; none for the output.</summary>
    public required IReadOnlyList<PartialAdjoint> Partials { get; init; }

    /// <summary>The sum of the partial adjoints in symbols: <c>adj(v5)·cos v2 + adj(v4)·v1</c>. Empty where nothing was summed.</summary>
    public string AdjointFormula => Notation.Sum(Partials.Select(partial => partial.Formula));
}

/// <summary>A partial adjoint, the contribution of one user of a value to its adjoint: v̄ᵢ→ⱼ = v̄ⱼ·∂vⱼ/∂vᵢ.</summary>
/// <param name="User">The row of vⱼ, which was computed from vᵢ.</param>
/// <param name="Input">The row of vᵢ, which receives the partial adjoint.</param>
/// <param name="Formula">In symbols: <c>adj(v5)·cos v2</c>; Σ where broadcasting had repeated the value.</param>
/// <param name="Value">The number or tensor, of the receiver's shape.</param>
/// <param name="Sum">The receiver's adjoint after this and all earlier contributions.</param>
public sealed record PartialAdjoint(int User, int Input, string Formula, Tensor Value, Tensor Sum);

/// <summary>A tensor that takes part in a <see cref="Trace"/> but is not differentiated.</summary>
/// <param name="Label">How formulas call it: <c>c1</c>.</param>
/// <param name="Name">The name of the tensor, or null.</param>
/// <param name="Value">The tensor.</param>
public sealed record TraceConstant(string Label, string? Name, Tensor Value);
