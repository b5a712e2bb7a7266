using System.Globalization;
using System.Text;

namespace MyTorch.Teaching;

/// <summary>Formulas in the notation of traces, <c>adj(v5)·cos v2</c>, as TeX for pages that set formulas.</summary>
public static class FormulaTex
{
    /// <summary>
    /// A formula or an equation as TeX: <c>\bar{v}_{5} \cdot \cos v_{2}</c>. What is not a formula, such as a sentence, becomes \text{…}.
    /// </summary>
    /// <param name="formula">The formula.</param>
    /// <param name="inline">Whether quotients are written a/b, which is legible in small type, instead of as fractions.</param>
    public static string Of(string formula, bool inline = false)
    {
        ArgumentNullException.ThrowIfNull(formula);
        var reader = new Reader(formula, inline);
        return reader.Equation() is { } tex && reader.IsAtEnd ? tex : $@"\text{{{Escaped(formula)}}}";
    }

    static string Escaped(string text)
    {
        var tex = new StringBuilder();
        foreach (char c in text)
            tex.Append(c switch
            {
                '\\' => @"\textbackslash{}",
                '{' or '}' or '$' or '&' or '#' or '%' or '_' => $@"\{c}",
                '^' => @"\textasciicircum{}",
                '~' => @"\textasciitilde{}",
                _ => c.ToString(),
            });
        return tex.ToString();
    }

    /// <summary>Reads a formula from left to right; a method returns null if it finds something else.</summary>
    sealed class Reader(string text, bool inline)
    {
        const int MostDepth = 200;

        static readonly HashSet<string> s_functions = ["ln", "exp", "sin", "cos", "tan", "tanh", "sinh", "cosh", "max", "min"];

        int _at, _depth;

        internal bool IsAtEnd => Next() == '\0';

        // a = b = c
        internal string? Equation()
        {
            if (Sum() is not { } tex) return null;
            while (Take('='))
            {
                if (Sum() is not { } right) return null;
                tex = $"{tex} = {right}";
            }
            return tex;
        }

        string? Sum()
        {
            if (++_depth > MostDepth) return null;
            try
            {
                string sign = Take('-') ? "-" : "";
                if (Product() is not { } first) return null;
                var tex = new StringBuilder(sign + first);
                while (Next() is '+' or '-')
                {
                    char operation = text[_at++];
                    if (Product() is not { } term) return null;
                    tex.Append(' ').Append(operation).Append(' ').Append(term);
                }
                return tex.ToString();
            }
            finally
            {
                _depth--;
            }
        }

        string? Product()
        {
            if (Factor() is not { } last) return null;
            var tex = new StringBuilder();
            while (true)
            {
                if (Take('·'))
                {
                    tex.Append(last.Tex).Append(@" \cdot ");
                    if (Factor() is not { } next) return null;
                    last = next;
                }
                else if (Take('/'))
                {
                    if (Factor() is not { } divisor) return null;
                    last = inline
                        ? ($"{last.Tex} / {divisor.Tex}", null)
                        : ($@"\frac{{{last.Inside ?? last.Tex}}}{{{divisor.Inside ?? divisor.Tex}}}", null);
                }
                else return tex.Append(last.Tex).ToString();
            }
        }

        // With what is inside its parentheses, which a fraction does not need.
        (string Tex, string? Inside)? Factor()
        {
            int start = _at;
            if (Atom() is not { } atom) return null;
            // cos(x)² is the square of the cosine, and \cos (x)^2 would be read as the cosine of a square.
            if (Next() is '²' or '^' && atom.Tex.StartsWith('\\') && s_functions.Contains(WordAt(start)))
                atom = ($@"\left({atom.Tex}\right)", null);
            while (true)
            {
                if (Take('²')) atom = (Based(atom.Tex) + "^{2}", null);
                else if (Take('^'))
                {
                    string sign = Take('-') ? "-" : "";
                    if (Atom() is not { } exponent) return null;
                    atom = ($"{Based(atom.Tex)}^{{{sign}{exponent.Inside ?? exponent.Tex}}}", null);
                }
                else return atom;
            }
        }

        // A power of a power, or of a fraction, needs braces.
        static string Based(string tex) => tex.Contains('^') && !tex.StartsWith(@"\left(", StringComparison.Ordinal) ? $"{{{tex}}}" : tex;

        (string Tex, string? Inside)? Atom()
        {
            char c = Next();
            if (c == '(')
            {
                _at++;
                if (Sum() is not { } inside || !Take(')')) return null;
                return ($@"\left({inside}\right)", inside);
            }
            if (c == '|')
            {
                _at++;
                return Sum() is { } inside && Take('|') ? ($@"\left|{inside}\right|", null) : null;
            }
            if (c == '√')
            {
                _at++;
                return Atom() is { } root ? ($@"\sqrt{{{root.Inside ?? root.Tex}}}", null) : null;
            }
            if (c == '∂')
            {
                _at++;
                if (Name() is not { } above || !Take('/') || !Take('∂') || Name() is not { } below) return null;
                return ($@"\frac{{\partial {above}}}{{\partial {below}}}", null);
            }
            if (c == '∞')
            {
                _at++;
                return (@"\infty", null);
            }
            if (c == 'σ' && _at + 1 < text.Length && text[_at + 1] == '(')
            {
                _at++;
                return Atom() is { } argument ? (@"\sigma" + argument.Tex, null) : null;
            }
            if (char.IsAsciiDigit(c)) return (Number(), null);
            if (!char.IsLetter(c) && c != '_') return null;
            int start = _at;
            string word = Word();
            if (word is "adj" or "tangent" && Next() == '(')
            {
                _at++;
                return Name() is { } value && Take(')') ? (Marked(word == "adj" ? @"\bar" : @"\dot", value), null) : null;
            }
            if (word is "sign" && char.IsLetter(Next())) return Atom() is { } of ? (@"\operatorname{sign} " + of.Tex, null) : null;
            if (word == "NaN") return (@"\text{NaN}", null);
            if (s_functions.Contains(word) && Next() is var next && (next is '(' or '√' || char.IsLetterOrDigit(next)))
                return word is "max" or "min" ? Pair(word) : Atom() is { } argument ? ($@"\{word} {argument.Tex}", null) : null;
            _at = start;
            return Name() is { } name ? (name, null) : null;
        }

        (string Tex, string? Inside)? Pair(string word)
        {
            if (!Take('(') || Sum() is not { } a || !Take(',') || Sum() is not { } b || !Take(')')) return null;
            return ($@"\{word}\left({a}, {b}\right)", null);
        }

        // \bar{v}_{2}: the bar is above the letter alone.
        static string Marked(string mark, string name) =>
            name.IndexOf('_', StringComparison.Ordinal) is > 0 and int low ? $"{mark}{{{name[..low]}}}{name[low..]}" : $"{mark}{{{name}}}";

        string? Name()
        {
            if (!char.IsLetter(Next()) && Next() != '_') return null;
            string word = Word(), stem = word.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'), number = word[stem.Length..];
            string letters = Escaped(stem);
            string tex = stem.Length == 1 && stem != "_" ? stem : $@"\mathit{{{letters}}}";
            return number.Length > 0 ? $"{tex}_{{{number}}}" : tex;
        }

        // The word at a place, without reading on.
        string WordAt(int place)
        {
            int at = _at;
            _at = place;
            Next();
            string word = Word();
            _at = at;
            return word;
        }

        string Word()
        {
            int start = _at;
            while (_at < text.Length && (char.IsLetterOrDigit(text[_at]) || text[_at] == '_')) _at++;
            return text[start.._at];
        }

        string Number()
        {
            int start = _at;
            while (_at < text.Length && (char.IsAsciiDigit(text[_at]) || text[_at] == '.')) _at++;
            string digits = text[start.._at];
            if (_at + 1 >= text.Length || text[_at] is not ('e' or 'E')) return digits;
            if (!char.IsAsciiDigit(text[_at + 1]) && text[_at + 1] is not ('+' or '-')) return digits;
            start = ++_at;
            if (text[_at] is '+' or '-') _at++;
            while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
            int exponent = int.Parse(text[start.._at], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            return $@"{digits} \cdot 10^{{{Notation.Number(exponent)}}}";
        }

        bool Take(char c)
        {
            if (Next() != c) return false;
            _at++;
            return true;
        }

        char Next()
        {
            while (_at < text.Length && text[_at] == ' ') _at++;
            return _at < text.Length ? text[_at] : '\0';
        }
    }
}
