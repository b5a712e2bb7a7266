using MyTorch.Nn;

namespace MyTorch.Inspection;

/// <summary>A number for each operation, drawn as a bar beside its node: its share of the largest.</summary>
/// <param name="Label">What the numbers are: <c>kept for backward</c>.</param>
/// <param name="Unit">Their unit, <c>B</c>; empty for counts.</param>
/// <param name="Of">The number of an operation, 0 or more; null if it is not known.</param>
public sealed record GraphBars(string Label, string Unit, Func<Operation, double?> Of);

/// <summary>Options of a <see cref="TapeGraph"/>.</summary>
public sealed record TapeGraphOptions
{
    /// <summary>The heading, also the title for screen readers. "Recorded operations" by default.</summary>
    public string Title { get; init; } = "Recorded operations";

    /// <summary>
    /// The model whose modules are the groups of the picture. By default null: groups follow from the names of parameters
    /// (<c>layers.0.weight</c>).
    /// </summary>
    /// <remarks>
    /// Layers without parameters are found only if the scope was opened with <c>recordSources: true</c>.
    /// </remarks>
    public Module? Model { get; init; }

    /// <summary>Whether leaves that require a gradient are shown. True by default.</summary>
    public bool ShowParameters { get; init; } = true;

    /// <summary>
    /// Whether tensors that require no gradient, such as a batch of data, are shown. True by default. A number without a name is always
    /// shown inside its operation.
    /// </summary>
    public bool ShowConstants { get; init; } = true;

    /// <summary>
    /// Whether stored gradients (Grad) are shown: the value of a scalar, the Euclidean norm of a tensor. True by default.
    /// </summary>
    public bool ShowGradients { get; init; } = true;

    /// <summary>
    /// The output, a scalar, whose adjoints are shown; null by default. Every node then shows ∂output/∂value instead of a stored
    /// gradient, and every edge the partial adjoint that its user contributes: of a scalar its value, of a tensor its Euclidean norm.
    /// </summary>
    /// <remarks>A separate sweep computes them, as for a <see cref="Trace"/>; no <see cref="Tensor.Grad"/> is changed.</remarks>
    public Tensor? AdjointsOf { get; init; }

    /// <summary>
    /// A number for each operation, which its node shows as a text and, beside it, a bar; null by default. A node of several operations
    /// shows their sum. The account of a step makes them: <c>autograd.Cost().Bars(…)</c>.
    /// </summary>
    public GraphBars? Bars { get; init; }

    /// <summary>
    /// The maximum number of nodes, at least 10; 120 by default. A larger graph is collapsed: modules, then chains, then consecutive
    /// operations become one node each, with a count.
    /// </summary>
    public int MaxNodes { get; init; } = 120;
}

/// <summary>
/// The computation graph of a tape, as Mermaid, DOT or SVG, and as a text listing with the same information.
/// </summary>
/// <remarks>
/// Values have the names v1, v2, … that operations and a <see cref="Trace"/> print, inputs first; constants are c1, c2, ….
/// What a sweep with <c>createGraph</c> added is a group, "backward 1", with dashed outlines.
/// The graph is a snapshot: it stays when the scope ends.
/// <code>Console.WriteLine(TapeGraph.Of(autograd).ToMermaid());</code>
/// </remarks>
public sealed class TapeGraph
{
    internal TapeGraph(
        string title, IReadOnlyList<GraphNode> nodes, IReadOnlyList<(int From, int To)> edges,
        IReadOnlyDictionary<(int From, int To), string> partials, IReadOnlyList<string> groups, int operations, string? barLabel = null)
    {
        (Title, Nodes, Edges, Partials, Groups, OperationCount) = (title, nodes, edges, partials, groups, operations);
        BarLabel = barLabel;
    }

    /// <summary>The graph of what a scope has recorded so far.</summary>
    /// <param name="autograd">An open scope.</param>
    /// <param name="options">Options; the defaults if omitted.</param>
    /// <exception cref="ObjectDisposedException">The scope has ended.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 10 nodes are allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// Adjoints are requested for an output that is not a scalar or was not recorded in this scope, or on another thread.
    /// </exception>
    public static TapeGraph Of(Autograd autograd, TapeGraphOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(autograd);
        options ??= new TapeGraphOptions();
        if (options.MaxNodes < 10)
            throw Invalid.Setting(nameof(options), options.MaxNodes, "TapeGraph: MaxNodes is less than 10, too few to draw a graph with.");
        return new GraphBuilder(autograd, options).Build();
    }

    /// <summary>The heading.</summary>
    public string Title { get; }

    /// <summary>The number of operations, including collapsed ones.</summary>
    public int OperationCount { get; }

    /// <summary>The number of nodes.</summary>
    public int NodeCount => Nodes.Count;

    /// <summary>The number of edges.</summary>
    public int EdgeCount => Edges.Count;

    /// <summary>The nodes in topological order.</summary>
    internal IReadOnlyList<GraphNode> Nodes { get; }

    internal IReadOnlyList<(int From, int To)> Edges { get; }

    /// <summary>
    /// The text of edges: the partial adjoint that the user contributes to the value it uses. Empty unless adjoints are requested.
    /// </summary>
    internal IReadOnlyDictionary<(int From, int To), string> Partials { get; }

    /// <summary>The headings of the groups that nodes refer to.</summary>
    internal IReadOnlyList<string> Groups { get; }

    /// <summary>What the bars of the nodes show; null without bars.</summary>
    internal string? BarLabel { get; }

    /// <summary>A description of the picture for screen readers.</summary>
    internal string Description
    {
        get
        {
            int leaves = Nodes.Count(node => node.Kind == NodeKind.Leaf), constants = Nodes.Count(node => node.Kind == NodeKind.Constant);
            int added = Nodes.Where(node => node.Pass > 0).Sum(node => node.Count);
            string text = $"{Plural(OperationCount, "operation")}, drawn as {Plural(NodeCount, "node")} and {Plural(EdgeCount, "edge")}; " +
                "every edge leads from a value to what was computed with it.";
            if (leaves > 0) text += $" {Plural(leaves, "leaf", "leaves")} with a gradient.";
            if (constants > 0) text += $" {Plural(constants, "constant")}.";
            if (Partials.Count > 0)
                text += " A number on an edge is the partial adjoint that goes back along it; a value's adjoint (adj) is their sum.";
            if (added > 0) text += $" {Plural(added, "operation")} recorded by createGraph, dashed.";
            if (BarLabel is not null) text += $" Bars show {BarLabel}, as a share of the largest.";
            return text;
        }
    }

    /// <summary>
    /// An aligned table with one line per node: its name, kind, operation, value or shape, and the nodes that use it; gradients, groups and
    /// passes if there are any.
    /// </summary>
    public string ToText() => GraphText.Write(this);

    /// <summary>A Mermaid flowchart, which GitHub and many editors draw inside a Markdown block marked <c>mermaid</c>.</summary>
    public string ToMermaid() => MermaidWriter.Write(this);

    /// <summary>A Graphviz graph.</summary>
    public string ToDot() => DotWriter.Write(this);

    /// <summary>A self-contained SVG picture for light and dark mode.</summary>
    public string ToSvg() => SvgWriter.Write(this);

    /// <summary>The same as <see cref="ToText"/>.</summary>
    public override string ToString() => ToText();

    internal static string Plural(int count, string one, string? many = null) =>
        $"{count.ToString("#,0", System.Globalization.CultureInfo.InvariantCulture)} {(count == 1 ? one : many ?? one + "s")}";
}

enum NodeKind
{
    Leaf,
    Constant,
    Operation,
    Collapsed,
}

/// <summary>A node for all writers. Texts have no control characters; each writer escapes what its format requires.</summary>
sealed record GraphNode
{
    internal required NodeKind Kind { get; init; }

    /// <summary>v3, c1, or v3 … v9.</summary>
    internal required string Id { get; init; }

    /// <summary>The text after the equals sign: a name, <c>Log(v1)</c>, or a count of operations.</summary>
    internal required string Text { get; init; }

    /// <summary>The user's name of a result, or null.</summary>
    internal string? Name { get; init; }

    /// <summary>The value of a scalar, else shape and type.</summary>
    internal required string Value { get; init; }

    internal string? Gradient { get; init; }

    /// <summary>The tensors whose gradient this result is, in an extended graph: <c>adj(v1)</c>.</summary>
    internal string? IsAdjoint { get; init; }

    /// <summary>The gradient of the output with respect to this value, if adjoints were asked for.</summary>
    internal string? Adjoint { get; init; }

    /// <summary>The index of its group in <see cref="TapeGraph.Groups"/>; −1 without a group.</summary>
    internal int Group { get; init; } = -1;

    /// <summary>The number of the sweep with createGraph that recorded it, from 1; 0 for the program.</summary>
    internal int Pass { get; init; }

    /// <summary>The number of operations in this node.</summary>
    internal int Count { get; init; }

    /// <summary>What the bar shows, if bars were asked for.</summary>
    internal string? BarLabel { get; init; }

    /// <summary>The number that the bar shows as text, if bars were asked for: <c>2,048 B</c>.</summary>
    internal string? BarText { get; init; }

    /// <summary>The length of the bar, 0 to 1; null without a bar, or if the number is not known.</summary>
    internal double? BarShare { get; init; }

    /// <summary>The head line in a picture: <c>y = v7 = Subtract(v6, v5)</c>.</summary>
    internal string Head(string? group) => Kind switch
    {
        NodeKind.Leaf or NodeKind.Constant when Text.Length == 0 => Id,
        NodeKind.Leaf or NodeKind.Constant when group is not null && Text.StartsWith(group + ".", StringComparison.Ordinal) =>
            $"{Id} = {Text[(group.Length + 1)..]}",
        NodeKind.Leaf or NodeKind.Constant => $"{Id} = {Text}",
        NodeKind.Collapsed => Id,
        _ => Name is null ? $"{Id} = {Text}" : $"{Name} = {Id} = {Text}",
    };

    /// <summary>The lines of a picture's node, each shortened to a readable length.</summary>
    internal IEnumerable<string> Lines(string? group)
    {
        yield return Shorten(Head(group));
        if (Kind == NodeKind.Collapsed) yield return Shorten(Text);
        yield return Shorten(Value);
        if (IsAdjoint is not null) yield return Shorten("= " + IsAdjoint);
        if (Adjoint is not null) yield return Shorten("adj " + Adjoint);
        if (Gradient is not null) yield return Shorten("grad " + Gradient);
        if (BarText is not null) yield return Shorten($"{BarLabel}: {BarText}");
    }

    /// <summary>The lines with the bar in characters, for formats that cannot draw one.</summary>
    internal IEnumerable<string> LinesWithBar(string? group)
    {
        const int longest = 20;
        IEnumerable<string> lines = Lines(group);
        int length = BarShare is { } share ? (int)Math.Round(share * longest) : 0;
        return length > 0 ? lines.Append(new string('■', length)) : lines;
    }

    static string Shorten(string text)
    {
        const int longest = 44;
        if (text.Length <= longest) return text;
        int end = longest - 1;
        if (char.IsHighSurrogate(text[end - 1])) end--;
        return text[..end] + "…";
    }
}
