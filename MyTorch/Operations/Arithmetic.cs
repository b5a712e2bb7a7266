using System.Globalization;

namespace MyTorch.Operations;

/// <summary>An operation of two operands that broadcast; the engine sums each gradient back to its operand's shape.</summary>
/// <param name="a">The left operand.</param>
/// <param name="b">The right operand, of the same type and a shape that broadcasts with the left one's.</param>
public abstract class BinaryOperation(Tensor a, Tensor b) : Operation(a, b)
{
    /// <summary>The left operand.</summary>
    protected Tensor A => InputArray[0];

    /// <summary>The right operand.</summary>
    protected Tensor B => InputArray[1];

    /// <summary>z, ∂z/∂a and ∂z/∂b in symbols; a derivative is null where the operation does not work element by element.</summary>
    /// <param name="a">How the left operand is written: a name or a number.</param>
    /// <param name="b">How the right operand is written.</param>
    /// <param name="z">How the output is written, for a derivative that uses it.</param>
    protected virtual (string Value, string? A, string? B) Text(string a, string b, string z) => ($"{Name}({a}, {b})", null, null);

    /// <inheritdoc/>
    public sealed override string ValueText(params ReadOnlySpan<string> x) => Text(x[0], x[1], "").Value;

    /// <inheritdoc/>
    public sealed override string? DerivativeText(int input, ReadOnlySpan<string> x, string y) =>
        Text(x[0], x[1], y) is var text && input == 0 ? text.A : text.B;
}

/// <summary>z = a + b;  ∂z/∂a = 1,  ∂z/∂b = 1</summary>
/// <inheritdoc/>
public sealed class Add(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Add(A, B);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient, gradient];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Total(tangents[0], tangents[1]);

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) => ($"{a} + {b}", "1", "1");
}

/// <summary>z = a − b;  ∂z/∂a = 1,  ∂z/∂b = −1</summary>
/// <inheritdoc/>
public sealed class Subtract(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Subtract(A, B);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient, B.RequiresGrad ? -gradient : null];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Total(tangents[0], tangents[1] is { } b ? -b : null);

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) => ($"{a} - {b}", "1", "-1");
}

/// <summary>z = a · b;  ∂z/∂a = b,  ∂z/∂b = a</summary>
/// <inheritdoc/>
public sealed class Multiply(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Multiply(A, B);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
    [
        A.RequiresGrad ? gradient * B : null,
        B.RequiresGrad ? gradient * A : null,
    ];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Total(
        tangents[0] is { } a ? a * B : null,
        tangents[1] is { } b ? A * b : null);

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) => ($"{a}·{b}", b, a);
}

/// <summary>z = a / b;  ∂z/∂a = 1/b,  ∂z/∂b = −a/b² = −z/b</summary>
/// <inheritdoc/>
public sealed class Divide(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Divide(A, B);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
    [
        A.RequiresGrad ? gradient / B : null,
        B.RequiresGrad ? -gradient * Output / B : null,
    ];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Total(
        tangents[0] is { } a ? a / B : null,
        tangents[1] is { } b ? -Output * b / B : null);

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) => ($"{a}/{b}", $"1/{b}", $"-{z}/{b}");
}

/// <summary>z = aᵇ;  ∂z/∂a = b·aᵇ⁻¹ (0 where b = 0),  ∂z/∂b = z·ln a (0 where a = 0 and b ≥ 0)</summary>
/// <inheritdoc/>
public sealed class Power(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Power(A, B);

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
        Tensor constant = B.EqualTo(0);
        // 1 in place of 0 keeps the branch not taken finite at a = 0, for the next derivative's sake.
        Tensor exponent = Tensor.Where(constant, Tensor.OnesLike(B), B);
        return Tensor.Where(constant, Tensor.ZerosLike(Output), exponent * A.Pow(exponent - 1));
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
        // A constant exponent is written one lower, as in a book: 3·v1^2.
        string lower = double.TryParse(b.Trim('(', ')'), CultureInfo.InvariantCulture, out double exponent) ? Notation.Operand(exponent - 1) : $"({b} - 1)";
        return ($"{a}^{b}", lower == "1" ? $"{b}·{a}" : $"{b}·{a}^{lower}", $"{z}·ln {a}");
    }
}

/// <summary>A choice of one of two operands for each element.</summary>
/// <inheritdoc/>
public abstract class ChoosingOperation(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    /// <summary>What one operand gets of a gradient, or gives of a tangent: half where the operands are equal, exactly 0 where it lost.</summary>
    /// <param name="gradient">The upstream gradient, or the operand's tangent.</param>
    /// <param name="lost">Where the other operand was taken.</param>
    private protected Tensor Share(Tensor gradient, Tensor lost) =>
        Tensor.Where(lost, Tensor.From(0, gradient.DType), Tensor.Where(A.EqualTo(B), 0.5 * gradient, gradient));
}

/// <summary>z = max(a, b), NaN if either is;  the gradient goes to the larger operand, half to each where they are equal</summary>
/// <inheritdoc/>
public sealed class Maximum(Tensor a, Tensor b) : ChoosingOperation(a, b)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Maximum(A, B);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
    [
        A.RequiresGrad ? Share(gradient, lost: A < B) : null,
        B.RequiresGrad ? Share(gradient, lost: B < A) : null,
    ];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Total(
        tangents[0] is { } a ? Share(a, lost: A < B) : null,
        tangents[1] is { } b ? Share(b, lost: B < A) : null);

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) => ($"max({a}, {b})", ShareText(a, b), ShareText(b, a));

    static string ShareText(string mine, string other) => $"1 if {mine} > {other} else 0.5 if {mine} = {other} else 0";
}

/// <summary>z = min(a, b), NaN if either is;  the gradient goes to the smaller operand, half to each where they are equal</summary>
/// <inheritdoc/>
public sealed class Minimum(Tensor a, Tensor b) : ChoosingOperation(a, b)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => Elementwise.Minimum(A, B);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
    [
        A.RequiresGrad ? Share(gradient, lost: A > B) : null,
        B.RequiresGrad ? Share(gradient, lost: B > A) : null,
    ];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Total(
        tangents[0] is { } a ? Share(a, lost: A > B) : null,
        tangents[1] is { } b ? Share(b, lost: B > A) : null);

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) => ($"min({a}, {b})", ShareText(a, b), ShareText(b, a));

    static string ShareText(string mine, string other) => $"1 if {mine} < {other} else 0.5 if {mine} = {other} else 0";
}
