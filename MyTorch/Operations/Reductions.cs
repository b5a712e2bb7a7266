namespace MyTorch.Operations;

/// <summary>Folds dimensions of the input away.</summary>
/// <param name="x">The operand.</param>
/// <param name="dims">The folded dimensions as 0 … rank−1, ascending.</param>
/// <param name="keepDim">Whether folded dimensions stay, with size 1.</param>
public abstract partial class Reduction(Tensor x, int[] dims, bool keepDim) : Operation(x)
{
    readonly int[] _dims = Copy(dims);

    /// <summary>The folded dimensions, ascending.</summary>
    protected int[] Dims => _dims;

    /// <summary>Whether folded dimensions stay, with size 1.</summary>
    protected bool KeepDim => keepDim;

    /// <summary>The number of elements that are folded into one.</summary>
    protected int Folded
    {
        get
        {
            int count = 1;
            foreach (int dim in _dims) count *= X.Shape[dim];
            return count;
        }
    }

    /// <summary>The shape with every folded dimension of size 1, which broadcasts against the input.</summary>
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
        Tensor y = Fold();
        return keepDim || _dims.Length == 0 ? y : y.View(X.Shape.Without(_dims));
    }

    /// <summary>The result, with folded dimensions of size 1.</summary>
    protected abstract Tensor Fold();

    /// <summary>The output, or a gradient of its shape, with folded dimensions of size 1.</summary>
    protected Tensor Kept(Tensor t) => t.Rank == X.Rank ? t : t.Reshape(KeptShape);

    /// <summary>xᵢ − x̄.</summary>
    protected Tensor Deviation() => new Center(X, _dims).Apply();

    /// <summary>What is folded and, unless it is everything, over which dimensions: <c>Σ v1 over [0]</c>.</summary>
    /// <param name="symbol">The name of the fold.</param>
    /// <param name="x">How the input is written.</param>
    protected string FoldText(string symbol, string x) => _dims.Length == X.Rank ? $"{symbol} {x}" : $"{symbol} {x} over [{Notation.List(_dims)}]";
}

/// <summary>y = Σ xᵢ;  ∂y/∂xᵢ = 1</summary>
/// <inheritdoc/>
public sealed partial class Sum(Tensor x, int[] dims, bool keepDim) : Reduction(x, dims, keepDim)
{
    /// <inheritdoc/>
    protected override Tensor Fold() => ReductionDispatch.Sum(X, KeptShape);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [Kept(gradient).Expand(X.Shape)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!.Sum(Dims, KeepDim);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => FoldText("Σ", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => upstream;
}

/// <summary>y = Σ xᵢ / n;  ∂y/∂xᵢ = 1/n</summary>
/// <inheritdoc/>
public sealed partial class Mean(Tensor x, int[] dims, bool keepDim) : Reduction(x, dims, keepDim)
{
    /// <inheritdoc/>
    protected override Tensor Fold() => ReductionDispatch.Mean(X, KeptShape);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [(Kept(gradient) / Folded).Expand(X.Shape)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!.Mean(Dims, KeepDim);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => FoldText("mean", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream}/{Notation.Number(Folded)}";
}

/// <summary>y = max xᵢ (or min);  the gradient is spread evenly over all elements equal to y; where y is NaN, over the elements that are NaN</summary>
/// <param name="x">The operand.</param>
/// <param name="dims">The folded dimensions, ascending.</param>
/// <param name="keepDim">Whether folded dimensions stay, with size 1.</param>
/// <param name="largest">Whether the largest or the smallest element is taken.</param>
public sealed class Extreme(Tensor x, int[] dims, bool keepDim, bool largest) : Reduction(x, dims, keepDim)
{
    /// <inheritdoc/>
    public override string Name => largest ? "AMax" : "AMin";

    /// <inheritdoc/>
    protected override Tensor Fold() => Folded > 0
        ? ReductionDispatch.Extreme(X, KeptShape, largest)
        : throw new InvalidOperationException($"{Name}: {X.Describe()} has no elements along the folded dimensions, so there is no extreme.");

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [Share(Kept(gradient))];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Share(tangents[0]!).Sum(Dims, KeepDim);

    // Exactly 0 for the elements not taken, even where the gradient is infinite: 0·∞ would be NaN.
    Tensor Share(Tensor flow)
    {
        Tensor taken = Taken();
        return Tensor.Where(taken, flow / taken.To(X.DType).Sum(Dims, keepDim: true), Tensor.From(0, flow.DType));
    }

    Tensor Taken()
    {
        Tensor y = Kept(Output), equal = X.EqualTo(y), undefined = y.NotEqualTo(y);
        return undefined.Read<bool>().Contains(true) ? equal.Or(X.NotEqualTo(X).And(undefined)) : equal;
    }

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => FoldText(largest ? "max" : "min", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream} where {x[0]} = {y}, shared by ties";
}

/// <summary>yᵢ = xᵢ − x̄, the distances from the mean over some dimensions;  the gradient is centred in the same way: ȳᵢ − mean ȳ</summary>
/// <param name="x">The operand.</param>
/// <param name="dims">The dimensions over which the mean is taken, as 0 … rank−1, ascending.</param>
/// <remarks>The mean is not rounded to x's type before it is subtracted: what is left keeps its digits where x is far from 0.</remarks>
public sealed class Center(Tensor x, int[] dims) : Operation(x)
{
    readonly int[] _dims = Copy(dims);

    /// <inheritdoc/>
    protected override Tensor Forward() => ReductionDispatch.Center(X, Means());

    Shape Means()
    {
        int[] sizes = X.Shape.ToArray();
        foreach (int dim in _dims)
        {
            X.Shape.RequireDimension(dim, Name);
            // A scalar has a dimension 0 too.
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
/// <param name="x">The operand.</param>
/// <param name="dims">The folded dimensions, ascending.</param>
/// <param name="keepDim">Whether folded dimensions stay, with size 1.</param>
/// <param name="unbiased">Whether to divide by n − 1 instead of n.</param>
public sealed class Variance(Tensor x, int[] dims, bool keepDim, bool unbiased) : Reduction(x, dims, keepDim)
{
    double Divisor => unbiased ? Math.Max(Folded - 1, 0) : Folded;

    /// <inheritdoc/>
    protected override Tensor Fold() => ReductionDispatch.Variance(X, KeptShape, Divisor);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [Kept(gradient) * 2 / Divisor * Deviation()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => (tangents[0]! * 2 / Divisor * Deviation()).Sum(Dims, KeepDim);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => FoldText("var", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream}·2/{Notation.Number(Divisor)}·({x[0]} - mean {x[0]})";
}

/// <summary>y = √variance;  ∂y/∂xᵢ = (xᵢ − x̄)/(d·y), 0 where y = 0</summary>
/// <inheritdoc cref="Variance"/>
public sealed class StandardDeviation(Tensor x, int[] dims, bool keepDim, bool unbiased) : Reduction(x, dims, keepDim)
{
    double Divisor => unbiased ? Math.Max(Folded - 1, 0) : Folded;

    /// <inheritdoc/>
    protected override Tensor Fold() => ReductionDispatch.StandardDeviation(X, KeptShape, Divisor);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [TimesSlope(Kept(gradient))];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => TimesSlope(tangents[0]!).Sum(Dims, KeepDim);

    // Exactly 0 where y = 0, even where the gradient is infinite: 0·∞ would be NaN.
    Tensor TimesSlope(Tensor flow)
    {
        Tensor y = Kept(Output), constant = y.EqualTo(0);
        Tensor spread = Tensor.Where(constant, Tensor.OnesLike(y), y);
        return Tensor.Where(constant, Tensor.From(0, flow.DType), flow / (Divisor * spread)) * Deviation();
    }

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => FoldText("std", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream}·({x[0]} - mean {x[0]})/({Notation.Number(Divisor)}·{y})";
}

/// <summary>y = log Σ e^xᵢ, stable for large x;  ∂y/∂xᵢ = e^(xᵢ − y), the softmax</summary>
/// <inheritdoc/>
public sealed class LogSumExp(Tensor x, int[] dims, bool keepDim) : Reduction(x, dims, keepDim)
{
    /// <inheritdoc/>
    protected override Tensor Fold()
    {
        // The logarithm of an empty sum.
        if (X.ElementCount == 0) return Tensor.Full(KeptShape, double.NegativeInfinity, X.DType);
        // The kernel folds rows: what is folded goes last, in a copy where it is not there.
        int kept = X.Rank - Dims.Length;
        bool last = Dims.Length == 0 || Dims[0] == kept;
        Tensor rows = last ? X : X.Permute([.. Enumerable.Range(0, X.Rank).Except(Dims), .. Dims]);
        return SoftmaxDispatch.LogSumExp(rows.View([X.ElementCount / Folded, Folded])).View(KeptShape);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [Kept(gradient) * (X - Kept(Output)).Exp()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => (tangents[0]! * (X - Kept(Output)).Exp()).Sum(Dims, KeepDim);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => FoldText("ln Σ exp", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream}·exp({x[0]} - {y})";
}

/// <summary>y = √Σ xᵢ², the Euclidean norm;  ∂y/∂xᵢ = xᵢ/y, 0 where y = 0</summary>
/// <inheritdoc/>
/// <remarks>Neither huge nor tiny elements overflow or vanish when they are squared.</remarks>
public sealed class Norm(Tensor x, int[] dims, bool keepDim) : Reduction(x, dims, keepDim)
{
    /// <inheritdoc/>
    protected override Tensor Fold()
    {
        // Float64 holds the square of every Float32 number, with all of its digits.
        if (X.DType == DType.Float32) return ReductionDispatch.Sum(X.To(DType.Float64).Square(), KeptShape).Sqrt().To(DType.Float32);
        // Scaling by a power of two near the largest element is exact; what vanishes beside it would not have changed the sum.
        Tensor scale = ElementwiseDispatch.Each(ReductionDispatch.Extreme(X.Abs(), KeptShape, largest: true), Name, Scale);
        return ReductionDispatch.Sum((X * scale).Square(), KeptShape).Sqrt() / scale;
    }

    // Of 0, NaN and ∞ the sum of squares is right as it is. Beyond ±1000 the power itself, or its product with the smallest number, could leave the range.
    static double Scale(double largest) => largest > 0 && double.IsFinite(largest) ? Math.ScaleB(1, Math.Clamp(-Math.ILogB(largest), -1000, 1000)) : 1;

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
    public override string ValueText(params ReadOnlySpan<string> x) => FoldText("norm", x[0]);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream}·{x[0]}/{y}";
}
