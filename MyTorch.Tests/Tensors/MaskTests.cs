using MyTorch.Tests.Operations;

namespace MyTorch.Tests.Tensors;

/// <summary>
/// Masks: selecting, filling, choosing and folding by them. Values and gradients of ordinary cases are in the table of operations.
/// </summary>
public sealed class MaskTests
{
    static Shape Sizes(params int[] sizes) => sizes;

    static Tensor Leaf(double[] values, params int[] shape)
    {
        Tensor x = Tensor.From(values, shape, DType.Float64);
        x.RequiresGrad = true;
        return x;
    }

    [Test]
    public void AMaskSelectsInRowMajorOrder()
    {
        Tensor x = [[1, -2, 3], [-4, 5, -6]];
        Assert.That(x[x > 0].ToArray(), Is.EqualTo(new double[] { 1, 3, 5 }));
        Assert.That(x[x > 0].Shape, Is.EqualTo(Sizes(3)));
        Assert.That(x[Tensor.Mask(false, true)].ToString(), Is.EqualTo(x[1..].ToString()));
        Assert.That(x[.., Tensor.Mask(true, false, true)].ToString(), Is.EqualTo(x[.., TensorIndex.Every(2)].ToString()));
        Assert.That(x[^1, Tensor.Mask(true, false, true)].ToArray(), Is.EqualTo(new double[] { -4, -6 }));
    }

    [Test]
    public void AMaskThatHoldsNowhereSelectsNothing()
    {
        Tensor x = Leaf([1, 2, 3, 4, 5, 6], 2, 3);
        using var autograd = new Autograd();
        Tensor none = x[x > 10], noRows = x[Tensor.Mask(false, false)];
        Assert.That(none.Shape, Is.EqualTo(Sizes(0)));
        Assert.That(noRows.Shape, Is.EqualTo(Sizes(0, 3)));
        autograd.Backward(none.Sum() + noRows.Sum());
        Assert.That(x.Grad!.ToArray(), Is.All.Zero);
        Assert.That(Tensor.Zeros([0, 3])[Tensor.Zeros([0], DType.Bool)].Shape, Is.EqualTo(Sizes(0, 3)));
        Assert.That(Tensor.Zeros([2, 0])[Tensor.Zeros([2, 0], DType.Bool)].Shape, Is.EqualTo(Sizes(0)));
    }

    [Test]
    public void AScalarIsSelectedByAMaskOfOneNumber()
    {
        Assert.That(Tensor.From(5)[Tensor.Mask([true], [])].ToArray(), Is.EqualTo(new double[] { 5 }));
        Assert.That(Tensor.From(5)[Tensor.Mask([false], [])].Shape, Is.EqualTo(Sizes(0)));
        Assert.That(Tensor.Zeros([2, 3])[Tensor.Mask([true], [])].Shape, Is.EqualTo(Sizes(1, 2, 3)));
        Assert.That(Tensor.Zeros([2, 3])[1, Tensor.Mask([true], [])].Shape, Is.EqualTo(Sizes(1, 3)));
    }

    [Test]
    public void EveryTypeCanBeSelectedFrom()
    {
        Tensor mask = Tensor.Mask(true, false, true);
        Assert.That(Tensor.Indices(long.MaxValue, 2, long.MinValue)[mask].ToInt64Array(), Is.EqualTo(new[] { long.MaxValue, long.MinValue }));
        Assert.That(Tensor.Mask(true, true, false)[mask].ToBoolArray(), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public void TheGradientGoesToWhatWasSelectedWhateverTheRestHolds()
    {
        Tensor x = Leaf([double.NaN, 4, double.PositiveInfinity, 9], 2, 2);
        Tensor mask = Tensor.Mask([false, true, false, true], [2, 2]);
        using var autograd = new Autograd();
        Tensor y = x[mask].Sqrt().Sum();
        mask.Fill(1);
        autograd.Backward(y);
        Assert.That(y.Item(), Is.EqualTo(5));
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(new[] { 0, 0.25, 0, 1 / 6.0 }), "the mask was read when it selected");
    }

    [Test]
    public void IndicesWithoutAMaskMeanWhatTheyMeant()
    {
        Tensor x = Tensor.Arange(0, 24, dtype: DType.Float64).Reshape([2, 3, 4]);
        Assert.That(x[1, ^1, -1].Item(), Is.EqualTo(23));
        Assert.That(x[.., 1..].Shape, Is.EqualTo(Sizes(2, 2, 4)));
        Assert.That(x[default(TensorIndex), 0].Shape, Is.EqualTo(Sizes(2, 4)));
        Assert.That(() => x[0, 0, 0, 0], Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("4 indices").And.Message.Contains("at most 3"));
    }

    [Test]
    public void AMaskThatDoesNotFitIsRefused()
    {
        Tensor x = Tensor.Zeros([2, 3]);
        Refused<ArgumentException>(() => x[Tensor.Mask(true, false, true)], "Index", "mask", "(3,)", "dimensions 0 to 0", "(2, 3)", "(2,)");
        Refused<ArgumentException>(() => x[Tensor.Zeros([3, 2], DType.Bool)], "(3, 2)", "(2, 3)");
        Refused<ArgumentException>(() => x[0, Tensor.Zeros([2, 3], DType.Bool)], "3 indices", "at most 2");
        Refused<ArgumentException>(() => x[Tensor.Mask(true, false), Tensor.Mask(true, false, true)], "two masks", "And");
        Refused<InvalidOperationException>(() => x[Tensor.Indices(0, 1)], "Int64", "Bool", "IndexSelect");
        Refused<InvalidOperationException>(() => x[x], "Float32", "Bool", "comparison");
        Assert.That(() => x[(Tensor)null!], Throws.ArgumentNullException);
    }

    static void Refused<T>(Func<Tensor> action, params string[] named) where T : Exception
    {
        Exception error = Assert.Catch(() => action())!;
        Assert.That(error, Is.InstanceOf<T>());
        foreach (string name in named) Assert.That(error.Message, Does.Contain(name));
    }

    [Test]
    public void MaskedFillStopsTheGradientOfWhatItReplaces()
    {
        Tensor x = Leaf([-1, 0, 4], 3);
        using var autograd = new Autograd();
        Tensor y = x.Sqrt().MaskedFill(x <= 0, double.NegativeInfinity);
        Assert.That(y.ToArray(), Is.EqualTo(new[] { double.NegativeInfinity, double.NegativeInfinity, 2 }));
        autograd.Backward(y[2..].Sum() + x.MaskedFill(x <= 0, 7).Sum());
        Assert.That(x.Grad!.ToArray()[2], Is.EqualTo(1.25));
    }

    [Test]
    public void MaskedFillKeepsTheType()
    {
        Tensor mask = Tensor.Mask(true, false);
        Assert.That(Tensor.Zeros([2], DType.Float64).MaskedFill(mask, 0.1).ToArray(), Is.EqualTo(new[] { 0.1, 0 }));
        Assert.That(Tensor.Indices(5, (1L << 53) + 1).MaskedFill(mask, -100).ToInt64Array(), Is.EqualTo(new[] { -100, (1L << 53) + 1 }));
        Assert.That(Tensor.Mask(false, false).MaskedFill(mask, 1).ToBoolArray(), Is.EqualTo(new[] { true, false }));
        Refused<ArgumentException>(() => Tensor.Indices(1, 2).MaskedFill(mask, 0.5), "MaskedFill", "0.5", "Int64", ".To(");
        Refused<ArgumentException>(() => Tensor.Indices(1, 2).MaskedFill(mask, double.NaN), "NaN", "Int64");
        Refused<ArgumentException>(() => Tensor.Indices(1, 2).MaskedFill(mask, 9.3e18), "Int64");
        Refused<ArgumentException>(() => Tensor.Mask(true, false).MaskedFill(mask, 2), "MaskedFill", "2", "Bool");
        Refused<InvalidOperationException>(() => Tensor.Zeros([2]).MaskedFill(Tensor.Zeros([2]), 0), "MaskedFill", "Float32", "Bool");
        Refused<ArgumentException>(() => Tensor.Zeros([3]).MaskedFill(mask, 0), "MaskedFill", "(3,)", "(2,)");
    }

    [Test]
    public void WhereTakesNumbersOnEitherSide()
    {
        Tensor mask = Tensor.Mask([true, false], [2, 1]);
        Tensor both = Tensor.Where(mask, 1, -0.5);
        Assert.That(both.ToArray(), Is.EqualTo(new[] { 1, -0.5 }));
        Assert.That((both.Shape, both.DType), Is.EqualTo((Sizes(2, 1), DType.Float32)));
        Assert.That(Tensor.Where(mask, 0.1, 0.2, DType.Float64).ToArray(), Is.EqualTo(new[] { 0.1, 0.2 }));
        Assert.That(Tensor.Where(mask, Tensor.Indices(4, 5), 0).ToInt64Array(), Is.EqualTo(new long[] { 4, 5, 0, 0 }));
        Assert.That(Tensor.Where(mask, -1, Tensor.Indices(4, 5)).ToInt64Array(), Is.EqualTo(new long[] { -1, -1, 4, 5 }));
        Assert.That(Tensor.Where(mask, Tensor.Mask(true), 0).ToBoolArray(), Is.EqualTo(new[] { true, false }));
        Refused<ArgumentException>(() => Tensor.Where(mask, Tensor.Indices(4, 5), 0.5), "Where", "0.5", "Int64");
        Refused<ArgumentException>(() => Tensor.Where(mask, 1, 0, DType.Int64), "Int64");
    }

    [Test]
    public void AnyAndAllFoldTheirDimensions()
    {
        Tensor mask = Tensor.Mask([true, false, true, true, true, true], [2, 3]);
        Assert.That((mask.Any().Item(), mask.All().Item(), mask.Not().Any(1).Item(1)), Is.EqualTo((1, 0, 0)));
        Assert.That(mask.All(1).ToBoolArray(), Is.EqualTo(new[] { false, true }));
        Assert.That(mask.All(0).ToBoolArray(), Is.EqualTo(new[] { true, false, true }));
        Assert.That(mask.Any(-1, keepDim: true).Shape, Is.EqualTo(Sizes(2, 1)));
        Assert.That(mask.All([0, 1], keepDim: true).Shape, Is.EqualTo(Sizes(1, 1)));
        Assert.That(mask.All().DType, Is.EqualTo(DType.Bool));
        Assert.That(Tensor.Mask([true], []).All(0).Item(), Is.EqualTo(1));
    }

    [Test]
    public void AnyAndAllMeanWhatTheirElementsSayInEveryLayout()
    {
        var random = new Random(3);
        for (int round = 0; round < 200; round++)
        {
            int[] shape = [.. Enumerable.Range(0, random.Next(0, 4)).Select(_ => random.Next(0, 4))];
            var array = NaiveArray.Generate(shape, _ => random.Next(4) == 0 ? 1 : 0);
            int[] dims = [.. Enumerable.Range(0, shape.Length).Where(_ => random.Next(2) == 0)];
            Tensor mask = Tensor.From(array.Data, shape, DType.Float64).To(DType.Bool);
            Assert.That(mask.Any(dims, round % 2 == 0).ToArray(), Is.EqualTo(array.Reduce(dims, round % 2 == 0, line => line.Any(v => v != 0) ? 1 : 0).Data));
            Assert.That(mask.All(dims, round % 2 == 0).ToArray(), Is.EqualTo(array.Reduce(dims, round % 2 == 0, line => line.All(v => v != 0) ? 1 : 0).Data));
            Assert.That(mask.Sum(dims, round % 2 == 0).ToArray(), Is.EqualTo(array.Reduce(dims, round % 2 == 0, line => line.Sum()).Data));
        }
    }

    [Test]
    public void OfNothingAllHoldsAndAnyDoesNot()
    {
        Tensor empty = Tensor.Zeros([2, 0], DType.Bool);
        Assert.That((empty.Any().Item(), empty.All().Item()), Is.EqualTo((0, 1)));
        Assert.That(empty.All(1).ToBoolArray(), Is.EqualTo(new[] { true, true }));
        Assert.That(empty.Any(0).ElementCount, Is.Zero);
    }

    [Test]
    public void IndexingRefusesATensorThatIsNotAMask()
    {
        Refused<InvalidOperationException>(() => Tensor.Zeros([2]).Any(), "Any", "Float32", "compare");
        Refused<InvalidOperationException>(() => Tensor.Indices(1).All(), "All", "Int64", ".NotEqualTo(0)");
        Refused<ArgumentException>(() => Tensor.Mask(true).All(1), "All", "dimension 1");
        Refused<ArgumentException>(() => Tensor.Mask(true).Any([0, -1]), "Any", "twice");
    }
}
