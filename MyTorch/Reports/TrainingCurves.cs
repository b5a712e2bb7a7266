using MyTorch.Training;

namespace MyTorch.Reports;

/// <summary>
/// What happened from epoch to epoch, for a <see cref="TrainingReport"/>. Each list has one number per epoch; the first is of epoch 0,
/// before training. An empty list has no plot, and NaN is a gap.
/// </summary>
public sealed record TrainingCurves
{
    /// <summary>The mean loss of the training rows.</summary>
    public IReadOnlyList<double> Loss { get; init; } = [];

    /// <summary>The mean loss of the validation rows.</summary>
    public IReadOnlyList<double> ValidationLoss { get; init; } = [];

    /// <summary>The score of the training rows: accuracy, 0 to 1, or R².</summary>
    public IReadOnlyList<double> Score { get; init; } = [];

    /// <summary>The score of the validation rows.</summary>
    public IReadOnlyList<double> ValidationScore { get; init; } = [];

    /// <summary>The learning rate.</summary>
    public IReadOnlyList<double> LearningRate { get; init; } = [];

    /// <summary>The epoch whose parameters the model has, if it is not the last one.</summary>
    public int? BestEpoch { get; init; }

    /// <summary>The curves of a training by <see cref="Trainer"/>.</summary>
    public static TrainingCurves Of(TrainingOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        TrainingHistory history = outcome.History;
        bool validated = history.Any(epoch => epoch.ValidationLoss is not null);
        return new TrainingCurves
        {
            Loss = history.Losses,
            Score = [.. history.Select(epoch => epoch.Score)],
            ValidationLoss = validated ? [.. history.Select(epoch => epoch.ValidationLoss ?? double.NaN)] : [],
            ValidationScore = validated ? [.. history.Select(epoch => epoch.ValidationScore ?? double.NaN)] : [],
            LearningRate = [.. history.Select(epoch => epoch.LearningRate)],
            BestEpoch = outcome.BestEpoch < outcome.Epochs ? outcome.BestEpoch : null,
        };
    }

    internal int Epochs =>
        Math.Max(0, new[] { Loss.Count, ValidationLoss.Count, Score.Count, ValidationScore.Count, LearningRate.Count }.Max() - 1);
}
