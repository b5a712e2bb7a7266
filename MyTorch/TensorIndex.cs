namespace MyTorch;

/// <summary>
/// An argument of the indexer <c>x[…]</c>: an index (<c>1</c>, <c>^1</c>, <c>-1</c>), a range (<c>1..3</c>, <c>..</c>), a slice with start,
/// stop and step as in Python, or a Bool mask for one or more dimensions.
/// </summary>
public readonly struct TensorIndex
{
    readonly int? _start;
    readonly int? _stop;
    readonly int _step;

    TensorIndex(int? start, int? stop, int step, bool single) => (_start, _stop, _step, IsSingle) = (start, stop, step, single);

    /// <summary>A slice as in Python, start:stop:step. Null is an omitted bound; negative numbers count from the end.</summary>
    /// <param name="start">The first index.</param>
    /// <param name="stop">The exclusive end.</param>
    /// <param name="step">The step, not 0; a negative step runs backwards.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is 0.</exception>
    public TensorIndex(int? start, int? stop, int step = 1) : this(start, stop, step, false)
    {
        if (step == 0) throw Invalid.Setting(nameof(step), step, "Slice: the step must not be 0.");
    }

    /// <summary>The whole dimension, every step-th index.</summary>
    public static TensorIndex Every(int step) => new(null, null, step);

    internal static TensorIndex Whole { get; } = new(null, null, 1, false);

    internal bool IsSingle { get; }

    TensorIndex(Tensor mask) : this(null, null, 1, false) => Mask = mask;

    /// <summary>The mask; it indexes as many dimensions as it has.</summary>
    internal Tensor? Mask { get; }

    /// <summary>The number of dimensions that this indexes.</summary>
    internal int Dimensions => Mask?.Rank ?? 1;

    /// <summary>A mask: selects the elements where it is true.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not Bool.</exception>
    public static implicit operator TensorIndex(Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.DType != DType.Bool)
            throw new InvalidOperationException(
                $"Index: {mask.Describe()} is not a mask; a tensor between the brackets must be Bool, the result of a comparison. " +
                "For Int64 indices use x.IndexSelect(dim, index) or x.Gather(dim, index).");
        return new TensorIndex(mask);
    }

    /// <summary>One index; negative numbers count from the end.</summary>
    public static implicit operator TensorIndex(int index) => new(index, null, 1, true);

    /// <summary>One index, possibly counted from the end.</summary>
    public static implicit operator TensorIndex(Index index) => new(Signed(index, behindTheEnd: int.MaxValue), null, 1, true);

    /// <summary>A range.</summary>
    public static implicit operator TensorIndex(Range range) => new(
        Signed(range.Start, behindTheEnd: int.MaxValue), Signed(range.End, behindTheEnd: null), 1, false);

    // A C# index from the end becomes a negative number; ^0, which is past the end, has no such form.
    static int? Signed(Index index, int? behindTheEnd) =>
        !index.IsFromEnd ? index.Value : index.Value == 0 ? behindTheEnd : -index.Value;

    internal (int Start, int Step, int Size) Resolve(Shape shape, int dim)
    {
        // default(TensorIndex) has no bounds: the whole dimension.
        if (_step == 0) return Whole.Resolve(shape, dim);
        if (IsSingle) return (shape.ElementIndex(dim, _start!.Value, "Index"), 1, 1);
        int size = shape[dim];
        // As in Python, bounds out of range are clamped.
        int lowest = _step > 0 ? 0 : -1, highest = _step > 0 ? size : size - 1;
        int start = _start is { } first ? Math.Clamp(first < 0 ? first + size : first, lowest, highest) : _step > 0 ? 0 : size - 1;
        int stop = _stop is { } last ? Math.Clamp(last < 0 ? last + size : last, lowest, highest) : _step > 0 ? size : -1;
        // Computed as long, because the step may be as large as an int.
        int count = (int)Math.Max((_step > 0 ? (long)stop - start + _step - 1 : (long)stop - start + _step + 1) / _step, 0);
        return (count > 0 ? start : 0, _step, count);
    }
}
