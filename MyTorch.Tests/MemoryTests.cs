using System.Runtime.CompilerServices;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>What grows and what does not, in bytes and counts.</summary>
[NonParallelizable]
public class MemoryTests
{
    static long HeapAfterCollection()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    [Test]
    public void ZerosAreZeroInMemoryThatWasUsedBefore()
    {
        for (int round = 0; round < 20; round++)
        {
            foreach (int length in (int[])[30_000, 40_000])
            {
                Tensor used = Tensor.Full([length], round + 1, DType.Float32);
                Assert.That(used.Sum().Item(), Is.EqualTo(length * (round + 1.0)).Within(1e-3 * length));
                Assert.That(Tensor.Zeros([length], DType.Float32).ToArray().Count(value => value != 0), Is.Zero);
                Assert.That(Tensor.ZerosLike(used).ToArray().Count(value => value != 0), Is.Zero);
            }
            GC.Collect();
        }
    }

    [Test]
    public void ALongTrainingDoesNotGrowTheHeap()
    {
        const int Round = 20_000;
        var generator = new Generator(1);
        var model = new MLP(2, [8], 2, () => new Tanh(), generator: generator);
        var optimizer = new SGD(model.Parameters(), learningRate: 0.01, momentum: 0.9);
        var criterion = new CrossEntropyLoss();
        Tensor x = Tensor.Randn([4, 2], generator: generator), labels = Tensor.Indices(0, 1, 1, 0);

        long Run(int steps)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int step = 0; step < steps; step++)
            {
                using var autograd = new Autograd();
                Tensor loss = criterion.Forward(model.Forward(x), labels);
                autograd.Backward(loss);
                optimizer.Step();
                optimizer.ZeroGrad();
            }
            return (GC.GetAllocatedBytesForCurrentThread() - before) / steps;
        }

        // The first round also warms up: compiled code and the tape's own list reach their final size.
        Run(Round);
        long heapEarly = HeapAfterCollection(), early = Run(Round);
        Run(2 * Round);
        long late = Run(Round), heapLate = HeapAfterCollection();
        Assert.That(heapLate - heapEarly, Is.LessThan(64 * 1024), "bytes by which 80,000 more steps grew the heap");
        // Code that was optimized meanwhile may allocate less. More would be a leak.
        Assert.That(late, Is.LessThan(1.01 * early), "bytes allocated a step");
        Assert.That(model.Forward(x).ArgMax(1).ToInt64Array(), Is.EqualTo(new long[] { 0, 1, 1, 0 }), "the training is a real one");
    }

    /// <summary>What a training step allocates once it runs steadily.</summary>
    /// <param name="Forward">By model and loss.</param>
    /// <param name="Rest">By scope, sweep and optimizer.</param>
    /// <param name="Results">The numbers in the results, which the user can reach: new memory each step.</param>
    /// <param name="Operations">How many operations were recorded.</param>
    sealed record StepBytes(long Forward, long Rest, long Results, int Operations);

    static StepBytes BytesOfAStep(int inputs, int[] hidden, int outputs, int batch, bool regression)
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
        long forward = long.MaxValue, rest = long.MaxValue, results = 0;
        int operations = 0;
        // The least of many: now and then the runtime itself allocates something on the thread.
        for (int step = 0; step < 60; step++)
        {
            long start = GC.GetAllocatedBytesForCurrentThread();
            optimizer.ZeroGrad();
            using var autograd = new Autograd();
            long opened = GC.GetAllocatedBytesForCurrentThread();
            Tensor loss = criterion.Forward(model.Forward(x), target);
            long computed = GC.GetAllocatedBytesForCurrentThread();
            autograd.Backward(loss);
            optimizer.Step();
            long end = GC.GetAllocatedBytesForCurrentThread();
            (forward, rest) = (Math.Min(forward, computed - opened), Math.Min(rest, opened - start + end - computed));
            (results, operations) = (autograd.Operations.Sum(operation => (long)operation.Output.ElementCount * sizeof(float)), autograd.Operations.Count);
        }
        return new StepBytes(forward, rest, results, operations);
    }

    [TestCase(2, new[] { 16 }, 1, 4, true)]
    [TestCase(4, new[] { 16 }, 3, 16, false)]
    [TestCase(64, new[] { 128, 64 }, 10, 32, false)]
    [TestCase(784, new[] { 512, 256 }, 10, 128, false)]
    public void AStepAllocatesItsResultsAndLittleMore(int inputs, int[] hidden, int outputs, int batch, bool regression)
    {
        StepBytes bytes = BytesOfAStep(inputs, hidden, outputs, batch, regression);
        Assert.That(bytes.Forward - bytes.Results, Is.LessThan(1024 * bytes.Operations), "forward, beside the results");
        Assert.That(bytes.Rest, Is.LessThan(1024 + 640 * bytes.Operations), "adjoints and gradients are not new memory");
    }

    [Test]
    public void TheSweepOfATenTimesLargerBatchAllocatesNoMore()
    {
        long small = BytesOfAStep(20, [30, 40], 10, batch: 32, regression: false).Rest, large = BytesOfAStep(20, [30, 40], 10, batch: 320, regression: false).Rest;
        Assert.That(large, Is.EqualTo(small).Within(256));
    }

    [Test]
    public void EvaluationOutsideAScopeKeepsNothingAlive()
    {
        var model = new MLP(3, [5], 2, generator: new Generator(1));
        (WeakReference input, WeakReference output) = Evaluate(model);
        HeapAfterCollection();
        Assert.That((input.IsAlive, output.IsAlive), Is.EqualTo((false, false)));
        GC.KeepAlive(model);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static (WeakReference, WeakReference) Evaluate(MLP model)
    {
        Tensor x = Tensor.Ones([4, 3]), y = model.Forward(x);
        Assert.That((y.RequiresGrad, y.Producer), Is.EqualTo((false, (Operation?)null)));
        return (new WeakReference(x), new WeakReference(y));
    }

    [Test]
    public void AnEndedScopeKeepsOnlyWhatTheUserHolds()
    {
        Tensor weight = Tensor.Ones([3, 3]);
        weight.RequiresGrad = true;
        (Tensor loss, WeakReference hidden, WeakReference operation) = TrainOnce(weight);
        HeapAfterCollection();
        Assert.That((hidden.IsAlive, operation.IsAlive), Is.EqualTo((false, false)), "a kept loss does not hold the tape");
        Assert.That(loss.Item(), Is.EqualTo(54));
        GC.KeepAlive(weight);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static (Tensor, WeakReference, WeakReference) TrainOnce(Tensor weight)
    {
        using var autograd = new Autograd();
        Tensor hidden = Tensor.Ones([2, 3]).MatMul(weight), loss = hidden.Square().Sum();
        autograd.Backward(loss);
        return (loss, new WeakReference(hidden), new WeakReference(autograd.Operations[0]));
    }

    [Test]
    public void APausedEvaluationInsideAScopeIsNotKept()
    {
        Tensor weight = Tensor.Ones([3, 3]);
        weight.RequiresGrad = true;
        using var autograd = new Autograd();
        WeakReference result = Paused(weight);
        HeapAfterCollection();
        Assert.That(result.IsAlive, Is.False);
        Assert.That(autograd.Operations, Is.Empty);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Paused(Tensor weight)
        {
            using (Autograd.Pause()) return new WeakReference(weight.MatMul(weight));
        }
    }

    [Test]
    public void AMillionOperationsRunForwardAndBackward()
    {
        const int Length = 1_000_000;
        Tensor x = Tensor.From(0.5, DType.Float64);
        x.RequiresGrad = true;
        using (var autograd = new Autograd())
        {
            Tensor y = x;
            for (int i = 0; i < Length; i++) y = y.Neg();
            Assert.That(autograd.Operations, Has.Count.EqualTo(Length));
            autograd.Backward(y);
            Assert.That(autograd.Operations[Length - 1].ToString(), Is.EqualTo("v1000001 = Negate(v1000000) = 0.5"));
        }
        Assert.That(x.Grad!.Item(), Is.EqualTo(1));
    }

    [Test]
    public void TheCostOfAChainIsLinearInItsLength()
    {
        (long shortRecorded, long shortBytes) = Chain(100_000);
        (long longRecorded, long longBytes) = Chain(1_000_000);
        Assert.That((shortRecorded, longRecorded), Is.EqualTo((100_000L, 1_000_000L)));
        Assert.That(longBytes, Is.LessThan(11 * shortBytes), "bytes allocated forward and backward");

        static (long Recorded, long Bytes) Chain(int length)
        {
            Tensor x = Tensor.From(0.5, DType.Float64);
            x.RequiresGrad = true;
            long before = GC.GetAllocatedBytesForCurrentThread();
            using var autograd = new Autograd();
            Tensor y = x;
            for (int i = 0; i < length; i++) y = y.Neg();
            autograd.Backward(y);
            return (autograd.Operations.Count, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Test]
    public void ASweepRecordsAsMuchMoreAsTheTapeIsLonger()
    {
        Assert.That((Recorded(2000) - Recorded(1000)) / (Recorded(1000) - Recorded(500)), Is.EqualTo(2));

        static int Recorded(int length)
        {
            Tensor x = Tensor.From(0.5, DType.Float64);
            x.RequiresGrad = true;
            using var autograd = new Autograd();
            Tensor y = x;
            for (int i = 0; i < length; i++) y = y.Sin();
            autograd.Gradients(y, [x], createGraph: true);
            return autograd.Operations.Count;
        }
    }

    [Test]
    public void AfterAHugeTapeTheThreadGivesItsMemoryBack()
    {
        long before = HeapAfterCollection();
        Record(500_000);
        Assert.That(HeapAfterCollection() - before, Is.LessThan(2_000_000), "bytes kept after half a million operations");

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Record(int length)
        {
            Tensor x = Tensor.From(0.5, DType.Float64);
            x.RequiresGrad = true;
            using var autograd = new Autograd();
            Tensor y = x;
            for (int i = 0; i < length; i++) y = y.Neg();
        }
    }
}
