using System.Text.RegularExpressions;
using MyTorch.Inspection;

namespace MyTorch.Tests.Drawing;

public partial class DotTests
{
    [GeneratedRegex("""^\s*(digraph tape \{|graph \[label=Q, labelloc=t, rankdir=TB, fontname=Q, tooltip=Q\];|(node|edge) \[[^\]]*\];|subgraph cluster_\d+ \{|label=Q;|style=rounded;|n\d+ \[label=Q(, (shape|style)=(\w+|Q))*\];|n\d+ -> n\d+( \[(label=Q)?(, )?(style=dashed)?\])?;|\})$""")]
    private static partial Regex Statement { get; }

    [GeneratedRegex("""
        "([^"\\]|\\.)*"
        """)]
    private static partial Regex Quoted { get; }

    /// <summary>Checks each statement against the grammar, after quoted strings have become Q.</summary>
    internal static void Read(TapeGraph graph)
    {
        string[] lines = [.. graph.ToDot().TrimEnd('\n').Split('\n').Select(line => Quoted.Replace(line, "Q"))];
        Assert.That(lines, Is.All.Match(Statement.ToString()));
        Assert.That(lines.Count(line => line.EndsWith('{')), Is.EqualTo(lines.Count(line => line.EndsWith('}'))));
        Assert.That(lines.Count(line => line.Contains("->", StringComparison.Ordinal)), Is.EqualTo(graph.EdgeCount));
    }

    [Test]
    public void EveryStatementIsWellFormed()
    {
        Read(Graphs.Lecture());
        Read(Graphs.TrainingStep());
        Read(Graphs.Extended());
        Assert.That(Graphs.Lecture().ToDot(), Does.Contain("""[label="v1 = x1\n2\ngrad 5.5", shape=ellipse, style=solid]"""));
        Assert.That(Graphs.Extended().ToDot(), Does.Contain("style=\"rounded,dashed\"").And.Contains("[style=dashed]"));
    }
}
