using System.Globalization;
using System.Text;

namespace MyTorch.Inspection;

/// <summary>
/// The graph as a Mermaid flowchart. Kinds of nodes differ in shape and outline; colours are left to the theme, so that dark mode works.
/// </summary>
static class MermaidWriter
{
    internal static string Write(TapeGraph graph)
    {
        var text = new StringBuilder();
        text.Append("flowchart TD\n");
        text.Append("    accTitle: ").Append(Plain(graph.Title)).Append('\n');
        text.Append("    accDescr: ").Append(Plain(graph.Description)).Append('\n');
        foreach (var inGroup in Enumerable.Range(0, graph.NodeCount).GroupBy(i => graph.Nodes[i].Group).OrderBy(group => group.Key))
        {
            string? heading = inGroup.Key < 0 ? null : graph.Groups[inGroup.Key];
            if (heading is not null) text.Append(CultureInfo.InvariantCulture, $"    subgraph g{inGroup.Key} [\"{Escape(heading)}\"]\n");
            foreach (int i in inGroup)
            {
                GraphNode node = graph.Nodes[i];
                (string open, string close) = Shape(node);
                text.Append(heading is null ? "    " : "        ").Append(CultureInfo.InvariantCulture, $"n{i}{open}\"")
                    .AppendJoin("<br/>", node.LinesWithBar(heading).Select(Escape)).Append('"').Append(close).Append('\n');
            }
            if (heading is not null) text.Append("    end\n");
        }
        foreach ((int from, int to) in graph.Edges)
        {
            string label = graph.Partials.TryGetValue((from, to), out string? partial) ? $"|\"{Escape(partial)}\"|" : "";
            text.Append(CultureInfo.InvariantCulture, $"    n{from} {(graph.Nodes[to].Pass > 0 ? "-.->" : "-->")}{label} n{to}\n");
        }

        AppendClass("constant", "stroke-dasharray:2 3", node => node.Kind == NodeKind.Constant);
        AppendClass("backward", "stroke-dasharray:7 4,stroke-width:2px", node => node.Pass > 0);
        return text.ToString();

        void AppendClass(string name, string style, Func<GraphNode, bool> belongs)
        {
            string[] members =
            [
                .. Enumerable.Range(0, graph.NodeCount).Where(i => belongs(graph.Nodes[i]))
                    .Select(i => string.Create(CultureInfo.InvariantCulture, $"n{i}")),
            ];
            if (members.Length == 0) return;
            text.Append(CultureInfo.InvariantCulture, $"    classDef {name} {style}\n    class {string.Join(',', members)} {name}\n");
        }
    }

    static (string Open, string Close) Shape(GraphNode node) => node.Kind switch
    {
        NodeKind.Leaf => ("([", "])"),
        NodeKind.Collapsed => ("[[", "]]"),
        NodeKind.Operation when node.Pass > 0 => ("{{", "}}"),
        _ => ("[", "]"),
    };

    // Accessibility titles end at the first syntax character and have no character references, so such characters are removed.
    static string Plain(string text) =>
        string.Concat(text.Select(c => c == ';' ? ',' : "#\"`<>[]{}\\|%".Contains(c, StringComparison.Ordinal) ? ' ' : c));

    // Letters, digits and a few signs are written as they are, everything else as Mermaid's character reference, such as #35; because new
    // versions of Mermaid read more and more characters as markup (quotes, backticks, brackets, numbered lists).
    static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || " .,:()=+-…".Contains(rune.ToString(), StringComparison.Ordinal))
                escaped.Append(rune.ToString());
            else escaped.Append(CultureInfo.InvariantCulture, $"#{rune.Value};");
        }
        return escaped.ToString();
    }
}
