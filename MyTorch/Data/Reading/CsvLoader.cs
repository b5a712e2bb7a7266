using System.Collections.ObjectModel;
using System.Globalization;
using System.Numerics;
using CsvHelper;

namespace MyTorch.Data;

/// <summary>
/// Reads a CSV file into a <see cref="Dataset"/>. The first pass parses every field as a number from the bytes of the file into the memory of the
/// inputs, and notes what the other fields look like; from this it is decided what each column becomes. A file of plain numbers needs no more.
/// Where numbers are written in other ways, a second pass finds out how; and another one reads them, the categories and the dates.
/// </summary>
static class CsvLoader
{
    internal static Dataset Load(string path, Func<CsvHeader, int[]> targets, CsvOptions? options)
    {
        options ??= new CsvOptions();
        RequireOptions(options);
        RequireFile(path);
        return Load(CsvSource.File(path, options), targets, options);
    }

    internal static Dataset Load(CsvSource source, Func<CsvHeader, int[]> targets, CsvOptions options) => Reading(source, () =>
        (options.DType ?? Tensor.DefaultDType) == DType.Float32
            ? new CsvLoader<float>(source, targets, options).Load()
            : new CsvLoader<double>(source, targets, options).Load());

    /// <summary>Reads, and reads again as windows-1252 if the file turns out to be no UTF-8; gives the reader's exceptions their place.</summary>
    internal static TResult Reading<TResult>(CsvSource source, Func<TResult> read)
    {
        for (bool again = false; ; again = true)
        {
            try
            {
                return read();
            }
            catch (InvalidUtf8Exception e) when (!again)
            {
                source.BecomeWindows1252(e.Line);
            }
            catch (CsvFormatException e)
            {
                throw new CsvDataException(source.Name, [new CsvIssue(CsvProblem.BrokenQuoting,
                    $"{Places.At(source.Name, e.LineNumber > 0 ? e.LineNumber + source.SkipLines : 0, 0, null)}: the quoting is broken. {Cited.Message(e.Message)}",
                    "Double every quote inside a quoted field, and close every quote.") { Line = e.LineNumber > 0 ? e.LineNumber + source.SkipLines : 0 }], e);
            }
            catch (InvalidDataException e)
            {
                throw new CsvDataException(source.Name, [new CsvIssue(CsvProblem.NotText,
                    $"{Cited.Text(source.Name, 500)}: the compressed file is damaged.", "Compress it again, or name the file itself.")], e);
            }
        }
    }

    internal static void RequireFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (File.Exists(path)) return;
        throw new FileNotFoundException(
            $"CsvDataset: there is no file '{Cited.Text(path, 500)}' ({(Directory.Exists(path) ? "it is a directory" : $"looked for {Cited.Text(Path.GetFullPath(path), 500)}")}). " +
            "Check the path; a relative one starts from the current directory.", path);
    }

    internal static void RequireOptions(CsvOptions options)
    {
        RequireAscii(options.Delimiter, nameof(options.Delimiter));
        RequireAscii(options.CommentPrefix, nameof(options.CommentPrefix));
        if (options.CommentPrefix is { } comment && comment == options.Delimiter)
            throw new ArgumentException($"CsvDataset: '{comment}' is both the Delimiter and the CommentPrefix; expected different characters.", nameof(options));
        if (options.Decimal is not (null or '.' or ','))
            throw new ArgumentException($"CsvDataset: the Decimal is '{Cited.Text(options.Decimal.ToString()!)}'; expected '.' or ','.", nameof(options));
        if (options.SkipLines < 0)
            throw Invalid.OutOfRange(nameof(options), $"CsvDataset: SkipLines is {options.SkipLines}; expected at least 0.");
        if (options.DType is { } dtype && !dtype.IsFloat())
            throw new ArgumentException($"CsvDataset: the dtype is {dtype}; expected Float32 or Float64.", nameof(options));
        string[][] kinds = [[.. options.TextColumns], [.. options.NumberColumns], [.. options.DateColumns]];
        string? twice = kinds.SelectMany(names => names.Distinct()).GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        if (twice is not null)
            throw new ArgumentException(
                $"CsvDataset: the column '{Cited.Text(twice)}' is in two of TextColumns, NumberColumns and DateColumns; name it in one.", nameof(options));
    }

    static void RequireAscii(char? character, string option)
    {
        if (character is { } c && (!char.IsAscii(c) || c is '"' or '\n' or '\r'))
            throw Invalid.Argument("options",
                $"CsvDataset: the {option} is U+{(int)c:X4}; expected an ASCII character other than a quote or a line end.");
    }
}

sealed class CsvLoader<T>(CsvSource source, Func<CsvHeader, int[]> resolveTargets, CsvOptions options)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static readonly bool s_single = typeof(T) == typeof(float);

    static readonly CsvFix s_drop = new(nameof(CsvOptions.Missing), nameof(MissingValues.Drop));
    static readonly CsvFix s_mean = new(nameof(CsvOptions.Missing), nameof(MissingValues.Mean));

    readonly CsvLayout _layout = CsvLayout.Of(source, options);
    readonly List<CsvIssue> _issues = [], _notes = [];
    readonly Dictionary<int, string> _unused = [];

    CsvColumn[] _features = [], _targets = [];
    T[] _inputs = [];
    readonly List<double> _targetValues = [];

    // The line of each row; empty for rows that are from no file.
    readonly List<long> _lines = [];

    // Rows of the file, and those that are kept; null for all.
    int _rows;
    int[]? _kept;

    // Whether a number proves that the file has decimal points: one with other than three digits after the point, or a zero before it.
    bool _provesPoint;

    string File => source.Name;

    int Count => _kept?.Length ?? _rows;

    IEnumerable<CsvColumn> Used => _features.Concat(_targets);

    internal Dataset Load()
    {
        ChooseColumns();
        ReadNumbers();
        ReadReadings();
        foreach (CsvColumn column in Used) Decide(column);
        KeepAFeature();
        ReadOthers();
        Keep();
        Finish();
        ReadDigits();
        ThrowIfAny(_issues);

        (T[] inputs, string[] names) = Inputs();
        DType dtype = s_single ? DType.Float32 : DType.Float64;
        Tensor table = Tensor.Own(inputs, [Count, names.Length], dtype);
        Tensor? rest = Rest(_features);
        string[] targetNames = [.. _targets.Select(t => t.Name)];
        Dataset dataset;
        if (Classes() is var (labels, classes))
        {
            NoteClasses(labels, classes);
            dataset = new Dataset(table, Tensor.Indices(labels), names, classes, targetNames)
            {
                SkippedRows = _rows - Count,
                InputsRest = rest,
                Schema = Schema(names, classes),
                Lines = Lines(),
                File = File,
            };
        }
        else
        {
            ThrowIfAny([.. _targets.Select(t => t.TooLarge.Count > 0 ? TooLarge(t) : t.Lost).OfType<CsvIssue>()]);
            Tensor targets = Tensor.From(TargetValues(), [Count, _targets.Length], dtype);
            dataset = new Dataset(table, targets, names, targetNames: targetNames)
            {
                SkippedRows = _rows - Count,
                InputsRest = rest,
                TargetRest = Rest(_targets),
                Schema = Schema(names, []),
                Lines = Lines(),
                File = File,
            };
        }
        NoteHeader();
        if (options.Keep.Count > 0) dataset.Kept = KeptTexts();
        dataset.Notes = [.. source.Notes, .. _notes];
        return dataset;
    }

    IReadOnlyList<long> Lines() => _lines.Count == 0 || _kept is null ? _lines.AsReadOnly() : [.. _kept.Select(row => _lines[row])];

    /// <summary>The last pass, if asked for: the texts of columns that are kept beside the rows.</summary>
    ReadOnlyDictionary<string, IReadOnlyList<string>> KeptTexts()
    {
        int[] positions = [.. options.Keep.Select(name => _layout.Header.Find(name, nameof(options.Keep)))];
        var texts = positions.Select(_ => new List<string>(Count)).ToArray();
        using var rows = new CsvRows(_layout, pool: true);
        for (int row = 0, kept = 0; rows.Next(); row++)
        {
            if (kept == Count || RowOf(kept) != row) continue;
            for (int c = 0; c < positions.Length; c++) texts[c].Add(rows.Reader.GetString(positions[c]));
            kept++;
        }
        return options.Keep.Zip(texts).ToDictionary(pair => pair.First, IReadOnlyList<string> (pair) => pair.Second.AsReadOnly()).AsReadOnly();
    }

    void ThrowIfAny(List<CsvIssue> issues)
    {
        if (issues.Count > 0) throw new CsvDataException(File, [.. issues.OrderBy(issue => issue.Line == 0).ThenBy(issue => issue.Line)]);
    }

    /// <summary>What is wrong with, or was noticed about, a column as a whole.</summary>
    CsvIssue About(CsvColumn column, CsvProblem problem, string statement, string advice, params IReadOnlyList<CsvFix> fixes) =>
        new(problem, $"{Places.At(File, 0, 0, column.Name)}: {statement}", advice, fixes) { Column = column.Name };

    static CsvFix Exclude(CsvColumn column) => new(nameof(CsvOptions.Exclude), column.Name);

    /// <summary>The advice to leave a column out, if another feature remains.</summary>
    string OrExclude(CsvColumn column) => Excluding(column) is [] ? "." : ", or leave the column out with {0}.";

    CsvFix[] Excluding(CsvColumn column) => column.IsTarget || _features.Length == 1 ? [] : [Exclude(column)];

    static CsvFix AsText(CsvColumn column) => new(nameof(CsvOptions.TextColumns), column.Name);

    static CsvFix AsNumber(CsvColumn column) => new(nameof(CsvOptions.NumberColumns), column.Name);

    void ChooseColumns()
    {
        CsvHeader header = _layout.Header;
        int[] targets = resolveTargets(header);
        int[] excluded = [.. options.Exclude.Select(name => header.Find(name, nameof(options.Exclude)))];
        var wishes = new Dictionary<int, ColumnWish>();
        foreach ((IReadOnlyList<string> names, ColumnWish wish, string option) in
            new[] { (options.TextColumns, ColumnWish.Text, nameof(options.TextColumns)), (options.NumberColumns, ColumnWish.Number, nameof(options.NumberColumns)),
                (options.DateColumns, ColumnWish.Date, nameof(options.DateColumns)) })
            foreach (string name in names) wishes[header.Find(name, option)] = wish;
        int[] features = options.Features is null
            ? [.. Enumerable.Range(0, header.Names.Length).Except(targets)]
            : [.. options.Features.Select(name => header.Find(name, nameof(options.Features)))];
        RequireOnce(targets, "a target");
        RequireOnce(features, "a feature");
        foreach (int t in targets)
        {
            string name = Cited.Text(header.Names[t]);
            if (features.Contains(t))
                throw new CsvColumnException(new(CsvProblem.ColumnNamedTwice,
                    $"{Cited.Text(File, 500)}: the column '{name}' is both a feature and the target; a model would only copy it.", "Name it once."));
            if (excluded.Contains(t))
                throw new CsvColumnException(new(CsvProblem.ExcludedTarget, $"{Cited.Text(File, 500)}: the target '{name}' is excluded.",
                    "Take it out of {0}.", new CsvFix(nameof(CsvOptions.Exclude), null)));
            if (wishes.GetValueOrDefault(t) == ColumnWish.Date)
                throw new CsvColumnException(new(CsvProblem.TextInTarget,
                    $"{Cited.Text(File, 500)}: the target '{name}' is to be a date, but a model predicts numbers or classes.", "Take it out of {0}.", new CsvFix(nameof(CsvOptions.DateColumns), null)));
        }
        if (_layout.HasRowNames)
        {
            features = [.. features.Except([0])];
            _unused[0] = "names of the rows, for which the header has no name";
        }
        features = [.. features.Except(excluded)];
        if (features.Length == 0)
            ThrowIfAny([new CsvIssue(CsvProblem.NoFeatures,
                $"{Cited.Text(File, 500)}: no feature column is left of the {header.Names.Length} column(s) in the file, besides the target and what is excluded.",
                "If the delimiter is another one, name it with {0}.", new CsvFix(nameof(CsvOptions.Delimiter), null))]);
        _targets = [.. targets.Select(t => Column(t, isTarget: true))];
        _features = [.. features.Select(f => Column(f, isTarget: false))];

        CsvColumn Column(int position, bool isTarget) => new(position, header.Names[position], isTarget, wishes.GetValueOrDefault(position),
            isAsked: options.Features is not null || wishes.ContainsKey(position))
        {
            IsNamedId = header.Unnamed[position] && options.HasHeader || ColumnNames.IsId(header.Names[position]),
        };

        void RequireOnce(int[] positions, string role)
        {
            if (positions.Distinct().Count() == positions.Length) return;
            int twice = positions.First(p => positions.Count(q => q == p) > 1);
            throw new CsvColumnException(new(CsvProblem.ColumnNamedTwice,
                $"{Cited.Text(File, 500)}: the column '{Cited.Text(header.Names[twice])}' is named twice as {role}.", "Name it once."));
        }
    }

    /// <summary>The first pass: all numbers, and what other fields look like.</summary>
    void ReadNumbers()
    {
        using var rows = new CsvRows(_layout);
        CsvReader reader = rows.Reader;
        bool markers = options.MissingMarkers.Count > 0;
        HashSet<string>? rowNames = _layout.HasRowNames ? new HashSet<string>(StringComparer.Ordinal) : null;
        byte suspicious = 0;
        while (rows.Next())
        {
            if (suspicious == 0) suspicious = reader.Separator == ',' ? (byte)'"' : (byte)',';
            MakeRoom(reader);
            // The parser skips commas as thousands separators, so it would read a decimal comma as a number a thousand times too large.
            // It also ignores zero bytes at the end.
            bool plain = !markers && reader.RawRecord.IndexOfAny(suspicious, (byte)0) < 0;
            Span<T> row = _inputs.AsSpan(_rows * _features.Length, _features.Length);
            for (int f = 0; f < _features.Length; f++)
            {
                CsvColumn column = _features[f];
                // Parsed in Float64, so that the rounding error is known.
                if (plain && column.Wish != ColumnWish.Text && reader.TryParse(column.Position, out double value) && double.IsFinite(value)) AddPlain(rows, column, value);
                else value = ReadField(rows, column);
                row[f] = T.CreateTruncating(value);
                Note(rows, column, value, row[f]);
            }
            foreach (CsvColumn target in _targets)
            {
                double value = ReadField(rows, target);
                _targetValues.Add(value);
                Note(rows, target, value, T.CreateTruncating(value));
            }
            if (!source.IsMemory) _lines.Add(rows.Line);
            _rows++;
            if (rowNames is not null && !rowNames.Add(reader.GetString(0)))
                ThrowIfAny([new CsvIssue(CsvProblem.FieldCount,
                    $"{Places.At(File, rows.Line, rows.Row, null)}: the row has {reader.FieldCount} field(s); expected {_layout.Width - 1}, as in the header. " +
                    $"The first field is not the name of the row, because '{Cited.Text(reader.GetString(0))}' is there twice.", "Correct the header.") { Line = rows.Line, Row = rows.Row }]);
        }
        if (rows.FieldCounts.Count > 0)
            _issues.Add(rows.FieldCounts.Issue(File, null, CsvProblem.FieldCount,
                $"the row has {rows.FieldCounts.Value} field(s); expected {_layout.Width}, as in {(options.HasHeader ? "the header" : "the first rows")}.",
                "Correct the row; a field that contains the delimiter must be quoted."));
        if (_rows == 0)
        {
            ThrowIfAny(_issues);
            ThrowIfAny([new CsvIssue(CsvProblem.NoRows, $"{Cited.Text(File, 500)}: the file has a header but no rows of data.", "Add some, or name another file.")]);
        }
        // The array may be slightly longer than the tensor, which is cheaper than a copy.
        int used = _rows * _features.Length;
        if (_inputs.Length - used > used / 8) Array.Resize(ref _inputs, used);
        NoteRows(rows);
    }

    double ReadField(CsvRows rows, CsvColumn column)
    {
        CsvReader reader = rows.Reader;
        if (reader.IsNull(column.Position))
        {
            column.Empty.Add(rows, "");
            return double.NaN;
        }
        if (column.Wish == ColumnWish.Text) return double.NaN;
        bool parsed = reader.TryParse(column.Position, out double value);
        bool comma = parsed && reader.GetSpan(column.Position).IndexOfAny((byte)',', (byte)0) >= 0;
        if (parsed && !comma && double.IsFinite(value))
        {
            AddPlain(rows, column, value);
            return value;
        }
        column.AddOther(rows, isInfinite: parsed && !comma);
        return double.NaN;
    }

    void AddPlain(CsvRows rows, CsvColumn column, double value)
    {
        column.AddPlain(rows, value);
        if (_provesPoint || double.IsInteger(value)) return;
        ReadOnlySpan<byte> text = rows.Reader.GetSpan(column.Position);
        int point = text.IndexOf((byte)'.');
        _provesPoint = point >= 0 && (text.Length - point != 4 || point is 0 or > 3 || text[0] == '0');
    }

    static void Note(CsvRows rows, CsvColumn column, double value, T rounded)
    {
        if (T.IsFinite(rounded)) column.Digits.Add(value, double.CreateTruncating(rounded));
        else if (!double.IsNaN(value)) column.TooLarge.Add(rows, column.Position);
    }

    void MakeRoom(CsvReader reader)
    {
        long needed = (_rows + 1L) * _features.Length;
        if (needed <= _inputs.Length) return;
        // The number of rows is estimated from the size of the first row, so that usually one allocation is enough.
        long bytes = source.Length;
        long guess = _rows == 0 && !source.IsCompressed
            ? Math.Min((long)(1.02 * bytes / (reader.RawRecord.Length + 1) + 16) * _features.Length, bytes)
            : needed + needed / 2;
        if (needed > Array.MaxLength)
            ThrowIfAny([new CsvIssue(CsvProblem.TooManyValues,
                $"{Cited.Text(File, 500)}: there are more than {Array.MaxLength} values, the most that a tensor holds.", "Split the file.")]);
        Array.Resize(ref _inputs, (int)Math.Min(Math.Max(guess, needed), Array.MaxLength));
    }

    /// <summary>
    /// The second pass, where numbers are written in more ways than one or may be: how all numbers of those columns can be read.
    /// </summary>
    void ReadReadings()
    {
        bool styled = Used.Any(c => c.Styled > 0);
        bool doubtful = options.Decimal == ',' || !_provesPoint && _layout.Separator == ';';
        CsvColumn[] columns = [.. Used.Where(c => c.Wish != ColumnWish.Text && c.Plain + c.Styled > 0 && (c.Styled > 0 || (styled || doubtful) && c.HasPoint))];
        if (columns.Length == 0) return;
        foreach (CsvColumn column in columns) column.ForgetReadings();
        Span<char> buffer = stackalloc char[CsvRows.LongestField];
        using var rows = new CsvRows(_layout);
        while (rows.Next())
            foreach (CsvColumn column in columns)
            {
                if (rows.Reader.IsNull(column.Position) || !rows.TryGetChars(column.Position, buffer, out ReadOnlySpan<char> text)) continue;
                byte readings = NumberReading.Readings(text, out ReadOnlySpan<char> unit);
                if (readings != NumberReading.None && !MissingTexts.Contains(text)) column.AddReadings(rows, readings, unit);
            }
        bool point = _provesPoint || columns.Any(c => c.HasSeparators && (c.Readings & NumberReading.Comma) == 0 && c.Readings != 0);
        bool comma = columns.Any(c => c.HasSeparators && (c.Readings & NumberReading.Point) == 0 && c.Readings != 0);
        foreach (CsvColumn column in columns) column.Numbers = Format(column, point, comma);
    }

    /// <summary>How the numbers of a column are written; null for plain numbers, and where it is not clear, which is noted.</summary>
    NumberFormat? Format(CsvColumn column, bool point, bool comma)
    {
        byte readings = column.Readings;
        bool isPoint = (readings & NumberReading.Point) != 0, isComma = (readings & NumberReading.Comma) != 0;
        if (isPoint && isComma && column.HasSeparators)
        {
            char? chosen = options.Decimal ?? (point != comma ? (point ? '.' : ',') : null);
            // A column without commas has decimal points, unless the file is one of those that usually have decimal commas.
            if (chosen is null && column.Styled == 0 && (point || _layout.Separator != ';')) chosen = '.';
            if (chosen is null)
            {
                string text = column.FirstSeparated.Value;
                column.Unclear = column.FirstSeparated.Issue(File, column.Name, CsvProblem.AmbiguousNumber,
                    $"'{Cited.Text(text)}' can be read as {Read(text, '.')} and as {Read(text, ',')}, and no other number of the file decides it.",
                    "Say which with {0} for a decimal point or {1} for a decimal comma.", new CsvFix(nameof(CsvOptions.Decimal), "."), new CsvFix(nameof(CsvOptions.Decimal), ","));
                return null;
            }
            readings &= chosen == '.' ? NumberReading.Point : NumberReading.Comma;
        }
        else if (isPoint) readings &= NumberReading.Point;
        if (readings == 0)
        {
            column.Unclear = column.Clash.Issue(File, column.Name, CsvProblem.MixedNumbers,
                $"'{Cited.Text(column.Clash.Value)}' is written in another way than '{Cited.Text(column.FirstSeparated.Value)}' in line {column.FirstSeparated.Line}.",
                "Write the numbers of the column in one way" + OrExclude(column), Excluding(column));
            return null;
        }
        if (column.OtherUnit.Count > 0)
        {
            column.Unclear = column.OtherUnit.Issue(File, column.Name, CsvProblem.MixedNumbers,
                $"'{Cited.Text(column.OtherUnit.Value)}' has {(string.IsNullOrEmpty(column.Unit) ? "a unit, other numbers have none" : $"not the unit {column.Unit} of other numbers")}.",
                "Give every number the same unit or none" + OrExclude(column), Excluding(column));
            return null;
        }
        NumberFormat format = NumberReading.Format(readings, column.Unit);
        return column.Styled == 0 && format == new NumberFormat() ? null : format;

        static string Read(string text, char point)
        {
            byte readings = (byte)(NumberReading.Readings(text, out ReadOnlySpan<char> unit) & (point == '.' ? NumberReading.Point : NumberReading.Comma));
            return NumberReading.TryRead(text, NumberReading.Format(readings, unit.ToString()), out double value) ? value.ToString("R", CultureInfo.InvariantCulture) : text;
        }
    }

    /// <summary>What a column becomes, from what its fields look like.</summary>
    void Decide(CsvColumn column)
    {
        column.Kind = ColumnKind.Number;
        if (column.Wish == ColumnWish.Text)
        {
            DecideText(column);
            return;
        }
        int dates = column.DateLike, numbers = column.Plain + column.Styled, texts = column.Texts.Count;
        int present = numbers + dates + texts + column.Infinite.Count;
        if (present == 0)
        {
            LeaveOutEmpty(column);
            return;
        }
        if (column.Wish == ColumnWish.Date || !column.IsTarget && column.Wish != ColumnWish.Number && dates * 2 > present)
        {
            DecideDate(column);
            return;
        }
        texts += dates;
        bool wantsClasses = column.IsTarget && _targets.Length == 1 && options.Task == LearningTask.Classification;
        bool isMarker = texts > 0 && column.IsFewTexts && column.IsManyNumbers;
        if (column.Wish != ColumnWish.Number && (texts * 2 > present && !isMarker || wantsClasses && texts > 0))
        {
            column.Numbers = null;
            DecideText(column);
            return;
        }
        DecideNumber(column, isMarker);
    }

    void DecideText(CsvColumn column)
    {
        column.Kind = ColumnKind.Category;
        if (column.Empty.Count == _rows) LeaveOutEmpty(column);
        else if (column.IsTarget && (_targets.Length > 1 || options.Task == LearningTask.Regression))
            _issues.Add(column.Texts.Count > 0 ? TextIn(column) : About(column, CsvProblem.TextInTarget,
                "the target is to be a text, but a regression predicts numbers.", "Take it out of the text columns, or predict classes."));
        RequireValues(column);
    }

    void DecideNumber(CsvColumn column, bool isMarker)
    {
        RequireValues(column);
        if (column.Texts.Count > 0 || column.DateLike > 0)
        {
            Places place = column.Texts.Count > 0 ? column.Texts : column.FirstDate;
            _issues.Add(!isMarker ? TextIn(column) : place.Issue(File, column.Name, column.IsTarget ? CsvProblem.TextInTarget : CsvProblem.TextAmongNumbers,
                $"'{Cited.Text(place.Value)}' is not a number.",
                "If it stands for a missing value, say so with {0} and choose {1}; if the column has categories, name it in {2}.",
                new CsvFix(nameof(CsvOptions.MissingMarkers), place.Value), s_drop, AsText(column)));
        }
        if (column.Infinite.Count > 0)
            _issues.Add(column.Infinite.Issue(File, column.Name, CsvProblem.NotFinite, $"'{Cited.Text(column.Infinite.Value)}' is not a finite number.",
                "Correct it; or, if it stands for an unknown value, say so with {0} and choose {1} or {2}.",
                new CsvFix(nameof(CsvOptions.MissingMarkers), column.Infinite.Value), s_drop, s_mean));
        if (column.Unclear is not null) _issues.Add(column.Unclear);
        if (column.Numbers is null && column.Unclear is null && column.Texts.Count == 0 && column.Wish == ColumnWish.None) DecideWhole(column);
        if (column.Kind == ColumnKind.Number && column.TooLarge.Count > 0 && !column.IsTarget) _issues.Add(TooLarge(column));
    }

    /// <summary>Whether whole numbers are codes, dates or the numbers of the rows.</summary>
    void DecideWhole(CsvColumn column)
    {
        if (!column.AllWhole && column.Plain > 0 && column.IsTarget) return;
        bool codes = column.AllWhole && column.LeadingZeros > 0 && column.Plain > 1;
        if (column.IsTarget)
        {
            if (codes && _targets.Length == 1 && options.Task != LearningTask.Regression) column.Kind = ColumnKind.Category;
            return;
        }
        if (column.IsAsked) return;
        string? unix = ColumnNames.IsTime(column.Name) ? DateReading.UnixUnit(column.Least, column.Most) : null;
        if (codes)
        {
            column.Kind = ColumnKind.Category;
            _notes.Add(About(column, CsvProblem.NumbersAsOther, "numbers have leading zeros, as codes have, so each is a category.",
                "If they are quantities, name it with {0}.", AsNumber(column)));
        }
        else if (unix is not null || column.AllWhole && column.AllCompact && column.Plain > 1)
        {
            column.Kind = ColumnKind.Date;
            column.DateFormat = new DateFormat { Format = unix ?? DateReading.Compact, Parts = [], Origin = default };
            _notes.Add(About(column, CsvProblem.NumbersAsOther, unix is null
                ? "the digits are a year, a month and a day, so each is a date."
                : $"the numbers are {(unix == DateReading.UnixSeconds ? "seconds" : "milliseconds")} since 1970, so each is a time.",
                "If they are other numbers, name it with {0}.", AsNumber(column)));
        }
        else if (column.IsNamedId && column.IsUnique && column.Plain >= 10 || column.IsNamedId && column.CountsRows && column.AllWhole && column.Plain > 1)
            LeaveOut(column, About(column, CsvProblem.Ids, "the numbers differ in every row and only name it, so it is left out.",
                "If they are quantities, name it with {0}.", AsNumber(column)), "numbers of the rows");
        else if (column.CountsRows && column.AllWhole && column.Plain >= 20 && column.Missing == 0)
            _notes.Add(About(column, CsvProblem.CountsRows, "the numbers count the rows.", "If they say nothing else, leave it out with {0}.", Exclude(column)));
        else if (column.Least == column.Most && _rows > 1 && column.Missing == 0) column.IsConstant = true;
    }

    void DecideDate(CsvColumn column)
    {
        bool asked = column.Wish == ColumnWish.Date;
        if (column.DateLike == 0 && column.Texts.Count == 0 && column.Styled == 0 && (DateReading.UnixUnit(column.Least, column.Most)
            ?? (column.AllCompact && column.AllWhole ? DateReading.Compact : null)) is { } numeric)
        {
            column.Kind = ColumnKind.Date;
            column.DateFormat = new DateFormat { Format = numeric, Parts = [], Origin = default };
            RequireValues(column);
            return;
        }
        ulong formats = column.Dates;
        if (options.DateOrder is { } order) formats &= ~(order == DateOrder.DayFirst ? DateReading.MonthFirst : DateReading.DayFirst);
        Places others = column.Texts.Count > 0 ? column.Texts : column.DateClash.Count > 0 ? column.DateClash : column.FirstDate;
        if (column.DateLike == 0 || column.Texts.Count > 0 || column.Plain + column.Styled > 0 || formats == 0)
        {
            CsvIssue problem = others.Count > 0
                ? others.Issue(File, column.Name, CsvProblem.NotADate, $"'{Cited.Text(others.Value)}' is not a date{(column.DateLike > 0 ? " as the others are" : "")}.",
                    "Correct it, leave the column out with {0}, or take it for categories with {1}.", Exclude(column), AsText(column))
                : About(column, CsvProblem.NotADate, "the numbers are not dates.", "Leave it out with {0}.", Exclude(column));
            if (asked) _issues.Add(problem);
            else LeaveOut(column, problem with { Statement = problem.Statement + " The column is left out." }, "not every text is a date");
            return;
        }
        if ((formats & DateReading.DayFirst) != 0 && (formats & DateReading.MonthFirst) != 0)
        {
            CsvIssue problem = column.FirstDate.Issue(File, column.Name, CsvProblem.AmbiguousDate,
                $"'{Cited.Text(column.FirstDate.Value)}' can be day and month or month and day, and no other date of the column decides it.",
                "Say which with {0} or {1}.", new CsvFix(nameof(CsvOptions.DateOrder), nameof(DateOrder.DayFirst)), new CsvFix(nameof(CsvOptions.DateOrder), nameof(DateOrder.MonthFirst)));
            if (asked) _issues.Add(problem);
            else LeaveOut(column, problem with { Statement = problem.Statement + " The column is left out." }, "day and month cannot be told apart");
            return;
        }
        column.Kind = ColumnKind.Date;
        column.DateFormat = new DateFormat { Format = DateReading.Format(formats), Parts = [], Origin = default };
        RequireValues(column);
    }

    /// <summary>Missing values are an error unless the options say what to do.</summary>
    void RequireValues(CsvColumn column)
    {
        if (options.Missing != MissingValues.Error || column.Kind == ColumnKind.Ignored || column.Missing == 0) return;
        bool marker = column.Kind != ColumnKind.Category && column.Markers.Count > 0
            && (column.Empty.Count == 0 || column.Markers.Line < column.Empty.Line);
        Places place = marker ? column.Markers : column.Empty;
        string statement = marker ? $"'{Cited.Text(place.Value)}' stands for a missing value." : column.IsTarget ? "the target is empty." : "the field is empty.";
        if (column.Missing > place.Count) statement += FormattableString.Invariant($" {column.Missing} values of the column are missing.");
        _issues.Add(column.IsTarget
            ? place.Issue(File, column.Name, CsvProblem.EmptyTarget, statement, "Fill it in, or leave such rows out with {0}, or with {1}, which fills features.", s_drop, s_mean)
            : place.Issue(File, column.Name, CsvProblem.EmptyField, statement,
                "Fill it in, leave such rows out with {0}, or fill features with the training rows' mean with {1}.", s_drop, s_mean));
    }

    CsvIssue TextIn(CsvColumn column)
    {
        Places place = column.Texts.Count > 0 ? column.Texts : column.FirstDate;
        string statement = $"'{Cited.Text(place.Value)}' is not a number.";
        return column.IsTarget
            ? place.Issue(File, column.Name, CsvProblem.TextInTarget, statement, "Correct it, or predict classes with {0}.",
                new CsvFix(nameof(CsvOptions.Task), nameof(LearningTask.Classification)))
            : place.Issue(File, column.Name, CsvProblem.TextAmongNumbers, statement,
                _features.Length == 1 ? "Correct it, or name the column with {0} to take its fields for categories."
                : "Correct it; name the column with {0} to take its fields for categories; or leave it out with {1}.",
                _features.Length == 1 ? [AsText(column)] : [AsText(column), Exclude(column)]);
    }

    CsvIssue TooLarge(CsvColumn column) => column.TooLarge.Issue(File, column.Name, CsvProblem.TooLarge,
        $"'{Cited.Text(column.TooLarge.Value)}' is too large for Float32, which ends at 3.4e38.",
        "Load with {0}, or give the column in a larger unit.", new CsvFix(nameof(CsvOptions.DType), nameof(DType.Float64)));

    static void LeaveOut(CsvColumn column, CsvIssue why, string reason)
    {
        (column.Kind, column.Reason, column.Why) = (ColumnKind.Ignored, reason, why);
    }

    void LeaveOutEmpty(CsvColumn column)
    {
        bool unnamed = _layout.Header.Unnamed[column.Position];
        CsvIssue why = About(column, CsvProblem.EmptyColumn, "every field of the column is empty.", column.IsTarget ? "Choose another target." : "Leave it out with {0}.",
            column.IsTarget ? [] : [Exclude(column)]);
        if (column.IsTarget || column.IsAsked && column.Kind != ColumnKind.Ignored) _issues.Add(why);
        LeaveOut(column, why, unnamed ? "no name and no value" : "no value");
    }

    /// <summary>If no feature is left, ids are better than nothing; if there are none either, the reasons are errors.</summary>
    void KeepAFeature()
    {
        if (_features.Any(f => f.Kind != ColumnKind.Ignored) || _issues.Count > 0) return;
        foreach (CsvColumn column in _features.Where(f => f.Why!.Problem == CsvProblem.Ids))
        {
            (column.Kind, column.Reason, column.Why) = (ColumnKind.Number, null, null);
            RequireValues(column);
            _notes.Add(About(column, CsvProblem.CountsRows, "the numbers differ in every row, as names of the rows do; it is used because there is no other feature.", ""));
        }
        if (_features.Any(f => f.Kind != ColumnKind.Ignored)) return;
        // One limit must do for all columns, so it is the largest that one of them needs.
        CsvFix? most = _features.SelectMany(f => f.Why!.Fixes).Where(fix => fix.Option == nameof(CsvOptions.MaxCategories))
            .MaxBy(fix => int.Parse(fix.Value!, CultureInfo.InvariantCulture));
        _issues.AddRange(_features.Select(f => AsOnlyFeature(f.Why!, most)));
    }

    const string LeftOut = " It is left out.";

    // Where nothing else is left to learn from, leaving the column out is no way to go on.
    static CsvIssue AsOnlyFeature(CsvIssue why, CsvFix? most)
    {
        CsvFix[] fixes = [.. why.Fixes.Where(fix => fix.Option != nameof(CsvOptions.Exclude)).Select(fix => fix.Option == most?.Option ? most : fix)];
        if (fixes.Length == 0) return why;
        string statement = why.Statement.EndsWith(LeftOut, StringComparison.Ordinal) ? why.Statement[..^LeftOut.Length] : why.Statement;
        return new CsvIssue(why.Problem, statement + " It is left out, and no feature remains.",
            fixes.Length == 1 ? "Use it with {0}." : "Use it with {0}, or with {1}.", fixes)
        { Column = why.Column, Line = why.Line, Row = why.Row, Value = why.Value, Count = why.Count };
    }

    /// <summary>The pass for categories, dates, and numbers that are not plain.</summary>
    void ReadOthers()
    {
        CsvColumn[] texts = [.. Used.Where(c => c.IsText)], dates = [.. Used.Where(c => c.Kind == ColumnKind.Date)];
        CsvColumn[] numbers = [.. Used.Where(c => c.Kind == ColumnKind.Number && c.Numbers is not null)];
        if (texts.Length + dates.Length + numbers.Length == 0) return;
        var codes = texts.Select(_ => new Dictionary<string, int>(StringComparer.Ordinal)).ToArray();
        int[] places = [.. numbers.Select(c => c.IsTarget ? Array.IndexOf(_targets, c) : Array.IndexOf(_features, c))];
        Span<char> buffer = stackalloc char[CsvRows.LongestField];
        int row = 0;
        using (var rows = new CsvRows(_layout, pool: texts.Length > 0))
            while (rows.Next())
            {
                if (row == _rows) throw Changed();
                for (int i = 0; i < texts.Length; i++)
                {
                    int code = -1;
                    if (!rows.Reader.IsNull(texts[i].Position))
                    {
                        string text = rows.Reader.GetString(texts[i].Position);
                        if (!codes[i].TryGetValue(text, out code)) codes[i].Add(text, code = codes[i].Count);
                    }
                    texts[i].Codes.Add(code);
                }
                foreach (CsvColumn column in dates)
                    column.Ticks.Add(!rows.Reader.IsNull(column.Position) && rows.TryGetChars(column.Position, buffer, out ReadOnlySpan<char> text)
                        && DateReading.TryRead(text, column.DateFormat!.Format, out DateTime date) ? date.Ticks : CsvColumn.NoDate);
                for (int i = 0; i < numbers.Length; i++)
                {
                    CsvColumn column = numbers[i];
                    if (!TryReadNumber(rows, column, buffer, out double value)) continue;
                    if (double.IsInfinity(value)) column.Infinite.Add(rows, column.Position);
                    T rounded = T.CreateTruncating(value);
                    Note(rows, column, value, rounded);
                    if (column.IsTarget) _targetValues[row * _targets.Length + places[i]] = value;
                    else _inputs[row * _features.Length + places[i]] = rounded;
                }
                row++;
            }
        if (row != _rows) throw Changed();
        for (int i = 0; i < texts.Length; i++) texts[i].Categories = [.. codes[i].Keys];
        foreach (CsvColumn column in numbers)
        {
            if (column.Infinite.Count > 0)
                _issues.Add(column.Infinite.Issue(File, column.Name, CsvProblem.NotFinite, $"'{Cited.Text(column.Infinite.Value)}' is not a finite number.",
                    "Correct it, or leave the column out with {0}.", Exclude(column)));
            else if (column.TooLarge.Count > 0 && !column.IsTarget) _issues.Add(TooLarge(column));
        }
    }

    static bool TryReadNumber(CsvRows rows, CsvColumn column, Span<char> buffer, out double value)
    {
        value = double.NaN;
        return !rows.Reader.IsNull(column.Position) && rows.TryGetChars(column.Position, buffer, out ReadOnlySpan<char> text)
            && !MissingTexts.Contains(text) && NumberReading.TryRead(text, column.Numbers!, out value);
    }

    /// <summary>Which rows are kept: all, those without a missing value, or those with a target.</summary>
    void Keep()
    {
        CsvColumn[] columns = [.. (options.Missing == MissingValues.Drop ? Used : _targets).Where(c => c.Missing > 0 && c.Kind != ColumnKind.Ignored)];
        if (options.Missing == MissingValues.Error || columns.Length == 0 || _issues.Count > 0) return;
        int[] places = [.. columns.Select(c => c.IsTarget ? Array.IndexOf(_targets, c) : Array.IndexOf(_features, c))];
        var kept = new List<int>(_rows);
        for (int row = 0; row < _rows; row++)
        {
            bool complete = true;
            for (int i = 0; complete && i < columns.Length; i++)
                complete = columns[i].Kind switch
                {
                    ColumnKind.Category => columns[i].Codes[row] >= 0,
                    ColumnKind.Date => columns[i].Ticks[row] != CsvColumn.NoDate,
                    _ when columns[i].IsTarget => !double.IsNaN(_targetValues[row * _targets.Length + places[i]]),
                    _ => !T.IsNaN(_inputs[row * _features.Length + places[i]]),
                };
            if (complete) kept.Add(row);
        }
        if (kept.Count == 0)
        {
            CsvColumn worst = columns.MaxBy(c => c.Missing)!;
            _issues.Add(About(worst, CsvProblem.NoRowsLeft,
                FormattableString.Invariant($"none of the {_rows} row(s) is left after dropping those with a missing value; here {worst.Missing} are missing."),
                worst.IsTarget ? "Choose another target." : "Leave it out with {0}, or use {1}.", worst.IsTarget ? [] : [Exclude(worst), s_mean]));
            return;
        }
        _kept = [.. kept];
        if (options.Missing == MissingValues.Mean)
            _notes.Add(new CsvIssue(CsvProblem.RowsWithoutTarget, FormattableString.Invariant(
                $"{Cited.Text(File, 500)}: {_rows - kept.Count} row(s) without a target ({Cited.List([.. columns.Select(c => c.Name)])}) are left out."))
            { Count = _rows - kept.Count });
    }

    int RowOf(int index) => _kept is null ? index : _kept[index];

    /// <summary>The categories and dates of the rows that are kept.</summary>
    void Finish()
    {
        if (_issues.Count > 0) return;
        foreach (CsvColumn column in Used.Where(c => c.IsText).ToArray()) FinishText(column);
        foreach (CsvColumn column in Used.Where(c => c.Kind == ColumnKind.Date).ToArray()) FinishDate(column);
        KeepAFeature();
        foreach (CsvColumn column in _features.Where(f => f.Why is not null)) _notes.Add(column.Why!);
        CsvColumn[] constant = [.. _features.Where(f => f.IsConstant && f.Kind != ColumnKind.Ignored)];
        if (constant.Length > 0)
            _notes.Add(new CsvIssue(CsvProblem.ConstantColumn,
                $"{Cited.Text(File, 500)}: {Cited.List([.. constant.Select(c => c.Name)])} {(constant.Length == 1 ? "has" : "have")} the same value in every row, from which nothing is learned.")
            { Column = constant[0].Name, Count = constant.Length });
    }

    // Up to this many categories nearly every row may have a different one, because small files have few rows.
    const int MostFreeCategories = 20;

    void FinishText(CsvColumn column)
    {
        int[] counts = new int[column.Categories.Length];
        int present = 0;
        for (int i = 0; i < Count; i++)
            if (column.Codes[RowOf(i)] is >= 0 and int code)
            {
                counts[code]++;
                present++;
            }
        int[] used = [.. Enumerable.Range(0, counts.Length).Where(c => counts[c] > 0)];
        string[] names = [.. used.Select(c => column.Categories[c]).Order(StringComparer.Ordinal)];
        if (!column.IsTarget && !LeaveOutMany(column, names, present)) return;
        var position = new Dictionary<string, int>(names.Length, StringComparer.Ordinal);
        foreach (string name in names) position.Add(name, position.Count);
        int[] map = [.. column.Categories.Select(name => position.GetValueOrDefault(name, -1))];
        for (int r = 0; r < _rows; r++)
            if (column.Codes[r] >= 0) column.Codes[r] = map[column.Codes[r]];
        column.Categories = names;
        column.IsConstant = names.Length == 1 && present == Count && Count > 1;
        NoteTexts(column, names);
    }

    /// <summary>False if the column is left out, because it has too many categories for features.</summary>
    bool LeaveOutMany(CsvColumn column, string[] names, int present)
    {
        bool unique = !column.IsAsked && names.Length > MostFreeCategories && names.Length * 2 > present;
        if (!unique && names.Length <= options.MaxCategories) return true;
        string example = names.Length > 0 ? Cited.Text(names[0]) : "";
        CsvIssue why = unique
            ? About(column, CsvProblem.UniqueTexts,
                $"{names.Length} different texts, such as '{example}', in {present} rows look like names or numbers of the rows, and a model would learn them by heart.",
                column.LeadingZeros > 0 ? "Leave it out with {0}, name it with {1} if its texts are categories, or with {2} if they are numbers." : "Leave it out with {0}, or name it with {1} if its texts are categories.",
                column.LeadingZeros > 0 ? [Exclude(column), AsText(column), AsNumber(column)] : [Exclude(column), AsText(column)])
            : About(column, CsvProblem.TooManyCategories,
                $"{names.Length} different texts, such as '{example}', would become as many columns; at most {options.MaxCategories} may.",
                "Leave it out with {0}, or raise the limit with {1}.", Exclude(column), new CsvFix(nameof(CsvOptions.MaxCategories), FormattableString.Invariant($"{names.Length}")));
        if (column.IsAsked) _issues.Add(why);
        LeaveOut(column, why with { Statement = why.Statement + (column.IsAsked ? "" : LeftOut) }, unique ? "texts that name the rows" : "too many categories");
        return false;
    }

    void NoteTexts(CsvColumn column, string[] names)
    {
        foreach (string marker in names.Where(name => MissingTexts.Contains(name)).Take(1))
            _notes.Add(About(column, CsvProblem.MarkerAmongTexts, $"'{Cited.Text(marker)}' is a {(column.IsTarget ? "class" : "category")} like the others.",
                "If it stands for a missing value, say so with {0} and choose {1}.", new CsvFix(nameof(CsvOptions.MissingMarkers), marker), s_drop));
        string[][] variants = [.. names.GroupBy(name => string.Join(' ', name.ToUpperInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparer.Ordinal)
            .Where(group => group.Count() > 1).Select(group => group.ToArray())];
        if (variants.Length > 0)
            _notes.Add(About(column, CsvProblem.CaseVariants,
                $"{Cited.List(variants[0])} differ only in upper and lower case or in spaces, and are different {(column.IsTarget ? "classes" : "categories")}" +
                (variants.Length > 1 ? FormattableString.Invariant($"; there are {variants.Length - 1} more such groups.") : "."), "If they are the same, write them in one way."));
    }

    void FinishDate(CsvColumn column)
    {
        DateTime[] dates = [.. Enumerable.Range(0, Count).Select(i => column.Ticks[RowOf(i)]).Where(t => t != CsvColumn.NoDate).Select(t => new DateTime(t))];
        if (dates.Length == 0)
        {
            LeaveOutEmpty(column);
            return;
        }
        string[] parts = [.. DateParts.All.Where(part => dates.Select(date => DateParts.Value(part, date, dates[0])).Distinct().Skip(1).Any())];
        if (parts.Length == 0)
        {
            LeaveOut(column, About(column, CsvProblem.ConstantColumn, "the date is the same in every row, so it is left out.", ""), "the same date in every row");
            return;
        }
        column.DateFormat = column.DateFormat! with { Parts = [.. parts], Origin = dates.Min() };
    }

    /// <summary>Where Float32 or Float64 does not keep the digits of a column: its rounding errors, or an error if numbers become equal.</summary>
    void ReadDigits()
    {
        CsvColumn[] columns = [.. Used.Where(c => c.Kind == ColumnKind.Number && c.Digits.IsRounded(s_single))];
        if (columns.Length == 0 || _issues.Count > 0) return;
        var different = columns.Select(_ => new HashSet<decimal>()).ToArray();
        var kept = columns.Select(_ => new HashSet<T>()).ToArray();
        foreach (CsvColumn column in columns) column.Rest = s_single ? new float[_rows] : null;
        Span<char> buffer = stackalloc char[CsvRows.LongestField], plain = stackalloc char[NumberReading.Longest + 1];
        NumberFormat usual = new();
        int row = 0;
        using (var rows = new CsvRows(_layout))
            while (rows.Next())
            {
                if (row == _rows) throw Changed();
                for (int i = 0; i < columns.Length; i++)
                {
                    CsvColumn column = columns[i];
                    if (rows.Reader.IsNull(column.Position) || !rows.TryGetChars(column.Position, buffer, out ReadOnlySpan<char> text) || MissingTexts.Contains(text)) continue;
                    if (!NumberReading.TryNormalize(text, column.Numbers ?? usual, plain, out int length)
                        || !double.TryParse(plain[..length], NumberStyles.Float, CultureInfo.InvariantCulture, out double value)) continue;
                    T rounded = T.CreateTruncating(value);
                    if (column.Rest is not null) column.Rest[row] = (float)(value - double.CreateTruncating(rounded));
                    if (!column.Digits.IsLost(s_single) || !T.IsFinite(rounded)) continue;
                    // A decimal has 28 digits, so it distinguishes numbers that are equal in Float64.
                    if (!decimal.TryParse(plain[..length], NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact)) continue;
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
            CsvColumn column = columns[i];
            string statement = string.Create(CultureInfo.InvariantCulture,
                $"{different[i].Count} different numbers from {different[i].Min()} to {different[i].Max()} become only {kept[i].Count} in " +
                $"{(s_single ? "Float32, which keeps about 7 digits" : "Float64, which keeps about 16 digits")}.");
            CsvFix exact = new(nameof(CsvOptions.DType), nameof(DType.Float64));
            CsvIssue lost = (s_single, column.IsTarget) switch
            {
                (true, true) => About(column, CsvProblem.DigitsLost, statement, "Load with {0}, or subtract an offset from the column.", exact),
                (false, true) => About(column, CsvProblem.DigitsLost, statement, "Subtract an offset from the column."),
                (true, false) => About(column, CsvProblem.DigitsLost, statement,
                    "Load with {0}, or subtract an offset from the column; if it only numbers the rows, leave it out with {1}.", exact, Exclude(column)),
                _ => About(column, CsvProblem.DigitsLost, statement, "Subtract an offset from the column; if it only numbers the rows, leave it out with {0}.", Exclude(column)),
            };
            if (column.IsTarget) column.Lost = lost;
            else _issues.Add(lost);
        }
    }

    CsvDataException Changed() => new(File, [new CsvIssue(CsvProblem.FileChanged,
        $"{Cited.Text(File, 500)}: the file changed while it was read, or can be read only once.", "Load it from a file at rest.")]);

    /// <summary>The rounding errors of these columns; null if negligible.</summary>
    Tensor? Rest(CsvColumn[] columns)
    {
        if (columns.All(column => column.Rest is null || column.Kind != ColumnKind.Number)) return null;
        int width = columns.Sum(column => column.FeatureCount), at = 0;
        float[] rest = new float[Count * width];
        foreach (CsvColumn column in columns)
        {
            if (column.Rest is not null && column.Kind == ColumnKind.Number)
                for (int i = 0; i < Count; i++) rest[i * width + at] = column.Rest[RowOf(i)];
            at += column.FeatureCount;
        }
        return Tensor.Own(rest, [Count, width], DType.Float32);
    }

    /// <summary>The inputs of the rows that are kept, with categories one-hot encoded and dates in parts; NaN where a value is missing.</summary>
    (T[] Inputs, string[] Names) Inputs()
    {
        string[] names = [.. _features.SelectMany(f => f.Features)];
        if (_kept is null && _features.All(f => f.Kind == ColumnKind.Number)) return (_inputs, names);
        if ((long)Count * names.Length > Array.MaxLength)
            ThrowIfAny([new CsvIssue(CsvProblem.TooManyValues, FormattableString.Invariant(
                $"{Cited.Text(File, 500)}: {Count} rows of {names.Length} features are more than the {Array.MaxLength} values that a tensor holds."),
                "Leave out columns with many categories, or split the file.")]);
        T[] inputs = new T[Count * names.Length];
        for (int i = 0, to = 0; i < Count; i++)
        {
            int r = RowOf(i);
            for (int f = 0; f < _features.Length; f++)
            {
                CsvColumn column = _features[f];
                Span<T> values = inputs.AsSpan(to, column.FeatureCount);
                to += values.Length;
                switch (column.Kind)
                {
                    case ColumnKind.Number:
                        values[0] = _inputs[r * _features.Length + f];
                        break;
                    case ColumnKind.Category when column.Codes[r] < 0:
                        values.Fill(T.NaN);
                        break;
                    case ColumnKind.Category:
                        values[column.Codes[r]] = T.One;
                        break;
                    case ColumnKind.Date:
                        DateParts.Fill(values, column.DateFormat!, column.Ticks[r] == CsvColumn.NoDate ? null : new DateTime(column.Ticks[r]));
                        break;
                }
            }
        }
        return (inputs, names);
    }

    double[] TargetValues()
    {
        if (_kept is null) return [.. _targetValues];
        double[] values = new double[Count * _targets.Length];
        for (int i = 0; i < Count; i++)
            for (int t = 0; t < _targets.Length; t++) values[i * _targets.Length + t] = _targetValues[_kept[i] * _targets.Length + t];
        return values;
    }

    /// <summary>The label of each row and the names of the classes; null for a regression.</summary>
    (long[] Labels, string[] Names)? Classes()
    {
        if (_targets.Length > 1)
            return options.Task != LearningTask.Classification ? null : throw new CsvColumnException(new(CsvProblem.SeveralClassTargets,
                $"{Cited.Text(File, 500)}: {_targets.Length} targets cannot be classes.", "Name one target, or predict numbers with {0}.",
                new CsvFix(nameof(CsvOptions.Task), nameof(LearningTask.Regression))));
        CsvColumn target = _targets[0];
        long[] labels;
        string[] names;
        if (target.IsText)
        {
            labels = [.. Enumerable.Range(0, Count).Select(i => (long)target.Codes[RowOf(i)])];
            names = target.Categories;
        }
        else
        {
            if (options.Task == LearningTask.Regression) return null;
            // Adding 0 turns −0 into 0, which is equal but would be named "-0".
            double[] all = TargetValues();
            double[] values = [.. all.Select(v => v + 0.0).Distinct().Order()];
            bool integers = values.All(double.IsInteger);
            if (options.Task == LearningTask.Auto && !(integers && values.Length <= options.MaxIntegerClasses)) return null;
            var label = values.Select((value, i) => (value, i)).ToDictionary(p => p.value, p => (long)p.i);
            labels = [.. all.Select(value => label[value])];
            names = [.. values.Select(v => v.ToString(CultureInfo.InvariantCulture))];
        }
        if (names.Length == 1)
        {
            string statement = $"every one of the {Count} row(s) has the class '{Cited.Text(names[0])}'; expected at least two classes to tell apart.";
            ThrowIfAny([(target.IsText ? About(target, CsvProblem.SingleClass, statement, "Choose another target.")
                : About(target, CsvProblem.SingleClass, statement, "Choose another target, or predict numbers with {0}.", new CsvFix(nameof(CsvOptions.Task), nameof(LearningTask.Regression))))
                with { Value = names[0] }]);
        }
        return (labels, names);
    }

    // The share of rows of the most frequent class from which on it is worth a note.
    const double MuchMoreFrequent = 0.9;

    void NoteClasses(long[] labels, string[] names)
    {
        int[] counts = new int[names.Length];
        foreach (long label in labels) counts[label]++;
        int single = counts.Count(count => count == 1), most = Array.IndexOf(counts, counts.Max());
        if (single > 0)
            _notes.Add(About(_targets[0], CsvProblem.SingleRowClasses, FormattableString.Invariant(
                $"{single} of {names.Length} classes {(single == 1 ? "has" : "have")} a single row, which cannot be both learned and tested."), "") with
            { Count = single });
        if (counts[most] >= MuchMoreFrequent * Count)
            _notes.Add(About(_targets[0], CsvProblem.ImbalancedClasses, FormattableString.Invariant(
                $"{counts[most]} of {Count} rows ({100.0 * counts[most] / Count:0.0} %) have the class '{Cited.Text(names[most])}', so that answering it always is right that often."), ""));
    }

    void NoteRows(CsvRows rows)
    {
        string file = Cited.Text(File, 500);
        if (_layout.Header.Renamed is { } renamed) _notes.Add(renamed);
        if (_layout.HasRowNames)
            _notes.Add(new CsvIssue(CsvProblem.Ids, $"{file}: the rows have one field more than the header; the first is taken for the name of the row and left out."));
        if (_layout.HasEmptyEnd || rows.Trailing > 0)
            _notes.Add(new CsvIssue(CsvProblem.EmptyColumn, $"{file}: lines end with the delimiter; what follows has neither a name nor a value and is left out."));
        if (rows.Blank > 0)
            _notes.Add(new CsvIssue(CsvProblem.SkippedLines, FormattableString.Invariant($"{file}: {rows.Blank} line(s) without a value are skipped.")) { Count = rows.Blank });
        if (rows.Repeated > 0)
            _notes.Add(new CsvIssue(CsvProblem.SkippedLines, FormattableString.Invariant($"{file}: {rows.Repeated} line(s) that repeat the header are skipped.")) { Count = rows.Repeated });
    }

    /// <summary>
    /// Notes a header that looks like data: numbers where numbers follow, and a text that is one of the categories. Years, and numbers that count the
    /// columns, are usual names of columns.
    /// </summary>
    void NoteHeader()
    {
        if (!options.HasHeader) return;
        CsvColumn[] numbers = [.. Used.Where(c => c.Kind == ColumnKind.Number && !_layout.Header.Unnamed[c.Position])];
        CsvColumn[] texts = [.. Used.Where(c => c.Kind == ColumnKind.Category)];
        bool text = texts.Length > 0 && texts.All(c => c.Categories.Contains(c.Name));
        bool number = numbers.Length > 0 && numbers.All(c => CsvHeader.IsNumber(c.Name) || _layout.Header.Renamed is not null && CsvHeader.IsNumber(c.Name.Split('.')[0]));
        double[] names = [.. numbers.Select(c => double.TryParse(c.Name, NumberStyles.Float, CultureInfo.InvariantCulture, out double name) ? name : 0.5)];
        bool count = number && (names.All(n => n is >= 1500 and <= 2200 && double.IsInteger(n)) || names.Length > 1 && Enumerable.Range(1, names.Length - 1).All(i => names[i] == names[i - 1] + 1));
        if (!(number && !count && (texts.Length == 0 || text || numbers.Length > 1) || text && (numbers.Length == 0 || number))) return;
        CsvColumn first = number ? numbers[0] : texts[0];
        _notes.Add(new CsvIssue(CsvProblem.HeaderLooksLikeData,
            $"{Cited.Text(File, 500)}, line {1 + source.SkipLines}: the first row was taken for the names of the columns, but it looks like data: '{Cited.Text(first.Name)}'.",
            "If it is data, set {0}; the columns are then column_0, column_1, ….", new CsvFix(nameof(CsvOptions.HasHeader), "false"))
        { Line = 1 + source.SkipLines });
    }

    DatasetSchema Schema(string[] features, string[] classes) => new()
    {
        Columns = [.. _layout.Header.Names.Select((name, position) => Used.FirstOrDefault(c => c.Position == position) is { } column
            ? new ColumnSchema
            {
                Name = name,
                Kind = column.Kind,
                IsTarget = column.IsTarget,
                Categories = column.IsTarget || column.Kind != ColumnKind.Category ? [] : [.. column.Categories],
                Numbers = column.Kind == ColumnKind.Number ? column.Numbers : null,
                Dates = column.Kind == ColumnKind.Date ? column.DateFormat : null,
                Reason = column.Reason,
                Features = [.. column.Features],
            }
            : new ColumnSchema { Name = name, Kind = ColumnKind.Ignored, Reason = _unused.GetValueOrDefault(position, "as asked") })],
        Targets = [.. _targets.Select(t => new TargetSchema
        {
            Name = t.Name,
            Task = classes.Length > 0 ? LearningTask.Classification : LearningTask.Regression,
            Classes = [.. classes],
        })],
        FeatureNames = [.. features],
        MissingMarkers = [.. options.MissingMarkers],
        HasHeader = options.HasHeader,
    };
}
