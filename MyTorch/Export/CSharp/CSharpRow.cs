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
        (ColumnSchema[] columns, int[] first) = Columns(pipeline);
        string[] properties = CSharpNames.Properties([.. columns.Select(column => column.Name)], type);
        var text = new StringBuilder();
        for (int c = 0; c < columns.Length; c++)
        {
            ColumnSchema column = columns[c];
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
                    _statements.Append(CultureInfo.InvariantCulture, $"        features[{first[c]}] = row.{properties[c]} ?? double.NaN;\n");
                    break;
                case ColumnKind.Date: Date(column, properties[c], first[c]); break;
                default: Category(column, properties[c], first[c], pipeline.Schema?.MissingMarkers ?? []); break;
            }
        }
        Properties = text.ToString();
    }

    // The columns that are features, and the index of the first feature of each.
    static (ColumnSchema[] Columns, int[] First) Columns(ExportedPipeline pipeline)
    {
        if (pipeline.Schema is not { } schema)
            return ([.. pipeline.FeatureNames.Select(name => new ColumnSchema { Name = name, Kind = ColumnKind.Number, Features = [name] })],
                [.. Enumerable.Range(0, pipeline.FeatureNames.Count)]);
        if (!schema.FeatureNames.SequenceEqual(pipeline.FeatureNames))
            throw new ArgumentException(
                $"ExportCSharp: the model has the features {Cited.List(pipeline.FeatureNames, 20)}, " +
                $"and its schema {Cited.List(schema.FeatureNames, 20)}. " +
                "Export the model with the data that it was trained on.");
        int[] first = schema.FirstFeatures(), used = [.. Enumerable.Range(0, first.Length).Where(c => first[c] >= 0)];
        return ([.. used.Select(c => schema.Columns[c])], [.. used.Select(c => first[c])]);
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
    void Category(ColumnSchema column, string property, int first, IReadOnlyList<string> markers)
    {
        HasCategories = true;
        _fields.Append(CultureInfo.InvariantCulture, $"\n    static readonly string[] s_categoriesOf{property} = [{string.Join(", ", column.Categories.Select(CSharpNames.Literal))}];\n");
        string missing = string.Join(", ", markers.Where(marker => !column.Categories.Contains(marker)).Select(CSharpNames.Literal));
        _statements.Append(CultureInfo.InvariantCulture,
            $"        Category(row.{property}, s_categoriesOf{property}, [{missing}], features.AsSpan({first}, {column.Features.Count}));\n");
    }

    void Date(ColumnSchema column, string property, int first)
    {
        DateFormat dates = column.Dates ?? throw new ArgumentException($"ExportCSharp: the schema does not say what the date '{Cited.Text(column.Name)}' became.");
        for (int i = 0; i < column.Features.Count; i++)
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
            string date = FormattableString.Invariant($"date{first + i}");
            part = part.Replace("date.", $"{date}.", StringComparison.Ordinal).Replace("(date ", $"({date} ", StringComparison.Ordinal);
            _statements.Append(CultureInfo.InvariantCulture,
                $"        features[{first + i}] = row.{property} is {{ }} {date} ? {part} : double.NaN;\n");
        }
    }
}
