using System.Text.RegularExpressions;

namespace Playground.Lessons;

/// <summary>A part of a lesson: what follows a heading of its code, or of what it printed.</summary>
/// <param name="Heading">The heading; empty before the first.</param>
/// <param name="Text">The text below it, without the heading.</param>
public sealed record LessonPart(string Heading, string Text);

/// <summary>Takes a lesson's code and what it printed apart, at the headings that both have.</summary>
static partial class LessonText
{
    /// <summary>The comment at the beginning, without its signs.</summary>
    internal static string Opening(string code) =>
        CommentSign().Replace(OpeningComment().Match(code.ReplaceLineEndings("\n")).Value, "").TrimEnd();

    /// <summary>
    /// The code by headings: first what stands before them, with the opening comment taken out, and last, without a heading, the methods
    /// and classes below.
    /// </summary>
    internal static IReadOnlyList<LessonPart> Code(string code)
    {
        code = code.ReplaceLineEndings("\n");
        Match opening = OpeningComment().Match(code);
        if (opening.Success) code = code.Remove(opening.Index, opening.Length);
        Match[] headings = CodeHeading().Matches(code).ToArray();
        var parts = new List<LessonPart> { Before(code, headings) };
        for (int i = 0; i < headings.Length; i++)
        {
            int from = headings[i].Index, to = i + 1 < headings.Length ? headings[i + 1].Index : EndOfLast(code, from);
            parts.Add(new(headings[i].Groups[1].Value.Replace("\\\"", "\"", StringComparison.Ordinal), code[from..to].Trim('\n')));
        }
        string below = headings.Length > 0 ? code[EndOfLast(code, headings[^1].Index)..].Trim('\n') : "";
        if (below.Length > 0) parts.Add(new("", below));
        return parts;
    }

    static LessonPart Before(string text, Match[] headings) =>
        new("", text[..(headings.Length > 0 ? headings[0].Index : text.Length)].Trim('\n'));

    // Below the last heading are a few lines that print.
    static int EndOfLast(string code, int from) =>
        code.IndexOf("\n\n", from, StringComparison.Ordinal) is >= 0 and int at ? at : code.Length;

    /// <summary>What was printed, by headings; first what stands before them.</summary>
    internal static IReadOnlyList<LessonPart> Printed(string text)
    {
        text = text.ReplaceLineEndings("\n");
        Match[] headings = [.. PrintedHeading().Matches(text).Where(match => match.Groups[1].Length == match.Groups[2].Length)];
        var parts = new List<LessonPart> { Before(text, headings) };
        for (int i = 0; i < headings.Length; i++)
        {
            int from = headings[i].Index + headings[i].Length, to = i + 1 < headings.Length ? headings[i + 1].Index : text.Length;
            parts.Add(new(headings[i].Groups[1].Value, text[from..to].Trim('\n')));
        }
        return parts;
    }

    /// <summary>A line of code in pieces that look alike: comment, string, word, or plain (empty).</summary>
    internal static IEnumerable<(string Look, string Text)> Pieces(string line)
    {
        int at = 0;
        foreach (Match match in Piece().Matches(line))
        {
            if (match.Index > at) yield return ("", line[at..match.Index]);
            yield return (match.Groups.Values.Skip(1).First(group => group.Success).Name, match.Value);
            at = match.Index + match.Length;
        }
        if (at < line.Length) yield return ("", line[at..]);
    }

    /// <summary>Whether a printed line is a sentence, which may wrap; tables and drawings, with runs of spaces, keep theirs.</summary>
    internal static bool IsProse(string line) => Prose().IsMatch(line.Replace("  ->  ", ": ", StringComparison.Ordinal));

    [GeneratedRegex(@"^// (?:Lesson \d\d\.|C# and|One network).*\n(?://.*\n)*", RegexOptions.Multiline)]
    private static partial Regex OpeningComment();

    [GeneratedRegex(@"^// ?(?:Lesson \d\d\. )?", RegexOptions.Multiline)]
    private static partial Regex CommentSign();

    [GeneratedRegex("""^[ ]*Heading\(\$?"((?:[^"\\]|\\.)*)"\);""", RegexOptions.Multiline)]
    private static partial Regex CodeHeading();

    [GeneratedRegex(@"^([^\s-].*)\n(-+)(?:\n|\z)", RegexOptions.Multiline)]
    private static partial Regex PrintedHeading();

    const string Words = "abstract|bool|break|case|char|class|const|continue|double|else|false|for|foreach|from|if|in|int|internal|is|let|"
        + "long|new|not|null|object|or|out|override|params|private|protected|public|readonly|ref|return|sealed|select|static|string|switch|"
        + "this|throw|true|try|using|var|void|when|where|while|yield";

    [GeneratedRegex("""(?<comment>//.*)|(?<string>\$?@?"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)+')|(?<word>\b(?:""" + Words + @")\b)")]
    private static partial Regex Piece();

    [GeneratedRegex(@"^(?!.*[^\s:] {2}).*[a-z]+\W+[a-z]+\W+[a-z]+")]
    private static partial Regex Prose();
}
