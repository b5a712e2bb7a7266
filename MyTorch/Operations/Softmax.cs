namespace MyTorch.Operations;

/// <summary>yᵢ = e^xᵢ / Σⱼ e^xⱼ along a dimension;  x̄ = y·(ȳ − Σⱼ ȳⱼyⱼ), the product with the Jacobian diag(y) − y·yᵀ</summary>
/// <param name="x">The input.</param>
/// <param name="dim">The dimension along which the result sums to 1.</param>
internal sealed class Softmax(Tensor x, int dim) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => SoftmaxDispatch.Along(X, dim, SoftmaxDispatch.Softmax);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
        [Output * (gradient - (gradient * Output).Sum(dim, keepDim: true))];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Output * (tangents[0]! - (tangents[0]! * Output).Sum(dim, keepDim: true));

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"softmax {x[0]}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"{y}·({upstream} - Σ {upstream}·{y})";
}

/// <summary>yᵢ = xᵢ − log Σⱼ e^xⱼ along a dimension;  x̄ = ȳ − e^y·Σⱼ ȳⱼ</summary>
/// <param name="x">The input.</param>
/// <param name="dim">The dimension along which e^y sums to 1.</param>
internal sealed class LogSoftmax(Tensor x, int dim) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => SoftmaxDispatch.Along(X, dim, SoftmaxDispatch.LogSoftmax);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
        [gradient - Output.Exp() * gradient.Sum(dim, keepDim: true)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]! - (Output.Exp() * tangents[0]!).Sum(dim, keepDim: true);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"ln softmax {x[0]}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"{upstream} - exp({y})·Σ {upstream}";
}
