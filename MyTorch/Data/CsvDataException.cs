namespace MyTorch.Data;

/// <summary>A CSV file cannot be loaded. The message names the location, the value and a fix; the properties have the same information.</summary>
public sealed class CsvDataException : InvalidOperationException
{
    internal CsvDataException(
        string file, CsvProblem problem, string statement, string advice,
        long line = 0, long row = 0, string? column = null, string? value = null, Exception? inner = null)
        : base($"{Place(file, line, row, column)}: {statement} {advice}".TrimEnd(), inner) =>
        (File, Problem, Statement, Line, Row, Column, Value) =
        (file, problem, $"{Place(file, line, row, column)}: {statement}", line, row, column, value);

    /// <summary>What kind of problem it is.</summary>
    public CsvProblem Problem { get; }

    /// <summary>
    /// The part of the message that says what is wrong and where. It leaves out the advice, which names options of <see cref="CsvOptions"/>.
    /// </summary>
    public string Statement { get; }

    /// <summary>The path, as it was passed.</summary>
    public string File { get; }

    /// <summary>The line of the file from 1, including the header; 0 if the problem is not in one line.</summary>
    public long Line { get; }

    /// <summary>The data row from 1, without the header; 0 if the problem is not in one row.</summary>
    public long Row { get; }

    /// <summary>The name of the column; null if the problem is not in one column.</summary>
    public string? Column { get; }

    /// <summary>The invalid field; null if the problem is not in one field.</summary>
    public string? Value { get; }

    static string Place(string file, long line, long row, string? column) =>
        Cited.Text(file, 500)
        + (line > 0 ? FormattableString.Invariant($", line {line}") : "")
        + (row > 0 ? FormattableString.Invariant($" (row {row})") : "")
        + (column is not null ? $", column '{Cited.Text(column)}'" : "");
}
