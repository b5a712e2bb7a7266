using MyTorch.Diagnostics;
using MyTorch.Nn;

namespace MyTorch.Tests.Differentiation;

/// <summary>
/// <see cref="AutogradDiagnostics.Explain"/> in staged situations: the reason, the operation, and what the sentence says.
/// </summary>
public class ExplainTests
{
    static Tensor X(params double[] values) => Tensor.From(values, DType.Float64);

    static Tensor Leaf(params double[] values)
    {
        Tensor leaf = X(values);
        leaf.RequiresGrad = true;
        return leaf;
    }

    static void Expect(GradientExplanation explanation, GradientReason reason, string? operation, params string[] words)
    {
        Assert.That((explanation.Reason, explanation.Operation?.Name), Is.EqualTo((reason, operation)), explanation.Sentence);
        foreach (string word in words) Assert.That(explanation.Sentence, Does.Contain(word));
        if (explanation.Operation is { } named)
            Assert.That(explanation.Sentence, Does.Contain(EquationTests.PrintedBy(named)));
        Assert.That(explanation.ToString(), Is.EqualTo(explanation.Sentence));
    }

    [Test]
    public void Unused()
    {
        Tensor w = Leaf(1, 2), forgotten = Leaf(3);
        using var autograd = new Autograd();
        w.Square().Sum();
        Expect(autograd.Explain(forgotten), GradientReason.Unused, null, "No recorded operation uses");
    }

    [Test]
    public void UsedButNotByTheOutput()
    {
        Tensor w = Leaf(1, 2), v = Leaf(3, 4);
        using var autograd = new Autograd();
        v.Exp();
        Tensor loss = w.Square().Sum();
        Expect(autograd.Explain(v, loss), GradientReason.DoesNotLeadToOutput, null, "the output does not depend on their results");
    }

    [Test]
    public void SwappedArguments()
    {
        Tensor w = Leaf(1, 2);
        using var autograd = new Autograd();
        Tensor loss = w.Square().Sum();
        Expect(autograd.Explain(loss, w), GradientReason.OutputNotRecorded, null, "are the two arguments swapped? It is Explain(tensor, output)");
    }

    [Test]
    public void DetachedItself()
    {
        Tensor w = Leaf(1, 2), v = Leaf(3, 4);
        using var autograd = new Autograd();
        (v * w.Detach()).Sum();
        Expect(autograd.Explain(w), GradientReason.Detached, "Multiply", "Detach");
    }

    [Test]
    public void DetachedBetweenTensorAndOutput()
    {
        Tensor w = Leaf(1, 2), v = Leaf(3, 4);
        using var autograd = new Autograd();
        Tensor hidden = w.Tanh().Detach() + 1;
        (v * hidden).Sum();
        GradientExplanation explanation = autograd.Explain(w);
        Expect(explanation, GradientReason.Detached, "Multiply", "Operations use this tensor", "was cut off by Detach or Clone");
        Assert.That(explanation.Gradient, Is.Null);
    }

    [Test]
    public void Paused()
    {
        Tensor w = Leaf(1, 2), v = Leaf(3, 4);
        using var autograd = new Autograd();
        Tensor hidden;
        using (Autograd.Pause()) hidden = w.Tanh();
        (v * (hidden + 1)).Sum();
        Expect(autograd.Explain(w), GradientReason.Paused, "Multiply", "No recorded operation uses", "recording was paused");
    }

    [Test]
    public void OutsideTheScope()
    {
        Tensor w = Leaf(1, 2), v = Leaf(3, 4);
        Tensor hidden = w.Tanh();
        using var autograd = new Autograd();
        (v * hidden).Sum();
        Expect(autograd.Explain(w), GradientReason.OutsideScope, "Multiply", "no scope was open");
    }

    [Test]
    public void InAScopeThatHasEnded()
    {
        Tensor w = Leaf(1, 2), v = Leaf(3, 4), hidden;
        using (new Autograd()) hidden = w.Tanh();
        using var autograd = new Autograd();
        (v * hidden).Sum();
        Expect(autograd.Explain(w), GradientReason.ScopeEnded, "Multiply", "a scope that has ended");
    }

    [Test]
    public void ThroughAComparison()
    {
        Tensor w = Leaf(1, 2), v = Leaf(3, 4);
        using var autograd = new Autograd();
        Tensor hits = (w.Sigmoid() > 0.5).To(DType.Float64);
        (v * hits).Sum();
        Expect(autograd.Explain(w), GradientReason.NotDifferentiable, "Multiply", "not differentiable");
    }

    [Test]
    public void DoesNotRequireGrad()
    {
        Tensor data = X(1, 2), w = Leaf(3, 4);
        using var autograd = new Autograd();
        (w * data).Sum();
        Expect(autograd.Explain(data), GradientReason.DoesNotRequireGrad, null, "set RequiresGrad = true");
        Expect(autograd.Explain(Tensor.Indices([1])), GradientReason.DoesNotRequireGrad, null, "Int64");
    }

    [Test]
    public void AParameterReplacedByItsUpdate()
    {
        Tensor w = Leaf(1, 2);
        using (Autograd.Pause()) w = w - 0.1 * w;
        using var autograd = new Autograd();
        (w * Leaf(1, 1)).Sum();
        Expect(autograd.Explain(w), GradientReason.Paused, null, "does not require a gradient", "CopyFrom");
    }

    [Test]
    public void AnOutputThatWasNotRecorded()
    {
        Tensor w = Leaf(1, 2), data = X(1, 2);
        using var autograd = new Autograd();
        Expect(autograd.Explain(w), GradientReason.NothingRecorded, null, "No operation has been recorded");
        Tensor loss;
        using (Autograd.Pause()) loss = (w * data).Sum();
        Expect(autograd.Explain(w, loss), GradientReason.Paused, null, "The output", "recording was paused");
        Expect(autograd.Explain(w, data.Sum()), GradientReason.OutputNotRecorded, null, "computed from nothing that requires a gradient");
    }

    [Test]
    public void AnInnerResultAndAMissingBackward()
    {
        Tensor w = Leaf(1, 2, 0);
        using var autograd = new Autograd();
        Tensor hidden = w.Square();
        Tensor loss = hidden.Sum();
        Expect(autograd.Explain(hidden), GradientReason.InnerResult, null, "RetainGrad()");
        Expect(autograd.Explain(w), GradientReason.BackwardNotCalled, null, "largest element is 4", "1 of 3 are 0", "Backward has not been called");
        autograd.Backward(loss);
        GradientExplanation ordinary = autograd.Explain(w);
        Expect(ordinary, GradientReason.Ordinary, null, "ordinary size");
        Assert.That(ordinary.Gradient!.ToArray(), Is.EqualTo(w.Grad!.ToArray()));
        Expect(autograd.Explain(loss), GradientReason.Ordinary, null, "its gradient is 1");
    }

    sealed class Forgetful(Tensor x) : Operation(x)
    {
        protected override Tensor Forward() => X * 2;
        public override Tensor?[] Backward(Tensor gradient) => [null];
    }

    [Test]
    public void ARuleThatReturnsNull()
    {
        Tensor w = Leaf(1, 2);
        using var autograd = new Autograd();
        new Forgetful(w.Tanh()).Apply().Sum();
        Expect(autograd.Explain(w), GradientReason.RuleReturnsNull, "Forgetful", "returns null");
    }

    [Test]
    public void ADeadReLU()
    {
        Tensor w = Leaf(-1, -2, -3);
        using var autograd = new Autograd(recordSources: true);
        (w * 2).ReLU().Sum();
        GradientExplanation explanation = autograd.Explain(w);
        Expect(explanation, GradientReason.DeadReLU, "ReLU", "3 of its 3 inputs are not positive", "ExplainTests.cs:");
        Assert.That(explanation.Position, Is.EqualTo(1));
    }

    [Test]
    public void ADeadReLUOnlyWhereTheGradientArrives()
    {
        Tensor w = Leaf(-1, 5);
        using var autograd = new Autograd();
        (w.ReLU() * X(1, 0)).Sum();
        Expect(autograd.Explain(w), GradientReason.DeadReLU, "ReLU", "1 of its 2");
    }

    [TestCase(800)]
    [TestCase(40)]
    public void ASaturatedSigmoid(double x)
    {
        Tensor w = Leaf(x, x);
        using var autograd = new Autograd();
        w.Sigmoid().Sum();
        Expect(autograd.Explain(w), GradientReason.SaturatedSigmoid, "Sigmoid", "saturated", $"reach {x}");
    }

    [Test]
    public void ASaturatedTanh()
    {
        Tensor w = Leaf(20, -30);
        using var autograd = new Autograd();
        (w.Tanh() * X(1, 2)).Sum();
        Expect(autograd.Explain(w), GradientReason.SaturatedTanh, "Tanh", "reach 30");
    }

    [Test]
    public void ASoftmaxAtCertainty()
    {
        Tensor logits = Leaf(1000, 0, -5);
        using var autograd = new Autograd();
        (logits.Softmax(0) * X(1, 2, 3)).Sum();
        Expect(autograd.Explain(logits), GradientReason.CertainSoftmax, "Softmax", "reach 1E+03");
        Tensor rows = Tensor.From([900.0, 0, 0, 900], [2, 2], DType.Float64);
        rows.RequiresGrad = true;
        new CrossEntropyLoss().Forward(rows, Tensor.Indices([0, 1]));
        Expect(autograd.Explain(rows), GradientReason.CertainSoftmax, "SoftmaxCrossEntropy", "saturated softmax");
    }

    [Test]
    public void ASoftmaxWhoseSumIsTaken()
    {
        Tensor logits = Leaf(0, 0, 0, 0);
        using var autograd = new Autograd();
        logits.Softmax(0).Sum();
        Expect(autograd.Explain(logits), GradientReason.Cancelled, "Softmax", "sum to 1");
    }

    [Test]
    public void MultipliedByZero()
    {
        Tensor w = Leaf(1, 2);
        using var autograd = new Autograd();
        (w.Tanh() * X(0, 0)).Sum();
        Expect(autograd.Explain(w), GradientReason.MultipliedByZero, "Multiply", "by 0");
        Tensor hidden = Tensor.From([1.0, 2, 3], [1, 3], DType.Float64), weight = Tensor.Zeros([2, 3], DType.Float64);
        hidden.RequiresGrad = weight.RequiresGrad = true;
        hidden.Linear(weight, Leaf(1, 1)).Sum();
        Expect(autograd.Explain(hidden), GradientReason.MultipliedByZero, "Linear", "by 0");
    }

    [Test]
    public void NotSelectedClampedAndFlat()
    {
        Tensor w = Leaf(0, 0), v = Leaf(5, 6);
        using var autograd = new Autograd();
        Tensor.Maximum(w, v).Sum();
        Expect(autograd.Explain(w), GradientReason.NotSelected, "Maximum", "selected other elements");
        v.Clamp(-1, 1).Sum();
        Expect(autograd.Explain(v), GradientReason.OutOfBounds, "Clamp", "bounds");
        w.Square().Sum();
        Expect(autograd.Explain(w), GradientReason.ZeroDerivative, "Square", "derivative is 0");
    }

    [Test]
    public void ContributionsThatCancel()
    {
        Tensor w = Leaf(1, 2);
        using var autograd = new Autograd();
        (w.Exp() - w.Exp()).Sum();
        Expect(autograd.Explain(w), GradientReason.Cancelled, null, "sum to 0");
    }

    [Test]
    public void VanishingThroughManySigmoids()
    {
        Tensor w = Leaf(0.3, -0.2);
        using var autograd = new Autograd();
        Tensor x = w;
        for (int i = 0; i < 20; i++) x = x.Sigmoid();
        x.Sum();
        Expect(autograd.Explain(w), GradientReason.Vanishing, "Sigmoid", "through 21 operations", "from 1 to");
    }

    [Test]
    public void ExplodingThroughManyLayers()
    {
        Tensor w = Leaf(0.3, -0.2);
        using var autograd = new Autograd();
        Tensor x = w;
        for (int i = 0; i < 12; i++) x *= 5;
        x.Sum();
        Expect(autograd.Explain(w), GradientReason.Exploding, "Multiply", "through 13 operations", "from 1 to 2.44E+08", "to 5 times its size");
    }

    [Test]
    public void OneSteepOperation()
    {
        Tensor w = Leaf(1e-5, 1);
        using var autograd = new Autograd();
        (w * 3).Reciprocal().Sum();
        Expect(autograd.Explain(w), GradientReason.SteepOperation, "Reciprocal", "very large");
    }

    [Test]
    public void TheLogarithmOfZero()
    {
        Tensor w = Leaf(1, 0);
        using var autograd = new Autograd(recordSources: true);
        ((w * 2).Log() * X(1, 0)).Sum();
        GradientExplanation explanation = autograd.Explain(w);
        Expect(explanation, GradientReason.LogOfZero, "Log", "-∞ at [1]", "log 0", "ExplainTests.cs:");
        Assert.That(explanation.Gradient!.Item(1), Is.NaN);
    }

    [Test]
    public void OtherValuesThatAreNotFinite()
    {
        using var autograd = new Autograd();
        Tensor w = Leaf(0, -1);
        w.Log().Sum();
        Expect(autograd.Explain(w), GradientReason.LogOfZero, "Log");
        w = Leaf(4, -1);
        w.Sqrt().Sum();
        Expect(autograd.Explain(w), GradientReason.OutsideDomain, "Sqrt", "NaN at [1]", "the square root of -1");
        w = Leaf(0, 1);
        (1 / w).Sum();
        Expect(autograd.Explain(w), GradientReason.DivisionByZero, "Divide", "division by 0");
        w = Leaf(1000, 1);
        w.Exp().Square().Sum();
        Expect(autograd.Explain(w), GradientReason.Overflow, "Exp", "∞ at [0]", "Float64");
        w = Leaf(0, 1);
        (w * X(double.PositiveInfinity, 1)).Sum();
        Expect(autograd.Explain(w), GradientReason.ZeroTimesInfinity, "Multiply", "NaN at [0]", "0·∞");
        w = Leaf(1, double.NaN);
        (w * w).Sum();
        Expect(autograd.Explain(w), GradientReason.InputNotFinite, "Multiply", "already holds NaN");
    }

    [Test]
    public void DerivativesThatAreNotFinite()
    {
        using var autograd = new Autograd();
        Tensor w = Leaf(0, 4);
        w.Sqrt().Sum();
        GradientExplanation explanation = autograd.Explain(w);
        Expect(explanation, GradientReason.InfiniteDerivative, "Sqrt", "All values are finite", "under the root");
        Assert.That(explanation.Gradient!.Item(0), Is.EqualTo(double.PositiveInfinity));
        (w.Sqrt() * X(0, 1)).Sum();
        Expect(autograd.Explain(w), GradientReason.ZeroTimesInfinity, "Sqrt", "NaN at [0]", "upstream gradient is 0");
    }

    [Test]
    public void ExplainingChangesNothing()
    {
        Tensor w = Leaf(1, 2);
        using var autograd = new Autograd();
        Tensor loss = (w.Tanh() * w).Sum();
        int count = autograd.Operations.Count;
        autograd.Explain(w);
        Assert.That(autograd.Operations, Has.Count.EqualTo(count));
        Assert.That(w.Grad, Is.Null);
        Assert.That(Autograd.IsRecording, Is.True);
        Assert.That(() => autograd.Backward(loss), Throws.Nothing);
    }

    [Test]
    public void AnEndedScopeSaysSo()
    {
        var autograd = new Autograd();
        autograd.Dispose();
        Assert.That(() => autograd.Explain(Leaf(1)), Throws.InvalidOperationException.With.Message.Contains("Explain: this Autograd scope has ended"));
    }
}
