using System.Globalization;

namespace MyTorch.Nn;

/// <summary>A layer without parameters that applies a function; the output has the shape of the input.</summary>
public abstract class Activation : Module
{
    /// <inheritdoc/>
    protected sealed override Tensor ForwardCore(Tensor input) => Apply(input);

    private protected abstract Tensor Apply(Tensor input);
}

/// <summary>y = x.</summary>
public sealed class Identity : Activation
{
    private protected override Tensor Apply(Tensor input) => new Operations.Identity(input).Apply();
}

/// <summary>y = max(x, 0).</summary>
public sealed class ReLU : Activation
{
    private protected override Tensor Apply(Tensor input) => input.ReLU();
}

/// <summary>y = x for x &gt; 0, slope·x otherwise.</summary>
/// <param name="slope">The slope for negative x (PyTorch's negative_slope).</param>
/// <exception cref="ArgumentOutOfRangeException">The slope is infinite or NaN.</exception>
public sealed class LeakyReLU(double slope = 0.01) : Activation
{
    readonly double _slope = Invalid.UnlessFinite(nameof(slope), slope, "LeakyReLU: the slope must be a finite number.");

    /// <summary>The slope for negative x.</summary>
    public double Slope => _slope;

    private protected override Tensor Apply(Tensor input) => input.LeakyReLU(_slope);

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture, $"LeakyReLU({_slope})");
}

/// <summary>y = x for x &gt; 0, α(eˣ − 1) otherwise.</summary>
/// <param name="alpha">α; y approaches −α for x → −∞.</param>
/// <exception cref="ArgumentOutOfRangeException">α is infinite or NaN.</exception>
public sealed class ELU(double alpha = 1) : Activation
{
    readonly double _alpha = Invalid.UnlessFinite(nameof(alpha), alpha, "ELU: α must be a finite number.");

    /// <summary>α; y approaches −α for x → −∞.</summary>
    public double Alpha => _alpha;

    private protected override Tensor Apply(Tensor input) => input.ELU(_alpha);

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture, $"ELU({_alpha})");
}

/// <summary>y = x·Φ(x), with Φ the standard normal distribution function.</summary>
/// <param name="tanh">Whether to use the tanh approximation.</param>
public sealed class GELU(bool tanh = false) : Activation
{
    /// <summary>Whether the tanh approximation is used.</summary>
    public bool UsesTanh { get; } = tanh;

    private protected override Tensor Apply(Tensor input) => input.GELU(UsesTanh);
}

/// <summary>y = x·σ(x).</summary>
public sealed class SiLU : Activation
{
    private protected override Tensor Apply(Tensor input) => input.SiLU();
}

/// <summary>y = x·σ(βx).</summary>
/// <param name="beta">β, the steepness of the sigmoid.</param>
/// <exception cref="ArgumentOutOfRangeException">β is infinite or NaN.</exception>
public sealed class Swish(double beta = 1) : Activation
{
    readonly double _beta = Invalid.UnlessFinite(nameof(beta), beta, "Swish: β must be a finite number.");

    /// <summary>β, the steepness of the sigmoid.</summary>
    public double Beta => _beta;

    private protected override Tensor Apply(Tensor input) => input.Swish(_beta);

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture, $"Swish({_beta})");
}

/// <summary>y = 1/(1 + e⁻ˣ).</summary>
public sealed class Sigmoid : Activation
{
    private protected override Tensor Apply(Tensor input) => input.Sigmoid();
}

/// <summary>y = tanh x.</summary>
public sealed class Tanh : Activation
{
    private protected override Tensor Apply(Tensor input) => input.Tanh();
}

/// <summary>y = log(1 + e^(βx))/β, or x where βx exceeds the threshold.</summary>
/// <param name="beta">β; the larger it is, the closer y is to ReLU.</param>
/// <param name="threshold">y = x where βx is greater; ∞ never replaces the formula.</param>
/// <exception cref="ArgumentOutOfRangeException">β is 0, infinite or NaN, or the threshold is NaN or −∞.</exception>
public sealed class Softplus(double beta = 1, double threshold = 20) : Activation
{
    readonly double _beta = Operations.Softplus.RequireBeta(beta), _threshold = Operations.Softplus.RequireThreshold(threshold);

    /// <summary>β; the larger it is, the closer y is to ReLU.</summary>
    public double Beta => _beta;

    /// <summary>y = x where βx is greater.</summary>
    public double Threshold => _threshold;

    private protected override Tensor Apply(Tensor input) => input.Softplus(_beta, _threshold);
}

/// <summary>
/// Softmax along a dimension. For training use <see cref="CrossEntropyLoss"/> on the logits, which is numerically stable.
/// </summary>
/// <param name="dim">The dimension that sums to 1.</param>
public sealed class Softmax(int dim = -1) : Activation
{
    /// <summary>The dimension; a negative one counts from the end.</summary>
    public int Dim { get; } = dim;

    private protected override Tensor Apply(Tensor input) => input.Softmax(Dim);
}

/// <summary>The logarithm of softmax along a dimension, as input of <see cref="NLLLoss"/>.</summary>
/// <param name="dim">The dimension whose exponentials sum to 1.</param>
public sealed class LogSoftmax(int dim = -1) : Activation
{
    /// <summary>The dimension; a negative one counts from the end.</summary>
    public int Dim { get; } = dim;

    private protected override Tensor Apply(Tensor input) => input.LogSoftmax(Dim);
}
