using MyTorch.Kernels;
using MyTorch.Operations;

namespace MyTorch;

// The arithmetic a user writes. Each method makes one operation (or says of which it is composed) and applies it.
public partial class Tensor
{
    // ---- arithmetic, with broadcasting ----

    /// <summary>a + b, element by element, with broadcasting.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => new Add(a, b).Apply();

    /// <summary>a + b for a number, at the tensor's precision.</summary>
    public static Tensor operator +(Tensor a, double b) => a + Constant(b, a);

    /// <summary>a + b for a number, at the tensor's precision.</summary>
    public static Tensor operator +(double a, Tensor b) => Constant(a, b) + b;

    /// <summary>a − b, element by element, with broadcasting.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => new Subtract(a, b).Apply();

    /// <summary>a − b for a number, at the tensor's precision.</summary>
    public static Tensor operator -(Tensor a, double b) => a - Constant(b, a);

    /// <summary>a − b for a number, at the tensor's precision.</summary>
    public static Tensor operator -(double a, Tensor b) => Constant(a, b) - b;

    /// <summary>a · b, element by element, with broadcasting. The matrix product is <see cref="MatMul"/>.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => new Multiply(a, b).Apply();

    /// <summary>a · b for a number, at the tensor's precision.</summary>
    public static Tensor operator *(Tensor a, double b) => a * Constant(b, a);

    /// <summary>a · b for a number, at the tensor's precision.</summary>
    public static Tensor operator *(double a, Tensor b) => Constant(a, b) * b;

    /// <summary>a / b, element by element, with broadcasting.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => new Divide(a, b).Apply();

    /// <summary>a / b for a number, at the tensor's precision.</summary>
    public static Tensor operator /(Tensor a, double b) => a / Constant(b, a);

    /// <summary>a / b for a number, at the tensor's precision.</summary>
    public static Tensor operator /(double a, Tensor b) => Constant(a, b) / b;

    /// <summary>−x.</summary>
    public static Tensor operator -(Tensor x) => x.Neg();

    // A number takes the type of the tensor it meets, so that 0.1 is as exact as that type allows.
    static Tensor Constant(double value, Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return From(value, other.DType.RequireFloat("Arithmetic"));
    }

    /// <summary>xᵇ, element by element, with broadcasting.</summary>
    public Tensor Pow(Tensor exponent) => new Power(this, exponent).Apply();

    /// <summary>xᵇ for a number b.</summary>
    public Tensor Pow(double exponent) => Pow(Constant(exponent, this));

    /// <summary>bˣ for a number b.</summary>
    public static Tensor Pow(double @base, Tensor exponent) => Constant(@base, exponent).Pow(exponent);

    /// <summary>The larger of two elements, with broadcasting; NaN if either is.</summary>
    public static Tensor Maximum(Tensor a, Tensor b) => new Maximum(a, b).Apply();

    /// <summary>The larger of each element and a number, at the tensor's precision; NaN where the element is.</summary>
    public static Tensor Maximum(Tensor a, double b) => Maximum(a, Constant(b, a));

    /// <summary>The larger of a number and each element, at the tensor's precision; NaN where the element is.</summary>
    public static Tensor Maximum(double a, Tensor b) => Maximum(Constant(a, b), b);

    /// <summary>The smaller of two elements, with broadcasting; NaN if either is.</summary>
    public static Tensor Minimum(Tensor a, Tensor b) => new Minimum(a, b).Apply();

    /// <summary>The smaller of each element and a number, at the tensor's precision; NaN where the element is.</summary>
    public static Tensor Minimum(Tensor a, double b) => Minimum(a, Constant(b, a));

    /// <summary>The smaller of a number and each element, at the tensor's precision; NaN where the element is.</summary>
    public static Tensor Minimum(double a, Tensor b) => Minimum(Constant(a, b), b);

    // ---- functions of one element ----

    /// <summary>−x.</summary>
    public Tensor Neg() => new Negate(this).Apply();

    /// <summary>|x|; the gradient at 0 is 0.</summary>
    public Tensor Abs() => new Abs(this).Apply();

    /// <summary>eˣ.</summary>
    public Tensor Exp() => new Exp(this).Apply();

    /// <summary>The natural logarithm: −∞ at 0, NaN below.</summary>
    public Tensor Log() => new Log(this).Apply();

    /// <summary>eˣ − 1, exact also for small x, where subtracting 1 from eˣ would leave no digits.</summary>
    public Tensor Expm1() => new Expm1(this).Apply();

    /// <summary>ln(1 + x), exact also for small x, which 1 + x would round away: −∞ at −1, NaN below.</summary>
    public Tensor Log1p() => new Log1p(this).Apply();

    /// <summary>√x: NaN below 0; the gradient at 0 is ∞.</summary>
    public Tensor Sqrt() => new Sqrt(this).Apply();

    /// <summary>1/√x: ∞ at 0, NaN below.</summary>
    public Tensor Rsqrt() => new Rsqrt(this).Apply();

    /// <summary>The largest whole numbers not above x. The gradient is 0 everywhere, as in PyTorch.</summary>
    public Tensor Floor() => new Floor(this).Apply();

    /// <summary>The smallest whole numbers not below x. The gradient is 0 everywhere, as in PyTorch.</summary>
    public Tensor Ceil() => new Ceil(this).Apply();

    /// <summary>The nearest whole numbers, the even one of two equally near: 0.5 gives 0, 1.5 gives 2. The gradient is 0 everywhere, as in PyTorch.</summary>
    public Tensor Round() => new Round(this).Apply();

    /// <summary>x².</summary>
    public Tensor Square() => new Square(this).Apply();

    /// <summary>1/x.</summary>
    public Tensor Reciprocal() => new Reciprocal(this).Apply();

    /// <summary>The sine of an angle in radians.</summary>
    public Tensor Sin() => new Sin(this).Apply();

    /// <summary>The cosine of an angle in radians.</summary>
    public Tensor Cos() => new Cos(this).Apply();

    /// <summary>The tangent of an angle in radians.</summary>
    public Tensor Tan() => new Tan(this).Apply();

    /// <summary>The angle in radians whose tangent is x, between −π/2 and π/2.</summary>
    public Tensor Atan() => new Atan(this).Apply();

    /// <summary>The error function 2/√π ∫₀ˣ e^(−t²) dt.</summary>
    public Tensor Erf() => new Erf(this).Apply();

    /// <summary>The hyperbolic sine (eˣ − e⁻ˣ)/2.</summary>
    public Tensor Sinh() => new Sinh(this).Apply();

    /// <summary>The hyperbolic cosine (eˣ + e⁻ˣ)/2, at least 1.</summary>
    public Tensor Cosh() => new Cosh(this).Apply();

    /// <summary>The hyperbolic tangent, −1 … 1.</summary>
    public Tensor Tanh() => new Tanh(this).Apply();

    /// <summary>The logistic function 1/(1 + e⁻ˣ), 0 … 1.</summary>
    public Tensor Sigmoid() => new Sigmoid(this).Apply();

    /// <summary>The logarithm of <see cref="Sigmoid"/>, also where that rounds to 0 or 1.</summary>
    public Tensor LogSigmoid() => new LogSigmoid(this).Apply();

    /// <summary>max(x, 0); the gradient at 0 is 0.</summary>
    public Tensor ReLU() => new ReLU(this).Apply();

    /// <summary>x for x &gt; 0, slope·x otherwise; the gradient at 0 is the slope.</summary>
    public Tensor LeakyReLU(double slope = 0.01) => new LeakyReLU(this, slope).Apply();

    /// <summary>x for x &gt; 0, α(eˣ − 1) otherwise; the gradient at 0 is α.</summary>
    public Tensor ELU(double alpha = 1) => new ELU(this, alpha).Apply();

    /// <summary>x·Φ(x) with the normal distribution function Φ, or its tanh approximation.</summary>
    public Tensor GELU(bool tanh = false) => tanh ? new GELUTanh(this).Apply() : new GELU(this).Apply();

    /// <summary>x·σ(x), Swish with β = 1.</summary>
    public Tensor SiLU() => Swish(1);

    /// <summary>x·σ(βx).</summary>
    public Tensor Swish(double beta) => new Swish(this, beta).Apply();

    /// <summary>log(1 + e^(βx))/β; x itself where βx exceeds the threshold.</summary>
    /// <exception cref="ArgumentOutOfRangeException">β is 0, infinite or NaN, or the threshold is NaN or −∞.</exception>
    public Tensor Softplus(double beta = 1, double threshold = 20) => new Softplus(this, beta, threshold).Apply();

    /// <summary>x limited to [min, max]; the gradient passes from bound to bound, both included.</summary>
    /// <exception cref="ArgumentException">Neither bound is given, one is NaN, or min is greater than max.</exception>
    public Tensor Clamp(double? min = null, double? max = null) => min is null && max is null
        ? throw new ArgumentException("Clamp: give min, max or both.")
        : new Clamp(this, min, max).Apply();

    /// <summary>−1, 0 or 1 by the sign of x; NaN for NaN. Constant almost everywhere, so it has no gradient and is not recorded.</summary>
    public Tensor Sign() => Elementwise.Sign(this);

    // ---- along dimensions ----

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
    /// <param name="dims">The dimensions that are folded; all by default.</param>
    /// <param name="keepDim">Whether folded dimensions stay, with size 1.</param>
    public Tensor LogSumExp(Dims dims = default, bool keepDim = false) =>
        new LogSumExp(this, Folded(dims, nameof(LogSumExp)), keepDim).Apply();

    /// <summary>The sum along dimensions. The sum of integers is Int64 and exact; that of a mask is Int64, how often it holds. Neither has a gradient.</summary>
    /// <inheritdoc cref="LogSumExp"/>
    /// <exception cref="OverflowException">A sum of integers does not fit Int64.</exception>
    public Tensor Sum(Dims dims = default, bool keepDim = false) => DType.IsFloat()
        ? new Sum(this, Folded(dims, nameof(Sum)), keepDim).Apply()
        : Counting.Sum(this, dims.Resolve(Shape, nameof(Sum)), keepDim);

    /// <summary>The arithmetic mean along dimensions; NaN of no elements.</summary>
    /// <inheritdoc cref="LogSumExp"/>
    /// <remarks>
    /// The mean of integers, and the share of a mask that holds, have the default type and no gradient: a quotient can have no other type than a
    /// floating-point one, so it is no silent conversion. (PyTorch refuses them.) For another type convert first, <c>mask.To(DType.Float64).Mean()</c>.
    /// </remarks>
    public Tensor Mean(Dims dims = default, bool keepDim = false) => DType.IsFloat()
        ? new Mean(this, Folded(dims, nameof(Mean)), keepDim).Apply()
        : Counting.Mean(this, dims.Resolve(Shape, nameof(Mean)), keepDim);

    /// <summary>The sums of the elements along a dimension up to each one, in the same shape. Those of integers and masks are Int64 and exact, without gradient.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension does not exist.</exception>
    /// <exception cref="OverflowException">A sum of integers does not fit Int64.</exception>
    public Tensor CumSum(int dim)
    {
        int along = Shape.Dimension(dim, nameof(CumSum));
        return DType.IsFloat() ? new CumSum(this, along).Apply() : Counting.CumSum(this, along);
    }

    /// <summary>The p-norm (Σ |x|ᵖ)^(1/p) along dimensions; the gradient of a norm of 0 is 0. As <c>torch.linalg.vector_norm</c>.</summary>
    /// <param name="p">
    /// 2 for the Euclidean norm, 1 for the sum of the absolute values, <see cref="double.PositiveInfinity"/> for the largest of them, whose gradient
    /// is spread evenly over equal largest ones.
    /// </param>
    /// <param name="dims">The dimensions that are folded; all by default.</param>
    /// <param name="keepDim">Whether folded dimensions stay, with size 1.</param>
    /// <exception cref="ArgumentException">p is none of the three, a dimension does not exist or is named twice.</exception>
    /// <exception cref="InvalidOperationException">The tensor is Int64 or Bool; or p is ∞ and a folded dimension is empty.</exception>
    public Tensor Norm(double p = 2, Dims dims = default, bool keepDim = false)
    {
        int[] folded = Folded(dims, nameof(Norm));
        if (p == 2) return new Norm(this, folded, keepDim).Apply();
        if (p == 1) return Abs().Sum(folded, keepDim);
        if (!double.IsPositiveInfinity(p))
            throw new ArgumentException(FormattableString.Invariant(
                $"Norm: p is {p}; use 1, 2 or double.PositiveInfinity. For another p > 0 write x.Abs().Pow(p).Sum(dims).Pow(1 / p)."), nameof(p));
        foreach (int dim in folded)
            if (Shape[dim] == 0)
                throw new InvalidOperationException(FormattableString.Invariant($"Norm: {Describe()} has no elements along dimension {dim}, so none is the largest."));
        return Abs().AMax(folded, keepDim);
    }

    /// <summary>
    /// The largest element along dimensions, NaN if one is; the gradient is spread evenly over equal largest elements, or over those that are NaN.
    /// </summary>
    /// <inheritdoc cref="LogSumExp"/>
    public Tensor AMax(Dims dims = default, bool keepDim = false) => new Extreme(this, Folded(dims, nameof(AMax)), keepDim, largest: true).Apply();

    /// <summary>
    /// The smallest element along dimensions, NaN if one is; the gradient is spread evenly over equal smallest elements, or over those that are NaN.
    /// </summary>
    /// <inheritdoc cref="LogSumExp"/>
    public Tensor AMin(Dims dims = default, bool keepDim = false) => new Extreme(this, Folded(dims, nameof(AMin)), keepDim, largest: false).Apply();

    /// <summary>The variance along dimensions: Σ(x − mean)² divided by n − 1 (unbiased) or n.</summary>
    /// <param name="dims">The dimensions that are folded; all by default.</param>
    /// <param name="unbiased">Whether to divide by n − 1.</param>
    /// <param name="keepDim">Whether folded dimensions stay, with size 1.</param>
    public Tensor Var(Dims dims = default, bool unbiased = true, bool keepDim = false) =>
        new Variance(this, Folded(dims, nameof(Var)), keepDim, unbiased).Apply();

    /// <summary>The standard deviation along dimensions, the root of <see cref="Var"/>; its gradient is 0 where it is 0.</summary>
    /// <inheritdoc cref="Var"/>
    public Tensor Std(Dims dims = default, bool unbiased = true, bool keepDim = false) =>
        new StandardDeviation(this, Folded(dims, nameof(Std)), keepDim, unbiased).Apply();

    int[] Folded(Dims dims, string operation)
    {
        DType.RequireFloat(operation);
        return dims.Resolve(Shape, operation);
    }

    Tensor Drop(int[] dims) => dims.Length == 0 ? this : Reshape(Shape.Without(dims));

    /// <summary>The product along dimensions, as a tree of products of two halves: right also where factors are 0.</summary>
    /// <inheritdoc cref="LogSumExp"/>
    public Tensor Prod(Dims dims = default, bool keepDim = false)
    {
        int[] folded = Folded(dims, nameof(Prod));
        Tensor product = this;
        foreach (int dim in folded) product = product.ProdAlong(dim);
        // One factor is its own product, but a result is always another tensor than its operand.
        if (product == this) product = folded.Length > 0 ? 1 * this : new Identity(this).Apply();
        return keepDim || folded.Length == 0 ? product : product.Reshape(Shape.Without(folded));
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
        Tensor positions = Reducing.Position(WithElements(dim, largest ? nameof(Max) : nameof(Min)), dim, largest);
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
            Tensor position = Reducing.Position(View([ElementCount]), 0, largest);
            return keepDim ? position.View(Shape.Own([.. Enumerable.Repeat(1, Rank)])) : position;
        }
        int along = Shape.Dimension(dim.Value, largest ? nameof(ArgMax) : nameof(ArgMin));
        Tensor positions = Reducing.Position(this, along, largest).SeveredFrom(this, Severed.NotDifferentiable);
        return keepDim && Rank > 0 ? positions.Unsqueeze(along) : positions;
    }

    // ---- products ----

    /// <summary>
    /// The matrix product (…, m, k)·(…, k, n) → (…, m, n); batch dimensions broadcast. A vector is a row on the left, a column on the right,
    /// and its dimension is missing in the result.
    /// </summary>
    /// <param name="other">The right operand.</param>
    /// <param name="transposeThis">Whether the last two dimensions of this operand are read swapped. Nothing is moved for it.</param>
    /// <param name="transposeOther">The same for the right operand.</param>
    /// <exception cref="ArgumentException">The inner sizes differ, an operand is a scalar, or the transpose of a vector is asked for.</exception>
    public Tensor MatMul(Tensor other, bool transposeThis = false, bool transposeOther = false)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Rank == 0 || other.Rank == 0)
            throw new ArgumentException($"MatMul: shapes {Shape} and {other.Shape}; a scalar has no rows or columns. Multiply with * instead.");
        if ((transposeThis && Rank == 1) || (transposeOther && other.Rank == 1))
            throw new ArgumentException($"MatMul: shapes {Shape} and {other.Shape}; a vector has no second dimension to be swapped with: leave out {(transposeThis && Rank == 1 ? nameof(transposeThis) : nameof(transposeOther))}.");
        Tensor left = Rank == 1 ? Unsqueeze(0) : this;
        Tensor right = other.Rank == 1 ? other.Unsqueeze(1) : other;
        Tensor product = new MatMul(left, right, transposeThis, transposeOther).Apply();
        if (other.Rank == 1) product = product.Squeeze(-1);
        if (Rank == 1) product = product.Squeeze(other.Rank == 1 ? -1 : -2);
        return product;
    }

    /// <summary>The inner product Σ aᵢbᵢ of two vectors of one length, a scalar. Composed of a product and a sum.</summary>
    /// <exception cref="ArgumentException">An operand is not a vector, or the lengths differ.</exception>
    public Tensor Dot(Tensor other)
    {
        RequireVectors(other, nameof(Dot));
        if (ElementCount != other.ElementCount)
            throw new ArgumentException($"Dot: vectors {Shape} and {other.Shape} have different lengths; both need the same.", nameof(other));
        return (this * other).Sum();
    }

    /// <summary>The outer product of two vectors, zᵢⱼ = aᵢbⱼ: (n), (m) → (n, m). Composed of a product that broadcasts.</summary>
    /// <exception cref="ArgumentException">An operand is not a vector.</exception>
    public Tensor Outer(Tensor other)
    {
        RequireVectors(other, nameof(Outer));
        return Unsqueeze(1) * other;
    }

    void RequireVectors(Tensor other, string operation)
    {
        ArgumentNullException.ThrowIfNull(other);
        Elementwise.RequireSameFloat(this, other, operation);
        if (Rank != 1 || other.Rank != 1)
            throw new ArgumentException($"{operation}: shapes {Shape} and {other.Shape}; both operands must be vectors. Flatten them, or use MatMul for matrices.", nameof(other));
    }

    /// <summary>X·Wᵀ + b, (…, in) → (…, out), for a weight W (out, in) and a bias b (out).</summary>
    public Tensor Linear(Tensor weight, Tensor? bias = null) =>
        bias is null ? new Linear(this, weight).Apply() : new Linear(this, weight, bias).Apply();

    // ---- comparisons: Bool results, without gradient ----

    /// <summary>Whether a &lt; b, element by element, with broadcasting.</summary>
    public static Tensor operator <(Tensor a, Tensor b) => Elementwise.Compare(a, b, "<", Comparison.Less);

    /// <summary>Whether a &gt; b, element by element, with broadcasting.</summary>
    public static Tensor operator >(Tensor a, Tensor b) => Elementwise.Compare(a, b, ">", Comparison.Greater);

    /// <summary>Whether a ≤ b, element by element, with broadcasting.</summary>
    public static Tensor operator <=(Tensor a, Tensor b) => Elementwise.Compare(a, b, "<=", Comparison.LessOrEqual);

    /// <summary>Whether a ≥ b, element by element, with broadcasting.</summary>
    public static Tensor operator >=(Tensor a, Tensor b) => Elementwise.Compare(a, b, ">=", Comparison.GreaterOrEqual);

    /// <summary>Whether a &lt; b for a number.</summary>
    public static Tensor operator <(Tensor a, double b) => Compare(a, b, "<", Comparison.Less);

    /// <summary>Whether a &gt; b for a number.</summary>
    public static Tensor operator >(Tensor a, double b) => Compare(a, b, ">", Comparison.Greater);

    /// <summary>Whether a ≤ b for a number.</summary>
    public static Tensor operator <=(Tensor a, double b) => Compare(a, b, "<=", Comparison.LessOrEqual);

    /// <summary>Whether a ≥ b for a number.</summary>
    public static Tensor operator >=(Tensor a, double b) => Compare(a, b, ">=", Comparison.GreaterOrEqual);

    /// <summary>Whether a &lt; b for an integer, exactly.</summary>
    public static Tensor operator <(Tensor a, long b) => Compare(a, b, "<", Comparison.Less);

    /// <summary>Whether a &gt; b for an integer, exactly.</summary>
    public static Tensor operator >(Tensor a, long b) => Compare(a, b, ">", Comparison.Greater);

    /// <summary>Whether a ≤ b for an integer, exactly.</summary>
    public static Tensor operator <=(Tensor a, long b) => Compare(a, b, "<=", Comparison.LessOrEqual);

    /// <summary>Whether a ≥ b for an integer, exactly.</summary>
    public static Tensor operator >=(Tensor a, long b) => Compare(a, b, ">=", Comparison.GreaterOrEqual);

    /// <summary>Whether elements are equal, with broadcasting. (<c>==</c> asks whether two variables hold the same tensor.)</summary>
    public Tensor EqualTo(Tensor other) => Elementwise.Compare(this, other, nameof(EqualTo), Comparison.Equal);

    /// <summary>Whether elements equal a number.</summary>
    public Tensor EqualTo(double value) => Compare(this, value, nameof(EqualTo), Comparison.Equal);

    /// <summary>Whether elements equal an integer, exactly.</summary>
    /// <exception cref="ArgumentException">The elements are floating point, and the integer is not exactly a Float64 number.</exception>
    public Tensor EqualTo(long value) => Compare(this, value, nameof(EqualTo), Comparison.Equal);

    /// <summary>Whether elements differ, with broadcasting.</summary>
    public Tensor NotEqualTo(Tensor other) => Elementwise.Compare(this, other, nameof(NotEqualTo), Comparison.NotEqual);

    /// <summary>Whether elements differ from a number.</summary>
    public Tensor NotEqualTo(double value) => Compare(this, value, nameof(NotEqualTo), Comparison.NotEqual);

    /// <summary>Whether elements differ from an integer, exactly.</summary>
    /// <exception cref="ArgumentException">The elements are floating point, and the integer is not exactly a Float64 number.</exception>
    public Tensor NotEqualTo(long value) => Compare(this, value, nameof(NotEqualTo), Comparison.NotEqual);

    static Tensor Compare(Tensor a, double b, string operation, Comparison comparison)
    {
        ArgumentNullException.ThrowIfNull(a);
        if (!a.DType.IsFloat())
        {
            if (Math.Truncate(b) == b && FitsInt64(b)) return Compare(a, (long)b, operation, comparison);
            // A fraction is smaller than 2^53 and lies between the same integers after rounding. What is beyond Int64, or NaN, is to all integers as to 0.
            a = FitsInt64(b) ? a.To(DType.Float64) : ZerosLike(a).To(DType.Float64);
        }
        return Elementwise.Compare(a, Full(Shape.Create([]), b, a.DType), operation, comparison);
    }

    static Tensor Compare(Tensor a, long b, string operation, Comparison comparison)
    {
        ArgumentNullException.ThrowIfNull(a);
        if (!a.DType.IsFloat()) return Elementwise.Compare(a.To(DType.Int64), Full(Shape.Create([]), b, DType.Int64), operation, comparison);
        if (!IsExactDouble(b))
            throw new ArgumentException(FormattableString.Invariant($"{operation}: {b} is not exactly a {a.DType} number; compare with a double, or compare Int64 elements."), nameof(b));
        return Compare(a, (double)b, operation, comparison);
    }

    const double TwoTo63 = 9223372036854775808;

    static bool FitsInt64(double value) => value is >= -TwoTo63 and < TwoTo63;

    static bool IsExactDouble(long value) => FitsInt64(value) && (long)(double)value == value;

    /// <summary>Whether elements are NaN; never for integers and truth values.</summary>
    public Tensor IsNaN() => NotEqualTo(this);

    /// <summary>Whether elements are ∞ or −∞.</summary>
    public Tensor IsInfinity() => EqualTo(double.PositiveInfinity).Or(EqualTo(double.NegativeInfinity));

    /// <summary>Whether elements are numbers: neither infinite nor NaN.</summary>
    public Tensor IsFinite() => IsNaN().Or(IsInfinity()).Not();

    /// <summary>Whether both masks hold, with broadcasting.</summary>
    public Tensor And(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Where(this, other, Full(other.Shape, 0, DType.Bool));
    }

    /// <summary>Whether one mask or the other holds, with broadcasting.</summary>
    public Tensor Or(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Where(this, Full(other.Shape, 1, DType.Bool), other);
    }

    /// <summary>Whether a mask does not hold.</summary>
    public Tensor Not() => DType == DType.Bool
        ? EqualTo(0)
        : throw new InvalidOperationException($"Not: {Describe()} is not a mask; compare it first.");

    /// <summary>Whether every |a − b| ≤ absolute + relative·|b|; NaN is close to NaN, infinities to themselves.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public bool AllClose(Tensor other, double relative = 1e-5, double absolute = 1e-8)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Shape != Shape)
            throw new ArgumentException($"AllClose: shapes {Shape} and {other.Shape} differ.", nameof(other));
        for (int i = 0; i < ElementCount; i++)
        {
            double a = ValueAt(i), b = other.ValueAt(i);
            double distance = DType == DType.Int64 || other.DType == DType.Int64 ? ExactDistance(this, other, i) : Math.Abs(a - b);
            bool close = double.IsFinite(a) && double.IsFinite(b) ? distance <= absolute + relative * Math.Abs(b) : a.Equals(b);
            if (!close) return false;
        }
        return true;
    }

    // Beyond 2^53 different integers are one double. What is no integer there is no larger than that.
    static double ExactDistance(Tensor a, Tensor b, int i)
    {
        return Whole(a) is { } x && Whole(b) is { } y ? (double)Int128.Abs(x - y) : Math.Abs(a.ValueAt(i) - b.ValueAt(i));

        Int128? Whole(Tensor t) => t.DType == DType.Int64 ? t.Read<long>()[i] : t.ValueAt(i) is var value && FitsInt64(value) && Math.Truncate(value) == value ? (Int128)value : null;
    }

    /// <summary>The values in another type. Between floating-point types it is recorded; to Int64 it truncates, to Bool everything but 0 is true. Integers beyond 2^24 (Float32) or 2^53 (Float64) are rounded.</summary>
    public Tensor To(DType dtype)
    {
        if (dtype == DType) return new Identity(this).Apply();
        return DType.IsFloat() && dtype.IsFloat() ? new Cast(this, dtype).Apply() : Moving.Convert(this, dtype).SeveredFrom(this, Severed.NotDifferentiable);
    }

    /// <summary>Int64 classes (…) as rows with a 1 at the class: (…, classes).</summary>
    /// <exception cref="InvalidOperationException">The tensor is not Int64.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A class is not in 0 … classes − 1.</exception>
    public Tensor OneHot(int classes, DType? dtype = null)
    {
        RequireIndices(this, classes, nameof(OneHot), "class", "classes");
        Tensor rows = Zeros(Shape.Insert(Rank, classes), (dtype ?? DefaultDType).RequireFloat(nameof(OneHot)));
        if (rows.DType == DType.Float32) IndexKernels.MarkClasses(Read<long>(), rows.Write<float>(), classes);
        else IndexKernels.MarkClasses(Read<long>(), rows.Write<double>(), classes);
        return rows;
    }
}
