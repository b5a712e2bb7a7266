using System.Globalization;
using System.Text;

namespace MyTorch.Data;

/// <summary>
/// One thing that is wrong with a file, or that was noticed in it and decided. What is wrong is in <see cref="CsvDataException.Issues"/>; what
/// was decided is in <see cref="Dataset.Notes"/>.
/// </summary>
public sealed record CsvIssue
{
    internal CsvIssue(CsvProblem problem, string statement, string advice = "", params IReadOnlyList<CsvFix> fixes) =>
        (Problem, Statement, Advice, Fixes) = (problem, statement, advice, [.. fixes]);

    /// <summary>What kind of problem it is.</summary>
    public CsvProblem Problem { get; }

    /// <summary>What is wrong and where, without advice.</summary>
    public string Statement { get; internal init; }

    /// <summary>The settings of <see cref="CsvOptions"/> each of which is a way out; empty if only the file can be corrected.</summary>
    public IReadOnlyList<CsvFix> Fixes { get; }

    /// <summary>The line of the file from 1, including the header; 0 if the problem is not in one line.</summary>
    public long Line { get; init; }

    /// <summary>The data row from 1, without the header; 0 if the problem is not in one row.</summary>
    public long Row { get; init; }

    /// <summary>The name of the column; null if the problem is not in one column.</summary>
    public string? Column { get; init; }

    /// <summary>The field; null if the problem is not in one field.</summary>
    public string? Value { get; init; }

    /// <summary>How many fields or rows have it, at least 1. The properties above are those of the first.</summary>
    public int Count { get; internal init; } = 1;

    /// <summary>The advice; <c>{0}</c> stands for the first fix, and so on.</summary>
    string Advice { get; }

    /// <summary>The statement and the advice, with the names of <see cref="CsvOptions"/>.</summary>
    public string Message => In(fix => fix.ToString());

    /// <summary>
    /// The statement and the advice in the words of a program that has its own names for the options:
    /// <c>issue.In(fix => "--" + fix.Option)</c>.
    /// </summary>
    /// <param name="word">The words for a fix.</param>
    public string In(Func<CsvFix, string> word)
    {
        ArgumentNullException.ThrowIfNull(word);
        var text = new StringBuilder(Statement);
        if (Advice.Length > 0) text.Append(' ');
        for (int i = 0; i < Advice.Length; i++)
        {
            if (Advice[i] == '{' && i + 2 < Advice.Length && Advice[i + 2] == '}')
            {
                text.Append(word(Fixes[Advice[i + 1] - '0']));
                i += 2;
            }
            else text.Append(Advice[i]);
        }
        return text.ToString();
    }

    // One more line would say as little as it saves.
    const int MostInFull = 4, Examples = 3;

    /// <summary>
    /// The issues as lines to show: of a problem that many columns have, three in full and a line that names the other columns.
    /// </summary>
    /// <param name="issues">The issues, in order.</param>
    /// <param name="word">The words for a fix, as for <see cref="In"/>; null for the names of <see cref="CsvOptions"/>.</param>
    public static IReadOnlyList<string> Lines(IReadOnlyList<CsvIssue> issues, Func<CsvFix, string>? word = null)
    {
        ArgumentNullException.ThrowIfNull(issues);
        word ??= static fix => fix.ToString();
        var lines = new List<string>();
        foreach (var kind in issues.GroupBy(issue => issue.Kind))
        {
            CsvIssue[] same = [.. kind];
            int shown = same.Length <= MostInFull || same.Any(issue => issue.Column is null) ? same.Length : Examples;
            lines.AddRange(same.Take(shown).Select(issue => issue.In(word)));
            if (shown < same.Length)
                lines.Add(string.Create(CultureInfo.InvariantCulture,
                    $"The same holds for {same.Length - shown} more columns: {Cited.List([.. same.Skip(shown).Select(issue => issue.Column!)], most: 100)}."));
        }
        return lines;
    }

    // The same problem with the same ways out, but for the name of the column.
    string Kind => Problem + string.Concat(Fixes.Select(fix => $" {fix.Option} {(fix.Value == Column ? "" : fix.Value)}"));

    /// <summary>The same as <see cref="Message"/>.</summary>
    public override string ToString() => Message;
}

/// <summary>A setting of <see cref="CsvOptions"/> that solves a problem, as <c>Missing = MissingValues.Drop</c>.</summary>
/// <param name="Option">The name of the property of <see cref="CsvOptions"/>.</param>
/// <param name="Value">
/// Its value as text; for a list, the element to add. Null where the user must choose it, such as the name of an encoding.
/// </param>
public sealed record CsvFix(string Option, string? Value)
{
    /// <summary>The options with this setting; a list gets another element.</summary>
    /// <exception cref="InvalidOperationException">The value is the user's choice, or there is no such option.</exception>
    public CsvOptions ApplyTo(CsvOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string value = Value ?? throw new InvalidOperationException(
            $"CsvFix: the value of {Option} is your choice; set CsvOptions.{Option} yourself.");
        return Option switch
        {
            nameof(CsvOptions.HasHeader) => options with { HasHeader = bool.Parse(value) },
            nameof(CsvOptions.Delimiter) => options with { Delimiter = value[0] },
            nameof(CsvOptions.Encoding) => options with { Encoding = value },
            nameof(CsvOptions.SkipLines) => options with { SkipLines = int.Parse(value, CultureInfo.InvariantCulture) },
            nameof(CsvOptions.CommentPrefix) => options with { CommentPrefix = value[0] },
            nameof(CsvOptions.Decimal) => options with { Decimal = value[0] },
            nameof(CsvOptions.DateOrder) => options with { DateOrder = Enum.Parse<DateOrder>(value) },
            nameof(CsvOptions.Exclude) => options with { Exclude = [.. options.Exclude, value] },
            nameof(CsvOptions.TextColumns) => options with { TextColumns = [.. options.TextColumns, value] },
            nameof(CsvOptions.NumberColumns) => options with { NumberColumns = [.. options.NumberColumns, value] },
            nameof(CsvOptions.DateColumns) => options with { DateColumns = [.. options.DateColumns, value] },
            nameof(CsvOptions.MissingMarkers) => options with { MissingMarkers = [.. options.MissingMarkers, value] },
            nameof(CsvOptions.Missing) => options with { Missing = Enum.Parse<MissingValues>(value) },
            nameof(CsvOptions.Task) => options with { Task = Enum.Parse<LearningTask>(value) },
            nameof(CsvOptions.MaxCategories) => options with { MaxCategories = int.Parse(value, CultureInfo.InvariantCulture) },
            nameof(CsvOptions.DType) => options with { DType = Enum.Parse<DType>(value) },
            _ => throw new InvalidOperationException($"CsvFix: CsvOptions has no property {Option}."),
        };
    }

    /// <summary>The setting as it is written in C#.</summary>
    public override string ToString() => Option switch
    {
        _ when Value is null => $"CsvOptions.{Option}",
        nameof(CsvOptions.HasHeader) => $"{Option} = {Value.ToLowerInvariant()}",
        nameof(CsvOptions.Delimiter) or nameof(CsvOptions.CommentPrefix) or nameof(CsvOptions.Decimal) => $"{Option} = '{Cited.Text(Value)}'",
        nameof(CsvOptions.Encoding) => $"{Option} = \"{Cited.Text(Value)}\"",
        nameof(CsvOptions.Exclude) or nameof(CsvOptions.TextColumns) or nameof(CsvOptions.NumberColumns) or nameof(CsvOptions.DateColumns)
            or nameof(CsvOptions.MissingMarkers) => $"{Option} = [\"{Cited.Text(Value)}\"]",
        nameof(CsvOptions.Missing) => $"{Option} = MissingValues.{Value}",
        nameof(CsvOptions.Task) => $"{Option} = LearningTask.{Value}",
        nameof(CsvOptions.DType) or nameof(CsvOptions.DateOrder) => $"{Option} = {Option}.{Value}",
        _ => $"{Option} = {Value}",
    };
}
