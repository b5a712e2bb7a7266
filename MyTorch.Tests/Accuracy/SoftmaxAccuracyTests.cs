using MyTorch.Kernels;
using MyTorch.Nn;
using MyTorch.Operations;

namespace MyTorch.Tests.Accuracy;

/// <summary>
/// Softmax, its logarithm, log-sum-exp and the cross entropies in units of the last place, wherever one number dominates the others.
/// </summary>
[NonParallelizable]
public sealed class SoftmaxAccuracyTests
{
    /// <summary>Rows from nearly equal to so far apart that the smallest powers vanish.</summary>
    static double[] Row(int columns, int seed, bool single)
    {
        var random = new Random(seed);
        double spread = new[] { 1e-3, 1, 20, 90, 800, 1e4 }[seed % 6], shift = new[] { 0, 0.3, -50, 1e4, -1e4 }[seed % 5];
        double[] row = [.. Enumerable.Range(0, columns).Select(_ => shift + spread * random.NextDouble())];
        return single ? [.. row.Select(v => (double)(float)v)] : row;
    }

    /// <summary>log Σ e^(xⱼ − max x), where the largest is not added to the 1 that the small ones would vanish beside.</summary>
    static (double Largest, DoubleDouble Log) LogOfPowers(double[] row)
    {
        double largest = row.Max();
        int place = Array.IndexOf(row, largest);
        DoubleDouble sum = 0;
        for (int i = 0; i < row.Length; i++)
            if (i != place) sum += DoubleDouble.Exp((DoubleDouble)row[i] - largest);
        return (largest, DoubleDouble.Log1p(sum));
    }

    static IEnumerable<string> Paths() => VectorPath.Available.Select(VectorPath.Word);

    [TestCaseSource(nameof(Paths))]
    public void SoftmaxAndItsLogarithmAreAccurateAlongEveryDimension(string path)
    {
        VectorWidth width = VectorPath.Choose(path);
        foreach (bool single in new[] { true, false })
            foreach (int columns in new[] { 1, 2, 3, 10, 17, 67 })
                for (int seed = 0; seed < 30; seed++)
                {
                    double[] row = Row(columns, seed, single);
                    (double largest, DoubleDouble log) = LogOfPowers(row);
                    DoubleDouble sum = DoubleDouble.Exp(log);
                    Tensor x = Tensor.From(row, [columns], single ? DType.Float32 : DType.Float64);
                    // The other rows must not matter.
                    Tensor rows = Tensor.Stack([x + 1, x, -x]), middle = rows.T.Reshape([1, columns, 3]);
                    foreach ((string where, Tensor soft, Tensor logs) in AccuracyMeasure.On(width, () => new[]
                    {
                        ("last", rows.Softmax(1)[1], rows.LogSoftmax(1)[1]),
                        ("first", rows.T.Softmax(0)[.., 1], rows.T.LogSoftmax(0)[.., 1]),
                        ("middle", middle.Softmax(1)[0, .., 1], middle.LogSoftmax(1)[0, .., 1]),
                    }))
                        for (int i = 0; i < columns; i++)
                        {
                            DoubleDouble difference = (DoubleDouble)row[i] - largest;
                            Assert.That((DoubleDouble.Exp(difference) / sum).Ulps(soft.Item(i), single), Is.LessThanOrEqualTo(AccuracyTable.Bound),
                                $"softmax, {where} dimension, {columns} columns, row {seed}, element {i}");
                            Assert.That((difference - log).Ulps(logs.Item(i), single), Is.LessThanOrEqualTo(AccuracyTable.Bound),
                                $"its logarithm, {where} dimension, {columns} columns, row {seed}, element {i}");
                        }
                }
    }

    [TestCaseSource(nameof(Paths))]
    public void LogSumExpAndTheCrossEntropyAreAccurate(string path)
    {
        VectorWidth width = VectorPath.Choose(path);
        foreach (bool single in new[] { true, false })
            foreach (int columns in new[] { 1, 2, 3, 10, 17, 67 })
                for (int seed = 0; seed < 30; seed++)
                {
                    double[] row = Row(columns, seed, single);
                    (double largest, DoubleDouble log) = LogOfPowers(row);
                    Tensor x = Tensor.From(row, [1, columns], single ? DType.Float32 : DType.Float64);
                    (double all, double first, double last) = AccuracyMeasure.On(width, () => (x.LogSumExp().Item(), x.T.LogSumExp(0).Item(0), x.LogSumExp(1).Item(0)));
                    Assert.That((largest + log).Ulps(last, single, Math.Abs(largest)), Is.LessThanOrEqualTo(AccuracyTable.Bound), $"log-sum-exp, {columns} columns, row {seed}");
                    Assert.That((all, first), Is.EqualTo((last, last)), "over other dimensions");
                    for (int k = 0; k < columns; k += 3)
                    {
                        double loss = AccuracyMeasure.On(width, () => new SoftmaxCrossEntropy(x, Tensor.Indices(k)).Apply().Item(0));
                        Assert.That((log - ((DoubleDouble)row[k] - largest)).Ulps(loss, single), Is.LessThanOrEqualTo(AccuracyTable.Bound), $"cross entropy, {columns} columns, row {seed}, class {k}");
                    }
                }
    }

    [Test]
    public void ALossKeepsItsDigitsWhereOneLogitDominates()
    {
        // −log p = log(1 + e^−40) = 4.248354e-18, which 1 + e^−40 rounds away in either type.
        foreach (DType dtype in new[] { DType.Float32, DType.Float64 })
        {
            Tensor x = Tensor.From([9_960.0, 10_000], [1, 2], dtype);
            Assert.That(new CrossEntropyLoss().Forward(x, Tensor.Indices(1)).Item(), Is.EqualTo(4.248354255291589e-18).Within(1e-5).Percent);
            Assert.That(x.LogSoftmax(1).Item(0, 1), Is.EqualTo(-4.248354255291589e-18).Within(1e-5).Percent);
            Tensor z = Tensor.From([40.0, -40], dtype), t = Tensor.From([1.0, 0], dtype);
            Assert.That(new BCEWithLogitsLoss().Forward(z, t).Item(), Is.EqualTo(4.248354255291589e-18).Within(1e-5).Percent);
        }
    }

    [Test]
    public void TheBinaryCrossEntropyOfLogitsIsAccurateInValueAndGradient([Values] bool single, [Values(0, 0.25, 1)] double target, [Values(1, 3)] double weight)
    {
        double[] logits = [-1e4, -200, -80, -20, -3, -1, -1e-3, -1e-8, 0, 1e-8, 1e-3, 1, 3, 20, 80, 200, 1e4];
        if (single) logits = [.. logits.Select(v => (double)(float)v)];
        DType dtype = single ? DType.Float32 : DType.Float64;
        Tensor z = Tensor.From(logits, dtype);
        z.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor loss = new BinaryCrossEntropyWithLogits(z, Tensor.Full([logits.Length], target, dtype), Tensor.From(weight, dtype)).Apply();
        autograd.Backward(loss.Sum());
        for (int i = 0; i < logits.Length; i++)
        {
            DoubleDouble high = Tail(-logits[i]), low = Tail(logits[i]);
            Assert.That((weight * target * high + (1 - target) * low).Ulps(loss.Item(i), single), Is.LessThanOrEqualTo(AccuracyTable.Bound), $"the loss of {logits[i]}");
            DoubleDouble p = Probability(logits[i]), rest = Probability(-logits[i]);
            // Two terms of opposite sign may nearly cancel. Then the error is measured relative to the larger one.
            double size = Math.Max(weight * target * rest.High, (1 - target) * p.High);
            Assert.That(((1 - target) * p - weight * target * rest).Ulps(z.Grad!.Item(i), single, size), Is.LessThanOrEqualTo(AccuracyTable.Bound), $"the gradient of {logits[i]}");
        }

        // ln(1 + eˣ)
        static DoubleDouble Tail(DoubleDouble x) => x.High > 0 ? x + DoubleDouble.Log1p(DoubleDouble.Exp(-x)) : DoubleDouble.Log1p(DoubleDouble.Exp(x));

        static DoubleDouble Probability(DoubleDouble x) => x.High < 0 ? DoubleDouble.Exp(x) / (1 + DoubleDouble.Exp(x)) : 1 / (1 + DoubleDouble.Exp(-x));
    }

    [Test]
    public void TheBinaryCrossEntropyOfASmallProbabilityIsTheProbability([Values] bool single)
    {
        DType dtype = single ? DType.Float32 : DType.Float64;
        Tensor loss = new BinaryCrossEntropy(Tensor.Full([3], 1e-20, dtype), Tensor.Zeros([3], dtype)).Apply();
        Assert.That(loss.Item(2), Is.EqualTo(1e-20).Within(1e-5).Percent);
    }

    [Test]
    public void AnEmptyDimensionGivesAnEmptySoftmaxAndTheLogarithmOfZero()
    {
        foreach (DType dtype in new[] { DType.Float32, DType.Float64 })
        {
            Tensor x = Tensor.Zeros([2, 0], dtype);
            x.RequiresGrad = true;
            foreach (int dim in new[] { 0, 1 })
            {
                Assert.That(x.Softmax(dim).Shape, Is.EqualTo(x.Shape));
                Assert.That(x.LogSoftmax(dim).Shape, Is.EqualTo(x.Shape));
            }
            using var autograd = new Autograd();
            Tensor y = x.LogSumExp(1);
            Assert.That(y.ToArray(), Is.EqualTo(new[] { double.NegativeInfinity, double.NegativeInfinity }));
            Assert.That(x.LogSumExp(0).Shape.ToArray(), Is.EqualTo(new[] { 0 }));
            Assert.That(x.LogSumExp().Item(), Is.EqualTo(double.NegativeInfinity));
            autograd.Backward((y + x.Softmax(1).Sum() + x.LogSoftmax(1).Sum()).Sum());
            Assert.That(x.Grad!.Shape, Is.EqualTo(x.Shape));
        }
    }

    [Test]
    public void InfiniteLogits()
    {
        foreach (DType dtype in new[] { DType.Float32, DType.Float64 })
        {
            Tensor x = Tensor.From([1, double.NegativeInfinity, 1, double.NegativeInfinity], [2, 2], dtype);
            Assert.That(x.Softmax(1).ToArray(), Is.EqualTo(new double[] { 1, 0, 1, 0 }));
            Assert.That(x.LogSoftmax(1).ToArray(), Is.EqualTo(new[] { 0, double.NegativeInfinity, 0, double.NegativeInfinity }));
            Assert.That(x.LogSumExp(0).ToArray(), Is.EqualTo(new[] { 1 + Math.Log(2), double.NegativeInfinity }).Within(1e-6));
            Assert.That(x.T.LogSumExp(1).ToArray()[1], Is.EqualTo(double.NegativeInfinity));
            Tensor infinite = Tensor.From([1, double.PositiveInfinity], [1, 2], dtype);
            Assert.That(infinite.LogSumExp().Item(), Is.EqualTo(double.PositiveInfinity));
            Assert.That(infinite.Softmax(1).ToArray(), Is.All.NaN);
            Assert.That(infinite.LogSoftmax(1).ToArray(), Is.All.NaN);
        }
    }

    [TestCaseSource(nameof(Paths))]
    public void ARowDoesNotDependOnTheRowsBesideIt(string path)
    {
        VectorWidth width = VectorPath.Choose(path);
        foreach (bool single in new[] { true, false })
            foreach (int columns in new[] { 1, 2, 3, 7, 8, 10, 15, 16 })
            {
                DType type = single ? DType.Float32 : DType.Float64;
                // Enough rows for several blocks; the last ones are infinite, NaN, and too large for the quick exponential.
                const int Rows = 300;
                Tensor x = Tensor.Stack([.. Enumerable.Range(0, Rows).Select(seed => Tensor.From(Row(columns, seed, single), [columns], type))]);
                Tensor odd = Tensor.From([.. Enumerable.Repeat(double.NegativeInfinity, columns), .. Enumerable.Repeat(double.NaN, columns),
                    .. Enumerable.Range(0, columns).Select(i => 1e30 * i)], [3, columns], type);
                Tensor labels = Tensor.Indices([.. Enumerable.Range(0, Rows + 3).Select(row => (long)(row % columns))]);
                AccuracyMeasure.On(width, () =>
                {
                    Tensor together = Tensor.Concat([x, odd]);
                    Tensor[] all = Results(together, labels);
                    foreach (int row in new[] { 0, 1, 5, 17, 85, 128, 255, Rows - 1, Rows, Rows + 1, Rows + 2 })
                    {
                        Tensor[] alone = Results(together[row..(row + 1)], labels[row..(row + 1)]);
                        for (int i = 0; i < all.Length; i++)
                            Assert.That(all[i][row..(row + 1)].ToArray(), Is.EqualTo(alone[i].ToArray()), $"{columns} columns, row {row}, result {i}");
                    }
                    return 0;
                });
            }

        static Tensor[] Results(Tensor x, Tensor labels)
        {
            x = x.Detach();
            x.RequiresGrad = true;
            using var autograd = new Autograd();
            Tensor loss = new CrossEntropyLoss(reduction: Reduction.None).Forward(x, labels);
            autograd.Backward(loss.Sum());
            return [x.Detach().Softmax(1), x.Detach().LogSoftmax(1), loss.Detach(), x.Grad!];
        }
    }
}
