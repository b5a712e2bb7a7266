using System.Globalization;
using System.Text;

namespace MyTorch;

/// <summary>
/// Text of a file or a caller (a field, a column, a tensor's name) as messages, tables and drawings show it: readable, on one line, and short.
/// </summary>
static class Cited
{
    const int Longest = 60;

    /// <summary>
    /// The text with control, line-break and bidirectional characters as escapes (\n, \u202E), cut after 60 characters.
    /// </summary>
    internal static string Text(string text, int longest = Longest)
    {
        var cited = new StringBuilder();
        int i = 0;
        while (i < text.Length && cited.Length < longest)
        {
            Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int length);
            // An unpaired surrogate decodes as U+FFFD, as that character itself does.
            bool half = length == 1 && char.IsSurrogate(text[i]);
            if (text[i] switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", '\0' => "\\0", _ => null } is { } usual) cited.Append(usual);
            else if (half || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse)
                foreach (char unit in text.AsSpan(i, length)) cited.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}");
            else cited.Append(text, i, length);
            i += length;
        }
        if (i < text.Length) cited.Append(CultureInfo.InvariantCulture, $"… ({text.Length} characters)");
        return cited.ToString();
    }

    /// <summary>'a', 'b' and 3 more</summary>
    internal static string List(IReadOnlyCollection<string> names, int most = 5)
    {
        string shown = string.Join(", ", names.Take(most).Select(name => $"'{Text(name)}'"));
        return names.Count <= most ? shown : string.Create(CultureInfo.InvariantCulture, $"{shown} and {names.Count - most} more");
    }

    /// <summary>A message of another library, made printable.</summary>
    internal static string Message(string message) => Text(message, 300);
}
