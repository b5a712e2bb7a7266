using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Training;
using static MyTorch.Tests.Training.TrainerTests;

namespace MyTorch.Tests.Training;

/// <summary>Ten classic mistakes, each recognised and named in plain words.</summary>
public class MistakeTests
{
    static TrainingOutcome Fit(Dataset data, Module? model = null, Func<IReadOnlyList<Tensor>, Optimizer>? optimizer = null, int epochs = 3) =>
        Trainer.Fit(model ?? Net(data), data, new TrainerOptions { Epochs = epochs, Optimizer = optimizer ?? (p => new SGD(p, 0.05)) });

    static string Sentence(TrainingOutcome outcome, Mistake mistake)
    {
        Assert.That(outcome.Warnings.Select(w => w.Mistake), Does.Contain(mistake));
        return outcome.Warnings.First(w => w.Mistake == mistake).Sentence;
    }

    static Dataset Raw(double scale, double targetScale = 1) => new(
        Tensor.From([.. Enumerable.Range(0, 120).Select(i => scale * Math.Sin(i * 1.7))], [60, 2], DType.Float32),
        Tensor.From([.. Enumerable.Range(0, 60).Select(i => targetScale * Math.Cos(i * 0.9))], [60, 1], DType.Float32));

    [Test]
    public void NoZeroGrad()
    {
        Dataset data = Clusters();
        Check check = Checkup.Run(seed => Net(data, seed), data, new CheckupOptions
        {
            TrainStep = (model, optimizer, batch) =>
            {
                using var autograd = new Autograd();
                Tensor loss = new CrossEntropyLoss().Forward(model.Forward(batch.Inputs), batch.Labels);
                autograd.Backward(loss);
                optimizer.Step();
                return loss.Item();
            },
        }).Checks.Single(c => c.Name == "gradients are zeroed between steps");
        Assert.That((check.Passed, check.Finding), Is.EqualTo((false, "after three steps on one batch the gradient is 3 times as large as after one: call optimizer.ZeroGrad() in each step")));
    }

    [TestCase(1000)]
    [TestCase(1e30)]
    public void AHugeLearningRate(double rate)
    {
        foreach (Dataset data in new[] { Curve(), Curve(dtype: DType.Float64) })
        {
            var model = new MLP(3, [8], 1, () => new Identity(), data.Inputs.DType, new Generator(0));
            TrainingOutcome outcome = Fit(data, model, p => new SGD(p, rate), epochs: 20);
            Assert.That(outcome.Reason, Is.EqualTo(StopReason.Diverged));
            Assert.That(outcome.Epochs, Is.LessThan(4));
            Assert.That(outcome.Explanation, Does.Contain("diverged").And.Contain("Try a smaller learning rate").And.Contain(FormattableString.Invariant($"{rate}")));
        }
    }

    [Test]
    public void LabelsFromOne()
    {
        var random = new Generator(1);
        Tensor inputs = Tensor.From([.. Enumerable.Range(0, 120).Select(_ => random.NextGaussian())], [60, 2], DType.Float32);
        var data = new Dataset(inputs, Tensor.Indices([.. Enumerable.Range(0, 60).Select(i => 1L + i % 3)]));
        Assert.That(Sentence(Fit(data), Mistake.LabelsFromOne), Does.Contain("do the labels count from 1?").And.Contain("subtract 1"));

        // With as many outputs as there are classes, the loss itself says it.
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new CrossEntropyLoss().Forward(Tensor.Zeros([3, 3]), Tensor.Indices(1, 2, 3)))!;
        Assert.That(error.Message, Does.Contain("label 3 at element 2 is out of range 0 … 2").And.Contain("count from 1"));
    }

    [Test]
    public void LabelsFromOneWithAModelOfTooFewOutputs()
    {
        var data = new Dataset(Raw(1).Inputs, Tensor.Indices([.. Enumerable.Range(0, 60).Select(i => 1L + i % 2)]));
        Assert.That(() => Fit(data, new MLP(2, [8], 2, () => new ReLU())),
            Throws.InvalidOperationException.With.Message.Contains("no row has the label 0: if the labels count from 1, subtract 1"));
    }

    [Test]
    public void AFirstClassThatIsMissingIsNotTakenForLabelsFromOne()
    {
        // A file's classes are numbered by the reader; here the rows of the first are all in the test.
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(path, ["x,kind", .. Enumerable.Range(0, 90).Select(i => FormattableString.Invariant($"{Math.Sin(1.7 * i):F3},{1 + i % 3}"))]);
            Dataset all = CsvDataset.Load(path, "kind");
            Assert.That(Fit(Standardizer.Fit(all).Apply(all)).Warnings.Select(w => w.Mistake), Does.Not.Contain(Mistake.LabelsFromOne), "classes 1, 2 and 3 of a file");
            Dataset some = all.Select([.. Enumerable.Range(0, 90).Where(i => i % 3 != 0)]);
            Assert.That(Sentence(Fit(Standardizer.Fit(some).Apply(some)), Mistake.ClassMissing), Does.Contain("no row of the class '1'"));
        }
        finally
        {
            File.Delete(path);
        }
        var named = new Dataset(Raw(1).Inputs, Tensor.Indices([.. Enumerable.Range(0, 60).Select(i => 1L + i % 2)]), classNames: ["a", "b", "c"]);
        Assert.That(Sentence(Fit(named), Mistake.ClassMissing), Does.Contain("no row of the class 'a'"));
    }

    [Test]
    public void AHugeLearningRateWithAdam()
    {
        foreach (Dataset data in new[] { Curve(), Clusters() })
        {
            TrainingOutcome outcome = Fit(data, optimizer: p => new Adam(p, 100), epochs: 10);
            Assert.That(outcome.Reason, Is.EqualTo(StopReason.Diverged));
            Assert.That(outcome.Explanation, Does.Contain("Try a smaller learning rate (it was 100)"));
        }
    }

    [Test]
    public void UnscaledInputs()
    {
        Assert.That(Sentence(Fit(Raw(1000), optimizer: p => new SGD(p, 1e-9)), Mistake.UnscaledInputs), Does.Contain("'column_0'").And.Contain("Standardizer.Fit(train)"));
        Assert.That(Sentence(Fit(Raw(1e-4)), Mistake.UnscaledInputs), Does.Contain("Standardizer"));
        Assert.That(Fit(Raw(1)).Warnings.Select(w => w.Mistake), Does.Not.Contain(Mistake.UnscaledInputs));
    }

    [Test]
    public void SoftmaxBeforeCrossEntropy()
    {
        Dataset data = Clusters();
        Assert.That(Sentence(Fit(data, new Sequential(Net(data), new Probabilities())), Mistake.SoftmaxBeforeCrossEntropy),
            Does.Contain("a softmax").And.Contain("Leave the last activation out"));
        Assert.That(Sentence(Fit(data, new Sequential(Net(data), new Sigmoid())), Mistake.SoftmaxBeforeCrossEntropy), Does.Contain("a sigmoid"));
        Assert.That(Sentence(Fit(data, new Sequential(Net(data), new Tanh())), Mistake.SoftmaxBeforeCrossEntropy), Does.Contain("a tanh"));
        Assert.That(Sentence(Fit(data, new Sequential(Net(data), new ByHand())), Mistake.SoftmaxBeforeCrossEntropy), Does.Contain("a softmax"));
        Assert.That(Sentence(Fit(data, new Sequential(Net(data), new OverRows())), Mistake.SoftmaxBeforeCrossEntropy), Does.Contain("over the rows of the batch"));
        // log softmax changes nothing: its softmax is the same.
        Assert.That(Fit(data, new Sequential(Net(data), new LogProbabilities())).Warnings, Is.Empty);
    }

    [Test]
    public void PredictionsAndTargetsOfDifferentShapes()
    {
        var error = Assert.Throws<ArgumentException>(() => new MSELoss().Forward(Tensor.Zeros([5, 1]), Tensor.Zeros([5])))!;
        Assert.That(error.Message, Does.Contain("predictions (5, 1) and targets (5,) must have the same shape").And.Contain("prediction.Reshape([5])"));
        Dataset data = Curve();
        Assert.That(() => Fit(data, new Sequential(Net(data), new Flat())), Throws.InvalidOperationException.With.Message.Contains("gives (80,) for a batch of 80 row(s); expected (80, 1)"));
    }

    [Test]
    public void AnOwnLossThatBroadcastsPredictionsAgainstTargets()
    {
        Dataset data = Curve();
        CheckupResult result = Checkup.Run(seed => Net(data, seed), data, new CheckupOptions
        {
            TrainStep = (model, optimizer, batch) =>
            {
                using var autograd = new Autograd();
                Tensor loss = (model.Forward(batch.Inputs) - batch.Targets.Reshape([batch.Count])).Square().Mean();
                autograd.Backward(loss);
                optimizer.Step();
                optimizer.ZeroGrad();
                return loss.Item();
            },
        });
        Check check = result.Checks.Single(c => c.Name == "the loss is what the outputs give");
        Assert.That(check.Passed, Is.False);
        Assert.That(check.Finding, Does.Contain("predictions (n, 1) and targets (n,)"));
    }

    [Test]
    public void EvaluationModeForgotten()
    {
        Dataset data = Clusters();
        Check check = Checkup.Run(
            seed => new Sequential(new Linear(4, 16, generator: new Generator(seed)), new BatchNorm1d(16), new Linear(16, 3, generator: new Generator(seed))), data,
            new CheckupOptions { Score = (model, rows) => Metrics.Accuracy(model.Forward(rows.Inputs), rows.Labels) })
            .Checks.Single(c => c.Name == "scoring is repeatable and changes nothing");
        Assert.That(check.Passed, Is.False);
        Assert.That(check.Finding, Does.Contain("the model's numbers have changed").And.Contain("model.InEvaluationMode()"));
    }

    [Test]
    public void TheTargetAsAFeature()
    {
        var random = new Generator(3);
        double[] noise = [.. Enumerable.Range(0, 100).Select(_ => random.NextGaussian())];
        long[] labels = [.. Enumerable.Range(0, 100).Select(i => (long)((i + i / 5) % 3))];
        double[] y = [.. Enumerable.Range(0, 100).Select(_ => random.NextGaussian())];

        Dataset Classes(Func<int, double> feature) => new(Tensor.From([.. Enumerable.Range(0, 100).SelectMany(i => new[] { noise[i], feature(i) })], [100, 2], DType.Float32),
            Tensor.Indices(labels), ["noise", "paid"], ["a", "b", "c"]);
        Dataset Numbers(Func<int, double> feature) => new(Tensor.From([.. Enumerable.Range(0, 100).SelectMany(i => new[] { noise[i], feature(i) })], [100, 2], DType.Float32),
            Tensor.From(y, [100, 1], DType.Float32), ["noise", "paid"]);

        foreach (Dataset leaking in new[] { Classes(i => 2 - labels[i]), Classes(i => labels[i] + 0.1 * Math.Abs(Math.Sin(i))), Numbers(i => 3 * y[i] + 1), Numbers(i => Math.Exp(y[i])) })
            Assert.That(Sentence(Fit(leaking), Mistake.TargetLeaked), Does.Contain("'paid' alone tells").And.Contain("leave it out"));
        foreach (Dataset sound in new[] { Classes(i => labels[i] + noise[i]), Classes(i => labels[i] == 0 ? 0 : 1), Numbers(i => y[i] + 0.3 * noise[i]) })
            Assert.That(Fit(sound).Warnings.Select(w => w.Mistake), Does.Not.Contain(Mistake.TargetLeaked));

        // A categorical column is one column: color=red and color=blue.
        Dataset oneHot = new(Tensor.From([.. labels.SelectMany(l => new[] { l == 0 ? 1.0 : 0, l == 1 ? 1 : 0, l == 2 ? 1 : 0 })], [100, 3], DType.Float32),
            Tensor.Indices(labels), ["state=x", "state=y", "state=z"], ["a", "b", "c"]);
        Assert.That(Sentence(Fit(oneHot), Mistake.TargetLeaked), Does.Contain("'state' alone tells").And.Contain("Exclude = [\"state\"]"));
        Assert.That(Fit(oneHot).Warnings.Single(w => w.Mistake == Mistake.TargetLeaked).Column, Is.EqualTo("state"));

        // Many categories tell two classes, as the cause of a death tells who died; but not if a row of one of them differs.
        Dataset Causes(int odd) => new(Tensor.From([.. Enumerable.Range(0, 100).SelectMany(i => Enumerable.Range(0, 16).Select(c => i % 16 == c ? 1.0 : 0))], [100, 16], DType.Float32),
            Tensor.Indices([.. Enumerable.Range(0, 100).Select(i => i % 16 < 5 != (i == odd) ? 1L : 0L)]), [.. Enumerable.Range(0, 16).Select(c => $"cause={c}")], ["no", "yes"]);
        Assert.That(Sentence(Fit(Causes(odd: -1)), Mistake.TargetLeaked), Does.Contain("'cause' alone tells"));
        Assert.That(Fit(Causes(odd: 90)).Warnings.Select(w => w.Mistake), Does.Not.Contain(Mistake.TargetLeaked));
    }

    [Test]
    public void TheTargetBehindAThinDisguise()
    {
        const int n = 200;
        var random = new Generator(3);
        double[] noise = [.. Enumerable.Range(0, n).Select(_ => random.NextGaussian())], y = [.. Enumerable.Range(0, n).Select(_ => random.NextGaussian())];
        Tensor Table(params Func<int, double>[] columns) =>
            Tensor.From([.. Enumerable.Range(0, n).SelectMany(i => columns.Select(column => column(i)))], [n, columns.Length], DType.Float32);
        Dataset Numbers(Func<int, double> feature) => new(Table(i => noise[i], feature), Tensor.From(y, [n, 1], DType.Float32), ["noise", "paid"]);

        // Rounded, in four classes, and measured again: a correlation of 0.9998.
        Assert.That(Sentence(Fit(Numbers(i => Math.Round(5 * y[i]))), Mistake.TargetLeaked), Does.Contain("alone tells the range of 'target'").And.Contain("do not overlap"));
        Assert.That(Sentence(Fit(Numbers(i => Math.Sign(y[i]))), Mistake.TargetLeaked), Does.Contain("its 2 different values"));
        Assert.That(Sentence(Fit(Numbers(i => y[i] + 0.02 * noise[i])), Mistake.TargetLeaked), Does.Contain("nearly tells").And.Contain("correlation is 0.9998"));
        Assert.That(Fit(Numbers(i => y[i] + 0.1 * noise[i])).Warnings.Select(w => w.Mistake), Does.Not.Contain(Mistake.TargetLeaked));
        int Size(int i) => y[i] < -0.5 ? 1 : y[i] < 0.5 ? 2 : 0;
        var sizes = new Dataset(Table(i => Size(i) == 0 ? 1 : 0, i => Size(i) == 1 ? 1 : 0, i => Size(i) == 2 ? 1 : 0), Tensor.From(y, [n, 1], DType.Float32), ["size=l", "size=s", "size=m"]);
        Assert.That(Sentence(Fit(sizes), Mistake.TargetLeaked), Does.Contain("'size' alone tells the range").And.Contain("its 3 different values"));

        // A fee that only one class has, missing for the others and filled by its mean.
        var fee = new Dataset(Table(i => noise[i], i => i % 8 == 0 ? y[i] : 0.01), Tensor.Indices([.. Enumerable.Range(0, n).Select(i => i % 8 == 0 ? 1L : 0)]), ["noise", "fee"], ["no", "yes"]);
        Assert.That(Sentence(Fit(fee), Mistake.TargetLeaked), Does.Contain("'fee' alone tells"));
    }

    [Test]
    public void AColumnThatFitsToARareClassByChanceIsNoLeak()
    {
        // With one row of a class, that row has the largest or least value of one of 20 columns of noise in half of all files.
        for (int seed = 0; seed < 5; seed++)
        {
            var random = new Generator(seed);
            double[] table = [.. Enumerable.Range(0, 60 * 20).Select(_ => random.NextGaussian())];
            table[7 * 20 + 3] = 9;
            var data = new Dataset(Tensor.From(table, [60, 20], DType.Float32), Tensor.Indices([.. Enumerable.Range(0, 60).Select(i => i == 7 ? 1L : 0)]));
            Assert.That(Fit(data, epochs: 1).Warnings.Select(w => w.Mistake), Does.Not.Contain(Mistake.TargetLeaked));
        }
    }

    [Test]
    public void AnUnscaledTarget()
    {
        Assert.That(Sentence(Fit(Raw(1, 500), optimizer: p => new SGD(p, 1e-7)), Mistake.UnscaledTarget), Does.Contain("'target'").And.Contain("InverseTargets"));
        Assert.That(Fit(Raw(1)).Warnings.Select(w => w.Mistake), Does.Not.Contain(Mistake.UnscaledTarget));
    }

    [Test]
    public void AClassMissingFromTheTrainingRows()
    {
        Dataset data = Clusters(60, classes: 4);
        Dataset some = data.Select([.. Enumerable.Range(0, 60).Where(i => i % 4 != 2)]);
        Assert.That(Sentence(Fit(some), Mistake.ClassMissing), Does.Contain("no row of the class '2'").And.Contain("cannot learn it"));
        Assert.That(Fit(data).Warnings, Is.Empty);
        Dataset one = data.Select([.. Enumerable.Range(0, 60).Where(i => i % 4 == 2)]);
        Assert.That(Sentence(Fit(one), Mistake.ClassMissing), Does.Contain("All training rows have the class '2'"));
    }

    [Test]
    public void ALossThatDoesNotMoveIsReportedWithItsLikelyCause()
    {
        Dataset data = Clusters();
        Assert.That(Sentence(Fit(data, optimizer: p => new SGD(p, 1e-12)), Mistake.LossDoesNotMove), Does.Contain("did not decrease").And.Contain("learning rate is too small"));

        // A schedule that ends at 0 is not the cause.
        TrainingOutcome cosine = Trainer.Fit(Net(data), data, new TrainerOptions { Epochs = 3, Optimizer = p => new SGD(p, 1e-12), Schedule = optimizer => new CosineAnnealing(optimizer, 3) });
        Assert.That(cosine.Warnings.Single(w => w.Mistake == Mistake.LossDoesNotMove).Sentence, Does.Contain("too small (it was 1E-12)"));

        // All units of the hidden layer are dead.
        MLP dead = Net(data);
        ((Linear)dead.Layers[0]).Bias!.CopyFrom(Tensor.Full([16], -1000, DType.Float32));
        Assert.That(Sentence(Fit(data, dead, p => new SGD(p, 1e-3)), Mistake.LossDoesNotMove), Does.Contain("Likely cause").And.Contain("ReLU"));
    }

    [Test]
    public void ParametersThatAreNotTrainedAreNamed()
    {
        Dataset data = Clusters();
        Assert.That(Sentence(Fit(data, optimizer: p => new SGD(p.Skip(2), 0.05)), Mistake.ParametersNotTrained), Does.Contain("2 of 4 parameter(s) have no optimizer: 'layers.0.weight', 'layers.0.bias'"));
        Assert.That(Sentence(Fit(data, new WithUnused(data)), Mistake.ParametersNotTrained), Does.Contain("'unused.weight'").And.Contain("no gradient"));
    }

    [Test]
    public void ALossThatIsNaNNamesTheOperation()
    {
        Dataset data = Clusters();
        TrainingOutcome outcome = Fit(data, new Sequential(Net(data), new Logarithm()));
        Assert.That(outcome.Reason, Is.EqualTo(StopReason.Diverged));
        Assert.That(outcome.Explanation, Does.Contain("before the first step").And.Contain("Log").And.Contain("logarithm"));
        Assert.That(outcome.Epochs, Is.Zero);
    }

    sealed class Probabilities : Module
    {
        protected override Tensor ForwardCore(Tensor input) => input.Softmax(1);
    }

    sealed class ByHand : Module
    {
        protected override Tensor ForwardCore(Tensor input)
        {
            Tensor e = input.Exp();
            return e / e.Sum(dims: 1, keepDim: true);
        }
    }

    sealed class OverRows : Module
    {
        protected override Tensor ForwardCore(Tensor input) => input.Softmax(0);
    }

    sealed class LogProbabilities : Module
    {
        protected override Tensor ForwardCore(Tensor input) => input.LogSoftmax(1);
    }

    sealed class Flat : Module
    {
        protected override Tensor ForwardCore(Tensor input) => input.Reshape([input.Shape[0]]);
    }

    sealed class Logarithm : Module
    {
        protected override Tensor ForwardCore(Tensor input) => input.Log();
    }

    sealed class WithUnused(Dataset data) : Module
    {
        readonly Linear _used = new(data.FeatureCount, data.OutputCount), _unused = new(2, 2);

        protected override Tensor ForwardCore(Tensor input) => _used.Forward(input);

        public override string Describe() => $"WithUnused({_unused.Describe()})";
    }
}
