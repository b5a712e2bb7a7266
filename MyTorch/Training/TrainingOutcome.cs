namespace MyTorch.Training;

/// <summary>Why a training ended.</summary>
public enum StopReason
{
    /// <summary>All epochs were run.</summary>
    Finished,

    /// <summary>The validation loss did not become lower for <see cref="TrainerOptions.Patience"/> epochs.</summary>
    Early,

    /// <summary>The token was cancelled. The model has the parameters of the last step, or of the best epoch.</summary>
    Cancelled,

    /// <summary>The loss or a gradient became NaN or infinite, or the loss grew. <see cref="TrainingOutcome.Explanation"/> says why.</summary>
    Diverged,
}

/// <summary>A usual mistake that <see cref="Trainer"/> recognised.</summary>
public enum Mistake
{
    /// <summary>The loss did not decrease.</summary>
    LossDoesNotMove,

    /// <summary>The classes are numbered from 1 instead of 0.</summary>
    LabelsFromOne,

    /// <summary>The training rows have no example of a class.</summary>
    ClassMissing,

    /// <summary>Features have large values or very different scales.</summary>
    UnscaledInputs,

    /// <summary>The target of a regression has a large mean or deviation.</summary>
    UnscaledTarget,

    /// <summary>The model ends with a softmax, which <see cref="Nn.CrossEntropyLoss"/> already contains.</summary>
    SoftmaxBeforeCrossEntropy,

    /// <summary>One feature alone tells the target.</summary>
    TargetLeaked,

    /// <summary>Parameters of the model receive no gradient or are not moved by the optimizer.</summary>
    ParametersNotTrained,
}

/// <summary>A mistake that was recognised, in a sentence that says what was found and what to do.</summary>
/// <param name="Mistake">The mistake, for programs.</param>
/// <param name="Sentence">What was found, and a fix.</param>
public sealed record TrainingWarning(Mistake Mistake, string Sentence)
{
    /// <summary>The column of the data that tells the target (<see cref="Mistake.TargetLeaked"/>); null for other mistakes.</summary>
    public string? Column { get; init; }

    /// <summary>The sentence.</summary>
    public override string ToString() => Sentence;
}

/// <summary>The result of <see cref="Trainer.Fit"/>.</summary>
public sealed record TrainingOutcome
{
    /// <summary>Why the training ended.</summary>
    public required StopReason Reason { get; init; }

    /// <summary>A sentence that says how the training ended; for <see cref="StopReason.Diverged"/> with the cause and what to try.</summary>
    public required string Explanation { get; init; }

    /// <summary>The losses and scores, before training and of each complete epoch.</summary>
    public required TrainingHistory History { get; init; }

    /// <summary>The number of complete epochs.</summary>
    public int Epochs => History.Count - 1;

    /// <summary>
    /// The epoch whose parameters the model has: with validation rows and <see cref="TrainerOptions.RestoreBest"/> that of the lowest
    /// validation loss, otherwise the last one.
    /// </summary>
    public required int BestEpoch { get; init; }

    /// <summary>
    /// How many of the epochs an earlier run had completed, from whose <see cref="TrainerOptions.CheckpointPath"/> this one went on; 0 without.
    /// </summary>
    public int ResumedEpochs { get; init; }

    /// <summary>The loss of the trained model on all training rows, in evaluation mode.</summary>
    public required double Loss { get; init; }

    /// <summary>The score of the trained model on all training rows, in evaluation mode: accuracy, 0 to 1, or R².</summary>
    public required double Score { get; init; }

    /// <summary>Usual mistakes that were recognised; empty if there is nothing to say.</summary>
    public required IReadOnlyList<TrainingWarning> Warnings { get; init; }

    /// <summary>The seconds that the training took, those of the runs it went on from included.</summary>
    public required double Seconds { get; init; }

    /// <summary>The explanation and the warnings, a line each.</summary>
    public override string ToString() => string.Join('\n', Warnings.Select(warning => warning.Sentence).Prepend(Explanation));
}
