using System.Globalization;

namespace MyTorch.Data;

// What each column becomes.
partial class CsvLoader<T>
{
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
            if (column.IsTarget && dates * 2 > present)
                _notes.Add(About(column, CsvProblem.NumbersAsOther, "each date is a class, because a model predicts numbers or classes.",
                    "To predict a time, give the target as a number, such as the days until then."));
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
        // A code has no point: 1, 1.0 and 03 are numbers.
        bool codes = column.AllWhole && !column.HasPoint && column.LeadingZeros > 0 && column.Plain > 1;
        if (column.IsTarget)
        {
            if (codes && _targets.Length == 1 && options.Task != LearningTask.Regression)
            {
                column.Kind = ColumnKind.Category;
                _notes.Add(About(column, CsvProblem.NumbersAsOther, "numbers have leading zeros, as codes have, so each text is a class.",
                    "If they are quantities, name it with {0}.", AsNumber(column)));
            }
            else if (column.IsNamedId && column.IsUnique && column.Plain >= 10)
                _notes.Add(About(column, CsvProblem.Ids, "the numbers differ in every row and only name it, which a model cannot predict.",
                    "If they say nothing else, choose another target."));
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
                    asked ? "Correct it, take the column for categories with {0}, or leave it out with {1}."
                        : "Correct it, or take the column for categories with {0}.",
                    asked ? [AsText(column), Exclude(column)] : [AsText(column)])
                : About(column, CsvProblem.NotADate, "the numbers are not dates.", "Leave it out with {0}.", Exclude(column));
            if (asked) _issues.Add(problem);
            else LeaveOut(column, problem with { Statement = problem.Statement + LeftOut }, "not every text is a date");
            return;
        }
        if ((formats & DateReading.DayFirst) != 0 && (formats & DateReading.MonthFirst) != 0)
        {
            CsvIssue problem = column.FirstDate.Issue(File, column.Name, CsvProblem.AmbiguousDate,
                $"'{Cited.Text(column.FirstDate.Value)}' can be day and month or month and day, and no other date of the column decides it.",
                "Say which with {0} or {1}.", new CsvFix(nameof(CsvOptions.DateOrder), nameof(DateOrder.DayFirst)), new CsvFix(nameof(CsvOptions.DateOrder), nameof(DateOrder.MonthFirst)));
            if (asked) _issues.Add(problem);
            else LeaveOut(column, problem with { Statement = problem.Statement + LeftOut }, "day and month cannot be told apart");
            return;
        }
        column.Kind = ColumnKind.Date;
        column.DateFormat = new DateFormat { Format = DateReading.Format(formats), Parts = [], Origin = default };
        RequireValues(column);
    }

    /// <summary>
    /// A first row with a text in every column of numbers is one problem, not one for each column: it has further names, or units.
    /// </summary>
    void JudgeFirstRow()
    {
        CsvColumn[] numbers = [.. Used.Where(c => c.Kind == ColumnKind.Number && c.Plain + c.Styled > 1)];
        if (numbers.Length < 2 || !options.HasHeader || !Array.TrueForAll(numbers, c => c.Texts.Count == 1 && c.Texts.Row == 1)) return;
        _issues.RemoveAll(issue => issue is { Row: 1, Count: 1, Problem: CsvProblem.TextAmongNumbers or CsvProblem.TextInTarget });
        Places place = numbers[0].Texts;
        _issues.Add(place.Issue(File, null, CsvProblem.HeaderLooksLikeData,
            $"the first row has a text in every column of numbers ({Cited.List([.. numbers.Select(c => c.Texts.Value)], 5)}), " +
                "as a second line of names or units has.",
            "Delete the line; or, if the names of the columns are in it, skip what is above it with {0}.",
            new CsvFix(nameof(CsvOptions.SkipLines), FormattableString.Invariant($"{place.Line - 1}"))));
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
        bool isError = column.IsTarget || column.IsAsked && column.Kind != ColumnKind.Ignored;
        CsvIssue why = About(column, CsvProblem.EmptyColumn, "every field of the column is empty." + (isError ? "" : LeftOut),
            column.IsTarget ? "Choose another target." : isError ? "Leave it out with {0}." : "",
            column.IsTarget || !isError ? [] : [Exclude(column)]);
        if (isError) _issues.Add(why);
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

    const string LeftOut = " The column is left out.";

    // Where nothing else is left to learn from, leaving the column out does not help.
    static CsvIssue AsOnlyFeature(CsvIssue why, CsvFix? most)
    {
        CsvFix[] fixes = [.. why.Fixes.Where(fix => fix.Option != nameof(CsvOptions.Exclude)).Select(fix => fix.Option == most?.Option ? most : fix)];
        string statement = why.Statement.EndsWith(LeftOut, StringComparison.Ordinal) ? why.Statement[..^LeftOut.Length] : why.Statement;
        return new CsvIssue(why.Problem, statement + " It is left out, and no feature remains.",
            fixes.Length switch { 0 => "", 1 => "Use it with {0}.", _ => "Use it with {0}, or with {1}." }, fixes)
        { Column = why.Column, Line = why.Line, Row = why.Row, Value = why.Value, Count = why.Count };
    }
}
