using MyTorch.Data;

namespace TrainMlp;

/// <summary>The command line's options. Null means the default for the task (see <see cref="Recipe"/>).</summary>
internal sealed record Settings
{
    public string? DataPath { get; init; }

    public string? Target { get; init; }

    public IReadOnlyList<string> Exclude { get; init; } = [];

    public string Task { get; init; } = "auto";

    public IReadOnlyList<int>? Hidden { get; init; }

    public string Activation { get; init; } = "relu";

    public int? Epochs { get; init; }

    public int? Batch { get; init; }

    public double? LearningRate { get; init; }

    public double? Momentum { get; init; }

    public double? WeightDecay { get; init; }

    public int Seed { get; init; }

    public double TestFraction { get; init; } = 0.2;

    public string DType { get; init; } = "float32";

    public string Missing { get; init; } = "error";

    public string? ReportPath { get; init; }

    /// <summary>How the file is to be read, besides what the other settings say of it.</summary>
    public CsvOptions Reading { get; init; } = new();

    /// <summary>Where the trained model is saved; null for nowhere.</summary>
    public string? SavePath { get; init; }

    public bool Plain { get; init; }

    public bool Json { get; init; }
}

/// <summary>
/// The hyperparameters of a training. Every default is in <see cref="For"/> or in a constant here.
/// </summary>
/// <remarks>
/// There is one set of defaults per task. It was chosen on validation rows taken from the training rows, to be near the best on every data set of the sample.
/// The epochs of a regression are chosen by cross-validation on the training rows, because no number fits all data: a few hundred noisy rows
/// overfit within 20 epochs, and a smooth function without noise still improves after 300.
/// </remarks>
internal sealed record Recipe
{
    public const int Width = 64;

    public const int BatchSize = 32;

    public const double ClassificationRate = 0.03;

    public const double RegressionRate = 0.003;

    public const double SgdMomentum = 0.9;

    public const double SgdWeightDecay = 0.003;

    public required IReadOnlyList<int> Hidden { get; init; }

    public required int Epochs { get; init; }

    /// <summary>The number of batches in an epoch.</summary>
    public required int Steps { get; init; }

    public required int Batch { get; init; }

    public required double LearningRate { get; init; }

    public required double Momentum { get; init; }

    public required double WeightDecay { get; init; }

    /// <summary>
    /// The number of folds of the cross-validation that chooses the number of epochs, at most <see cref="Epochs"/>; 0 trains <see cref="Epochs"/> epochs.
    /// </summary>
    public required int Folds { get; init; }

    /// <summary>The options that the user gave, and the defaults for the task and the number of training rows for the others.</summary>
    public static Recipe For(Dataset training, Settings settings)
    {
        bool classification = training.IsClassification;
        int batch = settings.Batch ?? Math.Min(BatchSize, training.Count);
        int steps = new DataLoader(training, batch).BatchCount;

        // About 2,000 steps (6,000 at the smaller learning rate of a regression): small files get many epochs, large files few.
        int epochs = classification
            ? Math.Clamp(2000 / steps, 10, 100)
            : Math.Clamp(6000 / steps, 10, 300);
        return new Recipe
        {
            Hidden = settings.Hidden ?? [Width],
            Epochs = settings.Epochs ?? epochs,
            Steps = steps,
            Batch = batch,
            LearningRate = settings.LearningRate ?? (classification ? ClassificationRate : RegressionRate),
            Momentum = settings.Momentum ?? SgdMomentum,
            WeightDecay = settings.WeightDecay ?? SgdWeightDecay,

            // Very few rows cannot be divided into folds; very many rows hardly overfit.
            Folds = !classification && settings.Epochs is null && training.Count is >= 20 and < 10_000 ? 4 : 0,
        };
    }
}

/// <summary>Bad usage or bad data; the message is one sentence for the user. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
