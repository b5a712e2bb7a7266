using MyTorch.Inspection;
using MyTorch.Nn;

namespace MyTorch.Tests.Drawing;

public class TapeGraphTests
{
    const string OddName = "a\"b\\c<d>&|#;`]}\n\u202e%%{1. *x*";

    [Test]
    public void TheListingOfTheLecturesGraph() => Assert.That(Graphs.Lecture().ToText(), Is.EqualTo("""
        Recorded operations
        5 operations, drawn as 7 nodes and 8 edges; every edge leads from a value to what was computed with it. 2 leaves with a gradient.

        node  is         computed as       name  value    gradient  used by
        ----  ---------  ----------------  ----  -------  --------  -------
        v1    leaf                         x1    2        5.5       v3, v4
        v2    leaf                         x2    5        1.716     v4, v5
        v3    operation  Log(v1)                 0.6931             v6
        v4    operation  Multiply(v1, v2)        10                 v6
        v5    operation  Sin(v2)                 -0.9589            v7
        v6    operation  Add(v3, v4)             10.69              v7
        v7    operation  Subtract(v6, v5)  y     11.65

        """.ReplaceLineEndings("\n")));

    [Test]
    public void TheListingWithInnerAndPartialAdjoints() => Assert.That(Graphs.LectureWithAdjoints().ToText(), Is.EqualTo("""
        Recorded operations
        5 operations, drawn as 7 nodes and 8 edges; every edge leads from a value to what was computed with it. 2 leaves with a gradient. A number on an edge is the partial adjoint that goes back along it; a value's adjoint (adj) is their sum.

        node  is         computed as       name  value    adjoint  used by (partial adjoint)
        ----  ---------  ----------------  ----  -------  -------  -------------------------
        v1    leaf                         x1    2        5.5      v3 (0.5), v4 (5)
        v2    leaf                         x2    5        1.716    v4 (2), v5 (-0.2837)
        v3    operation  Log(v1)                 0.6931   1        v6 (1)
        v4    operation  Multiply(v1, v2)        10       1        v6 (1)
        v5    operation  Sin(v2)                 -0.9589  -1       v7 (-1)
        v6    operation  Add(v3, v4)             10.69    1        v7 (1)
        v7    operation  Subtract(v6, v5)  y     11.65    1

        """.ReplaceLineEndings("\n")));

    [Test]
    public void PartialAdjointsStandOnTheEdgesOfEveryPicture()
    {
        TapeGraph graph = Graphs.LectureWithAdjoints();
        Assert.That(graph.ToMermaid(), Does.Contain("n1 -->|\"-0.2837\"| n4").And.Contains("<br/>adj 1.716"));
        Assert.That(graph.ToDot(), Does.Contain("n1 -> n4 [label=\"-0.2837\"];").And.Contains("\\nadj 1.716"));
        Assert.That(SvgTests.Parse(graph).Elements().Where(text => text.Attribute("class")?.Value == "partial").Select(text => text.Value),
            Is.EquivalentTo(new[] { "0.5", "5", "2", "-0.2837", "1", "1", "1", "-1" }));
        MermaidTests.Read(graph);
        DotTests.Read(graph);
        SvgTests.AssertReadable(graph);
    }

    [Test]
    public void AUserOfAValueTwiceBearsBothPartsAndWhatDoesNotLeadToTheOutputNone()
    {
        Tensor x = Graphs.Leaf(3, "x");
        using var autograd = new Autograd();
        Tensor square = x * x;
        _ = x.Exp();
        TapeGraph graph = TapeGraph.Of(autograd, new TapeGraphOptions { AdjointsOf = square });
        Assert.That(graph.ToText(), Does.Contain("v2 (3 + 3), v3"));
        Assert.That(graph.Nodes.Select(node => node.Adjoint), Is.EqualTo(new[] { "6", "1", null }));
        Assert.That(() => TapeGraph.Of(autograd, new TapeGraphOptions { AdjointsOf = x }), Throws.InvalidOperationException);
    }

    [Test]
    public void ATensorsAdjointIsShownByItsNorm()
    {
        Tensor x = Tensor.From([3, 4], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor y = x.Square().Sum();
        Assert.That(TapeGraph.Of(autograd, new TapeGraphOptions { AdjointsOf = y }).ToText(), Does.Contain("norm 10").And.Contains("v2 (norm 10)").And.Contains("v3 (norm 1.414)"));
    }

    [Test]
    public void ParametersAndGradientsCanBeLeftOut()
    {
        TapeGraph graph = Graphs.Lecture(new TapeGraphOptions { ShowParameters = false, ShowGradients = false });
        Assert.That((graph.NodeCount, graph.EdgeCount), Is.EqualTo((5, 4)));
        Assert.That(graph.ToText(), Does.Not.Contain("gradient ").And.Contains("Multiply(v1, v2)"));
    }

    [Test]
    public void AGraphOutlivesItsScopeButIsNotMadeOfAnEndedOne()
    {
        var ended = new Autograd();
        ended.Dispose();
        Assert.That(() => TapeGraph.Of(ended), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(Graphs.Lecture().ToSvg(), Is.EqualTo(Graphs.Lecture().ToSvg()));
    }

    [Test]
    public void TooFewNodesAreRefused() =>
        Assert.That(() => Graphs.Lecture(new TapeGraphOptions { MaxNodes = 9 }), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxNodes"));

    [Test]
    public void AnEmptyTapeIsDrawn()
    {
        using var autograd = new Autograd();
        TapeGraph graph = TapeGraph.Of(autograd);
        Assert.That(graph.NodeCount, Is.Zero);
        Assert.That(SvgTests.Parse(graph).Name.LocalName, Is.EqualTo("svg"));
        Assert.That(graph.ToText(), Does.Contain("0 operations"));
        MermaidTests.Read(graph);
    }

    [Test]
    public void AnExtensionIsAGroupAndNamesTheGradientsItComputes()
    {
        TapeGraph graph = Graphs.Extended();
        Assert.That(graph.Groups, Is.EqualTo(new[] { "backward 1" }));
        Assert.That(graph.Nodes.Count(node => node.Pass == 0), Is.EqualTo(7));
        Assert.That(graph.Nodes.Where(node => node.IsAdjoint is not null).Select(node => $"{node.IsAdjoint} = {node.Value}"), Is.EquivalentTo(new[] { "adj(v1) = 5.5", "adj(v2) = 1.716" }));
        Assert.That(graph.Description, Does.Contain($"{graph.NodeCount - 7} operations recorded by createGraph"));
    }

    [Test]
    public void ASweepOverASweepIsTheSecondPass()
    {
        Tensor x = Graphs.Leaf(0.5, "x");
        using var autograd = new Autograd();
        Tensor first = autograd.Gradients(x.Sin() * x, [x], createGraph: true)[0]!;
        int before = autograd.Operations.Count;
        autograd.Gradients(first, [x], createGraph: true);
        TapeGraph graph = TapeGraph.Of(autograd);
        Assert.That(graph.Groups, Is.EqualTo(new[] { "backward 1", "backward 2" }));
        Assert.That(graph.Nodes.Count(node => node.Pass == 2), Is.EqualTo(autograd.Operations.Count - before));
        Assert.That(graph.Nodes.Count(node => node.Pass == 0), Is.EqualTo(3));
    }

    [Test]
    public void BackwardWithoutCreateGraphAddsNothing() =>
        Assert.That(Graphs.Lecture().Nodes.Select(node => node.Pass), Is.All.Zero);

    [Test]
    public void ModulesAreGroupsWithTheirParameters()
    {
        TapeGraph graph = Graphs.TrainingStep();
        Assert.That(graph.Groups, Is.EqualTo(new[] { "layers.0", "layers.1", "layers.2" }));
        Assert.That(graph.Nodes.Where(node => node.Group == 0).Select(node => node.Text), Is.EqualTo(new[] { "layers.0.weight", "layers.0.bias", "Linear(c1, v1, v2)" }));
        Assert.That(graph.Nodes.Single(node => node.Kind == NodeKind.Constant), Has.Property(nameof(GraphNode.Text)).EqualTo("batch").And.Property(nameof(GraphNode.Group)).EqualTo(-1));
    }

    [Test]
    public void WithoutSourcesTheNamesOfParametersGiveTheGroups() =>
        Assert.That(Graphs.TrainingStep(recordSources: false).Groups, Is.EqualTo(new[] { "layers.0", "layers.2" }));

    [TestCase(10)]
    [TestCase(120)]
    public void TenThousandOperationsAreDrawnWithAFewNodesThatCountThem(int most)
    {
        TapeGraph graph = Graphs.Chain(10_000, new TapeGraphOptions { MaxNodes = most });
        Assert.That(graph.NodeCount, Is.InRange(most / 4, most));
        Assert.That(graph.Nodes.Sum(node => node.Count), Is.EqualTo(10_000));
        Assert.That(graph.OperationCount, Is.EqualTo(10_000));
        Assert.That(graph.Edges.Select(edge => edge.To - edge.From), Is.All.Positive);
        SvgTests.AssertReadable(graph);
        MermaidTests.Read(graph);
    }

    [Test]
    public void ManyOperationsOfDifferentShapeAndManyLeavesStayWithinTheLimit()
    {
        var layers = Enumerable.Range(0, 150).Select(i => (Module)new Linear(2, 2, generator: new Generator(i))).ToArray();
        var model = new Sequential(layers);
        using var autograd = new Autograd(recordSources: false);
        Tensor loss = model.Forward(Tensor.Ones([1, 2])).Sum();
        for (int i = 0; i < 100; i++) loss = loss + loss.Sin() * Graphs.Leaf(i, $"leaf {i}").To(DType.Float32);
        autograd.Gradients(loss, model.Parameters(), createGraph: true);
        TapeGraph graph = TapeGraph.Of(autograd, new TapeGraphOptions { Model = model, MaxNodes = 60 });
        Assert.That(graph.NodeCount, Is.LessThanOrEqualTo(60));
        Assert.That(graph.Nodes.Sum(node => node.Count), Is.EqualTo(autograd.Operations.Count));
        Assert.That(graph.Edges.Select(edge => edge.To - edge.From), Is.All.Positive);
        SvgTests.AssertReadable(graph);
    }

    [Test]
    public void AModuleCollapsesBeforeAnythingElse()
    {
        var model = new Sequential(new BatchNorm1d(3), new LayerNorm([3]), new BatchNorm1d(3));
        using var autograd = new Autograd(recordSources: true);
        model.Forward(Tensor.Randn([4, 3], generator: new Generator(1))).Sum();
        TapeGraph graph = TapeGraph.Of(autograd, new TapeGraphOptions { Model = model, MaxNodes = 10 });
        Assert.That(graph.Nodes.Where(node => node.Kind == NodeKind.Collapsed).Select(node => node.Text), Is.EqualTo(new[]
        {
            "0: 2 operations, 2 leaves", "1: 3 operations, 2 leaves", "2: 3 operations, 2 leaves",
        }));
    }

    [Test]
    public void TenThousandNodesAreWrittenWithoutRecursion() => SmallStack.Run(() =>
    {
        TapeGraph graph = Graphs.Chain(10_000, new TapeGraphOptions { MaxNodes = int.MaxValue });
        Assert.That(graph.NodeCount, Is.EqualTo(10_001));
        Assert.That(graph.ToMermaid(), Does.Contain("n9999 --> n10000"));
        Assert.That(graph.ToDot(), Does.Contain("n9999 -> n10000"));
        Assert.That(graph.ToText(), Does.Contain("v10001  operation"));
        Assert.That(graph.ToSvg().Length, Is.InRange(1_000_000, 12_000_000));
    });

    [Test]
    public void AnyNameIsWrittenInEveryFormat()
    {
        TapeGraph graph = Graphs.Lecture(new TapeGraphOptions { Title = OddName }, OddName);
        Assert.That(SvgTests.Parse(graph).Descendants().Any(element => element.Value.Contains("a\"b\\c<d>&|#;`]}", StringComparison.Ordinal)), Is.True);
        MermaidTests.Read(graph);
        DotTests.Read(graph);
        Assert.That(graph.ToText().Split('\n'), Has.Length.EqualTo(Graphs.Lecture().ToText().Split('\n').Length));
    }

    [Test]
    public void NumbersAreThoseOfTheTapesOwnLines()
    {
        Tensor x = Tensor.From([1, 2], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        _ = (x.Exp() * 3).Sum();
        string[] lines = [.. autograd.Operations.Select(operation => operation.ToString().Split(" = ")[0])];
        TapeGraph graph = TapeGraph.Of(autograd);
        Assert.That(graph.Nodes.Where(node => node.Kind == NodeKind.Operation).Select(node => node.Id), Is.EqualTo(lines));
        Assert.That(graph.Nodes.Single(node => node.Kind == NodeKind.Leaf).Id, Is.EqualTo("v1"));
    }
}
