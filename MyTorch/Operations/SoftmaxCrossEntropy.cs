namespace MyTorch.Operations;

/// <summary>
/// Cross entropy of each row of logits with its class k, computed from the logits: lᵢ = log Σⱼ e^xᵢⱼ − xᵢₖ;
/// ∂lᵢ/∂xᵢ = softmax(xᵢ) − onehot(k)
/// </summary>
/// <param name="logits">x, (N, C).</param>
/// <param name="labels">The classes, Int64 (N), 0 … C−1. The losses have shape (N).</param>
public sealed partial class SoftmaxCrossEntropy(Tensor logits, Tensor labels) : Operation(logits)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Settings => [labels];

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        IndexDispatch.RequireElementIndex(X.Shape, 1, labels.Rank == 1 ? labels.View([labels.ElementCount, 1]) : labels, Name);
        return SoftmaxDispatch.CrossEntropy(X, labels);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
        [gradient.Unsqueeze(1) * Slope()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => (tangents[0]! * Slope()).Sum(1);

    Tensor Slope() => X.Softmax(1) - labels.OneHot(X.Shape[1], X.DType);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"cross entropy of softmax {x[0]}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"{upstream}·(softmax {x[0]} - onehot of the classes)";
}
