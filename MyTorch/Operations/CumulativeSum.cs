namespace MyTorch.Operations;

/// <summary>yₖ = x₁ + … + xₖ along a dimension;  x̄ᵢ = ȳᵢ + … + ȳₙ, the cumulative sum from the other end</summary>
/// <param name="x">The input.</param>
/// <param name="dim">The dimension, as 0 … rank−1.</param>
/// <param name="reverse">Whether to sum from the end: yₖ = xₖ + … + xₙ. The backward rule of one direction is the other.</param>
/// <remarks>The sums are accumulated in double precision, and each is rounded once.</remarks>
public sealed class CumSum(Tensor x, int dim, bool reverse = false) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        X.Shape.RequireDimension(dim, Name);
        return ReductionDispatch.CumSum(X, dim, reverse);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [new CumSum(gradient, dim, !reverse).Apply()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => new CumSum(tangents[0]!, dim, reverse).Apply();

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => Running(x[0], reverse);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => Running(upstream, !reverse);

    string Running(string x, bool fromTheEnd) => $"cumsum({x}, dim {Notation.Number(dim)}{(fromTheEnd ? ", from the end" : "")})";
}
