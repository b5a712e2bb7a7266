namespace MyTorch.Operations;

/// <summary>A reduction over dimensions of the input, such as a sum.</summary>
/// <param name="x">The input.</param>
/// <param name="dims">The reduced dimensions as 0 … rank−1, ascending.</param>
/// <param name="keepDim">Whether reduced dimensions stay, with size 1.</param>
public abstract partial class DimensionReduction(Tensor x, int[] dims, bool keepDim) : Operation(x)
{
    readonly int[] _dims = Copy(dims);

    /// <summary>The reduced dimensions, ascending.</summary>
    protected int[] Dims => _dims;

    /// <summary>Whether reduced dimensions stay, with size 1.</summary>
    protected bool KeepDim => keepDim;

    /// <summary>The number of elements that are reduced to one.</summary>
    protected int ReducedCount
    {
        get
        {
            int count = 1;
            foreach (int dim in _dims) count *= X.Shape[dim];
            return count;
        }
    }

    /// <summary>The input's shape with size 1 in every reduced dimension; it broadcasts against the input.</summary>
    protected Shape KeptShape
    {
        get
        {
            int[] sizes = X.Shape.ToArray();
            foreach (int dim in _dims) sizes[dim] = 1;
            return Shape.Own(sizes);
        }
    }

    /// <inheritdoc/>
    protected sealed override Tensor Forward()
    {
        Tensor y = Reduce();
        return keepDim || _dims.Length == 0 ? y : y.View(X.Shape.Without(_dims));
    }

    /// <summary>The result, of shape <see cref="KeptShape"/>.</summary>
    protected abstract Tensor Reduce();

    /// <summary>The output, or a gradient of its shape, reshaped to <see cref="KeptShape"/>.</summary>
    protected Tensor Kept(Tensor t) => t.Rank == X.Rank ? t : t.Reshape(KeptShape);

    /// <summary>xᵢ − x̄.</summary>
    protected Tensor Deviation() => new Center(X, _dims).Apply();

    /// <summary>The reduction as text, with its dimensions unless it reduces all: <c>Σ v1 over [0]</c>.</summary>
    /// <param name="symbol">The symbol of the reduction.</param>
    /// <param name="x">The input as text.</param>
    protected string ReductionText(string symbol, string x) =>
        _dims.Length == X.Rank ? $"{symbol} {x}" : $"{symbol} {x} over [{Notation.List(_dims)}]";
}

/// <summary>y = Σ xᵢ;  ∂y/∂xᵢ = 1</summary>
/// <inheritdoc/>
public sealed partial class Sum(Tensor x, int[] dims, bool keepDim) : DimensionReduction(x, dims, keepDim)
{
    /// <inheritdoc/>
    protected override Tensor Reduce() => ReductionDispatch.Sum(X, KeptShape);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [Kept(gradient).Expand(X.Shape)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!.Sum(Dims, KeepDim);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => ReductionText("Σ", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => upstream;
}

/// <summary>y = Σ xᵢ / n;  ∂y/∂xᵢ = 1/n</summary>
/// <inheritdoc/>
public sealed partial class Mean(Tensor x, int[] dims, bool keepDim) : DimensionReduction(x, dims, keepDim)
{
    /// <inheritdoc/>
    protected override Tensor Reduce() => ReductionDispatch.Mean(X, KeptShape);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [(Kept(gradient) / ReducedCount).Expand(X.Shape)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!.Mean(Dims, KeepDim);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => ReductionText("mean", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"{upstream}/{Notation.Number(ReducedCount)}";
}

/// <summary>
/// y = max xᵢ (or min);  the gradient is divided evenly among all elements equal to y, or among the NaN elements where y is NaN
/// </summary>
/// <param name="x">The input.</param>
/// <param name="dims">The reduced dimensions, ascending.</param>
/// <param name="keepDim">Whether reduced dimensions stay, with size 1.</param>
/// <param name="largest">True for the largest element, false for the smallest.</param>
public sealed class Extreme(Tensor x, int[] dims, bool keepDim, bool largest) : DimensionReduction(x, dims, keepDim)
{
    /// <inheritdoc/>
    public override string Name => largest ? "AMax" : "AMin";

    /// <inheritdoc/>
    protected override Tensor Reduce() => ReducedCount > 0
        ? ReductionDispatch.Extreme(X, KeptShape, largest)
        : throw new InvalidOperationException(
            $"{Name}: {X.Describe()} has no elements along the reduced dimensions; it needs at least one.");

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [Share(Kept(gradient))];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Share(tangents[0]!).Sum(Dims, KeepDim);

    // Elements that are not the extreme get exactly 0, even where the gradient is infinite: a product would give 0·∞ = NaN.
    Tensor Share(Tensor flow)
    {
        Tensor extreme = IsExtreme();
        return Tensor.Where(extreme, flow / extreme.To(X.DType).Sum(Dims, keepDim: true), Tensor.From(0, flow.DType));
    }

    Tensor IsExtreme()
    {
        Tensor y = Kept(Output), equal = X.EqualTo(y), isNaN = y.NotEqualTo(y);
        return isNaN.Read<bool>().Contains(true) ? equal.Or(X.NotEqualTo(X).And(isNaN)) : equal;
    }

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => ReductionText(largest ? "max" : "min", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"{upstream} where {x[0]} = {y}, shared by ties";
}

/// <summary>yᵢ = xᵢ − x̄, with x̄ the mean over some dimensions;  the backward rule subtracts the gradient's mean: ȳᵢ − mean ȳ</summary>
/// <param name="x">The input.</param>
/// <param name="dims">The dimensions over which the mean is computed, as 0 … rank−1, ascending.</param>
/// <remarks>The mean is not rounded to x's type before it is subtracted, so the result is accurate where |x̄| is large.</remarks>
public sealed class Center(Tensor x, int[] dims) : Operation(x)
{
    readonly int[] _dims = Copy(dims);

    /// <inheritdoc/>
    protected override Tensor Forward() => ReductionDispatch.Center(X, MeanShape());

    Shape MeanShape()
    {
        int[] sizes = X.Shape.ToArray();
        foreach (int dim in _dims)
        {
            X.Shape.RequireDimension(dim, Name);
            // A scalar accepts dimension 0.
            if (X.Rank > 0) sizes[dim] = 1;
        }
        return Shape.Own(sizes);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [new Center(gradient, _dims).Apply()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => new Center(tangents[0]!, _dims).Apply();

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"{x[0]} - mean {x[0]}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream} - mean {upstream}";
}

/// <summary>y = Σ(xᵢ − x̄)² / d;  ∂y/∂xᵢ = 2(xᵢ − x̄)/d, with d = n − 1 (unbiased) or n (population)</summary>
/// <param name="x">The input.</param>
/// <param name="dims">The reduced dimensions, ascending.</param>
/// <param name="keepDim">Whether reduced dimensions stay, with size 1.</param>
/// <param name="unbiased">Whether to divide by n − 1 instead of n.</param>
public sealed class Variance(Tensor x, int[] dims, bool keepDim, bool unbiased) : DimensionReduction(x, dims, keepDim)
{
    double Divisor => unbiased ? Math.Max(ReducedCount - 1, 0) : ReducedCount;

    /// <inheritdoc/>
    protected override Tensor Reduce() => ReductionDispatch.Variance(X, KeptShape, Divisor);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [Kept(gradient) * 2 / Divisor * Deviation()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => (tangents[0]! * 2 / Divisor * Deviation()).Sum(Dims, KeepDim);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => ReductionText("var", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"{upstream}·2/{Notation.Number(Divisor)}·({x[0]} - mean {x[0]})";
}

/// <summary>y = √variance;  ∂y/∂xᵢ = (xᵢ − x̄)/(d·y), 0 where y = 0</summary>
/// <inheritdoc cref="Variance"/>
public sealed class StandardDeviation(Tensor x, int[] dims, bool keepDim, bool unbiased) : DimensionReduction(x, dims, keepDim)
{
    double Divisor => unbiased ? Math.Max(ReducedCount - 1, 0) : ReducedCount;

    /// <inheritdoc/>
    protected override Tensor Reduce() => ReductionDispatch.StandardDeviation(X, KeptShape, Divisor);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [TimesSlope(Kept(gradient))];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => TimesSlope(tangents[0]!).Sum(Dims, KeepDim);

    // Exactly 0 where y = 0, even where the gradient is infinite: a product would give 0·∞ = NaN.
    Tensor TimesSlope(Tensor flow)
    {
        Tensor y = Kept(Output), constant = y.EqualTo(0);
        Tensor spread = Tensor.Where(constant, Tensor.OnesLike(y), y);
        // The quotient is at most √d in size, where its parts may be too large or too small to multiply.
        return Tensor.Where(constant, Tensor.From(0, flow.DType), flow / Divisor) * (Deviation() / spread);
    }

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => ReductionText("std", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"{upstream}·({x[0]} - mean {x[0]})/({Notation.Number(Divisor)}·{y})";
}

/// <summary>y = log Σ e^xᵢ, computed without overflow;  ∂y/∂xᵢ = e^(xᵢ − y), the softmax</summary>
/// <inheritdoc/>
public sealed class LogSumExp(Tensor x, int[] dims, bool keepDim) : DimensionReduction(x, dims, keepDim)
{
    /// <inheritdoc/>
    protected override Tensor Reduce()
    {
        // log 0, the logarithm of an empty sum.
        if (X.ElementCount == 0) return Tensor.Full(KeptShape, double.NegativeInfinity, X.DType);
        // The kernel reduces rows of a matrix, so reduced dimensions must be last: they are permuted there if needed.
        int kept = X.Rank - Dims.Length;
        bool last = Dims.Length == 0 || Dims[0] == kept;
        Tensor rows = last ? X : X.Permute([.. Enumerable.Range(0, X.Rank).Except(Dims), .. Dims]);
        return SoftmaxDispatch.LogSumExp(rows.View([X.ElementCount / ReducedCount, ReducedCount])).View(KeptShape);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [Kept(gradient) * (X - Kept(Output)).Exp()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => (tangents[0]! * (X - Kept(Output)).Exp()).Sum(Dims, KeepDim);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => ReductionText("ln Σ exp", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream}·exp({x[0]} - {y})";
}

/// <summary>y = √Σ xᵢ², the Euclidean norm;  ∂y/∂xᵢ = xᵢ/y, 0 where y = 0</summary>
/// <inheritdoc/>
/// <remarks>The squares are scaled, so they neither overflow nor underflow.</remarks>
public sealed class Norm(Tensor x, int[] dims, bool keepDim) : DimensionReduction(x, dims, keepDim)
{
    /// <inheritdoc/>
    protected override Tensor Reduce()
    {
        // Float64 holds the square of every Float32 number exactly.
        if (X.DType == DType.Float32) return ReductionDispatch.Sum(X.To(DType.Float64).Square(), KeptShape).Sqrt().To(DType.Float32);
        // Scaling by a power of two near 1/max|x| is exact. Squares that underflow after it are too small to change the sum.
        Tensor scale = ElementwiseDispatch.Each(ReductionDispatch.Extreme(X.Abs(), KeptShape, largest: true), Name, Scale);
        return ReductionDispatch.Sum((X * scale).Square(), KeptShape).Sqrt() / scale;
    }

    // 0, NaN and ∞ need no scale. The exponent is limited to ±1000, so that neither the power nor its product with the smallest number
    // overflows.
    static double Scale(double largest) =>
        largest > 0 && double.IsFinite(largest) ? Math.ScaleB(1, Math.Clamp(-Math.ILogB(largest), -1000, 1000)) : 1;

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [Share(Kept(gradient))];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Share(tangents[0]!).Sum(Dims, KeepDim);

    Tensor Share(Tensor flow)
    {
        Tensor y = Kept(Output), zero = y.EqualTo(0);
        return Tensor.Where(zero, 0, flow * (X / Tensor.Where(zero, 1, y)));
    }

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => ReductionText("norm", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream}·{x[0]}/{y}";
}
