using MyTorch.Nn;

namespace MyTorch.Tests;

/// <summary>
/// Sums of a million terms and more against exact ones: |error| ≤ 10⁻⁶·Σ|xᵢ| in single and 10⁻¹⁴·Σ|xᵢ| in double precision,
/// whatever the dimension and the operation that sums.
/// </summary>
public sealed class LongSumTests
{
    const int Long = 1_000_003;

    int _threads;

    [SetUp]
    public void RememberThreads() => _threads = Parallelism.Threads;

    [TearDown]
    public void RestoreThreads() => Parallelism.Threads = _threads;

    static double Bound(DType dtype) => dtype == DType.Float32 ? 1e-6 : 1e-14;

    /// <summary>The exact sums of a tensor over dimensions: one after the other, so that each is summed in registers.</summary>
    static ExactSum[] SumsOf(double[] x, Shape shape, int[] dims)
    {
        int[] starts = Offsets(shape, d => !dims.Contains(d)), terms = Offsets(shape, dims.Contains);
        var sums = new ExactSum[starts.Length];
        if (!x.AsSpan().ContainsAnyExcept(x[0]))
        {
            ExactSum equal = default;
            equal.AddProduct(x[0], 1, times: terms.Length);
            Array.Fill(sums, equal);
            return sums;
        }
        for (int i = 0; i < sums.Length; i++)
        {
            ExactSum sum = default;
            int start = starts[i];
            foreach (int term in terms) sum.Add(x[start + term]);
            sums[i] = sum;
        }
        return sums;
    }

    /// <summary>The offsets of the elements that differ in the chosen dimensions only, from the first one.</summary>
    static int[] Offsets(Shape shape, Func<int, bool> chosen)
    {
        int[] offsets = [0];
        int stride = shape.ElementCount;
        for (int d = 0; d < shape.Rank; d++)
        {
            if (shape[d] == 0) return [];
            stride /= shape[d];
            if (!chosen(d)) continue;
            int[] next = new int[offsets.Length * shape[d]];
            int n = 0;
            foreach (int offset in offsets)
                for (int i = 0; i < shape[d]; i++) next[n++] = offset + i * stride;
            offsets = next;
        }
        return offsets;
    }

    static void Expect(Tensor actual, ExactSum[] sums, double divisor, double bound, string what)
    {
        double[] values = actual.ToArray();
        Assert.That(values, Has.Length.EqualTo(sums.Length), what);
        for (int i = 0; i < values.Length; i++)
        {
            double error = Math.Abs(values[i] - sums[i].Value / divisor), most = bound * sums[i].Magnitude / divisor;
            if (!(error <= most)) Assert.Fail($"{what}: element {i} is {values[i]:R}, exactly {sums[i].Value / divisor:R}; the error is {error / (sums[i].Magnitude / divisor):E2} of the magnitudes, at most {bound:E1} is allowed");
        }
    }

    /// <summary>NUnit's constraint looks at each element in a microsecond: seconds for millions.</summary>
    static void ExpectAll(Tensor actual, double expected, double within = 0)
    {
        foreach (double value in actual.ToArray())
            if (!(Math.Abs(value - expected) <= within)) Assert.Fail($"{actual.Shape}: {value:R} instead of {expected:R}");
    }

    public enum Kind { Constant, Positive, Mixed }

    // The most elements that a test asks for. Random ones are drawn once: to draw them takes longer than to sum them.
    const int Most = 5 * Long;

    static readonly Dictionary<(Kind, DType), Tensor> s_drawn = [];

    [OneTimeTearDown]
    public void Forget() => s_drawn.Clear();

    static Tensor Data(Shape shape, Kind kind, DType dtype)
    {
        if (kind == Kind.Constant) return Tensor.Full(shape, 0.1, dtype);
        if (!s_drawn.TryGetValue((kind, dtype), out Tensor? drawn))
            s_drawn[(kind, dtype)] = drawn = kind == Kind.Positive ? Tensor.Rand([Most], dtype, new Generator(1)) : Tensor.Randn([Most], dtype, new Generator(1));
        return MyTorch.Data.Columns.Slice(drawn, 0, shape.ElementCount).Reshape(shape);
    }

    static IEnumerable<int[]> Subsets(int rank)
    {
        for (int bits = 1; bits < 1 << rank; bits++) yield return [.. Enumerable.Range(0, rank).Where(d => (bits >> d & 1) == 1)];
    }

    // Equal terms drift the most, terms of both signs cancel the most; widths and lengths are tried with positive ones.
    static readonly Kind[] s_hardest = [Kind.Constant, Kind.Mixed];

    static IEnumerable<Shape> LongShapes() => [[Long], [Long, 3], [3, Long], [Long, 2, 2], [2, Long, 2], [2, 2, Long]];

    [Test]
    public void EveryDimensionOfALongTensor([ValueSource(nameof(LongShapes))] Shape shape, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        foreach (Kind kind in s_hardest)
        {
            Tensor x = Data(shape, kind, dtype);
            double[] values = x.ToArray();
            foreach (int[] dims in Subsets(shape.Rank))
            {
                ExactSum[] sums = SumsOf(values, shape, dims);
                int folded = values.Length / sums.Length;
                string what = $"{kind} {dtype} {shape} over [{string.Join(", ", dims)}]";
                Expect(x.Sum(dims), sums, 1, Bound(dtype), "Sum of " + what);
                Expect(x.Mean(dims), sums, folded, Bound(dtype), "Mean of " + what);
            }
        }
    }

    /// <summary>Widths around every border of the kernels, rows that are not a multiple of anything.</summary>
    [Test]
    public void TallMatricesOfEveryWidth([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        foreach (int columns in new[] { 1, 2, 5, 7, 8, 9, 15, 16, 17, 31, 33, 48, 63, 64, 65, 100, 1000, 5000 })
        {
            Shape shape = [200_011 / columns + 3, columns];
            Tensor x = Data(shape, Kind.Positive, dtype);
            Expect(x.Sum(0), SumsOf(x.ToArray(), shape, [0]), 1, Bound(dtype), $"Sum(0) of {shape}");
            Expect(x.Sum(1), SumsOf(x.ToArray(), shape, [1]), 1, Bound(dtype), $"Sum(1) of {shape}");
            Expect(x.SumTo([1, columns]), SumsOf(x.ToArray(), shape, [0]), 1, Bound(dtype), $"SumTo of {shape}");
        }
    }

    [Test]
    public void SmallTensorsOfEveryLength([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        for (int n = 1; n <= 600; n += n < 200 ? 1 : 37)
        {
            Tensor x = Data([n], Kind.Mixed, dtype), y = Data([n, 3], Kind.Mixed, dtype), z = Data([3, n], Kind.Mixed, dtype), w = Data([3, 5, n], Kind.Mixed, dtype);
            Expect(x.Sum(), SumsOf(x.ToArray(), x.Shape, [0]), 1, Bound(dtype) / 2, $"{n}");
            Expect(y.Sum(0), SumsOf(y.ToArray(), y.Shape, [0]), 1, Bound(dtype) / 2, $"({n}, 3) over 0");
            Expect(z.Sum(0), SumsOf(z.ToArray(), z.Shape, [0]), 1, Bound(dtype) / 2, $"(3, {n}) over 0");
            Expect(z.Sum(1), SumsOf(z.ToArray(), z.Shape, [1]), 1, Bound(dtype) / 2, $"(3, {n}) over 1");
            foreach (int[] dims in Subsets(3)) Expect(w.Sum(dims), SumsOf(w.ToArray(), w.Shape, dims), 1, Bound(dtype) / 2, $"(3, 5, {n}) over {string.Join(", ", dims)}");
        }
    }

    [Test]
    public void MoreDimensionsThanUsual([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        Tensor x = Data([3, 2, 5, 1, 4, 3, 2, 7], Kind.Mixed, dtype);
        foreach (int[] dims in Subsets(8))
        {
            Expect(x.Sum(dims), SumsOf(x.ToArray(), x.Shape, dims), 1, Bound(dtype) / 2, string.Join(", ", dims));
        }
    }

    [Test]
    public void ASequenceHasOneSumWhereverItLies([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        Tensor row = Data([1000], Kind.Mixed, dtype);
        double alone = row.Sum().Item();
        Tensor rows = row.Unsqueeze(0).Expand([37, 1000]);
        Assert.That(rows.Sum(1).ToArray(), Is.All.EqualTo(alone));
        foreach (int columns in new[] { 3, 16, 29, 100, 130 })
        {
            double[] sums = row.Unsqueeze(1).Expand([1000, columns]).Sum(0).ToArray();
            Assert.That(sums, Is.All.EqualTo(sums[0]), $"{columns} columns");
        }
    }

    [Test]
    public void KnownMeans()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Tensor.Ones([20_000_000], DType.Float32).Mean().Item(), Is.EqualTo(1));
            ExpectAll(Tensor.Ones([20_000_000, 1], DType.Float32).Mean(0), 1);
            ExpectAll(Tensor.Ones([9_000_000, 2], DType.Float32).Sum(0), 9_000_000);
            ExpectAll(Tensor.Full([1_000_000, 3], 0.1, DType.Float32).Mean(0), (double)0.1f);
            Assert.That(Tensor.Full([10_000_000], 0.1, DType.Float32).Mean().Item(), Is.EqualTo((double)0.1f));
            ExpectAll(Tensor.Full([1_000_000, 3], 0.1, DType.Float64).Mean(0), 0.1);
        });
    }

    [TestCase(7), TestCase(100), TestCase(1_000_000)]
    public void AMeanDoesNotOverflowWhereADoubleWouldHoldTheSum(int count)
    {
        Tensor x = Tensor.Full([count, 2], 3e38, DType.Float32);
        ExpectAll(x.Mean(0), (double)3e38f);
        Assert.That(x.Mean().Item(), Is.EqualTo((double)3e38f));
        ExpectAll(x.Mean(1), (double)3e38f);
        Assert.That(x.Sum().Item(), Is.EqualTo(double.PositiveInfinity));
        // Single precision overflows on the way, the result does not.
        Tensor alternating = Tensor.Concat([x, -x]);
        ExpectAll(alternating.Sum(0), 0);
        Assert.That(alternating.Sum().Item(), Is.EqualTo(0));
    }

    [Test]
    public void InfinitiesAndNaNAreAsIeeeSays([Values(DType.Float32, DType.Float64)] DType dtype, [Values(3, 70, 3000)] int rows, [Values(1, 3, 20)] int columns)
    {
        Tensor With(params (int Row, double Value)[] special)
        {
            double[] values = new double[rows * columns];
            Array.Fill(values, 0.5);
            foreach ((int row, double value) in special) values[row * columns + columns - 1] = value;
            return Tensor.From(values, [rows, columns], dtype);
        }

        void Gives(Tensor x, double expected)
        {
            Assert.That(x.Sum(0).ToArray()[columns - 1], Is.EqualTo(expected));
            Assert.That(x.Mean(0).ToArray()[columns - 1], Is.EqualTo(expected));
            Assert.That(x.T.Sum(1).ToArray()[columns - 1], Is.EqualTo(expected));
            Assert.That(x.Sum().Item(), Is.EqualTo(expected));
            if (columns > 1) Assert.That(x.Sum(0).ToArray()[0], Is.EqualTo(0.5 * rows));
        }

        Gives(With((1, double.PositiveInfinity)), double.PositiveInfinity);
        Gives(With((1, double.NegativeInfinity), (2, double.NegativeInfinity)), double.NegativeInfinity);
        Gives(With((0, double.PositiveInfinity), (2, double.NegativeInfinity)), double.NaN);
        Gives(With((rows - 1, double.NaN)), double.NaN);
    }

    [Test]
    public void EmptySumsAreZeroAndTheirMeansNaN([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        foreach (Shape shape in (Shape[])[[0], [0, 3], [3, 0], [2, 0, 3]])
            foreach (int[] dims in Subsets(shape.Rank))
            {
                Tensor x = Tensor.Zeros(shape, dtype);
                bool overNothing = dims.Any(d => shape[d] == 0);
                Assert.That(x.Sum(dims).ToArray(), Is.All.EqualTo(0));
                Assert.That(x.Mean(dims).ToArray(), Is.All.EqualTo(double.NaN));
                if (overNothing) Assert.That(x.Var(dims).ToArray(), Is.All.EqualTo(double.NaN));
            }
    }

    /// <summary>The gradient that a loss of one operation's output, weighted by an upstream, gives an input.</summary>
    static Tensor GradientOf(Tensor input, Func<Tensor, Tensor> function, Tensor upstream)
    {
        Tensor x = input.Clone();
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor y = function(x);
        autograd.Backward(y, upstream);
        return x.Grad!;
    }

    static IEnumerable<TestCaseData> RulesThatSum()
    {
        foreach (DType dtype in new[] { DType.Float32, DType.Float64 })
            foreach (Kind kind in s_hardest)
            {
                TestCaseData Case(string name, Func<(Tensor Gradient, Tensor Terms, int[] Dims)> run) => new TestCaseData(dtype, run).SetArgDisplayNames(name, $"{kind}", $"{dtype}");
                Tensor Upstream(params int[] shape) => Data(Shape.Create(shape), kind, dtype);
                Tensor Zeros(params int[] shape) => Tensor.Zeros(Shape.Create(shape), dtype);

                yield return Case("broadcasting Add of a row", () => (GradientOf(Zeros(3), b => Zeros(Long, 3) + b, Upstream(Long, 3)), Upstream(Long, 3), [0]));
                yield return Case("broadcasting Subtract of a scalar", () => (GradientOf(Zeros(), b => Zeros(Long) - b, Upstream(Long)), -Upstream(Long), [0]));
                yield return Case("broadcasting Multiply of a column", () => (GradientOf(Zeros(2, 1), b => Tensor.Ones([2, Long], dtype) * b, Upstream(2, Long)), Upstream(2, Long), [1]));
                yield return Case("Expand", () => (GradientOf(Zeros(3), b => b.Expand([Long, 3]), Upstream(Long, 3)), Upstream(Long, 3), [0]));
                yield return Case("Expand in the middle", () => (GradientOf(Zeros(2, 1, 2), b => b.Expand([2, Long, 2]), Upstream(2, Long, 2)), Upstream(2, Long, 2), [1]));
                yield return Case("bias of Linear", () => (GradientOf(Zeros(5), b => Zeros(Long, 2).Linear(Zeros(5, 2), b), Upstream(Long, 5)), Upstream(Long, 5), [0]));
                yield return Case("IndexSelect", () => (GradientOf(Zeros(2, 3), b => b.IndexSelect(0, Tensor.Zeros([Long], DType.Int64)), Upstream(Long, 3))[0], Upstream(Long, 3), [0]));
                yield return Case("IndexSelect of columns", () => (GradientOf(Zeros(3, 2), b => b.IndexSelect(1, Tensor.Zeros([Long], DType.Int64)), Upstream(3, Long)).T[0], Upstream(3, Long), [1]));
                yield return Case("Gather", () => (GradientOf(Zeros(2, 3), b => b.Gather(0, Tensor.Zeros([Long, 3], DType.Int64)), Upstream(Long, 3))[0], Upstream(Long, 3), [0]));
                yield return Case("Softmax along the first dimension", () =>
                {
                    // With every y = 1/n the rule gives (ȳ − mean ȳ)/n: the mean shows in the difference.
                    Tensor g = Upstream(Long, 1), gradient = GradientOf(Zeros(Long, 1), x => x.Softmax(0), g);
                    return (g[0] - gradient[0] * Long, g / Long, [0]);
                });
                // The logarithm is about 14: its rounding is 14 times as large beside the sum.
                yield return Case("LogSumExp", () => (Data([Long, 2], kind, dtype).LogSumExp(0).To(DType.Float64).Exp(), Data([Long, 2], kind, dtype).To(DType.Float64).Exp(), [0]));
                yield return Case("the count of ties", () => (1 / GradientOf(Zeros(Long), x => x.AMax(), Tensor.Ones([], dtype))[0], Tensor.Ones([Long], dtype), [0]));
            }
    }

    [TestCaseSource(nameof(RulesThatSum))]
    public void ARuleThatSums(DType dtype, Func<(Tensor Gradient, Tensor Terms, int[] Dims)> run)
    {
        (Tensor gradient, Tensor terms, int[] dims) = run();
        Expect(gradient.Reshape([-1]), SumsOf(terms.ToArray(), terms.Shape, dims), 1, Bound(dtype), "gradient");
    }

    static double[] Column(double[] matrix, int column, int columns)
    {
        double[] values = new double[matrix.Length / columns];
        for (int i = 0; i < values.Length; i++) values[i] = matrix[i * columns + column];
        return values;
    }

    static double ExactVariance(double[] values, out double mean)
    {
        ExactSum sum = default, squares = default;
        foreach (double value in values) sum.Add(value);
        mean = sum.Value / values.Length;
        foreach (double value in values) squares.Add((value - mean) * (value - mean));
        return squares.Value / values.Length;
    }

    [TestCase(200_000, 100), TestCase(1_000_003, 1_000_000), TestCase(1_000_003, 0)]
    public void VariancesDoNotCancel(int rows, double offset)
    {
        foreach (DType dtype in new[] { DType.Float32, DType.Float64 })
        {
            Tensor x = Tensor.Rand([rows, 3], dtype, new Generator(3)) + offset;
            // The squares of distances that are exact to a few digits less where x is far from 0: the data's own rounding is not counted.
            double bound = dtype == DType.Float32 ? 1e-6 : 1e-9;
            double[] over = x.Var(0, unbiased: false).ToArray(), along = x.T.Var(1, unbiased: false).ToArray(), deviation = x.Std(0, unbiased: false).ToArray(), values = x.ToArray();
            for (int c = 0; c < 3; c++)
            {
                double exact = ExactVariance(Column(values, c, 3), out double mean);
                Assert.That(over[c], Is.EqualTo(exact).Within(bound * exact), $"{dtype} {offset}");
                Assert.That(along[c], Is.EqualTo(exact).Within(bound * exact), $"{dtype} {offset}, along rows");
                Assert.That(deviation[c], Is.EqualTo(Math.Sqrt(exact)).Within(bound * Math.Sqrt(exact)), $"{dtype} {offset}, root");
                double[] gradient = GradientOf(x.IndexSelect(1, Tensor.Indices(c)), t => t.Var(unbiased: false), Tensor.Ones([], dtype)).ToArray();
                for (int i = 0; i < 50; i++)
                    Assert.That(gradient[i] * rows / 2, Is.EqualTo(values[3 * i + c] - mean).Within(bound * 0.5), $"{dtype} {offset}, gradient");
            }
        }
    }

    [Test]
    public void AConstantHasNoVariance([Values(DType.Float32, DType.Float64)] DType dtype, [Values(7, 1000, 1_000_000)] int rows)
    {
        Tensor x = Tensor.Full([rows, 3], 1000.1, dtype);
        double value = x.ToArray()[0];
        ExpectAll(x.Var(0), 0.0, dtype == DType.Float32 ? 0 : 1e-25);
        Assert.That(x.Var().Item(), Is.EqualTo(0.0).Within(dtype == DType.Float32 ? 0 : 1e-25));
        var norm = new BatchNorm1d(3, momentum: 1, dtype: dtype);
        ExpectAll(norm.Forward(x), 0.0, dtype == DType.Float32 ? 0 : 1e-9);
        ExpectAll(norm.RunningMean, value, dtype == DType.Float32 ? 0 : 1e-12);
        ExpectAll(norm.RunningVar, 0.0, dtype == DType.Float32 ? 0 : 1e-25);
        ExpectAll(new LayerNorm([3], dtype: dtype).Forward(x), 0.0, dtype == DType.Float32 ? 0 : 1e-9);
    }

    [Test]
    public void NormalisationOverAMillionRows([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        Tensor x = Tensor.Rand([Long, 2], dtype, new Generator(4)) + 50, upstream = Tensor.Rand([Long, 2], dtype, new Generator(5));
        double epsilon = 1e-5, bound = dtype == DType.Float32 ? 2e-6 : 1e-10;
        var norm = new BatchNorm1d(2, epsilon, dtype: dtype);
        Tensor y;
        using (var autograd = new Autograd())
        {
            y = norm.Forward(x);
            autograd.Backward(y, upstream);
        }
        double[] values = x.ToArray(), normalised = y.ToArray(), g = upstream.ToArray();
        for (int c = 0; c < 2; c++)
        {
            double variance = ExactVariance(Column(values, c, 2), out double mean), spread = Math.Sqrt(variance + epsilon);
            ExactSum gamma = default, beta = default;
            for (int i = c; i < values.Length; i += 2)
            {
                if (i < 100) Assert.That(normalised[i], Is.EqualTo((values[i] - mean) / spread).Within(bound));
                gamma.Add(g[i] * (values[i] - mean) / spread);
                beta.Add(g[i]);
            }
            Assert.That(norm.Weight!.Grad!.ToArray()[c], Is.EqualTo(gamma.Value).Within(bound * gamma.Magnitude));
            Assert.That(norm.Bias!.Grad!.ToArray()[c], Is.EqualTo(beta.Value).Within(bound * beta.Magnitude));
        }
    }

    [Test]
    public void EveryLossTakesTheMeanOfItsTerms([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        // Each loss uses the sums of the tests above; terms added one by one would be off by more than the bound after a third of them too.
        const int terms = Long / 3;
        Tensor p = Tensor.Full([terms], 0.3, dtype), t = Tensor.Full([terms], 0.1, dtype);
        Tensor scores = Tensor.Full([terms, 3], 0.7, dtype), labels = Tensor.Zeros([terms], DType.Int64), weights = Tensor.From([0.1, 1, 1], dtype);
        (Func<Reduction, Loss> Make, Tensor Prediction, Tensor Target)[] losses =
        [
            (r => new MSELoss(r), p, t), (r => new L1Loss(r), p, t), (r => new HuberLoss(reduction: r), p, t), (r => new SmoothL1Loss(reduction: r), p, t),
            (r => new BCELoss(reduction: r), p, t), (r => new BCEWithLogitsLoss(reduction: r), p, t), (r => new KLDivLoss(reduction: r), p, t),
            (r => new CrossEntropyLoss(reduction: r), scores, labels), (r => new CrossEntropyLoss(labelSmoothing: 0.1, reduction: r), scores, labels),
            (r => new CrossEntropyLoss(weights, reduction: r), scores, labels), (r => new NLLLoss(reduction: r), -scores, labels), (r => new NLLLoss(weights, reduction: r), -scores, labels),
        ];
        foreach ((Func<Reduction, Loss> make, Tensor prediction, Tensor target) in losses)
        {
            // All terms are equal, so that one is enough; those of weighted classes are divided by the sum of the weights.
            double term = make(Reduction.None).Forward(MyTorch.Data.Columns.Slice(prediction, 0, 1), MyTorch.Data.Columns.Slice(target, 0, 1)).Item(), mean = make(Reduction.Mean).Forward(prediction, target).Item(), sum = make(Reduction.Sum).Forward(prediction, target).Item();
            Assert.That(sum, Is.EqualTo(term * terms).Within(Bound(dtype) * Math.Abs(term) * terms), $"{make(Reduction.Sum)}");
            Assert.That(mean, Is.EqualTo(term).Within(Bound(dtype) * Math.Abs(term)).Or.EqualTo(term / weights.ToArray()[0]).Within(Bound(dtype) * Math.Abs(term) * 10), $"{make(Reduction.Mean)}");
        }
    }

    [Test]
    public void StatisticsOfColumns()
    {
        Tensor x = Tensor.Rand([Long, 2], DType.Float64, new Generator(6)) + 0.1;
        double[] values = x.ToArray();
        (double[] means, double[] deviations) = MyTorch.Data.Columns.Spread(x);
        for (int c = 0; c < 2; c++)
        {
            double variance = ExactVariance(Column(values, c, 2), out double mean);
            Assert.That(means[c], Is.EqualTo(mean).Within(1e-15));
            Assert.That(deviations[c], Is.EqualTo(Math.Sqrt(variance)).Within(1e-14));
        }
        // R² of a prediction that is off by 0.1 everywhere.
        Assert.That(MyTorch.Data.Metrics.R2(x + 0.1, x), Is.EqualTo(1 - 0.005 * (1 / (deviations[0] * deviations[0]) + 1 / (deviations[1] * deviations[1]))).Within(1e-13));
    }
}
