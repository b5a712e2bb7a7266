using System.Globalization;
using MyTorch.Data;

namespace MyTorch.Teaching;

/// <summary>A way to read a file differently, in words and as a setting.</summary>
/// <param name="Label">What a button says: <c>leave the column 'id' out</c>.</param>
/// <param name="Fix">The setting, for <see cref="NetworkSettings.Reading"/>.</param>
public sealed record FileChoice(string Label, CsvFix Fix);

/// <summary>Something that is worth knowing about a file that was read, or why it cannot be.</summary>
/// <param name="Text">What it is, with the line of the file.</param>
/// <param name="Choices">What can be done about it; empty if nothing needs to be, or only the file can be corrected.</param>
/// <param name="IsWarning">Whether something may be wrong; otherwise it only says how the file was read.</param>
public sealed record FileRemark(string Text, IReadOnlyList<FileChoice> Choices, bool IsWarning);

/// <summary>
/// A learner's own file for <see cref="NetworkData.Own"/>: its rows, and how they were read, in words that need no knowledge of
/// <see cref="CsvOptions"/>.
/// </summary>
public sealed class NetworkFile
{
    const int MostGaps = 5;

    NetworkFile(Dataset rows, IReadOnlyList<FileRemark> remarks) => (Rows, Remarks) = (rows, remarks);

    /// <summary>The rows, Float64; missing values are NaN.</summary>
    public Dataset Rows { get; }

    /// <summary>How it was read, warnings first.</summary>
    public IReadOnlyList<FileRemark> Remarks { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="settings">
    /// Its name for messages (<see cref="NetworkSettings.File"/>), the column to predict and how it is to be read.
    /// </param>
    /// <exception cref="CsvDataException">Its content cannot be read; <see cref="Problems"/> says it in words.</exception>
    /// <exception cref="CsvColumnException">A column does not exist.</exception>
    public static NetworkFile Read(string path, NetworkSettings settings)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(settings);
        return Of(CsvDataset.Load(path, settings.Target, settings.FileOptions), path, settings);
    }

    /// <summary>Reads a file as <see cref="Read"/> does, with pauses.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="settings">Its name for messages, the column to predict and how it is to be read.</param>
    /// <param name="pause">Is awaited every few milliseconds, so that a page answers meanwhile.</param>
    /// <exception cref="CsvDataException">Its content cannot be read.</exception>
    /// <exception cref="CsvColumnException">A column does not exist.</exception>
    public static async Task<NetworkFile> ReadAsync(string path, NetworkSettings settings, Func<Task> pause)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(settings);
        Dataset rows = await CsvDataset.LoadInPartsAsync(path, settings.Target, pause, settings.FileOptions).ConfigureAwait(true);
        await pause().ConfigureAwait(true);
        return Of(rows, path, settings);
    }

    static NetworkFile Of(Dataset rows, string path, NetworkSettings settings) =>
        new(rows,
        [
            .. rows.Notes.Select(note => Remark(note, path, settings.File, isWarning: true)),
            .. Gaps(rows, settings),
            .. Layout(path, rows, settings),
        ]);

    /// <summary>Why a file cannot be read, in words.</summary>
    /// <param name="error">What <see cref="Read"/> has thrown.</param>
    /// <param name="path">Where the file is.</param>
    /// <param name="name">Its name for messages.</param>
    public static IReadOnlyList<FileRemark> Problems(Exception error, string path, string name)
    {
        ArgumentNullException.ThrowIfNull(error);
        IReadOnlyList<CsvIssue>? issues = error switch
        {
            CsvDataException data => data.Issues,
            CsvColumnException column => [column.Issue],
            _ => null,
        };
        return issues is not null
            ? [.. issues.Select(issue => Remark(issue, path, name, isWarning: true))]
            : [new FileRemark(Named(error is ArgumentException { ParamName: { } parameter }
                ? error.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal)
                : error.Message, path, name), [], true)];
    }

    static FileRemark Remark(CsvIssue issue, string path, string name, bool isWarning) => new(
        Named(issue.In(fix => $"“{Label(fix)}”"), path, name),
        [.. issue.Fixes.Where(fix => fix.Value is not null).Select(fix => new FileChoice(Label(fix), fix))], isWarning);

    static string Named(string text, string path, string name) => text.Replace(path, name, StringComparison.Ordinal);

    // A column of categories has a gap in all of its inputs at once: it is said of the column.
    static IEnumerable<FileRemark> Gaps(Dataset rows, NetworkSettings settings)
    {
        if (rows.MissingCount == 0) yield break;
        (Dataset train, _) = rows.Split(settings.TrainShare, settings.Seed);
        double[] means = Imputer.Fit(train).Mean.ToArray(), values = rows.Inputs.ToArray();
        int features = rows.FeatureCount;
        int[] Empty(int f) => [.. Enumerable.Range(0, rows.Count).Where(row => double.IsNaN(values[row * features + f]))];
        (string Column, int First, int Count, int[] Empty)[] gaps =
        [
            .. Columns(rows).Select(one => (one.Name, one.First, one.Count, Empty: Empty(one.First))).Where(one => one.Empty.Length > 0),
        ];
        IReadOnlyList<FileChoice> drop = [new FileChoice(Label(s_drop), s_drop)];
        foreach ((string column, int first, int count, int[] empty) in gaps.Take(MostGaps))
        {
            string lines = rows.Lines.Count == 0 ? "" : Text($" ({(empty.Length == 1 ? "line" : "lines")} {Notation.List(empty.Take(MostGaps).Select(row => (int)rows.Lines[row]))}{(empty.Length > MostGaps ? ", …" : "")} of the file)");
            IEnumerable<string> inputs = Enumerable.Range(first, count).Take(MostGaps)
                .Select(f => $"{Cited.Text(rows.FeatureNames[f])} {Notation.Short(means[f])}");
            string filled = count == 1 ? $"filled with the mean of the training rows, {Notation.Short(means[first])}."
                : "each of its inputs is filled with its mean of the training rows: " +
                    $"{string.Join(", ", inputs)}{(count > MostGaps ? ", …" : "")}.";
            yield return new FileRemark(
                Text($"{empty.Length} empty {(empty.Length == 1 ? "cell" : "cells")} in '{Cited.Text(column)}'{lines}: {filled}"),
                gaps.Length == 1 ? drop : [], false);
        }
        if (gaps.Length > MostGaps)
            yield return new FileRemark(
                Text($"{gaps.Length - MostGaps} more columns have empty cells, which are filled with the means of their columns."), [], false);
        if (gaps.Length > 1)
            yield return new FileRemark(
                Text($"Rows with an empty cell: {gaps.SelectMany(one => one.Empty).Distinct().Count()} of {rows.Count}."), drop, false);
    }

    // The columns of the file, with the features that each became; without a schema, the features.
    static IEnumerable<(string Name, int First, int Count)> Columns(Dataset rows)
    {
        int first = 0;
        foreach ((string name, int count) in rows.Schema is { } schema
            ? schema.Columns.Where(column => column.Features.Count > 0).Select(column => (column.Name, column.Features.Count))
            : rows.FeatureNames.Select(name => (name, 1)))
        {
            yield return (name, first, count);
            first += count;
        }
    }

    static readonly CsvFix s_drop = new(nameof(CsvOptions.Missing), nameof(MissingValues.Drop));

    static IEnumerable<FileRemark> Layout(string path, Dataset rows, NetworkSettings settings)
    {
        if (rows.SkippedRows > 0 && settings.FileOptions.Missing == MissingValues.Drop)
            yield return new FileRemark(Text($"{rows.SkippedRows} rows with an empty cell are left out."), [], false);
        yield return new FileRemark($"Between the fields are {Named(CsvDataset.Delimiter(path, settings.FileOptions))}.", [], false);
        if (rows.Schema is not { } schema) yield break;
        foreach (var format in schema.Columns.Where(column => column.Numbers is not null).GroupBy(column => column.Numbers!.ToString()))
            yield return new FileRemark($"{Cited.List([.. format.Select(column => column.Name)])}: numbers {(format.First().Numbers!.Decimal == ',' ? "with a decimal comma, " : "")}{format.Key}.", [], false);
        foreach (ColumnSchema column in schema.Columns.Where(column => column.Kind == ColumnKind.Category && !column.IsTarget && column.Categories.Count > 0))
            yield return new FileRemark(
                $"'{Cited.Text(column.Name)}' has categories, each of which is an input of 0 or 1: {Cited.List([.. column.Categories])}.", [], false);
        foreach (ColumnSchema column in schema.Columns.Where(column => column.Kind == ColumnKind.Date && !column.IsTarget && column.Features.Count > 0))
            yield return new FileRemark(
                $"'{Cited.Text(column.Name)}' has dates ({column.Dates}); the inputs made of them are {Cited.List([.. column.Features])}.", [], false);

        static string Named(char delimiter) => delimiter switch
        {
            ',' => "commas",
            ';' => "semicolons",
            '\t' => "tabs",
            '|' => "vertical bars",
            _ => $"'{delimiter}'",
        };
    }

    static string Label(CsvFix fix)
    {
        string value = Cited.Text(fix.Value ?? "");
        return fix.Option switch
        {
            nameof(CsvOptions.HasHeader) => value == "false" ? "the first line is data" : "the first line names the columns",
            nameof(CsvOptions.Delimiter) => $"fields are separated by '{value}'",
            nameof(CsvOptions.Encoding) => fix.Value is null ? "another encoding" : $"the encoding is {value}",
            nameof(CsvOptions.SkipLines) => value == "1" ? "skip the first line" : $"skip the first {value} lines",
            nameof(CsvOptions.CommentPrefix) => $"lines that begin with '{value}' are comments",
            nameof(CsvOptions.Decimal) => value == "," ? "numbers have a decimal comma" : "numbers have a decimal point",
            nameof(CsvOptions.DateOrder) => value == nameof(DateOrder.DayFirst) ? "the day comes first" : "the month comes first",
            nameof(CsvOptions.Exclude) => $"leave the column '{value}' out",
            nameof(CsvOptions.TextColumns) => $"'{value}' has categories",
            nameof(CsvOptions.NumberColumns) => $"'{value}' has numbers",
            nameof(CsvOptions.DateColumns) => $"'{value}' has dates",
            nameof(CsvOptions.MissingMarkers) => $"'{value}' stands for an empty cell",
            nameof(CsvOptions.Missing) => value == nameof(MissingValues.Drop) ? "leave rows with an empty cell out"
                : value == nameof(MissingValues.Mean) ? "fill empty cells with the mean" : "refuse empty cells",
            nameof(CsvOptions.Task) => value == nameof(LearningTask.Regression) ? "predict a number" : "predict a class",
            nameof(CsvOptions.MaxCategories) => $"allow {value} categories",
            _ => fix.ToString(),
        };
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
