using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>yᵢ = e^xᵢ / Σⱼ e^xⱼ along a dimension;  x̄ = y·(ȳ − Σⱼ ȳⱼyⱼ), the product with the Jacobian diag(y) − y·yᵀ</summary>
/// <param name="x">The operand.</param>
/// <param name="dim">The dimension along which the result sums to 1.</param>
public sealed class Softmax(Tensor x, int dim) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Rowwise.Along(X, dim, Rowwise.Softmax);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
        [Output * (gradient - (gradient * Output).Sum(dim, keepDim: true))];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Output * (tangents[0]! - (tangents[0]! * Output).Sum(dim, keepDim: true));

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"softmax {x[0]}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{y}·({upstream} - Σ {upstream}·{y})";
}

/// <summary>yᵢ = xᵢ − log Σⱼ e^xⱼ along a dimension;  x̄ = ȳ − e^y·Σⱼ ȳⱼ</summary>
/// <param name="x">The operand.</param>
/// <param name="dim">The dimension along which e^y sums to 1.</param>
public sealed class LogSoftmax(Tensor x, int dim) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Rowwise.Along(X, dim, Rowwise.LogSoftmax);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
        [gradient - Output.Exp() * gradient.Sum(dim, keepDim: true)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]! - (Output.Exp() * tangents[0]!).Sum(dim, keepDim: true);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"ln softmax {x[0]}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream} - exp({y})·Σ {upstream}";
}

/// <summary>The one seam between softmax and its kernels, which serve the last dimension: another is made the last, in a copy.</summary>
static class Rowwise
{
    /// <summary>Applies a function of rows along a dimension. What has no elements stays as it is; a scalar is a row of one.</summary>
    internal static Tensor Along(Tensor x, int dim, Func<Tensor, Tensor> function)
    {
        if (x.ElementCount == 0) return Tensor.Empty(x.Shape, x.DType);
        if (x.Rank == 0) return function(x.View([1])).View(x.Shape);
        return dim == x.Rank - 1 ? function(x) : function(x.Transpose(dim, -1)).Transpose(dim, -1);
    }

    internal static Tensor Softmax(Tensor x)
    {
        Tensor y = Tensor.Empty(x.Shape, x.DType);
        if (x.DType == DType.Float32) SoftmaxKernels.Softmax(x.Read<float>(), y.Write<float>(), x.Shape[^1]);
        else SoftmaxKernels.Softmax(x.Read<double>(), y.Write<double>(), x.Shape[^1]);
        return y;
    }

    internal static Tensor LogSoftmax(Tensor x)
    {
        Tensor y = Tensor.Empty(x.Shape, x.DType);
        if (x.DType == DType.Float32) SoftmaxKernels.LogSoftmax(x.Read<float>(), y.Write<float>(), x.Shape[^1]);
        else SoftmaxKernels.LogSoftmax(x.Read<double>(), y.Write<double>(), x.Shape[^1]);
        return y;
    }

    /// <summary>One number a row.</summary>
    internal static Tensor CrossEntropy(Tensor x, Tensor labels)
    {
        Tensor y = Tensor.Empty([labels.ElementCount], x.DType.RequireFloat(nameof(CrossEntropy)));
        if (x.DType == DType.Float32) SoftmaxKernels.CrossEntropy(x.Read<float>(), labels.Read<long>(), y.Write<float>(), x.Shape[1]);
        else SoftmaxKernels.CrossEntropy(x.Read<double>(), labels.Read<long>(), y.Write<double>(), x.Shape[1]);
        return y;
    }

    /// <summary>The last dimension stays, with size 1.</summary>
    internal static Tensor LogSumExp(Tensor x)
    {
        Tensor y = Tensor.Empty(x.Shape.With(x.Rank - 1, 1), x.DType);
        if (x.DType == DType.Float32) SoftmaxKernels.LogSumExp(x.Read<float>(), y.Write<float>(), x.Shape[^1]);
        else SoftmaxKernels.LogSumExp(x.Read<double>(), y.Write<double>(), x.Shape[^1]);
        return y;
    }
}
