using System.Globalization;

namespace MyTorch.Operations;

/// <summary>z = aᵇ;  ∂z/∂a = b·aᵇ⁻¹ (0 where b = 0),  ∂z/∂b = z·ln a (0 where a = 0 and b ≥ 0)</summary>
/// <inheritdoc/>
public sealed class Power(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Power(A, B);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
    [
        A.RequiresGrad ? gradient * WithRespectToBase() : null,
        B.RequiresGrad ? gradient * WithRespectToExponent() : null,
    ];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Total(
        tangents[0] is { } a ? a * WithRespectToBase() : null,
        tangents[1] is { } b ? b * WithRespectToExponent() : null);

    Tensor WithRespectToBase()
    {
        Tensor constant = Constant();
        // Where the derivative is 0, the operands are replaced by 1: the unused branch stays finite, and so do its higher derivatives.
        Tensor exponent = Tensor.Where(constant, Tensor.OnesLike(B), B);
        Tensor @base = B.RequiresGrad ? Tensor.Where(constant, Tensor.OnesLike(A), A) : A;
        return Tensor.Where(constant, Tensor.ZerosLike(Output), exponent * @base.Pow(exponent - 1));
    }

    // Where ∂z/∂a is set to 0. If b is constant: wherever b = 0, because a⁰ = 1 for every a. If b requires a gradient, the formula b·aᵇ⁻¹
    // must stay, because its derivative in b is 1/a at b = 0; it is replaced only where a is NaN or 1/a overflows.
    Tensor Constant()
    {
        Tensor zero = B.EqualTo(0);
        if (!B.RequiresGrad) return zero;
        double smallest = A.DType == DType.Float32 ? 1.17549435E-38 : 2.2250738585072014E-308;
        return zero.And((A >= smallest).Or(A <= -smallest).Not());
    }

    Tensor WithRespectToExponent()
    {
        Tensor limitIsZero = A.EqualTo(0).And(B >= 0);
        Tensor safeBase = Tensor.Where(limitIsZero, Tensor.OnesLike(A), A);
        return Output * safeBase.Log();
    }

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z)
    {
        // A constant exponent is reduced by one in the text: 3·v1^2.
        string lower = double.TryParse(b.Trim('(', ')'), CultureInfo.InvariantCulture, out double exponent)
            ? Notation.Operand(exponent - 1)
            : $"({b} - 1)";
        return ($"{a}^{b}", lower == "1" ? $"{b}·{a}" : $"{b}·{a}^{lower}", $"{z}·ln {a}");
    }
}

/// <summary>y = x²;  dy/dx = 2x</summary>
/// <inheritdoc/>
public sealed class Square(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Square(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => 2 * X;

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"{x}²", $"2·{x}");
}

/// <summary>y = √x;  dy/dx = 1/(2√x) = 1/(2y), ∞ at 0</summary>
/// <inheritdoc/>
public sealed class Sqrt(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Sqrt(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => 0.5 / Output;

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"√{x}", $"1/(2·{y})");
}

/// <summary>y = 1/√x;  dy/dx = −1/(2x√x) = −y/(2x), −∞ at 0</summary>
/// <inheritdoc/>
public sealed class Rsqrt(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Rsqrt(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => -0.5 * Output / X;

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"1/√{x}", $"-{y}/(2·{x})");
}

/// <summary>y = 1/x;  dy/dx = −1/x² = −y²</summary>
/// <inheritdoc/>
public sealed class Reciprocal(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Reciprocal(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => -Output.Square();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"1/{x}", $"-{y}²");
}
