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

    /// <summary>
    /// The encoding, such as <c>windows-1252</c>, <c>iso-8859-15</c> or <c>utf-16</c>. Default null: detected. That is the byte order mark's
    /// encoding, UTF-16 if it has no mark, UTF-8, or windows-1252 if it cannot be UTF-8.
    /// </summary>
    /// <exception cref="ArgumentException">There is no encoding of that name.</exception>
    public string? Encoding
    {
        get;
        init
        {
            if (value is not null) CsvSource.Named(value);
            field = value;
        }
    }

    /// <summary>The number of lines above the header, such as a title, that are skipped. Default 0.</summary>
    public int SkipLines { get; init; }

    /// <summary>The character with which lines begin that are comments and are skipped, ASCII. Default null: there are none.</summary>
    public char? CommentPrefix { get; init; }

    /// <summary>
    /// The decimal separator, <c>.</c> or <c>,</c>. Default null: the one that a column proves, as <c>38,1</c> and <c>1.234,5</c> do; a column
    /// that proves none is read as the others are, and is an error if they prove none either, as <c>"1,234"</c> alone.
    /// </summary>
    public char? Decimal { get; init; }

    /// <summary>The order of day, month and year in dates of three numbers such as <c>3/4/2021</c>. Default null: the one that a column proves.</summary>
    public DateOrder? DateOrder { get; init; }

    /// <summary>The feature columns, in this order. Default null: all except the target.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>
    /// Columns whose texts are kept beside the rows (<see cref="Dataset.Kept"/>), such as the customer that a split must not divide. A kept
    /// column may be a feature too; exclude it if it should not. Default none.
    /// </summary>
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <summary>Columns to ignore. Default none.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>
    /// Categorical columns that would not be detected, because their fields look like numbers, or are nearly all different. Default none.
    /// </summary>
    public IReadOnlyList<string> TextColumns { get; init; } = [];

    /// <summary>
    /// Columns of numbers that would not be detected, because they look like ids, codes with leading zeros or dates. Default none.
    /// </summary>
    public IReadOnlyList<string> NumberColumns { get; init; } = [];

    /// <summary>
    /// Columns of dates that would not be detected, such as seconds since 1970 in a column whose name does not say so. Default none.
    /// </summary>
    public IReadOnlyList<string> DateColumns { get; init; } = [];

    /// <summary>The maximum number of categories of a feature, each of which becomes a column. Default 256.</summary>
    public int MaxCategories { get; init; } = 256;

    /// <summary>Classification or regression. Default: decided by the values of the target.</summary>
    public LearningTask Task { get; init; } = LearningTask.Auto;

    /// <summary>
    /// The maximum number of different integers of a target that is treated as classes when <see cref="Task"/> is Auto. Default 20.
    /// </summary>
    public int MaxIntegerClasses { get; init; } = 20;

    /// <summary>How to handle missing values: empty fields, <see cref="MissingMarkers"/>, and in columns of numbers also the texts that usually
    /// stand for one, such as <c>NA</c>, <c>n/a</c>, <c>NULL</c>, <c>-</c>, <c>?</c> and <c>#DIV/0!</c>. Default: an error.</summary>
    public MissingValues Missing { get; init; } = MissingValues.Error;

    /// <summary>
    /// More texts that count as an empty field, in every column and also if they are numbers, such as <c>-999</c> or <c>unknown</c>. Default none.
    /// </summary>
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
    /// <summary>A missing value is an error.</summary>
    Error,

    /// <summary>Rows with a missing value are dropped and counted in <see cref="Dataset.SkippedRows"/>.</summary>
    Drop,

    /// <summary>
    /// An empty feature becomes NaN, which <see cref="Imputer"/> fills with the mean of the training rows. Rows with an empty target are
    /// dropped and counted in <see cref="Dataset.SkippedRows"/>.
    /// </summary>
    Mean,
}

/// <summary>The order of the numbers of a date.</summary>
public enum DateOrder
{
    /// <summary>3/4/2021 is the third of April.</summary>
    DayFirst,

    /// <summary>3/4/2021 is the fourth of March.</summary>
    MonthFirst,
}
