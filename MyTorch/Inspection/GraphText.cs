namespace MyTorch.Inspection;

/// <summary>The graph as an aligned table, with the same information as the pictures.</summary>
static class GraphText
{
    const int MostUsers = 12;

    internal static string Write(TapeGraph graph)
    {
        var users = new List<string>[graph.NodeCount];
        foreach ((int from, int to) in graph.Edges)
        {
            string user = graph.Nodes[to].Id;
            (users[from] ??= []).Add(graph.Partials.TryGetValue((from, to), out string? partial) ? $"{user} ({partial})" : user);
        }

        string usedBy = graph.Partials.Count > 0 ? "used by (partial adjoint)" : "used by";
        var table = new TextTable(
            "node", "is", "computed as", "name", "value", "gradient", "adjoint", "is gradient", "group",
            graph.BarLabel ?? "bar", "share", usedBy);
        for (int i = 0; i < graph.NodeCount; i++)
        {
            GraphNode node = graph.Nodes[i];
            bool given = node.Kind is NodeKind.Leaf or NodeKind.Constant;
            table.Add(
                node.Id,
                Kind(node),
                given ? "" : node.Text,
                given ? node.Text : node.Name,
                node.Value,
                node.Gradient,
                node.Adjoint,
                node.IsAdjoint,
                node.Group >= 0 ? graph.Groups[node.Group] : node.Pass > 0 ? $"backward {node.Pass}" : "",
                node.BarText,
                node.BarShare is { } share ? $"{Notation.Grouped(100 * share)} %" : "",
                users[i] is { } names ? FirstOf(names) : "");
        }
        return $"{graph.Title}\n{graph.Description}\n\n{table.ToText()}";
    }

    static string FirstOf(List<string> names) =>
        string.Join(", ", names.Take(MostUsers)) + (names.Count > MostUsers ? $", {names.Count - MostUsers} more" : "");

    static string Kind(GraphNode node) => node.Kind switch
    {
        NodeKind.Leaf => "leaf",
        NodeKind.Constant => "constant",
        NodeKind.Collapsed => "collapsed",
        _ => "operation",
    };
}
