using MyTorch.Differentiation;

namespace MyTorch.Tests.Differentiation;

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

    /// <summary>x·y, right in reverse mode; its forward rule ignores the change of y.</summary>
    sealed class ProductWithHalfATangent(Tensor x, Tensor y) : Operation(x, y)
    {
        protected override Tensor Forward() => Inputs[0] * Inputs[1];
        public override Tensor?[] Backward(Tensor gradient) => [gradient * Inputs[1], gradient * Inputs[0]];
        public override Tensor Tangent(Tensor?[] tangents) => tangents[0] is { } a ? a * Inputs[1] : Tensor.ZerosLike(Output);
    }

    static Tensor Leaf(params double[] values)
    {
        Tensor leaf = Tensor.From(values, DType.Float64);
        leaf.RequiresGrad = true;
        return leaf;
    }

    void First(Func<IReadOnlyList<Tensor>, Tensor> f, params Tensor[] inputs) =>
        GradientCheck.VerifyMany(f, inputs, GradientCheckMode.Reverse, 1, _engine.Gradients);

    void Second(Func<IReadOnlyList<Tensor>, Tensor> f, params Tensor[] inputs) =>
        GradientCheck.VerifyMany(f, inputs, GradientCheckMode.Second, 1, _engine.Gradients);

    [Test]
    public void ARightRulePasses()
    {
        Tensor[] inputs = [Leaf(0.5, -1.5, 2)];
        Func<IReadOnlyList<Tensor>, Tensor> f = x => new SquareWith(x[0], (g, at) => g * 2 * at).Apply();
        Assert.DoesNotThrow(() => First(f, inputs));
        Assert.DoesNotThrow(() => Second(f, inputs));
        Assert.DoesNotThrow(() => GradientCheck.VerifyMany(f, inputs), "the forward mode too");
        Assert.DoesNotThrow(() => GradientCheck.Verify(x => new SquareWith(x, (g, at) => g * 2 * at).Apply(), inputs[0]));
        Assert.That(inputs[0].Grad, Is.Null, "the check works on copies");
    }

    [Test]
    public void ARuleOffByHalfAThousandthFails()
    {
        GradientCheckException error = Assert.Throws<GradientCheckException>(() =>
            First(x => new SquareWith(x[0], (g, at) => g * 2.001 * at).Apply(), Leaf(0.5, -1.5, 2)))!;
        Assert.That(error.Fault, Is.EqualTo(GradientFault.WrongRule));
        Assert.That((error.Mode, error.Input), Is.EqualTo((GradientCheckMode.Reverse, 0)));
        Assert.That(error.Index, Is.EqualTo(new[] { 0 }));
        Assert.Throws<GradientCheckException>(() => GradientCheck.Verify(x => new SquareWith(x, (g, at) => g * 2.001 * at).Apply(), Leaf(0.5)));
        Assert.That(error.Analytic / error.Numeric, Is.EqualTo(2.001 / 2).Within(1e-6));
        Assert.That(error.Message, Does.Contain("reverse mode").And.Contain("input 0, index [0]").And.Contain("wrong rule"));
    }

    [Test]
    public void TheFirstFailingIndexIsNamed()
    {
        Tensor onlyOne = Tensor.From([1, 1, 1, 1, 1, 1.01], [2, 3], DType.Float64);
        Tensor matrix = Tensor.From([0.5, -1.5, 2, 1, 3, -2], [2, 3], DType.Float64);
        matrix.RequiresGrad = true;
        GradientCheckException error = Assert.Throws<GradientCheckException>(() => First(
            x => x[0] * new SquareWith(x[1], (g, at) => g * 2 * at * onlyOne).Apply(), Leaf(1, 2, 3), matrix))!;
        Assert.That(error.Input, Is.EqualTo(1));
        Assert.That(error.Index, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(error.Message, Does.Contain("index [1, 2]"));
        Assert.That(error.Message, Does.Contain(error.Analytic.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
        Assert.That(error.Message, Does.Contain(error.Numeric.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Test]
    public void AMissingGradientFails()
    {
        GradientCheckException error = Assert.Throws<GradientCheckException>(() => First(x => x[0].Detach() * x[1], Leaf(1, 2), Leaf(3, 4)))!;
        Assert.That((error.Fault, error.Input, error.Analytic), Is.EqualTo((GradientFault.WrongRule, 0, 0.0)));
    }

    [Test]
    public void ANaNFromTheRuleFails()
    {
        GradientCheckException error = Assert.Throws<GradientCheckException>(() =>
            First(x => new SquareWith(x[0], (g, at) => g * 2 * at * double.NaN).Apply(), Leaf(1, 2)))!;
        Assert.That((error.Fault, error.Analytic), Is.EqualTo((GradientFault.WrongRule, double.NaN)));
    }

    [Test]
    public void AFrozenSlopePassesTheFirstOrderAndFailsTheSecond()
    {
        Tensor[] inputs = [Leaf(0.5, -1.5)];
        Func<IReadOnlyList<Tensor>, Tensor> f = x => new CubeWithFrozenSlope(x[0]).Apply();
        Assert.DoesNotThrow(() => First(f, inputs));
        GradientCheckException error = Assert.Throws<GradientCheckException>(() => Second(f, inputs))!;
        Assert.That((error.Mode, error.Fault), Is.EqualTo((GradientCheckMode.Second, GradientFault.WrongRule)));
        Assert.That(error.Analytic, Is.Zero, "the second derivative was lost");
        Assert.That(error.Message, Does.Contain("second derivatives"));
    }

    [Test]
    public void AWrongTangentPassesReverseAndFailsForward()
    {
        Tensor[] inputs = [Leaf(0.5, -1.5), Leaf(2, 3)];
        Func<IReadOnlyList<Tensor>, Tensor> f = x => new ProductWithHalfATangent(x[0], x[1]).Apply();
        Assert.DoesNotThrow(() => First(f, inputs));
        GradientCheckException error = Assert.Throws<GradientCheckException>(() => GradientCheck.VerifyMany(f, inputs))!;
        Assert.That((error.Mode, error.Fault, error.Input), Is.EqualTo((GradientCheckMode.Forward, GradientFault.WrongRule, 1)));
        Assert.That(error.Message, Does.Contain("forward mode"));
    }

    [Test]
    public void AKinkIsToldFromAWrongRule()
    {
        GradientCheckException error = Assert.Throws<GradientCheckException>(() => First(x => x[0].Abs() + 2 * x[0].ReLU(), Leaf(1, 0)))!;
        Assert.That(error.Fault, Is.EqualTo(GradientFault.Kink));
        Assert.That(error.Index, Is.EqualTo(new[] { 1 }));
        Assert.That(error.Message, Does.Contain("to the left").And.Contain("to the right"));
    }

    [Test]
    public void LostPrecisionIsToldFromAWrongRule()
    {
        GradientCheckException error = Assert.Throws<GradientCheckException>(() => First(x => (x[0].Sin() + 1e11) - 1e11, Leaf(0.7)))!;
        Assert.That(error.Fault, Is.EqualTo(GradientFault.LostPrecision));
        Assert.That(error.Message, Does.Contain("the error falls to").And.Contain("rises again"));
    }

    [Test]
    public void AWrongRuleIsFoundBesideALeftDomain()
    {
        GradientCheckException error = Assert.Throws<GradientCheckException>(() =>
            First(x => x[0].Log() + new SquareWith(x[0], (g, at) => g * 2.001 * at).Apply(), Leaf(0.05, 0.5)))!;
        Assert.That(error.Fault, Is.EqualTo(GradientFault.WrongRule));
        Assert.That(error.Index, Is.EqualTo(new[] { 0 }));
    }

    [Test]
    public void WithoutAnyMarkEveryFloatInputIsChecked()
    {
        Tensor a = Tensor.From([1.0, 2], DType.Float64), b = Tensor.From([3.0, -4], DType.Float64);
        GradientCheckException error = Assert.Throws<GradientCheckException>(() => First(x => x[0] * new SquareWith(x[1], (g, _) => g).Apply(), a, b))!;
        Assert.That(error.Input, Is.EqualTo(1));
        b = Leaf(3, -4);
        Assert.DoesNotThrow(() => First(x => new SquareWith(x[0], (g, _) => g).Apply() * x[1], a, b), "only b is marked");
        Assert.DoesNotThrow(() => First(x => x[0].Gather(0, x[1]), a, Tensor.Indices([1, 0, 1])), "indices are passed unchanged");
    }

    [Test]
    public void MistakesAreNamed()
    {
        Tensor single = Tensor.From([1.0, 2], DType.Float32);
        Assert.That(() => First(x => x[0], single), Throws.ArgumentException.With.Message.Contains("input 0").And.Message.Contains(".To(DType.Float64)"));
        Assert.That(() => First(x => x[0].To(DType.Float32), Leaf(1)), Throws.ArgumentException.With.Message.Contains("result").And.Message.Contains("Float32"));
        Assert.That(() => First(x => x[0], Tensor.Indices([1])), Throws.ArgumentException.With.Message.Contains("no input to check"));
    }
}
