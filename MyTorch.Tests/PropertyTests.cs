using System.Numerics;
using CsCheck;
using MyTorch.Kernels;

namespace MyTorch.Tests;

/// <summary>Laws that hold for every shape and value, tried on random ones against plain loops over indices.</summary>
public class PropertyTests
{
    const int Cases = 300;

    // Sizes 0 and 1 are the ones that break things, so they come often.
    static readonly Gen<int> s_size = Gen.Frequency((1, Gen.Const(0)), (4, Gen.Const(1)), (8, Gen.Int[2, 5]));
    static readonly Gen<int[]> s_shape = s_size.Array[0, 4];
    static readonly Gen<int[]> s_nonEmptyShape = Gen.Int[1, 5].Array[1, 4];

    static Tensor Values(int[] shape, int seed, DType dtype = DType.Float64) => Tensor.Randn(shape, dtype, new Generator(seed));

    static Shape Sizes(params int[] sizes) => sizes;

    static IEnumerable<int[]> Indices(Shape shape)
    {
        int[] index = new int[shape.Rank];
        for (int i = 0; i < shape.ElementCount; i++)
        {
            yield return index;
            for (int d = shape.Rank - 1; d >= 0 && ++index[d] == shape[d]; d--) index[d] = 0;
        }
    }

    /// <summary>The element that broadcasting puts at an index of the result.</summary>
    static double Broadcast(Tensor x, int[] index)
    {
        int[] own = new int[x.Rank];
        for (int d = 0; d < own.Length; d++) own[d] = x.Shape[d] == 1 ? 0 : index[index.Length - own.Length + d];
        return x.Item(own);
    }

    static void Check<T>(Gen<T> cases, Action<T> law) => cases.Sample(law, iter: Cases, threads: 1);

    /// <summary>Two shapes that broadcast: one shape, with sizes replaced by 1 and leading dimensions dropped on either side.</summary>
    static readonly Gen<(int[] A, int[] B, int[] Result)> s_pair =
        s_shape.SelectMany(result => Gen.Select(Reduced(result), Reduced(result), (a, b) => (a, b, Common(a, b))));

    static Gen<int[]> Reduced(int[] shape) => Gen.Select(Gen.Int[0, shape.Length], Gen.Bool.Array[shape.Length], (drop, keep) =>
        shape.Select((size, d) => keep[d] ? size : 1).Skip(drop).ToArray());

    static int[] Common(int[] a, int[] b)
    {
        int[] sizes = new int[Math.Max(a.Length, b.Length)];
        for (int d = 1; d <= sizes.Length; d++)
        {
            int left = d <= a.Length ? a[^d] : 1, right = d <= b.Length ? b[^d] : 1;
            sizes[^d] = left == 1 ? right : left;
        }
        return sizes;
    }

    static readonly (string Name, Func<Tensor, Tensor, Tensor> Of, Func<double, double, double> Value)[] s_binary =
    [
        ("+", (a, b) => a + b, (a, b) => a + b),
        ("-", (a, b) => a - b, (a, b) => a - b),
        ("*", (a, b) => a * b, (a, b) => a * b),
        ("/", (a, b) => a / b, (a, b) => a / b),
        ("max", Tensor.Maximum, Math.Max),
        ("min", Tensor.Minimum, Math.Min),
        ("<", (a, b) => a < b, (a, b) => a < b ? 1 : 0),
        ("where", (a, b) => Tensor.Where(a > b, a, b), Math.Max),
    ];

    [Test]
    public void BinaryOperationsBroadcastLikeALoopOverIndices() => Check(Gen.Select(s_pair, Gen.Int[0, s_binary.Length - 1], Gen.Int), drawn =>
    {
        ((int[] shapeA, int[] shapeB, int[] result), int which, int seed) = drawn;
        Tensor a = Values(shapeA, seed), b = Values(shapeB, unchecked(seed + 1));
        Tensor z = s_binary[which].Of(a, b);
        Assert.That(z.Shape, Is.EqualTo((Shape)result));
        foreach (int[] index in Indices(z.Shape))
            Assert.That(z.Item(index), Is.EqualTo(s_binary[which].Value(Broadcast(a, index), Broadcast(b, index))), s_binary[which].Name);
    });

    [Test]
    public void ShapesThatDoNotBroadcastAreRefused() => Check(Gen.Select(Gen.Int[0, 4].Array[1, 4], Gen.Int[0, 4].Array[1, 4]), drawn =>
    {
        (int[] a, int[] b) = drawn;
        bool fits = Enumerable.Range(1, Math.Min(a.Length, b.Length)).All(d => a[^d] == b[^d] || a[^d] == 1 || b[^d] == 1);
        if (fits) Assert.That((Tensor.Zeros(a) + Tensor.Zeros(b)).Shape, Is.EqualTo((Shape)Common(a, b)));
        else Assert.That(() => Tensor.Zeros(a) + Tensor.Zeros(b), Throws.ArgumentException.With.Message.Contains(((Shape)a).ToString()).And.Message.Contains(((Shape)b).ToString()));
    });

    [Test]
    public void ABroadcastGradientIsTheSumOverTheRepetitions() => Check(Gen.Select(s_pair, Gen.Int), drawn =>
    {
        ((int[] shapeA, int[] shapeB, int[] result), int seed) = drawn;
        Tensor a = Values(shapeA, seed), b = Values(shapeB, unchecked(seed + 1)), upstream = Values(result, unchecked(seed + 2));
        a.RequiresGrad = b.RequiresGrad = true;
        using var autograd = new Autograd();
        autograd.Backward(a * b, upstream);
        Tensor expected = Tensor.Zeros(shapeA, DType.Float64);
        double[] sums = expected.ToArray();
        int[] strides = expected.Shape.Strides();
        foreach (int[] index in Indices(result))
        {
            int place = 0;
            for (int d = 0; d < shapeA.Length; d++) place += strides[d] * (shapeA[d] == 1 ? 0 : index[result.Length - shapeA.Length + d]);
            sums[place] += upstream.Item(index) * Broadcast(b, index);
        }
        Assert.That(a.Grad!.Shape, Is.EqualTo((Shape)shapeA));
        Assert.That(a.Grad.ToArray(), Is.EqualTo(sums).Within(1e-11));
    });

    [Test]
    public void ExpandRepeatsAndSumToAddsUpAgain() => Check(Gen.Select(s_pair, Gen.Int), drawn =>
    {
        ((int[] from, _, int[] to), int seed) = drawn;
        Tensor x = Values(from, seed), wide = x.Expand(to);
        foreach (int[] index in Indices(to)) Assert.That(wide.Item(index), Is.EqualTo(Broadcast(x, index)));
        // The adjoint: ⟨expand x, u⟩ = ⟨x, sumTo u⟩.
        Tensor u = Values(to, unchecked(seed + 1));
        Assert.That((x * u.SumTo(from)).Sum().Item(), Is.EqualTo((wide * u).Sum().Item()).Within(1e-10));
    });

    [Test]
    public void ReshapeThereAndBackChangesNothing() => Check(Gen.Select(s_shape, Gen.Int), drawn =>
    {
        (int[] shape, int seed) = drawn;
        Tensor x = Values(shape, seed), flat = x.Reshape([x.ElementCount]);
        Assert.That(flat.ToArray(), Is.EqualTo(x.ToArray()));
        Tensor back = flat.Reshape(shape);
        Assert.That(back.Shape, Is.EqualTo(x.Shape));
        Assert.That(back.ToArray(), Is.EqualTo(x.ToArray()));
    });

    [Test]
    public void PermuteMovesEveryElementAndItsInverseMovesItBack() =>
        Check(s_shape.SelectMany(shape => Gen.Select(Gen.Const(shape), Gen.Shuffle(Enumerable.Range(0, shape.Length).ToArray()), Gen.Int)), drawn =>
        {
            (int[] shape, int[] order, int seed) = drawn;
            Tensor x = Values(shape, seed), y = x.Permute(order);
            foreach (int[] index in Indices(y.Shape))
            {
                int[] source = new int[order.Length];
                for (int d = 0; d < order.Length; d++) source[order[d]] = index[d];
                Assert.That(y.Item(index), Is.EqualTo(x.Item(source)));
            }
            int[] inverse = new int[order.Length];
            for (int d = 0; d < order.Length; d++) inverse[order[d]] = d;
            Tensor back = y.Permute(inverse);
            Assert.That(back.Shape, Is.EqualTo(x.Shape));
            Assert.That(back.ToArray(), Is.EqualTo(x.ToArray()));
        });

    static readonly Gen<int?> s_bound = Gen.Int[-8, 8].Nullable(0.25);
    static readonly Gen<int> s_step = Gen.Frequency((3, Gen.Int[1, 3]), (2, Gen.Int[-3, -1]), (1, Gen.Int[0, 3].Select(i => new[] { 7, -7, int.MaxValue, -int.MaxValue }[i])));

    /// <summary>Python's slice, from its definition in the language reference.</summary>
    static int[] Taken(int size, int? start, int? stop, int step)
    {
        var taken = new List<int>();
        int low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
        long i = start is { } s ? Math.Clamp(s < 0 ? s + size : s, low, high) : step > 0 ? 0 : size - 1;
        long end = stop is { } e ? Math.Clamp(e < 0 ? e + size : e, low, high) : step > 0 ? size : -1;
        for (; step > 0 ? i < end : i > end; i += step) taken.Add((int)i);
        return [.. taken];
    }

    [Test]
    public void SlicesTakeWhatPythonsTake() => Check(Gen.Select(Gen.Int[0, 6], Gen.Int[0, 5], Gen.Select(s_bound, s_bound, s_step), Gen.Select(s_bound, s_bound, s_step)), drawn =>
    {
        (int rows, int columns, (int? Start, int? Stop, int Step) down, (int? Start, int? Stop, int Step) across) = drawn;
        Tensor x = Tensor.Arange(0, rows * columns, dtype: DType.Float64).Reshape([rows, columns]);
        Tensor part = x[new TensorIndex(down.Start, down.Stop, down.Step), new TensorIndex(across.Start, across.Stop, across.Step)];
        int[] takenRows = Taken(rows, down.Start, down.Stop, down.Step), takenColumns = Taken(columns, across.Start, across.Stop, across.Step);
        Assert.That(part.Shape, Is.EqualTo(Sizes(takenRows.Length, takenColumns.Length)));
        Assert.That(part.ToArray(), Is.EqualTo(takenRows.SelectMany(r => takenColumns.Select(c => (double)(r * columns + c)))));
    });

    [Test]
    public void TheGradientOfASliceIsOneWhereItTookAndZeroElsewhere() => Check(Gen.Select(Gen.Int[1, 9], s_bound, s_bound, s_step), drawn =>
    {
        (int size, int? start, int? stop, int step) = drawn;
        Tensor x = Tensor.Zeros([size], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        autograd.Backward(x[new TensorIndex(start, stop, step)].Sum());
        int[] taken = Taken(size, start, stop, step);
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(Enumerable.Range(0, size).Select(i => taken.Contains(i) ? 1.0 : 0)));
    });

    [Test]
    public void ConcatOfSlicesIsTheWhole() =>
        Check(s_nonEmptyShape.SelectMany(shape => Gen.Int[0, shape.Length - 1].SelectMany(dim => Gen.Select(Gen.Const(shape), Gen.Const(dim), Gen.Int[0, shape[dim]], Gen.Int))), drawn =>
        {
            (int[] shape, int dim, int cut, int seed) = drawn;
            Tensor x = Values(shape, seed);
            TensorIndex[] head = [.. Enumerable.Repeat<TensorIndex>(.., dim), Range.EndAt(cut)], tail = [.. Enumerable.Repeat<TensorIndex>(.., dim), Range.StartAt(cut)];
            Tensor whole = Tensor.Concat([x[head], x[tail]], dim);
            Assert.That(whole.Shape, Is.EqualTo(x.Shape));
            Assert.That(whole.ToArray(), Is.EqualTo(x.ToArray()));
            Tensor stacked = Tensor.Stack([.. Enumerable.Range(0, shape[dim]).Select(i => x.IndexSelect(dim, Tensor.Indices(i)).Squeeze(dim))], dim);
            Assert.That(stacked.ToArray(), Is.EqualTo(x.ToArray()));
        });

    [Test]
    public void GatherByAPermutationAndBackChangesNothing() => Check(Gen.Select(Gen.Int[1, 6], Gen.Int[1, 6], Gen.Int), drawn =>
    {
        (int rows, int columns, int seed) = drawn;
        Tensor x = Values([rows, columns], seed);
        var generator = new Generator(seed);
        long[] there = new long[rows * columns], back = new long[rows * columns];
        for (int r = 0; r < rows; r++)
        {
            int[] order = generator.Permutation(columns);
            for (int c = 0; c < columns; c++) (there[r * columns + c], back[r * columns + order[c]]) = (order[c], c);
        }
        Tensor moved = x.Gather(1, Tensor.Indices(there, [rows, columns]));
        Assert.That(moved.Item(0, 0), Is.EqualTo(x.Item(0, (int)there[0])));
        Assert.That(moved.Gather(1, Tensor.Indices(back, [rows, columns])).ToArray(), Is.EqualTo(x.ToArray()));
    });

    static readonly Gen<(int[] Shape, int[] Dims)> s_folds = s_shape.SelectMany(shape =>
        Gen.Bool.Array[shape.Length].Select(chosen => (shape, Enumerable.Range(0, shape.Length).Where(d => chosen[d]).ToArray())));

    static Dictionary<string, List<double>> Groups(Tensor x, int[] dims)
    {
        var groups = new Dictionary<string, List<double>>();
        foreach (int[] index in Indices(x.Shape))
        {
            string key = string.Join(",", index.Where((_, d) => !dims.Contains(d)));
            if (!groups.TryGetValue(key, out List<double>? group)) groups[key] = group = [];
            group.Add(x.Item(index));
        }
        return groups;
    }

    [Test]
    public void ReductionsFoldLikeALoopOverIndices() => Check(Gen.Select(s_folds, Gen.Bool, Gen.Int), drawn =>
    {
        ((int[] shape, int[] dims), bool keepDim, int seed) = drawn;
        Tensor x = Values(shape, seed);
        if (dims.Length == 0) dims = [.. Enumerable.Range(0, shape.Length)];
        int[] kept = [.. shape.Select((size, d) => dims.Contains(d) ? 1 : size)];
        Shape expected = keepDim ? kept : [.. shape.Where((_, d) => !dims.Contains(d))];
        Dictionary<string, List<double>> groups = Groups(x, dims);

        void Compare(Tensor folded, Func<List<double>, double> fold)
        {
            Assert.That(folded.Shape, Is.EqualTo(expected));
            Tensor full = folded.Reshape(kept);
            foreach (int[] index in Indices(full.Shape))
            {
                string key = string.Join(",", index.Where((_, d) => !dims.Contains(d)));
                Assert.That(full.Item(index), Is.EqualTo(fold(groups.GetValueOrDefault(key, []))).Within(1e-11));
            }
        }

        Compare(x.Sum(dims, keepDim), group => group.Sum());
        Compare(x.Prod(dims, keepDim), group => group.Aggregate(1.0, (product, v) => product * v));
        if (x.ElementCount == 0) return;
        Compare(x.Mean(dims, keepDim), group => group.Average());
        Compare(x.AMax(dims, keepDim), group => group.Max());
        Compare(x.AMin(dims, keepDim), group => group.Min());
        Compare(x.LogSumExp(dims, keepDim), group => Math.Log(group.Sum(Math.Exp)));
        Compare(x.Var(dims, unbiased: false, keepDim), group => group.Average(v => (v - group.Average()) * (v - group.Average())));
    });

    [Test]
    public void PositionsPointAtTheFirstExtreme() => Check(s_nonEmptyShape.SelectMany(shape => Gen.Select(Gen.Const(shape), Gen.Int[0, shape.Length - 1], Gen.Int[0, 3].Array[shape.Aggregate(1, (a, b) => a * b)])), drawn =>
    {
        // Values 0 … 3, so that there are ties.
        (int[] shape, int dim, int[] values) = drawn;
        Tensor x = Tensor.From([.. values.Select(v => (double)v)], shape, DType.Float64);
        Tensor largest = x.ArgMax(dim, keepDim: true), smallest = x.ArgMin(dim, keepDim: true);
        foreach (int[] index in Indices(largest.Shape))
        {
            double[] line = [.. Enumerable.Range(0, shape[dim]).Select(i => x.Item([.. index[..dim], i, .. index[(dim + 1)..]]))];
            Assert.That(largest.Item(index), Is.EqualTo(Array.IndexOf(line, line.Max())));
            Assert.That(smallest.Item(index), Is.EqualTo(Array.IndexOf(line, line.Min())));
        }
    });

    [Test]
    public void SoftmaxSumsToOneAndDoesNotSeeAShift() => Check(s_nonEmptyShape.SelectMany(shape => Gen.Select(Gen.Const(shape), Gen.Int[-shape.Length, shape.Length - 1], Gen.Double[-1e4, 1e4], Gen.Int)), drawn =>
    {
        (int[] shape, int dim, double shift, int seed) = drawn;
        Tensor x = Values(shape, seed), p = x.Softmax(dim);
        Assert.That(p.Sum(dim).ToArray(), Is.All.EqualTo(1).Within(1e-14));
        Assert.That((x + shift).Softmax(dim).ToArray(), Is.EqualTo(p.ToArray()).Within(1e-10));
        Assert.That(x.LogSoftmax(dim).Exp().ToArray(), Is.EqualTo(p.ToArray()).Within(1e-14));
    });

    [Test]
    public void TheTransposeOfAProductIsTheProductOfTheTransposesInTurn() => Check(Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9], Gen.Int[0, 9], Gen.Int), drawn =>
    {
        (int m, int k, int n, int seed) = drawn;
        Tensor a = Values([m, k], seed), b = Values([k, n], unchecked(seed + 1));
        Tensor left = a.MatMul(b).T, right = b.T.MatMul(a.T);
        Assert.That(left.Shape, Is.EqualTo(Sizes(n, m)));
        Assert.That(left.ToArray(), Is.EqualTo(right.ToArray()).Within(1e-13));
    });

    [Test]
    public void BatchedProductsAreProductsOfEachMatrix() => Check(Gen.Select(s_pair, Gen.Int[1, 4], Gen.Int[1, 4], Gen.Int[1, 4], Gen.Int), drawn =>
    {
        ((int[] batchA, int[] batchB, int[] batch), int m, int k, int n, int seed) = drawn;
        Tensor a = Values([.. batchA, m, k], seed), b = Values([.. batchB, k, n], unchecked(seed + 1)), c = a.MatMul(b);
        Assert.That(c.Shape, Is.EqualTo(Sizes([.. batch, m, n])));
        foreach (int[] index in Indices(c.Shape))
        {
            int[] outer = index[..^2];
            double sum = 0;
            for (int l = 0; l < k; l++) sum += Broadcast(a, [.. outer, index[^2], l]) * Broadcast(b, [.. outer, l, index[^1]]);
            Assert.That(c.Item(index), Is.EqualTo(sum).Within(1e-11));
        }
    });

    [Test]
    public void TheFastProductEqualsTheThreeLoops([Values] bool transposeA, [Values] bool transposeB) =>
        Check(Gen.Select(Gen.Int[1, 40], Gen.Int[0, 40], Gen.Int[1, 40], Gen.Int), drawn =>
        {
            (int m, int k, int n, int seed) = drawn;
            CompareWithLoops<float>(m, k, n, transposeA, transposeB, seed, 2e-6);
            CompareWithLoops<double>(m, k, n, transposeA, transposeB, seed, 1e-14);
        });

    [TestCase(1, 1, 1)]
    [TestCase(1, 257, 1)]
    [TestCase(257, 1, 259)]
    [TestCase(127, 131, 137)]
    [TestCase(3, 1031, 5)]
    [TestCase(263, 67, 65)]
    public void TheFastProductEqualsTheThreeLoopsAtOddSizes(int m, int k, int n)
    {
        foreach (bool transposeA in new[] { false, true })
            foreach (bool transposeB in new[] { false, true })
            {
                CompareWithLoops<float>(m, k, n, transposeA, transposeB, seed: m, 2e-6);
                CompareWithLoops<double>(m, k, n, transposeA, transposeB, seed: n, 1e-14);
            }
    }

    static void CompareWithLoops<T>(int m, int k, int n, bool transposeA, bool transposeB, int seed, double relative)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var generator = new Generator(seed);
        T[] a = Draw(m * k), b = Draw(k * n), expected = new T[m * n], actual = new T[m * n];
        Array.Fill(actual, T.NaN);
        MatrixLayout layoutA = MatrixLayout.RowMajor(transposeA ? m : k, transposeA), layoutB = MatrixLayout.RowMajor(transposeB ? k : n, transposeB);
        MatrixProduct.Reference<T>(a, layoutA, b, layoutB, expected, m, k, n);
        MatrixProduct.Multiply<T>(a, layoutA, b, layoutB, actual, m, k, n);
        // Rounding grows with the length of the sum; cancellation makes it relative to the terms, not to the sum.
        double tolerance = relative * Math.Max(1, Math.Sqrt(k)) * 4;
        for (int i = 0; i < expected.Length; i++)
            if (!(Math.Abs(double.CreateChecked(actual[i] - expected[i])) <= tolerance))
                Assert.Fail($"({m}, {k}) x ({k}, {n}), transposed {transposeA} and {transposeB}, {typeof(T).Name}: element {i} is {actual[i]}, the loops give {expected[i]}");

        T[] Draw(int count)
        {
            var values = new T[count];
            for (int i = 0; i < count; i++) values[i] = T.CreateChecked(generator.NextGaussian());
            return values;
        }
    }

    [Test]
    public void RandomExpressionGraphsDifferentiateLikeTheDifferenceQuotient() => Check(Gen.Select(Gen.Int[1, 12], Gen.Int), drawn =>
    {
        (int length, int seed) = drawn;
        Tensor x = Values([2, 3], seed), direction = Values([2, 3], unchecked(seed + 1));
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor gradient = autograd.Gradients(Expression(x, length, seed), [x])[0]!;
        double along = (gradient * direction).Sum().Item();
        const double H = 1e-5;
        double Value(double t) => Expression((x + t * direction).Detach(), length, seed).Item();
        double difference = (8 * (Value(H) - Value(-H)) - (Value(2 * H) - Value(-2 * H))) / (12 * H);
        Assert.That(along, Is.EqualTo(difference).Within(1e-7 * Math.Max(1, Math.Max(Math.Abs(Value(0)), Math.Abs(difference)))));

        // Smooth and bounded steps only; earlier results are used again and again.
        static Tensor Expression(Tensor x, int length, int seed)
        {
            var choose = new Generator(seed);
            var known = new List<Tensor> { x };
            for (int i = 0; i < length; i++)
            {
                Tensor a = known[choose.Next(known.Count)], b = known[choose.Next(known.Count)];
                known.Add(choose.Next(7) switch
                {
                    0 => (a + b).Tanh(),
                    1 => a.Sin() * b.Cos(),
                    2 => a - 0.5 * b,
                    3 => a.Sigmoid() / (1 + b.Square()),
                    4 => a.Softmax(1) + b.Mean(0, keepDim: true).Tanh(),
                    5 => a.MatMul(b.T.Tanh()).MatMul(b).Tanh(),
                    _ => Tensor.Concat([a[1..], b[..1]], 0),
                });
            }
            return known.Skip(known.Count / 2).Aggregate(x, (sum, t) => sum + t).Square().Sum();
        }
    });
}
