namespace MyTorch.Data;

/// <summary>Options of <see cref="CsvDataset"/>. The defaults suit most files.</summary>
public sealed record CsvOptions
{
    /// <summary>Whether the first row contains the column names. Default true; otherwise they are column_0, column_1, ….</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>
    /// The character between fields, ASCII. Default null: detected from the first lines among <c>,</c> <c>;</c> <c>|</c> and tab.
    /// </summary>
    public char? Delimiter { get; init; }

    /// <summary>The feature columns, in this order. Default null: all except the target.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>Columns to ignore. Default none.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>
    /// Categorical columns that would not be detected, because their fields look like numbers, such as postal codes, or are nearly all
    /// different. Default none.
    /// </summary>
    public IReadOnlyList<string> TextColumns { get; init; } = [];

    /// <summary>The maximum number of categories of a feature, each of which becomes a column. Default 256.</summary>
    public int MaxCategories { get; init; } = 256;

    /// <summary>Classification or regression. Default: decided by the values of the target.</summary>
    public LearningTask Task { get; init; } = LearningTask.Auto;

    /// <summary>
    /// The maximum number of different integers of a target that is treated as classes when <see cref="Task"/> is Auto. Default 20.
    /// </summary>
    public int MaxIntegerClasses { get; init; } = 20;

    /// <summary>How to handle empty fields. Default: an error.</summary>
    public MissingValues Missing { get; init; } = MissingValues.Error;

    /// <summary>Texts that count as an empty field, such as <c>NA</c> or <c>?</c>. Default none.</summary>
    public IReadOnlyList<string> MissingMarkers { get; init; } = [];

    /// <summary>The type of inputs and targets, Float32 or Float64. Default null: <see cref="Tensor.DefaultDType"/>.</summary>
    public DType? DType { get; init; }
}

/// <summary>The kind of prediction task.</summary>
public enum LearningTask
{
    /// <summary>Classification for texts and for few different integers, otherwise regression.</summary>
    Auto,

    /// <summary>Each different value is a class.</summary>
    Classification,

    /// <summary>The target is a number.</summary>
    Regression,
}

/// <summary>How empty fields are handled.</summary>
public enum MissingValues
{
    /// <summary>An empty field is an error.</summary>
    Error,

    /// <summary>Rows with an empty field are dropped and counted in <see cref="Dataset.SkippedRows"/>.</summary>
    Drop,

    /// <summary>
    /// An empty feature becomes NaN, which <see cref="Imputer"/> fills with the mean of the training rows; an empty target is an error.
    /// </summary>
    Mean,
}
