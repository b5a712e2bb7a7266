using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Training;

namespace MyTorch.Tests.Training;

/// <summary>Cross-validation and the baselines beside a score.</summary>
public class CrossValidationTests
{
    static readonly TrainerOptions s_options = new() { Epochs = 20, Optimizer = p => new SGD(p, 0.05, momentum: 0.9) };

    // Three clusters, in units that need scaling; a missing value in the first row.
    static Dataset Raw(int rows = 60)
    {
        var random = new Generator(2);
        double[] x = [.. Enumerable.Range(0, rows).SelectMany(i => new[] { 1000 + 50 * (i % 3) + 5 * random.NextGaussian(), random.NextGaussian() })];
        x[1] = double.NaN;
        return new Dataset(Tensor.From(x, [rows, 2], DType.Float32), Tensor.Indices([.. Enumerable.Range(0, rows).Select(i => (long)(i % 3))]));
    }

    static MLP Model(Dataset train) => new(train.FeatureCount, [8], train.OutputCount, generator: new Generator(0));

    [Test]
    public void EveryFoldIsPreparedTrainedAndScoredByItself()
    {
        CrossValidationResult result = CrossValidation.Run(Model, Raw(), s_options, folds: 4);

        Assert.That(result.Folds.Select(f => (f.Fold, f.TrainRows, f.TestRows)), Is.EqualTo(new[] { (1, 45, 15), (2, 45, 15), (3, 45, 15), (4, 45, 15) }));
        Assert.That(result.Mean, Is.GreaterThan(0.95).And.EqualTo(result.Folds.Average(f => f.Score)));
        Assert.That(result.MeanConstant, Is.EqualTo(1 / 3.0).Within(1e-12));
        Assert.That(result.MeanLinear, Is.GreaterThan(0.95));

        // The first fold again, by hand.
        var (train, test) = Raw().Folds(4)[0];
        Imputer imputer = Imputer.Fit(train);
        Standardizer scaler = Standardizer.Fit(imputer.Apply(train));
        (train, test) = (scaler.Apply(imputer.Apply(train)), scaler.Apply(imputer.Apply(test)));
        MLP model = Model(train);
        Trainer.Fit(model, train, s_options);
        Assert.That(result.Folds[0].Score, Is.EqualTo(Metrics.Accuracy(model, test)));
        Assert.That(result.Folds[0].Loss, Is.EqualTo(new CrossEntropyLoss().Forward(model.Forward(test.Inputs), test.Labels).Item()).Within(1e-6));
    }

    [Test]
    [SetCulture("de-DE")]
    public void TheTableHasALinePerFoldAndTheMean()
    {
        string[] lines = CrossValidation.Run(Model, Raw(), s_options with { Epochs = 1 }, folds: 3).ToString().Split('\n');
        Assert.That(lines, Has.Length.EqualTo(7));
        Assert.That(lines[0], Is.EqualTo("fold       training rows  test rows  accuracy  on training rows  constant  linear  epochs"));
        Assert.That(lines[2], Does.StartWith("1          40             20         0."));
        Assert.That(lines[5], Does.StartWith("mean "));
        Assert.That(lines[6], Does.StartWith("deviation "));
    }

    [Test]
    public void RegressionAndGroups()
    {
        var random = new Generator(4);
        double[] x = [.. Enumerable.Range(0, 80).Select(_ => 100 * random.NextGaussian())];
        var data = new Dataset(Tensor.From(x, [80, 1], DType.Float32), Tensor.From([.. x.Select(v => 3 * v + 7)], [80, 1], DType.Float32));
        CrossValidationResult result = CrossValidation.Run(Model, data, s_options, folds: 4, groups: [.. Enumerable.Range(0, 80).Select(i => $"{i / 4}")]);

        Assert.That(result.IsClassification, Is.False);
        Assert.That(result.Mean, Is.GreaterThan(0.95));
        Assert.That(result.MeanLinear, Is.GreaterThan(0.999));
        Assert.That(result.MeanConstant, Is.LessThanOrEqualTo(0).And.GreaterThan(-0.5));
    }

    [Test]
    public void LeakingOrCancelledRunsAreErrors()
    {
        Dataset data = Raw().Select([.. Enumerable.Range(1, 59)]);
        Dataset scaled = Standardizer.Fit(data).Apply(data);
        Assert.That(() => CrossValidation.Run(Model, scaled), Throws.InvalidOperationException.With.Message.Contains("leaked"));
        Assert.That(() => CrossValidation.Run(Model, data, new TrainerOptions { Validation = data }), Throws.ArgumentException.With.Message.Contains("use ValidationShare"));
        Assert.That(() => CrossValidation.Run(_ => null!, data), Throws.ArgumentException.With.Message.Contains("returned null"));
        Assert.That(() => CrossValidation.Run(Model, data, s_options, cancellation: new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void TheConstantAnswerIsThatOfTheTrainingRows()
    {
        Dataset train = new(Tensor.From([1, 2, 3, 4.0], [4, 1], DType.Float32), Tensor.Indices(1, 1, 1, 0));
        Dataset test = new(Tensor.From([1, 2, 3, 4.0], [4, 1], DType.Float32), Tensor.Indices(1, 0, 0, 0));
        Assert.That(Baselines.Of(train, test) is { Constant: 0.25, MostFrequent: 1 }, Is.True);

        // The mean of the training rows is 2, of the test rows 1: R² = 1 − (4 + 4 + 2·0)/(...)
        train = new(Tensor.From([1, 2.0], [2, 1], DType.Float64), Tensor.From([1, 3.0], [2, 1], DType.Float64));
        test = new(Tensor.From([1, 2.0], [2, 1], DType.Float64), Tensor.From([0, 2.0], [2, 1], DType.Float64));
        Assert.That(Baselines.Of(train, test).Constant, Is.EqualTo(1 - (4 + 0) / 2.0));
    }
}
