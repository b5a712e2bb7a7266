using MyTorch.Differentiation;
using MyTorch.Nn;

namespace MyTorch.Tests;

/// <summary>
/// Every loss against its formula, written here in plain C#; reductions, guards, stability, and errors that name what was mixed up.
/// </summary>
public sealed class LossTests
{
    static readonly double[] s_x = [0.5, -1.25, 2, 0.125, -3, 1.5];
    static readonly double[] s_t = [1, -1, 0.25, 0.125, 2, 1.25];

    static Tensor Matrix(double[] values, int columns = 3) => Tensor.From(values, [values.Length / columns, columns], DType.Float64);

    static Tensor Learned(Tensor tensor)
    {
        tensor.RequiresGrad = true;
        return tensor;
    }

    static IEnumerable<TestCaseData> ElementLosses()
    {
        static TestCaseData Case(string name, Func<Reduction, Loss> loss, Func<double, double> ofDifference) =>
            new TestCaseData(loss, ofDifference).SetArgDisplayNames(name);
        yield return Case("MSE", r => new MSELoss(r), d => d * d);
        yield return Case("L1", r => new L1Loss(r), Math.Abs);
        yield return Case("Huber 1", r => new HuberLoss(reduction: r), d => Math.Abs(d) <= 1 ? d * d / 2 : Math.Abs(d) - 0.5);
        yield return Case("Huber 2.5", r => new HuberLoss(r, 2.5), d => Math.Abs(d) <= 2.5 ? d * d / 2 : 2.5 * (Math.Abs(d) - 1.25));
        yield return Case("SmoothL1 1", r => new SmoothL1Loss(reduction: r), d => Math.Abs(d) < 1 ? d * d / 2 : Math.Abs(d) - 0.5);
        yield return Case("SmoothL1 2.5", r => new SmoothL1Loss(r, 2.5), d => Math.Abs(d) < 2.5 ? d * d / 5 : Math.Abs(d) - 1.25);
        yield return Case("SmoothL1 0", r => new SmoothL1Loss(r, 0), Math.Abs);
    }

    [TestCaseSource(nameof(ElementLosses))]
    public void LossesOfDifferencesFollowTheirFormulas(Func<Reduction, Loss> loss, Func<double, double> formula)
    {
        Tensor x = Learned(Matrix(s_x)), t = Learned(Matrix(s_t));
        double[] expected = [.. s_x.Zip(s_t, (a, b) => formula(a - b))];
        Assert.That(loss(Reduction.None).Forward(x, t).ToArray(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(loss(Reduction.None).Forward(x, t).Shape, Is.EqualTo(x.Shape));
        Assert.That(loss(Reduction.Sum).Forward(x, t).Item(), Is.EqualTo(expected.Sum()).Within(1e-12));
        Assert.That(loss(Reduction.Mean).Forward(x, t).Item(), Is.EqualTo(expected.Sum() / 6).Within(1e-12));
        Assert.That(loss(Reduction.Mean).Forward(2, 2).Item(), Is.EqualTo(0), "scalars");

        // No difference is 0 here: there |d| has no derivative.
        Tensor off = Matrix([0.5, -1.25, 2, 0.75, -3, 1.5]);
        NumericalGradient.AssertMatches(() => loss(Reduction.Mean).Forward(off, t), Learned(off), t);
        NumericalGradient.AssertMatches(() => loss(Reduction.None).Forward(off, t), off);
    }

    [Test]
    public void TheGradientOfAPerfectPredictionIsZero()
    {
        foreach (Loss loss in new Loss[] { new MSELoss(), new L1Loss(), new HuberLoss(), new SmoothL1Loss(), new SmoothL1Loss(beta: 0) })
        {
            Tensor x = Learned(Matrix(s_x));
            using var autograd = new Autograd();
            autograd.Backward(loss.Forward(x, Matrix(s_x)));
            Assert.That(x.Grad!.ToArray(), Has.All.EqualTo(0), loss.GetType().Name);
        }
    }

    static IEnumerable<Loss> SameShapeLosses() =>
        [new MSELoss(), new L1Loss(), new HuberLoss(), new SmoothL1Loss(), new BCELoss(), new BCEWithLogitsLoss(), new KLDivLoss()];

    [TestCaseSource(nameof(SameShapeLosses))]
    public void AColumnAgainstAVectorIsAnErrorThatNamesBothAndTheFix(Loss loss)
    {
        Assert.That(() => loss.Forward(Tensor.Full([4, 1], 0.5), Tensor.Full([4], 0.5)), Throws.ArgumentException
            .With.Message.Contains(loss.GetType().Name).And.Message.Contains("(4, 1)").And.Message.Contains("(4,)").And.Message.Contains("prediction.Reshape([4])"));
        Assert.That(() => loss.Forward(Tensor.Full([4, 2], 0.5), Tensor.Full([4], 0.5)), Throws.ArgumentException
            .With.Message.Contains("same shape").And.Message.Not.Contains("Reshape"));
        Assert.That(() => loss.Forward(null!, Tensor.Ones([1])), Throws.ArgumentNullException);
        Assert.That(() => loss.Forward(Tensor.Ones([1]), null!), Throws.ArgumentNullException);
        Assert.That(() => loss.Forward(Tensor.Full([2], 0.5, DType.Float64), Tensor.Full([2], 0.5)), Throws.InvalidOperationException
            .With.Message.Contains("Float64").And.Message.Contains("Float32"));
    }

    [Test]
    public void SettingsOutsideTheirRangeAreNamed()
    {
        Assert.That(() => new HuberLoss(delta: 0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("δ"));
        Assert.That(() => new HuberLoss(delta: double.PositiveInfinity), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new SmoothL1Loss(beta: -1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("β"));
        Assert.That(() => new CrossEntropyLoss(labelSmoothing: 1.5), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("1.5"));
        Assert.That(() => new CrossEntropyLoss(labelSmoothing: double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MSELoss(Reduction.BatchMean).Forward(Matrix(s_x), Matrix(s_t)), Throws.ArgumentException.With.Message.Contains("MSELoss").And.Message.Contains("BatchMean"));
    }

    static readonly double[] s_p = [0.25, 0.5, 0.75, 0.125, 0.9, 0.6];
    static readonly double[] s_labels = [0, 1, 1, 0.5, 0, 0.25];

    [Test]
    public void BinaryCrossEntropyFollowsItsFormula()
    {
        Tensor p = Learned(Matrix(s_p)), t = Matrix(s_labels);
        double[] expected = [.. s_p.Zip(s_labels, (q, y) => -(y * Math.Log(q) + (1 - y) * Math.Log(1 - q)))];
        Assert.That(new BCELoss(reduction: Reduction.None).Forward(p, t).ToArray(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(new BCELoss(reduction: Reduction.Sum).Forward(p, t).Item(), Is.EqualTo(expected.Sum()).Within(1e-12));
        Assert.That(new BCELoss().Forward(p, t).Item(), Is.EqualTo(expected.Average()).Within(1e-12));
        NumericalGradient.AssertMatches(() => new BCELoss().Forward(p, t), p);

        double[] w = [1, 2, 3];
        double weighted = expected.Select((l, i) => l * w[i % 3]).Average();
        Assert.That(new BCELoss(Tensor.From(w, DType.Float64)).Forward(p, t).Item(), Is.EqualTo(weighted).Within(1e-12), "the weight broadcasts; the mean divides by the count");
    }

    [Test]
    public void BinaryCrossEntropyAtZeroAndOneIsHeldAtAHundred()
    {
        Tensor p = Learned(Tensor.From(new double[] { 0, 1, 0, 1 }, DType.Float64));
        Tensor t = Tensor.From(new double[] { 0, 1, 1, 0 }, DType.Float64);
        using var autograd = new Autograd();
        Tensor losses = new BCELoss(reduction: Reduction.None).Forward(p, t);
        Assert.That(losses.ToArray(), Is.EqualTo(new double[] { 0, 0, 100, 100 }));
        autograd.Backward(losses.Sum());
        double[] slopes = p.Grad!.ToArray();
        Assert.That(slopes[..2], Has.All.EqualTo(0), "right and certain");
        Assert.That(slopes[2], Is.EqualTo(-1 / (double)1e-12f).Within(1), "PyTorch's guard");
        Assert.That(slopes[3], Is.EqualTo(1 / (double)1e-12f).Within(1));
    }

    [Test]
    public void BinaryCrossEntropyOfLogitsFollowsItsFormulaAndIsStable()
    {
        static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
        Tensor z = Learned(Matrix(s_x)), t = Matrix(s_labels);
        double[] expected = [.. s_x.Zip(s_labels, (v, y) => -(y * Math.Log(Sigmoid(v)) + (1 - y) * Math.Log(1 - Sigmoid(v))))];
        Assert.That(new BCEWithLogitsLoss(reduction: Reduction.None).Forward(z, t).ToArray(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(new BCEWithLogitsLoss().Forward(z, t).Item(), Is.EqualTo(expected.Average()).Within(1e-12));
        NumericalGradient.AssertMatches(() => new BCEWithLogitsLoss().Forward(z, t), z);

        double[] w = [3, 1, 0.5];
        double[] positive = [.. Enumerable.Range(0, 6).Select(i => -(w[i % 3] * s_labels[i] * Math.Log(Sigmoid(s_x[i])) + (1 - s_labels[i]) * Math.Log(1 - Sigmoid(s_x[i]))))];
        Tensor element = Tensor.From(new[,] { { 0.5, 2, 0 }, { 1, 3, 0.25 } }, DType.Float64), known = Tensor.Where(element.NotEqualTo(0), z, double.NaN);
        Tensor counted = new BCEWithLogitsLoss(element, Reduction.None).Forward(known, t);
        Assert.That(counted.ToArray(), Is.EqualTo(expected.Zip(element.ToArray(), (loss, weight) => loss * weight)).Within(1e-12), "what has weight 0 counts nothing, even NaN");
        var weighted = new BCEWithLogitsLoss(reduction: Reduction.None, positiveWeight: Tensor.From(w, DType.Float64));
        Assert.That(weighted.Forward(z, t).ToArray(), Is.EqualTo(positive).Within(1e-12));
        NumericalGradient.AssertMatches(() => weighted.Forward(z, t), z);

        Tensor huge = Learned(Tensor.From(new double[] { 1e4, -1e4, 1e4, -1e4 }, DType.Float64));
        using var autograd = new Autograd();
        Tensor losses = new BCEWithLogitsLoss(reduction: Reduction.None).Forward(huge, Tensor.From(new double[] { 1, 0, 0, 1 }, DType.Float64));
        Assert.That(losses.ToArray(), Is.EqualTo(new double[] { 0, 0, 1e4, 1e4 }));
        autograd.Backward(losses.Sum());
        Assert.That(huge.Grad!.ToArray(), Is.EqualTo(new double[] { 0, 0, 1, -1 }));
    }

    [Test]
    public void BinaryLossesTellWhenPredictionsAndTargetsAreSwapped()
    {
        Tensor logits = Tensor.From([-0.5, 2]), labels = Tensor.From(new double[] { 0, 1 });
        Assert.That(() => new BCEWithLogitsLoss().Forward(labels, logits), Throws.ArgumentException
            .With.Message.Contains("target -0.5 at element 0").And.Message.Contains("swapped?"));
        Assert.That(() => new BCELoss().Forward(logits, labels), Throws.ArgumentException
            .With.Message.Contains("prediction -0.5 at element 0").And.Message.Contains("Sigmoid()").And.Message.Contains("swapped?"));
        Assert.That(() => new BCELoss().Forward(labels, logits), Throws.ArgumentException.With.Message.Contains("target -0.5"));
    }

    [Test]
    public void BinaryWeightsThatWouldBlowUpTheLossesAreRefused()
    {
        Tensor half = Tensor.Full([4], 0.5), column = Tensor.Ones([4, 1]);
        Assert.That(() => new BCELoss(column).Forward(half, half), Throws.ArgumentException.With.Message.Contains("(4, 1)").And.Message.Contains("(4,)"));
        Assert.That(() => new BCEWithLogitsLoss(positiveWeight: column).Forward(half, half), Throws.ArgumentException.With.Message.Contains("(4, 1)"));
    }

    [Test]
    public void KullbackLeiblerFollowsItsFormulaAndItsReductions()
    {
        double[] t = [0.5, 0.5, 0, 0.25, 0.25, 0.5];
        Tensor logs = Learned(Matrix([.. s_p.Select(q => Math.Log(q))])), target = Matrix(t);
        double[] expected = [.. t.Zip(s_p, (y, q) => y == 0 ? 0 : y * (Math.Log(y) - Math.Log(q)))];
        Assert.That(new KLDivLoss(reduction: Reduction.None).Forward(logs, target).ToArray(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(new KLDivLoss(reduction: Reduction.Sum).Forward(logs, target).Item(), Is.EqualTo(expected.Sum()).Within(1e-12));
        Assert.That(new KLDivLoss().Forward(logs, target).Item(), Is.EqualTo(expected.Sum() / 6).Within(1e-12));
        Assert.That(new KLDivLoss(reduction: Reduction.BatchMean).Forward(logs, target).Item(), Is.EqualTo(expected.Sum() / 2).Within(1e-12));
        NumericalGradient.AssertMatches(() => new KLDivLoss(reduction: Reduction.BatchMean).Forward(logs, target), logs);

        double[] positive = [0.5, 0.25, 0.25, 0.25, 0.25, 0.5];
        double[] ofLogs = [.. positive.Zip(s_p, (y, q) => y * (Math.Log(y) - Math.Log(q)))];
        var log = new KLDivLoss(Reduction.None, logTarget: true);
        Assert.That(log.Forward(logs, Matrix(positive).Log()).ToArray(), Is.EqualTo(ofLogs).Within(1e-12));
        Assert.That(() => new KLDivLoss(reduction: Reduction.BatchMean).Forward(0, 1), Throws.ArgumentException.With.Message.Contains("scalar"));
    }

    /// <summary>Row by row: log-probability of every class, by the definition.</summary>
    static double[][] LogProbabilities(double[][] rows) =>
        [.. rows.Select(row => row.Select(v => Math.Log(Math.Exp(v) / row.Sum(Math.Exp))).ToArray())];

    static readonly double[][] s_rows = [[0.5, -1.25, 2], [0.125, -3, 1.5], [1, 1, -0.5], [2, 0, 0.25]];
    static readonly long[] s_classes = [2, 0, 1, 0];

    static Tensor Logits() => Learned(Matrix([.. s_rows.SelectMany(r => r)]));

    static Tensor Classes() => Tensor.Indices(s_classes);

    [Test]
    public void CrossEntropyOfClassesFollowsItsFormula()
    {
        double[] expected = [.. LogProbabilities(s_rows).Select((row, i) => -row[s_classes[i]])];
        Tensor x = Logits();
        Assert.That(new CrossEntropyLoss(reduction: Reduction.None).Forward(x, Classes()).ToArray(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(new CrossEntropyLoss(reduction: Reduction.Sum).Forward(x, Classes()).Item(), Is.EqualTo(expected.Sum()).Within(1e-12));
        Assert.That(new CrossEntropyLoss().Forward(x, Classes()).Item(), Is.EqualTo(expected.Average()).Within(1e-12));
        NumericalGradient.AssertMatches(() => new CrossEntropyLoss().Forward(x, Classes()), x);
        NumericalGradient.AssertMatches(() => new CrossEntropyLoss(reduction: Reduction.None).Forward(x, Classes()), x);
        Assert.That(new NLLLoss().Forward(x.LogSoftmax(1), Classes()).Item(), Is.EqualTo(expected.Average()).Within(1e-12));
        NumericalGradient.AssertMatches(() => new NLLLoss(reduction: Reduction.None).Forward(x - 10, Classes()), x);
    }

    [Test]
    public void ClassWeightsDivideTheMeanBySumOfTheWeightsOfTheTargets()
    {
        double[] w = [1, 5, 0.5];
        Tensor weight = Tensor.From(w, DType.Float64), x = Logits();
        double[] expected = [.. LogProbabilities(s_rows).Select((row, i) => -w[s_classes[i]] * row[s_classes[i]])];
        double total = s_classes.Sum(k => w[k]);
        Assert.That(new CrossEntropyLoss(weight, reduction: Reduction.None).Forward(x, Classes()).ToArray(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(new CrossEntropyLoss(weight).Forward(x, Classes()).Item(), Is.EqualTo(expected.Sum() / total).Within(1e-12));
        Assert.That(new NLLLoss(weight).Forward(x.LogSoftmax(1), Classes()).Item(), Is.EqualTo(expected.Sum() / total).Within(1e-12));
        NumericalGradient.AssertMatches(() => new CrossEntropyLoss(weight).Forward(x, Classes()), x);
    }

    [Test]
    public void LabelSmoothingSpreadsPartOfTheTargetOverAllClasses()
    {
        double[] w = [1, 5, 0.5];
        Tensor weight = Tensor.From(w, DType.Float64), x = Logits();
        double[][] logs = LogProbabilities(s_rows);
        const double S = 0.3;
        // Against the smoothed probabilities, class by class.
        double[] plain = [.. logs.Select((row, i) => -row.Select((l, k) => ((k == s_classes[i] ? 1 - S : 0) + S / 3) * l).Sum())];
        double[] weighted = [.. logs.Select((row, i) => -row.Select((l, k) => w[k] * ((k == s_classes[i] ? 1 - S : 0) + S / 3) * l).Sum())];
        Assert.That(new CrossEntropyLoss(labelSmoothing: S).Forward(x, Classes()).Item(), Is.EqualTo(plain.Average()).Within(1e-12));
        Assert.That(new CrossEntropyLoss(weight, reduction: Reduction.None, labelSmoothing: S).Forward(x, Classes()).ToArray(), Is.EqualTo(weighted).Within(1e-12));
        Assert.That(new CrossEntropyLoss(weight, labelSmoothing: S).Forward(x, Classes()).Item(), Is.EqualTo(weighted.Sum() / s_classes.Sum(k => w[k])).Within(1e-12));
        NumericalGradient.AssertMatches(() => new CrossEntropyLoss(weight, labelSmoothing: S).Forward(x, Classes()), x);

        Tensor oneHot = Classes().OneHot(3, DType.Float64);
        Assert.That(new CrossEntropyLoss(labelSmoothing: S).Forward(x, oneHot).Item(), Is.EqualTo(plain.Average()).Within(1e-12), "probabilities are smoothed the same");
    }

    [Test]
    public void IgnoredLabelsCountNothing()
    {
        Tensor x = Logits(), labels = Tensor.Indices(2, -100, 1, -100);
        double[] all = [.. LogProbabilities(s_rows).Select((row, i) => -row[i == 0 ? 2 : 1])];
        Assert.That(new CrossEntropyLoss(reduction: Reduction.None).Forward(x, labels).ToArray(), Is.EqualTo(new[] { all[0], 0, all[2], 0 }).Within(1e-12));
        Assert.That(new CrossEntropyLoss().Forward(x, labels).Item(), Is.EqualTo((all[0] + all[2]) / 2).Within(1e-12));
        Assert.That(new CrossEntropyLoss(labelSmoothing: 0.2, reduction: Reduction.None).Forward(x, labels).ToArray()[1], Is.EqualTo(0));
        Assert.That(new NLLLoss(ignoreIndex: 1).Forward(x.LogSoftmax(1), Tensor.Indices(2, 1, 1, 1)).Item(), Is.EqualTo(all[0]).Within(1e-12));

        using var autograd = new Autograd();
        autograd.Backward(new CrossEntropyLoss().Forward(x, labels));
        Assert.That(x.Grad![1].ToArray(), Has.All.EqualTo(0), "an ignored row has no gradient");
        Assert.That(x.Grad![0].ToArray(), Has.None.EqualTo(0));
    }

    [Test]
    public void AnIgnoredRowMayHoldAnything()
    {
        Tensor x = Learned(Matrix([1, 2, 3, double.NaN, double.PositiveInfinity, 0]));
        Tensor log = Learned(Matrix([-1, -2, -3, double.NaN, double.NegativeInfinity, 0]));
        using var autograd = new Autograd();
        Assert.That(double.IsFinite(new CrossEntropyLoss().Forward(x, Tensor.Indices(0, -100)).Item()));
        autograd.Backward(new NLLLoss().Forward(log, Tensor.Indices(0, -100)));
        Assert.That(log.Grad!.ToArray(), Is.EqualTo(new double[] { -1, 0, 0, 0, 0, 0 }));
    }

    [Test]
    public void ABatchOfIgnoredLabelsHasNoMeanAndNoGradient()
    {
        Tensor x = Logits(), labels = Tensor.Indices(-100, -100, -100, -100);
        using var autograd = new Autograd();
        Tensor mean = new CrossEntropyLoss().Forward(x, labels);
        Assert.That(mean.Item(), Is.NaN, "0/0, as in PyTorch");
        autograd.Backward(mean);
        Assert.That(x.Grad!.ToArray(), Has.All.EqualTo(0), "the parameters must survive such a batch");
        Assert.That(new CrossEntropyLoss(reduction: Reduction.Sum).Forward(x, labels).Item(), Is.EqualTo(0));
    }

    [Test]
    public void ProbabilitiesAsTargetsAreWeighedClassByClass()
    {
        double[][] targets = [[0.5, 0.25, 0.25], [0, 1, 0], [0.125, 0, 0.875], [0.3, 0.3, 0.4]];
        double[] w = [1, 5, 0.5];
        Tensor x = Logits(), t = Learned(Matrix([.. targets.SelectMany(r => r)]));
        double[][] logs = LogProbabilities(s_rows);
        double[] plain = [.. logs.Zip(targets, (l, p) => -l.Zip(p, (a, b) => a * b).Sum())];
        double[] weighted = [.. logs.Zip(targets, (l, p) => -l.Select((a, k) => w[k] * a * p[k]).Sum())];
        Assert.That(new CrossEntropyLoss(reduction: Reduction.None).Forward(x, t).ToArray(), Is.EqualTo(plain).Within(1e-12));
        Assert.That(new CrossEntropyLoss().Forward(x, t).Item(), Is.EqualTo(plain.Average()).Within(1e-12));
        Assert.That(new CrossEntropyLoss(Tensor.From(w, DType.Float64)).Forward(x, t).Item(), Is.EqualTo(weighted.Average()).Within(1e-12), "divided by the rows");
        NumericalGradient.AssertMatches(() => new CrossEntropyLoss().Forward(x, t), x);
    }

    [Test]
    public void LogitsOfAnyRankHaveTheirClassesInDimensionOne()
    {
        // (N, C, 2): position j of row i is the row of logits [i, :, j].
        Tensor x = NumericalGradient.Leaf([2, 3, 2], 4);
        Tensor labels = Tensor.Indices([2, 0, 1, 1], [2, 2]);
        double expected = 0;
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 2; j++)
            {
                double[] row = [x.Item(i, 0, j), x.Item(i, 1, j), x.Item(i, 2, j)];
                expected -= LogProbabilities([row])[0][(int)labels.Item(i, j)] / 4;
            }
        Assert.That(new CrossEntropyLoss().Forward(x, labels).Item(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(new CrossEntropyLoss(reduction: Reduction.None).Forward(x, labels).Shape, Is.EqualTo(Shape.Create([2, 2])));
        NumericalGradient.AssertMatches(() => new CrossEntropyLoss(Tensor.From(new double[] { 1, 2, 3 }, DType.Float64), labelSmoothing: 0.1).Forward(x, labels), x);

        Tensor single = NumericalGradient.Leaf([3], 5);
        Assert.That(new CrossEntropyLoss().Forward(single, Tensor.Indices([1], Shape.Create([]))).Item(), Is.EqualTo(-LogProbabilities([single.ToArray()])[0][1]).Within(1e-12), "one row, without a batch");
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void CrossEntropyIsStableForHugeLogits(DType dtype)
    {
        Tensor labels = Tensor.Indices(0, 0, 1);
        foreach (CrossEntropyLoss loss in new[] { new CrossEntropyLoss(reduction: Reduction.None), new CrossEntropyLoss(Tensor.Ones([2], dtype), reduction: Reduction.None) })
        {
            Tensor x = Learned(Tensor.From([1e4, -1e4, -1e4, 1e4, 1e4, 1e4], [3, 2], dtype));
            using var autograd = new Autograd();
            Tensor losses = loss.Forward(x, labels);
            Assert.That(losses.ToArray(), Is.EqualTo(new[] { 0, 2e4, Math.Log(2) }).Within(dtype == DType.Float32 ? 1e-6 : 1e-11));
            autograd.Backward(losses.Sum());
            Assert.That(x.Grad!.ToArray(), Is.EqualTo(new[] { 0, 0, -1, 1, 0.5, -0.5 }).Within(1e-6));
        }
    }

    [Test]
    public void AnImpossibleClassWithAnInfiniteLogitGivesNoNaN()
    {
        Tensor x = Learned(Matrix([0, 1, double.NegativeInfinity]));
        using var autograd = new Autograd();
        Tensor loss = new CrossEntropyLoss().Forward(x, Tensor.Indices(0));
        Assert.That(loss.Item(), Is.EqualTo(Math.Log(1 + Math.E)).Within(1e-12));
        autograd.Backward(loss);
        Assert.That(x.Grad!.ToArray()[2], Is.EqualTo(0));
        Assert.That(new CrossEntropyLoss().Forward(x, Matrix([1, 0, 0])).Item(), Is.EqualTo(Math.Log(1 + Math.E)).Within(1e-12), "0·(−∞) is 0");
    }

    [Test]
    public void AnEmptyBatchHasASumAndNoMean()
    {
        Tensor none = Tensor.Zeros([0, 3]), labels = Tensor.Indices([], [0]);
        Assert.That(new CrossEntropyLoss(reduction: Reduction.Sum).Forward(none, labels).Item(), Is.EqualTo(0));
        Assert.That(new CrossEntropyLoss().Forward(none, labels).Item(), Is.NaN);
        Assert.That(new MSELoss().Forward(none, none).Item(), Is.NaN);
        Assert.That(new MSELoss(Reduction.Sum).Forward(none, none).Item(), Is.EqualTo(0));
    }

    [Test]
    public void SwappedPredictionsAndLabelsAreNamed()
    {
        Assert.That(() => new CrossEntropyLoss().Forward(Classes(), Logits()), Throws.InvalidOperationException.With.Message.Contains("logits are Int64").And.Message.Contains("swapped?"));
        Assert.That(() => new NLLLoss().Forward(Classes(), Logits()), Throws.InvalidOperationException.With.Message.Contains("labels are Float64").And.Message.Contains("swapped?"));
    }

    [Test]
    public void LabelsOutOfRangeOrOfTheWrongKindAreNamed()
    {
        var loss = new CrossEntropyLoss();
        Assert.That(() => loss.Forward(Logits(), Tensor.Indices(0, 1, 3, 0)), Throws.InstanceOf<ArgumentOutOfRangeException>()
            .With.Message.Contains("label 3 at element 2").And.Message.Contains("0 … 2").And.Message.Contains("3 classes"));
        Assert.That(() => loss.Forward(Logits(), Tensor.Indices(0, -1, 1, 0)), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("label -1 at element 1"));
        Assert.That(() => loss.Forward(Logits(), Tensor.Indices([0, 1, 2, 0], [4, 1])), Throws.ArgumentException.With.Message.Contains("(4, 1)").And.Message.Contains("(4,)"));
        Assert.That(() => loss.Forward(Logits(), Tensor.Indices(0, 1)), Throws.ArgumentException.With.Message.Contains("(2,)").And.Message.Contains("(4,)"));
        Assert.That(() => loss.Forward(Logits(), Tensor.Ones([4], DType.Float64)), Throws.ArgumentException.With.Message.Contains("Int64"));
        Assert.That(() => new NLLLoss().Forward(Logits(), Tensor.Ones([4])), Throws.InvalidOperationException.With.Message.Contains("Int64"));
        Assert.That(() => new CrossEntropyLoss(Tensor.Ones([2], DType.Float64)).Forward(Logits(), Classes()), Throws.ArgumentException.With.Message.Contains("(2,)").And.Message.Contains("3 classes"));
        Assert.That(() => loss.Forward(1, Tensor.Indices(0)), Throws.ArgumentException.With.Message.Contains("scalar"));
        Assert.That(() => loss.Forward(null!, Classes()), Throws.ArgumentNullException);
        Assert.That(() => loss.Forward(Logits(), null!), Throws.ArgumentNullException);
    }

    static IEnumerable<TestCaseData> SmoothLosses()
    {
        static TestCaseData Case(string name, Loss loss, Tensor x, Tensor t) => new TestCaseData(loss, x, t).SetArgDisplayNames(name);
        Tensor weight = Tensor.From(new double[] { 1, 5, 0.5 }, DType.Float64);
        Tensor probabilities = Matrix([0.5, 0.25, 0.25, 0, 1, 0, 0.125, 0, 0.875, 0.3, 0.3, 0.4]);
        yield return Case("MSE", new MSELoss(), Matrix(s_x), Matrix(s_t));
        yield return Case("Huber", new HuberLoss(), Matrix(s_x), Matrix(s_t));
        yield return Case("SmoothL1", new SmoothL1Loss(beta: 0.7), Matrix(s_x), Matrix(s_t));
        yield return Case("BCE", new BCELoss(), Matrix(s_p), Matrix(s_labels));
        yield return Case("BCE of logits", new BCEWithLogitsLoss(positiveWeight: weight), Matrix(s_x), Matrix(s_labels));
        yield return Case("KL", new KLDivLoss(), Matrix(s_x), Matrix(s_p));
        yield return Case("cross entropy", new CrossEntropyLoss(), Logits(), Classes());
        yield return Case("cross entropy, weighted and smoothed", new CrossEntropyLoss(weight, labelSmoothing: 0.2), Logits(), Classes());
        yield return Case("cross entropy, ignoring", new CrossEntropyLoss(ignoreIndex: 0), Logits(), Classes());
        yield return Case("cross entropy of probabilities", new CrossEntropyLoss(weight), Logits(), probabilities);
    }

    [TestCaseSource(nameof(SmoothLosses))]
    public void LossesHaveASecondDerivative(Loss loss, Tensor x, Tensor target) =>
        GradientCheck.VerifyMany(at => loss.Forward(at[0], target).Square(), [Learned(x)], GradientCheckMode.Second);
}
