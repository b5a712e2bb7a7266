using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MyTorch.Teaching;

/// <summary>A word of automatic differentiation or of this library.</summary>
/// <param name="Word">The word: <c>partial adjoint</c>.</param>
/// <param name="Meaning">What it means, in a sentence or two.</param>
/// <param name="Elsewhere">What it is called elsewhere; empty if nothing else.</param>
/// <param name="Part">The part of the lecture in which it appears; null for words of the library alone.</param>
public sealed record GlossaryTerm(string Word, string Meaning, string Elsewhere, LecturePart? Part);

/// <summary>
/// The words of <c>MyTorch/Docs/glossary.md</c>, which is their only source: pages and programs explain what they show with them.
/// <code>Console.WriteLine(Glossary.Find("partial adjoint")!.Meaning);</code>
/// </summary>
public static class Glossary
{
    static readonly Lazy<GlossaryTerm[]> s_all = new(() => [.. Read()]);

    /// <summary>All words, in the order of the page.</summary>
    public static IReadOnlyList<GlossaryTerm> All => s_all.Value.AsReadOnly();

    /// <summary>A word's entry; null if the glossary has none.</summary>
    /// <param name="word">The word, in small or capital letters.</param>
    public static GlossaryTerm? Find(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return Array.Find(s_all.Value, term => term.Word.Equals(word.Trim(), StringComparison.OrdinalIgnoreCase));
    }

    // A row of a table is | **word**, **word** | meaning | elsewhere | part |.
    static IEnumerable<GlossaryTerm> Read()
    {
        using Stream page = typeof(Glossary).Assembly.GetManifestResourceStream("MyTorch.Docs/glossary.md")!;
        using var reader = new StreamReader(page, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith("| **", StringComparison.Ordinal)) continue;
            string[] cells = [.. line.Trim('|', ' ').Split('|').Select(Plain)];
            LecturePart? part = cells.Length > 3 && int.TryParse(cells[3], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? LecturePart.All[number - 1]
                : null;
            foreach (string word in cells[0].Split(',', StringSplitOptions.TrimEntries))
                yield return new GlossaryTerm(word, cells[1], cells.Length > 2 ? cells[2] : "", part);
        }
    }

    // Without the marks of Markdown: **bold**, `code`, [text](link).
    static string Plain(string cell) =>
        Regex.Replace(cell, @"\[([^\]]*)\]\([^)]*\)", "$1", RegexOptions.CultureInvariant)
            .Replace("**", "", StringComparison.Ordinal).Replace("`", "", StringComparison.Ordinal).Trim();
}
