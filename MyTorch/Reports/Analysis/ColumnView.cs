using System.Globalization;
using MyTorch.Data;

namespace MyTorch.Reports;

/// <summary>A column of the file and the features it became; without a schema each feature is a column.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Features">The indices of its features; none for a target and for a column that was left out.</param>
/// <param name="Schema">What the file's column became; null without a schema.</param>
sealed record ColumnView(string Name, int[] Features, ColumnSchema? Schema)
{
    internal bool IsCategory => Schema?.Kind == ColumnKind.Category;

    /// <summary>The feature that holds the days since the first date; null if the column is not a date.</summary>
    internal int? Days =>
        Schema is { Kind: ColumnKind.Date, Dates: { } dates } && dates.Parts.ToList().IndexOf(DateParts.Days) is >= 0 and int part
            && part < Features.Length ? Features[part] : null;

    /// <summary>Days since the first date as a date, with the time of day if the column has one.</summary>
    internal string Date(double days)
    {
        DateFormat format = Schema!.Dates!;
        bool hasTime = format.Parts.Contains(DateParts.Hour);
        double room = (DateTime.MaxValue - format.Origin).TotalDays - 1, least = (DateTime.MinValue - format.Origin).TotalDays + 1;
        if (!(days >= least && days <= room)) return Html.Number(days);
        // Float32 keeps about seven digits of the days: to the minute in forty years.
        DateTime date = format.Origin.AddMinutes(Math.Round(days * 24 * 60 / (hasTime ? 1 : 1440)) * (hasTime ? 1 : 1440));
        return date.ToString(hasTime ? "yyyy-MM-dd HH:mm" : "yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    /// <summary>The columns in the order of the file.</summary>
    internal static IReadOnlyList<ColumnView> Of(Dataset data)
    {
        if (data.Schema is not { } schema) return [.. data.FeatureNames.Select((name, i) => new ColumnView(name, [i], null))];
        var index = new Dictionary<string, int>();
        for (int i = 0; i < data.FeatureCount; i++) index[data.FeatureNames[i]] = i;
        var columns = schema.Columns.Select(column =>
            new ColumnView(column.Name, [.. column.Features.Where(index.ContainsKey).Select(name => index[name])], column)).ToList();
        var known = columns.SelectMany(column => column.Features).ToHashSet();
        for (int i = 0; i < data.FeatureCount; i++)
            if (!known.Contains(i)) columns.Add(new ColumnView(data.FeatureNames[i], [i], null));
        return columns;
    }
}

/// <summary>The features of a data set in the units of the file, whether or not it is standardized.</summary>
sealed class OriginalUnits(Dataset data)
{
    internal double Value(int row, int feature)
    {
        double value = data.Inputs.ValueAt(row * data.FeatureCount + feature);
        return data.Standardizer is { } standardizer ? standardizer.Original(feature, value) : value;
    }

    /// <summary>The value of a column as a reader of the file knows it: a number, or the category.</summary>
    internal string Text(int row, ColumnView column)
    {
        if (column.Days is { } days) return column.Date(Value(row, days));
        if (column is not { IsCategory: true, Schema: { } schema })
            return string.Join(", ", column.Features.Select(f => Html.Number(Clean(Value(row, f)))));
        int chosen = Category(row, column);
        return chosen < 0 ? "(other or missing)" : Cited.Text(schema.Categories[chosen], 30);
    }

    /// <summary>The index of the category in a row; −1 if it is missing or of no known category.</summary>
    internal int Category(int row, ColumnView column)
    {
        for (int i = 0; i < column.Features.Length; i++)
            if (Value(row, column.Features[i]) > 0.5) return i;
        return -1;
    }

    // A mean and a deviation leave rounding errors: 38.1 comes back as 38.100002, and 0 as 1e-8.
    double Clean(double value) => data.Standardizer is not null && Math.Abs(value) < 1e-6 ? 0 : value;
}
