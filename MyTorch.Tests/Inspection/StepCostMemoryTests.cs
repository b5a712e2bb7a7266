using System.Runtime.CompilerServices;
using MyTorch.Inspection;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>The bytes of the account against those that the garbage collector finds alive.</summary>
[NonParallelizable]
public sealed class StepCostMemoryTests
{
    const int Rows = 256;
    const int Inputs = 1024;

    // What earlier tests left, such as memory kept by their threads or lent by a pool, is released by finalizers, which may take several
    // collections. The heap is measured when another collection no longer changes it.
    static long Heap()
    {
        long before, now = long.MaxValue;
        int rounds = 0;
        do
        {
            before = now;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            now = GC.GetTotalMemory(forceFullCollection: false);
        }
        while (Math.Abs(now - before) > 1000 && ++rounds < 50);
        return now;
    }

    static Module Model(string kind)
    {
        const DType dtype = DType.Float32;
        var generator = new Generator(1);
        return kind switch
        {
            "an MLP" => new MLP(Inputs, [512, 512], 10, dtype: dtype, generator: generator),
            "normalization and dropout" => new Sequential(
                new Linear(Inputs, 512, dtype: dtype, generator: generator), new BatchNorm1d(512, dtype: dtype), new ReLU(), new Dropout(0.5, generator),
                new Linear(512, 10, dtype: dtype, generator: generator)),
            _ => new Sequential(
                new Linear(Inputs, 512, dtype: dtype, generator: generator),
                new Residual(new Sequential(new LayerNorm([512], dtype: dtype), new Linear(512, 512, dtype: dtype, generator: generator), new Tanh())),
                new Linear(512, 10, dtype: dtype, generator: generator)),
        };
    }

    [TestCase("an MLP")]
    [TestCase("normalization and dropout")]
    [TestCase("a residual", Category = "Long")]
    public void TheGarbageCollectorFindsWhatTheAccountSays(string kind)
    {
        if (Autograd.Replacement is not null) Assert.Ignore("a promise of the library's sweep");
        int threads = Parallelism.Threads;
        // Each thread that multiplies keeps memory for its parts of the matrices; which of them take part is chance.
        Parallelism.Threads = 1;
        try
        {
            Compare(kind);
        }
        finally
        {
            Parallelism.Threads = threads;
        }
    }

    static void Compare(string kind)
    {
        // Code that runs for the first time allocates what stays.
        Step(Model(kind));
        // The heap is the process's: what a thread of an earlier test releases between two readings is missing from one difference. The
        // median of three runs knows nothing of it.
        (string What, long Counted, long Measured)[][] runs = [Measure(kind), Measure(kind), Measure(kind)];
        using (Assert.EnterMultipleScope())
            for (int i = 0; i < runs[0].Length; i++)
            {
                (string what, long counted, _) = runs[0][i];
                long[] measured = [.. runs.Select(run => run[i].Measured).Order()];
                TestContext.Out.WriteLine($"{what}: {counted} bytes counted, {string.Join(", ", measured)} found");
                Assert.That(runs.Select(run => run[i].Counted), Is.All.EqualTo(counted), what);
                Assert.That(counted, Is.GreaterThan(500_000), what);
                Assert.That(measured[1], Is.EqualTo(counted).Within(2).Percent, what);
            }
    }

    static (string What, long Counted, long Measured)[] Measure(string kind)
    {
        long before = Heap();
        Module model = Model(kind);
        long parameters = Heap() - before;
        (StepCost cost, long copies, long activations, long gradients, long state) = Step(model);
        GC.KeepAlive(model);
        return
        [
            ("parameters", cost.Parameters.Bytes, parameters),
            ("activations", cost.Activations.Bytes, activations),
            ("gradients", cost.Gradients.Bytes, gradients),
            ("the state of the optimizer", copies, state),
        ];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static (StepCost Cost, long Copies, long Activations, long Gradients, long State) Step(Module model)
    {
        var optimizer = new Adam(model.Parameters());
        long before = Heap(), activations, gradients, state;
        StepCost cost;
        using (var autograd = new Autograd())
        {
            Tensor x = Tensor.Rand([Rows, Inputs], DType.Float32, new Generator(2)), labels = Tensor.RandInt(10, [Rows], new Generator(3));
            Tensor loss = new CrossEntropyLoss().Forward(model.Forward(x), labels);
            long forward = Heap(), free = autograd.Tape.Memory.FreeElements;
            activations = forward - before;
            autograd.Backward(loss);
            // A gradient may take a buffer of an earlier sweep. Buffers that adjoints no longer need wait for the next one.
            gradients = Heap() - forward - 4 * (autograd.Tape.Memory.FreeElements - free);
            cost = autograd.Cost(new StepCostOptions { Model = model, Output = loss });
            long backward = Heap();
            optimizer.Step();
            state = Heap() - backward;
            GC.KeepAlive(loss);
        }
        using var empty = new Autograd();
        long copies = empty.Cost(new StepCostOptions { Optimizer = optimizer }).OptimizerState!.Values.Sum(memory => memory.Bytes);
        GC.KeepAlive(model);
        return (cost, copies, activations, gradients, state);
    }
}
