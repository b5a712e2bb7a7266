using System.Globalization;
using MyTorch.Teaching;

namespace MyTorch.Tests;

/// <summary>Functions written as text: what they compute, in which order, and what is said about a text that is not one.</summary>
public class FunctionTextTests
{
    static double At(string text, params double[] at) =>
        FunctionText.Parse(text).Run([.. at.Select(x => Tensor.From(x, DType.Float64))])[0].Item();

    // The expected values are C#'s own.
    static IEnumerable<TestCaseData> Values()
    {
        double x = 0.7, z = 1.3;
        foreach ((string text, double expected) in new (string, double)[]
        {
            ("ln(x) + x*z - sin(z)", Math.Log(x) + x * z - Math.Sin(z)),
            ("x - z - 1", x - z - 1),
            ("x / z / 2", x / z / 2),
            ("-x^2*z", -(x * x) * z),
            ("2^-x*z", Math.Pow(2, -x) * z),
            ("x^z^2", Math.Pow(x, z * z)),
            ("x**3 - z", Math.Pow(x, 3) - z),
            ("--x + +z", x + z),
            ("(x + z)*(x - z)", (x + z) * (x - z)),
            ("2*pi*x + e^z", 2 * Math.PI * x + Math.Exp(z)),
            ("max(x, z) - min(x; z)".Replace(';', ','), z - x),
            ("|x - z| + relu(x - z) + sqrt(z)", Math.Abs(x - z) + Math.Sqrt(z)),
            ("tanh x + sigmoid(z) + exp(x) - cos(z)*tan(x)", Math.Tanh(x) + 1 / (1 + Math.Exp(-z)) + Math.Exp(x) - Math.Cos(z) * Math.Tan(x)),
            ("1.5e-1*x + .5*z", 0.15 * x + 0.5 * z),
            ("x·z − 2×x ÷ z + √z + x²", x * z - 2 * x / z + Math.Sqrt(z) + x * x),
            ("[x + z]*{x}", (x + z) * x),
            ("u = x*z; v = u + 1\n u*v", x * z * (x * z + 1)),
            ("\n x + z \n", x + z),
            ("a = 2; a*x - -a + z^a", 2 * x + 2 + z * z),
            ("u = x*z; a = 2; u^a + a", x * z * (x * z) + 2),
        })
            yield return new TestCaseData(text, expected).SetName($"{{m}}({text.Replace('\n', '¶').Replace('.', '\'')})");
    }

    [TestCaseSource(nameof(Values))]
    public void ATextComputesWhatItSays(string text, double expected) =>
        Assert.That(At(text, 0.7, 1.3), Is.EqualTo(expected).Within(1e-14));

    [Test]
    public void TheLecturesFunctionHasTheLecturesNumbering() =>
        Assert.That(FunctionTrace.Of(FunctionText.Parse("ln(x1) + x1*x2 - sin(x2)"), [2, 5]).Rows.Select(row => $"{row.Label} = {row.Expression}"),
            Is.EqualTo(new[] { "v1 = x1", "v2 = x2", "v3 = ln v1", "v4 = v1·v2", "v5 = sin v2", "v6 = v3 + v4", "v7 = v6 - v5" }));

    [TestCase("x2*x1", new[] { "x1", "x2" })]
    [TestCase("w10*b + w2*x", new[] { "w2", "w10", "b", "x" })]
    [TestCase("x₂ + x₁", new[] { "x1", "x2" })]
    [TestCase("θ*alpha", new[] { "θ", "alpha" })]
    public void VariablesAreSortedByStemAndNumber(string text, string[] expected) =>
        Assert.That(FunctionText.Parse(text).Variables, Is.EqualTo(expected));

    [TestCase("x", new[] { "y" })]
    [TestCase("x, x", new[] { "y1", "y2" })]
    [TestCase("y1 + y2", new[] { "z" })]
    [TestCase("y + z*f + g", new[] { "y_" })]
    [TestCase("loss = x^2;", new[] { "loss" })]
    [TestCase("s = exp(x); p = s/2, q = s", new[] { "p", "q" })]
    public void ResultsHaveNames(string text, string[] expected)
    {
        FunctionText f = FunctionText.Parse(text);
        IReadOnlyList<Tensor> results = f.Run([.. f.Variables.Select(_ => (Tensor)1)]);
        Assert.That(f.Outputs, Is.EqualTo(expected));
        Assert.That(results.Distinct(ReferenceEqualityComparer.Instance).Count(), Is.EqualTo(expected.Length));
    }

    [TestCase("", 0, 0, "for example ln(x1)")]
    [TestCase("ln(x1) + ", 9, 0, "a number, a variable")]
    [TestCase("ln(x1) + * x2", 9, 1, "a number, a variable")]
    [TestCase("2x1", 1, 2, "* in 2*x1")]
    [TestCase("x1 x2", 3, 2, "* in x1*x2")]
    [TestCase("(x1)(x2)", 4, 1, "* in (x1)*(")]
    [TestCase("sine(x1)", 0, 4, "sin, or another one of")]
    [TestCase("x1(x2)", 0, 2, "a product needs a *")]
    [TestCase("3 + (x1 * 2", 4, 1, "')' before the end")]
    [TestCase("x1 + 2)", 6, 1, "a '(' is missing")]
    [TestCase("sin", 3, 0, "'(' and the argument of sin")]
    [TestCase("max(x1)", 6, 1, "second argument of max")]
    [TestCase("sin(x1, 2)", 6, 1, "decimal point")]
    [TestCase("1.2.3*x", 0, 5, "a number such as")]
    [TestCase("x1 $ 2", 3, 1, "or an operator")]
    [TestCase("1 + 2", 0, 5, "at least one variable")]
    [TestCase("2,5*x", 0, 3, "a decimal point, 2.5")]
    [TestCase("x^2,5", 2, 3, "a decimal point, 2.5")]
    [TestCase("x*2,5*y", 2, 3, "a space after a comma")]
    [TestCase("2, 5*x", 0, 1, "at least one variable")]
    [TestCase("ln(-1) + x", 0, 6, "a finite number")]
    [TestCase("x*sqrt(2 - 3)", 2, 11, "a finite number")]
    [TestCase("x + 1/0", 4, 3, "a finite number")]
    [TestCase("1e308*10*x", 0, 8, "a finite number")]
    [TestCase("u = exp(1000); u*x", 4, 9, "a finite number")]
    [TestCase("NaN*x", 0, 3, "a finite number")]
    [TestCase("inf + x", 0, 3, "a finite number")]
    [TestCase("x + 😀", 4, 2, "or an operator")]
    [TestCase("f(x) = x^2", 0, 6, "the right side alone")]
    [TestCase("g(x, y)=x*y", 0, 8, "the right side alone")]
    [TestCase("x; x + 1", 0, 1, "name = expression")]
    [TestCase("x = 2; x*z; z", 7, 3, "name = expression")]
    [TestCase("sin = x; sin", 0, 3, "another name")]
    [TestCase("u = x; u = 2*x; u", 7, 1, "a new name")]
    [TestCase("|x", 2, 0, "'|' to end")]
    [TestCase("a*b*c*d*f*g*h*i*j*k*l*m*n", 0, 25, "12 at most")]
    [TestCase("1e999*x", 0, 5, "a number such as")]
    public void WhatIsNoFunctionIsUnderlined(string text, int position, int length, string expected)
    {
        Assert.That(FunctionText.TryParse(text, out _, out FunctionTextException? error), Is.False);
        Assert.That((error!.Position, error.Length), Is.EqualTo((position, length)), error.Message);
        Assert.That(error.Message, Does.Contain(expected));
        Assert.That(error.ToUnderlinedText().Split('\n')[1], Is.EqualTo(new string(' ', position) + new string('^', Math.Max(1, length))));
    }

    [Test]
    public void TheLimitsAreErrorsThatNameThem()
    {
        Assert.That(() => FunctionText.Parse(string.Concat(Enumerable.Repeat("x+", 201)) + "x"), Throws.TypeOf<FunctionTextException>()
            .With.Message.Contains("200 at most"));
        Assert.That(() => FunctionText.Parse(new string('(', 5000) + "x"), Throws.TypeOf<FunctionTextException>().With.Message.Contains("60"));
        Assert.That(() => FunctionText.Parse(new string('-', 5000) + "x"), Throws.TypeOf<FunctionTextException>().With.Message.Contains("60"));
        Assert.That(() => FunctionText.Parse(new string('a', 5000)), Throws.TypeOf<FunctionTextException>().With.Message.Contains("20 at most"));
        Assert.That(() => FunctionText.Parse("x*z").Run([1]), Throws.ArgumentException.With.Message.Contains("x, z"));
    }

    [Test]
    public void WhatIsTypedHalfwayIsAFunctionOrAnErrorInsideTheText()
    {
        foreach (GalleryFunction one in FunctionGallery.All)
            for (int length = 0; length <= one.Text.Length; length++)
                if (!FunctionText.TryParse(one.Text[..length], out _, out FunctionTextException? error))
                    Assert.That(error.Position + error.Length, Is.LessThanOrEqualTo(length), one.Text[..length]);
    }

    [Test]
    public void NumbersHaveADecimalPointInEveryCulture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.That(At("0.5*x", 3), Is.EqualTo(1.5));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
