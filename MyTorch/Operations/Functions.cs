using MathNet.Numerics;

namespace MyTorch.Operations;

/// <summary>y = −x;  dy/dx = −1</summary>
/// <inheritdoc/>
public sealed class Negate(Tensor x) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Negate(X);

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
    protected override Tensor Forward() => Elementwise.Abs(X);

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
    protected override Tensor Forward() => Elementwise.Sin(X);

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
    protected override Tensor Forward() => Elementwise.Cos(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => -X.Sin();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"cos {x}", $"-sin {x}");
}

/// <summary>y = erf x = 2/√π ∫₀ˣ e^(−t²) dt;  dy/dx = 2/√π · e^(−x²)</summary>
/// <inheritdoc/>
public sealed class Erf(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Each(X, Name, SpecialFunctions.Erf);

    /// <inheritdoc/>
    public override Tensor Derivative() => 2 / Math.Sqrt(Math.PI) * (-Limits.Within(X, 30).Square()).Exp();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"erf {x}", $"2/√π·exp(-{x}²)");
}
