using MyTorch.Operations;

namespace MyTorch;

// What is computed along dimensions: softmax, sums, norms, extremes and order.
public partial class Tensor
{
    /// <summary>eˣ divided by its sum along a dimension; stable for large x.</summary>
    public Tensor Softmax(int dim) => new Softmax(this, FloatDim(dim, nameof(Softmax))).Apply();

    /// <summary>The logarithm of <see cref="Softmax"/>, stable for large x.</summary>
    public Tensor LogSoftmax(int dim) => new LogSoftmax(this, FloatDim(dim, nameof(LogSoftmax))).Apply();

    int FloatDim(int dim, string operation)
    {
        DType.RequireFloat(operation);
        return Shape.Dimension(dim, operation);
    }

    /// <summary>log Σ eˣ along dimensions, stable for large x.</summary>
    /// <param name="dims">The dimensions that are reduced; all by default.</param>
    /// <param name="keepDim">Whether reduced dimensions stay, with size 1.</param>
    public Tensor LogSumExp(Dims dims = default, bool keepDim = false) =>
        new LogSumExp(this, Reduced(dims, nameof(LogSumExp)), keepDim).Apply();

    /// <summary>The sum along dimensions. The sum of integers is Int64 and exact; that of a mask is Int64, how often it holds. Neither has a gradient.</summary>
    /// <inheritdoc cref="LogSumExp"/>
    /// <exception cref="OverflowException">A sum of integers does not fit Int64.</exception>
    public Tensor Sum(Dims dims = default, bool keepDim = false) => DType.IsFloat()
        ? new Sum(this, Reduced(dims, nameof(Sum)), keepDim).Apply()
        : IntegerReductionDispatch.Sum(this, dims.Resolve(Shape, nameof(Sum)), keepDim);

    /// <summary>The arithmetic mean along dimensions; NaN of no elements.</summary>
    /// <inheritdoc cref="LogSumExp"/>
    /// <remarks>
    /// The mean of integers, and the share of a mask that holds, have the default type and no gradient: a quotient can have no other type than a
    /// floating-point one, so it is no silent conversion. (PyTorch refuses them.) For another type convert first, <c>mask.To(DType.Float64).Mean()</c>.
    /// </remarks>
    public Tensor Mean(Dims dims = default, bool keepDim = false) => DType.IsFloat()
        ? new Mean(this, Reduced(dims, nameof(Mean)), keepDim).Apply()
        : IntegerReductionDispatch.Mean(this, dims.Resolve(Shape, nameof(Mean)), keepDim);

    /// <summary>The sums of the elements along a dimension up to each one, in the same shape. Those of integers and masks are Int64 and exact, without gradient.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension does not exist.</exception>
    /// <exception cref="OverflowException">A sum of integers does not fit Int64.</exception>
    public Tensor CumSum(int dim)
    {
        int along = Shape.Dimension(dim, nameof(CumSum));
        return DType.IsFloat() ? new CumSum(this, along).Apply() : IntegerReductionDispatch.CumSum(this, along);
    }

    /// <summary>The p-norm (Σ |x|ᵖ)^(1/p) along dimensions; the gradient of a norm of 0 is 0. As <c>torch.linalg.vector_norm</c>.</summary>
    /// <param name="p">
    /// 2 for the Euclidean norm, 1 for the sum of the absolute values, <see cref="double.PositiveInfinity"/> for the largest of them, whose gradient
    /// is spread evenly over equal largest ones.
    /// </param>
    /// <param name="dims">The dimensions that are reduced; all by default.</param>
    /// <param name="keepDim">Whether reduced dimensions stay, with size 1.</param>
    /// <exception cref="ArgumentException">p is none of the three, a dimension does not exist or is named twice.</exception>
    /// <exception cref="InvalidOperationException">The tensor is Int64 or Bool; or p is ∞ and a reduced dimension is empty.</exception>
    public Tensor Norm(double p = 2, Dims dims = default, bool keepDim = false)
    {
        int[] reduced = Reduced(dims, nameof(Norm));
        if (p == 2) return new Norm(this, reduced, keepDim).Apply();
        if (p == 1) return Abs().Sum(reduced, keepDim);
        if (!double.IsPositiveInfinity(p))
            throw new ArgumentException(FormattableString.Invariant(
                $"Norm: p is {p}; use 1, 2 or double.PositiveInfinity. For another p > 0 write x.Abs().Pow(p).Sum(dims).Pow(1 / p)."), nameof(p));
        foreach (int dim in reduced)
            if (Shape[dim] == 0)
                throw new InvalidOperationException(FormattableString.Invariant($"Norm: {Describe()} has no elements along dimension {dim}, so none is the largest."));
        return Abs().AMax(reduced, keepDim);
    }

    /// <summary>
    /// The largest element along dimensions, NaN if one is; the gradient is spread evenly over equal largest elements, or over those that are NaN.
    /// </summary>
    /// <inheritdoc cref="LogSumExp"/>
    public Tensor AMax(Dims dims = default, bool keepDim = false) => new Extreme(this, Reduced(dims, nameof(AMax)), keepDim, largest: true).Apply();

    /// <summary>
    /// The smallest element along dimensions, NaN if one is; the gradient is spread evenly over equal smallest elements, or over those that are NaN.
    /// </summary>
    /// <inheritdoc cref="LogSumExp"/>
    public Tensor AMin(Dims dims = default, bool keepDim = false) => new Extreme(this, Reduced(dims, nameof(AMin)), keepDim, largest: false).Apply();

    /// <summary>The variance along dimensions: Σ(x − mean)² divided by n − 1 (unbiased) or n.</summary>
    /// <param name="dims">The dimensions that are reduced; all by default.</param>
    /// <param name="unbiased">Whether to divide by n − 1.</param>
    /// <param name="keepDim">Whether reduced dimensions stay, with size 1.</param>
    public Tensor Var(Dims dims = default, bool unbiased = true, bool keepDim = false) =>
        new Variance(this, Reduced(dims, nameof(Var)), keepDim, unbiased).Apply();

    /// <summary>The standard deviation along dimensions, the root of <see cref="Var"/>; its gradient is 0 where it is 0.</summary>
    /// <inheritdoc cref="Var"/>
    public Tensor Std(Dims dims = default, bool unbiased = true, bool keepDim = false) =>
        new StandardDeviation(this, Reduced(dims, nameof(Std)), keepDim, unbiased).Apply();

    int[] Reduced(Dims dims, string operation)
    {
        DType.RequireFloat(operation);
        return dims.Resolve(Shape, operation);
    }

    Tensor Drop(int[] dims) => dims.Length == 0 ? this : Reshape(Shape.Without(dims));

    /// <summary>The product along dimensions, as a tree of products of two halves: right also where factors are 0.</summary>
    /// <inheritdoc cref="LogSumExp"/>
    public Tensor Prod(Dims dims = default, bool keepDim = false)
    {
        int[] reduced = Reduced(dims, nameof(Prod));
        Tensor product = this;
        foreach (int dim in reduced) product = product.ProdAlong(dim);
        // One factor is its own product, but a result is always another tensor than its operand.
        if (product == this) product = reduced.Length > 0 ? 1 * this : new Identity(this).Apply();
        return keepDim || reduced.Length == 0 ? product : product.Reshape(Shape.Without(reduced));
    }

    Tensor ProdAlong(int dim)
    {
        // The product of no factors is 1: as a computation, so that it is recorded as every other.
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

    /// <summary>The largest element of all, as <see cref="AMax"/>.</summary>
    public Tensor Max() => WithElements(null, nameof(Max)).AMax();

    /// <summary>The smallest element of all, as <see cref="AMin"/>.</summary>
    public Tensor Min() => WithElements(null, nameof(Min)).AMin();

    // The operations that these are composed of would name themselves.
    Tensor WithElements(int? dim, string operation) => dim is { } along && Rank > 0 && Shape[along] == 0 || dim is null && ElementCount == 0
        ? throw new InvalidOperationException($"{operation}: {Describe()} has no elements{(dim is null ? "" : FormattableString.Invariant($" along dimension {dim}"))}, so there is no extreme.")
        : this;

    /// <summary>The largest elements along a dimension and their positions (Int64), NaN counting as the largest; the gradient goes to the first of equal ones. Composed of ArgMax and Gather.</summary>
    public (Tensor Values, Tensor Indices) Max(int dim, bool keepDim = false) => ExtremeAlong(dim, keepDim, largest: true);

    /// <summary>The smallest elements along a dimension and their positions (Int64), NaN counting as the smallest; the gradient goes to the first of equal ones. Composed of ArgMin and Gather.</summary>
    public (Tensor Values, Tensor Indices) Min(int dim, bool keepDim = false) => ExtremeAlong(dim, keepDim, largest: false);

    (Tensor Values, Tensor Indices) ExtremeAlong(int dim, bool keepDim, bool largest)
    {
        dim = Shape.Dimension(dim, largest ? nameof(Max) : nameof(Min));
        Tensor positions = ReductionDispatch.ArgExtreme(WithElements(dim, largest ? nameof(Max) : nameof(Min)), dim, largest);
        if (Rank == 0) return (new Identity(this).Apply(), positions);
        Tensor kept = positions.Unsqueeze(dim);
        Tensor values = Gather(dim, kept);
        return keepDim ? (values, kept) : (values.Squeeze(dim), positions);
    }

    /// <summary>The position (Int64) of the first largest element along a dimension, or in row-major order of all; the first NaN counts as largest.</summary>
    public Tensor ArgMax(int? dim = null, bool keepDim = false) => PositionOf(dim, keepDim, largest: true);

    /// <summary>The position (Int64) of the first smallest element along a dimension, or in row-major order of all; the first NaN counts as smallest.</summary>
    public Tensor ArgMin(int? dim = null, bool keepDim = false) => PositionOf(dim, keepDim, largest: false);

    Tensor PositionOf(int? dim, bool keepDim, bool largest)
    {
        if (dim is null)
        {
            Tensor position = ReductionDispatch.ArgExtreme(View([ElementCount]), 0, largest);
            return keepDim ? position.View(Shape.Own([.. Enumerable.Repeat(1, Rank)])) : position;
        }
        int along = Shape.Dimension(dim.Value, largest ? nameof(ArgMax) : nameof(ArgMin));
        Tensor positions = ReductionDispatch.ArgExtreme(this, along, largest).SeveredFrom(this, Severed.NotDifferentiable);
        return keepDim && Rank > 0 ? positions.Unsqueeze(along) : positions;
    }

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
        Tensor indices = SortDispatch.ArgSort(this, dim, count, descending);
        return (Rank == 0 ? new Identity(this).Apply() : Gather(dim, indices), indices);
    }
}
