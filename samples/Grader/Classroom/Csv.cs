using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsvHelper;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>
/// Tables that spreadsheets read and write. Each row is one line: line breaks, control characters and characters that turn the direction of
/// writing are replaced. A text that a spreadsheet would take for a formula is written with an apostrophe before it, and read without.
/// Also read are tables of spreadsheets where numbers have a comma: semicolons or tabs between the cells, in the old encoding of Western
/// Europe.
/// </summary>
static partial class Csv
{
    // Some languages' spreadsheets take the wide forms for the narrow ones.
    const string Formula = "=+-@\t\r\uFF1D\uFF0B\uFF0D\uFF20";

    // A spreadsheet holds 32,767 characters in a cell.
    const int LongestCell = 32_000;

    /// <summary>A table as text.</summary>
    /// <param name="columns">The columns' names.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="mark">
    /// Whether it begins with the byte order mark, without which a spreadsheet takes UTF-8 for another encoding. A platform may take the
    /// mark for a part of the first column's name.
    /// </param>
    public static string Write(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, bool mark = true)
    {
        using var bytes = new MemoryStream();
        var options = new CsvWriterOptions { NewLine = "\n", Quoting = CsvQuoting.WhenNeededOrWhitespace, WriteByteOrderMark = mark };
        using (var writer = CsvWriter.Create(bytes, options, leaveOpen: true))
            foreach (IReadOnlyList<string> row in rows.Prepend(columns))
                writer.WriteRecord([.. row.Select(cell => Harmless(ReportText.Clean(cell, LongestCell).ReplaceLineEndings(" ")))]);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    static string Harmless(string cell) => IsFormula(cell.TrimStart()) ? "'" + cell : cell;

    static bool IsFormula(string cell) => cell.Length > 0 && Formula.Contains(cell[0]) && !IsNumber(cell, out _);

    /// <summary>
    /// The rows of a file by their columns' names, with the lines that they begin on. Rows without any text are left out.
    /// </summary>
    /// <exception cref="SourceException">
    /// The file is not a table, or a column is missing; the message names the file, and the line where there is one.
    /// </exception>
    public static IReadOnlyList<(int Line, IReadOnlyDictionary<string, string> Cells)> Read(string file, params string[] wanted)
    {
        (string name, string text) = (Path.GetFileName(file), Decode(File.ReadAllBytes(file)));
        char separator = Separator(text);
        List<(int Line, string[] Cells)> records = Records(name, text, separator);
        string named = $"Its first line names its columns: {string.Join(',', wanted)}";
        if (records.Count == 0) throw new SourceException($"{name} is empty. {named}.");
        string[] columns = [.. records[0].Cells.Select(column => column.ToLowerInvariant())];
        foreach (string column in wanted)
            if (!columns.Contains(column))
                throw new SourceException($"{name} has no column {column}. {named}; given: {string.Join(',', columns)}.");
        var rows = new List<(int, IReadOnlyDictionary<string, string>)>();
        foreach ((int line, string[] cells) in records.Skip(1))
        {
            if (cells.Length > columns.Length)
                throw new SourceException(FormattableString.Invariant(
                    $"{name}, line {line}: {cells.Length} values, for {columns.Length} columns. ") +
                    $"Put a text with a \"{separator}\" in it between quotes.");
            rows.Add((line, columns.Select((column, i) => (column, Text: i < cells.Length ? Value(cells[i], separator) : ""))
                .DistinctBy(cell => cell.column).ToDictionary(cell => cell.column, cell => cell.Text)));
        }
        return rows;
    }

    // The first line names columns, and no column's name has such a character.
    static char Separator(string text)
    {
        string first = text.Split('\n')[0];
        return first.Contains(',') ? ',' : first.Contains(';') ? ';' : first.Contains('\t') ? '\t' : ',';
    }

    static string Value(string cell, char separator) => cell is ['\'', ..] && IsFormula(cell[1..].TrimStart()) ? cell[1..]
        : separator != ',' && DecimalComma().IsMatch(cell) ? cell.Replace(',', '.') : cell;

    static List<(int Line, string[] Cells)> Records(string name, string text, char separator)
    {
        var options = new CsvReaderOptions
        {
            HasHeader = false,
            Separator = separator,
            TrimWhitespace = true,
            TrackLineNumbers = true,
            // A stray quote is a character like others; without its closing quote, a cell would take all rows that follow.
            OnMalformedRecord = record =>
            {
                if (record.Reason == CsvMalformedReason.UnterminatedQuote)
                    throw new SourceException(FormattableString.Invariant(
                        $"{name}, line {record.LineNumber}: a quote is opened and never closed."));
            },
        };
        using CsvReader reader = CsvReader.FromText(text, options);
        var records = new List<(int, string[])>();
        while (reader.Read())
        {
            string[] cells = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];
            if (cells.Any(cell => cell.Length > 0)) records.Add(((int)reader.LineNumber, cells));
        }
        return records;
    }

    static string Decode(byte[] bytes)
    {
        try
        {
            using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true),
                detectEncodingFromByteOrderMarks: true);
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }

    [GeneratedRegex(@"^-?\d+,\d+$")]
    private static partial Regex DecimalComma();

    public static bool IsNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
