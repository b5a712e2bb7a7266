namespace MyTorch.Grader.Grading;

/// <summary>
/// What a file may be before a compiler is let near it. A parser goes a step down its stack for each bracket that is open, a binder for each link of
/// a chain of calls or of else-ifs: source written to that end brings either down. Ten times what any honest homework has.
/// </summary>
static class SourceBounds
{
    const int MostCharacters = 1 << 20;
    const int DeepestNesting = 200;
    const int LongestExpression = 10_000;
    const int MostElses = 1000;
    const int MostDirectives = 2000;

    /// <summary>C# files beside the library's own.</summary>
    public const int MostFiles = 500;

    /// <summary>What is beyond the bounds, with its place, as a compiler would write it; null if nothing is.</summary>
    /// <remarks>Brackets and links are counted in comments too, but not in strings without holes.</remarks>
    public static string? Exceeded(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int line = 1, depth = 0, angles = 0, stretch = 0, elses = 0, directives = 0;
        string At(string what) => FormattableString.Invariant($"{path}({line},1): {what}");
        if (text.Length > MostCharacters) return At($"the file has {text.Length} characters; at most {MostCharacters} are compiled");
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            switch (c)
            {
                case '\n':
                    line++;
                    break;
                case '\'' when Character(text, i) is { } quote:
                    i = quote;
                    break;
                case '/' when i + 1 < text.Length && text[i + 1] == '/':
                    // To the end of the line, but a comment of documentation is parsed like code.
                    if (i + 2 < text.Length && text[i + 2] == '/') break;
                    while (i + 1 < text.Length && !EndsLine(text[i + 1])) i++;
                    continue;
                case '"':
                    int end = i + 1;
                    while (end < text.Length && text[end] != '"' && !EndsLine(text[end])) end += text[end] == '\\' ? 2 : 1;
                    // A string with holes is code.
                    if (end < text.Length && text[end] == '"' && (i == 0 || text[i - 1] != '$')) i = end;
                    break;
                case '(' or '[' or '{':
                    if (++depth > DeepestNesting) return At($"more than {DeepestNesting} brackets are open at once");
                    break;
                case ')' or ']' or '}':
                    depth = Math.Max(0, depth - 1);
                    break;
                // Or it means less than, and nothing closes it.
                case '<':
                    if (++angles > DeepestNesting) return At($"more than {DeepestNesting} angle brackets are open at once");
                    break;
                case '>':
                    angles = Math.Max(0, angles - 1);
                    break;
                case 'e' when string.CompareOrdinal(text, i, "else", 0, 4) == 0:
                    if (++elses > MostElses) return At($"more than {MostElses} elses in one file");
                    break;
                case '#':
                    if (++directives > MostDirectives) return At($"more than {MostDirectives} directives in one file");
                    break;
            }
            if (c is ';' or '{' or '}') stretch = angles = 0;
            else if (!char.IsWhiteSpace(c) && ++stretch > LongestExpression) return At($"one expression has more than {LongestExpression} characters");
        }
        return null;
    }

    // As the language has it: not only where an editor counts a line.
    static bool EndsLine(char c) => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029';

    // The closing quote of 'x' or '\x': what is between them opens nothing.
    static int? Character(string text, int i)
    {
        int end = i + 1 < text.Length && text[i + 1] == '\\' ? i + 3 : i + 2;
        return end < text.Length && text[end] == '\'' ? end : null;
    }
}
