using MyTorch.Data;

namespace MyTorch.Export;

/// <summary>What an ONNX file contains besides the layers, and the names in it.</summary>
public sealed record OnnxOptions
{
    /// <summary>
    /// The shape of one example, without the batch dimension: [4] for inputs of (N, 4). If null, it is taken from the first layer whose
    /// weights determine it.
    /// </summary>
    public Shape? InputShape { get; init; }

    /// <summary>
    /// The type of a model's numbers, for a model without parameters. Default: that of the parameters, or
    /// <see cref="Tensor.DefaultDType"/>.
    /// </summary>
    public DType? DType { get; init; }

    /// <summary>The name of the input. Default: <c>input</c>.</summary>
    public string InputName { get; init; } = "input";

    /// <summary>The name of the model's output. Default: <c>output</c>.</summary>
    public string OutputName { get; init; } = "output";

    /// <summary>The name of the first dimension, whose size is chosen at every call. Default: <c>batch</c>.</summary>
    public string BatchName { get; init; } = "batch";

    /// <summary>
    /// Replaces missing values (NaN) of the input in the graph. The input is then Float64; see <see cref="Standardizer"/>. Default: null.
    /// </summary>
    public Imputer? Imputer { get; init; }

    /// <summary>
    /// Standardizes the input in the graph, and converts the output of a regression back into the units of the targets. The input is then
    /// Float64, in the units of the file, and is rounded to the model's type after the subtraction, as
    /// <see cref="Standardizer.Apply(Dataset)"/> does: large numbers with small differences, such as timestamps, keep them. Default:
    /// null.
    /// </summary>
    public Standardizer? Standardizer { get; init; }

    /// <summary>
    /// Whether the output is logits of classes, for which the graph has two more outputs: <c>probabilities</c> (N, classes), their
    /// softmax, and <c>label</c> (N), Int64, the class with the largest one. Default: false.
    /// </summary>
    public bool Classification { get; init; }

    /// <summary>
    /// The names of the features, which are stored with the model for its readers: <c>mytorch.features</c>, a JSON array. Default: none.
    /// </summary>
    public IReadOnlyList<string> FeatureNames { get; init; } = [];

    /// <summary>The names of the classes, by label: <c>mytorch.classes</c>, a JSON array. Default: none.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>The names of the targets: <c>mytorch.targets</c>, a JSON array. Default: none.</summary>
    public IReadOnlyList<string> TargetNames { get; init; } = [];
}
