using System.Runtime.CompilerServices;
using MyTorch.Operations;

namespace MyTorch;

// Indexing, slicing, and moving elements between shapes. All of it is recorded and has gradients.
public partial class Tensor
{
    /// <summary>
    /// A part of the tensor: an integer takes one index and drops the dimension, a range keeps it, and missing dimensions are taken whole:
    /// <c>x[1]</c>, <c>x[1..3]</c>, <c>x[.., 2]</c>, <c>x[^1]</c>, <c>x[TensorIndex.Every(2)]</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside its dimension, or there are more indices than dimensions.</exception>
    [IndexerName("At")]
    public Tensor this[params ReadOnlySpan<TensorIndex> indices]
    {
        get
        {
            if (indices.Length > Rank)
                throw new ArgumentOutOfRangeException(nameof(indices), indices.Length, $"Index: {indices.Length} indices for {Describe()}; give at most {Rank}.");
            int[] starts = new int[Rank], steps = new int[Rank], sizes = new int[Rank];
            var dropped = new List<int>();
            for (int d = 0; d < Rank; d++)
            {
                TensorIndex index = d < indices.Length ? indices[d] : TensorIndex.Whole;
                (starts[d], steps[d], sizes[d]) = index.Resolve(Shape, d);
                if (index.IsSingle) dropped.Add(d);
            }
            Tensor part = new Slice(this, starts, steps, Shape.Own(sizes)).Apply();
            return part.Drop([.. dropped]);
        }
    }

    /// <summary>The parts x[0], x[1], … along the first dimension.</summary>
    /// <exception cref="InvalidOperationException">The tensor is a scalar.</exception>
    public IEnumerator<Tensor> GetEnumerator()
    {
        if (Rank == 0) throw new InvalidOperationException("A scalar tensor has no rows to go through; read it with Item().");
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

    /// <summary>The same elements, in row-major order, under another shape; one size may be −1 and is worked out.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public Tensor Reshape(Shape shape) => new Reshape(this, shape).Apply();

    /// <summary>All dimensions from one on as a single one: (N, a, b) → (N, a·b) for <c>Flatten(1)</c>.</summary>
    public Tensor Flatten(int startDim = 0)
    {
        int start = Shape.Dimension(startDim, nameof(Flatten));
        return Reshape([.. Shape.AsSpan()[..Math.Min(start, Rank)], Shape.Create(Shape.AsSpan()[Math.Min(start, Rank)..]).ElementCount]);
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

    /// <summary>A matrix transposed.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have two dimensions.</exception>
    public Tensor T => Rank == 2
        ? Transpose(0, 1)
        : throw new InvalidOperationException($"T: {Describe()} has rank {Rank}; a matrix has rank 2. Use Transpose(dim0, dim1) or Permute.");

    /// <summary>The dimensions in another order: dimension i of the result is dimension dims[i] of this one.</summary>
    /// <exception cref="ArgumentException">A dimension is missing or named twice.</exception>
    public Tensor Permute(params ReadOnlySpan<int> dims)
    {
        int[] order = new int[dims.Length];
        for (int i = 0; i < dims.Length; i++) order[i] = Rank == 0 ? dims[i] : Shape.Dimension(dims[i], nameof(Permute));
        return new Permute(this, order).Apply();
    }

    /// <summary>The tensor without a dimension of size 1; unchanged if its size is another.</summary>
    public Tensor Squeeze(int dim)
    {
        int along = Shape.Dimension(dim, nameof(Squeeze));
        return Rank > 0 && Shape[along] == 1 ? Reshape(Shape.Without(along)) : new Identity(this).Apply();
    }

    /// <summary>The tensor with a new dimension of size 1 at a place, 0 … rank or −rank−1 … −1.</summary>
    public Tensor Unsqueeze(int dim)
    {
        if (dim < -Rank - 1 || dim > Rank)
            throw new ArgumentOutOfRangeException(nameof(dim), dim, $"Unsqueeze: place {dim} does not exist for shape {Shape}; use {-Rank - 1} to {Rank}.");
        return Reshape(Shape.Insert(dim < 0 ? dim + Rank + 1 : dim, 1));
    }

    /// <summary>The tensor repeated along dimensions of size 1 and along new leading ones; −1 keeps a size.</summary>
    /// <exception cref="ArgumentException">The shape does not broadcast to the given one.</exception>
    public Tensor Expand(Shape shape)
    {
        int lead = shape.Rank - Rank;
        for (int d = 0; d < shape.Rank; d++)
            if (shape[d] == -1 && d >= lead) shape = shape.With(d, Shape[d - lead]);
        RequireSizes(shape, nameof(Expand));
        return shape == Shape ? new Identity(this).Apply() : new Expand(this, shape).Apply();
    }

    /// <summary>The sum over every dimension along which a tensor of the given shape would be repeated to reach this one's: what broadcasting is undone with.</summary>
    /// <exception cref="ArgumentException">The shape does not broadcast to this tensor's.</exception>
    public Tensor SumTo(Shape shape) => new SumTo(this, shape).Apply();

    /// <summary>Whole slices along a dimension, chosen by position; a position may come several times.</summary>
    /// <param name="dim">The dimension.</param>
    /// <param name="index">Int64 positions, (k), or a scalar.</param>
    /// <exception cref="ArgumentOutOfRangeException">A position is outside the dimension.</exception>
    public Tensor IndexSelect(int dim, Tensor index)
    {
        ArgumentNullException.ThrowIfNull(index);
        return new IndexSelect(this, Shape.Dimension(dim, nameof(IndexSelect)), index.Clone()).Apply();
    }

    /// <summary>Single elements along a dimension by position: the result has the index's shape.</summary>
    /// <param name="dim">The dimension.</param>
    /// <param name="index">Int64 positions, of this tensor's rank; along the other dimensions not larger than this tensor.</param>
    /// <exception cref="ArgumentOutOfRangeException">A position is outside the dimension.</exception>
    public Tensor Gather(int dim, Tensor index)
    {
        ArgumentNullException.ThrowIfNull(index);
        return new Gather(this, Shape.Dimension(dim, nameof(Gather)), index.Clone()).Apply();
    }

    /// <summary>Tensors one behind the other along a dimension.</summary>
    /// <exception cref="ArgumentException">There is no tensor, or sizes differ outside the dimension.</exception>
    public static Tensor Concat(IReadOnlyList<Tensor> parts, int dim = 0)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Contains(null!)) throw new ArgumentNullException(nameof(parts), "Concat: one of the tensors is null.");
        return new Concat([.. parts], parts.Count == 0 ? dim : parts[0].Shape.Dimension(dim, nameof(Concat))).Apply();
    }

    /// <summary>Tensors of one shape side by side along a new dimension.</summary>
    /// <exception cref="ArgumentException">There is no tensor, or shapes differ.</exception>
    public static Tensor Stack(IReadOnlyList<Tensor> parts, int dim = 0)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Contains(null!)) throw new ArgumentNullException(nameof(parts), "Stack: one of the tensors is null.");
        foreach (Tensor part in parts)
            if (part.Shape != parts[0].Shape)
                throw new ArgumentException($"Stack: shapes {parts[0].Shape} and {part.Shape} differ; all need to be the same.", nameof(parts));
        if (parts.Count == 0) throw new ArgumentException("Stack: there is nothing to put together; give at least one tensor.", nameof(parts));
        int place = dim < 0 ? dim + parts[0].Rank + 1 : dim;
        return Concat([.. parts.Select(part => part.Unsqueeze(dim))], place);
    }

    /// <summary>a where a Bool condition holds, b elsewhere, with broadcasting.</summary>
    public static Tensor Where(Tensor condition, Tensor a, Tensor b)
    {
        ArgumentNullException.ThrowIfNull(condition);
        // The rule reads the condition again; what is recorded must not see a later change of it.
        return new Where(Autograd.IsRecording ? condition.Clone() : condition, a, b).Apply();
    }

    /// <summary>a where a Bool condition holds, a number at the tensor's precision elsewhere.</summary>
    public static Tensor Where(Tensor condition, Tensor a, double b) => Where(condition, a, Constant(b, a));

    /// <summary>A number at the tensor's precision where a Bool condition holds, b elsewhere.</summary>
    public static Tensor Where(Tensor condition, double a, Tensor b) => Where(condition, Constant(a, b), b);

    internal static void RequireIndices(Tensor index, int size, string operation, string what, string of)
    {
        if (index.DType != DType.Int64)
            throw new InvalidOperationException($"{operation}: the {what} tensor is {index.DType}; it must be Int64 (Tensor.Indices, or .To(DType.Int64)).");
        ReadOnlySpan<long> values = index.Read<long>();
        for (int i = 0; i < values.Length; i++)
            if (values[i] < 0 || values[i] >= size)
                throw new ArgumentOutOfRangeException(nameof(index), values[i],
                    $"{operation}: {what} {values[i]} at place {i} is outside 0 … {size - 1} ({size} {of}).");
    }
}

/// <summary>
/// What stands between the brackets of <c>x[…]</c> for one dimension: a place (<c>1</c>, <c>^1</c>, <c>-1</c>), a range (<c>1..3</c>, <c>..</c>),
/// or start, stop and step as in Python.
/// </summary>
public readonly struct TensorIndex
{
    readonly int? _start;
    readonly int? _stop;
    readonly int _step;

    TensorIndex(int? start, int? stop, int step, bool single) => (_start, _stop, _step, IsSingle) = (start, stop, step, single);

    /// <summary>From start up to but without stop, every step-th; null means from or to the end, negative numbers count from the end.</summary>
    /// <param name="start">The first index.</param>
    /// <param name="stop">The first index left out.</param>
    /// <param name="step">Not 0; negative steps run backwards.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is 0.</exception>
    public TensorIndex(int? start, int? stop, int step = 1) : this(start, stop, step, false)
    {
        if (step == 0) throw new ArgumentOutOfRangeException(nameof(step), step, "Slice: the step must not be 0.");
    }

    /// <summary>The whole dimension, every step-th index.</summary>
    public static TensorIndex Every(int step) => new(null, null, step);

    internal static TensorIndex Whole { get; } = new(null, null, 1, false);

    internal bool IsSingle { get; }

    /// <summary>One place; negative numbers count from the end.</summary>
    public static implicit operator TensorIndex(int index) => new(index, null, 1, true);

    /// <summary>One place, possibly counted from the end.</summary>
    public static implicit operator TensorIndex(Index index) => new(Signed(index, behindTheEnd: int.MaxValue), null, 1, true);

    /// <summary>A range.</summary>
    public static implicit operator TensorIndex(Range range) => new(
        Signed(range.Start, behindTheEnd: int.MaxValue), Signed(range.End, behindTheEnd: null), 1, false);

    // Negative numbers count from the end; only ^0 has no such form.
    static int? Signed(Index index, int? behindTheEnd) =>
        !index.IsFromEnd ? index.Value : index.Value == 0 ? behindTheEnd : -index.Value;

    internal (int Start, int Step, int Size) Resolve(Shape shape, int dim)
    {
        // default(TensorIndex) names nothing, so it takes everything.
        if (_step == 0) return Whole.Resolve(shape, dim);
        if (IsSingle) return (shape.ElementIndex(dim, _start!.Value, "Index"), 1, 1);
        int size = shape[dim];
        // Python's rule: bounds outside the dimension are moved to its ends.
        int lowest = _step > 0 ? 0 : -1, highest = _step > 0 ? size : size - 1;
        int start = _start is { } first ? Math.Clamp(first < 0 ? first + size : first, lowest, highest) : _step > 0 ? 0 : size - 1;
        int stop = _stop is { } last ? Math.Clamp(last < 0 ? last + size : last, lowest, highest) : _step > 0 ? size : -1;
        // As long: a step may be as large as an int.
        int count = (int)Math.Max((_step > 0 ? (long)stop - start + _step - 1 : (long)stop - start + _step + 1) / _step, 0);
        return (count > 0 ? start : 0, _step, count);
    }
}
