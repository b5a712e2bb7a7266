using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using static MyTorch.Check.Grids;

namespace MyTorch.Check;

/// <summary>
/// The graph of the operations that a case's steps tell of, stopped at the first step that differs from what is expected: what was done until
/// then, where the code is now, and where it should be.
/// </summary>
static class StepGraph
{
    // "v3 = Mix(v2, v2) = [0.17 1.26]", "v1 = [0.18 0.49]", "backward of v3 = Mix(v2, v2): …"
    static readonly Regex s_operation = new(@"^([vc]\d+) = (\w+)\(([^)]*)\) = ", RegexOptions.CultureInvariant),
        s_leaf = new(@"^([vc]\d+) = \[", RegexOptions.CultureInvariant),
        s_backward = new(@"^backward of ([vc]\d+) ", RegexOptions.CultureInvariant);

    const int Across = 104, Down = 64, Radius = 19;

    sealed record Node(string Name, string Operation, string[] Inputs)
    {
        public int Depth { get; set; }

        public int Row { get; set; }

        public double X => 34 + Across * Depth;

        public double Y => 34 + Down * Row;
    }

    /// <summary>The graph as SVG; empty if the steps tell of no operation.</summary>
    /// <param name="got">The steps of the student's code.</param>
    /// <param name="expected">Those that are expected.</param>
    /// <param name="same">How many steps are the same before the first that differs.</param>
    public static string Of(string[] got, string[] expected, int same)
    {
        Dictionary<string, Node> nodes = Read(expected.Concat(got));
        if (nodes.Values.All(node => node.Operation.Length == 0)) return "";
        Place(nodes);
        string? here = At(got), there = At(expected);
        HashSet<string> done = [.. got.Take(same).Select(Backward).OfType<string>()];
        double width = nodes.Values.Max(node => node.X) + 60, height = nodes.Values.Max(node => node.Y) + 44;
        string title = $"Graph of {nodes.Count} tensors. " + (here is null ? "" : $"Your code is at {here}. ")
            + (there is null ? "" : $"{there} is expected.");
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture,
            $"<svg class=\"graph\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{Encode(title)}\"><title>{Encode(title)}</title>");
        foreach (Node node in nodes.Values)
            foreach ((string input, int uses) in node.Inputs.Where(nodes.ContainsKey).CountBy(name => name))
                for (int use = 0; use < uses; use++) Edge(text, nodes[input], node, use, uses);
        foreach (Node node in nodes.Values) Draw(text, node, done.Contains(node.Name), node.Name == here, node.Name == there);
        return text.Append("</svg>").ToString();

        string? At(string[] steps) => same < steps.Length ? Backward(steps[same]) ?? Result(steps[same]) : null;
    }

    static string? Backward(string step) => s_backward.Match(step) is { Success: true } match ? match.Groups[1].Value : null;

    static string? Result(string step) => s_operation.Match(step) is { Success: true } match ? match.Groups[1].Value : null;

    static Dictionary<string, Node> Read(IEnumerable<string> steps)
    {
        var nodes = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (string step in steps)
            if (s_operation.Match(step) is { Success: true } operation)
                nodes[operation.Groups[1].Value] = new Node(operation.Groups[1].Value, operation.Groups[2].Value,
                    operation.Groups[3].Value.Split(", ", StringSplitOptions.RemoveEmptyEntries));
            else if (s_leaf.Match(step) is { Success: true } leaf)
                nodes.TryAdd(leaf.Groups[1].Value, new Node(leaf.Groups[1].Value, "", []));
        return nodes;
    }

    // Each to the right of its inputs, below those that are as deep.
    static void Place(Dictionary<string, Node> nodes)
    {
        for (int round = 0; round < nodes.Count; round++)
            foreach (Node node in nodes.Values)
                node.Depth = node.Inputs.Where(nodes.ContainsKey).Select(input => Math.Min(nodes[input].Depth + 1, nodes.Count)).DefaultIfEmpty(0).Max();
        foreach (IGrouping<int, Node> column in nodes.Values.GroupBy(node => node.Depth))
            foreach ((int row, Node node) in column.Index()) node.Row = row;
    }

    // A tensor that is used twice has two lines.
    static void Edge(StringBuilder text, Node from, Node to, int use, int uses)
    {
        bool far = to.Depth > from.Depth + 1 && to.Row == from.Row;
        double bend = (use - (uses - 1) / 2.0) * 26 + (far ? 46 : 0), middle = (from.X + to.X) / 2;
        text.Append(CultureInfo.InvariantCulture,
            $"<path class=\"edge\" d=\"M{from.X + Radius} {from.Y} Q{middle} {(from.Y + to.Y) / 2 + bend} {to.X - Radius} {to.Y}\"/>");
    }

    static void Draw(StringBuilder text, Node node, bool done, bool here, bool there)
    {
        string kind = here ? "here" : there ? "there" : done ? "done" : "";
        if (there) text.Append(CultureInfo.InvariantCulture, $"<circle class=\"ring wanted\" cx=\"{node.X}\" cy=\"{node.Y}\" r=\"{Radius + 9}\"/>");
        if (here) text.Append(CultureInfo.InvariantCulture, $"<circle class=\"ring\" cx=\"{node.X}\" cy=\"{node.Y}\" r=\"{Radius + 5}\"/>");
        text.Append(CultureInfo.InvariantCulture, $"<circle class=\"node {kind}\" cx=\"{node.X}\" cy=\"{node.Y}\" r=\"{Radius}\"/>");
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{node.X}\" y=\"{node.Y + 5}\" text-anchor=\"middle\">{node.Name}</text>");
        string below = node.Operation + (done ? " ✓" : "");
        if (below.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"<text class=\"below\" x=\"{node.X}\" y=\"{node.Y + Radius + (here || there ? 24 : 15)}\" text-anchor=\"middle\">{Encode(below)}</text>");
    }
}
