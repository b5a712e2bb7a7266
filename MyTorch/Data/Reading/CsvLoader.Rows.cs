using System.Globalization;

namespace MyTorch.Data;

// The rows that are kept, and what their categories and dates are.
partial class CsvLoader<T>
{
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
        NoteMarkerNumbers();
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
                "To use it, name it with {0} if its texts are categories" +
                    (column.LeadingZeros > 0 ? ", or with {1} if they are numbers." : "."),
                column.LeadingZeros > 0 ? [AsText(column), AsNumber(column)] : [AsText(column)])
            : About(column, CsvProblem.TooManyCategories,
                $"{names.Length} different texts, such as '{example}', would become as many columns; at most {options.MaxCategories} may.",
                column.IsAsked ? "Leave it out with {1}, or raise the limit with {0}." : "To use it, raise the limit with {0}.",
                [
                    new CsvFix(nameof(CsvOptions.MaxCategories), FormattableString.Invariant($"{names.Length}")),
                    .. column.IsAsked ? [Exclude(column)] : Array.Empty<CsvFix>(),
                ]);
        if (column.IsAsked) _issues.Add(why);
        // That its numbers are categories is not so.
        _notes.RemoveAll(note => note.Column == column.Name && note.Problem == CsvProblem.NumbersAsOther);
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
        string[][] equal = [.. names.GroupBy(Number).Where(group => group.Key is not null && group.Count() > 1).Select(group => group.ToArray())];
        if (equal.Length > 0)
            _notes.Add(About(column, CsvProblem.CaseVariants,
                $"{Cited.List(equal[0])} are the same number, and are different {(column.IsTarget ? "classes" : "categories")}" +
                MoreGroups(equal.Length),
                "If they mean the same, write them in one way."));
        if (variants.Length > 0)
            _notes.Add(About(column, CsvProblem.CaseVariants,
                $"{Cited.List(variants[0])} differ only in upper and lower case or in spaces, and are different " +
                (column.IsTarget ? "classes" : "categories") + MoreGroups(variants.Length),
                "If they are the same, write them in one way."));

        static double? Number(string text) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;

        static string MoreGroups(int groups) =>
            groups > 1 ? FormattableString.Invariant($"; there are {groups - 1} more such groups.") : ".";
    }

    /// <summary>
    /// Notes numbers such as −999 and 9999 that are there several times, farther from the others than these are from each other: many programs
    /// write them for a missing value.
    /// </summary>
    void NoteMarkerNumbers()
    {
        for (int f = 0; f < _features.Length; f++)
        {
            CsvColumn column = _features[f];
            if (column.Kind != ColumnKind.Number || column.Numbers is not null || column.Wish == ColumnWish.Number) continue;
            foreach (double marker in new[] { column.Least, column.Most })
            {
                if (Math.Abs(marker) is not (99 or 999 or 9999 or 99999 or 999999)) continue;
                (int count, double least, double most) = (0, double.PositiveInfinity, double.NegativeInfinity);
                for (int i = 0; i < Count; i++)
                {
                    double value = double.CreateTruncating(_inputs[RowOf(i) * _features.Length + f]);
                    if (value == marker) count++;
                    else if (!double.IsNaN(value)) (least, most) = (Math.Min(least, value), Math.Max(most, value));
                }
                if (count < 2 || least >= most || Math.Max(least - marker, marker - most) <= most - least) continue;
                _notes.Add(About(column, CsvProblem.MarkerAmongTexts, string.Create(CultureInfo.InvariantCulture,
                    $"{marker} is there {count} times, and the other numbers are {least} to {most}."),
                    "If it stands for a missing value, say so with {0} and choose {1} or {2}.",
                    new CsvFix(nameof(CsvOptions.MissingMarkers), TextOf(column, marker)), s_drop, s_mean) with
                { Count = count });
            }
        }
    }

    // How the number is written: a marker is compared as text.
    string TextOf(CsvColumn column, double number)
    {
        using var rows = new CsvRows(_layout);
        while (rows.Next())
            if (rows.Reader.TryParse(column.Position, out double value) && value == number) return rows.Reader.GetString(column.Position);
        return number.ToString(CultureInfo.InvariantCulture);
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
}
