using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace MyTorch.Data;

/// <summary>
/// Turns objects, whose properties or keys are numbers, texts or dates, into features and targets, as a schema says: a category into its
/// 0/1 features, a date into its numbers. Fields of a file are read by <see cref="SchemaReader{T}"/>.
/// </summary>
sealed class RowReader
{
    static readonly NumberFormat s_plain = new();

    readonly string _action;
    readonly DatasetSchema _schema;
    readonly ColumnSchema[] _columns, _targets;
    readonly Dictionary<string, string> _names;

    // The index of the first feature, by the name of the column.
    readonly Dictionary<string, int> _first;
    readonly List<CsvIssue> _notes;
    readonly HashSet<(string Column, string Text)> _unknown = [];

    /// <summary>A reader for rows whose values have these names.</summary>
    /// <param name="action">The method, for errors.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="names">The names of the values: properties or keys.</param>
    /// <param name="notes">Receives unknown categories and classes, each once.</param>
    /// <exception cref="ArgumentException">A column has no value; the message names all of them.</exception>
    RowReader(string action, DatasetSchema schema, IReadOnlyCollection<string> names, List<CsvIssue> notes)
    {
        (_action, _schema, _notes) = (action, schema, notes);
        _first = schema.FirstFeatures().Zip(schema.Columns).ToDictionary(pair => pair.Second.Name, pair => pair.First);
        _columns = [.. schema.Columns.Where(column => column.Features.Count > 0)];
        _targets = [.. schema.Targets.Select(target => schema.Find(target.Name)).OfType<ColumnSchema>()];
        _names = _columns.Concat(_targets).ToDictionary(column => column.Name, column => NameOf(column.Name, names) ?? "");
        if (_targets.Length < schema.Targets.Count || Array.Exists(_targets, target => _names[target.Name].Length == 0)) _targets = [];
        string[] missing = [.. _columns.Select(column => column.Name).Where(column => _names[column].Length == 0)];
        if (missing.Length > 0)
            throw new ArgumentException(
                $"{_action}: the row has no value for {Cited.List(missing, 20)}; it has {Cited.List(names, 20)}. Give each column a property or key of its name; " +
                "letters and digits count, so SepalLength is sepal_length. A value that is not known is null or NaN.", nameof(names));
    }

    /// <summary>The features and the targets of objects; a target that is not there is NaN.</summary>
    /// <param name="action">The method, for errors.</param>
    /// <param name="rows">At least one object: with properties, or a dictionary from names to values.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="notes">Receives unknown categories and classes, each once.</param>
    internal static (double[] Features, double[] Targets) Read<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(
        string action, IReadOnlyList<T> rows, DatasetSchema schema, List<CsvIssue> notes)
    {
        PropertyInfo[] properties = [.. typeof(T).GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.CanRead
            && p.GetIndexParameters().Length == 0)];
        RowReader? ofProperties = null;
        int width = schema.FeatureNames.Count, targets = schema.Targets.Count;
        var (values, known) = (new double[rows.Count * width], new double[rows.Count * targets]);
        for (int i = 0; i < rows.Count; i++)
        {
            T row = rows[i] ?? throw new ArgumentException(FormattableString.Invariant($"{action}: row {i} is null."), nameof(rows));
            // The keys of a dictionary are not those of the next one.
            RowReader reader = row is IReadOnlyDictionary<string, object?> keys ? new RowReader(action, schema, [.. keys.Keys], notes)
                : ofProperties ??= new RowReader(action, schema, [.. properties.Select(property => property.Name)], notes);
            Func<string, object?> value = row is IReadOnlyDictionary<string, object?> map ? key => map[key]
                : name => Array.Find(properties, property => property.Name == name)!.GetValue(row);
            reader.Fill(i, value, values.AsSpan(i * width, width));
            reader.FillTargets(i, value, known.AsSpan(i * targets, targets));
        }
        return (values, known);
    }

    void FillTargets(int row, Func<string, object?> value, Span<double> targets)
    {
        targets.Fill(double.NaN);
        for (int i = 0; i < _targets.Length; i++)
        {
            ColumnSchema column = _targets[i];
            object? given = value(_names[column.Name]);
            if (IsMissing(given)) continue;
            if (_schema.Targets[i].Task == LearningTask.Classification) targets[i] = Code(row, column, given!, _schema.Targets[i].Classes,
                "is not a class that the model was trained with, so the row counts as one without a target");
            else targets[i] = Number(row, column, given!);
        }
    }

    void Fill(int row, Func<string, object?> value, Span<double> features)
    {
        foreach (ColumnSchema column in _columns)
        {
            Span<double> to = features.Slice(_first[column.Name], column.Features.Count);
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

    double Number(int row, ColumnSchema column, object value)
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
        to.Clear();
        double code = Code(row, column, value, column.Categories,
            $"was not in the training rows; it counts as none of {Cited.List(column.Categories)}");
        if (!double.IsNaN(code)) to[(int)code] = 1;
    }

    /// <summary>The index of a text among those of a column; NaN, with a note, if it is not among them.</summary>
    double Code(int row, ColumnSchema column, object value, IReadOnlyList<string> texts, string problem)
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
        for (int i = 0; i < texts.Count; i++)
            if (texts[i].Equals(text, comparison)) return i;
        // Classes of whole numbers: a bool is 0 or 1, and 3.0 is 3.
        if (column.IsTarget && (value is bool truth ? truth ? 1 : 0 : TryPlain(text)) is { } whole
            && Array.IndexOf([.. texts], (whole + 0.0).ToString(CultureInfo.InvariantCulture)) is >= 0 and int index) return index;
        if (_unknown.Add((column.Name, text)) && !_notes.Exists(note => note.Column == column.Name && note.Value == text))
            _notes.Add(new CsvIssue(CsvProblem.UnknownCategory, FormattableString.Invariant(
                $"row {row}, '{Cited.Text(column.Name)}': {(column.IsTarget ? "" : "the category ")}'{Cited.Text(text)}' {problem}."))
            { Row = row + 1, Column = column.Name, Value = text });
        return double.NaN;
    }

    static double? TryPlain(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;

    DateTime Date(int row, ColumnSchema column, object value) => value switch
    {
        DateTime date => date,
        DateTimeOffset date => date.UtcDateTime,
        DateOnly date => date.ToDateTime(TimeOnly.MinValue),
        string text when DateReading.TryRead(text.Trim(), column.Dates!.Format, out DateTime date) => date,
        // A year that comes first can only be the ISO form.
        string text when DateReading.TryRead(text.Trim(), "yyyy-M-d", out DateTime date) => date,
        sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal
            when DateReading.TryNumber(Convert.ToDouble(value, CultureInfo.InvariantCulture), column.Dates!.Format, out DateTime date) =>
                date,
        _ => throw Wrong(row, column, value, $"a date, or a text in the format {column.Dates!.Format} or as 2020-01-31"),
    };

    ArgumentException Wrong(int row, ColumnSchema column, object value, string expected) => new(
        string.Create(CultureInfo.InvariantCulture,
            $"{_action}: row {row}, '{Cited.Text(column.Name)}' is {(value is string text ? $"'{Cited.Text(text)}'" : $"{Cited.Text(value.ToString() ?? "")} ({value.GetType().Name})")}; expected {expected}, or null if it is not known."));
}
