using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>A prediction computes the bits that its layers compute one by one, notes the same history, and allocates its result
/// alone.</summary>
[NonParallelizable]
public sealed class OnePassTests
{
    static MLP Net(DType dtype, Func<Module> activation, params int[] hidden) => new(7, hidden, 3, activation, dtype, new Generator(2));

    static Tensor OneByOne(MLP model, Tensor x)
    {
        foreach (Module layer in model.Layers) x = layer.Forward(x);
        return x;
    }

    static IEnumerable<Func<Module>> Activations() =>
        [() => new ReLU(), () => new Tanh(), () => new Sigmoid(), () => new GELU(), () => new GELU(tanh: true), () => new LeakyReLU()];

    [Test]
    public void ComputesTheBitsOfTheLayers([Values(DType.Float32, DType.Float64)] DType dtype, [Values(0, 1, 2, 5, 33, 600)] int rows, [Values] bool paused)
    {
        foreach (Func<Module> activation in Activations())
            foreach (int[] hidden in (int[][])[[], [1], [16], [65, 30, 8]])
            {
                MLP model = Net(dtype, activation, hidden);
                Tensor x = Tensor.Randn([rows, 7], dtype, new Generator(3));
                using PauseScope pause = paused ? Autograd.Pause() : default;
                Tensor expected = OneByOne(model, x);
                for (int i = 0; i < 3; i++)
                {
                    Tensor y = model.Forward(x), z = new Sequential([.. model.Layers]).Forward(x);
                    Assert.That(y.ToArray(), Is.EqualTo(expected.ToArray()));
                    Assert.That(z.ToArray(), Is.EqualTo(expected.ToArray()));
                    Assert.That((y.Shape, y.DType, y.RequiresGrad, y.HistoryLoss), Is.EqualTo((expected.Shape, expected.DType, false, expected.HistoryLoss)));
                    Assert.That(y.Lineage?.Operation, Is.EqualTo(expected.Lineage?.Operation));
                }
            }
    }

    [Test]
    public void AResultOutsideAScopeIsStillNoticedInAStrictOne()
    {
        MLP model = Net(DType.Float64, () => new ReLU(), 5);
        Tensor x = Tensor.Ones([2, 7], DType.Float64), w = Tensor.Ones([2, 3], DType.Float64, requiresGrad: true);
        for (int i = 0; i < 3; i++)
        {
            Tensor y = model.Forward(x), expected = OneByOne(model, x);
            using var autograd = new Autograd(strict: true);
            string[] errors = [.. new[] { y, expected }.Select(made => Assert.Throws<InvalidOperationException>(() => _ = w * made)!.Message)];
            Assert.That(errors[0], Is.EqualTo(errors[1]));
            using (Autograd.Pause()) y = model.Forward(x);
            Assert.That((w * y).RequiresGrad, Is.True, "a pause says that a constant is meant");
        }
    }

    [Test]
    public void IsRecordedInAScopeAsBefore()
    {
        MLP model = Net(DType.Float64, () => new ReLU(), 5);
        Tensor x = Tensor.Ones([2, 7], DType.Float64);
        for (int i = 0; i < 3; i++)
        {
            model.Forward(x);
            using var autograd = new Autograd();
            model.Forward(x);
            Assert.That(autograd.Operations, Has.Count.EqualTo(3));
        }
        // With an input of which the gradient is asked, frozen parameters, and forward mode.
        foreach (Tensor parameter in model.Parameters()) parameter.RequiresGrad = false;
        Assert.That(model.Forward(x).HistoryLoss, Is.EqualTo(HistoryLoss.None));
        Assert.That(MyTorch.Differentiation.Differentiate.Gradient(v => model.Forward(v).Sum(), x).ToArray(), Has.Some.Not.Zero);
        Assert.That(() => model.Forward(Tensor.Ones([2, 8], DType.Float64)), Throws.ArgumentException);
        Assert.That(() => model.Forward(Tensor.Ones([2, 7], DType.Float32)), Throws.InvalidOperationException);
    }

    [Test]
    public void FollowsEveryChangeOfTheWeights([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        var model = new MLP(6, [5], 3, dtype: dtype, generator: new Generator(2));
        Tensor x = Tensor.Randn([2, 6], dtype, new Generator(3));
        Tensor weight = ((Linear)model.Layers[0]).Weight;
        double[] before = model.Forward(x).ToArray();
        var sgd = new SGD(model.Parameters(), 0.5, momentum: 0.9);
        var others = new MLP(6, [5], 3, dtype: dtype, generator: new Generator(9));
        Action[] changes =
        [
            () => Step(sgd), () => Step(sgd), () => Step(new Adam(model.Parameters(), 0.1)), () => Step(new RMSprop(model.Parameters(), 0.1)),
            () => Step(new Adagrad(model.Parameters(), 0.1)), () => weight.Fill(0.25), () => weight.CopyFrom(Tensor.Randn([5, 6], dtype, new Generator(8))),
            () => model.LoadStateDict(others.StateDict()), () => weight.Detach().Fill(2),
        ];
        foreach (Action change in changes)
        {
            change();
            double[] after = model.Forward(x).ToArray();
            Assert.That(after, Is.EqualTo(OneByOne(model, x).ToArray()));
            before = after;
        }

        void Step(Optimizer optimizer)
        {
            optimizer.ZeroGrad();
            using var autograd = new Autograd();
            autograd.Backward(model.Forward(x).Sum());
            optimizer.Step();
            Assert.That(model.Forward(x).ToArray(), Is.Not.EqualTo(before), "a step changes something");
        }
    }

    sealed class Doubling(params IReadOnlyList<Module> modules) : Sequential(modules)
    {
        protected override Tensor ForwardCore(Tensor input) => base.ForwardCore(input) * 2;
    }

    [Test]
    public void AClassDerivedFromSequentialComputesWhatItSays()
    {
        var linear = new Linear(4, 2, generator: new Generator(1));
        Tensor x = Tensor.Ones([1, 4]);
        for (int i = 0; i < 3; i++)
            Assert.That(new Doubling(linear).Forward(x).ToArray(), Is.EqualTo((new Sequential(linear).Forward(x) * 2).ToArray()));
    }

    [Test]
    public void ARowAllocatesItsResultAlone([Values] bool paused)
    {
        long small = Bytes(8), large = Bytes(256);
        Assert.That(large, Is.EqualTo(small), "bytes a row do not depend on the hidden layers");
        Assert.That(small, Is.LessThan(400), "a tensor, its shape and ten numbers");

        long Bytes(int hidden)
        {
            var model = new MLP(64, [hidden, hidden], 10, dtype: DType.Float32, generator: new Generator(1));
            Tensor x = Tensor.Ones([1, 64], DType.Float32);
            using PauseScope pause = paused ? Autograd.Pause() : default;
            long least = long.MaxValue;
            for (int i = 0; i < 50; i++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                model.Forward(x);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
            return least;
        }
    }

    [Test]
    public void EightThreadsGetTheSameBits()
    {
        var model = new MLP(64, [64], 10, dtype: DType.Float32, generator: new Generator(1));
        Tensor[] rows = [.. Enumerable.Range(0, 8).Select(i => Tensor.Randn([1 + i % 3, 64], DType.Float32, new Generator(i)))];
        double[][] expected = [.. rows.Select(x => OneByOne(model, x).ToArray())];
        int wrong = 0;
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(t => new Thread(() =>
        {
            for (int i = 0; i < 500; i++)
                if (!model.Forward(rows[(t + i) % 8]).ToArray().AsSpan().SequenceEqual(expected[(t + i) % 8])) Interlocked.Increment(ref wrong);
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.That(wrong, Is.Zero);
    }
}
