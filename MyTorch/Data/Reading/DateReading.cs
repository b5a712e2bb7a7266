using System.Globalization;

namespace MyTorch.Data;

/// <summary>
/// Reads dates as people write them. A column is read with a format that all its fields have; day and month may be ambiguous. A time of day
/// may follow the date; times with an offset are converted to UTC.
/// </summary>
static class DateReading
{
    internal const string UnixSeconds = "unix seconds", UnixMilliseconds = "unix milliseconds", Compact = "yyyyMMdd";

    /// <summary>Longer fields are texts.</summary>
    internal const int Longest = 48;

    /// <summary>The formats of dates, without the time. The invariant culture takes two digits of a year for 1950 to 2049.</summary>
    static readonly string[] s_formats =
    [
        "yyyy-M-d", "yyyy/M/d", "yyyy.M.d",
        "d/M/yyyy", "d-M-yyyy", "M/d/yyyy", "M-d-yyyy", "d.M.yyyy", "d. M. yyyy",
        "d/M/yy", "d-M-yy", "M/d/yy", "M-d-yy", "d.M.yy",
        "d MMM yyyy", "dMMMyyyy", "d-MMM-yyyy", "d/MMM/yyyy", "d. MMM yyyy", "MMM d yyyy", "MMM d, yyyy", "MMM-d-yyyy", "yyyy-MMM-d",
        "yyyy MMM d", "d MMM yy", "d-MMM-yy", "d/MMM/yy",
        "d MMMM yyyy", "d. MMMM yyyy", "MMMM d yyyy", "MMMM d, yyyy",
        "ddd d MMM yyyy", "ddd, d MMM yyyy", "ddd MMM d yyyy", "dddd, d MMMM yyyy", "dddd, MMMM d, yyyy",
        "yyyy-MM", "yyyy/MM", "MM/yyyy", "MM.yyyy", "MM-yyyy", "MMM yyyy", "MMMM yyyy", "MMM-yyyy", "MMM-yy",
    ];

    /// <summary>A bit for each format, and those in which the day or the month comes first.</summary>
    internal static readonly ulong All = (1UL << s_formats.Length) - 1, DayFirst = Bits("d/M", "d-M"), MonthFirst = Bits("M/d", "M-d");

    static ulong Bits(params string[] starts)
    {
        ulong bits = 0;
        for (int i = 0; i < s_formats.Length; i++)
            if (starts.Any(start => s_formats[i].StartsWith(start, StringComparison.Ordinal) && !s_formats[i].Contains("MMM", StringComparison.Ordinal)))
                bits |= 1UL << i;
        return bits;
    }

    /// <summary>The format of the lowest bit.</summary>
    internal static string Format(ulong formats) => s_formats[System.Numerics.BitOperations.TrailingZeroCount(formats)];

    /// <summary>Those of the given formats that the field has.</summary>
    internal static ulong Formats(ReadOnlySpan<char> text, ulong among)
    {
        if (!MayBeDate(text) || !SplitTime(text, out ReadOnlySpan<char> date, out _)) return 0;
        ulong found = 0;
        for (ulong rest = among; rest != 0; rest &= rest - 1)
        {
            int i = System.Numerics.BitOperations.TrailingZeroCount(rest);
            if (TryDate(date, s_formats[i], out _)) found |= 1UL << i;
        }
        return found;
    }

    /// <summary>The date in the given format.</summary>
    internal static bool TryRead(ReadOnlySpan<char> text, string format, out DateTime value)
    {
        value = default;
        if (format is UnixSeconds or UnixMilliseconds or Compact)
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && TryNumber(number, format, out value);
        if (!MayBeDate(text) || !SplitTime(text, out ReadOnlySpan<char> date, out TimeSpan time) || !TryDate(date, format, out value)) return false;
        // The offset of a time may lead beyond the first and last year.
        if (value.Ticks + time.Ticks < 0 || value.Ticks + time.Ticks > DateTime.MaxValue.Ticks) return false;
        value += time;
        return true;
    }

    /// <summary>
    /// The date that a number is: seconds or milliseconds since 1970, or the digits of year, month and day. Other formats are of texts.
    /// </summary>
    internal static bool TryNumber(double number, string format, out DateTime value)
    {
        value = default;
        if (format == Compact) return IsCompact(number, out value);
        if (format is not (UnixSeconds or UnixMilliseconds)) return false;
        double seconds = format == UnixSeconds ? number : number / 1000;
        if (!(Math.Abs(seconds) < 60e9)) return false;
        value = DateTime.UnixEpoch.AddTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));
        return true;
    }

    /// <summary>Whether the digits of a number are a date from 1900 to 2100, as in 20210304.</summary>
    internal static bool IsCompact(double number, out DateTime value)
    {
        value = default;
        if (!(number is >= 19000101 and <= 21001231) || !double.IsInteger(number)) return false;
        int digits = (int)number, year = digits / 10000, month = digits / 100 % 100, day = digits % 100;
        if (month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        value = new DateTime(year, month, day);
        return true;
    }

    /// <summary>The unit in which numbers between these are times from 1980 to 2100; null if they are not.</summary>
    internal static string? UnixUnit(double least, double most) =>
        least >= 3.15e8 && most <= 4.2e9 ? UnixSeconds : least >= 3.15e11 && most <= 4.2e12 ? UnixMilliseconds : null;

    // Quick, because it is asked of every text.
    static bool MayBeDate(ReadOnlySpan<char> text)
    {
        if (text.Length is < 6 or > Longest) return false;
        int digits = 0, others = 0;
        foreach (char c in text)
        {
            if (char.IsAsciiDigit(c)) digits++;
            else if (!char.IsAsciiLetter(c) && c is not ('-' or '/' or '.' or ' ' or ',' or ':' or '+')) return false;
            else others++;
        }
        return digits >= 3 && others > 0;
    }

    static bool TryDate(ReadOnlySpan<char> date, string format, out DateTime value)
    {
        if (!DateTime.TryParseExact(date, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out value)) return false;
        // ParseExact takes one digit for "yy" and "MM" too.
        int digits = 0;
        if (format.StartsWith("MM", StringComparison.Ordinal) && format[2] != 'M' && !char.IsAsciiDigit(date[1])) return false;
        if (!format.EndsWith("yy", StringComparison.Ordinal)) return value.Year is >= 1000 and <= 2999;
        while (digits < date.Length && char.IsAsciiDigit(date[^(digits + 1)])) digits++;
        return digits == (format.EndsWith("yyyy", StringComparison.Ordinal) ? 4 : 2) && value.Year is >= 1000 and <= 2999;
    }

    /// <summary>Separates 2021-03-04T10:30:00.5+01:00 into a date and a time. False if what follows the date is not a time.</summary>
    static bool SplitTime(ReadOnlySpan<char> text, out ReadOnlySpan<char> date, out TimeSpan time)
    {
        date = text;
        time = TimeSpan.Zero;
        int colon = text.IndexOf(':');
        if (colon < 0) return true;
        int start = colon;
        while (start > 0 && colon - start < 2 && char.IsAsciiDigit(text[start - 1])) start--;
        if (start == colon || start < 2 || text[start - 1] is not (' ' or 'T' or 't')) return false;
        date = text[..(start - 1)].TrimEnd(" ,");
        return TryTime(text[start..], out time);
    }

    static bool TryTime(ReadOnlySpan<char> text, out TimeSpan time)
    {
        time = TimeSpan.Zero;
        TimeSpan offset = TimeSpan.Zero;
        if (text[^1] is 'Z' or 'z') text = text[..^1];
        else if (text.EndsWith("UTC") || text.EndsWith("GMT")) text = text[..^3].TrimEnd();
        else if (text.LastIndexOfAny('+', '-') is > 0 and int sign)
        {
            if (!TryOffset(text[(sign + 1)..], out offset)) return false;
            if (text[sign] == '-') offset = -offset;
            text = text[..sign].TrimEnd();
        }
        bool am = text.EndsWith("AM", StringComparison.OrdinalIgnoreCase), pm = text.EndsWith("PM", StringComparison.OrdinalIgnoreCase);
        if (am || pm) text = text[..^2].TrimEnd();
        Span<Range> parts = stackalloc Range[4];
        int count = text.Split(parts, ':');
        double seconds = 0;
        if (count is < 2 or > 3 || !Whole(text[parts[0]], am || pm ? 12 : 24, out int hours) || !Whole(text[parts[1]], 59, out int minutes)) return false;
        if (count == 3 && (!char.IsAsciiDigit(text[parts[2]] is { Length: > 0 } second ? second[0] : 'x')
            || !double.TryParse(text[parts[2]], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out seconds) || seconds >= 61)) return false;
        if (am || pm) hours = hours % 12 + (pm ? 12 : 0);
        time = new TimeSpan(hours, minutes, 0) + TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond)) - offset;
        return true;
    }

    static bool TryOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (!Whole(text[..Math.Min(2, text.Length)], 14, out int hours)) return false;
        ReadOnlySpan<char> rest = text[Math.Min(2, text.Length)..].TrimStart(':');
        int minutes = 0;
        if (rest.Length > 0 && !Whole(rest, 59, out minutes)) return false;
        offset = new TimeSpan(hours, minutes, 0);
        return true;
    }

    static bool Whole(ReadOnlySpan<char> text, int most, out int value)
    {
        value = 0;
        return text.Length is 1 or 2 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= most;
    }
}
