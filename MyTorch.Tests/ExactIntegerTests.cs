namespace MyTorch.Tests;

/// <summary>Int64 beyond 2^53, where different integers are one double: exact, or refused.</summary>
public sealed class ExactIntegerTests
{
    const long Big = (1L << 53) + 1;

    static readonly Tensor s_big = Tensor.Indices(Big, Big - 1, -Big, 7);

    [Test]
    public void ComparisonsWithIntegersAreExact()
    {
        Assert.That(s_big.EqualTo(Big).ToBoolArray(), Is.EqualTo(new[] { true, false, false, false }));
        Assert.That(s_big.NotEqualTo(Big - 1).ToBoolArray(), Is.EqualTo(new[] { true, false, true, true }));
        Assert.That((s_big > Big - 1).ToBoolArray(), Is.EqualTo(new[] { true, false, false, false }));
        Assert.That((s_big >= Big).ToBoolArray(), Is.EqualTo(new[] { true, false, false, false }));
        Assert.That((s_big < Big).ToBoolArray(), Is.EqualTo(new[] { false, true, true, true }));
        Assert.That((s_big <= -Big).ToBoolArray(), Is.EqualTo(new[] { false, false, true, false }));
        Assert.That(Tensor.Indices(long.MaxValue, long.MinValue).EqualTo(long.MaxValue).ToBoolArray(), Is.EqualTo(new[] { true, false }));
        Assert.That(s_big.EqualTo(Tensor.Indices(Big)).ToBoolArray(), Is.EqualTo(new[] { true, false, false, false }));
    }

    [Test]
    public void ComparisonsWithDoublesAreThoseOfTheNumbers()
    {
        Tensor edge = Tensor.Indices(long.MaxValue, (1L << 62) + 1, long.MinValue);
        Assert.That(edge.EqualTo(9223372036854775808.0).ToBoolArray(), Has.All.False, "2^63 is not an Int64 number");
        Assert.That((edge < 9223372036854775808.0).ToBoolArray(), Has.All.True);
        Assert.That((edge < double.PositiveInfinity).ToBoolArray(), Has.All.True);
        Assert.That((edge > double.NegativeInfinity).ToBoolArray(), Has.All.True);
        Assert.That(edge.EqualTo(double.NaN).ToBoolArray(), Has.All.False);
        Assert.That(edge.EqualTo(4611686018427387904.0).ToBoolArray(), Has.All.False, "2^62 is not 2^62 + 1");
        Assert.That(edge.EqualTo(-9223372036854775808.0).ToBoolArray(), Is.EqualTo(new[] { false, false, true }));
        Assert.That((Tensor.Indices(2, 3) < 2.5).ToBoolArray(), Is.EqualTo(new[] { true, false }));
        Assert.That((Tensor.Mask(true, false) < 1).ToBoolArray(), Is.EqualTo(new[] { false, true }));
    }

    [Test]
    public void FloatsAreComparedWithIntegersThatTheyCanBe()
    {
        Tensor x = Tensor.From([1, 2, 9007199254740992], DType.Float64);
        Assert.That((x < 2).ToBoolArray(), Is.EqualTo(new[] { true, false, false }));
        Assert.That(x.EqualTo(Big - 1).ToBoolArray(), Is.EqualTo(new[] { false, false, true }));
        Assert.That(() => x.EqualTo(Big), Throws.ArgumentException.With.Message.Contains("9007199254740993").And.Message.Contains("double"));
    }

    [Test]
    public void AllCloseTellsNeighboursApart()
    {
        Assert.That(Tensor.Indices(Big).AllClose(Tensor.Indices(Big - 1), 0, 0), Is.False);
        Assert.That(Tensor.Indices(Big).AllClose(Tensor.Indices(Big), 0, 0));
        Assert.That(Tensor.Indices(Big).AllClose(Tensor.Indices(Big - 1), 0, 1));
        Assert.That(Tensor.Indices(long.MaxValue).AllClose(Tensor.Indices(long.MinValue), 0, 2e19));
        Assert.That(Tensor.Indices(long.MaxValue).AllClose(Tensor.Indices(long.MinValue), 0, 1e18), Is.False);
        Assert.That(Tensor.Indices(Big).AllClose(Tensor.From([9007199254740992], DType.Float64), 0, 0), Is.False);
        Assert.That(Tensor.Indices(3).AllClose(Tensor.From([3.0]), 0, 0));
        Assert.That(Tensor.Indices(3).AllClose(Tensor.From([double.NaN])), Is.False);
    }

    [Test]
    public void FullAndFillAreExactOrRefuse()
    {
        Assert.That(Tensor.Full([2], Big, DType.Int64).ToInt64Array(), Is.EqualTo(new[] { Big, Big }));
        Tensor x = Tensor.Zeros([1], DType.Int64);
        x.Fill(long.MaxValue);
        Assert.That(x.ToInt64Array(), Is.EqualTo(new[] { long.MaxValue }));
        foreach (double bad in new[] { 2.5, double.NaN, double.PositiveInfinity, 9223372036854775808.0, -1e19 })
        {
            Assert.That(() => Tensor.Full([1], bad, DType.Int64), Throws.ArgumentException.With.Message.StartsWith("Full: Int64 cannot hold"));
            Assert.That(() => x.Fill(bad), Throws.ArgumentException.With.Message.StartsWith("Fill: Int64 cannot hold"));
        }
        Assert.That(Tensor.Full([1], -9223372036854775808.0, DType.Int64).ToInt64Array(), Is.EqualTo(new[] { long.MinValue }));
        Assert.That(Tensor.Full([1], 3).DType, Is.EqualTo(Tensor.DefaultDType), "an integer literal still fills the default type");
        Assert.That(Tensor.Full([1], 3, DType.Bool).ToBoolArray(), Is.EqualTo(new[] { true }));
    }

    [Test]
    public void ItemAndToArrayAreExactOrRefuseWithAWayThatWorks()
    {
        Tensor one = Tensor.Indices(Big);
        Assert.That(() => one.Item(), Throws.InvalidOperationException.With.Message.Contains("9007199254740993").And.Message.Contains("ItemInt64()"));
        Assert.That(() => s_big.Item(0), Throws.InvalidOperationException.With.Message.Contains("ItemInt64()"));
        Assert.That(() => s_big.ToArray(), Throws.InvalidOperationException.With.Message.Contains("ToInt64Array()"));
        Assert.That(() => Tensor.Indices(long.MaxValue).Item(), Throws.InvalidOperationException);
        Assert.That(one.ItemInt64(), Is.EqualTo(Big));
        Assert.That(s_big[0].ItemInt64(), Is.EqualTo(Big));
        Assert.That(s_big.ToInt64Array()[2], Is.EqualTo(-Big));
        Assert.That(s_big.Item(1), Is.EqualTo(Big - 1));
        Assert.That(Tensor.Indices(long.MinValue).Item(), Is.EqualTo(-9223372036854775808.0));
        Assert.That(() => s_big.ItemInt64(), Throws.InvalidOperationException);
        Assert.That(() => Tensor.From(1).ItemInt64(), Throws.InvalidOperationException);
        Assert.That(one.ToString(), Does.Contain("9007199254740993"));
    }

    [Test]
    public void LabelsAndPositionsBeyondIntAreRefused()
    {
        Tensor scores = Tensor.Ones([1, 3]), label = Tensor.Indices(1L << 32);
        Assert.That(() => new MyTorch.Nn.CrossEntropyLoss().Forward(scores, label), Throws.InstanceOf<ArgumentException>().With.Message.Contains("4294967296"));
        Assert.That(() => new MyTorch.Nn.NLLLoss().Forward(scores, label), Throws.InstanceOf<ArgumentException>().With.Message.Contains("4294967296"));
        Assert.That(() => new MyTorch.Operations.SoftmaxCrossEntropy(scores, label).Apply(), Throws.InstanceOf<ArgumentException>().With.Message.Contains("4294967296"));
        Assert.That(() => label.OneHot(3), Throws.InstanceOf<ArgumentException>().With.Message.Contains("4294967296"));
        Assert.That(() => scores.IndexSelect(1, label), Throws.InstanceOf<ArgumentException>().With.Message.Contains("4294967296"));
        Assert.That(() => scores.Gather(1, label.Unsqueeze(0)), Throws.InstanceOf<ArgumentException>().With.Message.Contains("4294967296"));
    }

    [Test]
    public void FloatsBecomeIntegersOrAreRefused()
    {
        Assert.That(Tensor.From([-1.5, 2.9, 1e15], DType.Float64).To(DType.Int64).ToInt64Array(), Is.EqualTo(new[] { -1, 2, 1_000_000_000_000_000 }));
        foreach (double bad in new[] { double.NaN, double.NegativeInfinity, 1e19 })
            Assert.That(() => Tensor.From([bad], DType.Float64).To(DType.Int64), Throws.InvalidOperationException);
    }
}
