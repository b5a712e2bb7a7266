namespace MyTorch.Data;

/// <summary>How <see cref="CsvDataset"/> reads a file. Every property has a default that suits most files.</summary>
public sealed record CsvOptions
{
    /// <summary>Whether the first row holds names. Default true; otherwise columns are named column_0, column_1, ….</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>The character between fields, ASCII. Default null: found out from the first lines among <c>,</c> <c>;</c> <c>|</c> and tab.</summary>
    public char? Delimiter { get; init; }

    /// <summary>The columns to take as features, in this order. Default null: all but the target.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>Columns to leave out; nothing in them is looked at. Default none.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>
    /// Columns whose fields are categories even where they look like numbers, such as post codes, or are nearly all different. Default none.
    /// </summary>
    public IReadOnlyList<string> TextColumns { get; init; } = [];

    /// <summary>The most different texts a feature may have, each being a column. Default 256.</summary>
    public int MaxCategories { get; init; } = 256;

    /// <summary>Whether the target is a class or a number. Default: decided by its values.</summary>
    public LearningTask Task { get; init; } = LearningTask.Auto;

    /// <summary>The most different values of an integer target that are taken for classes when <see cref="Task"/> is Auto. Default 20.</summary>
    public int MaxIntegerClasses { get; init; } = 20;

    /// <summary>What to do about empty fields. Default: an error.</summary>
    public MissingValues Missing { get; init; } = MissingValues.Error;

    /// <summary>Texts that mean the same as an empty field, such as <c>NA</c> or <c>?</c>. Default none.</summary>
    public IReadOnlyList<string> MissingMarkers { get; init; } = [];

    /// <summary>Float32 or Float64 for inputs and targets. Default null: <see cref="Tensor.DefaultDType"/>.</summary>
    public DType? DType { get; init; }
}

/// <summary>What is to be predicted.</summary>
public enum LearningTask
{
    /// <summary>Texts and few integers are classes; other numbers are predicted as numbers.</summary>
    Auto,

    /// <summary>Each different value is a class.</summary>
    Classification,

    /// <summary>Numbers are predicted.</summary>
    Regression,
}

/// <summary>What to do about empty fields.</summary>
public enum MissingValues
{
    /// <summary>An empty field is an error.</summary>
    Error,

    /// <summary>A row with an empty field is left out and counted in <see cref="Dataset.SkippedRows"/>.</summary>
    Drop,

    /// <summary>
    /// An empty feature is kept as NaN, to be filled with <see cref="Imputer"/> from the training rows; an empty target is an error.
    /// </summary>
    Mean,
}
