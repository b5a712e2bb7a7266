namespace MyTorch.Operations;

/// <summary>A rectangular part of x, every step-th element;  x̄ = ȳ put back into its place among zeros</summary>
/// <param name="x">The operand.</param>
/// <param name="starts">The first index along each dimension.</param>
/// <param name="steps">The distance between taken indices along each dimension, not 0; negative ones run backwards.</param>
/// <param name="shape">How many indices are taken along each dimension.</param>
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
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream} put at {IndexDispatch.SliceText(_starts, _steps, shape, X.Shape)}";
}

/// <summary>Zeros of a shape with x in a rectangular part of them: the adjoint of <see cref="Slice"/>;  x̄ = that part of ȳ</summary>
/// <param name="x">The part.</param>
/// <param name="whole">The shape of the result.</param>
/// <param name="starts">The first index along each dimension.</param>
/// <param name="steps">The distance between indices along each dimension, not 0; negative ones run backwards.</param>
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
    public override string ValueText(params ReadOnlySpan<string> x) => $"{x[0]} put at {IndexDispatch.SliceText(_starts, _steps, X.Shape, whole)}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream}{IndexDispatch.SliceText(_starts, _steps, X.Shape, whole)}";
}

/// <summary>Takes whole slices of x along a dimension by position, (…, d, …) → (…, k, …);  x̄ = each slice of ȳ added where it came from</summary>
/// <param name="x">The operand.</param>
/// <param name="dim">The dimension, as 0 … rank−1.</param>
/// <param name="index">Int64 positions, (k).</param>
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
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream} added where it came from";
}

/// <summary>Zeros of a shape with x's slices added at positions along a dimension: the adjoint of <see cref="IndexSelect"/>;  x̄ = those slices of ȳ</summary>
/// <param name="x">The slices, (…, k, …).</param>
/// <param name="dim">The dimension.</param>
/// <param name="index">Int64 positions, (k).</param>
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
                $"IndexAdd: the slices have shape {X.Shape}; {index.ElementCount} positions along dimension {dim} of {whole} need {whole.With(dim, index.ElementCount)}.", nameof(whole));
        return IndexDispatch.AddSlices(X, dim, index, whole);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient.IndexSelect(dim, index)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => new IndexAdd(tangents[0]!, dim, index, whole).Apply();

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"{x[0]} added by position, dim {Notation.Number(dim)}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"select({upstream}, dim {Notation.Number(dim)})";
}

/// <summary>y[i, j] = x[index[i, j], j] for dimension 0, and so on;  x̄ = each ȳ added where it came from</summary>
/// <param name="x">The operand.</param>
/// <param name="dim">The dimension along which positions are given, as 0 … rank−1.</param>
/// <param name="index">Int64 positions, of x's rank, along the other dimensions not larger than x; the output has its shape.</param>
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
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream} added where it came from";
}

/// <summary>Zeros of a shape with each element of x added at its position: the adjoint of <see cref="Gather"/>;  x̄ = the gathered ȳ</summary>
/// <param name="x">The elements, of the index's shape.</param>
/// <param name="dim">The dimension along which positions are given.</param>
/// <param name="index">Int64 positions.</param>
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
            throw new ArgumentException($"ScatterAdd: the elements have shape {X.Shape}, the index {index.Shape}; both need the same, a position for each element.", nameof(index));
        return IndexDispatch.ScatterAdd(X, dim, index, whole);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Gather(dim, index)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => new ScatterAdd(tangents[0]!, dim, index, whole).Apply();

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"{x[0]} added by position, dim {Notation.Number(dim)}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"gather({upstream}, dim {Notation.Number(dim)})";
}
