using System.Globalization;
using System.Text;

namespace MyTorch.Data;

/// <summary>
/// What each column of a file or a list of objects became, and all that is needed to read new rows in the same way:
/// <c>NewRows.Load("new.csv", dataset.Schema)</c>. It consists of strings, numbers and lists, so that it can be stored with a model.
/// </summary>
public sealed record DatasetSchema
{
    /// <summary>The columns of the file, in its order, with those that are left out.</summary>
    public required IReadOnlyList<ColumnSchema> Columns { get; init; }

    /// <summary>What is predicted: one target, or the several targets of a regression, in the order of <see cref="Dataset.TargetNames"/>.</summary>
    public required IReadOnlyList<TargetSchema> Targets { get; init; }

    /// <summary>The names of the features, in the order of the columns of <see cref="Dataset.Inputs"/>.</summary>
    public required IReadOnlyList<string> FeatureNames { get; init; }

    /// <summary>Texts that stand for a missing value in every column, besides the empty field.</summary>
    public IReadOnlyList<string> MissingMarkers { get; init; } = [];

    /// <summary>Whether the file had a row of column names. Without one, new rows are matched by position.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>The column of that name; null if there is none.</summary>
    public ColumnSchema? Find(string name) => Columns.FirstOrDefault(column => column.Name == name);

    /// <summary>
    /// The index of the first feature of each column; −1 for one without. Features may be in another order than the columns, and a column
    /// may have the name of another one's category, <c>colour=red</c>.
    /// </summary>
    internal int[] FirstFeatures()
    {
        var indices = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (int i = 0; i < FeatureNames.Count; i++)
        {
            if (!indices.TryGetValue(FeatureNames[i], out List<int>? of)) indices[FeatureNames[i]] = of = [];
            of.Add(i);
        }
        // Columns with more features are found first, so that a category does not lose its index to a column of its name.
        int[] first = new int[Columns.Count];
        Array.Fill(first, -1);
        foreach (int c in Enumerable.Range(0, Columns.Count).Where(c => Columns[c].Features.Count > 0).OrderByDescending(c => Columns[c].Features.Count))
        {
            IReadOnlyList<string> features = Columns[c].Features;
            int at = indices.GetValueOrDefault(features[0], []).FindIndex(IsRun) is >= 0 and int found ? indices[features[0]][found]
                : throw new InvalidOperationException(
                    $"The column '{Cited.Text(Columns[c].Name)}' became the feature '{Cited.Text(features[0])}', which is not among the features. " +
                    "Is the schema that of the training data?");
            first[c] = at;
            for (int k = 0; k < features.Count; k++) indices[features[k]].Remove(at + k);

            bool IsRun(int i) => Enumerable.Range(0, features.Count).All(k => indices.TryGetValue(features[k], out List<int>? free) && free.Contains(i + k));
        }
        return first;
    }

    /// <summary>
    /// A line for each column that says what it became. Neighbouring columns of plain numbers share a line:
    /// <c>pixel_0_0 … pixel_7_7: 64 columns of numbers</c>.
    /// </summary>
    public string Describe()
    {
        var text = new StringBuilder();
        for (int i = 0; i < Columns.Count; i++)
        {
            int last = i;
            while (last + 1 < Columns.Count && Columns[last + 1].Description == Columns[i].Description && Columns[i].MayShareALine) last++;
            if (text.Length > 0) text.Append('\n');
            text.Append(Cited.Text(Columns[i].Name));
            if (last > i)
                text.Append(CultureInfo.InvariantCulture, $"{(last > i + 1 ? " … " : ", ")}{Cited.Text(Columns[last].Name)}: {last - i + 1} columns, each a {Columns[i].Description}");
            else text.Append(CultureInfo.InvariantCulture, $": {Says(Columns[i])}");
            i = last;
        }
        return text.ToString();

        // Classes may be written as numbers.
        string Says(ColumnSchema column) =>
            column.IsTarget && Targets is [{ Task: LearningTask.Classification }] ? "target, classes" : column.Description;
    }

    /// <summary>The same as <see cref="Describe"/>.</summary>
    public override string ToString() => Describe();
}

/// <summary>What one column of a file became.</summary>
public sealed record ColumnSchema
{
    /// <summary>The name in the header; <c>column_3</c> for the fourth column if it has no name.</summary>
    public required string Name { get; init; }

    /// <summary>What it became.</summary>
    public required ColumnKind Kind { get; init; }

    /// <summary>Whether it is a target.</summary>
    public bool IsTarget { get; init; }

    /// <summary>The categories of a categorical feature, in the order of their one-hot columns; otherwise empty.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>How its numbers are written; null for a plain number such as <c>-3.5e2</c>.</summary>
    public NumberFormat? Numbers { get; init; }

    /// <summary>How its dates are written, and which numbers were made of them; null if it is not a date.</summary>
    public DateFormat? Dates { get; init; }

    /// <summary>Why it was left out; null if it was not.</summary>
    public string? Reason { get; init; }

    /// <summary>The feature columns that it became; empty for a target and a column that was left out.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    internal bool MayShareALine => Kind == ColumnKind.Number && !IsTarget;

    internal string Description => (IsTarget ? "target, " : "") + Kind switch
    {
        ColumnKind.Number => "number" + (Numbers is null ? "" : $" ({Numbers})"),
        ColumnKind.Category => IsTarget ? "classes" : FormattableString.Invariant(
            $"{Categories.Count} {(Categories.Count == 1 ? "category" : "categories")}, one feature each"),
        ColumnKind.Date => $"date ({Dates}): {string.Join(", ", Features.Select(name => Cited.Text(name)))}",
        _ => $"left out, {Reason}",
    };
}

/// <summary>What a column of a file became.</summary>
public enum ColumnKind
{
    /// <summary>A number, which is one feature or a target.</summary>
    Number,

    /// <summary>One of several texts: one 0/1 feature for each, or the classes of the target.</summary>
    Category,

    /// <summary>A date or time, which becomes several features, such as its year and month.</summary>
    Date,

    /// <summary>Left out; <see cref="ColumnSchema.Reason"/> says why.</summary>
    Ignored,
}

/// <summary>What is predicted.</summary>
public sealed record TargetSchema
{
    /// <summary>The name of its column.</summary>
    public required string Name { get; init; }

    /// <summary><see cref="LearningTask.Classification"/> or <see cref="LearningTask.Regression"/>.</summary>
    public required LearningTask Task { get; init; }

    /// <summary>The names of the classes, by label; empty for a regression. Whole numbers are written as in <c>-3</c>.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];
}

/// <summary>How the numbers of a column are written, where it is not as in <c>-1234.5</c>.</summary>
public sealed record NumberFormat
{
    /// <summary>The decimal separator, <c>.</c> or <c>,</c>.</summary>
    public char Decimal { get; init; } = '.';

    /// <summary>The thousands separator, <c>,</c> <c>.</c> <c>'</c> or a space, which stands for spaces of every width; null if there is none.</summary>
    public char? Thousands { get; init; }

    /// <summary>The sign that stands at every number and is left out, such as <c>%</c> or <c>€</c>; null if there is none.</summary>
    public string? Unit { get; init; }

    /// <summary>An example: <c>written as 1.234,5 €</c>.</summary>
    public override string ToString() =>
        $"written as 1{Thousands}234{Decimal}5{(Unit is null ? "" : $" {Unit}")}";
}

/// <summary>How the dates of a column are written, and the numbers that are made of them.</summary>
public sealed record DateFormat
{
    /// <summary>
    /// The format, in the letters of <see cref="DateTime.ParseExact(string, string, IFormatProvider)"/>; or <c>unix seconds</c> or
    /// <c>unix milliseconds</c> for numbers since 1970.
    /// </summary>
    public required string Format { get; init; }

    /// <summary>The numbers that are made of it, such as <c>year</c>, <c>month</c>, <c>weekday</c> (1 for Monday), <c>hour</c> and <c>days</c>.</summary>
    public required IReadOnlyList<string> Parts { get; init; }

    /// <summary>The first date, from which <c>days</c> counts, as in <c>2020-01-31T00:00:00</c>.</summary>
    public required DateTime Origin { get; init; }

    /// <summary>The format.</summary>
    public override string ToString() => Format;
}
