using System.Globalization;
using System.Text.RegularExpressions;

namespace MyTorch.Teaching;

/// <summary>Reads the text of a function from left to right, a method for each level of binding, and notes its parts.</summary>
sealed partial class FunctionReader(string text)
{
    const int MostDepth = 60;
    const string AnOperand = "a number, a variable, a function such as sin, or '('";

    enum Kind { End, Number, Name, Sign }

    readonly record struct Token(Kind Kind, string Text, int Position, int Length, double Number = 0);

    static readonly Dictionary<string, string> s_otherNames = new()
    {
        ["log"] = "ln",
        ["σ"] = "sigmoid",
        ["√"] = "sqrt",
        ["logistic"] = "sigmoid",
        ["sgm"] = "sigmoid",
        ["sqr"] = "square",
    };

    static readonly Dictionary<string, double> s_numbers = new() { ["pi"] = Math.PI, ["π"] = Math.PI, ["e"] = Math.E };

    // What a result may be, and a computer's number is not.
    static readonly HashSet<string> s_notNumbers = new(StringComparer.OrdinalIgnoreCase) { "nan", "inf", "infinity" };

    // For each step where its text begins, and its value if it depends on no variable.
    readonly List<(int Start, double? Known)> _facts = [];

    readonly Dictionary<string, int> _variables = [], _names = [];
    readonly List<string?> _outputNames = [];
    Token _next;
    int _end, _depth, _operations;

    internal List<FunctionStep> Steps { get; } = [];

    internal List<int> Outputs { get; } = [];

    internal void Read()
    {
        Advance();
        if (_next.Kind == Kind.End) throw Expected("a function of variables, for example ln(x1) + x1*x2 - sin(x2)");
        while (true)
        {
            (string? name, int start, int step) = Statement();
            if (_next is { Kind: Kind.Sign, Text: ";" } && !IsLast())
            {
                if (name is null)
                    throw Wrong(start, _next.Position - start, "an expression without a name before ';'",
                        "name = expression before each ';'; several results have commas between");
                Advance();
                continue;
            }
            Output(name, start, step);
            while (_next is { Kind: Kind.Sign, Text: "," })
            {
                Advance();
                (name, start, step) = Statement();
                Output(name, start, step);
            }
            TrySign(";");
            if (_next.Kind == Kind.End) break;
            throw Expected(AfterAnOperand());
        }
        if (_variables.Count > MostVariables)
            throw Wrong(0, text.Length, $"{Notation.Number(_variables.Count)} variables", $"{Notation.Number(MostVariables)} at most");
    }

    const int MostVariables = FunctionText.MostVariables;

    // A semicolon at the end changes nothing.
    bool IsLast()
    {
        for (int i = _next.Position + 1; i < text.Length; i++)
            if (!char.IsWhiteSpace(text[i]) && text[i] != ';') return false;
        return true;
    }

    (string? Name, int Start, int Step) Statement()
    {
        int start = _next.Position;
        if (_next.Kind != Kind.Name || !IsAssignment()) return (null, start, Sum());
        Token name = _next;
        if (IsFunction(name.Text) || s_numbers.ContainsKey(name.Text))
            throw Wrong(name.Position, name.Length,
                $"'{name.Text}', the name of a {(IsFunction(name.Text) ? "function" : "number")}", "another name");
        if (_names.ContainsKey(name.Text) || _variables.ContainsKey(name.Text))
            throw Wrong(name.Position, name.Length, $"'{Cited.Text(name.Text)}', which has a meaning already", "a new name");
        Advance();
        Advance();
        int from = Steps.Count, step = Sum();
        // A name for a variable or an earlier result names nothing new.
        if (step >= from && Steps[step] is { Variable: null, IsNumber: false }) Steps[step] = Steps[step] with { Name = name.Text };
        _names.Add(name.Text, step);
        return (name.Text, start, step);
    }

    bool IsAssignment()
    {
        int i = _next.Position + _next.Length;
        while (i < text.Length && char.IsWhiteSpace(text[i])) i++;
        return i < text.Length && text[i] == '=';
    }

    void Output(string? name, int start, int step)
    {
        if (_next is not ({ Kind: Kind.End } or { Kind: Kind.Sign, Text: "," or ";" })) throw Expected(AfterAnOperand());
        if (_next is { Kind: Kind.Sign, Text: "," } && DecimalComma().Match(text) is var comma)
            for (; comma.Success; comma = comma.NextMatch())
                if (comma.Index < _next.Position && _next.Position < comma.Index + comma.Length)
                    throw Wrong(comma.Index, comma.Length, $"'{Cited.Text(comma.Value, 20)}' with a comma",
                        $"a decimal point, {Cited.Text(comma.Value.Replace(',', '.'), 20)}, or a space after a comma between two results");
        if (!DependsOnVariables(step))
            throw Wrong(start, Math.Max(_end - start, 1), "a number that depends on no variable", "at least one variable, such as x1");
        Outputs.Add(step);
        _outputNames.Add(name);
    }

    bool DependsOnVariables(int step) => step >= 0 && (Steps[step].Variable is not null || Steps[step].Level > 0);

    int Sum()
    {
        int left = Product();
        while (TrySign("+", "-") is { } sign) left = Add(sign, left, Product());
        return left;
    }

    int Product()
    {
        int left = Signed();
        while (TrySign("*", "/") is { } sign) left = Add(sign, left, Signed());
        return left;
    }

    int Signed()
    {
        if (++_depth > MostDepth) throw Expected($"at most {Notation.Number(MostDepth)} expressions inside each other");
        try
        {
            if (TrySign("+")) return Signed();
            if (!TrySign("-")) return Power();
            int before = Steps.Count, operand = Signed();
            // A number that has a name is used elsewhere, too.
            if (operand < before || !Steps[operand].IsNumber) return Add("negative", operand);
            Steps[operand] = Steps[operand] with { Number = -Steps[operand].Number };
            _facts[operand] = _facts[operand] with { Known = Steps[operand].Number };
            return operand;
        }
        finally
        {
            _depth--;
        }
    }

    int Power()
    {
        int left = Operand();
        while (TrySign("²", "³") is { } small)
            left = small == "²" ? Add("square", left) : Add("^", left, Constant(3, _end - 1));
        if (!TrySign("^")) return left;
        int before = Steps.Count, right = Signed();
        return Steps[right] is { IsNumber: true, Number: 2 } && right >= before && right == Steps.Count - 1 ? WithoutLast("square", left)
            : Steps[left] is { IsNumber: true, Number: Math.E } ? Add("exp", right)
            : Add("^", left, right);

        int WithoutLast(string call, int operand)
        {
            Steps.RemoveAt(Steps.Count - 1);
            _facts.RemoveAt(_facts.Count - 1);
            return Add(call, operand);
        }
    }

    int Operand()
    {
        Token token = _next;
        if (token.Kind == Kind.Number)
        {
            Advance();
            return Constant(token.Number, token.Position);
        }
        if (token is { Kind: Kind.Sign, Text: "(" })
        {
            Advance();
            int inside = Sum();
            Close(token);
            return inside;
        }
        if (token is { Kind: Kind.Sign, Text: "|" })
        {
            Advance();
            int inside = Sum();
            if (!TrySign("|")) throw Expected("'|' to end the absolute value");
            return Add("abs", inside);
        }
        if (token.Kind != Kind.Name) throw Expected(AnOperand);
        Advance();
        if (IsFunction(token.Text)) return Call(token);
        if (s_numbers.TryGetValue(token.Text, out double number)) return Constant(number, token.Position);
        if (_names.TryGetValue(token.Text, out int known)) return known;
        if (s_notNumbers.Contains(token.Text))
            throw Wrong(token.Position, token.Length, $"'{token.Text}', with which nothing can be computed", "a variable or a finite number");
        if (_next is { Kind: Kind.Sign, Text: "(" } && Definition().Match(text, token.Position) is { Success: true } left && left.Index == token.Position)
            throw Wrong(left.Index, left.Length, $"'{Cited.Text(left.Value.Trim(), 20)}'", "the right side alone, or y = before it");
        if (_next is { Kind: Kind.Sign, Text: "(" })
            throw Wrong(token.Position, token.Length, $"'{Cited.Text(token.Text)}', which is no function",
                $"{Suggestion(token.Text)}one of {string.Join(", ", FunctionText.Functions)}; a product needs a *");
        if (!_variables.TryGetValue(token.Text, out int variable))
        {
            variable = Append(new FunctionStep { Variable = token.Text }, token.Position, null);
            _variables.Add(token.Text, variable);
        }
        return variable;
    }

    // sin(x), or sin x where x is a name or a number.
    int Call(Token token)
    {
        string function = s_otherNames.GetValueOrDefault(token.Text, token.Text);
        Token open = _next;
        bool isBinary = FunctionStep.Binary.ContainsKey(function);
        if (!TrySign("("))
        {
            if (!isBinary && _next.Kind is Kind.Name or Kind.Number && !isBinary) return Add(function, Operand(), start: token.Position);
            throw Expected($"'(' and the {(isBinary ? "two arguments" : "argument")} of {token.Text}");
        }
        int a = Sum();
        if (!isBinary)
        {
            if (_next is { Kind: Kind.Sign, Text: "," })
                throw Expected($"')': {token.Text} takes one argument, and numbers have a decimal point");
            Close(open);
            return Add(function, a, start: token.Position);
        }
        if (!TrySign(",")) throw Expected($"',' and the second argument of {token.Text}");
        int b = Sum();
        Close(open);
        return Add(function, a, b, token.Position);
    }

    static bool IsFunction(string name) =>
        s_otherNames.ContainsKey(name) || FunctionStep.Unary.ContainsKey(name) || FunctionStep.Binary.ContainsKey(name);

    static string Suggestion(string name) =>
        FunctionText.Functions.MinBy(known => EditDistance.Between(known, name)) is { } near
        && EditDistance.Between(near, name) <= Math.Min(2, name.Length / 2)
            ? $"{near}, or another "
            : "";

    void Close(Token open)
    {
        if (TrySign(")")) return;
        if (_next.Kind == Kind.End)
            throw Wrong(open.Position, 1, "'(', which is never closed", "')' before the end");
        throw Expected($"{AfterAnOperand()}, or ')'");
    }

    string AfterAnOperand()
    {
        if (_next.Kind is Kind.Name or Kind.Number || _next is { Kind: Kind.Sign, Text: "(" })
            return "an operator between, such as * in " +
                $"{Cited.Text(text[Math.Max(0, _end - 8).._end].TrimStart(), 12)}*{Cited.Text(_next.Text, 12)}";
        return _next is { Kind: Kind.Sign, Text: ")" } ? "nothing to close: a '(' is missing before it" : "an operator: + - * / ^";
    }

    int Constant(double number, int start) => Append(new FunctionStep { Number = number }, start, number);

    int Add(string call, int a, int b = -1, int start = -1)
    {
        if (++_operations > FunctionText.MostOperations)
            throw Wrong(0, text.Length, "more operations", $"{Notation.Number(FunctionText.MostOperations)} at most");
        bool depends = DependsOnVariables(a) || DependsOnVariables(b);
        int level = depends ? 1 + Math.Max(Steps[a].Level, b < 0 ? 0 : Steps[b].Level) : 0;
        var step = new FunctionStep { Call = call, A = a, B = b, Level = level };
        if (start < 0) start = _facts[a].Start;
        if (depends) return Append(step, start, null);
        double value;
        using (Autograd.Pause())
            value = step.Apply(Known(a), b < 0 ? null : Known(b), DType.Float64).Item();
        if (!double.IsFinite(value))
            throw Wrong(start, Math.Max(_end - start, 1),
                $"'{Cited.Text(text[start..Math.Max(_end, start)].Trim(), 20)}', which {(double.IsNaN(value) ? "has no value" : "is infinite")}", "a finite number");
        return Append(step, start, value);

        Tensor Known(int operand) => Tensor.From(_facts[operand].Known!.Value, DType.Float64);
    }

    int Append(FunctionStep step, int start, double? known)
    {
        Steps.Add(step);
        _facts.Add((start, known));
        return Steps.Count - 1;
    }

    bool TrySign(string sign) => TrySign(sign, sign) is not null;

    string? TrySign(string one, string other)
    {
        if (_next.Kind != Kind.Sign || (_next.Text != one && _next.Text != other)) return null;
        string sign = _next.Text;
        Advance();
        return sign;
    }

    void Advance()
    {
        _end = _next.Position + _next.Length;
        int i = _end;
        while (i < text.Length && char.IsWhiteSpace(text[i]) && text[i] is not ('\n' or '\r')) i++;
        _next = i >= text.Length ? new Token(Kind.End, "the end", text.Length, 0)
            : char.IsAsciiDigit(text[i]) || text[i] == '.' ? Number(i)
            : char.IsLetter(text[i]) || text[i] == '_' ? Name(i)
            : Sign(i);
    }

    Token Number(int start)
    {
        int i = start;
        while (i < text.Length && (char.IsAsciiDigit(text[i]) || text[i] == '.')) i++;
        // 2e-3 is a number; in 2e the e is a name.
        if (i < text.Length && text[i] is 'e' or 'E')
        {
            int digits = i + 1 < text.Length && text[i + 1] is '+' or '-' ? i + 2 : i + 1;
            if (digits < text.Length && char.IsAsciiDigit(text[digits]))
                for (i = digits; i < text.Length && char.IsAsciiDigit(text[i]);) i++;
        }
        string digitsRead = text[start..i];
        if (!double.TryParse(digitsRead, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
            throw Wrong(start, i - start, $"'{Cited.Text(digitsRead)}'", "a number such as 2, 0.5 or 1e-3");
        return new Token(Kind.Number, digitsRead, start, i - start, number);
    }

    Token Name(int start)
    {
        int i = start;
        while (i < text.Length && (char.IsLetterOrDigit(text[i]) || text[i] == '_' || text[i] is >= '₀' and <= '₉')) i++;
        // x₁ is x1.
        string name = string.Concat(text[start..i].Select(c => c is >= '₀' and <= '₉' ? (char)('0' + (c - '₀')) : c));
        if (name.Length > 20) throw Wrong(start, i - start, $"a name of {Notation.Number(name.Length)} letters", "20 at most");
        return new Token(Kind.Name, name, start, i - start);
    }

    Token Sign(int start)
    {
        char c = text[start];
        if (c == '√') return new Token(Kind.Name, "√", start, 1);
        if (c == '*' && start + 1 < text.Length && text[start + 1] == '*') return new Token(Kind.Sign, "^", start, 2);
        string sign = c switch
        {
            '·' or '×' or '⋅' or '∗' => "*",
            '−' or '–' => "-",
            '÷' or '∕' => "/",
            '\n' or '\r' => ";",
            '[' or '{' => "(",
            ']' or '}' => ")",
            _ => c.ToString(),
        };
        if (!"+-*/^(),;=|²³".Contains(sign, StringComparison.Ordinal))
        {
            // A sign such as 😀 is two characters of a string.
            int length = char.IsSurrogatePair(text, start) ? 2 : 1;
            throw Wrong(start, length, $"'{Cited.Text(text.Substring(start, length))}'", $"{AnOperand}, or an operator");
        }
        if (c is '\n' or '\r')
        {
            // Empty lines are one end of a line.
            int i = start;
            while (i < text.Length && char.IsWhiteSpace(text[i])) i++;
            if (i == text.Length) return new Token(Kind.End, "the end", text.Length, 0);
            return start == 0 && i < text.Length ? Skipped(i) : new Token(Kind.Sign, ";", start, i - start);
        }
        return new Token(Kind.Sign, sign, start, 1);

        Token Skipped(int i) => char.IsAsciiDigit(text[i]) || text[i] == '.' ? Number(i) : char.IsLetter(text[i]) ? Name(i) : Sign(i);
    }

    // 2,5 where a number begins; in x1,2 the digit before the comma is part of a name.
    [GeneratedRegex(@"(?<![\p{L}\p{Nd}_.₀-₉])\d[\d.]*,\d[\d.]*")]
    private static partial Regex DecimalComma();

    [GeneratedRegex(@"\G\w+\s*\(\s*\w+(\s*,\s*\w+)*\s*\)\s*=")]
    private static partial Regex Definition();

    FunctionTextException Expected(string what) => Wrong(_next.Position, _next.Length,
        _next.Kind == Kind.End ? "the end" : $"'{Cited.Text(text.Substring(_next.Position, _next.Length), 20)}'", what);

    FunctionTextException Wrong(int position, int length, string found, string expected) => new(text, position, length, found, expected);

    /// <summary>The variables in the order of their stems' first use, then by number.</summary>
    internal string[] SortedVariables()
    {
        var stems = new Dictionary<string, int>();
        foreach (string name in _variables.Keys) stems.TryAdd(Stem(name), stems.Count);
        return
        [
            .. _variables.Keys.OrderBy(name => stems[Stem(name)]).ThenBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal),
        ];

        static string Stem(string name) => name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
    }

    static readonly string[] s_resultNames = ["y", "z", "f", "g"];

    /// <summary>The names of the results. A name that is not given avoids those of variables and of other values.</summary>
    internal string[] OutputNames()
    {
        HashSet<string> taken = [.. _variables.Keys.Concat(_names.Keys).Select(name => name.TrimEnd("0123456789".ToCharArray()))];
        string stem = Array.Find(s_resultNames, letter => !taken.Contains(letter)) ?? "y_";
        while (taken.Contains(stem)) stem += "_";
        return [.. _outputNames.Select((name, i) => name ?? (Outputs.Count == 1 ? stem : stem + Notation.Number(i + 1)))];
    }
}
