using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Training;

/// <summary>
/// The scores of the simplest predictions, beside which that of a model is read: the constant answer and a linear model, both fitted on the
/// training rows.
/// </summary>
/// <param name="Constant">The score of the most frequent class of the training rows, or of their mean.</param>
/// <param name="Linear">The score of a linear model: softmax regression, or linear regression with a small weight decay.</param>
/// <param name="MostFrequent">The most frequent class; −1 for a regression.</param>
public sealed record Baselines(double Constant, double Linear, int MostFrequent)
{
    const int Steps = 1500, BatchSize = 128;

    const double LearningRate = 0.02, WeightDecay = 0.01;

    // With thousands of classes even a linear model takes minutes.
    const double MostSeconds = 15;

    /// <summary>Fits both on the training rows and scores them on others: accuracy, 0 to 1, or R².</summary>
    /// <param name="train">The training rows, standardized.</param>
    /// <param name="test">The rows to score on, standardized by the same standardizer.</param>
    /// <param name="seed">The seed of the order of the rows.</param>
    /// <param name="cancellation">Ends the training of the linear model early.</param>
    /// <exception cref="ArgumentException">The two data sets have other features, classes or scales.</exception>
    public static Baselines Of(Dataset train, Dataset test, int seed = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        test = test.AlignedWith(train);
        var linear = new MLP(train.FeatureCount, [], train.OutputCount, dtype: train.Inputs.DType, generator: new Generator(seed));
        double epoch = new Recipe { Hidden = [], BatchSize = BatchSize, Epochs = 1 }.NominalSeconds(train);
        int epochs = (int)Math.Max(1, Math.Min(Steps * BatchSize / Math.Max(train.Count, BatchSize), MostSeconds / epoch));
        Trainer.Fit(linear, train, new TrainerOptions
        {
            Epochs = epochs,
            BatchSize = BatchSize,
            Seed = seed,
            Optimizer = parameters => new AdamW(parameters, LearningRate, weightDecay: WeightDecay),
            Schedule = optimizer => new CosineAnnealing(optimizer, epochs),
            MaxGradientNorm = 10,
            LookForMistakes = false,
        }, cancellation: cancellation);
        double score = train.IsClassification ? Metrics.Accuracy(linear, test) : Metrics.R2(linear, test);
        return train.IsClassification ? OfClass(train, test, score) : new Baselines(OfMean(train, test), score, -1);
    }

    static Baselines OfClass(Dataset train, Dataset test, double linear)
    {
        var rows = new int[train.ClassCount];
        foreach (long label in train.Labels.ToInt64Array()) rows[label]++;
        int most = Array.IndexOf(rows, rows.Max());
        return new Baselines((double)test.Labels.ToInt64Array().Count(label => label == most) / test.Count, linear, most);
    }

    // The mean of the training rows differs a little from that of the test rows, so its R² is a little below 0.
    static double OfMean(Dataset train, Dataset test)
    {
        int targets = train.OutputCount;
        double[] known = train.Targets.ToArray(), truth = test.Targets.ToArray();
        return Enumerable.Range(0, targets).Average(t =>
        {
            double[] column = [.. truth.Where((_, i) => i % targets == t)];
            double guess = known.Where((_, i) => i % targets == t).Average(), mean = column.Average();
            return 1 - column.Sum(y => (y - guess) * (y - guess)) / column.Sum(y => (y - mean) * (y - mean));
        });
    }
}
