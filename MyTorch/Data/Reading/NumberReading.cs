using System.Globalization;

namespace MyTorch.Data;

/// <summary>
/// Reads numbers as people write them. A field has one or more <em>readings</em>, each a decimal separator and a thousands separator, and a
/// column is read with those that all its fields have. <c>1,234</c> has two: 1234, and with a decimal comma 1.234.
/// </summary>
static class NumberReading
{
    /// <summary>
    /// A bit for each reading. Low four bits: a decimal point, with no thousands separator, a comma, a space, an apostrophe. High four bits: a
    /// decimal comma, with no thousands separator, a point, a space, an apostrophe.
    /// </summary>
    internal const byte None = 0, Point = 0x0F, Comma = 0xF0, All = 0xFF;

    /// <summary>Longer fields are texts.</summary>
    internal const int Longest = 80;

    const string PointSeparators = "\0, '", CommaSeparators = "\0. '";

    static readonly string[] s_currencyCodes =
        ["EUR", "USD", "GBP", "CHF", "JPY", "CNY", "INR", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "BRL", "MXN", "ZAR", "KRW", "TRY", "RUB"];

    // Signs of letters that stand on either side of the number.
    static readonly string[] s_currencySigns =
        ["kr", "kr.", "Kr", "Kr.", "z\u0142", "K\u010D", "Ft", "lei", "Rs", "Rs.", "Fr.", "SFr.", "\u0440\u0443\u0431", "\u0440\u0443\u0431."];

    /// <summary>The readings of a field, and the unit beside its number, such as <c>%</c>, <c>€</c> or none.</summary>
    internal static byte Readings(ReadOnlySpan<char> text, out ReadOnlySpan<char> unit) =>
        Split(text, out ReadOnlySpan<char> core, out _, out unit) ? Readings(core) : None;

    /// <summary>The number, if the field has this reading.</summary>
    internal static bool TryRead(ReadOnlySpan<char> text, NumberFormat format, out double value)
    {
        value = double.NaN;
        Span<char> plain = stackalloc char[Longest + 1];
        return TryNormalize(text, format, plain, out int length)
            && double.TryParse(plain[..length], NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The number that a field is with this decimal separator, for messages.</summary>
    internal static string As(string text, char point)
    {
        byte readings = (byte)(Readings(text, out ReadOnlySpan<char> unit) & (point == '.' ? Point : Comma));
        return TryRead(text, Format(readings, unit.ToString()), out double value) ? value.ToString("R", CultureInfo.InvariantCulture) : text;
    }

    /// <summary>The field in the form <c>-1234.5e6</c>, if it has this reading.</summary>
    internal static bool TryNormalize(ReadOnlySpan<char> text, NumberFormat format, Span<char> plain, out int length)
    {
        length = 0;
        if (!Split(text, out ReadOnlySpan<char> core, out bool negative, out ReadOnlySpan<char> unit)) return false;
        if (!unit.SequenceEqual(format.Unit ?? "") || (Readings(core) & Bit(format)) == 0) return false;
        if (negative) plain[length++] = '-';
        foreach (char c in core)
        {
            char kind = Kind(c);
            if (kind is '.' or ',' or ' ' or '\'')
            {
                if (kind == format.Decimal) plain[length++] = '.';
            }
            else plain[length++] = c is '\u2212' ? '-' : c;
        }
        return true;
    }

    /// <summary>The bit of a format.</summary>
    internal static byte Bit(NumberFormat format) => format.Decimal == ','
        ? (byte)(0x10 << Math.Max(CommaSeparators.IndexOf(format.Thousands ?? '\0', StringComparison.Ordinal), 0))
        : (byte)(1 << Math.Max(PointSeparators.IndexOf(format.Thousands ?? '\0', StringComparison.Ordinal), 0));

    /// <summary>The format of readings that all have the same decimal separator: the one with no thousands separator, if it is among them.</summary>
    internal static NumberFormat Format(byte readings, string? unit)
    {
        bool point = (readings & Point) != 0;
        int bit = System.Numerics.BitOperations.TrailingZeroCount(point ? readings & Point : readings >> 4);
        char thousands = (point ? PointSeparators : CommaSeparators)[bit];
        return new NumberFormat { Decimal = point ? '.' : ',', Thousands = thousands == '\0' ? null : thousands, Unit = string.IsNullOrEmpty(unit) ? null : unit };
    }

    /// <summary>Takes signs, parentheses and units off, so that digits, separators and an exponent are left.</summary>
    static bool Split(ReadOnlySpan<char> text, out ReadOnlySpan<char> core, out bool negative, out ReadOnlySpan<char> unit)
    {
        core = Trim(text);
        negative = false;
        unit = default;
        if (core.Length is 0 or > Longest) return false;
        if (core is ['(', .., ')'])
        {
            core = Trim(core[1..^1]);
            negative = true;
        }
        bool signed = negative;
        if (!TakeSign(ref core, ref negative, ref signed)) return false;
        TakeUnit(ref core, ref unit);
        if (!TakeSign(ref core, ref negative, ref signed)) return false;
        if (core.Length > 1 && IsMinus(core[^1]) && !signed)
        {
            negative = true;
            core = Trim(core[..^1]);
        }
        return core.Length > 0 && (char.IsAsciiDigit(core[0]) || core[0] is '.' or ',');
    }

    // One sign, before or after the currency; parentheses are a sign too.
    static bool TakeSign(ref ReadOnlySpan<char> core, ref bool negative, ref bool signed)
    {
        if (core.Length == 0 || !(IsMinus(core[0]) || core[0] == '+')) return true;
        if (signed) return false;
        signed = true;
        negative = core[0] != '+';
        core = Trim(core[1..]);
        return true;
    }

    static bool IsMinus(char c) => c is '-' or '\u2212' or '\u2013' or '\uFE63' or '\uFF0D';

    static void TakeUnit(ref ReadOnlySpan<char> core, ref ReadOnlySpan<char> unit)
    {
        if (TakeCurrencySign(ref core, ref unit)) return;
        int before = Prefix(core);
        if (before > 0)
        {
            unit = Trim(core[..before]);
            core = Trim(core[before..]);
            return;
        }
        int after = 0;
        while (after < core.Length && !char.IsAsciiDigit(core[^(after + 1)]) && core[^(after + 1)] is not ('.' or ',')) after++;
        if (after == 0 || after == core.Length) return;
        ReadOnlySpan<char> suffix = Trim(core[^after..]);
        // "R.", as in "5 Fr.", is not a unit here, and a minus may stand after it.
        if (suffix.Length == 0 || !(suffix is "%" or "\u2030" || IsCurrency(suffix))) return;
        unit = suffix;
        core = Trim(core[..^after]);
    }

    // "100 kr." and "kr 100"; a longer sign, as "kr.", comes before its beginning.
    static bool TakeCurrencySign(ref ReadOnlySpan<char> core, ref ReadOnlySpan<char> unit)
    {
        if (core.Length < 3 || char.IsAsciiDigit(core[0]) && char.IsAsciiDigit(core[^1])) return false;
        int best = 0;
        bool before = false;
        foreach (string sign in s_currencySigns)
        {
            if (sign.Length <= best || sign.Length >= core.Length) continue;
            if (core.StartsWith(sign) && (core[sign.Length] is ' ' or '\u00A0' or '\u202F' || char.IsAsciiDigit(core[sign.Length])))
                (best, before) = (sign.Length, true);
            else if (core.EndsWith(sign) && !char.IsLetter(core[^(sign.Length + 1)])) (best, before) = (sign.Length, false);
        }
        if (best == 0) return false;
        unit = before ? core[..best] : core[^best..];
        core = Trim(before ? core[best..] : core[..^best]);
        return true;
    }

    // $, US$ or EUR before the number.
    static int Prefix(ReadOnlySpan<char> text)
    {
        int letters = 0;
        while (letters < text.Length && letters < 4 && char.IsAsciiLetterUpper(text[letters])) letters++;
        if (letters < text.Length && char.GetUnicodeCategory(text[letters]) == UnicodeCategory.CurrencySymbol) return letters + 1;
        return letters == 3 && IsCurrency(text[..3]) ? 3 : 0;
    }

    static bool IsCurrency(ReadOnlySpan<char> text)
    {
        if (text.Length == 1) return char.GetUnicodeCategory(text[0]) == UnicodeCategory.CurrencySymbol;
        foreach (string code in s_currencyCodes)
            if (text.SequenceEqual(code)) return true;
        return false;
    }

    static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text) => text.Trim();

    /// <summary>The separators by kind: every space is ' ', every apostrophe is '.</summary>
    static char Kind(char c) => c switch
    {
        '\u00A0' or '\u202F' or '\u2009' or '\u2007' or '\u2008' => ' ',
        '\u2019' or '\u02BC' or '`' => '\'',
        _ => c,
    };

    static byte Readings(ReadOnlySpan<char> core)
    {
        int exponent = core.IndexOfAny('e', 'E');
        if (exponent >= 0)
        {
            if (!IsExponent(core[(exponent + 1)..])) return None;
            core = core[..exponent];
        }
        byte point = Thousands(core, '.', PointSeparators), comma = Thousands(core, ',', CommaSeparators);
        return (byte)(point | comma << 4);
    }

    static bool IsExponent(ReadOnlySpan<char> text)
    {
        if (text.Length > 0 && (text[0] is '+' or '-' or '\u2212')) text = text[1..];
        return text.Length is > 0 and < 6 && !text.ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>A bit for each thousands separator with which the digits are a number: all four if there is none in it.</summary>
    static byte Thousands(ReadOnlySpan<char> core, char point, string separators)
    {
        int at = core.LastIndexOf(point);
        ReadOnlySpan<char> whole = at < 0 ? core : core[..at], fraction = at < 0 ? default : core[(at + 1)..];
        if (fraction.ContainsAnyExceptInRange('0', '9') || whole.Length + fraction.Length == 0) return None;
        char used = '\0';
        int group = 0, groups = 0;
        bool indian = false;
        foreach (char c in whole)
        {
            if (char.IsAsciiDigit(c))
            {
                group++;
                continue;
            }
            char kind = Kind(c);
            if (c == '\0' || used != '\0' && kind != used) return None;
            used = kind;
            // The first group has one to three digits; groups of two are India's.
            if (groups == 0 ? group is < 1 or > 3 || whole[0] == '0' : group != 3 && group != 2) return None;
            indian |= groups > 0 && group == 2;
            groups++;
            group = 0;
        }
        if (used == '\0') return 0xF;
        if (group != 3 || indian && (used != ',' || whole.IndexOf(used) > 2)) return None;
        int bit = separators.IndexOf(used, StringComparison.Ordinal);
        return bit > 0 ? (byte)(1 << bit) : None;
    }
}
