using System.Globalization;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Serialization;
using MyTorch.Training;

namespace MyTorch.Tests.Training;

/// <summary>The trainer: it trains as the loop of the README does, and ends for the reasons it names.</summary>
public class TrainerTests
{
    /// <summary>Rows in clusters around a corner each, standardized; every class has as many rows.</summary>
    internal static Dataset Clusters(int rows = 90, int classes = 3, int features = 4, int seed = 1, double noise = 0.3, DType dtype = DType.Float32)
    {
        var random = new Generator(seed);
        double[] centers = [.. Enumerable.Range(0, classes * features).Select(_ => random.NextGaussian())];
        double[] x = new double[rows * features];
        long[] y = new long[rows];
        for (int row = 0; row < rows; row++)
        {
            y[row] = row % classes;
            for (int f = 0; f < features; f++) x[row * features + f] = centers[y[row] * features + f] + noise * random.NextGaussian();
        }
        var raw = new Dataset(Tensor.From(x, [rows, features], dtype), Tensor.Indices(y));
        return Standardizer.Fit(raw).Apply(raw);
    }

    /// <summary>y = x₀ + 2·x₁ − x₂² + noise, standardized.</summary>
    internal static Dataset Curve(int rows = 80, double noise = 0.1, int seed = 1, DType dtype = DType.Float32)
    {
        var random = new Generator(seed);
        double[] x = [.. Enumerable.Range(0, rows * 3).Select(_ => random.NextGaussian())];
        double[] y = [.. Enumerable.Range(0, rows).Select(r => x[3 * r] + 2 * x[3 * r + 1] - x[3 * r + 2] * x[3 * r + 2] + noise * random.NextGaussian())];
        var raw = new Dataset(Tensor.From(x, [rows, 3], dtype), Tensor.From(y, [rows, 1], dtype));
        return Standardizer.Fit(raw).Apply(raw);
    }

    internal static MLP Net(Dataset data, int seed = 0, params int[] hidden) =>
        new(data.FeatureCount, hidden.Length == 0 ? [16] : hidden, data.OutputCount, dtype: data.Inputs.DType, generator: new Generator(seed));

    static byte[] Bits(Module model) => [.. model.Parameters().SelectMany(p => p.ToArray()).SelectMany(BitConverter.GetBytes)];

    static TrainerOptions Sgd(double rate = 0.05, int epochs = 20) =>
        new() { Epochs = epochs, Optimizer = p => new SGD(p, rate, momentum: 0.9) };

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void ItComputesWhatTheLoopOfTheReadmeComputes(DType dtype)
    {
        Dataset data = Clusters(dtype: dtype);
        MLP trained = Net(data), byHand = Net(data);

        Trainer.Fit(trained, data, Sgd(epochs: 3) with { Seed = 7 });

        var optimizer = new SGD(byHand.Parameters(), 0.05, momentum: 0.9);
        for (int epoch = 1; epoch <= 3; epoch++)
            foreach (Batch batch in new DataLoader(data, 32, shuffle: true, seed: 7 * 1_000_003 + epoch))
            {
                using var autograd = new Autograd();
                autograd.Backward(new CrossEntropyLoss().Forward(byHand.Forward(batch.Inputs), batch.Labels));
                optimizer.Step();
                optimizer.ZeroGrad();
            }
        Assert.That(Bits(trained), Is.EqualTo(Bits(byHand)));
    }

    [Test]
    public void AClassificationAndARegressionAreLearned()
    {
        Dataset classes = Clusters(), numbers = Curve();
        TrainingOutcome first = Trainer.Fit(Net(classes), classes, Sgd(epochs: 40)), second = Trainer.Fit(Net(numbers), numbers, Sgd(epochs: 60));

        Assert.That((first.Reason, first.Epochs, first.BestEpoch), Is.EqualTo((StopReason.Finished, 40, 40)));
        Assert.That(first.Score, Is.GreaterThan(0.97));
        Assert.That(second.Score, Is.GreaterThan(0.95));
        Assert.That(second.Loss, Is.EqualTo(1 - second.Score).Within(1e-5), "the target is standardized, so R² is 1 less the mean squared error");
        Assert.That(first.Warnings.Concat(second.Warnings), Is.Empty);
        Assert.That(first.Explanation, Is.EqualTo("All 40 epochs were run."));
    }

    [Test]
    public void TheHistoryHoldsTheLossesAndWritesItselfAsCsv()
    {
        Dataset data = Clusters();
        MLP model = Net(data);
        double before = new CrossEntropyLoss().Forward(model.Forward(data.Inputs), data.Labels).Item();
        var seen = new List<EpochRecord>();
        TrainingOutcome outcome = Trainer.Fit(model, data, Sgd(epochs: 4) with { Validation = data, AfterEpoch = seen.Add });

        Assert.That(outcome.History[0].Loss, Is.EqualTo(before).Within(1e-6));
        Assert.That(outcome.History.Skip(1), Is.EqualTo(seen));
        Assert.That(outcome.History[4].ValidationLoss!.Value, Is.LessThan(outcome.History[0].ValidationLoss!.Value));
        Assert.That(outcome.History[4].ValidationScore, Is.EqualTo(Metrics.Accuracy(model, data)));
        Assert.That(outcome.History[2].GradientNorm, Is.GreaterThan(0));

        string folder = Directory.CreateTempSubdirectory("history").FullName, file = Path.Combine(folder, "history.csv");
        try
        {
            File.WriteAllText(file, "old");
            outcome.History.SaveCsv(file);
            string[] lines = File.ReadAllLines(file);
            Assert.That(lines, Has.Length.EqualTo(6));
            Assert.That(lines[0], Is.EqualTo("epoch,loss,score,validation_loss,validation_score,learning_rate,gradient_norm,seconds"));
            string[] third = lines[3].Split(',');
            Assert.That(double.Parse(third[1], CultureInfo.InvariantCulture), Is.EqualTo(outcome.History[2].Loss));
            Assert.That(third[5], Is.EqualTo("0.05"));
            Assert.That(Directory.GetFiles(folder), Is.EqualTo(new[] { file }));
            Assert.That(() => outcome.History.SaveCsv(Path.Combine(folder, "none", "history.csv")), Throws.TypeOf<IOException>().With.Message.Contains("does not exist"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    [SetCulture("de-DE")]
    public void TheHistoryIsInvariant()
    {
        Dataset data = Clusters(30);
        string csv = Trainer.Fit(Net(data), data, Sgd(epochs: 1)).History.ToCsv();
        Assert.That(csv.Split('\n')[1].Split(','), Has.Length.EqualTo(8));
        Assert.That(csv, Does.Contain(",0.05,"));
    }

    [Test]
    public void TheSameSeedGivesTheSameBitsAndAnotherSeedOthers()
    {
        Dataset data = Clusters();
        byte[] Trained(int seed)
        {
            var model = new Sequential(Net(data), new Identity());
            Generator.Seed(99 + seed);
            var withDropout = new Sequential(new Linear(4, 8, generator: new Generator(1)), new Dropout(0.5), new Linear(8, 3, generator: new Generator(2)));
            Trainer.Fit(withDropout, data, Sgd(epochs: 3) with { Seed = seed });
            Trainer.Fit(model, data, Sgd(epochs: 3) with { Seed = seed, ValidationShare = 0.2 });
            return [.. Bits(model), .. Bits(withDropout)];
        }

        byte[] one = Trained(1), again = Trained(1), other = Trained(2);
        Assert.That(again, Is.EqualTo(one));
        Assert.That(other, Is.Not.EqualTo(one));
    }

    [Test]
    public void TheThreadsGeneratorAndTheModesAreAsBefore()
    {
        Dataset data = Clusters();
        var norm = new BatchNorm1d(4);
        var model = new Sequential(norm, new Dropout(0.2), new Linear(4, 3));
        model.Train();
        norm.Eval();
        Generator.Seed(5);
        Generator before = Generator.Default;
        var modes = new List<bool>();

        Trainer.Fit(model, data, Sgd(epochs: 2) with { Validation = data, AfterBackward = step => modes.Add(step.Model.Training), AfterEpoch = _ => modes.Add(norm.Training) });

        Assert.That(Generator.Default, Is.SameAs(before));
        Assert.That(modes, Is.All.True);
        Assert.That(model.NamedModules().Select(m => m.Module.Training), Is.EqualTo(new[] { true, false, true, true }));
        model.Eval();
        Trainer.Fit(model, data, Sgd(epochs: 1));
        Assert.That(model.NamedModules().Select(m => m.Module.Training), Is.All.False);
    }

    [Test]
    public void ValidationIsInEvaluationMode()
    {
        Dataset data = Clusters();
        var model = new Sequential(new BatchNorm1d(4), new Linear(4, 3), new Dropout(0.9));
        TrainingOutcome outcome = Trainer.Fit(model, data, Sgd(epochs: 2) with { Validation = data });

        double expected;
        using (model.InEvaluationMode()) expected = new CrossEntropyLoss().Forward(model.Forward(data.Inputs), data.Labels).Item();
        Assert.That(outcome.History[outcome.BestEpoch].ValidationLoss, Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void EarlyStoppingRestoresTheBestEpoch()
    {
        var (train, validation) = (Curve(24, noise: 2, seed: 3), Curve(24, noise: 2, seed: 3));
        Dataset rows = Curve(60, noise: 2, seed: 3);
        (train, validation) = (rows.Select([.. Enumerable.Range(0, 24)]), rows.Select([.. Enumerable.Range(24, 36)]));
        MLP model = Net(train, 0, 64);
        TrainingOutcome outcome = Trainer.Fit(model, train, Sgd(0.05, 500) with { Validation = validation, Patience = 10 });

        double[] losses = [.. outcome.History.Select(e => e.ValidationLoss!.Value)];
        int best = Array.IndexOf(losses, losses.Skip(1).Min(), 1);
        Assert.That((outcome.Reason, outcome.BestEpoch, outcome.Epochs), Is.EqualTo((StopReason.Early, best, best + 10)));
        Assert.That(new MSELoss().Forward(model.Forward(validation.Inputs), validation.Targets).Item(), Is.EqualTo(losses[best]).Within(1e-6));
        Assert.That(outcome.Explanation, Does.Contain($"after {best + 10} of at most 500 epochs").And.Contain($"epoch {best}, with the lowest validation loss"));

        TrainingOutcome last = Trainer.Fit(Net(train, 0, 64), train, Sgd(0.05, best + 10) with { Validation = validation, RestoreBest = false });
        Assert.That((last.Reason, last.BestEpoch), Is.EqualTo((StopReason.Finished, best + 10)));
    }

    [Test]
    public void AHeldOutShareIsNotTrainedOn()
    {
        Dataset data = Clusters(100, classes: 2);
        int rows = 0;
        Trainer.Fit(Net(data), data, Sgd(epochs: 1) with { ValidationShare = 0.25, AfterBackward = s => rows += 1, BatchSize = 1 });
        Assert.That(rows, Is.EqualTo(75));
    }

    [Test]
    public void CancelledItEndsAfterTheStep()
    {
        Dataset data = Clusters();
        using var stop = new CancellationTokenSource();
        var reports = new List<TrainingProgress>();
        var progress = new Watcher(p =>
        {
            reports.Add(p);
            if (p is { Epoch: 3, Step: 2 }) stop.Cancel();
        });
        TrainingOutcome outcome = Trainer.Fit(Net(data), data, Sgd(epochs: 9), progress, stop.Token);

        Assert.That((outcome.Reason, outcome.Epochs, outcome.Explanation), Is.EqualTo((StopReason.Cancelled, 2, "Stopped after 2 of 9 epochs.")));
        Assert.That(reports, Has.Count.EqualTo(8));
        Assert.That(reports[2], Is.EqualTo(new TrainingProgress(1, 9, 3, 3, outcome.History[1].Loss, outcome.History[1].Score)));
        Assert.That(Trainer.Fit(Net(data), data, Sgd(), null, new CancellationToken(canceled: true)).Epochs, Is.Zero);
    }

    [Test]
    public void ResumedFromItsCheckpointItEndsWithTheSameBits()
    {
        Dataset data = Clusters(64);
        string folder = Directory.CreateTempSubdirectory("resume").FullName, file = Path.Combine(folder, "run.safetensors");
        try
        {
            TrainerOptions options = new()
            {
                Epochs = 8,
                Seed = 3,
                ValidationShare = 0.25,
                Patience = 6,
                Optimizer = p => new Adam(p, 0.05),
                Schedule = o => new CosineAnnealing(o, 8),
            };
            Sequential Model() => new(new Linear(4, 8, generator: new Generator(1)), new BatchNorm1d(8), new Dropout(0.3), new Linear(8, 3, generator: new Generator(2)));
            Sequential whole = Model(), resumed = Model();
            TrainingOutcome once = Trainer.Fit(whole, data, options);

            foreach (int until in new[] { 1, 4 })
            {
                using var stop = new CancellationTokenSource();
                resumed = Model();
                Trainer.Fit(resumed, data, options with { CheckpointPath = file, AfterEpoch = e => { if (e.Epoch == until) stop.Cancel(); } }, null, stop.Token);
            }
            resumed = Model();
            TrainingOutcome last = Trainer.Fit(resumed, data, options with { CheckpointPath = file });

            Assert.That(Bits(resumed), Is.EqualTo(Bits(whole)));
            Assert.That(last.History.Select(e => e with { Seconds = 0 }), Is.EqualTo(once.History.Select(e => e with { Seconds = 0 })));
            Assert.That((last.Reason, last.BestEpoch), Is.EqualTo((once.Reason, once.BestEpoch)));

            // Complete: nothing is left to train.
            Assert.That(Trainer.Fit(resumed, data, options with { CheckpointPath = file }).Epochs, Is.EqualTo(once.Epochs));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void ACheckpointSaysOfWhichTrainingItIs()
    {
        Dataset data = Clusters(64);
        string folder = Directory.CreateTempSubdirectory("identity").FullName, file = Path.Combine(folder, "run.safetensors");
        try
        {
            TrainerOptions options = Sgd(0.1, 2) with { CheckpointPath = file, CheckpointNotes = new Dictionary<string, string> { ["run"] = "first" } };
            Trainer.Fit(Net(data), data, options);
            TrainerCheckpoint found = Trainer.ReadCheckpoint(file)!;
            Assert.That((found.Epochs, found.Notes["run"], found.Notes["batch size"]), Is.EqualTo((2, "first", options.BatchSize.ToString(CultureInfo.InvariantCulture))));
            Assert.That(Trainer.ReadCheckpoint(file + "x"), Is.Null);

            string message = Assert.Throws<ModelFileException>(() => Trainer.Fit(Net(data), data.Select([.. Enumerable.Range(1, 63)]), options with
            {
                MaxGradientNorm = 1,
                CheckpointNotes = new Dictionary<string, string> { ["run"] = "second" },
            }))!.Message;
            Assert.That(message, Does.Match("training rows: 64 of 4 features and . classes, hash [0-9a-f]{16}, now 63 of 4 features"));
            Assert.That(message, Does.Contain("largest norm of the gradients: none, now 1").And.Contain("run: first, now second"));
            Assert.That(() => Trainer.Fit(Net(data), data, options with { CheckpointNotes = new Dictionary<string, string> { ["seed"] = "1" } }),
                Throws.ArgumentException.With.Message.Contains("'seed'"));

            // The rates of a schedule that watches the loss do not show its settings.
            TrainerOptions Plateau(int patience) => options with { CheckpointPath = file + "p", Schedule = optimizer => new ReduceOnPlateau(optimizer) { Patience = patience } };
            Trainer.Fit(Net(data), data, Plateau(2));
            Assert.That(() => Trainer.Fit(Net(data), data, Plateau(5)), Throws.TypeOf<ModelFileException>().With.Message.Contains("patience 2").And.Message.Contains("patience 5"));
            Assert.That(() => Trainer.Fit(Net(data), data, Plateau(2)), Throws.Nothing);

            // One bit of one number.
            double[] changed = data.Inputs.ToArray();
            changed[5] = MathF.BitIncrement((float)changed[5]);
            var other = new Dataset(Tensor.From(changed, data.Inputs.Shape, data.Inputs.DType), data.Labels, data.FeatureNames, data.ClassNames);
            Assert.That(() => Trainer.Fit(Net(data), other, options), Throws.TypeOf<ModelFileException>().With.Message.Contains("training rows"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void TheScheduleStepsAfterEachEpoch()
    {
        Dataset data = Clusters(30);
        TrainingOutcome outcome = Trainer.Fit(Net(data), data, Sgd(0.1, 4) with { Schedule = o => new ExponentialDecay(o, 0.5) });
        Assert.That(outcome.History.Skip(1).Select(e => e.LearningRate), Is.EqualTo(new[] { 0.1, 0.05, 0.025, 0.0125 }).Within(1e-12));

        outcome = Trainer.Fit(Net(data), data, Sgd(1e-6, 15) with { Validation = data, Schedule = o => new ReduceOnPlateau(o, 0.1) });
        Assert.That(outcome.History[15].LearningRate, Is.EqualTo(1e-7).Within(1e-12));
    }

    [Test]
    public void GradientsAreClippedByNormAndByValue()
    {
        Dataset data = Clusters(30);
        double Moved(TrainerOptions options)
        {
            MLP model = Net(data);
            double[] before = [.. model.Parameters().SelectMany(p => p.ToArray())];
            Trainer.Fit(model, data, options with { Epochs = 1, BatchSize = 30, Optimizer = p => new SGD(p, 1) });
            return Math.Sqrt(model.Parameters().SelectMany(p => p.ToArray()).Zip(before, (a, b) => (a - b) * (a - b)).Sum());
        }

        Assert.That(Moved(new TrainerOptions { MaxGradientNorm = 0.01 }), Is.EqualTo(0.01).Within(1e-5));
        Assert.That(Moved(new TrainerOptions { MaxGradientNorm = 1e9 }), Is.EqualTo(Moved(new TrainerOptions())));
        int parameters = Net(data).ParameterCount;
        Assert.That(Moved(new TrainerOptions { MaxGradientValue = 1e-5 }), Is.EqualTo(1e-5 * Math.Sqrt(parameters)).Within(0.3e-5 * Math.Sqrt(parameters)));
    }

    [Test]
    public void BalancedClassesCountAlike()
    {
        Dataset data = Clusters(99, classes: 3).Select([0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 1, 4, 2]);
        MLP balanced = Net(data), weighted = Net(data);
        Trainer.Fit(balanced, data, Sgd(epochs: 2) with { BalanceClasses = true });
        TrainingOutcome outcome = Trainer.Fit(weighted, data, Sgd(epochs: 2) with { ClassWeights = [13.0 / 3 / 10, 13.0 / 3 / 2, 13.0 / 3 / 1] });

        Assert.That(Bits(balanced), Is.EqualTo(Bits(weighted)));
        double expected = new CrossEntropyLoss(Tensor.From([13.0 / 3 / 10, 13.0 / 3 / 2, 13.0 / 3])).Forward(weighted.Forward(data.Inputs), data.Labels).Item();
        Assert.That(outcome.Loss, Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void ALastBatchOfOneRowSuitsBatchNormToo()
    {
        Dataset data = Clusters(33);
        var steps = new List<int>();
        Trainer.Fit(new Sequential(new Linear(4, 8), new BatchNorm1d(8), new Linear(8, 3)), data, Sgd(epochs: 1) with { AfterBackward = s => steps.Add(s.Step) });
        Trainer.Fit(Net(data), data, Sgd(epochs: 1) with { AfterBackward = s => steps.Add(s.Step) });
        Trainer.Fit(Net(data), data, Sgd(epochs: 1) with { AfterBackward = s => steps.Add(s.Step), DropLast = true, BatchSize = 20 });
        Assert.That(steps, Is.EqualTo(new[] { 1, 1, 2, 1 }));

        var error = Assert.Throws<ArgumentException>(() => Trainer.Fit(
            new Sequential(new Linear(4, 8), new BatchNorm1d(8), new Linear(8, 3)), data, Sgd() with { BatchSize = 1 }))!;
        Assert.That(error.Message, Does.Contain("one value per feature"));
    }

    [Test]
    public void ManyClassesAreEvaluatedInSmallBatches()
    {
        Dataset data = new(Tensor.Zeros([300, 2]), Tensor.Indices([.. Enumerable.Range(0, 300).Select(i => (long)i)]), classNames: [.. Enumerable.Range(0, 18_931).Select(i => $"{i}")]);
        int most = 0;
        var model = new Sequential(new Watching(rows => most = Math.Max(most, rows)), new Linear(2, 18_931));
        Trainer.Fit(model, data, Sgd(epochs: 1) with { BatchSize = 50 }, null, new CancellationToken(canceled: true));
        Assert.That(most, Is.EqualTo((1 << 21) / 18_931));
    }

    [TestCase(0, "Epochs must be at least 1. It was 0.")]
    public void OptionsOutsideTheirRangeAreErrors(int epochs, string part)
    {
        Dataset data = Clusters(), numbers = Curve();
        Assert.That(Message(data, new TrainerOptions { Epochs = epochs }), Does.Contain(part));
        Assert.That(Message(data, new TrainerOptions { BatchSize = -1 }), Does.Contain("BatchSize must be at least 1. It was -1."));
        Assert.That(Message(data, new TrainerOptions { ValidationShare = 1 }), Does.Contain("such as 0.1. It was 1."));
        Assert.That(Message(data, new TrainerOptions { ValidationShare = 0.2, Validation = data }), Does.Contain("expected one of them"));
        Assert.That(Message(data, new TrainerOptions { Patience = 3 }), Does.Contain("set Validation, or ValidationShare = 0.1"));
        Assert.That(Message(data, new TrainerOptions { MaxGradientNorm = 0 }), Does.Contain("MaxGradientNorm must be a finite number greater than 0"));
        Assert.That(Message(numbers, new TrainerOptions { BalanceClasses = true }), Does.Contain("is a regression"));
        Assert.That(Message(data, new TrainerOptions { ClassWeights = [1, 2] }), Does.Contain("2 class weight(s) for 3 classes"));
        Assert.That(Message(data, new TrainerOptions { ClassWeights = [1, 2, -1] }), Does.Contain("It was -1."));
        Assert.That(Message(data, new TrainerOptions { Validation = numbers }), Does.Contain("different tasks"));
        Assert.That(Message(data, new TrainerOptions { Validation = Clusters(seed: 2) }), Does.Contain("Apply the same standardizer to both"));
        Assert.That(Message(data, new TrainerOptions { Optimizer = _ => null! }), Does.Contain("Optimizer returned null"));
        Assert.That(Message(data, new TrainerOptions { Criterion = new CrossEntropyLoss(reduction: Reduction.None) }), Does.Contain("Use Reduction.Mean"));
    }

    [Test]
    public void AnOutputOfAnotherShapeIsAnError()
    {
        Dataset data = Clusters();
        var error = Assert.Throws<InvalidOperationException>(() => Trainer.Fit(new Linear(4, 2), data, Sgd()))!;
        Assert.That(error.Message, Does.Contain("gives (90, 2) for a batch of 90 row(s); expected (90, 3)").And.Contain("Give its last layer 3 output(s)."));
    }

    static string Message(Dataset data, TrainerOptions options)
    {
        try
        {
            Trainer.Fit(Net(data), data, options);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return e.Message;
        }
        return "no error";
    }

    internal sealed class Watcher(Action<TrainingProgress> watch) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => watch(value);
    }

    sealed class Watching(Action<int> rows) : Module
    {
        protected override Tensor ForwardCore(Tensor input)
        {
            rows(input.Shape[0]);
            return input;
        }
    }
}
