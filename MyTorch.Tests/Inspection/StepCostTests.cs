using System.Text.Json;
using MyTorch.Inspection;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>The account of a step: bytes and multiply-adds against counts made by hand, for networks of every kind of layer.</summary>
public sealed class StepCostTests
{
    /// <summary>A network with one step on a scope that notes modules, and what it costs by hand.</summary>
    sealed record Network(string Name, Module Model, Func<Tensor> Loss, Counts Expected)
    {
        public override string ToString() => Name;
    }

    /// <summary>Numbers of parameters; bytes of results, of given arrays, and of both as far as rules read them; multiply-adds.</summary>
    sealed record Counts(long Parameters, long Results, long Given, long Saved, long Gradients, long Forward, long Backward);

    sealed class Twice(Module layer) : Module
    {
        public Module Layer { get; } = layer;

        protected override Tensor ForwardCore(Tensor input) => Layer.Forward(Layer.Forward(input).Tanh());
    }

    static Tensor Random(Shape shape, DType dtype = DType.Float32) => Tensor.Randn(shape, dtype, new Generator(3));

    static Tensor Labels(int rows, int classes) => Tensor.Indices([.. Enumerable.Range(0, rows).Select(i => (long)i % classes)]);

    static IEnumerable<Network> Networks()
    {
        const DType f32 = DType.Float32, f64 = DType.Float64;
        Tensor x = Random([8, 20]), labels = Labels(8, 5);
        var mlp = new MLP(20, [16], 5, dtype: f32, generator: new Generator(1));
        yield return new("an MLP", mlp, () => new CrossEntropyLoss().Forward(mlp.Forward(x), labels), new(
            Parameters: 20 * 16 + 16 + 16 * 5 + 5,
            // Linear, ReLU, Linear, a loss for each row, the mean.
            Results: 4 * (8 * 16 + 8 * 16 + 8 * 5 + 8 + 1),
            Given: 4 * 8 * 20 + 8 * 8,
            // The batch, the input of ReLU, the input of the second layer, logits and labels.
            Saved: 4 * 8 * 20 + 4 * 8 * 16 + 4 * 8 * 16 + 4 * 8 * 5 + 8 * 8,
            Gradients: 4 * (20 * 16 + 16 + 16 * 5 + 5),
            Forward: 8 * 20 * 16 + 8 * 16 * 5,
            // The batch needs no gradient, so the first layer has one product and the second two.
            Backward: 8 * 20 * 16 + 2 * 8 * 16 * 5));

        Tensor x2 = Random([10, 6]), labels2 = Labels(10, 3);
        var normalized = new Sequential(
            new Linear(6, 4, dtype: f32), new BatchNorm1d(4, dtype: f32), new ReLU(), new Dropout(0.5, new Generator(2)), new Linear(4, 3, dtype: f32));
        yield return new("batch normalization and dropout", normalized,
            () => new CrossEntropyLoss().Forward(normalized.Forward(x2), labels2), new(
            Parameters: 6 * 4 + 4 + 4 + 4 + 4 * 3 + 3,
            // Linear, Normalize, times the weight, plus the bias, ReLU, times the mask; Linear; a loss for each row, the mean.
            Results: 4 * (6 * 10 * 4 + 10 * 3 + 10 + 1),
            // The mask is of the layer's type.
            Given: 4 * 10 * 6 + 4 * 10 * 4 + 8 * 10,
            // The batch; input and output of Normalize; the input of ReLU; the mask; the input of the second layer; logits and labels.
            Saved: 4 * (10 * 6 + 5 * 10 * 4 + 10 * 3) + 8 * 10,
            Gradients: 4 * (6 * 4 + 4 + 4 + 4 + 4 * 3 + 3),
            Forward: 10 * 6 * 4 + 10 * 4 * 3,
            Backward: 10 * 6 * 4 + 2 * 10 * 4 * 3));

        Tensor x3 = Random([6, 5], f64), target = Random([6, 4], f64);
        var residual = new Sequential(
            new Linear(5, 4, dtype: f64),
            new Residual(new Sequential(new LayerNorm([4], dtype: f64), new Linear(4, 4, dtype: f64), new Tanh())));
        yield return new("layer normalization and a residual, Float64", residual,
            () => new MSELoss().Forward(residual.Forward(x3), target), new(
            Parameters: 5 * 4 + 4 + 4 + 4 + 4 * 4 + 4,
            // Linear, Normalize, times the weight, plus the bias, Linear, tanh, the sum, the difference, its square; the mean.
            Results: 8 * (9 * 6 * 4 + 1),
            Given: 8 * (6 * 5 + 6 * 4),
            // The batch; input and output of Normalize; the input of the second layer; tanh; the difference. The target is not read.
            Saved: 8 * (6 * 5 + 5 * 6 * 4),
            Gradients: 8 * (5 * 4 + 4 + 4 + 4 + 4 * 4 + 4),
            Forward: 6 * 5 * 4 + 6 * 4 * 4,
            Backward: 6 * 5 * 4 + 2 * 6 * 4 * 4));

        Tensor words = Tensor.Indices([0, 6, 1, 1, 2, 3, 4, 5, 6, 6], [5, 2]), labels4 = Labels(5, 2);
        var embedding = new Sequential(
            new Embedding(7, 3, dtype: f32, generator: new Generator(1)), new Flatten(), new Linear(6, 2, dtype: f32));
        yield return new("an embedding and flatten", embedding,
            () => new CrossEntropyLoss().Forward(embedding.Forward(words), labels4), new(
            Parameters: 7 * 3 + 6 * 2 + 2,
            // The vectors; two views of them add nothing; Linear; a loss for each row, the mean.
            Results: 4 * (10 * 3 + 5 * 2 + 5 + 1),
            // The layer makes a vector of the indices.
            Given: 8 * 10 + 8 * 5,
            // The indices, the vectors as the input of Linear, logits and labels.
            Saved: 8 * 10 + 4 * 10 * 3 + 4 * 5 * 2 + 8 * 5,
            Gradients: 4 * (7 * 3 + 6 * 2 + 2),
            Forward: 5 * 6 * 2,
            Backward: 2 * 5 * 6 * 2));

        Tensor x5 = Random([3, 4]);
        var twice = new Twice(new Linear(4, 4, dtype: f32));
        yield return new("one layer used twice", twice, () => twice.Forward(x5).Mean(), new(
            Parameters: 4 * 4 + 4,
            Results: 4 * (3 * 3 * 4 + 1),
            Given: 4 * 3 * 4,
            // The batch, and tanh, which its own rule and the layer read.
            Saved: 4 * (3 * 4 + 3 * 4),
            Gradients: 4 * (4 * 4 + 4),
            Forward: 2 * 3 * 4 * 4,
            Backward: 3 * 3 * 4 * 4));
    }

    [TestCaseSource(nameof(Networks))]
    public void BytesAndMultiplyAddsEqualTheCountByHand(object network)
    {
        (Module model, Func<Tensor> step, Counts expected) = ((Network)network) switch { var n => (n.Model, n.Loss, n.Expected) };
        using var autograd = new Autograd(recordSources: true);
        Tensor loss = null!;
        long forward = ProductCounter.Count(() => loss = step());
        StepCost cost = autograd.Cost(new StepCostOptions { Model = model, Output = loss });
        long backward = ProductCounter.Count(() => autograd.Backward(loss));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new Counts(
                cost.Parameters.Numbers, cost.Results.Bytes, cost.Given.Bytes, cost.Saved!.Bytes, cost.Gradients.Bytes,
                cost.ForwardMultiplyAdds!.Value, cost.BackwardMultiplyAdds!.Value), Is.EqualTo(expected));
            Assert.That((forward, backward), Is.EqualTo((expected.Forward, expected.Backward)), "as the kernel of the product counts");
            Assert.That(cost.Activations.Bytes, Is.EqualTo(expected.Results + expected.Given));
            Assert.That(model.Parameters().Sum(parameter => 4L * parameter.Grad!.ElementCount * (parameter.DType == DType.Float64 ? 2 : 1)),
                Is.EqualTo(expected.Gradients), "the gradients that Backward stored");

            // Operations and modules add up to the totals.
            Assert.That(cost.Operations.Sum(operation => operation.ResultBytes), Is.EqualTo(expected.Results));
            Assert.That(cost.Operations.Sum(operation => operation.SavedBytes), Is.EqualTo(expected.Saved));
            Assert.That(cost.Modules.Sum(module => module.Operations), Is.EqualTo(autograd.Operations.Count));
            Assert.That(cost.Modules.Sum(module => module.Parameters), Is.EqualTo(expected.Parameters));
            Assert.That(cost.Modules.Sum(module => module.ResultBytes), Is.EqualTo(expected.Results));
            Assert.That(cost.Modules.Sum(module => module.SavedBytes), Is.EqualTo(expected.Saved));
            Assert.That(cost.Modules.Sum(module => module.ForwardMultiplyAdds), Is.EqualTo(expected.Forward));
            Assert.That(cost.Modules.Sum(module => module.BackwardMultiplyAdds), Is.EqualTo(expected.Backward));
            Assert.That(cost.NotCounted, Is.Empty);
        }
    }

    [Test]
    public void AnArrayThatTwoRulesReadIsCountedAtTheFirst()
    {
        Network network = Networks().Last();
        using var autograd = new Autograd(recordSources: true);
        network.Loss();
        StepCost cost = autograd.Cost(new StepCostOptions { Model = network.Model });
        Assert.That(cost.Operations.Select(operation => operation.Value), Is.EqualTo(new[] { "v3", "v4", "v5", "v6" }));
        Assert.That(cost.Operations[1].Saved, Is.EqualTo(new SavedArray[] { new("v4", StepTensorKind.Result, 48, null) }));
        Assert.That(cost.Operations[2].Saved, Is.EqualTo(new SavedArray[]
        {
            new("v4", StepTensorKind.Result, 48, "v4"),
            new("v1", StepTensorKind.Parameter, 64, null),
        }));
        Assert.That((cost.Operations[1].SavedBytes, cost.Operations[2].SavedBytes), Is.EqualTo((48L, 0L)));
        Assert.That(cost.Modules.Select(module => (module.Path, module.Operations, module.Parameters)),
            Is.EqualTo(new[] { ("layer", 2, 20L), ("", 2, 0L) }), "the module is one, used twice");
        Assert.That(cost.ToText(), Does.Contain("v4 (counted at v4), v1 (parameter)"));
    }

    [Test]
    public void ViewsScalarsAndBroadcastOperandsAreCountedOnce()
    {
        Tensor x = Random([4, 6]).DetachedLeaf(), row = Random([6]);
        using var autograd = new Autograd();
        Tensor view = x.Reshape([2, 12]);
        Tensor scaled = view * 0.5;
        Tensor shifted = scaled.Reshape([4, 6]) * row;
        Tensor square = shifted * shifted;
        square.Sum();
        StepCost cost = autograd.Cost();
        Assert.That(cost.Operations.Select(operation => operation.ResultBytes), Is.EqualTo(new long[] { 0, 96, 0, 96, 96, 4 }));
        Assert.That(cost.Operations.Select(operation => operation.SavedBytes), Is.EqualTo(new long?[] { 0, 4, 0, 24, 96, 0 }));
        // A product of a tensor with itself contributes twice.
        Assert.That(cost.Operations.Select(operation => operation.GradientBytes), Is.EqualTo(new long[] { 96, 96, 96, 96, 192, 96 }));
        Assert.That((cost.Parameters, cost.Gradients), Is.EqualTo((new StepMemory(1, 24, 96), new StepMemory(1, 24, 96))));
        Assert.That(cost.Given, Is.EqualTo(new StepMemory(2, 7, 28)), "0.5 and the row");
    }

    [Test]
    public void ATransposedMatrixIsACopyAndKeepsNothing()
    {
        Tensor x = Random([4, 6]).DetachedLeaf(), y = Random([4, 2]);
        using var autograd = new Autograd();
        x.T.MatMul(y);
        StepCost cost = autograd.Cost();
        Assert.That(cost.Operations.Select(operation => operation.ResultBytes), Is.EqualTo(new long[] { 96, 48 }));
        // y requires no gradient, so the rule of the product reads y only.
        Assert.That(cost.Operations.Select(operation => operation.SavedBytes), Is.EqualTo(new long?[] { 0, 32 }));
        Assert.That((cost.ForwardMultiplyAdds, cost.BackwardMultiplyAdds), Is.EqualTo(((long?)48, (long?)48)));
    }

    [Test]
    public void EachTypeHasItsSize()
    {
        Tensor x = Random([5, 2], DType.Float64).DetachedLeaf();
        using var autograd = new Autograd();
        Tensor kept = Tensor.Where(x > 0, x, Tensor.From(0, DType.Float64));
        kept.IndexSelect(0, Tensor.Indices(1, 1, 2)).To(DType.Float32).Sum();
        StepCost cost = autograd.Cost();
        Assert.That(cost.Operations.Select(operation => operation.Name), Is.EqualTo(new[] { "Where", "IndexSelect", "Cast", "Sum" }));
        Assert.That(cost.Operations.Select(operation => operation.ResultBytes), Is.EqualTo(new long[] { 80, 48, 24, 4 }));
        Assert.That(cost.Operations.Select(operation => operation.SavedBytes), Is.EqualTo(new long?[] { 10, 24, 0, 0 }), "a mask of Bool, indices of Int64");
    }

    [Test]
    public void WhatDoesNotLeadToTheOutputCostsNothingBackward()
    {
        var model = new MLP(4, [3], 2, dtype: DType.Float32, generator: new Generator(1));
        Tensor x = Random([5, 4]);
        using var autograd = new Autograd();
        Tensor logits = model.Forward(x);
        Tensor monitored = logits.Softmax(1).Square().Sum();
        Tensor loss = logits.Mean();
        StepCost all = autograd.Cost(), reached = autograd.Cost(new StepCostOptions { Output = loss });
        Assert.That(all.Operations.All(operation => operation.IsReached), Is.True);
        Assert.That(reached.Operations.Where(operation => !operation.IsReached).Select(operation => operation.Name), Is.EqualTo(new[] { "Softmax", "Square", "Sum" }));
        Assert.That(reached.Operations.Where(operation => !operation.IsReached),
            Has.All.Matches<OperationCost>(operation => operation is { SavedBytes: 0, GradientBytes: 0, BackwardMultiplyAdds: 0, ResultBytes: > 0 }));
        Assert.That(reached.Saved!.Bytes, Is.EqualTo(all.Saved!.Bytes - 4 * 5 * 2), "softmax reads its output, and square its input, which is the same");
        Assert.That(reached.Results, Is.EqualTo(all.Results));
        Assert.That(monitored.Item(), Is.GreaterThan(0));
    }

    [Test]
    public void TheSweepOfCreateGraphIsPartOfTheTape()
    {
        Tensor w = Random([4, 3]).DetachedLeaf(), x = Random([5, 3]).DetachedLeaf();
        using var autograd = new Autograd();
        Tensor loss = x.Linear(w, null).Tanh().Sum();
        StepCost before = autograd.Cost();
        autograd.Gradients(loss, [x, w], createGraph: true);
        StepCost after = autograd.Cost();
        Assert.That(after.Modules.Select(module => module.Path), Is.EqualTo(new[] { "", "backward 1" }));
        // What Backward was said to cost is what the recorded sweep did.
        Assert.That((before.ForwardMultiplyAdds, before.BackwardMultiplyAdds), Is.EqualTo(((long?)60, (long?)120)));
        Assert.That(after.Modules[1].ForwardMultiplyAdds, Is.EqualTo(before.BackwardMultiplyAdds));
        Assert.That(after.Modules[0].ForwardMultiplyAdds, Is.EqualTo(before.ForwardMultiplyAdds));
        Assert.That(after.Parameters, Is.EqualTo(before.Parameters));
    }

    sealed class Cube(Tensor x) : Operation(x)
    {
        protected override Tensor Forward() => X * X * X;

        public override Tensor?[] Backward(Tensor gradient) => [gradient * 3 * X * X];
    }

    sealed class CountedCube(Tensor x, long multiplyAdds = 0) : Operation(x), ICountedOperation
    {
        public OperationWork Work => new([X], multiplyAdds, 0);

        protected override Tensor Forward() => X * X * X;

        public override Tensor?[] Backward(Tensor gradient) => [gradient * 3 * X * X];
    }

    [Test]
    public void AnOperationOfTheUserIsNotCountedUnlessItSays()
    {
        Tensor x = Random([3]).DetachedLeaf();
        using var autograd = new Autograd();
        new Cube(x.Exp()).Apply().Sum();
        StepCost cost = autograd.Cost();
        OperationCost cube = cost.Operations[1];
        Assert.That((cube.IsCounted, cube.SavedBytes, cube.Saved, cube.ForwardMultiplyAdds, cube.BackwardMultiplyAdds),
            Is.EqualTo((false, (long?)null, (IReadOnlyList<SavedArray>?)null, (long?)null, (long?)null)));
        Assert.That((cube.ResultBytes, cube.GradientBytes), Is.EqualTo((12L, 12L)), "what the tape itself knows");
        Assert.That((cost.Saved, cost.ForwardMultiplyAdds, cost.Modules[0].SavedBytes), Is.EqualTo(((StepMemory?)null, (long?)null, (long?)null)));
        Assert.That(cost.NotCounted, Is.EqualTo(new[] { "Cube" }));
        Assert.That(cost.ToText(), Does.Contain("not counted forward").And.Contain("Not counted: Cube. Such an operation says what it costs by implementing ICountedOperation."));

        using var counted = new Autograd();
        new CountedCube(x.Exp()).Apply().Sum();
        StepCost known = counted.Cost();
        Assert.That((known.NotCounted.Count, known.Saved!.Bytes), Is.EqualTo((0, 12L)), "exp reads its result, and the cube the same array");
        Assert.That(known.Operations[1].Saved![0].CountedAt, Is.EqualTo(known.Operations[0].Value));

        new CountedCube(x, -1).Apply();
        Assert.That(() => counted.Cost(), Throws.InvalidOperationException.With.Message.Contains("CountedCube.Work: -1 and 0 multiply-adds"));
    }

    [Test]
    public void TheOptimizerHasOneCopyWithMomentumAndTwoWithAdam()
    {
        var model = new MLP(6, [4], 3, dtype: DType.Float32, generator: new Generator(1));
        long bytes = 4L * model.ParameterCount;
        Assert.That(State(new SGD(model.Parameters(), 0.1), steps: 1), Is.Empty);
        Assert.That(State(new SGD(model.Parameters(), 0.1, momentum: 0.9), steps: 0), Is.Empty, "the first Step makes it");
        Assert.That(State(new SGD(model.Parameters(), 0.1, momentum: 0.9), steps: 3), Is.EquivalentTo(new Dictionary<string, long> { ["momentum_buffer"] = bytes }));
        Assert.That(State(new Adam(model.Parameters()), steps: 2), Is.EquivalentTo(new Dictionary<string, long>
        {
            ["step"] = 4 * 4,
            ["exp_avg"] = bytes,
            ["exp_avg_sq"] = bytes,
        }));

        Dictionary<string, long> State(Optimizer optimizer, int steps)
        {
            for (int step = 0; step <= steps; step++)
            {
                using var autograd = new Autograd();
                Tensor loss = model.Forward(Random([2, 6])).Mean();
                if (step == steps)
                {
                    StepCost cost = autograd.Cost(new StepCostOptions { Optimizer = optimizer });
                    return cost.OptimizerState!.ToDictionary(state => state.Key, state => state.Value.Bytes);
                }
                autograd.Backward(loss);
                optimizer.Step();
                optimizer.ZeroGrad();
            }
            return [];
        }
    }

    [Test]
    public void TwiceTheBatchDoublesActivationsAndNotParameters()
    {
        var model = new MLP(20, [16, 16], 5, dtype: DType.Float32, generator: new Generator(1));
        StepCost Cost(int rows)
        {
            using var autograd = new Autograd();
            Tensor loss = new CrossEntropyLoss().Forward(model.Forward(Random([rows, 20])), Labels(rows, 5));
            return autograd.Cost(new StepCostOptions { Output = loss });
        }
        StepCost one = Cost(32), two = Cost(64);
        const int loss = 4;
        Assert.That(two.Activations.Bytes - loss, Is.EqualTo(2 * (one.Activations.Bytes - loss)));
        Assert.That(two.ForwardMultiplyAdds, Is.EqualTo(2 * one.ForwardMultiplyAdds));
        Assert.That((two.Parameters, two.Gradients), Is.EqualTo((one.Parameters, one.Gradients)));
    }

    [Test]
    public void MeasuringChangesNothingAndGivesEveryOperationATime()
    {
        var model = new Sequential(new Linear(6, 4), new BatchNorm1d(4), new ReLU(), new Dropout(0.5, new Generator(2)), new Linear(4, 3));
        var optimizer = new SGD(model.Parameters(), 0.1);
        Tensor x = Tensor.Randn([10, 6], generator: new Generator(3)), labels = Labels(10, 3);
        double[][] Gradients(bool measure)
        {
            using var autograd = new Autograd();
            Tensor logits = model.Forward(x), other = logits.Exp(), loss = new CrossEntropyLoss().Forward(logits, labels);
            autograd.Backward(loss);
            if (measure)
            {
                double[] mean = ((BatchNorm1d)model.Modules[1]).RunningMean.ToArray();
                StepCost cost = autograd.Cost(new StepCostOptions { Measure = true, Runs = 3, Output = loss });
                Assert.That(cost.Operations, Has.All.Matches<OperationCost>(operation => operation!.ForwardMicroseconds >= 0));
                Assert.That(cost.Operations.Where(operation => operation.BackwardMicroseconds is null).Select(operation => operation.Name), Is.EqualTo(new[] { "Exp" }));
                Assert.That(cost.Microseconds, Is.EqualTo(cost.Operations.Sum(operation => operation.ForwardMicroseconds + (operation.BackwardMicroseconds ?? 0))).Within(1e-6));
                Assert.That(cost.MultiplyAddsPerSecond, Is.GreaterThan(0));
                Assert.That(cost.ToText(), Does.Contain("µs forward").And.Contain("of limit").And.Contain("Measured: "));
                Assert.That(autograd.Operations, Has.Count.EqualTo(cost.Operations.Count), "nothing was recorded");
                Assert.That(((BatchNorm1d)model.Modules[1]).RunningMean.ToArray(), Is.EqualTo(mean));
                Assert.That(other.Grad, Is.Null);
            }
            double[][] gradients = [.. model.Parameters().Select(parameter => parameter.Grad!.ToArray())];
            return gradients;
        }
        double[][] measured = Gradients(measure: true);
        Assert.That(measured.SelectMany(gradient => gradient).Any(value => value != 0), Is.True);
        double[][] stored = [.. model.Parameters().Select(parameter => parameter.Grad!.ToArray())];
        Assert.That(stored, Is.EqualTo(measured));
        optimizer.ZeroGrad();
    }

    [Test]
    public void WhatCannotBeCountedIsAnErrorThatSaysWhatToDo()
    {
        Tensor x = Random([3]).DetachedLeaf();
        using var autograd = new Autograd();
        Assert.That(() => autograd.Cost(new StepCostOptions { Measure = true }), Throws.ArgumentException.With.Message.Contains("Nothing was recorded").And.Message.Contains("set Output"));
        Tensor y = x.Exp();
        Assert.That(() => autograd.Cost(new StepCostOptions { Measure = true }), Throws.ArgumentException.With.Message.Contains("(3,) Float32").And.Message.Contains("set Output"));
        Assert.That(() => autograd.Cost(new StepCostOptions { Runs = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Runs"));
        Assert.That(() => autograd.Cost(new StepCostOptions { Output = x }), Throws.InvalidOperationException);
        StepCost cost = autograd.Cost();
        Assert.That(() => cost.Bars(StepCostPart.Microseconds), Throws.InvalidOperationException.With.Message.Contains("Measure = true"));
        Assert.That(() => cost.Bars((StepCostPart)9), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(cost.Of(y.Producer!), Is.SameAs(cost.Operations[0]));
        Tensor later = y.Log();
        Assert.That(cost.Of(later.Producer!), Is.Null, "recorded later");
        autograd.Dispose();
        Assert.That(() => autograd.Cost(), Throws.InvalidOperationException);
    }

    [Test]
    public void AnEmptyTapeCostsNothing()
    {
        using var autograd = new Autograd();
        StepCost cost = autograd.Cost();
        Assert.That((cost.Operations.Count, cost.Activations.Bytes, cost.ForwardMultiplyAdds), Is.EqualTo((0, 0L, (long?)0)));
        Assert.That(cost.ToText(), Does.Contain("0 operations"));
        Assert.That(JsonDocument.Parse(cost.ToJson()).RootElement.GetProperty("operations").GetArrayLength(), Is.Zero);
    }

    [Test]
    [SetCulture("de-DE")]
    public void TheTextSaysTheSameInEveryCulture()
    {
        Network network = Networks().First();
        using var autograd = new Autograd(recordSources: true);
        Tensor loss = network.Loss();
        autograd.Backward(loss);
        StepCost cost = autograd.Cost(new StepCostOptions { Model = network.Model });
        Assert.That(cost.ToText(), Is.EqualTo("""
            value  operation                module    result  kept  reads               gradients  forward  backward
            -----  -----------------------  --------  ------  ----  ------------------  ---------  -------  --------
            v5     Linear(c1, v1, v2)       layers.0  512     640   c1                  1,344      2,560    2,560
            v6     ReLU(v5)                 layers.1  512     512   v5                  512        0        0
            v7     Linear(v6, v3, v4)       layers.2  160     512   v6, v3 (parameter)  852        640      1,280
            v8     SoftmaxCrossEntropy(v7)            32      224   v7, (8,) Int64      160        0        0
            v9     Mean(v8)                           4       0                         32         0        0

            module    operations  parameters  results  kept  gradients  forward  backward
            --------  ----------  ----------  -------  ----  ---------  -------  --------
            layers.0  1           336         512      640   1,344      2,560    2,560
            layers.1  1           0           512      512   512        0        0
            layers.2  1           85          160      512   852        640      1,280
            (none)    2           0           36       224   192        0        0

            memory                                arrays  numbers  bytes
            ------------------------------------  ------  -------  -----
            parameters                            4       421      1,684
            gradients of parameters               4       421      1,684
            results of operations                 5       305      1,220
            batch, labels, masks, numbers         2       168      704
            activations: both together            7       473      1,924
            activations that backward rules read  5       464      1,888

            5 operations. Multiply-adds of matrix products: 3,200 forward, 3,840 backward.
            Columns without another unit are bytes; forward and backward are multiply-adds.

            """.ReplaceLineEndings("\n")));
        Assert.That(cost.ToMarkdown(), Does.Contain("| v6 | ReLU(v5) | layers.1 | 512 | 512 | v5 | 512 | 0 | 0 |"));
    }

    [Test]
    public void TheJsonHasTheNumbersOfTheProperties()
    {
        Network network = Networks().First();
        using var autograd = new Autograd(recordSources: true);
        network.Loss();
        new Cube(Tensor.From(2).DetachedLeaf()).Apply();
        StepCost cost = autograd.Cost(new StepCostOptions { Model = network.Model, Optimizer = new SGD(network.Model.Parameters(), 0.1, momentum: 0.9) });
        JsonElement json = JsonDocument.Parse(cost.ToJson()).RootElement;
        JsonElement linear = json.GetProperty("operations")[2], cube = json.GetProperty("operations")[5];
        Assert.That((linear.GetProperty("value").GetString(), linear.GetProperty("module").GetString(), linear.GetProperty("savedBytes").GetInt64()), Is.EqualTo(("v8", "layers.2", 512L)), "after five leaves");
        Assert.That(linear.GetProperty("saved")[1].GetProperty("kind").GetString(), Is.EqualTo("parameter"));
        Assert.That((linear.GetProperty("forwardMultiplyAdds").GetInt64(), linear.GetProperty("backwardMultiplyAdds").GetInt64()), Is.EqualTo((640L, 1280L)));
        Assert.That((cube.GetProperty("savedBytes").ValueKind, cube.GetProperty("forwardMultiplyAdds").ValueKind), Is.EqualTo((JsonValueKind.Null, JsonValueKind.Null)));
        Assert.That(json.GetProperty("notCounted").EnumerateArray().Select(name => name.GetString()), Is.EqualTo(new[] { "Cube" }));
        Assert.That(json.GetProperty("memory").GetProperty("results").GetProperty("bytes").GetInt64(), Is.EqualTo(cost.Results.Bytes));
        Assert.That(json.GetProperty("memory").GetProperty("optimizer").EnumerateObject().Count(), Is.Zero);
        Assert.That(json.GetProperty("time").GetProperty("microseconds").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(json.GetProperty("modules").GetArrayLength(), Is.EqualTo(cost.Modules.Count));
    }

    [Test]
    public void OfALongTapeTheTextShowsBothEnds()
    {
        Tensor x = Random([2]).DetachedLeaf();
        using var autograd = new Autograd();
        for (int i = 0; i < 1000; i++) x = x.Tanh();
        StepCost cost = autograd.Cost();
        string text = cost.ToText();
        Assert.That(text, Does.Contain("Tanh(v50)\n").Or.Contain("Tanh(v50) "));
        Assert.That(text, Does.Contain("… 900 more operations …").And.Contain("v952 ").And.Contain("v1001 ").And.Not.Contain("v500 "));
        Assert.That(text.Split('\n'), Has.Length.LessThan(130));
        Assert.That(cost.Results.Bytes, Is.EqualTo(8000));
    }
}

/// <summary>Counts the multiply-adds that the kernel of the matrix product is asked for on this thread.</summary>
static class ProductCounter
{
    [ThreadStatic] static long t_count;

    // Other threads multiply meanwhile; each has its count.
    static ProductCounter() => MyTorch.Kernels.MatrixProduct.Counter = work => t_count += work;

    internal static long Count(Action action)
    {
        long before = t_count;
        action();
        return t_count - before;
    }
}
