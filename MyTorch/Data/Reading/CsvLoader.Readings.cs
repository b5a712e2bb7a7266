namespace MyTorch.Data;

// The second pass, for numbers that are written in other ways.
partial class CsvLoader<T>
{
    /// <summary>
    /// The second pass, where numbers are written in more ways than one or may be: how all numbers of those columns can be read.
    /// </summary>
    async ValueTask ReadReadings()
    {
        bool styled = Used.Any(c => c.Styled > 0);
        bool doubtful = options.Decimal == ',' || !_provesPoint && _layout.Separator == ';';
        CsvColumn[] columns = [.. Used.Where(c => c.Wish != ColumnWish.Text && c.Plain + c.Styled > 0 && (c.Styled > 0 || (styled || doubtful) && c.HasPoint))];
        if (columns.Length == 0) return;
        foreach (CsvColumn column in columns) column.ForgetReadings();
        using var rows = new CsvRows(_layout);
        while (ReadSomeReadings(rows, columns)) await pauses.Take().ConfigureAwait(true);
        bool point = _provesPoint || columns.Any(c => c.HasSeparators && (c.Readings & NumberReading.Comma) == 0 && c.Readings != 0);
        bool comma = columns.Any(c => c.HasSeparators && (c.Readings & NumberReading.Point) == 0 && c.Readings != 0);
        foreach (CsvColumn column in columns) column.Numbers = Format(column, point, comma);
    }

    /// <summary>Reads rows until a pause is due; false at the end of the file.</summary>
    bool ReadSomeReadings(CsvRows rows, CsvColumn[] columns)
    {
        Span<char> buffer = stackalloc char[CsvRows.LongestField];
        while (rows.Next())
        {
            foreach (CsvColumn column in columns)
            {
                if (rows.Reader.IsNull(column.Position) || !rows.TryGetChars(column.Position, buffer, out ReadOnlySpan<char> text)) continue;
                byte readings = NumberReading.Readings(text, out ReadOnlySpan<char> unit);
                if (readings != NumberReading.None && !MissingTexts.Contains(text)) column.AddReadings(rows, readings, unit);
            }
            if (pauses.AreDue) return true;
        }
        return false;
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
                    $"'{Cited.Text(text)}' can be read as {NumberReading.As(text, '.')} and as {NumberReading.As(text, ',')}, " +
                    $"and no other number of the file decides it.",
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
    }
}
