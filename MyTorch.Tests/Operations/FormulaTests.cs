using System.Globalization;
using System.Text.RegularExpressions;
using MathNet.Numerics;
using MyTorch.Operations;

namespace MyTorch.Tests.Operations;

/// <summary>
/// What operations say of themselves in symbols, read back as arithmetic: the text of a value must evaluate to the value, and the text of a
/// derivative to what the rule computes. Covers every operation of the library through <see cref="OperationTable"/>.
/// </summary>
public partial class FormulaTests
{
    static IEnumerable<TestCaseData> Library() => typeof(Operation).Assembly.GetTypes()
        // What is private shows a mistake: its rule is wrong.
        .Where(type => type.IsSubclassOf(typeof(Operation)) && !type.IsAbstract && !type.IsNestedPrivate)
        .OrderBy(type => type.Name, StringComparer.Ordinal)
        .Select(type => new TestCaseData(type).SetArgDisplayNames(type.Name));

    static List<Operation> Recorded(Type type)
    {
        var found = new List<Operation>();
        foreach (OperationCase c in OperationTable.Cases.Where(c => c.Operation == type.Name))
        {
            using var autograd = new Autograd();
            c.Run(c.Inputs);
            found.AddRange(autograd.Operations.Where(operation => operation.GetType() == type));
        }
        return found;
    }

    [TestCaseSource(nameof(Library))]
    public void EveryOperationPrintsItsValueAndItsContribution(Type type)
    {
        List<Operation> operations = Recorded(type);
        Assert.That(operations, Is.Not.Empty, $"{type.Name}: add it to OperationTable.Cases");
        foreach (Operation operation in operations)
        {
            string[] x = [.. operation.Inputs.Select((_, i) => $"v{i + 1}")];
            Assert.That(operation.ValueText(x), Does.Not.StartWith($"{operation.Name}("), "override ValueText (or Text)");
            for (int i = 0; i < x.Length; i++)
            {
                Assert.That(operation.ValueText(x), Does.Contain(x[i]));
                string handed = operation.AdjointText(i, "adj(v9)", x, "v9");
                Assert.That(handed, Does.Contain("adj(v9)"));
                Assert.That(handed, Does.Not.Contain("∂").And.Not.Contain("′"), "override DerivativeText, AdjointText or Text");
            }
        }
    }

    [TestCaseSource(nameof(Library))]
    public void TheTextsEvaluateToWhatTheOperationComputes(Type type)
    {
        int compared = 0;
        foreach (Operation operation in Recorded(type))
        {
            if (operation.DerivativeText(0, [.. operation.Inputs.Select(_ => "x")], "y") is not { } text || Regex.IsMatch(text, @"\bp\b")) continue;
            Shape shape = operation.Output.Shape;
            double[] y = operation.Output.ToArray();
            double[][] x = [.. operation.Inputs.Select(input => input.Detach().Expand(shape).ToArray())];
            Tensor?[] gradients = operation.Backward(Tensor.OnesLike(operation.Output));
            for (int i = 0; i < Math.Min(y.Length, 6); i++)
            {
                string[] numbers = [.. x.Select(values => Written(values[i]))];
                string value = operation.ValueText(numbers);
                Assert.That(Formula.Evaluate(value), Is.EqualTo(y[i]).Within(1e-12), value);
                for (int k = 0; k < numbers.Length; k++)
                {
                    if (gradients[k] is not { } gradient) continue;
                    string derivative = operation.DerivativeText(k, numbers, Written(y[i]))!;
                    Assert.That(Formula.Evaluate(derivative), Is.EqualTo(gradient.Expand(shape).ToArray()[i]).Within(1e-11), derivative);
                    string handed = operation.AdjointText(k, "3", numbers, Written(y[i]));
                    Assert.That(Formula.Evaluate(handed), Is.EqualTo(3 * gradient.Expand(shape).ToArray()[i]).Within(1e-11), handed);
                    compared++;
                }
            }
        }
        bool isElementWise = type.IsSubclassOf(typeof(PointwiseOperation)) || type == typeof(Identity) || type == typeof(Negate)
            || (type.IsSubclassOf(typeof(BinaryOperation)) && type != typeof(MatMul) && type != typeof(Where));
        Assert.That(compared > 0, Is.EqualTo(isElementWise), "element-wise operations state their derivative, others only what they pass to their inputs");
    }

    [TestCase("1", "u")]
    [TestCase("-1", "-u")]
    [TestCase("1/v1", "u/v1")]
    [TestCase("cos v1", "u·cos v1")]
    [TestCase("-sin v1", "-u·sin v1")]
    [TestCase("1 - v2²", "u·(1 - v2²)")]
    [TestCase("v2·(1 - v2)", "u·v2·(1 - v2)")]
    [TestCase("1 if v1 > 0 else 0", "u·(1 if v1 > 0 else 0)")]
    public void AFactorIsJoinedAsAPersonWould(string factor, string product) =>
        Assert.That(Notation.Times("u", factor), Is.EqualTo(product));

    [TestCase(0, "0")]
    [TestCase(-0.28366218546322625, "-0.2837")]
    [TestCase(1.7163378145367738, "1.716")]
    [TestCase(11.652071455223084, "11.65")]
    [TestCase(123456.789, "123457")]
    [TestCase(-100, "-100")]
    [TestCase(9.99999, "10")]
    [TestCase(0.00012345, "0.0001234")]
    [TestCase(1e-5, "1e-5")]
    [TestCase(1.23456e20, "1.235e+20")]
    [TestCase(double.NaN, "NaN")]
    [TestCase(double.NegativeInfinity, "-∞")]
    public void NumbersHaveFourDigits(double value, string text) => Assert.That(Notation.Short(value), Is.EqualTo(text));

    static string Written(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return value < 0 ? $"({text})" : text;
    }

    /// <summary>Reads the notation of formulas: conditions, sums, products, powers, functions, numbers.</summary>
    sealed partial class Formula
    {
        static readonly Dictionary<string, Func<double, double>> s_functions = new()
        {
            ["√"] = Math.Sqrt,
            ["sin"] = Math.Sin,
            ["cos"] = Math.Cos,
            ["tan"] = Math.Tan,
            ["atan"] = Math.Atan,
            ["sinh"] = Math.Sinh,
            ["cosh"] = Math.Cosh,
            ["floor"] = Math.Floor,
            ["ceil"] = Math.Ceiling,
            ["round"] = Math.Round,
            ["tanh"] = Math.Tanh,
            ["exp"] = Math.Exp,
            ["ln"] = Math.Log,
            ["erf"] = SpecialFunctions.Erf,
            ["sign"] = x => Math.Sign(x),
            ["σ"] = SpecialFunctions.Logistic,
            ["Φ"] = x => 0.5 * (1 + SpecialFunctions.Erf(x / Math.Sqrt(2))),
            ["φ"] = x => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI),
        };

        readonly string[] _tokens;
        int _next;

        Formula(string text) => _tokens = [.. Token().Matches(text).Select(match => match.Value), ""];

        [GeneratedRegex(@"[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?|[a-zA-Zσφ]+|\S")]
        private static partial Regex Token();

        public static double Evaluate(string text)
        {
            var formula = new Formula(text);
            double value = formula.Condition();
            return formula._tokens[formula._next] == "" ? value : throw new FormatException($"'{text}': unexpected '{formula._tokens[formula._next]}'");
        }

        bool Take(string token)
        {
            if (_tokens[_next] != token) return false;
            _next++;
            return true;
        }

        void Require(string token)
        {
            if (!Take(token)) throw new FormatException($"'{string.Concat(_tokens)}': '{token}' expected at '{_tokens[_next]}'");
        }

        double Condition()
        {
            double value = Sum();
            if (!Take("if")) return value;
            bool holds = Holds();
            Require("else");
            double otherwise = Condition();
            return holds ? value : otherwise;
        }

        bool Holds()
        {
            double left = Sum();
            bool holds = true;
            while (_tokens[_next] is ">" or "<" or "=" or "≤")
            {
                string sign = _tokens[_next++];
                double right = Sum();
                holds &= sign switch { ">" => left > right, "<" => left < right, "=" => left == right, _ => left <= right };
                left = right;
            }
            return holds;
        }

        double Sum()
        {
            double sum = Take("-") ? -Product() : Product();
            while (_tokens[_next] is "+" or "-") sum += _tokens[_next++] == "+" ? Product() : -Product();
            return sum;
        }

        double Product()
        {
            double product = Power();
            while (_tokens[_next] is "·" or "/") product = _tokens[_next++] == "·" ? product * Power() : product / Power();
            return product;
        }

        double Power()
        {
            double @base = Atom();
            return Take("²") ? @base * @base : Take("³") ? @base * @base * @base : Take("^") ? Math.Pow(@base, Atom()) : @base;
        }

        double Atom()
        {
            string token = _tokens[_next++];
            if (double.TryParse(token, CultureInfo.InvariantCulture, out double number)) return number;
            switch (token)
            {
                case "(":
                    double inner = Condition();
                    Require(")");
                    return inner;
                case "|":
                    double size = Math.Abs(Sum());
                    Require("|");
                    return size;
                case "max" or "min":
                    Require("(");
                    double left = Condition();
                    Require(",");
                    double right = Condition();
                    Require(")");
                    return token == "max" ? Math.Max(left, right) : Math.Min(left, right);
                case "π": return Math.PI;
            }
            return s_functions.TryGetValue(token, out Func<double, double>? function)
                ? function(Atom())
                : throw new FormatException(
                    $"'{string.Concat(_tokens)}': what is '{token}'? Write the formula with other functions, or add this one to s_functions.");
        }
    }
}
