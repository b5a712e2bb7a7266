namespace MyTorch.Data;

/// <summary>The columns that were asked for are not in the CSV file, or cannot be used as was asked.</summary>
public sealed class CsvColumnException : ArgumentException
{
    internal CsvColumnException(CsvIssue issue, string? parameter = null) : base(issue.Message, parameter) => Issue = issue;

    /// <summary>What is wrong, and the settings that are a way out.</summary>
    public CsvIssue Issue { get; }

    /// <summary>What kind of problem it is.</summary>
    public CsvProblem Problem => Issue.Problem;

    /// <summary>The part of the message that says what is wrong. It leaves out the advice, which names options of <see cref="CsvOptions"/>.</summary>
    public string Statement => Issue.Statement;
}
