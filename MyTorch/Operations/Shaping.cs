using MyTorch.Kernels;

namespace MyTorch.Operations;

// These operations only move elements, so each is linear: the derivative of one is another of them.

/// <summary>The same elements in row-major order under another shape;  x̄ = ȳ in the old shape</summary>
/// <param name="x">The operand.</param>
/// <param name="shape">A shape with as many elements; one size may be −1 and is worked out.</param>
public sealed class Reshape(Tensor x, Shape shape) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => X.View(Complete());

    Shape Complete()
    {
        int open = shape.AsSpan().IndexOf(-1);
        for (int d = 0; d < shape.Rank; d++)
            if (d != open && shape[d] < 0)
                throw new ArgumentException($"Reshape: {shape} has {(shape[d] == -1 ? "more than one -1" : $"the negative size {Notation.Number(shape[d])}")}; at most one size may be -1, the others are 0 or more.", nameof(shape));
        int known = (open < 0 ? shape : shape.With(open, 1)).ElementCount;
        if (open >= 0 && known > 0 && X.ElementCount % known == 0) return shape.With(open, X.ElementCount / known);
        if (open >= 0 || known != X.ElementCount)
            throw new ArgumentException(
                $"Reshape: {X.Shape} has {X.ElementCount} elements and cannot become {shape}" + (open < 0 ? $", which has {known}." : $": {X.ElementCount} is not a multiple of {known}."), nameof(shape));
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
/// <param name="x">The operand.</param>
/// <param name="dims">Every dimension once, as 0 … rank−1.</param>
public sealed class Permute(Tensor x, int[] dims) : Operation(x)
{
    readonly int[] _dims = Copy(dims);

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        if (!_dims.Order().SequenceEqual(Enumerable.Range(0, X.Rank)))
            throw new ArgumentException($"Permute: ({Notation.List(_dims)}) does not name each of the {X.Rank} dimensions of {X.Shape} once.", nameof(dims));
        int[] strides = X.Shape.Strides();
        return Moving.Read(X, 0, [.. _dims.Select(d => strides[d])], Shape.Own([.. _dims.Select(d => X.Shape[d])]));
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Permute(Inverse())];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!.Permute(_dims);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => Turned(x[0], _dims);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => Turned(upstream, Inverse());

    int[] Inverse()
    {
        int[] inverse = new int[_dims.Length];
        for (int i = 0; i < _dims.Length; i++) inverse[_dims[i]] = i;
        return inverse;
    }

    static string Turned(string x, int[] dims) => dims is [1, 0] ? $"{x}ᵀ" : $"permute({x}, [{Notation.List(dims)}])";
}

/// <summary>Repeats x along dimensions of size 1 and along new leading ones;  x̄ = ȳ summed over the repetitions</summary>
/// <param name="x">The operand.</param>
/// <param name="shape">A shape to which x's broadcasts.</param>
public sealed class Expand(Tensor x, Shape shape) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => X.Shape.BroadcastsTo(shape)
        ? Moving.Read(X, 0, X.Shape.StridesFor(shape), shape)
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

/// <summary>Sums over the dimensions along which a tensor of the given shape would be repeated: the adjoint of broadcasting;  x̄ = ȳ repeated</summary>
/// <param name="x">The operand.</param>
/// <param name="shape">A shape that broadcasts to x's.</param>
public sealed class SumTo(Tensor x, Shape shape) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => shape.BroadcastsTo(X.Shape)
        ? Reducing.Sum(X, shape)
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
        (int offset, int[] strides) = Moving.Part(X.Shape, _starts, _steps, shape, Name);
        return Moving.Read(X, offset, strides, shape);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [new Unslice(gradient, X.Shape, _starts, _steps).Apply()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => new Slice(tangents[0]!, _starts, _steps, shape).Apply();

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"{x[0]}{Moving.PartText(_starts, _steps, shape, X.Shape)}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream} put at {Moving.PartText(_starts, _steps, shape, X.Shape)}";
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
        (int offset, int[] strides) = Moving.Part(whole, _starts, _steps, X.Shape, Name);
        return Moving.Write(X, Tensor.Zeros(whole, X.DType), offset, strides);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [new Slice(gradient, _starts, _steps, X.Shape).Apply()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => new Unslice(tangents[0]!, whole, _starts, _steps).Apply();

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"{x[0]} put at {Moving.PartText(_starts, _steps, X.Shape, whole)}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream}{Moving.PartText(_starts, _steps, X.Shape, whole)}";
}

/// <summary>Puts tensors one behind the other along a dimension;  each x̄ᵢ is its part of ȳ</summary>
/// <param name="parts">At least one tensor; all sizes but those along the dimension are equal.</param>
/// <param name="dim">The dimension, as 0 … rank−1.</param>
public sealed class Concat(Tensor[] parts, int dim) : Operation(parts)
{
    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        if (InputArray.Length == 0) throw new ArgumentException("Concat: there is nothing to put together; give at least one tensor.", nameof(parts));
        if (X.Rank == 0) throw new ArgumentException("Concat: scalars have no dimension to follow each other along; use Stack.", nameof(parts));
        X.Shape.RequireDimension(dim, Name);
        int size = 0;
        foreach (Tensor part in InputArray)
        {
            Elementwise.RequireSameType(X, part, Name);
            if (part.Rank != X.Rank || part.Shape.With(dim, 0) != X.Shape.With(dim, 0))
                throw new ArgumentException(
                    $"Concat: shapes {X.Shape} and {part.Shape} differ outside dimension {dim}; only along it may the sizes differ.");
            size = checked(size + part.Shape[dim]);
        }
        Tensor whole = Tensor.Zeros(X.Shape.With(dim, size), X.DType);
        int[] strides = whole.Shape.Strides();
        int start = 0;
        foreach (Tensor part in InputArray)
        {
            Moving.Write(part, whole, start * strides[dim], strides);
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
    public override Tensor Tangent(Tensor?[] tangents) => new Concat([.. InputArray.Select((part, i) => tangents[i] ?? Tensor.ZerosLike(part))], dim).Apply();

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"concat({string.Join(", ", x)})";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"part {Notation.Number(input + 1)} of {upstream}";
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
        Moving.RequireSlices(X.Shape, dim, index, Name);
        return Moving.Select(X, dim, index);
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
        Moving.RequireSlices(whole, dim, index, Name);
        if (X.Shape != whole.With(dim, index.ElementCount))
            throw new ArgumentException(
                $"IndexAdd: the slices have shape {X.Shape}; {index.ElementCount} positions along dimension {dim} of {whole} need {whole.With(dim, index.ElementCount)}.", nameof(whole));
        Tensor y = Tensor.Zeros(whole, X.DType.RequireFloat(Name));
        if (X.DType == DType.Float32) IndexKernels.AddSlices(X.Read<float>(), index.Read<long>(), y.Write<float>(), whole, dim);
        else IndexKernels.AddSlices(X.Read<double>(), index.Read<long>(), y.Write<double>(), whole, dim);
        return y;
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
        Moving.RequireElements(X.Shape, dim, index, Name);
        Tensor y = Tensor.Empty(index.Shape, X.DType);
        ReadOnlySpan<long> positions = index.Read<long>();
        switch (X.DType)
        {
            case DType.Float32: IndexKernels.Gather(X.Read<float>(), X.Shape, dim, positions, index.Shape, y.Write<float>()); break;
            case DType.Float64: IndexKernels.Gather(X.Read<double>(), X.Shape, dim, positions, index.Shape, y.Write<double>()); break;
            case DType.Int64: IndexKernels.Gather(X.Read<long>(), X.Shape, dim, positions, index.Shape, y.Write<long>()); break;
            default: IndexKernels.Gather(X.Read<bool>(), X.Shape, dim, positions, index.Shape, y.Write<bool>()); break;
        }
        return y;
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
        Moving.RequireElements(whole, dim, index, Name);
        if (X.Shape != index.Shape)
            throw new ArgumentException($"ScatterAdd: the elements have shape {X.Shape}, the index {index.Shape}; both need the same, a position for each element.", nameof(index));
        Tensor y = Tensor.Zeros(whole, X.DType.RequireFloat(Name));
        if (X.DType == DType.Float32) IndexKernels.ScatterAdd(X.Read<float>(), whole, dim, index.Read<long>(), index.Shape, y.Write<float>());
        else IndexKernels.ScatterAdd(X.Read<double>(), whole, dim, index.Read<long>(), index.Shape, y.Write<double>());
        return y;
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

/// <summary>z = a where the condition holds, b elsewhere;  ā = z̄ where it holds, b̄ = z̄ elsewhere, exactly 0 otherwise, whatever the branch not taken holds</summary>
/// <param name="condition">Bool; broadcasts with the others.</param>
/// <param name="a">The values where the condition holds.</param>
/// <param name="b">The values elsewhere.</param>
public sealed class Where(Tensor condition, Tensor a, Tensor b) : BinaryOperation(a, b)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Settings => [condition];

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        if (condition.DType != DType.Bool)
            throw new InvalidOperationException($"Where: the condition is {condition.DType}; it must be Bool, the result of a comparison.");
        Elementwise.RequireSameType(A, B, Name);
        Shape shape = Shape.Broadcast(Shape.Broadcast(A.Shape, B.Shape, Name), condition.Shape, Name);
        return Moving.Choose(condition.Expand(shape), A.Expand(shape), B.Expand(shape));
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor zero = Tensor.ZerosLike(gradient);
        return
        [
            A.RequiresGrad ? Tensor.Where(condition, gradient, zero) : null,
            B.RequiresGrad ? Tensor.Where(condition, zero, gradient) : null,
        ];
    }

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Tensor.Where(condition, tangents[0] ?? Tensor.ZerosLike(A), tangents[1] ?? Tensor.ZerosLike(B));

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) => ($"where(condition, {a}, {b})", null, null);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        input == 0 ? $"where(condition, {upstream}, 0)" : $"where(condition, 0, {upstream})";
}

/// <summary>The values in another floating-point type;  x̄ = ȳ in x's type</summary>
/// <param name="x">The operand.</param>
/// <param name="dtype">The type of the result.</param>
public sealed class Cast(Tensor x, DType dtype) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Moving.Convert(X, dtype);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient.To(X.DType)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!.To(dtype);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"({dtype}) {x[0]}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"({X.DType}) {upstream}";
}

/// <summary>The one seam between the operations that move elements and the kernels; any type of element.</summary>
static class Moving
{
    internal static Tensor Read(Tensor x, int offset, int[] strides, Shape shape)
    {
        Tensor y = Tensor.Empty(shape, x.DType);
        switch (x.DType)
        {
            case DType.Float32: Strided.Read(x.Read<float>(), offset, strides, shape, y.Write<float>()); break;
            case DType.Float64: Strided.Read(x.Read<double>(), offset, strides, shape, y.Write<double>()); break;
            case DType.Int64: Strided.Read(x.Read<long>(), offset, strides, shape, y.Write<long>()); break;
            default: Strided.Read(x.Read<bool>(), offset, strides, shape, y.Write<bool>()); break;
        }
        return y;
    }

    /// <summary>Writes x into a tensor made just before, and returns that.</summary>
    internal static Tensor Write(Tensor x, Tensor y, int offset, int[] strides)
    {
        switch (x.DType)
        {
            case DType.Float32: Strided.Write(x.Read<float>(), y.Write<float>(), offset, strides, x.Shape); break;
            case DType.Float64: Strided.Write(x.Read<double>(), y.Write<double>(), offset, strides, x.Shape); break;
            case DType.Int64: Strided.Write(x.Read<long>(), y.Write<long>(), offset, strides, x.Shape); break;
            default: Strided.Write(x.Read<bool>(), y.Write<bool>(), offset, strides, x.Shape); break;
        }
        return y;
    }

    /// <summary>Where a part of the whole starts and how it is strided, after checking that it lies within.</summary>
    internal static (int Offset, int[] Strides) Part(Shape whole, int[] starts, int[] steps, Shape part, string operation)
    {
        ArgumentNullException.ThrowIfNull(starts);
        ArgumentNullException.ThrowIfNull(steps);
        if (starts.Length != whole.Rank || steps.Length != whole.Rank || part.Rank != whole.Rank)
            throw new ArgumentException(
                $"{operation}: {starts.Length} starts and {steps.Length} steps for the part {part} of {whole}; give one of each, and a size, for each of the {whole.Rank} dimensions.");
        Tensor.RequireSizes(part, operation);
        int[] strides = whole.Strides();
        int offset = 0;
        for (int d = 0; d < strides.Length; d++)
        {
            // A part without elements may start anywhere: nothing is read. As long: a step may be as large as an int.
            long last = starts[d] + (part[d] - 1L) * steps[d];
            if (part[d] > 0 && (starts[d] < 0 || starts[d] >= whole[d] || last < 0 || last >= whole[d]))
                throw Invalid.Argument(nameof(starts),
                    $"{operation}: the part {part} does not lie within {whole}: along dimension {d} it would run from {starts[d]} to {last}, and there are {whole[d]} indices.");
            if (steps[d] == 0)
                throw new ArgumentException($"{operation}: the step along dimension {d} is 0; it must not be, or every index would be the same.", nameof(steps));
            offset += starts[d] * strides[d];
            strides[d] *= steps[d];
        }
        return (part.ElementCount == 0 ? 0 : offset, strides);
    }

    /// <summary>Refuses positions of whole slices that a tensor of this shape does not have.</summary>
    internal static void RequireSlices(Shape shape, int dim, Tensor index, string operation)
    {
        ArgumentNullException.ThrowIfNull(index);
        if (shape.Rank == 0) throw new ArgumentException($"{operation}: a scalar has no slices to select.");
        shape.RequireDimension(dim, operation);
        if (index.Rank > 1)
            throw new ArgumentException($"{operation}: the positions have shape {index.Shape}; give a vector.", nameof(index));
        Tensor.RequireIndices(index, shape[dim], operation, "position", $"entries of dimension {dim} of {shape}");
    }

    /// <summary>Refuses positions of single elements that a tensor of this shape does not have.</summary>
    internal static void RequireElements(Shape shape, int dim, Tensor index, string operation)
    {
        ArgumentNullException.ThrowIfNull(index);
        shape.RequireDimension(dim, operation);
        if (index.Rank != shape.Rank)
            throw new ArgumentException(
                $"{operation}: the index has shape {index.Shape}, the tensor {shape}; both need the same number of dimensions. " +
                (index.Rank == shape.Rank - 1 ? $"To take one element along dimension {dim} everywhere, give index.Unsqueeze({dim})." : "Reshape the index."), nameof(index));
        for (int d = 0; d < shape.Rank; d++)
            if (d != dim && index.Shape[d] > shape[d])
                throw new ArgumentException($"{operation}: the index {index.Shape} is larger than the tensor {shape} in dimension {d}; only dimension {dim} may be.", nameof(index));
        Tensor.RequireIndices(index, shape.Rank == 0 ? 1 : shape[dim], operation, "position", $"entries of dimension {dim} of {shape}");
    }

    /// <summary>Which positions of the whole a part holds: <c>[1..3, 0, ..]</c>; with a step, the first two and the last, <c>[0 2 … 8]</c>.</summary>
    internal static string PartText(int[] starts, int[] steps, Shape part, Shape whole)
    {
        string[] ranges = new string[part.Rank];
        for (int d = 0; d < ranges.Length; d++)
        {
            int start = starts[d], last = start + (part[d] - 1) * steps[d];
            ranges[d] = steps[d] == 1 && part[d] == whole[d] ? ".."
                : part[d] == 1 ? Notation.Number(start)
                : steps[d] == 1 ? $"{Notation.Number(start)}..{Notation.Number(last + 1)}"
                : part[d] == 2 ? $"{Notation.Number(start)} {Notation.Number(last)}"
                : $"{Notation.Number(start)} {Notation.Number(start + steps[d])} … {Notation.Number(last)}";
        }
        return $"[{string.Join(", ", ranges)}]";
    }

    internal static Tensor Select(Tensor x, int dim, Tensor index)
    {
        Tensor y = Tensor.Empty(x.Shape.With(dim, index.ElementCount), x.DType);
        ReadOnlySpan<long> positions = index.Read<long>();
        switch (x.DType)
        {
            case DType.Float32: IndexKernels.Select(x.Read<float>(), x.Shape, dim, positions, y.Write<float>()); break;
            case DType.Float64: IndexKernels.Select(x.Read<double>(), x.Shape, dim, positions, y.Write<double>()); break;
            case DType.Int64: IndexKernels.Select(x.Read<long>(), x.Shape, dim, positions, y.Write<long>()); break;
            default: IndexKernels.Select(x.Read<bool>(), x.Shape, dim, positions, y.Write<bool>()); break;
        }
        return y;
    }

    internal static Tensor Choose(Tensor condition, Tensor a, Tensor b)
    {
        Tensor z = Tensor.Empty(a.Shape, a.DType);
        ReadOnlySpan<bool> takeA = condition.Read<bool>();
        switch (a.DType)
        {
            case DType.Float32: IndexKernels.Choose(takeA, a.Read<float>(), b.Read<float>(), z.Write<float>()); break;
            case DType.Float64: IndexKernels.Choose(takeA, a.Read<double>(), b.Read<double>(), z.Write<double>()); break;
            case DType.Int64: IndexKernels.Choose(takeA, a.Read<long>(), b.Read<long>(), z.Write<long>()); break;
            default: IndexKernels.Choose(takeA, a.Read<bool>(), b.Read<bool>(), z.Write<bool>()); break;
        }
        return z;
    }

    // A NaN would silently become class 0.
    static void RequireWhole(Tensor x)
    {
        for (int i = 0; i < x.ElementCount; i++)
            if (!(Math.Abs(x.ValueAt(i)) < 1L << 62))
                throw new InvalidOperationException(FormattableString.Invariant(
                    $"To: {x.ValueAt(i)} at place {i} of {x.Describe()} is no Int64 number; replace it first, for example with Tensor.Where."));
    }

    /// <summary>Between any two types: to Int64 towards zero, to Bool true for everything but 0.</summary>
    internal static Tensor Convert(Tensor x, DType dtype)
    {
        if (x.DType.IsFloat() && dtype == DType.Int64) RequireWhole(x);
        Tensor y = Tensor.Empty(x.Shape, dtype);
        switch (x.DType)
        {
            case DType.Float32: IndexKernels.Convert(x.Read<float>(), y); break;
            case DType.Float64: IndexKernels.Convert(x.Read<double>(), y); break;
            case DType.Int64: IndexKernels.Convert(x.Read<long>(), y); break;
            default:
                Tensor numbers = Tensor.Empty(x.Shape, DType.Int64);
                ReadOnlySpan<bool> from = x.Read<bool>();
                Span<long> to = numbers.Write<long>();
                for (int i = 0; i < to.Length; i++) to[i] = from[i] ? 1 : 0;
                return dtype == DType.Int64 ? numbers : Convert(numbers, dtype);
        }
        return y;
    }
}
