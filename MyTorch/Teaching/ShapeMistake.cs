namespace MyTorch.Teaching;

/// <summary>What became of a <see cref="ShapeMistake"/>.</summary>
/// <param name="Error">What the library says; null if the shapes happen to fit.</param>
/// <param name="Result">What was computed; null if there was an error.</param>
/// <param name="Right">What should have been computed.</param>
public sealed record ShapeMistakeOutcome(string? Error, Tensor? Result, Tensor Right)
{
    /// <summary>Whether a wrong result was computed without an error, because sizes happen to be equal.</summary>
    public bool IsSilent => Result is { } result && (result.Shape != Right.Shape || !result.ToArray().SequenceEqual(Right.ToArray()));
}

/// <summary>A usual mistake with the shapes of a linear layer, and what happens then.</summary>
public sealed class ShapeMistake
{
    readonly Func<LinearTrace, Tensor> _wrong, _right;

    ShapeMistake(
        string name, string code, string rightCode, string rule, Func<LinearTrace, Tensor> wrong, Func<LinearTrace, Tensor> right) =>
        (Name, Code, RightCode, Rule, _wrong, _right) = (name, code, rightCode, rule, wrong, right);

    /// <summary>What is wrong.</summary>
    public string Name { get; }

    /// <summary>The wrong line of C#.</summary>
    public string Code { get; }

    /// <summary>The right line of C#.</summary>
    public string RightCode { get; }

    /// <summary>The rule that it breaks, in shapes.</summary>
    public string Rule { get; }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ShapeMistake> All { get; } =
    [
        new("Wᵀ without its transpose", "Tensor Y = X.MatMul(W) + b;", "Tensor Y = X.MatMul(W.T) + b;",
            "(N×D)·(D×K) = N×K: the inner sizes must be equal, and W is K×D",
            t => t[LinearMatrix.X].MatMul(t[LinearMatrix.W]) + t[LinearMatrix.B], t => t[LinearMatrix.Y]),
        new("dYᵀ without its transpose", "Tensor dW = dY.MatMul(X);", "Tensor dW = dY.T.MatMul(X);",
            "(K×N)·(N×D) = K×D: the sum goes over the N examples",
            t => t[LinearMatrix.DY].MatMul(t[LinearMatrix.X]), t => t[LinearMatrix.DW]),
        new("W transposed where it should not be", "Tensor dX = dY.MatMul(W.T);", "Tensor dX = dY.MatMul(W);",
            "(N×K)·(K×D) = N×D: the backward pass uses W as it is stored, the forward pass its transpose",
            t => t[LinearMatrix.DY].MatMul(t[LinearMatrix.W].T), t => t[LinearMatrix.DX]),
        new("A rule that returns the derivative, D×K, as the gradient", "return [x.T.MatMul(gradient)];", "return [gradient.T.MatMul(x)];",
            "a gradient has the shape of its tensor, K×D: it is the transpose of the lecture's derivative",
            ReturnDerivative, t => t[LinearMatrix.DW]),
        new("The bias as a column", "Tensor Y = X.MatMul(W.T) + b.Reshape([-1, 1]);", "Tensor Y = X.MatMul(W.T) + b;",
            "N×K plus K: the bias is added to each row, so it has one number for each column",
            t => t[LinearMatrix.X].MatMul(t[LinearMatrix.W].T) + t[LinearMatrix.B].Reshape([-1, 1]), t => t[LinearMatrix.Y]),
    ];

    /// <summary>Makes the mistake with the numbers of a layer.</summary>
    public ShapeMistakeOutcome Run(LinearTrace layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        using PauseScope pause = Autograd.Pause();
        Tensor right = _right(layer);
        try
        {
            return new(null, _wrong(layer), right);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return new(e.Message, null, right);
        }
    }

    static Tensor ReturnDerivative(LinearTrace layer)
    {
        using var autograd = new Autograd();
        Tensor weight = layer[LinearMatrix.W].DetachedLeaf();
        Tensor y = new MyLinear(weight, layer[LinearMatrix.X]).Apply();
        return autograd.Gradients(y, [weight], layer[LinearMatrix.DY])[0]!;
    }

    // Named as a learner's own operation would be, since the error says the name.
    sealed class MyLinear(Tensor weight, Tensor x) : Operation(weight)
    {
        protected override Tensor Forward() => x.MatMul(X.T);

        public override Tensor?[] Backward(Tensor gradient) => [x.T.MatMul(gradient)];
    }
}
