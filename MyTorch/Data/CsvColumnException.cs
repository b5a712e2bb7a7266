namespace MyTorch.Data;

/// <summary>The columns that were asked for are not in the CSV file, or cannot be used as was asked.</summary>
public sealed class CsvColumnException : ArgumentException
{
    internal CsvColumnException(CsvProblem problem, string statement, string advice = "", string? parameter = null)
        : base(advice.Length > 0 ? $"{statement} {advice}" : statement, parameter) => (Problem, Statement) = (problem, statement);

    /// <summary>What kind of problem it is.</summary>
    public CsvProblem Problem { get; }

    /// <summary>The part of the message that says what is wrong. It leaves out the advice, which names options of <see cref="CsvOptions"/>.</summary>
    public string Statement { get; }
}
