using System.Globalization;
using MyTorch.Inspection;
using MyTorch.Nn;

namespace MyTorch.Tests.Differentiation;

public class TraceTests
{
    static Tensor Scalar(double value) => Tensor.From(value, DType.Float64);

    static Tensor Leaf(double value, string? name = null)
    {
        Tensor leaf = Scalar(value);
        leaf.RequiresGrad = true;
        leaf.Name = name;
        return leaf;
    }

    static Tensor Lecture(IReadOnlyList<Tensor> x)
    {
        Tensor v3 = x[0].Log();
        Tensor v4 = x[0] * x[1];
        Tensor v5 = x[1].Sin();
        Tensor v6 = v3 + v4;
        return v6 - v5;
    }

    static double[] Adjoints(Trace trace) => [.. trace.Rows.Select(row => row.Adjoint!.Item())];

    static double[] Tangents(Trace trace, int direction) => [.. trace.Rows.Select(row => row.Tangents[direction].Item())];

    [Test]
    public void TheLecturesTableFromNamedStatements()
    {
        Trace trace = Trace.Of(Lecture, [Scalar(2), Scalar(5)]);
        Assert.That(trace.Rows.Select(row => $"{row.Label} = {row.Expression}"), Is.EqualTo(new[]
        {
            "v1 = input", "v2 = input", "v3 = ln v1", "v4 = v1·v2", "v5 = sin v2", "v6 = v3 + v4", "v7 = v6 - v5",
        }));
        Assert.That(trace.Rows.Select(row => row.Operation), Is.EqualTo(new[] { null, null, "Log", "Multiply", "Sin", "Add", "Subtract" }));
        Assert.That(trace.Rows.Select(row => string.Join(' ', row.Inputs)), Is.EqualTo(new[] { "", "", "1", "1 2", "2", "3 4", "6 5" }));
        Assert.That(trace.Rows.Select(row => row.Value.Item()),
            Is.EqualTo(new[] { 2, 5, Math.Log(2), 10, Math.Sin(5), Math.Log(2) + 10, Math.Log(2) + 10 - Math.Sin(5) }).Within(1e-15));
        Assert.That(trace.Directions, Is.EqualTo(new[] { "∂/∂v1", "∂/∂v2" }));
        Assert.That(Tangents(trace, 0), Is.EqualTo(new[] { 1, 0, 0.5, 5, 0, 5.5, 5.5 }).Within(1e-15));
        Assert.That(trace.Rows.Select(row => row.TangentFormula), Is.EqualTo(new[]
        {
            "", "", "tangent(v1)/v1", "tangent(v1)·v2 + tangent(v2)·v1", "tangent(v2)·cos v2", "tangent(v3) + tangent(v4)", "tangent(v6) - tangent(v5)",
        }));
        double cos5 = Math.Cos(5);
        Assert.That(Tangents(trace, 1), Is.EqualTo(new[] { 0, 1, 0, 2, cos5, 2, 2 - cos5 }).Within(1e-15));
        Assert.That(Adjoints(trace), Is.EqualTo(new[] { 5.5, 2 - cos5, 1, 1, -1, 1, 1 }).Within(1e-15));
        Assert.That(trace.Rows.Select(row => row.AdjointFormula), Is.EqualTo(new[]
        {
            "adj(v4)·v2 + adj(v3)/v1", "adj(v5)·cos v2 + adj(v4)·v1", "adj(v6)", "adj(v6)", "-adj(v7)", "adj(v7)", "",
        }));
    }

    [Test]
    public void ThePartialAdjointsOfTheLecture()
    {
        Trace trace = Trace.Of(Lecture, [Scalar(2), Scalar(5)]);
        var first = trace.Rows[0].Partials;
        var second = trace.Rows[1].Partials;
        Assert.That(first.Select(partial => partial.Value.Item()), Is.EqualTo(new[] { 5, 0.5 }));
        Assert.That(second.Select(partial => partial.Value.Item()), Is.EqualTo(new[] { -0.284, 2 }).Within(5e-4));
        Assert.That(second.Select(partial => partial.Value.Item()), Is.EqualTo(new[] { -Math.Cos(5), 2 }).Within(1e-15));
        Assert.That(second.Select(partial => partial.Sum.Item()), Is.EqualTo(new[] { -Math.Cos(5), 2 - Math.Cos(5) }).Within(1e-15));
        Assert.That(second.Select(partial => partial.User), Is.EqualTo(new[] { 5, 4 }));
        Assert.That(first.Concat(second).Select(partial => partial.Input), Is.EqualTo(new[] { 1, 1, 2, 2 }));
        Assert.That(second.Select(partial => partial.Formula), Is.EqualTo(new[] { "adj(v5)·cos v2", "adj(v4)·v1" }));
    }

    [Test]
    public void TheOneLineFormHasTheSameValuesInItsOwnOrder()
    {
        Trace named = Trace.Of(Lecture, [Scalar(2), Scalar(5)]);
        Trace line = Trace.Of(x => x[0].Log() + x[0] * x[1] - x[1].Sin(), [Scalar(2), Scalar(5)]);
        Assert.That(line.Rows.Skip(2).Select(row => row.Expression), Is.EqualTo(new[] { "ln v1", "v1·v2", "v3 + v4", "sin v2", "v5 - v6" }));
        int[] order = [0, 1, 2, 3, 5, 4, 6];
        Assert.That(Adjoints(line), Is.EqualTo(order.Select(i => Adjoints(named)[i])));
        Assert.That(Tangents(line, 0), Is.EqualTo(order.Select(i => Tangents(named, 0)[i])));
        Assert.That(line.Rows.Select(row => row.Value.Item()), Is.EqualTo(order.Select(i => named.Rows[i].Value.Item())));
    }

    [Test]
    public void TheTableAsText()
    {
        Tensor x1 = Leaf(2, "x1"), x2 = Leaf(5, "x2");
        using var autograd = new Autograd();
        Trace trace = Trace.Of(autograd, Lecture([x1, x2]));
        Assert.That(trace.ToString().Split('\n'), Is.EqualTo(new[]
        {
            "index  expression    inputs  value    tangent ∂/∂v1  tangent ∂/∂v2  adjoint  adjoint's formula            partial adjoints",
            "-----  ------------  ------  -------  -------------  -------------  -------  ---------------------------  ----------------",
            "1      v1 = x1               2        1              0              5.5      adj(v4)·v2 + adj(v3)/v1      5 + 0.5",
            "2      v2 = x2               5        0              1              1.716    adj(v5)·cos v2 + adj(v4)·v1  -0.2837 + 2",
            "3      v3 = ln v1    v1      0.6931   0.5            0              1        adj(v6)                      1",
            "4      v4 = v1·v2    v1, v2  10       5              2              1        adj(v6)                      1",
            "5      v5 = sin v2   v2      -0.9589  0              0.2837         -1       -adj(v7)                     -1",
            "6      v6 = v3 + v4  v3, v4  10.69    5.5            2              1        adj(v7)                      1",
            "7      v7 = v6 - v5  v6, v5  11.65    5.5            1.716          1",
        }));
    }

    [Test]
    public void ThePrettyTableIsAlignedAlthoughBarsTakeNoRoom()
    {
        string[] lines = Trace.Of(Lecture, [Scalar(2), Scalar(5)]).ToText(pretty: true).Split('\n');
        Assert.That(lines[3], Does.Contain("v₂ = input").And.Contains("v\u0304₅·cos v₂ + v\u0304₄·v₁").And.EndsWith("  -0.2837 + 2"));
        int start = new StringInfo(lines[3][..lines[3].IndexOf("-0.2837", StringComparison.Ordinal)]).LengthInTextElements;
        Assert.That(new StringInfo(lines[2][..lines[2].IndexOf("5 + 0.5", StringComparison.Ordinal)]).LengthInTextElements, Is.EqualTo(start));
        Assert.That(lines[0][start..], Is.EqualTo("partial adjoints"));
    }

    [Test]
    public void TheTableAsMarkdown()
    {
        string[] lines = Trace.Of(x => (x[0] * x[1]).Abs(), [Scalar(2), Scalar(-5)]).ToMarkdown().Split('\n');
        Assert.That(lines, Is.EqualTo(new[]
        {
            "| index | expression | inputs | value | tangent ∂/∂v1 | tangent ∂/∂v2 | adjoint | adjoint's formula | partial adjoints |",
            "|---|---|---|---|---|---|---|---|---|",
            "| 1 | v1 = input |  | 2 | 1 | 0 | 5 | adj(v3)·v2 | 5 |",
            "| 2 | v2 = input |  | -5 | 0 | 1 | -2 | adj(v3)·v1 | -2 |",
            "| 3 | v3 = v1·v2 | v1, v2 | -10 | -5 | 2 | -1 | adj(v4)·sign v3 | -1 |",
            "| 4 | v4 = \\|v3\\| | v3 | 10 | 5 | -2 | 1 |  |  |",
        }));
    }

    [Test]
    public void TensorsShowShapeAndNormNeverAWallOfNumbers()
    {
        var generator = new Generator(1);
        var model = new MLP(20, [30], 4, dtype: DType.Float64, generator: generator);
        Tensor x = Tensor.Randn([50, 20], DType.Float64, generator);
        x.Name = "batch";
        using var autograd = new Autograd();
        Tensor loss = model.Forward(x).Square().Mean();
        Trace trace = Trace.Of(autograd, loss);
        Assert.That(trace.Directions, Is.Empty, "no input is a single number");
        Assert.That(trace.Rows[4].Expression, Is.EqualTo("c1·v1ᵀ + v2"));
        Assert.That(trace.Rows[0].AdjointFormula, Is.EqualTo("adj(v5)ᵀ·c1"));
        Assert.That(trace.Rows[4].TangentFormula, Is.Empty, "not element by element");
        Assert.That(trace.Rows[1].AdjointFormula, Is.EqualTo("Σ rows of adj(v5)"));
        Assert.That(trace.Constants.Single().Value, Is.SameAs(x));
        string text = trace.ToText(pretty: true);
        Assert.That(text, Does.Contain("c₁·v₁ᵀ + v₂").And.Contains("(50, 30) norm ").And.Contains("c₁ = batch (50, 20) norm "));
        Assert.That(text.Split('\n').Max(line => line.Length), Is.LessThan(250));

        Tensor?[] gradients = autograd.Gradients(loss, [.. model.Parameters()]);
        for (int i = 0; i < gradients.Length; i++)
            Assert.That(trace.Rows[i].Adjoint!.ToArray(), Is.EqualTo(gradients[i]!.ToArray()));
    }

    [Test]
    public void WhatBroadcastingRepeatedIsSummed()
    {
        Tensor a = Tensor.From([1.0, 2, 3, 4, 5, 6], DType.Float64).Reshape([2, 3]), b = Tensor.From([10.0, 20, 30], DType.Float64);
        Trace trace = Trace.Of(x => (x[0] * x[1]).Sum(), [a, b], [[Tensor.OnesLike(a), Tensor.ZerosLike(b)]]);
        Assert.That(trace.Rows[1].AdjointFormula, Is.EqualTo("Σ adj(v3)·v1"));
        Assert.That(trace.Rows[0].AdjointFormula, Is.EqualTo("adj(v3)·v2"));
        Assert.That(trace.Rows[1].Partials.Single().Value.ToArray(), Is.EqualTo(new[] { 5.0, 7, 9 }));
        Assert.That(trace.Directions, Is.EqualTo(new[] { "direction 1" }));
        Assert.That(trace.Rows[^1].Tangents[0].Item(), Is.EqualTo(120));
        Assert.That(trace.ToString(), Does.Contain("(3,) [5, 7, 9]"));
    }

    [Test]
    public void ConstantsAreWrittenAsNumbersAndNegativeOnesInParentheses()
    {
        Trace trace = Trace.Of(x => (x[0] * -2 + 0.1f).Pow(3) / 7, [Tensor.From(1.5, DType.Float32)]);
        Assert.That(trace.Rows.Skip(1).Select(row => row.Expression), Is.EqualTo(new[] { "v1·(-2)", "v2 + 0.1", "v3^3", "v4/7" }));
        Assert.That(trace.Rows.Take(4).Select(row => row.AdjointFormula), Is.EqualTo(new[] { "adj(v2)·(-2)", "adj(v3)", "adj(v4)·3·v3^2", "adj(v5)/7" }));
    }

    [Test]
    public void ValuesThatTheOutputDoesNotUseHaveNoAdjoint()
    {
        Trace trace = Trace.Of(x =>
        {
            _ = x[0].Exp();
            return x[0] * 3;
        }, [Scalar(1), Scalar(2)]);
        Assert.That(trace.Rows.Select(row => row.Adjoint?.Item()), Is.EqualTo(new double?[] { 3, null, null, 1 }));
        Assert.That(trace.Rows[1].Tangents[0].Item(), Is.EqualTo(0));
        Assert.That(trace.ToString().Split('\n')[3], Does.Contain("none"));
    }

    [Test]
    public void ATraceEndsAtItsOutputAndTouchesNothing()
    {
        Tensor x = Leaf(3, "x");
        using var autograd = new Autograd();
        Tensor y = x.Square();
        Tensor z = y.Sin();
        y.Name = "square";
        int recorded = autograd.Operations.Count;
        Trace trace = Trace.Of(autograd, y);
        Trace inside = Trace.Of(v => v[0].Cos() * y, [Scalar(1)]);
        Assert.That(trace.Rows.Select(row => row.Name), Is.EqualTo(new[] { "x", "square" }));
        Assert.That(trace.ToString(), Does.StartWith("index  name    expression"));
        Assert.That(inside.Rows.Select(row => row.Expression), Is.EqualTo(new[] { "input", "square", "cos v1", "v3·v2" }),
            "what is computed outside the function is an input of it");
        Assert.That(autograd.Operations, Has.Count.EqualTo(recorded));
        Assert.That(Autograd.IsRecording, Is.True);
        Assert.That(x.Grad, Is.Null);
        autograd.Backward(z);
        Assert.That(x.Grad!.Item(), Is.EqualTo(Math.Cos(9) * 6).Within(1e-14));
    }

    [Test]
    public void AFunctionThatReturnsItsInputHasASeparateRow()
    {
        Trace trace = Trace.Of(x => x[0], [Scalar(4)]);
        Assert.That(trace.Rows.Select(row => row.Expression), Is.EqualTo(new[] { "input", "v1" }));
        Assert.That(Adjoints(trace), Is.EqualTo(new[] { 1.0, 1 }));
    }

    [Test]
    public void SourcesAreNotedWhereTheScopeRecordsThem()
    {
        Tensor x = Leaf(4);
        using var autograd = new Autograd(recordSources: true);
        Trace trace = Trace.Of(autograd, x.Sin());
        Assert.That(trace.Rows[0].Source, Is.Null);
        Assert.That(trace.Rows[1].Source, Does.Contain("TraceTests.cs:"));
    }

    [Test]
    public void AUsersOperationIsWrittenByItsName()
    {
        Trace trace = Trace.Of(x => new Twice(x[0]).Apply(), [Scalar(4)]);
        Assert.That(trace.Rows[1].Expression, Is.EqualTo("Twice(v1)"));
        Assert.That(trace.Rows[0].AdjointFormula, Is.EqualTo("adj(v2)·∂v2/∂v1"));
        Assert.That(trace.Rows[0].Adjoint!.Item(), Is.EqualTo(2));
    }

    [Test]
    public void TenThousandOperations()
    {
        Trace trace = Trace.Of(x =>
        {
            Tensor y = x[1];
            for (int i = 0; i < 5000; i++) y = y * 0.5 + x[0];
            return y;
        }, [Scalar(1), Scalar(3)]);
        Assert.That(trace.Rows, Has.Count.EqualTo(10_002));
        Assert.That(trace.Rows[0].Partials, Has.Count.EqualTo(5000));
        Assert.That(trace.Rows[0].Adjoint!.Item(), Is.EqualTo(2).Within(1e-12), "1 + ½ + ¼ + …");
        Assert.That(trace.Rows[^1].Tangents[0].Item(), Is.EqualTo(2).Within(1e-12));
        string[] lines = trace.ToText(all: true).Split('\n');
        Assert.That(lines, Has.Length.EqualTo(10_004));
        Assert.That(lines.Max(line => line.Length), Is.LessThan(500));
        Assert.That(lines[2], Does.Contain("…"));

        string[] printed = trace.ToString().Split('\n');
        Assert.That(printed, Has.Length.EqualTo(2 + 50 + 1 + 50));
        Assert.That((printed[51][..4], printed[53][..4]), Is.EqualTo(("50  ", "9953")));
        Assert.That(printed[52], Is.EqualTo("… rows 51 to 9952 are left out: ToText(all: true) writes them, Rows holds them …"));
        string[] markdown = trace.ToMarkdown().Split('\n');
        Assert.That(markdown, Has.Length.EqualTo(2 + 50 + 1 + 50));
        Assert.That(markdown[52], Does.StartWith("| … rows 51 to 9952"));
        Assert.That(markdown.Select(line => line.Count(c => c == '|')), Is.All.EqualTo(markdown[0].Count(c => c == '|')));
        Assert.That(trace.ToMarkdown(all: true).Split('\n'), Has.Length.EqualTo(10_004));
    }

    [Test]
    public void AHundredRowsAreWrittenWhole()
    {
        static Tensor Chain(IReadOnlyList<Tensor> x, int operations)
        {
            Tensor y = x[0];
            for (int i = 0; i < operations; i++) y = y.Sin();
            return y;
        }
        Assert.That(Trace.Of(x => Chain(x, 99), [Scalar(1)]).ToString().Split('\n'), Has.Length.EqualTo(102));
        Assert.That(Trace.Of(x => Chain(x, 100), [Scalar(1)]).ToString(), Does.Contain("… rows 51 to 51 are left out"));
    }

    [TestCase("de-DE")]
    [TestCase("en-US")]
    public void NumbersAreWrittenTheSameInEveryCulture(string culture)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            string text = Trace.Of(x => (x[0].LeakyReLU(0.25).Swish(1.5) - 1234567.5) * -2e-9, [Scalar(-0.5)]).ToString();
            Assert.That(text, Does.Contain("v1 if v1 > 0 else 0.25·v1").And.Contains("v2·σ(1.5·v2)").And.Contains("v3 - 1234567.5")
                .And.Contains("-1234568").And.Contains("v4·(-2E-09)").And.Contains("-2e-9"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void ErrorsSayWhatIsWrong()
    {
        Assert.That(() => Trace.Of(x => x[0].Sin(), [Tensor.Zeros([3])]), Throws.InvalidOperationException.With.Message.Contains("(3,)"));
        Assert.That(() => Trace.Of(_ => Scalar(1), [Scalar(1)]), Throws.InvalidOperationException.With.Message.Contains("not recorded"));
        Assert.That(() => Trace.Of(x => x[0] * x[1], [Scalar(1), Scalar(2)], [[Scalar(1)]]), Throws.ArgumentException.With.Message.Contains("1 tensors for 2 inputs"));
        Assert.That(() => Trace.Of(x => x[0].Sin(), [Scalar(1)], [[Tensor.Zeros([2], DType.Float64)]]), Throws.ArgumentException.With.Message.Contains("(2,)"));
        var ended = new Autograd();
        Tensor y = Leaf(1).Sin();
        ended.Dispose();
        Assert.That(() => Trace.Of(ended, y), Throws.InvalidOperationException.With.Message.Contains("ended"));
    }

    [Test]
    public void AResultThatIsNoScalarIsTracedWithAGivenAdjoint()
    {
        Trace trace = Trace.Of(x => x[0].Square(), [Tensor.From([1.0, 2], DType.Float64)], gradient: Tensor.From([10.0, 100], DType.Float64));
        Assert.That(trace.Rows[0].Adjoint!.ToArray(), Is.EqualTo(new[] { 20.0, 400 }));
        Assert.That(trace.Rows[1].Adjoint!.ToArray(), Is.EqualTo(new[] { 10.0, 100 }));
    }

    sealed class Twice(Tensor x) : Operation(x)
    {
        protected override Tensor Forward() => 2 * X;

        public override Tensor?[] Backward(Tensor gradient) => [2 * gradient];
    }
}
