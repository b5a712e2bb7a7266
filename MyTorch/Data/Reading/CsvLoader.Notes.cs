using System.Globalization;

namespace MyTorch.Data;

// What was noticed of the file as a whole.
partial class CsvLoader<T>
{
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
}
