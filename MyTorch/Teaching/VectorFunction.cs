using MyTorch.Differentiation;
using MyTorch.Operations;

namespace MyTorch.Teaching;

/// <summary>A small change of x and what it does to y = f(x).</summary>
/// <param name="Derivative">∇ₓy, (K, D).</param>
/// <param name="Change">Δx, (D).</param>
/// <param name="Predicted">∇ₓy·Δx, (K): by one forward-mode pass.</param>
/// <param name="Actual">f(x + Δx) - f(x), (K).</param>
public sealed record PredictedChange(Tensor Derivative, Tensor Change, Tensor Predicted, Tensor Actual);

/// <summary>A function of D numbers with K results, z = g(x), and its K×D derivative.</summary>
/// <remarks>The derivative of z by x has a row for each result and a column for each input: ∂zᵢ/∂xⱼ.</remarks>
public sealed class VectorFunction
{
    readonly Func<Tensor, Tensor> _apply;

    /// <summary>A function.</summary>
    /// <param name="text">How it is written: <c>tanh(x)</c>.</param>
    /// <param name="inputs">D, at least 1.</param>
    /// <param name="outputs">K, at least 1.</param>
    /// <param name="apply">(D) → (K), of operations that a tape records.</param>
    public VectorFunction(string text, int inputs, int outputs, Func<Tensor, Tensor> apply)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(apply);
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        (Text, Inputs, Outputs, _apply) = (text, inputs, outputs, apply);
    }

    /// <summary>How it is written.</summary>
    public string Text { get; }

    /// <summary>D, the number of inputs.</summary>
    public int Inputs { get; }

    /// <summary>K, the number of results.</summary>
    public int Outputs { get; }

    /// <summary>z = x: a skip connection.</summary>
    public static VectorFunction Identity(int size) => new("x", size, size, x => new Identity(x).Apply());

    /// <summary>z = tanh x, element by element: its derivative is diagonal.</summary>
    public static VectorFunction Tanh(int size) => new("tanh(x)", size, size, x => x.Tanh());

    /// <summary>z = sin x, element by element.</summary>
    public static VectorFunction Sin(int size) => new("sin(x)", size, size, x => x.Sin());

    /// <summary>z = softmax x: each result depends on each input.</summary>
    public static VectorFunction Softmax(int size) => new("softmax(x)", size, size, x => x.Softmax(0));

    /// <summary>z = Wx: its derivative is W.</summary>
    /// <param name="weight">W, (K, D).</param>
    public static VectorFunction Product(Tensor weight)
    {
        RequireMatrix(weight);
        return new("Wx", weight.Shape[1], weight.Shape[0], x => weight.MatMul(x));
    }

    /// <summary>z = tanh(Wx): a layer.</summary>
    /// <param name="weight">W, (K, D).</param>
    public static VectorFunction Layer(Tensor weight)
    {
        RequireMatrix(weight);
        return new("tanh(Wx)", weight.Shape[1], weight.Shape[0], x => weight.MatMul(x).Tanh());
    }

    /// <summary>A function that was typed: its variables are the elements of x, its results those of z.</summary>
    public static VectorFunction Of(FunctionText function)
    {
        ArgumentNullException.ThrowIfNull(function);
        int count = function.Variables.Count;
        return new(
            function.Text, count, function.Outputs.Count,
            x => Tensor.Stack([.. function.Run([.. Enumerable.Range(0, count).Select(i => x[i])])]));
    }

    /// <summary>z = g₁(x) + g₂(x) + …: the derivatives are added.</summary>
    /// <exception cref="ArgumentException">There is no function, or their sizes differ.</exception>
    public static VectorFunction Sum(IReadOnlyList<VectorFunction> functions)
    {
        ArgumentNullException.ThrowIfNull(functions);
        if (functions.Count == 0)
            throw new ArgumentException("VectorFunction: a sum of no functions; give at least one.", nameof(functions));
        VectorFunction[] all = [.. functions];
        foreach (VectorFunction one in all)
            if ((one.Inputs, one.Outputs) != (all[0].Inputs, all[0].Outputs))
                throw Invalid.Argument(
                    nameof(functions), $"VectorFunction: {one.Text} has {one.Inputs} inputs and {one.Outputs} results, " +
                    $"{all[0].Text} has {all[0].Inputs} and {all[0].Outputs}; what is added needs the same sizes.");
        return new(
            string.Join(" + ", all.Select(one => one.Text)), all[0].Inputs, all[0].Outputs,
            x => all.Select(one => one._apply(x)).Aggregate((a, b) => a + b));
    }

    /// <summary>g(g(…g(x)…)), as a deep network repeats a block: the derivatives are multiplied.</summary>
    /// <param name="times">How often it is applied, at least 1.</param>
    /// <exception cref="InvalidOperationException">The function has not as many results as inputs.</exception>
    public VectorFunction Repeated(int times)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        if (Inputs != Outputs)
            throw Invalid.Operation(
                $"VectorFunction: {Text} has {Inputs} inputs and {Outputs} results; " +
                $"only a function with as many of both can be applied again.");
        return new($"{Text}, {Notation.Number(times)} times", Inputs, Outputs, x =>
        {
            for (int i = 0; i < times; i++) x = _apply(x);
            return x;
        });
    }

    /// <summary>z = g(x): (D) → (K).</summary>
    /// <exception cref="ArgumentException">x does not have the function's inputs.</exception>
    public Tensor Apply(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rank != 1 || x.Shape[0] != Inputs)
            throw Invalid.Argument(
                nameof(x), $"VectorFunction: {Text} is a function of {Inputs} numbers, but x has shape {x.Shape}; give ({Inputs},).");
        return _apply(x);
    }

    /// <summary>The derivative ∂zᵢ/∂xⱼ, (K, D).</summary>
    public Tensor Derivative(Tensor x) => Differentiate.Jacobian(Apply, x);

    /// <summary>What a change of x does, as the derivative predicts it and in truth.</summary>
    /// <param name="x">x, (D).</param>
    /// <param name="change">Δx, (D).</param>
    public PredictedChange Change(Tensor x, Tensor change)
    {
        ArgumentNullException.ThrowIfNull(change);
        (Tensor value, Tensor predicted) = Differentiate.Jvp(Apply, x, change);
        using PauseScope pause = Autograd.Pause();
        return new(Derivative(x), change, predicted, Apply(x + change) - value);
    }

    static void RequireMatrix(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.Rank != 2)
            throw new ArgumentException($"VectorFunction: the weight has shape {weight.Shape}; it must be (K, D).", nameof(weight));
    }
}
