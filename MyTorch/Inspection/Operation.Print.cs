using MyTorch.Inspection;

namespace MyTorch;

// How an operation is written: in symbols, and as a line of its tape.
public abstract partial class Operation
{
    /// <summary>The value as a formula: <c>ln v1</c>, <c>v1·v2</c>. By default the name with the operands in parentheses.</summary>
    /// <param name="x">How each input is written: a name or a number, never a sum or a product.</param>
    public virtual string ValueText(params ReadOnlySpan<string> x) => $"{Notation.Shown(Name)}({string.Join(", ", x)})";

    /// <summary>
    /// The local derivative ∂y/∂x of an operation that works element by element, in symbols: <c>1/v1</c>, <c>cos v2</c>. Null for one that
    /// mixes elements (a matrix product) or does not say; its <see cref="AdjointText"/> may say more.
    /// </summary>
    /// <param name="input">The position of the input.</param>
    /// <param name="x">How each input is written.</param>
    /// <param name="y">How the output is written.</param>
    public virtual string? DerivativeText(int input, ReadOnlySpan<string> x, string y) => null;

    /// <summary>
    /// The contribution of the backward rule to an input, as a formula: the upstream gradient times <see cref="DerivativeText"/>, or the
    /// operation's own form, <c>adj(v3)·v2ᵀ</c>; failing both, <c>adj(v3)·∂v3/∂v1</c>.
    /// </summary>
    /// <param name="input">The position of the input.</param>
    /// <param name="upstream">How the output's gradient is written.</param>
    /// <param name="x">How each input is written.</param>
    /// <param name="y">How the output is written.</param>
    public virtual string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        DerivativeText(input, x, y) is { } derivative ? Notation.Times(upstream, derivative) : $"{upstream}·∂{y}/∂{x[input]}";

    /// <summary>
    /// The operation as a line of its tape: <c>v3 = Log(v1) = 0.6931472</c>; tensors with shape and type instead of the value.
    /// </summary>
    public override string ToString() => OperationLine.Of(this);
}
