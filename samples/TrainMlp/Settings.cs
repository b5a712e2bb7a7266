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
/// How the defaults were chosen: for each of the five data sets, many random splits into a training and a test part were drawn, a
/// quarter of every training part was held back, and learning rates 0.003 to 0.1, momentum 0 and 0.9, weight decays 0 to 0.2, widths 32
/// and 64 and 5 to 200 epochs were compared on the rows held back. The test parts took no part. One setting per task was then kept
/// that is within the noise of the best on every set, rather than the best for each.
/// Regression differs because 353 rows are enough to overfit in 20 epochs, while a strong weight decay that cures it (0.1) ruins a
/// curved but noise-free target (R² .31 instead of .94 for a sine). So the epochs are many, and a fifth of the training rows only
/// decides which epoch's weights are kept.
/// </remarks>
internal sealed record Recipe
{
    public const int Width = 64;

    public const int BatchSize = 32;

    public const double ClassificationRate = 0.03;

    public const double RegressionRate = 0.005;

    public const double SgdMomentum = 0.9;

    public const double SgdWeightDecay = 0.003;

    public required IReadOnlyList<int> Hidden { get; init; }

    public required int Epochs { get; init; }

    public required int Batch { get; init; }

    public required double LearningRate { get; init; }

    public required double Momentum { get; init; }

    public required double WeightDecay { get; init; }

    /// <summary>The share of the training rows that is not learned from but chooses the epoch whose weights are kept; 0: the last epoch's are.</summary>
    public required double ValidationFraction { get; init; }

    /// <summary>The defaults for a task and a number of training rows, with what the user asked for put in their place.</summary>
    public static Recipe For(bool classification, int trainingRows, Settings settings)
    {
        // Fewer than 20 rows cannot spare any; below that the last epoch has to do.
        double validation = classification || trainingRows < 20 ? 0 : 0.2;
        int fitRows = Math.Max(1, (int)(trainingRows * (1 - validation)));
        int batch = settings.Batch ?? Math.Min(BatchSize, fitRows);
        int stepsPerEpoch = (fitRows + batch - 1) / batch;

        // About 2,000 steps (4,000 at regression's smaller rate), so that small files get many epochs and large ones end in time.
        int epochs = classification
            ? Math.Clamp(2000 / stepsPerEpoch, 10, 100)
            : Math.Clamp(4000 / stepsPerEpoch, 10, 150);
        return new Recipe
        {
            Hidden = settings.Hidden ?? [Width],
            Epochs = settings.Epochs ?? epochs,
            Batch = batch,
            LearningRate = settings.LearningRate ?? (classification ? ClassificationRate : RegressionRate),
            Momentum = settings.Momentum ?? SgdMomentum,
            WeightDecay = settings.WeightDecay ?? SgdWeightDecay,
            ValidationFraction = validation,
        };
    }
}

/// <summary>The command or the data cannot be used: one sentence for the user, exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
