using MyTorch.Nn;

namespace MyTorch.Tests;

/// <summary>Rows that are ignored by their label, or have weight 0, have loss 0 and gradient 0, whatever their scores are.</summary>
public sealed class IgnoredRowTests
{
    const double Inf = double.PositiveInfinity;

    static readonly double[][] s_wildRows = [[double.NaN, double.NaN, double.NaN], [double.NaN, 1, 2], [Inf, 1, 2], [-Inf, -Inf, -Inf], [Inf, Inf, Inf], [Inf, -Inf, double.NaN]];

    static IEnumerable<TestCaseData> Losses()
    {
        Tensor Weight(DType dtype) => Tensor.From([1, 0.5, 0], dtype);
        foreach (DType dtype in new[] { DType.Float32, DType.Float64 })
            foreach (Reduction reduction in new[] { Reduction.None, Reduction.Sum, Reduction.Mean })
            {
                yield return Case(new CrossEntropyLoss(reduction: reduction), -100, "ignored");
                yield return Case(new CrossEntropyLoss(labelSmoothing: 0.1, reduction: reduction), -100, "ignored, smoothed");
                yield return Case(new CrossEntropyLoss(Weight(dtype), reduction: reduction), -100, "ignored, weighted");
                yield return Case(new CrossEntropyLoss(Weight(dtype), reduction: reduction, labelSmoothing: 0.1), -100, "ignored, weighted, smoothed");
                yield return Case(new CrossEntropyLoss(ignoreIndex: 1, reduction: reduction), 1, "ignored index 1");
                yield return Case(new CrossEntropyLoss(Weight(dtype), reduction: reduction), 2, "class weight 0");
                yield return Case(new NLLLoss(reduction: reduction), -100, "nll ignored");
                yield return Case(new NLLLoss(Weight(dtype), reduction: reduction), -100, "nll ignored, weighted");
                yield return Case(new NLLLoss(Weight(dtype), reduction: reduction), 2, "nll class weight 0");

                TestCaseData Case(Loss loss, long idle, string name) => new TestCaseData(loss, idle, dtype).SetArgDisplayNames(name, $"{reduction}", $"{dtype}");
            }
    }

    [TestCaseSource(nameof(Losses))]
    public void ARowThatCountsNothingChangesNothing(Loss loss, long idle, DType dtype)
    {
        foreach (double[] wild in s_wildRows)
        {
            Tensor scores = Tensor.From([-0.5, -1, -2, .. wild, -1, 0, -0.25], [3, 3], dtype), calm = Tensor.From([-0.5, -1, -2, 0, 0, 0, -1, 0, -0.25], [3, 3], dtype);
            Tensor labels = Tensor.Indices(0, idle, 0);
            (double[] value, double[] gradient, double[] second) = Derivatives(loss, scores, labels);
            (double[] expected, double[] expectedGradient, double[] expectedSecond) = Derivatives(loss, calm, labels);
            Assert.That(value, Is.EqualTo(expected));
            Assert.That(gradient, Is.EqualTo(expectedGradient));
            Assert.That(second, Is.EqualTo(expectedSecond));
            Assert.That(gradient[3..6], Is.All.Zero);
            Assert.That(value, Is.All.Matches<double>(double.IsFinite));
        }
    }

    static (double[] Value, double[] Gradient, double[] Second) Derivatives(Loss loss, Tensor scores, Tensor target)
    {
        scores.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor losses = loss.Forward(scores, target), total = losses.Rank == 0 ? losses : losses.Sum();
        Tensor gradient = autograd.Gradients(total, [scores], createGraph: true)[0]!;
        // Of the log-likelihood the gradient is constant.
        double[] second = gradient.IsLeaf ? [] : (autograd.Gradients(gradient.Square().Sum(), [scores])[0]?.ToArray() ?? []);
        autograd.Backward(total);
        Assert.That(scores.Grad!.ToArray(), Is.EqualTo(gradient.ToArray()).Within(1e-7), "the rule in one pass is the rule");
        return (losses.ToArray(), gradient.ToArray(), second);
    }

    [Test]
    public void OfAllRowsIgnoredTheMeanIsNaNAndTheRestIs0()
    {
        Tensor scores = Tensor.From([double.NaN, 1, 2, 3], [2, 2]), labels = Tensor.Indices(-100, -100);
        Assert.That(new CrossEntropyLoss().Forward(scores, labels).Item(), Is.NaN);
        Assert.That(new CrossEntropyLoss(reduction: Reduction.Sum).Forward(scores, labels).Item(), Is.Zero);
        Assert.That(new CrossEntropyLoss(reduction: Reduction.None).Forward(scores, labels).ToArray(), Is.EqualTo(new double[] { 0, 0 }));
        Assert.That(new NLLLoss().Forward(scores, labels).Item(), Is.NaN);
    }

    [Test]
    public void ImagesAndSingleRowsAreTreatedAlike()
    {
        Tensor scores = Tensor.From([1, double.NaN, 3, 4, Inf, 6, 7, double.NaN], [1, 2, 4]), labels = Tensor.Indices([1, -100, 0, -100], [1, 4]);
        scores.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor loss = new CrossEntropyLoss(reduction: Reduction.Sum).Forward(Tensor.Where(scores.EqualTo(Inf), Tensor.From(0), scores), labels);
        autograd.Backward(loss);
        Assert.That(loss.Item(), Is.Not.NaN);
        Assert.That(scores.Grad!.ToArray(), Is.All.Matches<double>(double.IsFinite));
        Assert.That(new CrossEntropyLoss(reduction: Reduction.Sum).Forward(Tensor.From([double.NaN, 1]), Tensor.Indices([-100], Shape.Create([]))).Item(), Is.Zero);
    }

    [Test]
    public void AClassOfWeight0CountsNothingInSmoothingAndProbabilities()
    {
        // The class of weight 0 is impossible: its log-probability is −∞.
        Tensor scores = Tensor.From([1, 2, -Inf], [1, 3]), weight = Tensor.From([1, 1, 0]);
        double ln0 = -Math.Log(1 / (1 + Math.E)), ln1 = -Math.Log(Math.E / (1 + Math.E));
        Assert.That(new CrossEntropyLoss(weight, reduction: Reduction.Sum, labelSmoothing: 0.3).Forward(scores, Tensor.Indices(0)).Item(), Is.EqualTo(0.7 * ln0 + 0.1 * (ln0 + ln1)).Within(1e-6));
        Tensor probabilities = Tensor.From([0.5, 0.2, 0.3, 0, 0, 1], [2, 3]), logits = Tensor.From([1, 2, -Inf, double.NaN, Inf, 1], [2, 3]);
        logits.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor loss = new CrossEntropyLoss(weight, reduction: Reduction.Sum).Forward(logits, probabilities);
        autograd.Backward(loss);
        Assert.That(loss.Item(), Is.EqualTo(0.5 * ln0 + 0.2 * ln1).Within(1e-6));
        Assert.That(logits.Grad!.ToArray(), Is.All.Matches<double>(double.IsFinite));
        Assert.That(logits.Grad.ToArray()[3..], Is.All.Zero);
    }

    [TestCase(double.NaN)]
    [TestCase(0)]
    [TestCase(1)]
    public void AWeightOf0InABinaryCrossEntropyCountsNothing(double wild)
    {
        Tensor p = Tensor.From([0.25, wild], DType.Float64), t = Tensor.From([1, 0.5], DType.Float64), w = Tensor.From([2, 0], DType.Float64);
        p.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor loss = new BCELoss(w, Reduction.Sum).Forward(p, t);
        autograd.Backward(loss);
        Assert.That(loss.Item(), Is.EqualTo(2 * Math.Log(4)).Within(1e-12));
        Assert.That(p.Grad!.ToArray(), Is.EqualTo(new double[] { -8, 0 }).Within(1e-12));
    }

    [TestCase(double.NaN)]
    [TestCase(-Inf)]
    [TestCase(Inf)]
    public void APositiveWeightOf0LeavesPositiveTargetsOut(double wild)
    {
        Tensor z = Tensor.From([0, wild], DType.Float64), t = Tensor.From([0, 1], DType.Float64);
        z.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor loss = new BCEWithLogitsLoss(reduction: Reduction.Sum, positiveWeight: Tensor.From(0, DType.Float64)).Forward(z, t);
        autograd.Backward(loss);
        Assert.That(loss.Item(), Is.EqualTo(Math.Log(2)).Within(1e-12));
        Assert.That(z.Grad!.ToArray(), Is.EqualTo(new[] { 0.5, 0 }).Within(1e-12));
    }

    [TestCase(double.NaN)]
    [TestCase(-Inf)]
    public void AProbabilityOf0InADivergenceCountsNothing(double wild)
    {
        Tensor x = Tensor.From([Math.Log(0.5), wild], DType.Float64), t = Tensor.From([1, 0], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor loss = new KLDivLoss(reduction: Reduction.Sum).Forward(x, t);
        autograd.Backward(loss);
        Assert.That(loss.Item(), Is.EqualTo(Math.Log(2)).Within(1e-12));
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(new double[] { -1, 0 }));
    }
}
