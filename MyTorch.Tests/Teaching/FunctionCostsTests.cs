using System.Numerics;
using MyTorch.Differentiation;
using MyTorch.Teaching;

namespace MyTorch.Tests.Differentiation;

/// <summary>The lecture's costs of all partial derivatives, counted; and the paths of a chain of diamonds.</summary>
public class FunctionCostsTests
{
    static IEnumerable<int> To(int count) => Enumerable.Range(0, count);

    static long Forward(FunctionCosts costs) => costs.ValueMultiplications + To(costs.Inputs).Sum(i => costs.Column(i).Multiplications);

    static long Reverse(FunctionCosts costs) => costs.ValueMultiplications + To(costs.Outputs).Sum(j => costs.Row(j).Multiplications);

    static long Differences(FunctionCosts costs) =>
        costs.ValueMultiplications + To(costs.Inputs).Sum(i => costs.Difference(i).Multiplications);

    static BigInteger Symbolic(FunctionCosts costs, Func<SymbolicCost, BigInteger> count) =>
        To(costs.Outputs).SelectMany(j => To(costs.Inputs).Select(i => count(costs.Symbolic(j, i))))
            .Aggregate(BigInteger.Zero, (a, b) => a + b);

    [Test]
    public void TheLecturesProductOfFifty()
    {
        FunctionCosts costs = FunctionCosts.OfProducts(50, 1);
        Assert.That(Symbolic(costs, one => one.Simplified), Is.EqualTo((BigInteger)2400));
        Assert.That(Symbolic(costs, one => one.FromOne!.Value), Is.EqualTo((BigInteger)2450));
        Assert.That(Symbolic(costs, one => one.ProductRule), Is.EqualTo((BigInteger)63700));
        Assert.That((costs.ValueMultiplications, Reverse(costs)), Is.EqualTo((49L, 147L)));
        Assert.That(Differences(costs), Is.EqualTo(51 * 49));
        // Forward mode skips what does not depend on the input: a pass begins where the input is used.
        Assert.That(Forward(costs), Is.EqualTo(49 + 49 * 52 / 2));
    }

    [TestCase(1, 1)]
    [TestCase(1, 6)]
    [TestCase(6, 1)]
    [TestCase(5, 3)]
    [TestCase(3, 5)]
    public void EveryWayGivesTheSameJacobian(int n, int m)
    {
        FunctionCosts costs = FunctionCosts.OfProducts(n, m);
        Assert.That((costs.Inputs, costs.Outputs, costs.ValueMultiplications), Is.EqualTo((n, m, n + m - 2L)));
        double[][] rows = [.. To(m).Select(j => costs.Row(j).Derivatives.ToArray())];
        for (int i = 0; i < n; i++)
        {
            Assert.That(costs.Column(i).Derivatives, Is.EqualTo(rows.Select(row => row[i])).Within(1e-13));
            Assert.That(costs.Difference(i).Derivatives, Is.EqualTo(rows.Select(row => row[i])).Within(1e-4));
        }
        Tensor at = Tensor.From([.. costs.At], DType.Float64);
        Tensor expected = Differentiate.Jacobian(x =>
        {
            Tensor[] y = [Enumerable.Range(0, n).Select(i => x[i]).Aggregate((a, b) => a * b)];
            while (y.Length < m) y = [.. y, y[^1] * x[n - 1]];
            return Tensor.Stack(y);
        }, at);
        Assert.That(rows.SelectMany(row => row), Is.EqualTo(expected.ToArray()).Within(1e-13));
    }

    [Test]
    public void OneInputFavoursForwardModeAndOneOutputReverseMode()
    {
        FunctionCosts curve = FunctionCosts.OfProducts(1, 30), loss = FunctionCosts.OfProducts(30, 1);
        Assert.That((Forward(curve), Reverse(curve)), Is.EqualTo((29L + 2 * 29, 29L + 29 * 30)));
        Assert.That(Forward(loss), Is.GreaterThan(5 * Reverse(loss)));
        Assert.That((loss.KeptByReverseMode, loss.KeptByForwardMode), Is.EqualTo((28, 2)), "the last product is read by no rule");
        Assert.That(curve.Symbolic(3, 0).FromOne, Is.Null, "a power does not multiply different variables");
    }

    [Test]
    public void AnyFunctionIsCounted()
    {
        var costs = new FunctionCosts(x => [x[0].Square() * x[1], x[0].Sin()], [2, 3]);
        Assert.That((costs.Inputs, costs.Outputs, costs.ValueMultiplications), Is.EqualTo((2, 2, 2L)));
        Assert.That(costs.Row(0).Derivatives, Is.EqualTo(new[] { 12.0, 4 }));
        Assert.That(costs.Column(0).Derivatives, Is.EqualTo(new[] { 12, Math.Cos(2) }).Within(1e-15));
        Assert.That(costs.Symbolic(0, 0).Simplified, Is.EqualTo((BigInteger)2), "2·v1·v2");
        Assert.That(() => new FunctionCosts(x => [x[0].ReLU()], [1]).Symbolic(0, 0),
            Throws.InvalidOperationException.With.Message.Contains("ReLU"));
        using var autograd = new Autograd();
        _ = costs.Row(0);
        Assert.That(autograd.Operations, Is.Empty);
    }

    [Test]
    public void ErrorsSayWhatIsCounted()
    {
        Assert.That(() => FunctionCosts.OfProducts(0, 1),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("1 to 1000 inputs"));
        Assert.That(() => FunctionCosts.OfProducts(1, 1001),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("1001"));
        Assert.That(() => FunctionCosts.OfProducts(3, 1).Column(3),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("3 of 3"));
        Assert.That(() => new FunctionCosts(x => [Tensor.From(2.0)], [1]),
            Throws.InvalidOperationException.With.Message.Contains("not recorded"));
    }

    [Test]
    public void AChainOfDiamondsHasTwoToTheNPathsAndFourNEdges([Values(1, 2, 3, 10)] int n)
    {
        FunctionTrace trace = FunctionTrace.Of(FunctionPaths.Diamonds(n), [0.5]);
        var paths = new FunctionPaths(trace, 0);
        Assert.That((paths.Count, paths.SweptEdges), Is.EqualTo((BigInteger.Pow(2, n), 4 * n)));
        FunctionPathStep[] walk = [.. paths.Walk()];
        Assert.That((BigInteger)walk.Length, Is.EqualTo(paths.WalkedEdges).And.EqualTo(4 * (BigInteger.Pow(2, n) - 1)));
        Assert.That(walk[^1].Paths, Is.EqualTo(1L << n));
        Assert.That(walk[^1].Sum, Is.EqualTo(trace.Rows[0].Adjoint!.Item()).Within(1e-9).Percent);
        Assert.That(walk[0].Edge.Input, Is.EqualTo(1));
    }

    [Test]
    public void TheRecursionOfAnyFunctionIsItsAdjoint()
    {
        foreach (GalleryFunction one in FunctionGallery.All.Where(one => FunctionText.Parse(one.Text).Outputs.Count == 1))
        {
            FunctionTrace trace = FunctionTrace.Of(FunctionText.Parse(one.Text), one.At);
            for (int i = 0; i < trace.Function.Variables.Count; i++)
            {
                double sum = new FunctionPaths(trace, i).Walk().Last().Sum;
                Assert.That(sum, Is.EqualTo(trace.Rows[i].Adjoint?.Item() ?? 0).Within(1e-12), one.Name);
            }
        }
        Assert.That(() => FunctionPaths.Diamonds(67), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("1 to 66"));
        Assert.That(new FunctionPaths(FunctionTrace.Of(FunctionPaths.Diamonds(66), [0.5]), 0).Count, Is.EqualTo(BigInteger.Pow(2, 66)));
    }
}
