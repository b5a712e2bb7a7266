using System.Globalization;
using System.Text;

namespace MyTorch;

/// <summary>
/// How formulas are written. The plain form is <c>v3</c>, <c>adj(v3)</c>, <c>tangent(v3)</c>; <see cref="Pretty"/> turns it into v₃, v̄₃, v̇₃.
/// </summary>
static class Notation
{
    const char Bar = '\u0304', Dot = '\u0307';

    internal static string Adjoint(string value) => $"adj({value})";

    internal static string Tangent(string value) => $"tangent({value})";

    /// <summary>A setting of an operation, with every digit it needs.</summary>
    internal static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A count or a size, with commas between thousands: <c>12,345</c>; one digit after the point if it is not whole.</summary>
    internal static string Grouped(double value) => value.ToString("#,0.#", CultureInfo.InvariantCulture);

    /// <summary>A tensor's or an operation's name, which may hold anything, as it may be shown.</summary>
    internal static string Shown(string name) => Cited.Text(name, longest: 100);

    /// <summary>Numbers with commas between: indices, dimensions, sizes.</summary>
    internal static string List(IEnumerable<int> numbers) => string.Join(", ", numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));

    /// <summary>A number that stands beside an operator.</summary>
    internal static string Operand(double value) => InParenthesesIfNegative(Number(value));

    /// <summary>The number in a tensor of one element, with every digit its type has.</summary>
    internal static string Exact(Tensor tensor) => tensor.View([]).ToString();

    internal static string InParenthesesIfNegative(string number) => number.StartsWith('-') ? $"({number})" : number;

    /// <summary>factor·x, and x alone for the factor 1.</summary>
    internal static string Scaled(double factor, string x) => factor == 1 ? x : $"{Operand(factor)}·{x}";

    /// <summary>A name or number times a factor, without the 1s and parentheses that a person would not write.</summary>
    internal static string Times(string atom, string factor) =>
        factor == "1" ? atom
        : factor == "-1" ? $"-{atom}"
        : IsSum(factor) ? $"{atom}·({factor})"
        : factor.StartsWith("1/", StringComparison.Ordinal) ? $"{atom}{factor[1..]}"
        : factor.StartsWith('-') ? $"-{atom}·{factor[1..]}"
        : $"{atom}·{factor}";

    /// <summary>The terms added up: a term that begins with a minus is subtracted.</summary>
    internal static string Sum(IEnumerable<string> terms)
    {
        var sum = new StringBuilder();
        foreach (string term in terms)
            if (sum.Length == 0) sum.Append(term);
            else if (term.StartsWith('-')) sum.Append(" - ").Append(term, 1, term.Length - 1);
            else sum.Append(" + ").Append(term);
        return sum.ToString();
    }

    // Whether something outside all parentheses binds less tightly than a product.
    internal static bool IsSum(string text)
    {
        int depth = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is '(' or '[') depth++;
            else if (text[i] is ')' or ']') depth--;
            else if (depth == 0 && text.AsSpan(i) is var rest
                && (rest.StartsWith(" + ") || rest.StartsWith(" - ") || rest.StartsWith(" if "))) return true;
        }
        return false;
    }

    /// <summary>Four significant digits, never cutting digits before the point; very large and very small numbers with an exponent.</summary>
    internal static string Short(double value)
    {
        double size = Math.Abs(value);
        if (!double.IsFinite(value)) return double.IsNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";
        if (size == 0) return "0";
        if (size is < 1e-4 or >= 1e7) return value.ToString("0.###e+0", CultureInfo.InvariantCulture);
        int decimals = Math.Max(0, 3 - (int)Math.Floor(Math.Log10(size)));
        string text = value.ToString($"F{decimals}", CultureInfo.InvariantCulture);
        return text.Contains('.') ? text.TrimEnd('0').TrimEnd('.') : text;
    }

    /// <summary>One number as such; a few with their shape; of many the shape and the norm.</summary>
    internal static string Short(Tensor tensor)
    {
        const int FewElements = 4;
        if (tensor.ElementCount == 1) return Short(tensor.ValueAt(0));
        if (tensor.ElementCount == 0) return $"{tensor.Shape} empty";
        if (tensor.ElementCount <= FewElements) return $"{tensor.Shape} [{string.Join(", ", tensor.ToArray().Select(Short))}]";
        double squares = 0;
        for (int i = 0; i < tensor.ElementCount; i++) squares += tensor.ValueAt(i) * tensor.ValueAt(i);
        return $"{tensor.Shape} norm {Short(Math.Sqrt(squares))}";
    }

    /// <summary>A formula with subscripts, v̄ for adjoints and v̇ for tangents.</summary>
    internal static string Pretty(string plain)
    {
        var text = new StringBuilder(plain.Length + 8);
        int at = 0;
        while (at < plain.Length)
            if (at > 0 && IsOfAWord(plain[at - 1])) text.Append(plain[at++]);
            else at += Marked(plain, at, "adj(", Bar, text) is > 0 and var adjoint ? adjoint
                : Marked(plain, at, "tangent(", Dot, text) is > 0 and var tangent ? tangent
                : Marked(plain, at, "", '\0', text) is > 0 and var value ? value
                : Kept(plain[at], text);
        return text.ToString();
    }

    // The length of v3, c3, adj(v3) or tangent(v3) at a place, of which the short form is appended; 0 if something else stands there.
    static int Marked(string plain, int at, string open, char mark, StringBuilder text)
    {
        if (string.CompareOrdinal(plain, at, open, 0, open.Length) != 0) return 0;
        int letter = at + open.Length, end = letter + 1;
        if (letter >= plain.Length || plain[letter] is not ('v' or 'c')) return 0;
        while (end < plain.Length && char.IsAsciiDigit(plain[end])) end++;
        char next = end < plain.Length ? plain[end] : ' ';
        if (end == letter + 1 || (open.Length > 0 ? next != ')' : char.IsAsciiLetter(next) || next == '_')) return 0;
        text.Append(plain[letter]);
        if (mark != '\0') text.Append(mark);
        for (int i = letter + 1; i < end; i++) text.Append((char)('₀' + (plain[i] - '0')));
        return end - at + (open.Length > 0 ? 1 : 0);
    }

    static int Kept(char other, StringBuilder text)
    {
        text.Append(other);
        return 1;
    }

    static bool IsOfAWord(char c) => char.IsLetterOrDigit(c) || c == '_' || char.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark;
}
