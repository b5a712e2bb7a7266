using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Training;
using static MyTorch.Tests.Training.TrainerTests;

namespace MyTorch.Tests.Training;

/// <summary>Sound models pass the check-up, and for each check there is a broken variant that fails it.</summary>
public class CheckupTests
{
    static readonly Dataset s_classes = Clusters(120), s_numbers = Curve(120);

    static Module Sound(int seed) => Net(s_classes, seed, 32);

    static string[] Failed(Func<int, Module> model, CheckupOptions? options = null, Dataset? data = null) =>
        [.. Checkup.Run(model, data ?? s_classes, options).Checks.Where(check => !check.Passed).Select(check => check.Name)];

    [Test]
    public void SoundModelsPass()
    {
        Assert.That(Failed(Sound), Is.Empty);
        Assert.That(Failed(seed => Net(s_numbers, seed, 32), data: s_numbers), Is.Empty);
        Assert.That(Failed(seed => new Sequential(new Linear(4, 32, generator: new Generator(seed)), new BatchNorm1d(32), new ReLU(), new Dropout(0.2, new Generator(seed)), new Linear(32, 3, generator: new Generator(seed + 1)))), Is.Empty);
        CheckupResult result = Checkup.Run(Sound, s_classes);
        Assert.That(result.Passed, Is.True);
        Assert.That(result.ToString().Split('\n'), Has.Length.EqualTo(2 + result.Checks.Count));
    }

    [Test]
    public void ALossThatIsReportedSmallerFails() =>
        Assert.That(Failed(Sound, new CheckupOptions { TrainStep = (m, o, b) => Step(m, o, b) / 10 }), Does.Contain("the loss is what the outputs give"));

    [Test]
    public void LargeInitialOutputsFail() =>
        Assert.That(Failed(seed => new Sequential(Net(s_classes, seed, 32), new Scaled(100))), Does.Contain("the loss starts near ln C"));

    [Test]
    public void AStepWithoutZeroGradFails() =>
        Assert.That(Failed(Sound, new CheckupOptions { TrainStep = (m, o, b) => Step(m, o, b, zero: false) }), Does.Contain("gradients are zeroed between steps"));

    [Test]
    public void ASoftmaxAtTheEndCannotLearnByHeart() =>
        Assert.That(Failed(seed => new Sequential(Net(s_classes, seed, 32), new LastSoftmax())), Does.Contain("one batch can be learned by heart"));

    [Test]
    public void ADetachedLayerFails() =>
        Assert.That(Failed(seed => new Sequential(new Linear(4, 32, generator: new Generator(seed)), new Detached(), new Linear(32, 3, generator: new Generator(seed)))),
            Is.EqualTo(new[] { "every parameter moves" }));

    [Test]
    public void AModelThatMixesRowsFails() =>
        Assert.That(Failed(seed => new Sequential(new Mixing(), Net(s_classes, seed, 32))), Does.Contain("the order of a batch changes nothing"));

    [Test]
    public void AScoreInTrainingModeFails()
    {
        Func<int, Module> model = seed => new Sequential(new Linear(4, 32, generator: new Generator(seed)), new Dropout(0.5), new Linear(32, 3, generator: new Generator(seed)));
        Assert.That(Failed(model), Is.Empty);
        Assert.That(Failed(model, new CheckupOptions { Score = (m, d) => Metrics.Accuracy(m.Forward(d.Inputs), d.Labels) }), Does.Contain("scoring is repeatable and changes nothing"));
    }

    [Test]
    public void TestRowsAmongTheTrainingRowsFail() =>
        Assert.That(Failed(Sound, new CheckupOptions { Split = d => (d, d) }), Is.EqualTo(new[] { "shuffled labels do not generalise" }));

    [Test]
    public void AnOptimizerOfSomeParametersFails() =>
        Assert.That(Failed(Sound, new CheckupOptions { Optimizer = p => new Adam([.. p.Skip(1)], 0.01) }), Does.Contain("every parameter moves"));

    [Test]
    public void InitialValuesWithoutTheSeedFail()
    {
        int made = 0;
        Assert.That(Failed(_ => Net(s_classes, ++made, 32)), Does.Contain("the same seed gives the same losses"));
    }

    [Test]
    public void TooFewRowsAreAnError() =>
        Assert.That(() => Checkup.Run(Sound, s_classes.Select(0, 1, 2)), Throws.ArgumentException.With.Message.Contains("expected at least 20"));

    static (MLP Model, Dataset Train, Dataset Test) Finished(Dataset data)
    {
        var (train, test) = data.Split(0.6, 1);
        MLP model = Net(train, 1, 32);
        Trainer.Fit(model, train, new TrainerOptions { Epochs = 60, Optimizer = p => new Adam(p, 0.02) });
        return (model, train, test);
    }

    static string[] Failing(Module model, Dataset rows, Dataset? train = null, CheckupOptions? options = null) =>
        [.. Checkup.Trained(model, rows, train, options).Checks.Where(check => !check.Passed).Select(check => check.Name)];

    [Test]
    public void FinishedModelsPass()
    {
        foreach (Dataset data in new[] { s_classes, s_numbers })
        {
            var (model, train, test) = Finished(data);
            double[] before = [.. model.Parameters().SelectMany(p => p.ToArray())];
            CheckupResult result = Checkup.Trained(model, test, train);
            Assert.That(result.Passed, Is.True, result.ToString());
            Assert.That(result.Checks, Has.Count.EqualTo(7));
            Assert.That(model.Parameters().SelectMany(p => p.ToArray()), Is.EqualTo(before));
        }
        // Nothing can be said of the score on rows of one class.
        var (classes, _, rows) = Finished(s_classes);
        Assert.That(Failing(classes, rows.Select([.. Enumerable.Range(0, rows.Count).Where(row => rows.Labels.ToInt64Array()[row] == 1)])), Is.Empty);
    }

    [Test]
    public void FinishedModelsThatAreBrokenFail()
    {
        var (model, train, test) = Finished(s_classes);
        Assert.That(Failing(model, train, train), Is.EqualTo(new[] { "the rows are not those of the training" }));
        Assert.That(Failing(new Sequential(new Mixing(), model), test), Does.Contain("the order of a batch changes nothing"));
        Assert.That(Failing(new Sequential(new Scaled(0), model), test), Is.EqualTo(new[] { "different rows get different answers", "the score is better than a constant answer's" }));
        Assert.That(Failing(model, test, options: new CheckupOptions { Score = (_, _) => 0.9 }), Is.EqualTo(new[] { "with shuffled targets the score is that of chance" }));
        var noisy = new Generator(3);
        Assert.That(Failing(model, test, options: new CheckupOptions { Score = (m, of) => Metrics.Accuracy(m, of) - noisy.NextDouble() / 100 }),
            Is.EqualTo(new[] { "scoring is repeatable and changes nothing" }));
        Assert.That(Failing(Net(s_classes, 5, 32), test.With(test.Inputs, null, test.Select(new Generator(1).Permutation(test.Count)).Target)),
            Does.Contain("the score is better than a constant answer's"));
        Tensor first = model.Parameters()[0];
        first.CopyFrom(Tensor.Full(first.Shape, double.PositiveInfinity));
        Assert.That(Checkup.Trained(model, test).Checks[0].Passed, Is.False);
    }

    static double Step(Module model, Optimizer optimizer, Batch batch, bool zero = true)
    {
        using var autograd = new Autograd();
        Tensor loss = new CrossEntropyLoss().Forward(model.Forward(batch.Inputs), batch.Labels);
        autograd.Backward(loss);
        optimizer.Step();
        if (zero) optimizer.ZeroGrad();
        return loss.Item();
    }

    sealed class Scaled(double by) : Module
    {
        protected override Tensor ForwardCore(Tensor input) => input * by;
    }

    sealed class LastSoftmax : Module
    {
        protected override Tensor ForwardCore(Tensor input) => input.Softmax(1);
    }

    sealed class Detached : Module
    {
        protected override Tensor ForwardCore(Tensor input) => input.Detach();
    }

    sealed class Mixing : Module
    {
        protected override Tensor ForwardCore(Tensor input) => input - input.Mean([0], keepDim: true);
    }
}
