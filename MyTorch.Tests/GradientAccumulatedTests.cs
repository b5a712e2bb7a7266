namespace MyTorch.Tests;

/// <summary><see cref="Autograd.GradientAccumulated"/>: each leaf once, with its whole gradient, while the sweep continues.</summary>
public class GradientAccumulatedTests
{
    [SetUp]
    public void IsThePlainSweep()
    {
        // In the naive engine a leaf is not finished before the end.
        if (Autograd.Replacement is not null) Assert.Ignore("a promise of the library's sweep");
    }

    /// <summary>y = 2x, which notes when its backward rule runs.</summary>
    sealed class Double(Tensor x, List<string> story, string name) : Operation(x)
    {
        protected override Tensor Forward() => X * 2;

        public override Tensor?[] Backward(Tensor gradient)
        {
            story.Add($"rule of {name}");
            return [gradient * 2];
        }
    }

    static Tensor Leaf(double value, string name) => new Nn.Parameter(Tensor.From(value, DType.Float64)) { Name = name };

    [Test]
    public void ALeafIsAnnouncedWithItsWholeGradientBeforeTheSweepEnds()
    {
        var story = new List<string>();
        Tensor early = Leaf(3, "early"), late = Leaf(5, "late");
        using var autograd = new Autograd();
        Tensor first = new Double(early, story, "first").Apply();
        Tensor loss = new Double(first * late + late, story, "last").Apply();
        autograd.GradientAccumulated += leaf => story.Add($"{leaf.Name} has {leaf.Grad!.Item()}");
        autograd.Backward(loss);
        Assert.That(story, Is.EqualTo(new[] { "rule of last", "late has 14", "rule of first", "early has 20" }));
        Assert.That((early.Grad!.Item(), late.Grad!.Item()), Is.EqualTo((20.0, 14.0)));
    }

    [Test]
    public void ItSetsTheGradientsThatBackwardSets([Values] bool createGraph)
    {
        Tensor[] plain = Run(listen: false, out _), announced = Run(listen: true, out List<string> names);
        Assert.That(announced.Select(leaf => leaf.Grad?.Item()), Is.EqualTo(plain.Select(leaf => leaf.Grad?.Item())));
        Assert.That(names, Is.EquivalentTo(new[] { "a", "b" }), "each once; the leaf of another branch not at all");

        Tensor[] Run(bool listen, out List<string> names)
        {
            var seen = names = [];
            Tensor[] leaves = [Leaf(2, "a"), Leaf(3, "b"), Leaf(4, "elsewhere")];
            (Tensor a, Tensor b, Tensor elsewhere) = (leaves[0], leaves[1], leaves[2]);
            using var autograd = new Autograd();
            if (listen) autograd.GradientAccumulated += leaf => seen.Add(leaf.Name!);
            _ = elsewhere * a;
            Tensor loss = a * a * b + (a * b).Exp();
            autograd.Backward(loss, createGraph: createGraph);
            autograd.Backward(loss * 2, createGraph: createGraph);
            if (listen) Assert.That(seen, Has.Count.EqualTo(4));
            names = [.. seen.Distinct()];
            return leaves;
        }
    }

    /// <summary>A result of an outer scope is not a leaf: its history continues there, with a listener and without.</summary>
    [Test]
    public void AResultOfAScopeAroundIsNoLeaf([Values] bool listen)
    {
        Tensor x = Leaf(2, "x"), y = Leaf(3, "y");
        var names = new List<string>();
        using var outer = new Autograd();
        Tensor around = y * y;
        using var inner = new Autograd();
        if (listen) inner.GradientAccumulated += leaf => names.Add(leaf.Name!);
        inner.Backward(x * around);
        Assert.That((x.Grad!.Item(), y.Grad, names.Count), Is.EqualTo((9.0, (Tensor?)null, listen ? 1 : 0)));
        Assert.That(() => inner.Backward(around * 2), Throws.InvalidOperationException.With.Message.Contains("scope around this one"));
    }

    /// <summary>A result that retains its gradient gets it, and is not announced.</summary>
    [Test]
    public void ARetainedResultIsNotAnnounced()
    {
        Tensor x = Leaf(2, "x");
        var names = new List<string?>();
        using var autograd = new Autograd();
        Tensor square = x * x;
        square.RetainGrad();
        autograd.GradientAccumulated += leaf => names.Add(leaf.Name);
        autograd.Backward(square * 3);
        Assert.That((x.Grad!.Item(), square.Grad!.Item()), Is.EqualTo((12.0, 3.0)));
        Assert.That(names, Is.EqualTo(new[] { "x" }));
    }

    [Test]
    public void GradientsAnnouncesNothing()
    {
        Tensor x = Leaf(2, "x");
        using var autograd = new Autograd();
        autograd.GradientAccumulated += _ => Assert.Fail("Gradients sets no Grad.");
        Assert.That(autograd.Gradients(x * x, [x])[0]!.Item(), Is.EqualTo(4));
        Assert.That(x.Grad, Is.Null);
    }
}
