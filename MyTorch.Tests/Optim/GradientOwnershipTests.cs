using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>Leaves that receive gradients but belong to no optimizer, and parameters of an optimizer that receive none.</summary>
public sealed class GradientOwnershipTests
{
    [Test]
    public void ALeafThatNoOptimizerHoldsIsFoundWithItsUse()
    {
        var model = new Linear(3, 2);
        var optimizer = new SGD(model.Parameters(), 0.1);
        var stray = new Parameter(Tensor.Ones([2])) { Name = "stray" };
        Tensor constant = Tensor.Ones([2]);
        using var autograd = new Autograd();
        Tensor y = model.Forward(Tensor.Ones([4, 3])) * stray * constant + stray;
        autograd.Backward(y.Sum());

        IReadOnlyList<UnownedLeaf> found = autograd.UnownedLeaves(optimizer.Parameters);
        Assert.That(found.Select(f => f.Leaf), Is.EqualTo(new[] { stray }));
        Assert.That(found[0].FirstUse.Name, Is.EqualTo("Multiply"));
        Assert.That(found[0].Uses, Is.EqualTo(2));
        Assert.That(found[0].ToString(), Does.StartWith("stray (2,) Float32 received a gradient through Multiply (used 2 times) but is in none").And.Contains("Give it to an optimizer"));

        var second = new SGD([stray], 0.1);
        Assert.That(autograd.UnownedLeaves(optimizer.Parameters, second.Parameters), Is.Empty, "the fix works");
        Assert.That(autograd.UnownedLeaves(model.Parameters(), [stray]), Is.Empty);
        Assert.That(autograd.UnownedLeaves().Count, Is.EqualTo(3), "without lists all leaves are named");
    }

    [Test]
    public void ALeafWithoutAGradientIsNotNamed()
    {
        var used = new Parameter(1);
        var unused = new Parameter(2);
        using var autograd = new Autograd();
        Tensor loss = used * 3;
        _ = unused * 2;
        autograd.Backward(loss);
        Assert.That(autograd.UnownedLeaves([]).Select(f => f.Leaf), Is.EqualTo(new[] { used }));
    }

    [Test]
    public void AParameterThatReceivesNoGradientIsFound()
    {
        var used = new Linear(2, 2);
        var forgotten = new Linear(2, 2, bias: false);
        var frozen = new Parameter(1) { RequiresGrad = false };
        var optimizer = new SGD([.. used.Parameters(), forgotten.Weight, frozen], 0.1);
        using var autograd = new Autograd();
        autograd.Backward(used.Forward(Tensor.Ones([1, 2])).Sum());
        Assert.That(optimizer.ParametersWithoutGradient(), Is.EqualTo(new[] { forgotten.Weight }));
    }

    [Test]
    public void TheListsAreCheckedAndAnEndedScopeSaysSo()
    {
        var autograd = new Autograd();
        Assert.That(() => autograd.UnownedLeaves(null!, []), Throws.ArgumentNullException);
        autograd.Dispose();
        Assert.That(() => autograd.UnownedLeaves(), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void AnOptimizersParametersCannotBeExchanged()
    {
        var weights = new List<Tensor> { new Parameter(1) };
        var optimizer = new SGD(weights, 0.1);
        weights.Add(new Parameter(2));
        Assert.That(optimizer.Parameters, Has.Count.EqualTo(1), "what changes in the list afterwards is not taken up");
        Assert.That(optimizer.Parameters, Is.Not.InstanceOf<Tensor[]>());
    }
}
