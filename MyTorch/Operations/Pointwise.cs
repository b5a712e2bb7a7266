using MathNet.Numerics;
using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>
/// y = f(x) for each element alone. The local derivative f′(x) is the whole rule: in reverse x̄ = ȳ·f′(x), forward ẏ = f′(x)·ẋ.
/// </summary>
/// <param name="x">The operand, of any shape; the output has the same.</param>
public abstract class PointwiseOperation(Tensor x) : Operation(x)
{
    /// <summary>f′(x) at every element, as an expression in the input and the output.</summary>
    public abstract Tensor Derivative();

    /// <summary>f(x) and f′(x) in symbols.</summary>
    /// <param name="x">How the input is written: a name or a number.</param>
    /// <param name="y">How the output is written, for a derivative that uses it.</param>
    protected virtual (string Value, string Derivative) Text(string x, string y) => ($"{Name}({x})", $"{Name}′({x})");

    /// <inheritdoc/>
    public sealed override string ValueText(params ReadOnlySpan<string> x) => Text(x[0], "").Value;

    /// <inheritdoc/>
    public sealed override string DerivativeText(int input, ReadOnlySpan<string> x, string y) => Text(x[0], y).Derivative;

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient * Derivative()];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Derivative() * tangents[0]!;
}

/// <summary>
/// An element-wise operation whose derivative is 1 or 0: it lets the gradient through or stops it. What is stopped is exactly 0,
/// even where the gradient is infinite, as that of a square root at 0 is: 0·∞ would be NaN.
/// </summary>
/// <inheritdoc/>
public abstract class GateOperation(Tensor x) : PointwiseOperation(x)
{
    /// <summary>Where the derivative is 1, as a Bool tensor of the input's shape.</summary>
    public abstract Tensor Passes();

    /// <inheritdoc/>
    public sealed override Tensor Derivative() => Passes().To(X.DType);

    /// <inheritdoc/>
    public sealed override Tensor?[] Backward(Tensor gradient) => [Gate(gradient)];

    /// <inheritdoc/>
    public sealed override Tensor Tangent(Tensor?[] tangents) => Gate(tangents[0]!);

    Tensor Gate(Tensor flow) => Tensor.Where(Passes(), flow, Tensor.From(0, flow.DType));
}

/// <summary>y = x, as a result of its own;  dy/dx = 1</summary>
/// <inheritdoc/>
public sealed class Identity(Tensor x) : Operation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => X;

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => tangents[0]!;

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => x[0];

    /// <inheritdoc/>
    public override string? DerivativeText(int input, ReadOnlySpan<string> x, string y) => "1";
}

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

/// <summary>y = eˣ;  dy/dx = eˣ = y</summary>
/// <inheritdoc/>
public sealed class Exp(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Exp(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => Output;

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"exp {x}", y);
}

/// <summary>y = ln x;  dy/dx = 1/x</summary>
/// <inheritdoc/>
public sealed class Log(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Log(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => 1 / X;

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"ln {x}", $"1/{x}");
}

/// <summary>y = √x;  dy/dx = 1/(2√x) = 1/(2y), ∞ at 0</summary>
/// <inheritdoc/>
public sealed class Sqrt(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Sqrt(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => 0.5 / Output;

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"√{x}", $"1/(2·{y})");
}

/// <summary>y = x²;  dy/dx = 2x</summary>
/// <inheritdoc/>
public sealed class Square(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Square(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => 2 * X;

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"{x}²", $"2·{x}");
}

/// <summary>y = 1/x;  dy/dx = −1/x² = −y²</summary>
/// <inheritdoc/>
public sealed class Reciprocal(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Reciprocal(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => -Output.Square();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"1/{x}", $"-{y}²");
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
    public override Tensor Derivative() => 2 / Math.Sqrt(Math.PI) * (-X.Square()).Exp();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"erf {x}", $"2/√π·exp(-{x}²)");
}

/// <summary>y = x limited to [min, max];  dy/dx = 1 from min to max (the bounds included), 0 outside</summary>
/// <param name="x">The operand.</param>
/// <param name="min">The lower bound, or null for none.</param>
/// <param name="max">The upper bound, or null for none.</param>
public sealed class Clamp(Tensor x, double? min, double? max) : GateOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        Tensor y = min is { } low ? Tensor.Maximum(X, Tensor.From(low, X.DType)) : X;
        return max is { } high ? Tensor.Minimum(y, Tensor.From(high, X.DType)) : y;
    }

    /// <inheritdoc/>
    public override Tensor Passes() => (min, max) switch
    {
        ({ } low, { } high) => (X >= low).And(X <= high),
        ({ } low, null) => X >= low,
        (null, { } high) => X <= high,
        _ => X.EqualTo(X),
    };

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y)
    {
        string value = min is { } low ? $"max({x}, {Notation.Number(low)})" : x;
        string inside = min is { } bottom ? $"{Notation.Number(bottom)} ≤ {x}" : x;
        return max is { } high
            ? ($"min({value}, {Notation.Number(high)})", $"1 if {inside} ≤ {Notation.Number(high)} else 0")
            : (value, $"1 if {inside} else 0");
    }
}
