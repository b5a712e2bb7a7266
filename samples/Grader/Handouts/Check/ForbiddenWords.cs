using System.Text.RegularExpressions;

namespace MyTorch.Check;

/// <summary>
/// Names in a student's files of what the grader refuses or reports, such as files and processes. It reads words only: the grader itself
/// looks at what they mean.
/// </summary>
public static class ForbiddenWords
{
    // Comments and texts, which are not code. Line breaks within them stay, so that lines keep their numbers.
    static readonly Regex s_notCode = new(
        """"
        //[^\n]*|/\*[\s\S]*?\*/|"""[\s\S]*?"""|@"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+'
        """", RegexOptions.CultureInvariant);

    /// <summary>"MyTorch/Autograd.cs line 12 names File: the grader refuses or reports files."</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="text">Its text.</param>
    /// <param name="words">What it is, by the name that code calls it by: a type, or a type and its member.</param>
    public static IEnumerable<string> In(string path, string text, IReadOnlyDictionary<string, string> words)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(words);
        if (words.Count == 0) yield break;
        var names = new Regex($@"\b({string.Join('|', words.Keys.OrderByDescending(word => word.Length).Select(Regex.Escape))})\b",
            RegexOptions.CultureInvariant);
        string[] lines = s_notCode.Replace(text, found => new string('\n', found.Value.Count(c => c == '\n'))).Split('\n');
        for (int i = 0; i < lines.Length; i++)
            foreach (string word in names.Matches(lines[i]).Select(found => found.Value).Distinct())
                yield return FormattableString.Invariant($"{path} line {i + 1} names {word}: the grader refuses or reports {words[word]}.");
    }
}
