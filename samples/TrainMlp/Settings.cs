using MyTorch.Data;

namespace TrainMlp;

/// <summary>The command line's options. Null means the default for the task (see <see cref="Plan"/>).</summary>
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

    public string? Optimizer { get; init; }

    public string? Schedule { get; init; }

    public double? Validation { get; init; }

    public int? Patience { get; init; }

    public string ClassWeights { get; init; } = "none";

    public int? KFold { get; init; }

    public double Budget { get; init; } = 30;

    public string? TestPath { get; init; }

    public string? SplitBy { get; init; }

    public string? Group { get; init; }

    public bool Checkup { get; init; }

    public int Seed { get; init; }

    public double TestFraction { get; init; } = 0.2;

    public string DType { get; init; } = "float32";

    public string Missing { get; init; } = "error";

    public string? ReportPath { get; init; }

    /// <summary>How the file is to be read, besides what the other settings say of it.</summary>
    public CsvOptions Reading { get; init; } = new();

    /// <summary>Where the trained model is saved; null for nowhere.</summary>
    public string? SavePath { get; init; }

    /// <summary>Where the state of the training is kept from epoch to epoch; null for nowhere.</summary>
    public string? ResumePath { get; init; }

    /// <summary>Where the trained model is exported, a .onnx or .cs file; null for nowhere.</summary>
    public string? ExportPath { get; init; }

    public bool Plain { get; init; }

    public bool Json { get; init; }
}

/// <summary>Bad usage or bad data; the message is one sentence for the user. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
