namespace MyTorch.Operations;

/// <summary>
/// y = f(x) for each element alone. The local derivative f′(x) is the whole rule: in reverse x̄ = ȳ·f′(x), forward ẏ = f′(x)·ẋ.
/// </summary>
/// <param name="x">The operand, of any shape; the output has the same.</param>
public abstract partial class PointwiseOperation(Tensor x) : Operation(x)
{
    /// <summary>f′(x) at every element, as an expression in the input and the output.</summary>
    public abstract Tensor Derivative();

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient * OfItsType(Derivative())];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Derivative() * tangents[0]!;
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

/// <summary>y = ln x;  dy/dx = 1/x</summary>
/// <inheritdoc/>
public sealed class Log(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Log(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => 1 / X;

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"ln {x}", $"1/{x}");
}

/// <summary>y = eˣ;  dy/dx = eˣ = y</summary>
/// <inheritdoc/>
public sealed class Exp(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Exp(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => Output;

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"exp {x}", y);
}
