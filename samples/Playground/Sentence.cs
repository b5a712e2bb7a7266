using System.Text.RegularExpressions;

namespace Playground;

/// <summary>Sentences about formulas, as a page shows them.</summary>
static partial class Sentence
{
    /// <summary>x₁ for <c>x1</c>, and − for the sign of a number or a formula.</summary>
    internal static string Pretty(string text) => WithMinus(Name().Replace(text, match =>
        match.Groups[1].Value + string.Concat(match.Groups[2].Value.Select(digit => (char)('₀' + (digit - '0'))))));

    /// <summary>− for the sign of a number or a formula; names, such as those of a file's classes, stay as they are.</summary>
    internal static string WithMinus(string text) => Minus().Replace(text, "−");

    [GeneratedRegex(@"\b([a-z])(\d{1,2})\b")]
    private static partial Regex Name();

    // Not the hyphen of a word: before it there is no letter, or a space follows.
    [GeneratedRegex(@"(?<![\p{L}\d])-(?=[\p{L}\d(∞])|(?<= )-(?= )")]
    private static partial Regex Minus();
}
