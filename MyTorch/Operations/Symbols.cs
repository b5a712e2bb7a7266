namespace MyTorch.Operations;

// How an operation and its derivatives are written. The rules of each operation hold their symbols in one line, beside the rule itself.

public abstract partial class BinaryOperation
{
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

public abstract partial class PointwiseOperation
{
    // A derivative of another type would be refused by the product, far from where it was made.
    Tensor OfItsType(Tensor derivative) => derivative.DType == X.DType
        ? derivative
        : throw new InvalidOperationException($"{Name}.Derivative returned {derivative.DType}; X is {X.DType}. Tensor.From(…) makes Float32 unless a type is named: add X.DType.");

    /// <summary>f(x) and f′(x) in symbols.</summary>
    /// <param name="x">How the input is written: a name or a number.</param>
    /// <param name="y">How the output is written, for a derivative that uses it.</param>
    protected virtual (string Value, string Derivative) Text(string x, string y) => ($"{Name}({x})", $"{Name}′({x})");

    /// <inheritdoc/>
    public sealed override string ValueText(params ReadOnlySpan<string> x) => Text(x[0], "").Value;

    /// <inheritdoc/>
    public sealed override string DerivativeText(int input, ReadOnlySpan<string> x, string y) => Text(x[0], y).Derivative;
}
