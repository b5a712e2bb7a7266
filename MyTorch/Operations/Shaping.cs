namespace MyTorch.Operations;

// Operations that move elements without changing them. Each is linear, so its backward rule is another of them.

/// <summary>The same elements, in row-major order, in another shape;  x̄ = ȳ reshaped to x's shape</summary>
/// <param name="x">The input.</param>
/// <param name="shape">A shape with the same number of elements; one size may be −1 and is inferred.</param>
public sealed class Reshape(Tensor x, Shape shape) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => X.View(Inferred());

    Shape Inferred()
    {
        int unknown = shape.AsSpan().IndexOf(-1);
        for (int d = 0; d < shape.Rank; d++)
            if (d != unknown && shape[d] < 0)
            {
                string problem = shape[d] == -1 ? "more than one -1" : $"the negative size {Notation.Number(shape[d])}";
                throw new ArgumentException(
                    $"Reshape: {shape} has {problem}; at most one size may be -1, the others must be 0 or more.", nameof(shape));
            }
        int known = (unknown < 0 ? shape : shape.With(unknown, 1)).ElementCount;
        if (unknown >= 0 && known > 0 && X.ElementCount % known == 0) return shape.With(unknown, X.ElementCount / known);
        if (unknown >= 0 || known != X.ElementCount)
            throw new ArgumentException(
                $"Reshape: {X.Shape} has {X.ElementCount} elements and cannot become {shape}" +
                (unknown < 0 ? $", which has {known}." : $": {X.ElementCount} is not a multiple of {known}."), nameof(shape));
        return shape;
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Reshape(X.Shape)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!.Reshape(shape);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"reshape({x[0]}, {Output.Shape})";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"reshape({upstream}, {X.Shape})";
}

/// <summary>Reorders the dimensions: y's dimension i is x's dimension dims[i];  x̄ = ȳ reordered by the inverse permutation</summary>
/// <param name="x">The input.</param>
/// <param name="dims">Every dimension once, as 0 … rank−1.</param>
public sealed class Permute(Tensor x, int[] dims) : Operation(x)
{
    readonly int[] _dims = Copy(dims);

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        if (!_dims.Order().SequenceEqual(Enumerable.Range(0, X.Rank)))
            throw new ArgumentException(
                $"Permute: ({Notation.List(_dims)}) must contain each of the {X.Rank} dimensions of {X.Shape} exactly once.", nameof(dims));
        int[] strides = X.Shape.Strides();
        return StridedDispatch.Read(X, 0, [.. _dims.Select(d => strides[d])], Shape.Own([.. _dims.Select(d => X.Shape[d])]));
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Permute(Inverse())];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!.Permute(_dims);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => PermuteText(x[0], _dims);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => PermuteText(upstream, Inverse());

    int[] Inverse()
    {
        int[] inverse = new int[_dims.Length];
        for (int i = 0; i < _dims.Length; i++) inverse[_dims[i]] = i;
        return inverse;
    }

    static string PermuteText(string x, int[] dims) => dims is [1, 0] ? $"{x}ᵀ" : $"permute({x}, [{Notation.List(dims)}])";
}

/// <summary>
/// Broadcasts x: repeats it along dimensions of size 1 and along new leading dimensions;  x̄ = ȳ summed over the repetitions
/// </summary>
/// <param name="x">The input.</param>
/// <param name="shape">The shape of the result; x's shape broadcasts to it.</param>
public sealed class Expand(Tensor x, Shape shape) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => X.Shape.BroadcastsTo(shape)
        ? StridedDispatch.Read(X, 0, X.Shape.StridesFor(shape), shape)
        : throw new ArgumentException($"Expand: shape {X.Shape} does not broadcast to {shape}; only dimensions of size 1 can be repeated.");

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient.SumTo(X.Shape)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!.Expand(shape);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"expand({x[0]}, {shape})";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"Σ repetitions of {upstream}";
}

/// <summary>Sums x to a shape that broadcasts to x's shape: the backward rule of <see cref="Expand"/>;  x̄ = ȳ repeated</summary>
/// <param name="x">The input.</param>
/// <param name="shape">The shape of the result; it broadcasts to x's shape.</param>
public sealed class SumTo(Tensor x, Shape shape) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => shape.BroadcastsTo(X.Shape)
        ? ReductionDispatch.Sum(X, shape)
        : throw new ArgumentException($"SumTo: shape {shape} does not broadcast to {X.Shape}, so {X.Shape} cannot be summed to it.");

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Expand(X.Shape)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!.SumTo(shape);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"Σ repetitions of {x[0]}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"expand({upstream}, {X.Shape})";
}

/// <summary>Concatenates tensors along a dimension;  each x̄ᵢ is its slice of ȳ</summary>
/// <param name="parts">At least one tensor; their sizes may differ only along the dimension.</param>
/// <param name="dim">The dimension, as 0 … rank−1.</param>
public sealed class Concat(Tensor[] parts, int dim) : Operation(parts)
{
    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        if (InputArray.Length == 0) throw new ArgumentException("Concat: got no tensors; pass at least one.", nameof(parts));
        if (X.Rank == 0)
            throw new ArgumentException("Concat: scalars have no dimension to be concatenated along; use Stack.", nameof(parts));
        X.Shape.RequireDimension(dim, Name);
        int size = 0;
        foreach (Tensor part in InputArray)
        {
            ElementwiseDispatch.RequireSameType(X, part, Name);
            if (part.Rank != X.Rank || part.Shape.With(dim, 0) != X.Shape.With(dim, 0))
                throw new ArgumentException(
                    $"Concat: shapes {X.Shape} and {part.Shape} differ outside dimension {dim}; sizes may differ only along the " +
                    $"concatenated dimension.");
            size = checked(size + part.Shape[dim]);
        }
        Tensor whole = Tensor.Zeros(X.Shape.With(dim, size), X.DType);
        int[] strides = whole.Shape.Strides();
        int start = 0;
        foreach (Tensor part in InputArray)
        {
            StridedDispatch.Write(part, whole, start * strides[dim], strides);
            start += part.Shape[dim];
        }
        return whole;
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient)
    {
        var gradients = new Tensor?[InputArray.Length];
        int[] starts = new int[X.Rank];
        int[] steps = [.. Enumerable.Repeat(1, X.Rank)];
        for (int i = 0; i < gradients.Length; i++)
        {
            gradients[i] = new Slice(gradient, [.. starts], steps, InputArray[i].Shape).Apply();
            starts[dim] += InputArray[i].Shape[dim];
        }
        return gradients;
    }

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) =>
        new Concat([.. InputArray.Select((part, i) => tangents[i] ?? Tensor.ZerosLike(part))], dim).Apply();

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"concat({string.Join(", ", x)})";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"part {Notation.Number(input + 1)} of {upstream}";
}
