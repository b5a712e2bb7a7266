using System.Globalization;
using System.Text;
using MyTorch.Data;

namespace MyTorch.Export;

/// <summary>The record of a row as C# source, and the statements that make the features of it.</summary>
sealed class CSharpRow
{
    readonly StringBuilder _statements = new(), _fields = new();

    internal CSharpRow(ExportedPipeline pipeline, string type)
    {
        ColumnSchema[] columns = pipeline.Schema is null
            ? [.. pipeline.FeatureNames.Select(name => new ColumnSchema { Name = name, Kind = ColumnKind.Number, Features = [name] })]
            : [.. pipeline.Schema.Columns.Where(column => !column.IsTarget && column.Kind != ColumnKind.Ignored)];
        string[] properties = CSharpNames.Properties([.. columns.Select(column => column.Name)], type);
        var places = new Dictionary<string, Queue<int>>(StringComparer.Ordinal);
        for (int i = 0; i < pipeline.FeatureNames.Count; i++)
        {
            if (!places.TryGetValue(pipeline.FeatureNames[i], out Queue<int>? queue)) places[pipeline.FeatureNames[i]] = queue = new();
            queue.Enqueue(i);
        }
        var text = new StringBuilder();
        for (int c = 0; c < columns.Length; c++)
        {
            ColumnSchema column = columns[c];
            int[] at = [.. column.Features.Select(name => places.TryGetValue(name, out Queue<int>? queue) && queue.TryDequeue(out int i)
                ? i
                : throw new ArgumentException(
                    $"ExportCSharp: the column '{Cited.Text(column.Name)}' became the feature '{Cited.Text(name)}', which the model does not have. " +
                    "Export the model with the data that it was trained on."))];
            (string property, string what) = column.Kind switch
            {
                ColumnKind.Number => ("double?", "a number"),
                ColumnKind.Date => ("DateTime?", "a date"),
                _ => ("string?", "a category"),
            };
            text.Append(text.Length > 0 ? "\n\n" : "");
            text.Append(CultureInfo.InvariantCulture, $"    /// <summary>The column <c>{CSharpNames.Comment(column.Name)}</c>: {what}, or null for a missing value.</summary>\n");
            text.Append(CultureInfo.InvariantCulture, $"    [JsonPropertyName({CSharpNames.Literal(column.Name)})]\n");
            text.Append(CultureInfo.InvariantCulture, $"    public {property} {properties[c]} {{ get; init; }}");
            switch (column.Kind)
            {
                case ColumnKind.Number:
                    _statements.Append(CultureInfo.InvariantCulture, $"        features[{at[0]}] = row.{properties[c]} ?? double.NaN;\n");
                    break;
                case ColumnKind.Date: Date(column, properties[c], at); break;
                default: Category(column, properties[c], at, pipeline.Schema?.MissingMarkers ?? []); break;
            }
        }
        foreach (Queue<int> rest in places.Values)
            if (rest.TryPeek(out int left))
                throw new ArgumentException(
                    $"ExportCSharp: the feature '{Cited.Text(pipeline.FeatureNames[left])}' comes from no column of the schema. " +
                    "Export the model with the data that it was trained on.");
        Properties = text.ToString();
    }

    /// <summary>The properties of the record.</summary>
    internal string Properties { get; }

    /// <summary>The statements that fill the array features; a missing value is NaN.</summary>
    internal string Statements => _statements.ToString();

    /// <summary>The categories of columns.</summary>
    internal string Fields => _fields.ToString();

    /// <summary>Whether there are categories.</summary>
    internal bool HasCategories { get; private set; }

    // One feature for each category: 1 for that of the row. A category that the training rows did not have is all 0.
    void Category(ColumnSchema column, string property, int[] at, IReadOnlyList<string> markers)
    {
        HasCategories = true;
        for (int i = 1; i < at.Length; i++)
            if (at[i] != at[0] + i)
                throw new ArgumentException($"ExportCSharp: the categories of '{Cited.Text(column.Name)}' are not next to each other among the features.");
        _fields.Append(CultureInfo.InvariantCulture, $"\n    static readonly string[] s_categoriesOf{property} = [{string.Join(", ", column.Categories.Select(CSharpNames.Literal))}];\n");
        string missing = string.Join(", ", markers.Where(marker => !column.Categories.Contains(marker)).Select(CSharpNames.Literal));
        _statements.Append(CultureInfo.InvariantCulture, $"        Category(row.{property}, s_categoriesOf{property}, [{missing}], features.AsSpan({(at.Length > 0 ? at[0] : 0)}, {at.Length}));\n");
    }

    void Date(ColumnSchema column, string property, int[] at)
    {
        DateFormat dates = column.Dates ?? throw new ArgumentException($"ExportCSharp: the schema does not say what the date '{Cited.Text(column.Name)}' became.");
        for (int i = 0; i < at.Length; i++)
        {
            // The library rounds parts of dates to the type of the data set at once.
            string part = dates.Parts[i] switch
            {
                "year" => "date.Year",
                "month" => "date.Month",
                "weekday" => "date.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)date.DayOfWeek",
                "hour" => "date.TimeOfDay.TotalHours",
                "days" => string.Create(CultureInfo.InvariantCulture, $"(date - new DateTime({dates.Origin.Ticks}L)).TotalDays"),
                var other => throw new ArgumentException(
                    $"ExportCSharp: the part '{Cited.Text(other)}' of the date '{Cited.Text(column.Name)}' is not known. Export with the version that read the data."),
            };
            _statements.Append(CultureInfo.InvariantCulture, $"        features[{at[i]}] = row.{property} is {{ }} date{at[i]} ? {part.Replace("date.", $"date{at[i]}.", StringComparison.Ordinal).Replace("(date ", $"(date{at[i]} ", StringComparison.Ordinal)} : double.NaN;\n");
        }
    }
}
