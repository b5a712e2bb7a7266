namespace MyTorch.Data;

/// <summary>Reads a column of numbers or dates, in any form that files are read in, as numbers that grow with them.</summary>
static class OrderReading
{
    /// <exception cref="CsvColumnException">The texts are neither all numbers nor all dates, or can be read in two orders.</exception>
    internal static double[] Read(IReadOnlyList<string> texts, CsvOptions options)
    {
        double[]? values = Numbers(texts, options.Decimal) ?? Dates(texts, options.DateOrder);
        if (values is not null) return values;
        int empty = texts.Count(text => string.IsNullOrWhiteSpace(text) || MissingTexts.Contains(text.Trim()));
        throw new CsvColumnException(new(CsvProblem.NotADate,
            empty > 0
                ? FormattableString.Invariant($"{empty} of {texts.Count} fields are empty or missing, so their rows are neither early nor late.")
                : $"the fields, such as '{Cited.Text(Odd(texts))}', are neither all numbers nor all dates of one form, so no row is later than " +
                "another.",
            empty > 0 ? "Fill them in, take such rows out of the file, or choose another column."
                : "Correct them, or choose another column."));
    }

    // A field that is not like the first one.
    static string Odd(IReadOnlyList<string> texts)
    {
        ulong formats = texts.Count > 0 ? DateReading.Formats(texts[0].Trim(), DateReading.All) : 0;
        return texts.FirstOrDefault(text => formats != 0 && DateReading.Formats(text.Trim(), formats) == 0) ?? (texts.Count > 0 ? texts[0] : "");
    }

    static double[]? Numbers(IReadOnlyList<string> texts, char? separator)
    {
        byte readings = separator switch { '.' => NumberReading.Point, ',' => NumberReading.Comma, _ => NumberReading.All };
        string? unit = null;
        foreach (string text in texts)
        {
            readings &= NumberReading.Readings(text.Trim(), out ReadOnlySpan<char> own);
            unit ??= own.ToString();
            if (readings == 0 || !own.SequenceEqual(unit)) return null;
        }
        // Whole numbers are the same in both; 1,234 and 2,5 are not.
        bool both = (readings & NumberReading.Point) != 0 && (readings & NumberReading.Comma) != 0;
        if (both && texts.FirstOrDefault(text => text.AsSpan().ContainsAny(".,")) is { } unclear)
            throw new CsvColumnException(new(CsvProblem.AmbiguousNumber,
                $"'{Cited.Text(unclear)}' can have a decimal or a thousands separator, and no other field decides it.",
                "Say which with {0} or {1}.", new CsvFix(nameof(CsvOptions.Decimal), "."), new CsvFix(nameof(CsvOptions.Decimal), ",")));
        NumberFormat format = NumberReading.Format(readings, unit);
        double[] values = new double[texts.Count];
        for (int i = 0; i < values.Length; i++)
            if (!NumberReading.TryRead(texts[i].Trim(), format, out values[i]) || !double.IsFinite(values[i])) return null;
        return values;
    }

    // Days since the first of January of year 1.
    static double[]? Dates(IReadOnlyList<string> texts, DateOrder? order)
    {
        ulong formats = DateReading.All;
        if (order is not null) formats &= ~(order == DateOrder.DayFirst ? DateReading.MonthFirst : DateReading.DayFirst);
        foreach (string text in texts)
            if ((formats = DateReading.Formats(text.Trim(), formats)) == 0) return null;
        if ((formats & DateReading.DayFirst) != 0 && (formats & DateReading.MonthFirst) != 0)
            throw new CsvColumnException(new(CsvProblem.AmbiguousDate,
                $"'{Cited.Text(texts[0])}' can be day and month or month and day, and no other date of the column decides it.",
                "Say which with {0} or {1}.", new CsvFix(nameof(CsvOptions.DateOrder), nameof(DateOrder.DayFirst)),
                new CsvFix(nameof(CsvOptions.DateOrder), nameof(DateOrder.MonthFirst))));
        string format = DateReading.Format(formats);
        return [.. texts.Select(text =>
            DateReading.TryRead(text.Trim(), format, out DateTime date) ? date.Ticks / (double)TimeSpan.TicksPerDay : double.NaN)];
    }
}
