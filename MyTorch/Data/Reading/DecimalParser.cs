namespace MyTorch.Data;

/// <summary>
/// Parses the numbers that most fields are, <c>-12.345</c>: at most 15 digits with a point among them or none. Their digits as a whole number,
/// and the power of ten of the places after the point, are exact in Float64, so that one division gives the number rounded correctly
/// (Clinger, 1990). For anything else another parser is asked.
/// </summary>
static class DecimalParser
{
    // With more digits a whole number may be beyond 2^53.
    const int MostDigits = 15;

    // Powers of ten up to 22 are exact.
    static ReadOnlySpan<double> Powers => [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    /// <summary>Parses the field of a row that begins at an index.</summary>
    /// <param name="row">The bytes of the row.</param>
    /// <param name="separator">What stands between fields.</param>
    /// <param name="at">The index of the field; afterwards that of the next one, or beyond the end of the row.</param>
    /// <param name="value">The number.</param>
    /// <returns>Whether the whole field is such a number: it begins and ends with a digit, but for a minus before it.</returns>
    internal static bool TryParse(ReadOnlySpan<byte> row, byte separator, ref int at, out double value)
    {
        value = 0;
        int i = at;
        bool negative = (uint)i < (uint)row.Length && row[i] == '-';
        if (negative) i++;
        int start = i, point = -1;
        ulong digits = 0;
        for (; (uint)i < (uint)row.Length; i++)
        {
            uint digit = (uint)row[i] - '0';
            if (digit <= 9) digits = 10 * digits + digit;
            else if (row[i] == '.' && point < 0 && i > start) point = i;
            else break;
        }
        int after = point < 0 ? 0 : i - 1 - point, count = i - start - (point < 0 ? 0 : 1);
        bool ends = i >= row.Length || row[i] == separator;
        if (!ends)
        {
            int rest = row[i..].IndexOf(separator);
            i = rest < 0 ? row.Length : i + rest;
        }
        at = i + 1;
        // The digits of a longer field have overflowed, and are not used.
        if (!ends || count is 0 or > MostDigits || point >= 0 && after == 0) return false;
        value = digits / Powers[after];
        if (negative) value = -value;
        return true;
    }
}
