using MyTorch.Operations;

namespace MyTorch;

// Functions along dimensions: softmax, sums, norms, minimum and maximum, sorting.
public partial class Tensor
{
    /// <summary>eˣ / Σ eˣ along a dimension, computed without overflow.</summary>
    public Tensor Softmax(int dim) => new Softmax(this, FloatDim(dim, nameof(Softmax))).Apply();

    /// <summary>The logarithm of <see cref="Softmax"/>, accurate also where that rounds to 0 or 1.</summary>
    public Tensor LogSoftmax(int dim) => new LogSoftmax(this, FloatDim(dim, nameof(LogSoftmax))).Apply();

    int FloatDim(int dim, string operation)
    {
        DType.RequireFloat(operation);
        return Shape.Dimension(dim, operation);
    }

    /// <summary>log Σ eˣ along dimensions, computed without overflow.</summary>
    /// <param name="dims">The dimensions to reduce; all by default.</param>
    /// <param name="keepDim">Whether reduced dimensions stay, with size 1.</param>
    public Tensor LogSumExp(Dims dims = default, bool keepDim = false) =>
        new LogSumExp(this, Reduced(dims, nameof(LogSumExp)), keepDim).Apply();

    /// <summary>
    /// The sum along dimensions. For Int64 the sum is exact, for Bool the number of true elements; both are Int64 and have no gradient.
    /// </summary>
    /// <inheritdoc cref="LogSumExp"/>
    /// <exception cref="OverflowException">A sum of integers does not fit Int64.</exception>
    public Tensor Sum(Dims dims = default, bool keepDim = false) => DType.IsFloat()
        ? new Sum(this, Reduced(dims, nameof(Sum)), keepDim).Apply()
        : IntegerReductionDispatch.Sum(this, dims.Resolve(Shape, nameof(Sum)), keepDim);

    /// <summary>The arithmetic mean along dimensions; NaN if there are no elements.</summary>
    /// <inheritdoc cref="LogSumExp"/>
    /// <remarks>
    /// The mean of an Int64 tensor, or the fraction of true elements of a mask, has <see cref="DefaultDType"/> and no gradient. (PyTorch
    /// throws for both.) For another type convert first: <c>mask.To(DType.Float64).Mean()</c>.
    /// </remarks>
    public Tensor Mean(Dims dims = default, bool keepDim = false) => DType.IsFloat()
        ? new Mean(this, Reduced(dims, nameof(Mean)), keepDim).Apply()
        : IntegerReductionDispatch.Mean(this, dims.Resolve(Shape, nameof(Mean)), keepDim);

    /// <summary>
    /// The cumulative sum along a dimension, of the same shape. For Int64 and Bool it is Int64 and exact, without gradient.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension does not exist.</exception>
    /// <exception cref="OverflowException">A sum of integers does not fit Int64.</exception>
    public Tensor CumSum(int dim)
    {
        int along = Shape.Dimension(dim, nameof(CumSum));
        return DType.IsFloat() ? new CumSum(this, along).Apply() : IntegerReductionDispatch.CumSum(this, along);
    }

    /// <summary>The p-norm (Σ |x|ᵖ)^(1/p) along dimensions; the gradient of a norm of 0 is 0. As <c>torch.linalg.vector_norm</c>.</summary>
    /// <param name="p">
    /// 2 for the Euclidean norm, 1 for the sum of absolute values, <see cref="double.PositiveInfinity"/> for the largest absolute value,
    /// whose gradient is divided evenly among ties.
    /// </param>
    /// <param name="dims">The dimensions to reduce; all by default.</param>
    /// <param name="keepDim">Whether reduced dimensions stay, with size 1.</param>
    /// <exception cref="ArgumentException">p is not 1, 2 or ∞, or a dimension does not exist or is given twice.</exception>
    /// <exception cref="InvalidOperationException">The tensor is Int64 or Bool; or p is ∞ and a reduced dimension is empty.</exception>
    public Tensor Norm(double p = 2, Dims dims = default, bool keepDim = false)
    {
        int[] reduced = Reduced(dims, nameof(Norm));
        if (p == 2) return new Norm(this, reduced, keepDim).Apply();
        if (p == 1) return Abs().Sum(reduced, keepDim);
        if (!double.IsPositiveInfinity(p))
            throw new ArgumentException(FormattableString.Invariant(
                $"Norm: p is {p}; use 1, 2 or double.PositiveInfinity. For another p > 0 write x.Abs().Pow(p).Sum(dims).Pow(1 / p)."),
                nameof(p));
        foreach (int dim in reduced)
            if (Shape[dim] == 0)
                throw new InvalidOperationException(
                    $"Norm: {Describe()} has no elements along dimension {Notation.Number(dim)}; it needs at least one.");
        return Abs().AMax(reduced, keepDim);
    }

    /// <summary>
    /// The maximum along dimensions, NaN if any element is NaN. The gradient is divided evenly among ties, or among the NaN elements.
    /// </summary>
    /// <inheritdoc cref="LogSumExp"/>
    public Tensor AMax(Dims dims = default, bool keepDim = false) =>
        new Extreme(this, Reduced(dims, nameof(AMax)), keepDim, largest: true).Apply();

    /// <summary>
    /// The minimum along dimensions, NaN if any element is NaN. The gradient is divided evenly among ties, or among the NaN elements.
    /// </summary>
    /// <inheritdoc cref="LogSumExp"/>
    public Tensor AMin(Dims dims = default, bool keepDim = false) =>
        new Extreme(this, Reduced(dims, nameof(AMin)), keepDim, largest: false).Apply();

    /// <summary>The variance along dimensions: Σ(x − mean)² divided by n − 1 (unbiased) or n.</summary>
    /// <param name="dims">The dimensions to reduce; all by default.</param>
    /// <param name="unbiased">Whether to divide by n − 1 instead of n.</param>
    /// <param name="keepDim">Whether reduced dimensions stay, with size 1.</param>
    public Tensor Var(Dims dims = default, bool unbiased = true, bool keepDim = false) =>
        new Variance(this, Reduced(dims, nameof(Var)), keepDim, unbiased).Apply();

    /// <summary>The standard deviation along dimensions, the square root of <see cref="Var"/>; its gradient is 0 where it is 0.</summary>
    /// <inheritdoc cref="Var"/>
    public Tensor Std(Dims dims = default, bool unbiased = true, bool keepDim = false) =>
        new StandardDeviation(this, Reduced(dims, nameof(Std)), keepDim, unbiased).Apply();

    int[] Reduced(Dims dims, string operation)
    {
        DType.RequireFloat(operation);
        return dims.Resolve(Shape, operation);
    }

    Tensor Drop(int[] dims) => dims.Length == 0 ? this : Reshape(Shape.Without(dims));

    /// <summary>The product along dimensions, computed pairwise as a tree, so the gradient is correct also where factors are 0.</summary>
    /// <inheritdoc cref="LogSumExp"/>
    public Tensor Prod(Dims dims = default, bool keepDim = false)
    {
        int[] reduced = Reduced(dims, nameof(Prod));
        Tensor product = this;
        foreach (int dim in reduced) product = product.ProdAlong(dim);
        // The product of one factor is that factor, but a result must be a new tensor.
        if (product == this) product = reduced.Length > 0 ? 1 * this : new Identity(this).Apply();
        return keepDim || reduced.Length == 0 ? product : product.Reshape(Shape.Without(reduced));
    }

    Tensor ProdAlong(int dim)
    {
        // The empty product is 1, computed from x so that it is recorded like every other product.
        if (Shape[dim] == 0) return 1 + Sum(dim, keepDim: true);
        Tensor product = this;
        while (product.Shape[dim] > 1)
        {
            int size = product.Shape[dim], half = size / 2;
            Tensor pairs = product.Narrow(dim, 0, half) * product.Narrow(dim, half, half);
            product = size % 2 == 0 ? pairs : Concat([pairs, product.Narrow(dim, size - 1, 1)], dim);
        }
        return product;
    }

    /// <summary>The maximum of all elements, as <see cref="AMax"/>.</summary>
    public Tensor Max() => WithElements(null, nameof(Max)).AMax();

    /// <summary>The minimum of all elements, as <see cref="AMin"/>.</summary>
    public Tensor Min() => WithElements(null, nameof(Min)).AMin();

    // Checked here, because the operations below would report the error under their own names.
    Tensor WithElements(int? dim, string operation) => dim is { } along && Rank > 0 && Shape[along] == 0 || dim is null && ElementCount == 0
        ? throw new InvalidOperationException(
            $"{operation}: {Describe()} has no elements{(dim is { } empty ? $" along dimension {Notation.Number(empty)}" : "")}; it " +
            $"needs at least one.")
        : this;

    /// <summary>
    /// The maximum along a dimension and its index (Int64). NaN counts as larger than every number; of ties the first is taken. Composed of
    /// ArgMax and Gather.
    /// </summary>
    public (Tensor Values, Tensor Indices) Max(int dim, bool keepDim = false) => ExtremeAlong(dim, keepDim, largest: true);

    /// <summary>
    /// The minimum along a dimension and its index (Int64). NaN counts as smaller than every number; of ties the first is taken. Composed
    /// of ArgMin and Gather.
    /// </summary>
    public (Tensor Values, Tensor Indices) Min(int dim, bool keepDim = false) => ExtremeAlong(dim, keepDim, largest: false);

    (Tensor Values, Tensor Indices) ExtremeAlong(int dim, bool keepDim, bool largest)
    {
        dim = Shape.Dimension(dim, largest ? nameof(Max) : nameof(Min));
        Tensor indices = ReductionDispatch.ArgExtreme(WithElements(dim, largest ? nameof(Max) : nameof(Min)), dim, largest);
        if (Rank == 0) return (new Identity(this).Apply(), indices);
        Tensor kept = indices.Unsqueeze(dim);
        Tensor values = Gather(dim, kept);
        return keepDim ? (values, kept) : (values.Squeeze(dim), indices);
    }

    /// <summary>
    /// The index (Int64) of the first maximum along a dimension, or in row-major order of all elements. NaN counts as the maximum.
    /// </summary>
    public Tensor ArgMax(int? dim = null, bool keepDim = false) => ArgExtreme(dim, keepDim, largest: true);

    /// <summary>
    /// The index (Int64) of the first minimum along a dimension, or in row-major order of all elements. NaN counts as the minimum.
    /// </summary>
    public Tensor ArgMin(int? dim = null, bool keepDim = false) => ArgExtreme(dim, keepDim, largest: false);

    Tensor ArgExtreme(int? dim, bool keepDim, bool largest)
    {
        if (dim is null)
        {
            Tensor index = ReductionDispatch.ArgExtreme(View([ElementCount]), 0, largest);
            return keepDim ? index.View(Shape.Own([.. Enumerable.Repeat(1, Rank)])) : index;
        }
        int along = Shape.Dimension(dim.Value, largest ? nameof(ArgMax) : nameof(ArgMin));
        Tensor indices = ReductionDispatch.ArgExtreme(this, along, largest).DetachedFrom(this, HistoryLoss.NotDifferentiable);
        return keepDim && Rank > 0 ? indices.Unsqueeze(along) : indices;
    }

    /// <summary>
    /// Sorts along a dimension: the sorted values, and the index (Int64) each had before. The gradient is that of <see cref="Gather"/>.
    /// </summary>
    /// <param name="dim">The dimension; the last one by default.</param>
    /// <param name="descending">Whether to sort from largest to smallest.</param>
    /// <returns>Values and indices, both of this tensor's shape. The sort is stable; NaN counts as larger than every number.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The dimension does not exist.</exception>
    public (Tensor Values, Tensor Indices) Sort(int dim = -1, bool descending = false)
    {
        int along = Shape.Dimension(dim, nameof(Sort));
        return Sorted(along, Rank == 0 ? 1 : Shape[along], descending);
    }

    /// <summary>The k largest or smallest elements along a dimension, sorted, and their indices (Int64): (…, n, …) → (…, k, …).</summary>
    /// <param name="k">The number of elements, 0 to the size of the dimension.</param>
    /// <param name="dim">The dimension; the last one by default.</param>
    /// <param name="largest">True for the largest elements in descending order, false for the smallest in ascending order.</param>
    /// <returns>Values and indices. Ties keep their order; NaN counts as larger than every number.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The dimension does not exist, or has fewer than k elements.</exception>
    public (Tensor Values, Tensor Indices) TopK(int k, int dim = -1, bool largest = true)
    {
        int along = Shape.Dimension(dim, nameof(TopK)), size = Rank == 0 ? 1 : Shape[along];
        if (k < 0 || k > size || (Rank == 0 && k == 0))
            throw new ArgumentOutOfRangeException(nameof(k), FormattableString.Invariant(
                $"TopK: k is {k}, but dimension {dim} of {Describe()} has {size} elements; k must be {(Rank == 0 ? 1 : 0)} to {size}."));
        return Sorted(along, k, descending: largest);
    }

    (Tensor Values, Tensor Indices) Sorted(int dim, int count, bool descending)
    {
        Tensor indices = SortDispatch.ArgSort(this, dim, count, descending);
        return (Rank == 0 ? new Identity(this).Apply() : Gather(dim, indices), indices);
    }
}
