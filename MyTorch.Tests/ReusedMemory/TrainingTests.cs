using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Training;
using static MyTorch.Tests.ReusedMemory.ExemptTests;
using static MyTorch.Tests.ReusedMemory.ReadersTests;

namespace MyTorch.Tests.ReusedMemory;

/// <summary>Training with results in used memory: the same bits, and far fewer bytes.</summary>
[NonParallelizable]
public sealed class TrainingTests
{
    static Sequential Net(Generator generator) => new(
        new Linear(6, 20, generator: generator), new BatchNorm1d(20), new GELU(), new Dropout(0.2, generator), new Residual(new Linear(20, 20, generator: generator)),
        new LayerNorm([20]), new Tanh(), new Linear(20, 3, generator: generator));

    internal static double[] Losses(int steps, bool reuseMemory)
    {
        var generator = new Generator(5);
        Sequential model = Net(generator);
        var optimizer = new AdamW(model.Parameters());
        Tensor x = Tensor.Randn([40, 6], generator: generator), labels = Tensor.RandInt(0, 3, [40], generator);
        double[] losses = new double[steps];
        for (int step = 0; step < steps; step++)
        {
            // Batches of several sizes, as at the end of an epoch.
            int rows = 40 - step % 3 * 7;
            using var autograd = new Autograd(reuseMemory: reuseMemory);
            Tensor loss = new CrossEntropyLoss().Forward(model.Forward(x[..rows]), labels[..rows]);
            autograd.Backward(loss);
            optimizer.Step();
            optimizer.ZeroGrad();
            losses[step] = loss.Item();
        }
        return losses;
    }

    [Test]
    public void TheLossesAreThoseOfNewMemory() =>
        OnDirtyMemory(() => Assert.That(Losses(40, reuseMemory: true), Is.EqualTo(Losses(40, reuseMemory: false))));

    static Dataset Rows() => new(Tensor.Randn([70, 4], generator: new Generator(1)), Tensor.RandInt(0, 3, [70], new Generator(2)));

    static TrainerOptions Options(bool reuse, Action<TrainingStep>? callback = null) =>
        new() { Epochs = 3, BatchSize = 16, ValidationShare = 0.2, ReuseMemory = reuse, AfterBackward = callback };

    [Test]
    public void TheTrainerReusesMemoryUnlessToldNotToAndTrainsToTheSameBits()
    {
        Assert.That(new TrainerOptions().ReuseMemory, Is.True);
        double[][] ends = [.. ((bool[])[true, false]).Select(reuse =>
        {
            var kept = new List<Tensor>();
            MLP model = new(4, [8], 3, generator: new Generator(1));
            Trainer.Fit(model, Rows(), Options(reuse, step =>
            {
                kept.AddRange(step.Autograd.Operations.Select(operation => operation.Output));
                kept.Add(step.Autograd.Operations[0].Inputs[0]);
            }));
            int refused = 0;
            foreach (Tensor tensor in kept)
                try { tensor.ToArray(); }
                catch (InvalidOperationException e)
                {
                    Assert.That(e.Message, Does.Contain("ReuseMemory = false"));
                    refused++;
                }
            // The batches, the first input of each tape, are exempt.
            Assert.That(refused, Is.EqualTo(reuse ? kept.Count * 5 / 6 : 0));
            return model.Parameters().SelectMany(parameter => parameter.ToArray()).ToArray();
        })];
        Assert.That(ends[0], Is.EqualTo(ends[1]));
    }

    /// <summary>Adds the last output, detached, to the next input, as a recurrent layer does.</summary>
    sealed class Carrying : Module
    {
        readonly Linear _linear = new(4, 3, generator: new Generator(1));
        [NotRegistered] Tensor? _last;

        protected override Tensor ForwardCore(Tensor input)
        {
            Tensor y = _linear.Forward(input);
            if (_last is not null && _last.Shape == y.Shape) y += _last;
            _last = y.Detach();
            return y;
        }
    }

    [Test]
    public void AModuleThatCarriesAResultToTheNextStepIsToldWhatToDo()
    {
        Assert.That(() => Trainer.Fit(new Carrying(), Rows(), Options(reuse: true)),
            Throws.InvalidOperationException.With.Message.Contains("ReuseMemory = false").And.Message.Contains("Clone()"));
        Assert.That(Trainer.Fit(new Carrying(), Rows(), Options(reuse: false)).Loss, Is.Positive);
    }

    [Test]
    public void AFitWithTheLibrarysModulesAllocatesNoBatches()
    {
        if (Autograd.Replacement is not null) Assert.Ignore("a promise of the library's sweep");
        const int Features = 784, Batch = 64, Steps = 5;
        var data = new Dataset(Tensor.Randn([Steps * Batch, Features], DType.Float32, new Generator(1)), Tensor.RandInt(0, 3, [Steps * Batch], new Generator(2)));
        (long used, double[] usedEnd) = PerStep(reuse: true);
        (long fresh, double[] freshEnd) = PerStep(reuse: false);
        Assert.That(usedEnd, Is.EqualTo(freshEnd));
        Assert.That(fresh, Is.GreaterThan(Batch * Features * sizeof(float)), "the subject: batches in new memory");
        Assert.That(used, Is.LessThan(60_000), "bytes a step, with a share of the evaluation of each epoch");

        (long Bytes, double[] Parameters) PerStep(bool reuse)
        {
            (long few, _) = Fit(2);
            (long many, double[] end) = Fit(8);
            return ((many - few) / (6 * Steps), end);

            (long Bytes, double[] Parameters) Fit(int epochs)
            {
                var model = new MLP(Features, [16], 3, dtype: DType.Float32, generator: new Generator(1));
                long before = GC.GetAllocatedBytesForCurrentThread();
                Trainer.Fit(model, data, new TrainerOptions { Epochs = epochs, BatchSize = Batch, ReuseMemory = reuse, LookForMistakes = false });
                return (GC.GetAllocatedBytesForCurrentThread() - before, [.. model.Parameters().SelectMany(parameter => parameter.ToArray())]);
            }
        }
    }

    [Test]
    public void WhatTheThreadKeptIsDroppedWhenItIsNotNeeded() => OnDirtyMemory(() =>
    {
        ResultMemory memory = Tape.OfThisThread.Results;
        Ended(Leaf(100_000), x => (x * 2).Exp());
        Assert.That(memory.Free.Sum(array => array.Length), Is.AtLeast(200_000).And.LessThan(230_000));
        for (int i = 0; i < 200; i++) Ended(Leaf(10), x => x * 2);
        Assert.That(memory.Free.Sum(array => array.Length), Is.LessThan(100));
        for (int i = 0; i < 100; i++) Ended(Leaf(10), x => (x * 2).Exp());
        Assert.That(memory.Free.Sum(array => array.Length), Is.LessThan(100), "no growth");
    });

    [Test]
    public void ASizeOfTheMemoryHoldsTheCountAndAtMostAnEighthMore()
    {
        for (long count = 1; count < int.MaxValue; count += 1 + count / 7)
            Assert.That(ResultMemory.SizeFor((int)count), Is.InRange(count, Math.Min(Array.MaxLength, count + count / 8)), $"{count}");
        foreach (int size in (int[])[8, 256, 1024, 50 * 784, 1 << 20, 128 * 784])
            Assert.That(ResultMemory.SizeFor(ResultMemory.SizeFor(size)), Is.EqualTo(ResultMemory.SizeFor(size)));
    }

    [TestCase(2, new[] { 16 }, 1, 4, true, 5_000)]
    [TestCase(4, new[] { 16 }, 3, 16, false, 5_000)]
    [TestCase(64, new[] { 128, 64 }, 10, 32, false, 7_000)]
    [TestCase(784, new[] { 512, 256 }, 10, 128, false, 20_000)]
    [TestCase(784, new[] { 1024, 1024 }, 10, 64, false, 20_000)]
    public void AStepAllocatesNoMemoryForItsNumbers(int inputs, int[] hidden, int outputs, int batch, bool regression, long most)
    {
        // The naive engine of MYTORCH_BACKWARD is compared by its results; it promises nothing about memory.
        if (Autograd.Replacement is not null) Assert.Ignore("a promise of the library's sweep");
        var generator = new Generator(1);
        var model = new MLP(inputs, hidden, outputs, dtype: DType.Float32, generator: generator);
        var optimizer = new SGD(model.Parameters(), learningRate: 0.001, momentum: 0.9);
        Loss criterion = regression ? new MSELoss() : new CrossEntropyLoss();
        Tensor x = Tensor.Randn([batch, inputs], DType.Float32, generator);
        Tensor target = regression
            ? Tensor.Randn([batch, outputs], DType.Float32, generator)
            : Tensor.Indices([.. Enumerable.Range(0, batch).Select(i => (long)i % outputs)]);
        long least = long.MaxValue;
        // The least of many: now and then the runtime itself allocates something on the thread.
        for (int step = 0; step < 12; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            optimizer.ZeroGrad();
            using (var autograd = new Autograd(reuseMemory: true))
            {
                Tensor loss = criterion.Forward(model.Forward(x), target);
                autograd.Backward(loss);
            }
            optimizer.Step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.That(least, Is.LessThan(most), "bytes a step");
    }
}
