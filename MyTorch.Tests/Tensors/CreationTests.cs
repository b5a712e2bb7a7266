namespace MyTorch.Tests.Tensors;

/// <summary>Tensors from C# arrays of every element type, evenly spaced numbers and random integers.</summary>
public sealed class CreationTests
{
    static Shape Sizes(params int[] sizes) => sizes;

    [Test]
    public void WhichCSharpInputGivesWhichType()
    {
        // Integers and truth values keep their type; every other number becomes the default type.
        (Tensor Tensor, DType DType)[] cases =
        [
            (Tensor.From(new long[] { 1 }), DType.Int64), (Tensor.From(new int[] { 1 }), DType.Int64), (Tensor.From(new long[,] { { 1 } }), DType.Int64),
            (Tensor.From(new int[,] { { 1 } }), DType.Int64), (Tensor.From(new[] { true }), DType.Bool), (Tensor.From(new[,] { { true } }), DType.Bool),
            (Tensor.From(new[] { 1f }), DType.Float32), (Tensor.From(new[] { 1.0 }), DType.Float32), (Tensor.From(new[,] { { 1f } }), DType.Float32),
            (Tensor.From(new[,] { { 1.0 } }), DType.Float32), (Tensor.From(1), DType.Float32), (Tensor.From(1L), DType.Float32),
            (Tensor.From([1, 2, 3]), DType.Float32), (Tensor.From([1L, 2]), DType.Float32), (Tensor.From([1.5, 2]), DType.Float32), (Tensor.From([1f, 2]), DType.Float32),
            (Tensor.From([1, 2, 3, 4], [2, 2]), DType.Float32), (Tensor.From([true, false]), DType.Bool),
            (Tensor.From(new[] { 1 }, DType.Float64), DType.Float64), (Tensor.From(new long[,] { { 1 } }, DType.Float32), DType.Float32),
            (Tensor.From(new[,] { { 1f } }, DType.Float64), DType.Float64), (Tensor.From([1, 2], DType.Float64), DType.Float64),
        ];
        for (int i = 0; i < cases.Length; i++) Assert.That(cases[i].Tensor.DType, Is.EqualTo(cases[i].DType), $"case {i}");

        Tensor vector = [1, 2], matrix = [[1, 2], [3, 4]], number = 1, converted = new float[,] { { 1, 2 } };
        Assert.That(new[] { vector, matrix, number, converted }.Select(t => t.DType), Is.All.EqualTo(DType.Float32));
        Assert.That((matrix.Shape, converted.Shape), Is.EqualTo((Sizes(2, 2), Sizes(1, 2))));
    }

    [Test]
    public void MatricesKeepRowsAndColumns()
    {
        Assert.That(Tensor.From(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } }).Item(1, 0), Is.EqualTo(4));
        Assert.That(Tensor.From(new int[,] { { 1, 2, 3 }, { 4, 5, 6 } }).ToInt64Array(), Is.EqualTo(new long[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(Tensor.From(new[,] { { true, false } }).Shape, Is.EqualTo(Sizes(1, 2)));
        Assert.That(Tensor.From(new long[0, 3]).Shape, Is.EqualTo(Sizes(0, 3)));
        Assert.That(Tensor.From(new float[2, 0]).Shape, Is.EqualTo(Sizes(2, 0)));
        Assert.That(Tensor.From(Array.Empty<int>()).Shape, Is.EqualTo(Sizes(0)));
        Assert.That(Tensor.From(new[] { long.MaxValue, (1L << 53) + 1 }).ToInt64Array(), Is.EqualTo(new[] { long.MaxValue, (1L << 53) + 1 }));
    }

    [Test]
    public void CreationCopiesItsArguments()
    {
        long[] a = [1];
        int[] b = [1];
        bool[] c = [true];
        long[,] d = { { 1 } };
        int[,] e = { { 1 } };
        bool[,] f = { { true } };
        float[,] g = { { 1 } };
        Tensor[] tensors = [Tensor.From(a), Tensor.From(b), Tensor.From(c), Tensor.From(d), Tensor.From(e), Tensor.From(f), Tensor.From(g)];
        (a[0], b[0], c[0], d[0, 0], e[0, 0], f[0, 0], g[0, 0]) = (9, 9, false, 9, 9, false, 9);
        Assert.That(tensors.Select(tensor => tensor.Item()), Is.All.EqualTo(1));
    }

    [Test]
    public void NullIsRefused()
    {
        Assert.That(() => Tensor.From((long[])null!), Throws.ArgumentNullException);
        Assert.That(() => Tensor.From((int[,])null!), Throws.ArgumentNullException);
        Assert.That(() => Tensor.From((bool[])null!), Throws.ArgumentNullException);
        Assert.That(() => Tensor.From((float[,])null!), Throws.ArgumentNullException);
    }

    [Test]
    public void LinspaceReachesBothEndsExactly()
    {
        Assert.That(Tensor.Linspace(0, 1, 11, DType.Float64).ToArray(), Is.EqualTo(Enumerable.Range(0, 11).Select(i => i / 10.0)).Within(1e-16));
        Assert.That(Tensor.Linspace(3, -1, 5).ToArray(), Is.EqualTo(new double[] { 3, 2, 1, 0, -1 }));
        Assert.That(Tensor.Linspace(2, 5, 1).ToArray(), Is.EqualTo(new double[] { 2 }));
        Assert.That(Tensor.Linspace(2, 5, 2).ToArray(), Is.EqualTo(new double[] { 2, 5 }));
        Assert.That(Tensor.Linspace(2, 5, 0).Shape, Is.EqualTo(Sizes(0)));
        Assert.That(Tensor.Linspace(0.1, 0.1, 4, DType.Float64).ToArray(), Is.All.EqualTo(0.1));
        Assert.That(Tensor.Linspace(-1.5e308, 1.5e308, 3, DType.Float64).ToArray(), Is.EqualTo(new[] { -1.5e308, 0, 1.5e308 }));
        foreach (int steps in new[] { 3, 7, 10, 49, 1000 })
        {
            double[] values = Tensor.Linspace(-0.3, 0.7, steps, DType.Float64).ToArray();
            Assert.That((values[0], values[^1]), Is.EqualTo((-0.3, 0.7)));
            Assert.That(values, Is.Ordered.Ascending);
        }
    }

    [Test]
    public void LinspaceRefusesInvalidArguments()
    {
        Assert.That(() => Tensor.Linspace(0, double.PositiveInfinity, 3), Throws.ArgumentException.With.Message.Contains("Linspace").And.Message.Contains("finite"));
        Assert.That(() => Tensor.Linspace(double.NaN, 1, 3), Throws.ArgumentException);
        Assert.That(() => Tensor.Linspace(0, 1, -1), Throws.InstanceOf<ArgumentException>().With.Message.Contains("Linspace: steps is -1"));
        Assert.That(() => Tensor.Linspace(0, 1, 3, DType.Int64), Throws.ArgumentException.With.Message.Contains("Int64"));
    }

    [Test]
    public void RandIntFollowsItsGeneratorAndStaysInside()
    {
        Tensor x = Tensor.RandInt(-2, 3, [1000], new Generator(7));
        Assert.That(x.DType, Is.EqualTo(DType.Int64));
        Assert.That(x.ToInt64Array().Distinct().Order(), Is.EqualTo(new long[] { -2, -1, 0, 1, 2 }));
        Assert.That(Tensor.RandInt(-2, 3, [1000], new Generator(7)).ToInt64Array(), Is.EqualTo(x.ToInt64Array()));
        Assert.That(Tensor.RandInt(1, [2, 3]).ToInt64Array(), Is.EqualTo(new long[6]));
        Assert.That(Tensor.RandInt(5, [0]).ElementCount, Is.Zero);
        Assert.That(() => Tensor.RandInt(3, 3, [1]), Throws.ArgumentException.With.Message.Contains("RandInt: ").And.Message.Contains("at least 3").And.Message.Contains("less than 3"));
        Assert.That(() => Tensor.RandInt(-1, [1]), Throws.ArgumentException.With.Message.Contains("at least 0").And.Message.Contains("-1"));
        Assert.That(() => Tensor.RandInt(5, [-1]), Throws.ArgumentException.With.Message.Contains("RandInt").And.Message.Contains("(-1,)"));
    }

    [Test]
    public void RandIntReachesEveryBitOfALargeRange()
    {
        long[] values = Tensor.RandInt(long.MinValue, long.MaxValue, [2000], new Generator(7)).ToInt64Array();
        for (int bit = 0; bit < 64; bit++)
            Assert.That(values.Count(value => (value >> bit & 1) == 1), Is.InRange(800, 1200), $"bit {bit}");
        Assert.That(Tensor.RandInt(10, 10 + (1L << 40), [500], new Generator(7)).ToInt64Array(), Is.All.InRange(10, 9 + (1L << 40)));
    }

    [Test]
    public void RandPermIsAPermutation()
    {
        Tensor order = Tensor.RandPerm(50, new Generator(3));
        Assert.That((order.DType, order.Shape), Is.EqualTo((DType.Int64, Sizes(50))));
        Assert.That(order.ToInt64Array().Order(), Is.EqualTo(Enumerable.Range(0, 50)));
        Assert.That(order.ToInt64Array(), Is.EqualTo(new Generator(3).Permutation(50)));
        Assert.That(Tensor.RandPerm(0).ElementCount, Is.Zero);
        Assert.That(() => Tensor.RandPerm(-1), Throws.InstanceOf<ArgumentException>().With.Message.Contains("RandPerm: count is -1"));
    }

    [TestCase(0), TestCase(42), TestCase(-1), TestCase(int.MinValue)]
    public void TheNumbersOfAGeneratorAreThoseOfMathNet(int seed)
    {
        var ours = new Generator(seed);
        var theirs = new MathNet.Numerics.Random.Xoshiro256StarStar(seed, threadSafe: false);
        for (int i = 0; i < 1000; i++) Assert.That(ours.NextDouble(), Is.EqualTo(theirs.NextDouble()));
        for (int i = 0; i < 1000; i++) Assert.That(ours.NextGaussian(), Is.EqualTo(MathNet.Numerics.Distributions.Normal.Sample(theirs, 0, 1)));
    }

    [Test]
    public void AGeneratorContinuesFromAState()
    {
        var generator = new Generator(3);
        generator.NextGaussian();
        Tensor state = generator.GetState();
        double[] next = Tensor.Rand([5], DType.Float64, generator).ToArray();
        var other = new Generator(99);
        other.SetState(state);
        Assert.That(Tensor.Rand([5], DType.Float64, other).ToArray(), Is.EqualTo(next));
        foreach (Tensor wrong in new[] { Tensor.Indices(0, 0, 0, 0), Tensor.Indices(1, 2, 3), Tensor.From([1f, 2f, 3f, 4f]) })
            Assert.That(() => other.SetState(wrong), Throws.ArgumentException.With.Message.Contains("not the state of a generator"));
    }
}
