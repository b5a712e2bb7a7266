namespace MyTorch.Operations;

// The symbolic form of an operation and its derivatives, as traces and graphs print it. Each operation gives it in one line beside its
// rule.

public abstract partial class BinaryOperation
{
    /// <summary>z, ∂z/∂a and ∂z/∂b as text; a derivative is null where the operation is not element-wise.</summary>
    /// <param name="a">The left operand as text: a name or a number.</param>
    /// <param name="b">The right operand as text.</param>
    /// <param name="z">The output as text, for a derivative that uses it.</param>
    protected virtual (string Value, string? A, string? B) Text(string a, string b, string z) => ($"{Name}({a}, {b})", null, null);

    /// <inheritdoc/>
    public sealed override string ValueText(params ReadOnlySpan<string> x) => Text(x[0], x[1], "").Value;

    /// <inheritdoc/>
    public sealed override string? DerivativeText(int input, ReadOnlySpan<string> x, string y) =>
        Text(x[0], x[1], y) is var text && input == 0 ? text.A : text.B;
}

public abstract partial class PointwiseOperation
{
    // Checked here, because the product would report the type mismatch without naming the rule that caused it.
    Tensor RequireType(Tensor derivative) => derivative.DType == X.DType
        ? derivative
        : throw new InvalidOperationException(
            $"{Name}.Derivative returned {derivative.DType}, but X is {X.DType}. Tensor.From(…) makes Float32 unless a type is given: " +
            $"pass X.DType.");

    /// <summary>f(x) and f′(x) as text.</summary>
    /// <param name="x">The input as text: a name or a number.</param>
    /// <param name="y">The output as text, for a derivative that uses it.</param>
    protected virtual (string Value, string Derivative) Text(string x, string y) => ($"{Name}({x})", $"{Name}′({x})");

    /// <inheritdoc/>
    public sealed override string ValueText(params ReadOnlySpan<string> x) => Text(x[0], "").Value;

    /// <inheritdoc/>
    public sealed override string DerivativeText(int input, ReadOnlySpan<string> x, string y) => Text(x[0], y).Derivative;
}
