using System.Globalization;
using System.Text;

namespace MyTorch.Inspection;

/// <summary>Rows under headings, as aligned text or as Markdown. Empty columns are left out, unless they are requested.</summary>
sealed class TextTable(params IReadOnlyList<string> headings)
{
    readonly List<string[]> _rows = [];
    readonly HashSet<int> _notes = [];

    internal bool ShowsEmptyColumns { get; init; }

    internal void Add(params IReadOnlyList<string?> cells) => _rows.Add([.. cells.Select(cell => cell ?? "")]);

    /// <summary>Adds a sentence between rows, which does not widen any column.</summary>
    internal void AddNote(string sentence)
    {
        _notes.Add(_rows.Count);
        _rows.Add([sentence, .. Enumerable.Repeat("", headings.Count - 1)]);
    }

    internal string ToText()
    {
        int[] shown = Shown();
        int[] widths = [.. shown.Select(column => Cells(column).Append(headings[column]).Max(Width))];
        var text = new StringBuilder();
        Append([.. headings]);
        text.AppendJoin("  ", widths.Select(width => new string('-', width))).Append('\n');
        for (int row = 0; row < _rows.Count; row++)
        {
            if (_notes.Contains(row)) text.Append(_rows[row][0]).Append('\n');
            else Append(_rows[row]);
        }
        return text.ToString();

        void Append(string[] row)
        {
            var line = new StringBuilder();
            for (int i = 0; i < shown.Length; i++)
                line.Append(row[shown[i]]).Append(' ', widths[i] - Width(row[shown[i]]) + 2);
            text.Append(line.ToString().TrimEnd()).Append('\n');
        }
    }

    internal string ToMarkdown()
    {
        int[] shown = Shown();
        var text = new StringBuilder();
        Append([.. headings]);
        text.Append('|').Insert(text.Length, "---|", shown.Length).Append('\n');
        foreach (string[] row in _rows) Append(row);
        return text.ToString();

        void Append(string[] row)
        {
            text.Append('|');
            foreach (int column in shown) text.Append(' ').Append(EscapeMarkdown(row[column])).Append(" |");
            text.Append('\n');
        }
    }

    IEnumerable<string> Cells(int column) => _rows.Where((_, row) => !_notes.Contains(row)).Select(row => row[column]);

    int[] Shown() => [.. Enumerable.Range(0, headings.Count)
        .Where(column => ShowsEmptyColumns || _rows.Count == 0 || Cells(column).Any(cell => cell.Length > 0))];

    /// <summary>The number of terminal columns of a text. East Asian letters have two, combining marks none.</summary>
    internal static int Width(string text)
    {
        int width = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isMark = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark;
            width += isMark ? 0 : IsWide(rune.Value) ? 2 : 1;
        }
        return width;
    }

    static bool IsWide(int code) => code is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6)
        or (>= 0x1F300 and <= 0x1FAFF) or (>= 0x20000 and <= 0x3FFFD);

    static string EscapeMarkdown(string text)
    {
        var escaped = new StringBuilder();
        foreach (char c in text)
        {
            if (c == '<') escaped.Append("&lt;");
            else if (c == '&') escaped.Append("&amp;");
            else
            {
                if (c is '|' or '\\' or '`' or '*' or '_' or '[' or ']' or '~' or '$') escaped.Append('\\');
                escaped.Append(c);
            }
        }
        return escaped.ToString();
    }
}
