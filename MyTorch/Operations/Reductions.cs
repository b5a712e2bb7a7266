using MyTorch.Kernels;

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
    protected override Tensor Fold() => Reducing.Sum(X, KeptShape);

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
    protected override Tensor Fold() => Reducing.Mean(X, KeptShape);

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
        ? Reducing.Extreme(X, KeptShape, largest)
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
    protected override Tensor Forward() => Reducing.Center(X, Means());

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
    protected override Tensor Fold() => Reducing.Variance(X, KeptShape, Divisor);

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
    protected override Tensor Fold() => Reducing.Deviation(X, KeptShape, Divisor);

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
        return Rowwise.LogSumExp(rows.View([X.ElementCount / Folded, Folded])).View(KeptShape);
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
        if (X.DType == DType.Float32) return Reducing.Sum(X.To(DType.Float64).Square(), KeptShape).Sqrt().To(DType.Float32);
        // Scaling by a power of two near the largest element is exact; what vanishes beside it would not have changed the sum.
        Tensor scale = Elementwise.Each(Reducing.Extreme(X.Abs(), KeptShape, largest: true), Name, Scale);
        return Reducing.Sum((X * scale).Square(), KeptShape).Sqrt() / scale;
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

/// <summary>The one seam between reductions and the kernels.</summary>
static class Reducing
{
    /// <summary>Sums x to a shape that broadcasts to x's.</summary>
    internal static Tensor Sum(Tensor x, Shape shape) => Into(Tensor.Empty(shape, x.DType.RequireFloat(nameof(Sum))), x, shape, Moment.Sum);

    /// <summary>The means over what the shape has 1 for; the sums are rounded after the division only.</summary>
    internal static Tensor Mean(Tensor x, Shape shape) => Into(Tensor.Empty(shape, x.DType.RequireFloat(nameof(Mean))), x, shape, Moment.Mean);

    /// <summary>Σ(xᵢ − x̄)² / divisor, with means that are not rounded.</summary>
    internal static Tensor Variance(Tensor x, Shape shape, double divisor) =>
        Into(Tensor.Empty(shape, x.DType.RequireFloat(nameof(Variance))), x, shape, Moment.Variance, divisor);

    /// <summary>The root of the variance.</summary>
    internal static Tensor Deviation(Tensor x, Shape shape, double divisor) =>
        Into(Tensor.Empty(shape, x.DType.RequireFloat(nameof(StandardDeviation))), x, shape, Moment.Deviation, divisor);

    /// <summary>xᵢ − x̄, with means of the given shape that are not rounded.</summary>
    internal static Tensor Center(Tensor x, Shape shape) => Into(Tensor.Empty(x.Shape, x.DType.RequireFloat(nameof(Center))), x, shape, Moment.Centered);

    /// <summary>The same into a given result.</summary>
    internal static Tensor Into(Tensor y, Tensor x, Shape shape, Moment moment, double divisor = 1)
    {
        int[] strides = shape.StridesFor(x.Shape);
        if (x.DType == DType.Float32) Summation.Moments(x.Read<float>(), x.Shape, y.Write<float>(), strides, moment, divisor);
        else Summation.Moments(x.Read<double>(), x.Shape, y.Write<double>(), strides, moment, divisor);
        return y;
    }

    internal static Tensor Extreme(Tensor x, Shape shape, bool largest)
    {
        Tensor y = Tensor.Empty(shape, x.DType.RequireFloat(largest ? "AMax" : "AMin"));
        int[] strides = shape.StridesFor(x.Shape);
        if (x.DType == DType.Float32) ReductionKernels.ExtremeInto(x.Read<float>(), x.Shape, y.Write<float>(), strides, largest);
        else ReductionKernels.ExtremeInto(x.Read<double>(), x.Shape, y.Write<double>(), strides, largest);
        return y;
    }

    /// <summary>Positions (Int64) of the first extreme along a dimension, which the result drops.</summary>
    internal static Tensor Position(Tensor x, int dim, bool largest)
    {
        string operation = largest ? "ArgMax" : "ArgMin";
        if (x.Rank == 0) return Tensor.Own(new long[1], x.Shape, DType.Int64);
        int size = x.Shape[dim];
        if (size == 0)
            throw new InvalidOperationException($"{operation}: {x.Describe()} has no elements along dimension {dim}.");
        int inner = 1;
        foreach (int s in x.Shape.AsSpan()[(dim + 1)..]) inner *= s;
        Tensor y = Tensor.Empty(x.Shape.Without(dim), DType.Int64);
        switch (x.DType)
        {
            case DType.Float32: ReductionKernels.PositionOfExtreme(x.Read<float>(), size, inner, y.Write<long>(), largest); break;
            case DType.Float64: ReductionKernels.PositionOfExtreme(x.Read<double>(), size, inner, y.Write<long>(), largest); break;
            case DType.Int64: ReductionKernels.PositionOfExtreme(x.Read<long>(), size, inner, y.Write<long>(), largest); break;
            default: throw new InvalidOperationException($"{operation}: Bool values have no order; convert first with .To(DType.Int64).");
        }
        return y;
    }
}
