using System.Globalization;
using MyTorch.Inspection;
using MyTorch.Symbolic;
using MyTorch.Teaching;
using Kind = MyTorch.Teaching.DrillMistakeKind;

namespace MyTorch.Tests;

/// <summary>Drills: what is drawn, what is accepted, and which wrong numbers are understood.</summary>
public partial class DrillTests
{
    const int Seeds = 60;

    static Tensor Lecture(IReadOnlyList<Tensor> x)
    {
        (Tensor v3, Tensor v4, Tensor v5) = (x[0].Log(), x[0] * x[1], x[1].Sin());
        return v3 + v4 - v5;
    }

    static Tensor Quotient(IReadOnlyList<Tensor> x) => x[0] / x[1];

    static Tensor SineOfSquare(IReadOnlyList<Tensor> x) => x[0].Square().Sin();

    static Tensor SquareOfProduct(IReadOnlyList<Tensor> x) => (x[0] * x[1]).Square();

    static Tensor RootAndExponential(IReadOnlyList<Tensor> x) => x[0].Sqrt() + x[0].Exp();

    // The seed determines the blanks. Each cell is blank for one of some seeds.
    static DrillCell Cell(Func<IReadOnlyList<Tensor>, Tensor> f, double[] at, string label) =>
        Enumerable.Range(0, 50).SelectMany(seed => Drill.Of(f, at, seed).Cells).First(cell => cell.Label == label);

    static IEnumerable<TestCaseData> WrongAnswers()
    {
        // v3 = ln v1, v4 = v1·v2, v5 = sin v2, v6 = v3 + v4, v7 = v6 - v5 at (2, 5); -cos 5 = -0.2837 arrives at v2 before v1 = 2 does.
        (Func<IReadOnlyList<Tensor>, Tensor>, double[]) lecture = (Lecture, [2, 5]), quotient = (Quotient, [3, 4]), sine = (SineOfSquare, [3]),
            square = (SquareOfProduct, [2, 3]), root = (RootAndExponential, [3]);
        (Kind Kind, (Func<IReadOnlyList<Tensor>, Tensor>, double[]) Function, string Label, double Answer)[] cases =
        [
            (Kind.Base10, lecture, "v3", Math.Log10(2)),
            (Kind.FunctionLeftOut, lecture, "v3", 2),
            (Kind.OtherOperation, lecture, "v4", 7),
            (Kind.OtherOperation, lecture, "v6", 10 * Math.Log(2)),
            (Kind.Degrees, lecture, "v5", Math.Sin(5 * Math.PI / 180)),
            (Kind.Swapped, lecture, "v7", Math.Sin(5) - 10 - Math.Log(2)),
            (Kind.Sign, lecture, "v4", -10),
            (Kind.OtherOperation, sine, "v2", 6),
            (Kind.OtherOperation, root, "v2", 1.5),
            (Kind.OtherOperation, root, "v3", 3 * Math.E),
            (Kind.Swapped, quotient, "v3", 4.0 / 3),

            (Kind.OnlyOnePath, lecture, "tangent(v6)", 0.5),
            (Kind.AppliedToTangents, lecture, "tangent(v4)", 0),
            (Kind.AppliedToTangents, lecture, "tangent(v3)", 0),
            (Kind.OtherOperand, lecture, "tangent(v4)", 2),
            (Kind.OtherInput, lecture, "tangent(v4)", 2),
            (Kind.OtherMode, lecture, "tangent(v4)", 1),
            (Kind.ValueForDerivative, lecture, "tangent(v4)", 10),
            (Kind.Base10, lecture, "tangent(v3)", 0.5 / Math.Log(10)),
            (Kind.InnerDerivativeForgotten, sine, "tangent(v3)", Math.Cos(9)),
            (Kind.LocalDerivativeForgotten, sine, "tangent(v3)", 6),
            (Kind.AtTheOutput, sine, "tangent(v3)", 6 * Math.Cos(Math.Sin(9))),
            (Kind.NotDifferentiated, sine, "tangent(v3)", 6 * Math.Sin(9)),
            (Kind.Degrees, sine, "tangent(v3)", 6 * Math.Cos(9 * Math.PI / 180)),
            (Kind.PowerRule, sine, "tangent(v2)", 3),
            (Kind.PowerRule, sine, "tangent(v2)", 18),
            (Kind.Sign, quotient, "tangent(v3)", -0.25),

            (Kind.Overwritten, lecture, "adj(v2)", 2),
            (Kind.OnlyOnePath, lecture, "adj(v2)", -Math.Cos(5)),
            (Kind.Multiplied, lecture, "adj(v2)", -2 * Math.Cos(5)),
            (Kind.Sign, lecture, "adj(v2)", Math.Cos(5) - 2),
            (Kind.Sign, lecture, "adj(v2)", 2 + Math.Cos(5)),
            (Kind.UpstreamIgnored, lecture, "adj(v2)", 2 + Math.Cos(5)),
            (Kind.AtTheOutput, lecture, "adj(v2)", 2 - Math.Cos(Math.Sin(5))),
            (Kind.NotDifferentiated, lecture, "adj(v2)", 2 - Math.Sin(5)),
            (Kind.Degrees, lecture, "adj(v2)", 2 - Math.Cos(5 * Math.PI / 180)),
            (Kind.OtherOperand, lecture, "adj(v2)", 5 - Math.Cos(5)),
            (Kind.ValueForDerivative, lecture, "adj(v2)", 5),
            (Kind.OtherMode, lecture, "adj(v2)", 0),
            (Kind.Overwritten, lecture, "adj(v1)", 0.5),
            (Kind.OnlyOnePath, lecture, "adj(v1)", 5),
            (Kind.Base10, lecture, "adj(v1)", 5 + 0.5 / Math.Log(10)),
            (Kind.UpstreamIgnored, square, "adj(v1)", 3),
            (Kind.LocalDerivativeForgotten, square, "adj(v1)", 12),
            (Kind.ValueForDerivative, square, "adj(v1)", 18),
            (Kind.OtherOperand, square, "adj(v1)", 24),
            (Kind.Sign, quotient, "adj(v2)", 3.0 / 16),
            (Kind.PowerRule, quotient, "adj(v2)", -3.0 / 4),
            (Kind.Swapped, quotient, "adj(v2)", 1.0 / 3),
            (Kind.PowerRule, root, "adj(v1)", Math.Exp(3) + 1 / Math.Sqrt(3)),

            // Every operation has its own mistakes.
            (Kind.DerivativeForValue, lecture, "v3", 0.5),
            (Kind.OtherOperation, lecture, "v5", Math.Cos(5)),
            (Kind.OtherOperation, lecture, "v7", 10 + Math.Log(2) + Math.Sin(5)),
            (Kind.OtherOperation, quotient, "v3", 12),
            (Kind.OtherOperation, lecture, "tangent(v7)", 5.5 * Math.Sin(5)),
            (Kind.OtherOperation, lecture, "adj(v6)", Math.Sin(5)),
            (Kind.OtherOperation, lecture, "adj(v3)", 10),
            (Kind.FactorForgotten, sine, "tangent(v2)", 2),
            (Kind.FactorForgotten, square, "adj(v3)", 2),
            (Kind.FactorForgotten, root, "adj(v1)", Math.Exp(3) + 0.5),
            (Kind.FactorForgotten, quotient, "adj(v2)", -1.0 / 16),
            (Kind.NotInverted, quotient, "adj(v1)", 4),
            (Kind.NotInverted, quotient, "adj(v2)", -3),
            (Kind.NotInverted, lecture, "adj(v1)", 7),
            (Kind.NotInverted, root, "adj(v1)", Math.Exp(3) + 2 * Math.Sqrt(3)),
            (Kind.PowerRule, root, "adj(v1)", 3 * Math.Exp(2) + 0.5 / Math.Sqrt(3)),
            (Kind.PowerRule, lecture, "tangent(v3)", 0.25),
            (Kind.FunctionLeftOut, root, "adj(v1)", 3 + 0.5 / Math.Sqrt(3)),
            // In one contribution, the other right.
            (Kind.LocalDerivativeForgotten, lecture, "adj(v2)", 1 - Math.Cos(5)),
        ];
        foreach (var (kind, (f, at), label, answer) in cases)
            yield return new TestCaseData(f, at, label, answer, kind).SetArgDisplayNames(label, answer.ToString("G4", CultureInfo.InvariantCulture), kind.ToString(), f.Method.Name);
    }

    [TestCaseSource(nameof(WrongAnswers))]
    public void AUsualMistakeIsRecognisedByItsNumber(Func<IReadOnlyList<Tensor>, Tensor> f, double[] at, string label, double answer, Kind kind)
    {
        DrillCell cell = Cell(f, at, label);
        double rounded = double.Parse(answer.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        Assert.That(cell.Accepts(answer), Is.False);
        Assert.That(cell.Explain(answer).Select(mistake => mistake.Kind), Does.Contain(kind));
        Assert.That(cell.Explain(rounded).Select(mistake => mistake.Kind), Does.Contain(kind), "in three digits");
        Assert.That(cell.Explain(answer).Select(mistake => mistake.Explanation), Is.All.Matches<string>(text => text!.EndsWith('.')));
    }

    [Test]
    public void EveryKindOfMistakeIsAmongThem() =>
        Assert.That(WrongAnswers().Select(data => (Kind)data.Arguments[4]!).Distinct(), Is.EquivalentTo(Enum.GetValues<Kind>()));

    [Test]
    public void ExplanationsNameWhatIsMissing()
    {
        DrillCell cell = Cell(Lecture, [2, 5], "adj(v2)");
        Assert.That(cell.Formula, Is.EqualTo("adj(v5)·cos v2 + adj(v4)·v1"));
        Assert.That(cell.Explain(2)[0].ToString(), Is.EqualTo("Overwritten: only the contribution of v4 is left. v2 is used by v5 and v4; their contributions are added."));
        Assert.That(Cell(Lecture, [2, 5], "tangent(v4)").Explain(2).Select(mistake => mistake.Explanation), Does.Contain("That is ∂v4/∂v2; here v1 changes."));
        Assert.That(Cell(Lecture, [2, 5], "v7").Explain(-11.65)[0].Explanation, Is.EqualTo("The operands are swapped: v7 = v6 - v5."));
        Assert.That(cell.Explain(123), Is.Empty, "an unusual mistake");
        Assert.That(Cell(Lecture, [2, 5], "adj(v6)").Explain(Math.Sin(5))[0].Explanation, Is.EqualTo("That is the rule of a product, and this is a difference."));
        Assert.That(Cell(Lecture, [2, 5], "adj(v3)").Explain(10)[0].Explanation, Is.EqualTo("That is the rule of a product, and this is a sum."));
    }

    [Test]
    public void ThreeDigitsAreEnoughAndTwoAreNot()
    {
        DrillCell cell = Cell(Lecture, [2, 5], "adj(v2)");
        Assert.That(cell.Answer, Is.EqualTo(2 - Math.Cos(5)).Within(1e-12));
        foreach (double right in new[] { 1.716, 1.72, 1.71, 1.7163378145 }) Assert.That(cell.Accepts(right), $"{right}");
        foreach (double wrong in new[] { 1.7, 1.73, 1.8, -1.716, 0, double.NaN, double.PositiveInfinity }) Assert.That(cell.Accepts(wrong), Is.False, $"{wrong}");

        DrillCell zero = Cell(x => x[0] * x[1] + x[1].Exp(), [2, 3], "tangent(v4)");
        Assert.That(zero.Answer, Is.Zero);
        Assert.That((zero.Accepts(0), zero.Accepts(0.004), zero.Accepts(0.01)), Is.EqualTo((true, true, false)));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void TheAnswersAreRightAndCanBeComputedOnPaper(int level)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Drill drill = Drill.Create(seed, level);
            IReadOnlyList<TraceRow> rows = drill.Trace.Rows;
            string at = $"seed {seed}: {drill.Formula}\n{drill.Trace}";
            double[] inputs = [.. rows.Where(row => row.Operation is null).Select(row => row.Value.Item())];
            Assert.That(inputs, Is.Unique.And.All.InRange(2, 6).And.All.Matches<double>(double.IsInteger), at);
            Assert.That(rows.Count - inputs.Length, level switch { 1 => Is.EqualTo(3), 2 => Is.InRange(4, 5), _ => Is.EqualTo(6) }, at);
            Assert.That(rows.Select(row => row.Value.Item()), Is.Unique, at);
            Assert.That(rows.Any(row => row.Operation is not (null or "Add" or "Subtract")), at);
            Assert.That(rows.Count(row => row.Partials.Count > 1), Is.AtLeast(level == 3 ? 2 : 1), at);
            Assert.That(rows.All(row => Math.Abs(row.Value.Item()) <= 100 && Math.Abs(row.Adjoint!.Item()) <= 200), at);
            if (level == 1) Assert.That(rows.All(row => double.IsInteger(row.Value.Item()) && double.IsInteger(row.Adjoint!.Item()) && double.IsInteger(row.Tangents[0].Item())), at);

            // Another way to the same numbers: the written-out formula.
            Dictionary<string, double> point = inputs.Index().ToDictionary(input => $"v{input.Index + 1}", input => input.Item);
            Expression formula = Expression.Of(Rebuild(drill), [.. inputs.Select(input => Tensor.From(input, DType.Float64))]);
            Assert.That(ExpressionText.InOrder(formula), Is.EqualTo(drill.Formula));
            for (int i = 0; i < inputs.Length; i++)
                Assert.That(rows[i].Adjoint!.Item(), Is.EqualTo(formula.Derivative($"v{i + 1}").Evaluate(point)).Within(1e-9), at);
            Assert.That(rows[^1].Tangents[0].Item(), Is.EqualTo(rows[0].Adjoint!.Item()).Within(1e-9), at);

            foreach (DrillCell cell in drill.Cells)
            {
                TraceRow row = rows[cell.Index - 1];
                Assert.That(cell.Answer, Is.EqualTo((cell.Column switch { DrillColumn.Value => row.Value, DrillColumn.Tangent => row.Tangents[0], _ => row.Adjoint! }).Item()));
                Assert.That(cell.Accepts(double.Parse(cell.Answer.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)), $"{cell.Label} of {at}");
                Assert.That(cell.Explain(cell.Answer), Is.Empty);
                Assert.That(cell.Mistakes, Is.Not.Empty.And.None.Matches<DrillMistake>(mistake => cell.Accepts(mistake!.Answer)), $"{cell.Label} of {at}");
                Assert.That(cell.Formula, Is.Not.Empty);
                Assert.That(drill.Blank(cell.Index, cell.Column), Is.SameAs(cell));
            }
        }
    }

    /// <summary>
    /// What is printed has every bracket: read again it is computed in the same order, to the last bit. As TeX too, where a fraction and a
    /// root hold together what they contain.
    /// </summary>
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void WhatIsPrintedCanBeReadAgain(int level)
    {
        for (int seed = 0; seed < 5 * Seeds; seed++)
        {
            Drill drill = Drill.Create(seed, level);
            var values = new Dictionary<string, double>();
            foreach (TraceRow row in drill.Trace.Rows)
                (values[$"v{row.Index}"], values[$"t{row.Index}"], values[$"a{row.Index}"]) = (row.Value.Item(), row.Tangents[0].Item(), row.Adjoint!.Item());
            string at = $"seed {seed}: {drill.Formula}\n{drill.Trace}";
            Assert.That(Read(drill.Formula, values), Is.EqualTo(drill.Trace.Rows[^1].Value.Item()), at);
            Assert.That(Read(FromTex(FormulaTex.Of(drill.Formula)), values), Is.EqualTo(drill.Trace.Rows[^1].Value.Item()).Within(1e-12).Percent, $"{FormulaTex.Of(drill.Formula)} of {at}");
            foreach (DrillCell cell in drill.Cells)
                foreach (string formula in new[] { cell.Formula, FromTex(FormulaTex.Of(cell.Formula)), FromTex(FormulaTex.Of(cell.Formula, inline: true)) })
                    Assert.That(Read(formula, values), Is.EqualTo(cell.Answer).Within(1e-9), $"{cell.Label} = {formula} of {at}");
        }
    }

    [TestCase("v1·(v2·v3)", @"v_{1} \cdot \left(v_{2} \cdot v_{3}\right)")]
    [TestCase("cos(v1)² - v2", @"\left(\cos \left(v_{1}\right)\right)^{2} - v_{2}")]
    [TestCase("cos(v1²)", @"\cos \left(v_{1}^{2}\right)")]
    public void APowerOfAFunctionIsNotThatOfItsOperand(string formula, string tex) => Assert.That(FormulaTex.Of(formula), Is.EqualTo(tex));

    static double Read(string formula, Dictionary<string, double> values)
    {
        FunctionText text = FunctionText.Parse(Marked().Replace(formula, match => (match.Groups[1].Value == "adj" ? "a" : "t") + match.Groups[2].Value));
        return FunctionTrace.Of(text, [.. text.Variables.Select(name => values[name])]).Rows[^1].Value.Item();
    }

    // \frac{\bar{v}_{5}}{2 \cdot v_{5}} as (adj(v5))/(2 · v5).
    static string FromTex(string tex)
    {
        tex = BarOrDot().Replace(tex, match => $"{(match.Groups[1].Value == "bar" ? "adj" : "tangent")}(v{match.Groups[2].Value})");
        tex = Index().Replace(tex, "v$1").Replace(@"\left", "", StringComparison.Ordinal).Replace(@"\right", "", StringComparison.Ordinal)
            .Replace(@"\cdot", "·", StringComparison.Ordinal);
        tex = FunctionName().Replace(tex, "$1");
        // Braces hold together.
        return tex.Replace(@"\sqrt", "√", StringComparison.Ordinal).Replace(@"\frac", "", StringComparison.Ordinal).Replace("}{", ")/(", StringComparison.Ordinal)
            .Replace('{', '(').Replace('}', ')');
    }

    [System.Text.RegularExpressions.GeneratedRegex(@"(adj|tangent)\(v(\d+)\)")]
    private static partial System.Text.RegularExpressions.Regex Marked();

    [System.Text.RegularExpressions.GeneratedRegex(@"\\(bar|dot)\{v\}_\{(\d+)\}")]
    private static partial System.Text.RegularExpressions.Regex BarOrDot();

    [System.Text.RegularExpressions.GeneratedRegex(@"v_\{(\d+)\}")]
    private static partial System.Text.RegularExpressions.Regex Index();

    [System.Text.RegularExpressions.GeneratedRegex(@"\\(ln|exp|sin|cos)\b")]
    private static partial System.Text.RegularExpressions.Regex FunctionName();

    // The function again, from the rows of its trace.
    static Func<IReadOnlyList<Tensor>, Tensor> Rebuild(Drill drill) => inputs =>
    {
        var values = new List<Tensor>(inputs);
        foreach (TraceRow row in drill.Trace.Rows.Skip(inputs.Count))
        {
            Tensor a = values[row.Inputs[0] - 1], b = values[row.Inputs[^1] - 1];
            values.Add(row.Operation switch
            {
                "Add" => a + b,
                "Subtract" => a - b,
                "Multiply" => a * b,
                "Divide" => a / b,
                "Square" => a.Square(),
                "Log" => a.Log(),
                "Exp" => a.Exp(),
                "Sin" => a.Sin(),
                "Cos" => a.Cos(),
                "Sqrt" => a.Sqrt(),
                _ => throw new ArgumentException(row.Operation),
            });
        }
        return values[^1];
    };

    [Test]
    public void CellsAreAskedInAnOrderInWhichTheyCanBeFilledInAndEveryJunctionIsAsked()
    {
        Drill drill = Drill.Create(3, 3);
        int[] Of(DrillColumn column) => [.. drill.Cells.Where(cell => cell.Column == column).Select(cell => cell.Index)];
        Assert.That(drill.Cells.Select(cell => cell.Column), Is.Ordered);
        Assert.That(Of(DrillColumn.Value), Is.Ordered);
        Assert.That(Of(DrillColumn.Tangent), Is.Ordered);
        Assert.That(Of(DrillColumn.Adjoint), Is.Ordered.Descending);
        Assert.That(Of(DrillColumn.Adjoint), Is.SupersetOf(drill.Trace.Rows.Where(row => row.Partials.Count > 1).Select(row => row.Index)));
        Assert.That(drill.Cells, Has.Count.EqualTo(14), "two thirds of 6 values, 6 tangents and 8 adjoints");
        Assert.That(drill.Blank(1, DrillColumn.Value), Is.Null, "inputs are given");
    }

    [Test]
    public void TheSeedDecides()
    {
        Assert.That(Written(7, 2), Is.EqualTo(Written(7, 2)).And.Not.EqualTo(Written(8, 2)).And.Not.EqualTo(Written(7, 3)));
        Assert.That(Enumerable.Range(0, Seeds).Select(seed => Written(seed, 2)).Distinct().Count(), Is.EqualTo(Seeds));
    }

    static string Written(int seed, int level)
    {
        Drill drill = Drill.Create(seed, level);
        return string.Join('\n', [drill.Formula, drill.Trace.ToText(), .. drill.Cells.SelectMany(cell => cell.Mistakes.Select(mistake => $"{cell.Label} = {cell.Formula}: {mistake.Kind}, {mistake}"))]);
    }

    [Test]
    [SetCulture("de-DE")]
    public void TheCultureChangesNothing()
    {
        string german = Written(11, 3);
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        Assert.That(german, Is.EqualTo(Written(11, 3)));
    }

    [Test]
    public void NumbersInTheFunctionAreNotOperandsToAskFor()
    {
        DrillCell cell = Cell(x => 3 * x[0] + x[0] / 4, [2], "adj(v1)");
        Assert.That(cell.Answer, Is.EqualTo(3.25));
        Assert.That(cell.Explain(3).Select(mistake => mistake.Kind), Does.Contain(Kind.Overwritten));
        Assert.That(cell.Explain(0.25).Select(mistake => mistake.Kind), Does.Contain(Kind.OnlyOnePath));
    }

    [Test]
    public void FunctionsThatCannotBeDrilledAreNamed()
    {
        Assert.That(() => Drill.Create(1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("1, 2 and 3"));
        Assert.That(() => Drill.Create(1, 4), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Drill.Of(Lecture, [], 1), Throws.ArgumentException.With.Message.Contains("0 inputs"));
        Assert.That(() => Drill.Of(Lecture, [1, 2, 3, 4, 5], 1), Throws.ArgumentException.With.Message.Contains("5 inputs").And.Message.Contains("one to 4"));
        Assert.That(() => Drill.Of(x => x[0].ReLU(), [1], 1), Throws.InvalidOperationException.With.Message.Contains("ReLU"));
    }
}
