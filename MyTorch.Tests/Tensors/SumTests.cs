using MyTorch.Tests.Operations;

namespace MyTorch.Tests.Tensors;

/// <summary>Sums and means of integers and masks, running sums, norms and inner products at the ends of their ranges.</summary>
public sealed class SumTests
{
    static Shape Sizes(params int[] sizes) => sizes;

    static Tensor Leaf(double[] values, DType dtype, params int[] shape)
    {
        Tensor x = Tensor.From(values, shape, dtype);
        x.RequiresGrad = true;
        return x;
    }

    [Test]
    public void TheSumOfIntegersIsExact()
    {
        Tensor x = Tensor.From(new long[,] { { 1L << 53, 1, 1 }, { long.MaxValue, 1, -1 } });
        Assert.That(x.Sum(1).ToInt64Array(), Is.EqualTo(new[] { (1L << 53) + 2, long.MaxValue }), "its sums on the way do not have to fit");
        Assert.That(x.Sum(1, keepDim: true).Shape, Is.EqualTo(Sizes(2, 1)));
        Assert.That(Tensor.Zeros([2, 0], DType.Int64).Sum(1).ToInt64Array(), Is.EqualTo(new long[2]));
        Assert.That((Tensor.Zeros([0], DType.Int64).Sum().DType, Tensor.From(new[] { 7 }).Sum().Rank), Is.EqualTo((DType.Int64, 0)));
    }

    [Test]
    public void ASumThatDoesNotFitIsAnError()
    {
        Tensor x = Tensor.Indices(long.MaxValue, 1), y = Tensor.Indices(long.MinValue, -1);
        Assert.That(() => x.Sum(), Throws.InstanceOf<OverflowException>().With.Message.Contains("Sum: ").And.Message.Contains("Int64").And.Message.Contains(".To(DType.Float64)"));
        Assert.That(() => y.Sum(0), Throws.InstanceOf<OverflowException>());
        Assert.That(() => x.CumSum(0), Throws.InstanceOf<OverflowException>().With.Message.Contains("CumSum: "));
        Assert.That(() => y.CumSum(0), Throws.InstanceOf<OverflowException>());
        Assert.That(x.To(DType.Float64).Sum().Item(), Is.EqualTo(9223372036854775808.0), "what the message advises");
    }

    [Test]
    public void TheSumOfAMaskCounts()
    {
        Tensor mask = Tensor.Mask([true, false, true, false, false, true], [2, 3]);
        Assert.That((mask.Sum().Item(), mask.Sum().DType), Is.EqualTo((3, DType.Int64)));
        Assert.That(mask.Sum(0).ToInt64Array(), Is.EqualTo(new long[] { 1, 0, 2 }));
        Assert.That(mask.CumSum(1).ToInt64Array(), Is.EqualTo(new long[] { 1, 1, 2, 0, 0, 1 }));
    }

    [Test]
    public void TheMeanOfIntegersAndMasksHasTheDefaultType()
    {
        Tensor mask = Tensor.Mask(true, false, true, true);
        Assert.That((mask.Mean().Item(), mask.Mean().DType), Is.EqualTo((0.75, Tensor.DefaultDType)));
        Assert.That(Tensor.From(new[,] { { 1, 2 }, { 4, 7 } }).Mean(1).ToArray(), Is.EqualTo(new[] { 1.5, 5.5 }));
        Assert.That(Tensor.Indices(long.MaxValue, long.MaxValue, 4).Mean().Item(), Is.EqualTo((float)(long.MaxValue * (2 / 3.0))), "a sum that does not fit has a mean that does");
        Assert.That(Tensor.Zeros([2, 0], DType.Int64).Mean(1).ToArray(), Is.All.NaN);
        Assert.That(Tensor.Zeros([2, 0], DType.Int64).Mean(0).Shape, Is.EqualTo(Sizes(0)));
        Assert.That(Tensor.Zeros([0], DType.Bool).Mean().Item(), Is.NaN);
    }

    [Test]
    public void TheSumOfTwentyMillionTruthsCountsThemAll()
    {
        Tensor mask = Tensor.Ones([20_000_000], DType.Bool);
        Assert.That((mask.Sum().Item(), mask.Mean().Item()), Is.EqualTo((20_000_000, 1)));
    }

    [Test]
    public void IntegersAreSummedInEveryLayout()
    {
        var random = new Random(4);
        for (int round = 0; round < 200; round++)
        {
            int[] shape = [.. Enumerable.Range(0, random.Next(0, 4)).Select(_ => random.Next(0, 4))];
            NaiveArray array = NaiveArray.Generate(shape, _ => random.Next(-9, 10));
            int[] dims = [.. Enumerable.Range(0, shape.Length).Where(_ => random.Next(2) == 0)];
            Tensor x = Tensor.From(array.Data, shape, DType.Float64).To(DType.Int64);
            Assert.That(x.Sum(dims, round % 2 == 0).ToArray(), Is.EqualTo(array.Reduce(dims, round % 2 == 0, line => line.Sum()).Data));
            for (int d = 0; d < shape.Length; d++)
                Assert.That(x.CumSum(d - shape.Length).ToArray(), Is.EqualTo(array.AlongLines(d, line => [.. line.Select((_, k) => line[..(k + 1)].Sum())]).Data));
        }
    }

    [Test]
    public void ALongRunningSumAndItsGradientStayExact()
    {
        const int n = 1_000_000;
        Tensor x = Tensor.Full([n], 0.1);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor y = x.CumSum(0);
        autograd.Backward(y, Tensor.Full([n], 0.1));
        double each = 0.1f;
        foreach (int k in new[] { 0, 1, 999, 500_000, n - 1 })
        {
            Assert.That(y.Item(k), Is.EqualTo(each * (k + 1)).Within(1e-6 * each * (k + 1)));
            Assert.That(x.Grad!.Item(k), Is.EqualTo(each * (n - k)).Within(1e-6 * each * (n - k)));
        }
    }

    [Test]
    public void RunningSumsPassNaNAndInfinityOn()
    {
        Tensor x = Tensor.From([1, double.PositiveInfinity, 2, double.NegativeInfinity, 3], DType.Float32);
        Assert.That(x.CumSum(0).ToArray(), Is.EqualTo(new[] { 1, double.PositiveInfinity, double.PositiveInfinity, double.NaN, double.NaN }));
    }

    [Test]
    public void RunningSumsOfScalarsAndOfNothing()
    {
        Assert.That(Tensor.From(3).CumSum(0).Item(), Is.EqualTo(3));
        Assert.That(Tensor.Indices([3], []).CumSum(-1).Item(), Is.EqualTo(3));
        Assert.That(Tensor.Zeros([2, 0]).CumSum(1).Shape, Is.EqualTo(Sizes(2, 0)));
        Assert.That(Tensor.Zeros([0, 2]).CumSum(1).Shape, Is.EqualTo(Sizes(0, 2)));
        Assert.That(() => Tensor.Zeros([2, 3]).CumSum(2), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("CumSum: dimension 2"));
    }

    static IEnumerable<TestCaseData> Norms()
    {
        yield return new TestCaseData(DType.Float32, new double[] { 3e38, 0 }, 3e38);
        yield return new TestCaseData(DType.Float32, new double[] { 3e-30, 4e-30 }, 5e-30);
        yield return new TestCaseData(DType.Float32, new double[] { float.Epsilon }, float.Epsilon);
        yield return new TestCaseData(DType.Float64, new double[] { 3e300, -4e300 }, 5e300);
        yield return new TestCaseData(DType.Float64, new[] { 1e308, 1e308 }, Math.Sqrt(2) * 1e308);
        yield return new TestCaseData(DType.Float64, new double[] { 3e-300, 4e-300 }, 5e-300);
        yield return new TestCaseData(DType.Float64, new[] { double.Epsilon }, double.Epsilon);
        yield return new TestCaseData(DType.Float64, new[] { 3 * double.Epsilon, 4 * double.Epsilon }, 5 * double.Epsilon);
        yield return new TestCaseData(DType.Float64, new[] { double.MaxValue }, double.MaxValue);
        yield return new TestCaseData(DType.Float64, new[] { double.MaxValue, double.MaxValue }, double.PositiveInfinity);
        yield return new TestCaseData(DType.Float32, new[] { 3e38, 3e38 }, double.PositiveInfinity);
    }

    [TestCaseSource(nameof(Norms))]
    public void HugeAndTinyElementsNeitherOverflowNorVanish(DType dtype, double[] values, double expected)
    {
        Tensor x = Leaf(values, dtype, values.Length);
        using var autograd = new Autograd();
        Tensor norm = x.Norm();
        autograd.Backward(norm);
        double relative = dtype == DType.Float32 ? 1e-7 : 5e-16;
        Assert.That(norm.Item(), Is.EqualTo(expected).Within(relative * expected));
        if (double.IsFinite(expected)) Assert.That(x.Grad!.ToArray(), Is.EqualTo(values.Select(v => v / expected)).Within(4 * relative));
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void NaNAndInfinityAreNotScaledAway(DType dtype)
    {
        Tensor x = Tensor.From([1, double.PositiveInfinity, 1, double.NaN, double.NaN, double.NegativeInfinity], [3, 2], dtype);
        Assert.That(x.Norm(dims: 1).ToArray(), Is.EqualTo(new[] { double.PositiveInfinity, double.NaN, double.NaN }));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(double.PositiveInfinity)]
    public void TheGradientOfANormOf0Is0InEveryOrder(double p)
    {
        Tensor x = Leaf([0, 0, 3, -4], DType.Float64, 2, 2);
        using var autograd = new Autograd();
        Tensor norm = x.Norm(p, 1);
        Tensor first = autograd.Gradients(norm, [x], Tensor.Ones([2], DType.Float64), createGraph: true)[0]!;
        Assert.That(first.ToArray()[..2], Is.All.Zero);
        if (first.RequiresGrad) Assert.That(autograd.Gradients(first, [x], Tensor.OnesLike(first))[0]!.ToArray()[..2], Is.All.Zero);
        // An infinite gradient from above does not become NaN.
        if (p == 2) Assert.That(autograd.Gradients(norm.Sqrt(), [x], Tensor.Ones([2], DType.Float64))[0]!.ToArray()[..2], Is.All.Zero);
    }

    [Test]
    public void NormsOfNothingAndOfScalars()
    {
        Assert.That(Tensor.From(-3).Norm().Item(), Is.EqualTo(3));
        Assert.That(Tensor.From(-3).Norm(double.PositiveInfinity).Item(), Is.EqualTo(3));
        Assert.That(Tensor.Zeros([2, 0]).Norm(2, 1).ToArray(), Is.EqualTo(new double[2]));
        Assert.That(Tensor.Zeros([2, 0], DType.Float64).Norm().Item(), Is.Zero);
        Assert.That(Tensor.Zeros([2, 0]).Norm(1, 1, keepDim: true).Shape, Is.EqualTo(Sizes(2, 1)));
        Assert.That(() => Tensor.Zeros([2, 0]).Norm(double.PositiveInfinity), Throws.InvalidOperationException.With.Message.Contains("Norm: ").And.Message.Contains("dimension 1"));
    }

    [TestCase(3)]
    [TestCase(0)]
    [TestCase(double.NaN)]
    [TestCase(double.NegativeInfinity)]
    public void AnotherNormIsRefused(double p) =>
        Assert.That(() => Tensor.Ones([2]).Norm(p), Throws.ArgumentException.With.Message.Contains("Norm: p is ").And.Message.Contains("Pow(1 / p)"));

    [Test]
    public void TheNormOfAMillionElementsIsExact()
    {
        Tensor x = Tensor.Full([1_000_000], 0.1);
        Assert.That(x.Norm().Item(), Is.EqualTo(0.1f * 1000.0).Within(1e-5));
    }

    [Test]
    public void OnlyVectorsOfOneLengthHaveAnInnerProduct()
    {
        Tensor a = [1, 2, 3], b = [4, 5, 6];
        Assert.That(a.Dot(b).Item(), Is.EqualTo(32));
        Assert.That(Tensor.Zeros([0]).Dot(Tensor.Zeros([0])).Item(), Is.Zero);
        Assert.That(a.Outer([1, 10]).ToString(), Is.EqualTo(Tensor.From(new float[,] { { 1, 10 }, { 2, 20 }, { 3, 30 } }).ToString()));
        Assert.That(Tensor.Zeros([0]).Outer(a).Shape, Is.EqualTo(Sizes(0, 3)));
        Assert.That(() => a.Dot([1]), Throws.ArgumentException.With.Message.Contains("Dot: ").And.Message.Contains("(3,)").And.Message.Contains("(1,)"), "which would broadcast");
        Assert.That(() => a.Dot(Tensor.Zeros([3, 1])), Throws.ArgumentException.With.Message.Contains("Dot: ").And.Message.Contains("(3, 1)").And.Message.Contains("vectors"));
        Assert.That(() => a.Outer(Tensor.Zeros([])), Throws.ArgumentException.With.Message.Contains("Outer: ").And.Message.Contains("()"));
        Assert.That(() => a.Dot(Tensor.Zeros([3], DType.Float64)), Throws.InvalidOperationException.With.Message.Contains("Dot: ").And.Message.Contains("Float64"));
        Assert.That(() => a.Outer(Tensor.Indices(1)), Throws.InvalidOperationException.With.Message.Contains("Outer: ").And.Message.Contains("Int64"));
    }
}
