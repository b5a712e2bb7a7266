using MyTorch.Operations;

namespace MyTorch;

// Choosing elements: by masks, by conditions and by their order.
public partial class Tensor
{
    /// <summary>a where a Bool condition holds, b elsewhere, with broadcasting.</summary>
    public static Tensor Where(Tensor condition, Tensor a, Tensor b)
    {
        ArgumentNullException.ThrowIfNull(condition);
        // The rule reads the condition again; what is recorded must not see a later change of it.
        return new Where(Autograd.IsRecording ? condition.Clone() : condition, a, b).Apply();
    }

    /// <summary>a where a Bool condition holds, a number of the tensor's type elsewhere.</summary>
    /// <exception cref="ArgumentException">The tensor is Int64 or Bool and cannot hold the number.</exception>
    public static Tensor Where(Tensor condition, Tensor a, double b) => Where(condition, a, NumberFor(b, a, nameof(Where)));

    /// <summary>A number of the tensor's type where a Bool condition holds, b elsewhere.</summary>
    /// <exception cref="ArgumentException">The tensor is Int64 or Bool and cannot hold the number.</exception>
    public static Tensor Where(Tensor condition, double a, Tensor b) => Where(condition, NumberFor(a, b, nameof(Where)), b);

    /// <summary>One number where a Bool condition holds, another elsewhere, in the condition's shape. It has no gradient.</summary>
    /// <param name="condition">Bool.</param>
    /// <param name="a">The number where it holds.</param>
    /// <param name="b">The number elsewhere.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="DefaultDType"/> if left out.</param>
    public static Tensor Where(Tensor condition, double a, double b, DType? dtype = null) => Where(condition, From(a, dtype), From(b, dtype));

    /// <summary>The tensor with a number in place of the elements where a mask holds, with broadcasting. Their gradient is 0, whatever they hold.</summary>
    /// <param name="mask">Bool; broadcasts with the tensor.</param>
    /// <param name="value">The number, in the tensor's type.</param>
    /// <exception cref="InvalidOperationException">The mask is not Bool.</exception>
    /// <exception cref="ArgumentException">The shapes do not broadcast, or the tensor is Int64 or Bool and cannot hold the number.</exception>
    public Tensor MaskedFill(Tensor mask, double value)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.DType != DType.Bool)
            throw new InvalidOperationException($"MaskedFill: the mask is {mask.DType}; it must be Bool, the result of a comparison.");
        _ = Shape.Broadcast(Shape, mask.Shape, nameof(MaskedFill));
        return Where(mask, NumberFor(value, this, nameof(MaskedFill)), this);
    }

    // A number takes the type of the tensor that it meets, and is refused where that type cannot hold it.
    static Tensor NumberFor(double value, Tensor other, string operation)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.DType.IsFloat()) return From(value, other.DType);
        // 2^63 is the first double that is too large for a long.
        bool fits = other.DType == DType.Int64
            ? Math.Truncate(value) == value && value is >= long.MinValue and < 9223372036854775808.0
            : value is 0 or 1;
        return fits
            ? Full(Shape.Create([]), value, other.DType)
            : throw new ArgumentException(FormattableString.Invariant(
                $"{operation}: {value} is not {(other.DType == DType.Int64 ? "a whole number that Int64 can hold" : "0 or 1, the values of Bool")}; ") +
                "convert the tensor first with .To(DType.Float32).", nameof(value));
    }

    // ---- masks ----

    /// <summary>Whether a mask holds anywhere along dimensions; false of no elements.</summary>
    /// <param name="dims">The dimensions that are folded; all by default.</param>
    /// <param name="keepDim">Whether folded dimensions stay, with size 1.</param>
    /// <exception cref="InvalidOperationException">The tensor is not Bool.</exception>
    public Tensor Any(Dims dims = default, bool keepDim = false) => Counting.Holds(this, dims, keepDim, nameof(Any), everywhere: false);

    /// <summary>Whether a mask holds everywhere along dimensions; true of no elements.</summary>
    /// <inheritdoc cref="Any"/>
    public Tensor All(Dims dims = default, bool keepDim = false) => Counting.Holds(this, dims, keepDim, nameof(All), everywhere: true);

    void RequireMask(Tensor mask, int from)
    {
        if (!mask.Shape.AsSpan().SequenceEqual(Shape.AsSpan().Slice(from, mask.Rank)))
            throw new ArgumentException(FormattableString.Invariant(
                $"Index: the mask has shape {mask.Shape}, but dimensions {from} to {from + mask.Rank - 1} of {Describe()} have sizes {Shape.Create(Shape.AsSpan().Slice(from, mask.Rank))}; ") +
                "a mask has the sizes of the dimensions it stands for. Expand it, or give a range (..) for the dimensions before it.");
    }

    /// <summary>The elements where a mask holds that stands for its rank of dimensions from one on. They become one dimension. Composed of Reshape and IndexSelect.</summary>
    Tensor SelectWhere(Tensor mask, int from)
    {
        ReadOnlySpan<int> sizes = Shape.AsSpan();
        Tensor flat = mask.Rank == 1 ? this : Reshape([.. sizes[..from], mask.ElementCount, .. sizes[(from + mask.Rank)..]]);
        return new IndexSelect(flat, from, Counting.Positions(mask)).Apply();
    }

    // ---- order ----

    /// <summary>The elements along a dimension in order, and the index (Int64) that each had. Composed of their order and <see cref="Gather"/>, which carries the gradient.</summary>
    /// <param name="dim">The dimension; the last one by default.</param>
    /// <param name="descending">Whether the largest come first.</param>
    /// <returns>Values and indices, both of this tensor's shape. Equal elements keep their order; NaN counts as larger than every number.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The dimension does not exist.</exception>
    public (Tensor Values, Tensor Indices) Sort(int dim = -1, bool descending = false)
    {
        int along = Shape.Dimension(dim, nameof(Sort));
        return Ordered(along, Rank == 0 ? 1 : Shape[along], descending);
    }

    /// <summary>The k largest (or smallest) elements along a dimension, in order, and the index (Int64) that each had: (…, n, …) → (…, k, …).</summary>
    /// <param name="k">How many, 0 to the size of the dimension.</param>
    /// <param name="dim">The dimension; the last one by default.</param>
    /// <param name="largest">Whether the largest are taken, the largest first; else the smallest, the smallest first.</param>
    /// <returns>Values and indices. Of equal elements the first come first; NaN counts as larger than every number.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The dimension does not exist, or has fewer than k elements.</exception>
    public (Tensor Values, Tensor Indices) TopK(int k, int dim = -1, bool largest = true)
    {
        int along = Shape.Dimension(dim, nameof(TopK)), size = Rank == 0 ? 1 : Shape[along];
        if (k < 0 || k > size || (Rank == 0 && k == 0))
            throw new ArgumentOutOfRangeException(nameof(k), FormattableString.Invariant(
                $"TopK: {k} of the {size} elements along dimension {dim} of {Describe()}; k must be {(Rank == 0 ? 1 : 0)} to {size}."));
        return Ordered(along, k, descending: largest);
    }

    (Tensor Values, Tensor Indices) Ordered(int dim, int count, bool descending)
    {
        Tensor indices = Ordering.Positions(this, dim, count, descending);
        return (Rank == 0 ? new Identity(this).Apply() : Gather(dim, indices), indices);
    }
}
