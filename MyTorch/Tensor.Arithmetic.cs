using MyTorch.Operations;

namespace MyTorch;

// Arithmetic, element-wise functions and products. Each method applies one operation, or says of which operations it is composed.
public partial class Tensor
{
    /// <summary>a + b, element by element, with broadcasting.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => new Add(a, b).Apply();

    /// <summary>a + b for a number, which takes the tensor's type.</summary>
    public static Tensor operator +(Tensor a, double b) => a + Constant(b, a);

    /// <summary>a + b for a number, which takes the tensor's type.</summary>
    public static Tensor operator +(double a, Tensor b) => Constant(a, b) + b;

    /// <summary>a − b, element by element, with broadcasting.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => new Subtract(a, b).Apply();

    /// <summary>a − b for a number, which takes the tensor's type.</summary>
    public static Tensor operator -(Tensor a, double b) => a - Constant(b, a);

    /// <summary>a − b for a number, which takes the tensor's type.</summary>
    public static Tensor operator -(double a, Tensor b) => Constant(a, b) - b;

    /// <summary>a · b, element by element, with broadcasting. The matrix product is <see cref="MatMul"/>.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => new Multiply(a, b).Apply();

    /// <summary>a · b for a number, which takes the tensor's type.</summary>
    public static Tensor operator *(Tensor a, double b) => a * Constant(b, a);

    /// <summary>a · b for a number, which takes the tensor's type.</summary>
    public static Tensor operator *(double a, Tensor b) => Constant(a, b) * b;

    /// <summary>a / b, element by element, with broadcasting.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => new Divide(a, b).Apply();

    /// <summary>a / b for a number, which takes the tensor's type.</summary>
    public static Tensor operator /(Tensor a, double b) => a / Constant(b, a);

    /// <summary>a / b for a number, which takes the tensor's type.</summary>
    public static Tensor operator /(double a, Tensor b) => Constant(a, b) / b;

    /// <summary>−x.</summary>
    public static Tensor operator -(Tensor x) => x.Neg();

    // A C# number takes the type of the tensor operand.
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

    /// <summary>The element-wise maximum, with broadcasting; NaN where either element is NaN.</summary>
    public static Tensor Maximum(Tensor a, Tensor b) => new Maximum(a, b).Apply();

    /// <summary>The larger of each element and a number; NaN where the element is NaN.</summary>
    public static Tensor Maximum(Tensor a, double b) => Maximum(a, Constant(b, a));

    /// <summary>The larger of a number and each element; NaN where the element is NaN.</summary>
    public static Tensor Maximum(double a, Tensor b) => Maximum(Constant(a, b), b);

    /// <summary>The element-wise minimum, with broadcasting; NaN where either element is NaN.</summary>
    public static Tensor Minimum(Tensor a, Tensor b) => new Minimum(a, b).Apply();

    /// <summary>The smaller of each element and a number; NaN where the element is NaN.</summary>
    public static Tensor Minimum(Tensor a, double b) => Minimum(a, Constant(b, a));

    /// <summary>The smaller of a number and each element; NaN where the element is NaN.</summary>
    public static Tensor Minimum(double a, Tensor b) => Minimum(Constant(a, b), b);

    /// <summary>−x.</summary>
    public Tensor Neg() => new Negate(this).Apply();

    /// <summary>|x|; the gradient at 0 is 0.</summary>
    public Tensor Abs() => new Abs(this).Apply();

    /// <summary>eˣ.</summary>
    public Tensor Exp() => new Exp(this).Apply();

    /// <summary>The natural logarithm: −∞ at 0, NaN for negative x.</summary>
    public Tensor Log() => new Log(this).Apply();

    /// <summary>eˣ − 1, accurate also for small x, where eˣ − 1 would cancel.</summary>
    public Tensor Expm1() => new Expm1(this).Apply();

    /// <summary>ln(1 + x), accurate also for small x, where 1 + x would round to 1: −∞ at −1, NaN for x &lt; −1.</summary>
    public Tensor Log1p() => new Log1p(this).Apply();

    /// <summary>√x: NaN for negative x; the gradient at 0 is ∞.</summary>
    public Tensor Sqrt() => new Sqrt(this).Apply();

    /// <summary>1/√x: ∞ at 0, NaN for negative x.</summary>
    public Tensor Rsqrt() => new Rsqrt(this).Apply();

    /// <summary>The largest integer ≤ x. The gradient is 0 everywhere, as in PyTorch.</summary>
    public Tensor Floor() => new Floor(this).Apply();

    /// <summary>The smallest integer ≥ x. The gradient is 0 everywhere, as in PyTorch.</summary>
    public Tensor Ceil() => new Ceil(this).Apply();

    /// <summary>The nearest integer, ties to even: 0.5 gives 0, 1.5 gives 2. The gradient is 0 everywhere, as in PyTorch.</summary>
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

    /// <summary>The logarithm of <see cref="Sigmoid"/>, accurate also where that rounds to 0 or 1.</summary>
    public Tensor LogSigmoid() => new LogSigmoid(this).Apply();

    /// <summary>max(x, 0); the gradient at 0 is 0.</summary>
    public Tensor ReLU() => new ReLU(this).Apply();

    /// <summary>x for x &gt; 0, slope·x otherwise; the gradient at 0 is the slope.</summary>
    public Tensor LeakyReLU(double slope = 0.01) => new LeakyReLU(this, slope).Apply();

    /// <summary>x for x &gt; 0, α(eˣ − 1) otherwise; the gradient at 0 is α.</summary>
    public Tensor ELU(double alpha = 1) => new ELU(this, alpha).Apply();

    /// <summary>x·Φ(x), with Φ the standard normal distribution function, or its tanh approximation.</summary>
    public Tensor GELU(bool tanh = false) => tanh ? new GELUTanh(this).Apply() : new GELU(this).Apply();

    /// <summary>x·σ(x), Swish with β = 1.</summary>
    public Tensor SiLU() => Swish(1);

    /// <summary>x·σ(βx).</summary>
    public Tensor Swish(double beta) => new Swish(this, beta).Apply();

    /// <summary>log(1 + e^(βx))/β, or x where βx exceeds the threshold.</summary>
    /// <exception cref="ArgumentOutOfRangeException">β is 0, infinite or NaN, or the threshold is NaN or −∞.</exception>
    public Tensor Softplus(double beta = 1, double threshold = 20) => new Softplus(this, beta, threshold).Apply();

    /// <summary>x limited to [min, max]; the gradient is 1 inside, bounds included, and 0 outside.</summary>
    /// <exception cref="ArgumentException">No bound is given, a bound is NaN, or min is greater than max.</exception>
    public Tensor Clamp(double? min = null, double? max = null) => min is null && max is null
        ? throw new ArgumentException("Clamp: give min, max or both.")
        : new Clamp(this, min, max).Apply();

    /// <summary>The sign of x: −1, 0 or 1, NaN for NaN. Its derivative is 0 almost everywhere, so it is not recorded.</summary>
    public Tensor Sign() => ElementwiseDispatch.Sign(this);

    /// <summary>
    /// The matrix product (…, m, k)·(…, k, n) → (…, m, n); batch dimensions broadcast. A vector is a row on the left and a column on the
    /// right; the result does not have its dimension. As <c>torch.matmul</c>.
    /// </summary>
    /// <param name="other">The right operand.</param>
    /// <param name="transposeThis">Whether to transpose the last two dimensions of this operand first, without a copy.</param>
    /// <param name="transposeOther">Whether to transpose the last two dimensions of the right operand first.</param>
    /// <exception cref="ArgumentException">The inner sizes differ, an operand is a scalar, or a vector would be transposed.</exception>
    public Tensor MatMul(Tensor other, bool transposeThis = false, bool transposeOther = false)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Rank == 0 || other.Rank == 0)
            throw new ArgumentException(
                $"MatMul: shapes {Shape} and {other.Shape}; a scalar has no rows or columns. Multiply with * instead.");
        if ((transposeThis && Rank == 1) || (transposeOther && other.Rank == 1))
            throw new ArgumentException(
                $"MatMul: shapes {Shape} and {other.Shape}; a vector has no second dimension and cannot be transposed: " +
                $"omit {(transposeThis && Rank == 1 ? nameof(transposeThis) : nameof(transposeOther))}.");
        Tensor left = Rank == 1 ? Unsqueeze(0) : this;
        Tensor right = other.Rank == 1 ? other.Unsqueeze(1) : other;
        Tensor product = new MatMul(left, right, transposeThis, transposeOther).Apply();
        if (other.Rank == 1) product = product.Squeeze(-1);
        if (Rank == 1) product = product.Squeeze(other.Rank == 1 ? -1 : -2);
        return product;
    }

    /// <summary>The inner product Σ aᵢbᵢ of two vectors of equal length, a scalar. Composed of Multiply and Sum.</summary>
    /// <exception cref="ArgumentException">An operand is not a vector, or the lengths differ.</exception>
    public Tensor Dot(Tensor other)
    {
        RequireVectors(other, nameof(Dot));
        if (ElementCount != other.ElementCount)
            throw new ArgumentException(
                $"Dot: vectors {Shape} and {other.Shape} have different lengths; they must be equal.", nameof(other));
        return (this * other).Sum();
    }

    /// <summary>The outer product of two vectors, zᵢⱼ = aᵢbⱼ: (n), (m) → (n, m). Composed of Unsqueeze and Multiply.</summary>
    /// <exception cref="ArgumentException">An operand is not a vector.</exception>
    public Tensor Outer(Tensor other)
    {
        RequireVectors(other, nameof(Outer));
        return Unsqueeze(1) * other;
    }

    void RequireVectors(Tensor other, string operation)
    {
        ArgumentNullException.ThrowIfNull(other);
        ElementwiseDispatch.RequireSameFloat(this, other, operation);
        if (Rank != 1 || other.Rank != 1)
            throw new ArgumentException(
                $"{operation}: shapes {Shape} and {other.Shape}; both operands must be vectors. Flatten them, or use MatMul for " +
                $"matrices.", nameof(other));
    }

    /// <summary>X·Wᵀ + b, (…, in) → (…, out), for a weight W (out, in) and a bias b (out).</summary>
    public Tensor Linear(Tensor weight, Tensor? bias = null) =>
        bias is null ? new Linear(this, weight).Apply() : new Linear(this, weight, bias).Apply();
}
