namespace MyTorch.Operations;

/// <summary>An operation on two operands that broadcast. The engine sums each gradient to its operand's shape.</summary>
/// <param name="a">The left operand.</param>
/// <param name="b">The right operand, of the same type; its shape broadcasts with the left operand's.</param>
public abstract partial class BinaryOperation(Tensor a, Tensor b) : Operation(a, b)
{
    /// <summary>The left operand.</summary>
    protected Tensor A => InputArray[0];

    /// <summary>The right operand.</summary>
    protected Tensor B => InputArray[1];
}

/// <summary>z = a + b;  ∂z/∂a = 1,  ∂z/∂b = 1</summary>
/// <inheritdoc/>
public sealed class Add(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Add(A, B);

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
    protected override Tensor Forward() => ElementwiseDispatch.Subtract(A, B);

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
    protected override Tensor Forward() => ElementwiseDispatch.Multiply(A, B);

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
    protected override Tensor Forward() => ElementwiseDispatch.Divide(A, B);

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
