namespace MyTorch.Operations;

/// <summary>An operation that takes each element from one of two operands.</summary>
/// <inheritdoc/>
public abstract class ChoosingOperation(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    /// <summary>
    /// One operand's share of a gradient or tangent: all of it where the operand was chosen, half where both are equal, exactly 0
    /// elsewhere.
    /// </summary>
    /// <param name="gradient">The upstream gradient, or the operand's tangent.</param>
    /// <param name="lost">Bool: true where the other operand was chosen.</param>
    private protected Tensor Share(Tensor gradient, Tensor lost) =>
        Tensor.Where(lost, Tensor.From(0, gradient.DType), Tensor.Where(A.EqualTo(B), 0.5 * gradient, gradient));
}

/// <summary>z = max(a, b), NaN if either is;  the gradient goes to the larger operand, half to each where they are equal</summary>
/// <inheritdoc/>
public sealed class Maximum(Tensor a, Tensor b) : ChoosingOperation(a, b)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Maximum(A, B);

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
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) =>
        ($"max({a}, {b})", ShareText(a, b), ShareText(b, a));

    static string ShareText(string mine, string other) => $"1 if {mine} > {other} else 0.5 if {mine} = {other} else 0";
}

/// <summary>z = min(a, b), NaN if either is;  the gradient goes to the smaller operand, half to each where they are equal</summary>
/// <inheritdoc/>
public sealed class Minimum(Tensor a, Tensor b) : ChoosingOperation(a, b)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Minimum(A, B);

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
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) =>
        ($"min({a}, {b})", ShareText(a, b), ShareText(b, a));

    static string ShareText(string mine, string other) => $"1 if {mine} < {other} else 0.5 if {mine} = {other} else 0";
}

/// <summary>
/// z = a where the condition is true, b elsewhere;  ā = z̄ where it is true, b̄ = z̄ elsewhere. The other elements of ā and b̄ are exactly
/// 0, even where the operand that was not chosen is NaN or infinite.
/// </summary>
/// <param name="condition">Bool; broadcasts with a and b.</param>
/// <param name="a">The values where the condition is true.</param>
/// <param name="b">The values elsewhere.</param>
public sealed class Where(Tensor condition, Tensor a, Tensor b) : BinaryOperation(a, b)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Settings => [condition];

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        if (condition.DType != DType.Bool)
            throw new InvalidOperationException(
                $"Where: the condition is {condition.DType}; it must be Bool, the result of a comparison such as x > 0.");
        ElementwiseDispatch.RequireSameType(A, B, Name);
        Shape shape = Shape.Broadcast(Shape.Broadcast(A.Shape, B.Shape, Name), condition.Shape, Name);
        return ElementwiseDispatch.Where(condition.Expand(shape), A.Expand(shape), B.Expand(shape));
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor zero = Tensor.ZerosLike(gradient);
        return
        [
            A.RequiresGrad ? Tensor.Where(condition, gradient, zero) : null,
            B.RequiresGrad ? Tensor.Where(condition, zero, gradient) : null,
        ];
    }

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) =>
        Tensor.Where(condition, tangents[0] ?? Tensor.ZerosLike(A), tangents[1] ?? Tensor.ZerosLike(B));

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) =>
        ($"where(condition, {a}, {b})", null, null);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        input == 0 ? $"where(condition, {upstream}, 0)" : $"where(condition, 0, {upstream})";
}

/// <summary>y = x limited to [min, max];  dy/dx = 1 from min to max (the bounds included), 0 outside and for NaN</summary>
public sealed class Clamp : GateOperation
{
    readonly double? _min, _max;

    /// <summary>Limits every element of a tensor to [min, max].</summary>
    /// <param name="x">The input.</param>
    /// <param name="min">The lower bound; null means no lower bound.</param>
    /// <param name="max">The upper bound; null means no upper bound.</param>
    /// <exception cref="ArgumentException">A bound is NaN, or the lower bound is greater than the upper one.</exception>
    public Clamp(Tensor x, double? min, double? max) : base(x)
    {
        if (min is double.NaN) throw Invalid.Setting(nameof(min), double.NaN, "Clamp: min must be a number.");
        if (max is double.NaN) throw Invalid.Setting(nameof(max), double.NaN, "Clamp: max must be a number.");
        if (min > max)
            throw new ArgumentException(
                FormattableString.Invariant($"Clamp: min {min} is greater than max {max}; no number lies between them. Swap them?"),
                nameof(min));
        (_min, _max) = (min, max);
    }

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        Tensor y = _min is { } low ? Tensor.Maximum(X, Tensor.From(low, X.DType)) : X;
        return _max is { } high ? Tensor.Minimum(y, Tensor.From(high, X.DType)) : y;
    }

    /// <inheritdoc/>
    public override Tensor Passes() => (_min, _max) switch
    {
        ({ } low, { } high) => (X >= low).And(X <= high),
        ({ } low, null) => X >= low,
        (null, { } high) => X <= high,
        _ => X.EqualTo(X),
    };

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y)
    {
        string value = _min is { } low ? $"max({x}, {Notation.Number(low)})" : x;
        string inside = _min is { } bottom ? $"{Notation.Number(bottom)} ≤ {x}" : x;
        return _max is { } high
            ? ($"min({value}, {Notation.Number(high)})", $"1 if {inside} ≤ {Notation.Number(high)} else 0")
            : (value, $"1 if {inside} else 0");
    }
}

/// <summary>y = ⌊x⌋, the largest integer ≤ x;  dy/dx = 0 everywhere, also at the jumps</summary>
/// <inheritdoc/>
public sealed class Floor(Tensor x) : GateOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Floor(X);

    /// <inheritdoc/>
    public override Tensor Passes() => Tensor.Full(X.Shape, 0, DType.Bool);

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"floor {x}", "0");
}

/// <summary>y = ⌈x⌉, the smallest integer ≥ x;  dy/dx = 0 everywhere, also at the jumps</summary>
/// <inheritdoc/>
public sealed class Ceil(Tensor x) : GateOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Ceil(X);

    /// <inheritdoc/>
    public override Tensor Passes() => Tensor.Full(X.Shape, 0, DType.Bool);

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"ceil {x}", "0");
}

/// <summary>y = round x, the nearest integer, ties to even;  dy/dx = 0 everywhere, also at the jumps</summary>
/// <inheritdoc/>
public sealed class Round(Tensor x) : GateOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Round(X);

    /// <inheritdoc/>
    public override Tensor Passes() => Tensor.Full(X.Shape, 0, DType.Bool);

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"round {x}", "0");
}
