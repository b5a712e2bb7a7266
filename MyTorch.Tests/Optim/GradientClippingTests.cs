using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>Clipping by norm and by value: factors, extreme numbers, and whose memory is written.</summary>
public sealed class GradientClippingTests
{
    static Parameter With(DType dtype, params double[] gradient) =>
        new(Tensor.Zeros([gradient.Length], dtype)) { Grad = Tensor.From(gradient, dtype) };

    [TestCase(2, 5)]
    [TestCase(1, 7)]
    [TestCase(double.PositiveInfinity, 4)]
    public void AllGradientsAreScaledByOneFactor(double normType, double norm)
    {
        Parameter a = With(DType.Float64, 3, 0), b = With(DType.Float64, -4), none = new(Tensor.Zeros([2]));
        Assert.That(new Tensor[] { a, b, none, a }.ClipGradNorm(1, normType), Is.EqualTo(norm).Within(1e-15), "a parameter counts once");
        double factor = 1 / (norm + 1e-6);
        Assert.That(a.Grad!.ToArray(), Is.EqualTo(new[] { 3 * factor, 0 }).Within(1e-15));
        Assert.That(b.Grad!.ToArray(), Is.EqualTo(new[] { -4 * factor }).Within(1e-15));
        Assert.That(none.Grad, Is.Null);
    }

    [Test]
    public void ASmallNormIsLeftAsItIsToTheLastBit()
    {
        Parameter a = With(DType.Float32, 0.3, 0.4);
        double[] before = a.Grad!.ToArray();
        Assert.That(new[] { a }.ClipGradNorm(0.51), Is.EqualTo(0.5).Within(1e-7));
        Assert.That(a.Grad.ToArray(), Is.EqualTo(before));
        Assert.That(new[] { With(DType.Float32, 0, 0) }.ClipGradNorm(1), Is.EqualTo(0));
        Assert.That(new[] { new Parameter(1) }.ClipGradNorm(1), Is.EqualTo(0), "no gradient");
        Assert.That(new[] { a }.ClipGradNorm(double.PositiveInfinity), Is.EqualTo(0.5).Within(1e-7), "only measures");
        Assert.That(a.Grad.ToArray(), Is.EqualTo(before));
    }

    [TestCase(DType.Float32, 3e38)]
    [TestCase(DType.Float32, 1e30)]
    [TestCase(DType.Float64, 1e307)]
    [TestCase(DType.Float64, 1e200)]
    public void ALargeNormDoesNotOverflow(DType dtype, double large)
    {
        // 20 elements: the norm is √20·large, above the range of Float32 in the first row.
        Parameter a = With(dtype, [.. Enumerable.Repeat(large, 15)]), b = With(dtype, [.. Enumerable.Repeat(-large, 5)]);
        double value = a.Grad!.ToArray()[0], norm = Math.Sqrt(20) * value;
        foreach (double limit in (double[])[1, 1e-6])
        {
            a.Grad = Tensor.Full([15], value, dtype);
            b.Grad = Tensor.Full([5], -value, dtype);
            Assert.That(new[] { a, b }.ClipGradNorm(limit), Is.EqualTo(norm).Within(1e-6 * norm));
            double part = limit / Math.Sqrt(20);
            Assert.That(a.Grad.ToArray(), Has.All.EqualTo(part).Within(1e-6 * part));
            Assert.That(b.Grad.ToArray(), Has.All.EqualTo(-part).Within(1e-6 * part));
        }
        Assert.That(new[] { With(dtype, large, large) }.ClipGradNorm(1, double.PositiveInfinity), Is.EqualTo(value));
        Assert.That(new[] { With(dtype, large, -large) }.ClipGradNorm(1, 1), Is.EqualTo(2 * value).Within(1e-6 * value));
    }

    [TestCase(DType.Float32, 1e-30)]
    [TestCase(DType.Float64, 1e-200)]
    public void ASmallNormDoesNotUnderflow(DType dtype, double small)
    {
        Parameter a = With(dtype, 3 * small, 4 * small);
        Assert.That(new[] { a }.ClipGradNorm(1), Is.EqualTo(5 * small).Within(1e-6 * small));
    }

    [TestCase(double.NaN, "NaN")]
    [TestCase(double.PositiveInfinity, "∞")]
    [TestCase(double.NegativeInfinity, "∞")]
    public void ANormThatIsNoNumberIsAnErrorThatNamesTheParameter(double bad, string shown)
    {
        foreach (DType dtype in (DType[])[DType.Float32, DType.Float64])
            foreach (double normType in (double[])[1, 2, double.PositiveInfinity])
            {
                Parameter good = With(dtype, 1, 2), broken = With(dtype, 1, bad, 3);
                broken.Name = "layers.0.weight";
                Assert.That(() => new[] { good, broken }.ClipGradNorm(1, normType), Throws.InvalidOperationException
                    .With.Message.Contains(shown).And.Message.Contains("layers.0.weight").And.Message.Contains("detectAnomaly: true"));
                Assert.That(good.Grad!.ToArray(), Is.EqualTo(new double[] { 1, 2 }), "unchanged");

                double norm = new[] { good, broken }.ClipGradNorm(double.PositiveInfinity, normType, errorIfNonfinite: false);
                Assert.That(norm, Is.EqualTo(double.IsNaN(bad) ? bad : double.PositiveInfinity));
                Assert.That(good.Grad.ToArray(), Is.EqualTo(new double[] { 1, 2 }), "only measured");

                norm = new[] { good, broken }.ClipGradNorm(1, normType, errorIfNonfinite: false);
                Assert.That(norm, Is.EqualTo(double.IsNaN(bad) ? bad : double.PositiveInfinity));
                Assert.That(good.Grad.ToArray(), Has.All.EqualTo(double.IsNaN(bad) ? double.NaN : 0), "as in PyTorch");
                Assert.That(broken.Grad!.ToArray()[1], Is.NaN);
            }
    }

    [Test]
    public void ValuesAreLimitedAndNaNIsAnError([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        Parameter a = With(dtype, -3, 0.25, double.PositiveInfinity), b = With(dtype, 0.5);
        Tensor untouched = b.Grad!;
        new[] { a, b }.ClipGradValue(0.5);
        Assert.That(a.Grad!.ToArray(), Is.EqualTo(new[] { -0.5, 0.25, 0.5 }));
        Assert.That(b.Grad, Is.SameAs(untouched));
        Parameter broken = With(dtype, 9, double.NaN);
        Assert.That(() => new[] { a, broken }.ClipGradValue(0.1), Throws.InvalidOperationException.With.Message.Contains("NaN"));
        Assert.That(a.Grad.ToArray(), Is.EqualTo(new[] { -0.5, 0.25, 0.5 }), "unchanged");
    }

    [Test]
    public void WhatTheUserAssignedIsReplacedAndWhatBackwardComputedChangedInPlace()
    {
        Tensor assigned = Tensor.From([30, 40]);
        var w = new Parameter(Tensor.Ones([2])) { Grad = assigned };
        new[] { w }.ClipGradNorm(1);
        Assert.That(assigned.ToArray(), Is.EqualTo(new double[] { 30, 40 }));
        Assert.That(w.Grad!.ToArray(), Is.EqualTo(new[] { 0.6, 0.8 }).Within(1e-6));

        w.ZeroGrad();
        using var autograd = new Autograd();
        autograd.Backward((w * assigned).Sum());
        Tensor computed = w.Grad!;
        new[] { w }.ClipGradNorm(1);
        Assert.That(w.Grad, Is.SameAs(computed));
        Assert.That(computed.ToArray(), Is.EqualTo(new[] { 0.6, 0.8 }).Within(1e-6));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(double.NaN)]
    public void ALimitThatIsNotPositiveIsAnError(double bad)
    {
        Assert.That(() => new[] { With(DType.Float32, 1) }.ClipGradNorm(bad), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("maxNorm"));
        Assert.That(() => new[] { With(DType.Float32, 1) }.ClipGradValue(bad), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("clipValue"));
        Assert.That(() => new[] { With(DType.Float32, 1) }.ClipGradNorm(1, 3), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("normType"));
        Assert.That(() => new Tensor[] { null! }.ClipGradNorm(1), Throws.ArgumentNullException);
    }
}
