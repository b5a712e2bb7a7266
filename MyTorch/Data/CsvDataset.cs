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
/// learned from, naming file, line, column and value; <see cref="CsvColumnException"/> if the target or an option names a column
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
