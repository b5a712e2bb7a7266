using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>Learning rates from epoch to epoch: formulas, several groups, combinations, and state that is saved and loaded.</summary>
public sealed class ScheduleTests
{
    /// <summary>An optimizer of two groups with the rates 0.1 and 0.02.</summary>
    static SGD TwoGroups(double first = 0.1, double second = 0.02)
    {
        var optimizer = new SGD([new Parameter(1)], first);
        optimizer.AddParameterGroup(new([new Parameter(2)]) { LearningRate = second });
        return optimizer;
    }

    /// <summary>The rates of both groups in each epoch.</summary>
    static (double First, double Second)[] Run(LearningRateSchedule schedule, int epochs, Func<int, double>? metric = null)
    {
        var rates = new (double, double)[epochs];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            Assert.That(schedule.Epoch, Is.EqualTo(epoch));
            rates[epoch] = (schedule.Optimizer.ParameterGroups[0].LearningRate, schedule.Optimizer.ParameterGroups[1].LearningRate);
            if (metric is null) schedule.Step();
            else schedule.Step(metric(epoch));
        }
        return rates;
    }

    /// <summary>What PyTorch computes from one epoch to the next: rate t from rate t − 1. Starts with <paramref name="first"/>.</summary>
    static double[] Recursion(int epochs, double first, Func<int, double, double> next)
    {
        var rates = new double[epochs];
        rates[0] = first;
        for (int t = 1; t < epochs; t++) rates[t] = next(t, rates[t - 1]);
        return rates;
    }

    static IEnumerable<TestCaseData> Kinds()
    {
        // The second function is the recursion of PyTorch's documentation, from the base rate.
        yield return Case("step", o => new StepDecay(o, 3, 0.5), b => Recursion(25, b, (t, last) => t % 3 == 0 ? last * 0.5 : last));
        yield return Case("multistep", o => new MultiStepDecay(o, [3, 10, 10], 0.1), b => Recursion(25, b, (t, last) => t == 3 ? last * 0.1 : t == 10 ? last * 0.1 * 0.1 : last));
        yield return Case("exponential", o => new ExponentialDecay(o, 0.9), b => Recursion(25, b, (_, last) => last * 0.9));
        yield return Case("polynomial", o => new PolynomialDecay(o, 10, 2), b => Recursion(25, b, (t, last) => t > 10 ? last : last * Math.Pow((1 - t / 10.0) / (1 - (t - 1) / 10.0), 2)));
        yield return Case("cosine", o => new CosineAnnealing(o, 10, 0.001), b => Recursion(25, b, (t, last) =>
            // After the turn, where the recursion divides by 0, PyTorch adds the rise of one epoch.
            (t - 1 - 10) % 20 == 0 ? last + (b - 0.001) * (1 - Math.Cos(Math.PI / 10)) / 2
            : (1 + Math.Cos(Math.PI * t / 10)) / (1 + Math.Cos(Math.PI * (t - 1) / 10)) * (last - 0.001) + 0.001));
        yield return Case("linear", o => new LinearWarmup(o, 4, 0.25), b => Recursion(25, b * 0.25, (t, last) => t > 4 ? last : last * (1 + 0.75 / (4 * 0.25 + (t - 1) * 0.75))));
        yield return Case("constant", o => new ConstantFactor(o, 0.5, 4), b => Recursion(25, b * 0.5, (t, last) => t == 4 ? last / 0.5 : last));
        yield return Case("function", o => new FactorSchedule(o, epoch => 1 / (1.0 + epoch)), b => [.. Enumerable.Range(0, 25).Select(t => b / (1 + t))]);

        static TestCaseData Case(string name, Func<Optimizer, LearningRateSchedule> make, Func<double, double[]> expected) =>
            new TestCaseData(make, expected).SetName($"EachGroupFollowsTheRecursionOfPyTorchsDocumentation({name})");
    }

    [TestCaseSource(nameof(Kinds))]
    public void EachGroupFollowsTheRecursionOfPyTorchsDocumentation(Func<Optimizer, LearningRateSchedule> make, Func<double, double[]> expected)
    {
        (double First, double Second)[] rates = Run(make(TwoGroups()), 25);
        Assert.That(rates.Select(rate => rate.First), Is.EqualTo(expected(0.1)).Within(1e-14));
        Assert.That(rates.Select(rate => rate.Second), Is.EqualTo(expected(0.02)).Within(1e-14));
    }

    [Test]
    public void TheEndsOfTheFormulasAreExact()
    {
        Assert.That(Run(new CosineAnnealing(TwoGroups(), 10, 0.001), 11)[10], Is.EqualTo((0.001, 0.001)));
        Assert.That(Run(new PolynomialDecay(TwoGroups(), 10, 3), 12)[10..], Has.All.EqualTo((0, 0)));
        Assert.That(Run(new LinearWarmup(TwoGroups(), 5), 7)[5..], Has.All.EqualTo((0.1, 0.02)));
        Assert.That(Run(new StepDecay(TwoGroups(), 3), 3), Has.All.EqualTo((0.1, 0.02)));
    }

    [Test]
    public void WarmUpThenCosineCountsTheCosineFromItsMilestone()
    {
        SGD optimizer = TwoGroups();
        var schedule = new SequentialSchedule([new LinearWarmup(optimizer, 5, 0.2), new CosineAnnealing(optimizer, 10)], [5]);
        double[] rates = [.. Run(schedule, 16).Select(rate => rate.First)];
        double[] expected =
        [
            .. Enumerable.Range(0, 5).Select(t => 0.1 * (0.2 + 0.8 * t / 5)),
            .. Enumerable.Range(0, 11).Select(t => 0.05 * (1 + Math.Cos(Math.PI * t / 10))),
        ];
        Assert.That(rates, Is.EqualTo(expected).Within(1e-15));
    }

    /// <summary>A schedule as a user writes it, whose constructor's parameters are used before its constructor has run.</summary>
    sealed class Halving(Optimizer optimizer, int every) : LearningRateSchedule(optimizer)
    {
        public override double RateAt(int epoch, double baseRate) => baseRate * Math.Pow(0.5, epoch / every);
    }

    [Test]
    public void AUsersOwnScheduleIsAFewLines() =>
        Assert.That(Run(new Halving(TwoGroups(), 2), 5), Is.EqualTo(new[] { (0.1, 0.02), (0.1, 0.02), (0.05, 0.01), (0.05, 0.01), (0.025, 0.005) }));

    static IEnumerable<TestCaseData> Saved()
    {
        foreach ((string name, Func<Optimizer, LearningRateSchedule> make) in new (string, Func<Optimizer, LearningRateSchedule>)[]
        {
            ("step", o => new StepDecay(o, 3, 0.7)),
            ("cosine", o => new CosineAnnealing(o, 11, 0.001)),
            ("warm-up, then cosine", o => new SequentialSchedule([new LinearWarmup(o, 4), new CosineAnnealing(o, 11)], [4])),
            ("warm-up, then plateau", o => new SequentialSchedule([new LinearWarmup(o, 4), new ReduceOnPlateau(o, 0.5) { Patience = 1, Cooldown = 1 }], [4])),
            ("chained", o => new ChainedSchedule([new LinearWarmup(o, 4), new ExponentialDecay(o, 0.9)])),
            ("plateau", o => new ReduceOnPlateau(o, 0.5) { Patience = 1, Cooldown = 2 }),
        })
            for (int after = 0; after < 12; after += 3)
                yield return new TestCaseData(make, after).SetName($"LoadedStateGoesOnWithTheSameRates({name}, after {after} epochs)");
    }

    [TestCaseSource(nameof(Saved))]
    public void LoadedStateGoesOnWithTheSameRates(Func<Optimizer, LearningRateSchedule> make, int after)
    {
        double Metric(int epoch) => epoch < 6 ? 1.0 / (1 + epoch) : 0.3 + 0.001 * epoch;
        LearningRateSchedule whole = make(TwoGroups());
        for (int epoch = 0; epoch < after; epoch++) whole.Step(Metric(epoch));

        foreach (bool scheduleFirst in (bool[])[true, false])
        {
            SGD optimizer = TwoGroups(7, 8);
            if (!scheduleFirst) optimizer.LoadStateDict(whole.Optimizer.StateDict());
            LearningRateSchedule resumed = make(optimizer);
            resumed.LoadStateDict(whole.StateDict());
            if (scheduleFirst) optimizer.LoadStateDict(whole.Optimizer.StateDict());

            LearningRateSchedule uninterrupted = make(TwoGroups());
            for (int epoch = 0; epoch < after; epoch++) uninterrupted.Step(Metric(epoch));
            for (int epoch = after; epoch < 20; epoch++)
            {
                for (int g = 0; g < 2; g++)
                    Assert.That(
                        optimizer.ParameterGroups[g].LearningRate, Is.EqualTo(uninterrupted.Optimizer.ParameterGroups[g].LearningRate),
                        $"group {g}, epoch {epoch}");
                resumed.Step(Metric(epoch));
                uninterrupted.Step(Metric(epoch));
            }
        }
    }

    [Test]
    public void TheNamesOfTheStateArePyTorchs()
    {
        SGD optimizer = TwoGroups();
        Assert.That(new StepDecay(optimizer, 2).StateDict().Keys, Is.EquivalentTo(new[] { "last_epoch", "base_lrs" }));
        Assert.That(
            new ReduceOnPlateau(optimizer).StateDict().Keys,
            Is.EquivalentTo(new[] { "last_epoch", "base_lrs", "best", "num_bad_epochs", "cooldown_counter", "reductions" }));
    }

    /// <summary>ReduceLROnPlateau as PyTorch's documentation describes it: a rate that is changed, not computed anew.</summary>
    static double[] Plateau(double[] metrics, double rate, bool max, double factor, int patience, double threshold, bool relative, int cooldown, double least, double change)
    {
        double best = max ? double.NegativeInfinity : double.PositiveInfinity;
        int bad = 0, cooling = 0;
        var rates = new List<double>();
        foreach (double metric in metrics)
        {
            rates.Add(rate);
            double bound = relative ? best * (max ? 1 + threshold : 1 - threshold) : max ? best + threshold : best - threshold;
            if (max ? metric > bound : metric < bound)
            {
                best = metric;
                bad = 0;
            }
            else bad++;
            if (cooling > 0)
            {
                cooling--;
                bad = 0;
            }
            if (bad <= patience) continue;
            double reduced = Math.Max(rate * factor, least);
            if (rate - reduced > change) rate = reduced;
            cooling = cooldown;
            bad = 0;
        }
        return [.. rates];
    }

    [Test]
    public void ReduceOnPlateauFollowsPyTorchsRule()
    {
        var random = new Generator(5);
        for (int round = 0; round < 60; round++)
        {
            (bool max, bool relative) = (round % 2 == 1, round / 2 % 2 == 0);
            (int patience, int cooldown) = (random.Next(4), random.Next(3));
            double factor = 0.1 + 0.8 * random.NextDouble(), threshold = round % 3 == 0 ? 0 : 0.05 * random.NextDouble();
            double least = round % 5 == 0 ? 0.03 : 0, change = round % 7 == 0 ? 0.004 : 1e-8;
            double[] metrics = [.. Enumerable.Range(0, 40).Select(t => Math.Exp(-t / 10.0) * (max ? -1 : 1) + 0.05 * random.NextGaussian())];
            if (round == 8) metrics[0] = double.PositiveInfinity;

            var schedule = new ReduceOnPlateau(TwoGroups(), factor)
            {
                Mode = max ? PlateauMode.Max : PlateauMode.Min,
                Patience = patience,
                Cooldown = cooldown,
                Threshold = threshold,
                ThresholdMode = relative ? ThresholdMode.Relative : ThresholdMode.Absolute,
                Minimum = least,
                LeastChange = change,
            };
            (double First, double Second)[] rates = Run(schedule, 40, epoch => metrics[epoch]);
            // A rate that starts below the minimum stays: it may not rise.
            Assert.That(rates.Select(r => r.First), Is.EqualTo(Plateau(metrics, 0.1, max, factor, patience, threshold, relative, cooldown, least, change)).Within(1e-15), $"round {round}");
            Assert.That(rates.Select(r => r.Second), Is.EqualTo(Plateau(metrics, 0.02, max, factor, patience, threshold, relative, cooldown, least, change)).Within(1e-15), $"round {round}");
            Assert.That(schedule.Best, Is.EqualTo(max ? metrics.Max() : metrics.Min()).Within(0.2));
        }
    }

    [Test]
    public void APlateauByHand()
    {
        var schedule = new ReduceOnPlateau(TwoGroups(1, 0.5), 0.5) { Patience = 1, Threshold = 0 };
        // Bad epochs are 2, 3 (more than one: reduced), then 4, 5.
        double[] losses = [3, 2, 2, 2.5, 2, 2, 1];
        Assert.That(Run(schedule, 7, epoch => losses[epoch]).Select(rate => rate.First), Is.EqualTo(new[] { 1, 1, 1, 1, 0.5, 0.5, 0.25 }));
        Assert.That((schedule.Best, schedule.Reductions), Is.EqualTo((1, 2)));
    }

    [Test]
    public void APlateauNeedsANumber()
    {
        var schedule = new ReduceOnPlateau(TwoGroups());
        Assert.That(schedule.Step, Throws.InvalidOperationException.With.Message.Contains("Step(validationLoss)"));
        Assert.That(() => schedule.Step(double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("NaN").And.Message.Contains("diverged"));
        Assert.That(schedule.Epoch, Is.Zero);
        schedule.Step(1);
        Assert.That(schedule.Epoch, Is.EqualTo(1));

        SGD optimizer = TwoGroups();
        var both = new ChainedSchedule([new ExponentialDecay(optimizer, 0.5), new ReduceOnPlateau(optimizer, 0.5)]);
        Assert.That(() => both.Step(double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(both.StateDict().Where(entry => entry.Key.EndsWith("last_epoch", StringComparison.Ordinal)).Select(entry => entry.Value.Item()), Has.All.Zero);
        both.Step(1);
        Assert.That(optimizer.ParameterGroups[0].LearningRate, Is.EqualTo(0.05));
    }

    [TestCase(1)]
    [TestCase(2)]
    public void WarmRestartsBeginEachCycleAtTheBaseRate(int multiplier)
    {
        // Cycles of 3, 3, 3 … or of 3, 6, 12 … epochs.
        double[] rates = [.. Run(new CosineWarmRestarts(TwoGroups(), 3, multiplier, 0.01), 25).Select(rate => rate.First)];
        var expected = new List<double>();
        for (int length = 3; expected.Count < 25; length *= multiplier)
            for (int t = 0; t < length; t++) expected.Add(0.01 + 0.045 * (1 + Math.Cos(Math.PI * t / length)));
        Assert.That(rates, Is.EqualTo(expected.Take(25)).Within(1e-15));
    }

    [Test]
    public void OneCycleRisesToTheBaseRateAndFallsFarBelowItsStart()
    {
        double[] rates = [.. Run(new OneCycle(TwoGroups(), 10), 12).Select(rate => rate.First)];
        // The rise ends at step 0.3·10 − 1 = 2, the fall at step 9.
        Assert.That(rates[0], Is.EqualTo(0.1 / 25).Within(1e-17));
        Assert.That(rates[1], Is.EqualTo((0.1 + 0.1 / 25) / 2).Within(1e-15), "half of the rise");
        Assert.That(rates[2], Is.EqualTo(0.1));
        double last = 0.1 / 25 / 1e4;
        for (int t = 2; t < 10; t++) Assert.That(rates[t], Is.EqualTo(last + (0.1 - last) * (1 + Math.Cos(Math.PI * (t - 2) / 7)) / 2).Within(1e-15), $"step {t}");
        Assert.That(rates[9..], Has.All.EqualTo(last).Within(1e-20));
        Assert.That(Run(new OneCycle(TwoGroups(), 4, warmup: 0), 2)[0].First, Is.EqualTo(0.1), "without a rise");
        Assert.That(Run(new OneCycle(TwoGroups(), 4, warmup: 1), 4)[3].First, Is.EqualTo(0.1), "without a fall");
    }

    [Test]
    public void ChainedSchedulesMultiplyTheirFactors()
    {
        SGD optimizer = TwoGroups();
        var schedule = new ChainedSchedule([new LinearWarmup(optimizer, 4, 0.5), new ExponentialDecay(optimizer, 0.9)]);
        Assert.That(Run(schedule, 8).Select(rate => rate.Second), Is.EqualTo(Enumerable.Range(0, 8).Select(t => 0.02 * Math.Min(0.5 + 0.125 * t, 1) * Math.Pow(0.9, t))).Within(1e-15));
    }

    [Test]
    public void ARateThatSomethingElseChangedIsAnErrorAndANewScheduleTakesItUp()
    {
        SGD optimizer = TwoGroups();
        var schedule = new ExponentialDecay(optimizer, 0.5);
        schedule.Step();
        optimizer.ParameterGroups[1].LearningRate = 0.5;
        Assert.That(schedule.Step, Throws.InvalidOperationException
            .With.Message.Contains("group 1 is 0.5").And.Message.Contains("had set 0.01").And.Message.Contains("make a new schedule"));
        Assert.That(schedule.Epoch, Is.EqualTo(1));

        var next = new ExponentialDecay(optimizer, 0.5);
        Assert.That(next.BaseRates, Is.EqualTo(new[] { 0.1, 0.5 }), "the first group's rate was only scheduled, the second's was set");
        next.Step();
        Assert.That(optimizer.ParameterGroups.Select(group => group.LearningRate), Is.EqualTo(new[] { 0.05, 0.25 }));
        Assert.That(schedule.Step, Throws.InvalidOperationException.With.Message.Contains("ChainedSchedule"), "two schedules at once");
    }

    [Test]
    public void AnOptimizersStateWithoutItsSchedulesIsNoticed()
    {
        SGD trained = TwoGroups(), resumed = TwoGroups();
        var schedule = new StepDecay(trained, 1, 0.5);
        for (int epoch = 0; epoch < 3; epoch++) schedule.Step();
        var again = new StepDecay(resumed, 1, 0.5);
        resumed.LoadStateDict(trained.StateDict());
        Assert.That(again.Step, Throws.InvalidOperationException.With.Message.Contains("load the schedule's too"));
        again.LoadStateDict(schedule.StateDict());
        again.Step();
        Assert.That(resumed.ParameterGroups[0].LearningRate, Is.EqualTo(0.1 / 16));
    }

    [Test]
    public void AGroupThatIsAddedLaterJoinsAtTheNextStep()
    {
        SGD optimizer = TwoGroups();
        var schedule = new ExponentialDecay(optimizer, 0.5);
        schedule.Step();
        optimizer.AddParameterGroup(new([new Parameter(3)]) { LearningRate = 0.8 });
        schedule.Step();
        Assert.That(optimizer.ParameterGroups.Select(group => group.LearningRate), Is.EqualTo(new[] { 0.025, 0.005, 0.2 }).Within(1e-17));
    }

    static IEnumerable<TestCaseData> WrongStates()
    {
        yield return Case("missing", state => state.Remove("last_epoch"), "last_epoch is missing");
        yield return Case("unknown", state => state["gamma"] = 1, "gamma is unknown");
        yield return Case("too few groups", state => state["base_lrs"] = Tensor.Ones([1]), "base_lrs has 1 numbers; expected 2");
        yield return Case("a rate below 0", state => state["base_lrs"] = Tensor.From([0.1, -1]), "base_lrs");
        yield return Case("half an epoch", state => state["last_epoch"] = 1.5, "last_epoch is 1.5");
        yield return Case("epoch −1", state => state["last_epoch"] = -1, "last_epoch is -1");
        yield return Case("a count below 0", state => state["cooldown_counter"] = -2, "cooldown_counter is -2");

        static TestCaseData Case(string name, Action<Dictionary<string, Tensor>> change, string part) => new TestCaseData(change, part).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(WrongStates))]
    public void StateThatDoesNotFitIsNamedAndChangesNothing(Action<Dictionary<string, Tensor>> change, string part)
    {
        var schedule = new ReduceOnPlateau(TwoGroups(), 0.5) { Patience = 0 };
        schedule.Step(1);
        schedule.Step(2);
        Dictionary<string, Tensor> before = schedule.StateDict(), state = new(new ReduceOnPlateau(TwoGroups(), 0.5).StateDict());
        change(state);
        Assert.That(() => schedule.LoadStateDict(state), Throws.ArgumentException.With.Message.Contains("ReduceOnPlateau.LoadStateDict").And.Message.Contains(part));
        Assert.That(schedule.StateDict().Select(entry => (entry.Key, entry.Value.ToString())), Is.EqualTo(before.Select(entry => (entry.Key, entry.Value.ToString()))));
        Assert.That(schedule.Optimizer.ParameterGroups[0].LearningRate, Is.EqualTo(0.05));
    }

    static IEnumerable<TestCaseData> WrongSettings()
    {
        SGD o = TwoGroups();
        var used = new StepDecay(o, 1);
        yield return Case(() => new StepDecay(o, 0), "every must be 1 or more. It was 0");
        yield return Case(() => new StepDecay(o, 1, double.NaN), "gamma", "NaN");
        yield return Case(() => new MultiStepDecay(o, [5, 3]), "3 follows 5");
        yield return Case(() => new MultiStepDecay(o, [-1]), "-1");
        yield return Case(() => new ExponentialDecay(o, 0), "gamma");
        yield return Case(() => new PolynomialDecay(o, 0), "epochs");
        yield return Case(() => new CosineAnnealing(o, -1), "epochs", "-1");
        yield return Case(() => new CosineAnnealing(o, 1, -1), "minimum", "-1");
        yield return Case(() => new CosineWarmRestarts(o, 1, 0), "multiplier");
        yield return Case(() => new LinearWarmup(o, 0), "epochs");
        yield return Case(() => new LinearWarmup(o, 1, 0), "startFactor");
        yield return Case(() => new LinearWarmup(o, 1, 1, -1), "endFactor");
        yield return Case(() => new ConstantFactor(o, double.PositiveInfinity), "factor");
        yield return Case(() => new OneCycle(o, 1), "2 steps");
        yield return Case(() => new OneCycle(o, 9, 1.5), "warmup", "1.5");
        yield return Case(() => new ReduceOnPlateau(o, 1), "factor", "less than 1");
        yield return Case(() => new ReduceOnPlateau(o) { Patience = -1 }, "Patience");
        yield return Case(() => new FactorSchedule(o, _ => double.NaN), "epoch 0 is NaN for the base rate 0.1");
        yield return Case(() => new FactorSchedule(o, _ => -1), "-0.1");
        yield return Case(() => new SequentialSchedule([new StepDecay(o, 1)], [3]), "1 schedules need 0 milestones");
        yield return Case(() => new SequentialSchedule([new StepDecay(o, 1), new StepDecay(o, 1), new StepDecay(o, 1)], [3, 3]), "3 follows 3");
        yield return Case(() => new SequentialSchedule([], []), "no schedule");
        yield return Case(() => new ChainedSchedule([used, used]), "schedule 1 comes twice");
        yield return Case(() => new ChainedSchedule([used, new StepDecay(TwoGroups(), 1)]), "schedule 1 is for another optimizer");

        static TestCaseData Case(Func<LearningRateSchedule> make, params string[] parts) => new TestCaseData(make, parts).SetArgDisplayNames(parts[0]);
    }

    [TestCaseSource(nameof(WrongSettings))]
    public void ASettingThatDoesNotFitIsNamed(Func<LearningRateSchedule> make, string[] parts)
    {
        Exception? thrown = Assert.Catch<SystemException>(() => make());
        foreach (string part in parts) Assert.That(thrown!.Message, Does.Contain(part));
    }

    [Test]
    public void APartIsMovedByItsWholeOnly()
    {
        SGD optimizer = TwoGroups();
        var part = new StepDecay(optimizer, 2);
        _ = new ChainedSchedule([part]);
        Assert.That(part.Step, Throws.InvalidOperationException.With.Message.Contains("part of a ChainedSchedule"));
        Assert.That(() => new ChainedSchedule([part]), Throws.ArgumentException.With.Message.Contains("already"));
        var moved = new StepDecay(optimizer, 2);
        moved.Step();
        Assert.That(() => new ChainedSchedule([moved]), Throws.ArgumentException.With.Message.Contains("made steps"));
    }
}
