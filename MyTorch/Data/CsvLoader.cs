using System.Globalization;
using System.Numerics;
using CsvHelper;

namespace MyTorch.Data;

/// <summary>
/// Reads a CSV file into a <see cref="Dataset"/>. The first pass parses every field as a number from the bytes of the file into the memory of the
/// inputs, and notes the fields that are not numbers. If there are categorical columns, a second pass reads them.
/// </summary>
static class CsvLoader
{
    internal static Dataset Load(string path, Func<CsvHeader, int[]> targets, CsvOptions? options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new CsvOptions();
        if (!File.Exists(path))
            throw new FileNotFoundException(
                $"CsvDataset: there is no file '{Cited.Text(path, 500)}' ({(Directory.Exists(path) ? "it is a directory" : $"looked for {Cited.Text(Path.GetFullPath(path), 500)}")}). " +
                "Check the path; a relative one starts from the current directory.", path);
        if (options.Delimiter is { } delimiter && (!char.IsAscii(delimiter) || delimiter is '"' or '\n' or '\r'))
            throw new ArgumentException(
                $"CsvDataset: the Delimiter is U+{(int)delimiter:X4}; expected an ASCII character other than a quote or a line end.", nameof(options));
        DType dtype = options.DType ?? Tensor.DefaultDType;
        if (!dtype.IsFloat())
            throw new ArgumentException($"CsvDataset: the dtype is {dtype}; expected Float32 or Float64.", nameof(options));
        try
        {
            return dtype == DType.Float32
                ? new CsvLoader<float>(path, targets, options).Load()
                : new CsvLoader<double>(path, targets, options).Load();
        }
        catch (CsvFormatException e)
        {
            throw new CsvDataException(path, CsvProblem.BrokenQuoting, $"the quoting is broken. {Cited.Message(e.Message)}",
                "Double every quote inside a quoted field, and close every quote.", e.LineNumber, inner: e);
        }
    }
}

/// <summary>The column names of a file.</summary>
sealed class CsvHeader
{
    readonly Dictionary<string, int> _positions = new(StringComparer.Ordinal);

    internal CsvHeader(string file, IReadOnlyList<string> names)
    {
        File = file;
        Names = names;
        for (int i = 0; i < names.Count; i++)
            if (!_positions.TryAdd(names[i], i))
            {
                string statement = $"columns {_positions[names[i]] + 1} and {i + 1} are both named '{Cited.Text(names[i])}'.";
                throw HasNumericNames
                    ? new CsvDataException(file, CsvProblem.NumericHeader, statement + NumericNames, NumericNamesAdvice, column: names[i])
                    : new CsvDataException(file, CsvProblem.DuplicateColumn, statement, "Give each column another name.", column: names[i]);
            }
    }

    internal string File { get; }

    internal IReadOnlyList<string> Names { get; }

    internal int Find(string name, string role)
    {
        if (_positions.TryGetValue(name, out int position)) return position;
        string? near = Names.MinBy(n => EditDistance.Between(n, name));
        bool isNear = near is not null && EditDistance.Between(near, name) <= Math.Max(2, name.Length / 3);
        throw Unknown(
            $"{Cited.Text(File, 500)}: there is no column '{Cited.Text(name)}' to use as {role}." +
            $"{(isNear ? $" Did you mean '{Cited.Text(near!)}'?" : "")} The columns are {List()}.", role);
    }

    internal int Find(Index target)
    {
        int position = target.GetOffset(Names.Count);
        return position >= 0 && position < Names.Count
            ? position
            : throw Unknown(
                $"{Cited.Text(File, 500)}: there is no column at position {target} to use as target; " +
                $"the {Names.Count} columns are {List()}, counted from 0.",
                nameof(target));
    }

    string List() => Names.Count <= 20
        ? string.Join(", ", Names.Select(n => $"'{Cited.Text(n)}'"))
        : $"{string.Join(", ", Names.Take(19).Select(n => $"'{Cited.Text(n)}'"))} … '{Cited.Text(Names[^1])}' ({Names.Count} in all)";

    const string NumericNames = " Every name is a number, so the first row may be data.";

    const string NumericNamesAdvice = "If it is, set HasHeader = false.";

    bool HasNumericNames => Names.All(n => double.TryParse(n, NumberStyles.Float, CultureInfo.InvariantCulture, out _));

    // Where the file looks as if it was read in the wrong way, that is the likelier problem.
    CsvColumnException Unknown(string statement, string parameter) =>
        Names.Count == 1
            ? new(CsvProblem.SingleColumn, statement + " As there is only one, the delimiter may be another.", "Set CsvOptions.Delimiter.", parameter)
        : HasNumericNames ? new(CsvProblem.NumericHeader, statement + NumericNames, NumericNamesAdvice, parameter)
        : new(CsvProblem.UnknownColumn, statement, parameter: parameter);
}

/// <summary>A column that is used, and the fields in it that are not numbers.</summary>
sealed class CsvColumn(int position, string name, bool isTarget, bool isText)
{
    internal int Position { get; } = position;
    internal string Name { get; } = name;
    internal bool IsTarget { get; } = isTarget;

    /// <summary>Whether it is categorical: set in the options, or detected in the first pass.</summary>
    internal bool IsText { get; set; } = isText;

    internal int Missing { get; set; }
    internal int Texts { get; set; }
    internal CsvDataException? FirstText { get; set; }
    internal CsvDataException? FirstBadNumber { get; set; }

    /// <summary>The first number that is too large for the type it is loaded as.</summary>
    internal CsvDataException? FirstTooLarge { get; set; }

    /// <summary>The error that different numbers became equal; set in the second pass.</summary>
    internal CsvDataException? FirstLost { get; set; }

    /// <summary>Statistics of its numbers and their rounding errors.</summary>
    internal Digits Digits { get; } = new();

    /// <summary>The rounding error of each row; null if negligible. Set in the second pass.</summary>
    internal float[]? Rest { get; set; }

    /// <summary>The categories, sorted, and the category of each row (−1 if missing). Set in the second pass.</summary>
    internal string[] Categories { get; set; } = [];
    internal List<int> Codes { get; } = [];
}

/// <summary>The standard deviation of a column, and the rounding errors of a conversion to the type.</summary>
sealed class Digits
{
    // Rounding errors above Kept times the standard deviation are stored for the Standardizer; above Lost times, values that become equal are an error.
    const double Kept = 1e-6, Lost = 1e-4;

    double _first, _sum, _squares, _errors, _largest;
    long _count;

    internal void Add(double value, double rounded)
    {
        if (_count++ == 0) _first = value;
        // Squares of the differences from the first number, because squares of the numbers would cancel.
        double difference = value - _first, error = value - rounded;
        _sum += difference;
        _squares += difference * difference;
        _errors += error * error;
        _largest = Math.Max(_largest, Math.Abs(value));
    }

    double Deviation => Math.Sqrt(Math.Max(_squares - _sum / _count * _sum, 0) / _count);

    /// <summary>The root mean square rounding error. In Float64, where it is not known, the spacing of the largest number if that is beyond 2^53.</summary>
    double Error(bool single)
    {
        if (single) return Math.Sqrt(_errors / _count);
        return _largest > 9007199254740992 ? Math.BitIncrement(_largest) - _largest : 0;
    }

    internal bool IsRounded(bool single) => _count > 0 && Error(single) > Kept * Deviation && Error(single) > 0;

    internal bool IsLost(bool single) => _count > 0 && Error(single) > Lost * Deviation && Error(single) > 0;
}

sealed class CsvLoader<T>(string path, Func<CsvHeader, int[]> resolveTargets, CsvOptions options)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly CsvReaderOptions _reading = new()
    {
        HasHeader = options.HasHeader,
        Separator = options.Delimiter,
        TrimWhitespace = true,
        TrackLineNumbers = true,
        MalformedData = CsvMalformedDataHandling.Throw,
        NullValues = options.MissingMarkers,
    };

    static readonly bool s_single = typeof(T) == typeof(float);

    CsvHeader? _header;
    CsvColumn[] _features = [], _targets = [];
    T[] _inputs = [];
    readonly List<double> _targetValues = [];
    int _width, _rows, _skipped;

    internal Dataset Load()
    {
        using (CsvReader reader = CsvReader.FromFile(path, _reading, FileOptions.SequentialScan))
        {
            bool any = reader.Read();
            if (!any && reader.Headers.Count == 0)
                throw new CsvDataException(
                    path, CsvProblem.NoRows, "the file is empty.", $"Expected {(options.HasHeader ? "a header row and " : "")}rows of data.");
            if (!any)
                throw new CsvDataException(path, CsvProblem.NoRows, "the file has a header but no rows of data.", "Add some, or name another file.");
            ChooseColumns(_header = Header(reader));
            ReadNumbers(reader);
        }
        if (_rows == 0) throw NothingLeft();
        // The array may be slightly longer than the tensor, which is cheaper than a copy.
        int used = _rows * _features.Length;
        if (_inputs.Length - used > used / 8) Array.Resize(ref _inputs, used);
        foreach (CsvColumn column in _features.Concat(_targets)) DecideKind(column);
        if (Text().Any()) ReadTexts();
        CsvColumn[] rounded = [.. _features.Concat(_targets).Where(c => !c.IsText && c.Digits.IsRounded(s_single))];
        if (rounded.Length > 0) ReadDigits(rounded);

        var (inputs, names) = _features.Any(f => f.IsText) ? WithCategories() : (_inputs, [.. _features.Select(f => f.Name)]);
        DType dtype = typeof(T) == typeof(float) ? DType.Float32 : DType.Float64;
        Tensor table = Tensor.Own(inputs, [_rows, names.Length], dtype);
        Tensor? rest = Rest(_features);
        string[] targetNames = [.. _targets.Select(t => t.Name)];
        if (Classes() is var (labels, classes))
            return new Dataset(table, Tensor.Indices(labels), names, classes, targetNames)
            {
                SkippedRows = _skipped,
                InputsRest = rest,
                Schema = Schema(names, classes),
            };
        foreach (CsvColumn target in _targets)
            if ((target.FirstTooLarge ?? target.FirstLost) is { } problem) throw problem;
        Tensor targets = Tensor.From(_targetValues.ToArray(), [_rows, _targets.Length], dtype);
        return new Dataset(table, targets, names, targetNames: targetNames)
        {
            SkippedRows = _skipped,
            InputsRest = rest,
            TargetRest = Rest(_targets),
            Schema = Schema(names, []),
        };
    }

    DatasetSchema Schema(string[] features, string[] classes) => new()
    {
        Columns = [.. _header!.Names.Select((name, position) =>
            _targets.FirstOrDefault(t => t.Position == position) is { } target
                ? new ColumnSchema { Name = name, Kind = target.IsText ? ColumnKind.Category : ColumnKind.Number, IsTarget = true }
            : _features.FirstOrDefault(f => f.Position == position) is { } feature
                ? new ColumnSchema
                {
                    Name = name,
                    Kind = feature.IsText ? ColumnKind.Category : ColumnKind.Number,
                    Categories = feature.Categories,
                    Features = FeaturesOf(feature),
                }
            : new ColumnSchema { Name = name, Kind = ColumnKind.Ignored, Reason = "as asked" })],
        Targets = [.. _targets.Select(t => new TargetSchema
        {
            Name = t.Name,
            Task = classes.Length > 0 ? LearningTask.Classification : LearningTask.Regression,
            Classes = classes,
        })],
        FeatureNames = features,
        MissingMarkers = options.MissingMarkers,
        HasHeader = options.HasHeader,
    };

    static string[] FeaturesOf(CsvColumn column) => column.IsText ? [.. column.Categories.Select(c => $"{column.Name}={c}")] : [column.Name];

    CsvHeader Header(CsvReader reader) => new(path, options.HasHeader
        ? [.. reader.Headers.Select((name, i) => name.Length > 0 ? name : Numbered(i))]
        : [.. Enumerable.Range(0, reader.FieldCount).Select(Numbered)]);

    static string Numbered(int position) => FormattableString.Invariant($"column_{position}");

    void ChooseColumns(CsvHeader header)
    {
        int[] targets = resolveTargets(header);
        int[] excluded = [.. options.Exclude.Select(name => header.Find(name, nameof(options.Exclude)))];
        int[] texts = [.. options.TextColumns.Select(name => header.Find(name, nameof(options.TextColumns)))];
        int[] features = options.Features is null
            ? [.. Enumerable.Range(0, header.Names.Count).Except(targets)]
            : [.. options.Features.Select(name => header.Find(name, nameof(options.Features)))];
        RequireOnce(targets, "a target");
        RequireOnce(features, "a feature");
        foreach (int t in targets)
        {
            if (features.Contains(t))
                throw new CsvColumnException(CsvProblem.ColumnNamedTwice,
                    $"{Cited.Text(path, 500)}: the column '{Cited.Text(header.Names[t])}' is both a feature and the target; a model would only copy it.",
                    "Name it once.");
            if (excluded.Contains(t))
                throw new CsvColumnException(
                    CsvProblem.ExcludedTarget, $"{Cited.Text(path, 500)}: the target '{Cited.Text(header.Names[t])}' is excluded.", "Take it out of Exclude.");
        }
        features = [.. features.Except(excluded)];
        if (features.Length == 0)
            throw new CsvDataException(path, CsvProblem.NoFeatures,
                $"no feature column is left of the {header.Names.Count} column(s) in the file, besides the target and what is excluded.",
                "Is the delimiter right (CsvOptions.Delimiter)?");
        _targets = [.. targets.Select(t => Column(t, isTarget: true))];
        _features = [.. features.Select(f => Column(f, isTarget: false))];
        _width = header.Names.Count;

        CsvColumn Column(int position, bool isTarget) => new(position, header.Names[position], isTarget, texts.Contains(position));

        void RequireOnce(int[] positions, string role)
        {
            if (positions.Distinct().Count() == positions.Length) return;
            int twice = positions.First(p => positions.Count(q => q == p) > 1);
            throw new CsvColumnException(CsvProblem.ColumnNamedTwice,
                $"{Cited.Text(path, 500)}: the column '{Cited.Text(header.Names[twice])}' is named twice as {role}.", "Name it once.");
        }
    }

    void ReadNumbers(CsvReader reader)
    {
        int[] positions = [.. _features.Select(f => f.Position)];
        double[] targets = new double[_targets.Length];
        bool markers = options.MissingMarkers.Count > 0;
        byte suspicious = reader.Separator == ',' ? (byte)'"' : (byte)',';
        do
        {
            if (reader.FieldCount != _width)
                throw new CsvDataException(path, CsvProblem.FieldCount,
                    $"the row has {reader.FieldCount} field(s); expected {_width}, as in the {(options.HasHeader ? "header" : "first row")}.",
                    "Correct the row; a field that contains the delimiter must be quoted.", reader.LineNumber, reader.RowNumber);
            MakeRoom(reader);
            // The parser skips commas as thousands separators, so it would read a decimal comma as a number a thousand times too large.
            bool plain = !markers && !reader.RawRecord.Contains(suspicious);
            bool complete = true;
            Span<T> row = _inputs.AsSpan(_rows * positions.Length, positions.Length);
            for (int f = 0; f < positions.Length; f++)
            {
                // Parsed in Float64, so that the rounding error is known.
                if (!plain || !reader.TryParse(positions[f], out double value) || !double.IsFinite(value))
                    complete &= ReadField(reader, _features[f], out value);
                row[f] = T.CreateTruncating(value);
                Note(reader, _features[f], value, row[f]);
            }
            for (int t = 0; t < targets.Length; t++)
            {
                complete &= ReadField(reader, _targets[t], out targets[t]);
                Note(reader, _targets[t], targets[t], T.CreateTruncating(targets[t]));
            }
            if (!complete && options.Missing == MissingValues.Drop)
            {
                _skipped++;
                continue;
            }
            _targetValues.AddRange(targets);
            _rows++;
        }
        while (reader.Read());
    }

    void Note(CsvReader reader, CsvColumn column, double value, T rounded)
    {
        if (T.IsFinite(rounded)) column.Digits.Add(value, double.CreateTruncating(rounded));
        else if (!double.IsNaN(value))
            column.FirstTooLarge ??= Problem(reader, column, CsvProblem.TooLarge,
                $"'{Cited.Text(reader.GetString(column.Position))}' is too large for Float32, which ends at 3.4e38.",
                "Load with DType = DType.Float64, or give the column in a larger unit.");
    }

    /// <summary>Reads a field that may not be a number; then the value is NaN, and the problem is noted. False if the row must be dropped.</summary>
    bool ReadField(CsvReader reader, CsvColumn column, out double value)
    {
        if (reader.IsNull(column.Position))
        {
            value = double.NaN;
            column.Missing++;
            return options.Missing switch
            {
                MissingValues.Drop => false,
                MissingValues.Mean when !column.IsTarget => true,
                MissingValues.Mean => throw Problem(reader, column, CsvProblem.EmptyTarget,
                    "the target is empty, and the right answer cannot be made up.",
                    "Fill it in, or leave such rows out with Missing = MissingValues.Drop."),
                _ => throw Problem(reader, column, CsvProblem.EmptyField, "the field is empty.",
                    "Fill it in, leave such rows out with Missing = MissingValues.Drop, or fill features " +
                    "with the training rows' mean with Missing = MissingValues.Mean and an Imputer."),
            };
        }
        bool parsed = reader.TryParse(column.Position, out value);
        bool hasComma = parsed && reader.GetSpan(column.Position).Contains((byte)',');
        if (parsed && double.IsFinite(value) && !hasComma && !column.IsText) return true;

        value = double.NaN;
        if (column.IsText) return true;
        string text = Cited.Text(reader.GetString(column.Position));
        if (hasComma)
            column.FirstBadNumber ??= Problem(reader, column, CsvProblem.CommaInNumber, $"'{text}' has a comma.",
                "Numbers are written with a decimal point and no thousands separators, as in 3.14.");
        else if (parsed || IsNotFinite(text))
            column.FirstBadNumber ??= Problem(reader, column, CsvProblem.NotFinite, $"'{text}' is not a finite number.",
                "Correct it; or, if it stands for an unknown value, list it in MissingMarkers " +
                "and choose Missing = MissingValues.Drop or Mean.");
        else
        {
            column.Texts++;
            column.FirstText ??= Problem(reader, column, column.IsTarget ? CsvProblem.TextInTarget : CsvProblem.TextAmongNumbers,
                $"'{text}' is not a number.",
                "Correct it, or " + (column.IsTarget
                    ? "predict classes with Task = LearningTask.Classification."
                    : $"name '{Cited.Text(column.Name)}' in TextColumns to take its fields for categories."));
        }
        return true;
    }

    // Up to this many categories nearly every row may have a different one, because small files have few rows.
    const int MostFreeCategories = 20;

    /// <summary>Spellings of NaN and infinity that do not parse as such.</summary>
    static bool IsNotFinite(string field) =>
        field.TrimStart('+', '-').ToUpperInvariant() is "NAN" or "INF" or "INFINITY";

    CsvDataException Problem(CsvReader reader, CsvColumn column, CsvProblem problem, string statement, string advice) =>
        new(path, problem, statement, advice, reader.LineNumber, reader.RowNumber, column.Name, reader.GetString(column.Position));

    void MakeRoom(CsvReader reader)
    {
        long needed = (_rows + 1L) * _features.Length;
        if (needed <= _inputs.Length) return;
        // The number of rows is estimated from the size of the first row, so that usually one allocation is enough.
        long bytes = new FileInfo(path).Length;
        long guess = _rows == 0
            ? Math.Min((long)(1.02 * bytes / (reader.RawRecord.Length + 1) + 16) * _features.Length, bytes)
            : needed + needed / 2;
        if (needed > Array.MaxLength)
            throw new CsvDataException(
                path, CsvProblem.TooManyValues, $"there are more than {Array.MaxLength} values, the most that a tensor holds.", "Split the file.");
        Array.Resize(ref _inputs, (int)Math.Min(Math.Max(guess, needed), Array.MaxLength));
    }

    CsvDataException NothingLeft()
    {
        CsvColumn worst = _features.Concat(_targets).MaxBy(c => c.Missing)!;
        return new CsvDataException(path, CsvProblem.NoRowsLeft,
            $"none of the {_skipped} row(s) is left after dropping those with an empty field; " +
            $"the column '{Cited.Text(worst.Name)}' is empty in {worst.Missing}.",
            "Exclude it, or use Missing = MissingValues.Mean.", column: worst.Name);
    }

    void DecideKind(CsvColumn column)
    {
        int present = _rows + _skipped - column.Missing;
        if (present == 0)
            throw new CsvDataException(path, CsvProblem.EmptyColumn, "every field of the column is empty.", "Exclude it.", column: column.Name);
        bool wantsClasses = column.IsTarget && _targets.Length == 1 && options.Task == LearningTask.Classification;
        if (column.Texts * 2 > present || wantsClasses && column.Texts > 0) column.IsText = true;
        if (column.IsText && column.IsTarget && (_targets.Length > 1 || options.Task == LearningTask.Regression))
            throw column.FirstText ?? new CsvDataException(path, CsvProblem.TextInTarget,
                "the target is listed in TextColumns, but a regression predicts numbers.", "Take it out, or predict classes.", column: column.Name);
        if (column.IsText) return;
        if ((column.FirstText ?? column.FirstBadNumber ?? (column.IsTarget ? null : column.FirstTooLarge)) is { } problem) throw problem;
    }

    IEnumerable<CsvColumn> Text() => _features.Concat(_targets).Where(c => c.IsText);

    /// <summary>The second pass: the category of each row in the categorical columns.</summary>
    void ReadTexts()
    {
        CsvColumn[] used = [.. _features, .. _targets], texts = [.. Text()];
        var codes = texts.Select(_ => new Dictionary<string, int>(StringComparer.Ordinal)).ToArray();
        using (CsvReader reader = CsvReader.FromFile(path, _reading with { PoolStrings = true }, FileOptions.SequentialScan))
            while (reader.Read())
            {
                if (options.Missing == MissingValues.Drop && used.Any(c => reader.IsNull(c.Position))) continue;
                for (int i = 0; i < texts.Length; i++)
                {
                    int code = -1;
                    if (!reader.IsNull(texts[i].Position))
                    {
                        string text = reader.GetString(texts[i].Position);
                        if (!codes[i].TryGetValue(text, out code)) codes[i].Add(text, code = codes[i].Count);
                    }
                    texts[i].Codes.Add(code);
                }
            }
        if (texts[0].Codes.Count != _rows)
            throw Changed();
        for (int i = 0; i < texts.Length; i++)
        {
            CsvColumn column = texts[i];
            if (!column.IsTarget && codes[i].Count > options.MaxCategories)
                throw new CsvDataException(path, CsvProblem.TooManyCategories,
                    $"{codes[i].Count} different texts, such as '{Cited.Text(codes[i].Keys.First())}', would become as many columns; " +
                    $"at most {options.MaxCategories} may.",
                    "Exclude the column, or raise CsvOptions.MaxCategories.", column: column.Name);
            int present = column.Codes.Count(code => code >= 0);
            if (!column.IsTarget && !options.TextColumns.Contains(column.Name) && codes[i].Count > MostFreeCategories && codes[i].Count * 2 > present)
                throw new CsvDataException(path, CsvProblem.UniqueTexts,
                    $"{codes[i].Count} different texts, such as '{Cited.Text(codes[i].Keys.First())}', in {present} rows look like names or numbers of the rows, and a model " +
                    "would learn them by heart.",
                    "Exclude the column, or list it in TextColumns if its texts are categories.", column: column.Name);
            column.Categories = [.. codes[i].Keys.Order(StringComparer.Ordinal)];
            int[] sorted = new int[codes[i].Count];
            for (int c = 0; c < sorted.Length; c++) sorted[codes[i][column.Categories[c]]] = c;
            for (int r = 0; r < _rows; r++)
                if (column.Codes[r] >= 0) column.Codes[r] = sorted[column.Codes[r]];
        }
    }

    /// <summary>The second pass over columns with rounded numbers: the rounding errors, and whether different numbers became equal.</summary>
    void ReadDigits(CsvColumn[] columns)
    {
        CsvColumn[] used = [.. _features, .. _targets];
        var different = columns.Select(_ => new HashSet<decimal>()).ToArray();
        var kept = columns.Select(_ => new HashSet<T>()).ToArray();
        foreach (CsvColumn column in columns) column.Rest = s_single ? new float[_rows] : null;
        int row = 0;
        using (CsvReader reader = CsvReader.FromFile(path, _reading, FileOptions.SequentialScan))
            while (reader.Read())
            {
                if (options.Missing == MissingValues.Drop && used.Any(c => reader.IsNull(c.Position))) continue;
                if (row == _rows) throw Changed();
                for (int i = 0; i < columns.Length; i++)
                {
                    CsvColumn column = columns[i];
                    if (reader.IsNull(column.Position) || !reader.TryParse(column.Position, out double value)) continue;
                    T rounded = T.CreateTruncating(value);
                    if (column.Rest is not null) column.Rest[row] = (float)(value - double.CreateTruncating(rounded));
                    if (!column.Digits.IsLost(s_single) || !T.IsFinite(rounded)) continue;
                    // A decimal has 28 digits, so it distinguishes numbers that are equal in Float64.
                    string text = reader.GetString(column.Position);
                    if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact)) continue;
                    different[i].Add(exact);
                    kept[i].Add(rounded);
                }
                row++;
            }
        if (row != _rows) throw Changed();
        for (int i = 0; i < columns.Length; i++)
        {
            // Up to one in a hundred may become equal by chance where numbers are close together.
            if (kept[i].Count * 100L >= different[i].Count * 99L) continue;
            decimal least = different[i].Min(), most = different[i].Max();
            CsvDataException lost = new(path, CsvProblem.DigitsLost, string.Create(CultureInfo.InvariantCulture,
                $"{different[i].Count} different numbers from {least} to {most} become only {kept[i].Count} in " +
                $"{(s_single ? "Float32, which keeps about 7 digits" : "Float64, which keeps about 16 digits")}."),
                (s_single ? "Load with DType = DType.Float64, or subtract an offset from the column" : "Subtract an offset from the column")
                + (columns[i].IsTarget ? "." : "; if it only numbers the rows, exclude it (CsvOptions.Exclude)."), column: columns[i].Name);
            if (!columns[i].IsTarget) throw lost;
            columns[i].FirstLost = lost;
        }
    }

    CsvDataException Changed() =>
        new(path, CsvProblem.FileChanged, "the file changed while it was read, or can be read only once.", "Load it from a file at rest.");

    /// <summary>The rounding errors of these columns; null if negligible.</summary>
    Tensor? Rest(CsvColumn[] columns)
    {
        if (columns.All(column => column.Rest is null)) return null;
        int width = columns.Sum(column => column.IsText ? column.Categories.Length : 1), at = 0;
        float[] rest = new float[_rows * width];
        foreach (CsvColumn column in columns)
        {
            if (column.Rest is not null)
                for (int r = 0; r < _rows; r++) rest[r * width + at] = column.Rest[r];
            at += column.IsText ? column.Categories.Length : 1;
        }
        return Tensor.Own(rest, [_rows, width], DType.Float32);
    }

    /// <summary>The inputs with categorical columns one-hot encoded; all NaN where the category is missing.</summary>
    (T[] Inputs, string[] Names) WithCategories()
    {
        string[] names = [.. _features.SelectMany(FeaturesOf)];
        T[] inputs = new T[checked(_rows * names.Length)];
        for (int r = 0, to = 0; r < _rows; r++)
            for (int f = 0; f < _features.Length; f++)
            {
                CsvColumn column = _features[f];
                if (!column.IsText)
                {
                    inputs[to++] = _inputs[r * _features.Length + f];
                    continue;
                }
                Span<T> oneHot = inputs.AsSpan(to, column.Categories.Length);
                if (column.Codes[r] < 0) oneHot.Fill(T.NaN);
                else oneHot[column.Codes[r]] = T.One;
                to += oneHot.Length;
            }
        return (inputs, names);
    }

    /// <summary>The label of each row and the names of the classes; null for a regression.</summary>
    (long[] Labels, string[] Names)? Classes()
    {
        if (_targets.Length > 1)
            return options.Task != LearningTask.Classification ? null : throw new CsvColumnException(CsvProblem.SeveralClassTargets,
                $"{Cited.Text(path, 500)}: {_targets.Length} targets cannot be classes.", "Name one target, or use LearningTask.Regression.");
        CsvColumn target = _targets[0];
        long[] labels;
        string[] names;
        if (target.IsText)
        {
            labels = [.. target.Codes.Select(c => (long)c)];
            names = target.Categories;
        }
        else
        {
            if (options.Task == LearningTask.Regression) return null;
            // Adding 0 turns −0 into 0, which is equal but would be named "-0".
            double[] values = [.. _targetValues.Select(v => v + 0.0).Distinct().Order()];
            bool integers = values.All(double.IsInteger);
            if (options.Task == LearningTask.Auto && !(integers && values.Length <= options.MaxIntegerClasses)) return null;
            var label = values.Select((value, i) => (value, i)).ToDictionary(p => p.value, p => (long)p.i);
            labels = [.. _targetValues.Select(value => label[value])];
            names = [.. values.Select(v => v.ToString(CultureInfo.InvariantCulture))];
        }
        if (names.Length == 1)
            throw new CsvDataException(path, CsvProblem.SingleClass,
                $"every one of the {_rows} row(s) has the class '{Cited.Text(names[0])}'; expected at least two classes to tell apart.",
                "Choose another target" +
                (target.IsText ? "." : ", or predict numbers with Task = LearningTask.Regression."), column: target.Name, value: names[0]);
        return (labels, names);
    }
}
