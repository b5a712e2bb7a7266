using MyTorch.Differentiation;
using MyTorch.Teaching;

namespace MyTorch.Tests;

/// <summary>The chain rule with shapes, sums of functions, and what a derivative predicts.</summary>
public class ChainTraceTests
{
    static Tensor Random(Shape shape, int seed) => Tensor.Randn(shape, DType.Float64, new Generator(seed));

    static IEnumerable<VectorFunction> Functions() =>
    [
        VectorFunction.Identity(3), VectorFunction.Tanh(3), VectorFunction.Sin(3), VectorFunction.Softmax(3), VectorFunction.Product(Random([2, 3], 7)),
        VectorFunction.Layer(Random([4, 3], 8)), VectorFunction.Of(FunctionText.Parse("x1*x2 + sin(x3)")), VectorFunction.Of(FunctionText.Parse("u = x1*x2; u, u*x3, x2")),
        VectorFunction.Sum([VectorFunction.Identity(3), VectorFunction.Tanh(3)]), VectorFunction.Tanh(3).Repeated(4),
    ];

    [TestCaseSource(nameof(Functions))]
    public void TheChainRuleIsAProductOfMatrices(VectorFunction g)
    {
        Tensor x = Random([3], 1), upstream = Random([2, g.Outputs], 2);
        ChainTrace chain = ChainTrace.Of([g], x, upstream);
        Assert.That((chain.Derivative.Shape, chain.Product.Shape), Is.EqualTo(((Shape)new[] { g.Outputs, 3 }, (Shape)new[] { 2, 3 })));
        Assert.That(chain.Derivative.ToArray(), Is.EqualTo(Numerical.Jacobian(g.Apply, x).ToArray()).Within(1e-7));
        Assert.That(chain.Product.ToArray(), Is.EqualTo(upstream.MatMul(chain.Derivative).ToArray()).Within(1e-13));
        for (int m = 0; m < 2; m++)
            for (int d = 0; d < 3; d++)
                Assert.That(chain.Element(m, d).Terms.Sum(term => term.Value), Is.EqualTo(chain.Product.Item(m, d)).Within(1e-13));
        Assert.That(chain.Element(1, 2).Terms.Count, Is.EqualTo(g.Outputs));
    }

    [Test]
    public void TheDerivativesOfBranchesAreAdded()
    {
        VectorFunction[] branches = [VectorFunction.Identity(3), VectorFunction.Layer(Random([3, 3], 5)), VectorFunction.Softmax(3)];
        ChainTrace chain = ChainTrace.Of(branches, Random([3], 1), Random([1, 3], 2));
        Assert.That(chain.Branches.Aggregate((a, b) => a + b).ToArray(), Is.EqualTo(chain.Derivative.ToArray()).Within(1e-14));
        ElementSum sum = chain.DerivativeElement(1, 0);
        Assert.That(sum.Text, Is.EqualTo("∇ₓg1[1,0] + ∇ₓg2[1,0] + ∇ₓg3[1,0]"));
        Assert.That(sum.Terms.Sum(term => term.Value), Is.EqualTo(sum.Element.Value).Within(1e-14));
        Assert.That(chain.Branches[0].ToArray(), Is.EqualTo(Tensor.Eye(3, DType.Float64).ToArray()), "a skip connection");
    }

    [TestCaseSource(nameof(Functions))]
    public void AHalvedChangeHasAQuarterOfTheError(VectorFunction g)
    {
        Tensor x = Random([3], 1), change = Random([3], 3) * 1e-3;
        PredictedChange whole = g.Change(x, change), half = g.Change(x, change / 2);
        double error = (whole.Actual - whole.Predicted).Abs().Max().Item(), halved = (half.Actual - half.Predicted).Abs().Max().Item();
        Assert.That(error, Is.LessThan(1e-5));
        Assert.That(halved, Is.EqualTo(error / 4).Within(error / 20 + 1e-15));
        Assert.That(whole.Predicted.ToArray(), Is.EqualTo(whole.Derivative.MatMul(change).ToArray()).Within(1e-15));
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.That(() => ChainTrace.Of([VectorFunction.Tanh(3)], Random([3], 1), Random([3], 2)), Throws.ArgumentException.With.Message.Contains("(M×K)·(K×D) = M×D"));
        Assert.That(() => VectorFunction.Sum([VectorFunction.Tanh(3), VectorFunction.Tanh(2)]), Throws.ArgumentException.With.Message.Contains("the same sizes"));
        Assert.That(() => VectorFunction.Tanh(3).Apply(Random([2], 1)), Throws.ArgumentException.With.Message.Contains("give (3,)"));
        Assert.That(() => VectorFunction.Product(Random([2, 3], 1)).Repeated(2), Throws.InvalidOperationException.With.Message.Contains("2 results"));
        Assert.That(() => VectorFunction.Product(Random([3], 1)), Throws.ArgumentException.With.Message.Contains("(K, D)"));
    }
}
