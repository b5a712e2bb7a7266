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
