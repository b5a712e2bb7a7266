using MyTorch.Differentiation;
using MyTorch.Nn;
using MyTorch.Tests.Operations;

namespace MyTorch.Tests;

/// <summary>
/// Every loss with every argument and reduction: its value against a formula written row by row, its first and second
/// derivative against differences.
/// </summary>
[TestFixture(Engines.Tape)]
[TestFixture(Engines.Naive)]
public sealed class LossFormulaTests(string engine)
{
    const int Ignored = 2;

    static readonly Reduction[] Reductions = [Reduction.Mean, Reduction.Sum, Reduction.None];

    /// <summary>What a loss is to be computed on, and its value by formula.</summary>
    public sealed record LossCase(Func<Tensor[], Tensor> Run, Tensor[] Inputs, Func<NaiveArray[], NaiveArray> Value);

    static IEnumerable<TestCaseData> Cases()
    {
        foreach (Reduction reduction in Reductions)
        {
            foreach (int[] shape in new int[][] { [4], [3, 4], [2, 3, 2] })
            {
                yield return Pairwise("MSELoss", shape, new MSELoss(reduction), reduction, (x, t) => (x - t) * (x - t));
                yield return Pairwise("L1Loss", shape, new L1Loss(reduction), reduction, (x, t) => Math.Abs(x - t));
                yield return Pairwise("HuberLoss", shape, new HuberLoss(reduction, 0.7), reduction,
                    (x, t) => Math.Abs(x - t) < 0.7 ? (x - t) * (x - t) / 2 : 0.7 * (Math.Abs(x - t) - 0.35));
                yield return Pairwise("SmoothL1Loss", shape, new SmoothL1Loss(reduction, 0.7), reduction,
                    (x, t) => Math.Abs(x - t) < 0.7 ? (x - t) * (x - t) / 1.4 : Math.Abs(x - t) - 0.35);
                yield return Pairwise("SmoothL1Loss of beta 0", shape, new SmoothL1Loss(reduction, 0), reduction, (x, t) => Math.Abs(x - t));
                yield return Pairwise("KLDivLoss", shape, new KLDivLoss(reduction: reduction), reduction, (x, t) => t * (Math.Log(t) - x), Share);
                yield return Pairwise("KLDivLoss of logarithms", shape, new KLDivLoss(reduction, logTarget: true), reduction, (x, t) => Math.Exp(t) * (t - x));
            }

            foreach (int[] weight in new int[][] { [], [4], [3, 4], [3, 1] })
            {
                Tensor? weights = weight.Length == 0 ? null : Share(weight, 7);
                NaiveArray one = weights is null ? new([], [1]) : NaiveArray.Of(weights);
                string name = weights is null ? "" : $" weighed by {weights.Shape}";
                yield return Of($"BCELoss{name} {reduction}", x => new BCELoss(weights, reduction).Forward(x[0], x[1]), [Share([3, 4], 1), Share([3, 4], 2)],
                    x => Reduce(NaiveArray.Zip(NaiveArray.Zip(x[0], x[1], (p, t) => -t * Math.Log(p) - (1 - t) * Math.Log(1 - p)), one, (l, w) => l * w), reduction));
                yield return Of($"BCEWithLogitsLoss{name} {reduction}", x => new BCEWithLogitsLoss(reduction: reduction, positiveWeight: weights).Forward(x[0], x[1]), [Any([3, 4], 3), Share([3, 4], 2)],
                    x => Reduce(NaiveArray.Zip(
                        NaiveArray.Zip(NaiveArray.Zip(x[0], x[1], (z, t) => -t * Math.Log(Sigma(z))), one, (l, w) => l * w),
                        NaiveArray.Zip(x[0], x[1], (z, t) => -(1 - t) * Math.Log(Sigma(-z))), (positive, negative) => positive + negative), reduction));
            }

            foreach (int[] shape in new int[][] { [5, 4], [4], [2, 4, 3] })
                foreach (Tensor? weights in new[] { null, Share([4], 8) })
                    foreach (bool ignore in new[] { false, true })
                    {
                        if (ignore && shape.Length == 1) continue;
                        foreach (double smoothing in new[] { 0, 0.2 })
                            yield return Of($"CrossEntropyLoss {(Shape)shape}{(weights is null ? "" : " weighed")}{(ignore ? " ignoring" : "")} smoothed by {smoothing} {reduction}",
                                x => new CrossEntropyLoss(weights, ignore ? Ignored : -100, reduction, smoothing).Forward(x[0], Labels(shape)), [Any(shape, 4)],
                                x => OfClasses(LogSoftmax(x[0]), weights, smoothing, ignore, reduction));
                        yield return Of($"NLLLoss {(Shape)shape}{(weights is null ? "" : " weighed")}{(ignore ? " ignoring" : "")} {reduction}",
                            x => new NLLLoss(weights, ignore ? Ignored : -100, reduction).Forward(x[0], Labels(shape)), [Leaf(shape, 4, -4, -0.1)],
                            x => OfClasses(x[0], weights, 0, ignore, reduction));
                    }

            foreach (int[] shape in new int[][] { [5, 4], [4], [2, 4, 3] })
                foreach (Tensor? weights in new[] { null, Share([4], 8) })
                    foreach (double smoothing in new[] { 0, 0.2 })
                        yield return Of($"CrossEntropyLoss of probabilities {(Shape)shape}{(weights is null ? "" : " weighed")} smoothed by {smoothing} {reduction}",
                            x => new CrossEntropyLoss(weights, reduction: reduction, labelSmoothing: smoothing).Forward(x[0], x[1]), [Any(shape, 5), Share(shape, 6)],
                            x => OfProbabilities(LogSoftmax(x[0]), x[1], weights, smoothing, reduction));
        }

        Tensor oneHot = Tensor.Indices(2, 0, 3).OneHot(4, DType.Float64);
        oneHot.RequiresGrad = true;
        yield return Of("CrossEntropyLoss of certain probabilities", x => new CrossEntropyLoss().Forward(x[0], x[1]), [Any([3, 4], 5), oneHot],
            x => OfProbabilities(LogSoftmax(x[0]), x[1], null, 0, Reduction.Mean));
        yield return Of("KLDivLoss BatchMean", x => new KLDivLoss(reduction: Reduction.BatchMean).Forward(x[0], x[1]), [Any([3, 4], 1), Share([3, 4], 2)],
            x => new([], [NaiveArray.Zip(x[0], x[1], (log, t) => t * (Math.Log(t) - log)).Data.Sum() / 3]));
    }

    [TestCaseSource(nameof(Cases))]
    public void HasItsFormulaAndDerivatives(LossCase c)
    {
        NaiveArray expected = c.Value([.. c.Inputs.Select(NaiveArray.Of)]);
        Tensor actual = c.Run(c.Inputs);
        Assert.That(actual.Shape.ToArray(), Is.EqualTo(expected.Shape));
        Assert.That(actual.ToArray(), Is.EqualTo(expected.Data).Within(1e-12));
        IBackwardEngine backward = Engines.Named(engine);
        GradientCheck.VerifyMany(at => c.Run([.. at]), c.Inputs, GradientCheckMode.Reverse, seed: 1, backward.Gradients);
        GradientCheck.VerifyMany(at => c.Run([.. at]), c.Inputs, GradientCheckMode.Second, seed: 2, backward.Gradients);
    }

    static TestCaseData Of(string name, Func<Tensor[], Tensor> run, Tensor[] inputs, Func<NaiveArray[], NaiveArray> value) =>
        new TestCaseData(new LossCase(run, inputs, value)).SetArgDisplayNames(name);

    static TestCaseData Pairwise(string name, int[] shape, Loss loss, Reduction reduction, Func<double, double, double> value, Func<int[], int, Tensor>? target = null) =>
        Of($"{name} {(Shape)shape} {reduction}", x => loss.Forward(x[0], x[1]), [Any(shape, 1), (target ?? Any)(shape, 2)],
            x => Reduce(NaiveArray.Zip(x[0], x[1], value), reduction));

    static NaiveArray Reduce(NaiveArray losses, Reduction reduction) => reduction switch
    {
        Reduction.None => losses,
        Reduction.Sum => new([], [losses.Data.Sum()]),
        _ => new([], [losses.Data.Sum() / losses.Data.Length]),
    };

    /// <summary>The classes 3, 0, 2, 1, ... for every position of scores whose class dimension is the second, or the only one.</summary>
    static int LabelAt(int place) => (3 + 3 * place + place / 4) % 4;

    static Tensor Labels(int[] shape)
    {
        int[] places = shape.Length == 1 ? [] : [shape[0], .. shape[2..]];
        return Tensor.Indices([.. Enumerable.Range(0, ((Shape)places).ElementCount).Select(place => (long)LabelAt(place))], places);
    }

    static NaiveArray LogSoftmax(NaiveArray x) =>
        x.AlongLines(x.Rank == 1 ? 0 : 1, line => [.. line.Select(v => v - Math.Log(line.Sum(Math.Exp)))]);

    static NaiveArray OfClasses(NaiveArray logs, Tensor? weights, double smoothing, bool ignore, Reduction reduction)
    {
        double[] w = weights?.ToArray() ?? [1, 1, 1, 1];
        (int[] places, double[][] rows) = Rows(logs);
        double total = 0;
        double[] losses = [.. rows.Select((row, place) =>
        {
            int label = LabelAt(place);
            if (ignore && label == Ignored) return 0;
            total += w[label];
            return -(1 - smoothing) * w[label] * row[label] - smoothing / 4 * row.Select((log, c) => w[c] * log).Sum();
        })];
        return reduction == Reduction.Mean ? new([], [losses.Sum() / total]) : Reduce(new(places, losses), reduction);
    }

    static NaiveArray OfProbabilities(NaiveArray logs, NaiveArray target, Tensor? weights, double smoothing, Reduction reduction)
    {
        double[] w = weights?.ToArray() ?? [1, 1, 1, 1];
        (int[] places, double[][] rows) = Rows(logs);
        double[][] shares = Rows(target).Rows;
        return Reduce(new(places, [.. rows.Select((row, place) =>
            -row.Select((log, c) => w[c] * ((1 - smoothing) * shares[place][c] + smoothing / 4) * log).Sum())]), reduction);
    }

    /// <summary>The four scores of every position, in order.</summary>
    static (int[] Places, double[][] Rows) Rows(NaiveArray x)
    {
        int[] places = x.Rank == 1 ? [] : [x.Shape[0], .. x.Shape[2..]];
        return (places, [.. NaiveArray.Indices(places).Select(at =>
            Enumerable.Range(0, 4).Select(c => x.Rank == 1 ? x[c] : x[[at[0], c, .. at[1..]]]).ToArray())]);
    }

    static double Sigma(double z) => 1 / (1 + Math.Exp(-z));

    static Tensor Any(int[] shape, int seed) => Leaf(shape, seed, -2, 2);

    /// <summary>Numbers strictly between 0 and 1.</summary>
    static Tensor Share(int[] shape, int seed) => Leaf(shape, seed, 0.1, 0.9);

    static Tensor Leaf(int[] shape, int seed, double low, double high)
    {
        var random = new Random(seed);
        Tensor leaf = Tensor.From([.. Enumerable.Range(0, ((Shape)shape).ElementCount).Select(_ => low + (high - low) * random.NextDouble())], shape, DType.Float64);
        leaf.RequiresGrad = true;
        return leaf;
    }
}
