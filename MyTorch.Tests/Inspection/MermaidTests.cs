using System.Text.RegularExpressions;
using MyTorch.Inspection;

namespace MyTorch.Tests.Drawing;

public partial class MermaidTests
{
    // The part of Mermaid's grammar that flowcharts of tapes need, and nothing else: what does not match is a mistake.
    [GeneratedRegex("""^(    )+(?<node>n\d+)(\(\[|\[\[|\{\{|\[)"(?<label>([^"#`<>\[\]{};\\|%]|<br/>|#\d+;)*)"(\]\)|\]\]|\}\}|\])$""", RegexOptions.ExplicitCapture)]
    private static partial Regex Node { get; }

    [GeneratedRegex(@"^    (?<from>n\d+) (-->|-\.->)(\|""[^""|]*""\|)? (?<to>n\d+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Edge { get; }

    [GeneratedRegex("""^    (subgraph g\d+ \["([^"#`<>\[\]{};\\|%]|#\d+;)*"\]|end|acc(Title|Descr): ([^"`<>\[\]{};\\|%#]|#\d+;)*|classDef \w+ [\w:, -]+|class n\d+(,n\d+)* \w+)$""")]
    private static partial Regex Other { get; }

    internal static (List<string> Labels, int Edges, int Groups) Read(TapeGraph graph)
    {
        string[] lines = graph.ToMermaid().TrimEnd('\n').Split('\n');
        Assert.That(lines[0], Is.EqualTo("flowchart TD"));
        var nodes = new List<string>();
        var labels = new List<string>();
        int edges = 0, groups = 0, open = 0;
        foreach (string line in lines[1..])
        {
            if (Node.Match(line) is { Success: true } node)
            {
                nodes.Add(node.Groups["node"].Value);
                labels.Add(node.Groups["label"].Value);
            }
            else if (Edge.Match(line) is { Success: true } edge)
            {
                edges++;
                Assert.That(nodes, Does.Contain(edge.Groups["from"].Value).And.Contains(edge.Groups["to"].Value));
            }
            else
            {
                Assert.That(line, Does.Match(Other.ToString()));
                if (line.StartsWith("    subgraph", StringComparison.Ordinal)) (groups, open) = (groups + 1, open + 1);
                if (line == "    end") open--;
            }
        }
        Assert.That(open, Is.Zero);
        Assert.That((nodes.Count, edges, groups), Is.EqualTo((graph.NodeCount, graph.EdgeCount, graph.Groups.Count)));
        return (labels, edges, groups);
    }

    [Test]
    public void EveryNodeAndEdgeIsThere()
    {
        Assert.That(Read(Graphs.Lecture()).Labels, Does.Contain("y = v7 = Subtract(v6, v5)<br/>11.65").And.Contains("v1 = x1<br/>2<br/>grad 5.5"));
        Assert.That(Read(Graphs.TrainingStep()).Groups, Is.EqualTo(3));
    }

    [Test]
    public void TheExtensionHasItsShapesAndEdges()
    {
        TapeGraph graph = Graphs.Extended();
        string text = graph.ToMermaid();
        Read(graph);
        Assert.That(Regex.Count(text, @"\{\{"), Is.EqualTo(graph.Nodes.Count(node => node.Pass > 0)).And.GreaterThan(5));
        Assert.That(text, Does.Contain("-.->").And.Contains("stroke-dasharray"));
    }
}
