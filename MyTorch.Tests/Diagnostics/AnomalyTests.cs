using MyTorch.Diagnostics;

namespace MyTorch.Tests.Differentiation;

/// <summary>
/// A scope opened with <c>detectAnomaly: true</c> stops at the first operation that makes NaN or ∞ out of finite numbers.
/// </summary>
public class AnomalyTests
{
    static Tensor Leaf(params double[] values)
    {
        Tensor leaf = Tensor.From(values, DType.Float64);
        leaf.RequiresGrad = true;
        return leaf;
    }

    static IEnumerable<TestCaseData> Forwards()
    {
        static TestCaseData Of(GradientReason reason, int position, string equation, string words, Action run) =>
            new TestCaseData(reason, position, equation, words, run).SetArgDisplayNames($"{equation} {reason}");

        yield return Of(GradientReason.LogOfZero, 1, "v3 = Log(v2)", "made -∞ at [1]: log 0", () => (Leaf(1, 0) * 2).Log().Sum());
        yield return Of(GradientReason.OutsideDomain, 0, "v2 = Log(v1)", "made NaN at [1]: the logarithm of -2", () => Leaf(1, -2).Log());
        yield return Of(GradientReason.OutsideDomain, 0, "v2 = Power(v1, 0.5)", "a power of a negative number", () => Leaf(1, -2).Pow(0.5));
        yield return Of(GradientReason.DivisionByZero, 0, "v2 = Reciprocal(v1)", "1/0", () => Leaf(0).Reciprocal());
        yield return Of(GradientReason.DivisionByZero, 0, "v2 = Divide(v1, v1)", "0/0", () => { Tensor zero = Leaf(0); _ = zero / zero; });
        yield return Of(GradientReason.Overflow, 0, "v2 = Exp(v1)", "an overflow", () => Leaf(1, 1000).Exp());
        yield return Of(GradientReason.InputNotFinite, 0, "v2 = Tanh(v1)", "already contains NaN at [1]", () => Leaf(1, double.NaN).Tanh());
        yield return Of(GradientReason.ZeroTimesInfinity, 0, "v2 = Multiply(v1, Float64 (1,))", "0·∞", () => _ = Leaf(0) * Tensor.From([double.NegativeInfinity], DType.Float64));
        yield return Of(GradientReason.DivisionByZero, 0, "v2 = Power(v1, -1.5)", "a negative power of 0", () => Leaf(0).Pow(-1.5));
        yield return Of(GradientReason.Undefined, 0, "v2 = Subtract(v1, Infinity)", "∞ - ∞", () => _ = Leaf(double.PositiveInfinity) - double.PositiveInfinity);
        yield return Of(GradientReason.Undefined, 0, "v3 = Divide(v1, v2)", "∞/∞", () => _ = Leaf(double.PositiveInfinity) / Leaf(double.PositiveInfinity));
    }

    [TestCaseSource(nameof(Forwards))]
    public void TheFirstOperationThatMakesIt(GradientReason reason, int position, string equation, string words, Action run)
    {
        using var autograd = new Autograd(detectAnomaly: true);
        AnomalyException error = Assert.Throws<AnomalyException>(() => run())!;
        Assert.That((error.Reason, error.Position, error.IsBackward), Is.EqualTo((reason, position, false)));
        Assert.That(error.Message, Does.StartWith($"Anomaly: {equation}: ").And.Contain(words).And.Contain("Inputs: "));
        Assert.That(error.Operation, Is.SameAs(autograd.Operations[position]));
    }

    [Test]
    public void ItsInputsAreNamed()
    {
        Tensor w = Leaf(1, 0, 3);
        w.Name = "weight";
        using var autograd = new Autograd(recordSources: true, detectAnomaly: true);
        AnomalyException error = Assert.Throws<AnomalyException>(() => w.Log())!;
        Assert.That(error.Message, Does.Contain("weight (3,) Float64, values 0 to 3").And.Contain("AnomalyTests.cs:"));
    }

    [Test]
    public void InTheSweep()
    {
        Tensor w = Leaf(4, 0);
        using var autograd = new Autograd(detectAnomaly: true);
        Tensor loss = (w * 1).Sqrt().Sum();
        AnomalyException error = Assert.Throws<AnomalyException>(() => autograd.Backward(loss))!;
        Assert.That((error.Reason, error.Position, error.Operation.Name, error.IsBackward), Is.EqualTo((GradientReason.InfiniteDerivative, 1, "Sqrt", true)));
        Assert.That(error.Message, Does.StartWith("Anomaly: Backward of v3 = Sqrt(v2): made ∞ at [1] of the gradient of input 0").And.Contain("Inputs: v2 (2,) Float64, values 0 to 4; upstream gradient: values 1 to 1."));
        Assert.That(w.Grad, Is.Null, "a Backward that fails adds nothing");
    }

    [Test]
    public void ZeroTimesInfinityInTheSweep()
    {
        Tensor w = Leaf(4, 0);
        using var autograd = new Autograd(detectAnomaly: true);
        Tensor loss = (w.Sqrt() * Tensor.From([1.0, 0], DType.Float64)).Sum();
        AnomalyException error = Assert.Throws<AnomalyException>(() => autograd.Gradients(loss, [w]))!;
        Assert.That((error.Reason, error.IsBackward), Is.EqualTo((GradientReason.ZeroTimesInfinity, true)));
    }

    [Test]
    public void FiniteNumbersPass()
    {
        Tensor w = Leaf(4, 1);
        using var autograd = new Autograd(detectAnomaly: true);
        autograd.Backward((w.Sqrt() * w.Log() + Tensor.Where(w > 2, w, Tensor.From([1.0, double.NegativeInfinity], DType.Float64)).Exp()).Sum());
        Assert.That(w.Grad, Is.Not.Null, "a mask of −∞ that was given is not an anomaly");
    }

    [Test]
    public void ScopesInsideDetectToo()
    {
        using var outer = new Autograd(detectAnomaly: true);
        using var inner = new Autograd();
        Assert.Throws<AnomalyException>(() => Leaf(0).Log());
    }

    [Test]
    public void OffItStopsNothing()
    {
        Tensor w = Leaf(0);
        using var autograd = new Autograd();
        autograd.Backward(w.Log().Sum());
        Assert.That(w.Grad!.Item(), Is.EqualTo(double.PositiveInfinity));
    }

    [Test]
    public void RecordingGoesOnAfterAnAnomaly()
    {
        using var autograd = new Autograd(detectAnomaly: true);
        Assert.Throws<AnomalyException>(() => Leaf(0).Log());
        Assert.That(Autograd.IsRecording, Is.True);
        Tensor w = Leaf(2);
        autograd.Backward(w.Square().Sum());
        Assert.That(w.Grad!.Item(), Is.EqualTo(4));
    }
}
