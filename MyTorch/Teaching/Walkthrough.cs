using System.Text;
using MyTorch.Inspection;

namespace MyTorch.Teaching;

/// <summary>A sweep over the graph of a function.</summary>
public enum Sweep
{
    /// <summary>The values, inputs first.</summary>
    Values,

    /// <summary>The tangents, in the same order: forward mode.</summary>
    Tangents,

    /// <summary>The adjoints, from the result to the inputs: reverse mode.</summary>
    Adjoints,
}

/// <summary>One step of a <see cref="Walkthrough"/>.</summary>
/// <param name="Line">The line of the listing that is executed, from 0.</param>
/// <param name="Row">The row whose turn it is; 0 at the start and at the end.</param>
/// <param name="Edge">The edge along which a partial adjoint goes; null in other steps.</param>
/// <param name="Text">What is computed, in words and numbers, in the plain notation: <c>adj(v2)</c>.</param>
public sealed record WalkthroughStep(int Line, int Row, FunctionEdge? Edge, string Text);

/// <summary>
/// A sweep step by step: which line of the algorithm is executed, on which value, and what <c>node_to_grad</c> holds afterwards.
/// <code>
/// Walkthrough walk = Walkthrough.Of(FunctionTrace.Of(f, [2, 5]), Sweep.Adjoints);
/// for (int i = 0; i &lt; walk.Steps.Count; i++) Console.WriteLine(walk.ToText(i));
/// </code>
/// </summary>
public sealed class Walkthrough
{
    static readonly string[]
        s_values =
        [
            "v[i] = x[i] for every input",
            "for i in topo_order(out):",
            "    v[i] = operation_i(v[k] for k in inputs(i))",
            "return v[out]",
        ],
        s_tangents =
        [
            "dot[i] = seed[i] for every input",
            "for i in topo_order(out):",
            "    dot[i] = sum(dot[k] * ∂v_i/∂v_k for k in inputs(i))",
            "return dot[out]",
        ],
        s_adjoints =
        [
            "node_to_grad = {out: [1]}",
            "for i in reverse_topo_order(out):",
            "    adj[i] = sum(node_to_grad[i])",
            "    for k in inputs(i):",
            "        partial = adj[i] * ∂v_i/∂v_k",
            "        node_to_grad[k].append(partial)",
            "return adj of the inputs",
        ];

    const string Overwriting = "        node_to_grad[k] = [partial]        # wrong";

    readonly FunctionTrace _trace;
    // By row, and by edge: the step that makes its number known.
    readonly int[] _known;
    readonly Dictionary<FunctionEdge, int> _arrives = new(ReferenceEqualityComparer.Instance);

    Walkthrough(FunctionTrace trace, Sweep sweep, string[] listing)
    {
        (_trace, Sweep, Listing) = (trace, sweep, listing.AsReadOnly());
        Steps = [.. sweep == Sweep.Adjoints ? Backward() : Forward()];
        _known = new int[trace.Rows.Count];
        for (int i = 0; i < Steps.Count; i++)
            if (Steps[i].Edge is { } edge) _arrives.Add(edge, i);
            else if (Steps[i].Row > 0) _known[Steps[i].Row - 1] = i;
    }

    /// <summary>Which sweep it is.</summary>
    public Sweep Sweep { get; }

    /// <summary>The algorithm, line by line.</summary>
    public IReadOnlyList<string> Listing { get; }

    /// <summary>The steps, the first of which prepares the sweep and the last of which returns its result.</summary>
    public IReadOnlyList<WalkthroughStep> Steps { get; }

    /// <summary>The steps of a sweep.</summary>
    public static Walkthrough Of(FunctionTrace trace, Sweep sweep)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return new Walkthrough(trace, sweep, sweep switch
        {
            Sweep.Values => s_values,
            Sweep.Tangents => s_tangents,
            Sweep.Adjoints => Adjusted(trace),
            _ => throw Invalid.OutOfRange(nameof(sweep), $"Walkthrough: the sweep must be Values, Tangents or Adjoints; got {(int)sweep}."),
        });
    }

    static string[] Adjusted(FunctionTrace trace)
    {
        string[] listing = [.. s_adjoints];
        IEnumerable<string> seeds = trace.OutputRows.Zip(trace.Adjoints, (row, seed) =>
            $"{(trace.OutputRows.Count == 1 ? "out" : trace.Rows[row - 1].Label)}: [{Notation.Short(seed)}]");
        listing[0] = $"node_to_grad = {{{string.Join(", ", seeds)}}}";
        if (trace.Overwrites) listing[5] = Overwriting;
        return listing;
    }

    IEnumerable<WalkthroughStep> Forward()
    {
        bool tangents = Sweep == Sweep.Tangents;
        string Word(int row) => tangents ? _trace.TangentText(row) : _trace.ValueText(row);
        for (int i = 0; i < _trace.Function.Variables.Count; i++) yield return new(0, i + 1, null, Word(i + 1));
        for (int row = _trace.Function.Variables.Count + 1; row <= _trace.Rows.Count; row++) yield return new(2, row, null, Word(row));
        yield return new(3, 0, null, string.Join("; ", _trace.OutputRows.Select((row, i) => tangents
            ? $"{Notation.Tangent(_trace.Rows[row - 1].Label)} = {Notation.Short(_trace.Rows[row - 1].Tangents[0])}: how " +
                $"{_trace.Function.Outputs[i]} changes when the variables change by {Seeds()}"
            : $"{_trace.Function.Outputs[i]} = {_trace.Rows[row - 1].Label} = {Notation.Short(_trace.Rows[row - 1].Value)}")));
    }

    string Seeds() => string.Join(", ", _trace.Tangents.Select(Notation.Short));

    IEnumerable<WalkthroughStep> Backward()
    {
        yield return new(0, 0, null, string.Join("; ", _trace.OutputRows.Select((row, i) =>
            $"∂{_trace.Result}/∂{_trace.Function.Outputs[i]} = {Notation.Short(_trace.Adjoints[i])}, " +
            $"so node_to_grad[{_trace.Rows[row - 1].Label}] starts as [{Notation.Short(_trace.Adjoints[i])}]")));
        // The lists of results that are variables' users are complete when their turn comes, so variables come last.
        for (int row = _trace.Rows.Count; row >= 1; row--)
        {
            TraceRow value = _trace.Rows[row - 1];
            if (value.Adjoint is not { } adjoint)
            {
                yield return new(1, row, null,
                    $"{Notation.Adjoint(value.Label)} received nothing: {value.Label} does not lead to the result");
                continue;
            }
            string terms = _trace.AdjointInNumbers(row), sum = Notation.Short(adjoint);
            yield return new(2, row, null, terms == sum
                ? $"{Notation.Adjoint(value.Label)} = {sum}"
                : $"{Notation.Adjoint(value.Label)} = {terms} = {sum}");
            foreach (FunctionEdge edge in _trace.Edges.Where(edge => edge.User == row && edge.Partial is not null))
                yield return new(5, row, edge,
                    $"{Notation.Adjoint(_trace.Rows[edge.Input - 1].Label)} receives {_trace.PartialText(edge)}" +
                    (_trace.Overwrites && IsLost(edge) ? ", and what it had received before is lost" : ""));
        }
        yield return new(6, 0, null, string.Join("; ", _trace.Function.Variables.Select((name, i) =>
            $"∂{_trace.Result}/∂{name} = {Notation.Adjoint(_trace.Rows[i].Label)} = " +
            $"{Number(_trace, i)}{(Number(_trace, i) == Number(_trace.Right, i) ? "" : $", wrong: it is {Number(_trace.Right, i)}")}")));

        static string Number(FunctionTrace trace, int i) => trace.Rows[i].Adjoint is { } adjoint ? Notation.Short(adjoint) : "0";
    }

    bool IsLost(FunctionEdge edge) => !ReferenceEquals(_trace.Rows[edge.Input - 1].Partials[0], edge.Partial);

    /// <summary>Whether a value's number of this sweep is known after a step: its value, its tangent, or its finished adjoint.</summary>
    /// <param name="row">The row.</param>
    /// <param name="step">The index of the last step done; -1 before the first.</param>
    public bool IsKnown(int row, int step) => _known[row - 1] <= step;

    /// <summary>Whether the partial adjoint of an edge has arrived after a step.</summary>
    /// <param name="edge">The edge, of the trace that is walked.</param>
    /// <param name="step">The index of the last step done; -1 before the first.</param>
    public bool HasArrived(FunctionEdge edge, int step) => _arrives.TryGetValue(edge, out int arrives) && arrives <= step;

    /// <summary>The list <c>node_to_grad[row]</c> after a step; null if there is none yet, or in another sweep.</summary>
    /// <param name="row">The row.</param>
    /// <param name="step">The index of the last step done; -1 before the first.</param>
    public IReadOnlyList<double>? NodeToGrad(int row, int step)
    {
        if (Sweep != Sweep.Adjoints || step < 0) return null;
        List<double>? list = _trace.SeedOf(row) is { } seed ? [seed] : null;
        for (int i = 0; i <= step && i < Steps.Count; i++)
            if (Steps[i].Edge is { Partial: { } partial } edge && edge.Input == row)
                if (list is null || _trace.Overwrites) list = [partial.Value.Item()];
                else list.Add(partial.Value.Item());
        return list;
    }

    /// <summary>A step in words as a page prints it: v̄₂ for adj(v2), x₁ for x1, and a minus sign.</summary>
    public string Words(int step)
    {
        string text = Notation.Pretty(Steps[step].Text).Replace('-', '−');
        var low = new StringBuilder(text.Length);
        for (int at = 0, end; at < text.Length; at = end)
        {
            end = at + 1;
            if (!IsOfAName(text[at]))
            {
                low.Append(text[at]);
                continue;
            }
            while (end < text.Length && IsOfAName(text[end])) end++;
            string name = text[at..end], stem = name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
            bool isNumbered = stem.Length > 0 && stem.Length < name.Length
                && (_trace.Function.Variables.Contains(name) || _trace.Function.Outputs.Contains(name));
            low.Append(isNumbered ? stem : name);
            if (isNumbered) foreach (char digit in name.AsSpan(stem.Length)) low.Append((char)('₀' + (digit - '0')));
        }
        return low.ToString();

        static bool IsOfAName(char c) => char.IsLetterOrDigit(c) || c == '_';
    }

    /// <summary>A step as a line of text, with the lists that are not empty after it.</summary>
    public string ToText(int step)
    {
        if ((uint)step >= Steps.Count)
            throw Invalid.OutOfRange(nameof(step), $"Walkthrough: step {step} of {Steps.Count}; the first is 0.");
        string text = $"line {Notation.Number(Steps[step].Line + 1)}: {Steps[step].Text}";
        if (Sweep != Sweep.Adjoints || Steps[step].Edge is not { } edge) return text;
        return $"{text}; node_to_grad[{_trace.Rows[edge.Input - 1].Label}] is now " +
            $"[{string.Join(", ", NodeToGrad(edge.Input, step)!.Select(Notation.Short))}]";
    }
}
