using MyTorch.Inspection;
using MyTorch.Nn;

namespace MyTorch.Tests.Drawing;

/// <summary>The graphs that the tests of drawings share.</summary>
static class Graphs
{
    internal static TapeGraph Lecture(TapeGraphOptions? options = null, string? name = null)
    {
        (Tensor x1, Tensor x2) = (Leaf(2, "x1"), Leaf(5, name ?? "x2"));
        using var autograd = new Autograd();
        Tensor y = LectureFunction(x1, x2);
        y.Name = "y";
        autograd.Backward(y);
        return TapeGraph.Of(autograd, options);
    }

    /// <summary>The same with the adjoint of every value, and on every edge the partial adjoint.</summary>
    internal static TapeGraph LectureWithAdjoints(TapeGraphOptions? options = null)
    {
        (Tensor x1, Tensor x2) = (Leaf(2, "x1"), Leaf(5, "x2"));
        using var autograd = new Autograd();
        Tensor y = LectureFunction(x1, x2);
        y.Name = "y";
        return TapeGraph.Of(autograd, (options ?? new TapeGraphOptions()) with { AdjointsOf = y });
    }

    internal static TapeGraph Extended(TapeGraphOptions? options = null)
    {
        (Tensor x1, Tensor x2) = (Leaf(2, "x1"), Leaf(5, "x2"));
        using var autograd = new Autograd();
        Tensor y = LectureFunction(x1, x2);
        y.Name = "y";
        autograd.Gradients(y, [x1, x2], createGraph: true);
        return TapeGraph.Of(autograd, options);
    }

    internal static TapeGraph TrainingStep(bool recordSources = true, bool adjoints = false)
    {
        var model = new MLP(2, [16], 2, dtype: DType.Float64, generator: new Generator(1));
        Tensor batch = Tensor.Randn([4, 2], DType.Float64, new Generator(2));
        batch.Name = "batch";
        using var autograd = new Autograd(recordSources);
        Tensor loss = new CrossEntropyLoss().Forward(model.Forward(batch), Tensor.Indices([0, 1, 1, 0]));
        loss.Name = "loss";
        autograd.Backward(loss);
        return TapeGraph.Of(autograd, new TapeGraphOptions { Title = "Training step", Model = model, AdjointsOf = adjoints ? loss : null });
    }

    /// <summary>The training step with a bar for a part of the cost of each operation.</summary>
    internal static TapeGraph StepCost(TapeGraphOptions options, StepCostPart part)
    {
        var model = new MLP(20, [16], 5, dtype: DType.Float32, generator: new Generator(1));
        Tensor batch = Tensor.Randn([8, 20], DType.Float32, new Generator(2));
        batch.Name = "batch";
        using var autograd = new Autograd(recordSources: true);
        Tensor loss = new CrossEntropyLoss().Forward(model.Forward(batch), Tensor.Indices([0, 1, 2, 3, 4, 0, 1, 2]));
        loss.Name = "loss";
        StepCost cost = autograd.Cost(new StepCostOptions { Model = model, Output = loss });
        return TapeGraph.Of(autograd, options with { Model = model, Bars = cost.Bars(part) });
    }

    /// <summary>A chain through one leaf that every step uses.</summary>
    internal static TapeGraph Chain(int operations, TapeGraphOptions? options = null)
    {
        Tensor x = Leaf(1, "x");
        using var autograd = new Autograd();
        Tensor y = x;
        for (int i = 0; i < operations; i++) y = i % 2 == 0 ? y * x : y.Tanh();
        return TapeGraph.Of(autograd, options);
    }

    internal static Tensor Leaf(double value, string name)
    {
        Tensor leaf = Tensor.From(value, DType.Float64);
        (leaf.Name, leaf.RequiresGrad) = (name, true);
        return leaf;
    }

    /// <summary>The lecture's function in the lecture's order: v3 = ln v1, v4 = v1 v2, v5 = sin v2, v6 = v3 + v4, v7 = v6 - v5.</summary>
    internal static Tensor LectureFunction(Tensor x1, Tensor x2)
    {
        (Tensor v3, Tensor v4, Tensor v5) = (x1.Log(), x1 * x2, x2.Sin());
        return v3 + v4 - v5;
    }
}
