using CsvHelper;

namespace MyTorch.Data;

/// <summary>How the rows of a file are laid out, found by a look at the first of them.</summary>
sealed class CsvLayout
{
    // Records looked at, and lines above a header.
    const int Records = 100, MostAbove = 20;

    static readonly char[] s_delimiters = [',', ';', '\t', '|'];

    CsvLayout(CsvSource source, CsvOptions options, char? separator) =>
        (Source, Options, Separator) = (source, options, separator);

    internal CsvSource Source { get; }

    internal CsvOptions Options { get; }

    /// <summary>The delimiter; null leaves it to the reader, because only it knows the line <c>sep=;</c>.</summary>
    internal char? Separator { get; }

    /// <summary>The number of columns.</summary>
    internal int Width { get; private set; }

    /// <summary>Whether the rows have one more field than the header, before the first: a name of the row.</summary>
    internal bool HasRowNames { get; private set; }

    /// <summary>Whether the header ends with columns that have neither a name nor a value; they are not counted.</summary>
    internal bool HasEmptyEnd { get; private set; }

    internal CsvHeader Header { get; private set; } = null!;

    /// <summary>Whether one line begins the file that only names the separator, as Excel writes.</summary>
    internal bool HasSeparatorLine { get; private init; }

    internal CsvReader Reader(bool pool = false) => CsvReader.Create(Source.Open(), new CsvReaderOptions
    {
        HasHeader = false,
        Separator = Separator,
        CommentPrefix = Options.CommentPrefix,
        TrimWhitespace = true,
        TrackLineNumbers = true,
        MalformedData = CsvMalformedDataHandling.Throw,
        NullValues = Options.MissingMarkers,
        MaxRecordSize = 1 << 24,
        PoolStrings = pool,
    });

    /// <summary>Looks at the first records of the source.</summary>
    /// <exception cref="CsvDataException">There are none, or lines above the header.</exception>
    internal static CsvLayout Of(CsvSource source, CsvOptions options)
    {
        (char? separator, bool hint) = options.Delimiter is { } asked ? (asked, false) : Detected(source, options);
        var layout = new CsvLayout(source, options, separator) { HasSeparatorLine = hint };
        var records = new List<string[]>();
        var lines = new List<long>();
        using (CsvReader reader = layout.Reader())
            while (records.Count < Records && TryRead(reader, records.Count >= 2))
            {
                string[] fields = new string[reader.FieldCount];
                for (int i = 0; i < fields.Length; i++) fields[i] = reader.GetString(i);
                records.Add(fields);
                lines.Add(reader.LineNumber);
            }
        string file = Cited.Text(source.Name, 500);
        if (records.Count == 0)
            throw new CsvDataException(source.Name, [new CsvIssue(CsvProblem.NoRows, $"{file}: the file is empty.",
                $"Expected {(options.HasHeader ? "a header row and " : "")}rows of data.")]);
        if (options.HasHeader && records.Count == 1)
            throw new CsvDataException(source.Name, [new CsvIssue(CsvProblem.NoRows, $"{file}: the file has a header but no rows of data.",
                "Add some, or name another file.")]);
        layout.Decide(records, lines);
        return layout;
    }

    // Broken quoting in the first record is an error here; later it is reported by the reading of the rows.
    static bool TryRead(CsvReader reader, bool any)
    {
        try
        {
            return reader.Read();
        }
        catch (CsvFormatException) when (any)
        {
            return false;
        }
    }

    void Decide(List<string[]> records, List<long> lines)
    {
        string[][] rows = [.. Options.HasHeader ? records.Skip(1) : records];
        int full = Usual(rows.Select(r => r.Length)), filled = Usual(rows.Select(Filled));
        string[] first = records[0];
        // Titles and comments have fewer fields than the rows, or are filled up with empty ones.
        int above = 0;
        while (above < Math.Min(MostAbove, records.Count - 1) && Filled(records[above]) < filled
            && (records[above].Length < full || Filled(records[above]) == 1)) above++;
        HasRowNames = Options.HasHeader && full > 2 && first.Length == full - 1 && rows.All(r => r.Length == full) && rows.Any(r => r[^1].Length > 0)
            && rows.Select(r => r[0]).Distinct(StringComparer.Ordinal).Count() == rows.Length;
        // A header with one name too few is reported with the rows.
        bool isHeader = HasRowNames || above == 1 && Filled(first) > 1 && first.Length >= full - 1;
        int below = records.Skip(above).Count(r => r.Length == full);
        if (above > 0 && !isHeader && below >= Math.Max(2, above) && below * 2 > records.Count - above && (Options.HasHeader || above * 2 < records.Count))
            throw LinesAbove(full, records, lines, above);

        List<string> names = Options.HasHeader ? [.. first] : [.. Enumerable.Repeat("", full)];
        if (HasRowNames) names.Insert(0, "row_names");
        // Columns at the end with neither a name nor a value are not counted.
        int width = names.Count;
        while (width > 1 && names[width - 1].Length == 0 && rows.All(r => r.Length < width || r[width - 1].Length == 0)) width--;
        HasEmptyEnd = width < names.Count;
        Width = width;
        Header = new CsvHeader(Source.Name, names[..width]);

        static int Usual(IEnumerable<int> counts) => counts.GroupBy(n => n).OrderByDescending(g => g.Count()).ThenByDescending(g => g.Key).First().Key;

        static int Filled(string[] fields)
        {
            int count = fields.Length;
            while (count > 1 && fields[count - 1].Length == 0) count--;
            return count;
        }
    }

    CsvDataException LinesAbove(int usual, List<string[]> records, List<long> lines, int above)
    {
        int fields = records[0].Length;
        long header = lines[above] + Source.SkipLines;
        char start = records[0][0] is [var c, ..] ? c : ' ';
        bool comments = !char.IsLetterOrDigit(start) && char.IsAscii(start) && start is not ('"' or ' ' or '-' or '.' or '(') && start != Separator
            && Enumerable.Range(0, above).All(i => records[i][0].StartsWith(start)) && !records[above][0].StartsWith(start);
        string statement = FormattableString.Invariant(
            $"{Cited.Text(Source.Name, 500)}, line {lines[0] + Source.SkipLines}: there {(fields == 1 ? "is 1 field" : $"are {fields} fields")}, and in line {header} there are {usual}; ") +
            $"{(above == 1 ? "it looks" : "the lines up to there look")} like a title or a comment ('{Cited.Text(string.Join(Separator ?? ',', records[0]))}').";
        CsvFix skip = new(nameof(CsvOptions.SkipLines), FormattableString.Invariant($"{header - 1}"));
        return new CsvDataException(Source.Name, [comments
            ? new CsvIssue(CsvProblem.LinesAboveHeader, statement, "Skip lines that begin so with {0}, or the first lines with {1}.",
                new CsvFix(nameof(CsvOptions.CommentPrefix), start.ToString()), skip) { Line = lines[0] + Source.SkipLines }
            : new CsvIssue(CsvProblem.LinesAboveHeader, statement, "Skip what is above the header with {0}.", skip) { Line = lines[0] + Source.SkipLines }]);
    }

    /// <summary>
    /// The delimiter with which most of the first lines have the same number of fields, and the most fields of those; a comma if no delimiter
    /// is in the lines; null if a line says which it is.
    /// </summary>
    static (char? Separator, bool Hint) Detected(CsvSource source, CsvOptions options)
    {
        byte[] head = new byte[1 << 16];
        int length;
        using (Stream stream = source.Open()) length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> text = head.AsSpan(0, length);
        if (text.StartsWith("\uFEFF"u8)) text = text[3..];
        if (text.Length > 5 && text.StartsWith("sep="u8) && text[5] is (byte)'\r' or (byte)'\n') return (null, true);
        var candidates = new List<(double Share, int Fields, char Delimiter)>();
        foreach (char delimiter in s_delimiters)
        {
            List<int> counts = Fields(text, (byte)delimiter, options.CommentPrefix, length == head.Length);
            var usual = counts.GroupBy(n => n).Where(g => g.Key > 1).OrderByDescending(g => g.Count()).ThenByDescending(g => g.Key).FirstOrDefault();
            if (usual is not null) candidates.Add(((double)usual.Count() / counts.Count, usual.Key, delimiter));
        }
        // 38,1;2,5 has as many commas in each row as a table of numbers would have, but its header has none, or another delimiter fits as well.
        int comma = candidates.FindIndex(candidate => candidate.Delimiter == ',');
        if (comma >= 0 && CommasAreInNumbers(text) && candidates.Any(other => other.Delimiter != ',' && other.Share >= candidates[comma].Share))
            candidates.RemoveAt(comma);
        (double Share, int Fields, char Delimiter) best = candidates.OrderByDescending(c => c.Share).ThenByDescending(c => c.Fields).FirstOrDefault();
        return (best.Delimiter == '\0' ? ',' : best.Delimiter, false);
    }

    static bool CommasAreInNumbers(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
            if (text[i] == ',' && !(i > 0 && char.IsAsciiDigit((char)text[i - 1]) && i + 1 < text.Length && char.IsAsciiDigit((char)text[i + 1]))) return false;
        return true;
    }

    /// <summary>The number of fields of each of the first records.</summary>
    static List<int> Fields(ReadOnlySpan<byte> text, byte delimiter, char? comment, bool cut)
    {
        var counts = new List<int>();
        int fields = 1, start = 0;
        bool quoted = false, begins = true;
        for (int i = 0; i < text.Length && counts.Count < Records; i++)
        {
            byte b = text[i];
            if (quoted)
            {
                if (b == '"') quoted = i + 1 < text.Length && text[i + 1] == '"' && ++i > 0;
                continue;
            }
            if (b == '"' && begins) quoted = true;
            else if (b == delimiter)
            {
                fields++;
                begins = true;
                continue;
            }
            else if (b is (byte)'\n' or (byte)'\r')
            {
                if (i > start && (comment is null || text[start] != comment)) counts.Add(fields);
                (fields, start, begins) = (1, i + 1, true);
                continue;
            }
            begins &= b is (byte)' ' or (byte)'\t';
        }
        if (!cut && start < text.Length && counts.Count < Records) counts.Add(fields);
        return counts;
    }
}
