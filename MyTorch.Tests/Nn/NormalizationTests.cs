using MyTorch.Differentiation;
using MyTorch.Nn;

namespace MyTorch.Tests;

/// <summary>BatchNorm1d and LayerNorm against their formulas written out, and the running estimates of PyTorch.</summary>
public sealed class NormalizationTests
{
    static readonly double[] s_values = [1, 10, 2, 30, 6, 20, 7, -40];

    static Tensor Batch() => Tensor.From(s_values, [4, 2], DType.Float64);

    static (double Mean, double Population, double Unbiased) Moments(IEnumerable<double> column)
    {
        double[] x = [.. column];
        double mean = x.Sum() / x.Length, squares = x.Sum(v => (v - mean) * (v - mean));
        return (mean, squares / x.Length, squares / (x.Length - 1));
    }

    static IEnumerable<double> Column(int c) => s_values.Where((_, i) => i % 2 == c);

    /// <summary>The normalised batch is right, but the variance of such numbers is more than Float32 holds.</summary>
    [Test]
    public void AnInfiniteRunningVarianceIsRefused([Values] bool fresh)
    {
        var norm = new BatchNorm1d(2);
        if (fresh) norm.RunningVar.CopyFrom(Tensor.From([1, double.PositiveInfinity]));
        else norm.Forward(Tensor.From(new double[,] { { 1, 1e25 }, { 2, 3e25 } }));
        norm.Eval();
        Assert.That(() => norm.Forward(Tensor.Ones([3, 2])), Throws.InvalidOperationException.With.Message
            .StartsWith("BatchNorm1d: the running variance of feature 1 is infinite").And.Message.Contains("1.8e19").And.Message.Contains("Standardize"));
        norm.RunningVar.CopyFrom(Tensor.From([1, double.NaN]));
        Assert.That(norm.Forward(Tensor.Ones([3, 2])).ToArray(), Has.Some.NaN, "NaN shows itself");
    }

    [Test]
    public void TrainingNormalisesWithThePopulationVariance()
    {
        double[] y = new BatchNorm1d(2, dtype: DType.Float64).Forward(Batch()).ToArray();
        for (int i = 0; i < y.Length; i++)
        {
            var (mean, population, _) = Moments(Column(i % 2));
            Assert.That(y[i], Is.EqualTo((s_values[i] - mean) / Math.Sqrt(population + 1e-5)).Within(1e-12));
        }
    }

    [Test]
    public void RunningEstimatesMixInTheMeanAndTheUnbiasedVariance()
    {
        var norm = new BatchNorm1d(2, momentum: 0.3, dtype: DType.Float64);
        Assert.That(norm.RunningMean.ToArray(), Is.EqualTo(new double[] { 0, 0 }));
        Assert.That(norm.RunningVar.ToArray(), Is.EqualTo(new double[] { 1, 1 }));
        double[] mean = [0, 0], variance = [1, 1];
        for (int step = 0; step < 3; step++)
        {
            norm.Forward(Batch());
            for (int c = 0; c < 2; c++)
            {
                var (batchMean, _, unbiased) = Moments(Column(c));
                mean[c] = 0.7 * mean[c] + 0.3 * batchMean;
                variance[c] = 0.7 * variance[c] + 0.3 * unbiased;
            }
            Assert.That(norm.RunningMean.ToArray(), Is.EqualTo(mean).Within(1e-12));
            Assert.That(norm.RunningVar.ToArray(), Is.EqualTo(variance).Within(1e-12));
        }
    }

    [Test]
    public void ASequenceIsNormalisedOverRowsAndPositions()
    {
        // (N, C, L) = (2, 2, 2): channel 0 holds 1, 10, 6, 20, channel 1 the others.
        var norm = new BatchNorm1d(2, momentum: 1, dtype: DType.Float64);
        double[] y = norm.Forward(Tensor.From(s_values, [2, 2, 2], DType.Float64)).ToArray();
        var (mean0, population0, unbiased0) = Moments([1, 10, 6, 20]);
        var (mean1, _, unbiased1) = Moments([2, 30, 7, -40]);
        Assert.That(norm.RunningMean.ToArray(), Is.EqualTo(new[] { mean0, mean1 }).Within(1e-12));
        Assert.That(norm.RunningVar.ToArray(), Is.EqualTo(new[] { unbiased0, unbiased1 }).Within(1e-12));
        Assert.That(y[1], Is.EqualTo((10 - mean0) / Math.Sqrt(population0 + 1e-5)).Within(1e-12));
        Assert.That(norm.Eval().Forward(Tensor.From(s_values, [2, 2, 2], DType.Float64)).Item(1, 1, 1),
            Is.EqualTo((-40 - mean1) / Math.Sqrt(unbiased1 + 1e-5)).Within(1e-12));
    }

    [Test]
    public void EvaluationUsesTheRunningEstimatesAndLeavesThemAlone()
    {
        var norm = new BatchNorm1d(2, dtype: DType.Float64);
        norm.Forward(Batch());
        norm.Eval();
        double[] mean = norm.RunningMean.ToArray(), variance = norm.RunningVar.ToArray();
        double[] y = norm.Forward(Batch()).ToArray();
        Assert.That(norm.RunningMean.ToArray(), Is.EqualTo(mean));
        Assert.That(norm.RunningVar.ToArray(), Is.EqualTo(variance));
        for (int i = 0; i < y.Length; i++)
            Assert.That(y[i], Is.EqualTo((s_values[i] - mean[i % 2]) / Math.Sqrt(variance[i % 2] + 1e-5)).Within(1e-12));
    }

    [Test]
    public void OneRowIsEnoughInEvaluationAndTooLittleInTraining()
    {
        var norm = new BatchNorm1d(2);
        double[] before = norm.RunningVar.ToArray();
        Assert.That(() => norm.Forward(Tensor.Ones([1, 2])), Throws.ArgumentException.With.Message.Contains("(1, 2)").And.Message.Contains("at least 2").And.Message.Contains("Eval()"));
        Assert.That(norm.RunningVar.ToArray(), Is.EqualTo(before), "a refused batch leaves the estimates alone");
        Assert.That(() => norm.Forward(Tensor.Zeros([0, 2])), Throws.ArgumentException);
        Assert.That(norm.Forward(Tensor.Ones([1, 2, 3])).Shape, Is.EqualTo(Shape.Create([1, 2, 3])), "one row of three positions has a variance");
        Assert.That(norm.Eval().Forward(Tensor.Ones([1, 2])).Shape, Is.EqualTo(Shape.Create([1, 2])));
    }

    [TestCase(new[] { 5, 2 }, true)]
    [TestCase(new[] { 3, 2, 4 }, true)]
    [TestCase(new[] { 5, 2 }, false)]
    [TestCase(new[] { 3, 2, 4 }, false)]
    public void BatchNormGradientsMatchDifferences(int[] shape, bool training)
    {
        var norm = new BatchNorm1d(2, dtype: DType.Float64);
        Tensor x = NumericalGradient.Leaf(shape, 1);
        norm.Forward(x * 2 + 1);
        norm.Weight!.CopyFrom(Tensor.From(new[] { 1.5, -0.5 }, DType.Float64));
        norm.Bias!.CopyFrom(Tensor.From(new[] { 0.25, 2 }, DType.Float64));
        if (!training) norm.Eval();
        NumericalGradient.AssertMatches(() => norm.Forward(x), x, norm.Weight, norm.Bias);
    }

    [Test]
    public void AConstantFeatureHasAFiniteGradient()
    {
        var norm = new BatchNorm1d(1, dtype: DType.Float64);
        Tensor x = Tensor.Full([4, 1], 3, DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor y = norm.Forward(x);
        Assert.That(y.ToArray(), Has.All.EqualTo(0));
        autograd.Backward((y * Tensor.From([1, 2, 3, 5], [4, 1], DType.Float64)).Sum());
        Assert.That(x.Grad!.ToArray(), Has.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void BackwardOfAnEvaluationStaysRightAfterTheEstimatesHaveMovedOn()
    {
        var norm = new BatchNorm1d(2, dtype: DType.Float64);
        norm.Forward(Batch());
        double[] variance = norm.RunningVar.ToArray();
        Tensor x = NumericalGradient.Leaf([3, 2], 1);
        using var autograd = new Autograd();
        norm.Eval();
        Tensor y = norm.Forward(x).Sum();
        norm.Train();
        norm.Forward(Batch());
        Assert.That(norm.RunningVar.ToArray(), Is.Not.EqualTo(variance));
        autograd.Backward(y);
        for (int i = 0; i < 6; i++)
            Assert.That(x.Grad!.ToArray()[i], Is.EqualTo(1 / Math.Sqrt(variance[i % 2] + 1e-5)).Within(1e-12));
    }

    [Test]
    public void RunningEstimatesAreNotPartOfTheTape()
    {
        var norm = new BatchNorm1d(2, dtype: DType.Float64);
        Tensor x = NumericalGradient.Leaf([4, 2], 1);
        using var autograd = new Autograd();
        norm.Forward(x);
        Assert.That(autograd.Operations.Select(op => op.Name), Is.EqualTo(new[] { "Normalize", "Multiply", "Add" }));
        Assert.That(norm.RunningMean.RequiresGrad, Is.False);
    }

    [Test]
    public void BatchNormNamesTheShapeThatDoesNotMatch()
    {
        var norm = new BatchNorm1d(3);
        Assert.That(() => norm.Forward(Tensor.Ones([4, 2])), Throws.ArgumentException.With.Message.Contains("(4, 2)").And.Message.Contains("(N, 3)"));
        Assert.That(() => norm.Forward(Tensor.Ones([3])), Throws.ArgumentException.With.Message.Contains("(3,)"));
        Assert.That(() => norm.Forward(null!), Throws.ArgumentNullException);
        Assert.That(() => norm.Forward(Tensor.Ones([2, 3], DType.Float64)), Throws.InvalidOperationException.With.Message.Contains("Float64"));
        Assert.That(() => new BatchNorm1d(0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("feature"));
        Assert.That(() => new BatchNorm1d(1, epsilon: 0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("ε"));
        Assert.That(() => new BatchNorm1d(1, momentum: double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("momentum"));
    }

    [Test]
    public void WithoutAffineThereIsNothingToLearn()
    {
        Assert.That(new BatchNorm1d(2, affine: false).Parameters(), Is.Empty);
        Assert.That(new LayerNorm([2], affine: false).Parameters(), Is.Empty);
        Assert.That(new BatchNorm1d(2, affine: false, dtype: DType.Float64).Forward(Batch()).Mean(0).ToArray(), Has.All.EqualTo(0).Within(1e-12));
    }

    [Test]
    public void LayerNormNormalisesEachRow()
    {
        double[] y = new LayerNorm([2], dtype: DType.Float64).Forward(Batch()).ToArray();
        for (int row = 0; row < 4; row++)
        {
            var (mean, population, _) = Moments(s_values[(2 * row)..(2 * row + 2)]);
            for (int c = 0; c < 2; c++)
                Assert.That(y[2 * row + c], Is.EqualTo((s_values[2 * row + c] - mean) / Math.Sqrt(population + 1e-5)).Within(1e-12));
        }
    }

    [Test]
    public void LayerNormOverTwoDimensionsTakesThemTogether()
    {
        double[] y = new LayerNorm([2, 2], epsilon: 0.5, dtype: DType.Float64).Forward(Tensor.From(s_values, [2, 2, 2], DType.Float64)).ToArray();
        var (mean, population, _) = Moments(s_values[4..]);
        Assert.That(y[4..], Is.EqualTo(s_values[4..].Select(v => (v - mean) / Math.Sqrt(population + 0.5))).Within(1e-12));
    }

    [TestCase(new[] { 3 })]
    [TestCase(new[] { 2, 3 })]
    [TestCase(new[] { 2, 4, 3 })]
    public void LayerNormGradientsMatchDifferences(int[] shape)
    {
        var norm = new LayerNorm([3], dtype: DType.Float64);
        norm.Weight!.CopyFrom(Tensor.From(new[] { 1.5, -0.5, 2 }, DType.Float64));
        Tensor x = NumericalGradient.Leaf(shape, 1);
        NumericalGradient.AssertMatches(() => norm.Forward(x), x, norm.Weight, norm.Bias!);
    }

    [Test]
    public void LayerNormNamesTheShapeThatDoesNotMatch()
    {
        var norm = new LayerNorm([2, 3]);
        Assert.That(() => norm.Forward(Tensor.Ones([3])), Throws.ArgumentException.With.Message.Contains("(3,)").And.Message.Contains("(2, 3)"));
        Assert.That(() => norm.Forward(Tensor.Ones([2, 3, 2])), Throws.ArgumentException.With.Message.Contains("(2, 3, 2)"));
        Assert.That(() => norm.Forward(null!), Throws.ArgumentNullException);
        Assert.That(() => new LayerNorm(Shape.Create([])), Throws.ArgumentException.With.Message.Contains("at least one dimension"));
        Assert.That(() => new LayerNorm([2], epsilon: -1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("ε"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void NormalisationHasASecondDerivative(bool training)
    {
        Module batch = new BatchNorm1d(2, dtype: DType.Float64), layer = new LayerNorm([2, 3], dtype: DType.Float64);
        batch.Forward(Batch());
        if (!training) batch.Eval();
        Tensor x = NumericalGradient.Leaf([3, 2, 3], 11);
        GradientCheck.VerifyMany(at => batch.Forward(at[0]).Square(), [x], GradientCheckMode.Second);
        GradientCheck.VerifyMany(at => layer.Forward(at[0]).Square(), [x], GradientCheckMode.Second);
    }

    /// <summary>
    /// Squares of large numbers overflow, normalised values do not: a column times 2ᵏ has the same ones, beside a column of ordinary
    /// numbers, and its gradients are 2ᵏ times smaller.
    /// </summary>
    [TestCase(DType.Float32, 90)]
    [TestCase(DType.Float32, 118)]
    [TestCase(DType.Float64, 600)]
    [TestCase(DType.Float64, 1000)]
    public void LargeNumbersAreNormalised(DType dtype, int exponent)
    {
        double large = Math.ScaleB(1, exponent);
        var (plain, gradient) = Normalised(1);
        var (scaled, small) = Normalised(large);
        double tolerance = dtype == DType.Float32 ? 1e-5 : 1e-12;
        Assert.That(scaled, Is.EqualTo(plain).Within(tolerance));
        Assert.That(small.Select((g, i) => i % 2 == 0 ? g * large : g), Is.EqualTo(gradient).Within(tolerance));

        (double[] Values, double[] Gradient) Normalised(double factor)
        {
            // Without ε nothing but the scale would differ; this one is far below the rounding of both.
            Tensor x = Tensor.From([.. s_values.Select((v, i) => i % 2 == 0 ? v * factor : v)], [4, 2], dtype, requiresGrad: true);
            using var autograd = new Autograd();
            Tensor y = new MyTorch.Operations.Normalize(x, [0], 1e-20).Apply();
            autograd.Backward(y, Tensor.From([1, -2, 0.5, 3, -1, 0.25, 2, 1], [4, 2], dtype));
            return (y.ToArray(), x.Grad!.ToArray());
        }
    }
}
