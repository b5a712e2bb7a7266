namespace MyTorch.Grader.Grading;

/// <summary>
/// What a source file may hold to be compiled. A parser uses stack for each open bracket, and a binder for each link of a chain of calls or
/// of else-ifs: source that is written for it crashes either of them. The bounds are ten times what an honest homework has.
/// </summary>
sealed class SourceBounds
{
    const int MostCharacters = 1 << 20;
    const int DeepestNesting = 200;
    const int LongestExpression = 10_000;
    const int MostElses = 1000;
    const int MostDirectives = 2000;

    /// <summary>C# files beside the library's own.</summary>
    public const int MostFiles = 500;

    readonly string _path, _text;
    int _line = 1, _brackets, _angles, _expression, _elses, _directives;

    SourceBounds(string path, string text) => (_path, _text) = (path, text);

    /// <summary>What exceeds the bounds, with file and line, as a compiler would write it; null if nothing does.</summary>
    /// <remarks>Brackets and links are counted in comments of documentation too, but not in strings without interpolation.</remarks>
    public static string? Exceeded(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new SourceBounds(path, text).Scan();
    }

    string? Scan()
    {
        if (_text.Length > MostCharacters) return At($"the file has {_text.Length} characters; at most {MostCharacters} are compiled");
        if (_text.Contains('\0', StringComparison.Ordinal)) return At("the file is not a text file; save it as UTF-8");
        for (int i = 0; i < _text.Length; i++)
        {
            char c = _text[i];
            if (c == '\n') _line++;
            else if (IsComment(i))
            {
                while (i + 1 < _text.Length && !EndsLine(_text[i + 1])) i++;
                continue;
            }
            else if (c == '\'') i = EndOfCharacter(i);
            else if (c == '"') i = EndOfString(i);
            else if (Count(i) is { } exceeded) return At(exceeded);

            if (c is ';' or '{' or '}') _expression = _angles = 0;
            else if (!char.IsWhiteSpace(c) && ++_expression > LongestExpression)
                return At($"one expression has more than {LongestExpression} characters");
        }
        return null;
    }

    string At(string what) => FormattableString.Invariant($"{_path}({_line},1): {what}");

    // To the end of the line. A comment of documentation is parsed like code.
    bool IsComment(int i) => _text[i] == '/' && i + 1 < _text.Length && _text[i + 1] == '/'
        && !(i + 2 < _text.Length && _text[i + 2] == '/');

    string? Count(int i)
    {
        switch (_text[i])
        {
            case '(' or '[' or '{':
                return ++_brackets > DeepestNesting ? $"more than {DeepestNesting} brackets are open at once" : null;
            case ')' or ']' or '}':
                _brackets = Math.Max(0, _brackets - 1);
                return null;
            // It may also mean less than, and then nothing closes it.
            case '<':
                return ++_angles > DeepestNesting ? $"more than {DeepestNesting} angle brackets are open at once" : null;
            case '>':
                _angles = Math.Max(0, _angles - 1);
                return null;
            case 'e' when string.CompareOrdinal(_text, i, "else", 0, 4) == 0:
                return ++_elses > MostElses ? $"more than {MostElses} elses in one file" : null;
            case '#':
                return ++_directives > MostDirectives ? $"more than {MostDirectives} directives in one file" : null;
            default:
                return null;
        }
    }

    // As the language defines it: more characters end a line than an editor counts.
    static bool EndsLine(char c) => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029';

    // The closing quote of 'x' or '\x', so that what is between is not counted; the same index where there is none.
    int EndOfCharacter(int i)
    {
        int end = i + 1 < _text.Length && _text[i + 1] == '\\' ? i + 3 : i + 2;
        return end < _text.Length && _text[end] == '\'' ? end : i;
    }

    // The closing quote of a string, so that what is between is not counted; the same index for an interpolated string, which is code.
    int EndOfString(int i)
    {
        int end = i + 1;
        while (end < _text.Length && _text[end] != '"' && !EndsLine(_text[end])) end += _text[end] == '\\' ? 2 : 1;
        return end < _text.Length && _text[end] == '"' && (i == 0 || _text[i - 1] != '$') ? end : i;
    }
}
