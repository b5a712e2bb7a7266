namespace MyTorch.Data;

/// <summary>
/// Loads a <see cref="Dataset"/> from a CSV file: <c>CsvDataset.Load("data/digits.csv", target: "digit")</c>.
/// </summary>
/// <remarks>
/// <para>Every column but the target is a feature, unless <see cref="CsvOptions"/> chooses. A column with more texts than numbers becomes
/// one 0/1 column for each text, named <c>column=text</c>, sorted ordinally; a text in a column of numbers is an error.</para>
/// <para>A target of texts, or of at most 20 different integers, is a classification: integers are sorted by value, texts ordinally,
/// and their sorted position is the label. Any other target is a regression, and so are several targets.</para>
/// <para>Files are UTF-8 (or begin with the byte order mark of another encoding), with <c>,</c> <c>;</c> <c>|</c> or tab between fields,
/// LF or CRLF after a row, the last of which may be without; fields may be quoted as in RFC 4180. Blanks around a field and empty
/// lines do not count. Numbers are written with a decimal point, whatever the computer's language.</para>
/// <para>Features in Float32 keep about seven digits. Where the file has more, as in times, <see cref="Standardizer"/> computes with all of
/// them; a column whose different numbers become equal is an error.</para>
/// <para>Loading throws <see cref="FileNotFoundException"/> if there is no such file; <see cref="CsvDataException"/> if what it holds cannot be
/// learned from, naming file, line, column and value; <see cref="ArgumentException"/> if the target or an option names a column
/// that does not exist, listing those that do.</para>
/// </remarks>
public static class CsvDataset
{
    /// <summary>Loads a file with one target column.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">The header name of the column to predict, anywhere in the row; without a header, column_0, column_1, ….</param>
    /// <param name="options">How to read it; null for the defaults.</param>
    /// <inheritdoc cref="CsvDataset" path="/remarks"/>
    public static Dataset Load(string path, string target, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        return CsvLoader.Load(path, header => [header.Find(target, "target")], options);
    }

    /// <summary>Loads a file with one target column, given by its position: <c>0</c> for the first, <c>^1</c> for the last.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">The position of the column to predict.</param>
    /// <param name="options">How to read it; null for the defaults.</param>
    /// <inheritdoc cref="CsvDataset" path="/remarks"/>
    public static Dataset Load(string path, Index target, CsvOptions? options = null) =>
        CsvLoader.Load(path, header => [header.Find(target)], options);

    /// <summary>Loads a file with several numbers to predict: a regression.</summary>
    /// <param name="path">The file.</param>
    /// <param name="targets">The header names of the columns to predict, in the order they shall have in <see cref="Dataset.Targets"/>.</param>
    /// <param name="options">How to read it; null for the defaults.</param>
    /// <inheritdoc cref="CsvDataset" path="/remarks"/>
    public static Dataset Load(string path, IReadOnlyList<string> targets, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(targets);
        if (targets.Count == 0) throw new ArgumentException("CsvDataset: no target was named; expected at least one column.", nameof(targets));
        return CsvLoader.Load(path, header => [.. targets.Select(name => header.Find(name, "target"))], options);
    }
}

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

/// <summary>What a CSV file holds cannot be learned from. The message names the place, the value and the fix; so do the properties.</summary>
public sealed class CsvDataException : InvalidOperationException
{
    internal CsvDataException(string file, string problem, long line = 0, long row = 0, string? column = null, string? value = null, Exception? inner = null)
        : base(Place(file, line, row, column) + ": " + problem, inner) =>
        (File, Line, Row, Column, Value) = (file, line, row, column, value);

    /// <summary>The file, as it was given.</summary>
    public string File { get; }

    /// <summary>The line of the file, counted from 1, header included; 0 if the problem is not in one line.</summary>
    public long Line { get; }

    /// <summary>The row of data, counted from 1, header not included; 0 if the problem is not in one row.</summary>
    public long Row { get; }

    /// <summary>The column's name; null if the problem is not in one column.</summary>
    public string? Column { get; }

    /// <summary>The offending field; null if the problem is not in one field.</summary>
    public string? Value { get; }

    static string Place(string file, long line, long row, string? column) =>
        Cited.Text(file, 500)
        + (line > 0 ? FormattableString.Invariant($", line {line}") : "")
        + (row > 0 ? FormattableString.Invariant($" (row {row})") : "")
        + (column is not null ? $", column '{Cited.Text(column)}'" : "");
}
