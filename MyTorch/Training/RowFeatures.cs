using System.Globalization;
using MyTorch.Data;

namespace MyTorch.Training;

/// <summary>
/// Turns rows of values (numbers, texts, dates) into features, as a schema says: a category into its 0/1 features, a date into its numbers.
/// The values of a file are read by <see cref="CsvDataset"/>; these are those of objects.
/// </summary>
sealed class RowFeatures
{
    static readonly NumberFormat s_plain = new();

    readonly DatasetSchema _schema;
    readonly ColumnSchema[] _columns;
    readonly Dictionary<string, string> _names;
    readonly List<string> _warnings = [];
    readonly HashSet<(string Column, string Text)> _unknown = [];

    /// <summary>A reader for rows whose values have these names.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="names">The names of the values: properties or keys.</param>
    /// <exception cref="ArgumentException">A column has no value; the message names all of them.</exception>
    internal RowFeatures(DatasetSchema schema, IReadOnlyCollection<string> names)
    {
        _schema = schema;
        _columns = [.. schema.Columns.Where(column => column.Features.Count > 0)];
        _names = _columns.ToDictionary(column => column.Name, column => NameOf(column.Name, names) ?? "");
        string[] missing = [.. _columns.Select(column => column.Name).Where(column => _names[column].Length == 0)];
        if (missing.Length > 0)
            throw new ArgumentException(
                $"Predict: the row has no value for {Cited.List(missing, 20)}; it has {Cited.List(names, 20)}. Give each column a property or key of its name; " +
                "letters and digits count, so SepalLength is sepal_length. A value that is not known is null or NaN.", nameof(names));
    }

    /// <summary>Unknown categories, each once.</summary>
    internal IReadOnlyList<string> Warnings => _warnings;

    /// <summary>The features of a row.</summary>
    /// <param name="row">The number of the row, for errors.</param>
    /// <param name="value">Gives the value of a name.</param>
    /// <param name="features">Receives the features.</param>
    /// <exception cref="ArgumentException">A value is not what its column holds.</exception>
    internal void Fill(int row, Func<string, object?> value, Span<double> features)
    {
        foreach (ColumnSchema column in _columns)
        {
            Span<double> to = features[..column.Features.Count];
            features = features[column.Features.Count..];
            object? given = value(_names[column.Name]);
            if (IsMissing(given)) to.Fill(double.NaN);
            else if (column.Kind == ColumnKind.Category) Category(row, column, given!, to);
            else if (column.Kind == ColumnKind.Date) DateParts.Fill(to, column.Dates!, Date(row, column, given!));
            else to[0] = Number(row, column, given!);
        }
    }

    // The exact name, or the only one with the same letters and digits.
    static string? NameOf(string column, IReadOnlyCollection<string> names)
    {
        if (names.Contains(column)) return column;
        string[] alike = [.. names.Where(name => Letters(name) is { Length: > 0 } letters && letters == Letters(column))];
        return alike.Length == 1 ? alike[0] : null;

        static string Letters(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToUpperInvariant();
    }

    bool IsMissing(object? value) => value switch
    {
        null or DBNull or double.NaN or float.NaN => true,
        string text => text.Trim() is var trimmed && (trimmed.Length == 0 || _schema.MissingMarkers.Contains(trimmed)),
        _ => false,
    };

    static double Number(int row, ColumnSchema column, object value)
    {
        double number = value switch
        {
            bool truth => truth ? 1 : 0,
            TimeOnly time => time.ToTimeSpan().TotalHours,
            TimeSpan time => time.TotalHours,
            string text when NumberReading.TryRead(text.Trim(), column.Numbers ?? s_plain, out double read) => read,
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double read) => read,
            sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal or Half =>
                value is Half half ? (double)half : Convert.ToDouble(value, CultureInfo.InvariantCulture),
            _ => throw Wrong(row, column, value, "a number"),
        };
        return double.IsFinite(number) ? number : throw Wrong(row, column, value, "a finite number");
    }

    void Category(int row, ColumnSchema column, object value, Span<double> to)
    {
        string text = value switch
        {
            string s => s.Trim(),
            Enum or bool or char => value.ToString()!,
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => throw Wrong(row, column, value, "a text"),
        };
        // A file may have written true where C# says True.
        StringComparison comparison = value is bool or Enum ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        to.Clear();
        for (int i = 0; i < column.Categories.Count; i++)
        {
            if (!column.Categories[i].Equals(text, comparison)) continue;
            to[i] = 1;
            return;
        }
        if (_unknown.Add((column.Name, text)))
            _warnings.Add(FormattableString.Invariant(
                $"row {row}, '{Cited.Text(column.Name)}': the category '{Cited.Text(text)}' was not in the training rows; it counts as none of {Cited.List(column.Categories)}."));
    }

    static DateTime Date(int row, ColumnSchema column, object value) => value switch
    {
        DateTime date => date,
        DateTimeOffset date => date.UtcDateTime,
        DateOnly date => date.ToDateTime(TimeOnly.MinValue),
        string text when DateReading.TryRead(text.Trim(), column.Dates!.Format, out DateTime date) => date,
        sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal
            when DateReading.TryNumber(Convert.ToDouble(value, CultureInfo.InvariantCulture), column.Dates!.Format, out DateTime date) =>
                date,
        _ => throw Wrong(row, column, value, $"a date, or a text in the format {column.Dates!.Format}"),
    };

    static ArgumentException Wrong(int row, ColumnSchema column, object value, string expected) => new(
        string.Create(CultureInfo.InvariantCulture,
            $"Predict: row {row}, '{Cited.Text(column.Name)}' is {(value is string text ? $"'{Cited.Text(text)}'" : $"{Cited.Text(value.ToString() ?? "")} ({value.GetType().Name})")}; expected {expected}, or null if it is not known."));
}
