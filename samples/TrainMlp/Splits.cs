using System.Text.RegularExpressions;
using MyTorch.Data;
using static System.FormattableString;

namespace TrainMlp;

/// <summary>The division into training and test rows: at random, by a column, or by file.</summary>
internal static partial class Splits
{
    // The feature of a date that grows with time.
    const string Elapsed = "days";

    // A column of which so many rows share a text with another row looks like one of groups.
    const double Repeated = 0.9;

    /// <exception cref="UsageException">The rows cannot be divided so.</exception>
    public static (Dataset Train, Dataset Test) Of(Dataset all, string path, Settings settings, Dataset? testFile)
    {
        if (new[] { settings.TestPath, settings.SplitBy, settings.Group }.Count(x => x is not null) > 1)
            throw new UsageException("--test, --split-by and --group each say which rows are test rows; give one of them.");
        if (testFile is not null) return (all, testFile);
        double fraction = 1 - settings.TestFraction;
        try
        {
            if (settings.Group is { } group) return all.SplitByGroup(all.Kept[group], fraction, settings.Seed);
            return settings.SplitBy is { } column ? ByOrder(all, column, fraction, settings.Reading) : all.Split(fraction, settings.Seed);
        }
        catch (InvalidOperationException) when (settings is { Group: null, SplitBy: null })
        {
            throw new UsageException(Invariant($"{path}: {all.Count} row(s) cannot be split into training and test rows") +
                (all.IsClassification && all.ClassCount == all.Count && all.Count > 2
                    ? $", because each has another class of '{all.TargetNames[0]}'. Choose another --target, " +
                        "or use rows of which several have the same class."
                    : ". Use more rows, at least two of a class."));
        }
    }

    /// <summary>
    /// The rows of a second file, read as predict reads new rows: by the columns, categories and classes of the first file. A missing value
    /// is an error, drops the row or stays, as in the first file.
    /// </summary>
    public static Dataset TestFile(string path, Dataset train, CsvOptions options, string missing)
    {
        if (!File.Exists(path)) throw new UsageException($"There is no file {path} (looked for {Path.GetFullPath(path)}).");
        Dataset test = NewRows.Load(path, train.Schema!, options).ToDataset(train);
        if (missing == "mean" || test.MissingCount == 0) return test;
        double[] values = test.Inputs.ToArray();
        int[] complete = [.. Enumerable.Range(0, test.Count).Where(row => !new ArraySegment<double>(values, row * test.FeatureCount, test.FeatureCount).Any(double.IsNaN))];
        int first = Array.FindIndex(values, double.IsNaN);
        string which = Invariant($"{path}: {test.Count - complete.Length} of {test.Count} test rows have a missing value, first in '{test.FeatureNames[first % test.FeatureCount]}'");
        if (missing == "error") throw new UsageException($"{which}. Leave such rows out with --missing drop, or fill the values with --missing mean.");
        return complete.Length > 0 ? test.Select(complete) : throw new UsageException($"{which}, so none is left. Fill the values with --missing mean.");
    }

    /// <summary>How the rows were divided, for the report.</summary>
    public static string Describe(Settings settings) =>
        settings.TestPath is { } file ? $"the rows of {Path.GetFileName(file)} are the test"
        : settings.SplitBy is { } order ? $"the last by {order} are the test"
        : Invariant($"random split{(settings.Group is { } group ? $" by {group}" : "")}, seed {settings.Seed}");

    /// <summary>What a random split may hide: rows in an order of time, and rows that belong together.</summary>
    public static IEnumerable<string> Warnings(Dataset all, Settings settings)
    {
        if (settings.TestPath is not null || settings.SplitBy is not null || settings.Group is not null || all.Schema is not { } schema) yield break;
        if (schema.Columns.FirstOrDefault(column => column.Kind == ColumnKind.Date) is { } date)
            yield return $"The column '{date.Name}' has dates, and the split is random: the model is tested on days between those it was trained on. "
                + $"If it is to predict later rows, use --split-by {Shell.Quoted(date.Name)}.";
        foreach (ColumnSchema column in schema.Columns.Where(column => !column.IsTarget && LooksLikeAnId(column.Name) && IsRepeated(all, column)))
            yield return $"The column '{column.Name}' looks like an id, and rows share one: the split is random, so rows of one '{column.Name}' are on both sides. "
                + $"If they belong together, use --group {Shell.Quoted(column.Name)}, and leave the column out with --exclude {Shell.Quoted(column.Name)}.";
    }

    [GeneratedRegex("(^|[_ .-])id$|[a-z]I[dD]$|^(customer|patient|user|client|subject)([_ .-]?(no|nr|number|name|code))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Id();

    static bool LooksLikeAnId(string name) => Id().IsMatch(name) || Id().IsMatch(name.ToLowerInvariant());

    static bool IsRepeated(Dataset all, ColumnSchema column)
    {
        int most = (int)(Repeated * all.Count);
        if (column.Kind == ColumnKind.Category) return column.Categories.Count > 2 && column.Categories.Count < most;
        if (column.Kind != ColumnKind.Number || column.Features is not [var feature]) return false;
        int different = Values(all, feature).Distinct().Count();
        return different > 2 && different < most;
    }

    static double[] Values(Dataset all, string feature)
    {
        int position = all.FeatureNames.ToList().IndexOf(feature);
        return all.Inputs[.., position].ToArray();
    }

    // Numbers and dates as they were read; a column that is no feature by its texts, if all are numbers or dates.
    static (Dataset Train, Dataset Test) ByOrder(Dataset all, string column, double fraction, CsvOptions reading)
    {
        if (all.Schema?.Find(column) is { Kind: ColumnKind.Number or ColumnKind.Date, Features: [var first, ..] features })
        {
            double[] values = Values(all, features.FirstOrDefault(feature => feature.EndsWith(Elapsed, StringComparison.Ordinal)) ?? first);
            if (Array.Exists(values, double.IsNaN))
                throw new UsageException($"--split-by {column}: some rows have no value in it, so they are neither early nor late. Leave them out with --missing drop.");
            return all.SplitByOrder(values, fraction);
        }
        try
        {
            return all.SplitByOrder(CsvDataset.ReadOrder(all.Kept[column], reading), fraction);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"--split-by {column}: {ReadingOptions.InOptions(e)}");
        }
    }
}
