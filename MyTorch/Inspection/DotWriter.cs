using System.Globalization;
using System.Text;

namespace MyTorch.Inspection;

/// <summary>The graph in Graphviz's DOT language.</summary>
static class DotWriter
{
    internal static string Write(TapeGraph graph)
    {
        var text = new StringBuilder();
        text.Append("digraph tape {\n");
        text.Append("    graph [label=").Append(Quote(graph.Title)).Append(", labelloc=t, rankdir=TB, fontname=\"sans-serif\", tooltip=")
            .Append(Quote(graph.Description)).Append("];\n");
        text.Append("    node [shape=box, style=rounded, fontname=\"monospace\", fontsize=11];\n");
        if (graph.Partials.Count > 0) text.Append("    edge [fontname=\"monospace\", fontsize=10];\n");
        foreach (var inGroup in Enumerable.Range(0, graph.NodeCount).GroupBy(i => graph.Nodes[i].Group).OrderBy(group => group.Key))
        {
            string? heading = inGroup.Key < 0 ? null : graph.Groups[inGroup.Key];
            if (heading is not null)
                text.Append(CultureInfo.InvariantCulture, $"    subgraph cluster_{inGroup.Key} {{\n")
                    .Append(CultureInfo.InvariantCulture, $"        label={Quote(heading)};\n        style=rounded;\n");
            foreach (int i in inGroup)
            {
                GraphNode node = graph.Nodes[i];
                text.Append(heading is null ? "    " : "        ")
                    .Append(CultureInfo.InvariantCulture, $"n{i} [label={Quote(string.Join('\n', node.LinesWithBar(heading)))}{Shape(node)}];\n");
            }
            if (heading is not null) text.Append("    }\n");
        }
        foreach ((int from, int to) in graph.Edges)
        {
            string[] attributes =
            [
                .. graph.Partials.TryGetValue((from, to), out string? partial) ? (string[])[$"label={Quote(partial)}"] : [],
                .. graph.Nodes[to].Pass > 0 ? (string[])["style=dashed"] : [],
            ];
            string list = attributes.Length > 0 ? $" [{string.Join(", ", attributes)}]" : "";
            text.Append(CultureInfo.InvariantCulture, $"    n{from} -> n{to}{list};\n");
        }
        return text.Append("}\n").ToString();
    }

    static string Shape(GraphNode node) => node.Kind switch
    {
        NodeKind.Leaf => ", shape=ellipse, style=solid",
        NodeKind.Constant => ", style=dotted",
        NodeKind.Collapsed => node.Pass > 0 ? ", shape=box3d, style=dashed" : ", shape=box3d, style=solid",
        _ => node.Pass > 0 ? ", style=\"rounded,dashed\"" : "",
    };

    // Inside quotes a backslash begins an escape such as \n or \N, and an ampersand an HTML entity.
    static string Quote(string text) =>
        '"' + text
            .Replace("&", "&amp;", StringComparison.Ordinal).Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + '"';
}
