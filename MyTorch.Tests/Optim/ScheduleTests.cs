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
}
