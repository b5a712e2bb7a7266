using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Training;

namespace MyTorch.Reports;

/// <summary>The score of a linear model (logistic or linear regression) on the same rows: what a network must beat to be worth its trouble.</summary>
static class LinearBaseline
{
    const int MostRows = 20_000, Steps = 3000, BatchSize = 64;

    // The weights of more numbers than this would take longer than the rest of the report.
    const long MostWork = 20_000_000_000;

    /// <summary>Trains it, in a second or two; nothing if it would take longer, or does not train.</summary>
    internal static IReadOnlyList<ReportBaseline> Of(Dataset train, Dataset test, int seed, CancellationToken cancellation)
    {
        if ((long)Steps * BatchSize * 6 * train.FeatureCount * train.OutputCount > MostWork) return [];
        Dataset rows = train.Count <= MostRows ? train : train.Select(new Generator(seed).Permutation(train.Count)[..MostRows]);
        int batch = Math.Min(BatchSize, rows.Count), perEpoch = (rows.Count + batch - 1) / batch;
        var model = new Sequential(new Linear(train.FeatureCount, train.OutputCount, dtype: train.Inputs.DType, generator: new Generator(seed)));
        TrainingOutcome outcome = Trainer.Fit(model, rows, new TrainerOptions
        {
            Epochs = Math.Clamp(Steps / perEpoch, 1, 200),
            BatchSize = batch,
            Seed = seed,
            Optimizer = parameters => new Adam(parameters, 0.01, weightDecay: 1e-4),
            Schedule = optimizer => new CosineAnnealing(optimizer, Math.Clamp(Steps / perEpoch, 1, 200)),
        }, cancellation: cancellation);
        cancellation.ThrowIfCancellationRequested();
        if (outcome.Reason == StopReason.Diverged) return [];
        double score = test.IsClassification ? new ClassPredictions(model, test).Accuracy : Mean(new NumberPredictions(model, test), test.OutputCount);
        return double.IsFinite(score) ? [new ReportBaseline(train.IsClassification ? "a linear model (logistic regression)" : "a linear model", score)] : [];
    }

    static double Mean(NumberPredictions numbers, int targets) => Enumerable.Range(0, targets).Average(numbers.R2);
}
