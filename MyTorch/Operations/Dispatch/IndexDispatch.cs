using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>Checks slices and index tensors, and chooses the indexing kernel for the element type.</summary>
static class IndexDispatch
{
    /// <summary>The offset and the strides, in the buffer of the whole, of a slice. The slice must lie within the whole.</summary>
    internal static (int Offset, int[] Strides) Slice(Shape whole, int[] starts, int[] steps, Shape slice, string operation)
    {
        ArgumentNullException.ThrowIfNull(starts);
        ArgumentNullException.ThrowIfNull(steps);
        if (starts.Length != whole.Rank || steps.Length != whole.Rank || slice.Rank != whole.Rank)
            throw new ArgumentException(
                $"{operation}: got {starts.Length} starts, {steps.Length} steps and the slice shape {slice} for shape {whole}; " +
                $"each of its {whole.Rank} dimensions needs one start, one step and one size.");
        Tensor.RequireSizes(slice, operation);
        int[] strides = whole.Strides();
        int offset = 0;
        for (int d = 0; d < strides.Length; d++)
        {
            // Computed as long, because start and step may be as large as an int. An empty slice reads nothing, so it may start anywhere.
            long last = starts[d] + (slice[d] - 1L) * steps[d];
            if (slice[d] > 0 && (starts[d] < 0 || starts[d] >= whole[d] || last < 0 || last >= whole[d]))
                throw Invalid.Argument(nameof(starts),
                    $"{operation}: along dimension {d} the slice {slice} of {whole} runs from {starts[d]} to {last}, which is out of " +
                    $"range 0 … {whole[d] - 1}.");
            if (steps[d] == 0)
                throw new ArgumentException(
                    $"{operation}: the step along dimension {d} is 0; it must be a positive or negative integer.", nameof(steps));
            offset += starts[d] * strides[d];
            strides[d] *= steps[d];
        }
        return (slice.ElementCount == 0 ? 0 : offset, strides);
    }

    /// <summary>A slice in brackets: <c>[1..3, 0, ..]</c>. With a step, the first two indices and the last: <c>[0 2 … 8]</c>.</summary>
    internal static string SliceText(int[] starts, int[] steps, Shape slice, Shape whole)
    {
        string[] ranges = new string[slice.Rank];
        for (int d = 0; d < ranges.Length; d++)
        {
            int start = starts[d], last = start + (slice[d] - 1) * steps[d];
            ranges[d] = steps[d] == 1 && slice[d] == whole[d] ? ".."
                : slice[d] == 1 ? Notation.Number(start)
                : steps[d] == 1 ? $"{Notation.Number(start)}..{Notation.Number(last + 1)}"
                : slice[d] == 2 ? $"{Notation.Number(start)} {Notation.Number(last)}"
                : $"{Notation.Number(start)} {Notation.Number(start + steps[d])} … {Notation.Number(last)}";
        }
        return $"[{string.Join(", ", ranges)}]";
    }

    /// <summary>
    /// Checks the index of <see cref="IndexSelect"/> and <see cref="IndexAdd"/>: a vector of indices that exist in dimension dim.
    /// </summary>
    internal static void RequireVectorIndex(Shape shape, int dim, Tensor index, string operation)
    {
        ArgumentNullException.ThrowIfNull(index);
        if (shape.Rank == 0) throw new ArgumentException($"{operation}: a scalar has no dimension to index; Reshape it to (1,) first.");
        shape.RequireDimension(dim, operation);
        if (index.Rank > 1)
            throw new ArgumentException($"{operation}: the index has shape {index.Shape}; it must be a vector.", nameof(index));
        Tensor.RequireIndices(index, shape[dim], operation, "index", $"dimension {dim} of {shape}");
    }

    /// <summary>
    /// Checks the index of <see cref="Gather"/> and <see cref="ScatterAdd"/>: of the tensor's rank, no larger than it outside dim,
    /// with indices that exist in dimension dim.
    /// </summary>
    internal static void RequireElementIndex(Shape shape, int dim, Tensor index, string operation)
    {
        ArgumentNullException.ThrowIfNull(index);
        shape.RequireDimension(dim, operation);
        if (index.Rank != shape.Rank)
            throw new ArgumentException(
                $"{operation}: the index has shape {index.Shape}, the tensor {shape}; both must have the same number of dimensions. " +
                (index.Rank == shape.Rank - 1
                    ? $"To take one element along dimension {dim}, pass index.Unsqueeze({dim})."
                    : "Reshape the index."),
                nameof(index));
        for (int d = 0; d < shape.Rank; d++)
            if (d != dim && index.Shape[d] > shape[d])
                throw new ArgumentException(
                    $"{operation}: the index {index.Shape} is larger than the tensor {shape} in dimension {d}; only dimension {dim} " +
                    $"may be larger.",
                    nameof(index));
        Tensor.RequireIndices(index, shape.Rank == 0 ? 1 : shape[dim], operation, "index", $"dimension {dim} of {shape}");
    }

    /// <summary>The slices of x at the indices along dim, (…, d, …) → (…, k, …).</summary>
    internal static Tensor Select(Tensor x, int dim, Tensor index)
    {
        Tensor y = Tensor.Empty(x.Shape.With(dim, index.ElementCount), x.DType);
        ReadOnlySpan<long> indices = index.Read<long>();
        switch (x.DType)
        {
            case DType.Float32: IndexKernels.Select(x.Read<float>(), x.Shape, dim, indices, y.Write<float>()); break;
            case DType.Float64: IndexKernels.Select(x.Read<double>(), x.Shape, dim, indices, y.Write<double>()); break;
            case DType.Int64: IndexKernels.Select(x.Read<long>(), x.Shape, dim, indices, y.Write<long>()); break;
            default: IndexKernels.Select(x.Read<bool>(), x.Shape, dim, indices, y.Write<bool>()); break;
        }
        return y;
    }

    /// <summary>Zeros of the shape of the whole, with the slices of x added at the indices along dim.</summary>
    internal static Tensor AddSlices(Tensor x, int dim, Tensor index, Shape whole)
    {
        Tensor y = Tensor.Zeros(whole, x.DType.RequireFloat(nameof(IndexAdd)));
        if (x.DType == DType.Float32) IndexKernels.AddSlices(x.Read<float>(), index.Read<long>(), y.Write<float>(), whole, dim);
        else IndexKernels.AddSlices(x.Read<double>(), index.Read<long>(), y.Write<double>(), whole, dim);
        return y;
    }

    /// <summary>The element of x at each index along dim; the result has the index's shape.</summary>
    internal static Tensor Gather(Tensor x, int dim, Tensor index)
    {
        Tensor y = Tensor.Empty(index.Shape, x.DType);
        ReadOnlySpan<long> indices = index.Read<long>();
        switch (x.DType)
        {
            case DType.Float32: IndexKernels.Gather(x.Read<float>(), x.Shape, dim, indices, index.Shape, y.Write<float>()); break;
            case DType.Float64: IndexKernels.Gather(x.Read<double>(), x.Shape, dim, indices, index.Shape, y.Write<double>()); break;
            case DType.Int64: IndexKernels.Gather(x.Read<long>(), x.Shape, dim, indices, index.Shape, y.Write<long>()); break;
            default: IndexKernels.Gather(x.Read<bool>(), x.Shape, dim, indices, index.Shape, y.Write<bool>()); break;
        }
        return y;
    }

    /// <summary>Zeros of the shape of the whole, with each element of x added at its index along dim.</summary>
    internal static Tensor ScatterAdd(Tensor x, int dim, Tensor index, Shape whole)
    {
        Tensor y = Tensor.Zeros(whole, x.DType.RequireFloat(nameof(ScatterAdd)));
        ReadOnlySpan<long> indices = index.Read<long>();
        if (x.DType == DType.Float32) IndexKernels.ScatterAdd(x.Read<float>(), whole, dim, indices, index.Shape, y.Write<float>());
        else IndexKernels.ScatterAdd(x.Read<double>(), whole, dim, indices, index.Shape, y.Write<double>());
        return y;
    }

    /// <summary>The indices (Int64, row-major order) at which a mask is true.</summary>
    internal static Tensor TrueIndices(Tensor mask)
    {
        ReadOnlySpan<bool> values = mask.Read<bool>();
        long[] indices = new long[values.Count(true)];
        int next = 0;
        for (int i = 0; i < values.Length; i++)
            if (values[i]) indices[next++] = i;
        return Tensor.Own(indices, [next], DType.Int64);
    }
}
