using MyTorch.Diagnostics;
using MyTorch.Differentiation;
using MyTorch.Inspection;
using MyTorch.Nn;
using MyTorch.Symbolic;

namespace MyTorch.Tests;

/// <summary>
/// Tools at size: ten times as many operations or operands take about ten times the memory, and what is printed stays short.
/// </summary>
[NonParallelizable]
public sealed class SizeTests
{
    static Tensor Leaf(double value = 0.5)
    {
        Tensor leaf = Tensor.From(value, DType.Float64);
        leaf.RequiresGrad = true;
        return leaf;
    }

    static Tensor Chain(Tensor x, int length)
    {
        for (int i = 0; i < length; i++) x = x.Sin();
        return x;
    }

    static Tensor[] Leaves(int count)
    {
        var leaves = new Tensor[count];
        for (int i = 0; i < count; i++) (leaves[i] = Tensor.From([0.5], DType.Float64)).RequiresGrad = true;
        return leaves;
    }

    /// <summary>A tool over a scope, and how many of its steps to take: all of them.</summary>
    static IEnumerable<(string Name, Action<Autograd, Tensor, Tensor> Use)> Tools()
    {
        yield return ("printing", (autograd, _, _) => { foreach (Operation operation in autograd.Operations) operation.ToString(); });
        yield return ("the tape as text", (autograd, _, _) => autograd.ToString());
        yield return ("Trace", (autograd, _, loss) => Trace.Of(autograd, loss).ToText(all: true));
        yield return ("Trace in Markdown", (autograd, _, loss) => Trace.Of(autograd, loss).ToMarkdown());
        yield return ("Stepper backward", (autograd, _, loss) => { foreach (BackwardStep step in Stepper.Backward(autograd, loss)) step.ToString(); });
        yield return ("Stepper forward", (autograd, x, loss) => { foreach (ForwardStep step in Stepper.Forward(autograd, loss, Seeds(x))) step.ToString(); });
        yield return ("ForwardMode", (autograd, x, _) => ForwardMode.Run(autograd, Seeds(x)));
        yield return ("Explain", (autograd, x, loss) => autograd.Explain(x, loss));
        yield return ("Explain what has no path", (autograd, _, loss) => autograd.Explain(Leaf(), loss));
        yield return ("Check", (autograd, _, _) => autograd.Check());
        yield return ("a picture", (autograd, _, _) => { TapeGraph graph = TapeGraph.Of(autograd); graph.ToMermaid(); graph.ToDot(); graph.ToSvg(); graph.ToText(); });
        yield return ("a second derivative", (autograd, x, loss) => autograd.Gradients(autograd.Gradients(loss, [x], createGraph: true)[0]!, [x]));
    }

    static Dictionary<Tensor, Tensor> Seeds(Tensor x) => new(ReferenceEqualityComparer.Instance) { [x] = Tensor.OnesLike(x) };

    static IEnumerable<TestCaseData> ToolsOnTapes()
    {
        foreach ((string name, Action<Autograd, Tensor, Tensor> use) in Tools())
        {
            yield return Case($"{name}, many operations", use, n => { Tensor x = Leaf(); return (x, Chain(x, n)); });
            yield return Case($"{name}, many operands", use, n => { Tensor[] leaves = Leaves(n); return (leaves[0], Tensor.Concat(leaves).Square().Sum()); });
            yield return Case($"{name}, one operand used often", use, n => { Tensor x = Leaf(); Tensor sum = x; for (int i = 0; i < n / 2; i++) sum += x.Sin(); return (x, sum); });
        }
        static TestCaseData Case(string name, Action<Autograd, Tensor, Tensor> use, Func<int, (Tensor, Tensor)> record) => new TestCaseData(use, record).SetArgDisplayNames(name);
    }

    static void GrowsLinearly(Action<int> run, int small = 200)
    {
        run(small);
        long few = Bytes(small), many = Bytes(10 * small);
        Assert.That(many, Is.LessThan(13 * few), "bytes allocated for ten times as much");

        long Bytes(int n)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            run(n);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [TestCaseSource(nameof(ToolsOnTapes))]
    public void AToolTakesMemoryInProportion(Action<Autograd, Tensor, Tensor> use, Func<int, (Tensor X, Tensor Loss)> record) => GrowsLinearly(n =>
    {
        using var autograd = new Autograd();
        (Tensor x, Tensor loss) = record(n);
        use(autograd, x, loss);
    });

    [Test]
    public void PrintingEachOperationAsItIsRecordedIsLinear() => GrowsLinearly(n =>
    {
        using var autograd = new Autograd();
        Tensor y = Leaf();
        for (int i = 0; i < n; i++)
        {
            y = y.Sin() + Leaf();
            autograd.Operations[^1].ToString();
        }
    });

    static readonly (string Name, Action<int> Run)[] s_others =
    [
        ("a model's summary", n => ModelSummary.Of(new Sequential([.. Enumerable.Range(0, n / 10).Select(_ => new Linear(2, 2))]), Tensor.Ones([1, 2])).ToText()),
        ("a formula", n => Expression.Of(x => Chain(x[0], n), [Leaf()]).ToString()),
        ("a formula's derivative", n => Expression.Of(x => Chain(x[0], n), [Leaf()]).Derivative("v1").ToString()),
        ("gradients of many inputs", n => Differentiate.Gradients(x => Tensor.Concat([.. x]).Square().Sum(), Leaves(n))),
        ("a search for anomalies", n => { using var autograd = new Autograd(detectAnomaly: true); autograd.Backward(Tensor.Concat(Leaves(n)).Square().Sum()); }),
    ];

    [TestCaseSource(nameof(s_others))]
    public void OtherToolsTakeMemoryInProportion((string Name, Action<int> Run) tool) => GrowsLinearly(tool.Run);

    [Test]
    public void ALineOfManyOperandsIsShort()
    {
        using var autograd = new Autograd();
        Tensor.Concat(Leaves(5000)).Sum();
        Assert.That(autograd.Operations[0].ToString(), Is.EqualTo("v5001 = Concat(v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, … 4989 more …, v5000) : (5000,) Float64"));
        Assert.That(Trace.Of(autograd, autograd.Operations[1].Output).ToText(), Has.Length.LessThan(200_000));
    }

    [Test, Category("Long")]
    public void AChainOfAMillionEndsNoTool()
    {
        const int Length = 1_000_000;
        using var autograd = new Autograd();
        Tensor x = Leaf(), y = Chain(x, Length);
        Assert.That(autograd.ToString(), Has.Length.LessThan(20_000));
        Assert.That(TapeGraph.Of(autograd).ToMermaid(), Has.Length.LessThan(100_000));
        Assert.That(ForwardMode.Run(autograd, Seeds(x)).Of(y)!.Item(), Is.EqualTo(autograd.Gradients(y, [x])[0]!.Item()).Within(1e-12));
        Assert.That(autograd.Explain(x, y).Gradient, Is.Not.Null);
        Assert.That(Stepper.Backward(autograd, y).First().ToString(), Does.Contain("v1000001"));
        Assert.That(Stepper.Forward(autograd, y).Last().ToString(), Does.StartWith("v1000001"));
    }

    [TestCase(new[] { 100_000, 0 }, 200)]
    [TestCase(new[] { 0, 1_000_000 }, 50)]
    [TestCase(new[] { 0 }, 50)]
    [TestCase(new[] { 3, 0 }, 60)]
    [TestCase(new[] { 1000, 1000, 0 }, 500)]
    [TestCase(new[] { 10, 10, 10, 10, 10, 10, 0 }, 40_000)]
    [TestCase(new[] { 10_000_000 }, 200)]
    [TestCase(new[] { 1, 10_000_000 }, 200)]
    [TestCase(new[] { 10_000_000, 1 }, 200)]
    [TestCase(new[] { 300, 300, 100 }, 3000)]
    [TestCase(new[] { 7, 7, 7, 7, 7, 7, 7, 7 }, 60_000)]
    [TestCase(new[] { 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 }, 60_000)]
    [TestCase(new[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, 200)]
    [TestCase(new[] { 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3 }, 60_000)]
    public void ATensorIsPrintedInFewCharacters(int[] shape, int most)
    {
        Shape of = shape;
        string text = Tensor.Zeros(shape, DType.Bool).ToString();
        Assert.That(text, Has.Length.LessThan(most).And.EndsWith($"  {of} Bool"));
        Assert.That(text.Count(c => c == '['), Is.EqualTo(text.Count(c => c == ']')));
        if (of.ElementCount > 0) Assert.That(text, Does.StartWith(new string('[', shape.Length) + "false"));
    }

    [Test]
    public void ATensorOfVeryManyDimensionsIsPrintedInFewCharacters()
    {
        int[] ones = [.. Enumerable.Repeat(1, 100_000)];
        Assert.That(Tensor.Ones(ones).ToString(), Has.Length.LessThan(500).And.StartsWith("[1]  (1, 1, ").And.Contains("… 99960 more …"));
        Assert.That(Shape.Create(ones).ToString(), Has.Length.LessThan(300));
    }

    [Test]
    public void ALargeTensorPrintsItsEdges()
    {
        Assert.That(Tensor.Arange(0, 5000).ToString(), Is.EqualTo("[   0,    1,    2, ..., 4997, 4998, 4999]  (5000,) Float32"));
        Assert.That(Tensor.Zeros([5000, 0]).ToString(), Is.EqualTo("[[],\n [],\n [],\n ...,\n [],\n [],\n []]  (5000, 0) Float32"));
        Assert.That(Tensor.Zeros([2, 0]).ToString(), Is.EqualTo("[[],\n []]  (2, 0) Float32"));
    }

    /// <summary>A name that would move the cursor, end a line, or turn what follows.</summary>
    const string Nasty = "w\n\u001b[31m\u202e\r\ttail\0";

    sealed class Named(Tensor x) : Operation(x)
    {
        public override string Name => Nasty;

        protected override Tensor Forward() => X * 2;

        public override Tensor?[] Backward(Tensor gradient) => throw new InvalidOperationException("no");
    }

    [Test]
    public void NamesAreShownWithoutControlCharacters()
    {
        Tensor x = Tensor.From([1.0, 2], DType.Float64), constant = Tensor.From([3.0, 4], DType.Float64);
        (x.Name, x.RequiresGrad, constant.Name) = (Nasty, true, Nasty);
        using var autograd = new Autograd();
        Tensor y = new Named(x).Apply() * constant, loss = y.Sum();
        (y.Name, loss.Name) = (Nasty, Nasty);
        string message = Assert.Catch(() => autograd.Backward(y))!.Message, check = Assert.Catch(() => autograd.Check())!.Message;
        TapeGraph graph = TapeGraph.Of(autograd);
        using var clean = new Autograd();
        Tensor other = (x * constant).Sum();
        string[] texts =
        [
            autograd.ToString(), .. autograd.Operations.Select(operation => operation.ToString()), message, check, graph.ToDot(), graph.ToMermaid(), graph.ToText(), graph.ToSvg(),
            Trace.Of(clean, other).ToText(), Trace.Of(clean, other).ToMarkdown(), .. Stepper.Forward(clean, other).Select(step => step.Text), .. Stepper.Backward(clean, other).Select(step => step.Text),
            clean.Explain(x, other).ToString(),
        ];
        foreach (string text in texts)
            Assert.That(text.Where(c => c != '\n' && (char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format)), Is.Empty, text);
        Assert.That(message, Does.Contain(@"w\n\u001B[31m\u202E\r\ttail\0").And.Not.Contain("\n"));
        Assert.That(autograd.Operations[0].ToString(), Does.Not.Contain("\n").And.Contain(@"w\n\u001B"));
        x.Name = new string('n', 100_000);
        Assert.That(autograd.Operations[0].ToString(), Has.Length.LessThan(500));
    }
}
