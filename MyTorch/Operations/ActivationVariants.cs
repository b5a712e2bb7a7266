namespace MyTorch.Operations;

/// <summary>y = x for x &gt; 0, slope·x otherwise;  dy/dx = 1 or slope (slope at 0)</summary>
/// <param name="x">The input.</param>
/// <param name="slope">The slope for negative x (PyTorch's negative_slope).</param>
/// <remarks>Maas, Hannun and Ng, 2013.</remarks>
/// <exception cref="ArgumentOutOfRangeException">The slope is infinite or NaN.</exception>
internal sealed class LeakyReLU(Tensor x, double slope) : PointwiseOperation(x)
{
    readonly double _slope = Invalid.UnlessFinite(nameof(slope), slope, "LeakyReLU: the slope must be a finite number.");

    /// <inheritdoc/>
    // With slope 0 the value for x ≤ 0 is set to 0: at −∞ the product 0·∞ would be NaN.
    protected override Tensor Forward() => _slope != 0
        ? Tensor.Where(X > 0, X, _slope * X)
        : Tensor.Where(X <= 0, Tensor.From(0, X.DType), X);

    /// <inheritdoc/>
    public override Tensor Derivative() => Tensor.Where(X > 0, Tensor.OnesLike(X), Tensor.Full(X.Shape, _slope, X.DType));

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) =>
        ($"{x} if {x} > 0 else {Notation.Scaled(_slope, x)}", $"1 if {x} > 0 else {Notation.Number(_slope)}");
}

/// <summary>y = x for x &gt; 0, α(eˣ − 1) otherwise;  dy/dx = 1 or αeˣ (α at 0)</summary>
/// <param name="x">The input.</param>
/// <param name="alpha">α; y approaches −α for x → −∞.</param>
/// <remarks>Clevert, Unterthiner and Hochreiter, 2016.</remarks>
/// <exception cref="ArgumentOutOfRangeException">α is infinite or NaN.</exception>
internal sealed class ELU(Tensor x, double alpha) : PointwiseOperation(x)
{
    readonly double _alpha = Invalid.UnlessFinite(nameof(alpha), alpha, "ELU: α must be a finite number.");

    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.ELU(X, _alpha);

    /// <inheritdoc/>
    public override Tensor Derivative() => Tensor.Where(X > 0, Tensor.OnesLike(X), _alpha * Negative().Exp());

    // eˣ is needed for negative x only; for large positive x it would overflow.
    Tensor Negative() => Tensor.Where(X > 0, Tensor.ZerosLike(X), X);

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) =>
        ($"{x} if {x} > 0 else {Notation.Scaled(_alpha, $"(exp {x} - 1)")}", $"1 if {x} > 0 else {Notation.Scaled(_alpha, $"exp {x}")}");
}

/// <summary>y = x·σ(βx), called Swish, and SiLU for β = 1;  dy/dx = σ(βx)·(1 + βx(1 − σ(βx)))</summary>
/// <param name="x">The input.</param>
/// <param name="beta">β, the steepness of the sigmoid.</param>
/// <remarks>Ramachandran, Zoph and Le, 2017; Elfwing, Uchibe and Doya, 2018.</remarks>
/// <exception cref="ArgumentOutOfRangeException">β is infinite or NaN.</exception>
internal sealed partial class Swish(Tensor x, double beta) : PointwiseOperation(x)
{
    readonly double _beta = Invalid.UnlessFinite(nameof(beta), beta, "Swish: β must be a finite number.");

    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Swish(X, _beta);

    /// <inheritdoc/>
    public override Tensor Derivative()
    {
        if (!Autograd.IsRecording) return ElementwiseDispatch.SwishSlope(X, _beta);
        // Beyond this bound σ(βx) is exactly 0 or 1 after rounding.
        double bound = Math.Min(800 / Math.Abs(_beta), X.DType == DType.Float32 ? float.MaxValue : double.MaxValue);
        Tensor scaled = _beta * Limits.Within(X, bound), gate = scaled.Sigmoid();
        return gate * (1 + scaled * (1 - gate));
    }

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y)
    {
        string scaled = Notation.Scaled(_beta, x);
        return ($"{x}·σ({scaled})", $"σ({scaled})·(1 + {scaled}·(1 - σ({scaled})))");
    }
}

/// <summary>
/// y = x·Φ(x), with Φ and φ the distribution function and density of the standard normal distribution;  dy/dx = Φ(x) + x·φ(x)
/// </summary>
/// <inheritdoc/>
/// <remarks>Hendrycks and Gimpel, 2016.</remarks>
internal sealed partial class GELU(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.GELU(X);

    /// <inheritdoc/>
    public override Tensor Derivative()
    {
        // The kernel is accurate for large negative x, where 1 + erf cancels.
        if (!Autograd.IsRecording) return ElementwiseDispatch.GELUSlope(X);
        // Beyond this bound Φ is exactly 0 or 1 after rounding, and φ is 0.
        Tensor near = Limits.Within(X, 40);
        return Distribution(near) + near * Density(near);
    }

    static Tensor Distribution(Tensor x) => 0.5 * (1 + (x / Math.Sqrt(2)).Erf());

    static Tensor Density(Tensor x) => (-0.5 * x.Square()).Exp() / Math.Sqrt(2 * Math.PI);

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"{x}·Φ({x})", $"Φ({x}) + {x}·φ({x})");
}

/// <summary>y = ½x(1 + tanh u), u = √(2/π)(x + 0.044715x³);  dy/dx = ½(1 + tanh u) + ½x(1 − tanh²u)·u′</summary>
/// <inheritdoc/>
/// <remarks>The approximation of GELU given by Hendrycks and Gimpel, 2016.</remarks>
public sealed partial class GELUTanh(Tensor x) : PointwiseOperation(x)
{
    static readonly double s_scale = Math.Sqrt(2 / Math.PI);
    const double Cubic = 0.044715;

    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.GELUTanh(X);

    /// <inheritdoc/>
    public override Tensor Derivative()
    {
        if (!Autograd.IsRecording) return ElementwiseDispatch.GELUTanhSlope(X);
        // Beyond this bound tanh is exactly −1 or 1 after rounding.
        Tensor near = Limits.Within(X, 25), tanh = TanhOfU(near);
        Tensor slope = s_scale * (1 + 3 * Cubic * near.Square());
        return 0.5 * (1 + tanh) + 0.5 * near * (1 - tanh.Square()) * slope;
    }

    static Tensor TanhOfU(Tensor x) => (s_scale * (x + Cubic * x.Square() * x)).Tanh();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y)
    {
        string tanh = $"tanh(√(2/π)·({x} + 0.044715·{x}³))";
        return ($"0.5·{x}·(1 + {tanh})", $"0.5·(1 + {tanh}) + 0.5·{x}·(1 - {tanh}²)·√(2/π)·(1 + 0.134145·{x}²)");
    }
}

/// <summary>y = log(1 + e^(βx))/β, or x where βx exceeds the threshold;  dy/dx = σ(βx), or 1</summary>
/// <param name="x">The input.</param>
/// <param name="beta">β; the larger it is, the closer y is to ReLU.</param>
/// <param name="threshold">y = x where βx is greater; ∞ never replaces the formula.</param>
/// <exception cref="ArgumentOutOfRangeException">β is 0, infinite or NaN, or the threshold is NaN or −∞.</exception>
internal sealed partial class Softplus(Tensor x, double beta, double threshold) : PointwiseOperation(x)
{
    readonly double _beta = RequireBeta(beta), _threshold = RequireThreshold(threshold);

    internal static double RequireBeta(double beta) => double.IsFinite(beta) && beta != 0
        ? beta
        : throw Invalid.Setting(nameof(beta), beta, "Softplus: β must be a finite number other than 0.");

    internal static double RequireThreshold(double threshold) => threshold > double.NegativeInfinity
        ? threshold
        : throw Invalid.Setting(nameof(threshold), threshold, "Softplus: the threshold must be a number, or ∞.");

    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Softplus(X, _beta, _threshold);

    /// <inheritdoc/>
    public override Tensor Derivative() => Tensor.Where(_beta * X > _threshold, Tensor.OnesLike(X), (_beta * X).Sigmoid());

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y)
    {
        string scaled = Notation.Scaled(_beta, x), far = $"{scaled} > {Notation.Number(_threshold)}";
        string divided = _beta == 1 ? "" : $"/{Notation.Number(_beta)}";
        return ($"{x} if {far} else ln(1 + exp({scaled})){divided}", $"1 if {far} else σ({scaled})");
    }
}
