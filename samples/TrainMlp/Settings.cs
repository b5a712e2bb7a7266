using MyTorch.Data;

namespace TrainMlp;

/// <summary>What the user asked for; null means "whatever fits the task" (see <see cref="Recipe"/>).</summary>
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

    public bool Plain { get; init; }

    public bool Json { get; init; }
}

/// <summary>
/// How a network is trained. <see cref="For"/> holds every default, and nothing else in the sample does.
/// </summary>
/// <remarks>
/// One setting serves each task: near the best on rows held back from training on every data set of the sample, rather than the best for one.
/// A regression's epochs are chosen by cross-validation on the training rows, because no number fits all: a few hundred noisy rows
/// overfit within 20 epochs, a smooth function without noise still improves after 300, and a weight decay that cures the one ruins the other.
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

    /// <summary>How many batches an epoch has.</summary>
    public required int Steps { get; init; }

    public required int Batch { get; init; }

    public required double LearningRate { get; init; }

    public required double Momentum { get; init; }

    public required double WeightDecay { get; init; }

    /// <summary>In how many parts the training rows are cut to choose the number of epochs, at most <see cref="Epochs"/>; 0: there are just as many.</summary>
    public required int Folds { get; init; }

    /// <summary>The defaults for the task and the number of the training rows, with what the user asked for put in their place.</summary>
    public static Recipe For(Dataset training, Settings settings)
    {
        bool classification = training.IsClassification;
        int batch = settings.Batch ?? Math.Min(BatchSize, training.Count);
        int steps = new DataLoader(training, batch).BatchCount;

        // About 2,000 steps (6,000 at regression's smaller rate), so that small files get many epochs and large ones end in time.
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

            // A handful of rows cannot be cut, and with very many there is little to overfit.
            Folds = !classification && settings.Epochs is null && training.Count is >= 20 and < 10_000 ? 4 : 0,
        };
    }
}

/// <summary>The command or the data cannot be used: one sentence for the user, exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
