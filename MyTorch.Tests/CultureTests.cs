using System.Globalization;
using MyTorch.Data;
using MyTorch.Diagnostics;
using MyTorch.Differentiation;
using MyTorch.Inspection;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Symbolic;
using MyTorch.Teaching;
using MyTorch.Tests.Operations;

namespace MyTorch.Tests;

/// <summary>
/// Whatever the library writes, a message, a table, a picture, is the same in every culture. Some write −1 with another sign, or 0٫5.
/// </summary>
[NonParallelizable]
public sealed class CultureTests
{
    /// <summary>A culture with unusual signs only, so that every text that depends on the culture shows.</summary>
    static CultureInfo Odd()
    {
        var culture = (CultureInfo)CultureInfo.GetCultureInfo("sv-SE").Clone();
        culture.NumberFormat = new NumberFormatInfo
        {
            NegativeSign = "minus",
            PositiveSign = "plus",
            NumberDecimalSeparator = "·",
            NumberGroupSeparator = "'",
            NaNSymbol = "kein",
            PositiveInfinitySymbol = "viel",
            NegativeInfinitySymbol = "wenig",
            PercentSymbol = "Prozent",
        };
        return culture;
    }

    static readonly CultureInfo[] s_cultures =
        [Odd(), .. ((string[])["sv-SE", "fa-IR", "ar-SA", "de-DE", "tr-TR"]).Select(name => CultureInfo.GetCultureInfo(name))];

    static void SameEverywhere(Func<string> text)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            string expected = text();
            Assert.That(expected, Is.Not.Empty);
            foreach (CultureInfo culture in s_cultures)
            {
                CultureInfo.CurrentCulture = culture;
                Assert.That(text(), Is.EqualTo(expected), culture.Name);
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    static string MessageOf(Func<object?> action)
    {
        try
        {
            object? result = action();
            if (result is System.Collections.IEnumerable items and not Tensor)
                foreach (object? _ in items) { }
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
        throw new AssertionException("There was no error.");
    }

    static IEnumerable<TestCaseData> Errors() =>
        [.. ErrorTests.AllCases.Select(test => Case(test.TestName ?? string.Join(' ', test.ArgDisplayNames ?? []), (Func<object?>)test.Arguments[0]!)),
            .. OperationTable.Errors.Select(error => Case(error.ToString(), () => { error.Run(); return null; })),
            .. ErrorsWithNumbers()];

    static TestCaseData Case(string name, Func<object?> action) => new TestCaseData(action).SetArgDisplayNames(name);

    static Tensor X(params double[] values)
    {
        Tensor x = Tensor.From(values, DType.Float64);
        x.RequiresGrad = true;
        return x;
    }

    sealed class Wrong(Tensor x, double factor) : Operation(x)
    {
        protected override Tensor Forward() => 2 * X;

        public override Tensor?[] Backward(Tensor gradient) => [factor * gradient];
    }

    static Tensor InScope(Func<Autograd, object?> action)
    {
        using var autograd = new Autograd();
        action(autograd);
        return X(1);
    }

    // Negative numbers and such with digits after the point, wherever an argument is cited.
    static IEnumerable<TestCaseData> ErrorsWithNumbers()
    {
        Tensor x = X(-1.5, 2.5, 3.5), square = Tensor.Ones([2, 2]);
        Tensor[] parameters = [new Parameter(square)];
        var classes = new Dataset(Tensor.Ones([3, 2]), Tensor.Indices(0, 1, 0));
        var missing = new Dataset(Tensor.From([1, double.NaN, 3, 4], [2, 2]), Tensor.Indices(0, 1));
        (string Name, Func<object?> Do)[] cases =
        [
            ("a negative size", () => Tensor.Zeros([-2])), ("two negative sizes", () => Tensor.Zeros([-2, -3])), ("Rand", () => Tensor.Rand([2, -3])),
            ("Reshape", () => x.Reshape([-7, 2])), ("Reshape, two open", () => x.Reshape([-1, -1])), ("Expand", () => x.Expand([-3, 3])), ("SumTo", () => x.SumTo([-2])),
            ("Unsqueeze", () => x.Unsqueeze(-9)), ("Squeeze", () => x.Squeeze(-9)), ("Transpose", () => x.Transpose(-9, 0)), ("Permute", () => x.Permute(-9)), ("Flatten", () => x.Flatten(-9)),
            ("an index", () => x[-9]), ("an element", () => x.Item(-9)), ("an index too many", () => x[-1, -2]), ("a step", () => new TensorIndex(0, 1, 0)),
            ("Sum", () => x.Sum(-9)), ("Max", () => x.Max(-9)), ("ArgMin", () => x.ArgMin(-9)), ("Softmax", () => x.Softmax(-9)), ("Stack", () => Tensor.Stack([x, x], -9)),
            ("Concat", () => Tensor.Concat([x, x], -9)), ("IndexSelect", () => x.IndexSelect(0, Tensor.Indices(-4))), ("Gather", () => x.Gather(0, Tensor.Indices(-4))),
            ("OneHot", () => Tensor.Indices(-4).OneHot(3)), ("labels", () => new CrossEntropyLoss().Forward(square, Tensor.Indices(0, -4))), ("To", () => X(double.NaN).To(DType.Int64)),
            ("new Slice", () => new MyTorch.Operations.Slice(x, [-4], [-1], [2]).Apply()), ("new Permute", () => new MyTorch.Operations.Permute(x, [-4]).Apply()),
            ("new Unslice", () => new MyTorch.Operations.Unslice(x, [2], [-4], [-1]).Apply()), ("new Softmax", () => new MyTorch.Operations.Softmax(x, -4).Apply()),
            ("new Sum", () => new MyTorch.Operations.Sum(x, [-4], false).Apply()),
            ("Arange", () => Tensor.Arange(-1.5, 2.5, -0.5)), ("Arange, too many", () => Tensor.Arange(-1.5, 1e12, 0.5)),
            ("SGD", () => new SGD(parameters, -0.5)), ("SGD, decay", () => new SGD(parameters, 0.5, weightDecay: -1.5)), ("Dropout", () => new Dropout(-0.5)),
            ("Linear", () => new Linear(-3, 2)), ("Linear, outputs", () => new Linear(3, -2)), ("BatchNorm", () => new BatchNorm1d(-3)), ("BatchNorm, ε", () => new BatchNorm1d(3, -0.5)),
            ("MLP", () => new MLP(2, [-3], 2)), ("Huber", () => new HuberLoss(delta: -0.5)), ("smoothing", () => new CrossEntropyLoss(labelSmoothing: -0.5)),
            ("probabilities", () => new BCELoss().Forward(Tensor.Full([2], -0.5), Tensor.Ones([2]))),
            ("Split", () => classes.Split(-0.5)), ("Select", () => classes.Select(-4)), ("labels of a data set", () => new Dataset(Tensor.Ones([2, 2]), Tensor.Indices(-4, 1))),
            ("DataLoader", () => new DataLoader(classes, -4)), ("Spirals", () => Dataset.Spirals(-4)), ("Spirals, noise", () => Dataset.Spirals(10, noise: -0.5)),
            ("ConfusionMatrix", () => Metrics.ConfusionMatrix(Tensor.Indices(-4), Tensor.Indices(-5), 3)), ("classes", () => Metrics.ConfusionMatrix(Tensor.Indices(0), Tensor.Indices(0), -4)),
            ("missing", () => new DataLoader(missing)), ("a random number", () => new Generator(1).Next(-4)), ("threads", () => Parallelism.Threads = -4),
            ("a level", () => Drill.Create(1, -4)), ("an order", () => Numerical.Derivative(t => t, 1, -4)), ("a step of differences", () => Numerical.Gradient(t => t.Sum(), x, step: -0.5)),
            ("an operation", () => InScope(autograd => autograd.Operations[-4])), ("a picture", () => InScope(autograd => TapeGraph.Of(autograd, new TapeGraphOptions { MaxNodes = -4 }))),
            ("Check", () => InScope(autograd => { new Wrong(x, -1.5).Apply(); return autograd.Check(); })),
            ("GradientCheck", () => { GradientCheck.Verify(t => new Wrong(t, -1.5).Apply(), x); return null; }),
            ("an anomaly", () => { using var autograd = new Autograd(detectAnomaly: true); return x.Log(); }),
        ];
        return cases.Select(c => Case(c.Name, c.Do));
    }

    [TestCaseSource(nameof(Errors))]
    public void AnErrorReadsTheSame(Func<object?> action) => SameEverywhere(() => MessageOf(action));

    static string Recorded(Func<Autograd, Tensor, Tensor, object?> text)
    {
        Tensor x = X(-1.5, 2500.25, 3.5e-7);
        x.Name = "x";
        using var autograd = new Autograd();
        Tensor loss = ((x * -0.5).Exp().Clamp(-0.25, 1234.5) - x.LeakyReLU(0.25)).Pow(-1.5).Sum(-1) * X(-2);
        return text(autograd, x, loss)!.ToString()!;
    }

    static IEnumerable<TestCaseData> Texts()
    {
        Tensor numbers = Tensor.From([-1.5, 0.25, 1e-9, 2.5e12, double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0], [2, 4], DType.Float64);
        (string Name, Func<object?> Text)[] cases =
        [
            ("a tensor", () => numbers), ("small numbers", () => Tensor.From([-0.5f, 0.25f])), ("a number", () => Tensor.From(-1234.5)), ("integers", () => Tensor.Indices(-1234567, 5)),
            ("an integer", () => Tensor.Indices([-1234567], [])), ("many", () => Tensor.Arange(-5000, 5000)), ("a negative shape", () => Shape.Create([-2, -3])), ("one size", () => Shape.Create([-2])),
            ("the tape", () => Recorded((autograd, _, _) => autograd)), ("a line", () => Recorded((autograd, _, _) => autograd.Operations[0])),
            ("a trace", () => Recorded((autograd, _, loss) => Trace.Of(autograd, loss, gradient: X(-1.5)).ToText(pretty: true))),
            ("a trace in Markdown", () => Recorded((autograd, _, loss) => Trace.Of(autograd, loss, gradient: X(-1.5)).ToMarkdown())),
            ("steps", () => Recorded((autograd, _, loss) => string.Join('\n', Stepper.Backward(autograd, loss)))),
            ("steps forward", () => Recorded((autograd, x, loss) => string.Join('\n', Stepper.Forward(autograd, loss, new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [x] = -0.5 * Tensor.OnesLike(x) })))),
            ("an explanation", () => Recorded((autograd, x, loss) => autograd.Explain(x, loss))), ("a check", () => Recorded((autograd, _, _) => autograd.Check())),
            ("Mermaid", () => Recorded((autograd, _, _) => TapeGraph.Of(autograd).ToMermaid())), ("DOT", () => Recorded((autograd, _, _) => TapeGraph.Of(autograd).ToDot())),
            ("SVG", () => Recorded((autograd, _, _) => TapeGraph.Of(autograd).ToSvg())), ("a listing", () => Recorded((autograd, _, _) => TapeGraph.Of(autograd).ToText())),
            ("a model", () => new Sequential(new Linear(1000, 1200), new Dropout(0.25), new BatchNorm1d(1200), new Linear(1200, 2))),
            ("a summary", () => ModelSummary.Of(new Sequential(new Linear(1000, 1200), new Dropout(0.25)), Tensor.Ones([2, 1000]))),
            ("an expression", () => Expression.Of(x => (x[0] * -0.5 + 1e-7).Exp() * x[1].Pow(-1.5), [X(-2.5), X(0.5)]).Derivative("v1")),
            ("a drill", () => Drill.Create(3).Trace), ("errors by step", () => Numerical.ErrorsByStep(t => t.Exp().Sum(), X(-0.5))),
            ("a data set", () => new Dataset(Tensor.Ones([1234, 2]), Tensor.Zeros([1234], DType.Int64))),
        ];
        return cases.Select(c => Case(c.Name, c.Text));
    }

    [TestCaseSource(nameof(Texts))]
    public void ATextReadsTheSame(Func<object?> text) => SameEverywhere(() => text()!.ToString()!);
}
