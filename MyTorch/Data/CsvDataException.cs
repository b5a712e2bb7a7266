using System.Globalization;

namespace MyTorch.Data;

/// <summary>
/// A CSV file cannot be loaded. <see cref="Issues"/> has everything that is wrong with it; each message names the location, the value and a
/// fix. The other properties are those of the first.
/// </summary>
public sealed class CsvDataException : InvalidOperationException
{
    internal CsvDataException(string file, IReadOnlyList<CsvIssue> issues, Exception? inner = null) : base(Text(file, issues), inner) =>
        (File, Issues) = (file, [.. issues]);

    /// <summary>What is wrong, at least one; the first that is found of each kind and column.</summary>
    public IReadOnlyList<CsvIssue> Issues { get; }

    /// <summary>What kind of problem it is.</summary>
    public CsvProblem Problem => Issues[0].Problem;

    /// <summary>
    /// The part of the message that says what is wrong and where. It leaves out the advice, which names options of <see cref="CsvOptions"/>.
    /// </summary>
    public string Statement => Issues[0].Statement;

    /// <summary>The path, as it was passed.</summary>
    public string File { get; }

    /// <summary>The line of the file from 1, including the header; 0 if the problem is not in one line.</summary>
    public long Line => Issues[0].Line;

    /// <summary>The data row from 1, without the header; 0 if the problem is not in one row.</summary>
    public long Row => Issues[0].Row;

    /// <summary>The name of the column; null if the problem is not in one column.</summary>
    public string? Column => Issues[0].Column;

    /// <summary>The invalid field; null if the problem is not in one field.</summary>
    public string? Value => Issues[0].Value;

    static string Text(string file, IReadOnlyList<CsvIssue> issues) => issues.Count == 1
        ? issues[0].Message
        : string.Create(CultureInfo.InvariantCulture, $"{Cited.Text(file, 500)}: {issues.Count} problems.\n")
            + string.Join('\n', CsvIssue.Lines(issues));
}
