using MyTorch.Diagnostics;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Teaching;

namespace MyTorch.Tests;

/// <summary>Networks that do not learn, loops with a line left out, the learning rate, and momentum.</summary>
public class TrainingFaultTests
{
    static IEnumerable<BrokenNetwork> Broken() => BrokenNetwork.All;

    static FourLines Loop(LoopMistake mistake, double rate = 0.5)
    {
        var model = new MLP(2, [8, 8], 2, () => new Tanh(), DType.Float64, new Generator(3));
        return new FourLines(model.Layers, BrokenNetwork.Loss, p => new SGD(p, rate), BrokenNetwork.All[0].Inputs, mistake);
    }

    static NetworkDiagnosis Diagnosis(FourLines loop) =>
        NetworkDiagnosis.Of(loop.Layers, BrokenNetwork.All[0].Inputs, BrokenNetwork.Loss, loop.Optimizer, loop.Losses);

    static void Run(FourLines loop, int steps)
    {
        for (int i = 0; i < steps; i++) loop.Step();
    }

    [TestCaseSource(nameof(Broken))]
    public void TheDiagnosisFindsTheFaultFirst(BrokenNetwork patient)
    {
        FourLines loop = patient.Begin();
        Run(loop, BrokenNetwork.Steps);
        double[][] before = [.. loop.Layers.SelectMany(layer => layer.Parameters()).Select(p => p.ToArray())];
        NetworkDiagnosis diagnosis = patient.Diagnose(loop);
        Assert.That(diagnosis.Findings.Select(finding => finding.Fault).ToArray(), Has.ItemAt(0).EqualTo(patient.Fault), diagnosis.ToString());
        Assert.That(loop.Layers.SelectMany(layer => layer.Parameters()).Select(p => p.ToArray()), Is.EqualTo(before), "it is only asked");
        Assert.That(diagnosis.Layers, Has.Count.EqualTo(loop.Layers.OfType<Linear>().Count()));
    }

    [Test]
    public void EveryFaultOfTheGalleryIsThereOnce() => Assert.That(BrokenNetwork.All.Select(one => one.Fault), Is.Unique);

    [Test]
    public void AHealthyNetworkIsHealthy([Values(0, 1, 50, 300)] int steps)
    {
        FourLines loop = Loop(LoopMistake.None);
        Run(loop, steps);
        Assert.That(Diagnosis(loop).Findings.ToArray(), Is.Empty);
    }

    [TestCase(LoopMistake.NoZeroGrad, NetworkFault.NoZeroGrad)]
    [TestCase(LoopMistake.NoActivation, NetworkFault.NoActivation)]
    [TestCase(LoopMistake.Uphill, NetworkFault.Uphill)]
    [TestCase(LoopMistake.NoBackward, NetworkFault.NothingMoves)]
    [TestCase(LoopMistake.NoStep, NetworkFault.NothingMoves)]
    public void AMistakeInTheLoopIsSeen(LoopMistake mistake, NetworkFault fault)
    {
        FourLines loop = Loop(mistake, rate: 0.05);
        Run(loop, 40);
        Assert.That(Diagnosis(loop).Findings.Select(finding => finding.Fault).ToArray(), Has.ItemAt(0).EqualTo(fault));
        Assert.That(loop.Listing[loop.WrongLine!.Value], Does.Contain("//"));
        Assert.That(loop.Explain(), Does.StartWith("The loss went from"));
    }

    // Raise the rate of a network that learns, and see why it fails.
    [TestCase(5)]
    [TestCase(60)]
    [TestCase(1e200)]
    public void ALearningRateThatIsTooLargeIsNamedFirst(double rate)
    {
        FourLines loop = Loop(LoopMistake.None, rate);
        Run(loop, 40);
        Assert.That(Diagnosis(loop).Findings.Select(finding => finding.Fault).ToArray(), Has.ItemAt(0).EqualTo(NetworkFault.LearningRateTooLarge));
    }

    [Test]
    public void WithoutAMistakeTheFourLinesAreATrainingLoop()
    {
        FourLines loop = Loop(LoopMistake.None);
        var model = new MLP(2, [8, 8], 2, () => new Tanh(), DType.Float64, new Generator(3));
        var optimizer = new SGD(model.Parameters(), 0.5);
        for (int step = 0; step < 20; step++)
        {
            using var autograd = new Autograd();
            Tensor loss = BrokenNetwork.Loss(model.Forward(BrokenNetwork.All[0].Inputs));
            autograd.Backward(loss);
            optimizer.Step();
            optimizer.ZeroGrad();
            Assert.That(loop.Step(), Is.EqualTo(loss.Item()));
        }
    }

    static SweptTraining Swept(FourLines loop) => new(loop.Step, () => Diagnosis(loop).Loss);

    [Test]
    public void ASweepFindsTheBestRateAndTheThreshold()
    {
        var sweep = new LearningRateSweep(rate => Swept(Loop(LoopMistake.None, rate)), LearningRateSweep.Rates(1e-4, 100, 13), steps: 40);
        int steps = 1;
        while (sweep.Advance()) steps++;
        Assert.That(steps, Is.EqualTo(13 * 40), "one step at a time");
        Assert.That(sweep.Progress, Is.EqualTo(1));
        foreach (SweptRate one in sweep.Results)
        {
            FourLines loop = Loop(LoopMistake.None, one.Rate);
            Run(loop, 41);
            Assert.That((one.First, one.Last), Is.EqualTo((loop.Losses[0], loop.Losses[40])));
        }
        Assert.That(sweep.Best!.Last, Is.EqualTo(sweep.Results.Min(one => one.Last)));
        Assert.That(sweep.DivergesFrom, Is.Not.Null);
        Assert.That(sweep.Results.SkipWhile(one => one != sweep.DivergesFrom).Select(one => one.Diverged), Is.All.True);
        Assert.That(sweep.Explain(), Does.Contain("threshold of divergence").And.Contain("hardly moves"));
        Assert.That(() => new LearningRateSweep(_ => new SweptTraining(() => 0, () => 0), [1, 1], 3), Throws.ArgumentException);
    }

    // Batches differ, so that the first batch's loss may be lower than any later one.
    [Test]
    public void ATinyRateHardlyMovesAndDoesNotDiverge([Values(0, 1, 2, 3, 4)] int seed)
    {
        SweptTraining Begin(double rate)
        {
            var run = new NetworkRun(new NetworkSettings { Data = NetworkData.Spirals, Seed = seed, LearningRate = rate });
            return new SweptTraining(run.Step, () => run.Score(run.Train).Loss);
        }
        var sweep = new LearningRateSweep(Begin, [1e-6, 1e-5, 1e-4, 0.03, 30], steps: 60);
        while (sweep.Advance()) { }
        Assert.That(sweep.Results.Select(one => one.Verdict), Is.EqualTo(new[]
        {
            RateVerdict.HardlyMoves, RateVerdict.HardlyMoves, RateVerdict.HardlyMoves, RateVerdict.Learns, RateVerdict.Diverges,
        }));
        Assert.That(sweep.Results.Select(one => one.First).Distinct().Count(), Is.EqualTo(1), "all begin with the same weights and rows");
        Assert.That(sweep.DivergesFrom!.Rate, Is.EqualTo(30));
    }

    [Test]
    public void ADivergedRateEndsWhereItIsNoNumber()
    {
        int steps = 0;
        var sweep = new LearningRateSweep(_ => new SweptTraining(() => steps++ == 2 ? double.NaN : 1, () => 1), [1], 100);
        Assert.That(sweep.Advance() && sweep.Advance() && sweep.Advance(), Is.False);
        Assert.That(sweep.Results[0].Diverged);
        Assert.That(sweep.Best, Is.Null);
        Assert.That(sweep.DivergesFrom, Is.EqualTo(sweep.Results[0]));
    }

    // As a page examines it: the loss of all training rows, and the batch of the next step.
    static NetworkDiagnosis Examined(NetworkSettings settings, int steps)
    {
        var run = new NetworkRun(settings);
        double first = run.Score(run.Train).Loss;
        for (int i = 0; i < steps; i++) run.Step();
        return run.Diagnose(first);
    }

    [Test]
    public void ATinyRateIsNamedAlsoWithBatches([Values(0, 1, 2, 3)] int seed, [Values(0, 100)] int steps) =>
        Assert.That(Examined(new NetworkSettings { Seed = seed, LearningRate = 3e-7 }, steps).Findings.Select(finding => finding.Fault),
            Is.EqualTo(new[] { NetworkFault.LearningRateTooSmall }));

    [Test]
    public void ARateWhoseNextStepRaisesTheLossIsNotCalledWell([Values(10, 30, 100)] double rate)
    {
        NetworkDiagnosis diagnosis = Examined(new NetworkSettings { LearningRate = rate }, 0);
        var run = new NetworkRun(new NetworkSettings { LearningRate = rate });
        run.Step();
        Assert.That(diagnosis.LossAfterStep, Is.EqualTo(run.Score(run.Train).Loss), "it is the next step");
        if (diagnosis.LossAfterStep > 1.05 * diagnosis.Loss)
            Assert.That(diagnosis.Findings.Select(finding => finding.Fault), Does.Contain(NetworkFault.LearningRateTooLarge));
        else Assert.That(diagnosis.Health, Does.Contain(diagnosis.LossAfterStep > diagnosis.Loss ? "raises" : "lowers"));
    }

    [Test]
    public void TheDefaultNetworkIsHealthy([Values(0, 1, 2, 3)] int seed, [Values(0, 1, 50, 400, 1500)] int steps) =>
        Assert.That(Examined(new NetworkSettings { Seed = seed }, steps).Findings.Select(finding => finding.Sentence), Is.Empty);

    [Test]
    public void ALossIsSaidOfTheSameRowsBeforeAndAfter()
    {
        var settings = new NetworkSettings { LearningRate = 30 };
        var run = new NetworkRun(settings);
        double first = run.Score(run.Train).Loss;
        for (int i = 0; i < 100; i++) run.Step();
        NetworkDiagnosis diagnosis = run.Diagnose(first);
        Assert.That(diagnosis.Loss, Is.EqualTo(run.Score(run.Train).Loss));
        Assert.That(diagnosis.Findings[0].Fault, Is.EqualTo(NetworkFault.LearningRateTooLarge));
        Assert.That(diagnosis.ToString(), Does.Not.Contain(FormattableString.Invariant($"{run.Losses[0]:G4}")), "the loss of the first batch");
        Assert.That(diagnosis.Findings.Where(finding => finding.Fault == NetworkFault.Saturated).Select(finding => finding.Sentence),
            Has.Some.Contains("consequence").And.None.Contains("initial weights"));
    }

    static ValleyOptions Far(MomentumRule rule, double momentum, double rate) => new() { Rule = rule, Momentum = momentum, LearningRate = rate, Steps = 3000 };

    [Test]
    public void AValleyIsStableBelowItsBoundAndNotAbove([Values] MomentumRule rule, [Values(0, 0.5, 0.9)] double momentum)
    {
        double bound = Valley.Descend(Far(rule, momentum, 0.01)).LargestRate;
        Assert.That(Valley.Descend(Far(rule, momentum, 0.98 * bound)).Diverges, Is.False);
        Assert.That(Valley.Descend(Far(rule, momentum, 1.02 * bound)).Diverges, Is.True);
    }

    [Test]
    public void TheVelocityIsWhatTheRuleSays([Values] MomentumRule rule)
    {
        Valley valley = Valley.Descend(new ValleyOptions { Rule = rule, DropAt = 10 });
        for (int step = 1; step < valley.Path.Count - 1; step++)
        {
            ValleyPoint before = valley.Path[step - 1], now = valley.Path[step], next = valley.Path[step + 1];
            double rate = step >= 10 ? 0.01 : 0.1;
            Assert.That(now.Gradient.Y, Is.EqualTo(Valley.Across * now.Y).Within(1e-12));
            double v = 0.9 * before.Velocity.Y + (rule == MomentumRule.RateInside ? rate : 1) * now.Gradient.Y;
            Assert.That(now.Velocity.Y, Is.EqualTo(v).Within(1e-12));
            double moved = rule switch { MomentumRule.RateInside => v, MomentumRule.Nesterov => rate * (now.Gradient.Y + 0.9 * v), _ => rate * v };
            Assert.That(next.Y, Is.EqualTo(now.Y - moved).Within(1e-12));
        }
    }

    [Test]
    public void InsideAndOutsideDifferOnlyWhereTheRateChanges()
    {
        double[] Ys(MomentumRule rule, int? drop) => [.. Valley.Descend(new ValleyOptions { Rule = rule, DropAt = drop }).Path.Select(point => point.Y)];
        Assert.That(Ys(MomentumRule.RateInside, null), Is.EqualTo(Ys(MomentumRule.RateOutside, null)).Within(1e-12));
        double[] inside = Ys(MomentumRule.RateInside, 10), outside = Ys(MomentumRule.RateOutside, 10);
        Assert.That(inside[..11], Is.EqualTo(outside[..11]).Within(1e-12));
        Assert.That(inside[11], Is.Not.EqualTo(outside[11]).Within(1e-3));
    }
}
