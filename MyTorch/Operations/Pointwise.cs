namespace MyTorch.Operations;

/// <summary>
/// y = f(x), element by element. The derivative f′(x) is the whole rule: reverse mode x̄ = ȳ·f′(x), forward mode ẏ = f′(x)·ẋ.
/// </summary>
/// <param name="x">The input, of any shape; the output has the same shape.</param>
public abstract partial class PointwiseOperation(Tensor x) : Operation(x)
{
    /// <summary>f′(x) at every element, computed from the input and the output; of the input's shape and type.</summary>
    public abstract Tensor Derivative();

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [gradient * RequireType(Derivative())];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Derivative() * tangents[0]!;
}

/// <summary>y = x, as a new tensor on the tape;  dy/dx = 1</summary>
/// <inheritdoc/>
internal sealed class Identity(Tensor x) : Operation(x)
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
