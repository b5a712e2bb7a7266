
namespace MyTorch.Tests;

/// <summary>The checker itself, on rules that are known to be right and known to be wrong.</summary>
[TestFixture(Engines.Tape)]
[TestFixture(Engines.Naive)]
public sealed class GradientCheckTests(string engine)
{
    readonly IBackwardEngine _engine = Engines.Named(engine);

    /// <summary>x², with a choice of rules.</summary>
    sealed class SquareWith(Tensor x, Func<Tensor, Tensor, Tensor> rule) : Operation(x)
    {
        protected override Tensor Forward() => X * X;
        public override Tensor?[] Backward(Tensor gradient) => [rule(gradient, X)];
    }

    /// <summary>x³ with the right slope, kept as a number: the derivative of the derivative is lost.</summary>
    sealed class CubeWithFrozenSlope(Tensor x) : Operation(x)
    {
        protected override Tensor Forward() => X * X * X;
        public override Tensor?[] Backward(Tensor gradient) => [gradient * (3 * X * X).Detach()];
    }

    static Tensor Leaf(params double[] values)
    {
        Tensor leaf = Tensor.From(values, DType.Float64);
        leaf.RequiresGrad = true;
        return leaf;
    }

    [Test]
    public void ARightRulePassesBothOrders()
    {
        Tensor[] inputs = [Leaf(0.5, -1.5, 2)];
        Func<Tensor[], Tensor> f = x => new SquareWith(x[0], (g, at) => g * 2 * at).Apply();
        Assert.DoesNotThrow(() => GradientCheck.First(f, inputs, _engine));
        Assert.DoesNotThrow(() => GradientCheck.Second(f, inputs, _engine));
    }

    [Test]
    public void ARuleOffByHalfAThousandthFails()
    {
        GradientCheckException error = Assert.Throws<GradientCheckException>(() =>
            GradientCheck.First(x => new SquareWith(x[0], (g, at) => g * 2.001 * at).Apply(), [Leaf(0.5, -1.5, 2)], _engine))!;
        Assert.That(error.Fault, Is.EqualTo(GradientFault.WrongRule));
        Assert.That((error.Order, error.Input, error.Index), Is.EqualTo((1, 0, 0)));
        Assert.That(error.Analytic / error.Numeric, Is.EqualTo(2.001 / 2).Within(1e-6));
        Assert.That(error.Message, Does.Contain("index 0").And.Contain("wrong rule"));
    }

    [Test]
    public void TheFirstFailingIndexIsNamed()
    {
        Tensor onlyTheLast = Tensor.From([1.0, 1, 1.01], DType.Float64);
        GradientCheckException error = Assert.Throws<GradientCheckException>(() => GradientCheck.First(
            x => x[0] * new SquareWith(x[1], (g, at) => g * 2 * at * onlyTheLast).Apply(), [Leaf(1, 2, 3), Leaf(0.5, -1.5, 2)], _engine))!;
        Assert.That((error.Input, error.Index), Is.EqualTo((1, 2)));
        Assert.That(error.Message, Does.Contain(error.Analytic.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
        Assert.That(error.Message, Does.Contain(error.Numeric.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Test]
    public void AMissingGradientFails()
    {
        GradientCheckException error = Assert.Throws<GradientCheckException>(() =>
            GradientCheck.First(x => x[0].Detach() * x[1], [Leaf(1, 2), Leaf(3, 4)], _engine))!;
        Assert.That((error.Fault, error.Input, error.Analytic), Is.EqualTo((GradientFault.WrongRule, 0, 0.0)));
    }

    [Test]
    public void AFrozenSlopePassesTheFirstOrderAndFailsTheSecond()
    {
        Tensor[] inputs = [Leaf(0.5, -1.5)];
        Func<Tensor[], Tensor> f = x => new CubeWithFrozenSlope(x[0]).Apply();
        Assert.DoesNotThrow(() => GradientCheck.First(f, inputs, _engine));
        GradientCheckException error = Assert.Throws<GradientCheckException>(() => GradientCheck.Second(f, inputs, _engine))!;
        Assert.That((error.Order, error.Fault), Is.EqualTo((2, GradientFault.WrongRule)));
        Assert.That(error.Analytic, Is.Zero, "the second derivative was lost");
    }

    [Test]
    public void AKinkIsToldFromAWrongRule()
    {
        GradientCheckException error = Assert.Throws<GradientCheckException>(() =>
            GradientCheck.First(x => x[0].Abs() + 2 * x[0].ReLU(), [Leaf(1, 0)], _engine))!;
        Assert.That((error.Fault, error.Index), Is.EqualTo((GradientFault.Kink, 1)));
        Assert.That(error.Message, Does.Contain("to the left").And.Contain("to the right"));
    }

    [Test]
    public void LostPrecisionIsToldFromAWrongRule()
    {
        GradientCheckException error = Assert.Throws<GradientCheckException>(() =>
            GradientCheck.First(x => (x[0].Sin() + 1e11) - 1e11, [Leaf(0.7)], _engine))!;
        Assert.That(error.Fault, Is.EqualTo(GradientFault.LostPrecision));
        Assert.That(error.Message, Does.Contain("the error falls to").And.Contain("rises again"));
    }

    [Test]
    public void AWrongRuleIsFoundBesideALeftDomain()
    {
        GradientCheckException error = Assert.Throws<GradientCheckException>(() =>
            GradientCheck.First(x => x[0].Log() + new SquareWith(x[0], (g, at) => g * 2.001 * at).Apply(), [Leaf(0.05, 0.5)], _engine))!;
        Assert.That((error.Fault, error.Index), Is.EqualTo((GradientFault.WrongRule, 0)));
    }
}
