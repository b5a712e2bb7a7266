using CsvHelper;

namespace MyTorch.Data;

/// <summary>
/// Iterates over the rows of a file: without the header, without lines that have no value or repeat the header, and without rows that have too
/// many or too few fields, which are noted.
/// </summary>
sealed class CsvRows(CsvLayout layout, bool pool = false) : IDisposable
{
    byte[]? _header;

    internal CsvReader Reader { get; } = layout.Reader(pool);

    /// <summary>The line of the current row.</summary>
    internal long Line => Reader.LineNumber + layout.Source.SkipLines;

    /// <summary>The number of the current row.</summary>
    internal long Row => Reader.RowNumber - (layout.Options.HasHeader ? 1 : 0);

    /// <summary>How many lines had no value.</summary>
    internal int Blank { get; private set; }

    /// <summary>How many lines repeated the header.</summary>
    internal int Repeated { get; private set; }

    /// <summary>How many rows ended with empty fields beyond the last column.</summary>
    internal int Trailing { get; private set; }

    /// <summary>The rows with too many or too few fields.</summary>
    internal Places FieldCounts { get; } = new();

    internal bool Next()
    {
        while (Reader.Read())
        {
            ReadOnlySpan<byte> raw = Reader.RawRecord;
            if (layout.Options.HasHeader)
            {
                if (_header is null)
                {
                    _header = raw.ToArray();
                    continue;
                }
                if (raw.Length == _header.Length && !layout.Source.IsMemory && raw.SequenceEqual(_header))
                {
                    Repeated++;
                    continue;
                }
            }
            if (!layout.Source.IsMemory && (raw.Length == 0 || !IsFilled(raw[0]) && raw.IndexOfAnyExcept((ReadOnlySpan<byte>)[(byte)Reader.Separator, (byte)'"', (byte)' ', (byte)'\t']) < 0))
            {
                Blank++;
                continue;
            }
            if (Reader.FieldCount != layout.Width)
            {
                if (!HasOnlyEmptyMore())
                {
                    FieldCounts.Add(this, FormattableString.Invariant($"{Reader.FieldCount}"));
                    continue;
                }
                Trailing++;
            }
            return true;
        }
        return false;
    }

    static bool IsFilled(byte first) => first is >= (byte)'0' and <= (byte)'9' or >= (byte)'A' and <= (byte)'Z' or >= (byte)'a' and <= (byte)'z';

    bool HasOnlyEmptyMore()
    {
        for (int i = layout.Width; i < Reader.FieldCount; i++)
            if (!Reader.IsEmpty(i)) return false;
        return Reader.FieldCount > layout.Width;
    }

    /// <summary>A field as characters; false if it is longer than a number or a date can be.</summary>
    internal bool TryGetChars(int position, Span<char> buffer, out ReadOnlySpan<char> text)
    {
        text = default;
        if (Reader.GetSpan(position).Length > buffer.Length) return false;
        text = buffer[..Reader.GetChars(position, buffer)];
        return true;
    }

    /// <summary>Fields of more bytes are neither numbers nor dates nor missing values.</summary>
    internal const int LongestField = 160;

    public void Dispose() => Reader.Dispose();
}

/// <summary>Where fields or rows of one kind are: the first one with its text, the lines of some more, and how many there are.</summary>
sealed class Places
{
    const int MostLines = 5;

    readonly List<long> _lines = [];

    internal int Count { get; private set; }

    internal long Line => _lines[0];

    internal long Row { get; private set; }

    internal string Value { get; private set; } = "";

    internal void Add(CsvRows rows, int position)
    {
        if (Count == 0) Add(rows, rows.Reader.GetString(position));
        else Add(rows, "");
    }

    internal void Add(CsvRows rows, string value)
    {
        if (Count++ == 0) (Row, Value) = (rows.Row, value);
        if (_lines.Count < MostLines) _lines.Add(rows.Line);
    }

    /// <summary>
    /// What is wrong with all of them: <c>file, line 3 (row 2), column 'a': 'x' is not a number. There are 4 more, in lines 5, 7, 9 and 11.</c>
    /// </summary>
    internal CsvIssue Issue(string file, string? column, CsvProblem problem, string statement, string advice, params IReadOnlyList<CsvFix> fixes) =>
        new(problem, At(file, Line, Row, column) + ": " + statement + More(), advice, fixes)
        {
            Line = Line,
            Row = Row,
            Column = column,
            Value = column is null ? null : Value,
            Count = Count,
        };

    string More()
    {
        if (Count == 1) return "";
        string lines = string.Join(", ", _lines.Skip(1).Select(line => FormattableString.Invariant($"{line}")));
        return FormattableString.Invariant($" {(Count == 2 ? "There is 1 more, in line" : $"There are {Count - 1} more, in lines")} {lines}{(Count > MostLines ? ", …" : "")}.");
    }

    internal static string At(string file, long line, long row, string? column) =>
        Cited.Text(file, 500)
        + (line > 0 ? FormattableString.Invariant($", line {line}") : "")
        + (row > 0 ? FormattableString.Invariant($" (row {row})") : "")
        + (column is not null ? $", column '{Cited.Text(column)}'" : "");
}
