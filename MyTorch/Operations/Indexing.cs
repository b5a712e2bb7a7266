namespace MyTorch.Operations;

/// <summary>A slice of x, with a start, a step and a size per dimension;  x̄ = zeros with ȳ at the indices of the slice</summary>
/// <param name="x">The input.</param>
/// <param name="starts">The first index along each dimension.</param>
/// <param name="steps">The step along each dimension, not 0; a negative step runs backwards.</param>
/// <param name="shape">The shape of the slice: the number of indices along each dimension.</param>
public sealed class Slice(Tensor x, int[] starts, int[] steps, Shape shape) : Operation(x)
{
    readonly int[] _starts = Copy(starts), _steps = Copy(steps);

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        (int offset, int[] strides) = IndexDispatch.Slice(X.Shape, _starts, _steps, shape, Name);
        return StridedDispatch.Read(X, offset, strides, shape);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [new Unslice(gradient, X.Shape, _starts, _steps).Apply()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => new Slice(tangents[0]!, _starts, _steps, shape).Apply();

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"{x[0]}{IndexDispatch.SliceText(_starts, _steps, shape, X.Shape)}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"{upstream} put at {IndexDispatch.SliceText(_starts, _steps, shape, X.Shape)}";
}

/// <summary>Zeros with x at the indices of a slice: the backward rule of <see cref="Slice"/>;  x̄ = that slice of ȳ</summary>
/// <param name="x">The slice.</param>
/// <param name="whole">The shape of the result.</param>
/// <param name="starts">The first index along each dimension.</param>
/// <param name="steps">The step along each dimension, not 0; a negative step runs backwards.</param>
public sealed class Unslice(Tensor x, Shape whole, int[] starts, int[] steps) : Operation(x)
{
    readonly int[] _starts = Copy(starts), _steps = Copy(steps);

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        (int offset, int[] strides) = IndexDispatch.Slice(whole, _starts, _steps, X.Shape, Name);
        return StridedDispatch.Write(X, Tensor.Zeros(whole, X.DType), offset, strides);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [new Slice(gradient, _starts, _steps, X.Shape).Apply()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => new Unslice(tangents[0]!, whole, _starts, _steps).Apply();

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) =>
        $"{x[0]} put at {IndexDispatch.SliceText(_starts, _steps, X.Shape, whole)}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"{upstream}{IndexDispatch.SliceText(_starts, _steps, X.Shape, whole)}";
}

/// <summary>The slices of x at k indices along a dimension, (…, d, …) → (…, k, …);  x̄ = each slice of ȳ added at its index</summary>
/// <param name="x">The input.</param>
/// <param name="dim">The dimension, as 0 … rank−1.</param>
/// <param name="index">Int64 indices, (k).</param>
public sealed class IndexSelect(Tensor x, int dim, Tensor index) : Operation(x)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Settings => [index];

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        IndexDispatch.RequireVectorIndex(X.Shape, dim, index, Name);
        return IndexDispatch.Select(X, dim, index);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [new IndexAdd(gradient, dim, index, X.Shape).Apply()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!.IndexSelect(dim, index);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"select({x[0]}, dim {Notation.Number(dim)})";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"{upstream} added at its index";
}

/// <summary>
/// Zeros with the slices of x added at indices along a dimension: the backward rule of <see cref="IndexSelect"/>;  x̄ = those slices of ȳ
/// </summary>
/// <param name="x">The slices, (…, k, …).</param>
/// <param name="dim">The dimension.</param>
/// <param name="index">Int64 indices, (k).</param>
/// <param name="whole">The shape of the result.</param>
public sealed class IndexAdd(Tensor x, int dim, Tensor index, Shape whole) : Operation(x)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Settings => [index];

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        IndexDispatch.RequireVectorIndex(whole, dim, index, Name);
        if (X.Shape != whole.With(dim, index.ElementCount))
            throw new ArgumentException(
                $"IndexAdd: the slices have shape {X.Shape}; {index.ElementCount} indices along dimension {dim} of {whole} " +
                $"need {whole.With(dim, index.ElementCount)}.", nameof(whole));
        return IndexDispatch.AddSlices(X, dim, index, whole);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient.IndexSelect(dim, index)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => new IndexAdd(tangents[0]!, dim, index, whole).Apply();

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"{x[0]} added at indices, dim {Notation.Number(dim)}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"select({upstream}, dim {Notation.Number(dim)})";
}

/// <summary>y[i, j] = x[index[i, j], j] for dim 0, x[i, index[i, j]] for dim 1, and so on;  x̄ = each ȳ added at its index</summary>
/// <param name="x">The input.</param>
/// <param name="dim">The indexed dimension, as 0 … rank−1.</param>
/// <param name="index">Int64 indices, of x's rank and outside dim not larger than x; the output has its shape.</param>
public sealed class Gather(Tensor x, int dim, Tensor index) : Operation(x)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Settings => [index];

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        IndexDispatch.RequireElementIndex(X.Shape, dim, index, Name);
        return IndexDispatch.Gather(X, dim, index);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [new ScatterAdd(gradient, dim, index, X.Shape).Apply()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!.Gather(dim, index);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"gather({x[0]}, dim {Notation.Number(dim)})";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"{upstream} added at its index";
}

/// <summary>Zeros with each element of x added at its index: the backward rule of <see cref="Gather"/>;  x̄ = the gathered ȳ</summary>
/// <param name="x">The elements, of the index's shape.</param>
/// <param name="dim">The indexed dimension.</param>
/// <param name="index">Int64 indices.</param>
/// <param name="whole">The shape of the result.</param>
public sealed class ScatterAdd(Tensor x, int dim, Tensor index, Shape whole) : Operation(x)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Settings => [index];

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        IndexDispatch.RequireElementIndex(whole, dim, index, Name);
        if (X.Shape != index.Shape)
            throw new ArgumentException(
                $"ScatterAdd: the elements have shape {X.Shape}, the index {index.Shape}; both must have the same shape.", nameof(index));
        return IndexDispatch.ScatterAdd(X, dim, index, whole);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Gather(dim, index)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => new ScatterAdd(tangents[0]!, dim, index, whole).Apply();

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"{x[0]} added at indices, dim {Notation.Number(dim)}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"gather({upstream}, dim {Notation.Number(dim)})";
}
