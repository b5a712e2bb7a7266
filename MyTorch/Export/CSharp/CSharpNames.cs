using System.Globalization;
using System.Text;

namespace MyTorch.Export;

/// <summary>Texts of a file as C# source: identifiers, literals and comments.</summary>
static class CSharpNames
{
    // What a record declares itself, or may not declare.
    static readonly string[] s_taken =
        ["Clone", "EqualityContract", "PrintMembers", "Deconstruct", "GetType", "ToString", "Equals", "GetHashCode", "MemberwiseClone", "Finalize", "ReferenceEquals"];

    /// <summary>
    /// A property name for each text: letters and digits of it, each word with a capital (<c>sepal length (cm)</c> →
    /// <c>SepalLengthCm</c>). Texts that lead to the same name get a number.
    /// </summary>
    /// <param name="texts">The texts.</param>
    /// <param name="type">The name of the type, which its members must not have.</param>
    internal static string[] Properties(IReadOnlyList<string> texts, string type)
    {
        var used = new HashSet<string>(s_taken, StringComparer.Ordinal) { type };
        return [.. texts.Select((text, i) =>
        {
            string name = Pascal(text), unique;
            if (name.Length == 0) name = string.Create(CultureInfo.InvariantCulture, $"Column{i + 1}");
            unique = name;
            for (int n = 2; !used.Add(unique); n++) unique = string.Create(CultureInfo.InvariantCulture, $"{name}_{n}");
            return unique;
        })];
    }

    /// <summary>
    /// An identifier of the letters and digits of a text, or an empty one. No keyword begins with a capital or an underscore.
    /// </summary>
    internal static string Pascal(string text)
    {
        var name = new StringBuilder();
        bool begins = true;
        // Half of a surrogate pair cannot be normalized, and is left out.
        string whole = string.Concat(text.EnumerateRunes().Where(rune => rune != Rune.ReplacementChar).Select(rune => rune.ToString()));
        foreach (char c in whole.Normalize(NormalizationForm.FormC))
        {
            if (char.IsLetter(c) || char.GetUnicodeCategory(c) == UnicodeCategory.DecimalDigitNumber)
            {
                name.Append(begins ? char.ToUpperInvariant(c) : c);
                begins = false;
            }
            else begins = true;
        }
        return name.Length > 0 && !char.IsLetter(name[0]) || IsKeyword(name) ? $"_{name}" : name.ToString();
    }

    // Keywords are of ASCII letters without a capital; a name whose first letter has no capital form is in another script.
    static bool IsKeyword(StringBuilder name) => name.Length > 0 && char.IsAsciiLetterLower(name[0]);

    // The reserved words of C#; the other keywords are identifiers.
    static readonly HashSet<string> s_reserved = [.. (
        "abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else enum event explicit extern " +
        "false finally fixed float for foreach goto if implicit in int interface internal is lock long namespace new null object operator out override " +
        "params private protected public readonly ref return sbyte sealed short sizeof stackalloc static string struct switch this throw true try typeof " +
        "uint ulong unchecked unsafe ushort using virtual void volatile while").Split(' ')];

    /// <summary>Whether a text is an identifier and not a reserved word.</summary>
    internal static bool IsIdentifier(string text) => text.Length > 0 && (char.IsLetter(text[0]) || text[0] == '_')
        && text.All(c => c == '_' || char.IsLetter(c) || char.GetUnicodeCategory(c) == UnicodeCategory.DecimalDigitNumber) && !s_reserved.Contains(text);

    /// <summary>A string literal. What is not a visible character is an escape.</summary>
    internal static string Literal(string text)
    {
        var literal = new StringBuilder("\"");
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '"' or '\\') literal.Append('\\').Append(c);
            else if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) literal.Append(c).Append(text[++i]);
            else if (c != ' ' && char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator
                or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse)
                literal.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else literal.Append(c);
        }
        return literal.Append('"').ToString();
    }

    /// <summary>Text for an XML comment, on one line.</summary>
    internal static string Comment(string text) => Cited.Text(text, 200).Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>A double with all its digits, as C# writes it.</summary>
    internal static string Number(double value) => double.IsPositiveInfinity(value)
        ? "double.PositiveInfinity"
        : value.ToString("R", CultureInfo.InvariantCulture) is var digits && digits.AsSpan().ContainsAny(".E") ? digits : digits + ".0";
}
