using System.Globalization;
using System.Xml.Linq;
using MyTorch.Inspection;

namespace MyTorch.Tests.Drawing;

/// <summary>Numbers of operations as bars beside the nodes, in every format.</summary>
public sealed class GraphBarTests
{
    static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    static TapeGraph Step(StepCostPart part = StepCostPart.SavedBytes) => Graphs.StepCost(new TapeGraphOptions(), part);

    static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    [Test]
    public void ABarIsAsLongAsItsShareOfTheLargest()
    {
        TapeGraph graph = Step();
        SvgTests.AssertReadable(graph);
        XElement root = SvgTests.Parse(graph);
        XElement[] Rects(string name) => [.. root.Elements(Svg + "rect").Where(rect => rect.Attribute("class")?.Value == name)];
        XElement[] scales = Rects("scale"), bars = Rects("bar");
        Assert.That(scales, Has.Length.EqualTo(5), "one for each operation");
        // The bytes that the account of the step has: 640, 512, 512, 224 and none.
        Assert.That(bars, Has.Length.EqualTo(4));
        double length = scales.Select(scale => Number(scale, "width")).Distinct().Single();
        Assert.That(bars.Select(bar => Number(bar, "width") / length).OrderDescending(), Is.EqualTo(new[] { 1, 0.8, 0.8, 0.35 }).Within(0.001));
        Assert.That(root.Element(Svg + "desc")!.Value, Does.EndWith("Bars show kept for backward, as a share of the largest."));
        Assert.That(root.Elements(Svg + "text").Select(text => text.Value), Does.Contain("kept for backward: 640 B").And.Contain("kept for backward: 0 B"));
    }

    [Test]
    public void TextDotAndMermaidSayTheSame()
    {
        TapeGraph graph = Step(StepCostPart.MultiplyAdds);
        string[] lines = graph.ToText().Split('\n');
        Assert.That(lines.Single(line => line.StartsWith("node ", StringComparison.Ordinal)), Does.Contain("  multiply-adds  share  "));
        Assert.That(lines.Single(line => line.StartsWith("v5 ", StringComparison.Ordinal)), Does.Contain("  5,120          100 %  "));
        Assert.That(lines.Single(line => line.StartsWith("v7 ", StringComparison.Ordinal)), Does.Contain("  1,920          37.5 %  "));
        DotTests.Read(graph);
        Assert.That(graph.ToDot(), Does.Contain($"multiply-adds: 5,120\\n{new string('■', 20)}\"").And.Contain($"multiply-adds: 1,920\\n{new string('■', 8)}\"")
            .And.Contain("multiply-adds: 0\""));
        Assert.That(graph.ToMermaid(), Does.Contain("multiply-adds: 1,920<br/>"));
    }

    [Test]
    public void SeveralOperationsShowTheirSum()
    {
        Tensor x = Tensor.Ones([3]).DetachedLeaf();
        using var autograd = new Autograd();
        for (int i = 0; i < 100; i++) x = x.Tanh();
        TapeGraph graph = TapeGraph.Of(autograd, new TapeGraphOptions { MaxNodes = 10, Bars = autograd.Cost().Bars(StepCostPart.ResultBytes) });
        Assert.That(graph.NodeCount, Is.LessThanOrEqualTo(10));
        GraphNode[] several = [.. graph.Nodes.Where(node => node.Count > 0)];
        Assert.That(several.Sum(node => node.Count), Is.EqualTo(100));
        foreach (GraphNode node in several) Assert.That(node.BarText, Is.EqualTo($"{12 * node.Count} B"));
    }

    sealed class Own(Tensor x) : Operation(x)
    {
        protected override Tensor Forward() => 2 * X;

        public override Tensor?[] Backward(Tensor gradient) => [2 * gradient];
    }

    [Test]
    public void WhatIsNotKnownHasNoBar()
    {
        Tensor x = Tensor.Ones([3]).DetachedLeaf();
        using var autograd = new Autograd();
        StepCost before = autograd.Cost();
        new Own(x.Tanh()).Apply();
        TapeGraph graph = TapeGraph.Of(autograd, new TapeGraphOptions { Bars = autograd.Cost().Bars(StepCostPart.SavedBytes) });
        Assert.That(graph.Nodes.Select(node => (node.BarText, node.BarShare)), Is.EqualTo(new (string?, double?)[] { (null, null), ("12 B", 1), ("not counted", null) }));
        Assert.That(graph.ToSvg(), Does.Contain("kept for backward: not counted"));
        TapeGraph later = TapeGraph.Of(autograd, new TapeGraphOptions { Bars = before.Bars(StepCostPart.SavedBytes) });
        Assert.That(later.Nodes.Skip(1), Has.All.Matches<GraphNode>(node => node!.BarText == "not counted"), "recorded after the account");
        foreach (double wrong in new[] { -1, double.NaN, double.PositiveInfinity })
            Assert.That(() => TapeGraph.Of(autograd, new TapeGraphOptions { Bars = new GraphBars("own", "", _ => wrong) }),
                Throws.InvalidOperationException.With.Message.Contains("bar of Tanh"));
        Assert.That(TapeGraph.Of(autograd, new TapeGraphOptions { Bars = new GraphBars("a & b <c>", "", _ => 0) }).ToSvg(), Does.Contain("a &amp; b &lt;c&gt;: 0").And.Not.Contain("class=\"bar\""));
    }

    [Test]
    public void TwoPicturesOfAPageHaveDifferentIdentifiers()
    {
        static string Id(TapeGraph graph) => SvgTests.Parse(graph).Attribute("aria-labelledby")!.Value;
        Assert.That(Id(Step()), Is.Not.EqualTo(Id(Step(StepCostPart.MultiplyAdds))));
        Assert.That(Step().ToSvg(), Is.EqualTo(Step().ToSvg()));
        Assert.That(Graphs.TrainingStep().ToSvg(), Does.Not.Contain(".bar{"), "a picture without bars is what it was");
    }
}
