using System.CommandLine;
using MyTorch.Data;
using Samples;

namespace TrainMlp;

/// <summary>The options that say how the file is to be read: all of <see cref="CsvOptions"/>, and how a fix is worded on the command line.</summary>
internal sealed class ReadingOptions
{
    readonly Option<char?> _delimiter = ValueOption.Of<char?>("--delimiter", "C",
        "Character between fields, or tab [default: detected among , ; | and tab]", "one ASCII character, or tab", Character);

    readonly Option<char?> _decimal = ValueOption.Of<char?>("--decimal", ".|,",
        "Decimal separator [default: the one that the numbers prove]", ". or , (or point or comma)", Decimal);

    readonly Option<string?> _encoding = ValueOption.Of<string?>("--encoding", "NAME",
        "Encoding, such as windows-1252 or utf-16 [default: detected]", "the name of an encoding, such as utf-8, windows-1252 or utf-16", Encoding);

    readonly Option<bool> _noHeader = new("--no-header") { Description = "The first row is data; the columns are named column_0, column_1, ..." };

    readonly Option<int?> _skipLines = ValueOption.Int("--skip-lines", "N",
        "Lines above the header that are skipped [default: 0]", 0);

    readonly Option<char?> _comment = ValueOption.Of<char?>("--comment", "C",
        "Character with which lines begin that are skipped", "one ASCII character", Character);

    readonly Option<string[]> _features = Names("--features", "COLUMN...", "Columns to learn from [default: all but the target]");

    readonly Option<string[]> _text = Names("--text-columns", "COLUMN...", "Columns whose fields are categories, also if they are numbers");

    readonly Option<string[]> _number = Names("--number-columns", "COLUMN...", "Columns of numbers that look like ids, codes or dates");

    readonly Option<string[]> _date = Names("--date-columns", "COLUMN...", "Columns of dates or times that are not detected");

    readonly Option<DateOrder?> _dateOrder = ValueOption.Of<DateOrder?>("--date-order", "day-first|month-first",
        "Order of day and month in dates such as 3/4/2021 [default: the one that the dates prove]", "day-first or month-first", Order);

    readonly Option<string[]> _marker = Names("--missing-marker", "TEXT...", "More texts that stand for a missing value, such as unknown or -999");

    readonly Option<int?> _maxCategories = ValueOption.Int("--max-categories", "N",
        $"Most categories of a column [default: {new CsvOptions().MaxCategories}]", 1);

    public IReadOnlyList<Option> All =>
        [_delimiter, _decimal, _encoding, _noHeader, _skipLines, _comment, _features, _text, _number, _date, _dateOrder, _marker, _maxCategories];

    /// <summary>Those that say how a file is written. What its columns are is known where a model is used.</summary>
    public IReadOnlyList<Option> OfTheFile => [_delimiter, _decimal, _encoding, _noHeader, _skipLines, _comment, _marker];

    /// <summary>Whether one of them is given.</summary>
    public bool IsGiven(ParseResult parsed) => OfTheFile.Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>The options of a parsed command line.</summary>
    public CsvOptions From(ParseResult parsed)
    {
        var ours = new CsvOptions();
        return ours with
        {
            Delimiter = parsed.GetValue(_delimiter),
            Decimal = parsed.GetValue(_decimal),
            Encoding = parsed.GetValue(_encoding),
            HasHeader = !parsed.GetValue(_noHeader),
            SkipLines = parsed.GetValue(_skipLines) ?? ours.SkipLines,
            CommentPrefix = parsed.GetValue(_comment),
            Features = parsed.GetValue(_features) is { Length: > 0 } features ? features : null,
            TextColumns = List(_text),
            NumberColumns = List(_number),
            DateColumns = List(_date),
            DateOrder = parsed.GetValue(_dateOrder),
            MissingMarkers = List(_marker),
            MaxCategories = parsed.GetValue(_maxCategories) ?? ours.MaxCategories,
        };

        IReadOnlyList<string> List(Option<string[]> option) => parsed.GetValue(option) is { Length: > 0 } names ? names : [];
    }

    /// <summary>
    /// The options with every <c>a,b</c> in a list of columns taken for two columns, unless a column of the file has that name.
    /// </summary>
    public static CsvOptions SplitNames(string path, CsvOptions options)
    {
        IReadOnlyList<string>[] lists = [options.Features ?? [], options.Exclude, options.TextColumns, options.NumberColumns, options.DateColumns];
        if (!lists.Any(list => list.Any(name => name.Contains(',', StringComparison.Ordinal)))) return options;
        var known = CsvDataset.ColumnNames(path, options).ToHashSet(StringComparer.Ordinal);
        return options with
        {
            Features = options.Features is null ? null : Split(options.Features),
            Exclude = Split(options.Exclude),
            TextColumns = Split(options.TextColumns),
            NumberColumns = Split(options.NumberColumns),
            DateColumns = Split(options.DateColumns),
        };

        IReadOnlyList<string> Split(IReadOnlyList<string> names) =>
            [.. names.SelectMany(name => known.Contains(name) ? [name] : name.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
    }

    /// <summary>An error of the library with the command's options in its advice.</summary>
    public static string InOptions(Exception e) => e switch
    {
        CsvDataException { Issues: [var issue] } => issue.In(Word),
        CsvDataException data => FormattableString.Invariant($"{data.File}: {data.Issues.Count} problems.\n") + string.Join('\n', CsvIssue.Lines(data.Issues, Word)),
        CsvColumnException column => column.Issue.In(Word),
        _ => e.Message,
    };

    /// <summary>A fix of the library as an option of the command.</summary>
    public static string Word(CsvFix fix)
    {
        string option = fix.Option switch
        {
            nameof(CsvOptions.HasHeader) => "--no-header",
            nameof(CsvOptions.Delimiter) => "--delimiter",
            nameof(CsvOptions.Decimal) => "--decimal",
            nameof(CsvOptions.Encoding) => "--encoding",
            nameof(CsvOptions.SkipLines) => "--skip-lines",
            nameof(CsvOptions.CommentPrefix) => "--comment",
            nameof(CsvOptions.Exclude) => "--exclude",
            nameof(CsvOptions.Features) => "--features",
            nameof(CsvOptions.TextColumns) => "--text-columns",
            nameof(CsvOptions.NumberColumns) => "--number-columns",
            nameof(CsvOptions.DateColumns) => "--date-columns",
            nameof(CsvOptions.DateOrder) => "--date-order",
            nameof(CsvOptions.MissingMarkers) => "--missing-marker",
            nameof(CsvOptions.Missing) => "--missing",
            nameof(CsvOptions.MaxCategories) => "--max-categories",
            nameof(CsvOptions.Task) => "--task",
            nameof(CsvOptions.DType) => "--dtype",
            _ => throw new ArgumentException($"There is no option for {fix.Option}.", nameof(fix)),
        };
        string? value = fix.Option switch
        {
            nameof(CsvOptions.HasHeader) => null,
            nameof(CsvOptions.Missing) or nameof(CsvOptions.Task) or nameof(CsvOptions.DType) => fix.Value?.ToLowerInvariant(),
            nameof(CsvOptions.DateOrder) => fix.Value == nameof(DateOrder.DayFirst) ? "day-first" : "month-first",
            _ => fix.Value,
        };
        return value is null ? option : $"{option} {Shell.Quoted(value)}";
    }

    static Option<string[]> Names(string name, string takes, string description) => new(name)
    {
        HelpName = takes,
        Description = description,
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    static bool Character(string text, out char? value)
    {
        value = text.ToLowerInvariant() switch
        {
            "tab" or "\\t" => '\t',
            "space" => ' ',
            _ => text.Length == 1 && char.IsAscii(text[0]) && text[0] is not ('"' or '\n' or '\r') ? text[0] : null,
        };
        return value is not null;
    }

    static bool Decimal(string text, out char? value)
    {
        value = text.ToLowerInvariant() switch { "." or "point" => '.', "," or "comma" => ',', _ => null };
        return value is not null;
    }

    static bool Order(string text, out DateOrder? value)
    {
        value = text.ToLowerInvariant() switch { "day-first" or "dmy" => DateOrder.DayFirst, "month-first" or "mdy" => DateOrder.MonthFirst, _ => null };
        return value is not null;
    }

    static bool Encoding(string text, out string? value)
    {
        value = text;
        try
        {
            _ = new CsvOptions { Encoding = text };
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
