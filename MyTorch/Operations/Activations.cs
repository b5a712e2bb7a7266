using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>y = σ(x) = 1/(1 + e⁻ˣ);  dy/dx = y(1 − y)</summary>
/// <inheritdoc/>
public sealed class Sigmoid(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Sigmoid(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => Output * (1 - Output);

    internal override Tensor?[] BackwardInOnePass(Tensor gradient) => [Elementwise.SigmoidGradient(Output, gradient)];

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"σ({x})", $"{y}·(1 - {y})");
}

/// <summary>y = tanh x;  dy/dx = 1 − y²</summary>
/// <inheritdoc/>
public sealed class Tanh(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Tanh(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => 1 - Output.Square();

    internal override Tensor?[] BackwardInOnePass(Tensor gradient) => [Elementwise.TanhGradient(Output, gradient)];

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"tanh {x}", $"1 - {y}²");
}

/// <summary>y = max(x, 0);  dy/dx = 1 for x &gt; 0, else 0 (0 at 0). NaN stays NaN and passes its gradient.</summary>
/// <inheritdoc/>
public sealed class ReLU(Tensor x) : GateOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.ReLU(X);

    /// <inheritdoc/>
    public override Tensor Passes() => (X <= 0).Not();

    internal override Tensor?[] BackwardInOnePass(Tensor gradient) => [Elementwise.ReLUGradient(X, gradient)];

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"max({x}, 0)", $"1 if {x} > 0 else 0");
}

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

/// <summary>yᵢ = e^xᵢ / Σⱼ e^xⱼ along a dimension;  x̄ = y·(ȳ − Σⱼ ȳⱼyⱼ), the product with the Jacobian diag(y) − y·yᵀ</summary>
/// <param name="x">The operand.</param>
/// <param name="dim">The dimension along which the result sums to 1.</param>
public sealed class Softmax(Tensor x, int dim) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        if (Rowwise.Fits(X, dim)) return Rowwise.Softmax(X);
        Tensor weights = (X - X.AMax(dim, keepDim: true)).Exp();
        return weights / weights.Sum(dim, keepDim: true);
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
        [Output * (gradient - (gradient * Output).Sum(dim, keepDim: true))];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Output * (tangents[0]! - (tangents[0]! * Output).Sum(dim, keepDim: true));

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"softmax {x[0]}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{y}·({upstream} - Σ {upstream}·{y})";
}

/// <summary>yᵢ = xᵢ − log Σⱼ e^xⱼ along a dimension;  x̄ = ȳ − e^y·Σⱼ ȳⱼ</summary>
/// <param name="x">The operand.</param>
/// <param name="dim">The dimension along which e^y sums to 1.</param>
public sealed class LogSoftmax(Tensor x, int dim) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        if (Rowwise.Fits(X, dim)) return Rowwise.LogSoftmax(X);
        Tensor shifted = X - X.AMax(dim, keepDim: true);
        return shifted - shifted.Exp().Sum(dim, keepDim: true).Log();
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
        [gradient - Output.Exp() * gradient.Sum(dim, keepDim: true)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]! - (Output.Exp() * tangents[0]!).Sum(dim, keepDim: true);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"ln softmax {x[0]}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"{upstream} - exp({y})·Σ {upstream}";
}

/// <summary>The one seam between softmax and its kernels, which serve the last dimension; along others it is composed of tensor operations.</summary>
static class Rowwise
{
    internal static bool Fits(Tensor x, int dim) => x.Rank > 0 && dim == x.Rank - 1 && x.ElementCount > 0;

    internal static Tensor Softmax(Tensor x)
    {
        Tensor y = Tensor.Empty(x.Shape, x.DType);
        if (x.DType == DType.Float32) SoftmaxKernels.Softmax(x.Read<float>(), y.Write<float>(), x.Shape[^1]);
        else SoftmaxKernels.Softmax(x.Read<double>(), y.Write<double>(), x.Shape[^1]);
        return y;
    }

    internal static Tensor LogSoftmax(Tensor x)
    {
        Tensor y = Tensor.Empty(x.Shape, x.DType);
        if (x.DType == DType.Float32) SoftmaxKernels.LogSoftmax(x.Read<float>(), y.Write<float>(), x.Shape[^1]);
        else SoftmaxKernels.LogSoftmax(x.Read<double>(), y.Write<double>(), x.Shape[^1]);
        return y;
    }

    internal static Tensor CrossEntropyGradient(Tensor logits, Tensor labels, Tensor gradient)
    {
        Tensor result = Tensor.Empty(logits.Shape, logits.DType);
        if (logits.DType == DType.Float32)
            GradientKernels.SoftmaxCrossEntropy(logits.Read<float>(), labels.Read<long>(), gradient.Read<float>(), result.Write<float>(), logits.Shape[1]);
        else
            GradientKernels.SoftmaxCrossEntropy(logits.Read<double>(), labels.Read<long>(), gradient.Read<double>(), result.Write<double>(), logits.Shape[1]);
        return result;
    }

    /// <summary>The last dimension stays, with size 1.</summary>
    internal static Tensor LogSumExp(Tensor x)
    {
        Tensor y = Tensor.Empty(x.Shape.With(x.Rank - 1, 1), x.DType);
        if (x.DType == DType.Float32) SoftmaxKernels.LogSumExp(x.Read<float>(), y.Write<float>(), x.Shape[^1]);
        else SoftmaxKernels.LogSumExp(x.Read<double>(), y.Write<double>(), x.Shape[^1]);
        return y;
    }
}
