namespace MyTorch.Operations;

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
