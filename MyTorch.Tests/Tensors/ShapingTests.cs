namespace MyTorch.Tests.Tensors;

/// <summary>
/// Parts, repetitions, triangles and diagonals: the edges. Values and gradients of ordinary cases are in the table of operations.
/// </summary>
public sealed class ShapingTests
{
    static Shape Sizes(params int[] sizes) => sizes;

    static Tensor Counting(params int[] sizes)
    {
        Shape shape = sizes;
        return Tensor.Arange(0, shape.ElementCount, dtype: DType.Float64).Reshape(shape);
    }

    [Test]
    public void SqueezeTakesEveryDimensionOfSize1()
    {
        Assert.That(Tensor.Zeros([1, 3, 1, 0]).Squeeze().Shape, Is.EqualTo(Sizes(3, 0)));
        Assert.That(Tensor.Zeros([1, 1]).Squeeze().Rank, Is.Zero);
        Assert.That(Tensor.Indices([1, 2], [2, 1]).Squeeze().ToInt64Array(), Is.EqualTo(new long[] { 1, 2 }));
        Tensor x = Tensor.Zeros([2, 3]);
        Assert.That(x.Squeeze(), Is.Not.SameAs(x));
        Assert.That(x.Squeeze().Shape, Is.EqualTo(x.Shape));
    }

    [Test]
    public void FlattenJoinsTheDimensionsBetween()
    {
        Tensor x = Tensor.Zeros([2, 3, 4, 5]);
        Assert.That(x.Flatten(1, 2).Shape, Is.EqualTo(Sizes(2, 12, 5)));
        Assert.That(x.Flatten(endDim: 1).Shape, Is.EqualTo(Sizes(6, 4, 5)));
        Assert.That(x.Flatten(-2).Shape, Is.EqualTo(Sizes(2, 3, 20)));
        Assert.That(x.Flatten(2, 2).Shape, Is.EqualTo(x.Shape));
        Assert.That(Tensor.Zeros([2, 0, 3]).Flatten(1).Shape, Is.EqualTo(Sizes(2, 0)));
        Assert.That(Tensor.From(1).Flatten(0, -1).Shape, Is.EqualTo(Sizes(1)));
        Assert.That(() => x.Flatten(2, 1), Throws.ArgumentException.With.Message.Contains("Flatten: startDim 2").And.Message.Contains("endDim 1").And.Message.Contains("(2, 3, 4, 5)"));
        Assert.That(() => x.Flatten(0, 4), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Flatten: dimension 4"));
    }

    [Test]
    public void SplitAndChunkCutAsPyTorchDoes()
    {
        Tensor x = Counting(5, 2);
        Assert.That(Lengths(x.Split(2)), Is.EqualTo(new[] { 2, 2, 1 }));
        Assert.That(Lengths(x.Split(7)), Is.EqualTo(new[] { 5 }));
        Assert.That(Lengths(x.Split(int.MaxValue)), Is.EqualTo(new[] { 5 }));
        Assert.That(Lengths(x.Split([0, 4, 1])), Is.EqualTo(new[] { 0, 4, 1 }));
        Assert.That(x.Split(1, -1)[1].ToArray(), Is.EqualTo(new double[] { 1, 3, 5, 7, 9 }));
        Assert.That(Tensor.Concat(x.Split([2, 3])).ToArray(), Is.EqualTo(x.ToArray()));
        Assert.That(Lengths(x.Chunk(2)), Is.EqualTo(new[] { 3, 2 }));
        Assert.That(Lengths(x.Chunk(4)), Is.EqualTo(new[] { 2, 2, 1 }), "rounding up uses the dimension up earlier");
        Assert.That(Lengths(x.Chunk(9)), Is.EqualTo(new[] { 1, 1, 1, 1, 1 }));
        Assert.That(Lengths(Tensor.Zeros([0, 2]).Split(3)), Is.EqualTo(new[] { 0 }));
        Assert.That(Lengths(Tensor.Zeros([0, 2]).Chunk(3)), Is.EqualTo(new[] { 0, 0, 0 }));
        Assert.That(Tensor.Indices(1, 2, 3).Chunk(2)[1].ToInt64Array(), Is.EqualTo(new long[] { 3 }));

        static int[] Lengths(Tensor[] parts) => [.. parts.Select(part => part.Shape[0])];
    }

    [Test]
    public void SplitRefusesInvalidArguments()
    {
        Tensor x = Tensor.Zeros([5, 2]);
        Assert.That(() => x.Split(0), Throws.InstanceOf<ArgumentException>().With.Message.Contains("Split: size is 0"));
        Assert.That(() => x.Split([2, 2]), Throws.ArgumentException.With.Message.Contains("[2, 2] add up to 4").And.Message.Contains("(5, 2) has 5"));
        Assert.That(() => x.Split([6, -1]), Throws.InstanceOf<ArgumentException>().With.Message.Contains("size -1"));
        Assert.That(() => x.Split([int.MaxValue, int.MaxValue, 7]), Throws.ArgumentException.With.Message.Contains("add up to 4294967301"));
        Assert.That(() => x.Chunk(0), Throws.InstanceOf<ArgumentException>().With.Message.Contains("Chunk: chunks is 0"));
        Assert.That(() => x.Split(1, 2), Throws.InstanceOf<ArgumentException>().With.Message.Contains("Split: dimension 2"));
        Assert.That(() => Tensor.From(1).Chunk(1), Throws.InstanceOf<ArgumentException>().With.Message.Contains("Chunk: ").And.Message.Contains("scalar"));
    }

    [Test]
    public void RepeatAlsoAddsDimensions()
    {
        Assert.That(Tensor.Indices(1, 2).Repeat(2, 2).ToInt64Array(), Is.EqualTo(new long[] { 1, 2, 1, 2, 1, 2, 1, 2 }));
        Assert.That(Tensor.From(3).Repeat().Item(), Is.EqualTo(3));
        Assert.That(Tensor.From(3).Repeat(2).ToArray(), Is.EqualTo(new double[] { 3, 3 }));
        Assert.That(Tensor.Zeros([2, 3]).Repeat(0, 2).Shape, Is.EqualTo(Sizes(0, 6)));
        Tensor x = Tensor.Zeros([2, 3]);
        Assert.That(x.Repeat(1, 1), Is.Not.SameAs(x));
        Assert.That(() => x.Repeat(2), Throws.ArgumentException.With.Message.Contains("Repeat: 1 numbers").And.Message.Contains("2 dimensions"));
        Assert.That(() => x.Repeat(2, -1), Throws.InstanceOf<ArgumentException>().With.Message.Contains("Repeat: the number for dimension 1 is -1"));
        Assert.That(() => x.Repeat(1 << 20, 1 << 20), Throws.InstanceOf<OverflowException>());
    }

    [Test]
    public void FlipReversesTheNamedDimensions()
    {
        Assert.That(Tensor.Indices(1, 2, 3).Flip(-1).ToInt64Array(), Is.EqualTo(new long[] { 3, 2, 1 }));
        Assert.That(Tensor.From(3).Flip(0).Item(), Is.EqualTo(3));
        Assert.That(Tensor.Zeros([0, 2]).Flip(0, 1).Shape, Is.EqualTo(Sizes(0, 2)));
        Tensor x = Tensor.Zeros([2, 3]);
        Assert.That(() => x.Flip(), Throws.ArgumentException.With.Message.Contains("Flip: no dimension"));
        Assert.That(() => x.Flip(2), Throws.InstanceOf<ArgumentException>().With.Message.Contains("Flip: dimension 2"));
        Assert.That(() => x.Flip(0, -2), Throws.ArgumentException.With.Message.Contains("Flip: dimension 0").And.Message.Contains("twice"));
    }

    [Test]
    public void TrianglesKeepWhatIsOnTheirSideAndHideTheRest()
    {
        double nan = double.NaN;
        Tensor x = Tensor.From([1, nan, double.PositiveInfinity, 2], [2, 2], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor lower = x.Tril();
        Assert.That(x.Triu(1).ToArray(), Is.EqualTo(new[] { 0, nan, 0, 0 }));
        Assert.That(lower.ToArray(), Is.EqualTo(new[] { 1, 0, double.PositiveInfinity, 2 }));
        autograd.Backward(lower, Tensor.From([10, nan, 20, 30], [2, 2], DType.Float64));
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(new double[] { 10, 0, 20, 30 }), "what is hidden gets exactly 0");
        Assert.That(Tensor.From(new int[,] { { 1, 2 }, { 3, 4 } }).Tril().ToInt64Array(), Is.EqualTo(new long[] { 1, 0, 3, 4 }));
        Assert.That(Tensor.Ones([3, 2], DType.Bool).Triu(-1).ToBoolArray(), Is.EqualTo(new[] { true, true, true, true, false, true }));
        Assert.That(x.Tril(int.MinValue).ToArray(), Is.All.Zero);
        Assert.That(x.Triu(int.MaxValue).ToArray(), Is.All.Zero);
        Assert.That(Tensor.Zeros([0, 2]).Tril().Shape, Is.EqualTo(Sizes(0, 2)));
        Assert.That(() => Tensor.Zeros([3]).Tril(), Throws.InvalidOperationException.With.Message.Contains("Tril: ").And.Message.Contains("rank 1"));
        Assert.That(() => Tensor.Zeros([]).Triu(), Throws.InvalidOperationException.With.Message.Contains("Triu: "));
    }

    [TestCase(-4)]
    [TestCase(-1)]
    [TestCase(0)]
    [TestCase(2)]
    [TestCase(5)]
    public void DiagIsItsOwnInverse(int diagonal)
    {
        Tensor x = Tensor.Indices(5, 6, 7);
        Tensor matrix = x.Diag(diagonal);
        Assert.That(matrix.Shape, Is.EqualTo(Sizes(3 + Math.Abs(diagonal), 3 + Math.Abs(diagonal))));
        Assert.That(matrix.Sum().Item(), Is.EqualTo(18));
        Assert.That(matrix.Diag(diagonal).ToInt64Array(), Is.EqualTo(x.ToInt64Array()));
    }

    [Test]
    public void DiagonalsOutsideAreEmpty()
    {
        Tensor x = Counting(2, 3);
        Assert.That(x.Diag(2).ToArray(), Is.EqualTo(new double[] { 2 }));
        Assert.That(x.Diag(3).Shape, Is.EqualTo(Sizes(0)));
        Assert.That(x.Diag(-1).ToArray(), Is.EqualTo(new double[] { 3 }));
        Assert.That(x.Diag(int.MinValue).Shape, Is.EqualTo(Sizes(0)));
        Assert.That(x.Diag(int.MaxValue).Shape, Is.EqualTo(Sizes(0)));
        Assert.That(Tensor.Zeros([0]).Diag().Shape, Is.EqualTo(Sizes(0, 0)));
        Assert.That(Tensor.Zeros([0]).Diag(-2).ToArray(), Is.EqualTo(new double[4]));
        Assert.That(Tensor.Zeros([0, 0]).Diag().Shape, Is.EqualTo(Sizes(0)));
        Assert.That(() => Tensor.Zeros([2]).Diag(int.MinValue), Throws.InstanceOf<OverflowException>());
        Assert.That(() => Tensor.Zeros([2, 2, 2]).Diag(), Throws.InvalidOperationException.With.Message.Contains("Diag: ").And.Message.Contains("rank 3"));
        Assert.That(() => Tensor.From(1).Diag(), Throws.InvalidOperationException.With.Message.Contains("rank 0"));
    }
}
