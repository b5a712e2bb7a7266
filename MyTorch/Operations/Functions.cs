namespace MyTorch.Operations;

/// <summary>y = −x;  dy/dx = −1</summary>
/// <inheritdoc/>
public sealed class Negate(Tensor x) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Negate(X);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [-gradient];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => -tangents[0]!;

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"-{x[0]}";

    /// <inheritdoc/>
    public override string? DerivativeText(int input, ReadOnlySpan<string> x, string y) => "-1";
}

/// <summary>y = |x|;  dy/dx = sign x, 0 at 0</summary>
/// <inheritdoc/>
public sealed class Abs(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Abs(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => X.Sign();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"|{x}|", $"sign {x}");
}

/// <summary>y = sin x;  dy/dx = cos x</summary>
/// <inheritdoc/>
public sealed class Sin(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Sin(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => X.Cos();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"sin {x}", $"cos {x}");
}

/// <summary>y = cos x;  dy/dx = −sin x</summary>
/// <inheritdoc/>
public sealed class Cos(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Cos(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => -X.Sin();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"cos {x}", $"-sin {x}");
}

/// <summary>y = tan x;  dy/dx = 1 + tan²x = 1 + y²</summary>
/// <inheritdoc/>
public sealed class Tan(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Each(X, Name, Math.Tan);

    /// <inheritdoc/>
    public override Tensor Derivative() => 1 + Output.Square();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"tan {x}", $"1 + {y}²");
}

/// <summary>y = arctan x, between −π/2 and π/2;  dy/dx = 1/(1 + x²)</summary>
/// <inheritdoc/>
public sealed class Atan(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Each(X, Name, Math.Atan);

    /// <inheritdoc/>
    // Outside a recording x² is not formed where it would overflow. In one, x² is ∞ from the limit on, the derivative 0, and its own
    // derivative 0 as well: without the limit that would be 0·2x, which is NaN where 2x is infinite.
    public override Tensor Derivative() => Autograd.IsRecording
        ? 1 / (1 + X.Clamp(-Limit, Limit).Square())
        : ElementwiseDispatch.Each(X, Name, v => Math.Abs(v) > 1e100 ? 1 / v / v : 1 / (1 + v * v));

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"atan {x}", $"1/(1 + {x}²)");

    // Its square is more than the largest number, and its double is not.
    double Limit => X.DType == DType.Float32 ? 2e19 : 2e154;
}

/// <summary>y = erf x = 2/√π ∫₀ˣ e^(−t²) dt;  dy/dx = 2/√π · e^(−x²)</summary>
/// <inheritdoc/>
public sealed class Erf(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Erf(X);

    /// <inheritdoc/>
    // Outside a recording a kernel computes x² without the rounding error that exp would amplify for large x.
    public override Tensor Derivative() => Autograd.IsRecording
        ? 2 / Math.Sqrt(Math.PI) * (-Limits.Within(X, 30).Square()).Exp()
        : ElementwiseDispatch.ErfSlope(X);

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"erf {x}", $"2/√π·exp(-{x}²)");
}

/// <summary>y = x converted to another floating-point type;  x̄ = ȳ converted to x's type</summary>
/// <param name="x">The input.</param>
/// <param name="dtype">The element type of the result.</param>
public sealed class Cast(Tensor x, DType dtype) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Cast(X, dtype);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient.To(X.DType)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!.To(dtype);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => $"({dtype}) {x[0]}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => $"({X.DType}) {upstream}";
}
