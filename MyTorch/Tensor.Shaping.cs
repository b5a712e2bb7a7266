using System.Runtime.CompilerServices;
using MyTorch.Operations;

namespace MyTorch;

// Indexing, slicing and reshaping. All of it is recorded and has gradients.
public partial class Tensor
{
    /// <summary>
    /// Indexing and slicing as in PyTorch. An integer selects one index and drops the dimension, a range keeps it, and dimensions without
    /// an index stay whole: <c>x[1]</c>, <c>x[1..3]</c>, <c>x[.., 2]</c>, <c>x[^1]</c>, <c>x[TensorIndex.Every(2)]</c>. A Bool mask selects
    /// the elements where it is true, in row-major order: <c>x[x &gt; 0]</c> is a vector; <c>x[rows]</c> with rows (N,) selects k rows of
    /// x, (N, …) → (k, …).
    /// </summary>
    /// <remarks>
    /// A mask must have the sizes of the dimensions it indexes, usually all dimensions of x or the first ones. Changing the mask later has
    /// no effect. The gradient of elements that were not selected is 0.
    /// </remarks>
    /// <exception cref="ArgumentException">A mask does not have the sizes of the dimensions it indexes, or there are two masks.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range, or there are more indices than dimensions.</exception>
    [IndexerName("At")]
    public Tensor this[params ReadOnlySpan<TensorIndex> indices]
    {
        get
        {
            int named = 0;
            foreach (TensorIndex index in indices) named += index.Dimensions;
            if (named > Rank)
                throw Invalid.OutOfRange(nameof(indices), $"Index: {named} indices for {Describe()}; use at most {Rank}.");
            // Dimensions without an index stay whole.
            int[] starts = new int[Rank], steps = [.. Enumerable.Repeat(1, Rank)], sizes = Shape.ToArray();
            var dropped = new List<int>();
            Tensor? mask = null;
            int maskedFrom = 0, d = 0;
            foreach (TensorIndex index in indices)
            {
                if (index.Mask is { } given)
                {
                    if (mask is not null)
                        throw new ArgumentException("Index: two masks; combine them with And, or index twice.", nameof(indices));
                    RequireMask(given, d);
                    (mask, maskedFrom) = (given, d - dropped.Count);
                }
                else
                {
                    (starts[d], steps[d], sizes[d]) = index.Resolve(Shape, d);
                    if (index.IsSingle) dropped.Add(d);
                }
                d += index.Dimensions;
            }
            if (mask is not null && indices.Length == 1) return SelectWhere(mask, maskedFrom);
            Tensor part = new Slice(this, starts, steps, Shape.Own(sizes)).Apply().Drop([.. dropped]);
            return mask is null ? part : part.SelectWhere(mask, maskedFrom);
        }
    }

    void RequireMask(Tensor mask, int from)
    {
        if (!mask.Shape.AsSpan().SequenceEqual(Shape.AsSpan().Slice(from, mask.Rank)))
            throw new ArgumentException(FormattableString.Invariant(
                $"Index: the mask has shape {mask.Shape}, but dimensions {from} to {from + mask.Rank - 1} of {Describe()} have sizes ") +
                $"{Shape.Create(Shape.AsSpan().Slice(from, mask.Rank))}; a mask must have the sizes of the dimensions it indexes. " +
                "Expand it, or put a range (..) for each dimension before it.");
    }

    /// <summary>
    /// The elements where a mask over dimensions from, from + 1, … is true; these dimensions become one. Composed of Reshape and
    /// IndexSelect.
    /// </summary>
    Tensor SelectWhere(Tensor mask, int from)
    {
        ReadOnlySpan<int> sizes = Shape.AsSpan();
        Tensor flat = mask.Rank == 1 ? this : Reshape([.. sizes[..from], mask.ElementCount, .. sizes[(from + mask.Rank)..]]);
        return new IndexSelect(flat, from, IndexDispatch.TrueIndices(mask)).Apply();
    }

    /// <summary>Iterates over x[0], x[1], … along the first dimension.</summary>
    /// <exception cref="InvalidOperationException">The tensor is a scalar.</exception>
    public IEnumerator<Tensor> GetEnumerator()
    {
        if (Rank == 0) throw new InvalidOperationException("Cannot iterate over a scalar tensor; read it with Item().");
        return Rows().GetEnumerator();

        IEnumerable<Tensor> Rows()
        {
            for (int i = 0; i < Shape[0]; i++) yield return this[i];
        }
    }

    /// <summary>Indices start … start + length − 1 along one dimension.</summary>
    Tensor Narrow(int dim, int start, int length)
    {
        int[] starts = new int[Rank];
        starts[dim] = start;
        return new Slice(this, starts, [.. Enumerable.Repeat(1, Rank)], Shape.With(dim, length)).Apply();
    }

    /// <summary>
    /// The same elements, in row-major order, in another shape; one size may be −1 and is inferred. The result shares memory with this
    /// tensor.
    /// </summary>
    /// <exception cref="ArgumentException">The shape has a different number of elements.</exception>
    public Tensor Reshape(Shape shape) => new Reshape(this, shape).Apply();

    /// <summary>
    /// Merges the dimensions startDim … endDim into one: <c>Flatten(1)</c> makes (N, a·b) of (N, a, b). A scalar becomes (1,). The result
    /// shares memory with this tensor.
    /// </summary>
    /// <param name="startDim">The first merged dimension.</param>
    /// <param name="endDim">The last merged dimension; negative numbers count from the end.</param>
    /// <exception cref="ArgumentException">A dimension does not exist, or startDim comes after endDim.</exception>
    public Tensor Flatten(int startDim = 0, int endDim = -1)
    {
        int start = Shape.Dimension(startDim, nameof(Flatten)), end = Shape.Dimension(endDim, nameof(Flatten));
        if (start > end)
            throw new ArgumentException(FormattableString.Invariant(
                $"Flatten: startDim {startDim} comes after endDim {endDim} in shape {Shape}; swap them?"), nameof(startDim));
        if (Rank == 0) return Reshape([1]);
        ReadOnlySpan<int> sizes = Shape.AsSpan();
        return Reshape([.. sizes[..start], Shape.Create(sizes[start..(end + 1)]).ElementCount, .. sizes[(end + 1)..]]);
    }

    /// <summary>The tensor with two dimensions swapped.</summary>
    public Tensor Transpose(int dim0, int dim1)
    {
        if (Rank == 0) return new Identity(this).Apply();
        int[] order = [.. Enumerable.Range(0, Rank)];
        int first = Shape.Dimension(dim0, nameof(Transpose)), second = Shape.Dimension(dim1, nameof(Transpose));
        (order[first], order[second]) = (order[second], order[first]);
        return new Permute(this, order).Apply();
    }

    /// <summary>The transpose of a matrix.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have two dimensions.</exception>
    public Tensor T => Rank == 2
        ? Transpose(0, 1)
        : throw new InvalidOperationException(
            $"T: {Describe()} has rank {Rank}; a matrix has rank 2. Use Transpose(dim0, dim1) or Permute.");

    /// <summary>The tensor with its dimensions permuted: dimension i of the result is dimension dims[i] of this tensor.</summary>
    /// <exception cref="ArgumentException">A dimension is missing or given twice.</exception>
    public Tensor Permute(params ReadOnlySpan<int> dims)
    {
        int[] order = new int[dims.Length];
        for (int i = 0; i < dims.Length; i++) order[i] = Rank == 0 ? dims[i] : Shape.Dimension(dims[i], nameof(Permute));
        return new Permute(this, order).Apply();
    }

    /// <summary>
    /// The tensor without the given dimension if its size is 1, else the tensor unchanged. The result shares memory with this tensor.
    /// </summary>
    public Tensor Squeeze(int dim)
    {
        int along = Shape.Dimension(dim, nameof(Squeeze));
        return Rank > 0 && Shape[along] == 1 ? Reshape(Shape.Without(along)) : new Identity(this).Apply();
    }

    /// <summary>The tensor without all of its dimensions of size 1.</summary>
    public Tensor Squeeze()
    {
        int[] single = [.. Enumerable.Range(0, Rank).Where(d => Shape[d] == 1)];
        return single.Length > 0 ? Reshape(Shape.Without(single)) : new Identity(this).Apply();
    }

    /// <summary>The tensor with a new dimension of size 1 at index dim, 0 … rank or −rank−1 … −1.</summary>
    public Tensor Unsqueeze(int dim)
    {
        if (dim < -Rank - 1 || dim > Rank)
            throw Invalid.OutOfRange(
                nameof(dim), $"Unsqueeze: dimension {dim} is out of range for shape {Shape}; use {-Rank - 1} to {Rank}.");
        return Reshape(Shape.Insert(dim < 0 ? dim + Rank + 1 : dim, 1));
    }

    /// <summary>The tensor repeated along dimensions of size 1 and along new leading dimensions; −1 keeps a size.</summary>
    /// <exception cref="ArgumentException">The shape does not broadcast to the given one.</exception>
    public Tensor Expand(Shape shape)
    {
        int lead = shape.Rank - Rank;
        for (int d = 0; d < shape.Rank; d++)
            if (shape[d] == -1 && d >= lead) shape = shape.With(d, Shape[d - lead]);
        RequireSizes(shape, nameof(Expand));
        return shape == Shape ? new Identity(this).Apply() : new Expand(this, shape).Apply();
    }

    /// <summary>
    /// The tensor summed to a shape that broadcasts to its own: the gradient of broadcasting. As <c>Tensor.sum_to_size</c> of PyTorch.
    /// </summary>
    /// <exception cref="ArgumentException">The shape does not broadcast to this tensor's shape.</exception>
    public Tensor SumTo(Shape shape) => new SumTo(this, shape).Apply();

    /// <summary>The slices at the given indices along a dimension; an index may occur several times.</summary>
    /// <param name="dim">The dimension.</param>
    /// <param name="index">Int64 indices, (k), or a scalar.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public Tensor IndexSelect(int dim, Tensor index)
    {
        ArgumentNullException.ThrowIfNull(index);
        return new IndexSelect(this, Shape.Dimension(dim, nameof(IndexSelect)), index.Clone()).Apply();
    }

    /// <summary>The elements at the given indices along a dimension; the result has the index's shape. As <c>torch.gather</c>.</summary>
    /// <param name="dim">The dimension.</param>
    /// <param name="index">Int64 indices, of this tensor's rank; outside dim not larger than this tensor.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public Tensor Gather(int dim, Tensor index)
    {
        ArgumentNullException.ThrowIfNull(index);
        return new Gather(this, Shape.Dimension(dim, nameof(Gather)), index.Clone()).Apply();
    }

    /// <summary>Concatenates tensors along an existing dimension.</summary>
    /// <exception cref="ArgumentException">The list is empty, or sizes differ outside the dimension.</exception>
    public static Tensor Concat(IReadOnlyList<Tensor> parts, int dim = 0)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Contains(null!)) throw new ArgumentNullException(nameof(parts), "Concat: one of the tensors is null.");
        return new Concat([.. parts], parts.Count == 0 ? dim : parts[0].Shape.Dimension(dim, nameof(Concat))).Apply();
    }

    /// <summary>Stacks tensors of equal shape along a new dimension.</summary>
    /// <exception cref="ArgumentException">The list is empty, or shapes differ.</exception>
    public static Tensor Stack(IReadOnlyList<Tensor> parts, int dim = 0)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Contains(null!)) throw new ArgumentNullException(nameof(parts), "Stack: one of the tensors is null.");
        foreach (Tensor part in parts)
            if (part.Shape != parts[0].Shape)
                throw new ArgumentException($"Stack: shapes {parts[0].Shape} and {part.Shape} differ; they must be equal.", nameof(parts));
        if (parts.Count == 0) throw new ArgumentException("Stack: got no tensors; pass at least one.", nameof(parts));
        int newDim = dim < 0 ? dim + parts[0].Rank + 1 : dim;
        return Concat([.. parts.Select(part => part.Unsqueeze(dim))], newDim);
    }

    /// <summary>Splits a dimension into parts of one size; the last part is smaller if the size does not divide the dimension.</summary>
    /// <param name="size">The size of a part along the dimension, at least 1.</param>
    /// <param name="dim">The dimension.</param>
    /// <returns>The parts in order; one empty part for an empty dimension.</returns>
    /// <exception cref="ArgumentException">The size is not positive, the dimension does not exist, or the tensor is a scalar.</exception>
    public Tensor[] Split(int size, int dim = 0)
    {
        int along = SplitDim(dim, nameof(Split)), length = Shape[along];
        if (size <= 0)
            throw new ArgumentOutOfRangeException(
                nameof(size), FormattableString.Invariant($"Split: size is {size}; it must be at least 1."));
        int[] sizes = new int[Math.Max(Math.DivRem(length, size, out int rest) + (rest > 0 ? 1 : 0), 1)];
        for (int i = 0; i < sizes.Length; i++) sizes[i] = Math.Min(size, length - i * size);
        return Parts(along, sizes);
    }

    /// <summary>Splits a dimension into parts of the given sizes.</summary>
    /// <param name="sizes">The size of each part; their sum must be the size of the dimension.</param>
    /// <param name="dim">The dimension.</param>
    /// <exception cref="ArgumentException">
    /// A size is negative or the sizes do not add up to the dimension, the dimension does not exist, or the tensor is a scalar.
    /// </exception>
    public Tensor[] Split(ReadOnlySpan<int> sizes, int dim = 0)
    {
        int along = SplitDim(dim, nameof(Split));
        long total = 0;
        foreach (int size in sizes)
        {
            if (size < 0)
                throw new ArgumentOutOfRangeException(
                    nameof(sizes), FormattableString.Invariant($"Split: a part has size {size}; sizes must be 0 or more."));
            total += size;
        }
        if (total != Shape[along])
            throw new ArgumentException(FormattableString.Invariant(
                $"Split: the sizes [{string.Join(", ", sizes.ToArray())}] add up to {total}; dimension {along} of {Shape} has {Shape[along]}."),
                nameof(sizes));
        return Parts(along, sizes);
    }

    /// <summary>
    /// Splits a dimension into at most the given number of chunks, all but the last of one size: ⌈size / chunks⌉. As <c>torch.chunk</c>.
    /// </summary>
    /// <param name="chunks">
    /// The number of chunks, at least 1. As in PyTorch there may be fewer: 6 elements in 4 chunks give 2, 2, 2.
    /// </param>
    /// <param name="dim">The dimension.</param>
    /// <exception cref="ArgumentException">The number is not positive, the dimension does not exist, or the tensor is a scalar.</exception>
    public Tensor[] Chunk(int chunks, int dim = 0)
    {
        int along = SplitDim(dim, nameof(Chunk)), length = Shape[along];
        if (chunks <= 0)
            throw new ArgumentOutOfRangeException(
                nameof(chunks), FormattableString.Invariant($"Chunk: chunks is {chunks}; it must be at least 1."));
        if (length == 0) return Parts(along, new int[chunks]);
        return Split(Math.DivRem(length, chunks, out int rest) + (rest > 0 ? 1 : 0), along);
    }

    int SplitDim(int dim, string operation) => Rank > 0
        ? Shape.Dimension(dim, operation)
        : throw new ArgumentException($"{operation}: {Describe()} is a scalar and has no dimension to split; Unsqueeze it first.");

    Tensor[] Parts(int dim, ReadOnlySpan<int> sizes)
    {
        var parts = new Tensor[sizes.Length];
        int start = 0;
        for (int i = 0; i < parts.Length; start += sizes[i++]) parts[i] = Narrow(dim, start, sizes[i]);
        return parts;
    }

    /// <summary>
    /// Repeats the tensor along each dimension: <c>Repeat(2, 3)</c> makes (4, 9) of (2, 3). As <c>Tensor.repeat</c> of PyTorch.
    /// </summary>
    /// <param name="times">
    /// The number of repetitions along each dimension, 0 or more. Extra numbers add leading dimensions: <c>Repeat(2, 1)</c> makes (2, 3) of
    /// (3).
    /// </param>
    /// <exception cref="ArgumentException">There are fewer numbers than dimensions, or one is negative.</exception>
    public Tensor Repeat(params ReadOnlySpan<int> times)
    {
        if (times.Length < Rank)
            throw new ArgumentException(FormattableString.Invariant(
                $"Repeat: {times.Length} numbers for {Describe()}; give at least one for each of its {Rank} dimensions, 1 for no repetition."),
                nameof(times));
        // A dimension of size 1 is put before each dimension of size n and expanded: (1, n) → (times, n) → (times·n).
        int[] apart = new int[2 * times.Length], repeated = new int[2 * times.Length], joined = new int[times.Length];
        for (int d = 0; d < times.Length; d++)
        {
            if (times[d] < 0)
                throw new ArgumentOutOfRangeException(
                    nameof(times), FormattableString.Invariant(
                        $"Repeat: the number for dimension {d} is {times[d]}; it must be 0 or more."));
            int size = d < times.Length - Rank ? 1 : Shape[d - (times.Length - Rank)];
            (apart[2 * d], apart[2 * d + 1]) = (1, size);
            (repeated[2 * d], repeated[2 * d + 1]) = (times[d], size);
            joined[d] = checked(times[d] * size);
        }
        return Reshape(Shape.Own(apart)).Expand(Shape.Own(repeated)).Reshape(Shape.Own(joined));
    }

    /// <summary>The elements in reverse order along the given dimensions.</summary>
    /// <exception cref="ArgumentException">No dimension is given, or one does not exist or is given twice.</exception>
    public Tensor Flip(params ReadOnlySpan<int> dims)
    {
        if (dims.Length == 0) throw new ArgumentException("Flip: no dimension is given; pass at least one.", nameof(dims));
        int[] starts = new int[Rank], steps = [.. Enumerable.Repeat(1, Rank)];
        foreach (int dim in Dims.Create(dims).Resolve(Shape, nameof(Flip))) (starts[dim], steps[dim]) = (Math.Max(Shape[dim] - 1, 0), -1);
        return new Slice(this, starts, steps, Shape).Apply();
    }

    /// <summary>The lower triangle of the last two dimensions; the elements above it are 0. As <c>torch.tril</c>.</summary>
    /// <param name="diagonal">The last diagonal that is kept: 0 is the main diagonal, positive ones are above it.</param>
    /// <exception cref="InvalidOperationException">The tensor has fewer than two dimensions.</exception>
    public Tensor Tril(int diagonal = 0) => Triangle(diagonal, lower: true, nameof(Tril));

    /// <summary>The upper triangle of the last two dimensions; the elements below it are 0. As <c>torch.triu</c>.</summary>
    /// <param name="diagonal">The first diagonal that is kept: 0 is the main diagonal, positive ones are above it.</param>
    /// <exception cref="InvalidOperationException">The tensor has fewer than two dimensions.</exception>
    public Tensor Triu(int diagonal = 0) => Triangle(diagonal, lower: false, nameof(Triu));

    Tensor Triangle(int diagonal, bool lower, string operation)
    {
        if (Rank < 2)
            throw new InvalidOperationException(
                FormattableString.Invariant($"{operation}: {Describe()} has rank {Rank}; a triangle needs at least two dimensions."));
        int rows = Shape[^2], columns = Shape[^1];
        bool[] kept = new bool[rows * columns];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                kept[i * columns + j] = lower ? j - i <= diagonal : j - i >= diagonal;
        // Where, not a product with 0 and 1: 0·NaN and 0·∞ would be NaN.
        return Where(Own(kept, [rows, columns], DType.Bool), this, Zeros([], DType));
    }

    /// <summary>A square matrix with a vector on its diagonal, or the diagonal of a matrix as a vector. As <c>torch.diag</c>.</summary>
    /// <param name="diagonal">
    /// 0 is the main diagonal, positive ones are above it, negative ones below. A diagonal outside the matrix is empty.
    /// </param>
    /// <exception cref="InvalidOperationException">The tensor has neither one nor two dimensions.</exception>
    public Tensor Diag(int diagonal = 0)
    {
        long above = Math.Max(diagonal, 0), below = Math.Max(-(long)diagonal, 0);
        switch (Rank)
        {
            case 1:
                int size = (int)Math.Min(ElementCount + above + below, int.MaxValue);
                Shape square = [size, size];
                // In row-major order, neighbours on a diagonal of a matrix with n columns are n + 1 elements apart.
                int first = ElementCount == 0 ? 0 : (int)(above + below * size);
                return new Unslice(this, [square.ElementCount], [first], [size + 1]).Apply().Reshape(square);
            case 2:
                int columns = Shape[1], length = (int)Math.Max(Math.Min(Shape[0] - below, columns - above), 0);
                int start = length == 0 ? 0 : (int)(above + below * columns);
                return new Slice(Reshape([ElementCount]), [start], [columns + 1], [length]).Apply();
            default:
                throw new InvalidOperationException(
                    FormattableString.Invariant($"Diag: {Describe()} has rank {Rank}; it must be a vector or a matrix."));
        }
    }

    internal static void RequireIndices(Tensor index, int size, string operation, string what, string of)
    {
        if (index.DType != DType.Int64)
            throw new InvalidOperationException(
                $"{operation}: the {what} tensor is {index.DType}; it must be Int64 (Tensor.Indices, or .To(DType.Int64)).");
        ReadOnlySpan<long> values = index.Read<long>();
        for (int i = 0; i < values.Length; i++)
            if (values[i] < 0 || values[i] >= size)
                throw Invalid.OutOfRange(nameof(index),
                    $"{operation}: {what} {values[i]} at element {i} is out of range 0 … {size - 1} for {of}.");
    }
}
