using System.Globalization;
using MyTorch.Kernels;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>Adam, AdamW, RMSprop and Adagrad: steps worked out by hand, one pass against the formula, settings and state.</summary>
[NonParallelizable]
public sealed class AdaptiveTests
{
    /// <summary>Makes an optimizer that updates in one pass, or by the formula.</summary>
    public delegate Optimizer Maker(IEnumerable<Tensor> parameters, bool inOnePass);

    static Parameter Learned(params double[] values) => new(Tensor.From(values, DType.Float64));

    static void Step(Optimizer optimizer, Tensor parameter, double gradient)
    {
        parameter.Grad = Tensor.Full(parameter.Shape, gradient, parameter.DType);
        optimizer.Step();
    }

    [TestCase(false)]
    [TestCase(true)]
    public void AdamIsAsWorkedOutByHand(bool amsgrad)
    {
        Parameter w = Learned(1);
        var optimizer = new Adam([w], learningRate: 0.1, (0.5, 0.75), epsilon: 0.5, weightDecay: 0.25, amsgrad);
        Step(optimizer, w, 3.75);   // g = 4, m = 2, v = 4, m̂ = 4, v̂ = 16
        double first = 1 - 0.1 * 4 / (4 + 0.5);
        Assert.That(w.Item(), Is.EqualTo(first).Within(1e-15));
        Step(optimizer, w, 0);   // g = w/4
        double g = first / 4, m = (0.5 * 2 + 0.5 * g) / 0.75, v = 0.75 * 4 + 0.25 * g * g;
        double divisor = Math.Sqrt((amsgrad ? 4 : v) / (1 - 0.75 * 0.75)) + 0.5;
        Assert.That(w.Item(), Is.EqualTo(first - 0.1 * m / divisor).Within(1e-15));
    }

    [Test]
    public void AdamWShrinksTheParameterAndLeavesTheGradientAsItIs()
    {
        Parameter w = Learned(2);
        Step(new AdamW([w], learningRate: 0.1, weightDecay: 0.5, epsilon: 0), w, -7);   // the first step is η in the direction of −g
        Assert.That(w.Item(), Is.EqualTo(2 * (1 - 0.1 * 0.5) + 0.1).Within(1e-15));
    }

    [Test]
    public void RMSpropIsAsWorkedOutByHand()
    {
        Parameter w = Learned(0), centered = Learned(0);
        var optimizer = new RMSprop([w], learningRate: 0.1, alpha: 0.75, epsilon: 0.5, momentum: 0.5);
        Step(optimizer, w, 4);   // s = 4, b = 4/2.5 = 1.6
        Assert.That(w.Item(), Is.EqualTo(-0.16).Within(1e-15));
        Step(optimizer, w, 0);   // s = 3, b = 0.8
        Assert.That(w.Item(), Is.EqualTo(-0.24).Within(1e-15));
        Step(new RMSprop([centered], learningRate: 0.1, alpha: 0.75, epsilon: 0.5, centered: true), centered, 4);   // s − a² = 4 − 1
        Assert.That(centered.Item(), Is.EqualTo(-0.1 * 4 / (Math.Sqrt(3) + 0.5)).Within(1e-15));
    }

    [Test]
    public void AdagradIsAsWorkedOutByHand()
    {
        Parameter w = Learned(0);
        var optimizer = new Adagrad([w], learningRate: 0.5, learningRateDecay: 0.25, initialAccumulatorValue: 7, epsilon: 1);
        Step(optimizer, w, 3);   // s = 16
        Assert.That(w.Item(), Is.EqualTo(-0.5 * 3 / 5).Within(1e-15));
        Step(optimizer, w, -3);   // s = 25, η' = 0.4
        Assert.That(w.Item(), Is.EqualTo(-0.3 + 0.4 * 3 / 6).Within(1e-15));
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void ACenteredStepIsNoNaNWhereRoundingMakesTheVarianceNegative(DType dtype)
    {
        // Equal gradients have the variance 0. After some hundred steps s − a² is rounding.
        foreach (bool inOnePass in (bool[])[false, true])
        {
            var w = new Parameter(Tensor.Zeros([50], dtype));
            var optimizer = new RMSprop([w], learningRate: 1e-9, alpha: 0.9, centered: true) { InOnePass = inOnePass };
            Tensor gradient = Tensor.From([.. Enumerable.Range(1, 50).Select(i => i / 7.0)], dtype);
            for (int step = 0; step < 500; step++)
            {
                w.Grad = gradient;
                optimizer.Step();
            }
            Dictionary<string, Tensor> state = optimizer.StateDict();
            Tensor variance = state["state.0.square_avg"] - state["state.0.grad_avg"].Square();
            Assert.That(variance.ToArray(), Has.Some.LessThan(0), "it happens");
            Assert.That(w.ToArray(), Has.All.LessThan(0), "and every element has moved");
        }
    }

    static IEnumerable<TestCaseData> Settings()
    {
        foreach (bool amsgrad in (bool[])[false, true])
            foreach (double decay in (double[])[0, 0.1])
            {
                yield return Case($"Adam, amsgrad {amsgrad}, decay {decay}", (p, one) => new Adam(p, 0.01, null, 1e-8, decay, amsgrad) { InOnePass = one });
                yield return Case($"AdamW, amsgrad {amsgrad}, decay {decay}", (p, one) => new AdamW(p, 0.01, (0.8, 0.95), 1e-6, decay, amsgrad) { InOnePass = one });
            }
        foreach (bool centered in (bool[])[false, true])
            foreach (double momentum in (double[])[0, 0.9])
                foreach (double decay in (double[])[0, 0.1])
                    yield return Case(
                        $"RMSprop, centered {centered}, momentum {momentum}, decay {decay}",
                        (p, one) => new RMSprop(p, 0.01, 0.9, 1e-8, decay, momentum, centered) { InOnePass = one });
        foreach (double decay in (double[])[0, 0.1])
        {
            yield return Case($"Adagrad, decay {decay}", (p, one) => new Adagrad(p, 0.1, 0, decay) { InOnePass = one });
            yield return Case($"Adagrad, decay {decay}, falling rate, first sum", (p, one) => new Adagrad(p, 0.1, 0.3, decay, 0.5, 0.01) { InOnePass = one });
        }

        static TestCaseData Case(string name, Maker make) => new TestCaseData(make).SetName($"OnePassHasTheBitsOfTheFormula({name})");
    }

    [TestCaseSource(nameof(Settings))]
    public void OnePassHasTheBitsOfTheFormula(Maker make)
    {
        VectorWidth before = VectorPath.Current;
        try
        {
            foreach (DType dtype in (DType[])[DType.Float32, DType.Float64])
            {
                string[] expected = Run(dtype, inOnePass: false);
                Assert.That(expected[0], Is.Not.EqualTo(expected[^1]));
                foreach (VectorWidth width in VectorPath.Available)
                {
                    VectorPath.Current = width;
                    Assert.That(Run(dtype, inOnePass: true), Is.EqualTo(expected), $"{dtype}, {width}");
                }
            }
        }
        finally
        {
            VectorPath.Current = before;
        }

        // Lengths with whole vectors and a rest; extreme and special gradients; state compared too.
        string[] Run(DType dtype, bool inOnePass)
        {
            Parameter[] parameters = [.. ((int[])[1, 7, 64, 83]).Select(n => new Parameter(Tensor.Randn([n], dtype, new Generator(n))))];
            Optimizer optimizer = make(parameters, inOnePass);
            var generator = new Generator(9);
            var bits = new List<string>();
            for (int step = 0; step < 5; step++)
            {
                foreach (Parameter parameter in parameters)
                {
                    double[] gradient = Tensor.Randn([parameter.ElementCount], dtype, generator).ToArray();
                    if (gradient.Length > 60 && step > 0)
                        (gradient[3], gradient[11], gradient[20], gradient[33], gradient[^1]) = (0, 1e-30, -1e15, step == 2 ? double.NaN : 1, 1e25);
                    parameter.Grad = Tensor.From(gradient, dtype);
                }
                optimizer.Step();
                bits.AddRange(optimizer.StateDict().OrderBy(entry => entry.Key).Select(entry => $"{entry.Key} {Bits(entry.Value)}"));
                bits.AddRange(parameters.Select(Bits));
            }
            return [.. bits];
        }

        static string Bits(Tensor x) => string.Join(
            ' ', x.ToArray().Select(value => double.IsNaN(value) ? "NaN" : BitConverter.DoubleToInt64Bits(value).ToString("X", CultureInfo.InvariantCulture)));
    }

    [Test]
    public void ALargeParameterMovesTheSameWithAnyNumberOfThreads()
    {
        const int Length = (1 << 18) + 12345;
        Tensor start = Tensor.Randn([Length], DType.Float32, new Generator(1)), gradient = Tensor.Randn([Length], DType.Float32, new Generator(2));
        int before = Parallelism.Threads;
        try
        {
            float[][] moved = [.. ((int[])[1, 2, 3]).Select(threads =>
            {
                Parallelism.Threads = threads;
                var w = new Parameter(start);
                var optimizer = new Adam([w], amsgrad: true);
                for (int step = 0; step < 2; step++)
                {
                    w.Grad = gradient;
                    optimizer.Step();
                }
                return w.ToFloatArray();
            })];
            Assert.That(moved[1].AsSpan().SequenceEqual(moved[0]) && moved[2].AsSpan().SequenceEqual(moved[0]));
            Assert.That(moved[0].Zip(start.ToFloatArray()).Count(pair => pair.First == pair.Second), Is.Zero);
        }
        finally
        {
            Parallelism.Threads = before;
        }
    }

    static readonly TestCaseData[] s_settingsOutOfRange =
    [
        Bad("learningRate", (w, bad) => new Adam(w, bad), -1, double.NaN, double.PositiveInfinity),
        Bad("betas", (w, bad) => new Adam(w, betas: (bad, 0.9)), -0.1, 1, double.NaN),
        Bad("betas", (w, bad) => new AdamW(w, betas: (0.9, bad)), -0.1, 1, double.NaN),
        Bad("epsilon", (w, bad) => new Adam(w, epsilon: bad), -1, double.NaN),
        Bad("weightDecay", (w, bad) => new AdamW(w, weightDecay: bad), -1, double.NaN),
        Bad("alpha", (w, bad) => new RMSprop(w, alpha: bad), -0.1, 1, double.NaN),
        Bad("epsilon", (w, bad) => new RMSprop(w, epsilon: bad), -1),
        Bad("momentum", (w, bad) => new RMSprop(w, momentum: bad), -1, double.PositiveInfinity),
        Bad("weightDecay", (w, bad) => new RMSprop(w, weightDecay: bad), -1),
        Bad("learningRateDecay", (w, bad) => new Adagrad(w, learningRateDecay: bad), -1, double.NaN),
        Bad("initialAccumulatorValue", (w, bad) => new Adagrad(w, initialAccumulatorValue: bad), -1),
        Bad("weightDecay", (w, bad) => new Adagrad(w, weightDecay: bad), -1),
        Bad("epsilon", (w, bad) => new Adagrad(w, epsilon: bad), -1),
    ];

    static TestCaseData Bad(string name, Func<IEnumerable<Tensor>, double, Optimizer> make, params double[] values) => new(name, make, values);

    [TestCaseSource(nameof(s_settingsOutOfRange))]
    public void ASettingOutOfRangeIsNamed(string name, Func<IEnumerable<Tensor>, double, Optimizer> make, double[] values)
    {
        foreach (double value in values)
            Assert.That(() => make([Learned(1)], value), Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.Contains(name).And.Message.Contains(value.ToString(CultureInfo.InvariantCulture)));
    }

    [Test]
    public void TheNamesOfTheStateArePyTorchs()
    {
        Assert.That(Names(w => new Adam(w, amsgrad: true)), Is.EquivalentTo(new[] { "step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq" }));
        Assert.That(Names(w => new AdamW(w)), Is.EquivalentTo(new[] { "step", "exp_avg", "exp_avg_sq" }));
        Assert.That(Names(w => new RMSprop(w, momentum: 0.9, centered: true)), Is.EquivalentTo(new[] { "step", "square_avg", "grad_avg", "momentum_buffer" }));
        Assert.That(Names(w => new RMSprop(w)), Is.EquivalentTo(new[] { "step", "square_avg" }));
        Assert.That(Names(w => new Adagrad(w)), Is.EquivalentTo(new[] { "step", "sum" }));
        Assert.That(Options(w => new Adam(w)), Is.EqualTo(new[] { "lr", "betas.0", "betas.1", "eps", "weight_decay", "amsgrad" }));
        Assert.That(Options(w => new RMSprop(w)), Is.EqualTo(new[] { "lr", "alpha", "eps", "weight_decay", "momentum", "centered" }));
        Assert.That(Options(w => new Adagrad(w)), Is.EqualTo(new[] { "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps" }));
        Assert.That(new AdamW([Learned(1)]).ParameterGroups[0]["weight_decay"], Is.EqualTo(0.01), "PyTorch's default");

        static string[] Names(Func<IEnumerable<Tensor>, Optimizer> make)
        {
            Parameter w = Learned(1, 2);
            Optimizer optimizer = make([w]);
            Step(optimizer, w, 1);
            return [.. optimizer.StateDict().Keys.Where(key => key.StartsWith("state.0.", StringComparison.Ordinal)).Select(key => key["state.0.".Length..])];
        }

        static string[] Options(Func<IEnumerable<Tensor>, Optimizer> make) => [.. make([Learned(1)]).ParameterGroups[0].Options.Select(option => option.Name)];
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Int64)]
    public void ACountOfStepsMayHaveAnotherType(DType dtype)
    {
        // PyTorch's state has it in Float32, also for parameters in Float64.
        Parameter w = Learned(1, 2), resumed = Learned(1, 2);
        Optimizer whole = new Adam([w]), second = new Adam([resumed]);
        for (int step = 0; step < 3; step++) Step(whole, w, step - 0.5);
        resumed.CopyFrom(w);
        Dictionary<string, Tensor> state = whole.StateDict();
        state["state.0.step"] = state["state.0.step"].To(dtype);
        second.LoadStateDict(state);
        Step(whole, w, 4);
        Step(second, resumed, 4);
        Assert.That(resumed.ToArray(), Is.EqualTo(w.ToArray()));
        state["state.0.step"] = Tensor.From(0.1, DType.Float64);
        Assert.That(() => new Adam([new Parameter(Tensor.Ones([2]))]).LoadStateDict(state), Throws.ArgumentException.With.Message.Contains("must be"), "it would be rounded");
    }

    [Test]
    public void AStepOfSmallParametersAllocatesNothing()
    {
        foreach (Func<IEnumerable<Tensor>, Optimizer> make in (Func<IEnumerable<Tensor>, Optimizer>[])
            [w => new Adam(w, amsgrad: true), w => new AdamW(w), w => new RMSprop(w, momentum: 0.9, centered: true), w => new Adagrad(w)])
        {
            Parameter[] parameters = [new(Tensor.Ones([300, 300], DType.Float32)), new(Tensor.Ones([5], DType.Float64))];
            Optimizer optimizer = make(parameters);
            foreach (Parameter parameter in parameters) parameter.Grad = Tensor.OnesLike(parameter);
            optimizer.Step();
            long least = long.MaxValue;
            // The runtime may note something about a method's first calls.
            for (int step = 0; step < 5; step++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                optimizer.Step();
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
            Assert.That(least, Is.Zero, optimizer.GetType().Name);
        }
    }

    [Test]
    public void ALeafThatSharesItsMemoryIsCopiedBeforeItMoves()
    {
        foreach (Func<Tensor, Optimizer> make in (Func<Tensor, Optimizer>[])[w => new SGD([w], 1, momentum: 0.5), w => new Adam([w])])
        {
            Tensor source = Tensor.Ones([3]), shared = source.Alias();
            shared.RequiresGrad = true;
            Step(make(shared), shared, 1);
            Assert.That(source.ToArray(), Has.All.EqualTo(1));
            Assert.That(shared.ToArray(), Has.All.LessThan(1));
        }
    }
}
