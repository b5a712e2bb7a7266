using MyTorch.Diagnostics;
using MyTorch.Nn;

namespace MyTorch.Tests.Differentiation;

/// <summary><see cref="AutogradDiagnostics.Check"/>: right networks pass; in wrong ones the operation that is wrong is named.</summary>
public class TapeCheckTests
{
    /// <summary>An operation of the test's own: value, rule and tangent as given.</summary>
    sealed class Planted(
        string name, Func<Tensor[], Tensor> value, Func<Tensor[], Tensor, Tensor, Tensor?[]> rule, Tensor[] inputs, Func<Tensor[], Tensor?[], Tensor>? tangent = null)
        : Operation(inputs)
    {
        public override string Name => name;
        protected override Tensor Forward() => value([.. Inputs]);
        public override Tensor?[] Backward(Tensor gradient) => rule([.. Inputs], Output, gradient);
        public override Tensor Tangent(Tensor?[] tangents) => tangent is null ? base.Tangent(tangents) : tangent([.. Inputs], tangents);
    }

    static Tensor Plant(string name, Func<Tensor, Tensor> value, Func<Tensor, Tensor, Tensor, Tensor> rule, Tensor x) =>
        new Planted(name, inputs => value(inputs[0]), (inputs, y, g) => [rule(inputs[0], y, g)], [x]).Apply();

    static Tensor Random(Shape shape, int seed, DType dtype = DType.Float64) => Tensor.Randn(shape, dtype, new Generator(seed));

    static Tensor Leaf(Shape shape, int seed, DType dtype = DType.Float64)
    {
        Tensor leaf = Random(shape, seed, dtype);
        leaf.RequiresGrad = true;
        return leaf;
    }

    /// <summary>A network with one wrong rule in it: how it runs on (4, 3) inputs, and what the report must contain.</summary>
    public sealed record Network(string Operation, int Input, Func<Tensor, Tensor> Run)
    {
        public override string ToString() => Operation;
    }

    static Tensor Dense(Tensor x, int outputs, int seed) => x.Linear(Leaf([outputs, x.Shape[^1]], seed, x.DType), Leaf([outputs], seed + 1, x.DType));

    static readonly Network[] s_networks =
    [
        new("SigmoidWithoutItsSlope", 0, x => Dense(Plant("SigmoidWithoutItsSlope", v => v.Sigmoid(), (_, y, g) => g * y, Dense(x, 5, 1)), 2, 3).Square().Mean()),
        new("TanhOffByAThousandth", 0, x => Plant("TanhOffByAThousandth", v => v.Tanh(), (_, y, g) => g * 1.001 * (1 - y.Square()), Dense(x, 5, 1)).Sum()),
        new("ReLUThatForgetsItsMask", 0, x => Dense(Plant("ReLUThatForgetsItsMask", v => v.ReLU(), (_, _, g) => g, Dense(x, 6, 1)), 1, 3).Mean()),
        new("ProductWithSwappedFactors", 0, x => new Planted("ProductWithSwappedFactors", v => v[0] * v[1], (v, _, g) => [g * v[0], g * v[1]], [Dense(x, 5, 1), Dense(x, 5, 3)]).Apply().Sum()),
        new("DifferenceWithoutAMinus", 1, x => new Planted("DifferenceWithoutAMinus", v => v[0] - v[1], (_, _, g) => [g, g], [Dense(x, 5, 1), Dense(x, 5, 3)]).Apply().Square().Sum()),
        new("SoftmaxByItsDiagonal", 0, x => (Plant("SoftmaxByItsDiagonal", v => v.Softmax(1), (_, y, g) => g * y * (1 - y), Dense(x, 5, 1)) * Random([4, 5], 9)).Sum()),
        new("MeanThatSums", 0, x => Plant("MeanThatSums", v => v.Mean(0), (v, _, g) => g.Expand(v.Shape), Dense(x, 5, 1).Tanh()).Sum()),
        new("CycleNotInverted", 0, x => (Plant("CycleNotInverted", v => v.Permute(1, 2, 0), (_, _, g) => g.Permute(1, 2, 0).Permute(1, 2, 0).Permute(1, 2, 0), Dense(x, 8, 1).Reshape([2, 2, 8]).Linear(Leaf([2, 8], 5))).Square() * 2).Sum()),
        new("ProductNotTransposed", 1, x => new Planted("ProductNotTransposed", v => v[0].MatMul(v[1]), (v, _, g) => [g.MatMul(v[1].T), v[0].MatMul(g)], [Leaf([4, 4], 5).Tanh(), Dense(x, 4, 1)]).Apply().Sum()),
        new("PowerOfTheWrongExponent", 0, x => Plant("PowerOfTheWrongExponent", v => v.Square() * v, (v, _, g) => g * 3 * v, Dense(x, 5, 1)).Mean()),
        new("GatherThatOverwrites", 0, x => Plant("GatherThatOverwrites", v => v.IndexSelect(0, Tensor.Indices([1, 1, 2])), (v, _, g) => Tensor.Concat([Tensor.Zeros([1, v.Shape[1]], DType.Float64), g[1..3], Tensor.Zeros([1, v.Shape[1]], DType.Float64)]), Dense(x, 5, 1)).Square().Sum()),
        new("RootWithNoGradient", 0, x => new Planted("RootWithNoGradient", v => v[0].Sqrt(), (_, _, _) => [null], [Dense(x, 5, 1).Square() + 1]).Apply().Mean()),
        new("OneWrongEntryOfMany", 0, x => Plant("OneWrongEntryOfMany", v => 3 * v, (v, _, g) => g * (3 + Tensor.Arange(0, v.ElementCount, 1, DType.Float64).EqualTo(777).To(DType.Float64).Reshape(v.Shape) * 0.01), Dense(x, 400, 1)).Tanh().Sum()),
    ];

    [TestCaseSource(nameof(s_networks))]
    public void TheWrongOperationIsNamed(Network network)
    {
        using var autograd = new Autograd();
        network.Run(Random([4, 3], 77));
        int expected = autograd.Operations.ToList().FindIndex(operation => operation.Name == network.Operation);
        OperationCheckException error = Assert.Throws<OperationCheckException>(() => autograd.Check())!;
        Assert.That((error.Fault, error.Operation.Name, error.Position, error.Input), Is.EqualTo((OperationFault.WrongRule, network.Operation, expected, network.Input)));
        Assert.That(error.Operation, Is.SameAs(autograd.Operations[expected]));
        Assert.That(error.Message, Does.StartWith($"Check: {EquationTests.PrintedBy(error.Operation)}: rule wrong for input {network.Input}: got ").And.Contain(", expected "));
        Assert.That(error.Index, Has.Count.EqualTo(error.Operation.Inputs[network.Input].Rank));
        Assert.That(error.Got, Is.Not.EqualTo(error.Expected).Within(1e-5));
    }

    [TestCaseSource(nameof(s_networks))]
    public void TheWrongOperationIsNamedInSinglePrecision(Network network)
    {
        if (network.Operation is "CycleNotInverted" or "ProductNotTransposed" or "SoftmaxByItsDiagonal" or "OneWrongEntryOfMany" or "GatherThatOverwrites") return;
        using var autograd = new Autograd();
        network.Run(Random([4, 3], 77, DType.Float32));
        OperationCheckException error = Assert.Throws<OperationCheckException>(() => autograd.Check())!;
        Assert.That((error.Operation.Name, error.Input), Is.EqualTo((network.Operation, network.Input)));
    }

    [Test]
    public void TheNumbersAreThoseOfTheDerivative()
    {
        Tensor x = Tensor.From([0, 1, 2, 3, 4, 5.0], [3, 2], DType.Float64);
        x.RequiresGrad = true;
        Tensor right = Tensor.From([1, 1, 1, 1, 1, 1.1], [3, 2], DType.Float64);
        using var autograd = new Autograd();
        (Plant("Bend", v => v.Sigmoid(), (_, y, g) => g * y * (1 - y) * right, -x) * 7).Sum();
        OperationCheckException error = Assert.Throws<OperationCheckException>(() => autograd.Check())!;
        double slope = Math.Exp(-5) / Math.Pow(1 + Math.Exp(-5), 2);
        Assert.That(error.Index, Is.EqualTo(new[] { 2, 1 }));
        Assert.That(error.Got, Is.EqualTo(1.1 * slope).Within(1e-12));
        Assert.That(error.Expected, Is.EqualTo(slope).Within(1e-9));
        Assert.That(error.Message, Is.EqualTo("Check: v3 = Bend(v2): rule wrong for input 0: got 0.00731286, expected 0.00664806 at [2, 1]"));
    }

    [Test]
    public void ABigNetworkPasses([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        var model = new MLP(100, [120, 80], 10, dtype: dtype, generator: new Generator(1));
        long[] labels = [.. Enumerable.Range(0, 64).Select(i => (long)(i % 10))];
        using var autograd = new Autograd();
        Tensor loss = new CrossEntropyLoss().Forward(model.Forward(Random([64, 100], 2, dtype)), Tensor.Indices(labels));
        TapeCheck check = autograd.Check();
        Assert.That(check.Operations, Is.EqualTo(autograd.Operations.Count));
        Assert.That(check.Unjudged, Is.Empty);
        Assert.That(check.ToString(), Does.StartWith("7 operations checked, none wrong"));
        Assert.That(() => autograd.Backward(loss), Throws.Nothing, "the tape is as it was");
    }

    [Test]
    public void TheTapeIsAsItWas()
    {
        Tensor x = Leaf([3, 4], 1);
        using var autograd = new Autograd();
        Tensor loss = (x.Tanh() * x.Softmax(1)).Sum();
        double[] before = autograd.Gradients(loss, [x])[0]!.ToArray();
        (Tensor[] Inputs, Tensor Output)[] tape = [.. autograd.Operations.Select(operation => (operation.Inputs.ToArray(), operation.Output))];
        autograd.Check();
        Assert.That(autograd.Operations.Select(operation => operation.Output), Is.EqualTo(tape.Select(entry => entry.Output)).Using<Tensor>(ReferenceEquals));
        for (int i = 0; i < tape.Length; i++)
            Assert.That(autograd.Operations[i].Inputs, Is.EqualTo(tape[i].Inputs).Using<Tensor>(ReferenceEquals));
        Assert.That(autograd.Gradients(loss, [x])[0]!.ToArray(), Is.EqualTo(before));
        Assert.That(Autograd.IsRecording, Is.True);
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void TheTapeIsAsItWasAfterAWrongRule()
    {
        Tensor x = Leaf([3], 1);
        using var autograd = new Autograd();
        Tensor loss = Plant("Wrong", v => v.Sin(), (_, _, g) => g, x).Sum();
        Tensor value = autograd.Operations[0].Output;
        Assert.Throws<OperationCheckException>(() => autograd.Check());
        Assert.That(autograd.Operations[0].Inputs[0], Is.SameAs(x));
        Assert.That(autograd.Operations[0].Output, Is.SameAs(value));
        Assert.That(Autograd.IsRecording, Is.True);
        Assert.That(() => autograd.Backward(loss), Throws.Nothing);
    }

    /// <summary>An operation that keeps what its Forward saw, as the rules of many textbooks do.</summary>
    sealed class SquareThatRemembers(Tensor x) : Operation(x)
    {
        double[] _seen = [];

        protected override Tensor Forward()
        {
            _seen = X.ToArray();
            return X * X;
        }

        public override Tensor?[] Backward(Tensor gradient) => [gradient * 2 * Tensor.From(_seen, X.Shape, X.DType)];
    }

    [Test]
    public void WhatAnOperationRemembersIsOfTheRecordedRun()
    {
        Tensor x = Leaf([3], 1);
        using var autograd = new Autograd();
        Tensor loss = new SquareThatRemembers(x).Apply().Sum();
        autograd.Check();
        autograd.Backward(loss);
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(x.ToArray().Select(v => 2 * v)).Within(1e-15));
    }

    [Test]
    public void KinksAreToldApart()
    {
        Tensor x = Tensor.From([-1.0, 0, 2, 2, 2], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        (x.ReLU() + x.Abs()).Sum();
        x.AMax();
        TapeCheck check = autograd.Check();
        Assert.That(check.Kinks.Select(note => (note.Position, note.Operation.Name)),
            Is.EqualTo(new[] { (0, "ReLU"), (4, "AMax"), (4, "AMax"), (4, "AMax") }), "|x| gives 0 at 0, as central differences do");
        Assert.That(check.Kinks[0].Text, Does.Contain("input 0 at [1]").And.Contain("the slope is 0 to the left and 1 to the right, the rule gives 0"));
        Assert.That(check.ToString(), Does.Contain("4 kinks").And.Contain("v6 = AMax(v1): input 0 at [2]"));
    }

    [Test]
    public void AValueOutsideTheSlopesOfAKinkIsWrong()
    {
        Tensor x = Tensor.From([-1.0, 0, 2], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Plant("Ramp", v => v.ReLU(), (v, _, g) => g * ((v > 0).To(v.DType) - 3 * v.EqualTo(0).To(v.DType)), x);
        OperationCheckException error = Assert.Throws<OperationCheckException>(() => autograd.Check())!;
        Assert.That((error.Operation.Name, error.Index[0], error.Got), Is.EqualTo(("Ramp", 1, -3)));
        Assert.That(error.Message, Does.Contain("a kink: the slope is 0 to the left and 1 to the right, the rule gives -3"));
    }

    [Test]
    public void AWrongTangentIsNamed()
    {
        Tensor x = Leaf([3], 1);
        using var autograd = new Autograd();
        new Planted("Sine", v => v[0].Sin(), (v, _, g) => [g * v[0].Cos()], [x.Tanh()], (v, t) => t[0]! * v[0].Sin()).Apply();
        OperationCheckException error = Assert.Throws<OperationCheckException>(() => autograd.Check())!;
        Assert.That((error.Fault, error.Position), Is.EqualTo((OperationFault.WrongTangent, 1)));
        Assert.That(error.Message, Does.Contain("v3 = Sine(v2): Tangent disagrees with Backward"));
    }

    [Test]
    public void SettingsAndSharedInputsAreRespected()
    {
        Tensor x = Leaf([4, 3], 1);
        Tensor twice = Leaf([3], 2);
        using var autograd = new Autograd();
        Tensor masked = Tensor.Where(x > 0, x.Exp(), twice * twice);
        masked.Gather(1, Tensor.Indices([2, 0, 1, 1], [4, 1])).Sum();
        masked[1..3, ^2..].Square().Mean();
        Tensor.Concat([x, x.Clamp(-0.5, 0.5)], 1).Var(0).Sum();
        new BCEWithLogitsLoss(positiveWeight: Tensor.From([2.0, 0.5, 1], DType.Float64)).Forward(x, Tensor.Full([4, 3], 0.25, DType.Float64));
        TapeCheck check = autograd.Check();
        Assert.That((check.Kinks.Count, check.Unjudged.Count), Is.EqualTo((0, 0)), check.ToString());
    }

    [Test]
    public void AnOperationThatCannotRunInDoubleIsJudgedInSingle()
    {
        Tensor scale = Tensor.From([1.5, -2, 0.5], DType.Float32), x = Leaf([3], 1, DType.Float32);
        using var autograd = new Autograd();
        Plant("Scaled", v => (v * scale).Sin(), (v, _, g) => g * (v * scale).Cos() * scale, x).To(DType.Float64).Sum();
        x.Detach().To(DType.Float64);
        Assert.That(autograd.Check().Unjudged, Is.Empty);
        Plant("WronglyScaled", v => (v * scale).Sin(), (v, _, g) => g * (v * scale).Cos(), x);
        OperationCheckException error = Assert.Throws<OperationCheckException>(() => autograd.Check())!;
        Assert.That(error.Operation.Name, Is.EqualTo("WronglyScaled"));
        Assert.That(error.Got / error.Expected, Is.EqualTo(1 / 1.5).Within(1e-3));
    }

    [Test]
    public void SmallNumbersAreJudgedWithSmallSteps()
    {
        Tensor x = Tensor.From([1e-5, 3e-7, 1e-9, 0.04], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        (x.Sqrt() + x.Log() + 0.001 / x + x.ReLU()).Sum();
        TapeCheck check = autograd.Check();
        Assert.That((check.Kinks.Count, check.Unjudged.Count), Is.EqualTo((0, 0)), check.ToString());
        Plant("RootOfTheWrongSlope", v => v.Sqrt(), (_, y, g) => g * 0.49 / y, x);
        OperationCheckException error = Assert.Throws<OperationCheckException>(() => autograd.Check())!;
        Assert.That((error.Operation.Name, error.Index[0]), Is.EqualTo(("RootOfTheWrongSlope", 0)));
    }

    [Test]
    public void AGradientOfTheWrongShapeIsNamed()
    {
        using var autograd = new Autograd();
        Plant("Crossed", v => v.Transpose(0, 1) * 2, (_, _, g) => g * 2, Leaf([2, 3], 1));
        OperationCheckException error = Assert.Throws<OperationCheckException>(() => autograd.Check())!;
        Assert.That((error.Fault, error.Input), Is.EqualTo((OperationFault.WrongRule, 0)));
        Assert.That(error.Message, Does.Contain("v2 = Crossed(v1): rule wrong for input 0: the gradient has shape (3, 2), the input (2, 3)"));
    }

    // A wrong rule, and what the report must contain. All but the last ones also make Backward throw or return a wrong gradient.
    static IEnumerable<TestCaseData> BadRules()
    {
        yield return Case("throws", OperationFault.Threw, "Backward threw ArithmeticException: boom", (_, _, _) => throw new ArithmeticException("boom"));
        yield return Case("throws what the library throws", OperationFault.Threw, "Backward threw ArgumentException: Reshape: ", (v, _, _) => [v[0].Reshape([17])]);
        yield return Case("throws out of the input's range", OperationFault.Threw, "Backward threw IndexOutOfRangeException", (v, _, _) => [v[1]]);
        yield return Case("returns null", OperationFault.Refused, "returned null gradients for 1 inputs", (_, _, _) => null!);
        yield return Case("returns none", OperationFault.Refused, "returned 0 gradients for 1 inputs", (_, _, _) => []);
        yield return Case("returns two", OperationFault.Refused, "returned 2 gradients for 1 inputs", (_, _, g) => [g, g]);
        yield return Case("returns another type", OperationFault.WrongRule, "the gradient is Float32, the input Float64", (_, _, g) => [(2 * g).To(DType.Float32)]);
        yield return Case("returns integers", OperationFault.WrongRule, "the gradient is Int64, the input Float64", (_, _, g) => [g.To(DType.Int64)]);
        yield return Case("returns another shape", OperationFault.WrongRule, "the gradient has shape (3, 2), the input (2, 3)", (_, _, g) => [2 * g.T]);
        yield return Case("returns too few numbers", OperationFault.WrongRule, "the gradient has shape (), the input (2, 3)", (_, _, g) => [2 * g.Sum()]);
        yield return Case("returns NaN", OperationFault.WrongRule, "got NaN, expected", (_, _, g) => [g * double.NaN]);
        yield return Case("returns one NaN", OperationFault.WrongRule, "got NaN, expected", (_, _, g) => [2 * g + Tensor.From([0, 0, 0, double.NaN, 0, 0], [2, 3], DType.Float64)]);
        yield return Case("returns infinity", OperationFault.WrongRule, "got Infinity, expected", (_, _, g) => [g.Abs() * double.PositiveInfinity]);

        static TestCaseData Case(string name, OperationFault fault, string text, Func<Tensor[], Tensor, Tensor, Tensor?[]> rule) => new TestCaseData(fault, text, rule).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(BadRules))]
    public void WhateverARuleDoesItsOperationIsNamed(OperationFault fault, string text, Func<Tensor[], Tensor, Tensor, Tensor?[]> rule)
    {
        foreach (Shape shape in (Shape[])[[2, 3], [2, 3]])
        {
            Tensor x = Leaf(shape, 1);
            double[] before = x.ToArray();
            using var autograd = new Autograd();
            Tensor hidden = x.Tanh(), y = new Planted("Bad", v => 2 * v[0], rule, [hidden]).Apply();
            var error = Assert.Throws<OperationCheckException>(() => autograd.Check())!;
            Assert.That((error.Fault, error.Position, error.Operation), Is.EqualTo((fault, 1, y.Producer)), error.Message);
            Assert.That(error.Message, Does.StartWith("Check: v3 = Bad(v2): ").And.Contain(text));
            Assert.That((y.Producer!.Inputs[0], y.Producer.Output), Is.EqualTo((hidden, y)), "what was recorded is there again");
            Assert.That((x.ToArray(), Autograd.IsRecording, autograd.Operations.Count), Is.EqualTo((before, true, 2)));
        }
    }

    [Test]
    public void ARuleIsRefusedInAnyTypeAndBesideNaN()
    {
        foreach (double value in (double[])[0.5, double.NaN, double.PositiveInfinity])
            foreach (DType dtype in (DType[])[DType.Float32, DType.Float64])
            {
                Tensor x = Tensor.Full([2], value, dtype);
                x.RequiresGrad = true;
                using var autograd = new Autograd();
                DType other = dtype == DType.Float32 ? DType.Float64 : DType.Float32;
                Tensor y = Plant("OfAnotherType", v => 2 * v, (_, _, g) => (2 * g).To(other), x);
                Assert.That(() => autograd.Backward(y.Sum()), Throws.InvalidOperationException);
                Assert.That(() => autograd.Check(), Throws.InstanceOf<OperationCheckException>().With.Message.Contains("v2 = OfAnotherType(v1)"), $"{value} {dtype}");
            }
    }

    [Test]
    public void AForwardThatThrowsElsewhereIsNamed()
    {
        Tensor x = Leaf([2], 1);
        double[] recorded = x.ToArray();
        using var autograd = new Autograd();
        Plant("Picky", v => v.ToArray().SequenceEqual(recorded) ? v * 1 : throw new NotSupportedException("only there"), (_, _, g) => g, x);
        var error = Assert.Throws<OperationCheckException>(() => autograd.Check())!;
        Assert.That((error.Fault, error.InnerException), Is.EqualTo((OperationFault.Threw, error.InnerException as NotSupportedException)));
        Assert.That(error.Message, Does.Contain("v2 = Picky(v1): Forward at inputs close to the recorded ones threw NotSupportedException: only there"));

        int runs = 0;
        Plant("Once", v => runs++ == 0 ? v * 1 : throw new NotSupportedException("once"), (_, _, g) => g, x);
        using var other = new Autograd();
        runs = 0;
        Plant("Once", v => runs++ == 0 ? v * 1 : throw new NotSupportedException("once"), (_, _, g) => g, x);
        Assert.That(() => other.Check(), Throws.InstanceOf<OperationCheckException>().With.Message.Contains("v4 = Once(v1): Forward threw NotSupportedException: once"));
    }

    [Test]
    public void AForwardOfAnotherShapeTheSecondTimeIsNamed()
    {
        int runs = 0;
        using var autograd = new Autograd();
        Plant("Growing", v => Tensor.Concat([.. Enumerable.Repeat(v, ++runs)]), (v, _, g) => g[..v.Shape[0]], Leaf([2], 1));
        Assert.That(() => autograd.Check(), Throws.InstanceOf<OperationCheckException>().With.Message.Contains("v2 = Growing(v1): Forward gave (4,) Float64 the second time, (2,) Float64 the first"));
    }

    [Test]
    public void AGradientOnTheTapeOfAnotherThreadIsNamed()
    {
        Tensor x = Leaf([2], 1);
        using ManualResetEventSlim made = new(), done = new();
        Tensor? foreign = null;
        var thread = new Thread(() =>
        {
            Tensor w = Leaf([2], 2);
            using var theirs = new Autograd();
            foreign = w.Exp();
            made.Set();
            done.Wait();
        });
        thread.Start();
        made.Wait();
        try
        {
            using var autograd = new Autograd();
            Plant("Foreign", v => 2 * v, (_, _, g) => foreign!, x);
            Assert.That(() => autograd.Check(), Throws.InstanceOf<OperationCheckException>().With.Message.Contains("v2 = Foreign(v1)").And.Message.Contains("tape of another thread"));
        }
        finally
        {
            done.Set();
            thread.Join();
        }
    }

    static IEnumerable<TestCaseData> BadTangents()
    {
        yield return Case("throws", "Tangent threw DivideByZeroException", (_, _) => throw new DivideByZeroException());
        yield return Case("returns null", "Tangent returned null", (_, _) => null!);
        yield return Case("returns another type", "Tangent returned (2,) Float32 for an output (2,) Float64", (_, t) => (2 * t[0]!).To(DType.Float32));
        yield return Case("returns another shape", "Tangent returned (3,) Float64", (_, _) => Tensor.Zeros([3], DType.Float64));

        static TestCaseData Case(string name, string text, Func<Tensor[], Tensor?[], Tensor> tangent) => new TestCaseData(text, tangent).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(BadTangents))]
    public void WhateverATangentDoesItsOperationIsNamed(string text, Func<Tensor[], Tensor?[], Tensor> tangent)
    {
        using var autograd = new Autograd();
        new Planted("Bad", v => 2 * v[0], (_, _, g) => [2 * g], [Leaf([2], 1)], tangent).Apply();
        Assert.That(() => autograd.Check(), Throws.InstanceOf<OperationCheckException>().With.Message.StartsWith("Check: v2 = Bad(v1): ").And.Message.Contains(text));
    }

    [Test]
    public void AnInfiniteSlopeIsNotJudgedWhereDifferencesGrowWithoutBound()
    {
        Tensor x = Tensor.From([0.0, 1], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Plant("CubeRoot", v => Tensor.From([.. v.ToArray().Select(Math.Cbrt)], v.Shape, v.DType), (_, y, g) => g / (3 * y.Square()), x);
        TapeCheck check = autograd.Check();
        Assert.That(check.Unjudged.Select(note => note.Text), Has.Some.Contains("grows without bound"));
    }

    [Test]
    public void ARandomForwardIsNamed()
    {
        var generator = new Generator(1);
        using var autograd = new Autograd();
        Plant("Noise", v => v * Tensor.Rand(v.Shape, v.DType, generator), (_, _, g) => g, Leaf([3], 1).Tanh());
        OperationCheckException error = Assert.Throws<OperationCheckException>(() => autograd.Check())!;
        Assert.That((error.Fault, error.Position), Is.EqualTo((OperationFault.NotRepeatable, 1)));
        Assert.That(error.Message, Does.Contain("Noise").And.Contain("the second time"));
    }

    [Test]
    public void AForwardPastTheInputsIsNamed()
    {
        Tensor x = Leaf([3], 1);
        using var autograd = new Autograd();
        Plant("Captured", _ => x * x, (_, _, g) => g * 2 * x, x);
        OperationCheckException error = Assert.Throws<OperationCheckException>(() => autograd.Check())!;
        Assert.That(error.Fault, Is.EqualTo(OperationFault.InputNotRead));
        Assert.That(error.Message, Does.Contain("write X or Inputs[0]"));
    }

    [Test]
    public void ValuesThatAreNotFiniteAreNotJudged()
    {
        Tensor x = Tensor.From([0.0, 1], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        x.Log().Sum();
        TapeCheck check = autograd.Check();
        Assert.That(check.Unjudged.Select(note => note.Position), Is.EqualTo(new[] { 0, 1 }));
        Assert.That(check.ToString(), Does.Contain("2 not judged").And.Contain("v2 = Log(v1): a value is NaN or infinite"));
    }

    [Test]
    public void TheSourceLineIsNamed()
    {
        using var autograd = new Autograd(recordSources: true);
        Plant("Wrong", v => v.Sin(), (_, _, g) => g, Leaf([3], 1));
        OperationCheckException error = Assert.Throws<OperationCheckException>(() => autograd.Check())!;
        Assert.That(error.Message, Does.Contain("v2 = Wrong(v1) (").And.Contain("TapeCheckTests.cs:"));
    }

    [Test]
    public void AnEndedScopeSaysSo()
    {
        var autograd = new Autograd();
        autograd.Dispose();
        Assert.That(() => autograd.Check(), Throws.InvalidOperationException.With.Message.Contains("Check: this Autograd scope has ended"));
    }
}
