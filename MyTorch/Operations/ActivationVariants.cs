using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>y = x for x &gt; 0, slope·x otherwise;  dy/dx = 1 or slope (slope at 0)</summary>
/// <param name="x">The operand.</param>
/// <param name="slope">The slope on the negative side.</param>
/// <remarks>Maas, Hannun and Ng, 2013.</remarks>
public sealed class LeakyReLU(Tensor x, double slope) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Tensor.Where(X > 0, X, slope * X);

    /// <inheritdoc/>
    public override Tensor Derivative() => Tensor.Where(X > 0, Tensor.OnesLike(X), Tensor.Full(X.Shape, slope, X.DType));

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) =>
        ($"{x} if {x} > 0 else {Notation.Scaled(slope, x)}", $"1 if {x} > 0 else {Notation.Number(slope)}");
}

/// <summary>y = x for x &gt; 0, α(eˣ − 1) otherwise;  dy/dx = 1 or αeˣ (α at 0)</summary>
/// <param name="x">The operand.</param>
/// <param name="alpha">α, the negative limit of the value.</param>
/// <remarks>Clevert, Unterthiner and Hochreiter, 2016.</remarks>
public sealed class ELU(Tensor x, double alpha) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Each(X, Name, v => v > 0 ? v : alpha * ElementwiseKernels.ExpMinusOne(v));

    /// <inheritdoc/>
    public override Tensor Derivative() => Tensor.Where(X > 0, Tensor.OnesLike(X), alpha * Negative().Exp());

    // eˣ is wanted on the negative side only; on the other it would overflow.
    Tensor Negative() => Tensor.Where(X > 0, Tensor.ZerosLike(X), X);

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) =>
        ($"{x} if {x} > 0 else {Notation.Scaled(alpha, $"(exp {x} - 1)")}", $"1 if {x} > 0 else {Notation.Scaled(alpha, $"exp {x}")}");
}

/// <summary>y = x·σ(βx), Swish, for β = 1 called SiLU;  dy/dx = σ(βx)·(1 + βx(1 − σ(βx)))</summary>
/// <param name="x">The operand.</param>
/// <param name="beta">β, the steepness of the gate.</param>
/// <remarks>Ramachandran, Zoph and Le, 2017; Elfwing, Uchibe and Doya, 2018.</remarks>
public sealed class Swish(Tensor x, double beta) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => X * (beta * X).Sigmoid();

    /// <inheritdoc/>
    public override Tensor Derivative()
    {
        Tensor gate = (beta * X).Sigmoid();
        return gate * (1 + beta * X * (1 - gate));
    }

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y)
    {
        string scaled = Notation.Scaled(beta, x);
        return ($"{x}·σ({scaled})", $"σ({scaled})·(1 + {scaled}·(1 - σ({scaled})))");
    }
}

/// <summary>y = x·Φ(x), Φ the standard normal distribution function;  dy/dx = Φ(x) + x·φ(x)</summary>
/// <inheritdoc/>
/// <remarks>Hendrycks and Gimpel, 2016.</remarks>
public sealed class GELU(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => X * Distribution();

    /// <inheritdoc/>
    public override Tensor Derivative() => Distribution() + X * Density();

    Tensor Distribution() => 0.5 * (1 + (X / Math.Sqrt(2)).Erf());

    Tensor Density() => (-0.5 * X.Square()).Exp() / Math.Sqrt(2 * Math.PI);

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"{x}·Φ({x})", $"Φ({x}) + {x}·φ({x})");
}

/// <summary>y = ½x(1 + tanh u), u = √(2/π)(x + 0.044715x³);  dy/dx = ½(1 + tanh u) + ½x(1 − tanh²u)·u′</summary>
/// <inheritdoc/>
/// <remarks>The approximation of GELU given by Hendrycks and Gimpel, 2016.</remarks>
public sealed class GELUTanh(Tensor x) : PointwiseOperation(x)
{
    static readonly double s_scale = Math.Sqrt(2 / Math.PI);
    const double Cubic = 0.044715;

    /// <inheritdoc/>
    protected override Tensor Forward() => 0.5 * X * (1 + Bend());

    /// <inheritdoc/>
    public override Tensor Derivative()
    {
        Tensor bend = Bend();
        Tensor slope = s_scale * (1 + 3 * Cubic * X.Square());
        return 0.5 * (1 + bend) + 0.5 * X * (1 - bend.Square()) * slope;
    }

    Tensor Bend() => (s_scale * (X + Cubic * X.Square() * X)).Tanh();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y)
    {
        string bend = $"tanh(√(2/π)·({x} + 0.044715·{x}³))";
        return ($"0.5·{x}·(1 + {bend})", $"0.5·(1 + {bend}) + 0.5·{x}·(1 - {bend}²)·√(2/π)·(1 + 0.134145·{x}²)");
    }
}

/// <summary>y = log(1 + e^(βx))/β, and x itself where βx exceeds the threshold;  dy/dx = σ(βx), there 1</summary>
/// <param name="x">The operand.</param>
/// <param name="beta">β, the sharpness of the bend.</param>
/// <param name="threshold">βx above which the value is x.</param>
public sealed class Softplus(Tensor x, double beta, double threshold) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Each(X, Name, v => beta * v > threshold ? v : ElementwiseKernels.Softplus(beta * v) / beta);

    /// <inheritdoc/>
    public override Tensor Derivative() => Tensor.Where(beta * X > threshold, Tensor.OnesLike(X), (beta * X).Sigmoid());

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y)
    {
        string scaled = Notation.Scaled(beta, x), far = $"{scaled} > {Notation.Number(threshold)}";
        return ($"{x} if {far} else ln(1 + exp({scaled})){(beta == 1 ? "" : $"/{Notation.Number(beta)}")}", $"1 if {far} else σ({scaled})");
    }
}
