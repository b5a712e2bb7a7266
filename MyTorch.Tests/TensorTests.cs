using System.Globalization;
using MathNet.Numerics.LinearAlgebra;

namespace MyTorch.Tests;

/// <summary>Tensors by themselves, without differentiation: how they are made, read, printed, cut and compared.</summary>
public class TensorTests
{
    [TestCase(new[] { 3 }, new[] { 3 })]
    [TestCase(new[] { 3 }, new[] { 3, 2 })]
    [TestCase(new[] { 2, 3 }, new[] { 3 })]
    [TestCase(new[] { 2, 3 }, new[] { 3, 4 })]
    [TestCase(new[] { 2, 2, 3 }, new[] { 3 })]
    [TestCase(new[] { 2, 2, 3 }, new[] { 3, 4 })]
    [TestCase(new[] { 3 }, new[] { 2, 3, 4 })]
    public void AMatrixProductMeansTheSameWithItsDefaultsWrittenOut(int[] left, int[] right)
    {
        Tensor a = Tensor.Randn(left, DType.Float64, new Generator(1)), b = Tensor.Randn(right, DType.Float64, new Generator(2));
        Tensor product = a.MatMul(b);
        foreach (Tensor same in (Tensor[])[a.MatMul(b, false), a.MatMul(b, transposeThis: false), a.MatMul(b, transposeOther: false), a.MatMul(b, false, false)])
            Assert.That((same.Shape, same.ToArray()), Is.EqualTo((product.Shape, product.ToArray())));
        // A transposed matrix beside a vector.
        if (left.Length > 1) Assert.That(a.Transpose(-1, -2).MatMul(b, transposeThis: true).ToArray(), Is.EqualTo(product.ToArray()).Within(1e-15));
        else Assert.That(() => a.MatMul(b, transposeThis: true), Throws.ArgumentException.With.Message.Contains("omit transposeThis"));
        if (right.Length > 1) Assert.That(a.MatMul(b.Transpose(-1, -2), transposeOther: true).ToArray(), Is.EqualTo(product.ToArray()).Within(1e-15));
        else Assert.That(() => a.MatMul(b, transposeOther: true), Throws.ArgumentException.With.Message.Contains("omit transposeOther"));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    [TestCase(1e30)]
    public void ConversionToInt64RefusesOtherNumbers(double value)
    {
        var error = Assert.Throws<InvalidOperationException>(() => Tensor.From([1, value], DType.Float64).To(DType.Int64))!;
        Assert.That(error.Message, Does.Contain("To(Int64):").And.Contain("element 1").And.Contain("Int64"));
    }

    [Test]
    public void SpreadGivesTheRows()
    {
        Tensor matrix = [[1, 2, 3], [4, 5, 6]];
        Tensor[] rows = [.. matrix];
        Assert.That(rows.Select(row => row.ToString()), Is.EqualTo(new[] { "[1, 2, 3]  (3,) Float32", "[4, 5, 6]  (3,) Float32" }));
        Tensor again = [.. matrix];
        Assert.That(again.ToArray(), Is.EqualTo(matrix.ToArray()));
        Assert.That(again.Shape, Is.EqualTo(matrix.Shape));
    }

    [Test]
    public void MasksCombine()
    {
        Tensor a = Tensor.Mask(true, true, false, false), b = Tensor.Mask(true, false, true, false);
        Assert.That(a.And(b).ToBoolArray(), Is.EqualTo(new[] { true, false, false, false }));
        Assert.That(a.Or(b).ToBoolArray(), Is.EqualTo(new[] { true, true, true, false }));
        Assert.That(a.Not().ToBoolArray(), Is.EqualTo(new[] { false, false, true, true }));
    }

    static Tensor Counting(params int[] shape)
    {
        Shape sizes = shape;
        return Tensor.Arange(0, sizes.ElementCount, dtype: DType.Float64).Reshape(sizes);
    }

    static Shape Sizes(params int[] sizes) => sizes;

    static Tensor Literal(Tensor literal) => literal;

    [Test]
    public void NumbersBecomeTheDefaultTypeUnlessOneIsNamed()
    {
        Tensor fromNumber = 1.5, fromDoubles = new[] { 1.0, 2 }, fromFloats = new[] { 1f, 2 }, fromMatrix = new double[,] { { 1, 2, 3 } }, literal = [1, 2];
        Tensor[] all = [fromNumber, fromDoubles, fromFloats, fromMatrix, literal, Tensor.Zeros([2]), Tensor.Ones([2]), Tensor.Full([2], 3), Tensor.Eye(2),
            Tensor.Arange(0, 3), Tensor.Rand([2]), Tensor.Randn([2]), Tensor.From(1), Tensor.From([1.0]), Tensor.FromMatrix(Matrix<double>.Build.Dense(1, 1))];
        Assert.That(all.Select(t => t.DType), Is.All.EqualTo(DType.Float32));
        Assert.That(Tensor.DefaultDType, Is.EqualTo(DType.Float32));

        Tensor[] named = [Tensor.From(1, DType.Float64), Tensor.From(new[] { 1f }, DType.Float64), Tensor.Zeros([2], DType.Float64), Tensor.Eye(2, DType.Float64),
            Tensor.Arange(0, 3, dtype: DType.Float64), Tensor.Rand([2], DType.Float64), Tensor.FromMatrix(Matrix<double>.Build.Dense(1, 1), DType.Float64)];
        Assert.That(named.Select(t => t.DType), Is.All.EqualTo(DType.Float64));
    }

    [Test]
    public void AResultAlwaysRequiresAGradient()
    {
        Tensor x = Tensor.From([1.0, 2]);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor y = x * 3;
        Assert.That(() => y.RequiresGrad = false, Throws.InvalidOperationException.With.Message.Contains("Multiply").And.Message.Contains(".Detach()"));
        Assert.That(y.Detach().RequiresGrad, Is.False);
    }

    [Test]
    public void AShapeIsEqualToAShapeOfTheSameSizesOnly()
    {
        Shape shape = Sizes(2, 3);
        Assert.That(shape.Equals((object)Sizes(2, 3)));
        Assert.That(shape.Equals((object)Sizes(3, 2)), Is.False);
        Assert.That(shape.Equals("(2, 3)"), Is.False);
        Assert.That(((IReadOnlyCollection<int>)shape).Count, Is.EqualTo(2));
    }

    [Test]
    public void TheDefaultTypeCannotChangeAfterTheFirstTensor()
    {
        _ = Tensor.Zeros([1]);
        Assert.That(() => Tensor.DefaultDType = DType.Float64, Throws.InvalidOperationException.With.Message.Contains("Float32").And.Message.Contains("Float64").And.Message.Contains("start of the program"));
        Assert.That(() => Tensor.DefaultDType = DType.Int64, Throws.ArgumentException.With.Message.Contains("Int64"));
        Assert.That(() => Tensor.DefaultDType = DType.Float32, Throws.Nothing, "it is that already");
        Assert.That(Tensor.DefaultDType, Is.EqualTo(DType.Float32));
    }

    [Test]
    public void LiteralsNestToAnyRank()
    {
        Tensor vector = [1, 2, 3], matrix = [[1, 2, 3], [4, 5, 6]], cube = [[[1], [2]], [[3], [4]], [[5], [6]]], empty = [];
        Assert.That(vector.Shape, Is.EqualTo(Sizes(3)));
        Assert.That(matrix.Shape, Is.EqualTo(Sizes(2, 3)));
        Assert.That(matrix.ToArray(), Is.EqualTo(new double[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(cube.Shape, Is.EqualTo(Sizes(3, 2, 1)));
        Assert.That(cube.ToArray(), Is.EqualTo(new double[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(empty.Shape, Is.EqualTo(Sizes(0)));
        Assert.That(() => { Tensor ragged = [[1, 2], [3]]; }, Throws.ArgumentException.With.Message.Contains("(2,)").And.Message.Contains("(1,)").And.Message.Contains("row"));
    }

    [Test]
    public void ALiteralOfTensorsIsRecorded()
    {
        Tensor a = 2, b = 3;
        a.RequiresGrad = b.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor both = [a, b * b];
        autograd.Backward((both * Literal([10, 100])).Sum());
        Assert.That(a.Grad!.Item(), Is.EqualTo(10));
        Assert.That(b.Grad!.Item(), Is.EqualTo(600));
    }

    [Test]
    public void FillersFill()
    {
        Assert.That(Tensor.Zeros([2, 2]).ToArray(), Is.EqualTo(new double[4]));
        Assert.That(Tensor.Ones([3], DType.Int64).ToInt64Array(), Is.EqualTo(new long[] { 1, 1, 1 }));
        Assert.That(Tensor.Full([2], 0.1, DType.Float64).ToArray(), Is.EqualTo(new[] { 0.1, 0.1 }));
        Assert.That(Tensor.Full([2], 1, DType.Bool).ToBoolArray(), Is.EqualTo(new[] { true, true }));
        Assert.That(Tensor.Eye(2).ToArray(), Is.EqualTo(new double[] { 1, 0, 0, 1 }));
        Assert.That(Tensor.ZerosLike(Tensor.Ones([2], DType.Float64)).DType, Is.EqualTo(DType.Float64));
        Assert.That(Tensor.OnesLike(Tensor.Zeros([2, 1])).ToArray(), Is.EqualTo(new double[] { 1, 1 }));
        Assert.That(Tensor.Zeros([2, 0, 3]).ElementCount, Is.Zero);
        Assert.That(() => Tensor.Zeros([2, -1]), Throws.ArgumentException.With.Message.Contains("Zeros").And.Message.Contains("(2, -1)").And.Message.Contains("-1"));
    }

    [Test]
    public void ArangeStopsBeforeItsEnd()
    {
        Assert.That(Tensor.Arange(0, 1, 0.25, DType.Float64).ToArray(), Is.EqualTo(new[] { 0, 0.25, 0.5, 0.75 }));
        Assert.That(Tensor.Arange(3, 0, -1).ToArray(), Is.EqualTo(new double[] { 3, 2, 1 }));
        Assert.That(Tensor.Arange(2, 2).ElementCount, Is.Zero);
        Assert.That(() => Tensor.Arange(0, 3, -1), Throws.ArgumentException.With.Message.Contains("Arange").And.Message.Contains("step"));
        Assert.That(() => Tensor.Arange(0, 3, 0), Throws.ArgumentException);
    }

    [Test]
    public void FromCopiesItsArgument()
    {
        double[] values = [1, 2];
        double[,] matrix = { { 1, 2 }, { 3, 4 }, { 5, 6 } };
        Tensor vector = Tensor.From(values, DType.Float64), rows = Tensor.From(matrix, DType.Float64);
        values[0] = matrix[0, 0] = 99;
        Assert.That(vector.ToArray(), Is.EqualTo(new double[] { 1, 2 }));
        Assert.That(rows.Shape, Is.EqualTo(Sizes(3, 2)));
        Assert.That(rows.ToArray(), Is.EqualTo(new double[] { 1, 2, 3, 4, 5, 6 }));
    }

    [Test]
    public void FromNeedsAsManyValuesAsTheShape()
    {
        Assert.That(() => Tensor.From(new double[] { 1, 2, 3 }, [2, 2]), Throws.ArgumentException.With.Message.Contains("3 values").And.Message.Contains("(2, 2)").And.Message.Contains("4 elements"));
        Assert.That(() => Tensor.From(1, DType.Int64), Throws.ArgumentException.With.Message.Contains("Int64").And.Message.Contains("Tensor.Indices"));
        Assert.That(() => Tensor.Indices([1, 2], [3]), Throws.ArgumentException.With.Message.Contains("Indices").And.Message.Contains("(3,)"));
        Assert.That(() => Tensor.Mask([true], [2]), Throws.ArgumentException.With.Message.Contains("Mask").And.Message.Contains("(2,)"));
    }

    [Test]
    public void RandomTensorsFollowTheirGeneratorInEitherType()
    {
        double[] first = Tensor.Rand([1000], DType.Float64, new Generator(7)).ToArray();
        Assert.That(Tensor.Rand([1000], DType.Float64, new Generator(7)).ToArray(), Is.EqualTo(first));
        Assert.That(Tensor.Rand([1000], DType.Float64, new Generator(8)).ToArray(), Is.Not.EqualTo(first));
        Assert.That(Tensor.Rand([1000], DType.Float32, new Generator(7)).ToArray(), Is.EqualTo(first).Within(1e-7));
        Assert.That(first, Is.All.InRange(0, 1));
        Assert.That(first.Average(), Is.EqualTo(0.5).Within(0.05));

        double[] normal = Tensor.Randn([4000], DType.Float64, new Generator(7)).ToArray();
        Assert.That(normal.Average(), Is.EqualTo(0).Within(0.08));
        Assert.That(normal.Average(x => x * x), Is.EqualTo(1).Within(0.1));
    }

    [Test]
    public void SeedingStartsTheThreadsOwnGeneratorAnew()
    {
        Generator.Seed(5);
        double[] first = Tensor.Rand([5]).ToArray();
        Generator.Seed(5);
        Assert.That(Tensor.Rand([5]).ToArray(), Is.EqualTo(first));
        double[] elsewhere = [];
        var thread = new Thread(() => elsewhere = [Generator.Default.NextDouble()]);
        thread.Start();
        thread.Join();
        Assert.That(elsewhere[0], Is.EqualTo(new Generator(0).NextDouble()), "a thread's own generator starts from seed 0");
    }

    [Test]
    public void APermutationHoldsEveryNumberOnce()
    {
        int[] order = new Generator(3).Permutation(100);
        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, 100)));
        Assert.That(order, Is.Not.EqualTo(Enumerable.Range(0, 100)));
        Assert.That(() => new Generator(3).Next(0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("at least 1"));
    }

    [Test]
    public void ItemReadsOneElement()
    {
        Tensor x = Counting(2, 3);
        Assert.That(x.Item(1, 2), Is.EqualTo(5));
        Assert.That(x.Item(-1, 0), Is.EqualTo(3));
        Assert.That(Tensor.From(7.5).Item(), Is.EqualTo(7.5));
        Assert.That(Tensor.Ones([1, 1]).Item(), Is.EqualTo(1));
        Assert.That(() => x.Item(), Throws.InvalidOperationException.With.Message.Contains("(2, 3)").And.Message.Contains("6 elements"));
        Assert.That(() => x.Item(1), Throws.ArgumentException.With.Message.Contains("1 indices").And.Message.Contains("(2, 3)"));
        Assert.That(() => x.Item(2, 0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("index 2").And.Message.Contains("dimension 0").And.Message.Contains("-2 to 1"));
    }

    [Test]
    public void ArraysAreCopiesOfTheRightType()
    {
        Tensor x = [1, 2];
        double[] copy = x.ToArray();
        copy[0] = 99;
        Assert.That(x.ToFloatArray(), Is.EqualTo(new[] { 1f, 2f }));
        Assert.That(Tensor.Mask(true, false).ToArray(), Is.EqualTo(new double[] { 1, 0 }));
        Assert.That(() => x.ToInt64Array(), Throws.InvalidOperationException.With.Message.Contains("Float32").And.Message.Contains("DType.Int64"));
        Assert.That(() => Tensor.Indices(1).ToFloatArray(), Throws.InvalidOperationException.With.Message.Contains("Int64").And.Message.Contains("Float32"));
    }

    [Test]
    public void MatricesGoToMathNetAndBack()
    {
        Tensor x = Counting(2, 3);
        Matrix<double> matrix = x.ToMatrix();
        Assert.That((matrix.RowCount, matrix.ColumnCount), Is.EqualTo((2, 3)));
        Assert.That(matrix[1, 0], Is.EqualTo(3));
        Assert.That(matrix[0, 2], Is.EqualTo(2));
        Tensor back = Tensor.FromMatrix(matrix, DType.Float64);
        Assert.That(back.Shape, Is.EqualTo(x.Shape));
        Assert.That(back.ToArray(), Is.EqualTo(x.ToArray()));
        Assert.That(() => Counting(3).ToMatrix(), Throws.InvalidOperationException.With.Message.Contains("(3,)").And.Message.Contains("Reshape"));
    }

    [Test]
    public void RowsCanBeGoneThrough()
    {
        var rows = new List<double[]>();
        foreach (Tensor row in Counting(2, 3)) rows.Add(row.ToArray());
        Assert.That(rows, Is.EqualTo(new[] { new double[] { 0, 1, 2 }, new double[] { 3, 4, 5 } }));
        Assert.That(() => Tensor.From(1).GetEnumerator(), Throws.InvalidOperationException.With.Message.Contains("scalar").And.Message.Contains("Item()"));
    }

    [Test]
    public void AScalarPrintsBare()
    {
        Assert.That(Tensor.From(5.5).ToString(), Is.EqualTo("5.5"));
        Assert.That(Tensor.From(1.0 / 3, DType.Float32).ToString(), Is.EqualTo("0.33333334"));
        Assert.That(Tensor.From(1.0 / 3, DType.Float64).ToString(), Is.EqualTo("0.3333333333333333"));
        Assert.That(Tensor.From(double.NaN).ToString(), Is.EqualTo("NaN"));
        Assert.That(Tensor.From(double.NegativeInfinity).ToString(), Is.EqualTo("-Infinity"));
        Assert.That(Tensor.Indices([3], []).ToString(), Is.EqualTo("3"));
        Assert.That(Tensor.Mask([true], []).ToString(), Is.EqualTo("true"));
    }

    [Test]
    public void AnythingElsePrintsWithShapeAndType()
    {
        Assert.That(Literal([1, 2.5, -3]).ToString(), Is.EqualTo("[  1, 2.5,  -3]  (3,) Float32"));
        Assert.That(Literal([[1, 2], [30, 4]]).ToString(), Is.EqualTo("[[ 1,  2],\n [30,  4]]  (2, 2) Float32"));
        Assert.That(Tensor.Indices(1, 20).ToString(), Is.EqualTo("[ 1, 20]  (2,) Int64"));
        Assert.That(Tensor.Mask(true, false).ToString(), Is.EqualTo("[ true, false]  (2,) Bool"));
        Assert.That(Tensor.Zeros([0]).ToString(), Is.EqualTo("[]  (0,) Float32"));
        Assert.That(Tensor.Zeros([2, 0]).ToString(), Is.EqualTo("[[],\n []]  (2, 0) Float32"));
        Assert.That(Tensor.From([1e-5, 1]).ToString(), Is.EqualTo("[1.0000e-05, 1.0000e+00]  (2,) Float32"));
        Assert.That(Tensor.From([double.NaN, double.PositiveInfinity, 0]).ToString(), Is.EqualTo("[     NaN, Infinity,        0]  (3,) Float32"));
        Assert.That(Counting(2, 2, 2).ToString(), Is.EqualTo("[[[0, 1],\n  [2, 3]],\n [[4, 5],\n  [6, 7]]]  (2, 2, 2) Float64"));
    }

    [Test]
    public void LargeTensorsArePrintedShortened()
    {
        Assert.That(Counting(5000).ToString(), Is.EqualTo("[   0,    1,    2, ..., 4997, 4998, 4999]  (5000,) Float64"));
        string matrix = Counting(100, 100).ToString();
        string[] lines = matrix.Split('\n');
        Assert.That(lines, Has.Length.EqualTo(7), "three rows, dots, three rows");
        Assert.That(lines[3].Trim(' ', ','), Is.EqualTo("..."));
        Assert.That(lines[0], Does.StartWith("[[   0,    1,    2, ...,   97,   98,   99]"));
        Assert.That(lines[6], Does.EndWith("9999]]  (100, 100) Float64"));
        Assert.That(Counting(2, 600).ToString().Split('\n'), Has.Length.EqualTo(2), "a dimension that is short stays whole");
        Assert.That(Counting(1000).ToString(), Does.Not.Contain("..."));
    }

    [Test]
    [SetCulture("de-DE")]
    public void PrintingIsTheSameInEveryCulture()
    {
        Assert.That(1.5.ToString(CultureInfo.CurrentCulture), Is.EqualTo("1,5"), "the test's own culture is in force");
        Assert.That(Tensor.From(1234.5).ToString(), Is.EqualTo("1234.5"));
        Assert.That(Literal([0.5, -1.25]).ToString(), Is.EqualTo("[  0.5, -1.25]  (2,) Float32"));
        Assert.That(Literal([1e-9, 1e9]).ToString(), Is.EqualTo("[1.0000e-09, 1.0000e+09]  (2,) Float32"));
        Assert.That(() => Tensor.Arange(0, 1.5, -0.5), Throws.ArgumentException.With.Message.Contains("1.5").And.Message.Contains("-0.5"));
        Tensor x1 = 2.5;
        x1.RequiresGrad = true;
        using var autograd = new Autograd();
        _ = x1 * x1;
        Assert.That(autograd.Operations[0].ToString(), Is.EqualTo("v2 = Multiply(v1, v1) = 6.25"));
    }

    [Test]
    public void AnIndexDropsItsDimensionAndARangeKeepsIt()
    {
        Tensor x = Counting(4, 5);
        Expect(x[1], [5], 5, 6, 7, 8, 9);
        Expect(x[^1], [5], 15, 16, 17, 18, 19);
        Expect(x[-1], [5], 15, 16, 17, 18, 19);
        Expect(x[1..3], [2, 5], 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
        Expect(x[.., 2], [4], 2, 7, 12, 17);
        Expect(x[2, 3], [], 13);
        Expect(x[1..2, ^2..], [1, 2], 8, 9);
        Expect(x[..^3, 0..1], [1, 1], 0);
        Expect(x[^1.., ^1..], [1, 1], 19);
        Expect(x[3..1], [0, 5]);
        Expect(x[2..99, 4], [2], 14, 19);
        Expect(Counting(2, 3, 4)[1, .., 2], [3], 14, 18, 22);
    }

    [Test]
    public void SlicesTakeStepsForwardsAndBackwards()
    {
        Tensor x = Counting(7);
        Expect(x[new TensorIndex(1, 6, 2)], [3], 1, 3, 5);
        Expect(x[new TensorIndex(1, 7, 2)], [3], 1, 3, 5);
        Expect(x[TensorIndex.Every(3)], [3], 0, 3, 6);
        Expect(x[TensorIndex.Every(-1)], [7], 6, 5, 4, 3, 2, 1, 0);
        Expect(x[new TensorIndex(-2, null, -2)], [3], 5, 3, 1);
        Expect(x[new TensorIndex(-3, -1)], [2], 4, 5);
        Expect(x[new TensorIndex(5, 1, -3)], [2], 5, 2);
        Expect(x[new TensorIndex(-100, 100)], [7], 0, 1, 2, 3, 4, 5, 6);
        Expect(x[new TensorIndex(100, -100, -4)], [2], 6, 2);
        Expect(x[new TensorIndex(3, 3)], [0]);
        Expect(x[TensorIndex.Every(int.MaxValue)], [1], 0);
        Expect(x[TensorIndex.Every(-int.MaxValue)], [1], 6);
        Expect(Counting(2, 4)[TensorIndex.Every(-1), TensorIndex.Every(2)], [2, 2], 4, 6, 0, 2);
        Assert.That(() => TensorIndex.Every(0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("step"));
    }

    [Test]
    public void AnIndexOutsideIsAnErrorThatNamesTheRange()
    {
        Tensor x = Counting(4, 5);
        Assert.That(() => x[4], Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("index 4").And.Message.Contains("dimension 0").And.Message.Contains("(4, 5)").And.Message.Contains("-4 to 3"));
        Assert.That(() => x[0, -6], Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("index -6").And.Message.Contains("dimension 1"));
        Assert.That(() => x[0, 0, 0], Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("3 indices").And.Message.Contains("at most 2"));
        Assert.That(() => Tensor.From(1)[0], Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("at most 0"));
    }

    static void Expect(Tensor actual, int[] shape, params double[] values)
    {
        Assert.That(actual.Shape, Is.EqualTo((Shape)shape));
        Assert.That(actual.ToArray(), Is.EqualTo(values));
    }

    [Test]
    public void ComparisonsGiveMasksAndBroadcast()
    {
        Tensor x = [[1, 2], [3, 4]], row = [2, 3];
        Assert.That((x < row).ToBoolArray(), Is.EqualTo(new[] { true, true, false, false }));
        Assert.That((x <= row).ToBoolArray(), Is.EqualTo(new[] { true, true, false, false }));
        Assert.That((x > row).ToBoolArray(), Is.EqualTo(new[] { false, false, true, true }));
        Assert.That((x >= 2).ToBoolArray(), Is.EqualTo(new[] { false, true, true, true }));
        Assert.That((x > 2).ToBoolArray(), Is.EqualTo(new[] { false, false, true, true }));
        Assert.That((x <= 2).ToBoolArray(), Is.EqualTo(new[] { true, true, false, false }));
        Assert.That((x < 2).ToBoolArray(), Is.EqualTo(new[] { true, false, false, false }));
        Assert.That(x.EqualTo(3).ToBoolArray(), Is.EqualTo(new[] { false, false, true, false }));
        Assert.That(x.NotEqualTo(Tensor.From(3)).ToBoolArray(), Is.EqualTo(new[] { true, true, false, true }));
        Assert.That(((x > 1).And(x < 4)).ToBoolArray(), Is.EqualTo(new[] { false, true, true, false }));
        Assert.That((x > 1).Not().ToBoolArray(), Is.EqualTo(new[] { true, false, false, false }));
        Assert.That(Tensor.Indices(1, 2).EqualTo(Tensor.Indices(1, 3)).ToBoolArray(), Is.EqualTo(new[] { true, false }));
        Assert.That((Tensor.Indices(1, 2) < 1.5).ToBoolArray(), Is.EqualTo(new[] { true, false }), "1.5 is not cut to 1");
        Assert.That((Tensor.Indices(1, 2) < double.PositiveInfinity).ToBoolArray(), Is.All.True);
        Assert.That((Tensor.Mask(true, false) > 0.5).ToBoolArray(), Is.EqualTo(new[] { true, false }));
        Assert.That((x < row).DType, Is.EqualTo(DType.Bool));
        Assert.That(() => x.Not(), Throws.InvalidOperationException.With.Message.Contains("Not").And.Message.Contains("mask"));
    }

    [Test]
    public void NothingIsEqualToNaN()
    {
        Tensor x = [double.NaN, 1];
        Assert.That(x.EqualTo(x).ToBoolArray(), Is.EqualTo(new[] { false, true }));
        Assert.That((x < 2).ToBoolArray(), Is.EqualTo(new[] { false, true }));
        Assert.That(x.NotEqualTo(x).ToBoolArray(), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public void AllCloseUnderstandsNaNAndInfinity()
    {
        Tensor x = [1, double.NaN, double.PositiveInfinity];
        Assert.That(x.AllClose(x.Clone()), Is.True);
        Assert.That(x.AllClose([1.1, double.NaN, double.PositiveInfinity]), Is.False);
        Assert.That(x.AllClose([1, double.NaN, double.NegativeInfinity]), Is.False);
        Assert.That(Literal([1]).AllClose([1.05], relative: 0.1), Is.True);
        Assert.That(() => x.AllClose([1]), Throws.ArgumentException.With.Message.Contains("(3,)").And.Message.Contains("(1,)"));
    }

    [Test]
    public void ArgMaxFindsTheFirstExtreme()
    {
        Tensor x = [[1, 5, 5], [7, 2, 0]];
        Assert.That(x.ArgMax().Item(), Is.EqualTo(3));
        Assert.That(x.ArgMin().Item(), Is.EqualTo(5));
        Assert.That(x.ArgMax(0).ToInt64Array(), Is.EqualTo(new long[] { 1, 0, 0 }));
        Assert.That(x.ArgMax(1).ToInt64Array(), Is.EqualTo(new long[] { 1, 0 }));
        Assert.That(x.ArgMin(-1, keepDim: true).Shape, Is.EqualTo(Sizes(2, 1)));
        Assert.That(x.ArgMax(keepDim: true).Shape, Is.EqualTo(Sizes(1, 1)));
        Assert.That(Literal([1, double.NaN, 3]).ArgMax().Item(), Is.EqualTo(1));
        Assert.That(Tensor.Indices(3, 9, 4).ArgMax().Item(), Is.EqualTo(1));
        Assert.That(Tensor.From(3).ArgMax().Item(), Is.Zero);
        Assert.That(() => Tensor.Zeros([2, 0]).ArgMax(1), Throws.InvalidOperationException.With.Message.Contains("ArgMax").And.Message.Contains("no elements"));
        Assert.That(() => Tensor.Mask(true).ArgMax(), Throws.InvalidOperationException.With.Message.Contains("Bool"));
    }

    [Test]
    public void MaxAlongADimensionGivesValuesAndPositions()
    {
        (Tensor values, Tensor positions) = Literal([[1, 5, 5], [7, 2, 0]]).Max(1);
        Assert.That(values.ToArray(), Is.EqualTo(new double[] { 5, 7 }));
        Assert.That(positions.ToInt64Array(), Is.EqualTo(new long[] { 1, 0 }));
        (values, positions) = Literal([[1, 5, 5], [7, 2, 0]]).Min(0, keepDim: true);
        Assert.That(values.Shape, Is.EqualTo(Sizes(1, 3)));
        Assert.That(values.ToArray(), Is.EqualTo(new double[] { 1, 2, 0 }));
        Assert.That(positions.ToInt64Array(), Is.EqualTo(new long[] { 0, 1, 1 }));
    }

    [Test]
    public void OneHotPutsAOneAtTheClass()
    {
        Tensor hot = Tensor.Indices(2, 0).OneHot(3);
        Assert.That(hot.Shape, Is.EqualTo(Sizes(2, 3)));
        Assert.That(hot.ToArray(), Is.EqualTo(new double[] { 0, 0, 1, 1, 0, 0 }));
    }

    [Test]
    public void ToConvertsBetweenAllTypes()
    {
        Tensor x = Tensor.From([1.9, -1.9, 0], DType.Float64);
        Assert.That(x.To(DType.Float64).ToArray(), Is.EqualTo(x.ToArray()));
        Assert.That(x.To(DType.Int64).ToInt64Array(), Is.EqualTo(new long[] { 1, -1, 0 }));
        Assert.That(x.To(DType.Bool).ToBoolArray(), Is.EqualTo(new[] { true, true, false }));
        Assert.That(x.To(DType.Float32).ToFloatArray(), Is.EqualTo(new[] { 1.9f, -1.9f, 0f }));
        Assert.That(Tensor.Mask(true, false).To(DType.Float64).ToArray(), Is.EqualTo(new double[] { 1, 0 }));
        Assert.That(Tensor.Mask(true, false).To(DType.Int64).ToInt64Array(), Is.EqualTo(new long[] { 1, 0 }));
        Assert.That(Tensor.Indices(3, 0).To(DType.Bool).ToBoolArray(), Is.EqualTo(new[] { true, false }));
        Assert.That(Tensor.Indices(3, 0).To(DType.Float32).ToFloatArray(), Is.EqualTo(new[] { 3f, 0f }));
    }

    [Test]
    public void ACastPassesTheGradientInTheInputsType()
    {
        Tensor x = [1, 2];
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        autograd.Backward(x.To(DType.Float64).Square().Sum());
        Assert.That(x.Grad!.DType, Is.EqualTo(DType.Float32));
        Assert.That(x.Grad.ToArray(), Is.EqualTo(new double[] { 2, 4 }));
    }

    [Test]
    public void NumbersMeetATensorAtItsOwnPrecision()
    {
        Assert.That((Tensor.Ones([1], DType.Float64) * 0.1).Item(), Is.EqualTo(0.1));
        Assert.That((0.1 + Tensor.Zeros([1], DType.Float64)).Item(), Is.EqualTo(0.1));
        Assert.That((1 / Tensor.Full([1], 3, DType.Float64)).Item(), Is.EqualTo(1.0 / 3));
        Assert.That(Tensor.Pow(2, Tensor.From(0.5, DType.Float64)).Item(), Is.EqualTo(Math.Sqrt(2)).Within(1e-15));
        Tensor x = Tensor.From([-1.0, 2], DType.Float64);
        Assert.That(Tensor.Maximum(x, 0.1).ToArray(), Is.EqualTo(new[] { 0.1, 2 }));
        Assert.That(Tensor.Maximum(0.1, x).ToArray(), Is.EqualTo(new[] { 0.1, 2 }));
        Assert.That(Tensor.Minimum(x, 0.1).ToArray(), Is.EqualTo(new[] { -1, 0.1 }));
        Assert.That(Tensor.Minimum(0.1, x).ToArray(), Is.EqualTo(new[] { -1, 0.1 }));
        Assert.That(Tensor.Where(x > 0, x, 0.1).ToArray(), Is.EqualTo(new[] { 0.1, 2 }));
        Assert.That(Tensor.Where(x > 0, 0.1, x).ToArray(), Is.EqualTo(new[] { -1, 0.1 }));
    }

    [Test]
    public void DetachSharesAndCloneCopies()
    {
        Tensor x = [1, 2];
        x.RequiresGrad = true;
        Tensor detached = x.Detach(), clone = x.Clone();
        x.Fill(9);
        Assert.That(detached.ToArray(), Is.EqualTo(new double[] { 9, 9 }));
        Assert.That(clone.ToArray(), Is.EqualTo(new double[] { 1, 2 }));
        Assert.That((detached.RequiresGrad, clone.RequiresGrad), Is.EqualTo((false, false)));
    }

    [Test]
    public void DetachStopsRecording()
    {
        Tensor x = 3;
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        autograd.Backward(x * x.Detach());
        Assert.That(x.Grad!.Item(), Is.EqualTo(3));
    }

    [Test]
    public void FillAndCopyFromWriteEveryType()
    {
        foreach (DType dtype in Enum.GetValues<DType>())
        {
            Tensor x = Tensor.Zeros([2], dtype), y = Tensor.Zeros([2], dtype);
            x.Fill(1);
            y.CopyFrom(x);
            Assert.That(y.ToArray(), Is.EqualTo(new double[] { 1, 1 }));
        }
        Assert.That(() => Tensor.Zeros([2]).CopyFrom(Tensor.Zeros([3])), Throws.ArgumentException.With.Message.Contains("CopyFrom").And.Message.Contains("(3,)").And.Message.Contains("(2,)"));
        Assert.That(() => Tensor.Zeros([2]).CopyFrom(Tensor.Zeros([2], DType.Int64)), Throws.ArgumentException.With.Message.Contains("Int64"));
    }

    [Test]
    public void AResultOnATapeCannotBeWritten()
    {
        Tensor x = [1, 2];
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor y = x.Exp();
        Assert.That(() => y.Fill(0), Throws.InvalidOperationException.With.Message.Contains("Fill").And.Message.Contains("Exp").And.Message.Contains("Clone()"));
        Assert.That(() => y.CopyFrom(x), Throws.InvalidOperationException.With.Message.Contains("CopyFrom").And.Message.Contains("Exp"));
    }

    [Test]
    public void ViewsShareValuesAndTheMarkOfChange()
    {
        Tensor x = [[1, 2], [3, 4]];
        Tensor[] views = [x.Reshape([4]), x.Flatten(), x.Unsqueeze(0), x.Unsqueeze(0).Squeeze(0), x.Detach(), x.Detach().Reshape([1, 4])];
        long before = x.WrittenAt;
        Assert.That(views.Select(view => view.WrittenAt), Is.All.EqualTo(before));
        views[^1].Fill(5);
        Assert.That(x.WrittenAt, Is.GreaterThan(before));
        Assert.That(views.Select(view => view.WrittenAt), Is.All.EqualTo(x.WrittenAt));
        Assert.That(x.ToArray(), Is.All.EqualTo(5));
    }

    [Test]
    public void SlicesAndTransposesAreCopies()
    {
        Tensor x = [[1, 2], [3, 4]];
        Tensor row = x[0], transposed = x.T;
        x.Fill(0);
        Assert.That(row.ToArray(), Is.EqualTo(new double[] { 1, 2 }));
        Assert.That(transposed.ToArray(), Is.EqualTo(new double[] { 1, 3, 2, 4 }));
    }

    [Test]
    public void ANameShowsInErrorsAndTapes()
    {
        Tensor w = [1, 2];
        w.Name = "weight";
        w.RequiresGrad = true;
        Assert.That(() => w.Item(), Throws.InvalidOperationException.With.Message.Contains("weight (2,) Float32"));
        Assert.That(w.Detach().Name, Is.EqualTo("weight"));
        using var autograd = new Autograd();
        _ = w.Exp();
        Assert.That(autograd.Operations[0].ToString(), Is.EqualTo("v2 = Exp(weight) : (2,) Float32"));
    }

    [Test]
    public void OnlyFloatingPointTensorsRequireGradients()
    {
        Assert.That(() => Tensor.Indices(1).RequiresGrad = true, Throws.InvalidOperationException.With.Message.Contains("Int64").And.Message.Contains(".To(DType.Float32)"));
        Assert.That(() => Tensor.Mask(true).RequiresGrad = true, Throws.InvalidOperationException.With.Message.Contains("Bool"));
    }

    [Test]
    public void ShapesPrintAndCompareBySizes()
    {
        Shape scalar = default, vector = [3], matrix = new[] { 2, 3 };
        Assert.That(new[] { scalar.ToString(), vector.ToString(), matrix.ToString() }, Is.EqualTo(new[] { "()", "(3,)", "(2, 3)" }));
        Assert.That((scalar.Rank, scalar.ElementCount, matrix.Rank, matrix.ElementCount), Is.EqualTo((0, 1, 2, 6)));
        Assert.That(matrix == Sizes(2, 3), Is.True);
        Assert.That(matrix != Sizes(3, 2), Is.True);
        Assert.That(matrix.GetHashCode(), Is.EqualTo(Sizes(2, 3).GetHashCode()));
        Assert.That(matrix[^1], Is.EqualTo(3));
        int[] sizes = [2, 3];
        Shape copied = sizes;
        sizes[0] = 99;
        Assert.That(copied[0], Is.EqualTo(2));
        Assert.That(() => Sizes(int.MaxValue, 2).ElementCount, Throws.InstanceOf<OverflowException>());
    }

    [Test]
    public void ReshapeWorksOutOneSize()
    {
        Tensor x = Counting(2, 3, 4);
        Assert.That(x.Reshape([-1, 6]).Shape, Is.EqualTo(Sizes(4, 6)));
        Assert.That(x.Flatten(1).Shape, Is.EqualTo(Sizes(2, 12)));
        Assert.That(x.Flatten().Shape, Is.EqualTo(Sizes(24)));
        Assert.That(Tensor.From(1).Reshape([1, 1]).Shape, Is.EqualTo(Sizes(1, 1)));
        Assert.That(Tensor.From(1).Flatten().Shape, Is.EqualTo(Sizes(1)));
        Assert.That(() => x.Reshape([5, -1]), Throws.ArgumentException.With.Message.Contains("(2, 3, 4)").And.Message.Contains("24").And.Message.Contains("not a multiple of 5"));
        Assert.That(() => x.Reshape([-1, -1]), Throws.ArgumentException.With.Message.Contains("more than one"));
        Assert.That(() => x.Reshape([-2, 12]), Throws.ArgumentException.With.Message.Contains("-2"));
    }

    [Test]
    public void TIsForMatricesOnly()
    {
        Expect(Counting(2, 3).T, [3, 2], 0, 3, 1, 4, 2, 5);
        Assert.That(() => Counting(2, 3, 4).T, Throws.InvalidOperationException.With.Message.Contains("T: ").And.Message.Contains("(2, 3, 4)").And.Message.Contains("Transpose(dim0, dim1)"));
    }

    [Test]
    public void DimensionsCountFromEitherEnd()
    {
        Tensor x = Counting(2, 3, 4);
        Assert.That(x.Sum(-1).Shape, Is.EqualTo(Sizes(2, 3)));
        Assert.That(x.Sum([0, -1]).Shape, Is.EqualTo(Sizes(3)));
        Assert.That(x.Sum([0, 2], keepDim: true).Shape, Is.EqualTo(Sizes(1, 3, 1)));
        Assert.That(x.Transpose(0, -1).Shape, Is.EqualTo(Sizes(4, 3, 2)));
        Assert.That(x.Unsqueeze(-1).Shape, Is.EqualTo(Sizes(2, 3, 4, 1)));
        Assert.That(x.Expand([5, -1, 3, 4]).Shape, Is.EqualTo(Sizes(5, 2, 3, 4)));
        Assert.That(x.Squeeze(0).Shape, Is.EqualTo(x.Shape), "only a dimension of size 1 goes");
        Assert.That(() => x.Sum([0, -3]), Throws.ArgumentException.With.Message.Contains("Sum").And.Message.Contains("dimension 0").And.Message.Contains("twice"));
    }
}
