using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>
/// Tables that spreadsheets read (RFC 4180). A text that one would take for a formula is written with an apostrophe before it, and read without. Read is
/// also what a spreadsheet makes of them where numbers have a comma: semicolons or tabs between the cells, in the old encoding of Western Europe.
/// </summary>
static partial class Csv
{
    // The wide forms are taken for the narrow ones in some languages.
    const string Formula = "=+-@\t\r\uFF1D\uFF0B\uFF0D\uFF20";

    public static string Write(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        // Without the mark a spreadsheet takes UTF-8 for something else.
        var text = new StringBuilder("\uFEFF");
        foreach (IReadOnlyList<string> row in rows.Prepend(columns)) text.AppendJoin(',', row.Select(Cell)).Append('\n');
        return text.ToString();
    }

    static string Cell(string cell)
    {
        if (cell.Length > 0 && Formula.Contains(cell[0]) && !IsNumber(cell, out _)) cell = "'" + cell;
        return cell.AsSpan().IndexOfAny(",\"\r\n") < 0 && cell == cell.Trim() ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>The rows of a file by their columns' names, with the lines that they begin on. Empty lines are left out.</summary>
    /// <exception cref="SourceException">It is no table, or lacks a column.</exception>
    public static IReadOnlyList<(int Line, IReadOnlyDictionary<string, string> Cells)> Read(string file, params string[] wanted)
    {
        string name = Path.GetFileName(file);
        string text = Decode(File.ReadAllBytes(file));
        // The first line names columns, and no column's name has such a sign.
        string first = text.Split('\n')[0];
        char separator = first.Contains(',', StringComparison.Ordinal) ? ',' : first.Contains(';', StringComparison.Ordinal) ? ';' : first.Contains('\t', StringComparison.Ordinal) ? '\t' : ',';
        var records = Records(name, text, separator);
        if (records.Count == 0) throw new SourceException($"{name} is empty. Its first line names its columns: {string.Join(',', wanted)}.");
        string[] columns = [.. records[0].Cells.Select(column => column.ToLowerInvariant())];
        foreach (string column in wanted)
            if (!columns.Contains(column)) throw new SourceException($"{name} has no column {column}. Its first line names its columns: {string.Join(',', wanted)}; given: {string.Join(',', columns)}.");
        var rows = new List<(int, IReadOnlyDictionary<string, string>)>();
        foreach ((int line, List<string> cells) in records.Skip(1))
        {
            if (cells.Count > columns.Length)
                throw new SourceException(FormattableString.Invariant($"{name}, line {line}: {cells.Count} values, for {columns.Length} columns. Put a text with a \"{separator}\" in it between quotes."));
            rows.Add((line, columns.Select((column, i) => (column, Text: i < cells.Count ? cells[i] : "")).DistinctBy(pair => pair.column)
                .ToDictionary(pair => pair.column, pair => pair.Text is ['\'', { } sign, ..] && Formula.Contains(sign) ? pair.Text[1..]
                    : separator != ',' && DecimalComma().IsMatch(pair.Text) ? pair.Text.Replace(',', '.') : pair.Text)));
        }
        return rows;
    }

    static string Decode(byte[] bytes)
    {
        try
        {
            using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true);
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }

    [GeneratedRegex(@"^-?\d+,\d+$")]
    private static partial Regex DecimalComma();

    static List<(int Line, List<string> Cells)> Records(string name, string text, char separator)
    {
        var records = new List<(int, List<string>)>();
        var cells = new List<string>();
        var cell = new StringBuilder();
        int line = 1, start = 1;
        bool quoted = false, wasQuoted = false;
        void EndCell()
        {
            cells.Add(wasQuoted ? cell.ToString() : cell.ToString().Trim());
            cell.Clear();
            wasQuoted = false;
        }

        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : '\n';
            if (quoted && i == text.Length) throw new SourceException(FormattableString.Invariant($"{name}, line {start}: a quote is opened and never closed."));
            if (c == '\n') line++;
            if (quoted)
            {
                if (c != '"') cell.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[++i]);
                else quoted = false;
            }
            else if (c == '"' && cell.ToString().AsSpan().IsWhiteSpace() && !wasQuoted)
            {
                cell.Clear();
                (quoted, wasQuoted) = (true, true);
            }
            else if (c == separator) EndCell();
            else if (c == '\n')
            {
                EndCell();
                if (cells.Exists(one => one.Length > 0)) records.Add((start, cells));
                (cells, start) = ([], line);
            }
            else if (c != '\r' && !(wasQuoted && c == ' ')) cell.Append(c);
        }
        return records;
    }

    public static bool IsNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
