using MyTorch.Data;

namespace MyTorch.Tests.Data;

/// <summary>
/// Precision, recall, F1, balanced accuracy, ROC AUC, log loss, MAE, RMSE and R² with and without row weights. The expected values were
/// computed with scikit-learn 1.2.1 (numpy 1.24.2): precision_recall_fscore_support, balanced_accuracy_score, roc_auc_score with
/// multi_class='ovr', log_loss, mean_absolute_error, mean_squared_error with squared=False, r2_score.
/// </summary>
public sealed class ScoreTests
{
    static readonly long[] s_labels = [0, 1, 0, 1, 1, 2, 0, 2, 0, 0, 0, 2, 1, 2, 2, 0, 1, 1, 1, 1, 0, 1, 0, 0];

    // Evidence for each class; divided by its sum, probabilities. Several are equal.
    static readonly double[] s_evidence =
    [
        12, 7, 8, 9, 11, 5, 11, 2, 6, 2, 13, 5, 4, 7, 7, 5, 6, 5, 10, 6, 6, 9, 6, 8, 8, 7, 1, 10, 6, 3, 6, 4, 4, 6, 5, 13,
        2, 7, 2, 6, 3, 9, 3, 2, 6, 10, 2, 3, 4, 12, 2, 8, 6, 9, 5, 13, 6, 7, 5, 3, 6, 3, 2, 4, 8, 2, 11, 6, 3, 9, 2, 6,
    ];

    static readonly double[] s_weights =
        [1.75, 0.75, 1.25, 0, 1.5, 0.5, 0.25, 1.25, 0, 1.75, 0, 1.25, 0.5, 1.5, 2, 0.5, 1.25, 1.25, 1.25, 0.5, 2, 1, 1.75, 1.5];

    static Tensor Labels => Tensor.Indices(s_labels);

    static Tensor Evidence => Tensor.From(s_evidence, [24, 3], DType.Float64);

    static Tensor Probabilities => Evidence / Evidence.Sum(1, keepDim: true);

    static Tensor? Weights(bool weighted) => weighted ? Tensor.From(s_weights, DType.Float64) : null;

    [TestCase(
        false, new[] { 0.8333333333333334, 0.875, 0.75 }, new[] { 1.0, 0.7777777777777778, 0.6 },
        new[] { 0.9090909090909091, 0.823529411764706, 0.6666666666666665 }, new[] { 10.0, 9, 5 })]
    [TestCase(
        true, new[] { 0.86, 0.9259259259259259, 0.7916666666666666 }, new[] { 1.0, 0.78125, 0.7307692307692307 },
        new[] { 0.924731182795699, 0.847457627118644, 0.76 }, new[] { 10.75, 8, 6.5 })]
    public void EachClassHasTheScoresOfScikitLearn(bool weighted, double[] precision, double[] recall, double[] f1, double[] support)
    {
        foreach (Tensor predictions in (Tensor[])[Evidence, Evidence.ArgMax(1)])
        {
            IReadOnlyList<ClassScore> scores = Metrics.PerClass(predictions, Labels, weights: Weights(weighted));
            Assert.That(scores.Select(score => score.Precision), Is.EqualTo(precision).Within(1e-15));
            Assert.That(scores.Select(score => score.Recall), Is.EqualTo(recall).Within(1e-15));
            Assert.That(scores.Select(score => score.F1), Is.EqualTo(f1).Within(1e-15));
            Assert.That(scores.Select(score => score.Support), Is.EqualTo(support));
        }
    }

    [TestCase(false, Averaging.Macro, 0.8194444444444445, 0.7925925925925926, 0.799762329174094, 0.9423698134224451)]
    [TestCase(false, Averaging.Weighted, 0.8315972222222223, 0.8333333333333334, 0.8265002970885322, 0.9465538847117796)]
    [TestCase(true, Averaging.Macro, 0.8591975308641975, 0.8373397435897436, 0.8440629366381144, 0.954448537321977)]
    [TestCase(true, Averaging.Weighted, 0.8632966629996331, 0.8613861386138614, 0.8578424250298186, 0.9599347850827061)]
    public void AveragesAreThoseOfScikitLearn(bool weighted, Averaging averaging, double precision, double recall, double f1, double area)
    {
        Tensor? weights = Weights(weighted);
        Assert.That(Metrics.Precision(Evidence, Labels, averaging, weights: weights), Is.EqualTo(precision).Within(1e-15));
        Assert.That(Metrics.Recall(Evidence, Labels, averaging, weights: weights), Is.EqualTo(recall).Within(1e-15));
        Assert.That(Metrics.F1(Evidence, Labels, averaging, weights: weights), Is.EqualTo(f1).Within(1e-15));
        Assert.That(Metrics.RocAuc(Probabilities, Labels, averaging, weights), Is.EqualTo(area).Within(1e-15));
    }

    [TestCase(false, 0.7925925925925926, 0.8333333333333334, 0.7239162681391402, 0.8962962962962964, 0.45925570138176647)]
    [TestCase(true, 0.8373397435897436, 0.8613861386138614, 0.7159645608992377, 0.9180253623188406, 0.4288410703940862)]
    public void ScoresOfAllRowsAreThoseOfScikitLearn(bool weighted, double balanced, double accuracy, double loss, double area, double lossOfOne)
    {
        Tensor? weights = Weights(weighted);
        Assert.That(Metrics.BalancedAccuracy(Evidence, Labels, weights: weights), Is.EqualTo(balanced).Within(1e-15));
        Assert.That(weights is null ? Metrics.Accuracy(Evidence, Labels) : Metrics.Accuracy(Evidence, Labels, weights), Is.EqualTo(accuracy).Within(1e-15));
        Assert.That(Metrics.LogLoss(Probabilities, Labels, weights), Is.EqualTo(loss).Within(1e-15));

        // Class 1 against the rest: scores of any size, with ties; and one probability a row.
        Tensor one = Tensor.Indices([.. s_labels.Select(label => label == 1 ? 1L : 0)]);
        Tensor scores = Evidence.Transpose(0, 1)[1], probability = Probabilities.Transpose(0, 1)[1];
        Assert.That(Metrics.RocAuc(scores, one, weights: weights), Is.EqualTo(area).Within(1e-15));
        Assert.That(Metrics.LogLoss(probability, one, weights), Is.EqualTo(lossOfOne).Within(1e-15));
        Tensor both = Tensor.Stack([1 - probability, probability], 1);
        Assert.That(Metrics.LogLoss(both, one, weights), Is.EqualTo(lossOfOne).Within(1e-15));
        Assert.That(Metrics.RocAuc(both, one), Is.EqualTo(Metrics.RocAuc(probability, one)));
    }

    [TestCase(false, 0.3489583333333333, 0.4026280852101602, 0.950790513833992)]
    [TestCase(true, 0.34529702970297027, 0.4055684608036081, 0.9545906049566103)]
    public void ErrorsOfTwoTargetsAreThoseOfScikitLearn(bool weighted, double mae, double rmse, double r2)
    {
        double[] t = [.. Enumerable.Range(0, 48).Select(i => i % 2 == 0 ? i / 2 * 0.5 : i / 2 % 5 - 2.0)];
        Tensor targets = Tensor.From(t, [24, 2], DType.Float64);
        Tensor predictions = Tensor.From([.. t.Select((value, i) => value + (i * 7 % 11 - 5) / 8.0)], [24, 2], DType.Float64);
        Tensor? weights = Weights(weighted);
        Assert.That(Metrics.MeanAbsoluteError(predictions, targets, weights), Is.EqualTo(mae).Within(1e-15));
        Assert.That(Metrics.RootMeanSquaredError(predictions, targets, weights), Is.EqualTo(rmse).Within(1e-15));
        Assert.That(weights is null ? Metrics.R2(predictions, targets) : Metrics.R2(predictions, targets, weights), Is.EqualTo(r2).Within(1e-15));
        Assert.That(Metrics.R2(predictions, targets, Tensor.Ones([24])), Is.EqualTo(Metrics.R2(predictions, targets)).Within(1e-15));
    }

    [Test]
    public void EqualScoresCountHalf()
    {
        Tensor labels = Tensor.Indices(0, 0, 1, 1);
        Assert.That(Metrics.RocAuc(Tensor.From([1, 1, 1, 1]), labels), Is.EqualTo(0.5));
        Assert.That(Metrics.RocAuc(Tensor.From([1, 2, 2, 3]), labels), Is.EqualTo(3.5 / 4));
        Assert.That(Metrics.RocAuc(Tensor.From([3, 2, 1, double.NegativeInfinity]), labels), Is.EqualTo(0));
    }

    [Test]
    public void AProbabilityOfZeroHasAFiniteLossAsInScikitLearn()
    {
        // log_loss([0, 1], [[0., 1.], [0., 1.]]) of scikit-learn 1.2.1 is 18.021826694558577.
        Assert.That(Metrics.LogLoss(Tensor.From([0, 1, 0, 1], [2, 2], DType.Float64), Tensor.Indices(0, 1)), Is.EqualTo(18.021826694558577).Within(1e-14));
    }

    [Test]
    public void WhatIsNotDefinedForAClassIsNaNAndAnAverageOverItAnError()
    {
        Tensor predictions = Tensor.Indices(0, 1, 2, 0), labels = Tensor.Indices(0, 0, 0, 3);
        IReadOnlyList<ClassScore> scores = Metrics.PerClass(predictions, labels, classes: 5);
        Assert.That(scores[1], Is.EqualTo(new ClassScore(0, double.NaN, 0, 0)), "predicted, but without rows");
        Assert.That(scores[3], Is.EqualTo(new ClassScore(0, 0, 0, 1)), "never predicted");
        Assert.That(scores[4], Is.EqualTo(new ClassScore(double.NaN, double.NaN, double.NaN, 0)));
        Assert.That(() => Metrics.BalancedAccuracy(predictions, labels, 5), Throws.ArgumentException
            .With.Message.Contains("3 of 5 classes have no rows (1, 2, 4)").And.Message.Contains("skipAbsent: true"));
        Assert.That(() => Metrics.F1(predictions, labels), Throws.ArgumentException.With.Message.Contains("2 of 4"));
        Assert.That(Metrics.BalancedAccuracy(predictions, labels, 5, skipAbsent: true), Is.EqualTo((1.0 / 3 + 0) / 2));
        Assert.That(Metrics.Recall(predictions, labels, Averaging.Weighted), Is.EqualTo(0.25));
        Assert.That(() => Metrics.RocAuc(Tensor.From([1, 2]), Tensor.Indices(1, 1)), Throws.ArgumentException.With.Message.Contains("1 of 2 classes have no rows (0)"));
        Assert.That(Metrics.RocAuc(Tensor.From([1, 2]), Tensor.Indices(1, 1), skipAbsent: true), Is.NaN);
    }

    static readonly TestCaseData[] s_wrong =
    [
        Wrong(() => Metrics.PerClass(Tensor.Indices(0, 1), Tensor.Indices(0)), "(2,) Int64 for 1 label"),
        Wrong(() => Metrics.PerClass(Tensor.Indices([]), Tensor.Indices([])), "at least one"),
        Wrong(() => Metrics.PerClass(Tensor.From([0, double.NaN], [1, 2]), Tensor.Indices(0)), "row 0 hold NaN"),
        Wrong(() => Metrics.PerClass(Tensor.Indices(0, 3), Tensor.Indices(0, 1), classes: 2), "row 1 has the class 1 and the prediction 3"),
        Wrong(() => Metrics.F1(Tensor.Indices(0, 1), Tensor.Indices(0, 1), weights: Tensor.Ones([3])), "weights are (3,) Float32"),
        Wrong(() => Metrics.F1(Tensor.Indices(0, 1), Tensor.Indices(0, 1), weights: Tensor.From([1, -2])), "weight of row 1 is -2"),
        Wrong(() => Metrics.F1(Tensor.Indices(0, 1), Tensor.Indices(0, 1), weights: Tensor.From([1, double.NaN])), "weight of row 1 is NaN"),
        Wrong(() => Metrics.F1(Tensor.Indices(0, 1), Tensor.Indices(0, 1), weights: Tensor.Zeros([2])), "all weights are 0"),
        Wrong(() => Metrics.RocAuc(Tensor.From([1, double.NaN]), Tensor.Indices(0, 1)), "row 1 holds NaN"),
        Wrong(() => Metrics.RocAuc(Tensor.From([1, 2]), Tensor.Indices(0, 2)), "row 1 has the class 2"),
        Wrong(() => Metrics.RocAuc(Tensor.From([3, -2, 1, 1], [2, 2]), Tensor.Indices(0, 1)), "not a probability", "Softmax(1)"),
        Wrong(() => Metrics.RocAuc(Tensor.From([1, 2, 3]), Tensor.Indices(0, 1)), "(3,) Float32 for 2 label"),
        Wrong(() => Metrics.LogLoss(Tensor.From([0.5, 0.4, 1, 0], [2, 2]), Tensor.Indices(0, 1)), "row 0 have the sum 0.9"),
        Wrong(() => Metrics.LogLoss(Tensor.From([1.5, 0.5]), Tensor.Indices(0, 1)), "row 0 holds 1.5"),
        Wrong(() => Metrics.LogLoss(Tensor.From([double.NaN, 0.5]), Tensor.Indices(0, 1)), "row 0 holds NaN"),
        Wrong(() => Metrics.LogLoss(Tensor.Ones([1, 1]), Tensor.Indices(0)), "two classes or more"),
        Wrong(() => Metrics.MeanAbsoluteError(Tensor.Ones([3]), Tensor.Ones([3, 1])), "(3,)", "(3, 1)", "Reshape"),
        Wrong(() => Metrics.MeanAbsoluteError(Tensor.Ones([0]), Tensor.Ones([0])), "at least one row"),
        Wrong(() => Metrics.RootMeanSquaredError(Tensor.From([1, double.NaN]), Tensor.Ones([2])), "prediction of row 1 is NaN"),
        Wrong(() => Metrics.RootMeanSquaredError(Tensor.Ones([2, 2]), Tensor.From([1, 2, double.NaN, 4], [2, 2])), "target of row 1 is NaN"),
        Wrong(() => Metrics.RootMeanSquaredError(Tensor.Indices(1), Tensor.Ones([1])), "Int64", "Use Accuracy"),
        Wrong(() => ClassWeights.Balanced(Tensor.Indices(0, 3), 3), "row 1 has the class 3"),
        Wrong(() => ClassWeights.Balanced(Tensor.Ones([2]), 3), "Float32"),
    ];

    static TestCaseData Wrong(Func<object> call, params string[] parts) => new TestCaseData(call, parts).SetArgDisplayNames(parts[0]);

    [TestCaseSource(nameof(s_wrong))]
    public void WhatCannotBeScoredIsNamed(Func<object> call, string[] parts)
    {
        Exception? thrown = Assert.Catch<ArgumentException>(() => call());
        foreach (string part in parts) Assert.That(thrown!.Message, Does.Contain(part));
    }

    [TestCase(8, 10, 0.95, 0.4901624715366418, 0.9433178485456248)]
    [TestCase(263, 263, 0.95, 0.9856039655993808, 1)]
    [TestCase(0, 30, 0.99, 0, 0.1811086482181108)]
    [TestCase(870, 1000, 0.9, 0.851503992639892, 0.8864993073626855)]
    public void TheIntervalOfAnAccuracyIsWilsons(int right, int rows, double level, double low, double high)
    {
        // scipy 1.10.1: binomtest(right, rows).proportion_ci(level, 'wilson').
        var interval = ScoreInterval.OfShare(right, rows, level);
        Assert.That((interval.Low, interval.High, interval.Level), Is.EqualTo((low, high, level)).Within(1e-14));
        Assert.That(() => ScoreInterval.OfShare(11, 10), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("0 to 10"));
        Assert.That(() => ScoreInterval.OfShare(1, 10, 95), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("such as 0.95"));
    }

    [Test]
    public void TheBootstrapIntervalHoldsTheMeanAsOftenAsItSaysAndIsRepeatable()
    {
        // The mean of 40 normal numbers around 0, as the mean error.
        int held = 0;
        for (int experiment = 0; experiment < 100; experiment++)
        {
            Tensor x = Tensor.Randn([40], DType.Float64, new Generator(experiment));
            var interval = ScoreInterval.Bootstrap(x, x, (p, _) => p.Mean().Item(), samples: 200, generator: new Generator(experiment));
            if (interval.Low <= 0 && interval.High >= 0) held++;
        }
        Assert.That(held, Is.InRange(86, 99));

        Tensor y = Tensor.Randn([50, 1], DType.Float64, new Generator(1)), near = y + 0.1 * Tensor.Randn([50, 1], DType.Float64, new Generator(2));
        ScoreInterval first = ScoreInterval.Bootstrap(near, y, (p, t) => Metrics.R2(p, t)), second = ScoreInterval.Bootstrap(near, y, (p, t) => Metrics.R2(p, t));
        Assert.That(second, Is.EqualTo(first));
        Assert.That(Metrics.R2(near, y), Is.InRange(first.Low, first.High));
        Assert.That(first.High - first.Low, Is.InRange(0.0005, 0.05));
    }

    [Test]
    public void SamplesWithoutAScoreAreDrawnAgainAndTooManyAreAnError()
    {
        Tensor labels = Tensor.Indices(0, 0, 0, 1), scores = Tensor.From([1, 2, 3, 2.5]);
        var interval = ScoreInterval.Bootstrap(scores, labels, (s, l) => Metrics.RocAuc(s, l, skipAbsent: true), samples: 100);
        Assert.That((interval.Low, interval.High), Is.EqualTo((0, 1)));
        Assert.That(() => ScoreInterval.Bootstrap(scores, labels, (_, _) => double.NaN), Throws.ArgumentException.With.Message.Contains("not defined"));
        Assert.That(() => ScoreInterval.Bootstrap(scores, Tensor.Indices(0), (_, _) => 1), Throws.ArgumentException.With.Message.Contains("(4,)"));
    }

    [Test]
    public void BalancedWeightsAreThoseOfScikitLearn()
    {
        // compute_class_weight('balanced', classes=[0, 1, 2], y=[0, 0, 0, 1, 2, 2])
        Tensor weights = ClassWeights.Balanced(Tensor.Indices(0, 0, 0, 1, 2, 2), 3, DType.Float64);
        Assert.That(weights.ToArray(), Is.EqualTo(new[] { 6 / 9.0, 2, 1 }).Within(1e-15));
        Assert.That(ClassWeights.Balanced(Tensor.Indices(0, 2), 3).ToArray(), Is.EqualTo(new[] { 1, 0, 1 }));
    }
}
