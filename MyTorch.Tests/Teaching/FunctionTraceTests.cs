using MyTorch.Differentiation;
using MyTorch.Symbolic;
using MyTorch.Teaching;

namespace MyTorch.Tests;

/// <summary>Functions written as text at a point: their table, their sweeps step by step, their formulas and their drawing.</summary>
public class FunctionTraceTests
{
    static FunctionTrace Lecture(FunctionTraceOptions? options = null) => FunctionTrace.Of(FunctionText.Parse("ln(x1) + x1*x2 - sin(x2)"), [2, 5], options);

    static IEnumerable<GalleryFunction> Gallery() => FunctionGallery.All;

    static double[] Adjoints(FunctionTrace trace) => [.. trace.Rows.Select(row => row.Adjoint?.Item() ?? 0)];

    [Test]
    public void TheLecturesNumbersAreThere()
    {
        FunctionTrace trace = Lecture();
        Assert.That(Adjoints(trace), Is.EqualTo(new[] { 5.5, 2 - Math.Cos(5), 1, 1, -1, 1, 1 }).Within(1e-15));
        Assert.That(trace.Rows.Select(row => row.Tangents[0].Item()), Is.EqualTo(new[] { 1, 0, 0.5, 5, 0, 5.5, 5.5 }).Within(1e-15));
        Assert.That(trace.ChainText(2), Is.EqualTo("∂y/∂v5·∂v5/∂v2 + ∂y/∂v4·∂v4/∂v2"));
        Assert.That(trace.AdjointText(2), Is.EqualTo("adj(v5)·cos v2 + adj(v4)·v1"));
        Assert.That(trace.AdjointInNumbers(2), Is.EqualTo("-0.2837 + 2"));
        Assert.That(trace.ExpandedText(2), Is.EqualTo("x1 - cos x2"));
        Assert.That(trace.ExpandedText(1), Is.EqualTo("1/x1 + x2"));
        Assert.That(trace.ValueText(4), Is.EqualTo("v4 = v1·v2 = 2·5 = 10"));
        Assert.That(trace.TangentText(4), Is.EqualTo("tangent(v4) = tangent(v1)·v2 + tangent(v2)·v1 = 1·5 + 0·2 = 5"));
    }

    [Test]
    public void OverwritingKeepsWhatArrivesLast()
    {
        // ln is visited last of x1's users, · last of x2's.
        Assert.That(Adjoints(Lecture(new() { Overwrite = true })), Is.EqualTo(new[] { 0.5, 2, 1, 1, -1, 1, 1 }));
        // The wrong adjoint of u = x², 1 instead of 1 + u, is what x then receives.
        FunctionTrace trace = FunctionTrace.Of(FunctionText.Parse("u = x^2; exp(u) + u"), [0.5], new() { Overwrite = true });
        Walkthrough walk = Walkthrough.Of(trace, Sweep.Adjoints);
        Assert.That(trace.Rows[1].Partials, Has.Count.EqualTo(2));
        Assert.That(Adjoints(trace)[0], Is.EqualTo(2 * 0.5 * trace.Rows[1].Partials[1].Value.Item()));
        Assert.That(walk.NodeToGrad(2, walk.Steps.Count - 1), Is.EqualTo(new[] { trace.Rows[1].Partials[1].Value.Item() }));
        Assert.That(walk.Steps.Select(step => step.Text), Has.Some.Contains("is lost"));
    }

    [TestCaseSource(nameof(Gallery))]
    public void EveryWayGivesTheSameDerivative(GalleryFunction one)
    {
        FunctionText f = FunctionText.Parse(one.Text);
        Assert.That(one.At, Has.Count.EqualTo(f.Variables.Count));
        double[] seeds = [.. f.Outputs.Select((_, i) => i + 0.5)];
        FunctionTrace trace = FunctionTrace.Of(f, one.At, new() { Adjoints = seeds });
        Tensor x = Tensor.From([.. one.At], DType.Float64);
        double[] numerical = Numerical.Gradient(
            at => f.Run([.. Enumerable.Range(0, one.At.Count).Select(i => at[i])]).Select((y, i) => seeds[i] * y).Aggregate((a, b) => a + b), x).ToArray();
        var values = f.Variables.Zip(one.At).ToDictionary(pair => pair.First, pair => pair.Second);
        for (int i = 0; i < numerical.Length; i++)
        {
            double adjoint = trace.Rows[i].Adjoint?.Item() ?? 0;
            Assert.That(adjoint, Is.EqualTo(numerical[i]).Within(1e-7 * Math.Max(1, Math.Abs(adjoint))), f.Variables[i]);
            double[] direction = [.. one.At.Select((_, k) => k == i ? 1.0 : 0)];
            FunctionTrace forward = FunctionTrace.Of(f, one.At, new() { Tangents = direction });
            double tangent = forward.OutputRows.Select((row, k) => seeds[k] * forward.Rows[row - 1].Tangents[0].Item()).Sum();
            Assert.That(tangent, Is.EqualTo(adjoint).Within(1e-12 * Math.Max(1, Math.Abs(adjoint))));
        }
        // The edges' local derivatives times the adjoints of their users are the partial adjoints, and these add up to the adjoints.
        foreach (FunctionEdge edge in trace.Edges)
            Assert.That(edge.Local * (trace.Rows[edge.User - 1].Adjoint?.Item() ?? 0), Is.EqualTo(edge.Partial?.Value.Item() ?? 0).Within(1e-12));
        // A value of 1e-12 in a formula is what cancels.
        if (trace.Formula(trace.OutputRows[0]) is { } formula)
            Assert.That(formula.Evaluate(values), Is.EqualTo(trace.Rows[trace.OutputRows[0] - 1].Value.Item()).Within(1e-12));
    }

    [TestCaseSource(nameof(Gallery))]
    public void AWalkEndsWithTheTable(GalleryFunction one)
    {
        FunctionTrace trace = FunctionTrace.Of(FunctionText.Parse(one.Text), one.At);
        foreach (Sweep sweep in Enum.GetValues<Sweep>())
        {
            Walkthrough walk = Walkthrough.Of(trace, sweep);
            int last = walk.Steps.Count - 1;
            Assert.That(walk.Steps.Select(step => step.Line), Has.All.InRange(0, walk.Listing.Count - 1));
            Assert.That(trace.Rows.Select(row => walk.IsKnown(row.Index, last)), Has.All.True);
            Assert.That(trace.Rows.Select(row => walk.IsKnown(row.Index, -1)), Has.None.True);
            Assert.That(Enumerable.Range(0, last + 1).Select(walk.ToText), Has.All.Not.Empty);
        }
        Walkthrough backward = Walkthrough.Of(trace, Sweep.Adjoints);
        for (int i = 0; i < backward.Steps.Count; i++)
            if (backward.Steps[i] is { Edge: null, Row: > 0 and int row })
                Assert.That(backward.NodeToGrad(row, i)?.Sum() ?? 0, Is.EqualTo(trace.Rows[row - 1].Adjoint?.Item() ?? 0).Within(1e-12),
                    "the list is complete when its turn comes");
    }

    [Test]
    public void AStepSaysWhatIsComputedAndWhatTheListHolds()
    {
        Walkthrough walk = Walkthrough.Of(Lecture(), Sweep.Adjoints);
        Assert.That(Enumerable.Range(0, walk.Steps.Count).Select(walk.ToText).Where(text => text.Contains("adj(v2)")), Is.EqualTo(new[]
        {
            "line 6: adj(v2) receives adj(v5)·cos v2 = -1·0.2837 = -0.2837; node_to_grad[v2] is now [-0.2837]",
            "line 6: adj(v2) receives adj(v4)·v1 = 1·2 = 2; node_to_grad[v2] is now [-0.2837, 2]",
            "line 3: adj(v2) = -0.2837 + 2 = 1.716",
            "line 7: ∂y/∂x1 = adj(v1) = 5.5; ∂y/∂x2 = adj(v2) = 1.716",
        }));
        Assert.That(walk.Words(walk.Steps.Count - 1), Is.EqualTo("∂y/∂x₁ = v̄₁ = 5.5; ∂y/∂x₂ = v̄₂ = 1.716"));
    }

    [Test]
    public void SeveralResultsGiveRowsAndColumnsOfTheJacobian()
    {
        FunctionText f = FunctionText.Parse("r*cos(t), r*sin(t)");
        FunctionTrace row = FunctionTrace.Of(f, [2, 0.6], new() { Adjoints = [0, 1] });
        Assert.That(Adjoints(row)[..2], Is.EqualTo(new[] { Math.Sin(0.6), 2 * Math.Cos(0.6) }).Within(1e-15));
        FunctionTrace column = FunctionTrace.Of(f, [2, 0.6], new() { Tangents = [0, 1] });
        Assert.That(column.OutputRows.Select(r => column.Rows[r - 1].Tangents[0].Item()), Is.EqualTo(new[] { -2 * Math.Sin(0.6), 2 * Math.Cos(0.6) }).Within(1e-15));
        Assert.That(() => FunctionTrace.Of(f, [2, 0.6], new() { Adjoints = [1] }), Throws.ArgumentException.With.Message.Contains("y1, y2"));
        // A result that another result uses starts with its seed and receives more.
        FunctionTrace used = FunctionTrace.Of(FunctionText.Parse("u = x^2; u, 3*u"), [2], new() { Adjoints = [10, 1] });
        Assert.That(used.Rows[1].Adjoint!.Item(), Is.EqualTo(13));
        Assert.That(used.AdjointInNumbers(2), Is.EqualTo("10 + 3"));
    }

    [Test]
    public void AnotherTopologicalOrderGivesTheSameDerivativesUnderOtherNames()
    {
        // ln, ·, +, sin, −: the order of the C# expression.
        FunctionTrace other = Lecture(new() { Order = [0, 1, 3, 2, 4] });
        Assert.That(other.Rows.Select(row => row.Expression), Is.EqualTo(new[] { "x1", "x2", "ln v1", "v1·v2", "v3 + v4", "sin v2", "v5 - v6" }));
        Assert.That(Adjoints(other)[..2], Is.EqualTo(Adjoints(Lecture())[..2]).Within(1e-15));
        FunctionText f = FunctionText.Parse("ln(x1) + x1*x2 - sin(x2)");
        Assert.That(f.OperationCount, Is.EqualTo(5));
        Assert.That(f.Violations([3, 0, 1, 2, 4]), Is.EqualTo(new[] { (3, 0), (3, 1) }));
        Assert.That(() => Lecture(new() { Order = [0, 3, 1, 2, 4] }), Throws.ArgumentException.With.Message.Contains("operation 3 before operation 1"));
        Assert.That(() => f.Violations([0, 1, 2, 3, 3]), Throws.ArgumentException.With.Message.Contains("0 to 4"));
    }

    [Test]
    public void AQuestionKnowsTheUsualMistakes()
    {
        DrillCell cell = Lecture().Question(2, DrillColumn.Adjoint);
        Assert.That(cell.Accepts(1.716), Is.True);
        Assert.That(cell.Explain(2).Select(mistake => mistake.Kind), Does.Contain(DrillMistakeKind.Overwritten));
        // Without a formula in symbols there are no mistakes, but the answer is known.
        FunctionTrace relu = FunctionTrace.Of(FunctionText.Parse("relu(x)*x"), [3]);
        Assert.That(relu.Question(1, DrillColumn.Adjoint).Accepts(6), Is.True);
        Assert.That(relu.ExpandedText(1), Is.Null);
    }

    [TestCase("adj(v5)·cos v2 + adj(v4)·v1", @"\bar{v}_{5} \cdot \cos v_{2} + \bar{v}_{4} \cdot v_{1}")]
    [TestCase("1/x1 + x2", @"\frac{1}{x_{1}} + x_{2}")]
    [TestCase("∂y/∂v3·∂v3/∂v1", @"\frac{\partial y}{\partial v_{3}} \cdot \frac{\partial v_{3}}{\partial v_{1}}")]
    [TestCase("v3 = σ(v1)", @"v_{3} = \sigma\left(v_{1}\right)")]
    [TestCase("-adj(v3)/(2·v3)", @"-\frac{\bar{v}_{3}}{2 \cdot v_{3}}")]
    [TestCase("√(x + 1)^3", @"\sqrt{x + 1}^{3}")]
    [TestCase("exp(x²)·2e-05", @"\exp \left(x^{2}\right) \cdot 2 \cdot 10^{-5}")]
    [TestCase("max(v1, 0)", @"\max\left(v_{1}, 0\right)")]
    [TestCase("loss_1 = w", @"\mathit{loss\_}_{1} = w")]
    [TestCase("1 if v1 > 0 else 0", @"\text{1 if v1 > 0 else 0}")]
    [TestCase("a}\\b", @"\text{a\}\textbackslash{}b}")]
    public void FormulasBecomeTex(string formula, string tex) => Assert.That(FormulaTex.Of(formula), Is.EqualTo(tex));

    [Test]
    public void AQuotientMayStayInItsLine() => Assert.That(FormulaTex.Of("v3 = v1/(2·v2)", inline: true), Is.EqualTo(@"v_{3} = v_{1} / \left(2 \cdot v_{2}\right)"));

    [TestCaseSource(nameof(Gallery))]
    public void FormulasOfTheGalleryAreReadAsFormulas(GalleryFunction one)
    {
        FunctionTrace trace = FunctionTrace.Of(FunctionText.Parse(one.Text), one.At);
        for (int row = 1; row <= trace.Rows.Count; row++)
            foreach (string? formula in new[] { trace.ChainText(row), trace.Rows[row - 1].Expression, trace.ExpandedText(row) })
                Assert.That(FormulaTex.Of(formula ?? "0"), Does.Not.Contain(@"\text{"), formula);
    }

    [Test]
    public void ADrawingHasABoxForEachValueAndNoTwoOverlap([ValueSource(nameof(Gallery))] GalleryFunction one, [Values] bool isHorizontal)
    {
        FunctionTrace trace = FunctionTrace.Of(FunctionText.Parse(one.Text), one.At);
        FunctionPicture picture = FunctionPicture.Of(trace, _ => (120, 80), _ => (50, 20), isHorizontal);
        Assert.That(picture.Boxes.Select(box => box.Row), Is.EqualTo(trace.Rows.Select(row => row.Index)));
        Assert.That(picture.Wires.Select(wire => wire.Edge), Is.EqualTo(trace.Edges));
        foreach (PictureBox a in picture.Boxes)
        {
            Assert.That((a.X >= -0.1, a.Y >= -0.1, a.X + a.Width <= picture.Width + 0.1, a.Y + a.Height <= picture.Height + 0.1), Is.EqualTo((true, true, true, true)));
            foreach (PictureBox b in picture.Boxes.Where(b => b.Row > a.Row))
                Assert.That(Math.Abs(a.X - b.X) >= a.Width - 0.1 || Math.Abs(a.Y - b.Y) >= a.Height - 0.1, Is.True, $"{a} {b}");
        }
        foreach (PictureWire wire in picture.Wires)
        {
            (PictureBox from, PictureBox to) = (picture.Boxes[wire.Edge.Input - 1], picture.Boxes[wire.Edge.User - 1]);
            (double end, double side) = isHorizontal ? (wire.EndX, to.X) : (wire.EndY, to.Y);
            Assert.That(end, Is.EqualTo(side).Within(1e-9), "it ends at its user");
            Assert.That(isHorizontal ? from.X + from.Width <= to.X : from.Y + from.Height <= to.Y, Is.True, $"{from} {to}");
            Assert.That(isHorizontal ? wire.TextX > from.X + from.Width && wire.TextX < to.X : wire.TextY > from.Y + from.Height && wire.TextY < to.Y,
                Is.True, $"the text of {wire} stands between {from} and {to}");
        }
    }

    // Boxes and texts as large as the playground's, also the compact ones of a projector.
    [Test]
    public void NoTwoTextsOfADrawingOverlap(
        [ValueSource(nameof(Gallery))] GalleryFunction one, [Values] bool isHorizontal, [Values(78, 74)] double height)
    {
        FunctionPicture picture = FunctionPicture.Of(FunctionTrace.Of(FunctionText.Parse(one.Text), one.At), _ => (height > 75 ? 148 : 118, height), _ => (76, 22), isHorizontal);
        foreach (PictureWire a in picture.Wires)
        {
            foreach (PictureWire b in picture.Wires.TakeWhile(b => b != a))
                Assert.That(Math.Abs(a.TextX - b.TextX) >= 76 || Math.Abs(a.TextY - b.TextY) >= 22, Is.True, $"{a} {b}");
            foreach (PictureBox box in picture.Boxes)
                Assert.That(Math.Abs(a.TextX - box.X - box.Width / 2) >= (76 + box.Width) / 2 - 1
                    || Math.Abs(a.TextY - box.Y - box.Height / 2) >= (22 + box.Height) / 2 - 1, Is.True, $"{a} {box}");
        }
    }

    [Test]
    public void ReplacingVariablesKeepsTheRest()
    {
        Expression x = Expression.Variable("x"), f = x * x + Expression.Variable("t").Sin();
        Assert.That(f.Substitute(new Dictionary<string, Expression> { ["x"] = Expression.Variable("a") + 1 }).ToString(), Is.EqualTo("(a + 1)·(a + 1) + sin t"));
    }
}

/// <summary>Four ways to a derivative, and the graph that the backward sweep extends.</summary>
public class FunctionWaysTests
{
    static FunctionTrace Lecture(FunctionTraceOptions? options = null) => FunctionTrace.Of(FunctionText.Parse("ln(x1) + x1*x2 - sin(x2)"), [2, 5], options);

    [Test]
    public void FourWaysLeadToTheSameDerivative()
    {
        FunctionWays ways = FunctionWays.Of(Lecture(), 1, 1e-6, DType.Float64);
        double exact = 2 - Math.Cos(5);
        Assert.That(ways.Ways.Select(way => way.Value), Is.EqualTo(new[] { exact, exact, exact, exact, exact }).Within(1e-5));
        Assert.That(ways.Ways.Skip(2).Select(way => way.Error), Has.All.LessThan(1e-14));
        // The error of the one-sided difference is h/2·|f″|, f″ = sin x2.
        Assert.That(ways.Ways[0].Error, Is.EqualTo(0.5e-6 * Math.Abs(Math.Sin(5))).Within(1e-8));
        // 5 operations and 8 edges; 2 variables. The formulas are counted as the rules build them.
        Assert.That(ways.Ways.Select(way => (int)way.Operations).Take(4), Is.EqualTo(new[] { 15, 20, 21, 13 }));
        Assert.That(ways.ValueAfter - ways.ValueBefore, Is.EqualTo(2e-6 * exact).Within(1e-13));
    }

    [Test]
    public void TheErrorsAreAVAndLargerInFloat32()
    {
        StepError[] narrow = [.. FunctionWays.Errors(Lecture(), 1, DType.Float32)], wide = [.. FunctionWays.Errors(Lecture(), 1, DType.Float64)];
        foreach (StepError[] errors in new[] { narrow, wide })
        {
            double least = errors.Min(error => error.Central);
            Assert.That((errors[0].Central > 10 * least, errors[^1].Central > 10 * least), Is.EqualTo((true, true)));
        }
        Assert.That(narrow.Min(error => error.Central), Is.GreaterThan(10 * wide.Min(error => error.Central)));
    }

    [Test]
    public void WhatHasNoFormulaHasTheOtherWays()
    {
        FunctionWays ways = FunctionWays.Of(FunctionTrace.Of(FunctionText.Parse("relu(x)*x"), [3]), 0, 1e-4, DType.Float64);
        Assert.That((ways.Ways[^1].Value, ways.Derivative), Is.EqualTo(((double?)null, (Expression?)null)));
        Assert.That(ways.Ways[3].Value, Is.EqualTo(6));
        Assert.That(() => FunctionWays.Of(Lecture(), 2, 1e-3, DType.Float64), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => FunctionWays.Of(Lecture(), 0, 0, DType.Float64), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("greater than 0"));
        // The mistake of overwriting changes reverse mode alone.
        Assert.That(FunctionWays.Of(Lecture(new() { Overwrite = true }), 1, 1e-3, DType.Float64).Ways.Select(way => way.Value).Skip(2),
            Is.EqualTo(new double?[] { 2 - Math.Cos(5), 2, 2 - Math.Cos(5) }));
    }

    [Test]
    public void TheRulesAreNamedFromTheOutsideIn() =>
        Assert.That(FunctionWays.Rules(FunctionTrace.Of(FunctionText.Parse("x*sin(z*x)"), [2, 5]), 0).Select(step => $"{step.Depth} {step.Rule}: {step.Part}"), Is.EqualTo(new[]
        {
            "0 product rule: x·sin(z·x)", "1 variable: x", "1 chain rule: sin(z·x)", "2 product rule: z·x", "3 constant: z", "3 variable: x",
        }));

    [Test]
    public void TheSecondDerivativesAreThoseOfTheExtendedGraph()
    {
        FunctionExtension extension = FunctionExtension.Of(Lecture());
        // f = ln x1 + x1·x2 − sin x2: −1/x1², 1; 1, sin x2.
        Assert.That(extension.SecondDerivatives[0], Is.EqualTo(new[] { -0.25, 1 }).Within(1e-15));
        Assert.That(extension.SecondDerivatives[1], Is.EqualTo(new[] { 1, Math.Sin(5) }).Within(1e-15));
        Assert.That((extension.Operations, extension.Added > 3), Is.EqualTo((5, true)));
        Assert.That(extension.Graph.ToSvg(), Does.Contain("backward 1"));
        Assert.That(FunctionExtension.Of(FunctionTrace.Of(FunctionText.Parse("x + 2*z"), [1, 1])).SecondDerivatives.SelectMany(row => row), Is.All.Zero);
        foreach (GalleryFunction one in FunctionGallery.All)
        {
            FunctionText f = FunctionText.Parse(one.Text);
            IReadOnlyList<IReadOnlyList<double>> second = FunctionExtension.Of(FunctionTrace.Of(f, one.At)).SecondDerivatives;
            double[] expected = Differentiate.Hessian(
                at => f.Run([.. Enumerable.Range(0, one.At.Count).Select(i => at[i])])[0], Tensor.From([.. one.At], DType.Float64)).ToArray();
            Assert.That(second.SelectMany(row => row), Is.EqualTo(expected).Within(1e-9), one.Name);
        }
    }
}
