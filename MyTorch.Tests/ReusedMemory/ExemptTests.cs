using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using static MyTorch.Tests.ReusedMemory.ReadersTests;

namespace MyTorch.Tests.ReusedMemory;

/// <summary>What a scope with reuseMemory does not give back stays as it is, however much memory later scopes use again.</summary>
public sealed class ExemptTests
{
    /// <summary>Runs a test on a thread whose memory of results keeps arrays of any size, so that small tensors are an attack
    /// too.</summary>
    internal static void OnDirtyMemory(Action test)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            Tape.OfThisThread.Results.SmallestKept = 1;
            using var isolated = new NUnit.Framework.Internal.TestExecutionContext.IsolatedContext();
            try { test(); }
            catch (Exception e) { failure = e; }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Fills the free memory of this thread with NaN.</summary>
    internal static void Spoil()
    {
        foreach (Array free in Tape.OfThisThread.Results.Free)
            switch (free)
            {
                case float[] single: Array.Fill(single, float.NaN); break;
                case double[] @double: Array.Fill(@double, double.NaN); break;
                case long[] integers: Array.Fill(integers, long.MinValue); break;
                case bool[] bits: Array.Fill(bits, true); break;
            }
    }

    /// <summary>The tensors have the same numbers as before, after other scopes have used the free memory.</summary>
    static void Unchanged(Dictionary<string, Tensor> kept, Dictionary<string, double[]> numbers)
    {
        Spoil();
        for (int i = 0; i < 5; i++) Ended(Leaf(2, 3), x => (x.Exp() * x).Reshape([6]).Sum());
        foreach ((string name, Tensor tensor) in kept)
            Assert.That(tensor.ToArray(), Is.EqualTo(numbers[name]), name);
    }

    static Dictionary<string, double[]> Numbers(Dictionary<string, Tensor> kept) => kept.ToDictionary(one => one.Key, one => one.Value.ToArray());

    [Test]
    public void GradientsParametersBuffersBatchesCopiesAndWhatIsNotRecorded() => OnDirtyMemory(() =>
    {
        var generator = new Generator(1);
        var model = new Sequential(new Linear(3, 4, generator: generator), new BatchNorm1d(4), new ReLU(), new Linear(4, 3, generator: generator));
        var data = new Dataset(Tensor.Randn([8, 3], generator: generator), Tensor.RandInt(0, 3, [8], generator));
        var optimizer = new Adam(model.Parameters());
        var kept = new Dictionary<string, Tensor>();
        Dictionary<string, double[]> numbers;
        Batch batch = new DataLoader(data, 8).First();
        using (var autograd = new Autograd(reuseMemory: true))
        {
            Tensor logits = model.Forward(batch.Inputs);
            logits.RetainGrad();
            Tensor loss = new CrossEntropyLoss().Forward(logits, batch.Labels);
            autograd.Backward(loss);
            foreach (Tensor parameter in optimizer.Parameters) kept["grad of " + parameter.Name] = parameter.Grad!;
            kept["gradient"] = autograd.Gradients(loss, [logits])[0]!;
            optimizer.Step();
            kept["retained"] = logits.Grad!;
            kept["clone"] = logits.Clone();
            kept["unrecorded"] = batch.Inputs.Exp();
            kept["unrecorded view"] = batch.Inputs.Exp().Reshape([-1]);
            kept["of detached"] = logits.Detach() * 2;
            kept["comparison"] = logits > 0;
            kept["index"] = logits.ArgMax(1);
            kept["parameter, reshaped"] = model.Parameters()[0].Reshape([-1]);
            kept["parameter, detached"] = model.Parameters()[0].Detach();
            kept["parameter, as it is"] = model.Parameters()[0].To(DType.Float32);
            kept["batch, as it is"] = batch.Inputs.To(DType.Float32);
            using (Autograd.Pause()) kept["paused"] = logits * 3;
            foreach ((string name, Tensor tensor) in model.NamedParameters().Concat(model.NamedBuffers())) kept[name] = tensor;
            kept["inputs"] = batch.Inputs;
            kept["labels"] = batch.Labels;
            numbers = Numbers(kept);
        }
        Unchanged(kept, numbers);
    });

    [Test]
    public void AGradientRecordedUnderCreateGraph([Values] bool already) => OnDirtyMemory(() =>
    {
        Tensor x = Leaf(2, 3), w = Leaf(2, 3);
        double[] gradient;
        using (var autograd = new Autograd(reuseMemory: true))
        {
            if (already) autograd.Backward((x * w).Sum(), createGraph: true);
            autograd.Backward((x.Exp() * w).Sum(), createGraph: true);
            Assert.That(x.Grad!.RequiresGrad, Is.True, "the subject: a recorded gradient");
            gradient = x.Grad.ToArray();
        }
        Unchanged(new() { ["x.Grad"] = x.Grad, ["its view"] = x.Grad.Reshape([6]) }, new() { ["x.Grad"] = gradient, ["its view"] = gradient });
        x.Grad.Fill(1);
        Assert.That(x.Grad.ToArray(), Is.All.EqualTo(1));
    });

    [Test]
    public void AResultThatTheUserMadeAGradient() => OnDirtyMemory(() =>
    {
        Tensor x = Leaf(2, 3), p = Leaf(2, 3), q = Leaf(6);
        double[] numbers;
        using (var autograd = new Autograd(reuseMemory: true))
        {
            Tensor y = x * 2;
            p.Grad = y;
            q.Grad = y.Reshape([6]);
            numbers = y.ToArray();
        }
        Unchanged(new() { ["p"] = p.Grad, ["q"] = q.Grad }, new() { ["p"] = numbers, ["q"] = numbers });
    });

    [Test]
    public void ResultsOfAScopeWithoutReuseBelongToIt() => OnDirtyMemory(() =>
    {
        Tensor x = Leaf(2, 3), inner, plain;
        double[] numbers;
        using (var outer = new Autograd())
        {
            using (new Autograd(reuseMemory: true)) inner = x.Exp();
            numbers = inner.ToArray();
            Unchanged(new() { ["inner"] = inner }, new() { ["inner"] = numbers });
            outer.Backward(inner.Sum());
            Assert.That(x.Grad!.ToArray(), Is.EqualTo(numbers), "the derivative of exp is exp");
        }
        Unchanged(new() { ["inner"] = inner }, new() { ["inner"] = numbers });

        x.ZeroGrad();
        using (var outer = new Autograd(reuseMemory: true))
        {
            using (new Autograd()) plain = x.Exp();
            outer.Backward(plain.Sum());
            Assert.That(x.Grad!.ToArray(), Is.EqualTo(numbers));
        }
        Refused(() => plain.ToArray(), "recorded in the outer scope too, which reuses memory");
    });

    [Test]
    public void AScopeInsideAPauseHasItsOwnResults() => OnDirtyMemory(() =>
    {
        Tensor x = Leaf(2, 3), kept, given, outerResult;
        using (new Autograd(reuseMemory: true))
        {
            outerResult = x * 2;
            using (Autograd.Pause())
            {
                using (new Autograd()) kept = x.Exp();
                using (new Autograd(reuseMemory: true)) given = x.Exp();
                Refused(() => given.ToArray());
            }
            double[] numbers = kept.ToArray(), outerNumbers = outerResult.ToArray();
            Unchanged(new() { ["kept"] = kept, ["outer"] = outerResult }, new() { ["kept"] = numbers, ["outer"] = outerNumbers });
        }
        Assert.That(kept.ToArray(), Is.EqualTo(x.Exp().ToArray()));
        Refused(() => outerResult.ToArray());
    });

    [Test]
    public void APauseThatReusesMemoryGivesItsResultsBack() => OnDirtyMemory(() =>
    {
        Tensor x = Leaf(2, 3), scored, plain, recorded, clone;
        double[] numbers = x.Exp().ToArray();
        for (int i = 0; i < 3; i++)
        {
            using (Autograd.Pause(reuseMemory: true))
            {
                scored = x.Exp();
                clone = scored.Clone();
                using (Autograd.Pause()) plain = x.Exp();
                using (var autograd = new Autograd())
                {
                    recorded = x.Exp();
                    autograd.Backward(recorded.Sum());
                }
                Assert.That(scored.ToArray(), Is.EqualTo(numbers));
            }
            Refused(() => scored.ToArray());
            Unchanged(new() { ["clone"] = clone, ["plain pause"] = plain, ["recorded"] = recorded },
                new() { ["clone"] = numbers, ["plain pause"] = numbers, ["recorded"] = numbers });
        }
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(numbers.Select(v => v + v + v)).Within(1e-12));
        Assert.That(x.Exp().ToArray(), Is.EqualTo(numbers), "after the pause nothing is lent");
    });

    [Test]
    public void GradientsAndOptimizersInsideAPauseThatReusesMemory() => OnDirtyMemory(() =>
    {
        Tensor a = Leaf(2, 3), b = Leaf(2, 3);
        Optimizer one = new Adam([a]), other = new Adam([b]);
        for (int step = 0; step < 3; step++)
        {
            using (Autograd.Pause(reuseMemory: true))
            {
                Step(a, one);
                a.Exp().Sum();
            }
            Spoil();
            Step(b, other);
            Assert.That(a.ToArray(), Is.EqualTo(b.ToArray()));
        }

        static void Step(Tensor x, Optimizer optimizer)
        {
            optimizer.ZeroGrad();
            using var autograd = new Autograd();
            // The second call adds to a gradient that the user assigned.
            x.Grad = Tensor.ZerosLike(x);
            autograd.Backward((x.Square() * x + x).Sum());
            autograd.Backward(x.Square().Sum());
            optimizer.Step();
        }
    });
}
