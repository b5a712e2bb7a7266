using System.Collections.ObjectModel;
using System.Globalization;

namespace MyTorch.Data;

// The further passes: categories, dates, numbers that are not plain, digits beyond the type, texts that are kept.
partial class CsvLoader<T>
{
    /// <summary>The pass for categories, dates, and numbers that are not plain.</summary>
    async ValueTask ReadOthers()
    {
        CsvColumn[] texts = [.. Used.Where(c => c.IsText)], dates = [.. Used.Where(c => c.Kind == ColumnKind.Date)];
        CsvColumn[] numbers = [.. Used.Where(c => c.Kind == ColumnKind.Number && c.Numbers is not null)];
        if (texts.Length + dates.Length + numbers.Length == 0) return;
        var codes = texts.Select(_ => new Dictionary<string, int>(StringComparer.Ordinal)).ToArray();
        int[] places = [.. numbers.Select(c => c.IsTarget ? Array.IndexOf(_targets, c) : Array.IndexOf(_features, c))];
        int row = 0;
        using (var rows = new CsvRows(_layout, pool: texts.Length > 0))
            while (ReadSomeOthers(rows, (texts, codes), dates, (numbers, places), ref row)) await pauses.Take().ConfigureAwait(true);
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

    /// <summary>Reads rows until a pause is due; false at the end of the file.</summary>
    bool ReadSomeOthers(
        CsvRows rows, (CsvColumn[] Columns, Dictionary<string, int>[] Codes) categories, CsvColumn[] dates, (CsvColumn[] Columns, int[] Places) others,
        ref int row)
    {
        (CsvColumn[] texts, Dictionary<string, int>[] codes) = categories;
        (CsvColumn[] numbers, int[] places) = others;
        Span<char> buffer = stackalloc char[CsvRows.LongestField];
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
            if (pauses.AreDue) return true;
        }
        return false;
    }

    static bool TryReadNumber(CsvRows rows, CsvColumn column, Span<char> buffer, out double value)
    {
        value = double.NaN;
        return !rows.Reader.IsNull(column.Position) && rows.TryGetChars(column.Position, buffer, out ReadOnlySpan<char> text)
            && !MissingTexts.Contains(text) && NumberReading.TryRead(text, column.Numbers!, out value);
    }

    /// <summary>Where Float32 or Float64 does not keep the digits of a column: its rounding errors, or an error if numbers become equal.</summary>
    async ValueTask ReadDigits()
    {
        CsvColumn[] columns = [.. Used.Where(c => c.Kind == ColumnKind.Number && c.Digits.IsRounded(s_single))];
        if (columns.Length == 0 || _issues.Count > 0) return;
        var different = columns.Select(_ => new HashSet<decimal>()).ToArray();
        var kept = columns.Select(_ => new HashSet<T>()).ToArray();
        foreach (CsvColumn column in columns) column.Rest = s_single ? new float[_rows] : null;
        int row = 0;
        using (var rows = new CsvRows(_layout))
            while (ReadSomeDigits(rows, columns, different, kept, ref row)) await pauses.Take().ConfigureAwait(true);
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

    /// <summary>Reads rows until a pause is due; false at the end of the file.</summary>
    bool ReadSomeDigits(CsvRows rows, CsvColumn[] columns, HashSet<decimal>[] different, HashSet<T>[] kept, ref int row)
    {
        Span<char> buffer = stackalloc char[CsvRows.LongestField], plain = stackalloc char[NumberReading.Longest + 1];
        NumberFormat usual = new();
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
            if (pauses.AreDue) return true;
        }
        return false;
    }

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
}
