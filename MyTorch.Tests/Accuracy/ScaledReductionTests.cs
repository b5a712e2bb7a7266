using MyTorch.Differentiation;

namespace MyTorch.Tests.Accuracy;

/// <summary>
/// Reductions of Float64 numbers whose sums or squares overflow or vanish on the way to a result that does not. Expected values are exact: the
/// formulas in decimal arithmetic of 50 digits (Python's decimal), rounded once.
/// </summary>
public sealed class ScaledReductionTests
{
    // The shape of {1, 2, 4}: deviation √(7/3), and the slopes (xᵢ − x̄)/(2·deviation), which do not depend on the scale.
    static readonly double[] s_slopes = [-0.43643578047198480, -0.10910894511799620, 0.54554472558998100];

    [TestCase(1e200, 1.5275252316519467e200)]
    [TestCase(1e-200, 1.5275252316519466e-200)]
    [TestCase(1e307, 1.5275252316519467e307)]
    [TestCase(1e-306, 1.5275252316519467e-306)]
    [TestCase(-1e250, 1.5275252316519467e250)]
    public void AStandardDeviationOfTheSize(double size, double expected)
    {
        Tensor x = Tensor.From([1 * size, 2 * size, 4 * size], DType.Float64, requiresGrad: true);
        using var autograd = new Autograd();
        Tensor y = x.Std();
        autograd.Backward(y);
        Assert.That(y.Item(), Is.EqualTo(expected).Within(1e-15 * expected));
        for (int i = 0; i < 3; i++) Assert.That(x.Grad![i].Item(), Is.EqualTo(Math.Sign(size) * s_slopes[i]).Within(1e-15));
        Tensor direction = Tensor.From([1.0, 0, -2], DType.Float64);
        Assert.That(Differentiate.Jvp(v => v.Std(), x.Detach(), direction).Tangent.Item(), Is.EqualTo(Math.Sign(size) * (s_slopes[0] - 2 * s_slopes[2])).Within(1e-15));
    }

    [Test]
    public void EveryResultHasItsOwnScale()
    {
        Tensor x = Tensor.From(new double[,] { { 1e200, 1, 1e-200, 8, 7 }, { 2e200, 2, 2e-200, 8, double.NaN }, { 4e200, 4, 4e-200, 8, 8 } }, DType.Float64);
        double[] byColumn = x.Std(0).ToArray(), byRow = x.T.Std(1).ToArray();
        Assert.That(byColumn, Is.EqualTo(byRow));
        Assert.That(byColumn[0], Is.EqualTo(1.5275252316519467e200).Within(1e185));
        Assert.That(byColumn[1], Is.EqualTo(1.5275252316519467).Within(1e-15));
        Assert.That(byColumn[2], Is.EqualTo(1.5275252316519466e-200).Within(1e-215));
        Assert.That(byColumn[3], Is.Zero, "constant");
        Assert.That(byColumn[4], Is.NaN);
    }

    [Test]
    public void AVarianceOverflowsOnlyIfItIsTooLarge()
    {
        // Σ(x − x̄)² is 10·(1.2·10¹⁵⁴)² = 1.44·10³⁰⁹, and the variance a tenth of it.
        double[] alternate = [.. Enumerable.Range(0, 10).Select(i => i % 2 == 0 ? 1.2e154 : -1.2e154)];
        Tensor x = Tensor.From(alternate, DType.Float64, requiresGrad: true);
        using var autograd = new Autograd();
        Tensor y = x.Var(unbiased: false);
        autograd.Backward(y);
        Assert.That(y.Item(), Is.EqualTo(1.44e308).Within(1e293));
        Assert.That(x.Grad![0].Item(), Is.EqualTo(2.4e153).Within(1e138));
        Assert.That(Tensor.From([1e200, -1e200], DType.Float64).Var().Item(), Is.EqualTo(double.PositiveInfinity), "2·10⁴⁰⁰ is more than Float64 holds");
        Assert.That(Tensor.From([1.5e308, 1.5e308], DType.Float64).Var().Item(), Is.Zero);
    }

    [Test]
    public void SumsAndMeansOverflowOnlyIfTheyAreTooLarge()
    {
        Tensor x = Tensor.From([1.5e308, 1.5e308, -1.5e308], DType.Float64), twice = Tensor.From([1.5e308, 1.3e308], DType.Float64);
        Assert.That(x.Sum().Item(), Is.EqualTo(1.5e308));
        Assert.That(x.Mean().Item(), Is.EqualTo(0.5e308).Within(1e293));
        Assert.That(twice.Mean().Item(), Is.EqualTo(1.4e308).Within(1e293));
        Assert.That(new MyTorch.Operations.Center(twice, [0]).Apply().ToArray(), Is.EqualTo(new[] { 0.1e308, -0.1e308 }).Within(1e293));
        Assert.That(twice.Sum().Item(), Is.EqualTo(double.PositiveInfinity));
        Assert.That(Tensor.From([double.NegativeInfinity, 1.5e308, 1.5e308], DType.Float64).Sum().Item(), Is.EqualTo(double.NegativeInfinity));
        Assert.That(Tensor.From([double.NegativeInfinity, double.PositiveInfinity], DType.Float64).Sum().Item(), Is.NaN);
    }

    [Test]
    public void AConstantOfAnySizeHasNoDeviation([Values(-1000, 0, 532, 1023)] int exponent)
    {
        double value = Math.ScaleB(1, exponent);
        Tensor x = Tensor.From([value, value, value], DType.Float64, requiresGrad: true);
        using var autograd = new Autograd();
        Tensor y = x.Std();
        autograd.Backward(y * double.PositiveInfinity);
        Assert.That(y.Item(), Is.Zero);
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(new double[3]));
    }

    [Test]
    public void SinglePrecisionNeedsNoScale()
    {
        Tensor x = Tensor.From([1e30, 2e30, 4e30], DType.Float32, requiresGrad: true);
        using var autograd = new Autograd();
        Tensor y = x.Std();
        autograd.Backward(y);
        Assert.That(y.Item(), Is.EqualTo(1.5275252e30).Within(2e23));
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(s_slopes).Within(1e-7));
    }

    [Test]
    public void ALargeDeviationHasItsSecondDerivative()
    {
        // The derivatives of order 2 of a function of degree 1 are those at size 1, divided by the size.
        Tensor at1 = Tensor.From([1.0, 2, 4], DType.Float64), at = at1 * 1e200;
        double[] small = Differentiate.Hessian(v => v.Std(), at1).ToArray(), large = Differentiate.Hessian(v => v.Std(), at).ToArray();
        Assert.That(large.Select(value => value * 1e200), Is.EqualTo(small).Within(1e-14));
        Assert.That(small, Has.Some.Not.Zero);
    }
}
