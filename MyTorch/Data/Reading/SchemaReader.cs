using System.Globalization;
using System.Numerics;

namespace MyTorch.Data;

/// <summary>Reads new rows by the schema of the training data: a pass that finds out how numbers are written, and one that reads the values.</summary>
sealed class SchemaReader<T>(CsvSource source, DatasetSchema schema, CsvOptions options)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    sealed class Reading(ColumnSchema column, int position, int to)
    {
        internal ColumnSchema Column { get; } = column;
        internal int Position { get; } = position;

        /// <summary>The first column of the inputs, or the index of the target.</summary>
        internal int To { get; } = to;

        /// <summary>How the fields look, for numbers.</summary>
        internal CsvColumn Look { get; } = new(position, column.Name, column.IsTarget, ColumnWish.None, isAsked: true);

        internal NumberFormat Format { get; set; } = column.Numbers ?? new NumberFormat();
        internal Dictionary<string, int> Codes { get; } = new(StringComparer.Ordinal);
        internal Places Bad { get; } = new();
        internal Places Unknown { get; } = new();
        internal List<string> UnknownTexts { get; } = [];
        internal string? Date { get; set; } = column.Dates?.Format;
    }

    readonly List<CsvIssue> _issues = [], _notes = [];
    readonly List<T> _inputs = [];
    readonly List<double> _targets = [];

    // The rounding errors of the inputs in Float32.
    readonly List<float> _rest = [];
    readonly List<long> _lines = [];

    string File => source.Name;

    int Width => schema.FeatureNames.Count;

    internal NewRows Read()
    {
        CsvLayout layout = CsvLayout.Of(source, options);
        List<Reading> features = [], targets = [];
        Match(layout.Header, features, targets);
        ThrowIfAny();
        LookAtNumbers(layout, [.. features.Concat(targets).Where(r => r.Column.Kind == ColumnKind.Number && !IsClass(r))]);
        ReadValues(layout, features, targets);
        foreach (Reading reading in features) Judge(reading);
        foreach (Reading reading in targets) JudgeTarget(reading);
        ThrowIfAny();
        if (_lines.Count == 0)
            throw new CsvDataException(File, [new CsvIssue(CsvProblem.NoRows, $"{Cited.Text(File, 500)}: the file has no rows of data.", "Add some, or name another file.")]);
        DType dtype = typeof(T) == typeof(float) ? DType.Float32 : DType.Float64;
        Tensor inputs = Tensor.Own(_inputs.ToArray(), [_lines.Count, Width], dtype);
        (Tensor? target, int[] labelled) = Target(targets, dtype);
        Tensor? rest = dtype == DType.Float32 ? Tensor.Own(_rest.ToArray(), [_lines.Count, Width], DType.Float32) : null;
        return new NewRows(schema, inputs, target, labelled, [.. _lines], [.. source.Notes, .. _notes])
        {
            File = source.IsMemory ? null : File,
            InputsRest = rest,
            TargetRest = TargetRest(target, labelled, targets),
        };
    }

    void ThrowIfAny()
    {
        if (_issues.Count > 0) throw new CsvDataException(File, [.. _issues.OrderBy(issue => issue.Line == 0).ThenBy(issue => issue.Line)]);
    }

    bool IsClass(Reading reading) => reading.Column.IsTarget && schema.Targets[0].Task == LearningTask.Classification;

    void Match(CsvHeader header, List<Reading> features, List<Reading> targets)
    {
        if (header.Renamed is { } renamed) _notes.Add(renamed);
        bool byPosition = !options.HasHeader && schema.HasHeader;
        if (byPosition && header.Names.Length != schema.Columns.Count)
        {
            _issues.Add(new CsvIssue(CsvProblem.FieldCount, FormattableString.Invariant(
                $"{Cited.Text(File, 500)}: without a header columns are matched by their positions, and the file has {header.Names.Length} of them; the training file had {schema.Columns.Count}, the target included."),
                "Give the file a first line with the names of its columns."));
            return;
        }
        int[] first = schema.FirstFeatures();
        for (int c = 0; c < first.Length; c++)
        {
            ColumnSchema column = schema.Columns[c];
            if (column.Kind == ColumnKind.Ignored) continue;
            int? position = byPosition ? c : header.Position(column.Name);
            if (position is null && column.IsTarget) continue;
            if (position is null)
            {
                string? near = header.Names.Where(n => n.Length < 200 && schema.Find(n) is null).MinBy(n => EditDistance.Between(n, column.Name));
                bool isNear = near is not null && EditDistance.Between(near, column.Name) <= Math.Max(2, column.Name.Length / 3);
                _issues.Add(new CsvIssue(CsvProblem.MissingColumn,
                    $"{Cited.Text(File, 500)}: there is no column '{Cited.Text(column.Name)}', which the model was trained with.{(isNear ? $" Is it '{Cited.Text(near!)}'?" : "")}",
                    "Add it, or name it as in the training file.")
                { Column = column.Name });
                continue;
            }
            int to = column.IsTarget ? TargetIndex(column.Name) : first[c];
            var reading = new Reading(column, position.Value, to);
            IReadOnlyList<string> names = column.IsTarget ? schema.Targets[0].Classes : column.Categories;
            for (int i = 0; i < names.Count; i++) reading.Codes[names[i]] = i;
            (column.IsTarget ? targets : features).Add(reading);
        }
        string[] extra = byPosition ? [] : [.. header.Names.Where(name => schema.Find(name) is null)];
        if (extra.Length > 0)
            _notes.Add(new CsvIssue(CsvProblem.ExtraColumn, $"{Cited.Text(File, 500)}: the model was not trained with {Cited.List(extra)}; what is in it is ignored.") { Column = extra[0], Count = extra.Length });
        if (targets.Count > 0 && targets.Count < schema.Targets.Count) targets.Clear();

        int TargetIndex(string name) => schema.Targets.TakeWhile(target => target.Name != name).Count();
    }

    void LookAtNumbers(CsvLayout layout, Reading[] numbers)
    {
        Span<char> buffer = stackalloc char[CsvRows.LongestField];
        using var rows = new CsvRows(layout);
        while (rows.Next())
            foreach (Reading reading in numbers)
            {
                if (rows.Reader.IsNull(reading.Position)) continue;
                if (!rows.TryGetChars(reading.Position, buffer, out ReadOnlySpan<char> text))
                {
                    reading.Bad.Add(rows, reading.Position);
                    continue;
                }
                if (MissingTexts.Contains(text)) continue;
                byte readings = NumberReading.Readings(text, out ReadOnlySpan<char> unit);
                if (readings == NumberReading.None) reading.Bad.Add(rows, reading.Position);
                else reading.Look.AddReadings(rows, readings, unit);
            }
        if (rows.FieldCounts.Count > 0)
            _issues.Add(rows.FieldCounts.Issue(File, null, CsvProblem.FieldCount,
                $"the row has {rows.FieldCounts.Value} field(s); expected {layout.Width}, as in {(options.HasHeader ? "the header" : "the first rows")}.",
                "Correct the row; a field that contains the delimiter must be quoted."));
        // What one column proves holds for the others of the file, as it does where a model is trained.
        bool point = numbers.Any(reading => Proves(reading, NumberReading.Comma)), comma = numbers.Any(reading => Proves(reading, NumberReading.Point));
        char? separator = options.Decimal ?? (point != comma ? point ? '.' : ',' : null);
        foreach (Reading reading in numbers)
        {
            if (reading.Bad.Count > 0 && !reading.Column.IsTarget)
                _issues.Add(reading.Bad.Issue(File, reading.Column.Name, CsvProblem.TextAmongNumbers,
                    $"'{Cited.Text(reading.Bad.Value)}' is not a number, as all were in the training rows.", "Correct it, or leave the field empty if it is unknown."));
            ChooseFormat(reading, separator);
        }

        static bool Proves(Reading reading, byte other) => reading.Look.HasSeparators && reading.Look.Readings != 0 && (reading.Look.Readings & other) == 0;
    }

    /// <summary>
    /// The format with the decimal separator that is known for the file, or else that of the training rows; or the only one that the fields have.
    /// </summary>
    void ChooseFormat(Reading reading, char? separator)
    {
        CsvColumn look = reading.Look;
        byte own = (separator ?? reading.Format.Decimal) == '.' ? NumberReading.Point : NumberReading.Comma;
        string? unit = reading.Format.Unit;
        // Numbers without the unit are taken to be in it.
        if (look.OtherUnit.Count > 0 || !string.IsNullOrEmpty(look.Unit) && look.Unit != unit)
        {
            Places place = look.OtherUnit.Count > 0 ? look.OtherUnit : look.FirstSeparated;
            string statement = $"the unit is {(look.OtherUnit.Count > 0 ? "not the same in all rows" : $"'{Cited.Text(look.Unit!)}'")}; in the training rows it was {(unit is null ? "none" : $"'{unit}'")}.";
            _issues.Add(place.Count > 0
                ? place.Issue(File, reading.Column.Name, CsvProblem.MixedNumbers, statement, "Write the numbers as in the training file.")
                : new CsvIssue(CsvProblem.MixedNumbers, $"{Places.At(File, 0, 0, reading.Column.Name)}: {statement}", "Write the numbers as in the training file.") { Column = reading.Column.Name });
            return;
        }
        // 15 % may also be written as 0.15, which is another number.
        if (unit is "%" or "\u2030" && look.Unit is "")
            _notes.Add(new CsvIssue(CsvProblem.MixedNumbers,
                $"{Places.At(File, 0, 0, reading.Column.Name)}: the numbers have no {unit}, as they had in the training rows; " +
                    $"15 is read as 15 {unit}, and 0.15 as 0.15 {unit}.",
                "If they are shares, write them as in the training file.")
            { Column = reading.Column.Name });
        // 1,234 of a column that had decimal points and no commas may be either number.
        byte trained = (byte)(NumberReading.Bit(reading.Format) | NumberReading.Bit(reading.Format with { Thousands = null }));
        bool isBoth = (look.Readings & NumberReading.Point) != 0 && (look.Readings & NumberReading.Comma) != 0;
        if (separator is null && isBoth && (look.Readings & trained) == 0)
        {
            Places place = look.FirstSeparated;
            _issues.Add(place.Issue(File, reading.Column.Name, CsvProblem.AmbiguousNumber,
                $"'{Cited.Text(place.Value)}' can be read as {NumberReading.As(place.Value, '.')} and as {NumberReading.As(place.Value, ',')}, " +
                $"and the numbers of the training file were {reading.Format}.",
                "Say which with {0} for a decimal point or {1} for a decimal comma.",
                new CsvFix(nameof(CsvOptions.Decimal), "."), new CsvFix(nameof(CsvOptions.Decimal), ",")));
            return;
        }
        byte readings = (byte)(look.Readings & own) != 0 ? (byte)(look.Readings & own) : look.Readings;
        if (readings == 0)
            _issues.Add(look.Clash.Issue(File, reading.Column.Name, CsvProblem.MixedNumbers,
                $"'{Cited.Text(look.Clash.Value)}' is written in another way than '{Cited.Text(look.FirstSeparated.Value)}' in line {look.FirstSeparated.Line}.",
                "Write the numbers of the column in one way."));
        else reading.Format = NumberReading.Format(readings, look.Unit);
    }

    void ReadValues(CsvLayout layout, List<Reading> features, List<Reading> targets)
    {
        Span<char> buffer = stackalloc char[CsvRows.LongestField];
        using var rows = new CsvRows(layout, pool: true);
        while (rows.Next())
        {
            int start = _inputs.Count;
            System.Runtime.InteropServices.CollectionsMarshal.SetCount(_inputs, start + Width);
            Span<T> row = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_inputs)[start..];
            row.Clear();
            Span<float> rest = [];
            if (typeof(T) == typeof(float))
            {
                System.Runtime.InteropServices.CollectionsMarshal.SetCount(_rest, start + Width);
                rest = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rest)[start..];
                rest.Clear();
            }
            foreach (Reading reading in features)
            {
                Span<T> values = row.Slice(reading.To, reading.Column.Features.Count);
                switch (reading.Column.Kind)
                {
                    case ColumnKind.Number:
                        double number = Number(rows, reading, buffer);
                        values[0] = T.CreateTruncating(number);
                        if (typeof(T) == typeof(float) && !double.IsNaN(number)) rest[reading.To] = (float)(number - double.CreateTruncating(values[0]));
                        break;
                    case ColumnKind.Category:
                        Category(rows, reading, values);
                        break;
                    default:
                        DateParts.Fill(values, reading.Column.Dates!, Date(rows, reading, buffer));
                        break;
                }
            }
            foreach (Reading reading in targets) _targets.Add(IsClass(reading) ? Class(rows, reading) : Number(rows, reading, buffer));
            _lines.Add(rows.Line);
        }
    }

    static double Number(CsvRows rows, Reading reading, Span<char> buffer)
    {
        if (rows.Reader.IsNull(reading.Position) || !rows.TryGetChars(reading.Position, buffer, out ReadOnlySpan<char> text) || MissingTexts.Contains(text)) return double.NaN;
        if (!NumberReading.TryRead(text, reading.Format, out double value)) return double.NaN;
        if (T.IsFinite(T.CreateTruncating(value))) return value;
        reading.Look.TooLarge.Add(rows, reading.Position);
        return double.NaN;
    }

    static void Category(CsvRows rows, Reading reading, Span<T> values)
    {
        if (rows.Reader.IsNull(reading.Position)) values.Fill(T.NaN);
        else if (reading.Codes.TryGetValue(rows.Reader.GetString(reading.Position), out int code)) values[code] = T.One;
        else AddUnknown(rows, reading);
    }

    static void AddUnknown(CsvRows rows, Reading reading)
    {
        reading.Unknown.Add(rows, reading.Position);
        string text = rows.Reader.GetString(reading.Position);
        if (reading.UnknownTexts.Count < 10 && !reading.UnknownTexts.Contains(text)) reading.UnknownTexts.Add(text);
    }

    static double Class(CsvRows rows, Reading reading)
    {
        if (rows.Reader.IsNull(reading.Position)) return double.NaN;
        string text = rows.Reader.GetString(reading.Position);
        if (reading.Codes.TryGetValue(text, out int code)) return code;
        // Classes of numbers may be written as 1.0.
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && reading.Codes.TryGetValue((number + 0.0).ToString(CultureInfo.InvariantCulture), out code)) return code;
        if (!MissingTexts.Contains(text)) AddUnknown(rows, reading);
        return double.NaN;
    }

    static DateTime? Date(CsvRows rows, Reading reading, Span<char> buffer)
    {
        if (rows.Reader.IsNull(reading.Position)) return null;
        bool isShort = rows.TryGetChars(reading.Position, buffer, out ReadOnlySpan<char> text);
        if (isShort && MissingTexts.Contains(text)) return null;
        if (isShort && DateReading.TryRead(text, reading.Date!, out DateTime date)) return date;
        // A year that comes first can only be the ISO form.
        if (isShort && DateReading.TryRead(text, "yyyy-M-d", out date)) return date;
        reading.Bad.Add(rows, reading.Position);
        return null;
    }

    void Judge(Reading reading)
    {
        ColumnSchema column = reading.Column;
        if (reading.Look.TooLarge.Count > 0)
            _issues.Add(reading.Look.TooLarge.Issue(File, column.Name, CsvProblem.TooLarge, $"'{Cited.Text(reading.Look.TooLarge.Value)}' is too large for {typeof(T).Name}.",
                "Correct it, or leave the field empty if it is unknown."));
        if (column.Kind == ColumnKind.Date && reading.Bad.Count > 0)
            _issues.Add(reading.Bad.Issue(File, column.Name, CsvProblem.NotADate, $"'{Cited.Text(reading.Bad.Value)}' is not a date as in the training file ({column.Dates}).",
                "Write it so, or as 2020-01-31."));
        if (reading.Unknown.Count > 0)
            _notes.Add(reading.Unknown.Issue(File, column.Name, CsvProblem.UnknownCategory,
                $"the model was not trained with {Cited.List(reading.UnknownTexts)}; all features of the column are 0 there.", "Predictions of such rows are uncertain."));
    }

    void JudgeTarget(Reading reading)
    {
        Places places = reading.Unknown.Count > 0 ? reading.Unknown : reading.Bad;
        if (places.Count > 0)
            _notes.Add(places.Issue(File, reading.Column.Name, CsvProblem.UnknownCategory,
                $"'{Cited.Text(places.Value)}' is {(IsClass(reading) ? "not a class that the model was trained with" : "not a number")}, so the row counts as one without a target.", ""));
    }

    (Tensor? Target, int[] Labelled) Target(List<Reading> targets, DType dtype)
    {
        if (targets.Count == 0) return (null, []);
        int count = targets.Count;
        int[] labelled = [.. Enumerable.Range(0, _lines.Count).Where(row => Enumerable.Range(0, count).All(t => !double.IsNaN(_targets[row * count + t])))];
        if (labelled.Length == 0) return (null, []);
        if (IsClass(targets[0])) return (Tensor.Indices([.. labelled.Select(row => (long)_targets[row])]), labelled);
        return (Tensor.From(TargetValues(labelled, targets), [labelled.Length, count], dtype), labelled);
    }

    double[] TargetValues(int[] labelled, List<Reading> targets) =>
        [.. labelled.SelectMany(row => schema.Targets.Select(target => _targets[row * targets.Count + targets.FindIndex(r => r.Column.Name == target.Name)]))];

    Tensor? TargetRest(Tensor? target, int[] labelled, List<Reading> targets) => target?.DType == DType.Float32
        ? Tensor.From([.. TargetValues(labelled, targets).Select(value => (float)(value - (float)value))], target.Shape, DType.Float32)
        : null;
}
