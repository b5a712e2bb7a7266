using MyTorch.Nn;

namespace MyTorch.Tests;

/// <summary>
/// Who owns which memory: what the user can reach never changes under them, what only the engine can reach is used again.
/// </summary>
[NonParallelizable]
public sealed class OwnershipTests
{
    static Tensor Leaf(params double[] values)
    {
        Tensor tensor = Tensor.From(values, DType.Float64);
        tensor.RequiresGrad = true;
        return tensor;
    }

    static void OnlyTheLibrarysSweep()
    {
        // The naive engine of MYTORCH_BACKWARD is compared by its results; it promises nothing about their memory.
        if (Autograd.Replacement is not null) Assert.Ignore("a promise of the library's sweep");
    }

    /// <summary>Sweeps that use the memory of adjoints of any of these shapes again, and fill it with other numbers.</summary>
    static void OtherSweeps(params int[][] shapes)
    {
        foreach (int[] shape in shapes)
            for (int i = 0; i < 3; i++)
            {
                Tensor x = Tensor.Full(shape, 0.3 + i, DType.Float64);
                x.RequiresGrad = true;
                using var autograd = new Autograd();
                autograd.Backward((x.Tanh().Sigmoid().Tanh().ReLU() + x.Sigmoid()).Sum());
            }
    }

    /// <summary>y = x², whose rule sweeps another tape, over more leaves than one, before it answers or throws.</summary>
    sealed class SquareBySweeping(Tensor x, Func<bool> fails) : Operation(x)
    {
        protected override Tensor Forward() => X * X;

        public override Tensor?[] Backward(Tensor gradient)
        {
            using (var autograd = new Autograd())
            {
                Tensor[] others = [Leaf(1, 2), Leaf(3, 4), X.Detach()];
                foreach (Tensor other in others) other.RequiresGrad = true;
                autograd.Backward((others[0] * others[1] * others[2]).Sum());
                Assert.That(others[0].Grad!.ToArray(), Is.EqualTo((others[1] * others[2]).ToArray()));
            }
            return fails() ? throw new InvalidOperationException("on purpose") : [gradient * 2 * X];
        }
    }

    /// <summary>A sweep inside a rule does not change the sums of the outer sweep; nor does a sweep that failed.</summary>
    [Test]
    public void ASweepInsideARuleAndAFailedOneDisturbNoSums()
    {
        bool fails = true;
        Tensor a = Leaf(1, 2), b = Leaf(5, 6);
        for (int round = 0; round < 3; round++)
        {
            a.ZeroGrad();
            b.ZeroGrad();
            using var autograd = new Autograd();
            Tensor loss = (new SquareBySweeping(a, () => fails).Apply() * b + b * 3).Sum();
            if (fails)
            {
                Assert.That(() => autograd.Backward(loss), Throws.InvalidOperationException.With.Message.EqualTo("on purpose"));
                Assert.That((a.Grad, b.Grad), Is.EqualTo(((Tensor?)null, (Tensor?)null)), "nothing is half written");
                fails = false;
            }
            autograd.Backward(loss);
            Assert.That(a.Grad!.ToArray(), Is.EqualTo(new[] { 10.0, 24 }));
            Assert.That(b.Grad!.ToArray(), Is.EqualTo(new[] { 4.0, 7 }));
        }
    }

    /// <summary>What a sweep reused keeps no model alive once the scope has ended.</summary>
    [Test]
    public void TheLeavesOfTheLastSweepAreLetGoWithItsScope()
    {
        OnlyTheLibrarysSweep();
        WeakReference leaf = TrainedOnce();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.That(leaf.IsAlive, Is.False);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference TrainedOnce()
        {
            Tensor x = Leaf(1, 2);
            using var autograd = new Autograd();
            autograd.Backward((x * x).Sum());
            return new WeakReference(x);
        }
    }

    [Test]
    public void TheGradientsOfASumOfTwoLeavesAreTwoTensors()
    {
        Tensor a = Leaf(1, 2), b = Leaf(3, 4);
        using var autograd = new Autograd();
        autograd.Backward((a + b).Tanh().Sum());
        Assert.That(a.Grad!.SharesMemoryWith(b.Grad!), Is.False);
        double[] ofB = b.Grad!.ToArray();
        a.Grad!.Fill(100);
        Assert.That(b.Grad!.ToArray(), Is.EqualTo(ofB));
        autograd.Backward((a + a + b).Sum());
        Assert.That((a.Grad!.ToArray()[0], b.Grad!.ToArray()[0]), Is.EqualTo((102.0, ofB[0] + 1)));
    }

    /// <summary>A rule of the user's own that keeps what it is given and returns whatever it likes.</summary>
    sealed class Keeping(Tensor a, Tensor b, Func<Tensor, Operation, Tensor?[]> rule) : Operation(a, b)
    {
        internal Tensor? Kept { get; private set; }

        protected override Tensor Forward() => Inputs[0] + Inputs[1];

        public override Tensor?[] Backward(Tensor gradient) => rule(Kept = gradient, this);
    }

    static IEnumerable<TestCaseData> Rules()
    {
        yield return new TestCaseData((Tensor g, Operation op) => new Tensor?[] { g, g }).SetArgDisplayNames("the upstream, twice");
        yield return new TestCaseData((Tensor g, Operation op) => new Tensor?[] { op.Inputs[0], op.Inputs[0] }).SetArgDisplayNames("an input");
        yield return new TestCaseData((Tensor g, Operation op) => new Tensor?[] { op.Output, g }).SetArgDisplayNames("the output");
        yield return new TestCaseData((Tensor g, Operation op) => new Tensor?[] { g.Reshape([1, 3]).Reshape([3]), g.Detach() }).SetArgDisplayNames("views");
    }

    [TestCaseSource(nameof(Rules))]
    public void ARuleMayKeepAndReturnWhatItLikes(Func<Tensor, Operation, Tensor?[]> rule)
    {
        Tensor a = Leaf(1, 2, 3), b = Leaf(4, 5, 6);
        using var autograd = new Autograd();
        Tensor hidden = a.Tanh();
        var keeping = new Keeping(hidden, b, rule);
        Tensor output = keeping.Apply();
        // The upstream gradient comes from a fused rule, and is passed to one.
        Tensor total = (output.Sigmoid() + output).Tanh().Sum();
        autograd.Backward(total);
        double[] kept = keeping.Kept!.ToArray(), ofA = a.Grad!.ToArray(), ofB = b.Grad!.ToArray(), values = [.. hidden.ToArray(), .. output.ToArray()];
        a.Grad!.Fill(100);
        Assert.That(b.Grad!.ToArray(), Is.EqualTo(ofB));
        OtherSweeps([3], [1, 3]);
        Assert.That(keeping.Kept!.ToArray(), Is.EqualTo(kept), "what the rule kept");
        Assert.That(b.Grad!.ToArray(), Is.EqualTo(ofB));
        Assert.That(hidden.ToArray().Concat(output.ToArray()), Is.EqualTo(values), "values");
        Assert.That((a.ToArray(), b.ToArray()), Is.EqualTo((new double[] { 1, 2, 3 }, new double[] { 4, 5, 6 })));

        // A second run, in which buffers are reused, gives the same.
        a.Grad = b.Grad = null;
        autograd.Backward(total);
        Assert.That((a.Grad!.ToArray(), b.Grad!.ToArray()), Is.EqualTo((ofA, ofB)));
    }

    [Test]
    public void WhatTheUserIsGivenOutlivesLaterSweeps()
    {
        Tensor x = Leaf(1, 2, 3);
        using var autograd = new Autograd();
        Tensor hidden = x.Tanh(), y = (hidden.Sigmoid() * x).Sum();
        hidden.RetainGrad();
        autograd.Backward(y);
        Tensor[] given = [x.Grad!, hidden.Grad!, .. autograd.Gradients(y, [x, hidden])!, autograd.Gradients(y, [x], createGraph: true)[0]!];
        double[][] before = [.. given.Select(tensor => tensor.ToArray())];
        OtherSweeps([3], []);
        autograd.Gradients(y, [x, hidden]);
        Assert.That(given.Select(tensor => tensor.ToArray()), Is.EqualTo(before));
        Assert.That(given.Select(tensor => tensor.Gradient.IsBuffer), Has.None.True);
        autograd.Backward(y);
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(before[2].Select(g => 2 * g)).Within(1e-15), "Backward twice adds twice");
        Assert.That(hidden.Grad!.ToArray(), Is.EqualTo(before[3].Select(g => 2 * g)).Within(1e-15));
    }

    [Test]
    public void AGivenGradientIsTheCallersOwn()
    {
        Tensor x = Leaf(1, 2, 3), upstream = Tensor.From([1, 10, 100], DType.Float64);
        using var autograd = new Autograd();
        autograd.Backward(x.Tanh(), upstream);
        autograd.Backward(x.ReLU(), upstream);
        OtherSweeps([3]);
        Assert.That(upstream.ToArray(), Is.EqualTo(new double[] { 1, 10, 100 }));
    }

    [Test]
    public void ALeafKeepsTheMemoryOfItsGradient()
    {
        OnlyTheLibrarysSweep();
        var layer = new Nn.Linear(3, 2, dtype: DType.Float64, generator: new Generator(1));
        Tensor x = Tensor.Ones([4, 3], DType.Float64);

        void Backward()
        {
            using var autograd = new Autograd();
            autograd.Backward(layer.Forward(x).Tanh().Sum());
        }

        Backward();
        (Tensor weight, Tensor bias) = (layer.Weight.Grad!, layer.Bias!.Grad!);
        double[] once = weight.ToArray();
        layer.ZeroGrad();
        Assert.That(weight.ToArray(), Is.EqualTo(once), "until the next Backward");
        Backward();
        Assert.That(layer.Weight.Grad, Is.SameAs(weight));
        Assert.That(layer.Bias.Grad, Is.SameAs(bias));
        Backward();
        Assert.That(layer.Weight.Grad!.ToArray(), Is.EqualTo(once.Select(g => 2 * g)), "added, not overwritten");
        Assert.That(weight.SharesMemoryWith(layer.Weight.Grad), Is.True);
    }

    [Test]
    public void AnOldGradientThatWasRecordedIsMissedWhenItsMemoryIsUsedAgain()
    {
        OnlyTheLibrarysSweep();
        var layer = new Nn.Linear(2, 2, dtype: DType.Float64, generator: new Generator(1));
        Tensor x = Tensor.Ones([1, 2], DType.Float64), other = Leaf(1, 2);
        using var autograd = new Autograd();
        Tensor loss = layer.Forward(x).Sum();
        autograd.Backward(loss);
        Tensor usesGradient = (layer.Weight.Grad! * other).Sum();
        layer.ZeroGrad();
        autograd.Backward(loss);
        Assert.That(() => autograd.Backward(usesGradient), Throws.InvalidOperationException.With.Message.Contains("was changed after Multiply was recorded"));
    }

    [Test]
    public void SharedWeightsReceiveTheSumInOneBuffer()
    {
        var layer = new Nn.Linear(2, 2, bias: false, dtype: DType.Float64, generator: new Generator(1));
        Tensor x = Tensor.Randn([3, 2], DType.Float64, new Generator(2));
        for (int step = 0; step < 3; step++)
        {
            layer.ZeroGrad();
            using var autograd = new Autograd();
            autograd.Backward(layer.Forward(layer.Forward(layer.Forward(x))).Sum());
            Tensor copy = layer.Weight.Clone();
            copy.RequiresGrad = true;
            // The same by matrix products, whose rules use no buffers.
            autograd.Backward(x.MatMul(copy.T).MatMul(copy.T).MatMul(copy.T).Sum());
            Assert.That(layer.Weight.Grad!.ToArray(), Is.EqualTo(copy.Grad!.ToArray()).Within(1e-14));
        }
    }

    [Test]
    public void BuffersNobodyWantsAreLetGo()
    {
        OnlyTheLibrarysSweep();
        void Sweep(int size)
        {
            Tensor x = Tensor.Zeros([size], DType.Float64);
            x.RequiresGrad = true;
            using var autograd = new Autograd();
            autograd.Backward(x.Tanh().Sigmoid().Tanh().Sum());
        }

        GradientMemory memory = Tape.OfThisThread.Memory;
        for (int i = 0; i < 20; i++) Sweep(1);
        Sweep(10_000);
        Assert.That(memory.FreeElements, Is.InRange(10_000, 40_000));
        for (int i = 0; i < 20; i++) Sweep(1);
        Assert.That(memory.FreeElements, Is.LessThan(100));
        for (int size = 1; size < 300; size++) Sweep(size);
        Assert.That(memory.FreeElements, Is.LessThan(64 * 300));
    }

    [Test]
    public void ThreadsMayDifferentiateThroughTheSameLeaves()
    {
        var model = new MLP(3, [8], 2, () => new Nn.Tanh(), DType.Float64, new Generator(1));
        Tensor x = Tensor.Randn([5, 3], DType.Float64, new Generator(2));
        IReadOnlyList<Tensor> parameters = model.Parameters();

        double[][] Gradients()
        {
            using var autograd = new Autograd();
            return [.. autograd.Gradients(model.Forward(x).Square().Mean(), parameters).Select(gradient => gradient!.ToArray())];
        }

        double[][] expected = Gradients();
        var results = new double[200][][];
        Parallel.For(0, results.Length, i => results[i] = Gradients());
        Assert.That(results, Is.All.EqualTo(expected));
    }
}
