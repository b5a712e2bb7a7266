namespace MyTorch.Tests.Tensors;

/// <summary>
/// Sort and TopK where elements are equal, NaN, zero of either sign, or no elements at all. Their gradients are in the table of operations.
/// </summary>
public sealed class OrderTests
{
    const double Infinity = double.PositiveInfinity;
    const double NaN = double.NaN;

    static Shape Sizes(params int[] sizes) => sizes;

    static readonly double[] s_special = [3, NaN, -0.0, Infinity, 0, -Infinity, NaN, 3, -1e-45, 1e-45];

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void NaNIsTheLargestAndEqualElementsKeepTheirOrder(DType dtype)
    {
        Tensor x = Tensor.From(s_special, dtype);
        (Tensor values, Tensor indices) = x.Sort();
        Assert.That(indices.ToInt64Array(), Is.EqualTo(new long[] { 5, 8, 2, 4, 9, 0, 7, 3, 1, 6 }));
        Assert.That(values.ToArray(), Is.EqualTo(x.Gather(0, indices).ToArray()));
        Assert.That(double.IsNegative(values.Item(2)), Is.True, "-0 comes first because it was first");
        Assert.That(x.Sort(descending: true).Indices.ToInt64Array(), Is.EqualTo(new long[] { 1, 6, 3, 0, 7, 9, 2, 4, 8, 5 }));
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void TopKTakesNaNFirstAndOfEqualElementsTheFirst(DType dtype)
    {
        Tensor x = Tensor.From(s_special, dtype);
        Assert.That(x.TopK(4).Indices.ToInt64Array(), Is.EqualTo(new long[] { 1, 6, 3, 0 }));
        Assert.That(x.TopK(4, largest: false).Indices.ToInt64Array(), Is.EqualTo(new long[] { 5, 8, 2, 4 }));
        Assert.That(x.TopK(0).Values.Shape, Is.EqualTo(Sizes(0)));
        Assert.That(x.TopK(10, largest: false).Indices.ToInt64Array(), Is.EqualTo(x.Sort().Indices.ToInt64Array()));
    }

    [Test]
    public void SortingIsStableAtEveryLength()
    {
        var random = new Random(5);
        for (int length = 0; length < 70; length++)
        {
            double[] values = [.. Enumerable.Range(0, length).Select(_ => (double)random.Next(-3, 4))];
            long[] rising = [.. Enumerable.Range(0, length).OrderBy(i => values[i]).Select(i => (long)i)];
            long[] falling = [.. Enumerable.Range(0, length).OrderByDescending(i => values[i]).Select(i => (long)i)];
            foreach (DType dtype in new[] { DType.Float32, DType.Float64, DType.Int64 })
            {
                Tensor x = Tensor.From(values, DType.Float64).To(dtype);
                Assert.That(x.Sort().Indices.ToInt64Array(), Is.EqualTo(rising));
                Assert.That(x.Sort(0, descending: true).Indices.ToInt64Array(), Is.EqualTo(falling));
                Assert.That(x.TopK(length / 2).Indices.ToInt64Array(), Is.EqualTo(falling[..(length / 2)]));
            }
        }
    }

    [Test]
    public void IntegersAreSortedExactly()
    {
        Tensor x = Tensor.Indices((1L << 53) + 1, 1L << 53, long.MinValue, long.MaxValue, -1);
        Assert.That(x.Sort().Values.ToInt64Array(), Is.EqualTo(new[] { long.MinValue, -1, 1L << 53, (1L << 53) + 1, long.MaxValue }));
        Assert.That(Tensor.Mask(true, false, true).Sort().Values.ToBoolArray(), Is.EqualTo(new[] { false, true, true }));
        Assert.That(Tensor.Mask(true, false, true).Sort(descending: true).Indices.ToInt64Array(), Is.EqualTo(new long[] { 0, 2, 1 }));
    }

    [Test]
    public void TheGradientOfEqualElementsGoesToTheOneThatWasTaken()
    {
        Tensor x = Tensor.From([2, 2, 1, 2], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        autograd.Backward((x.TopK(2).Values * Tensor.From([10, 100], DType.Float64)).Sum());
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(new double[] { 10, 100, 0, 0 }));
    }

    [Test]
    public void ChangingTheIndicesChangesNoGradient()
    {
        Tensor x = Tensor.From([2, 1], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        (Tensor values, Tensor indices) = x.Sort();
        indices.Fill(0);
        autograd.Backward((values * Tensor.From([10, 100], DType.Float64)).Sum());
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(new double[] { 100, 10 }));
    }

    [Test]
    public void ScalarsAndEmptyDimensions()
    {
        (Tensor value, Tensor index) = Tensor.From(7).Sort();
        Assert.That((value.Item(), index.Item(), value.Rank), Is.EqualTo((7, 0, 0)));
        Assert.That(Tensor.From(7).TopK(1, 0).Values.Item(), Is.EqualTo(7));
        Assert.That(Tensor.Zeros([2, 0, 3]).Sort(1).Values.Shape, Is.EqualTo(Sizes(2, 0, 3)));
        Assert.That(Tensor.Zeros([0, 3]).TopK(2).Values.Shape, Is.EqualTo(Sizes(0, 2)));
    }

    [TestCase(5, "TopK: k is 5, but dimension -1 of a (3, 4)", "0 to 4")]
    [TestCase(-1, "TopK: k is -1", "0 to 4")]
    public void MoreThanThereIsIsRefused(int k, string what, string range) =>
        Assert.That(() => Tensor.Zeros([3, 4]).TopK(k), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains(what).And.Message.Contains("(3, 4)").And.Message.Contains(range));

    [Test]
    public void ADimensionThatIsNotThereIsRefused()
    {
        Assert.That(() => Tensor.Zeros([3, 4]).Sort(2), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Sort: dimension 2").And.Message.Contains("(3, 4)"));
        Assert.That(() => Tensor.Zeros([3, 4]).TopK(1, -3), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("TopK: dimension -3"));
    }
}
