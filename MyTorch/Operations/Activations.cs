namespace MyTorch.Operations;

/// <summary>y = σ(x) = 1/(1 + e⁻ˣ);  dy/dx = y(1 − y)</summary>
/// <inheritdoc/>
internal sealed partial class Sigmoid(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Sigmoid(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => Output * (1 - Output);

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"σ({x})", $"{y}·(1 - {y})");
}

/// <summary>y = tanh x;  dy/dx = 1 − y²</summary>
/// <inheritdoc/>
internal sealed partial class Tanh(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Tanh(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => 1 - Output.Square();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"tanh {x}", $"1 - {y}²");
}

/// <summary>
/// An element-wise operation whose derivative is 1 or 0, so it passes the gradient or blocks it. A blocked gradient is exactly 0, even
/// where the upstream gradient is infinite, as that of a square root at 0 is. A product would give 0·∞ = NaN.
/// </summary>
/// <inheritdoc/>
public abstract class GateOperation(Tensor x) : PointwiseOperation(x)
{
    /// <summary>Bool, of the input's shape: true where the derivative is 1.</summary>
    public abstract Tensor Passes();

    /// <inheritdoc/>
    public sealed override Tensor Derivative() => Passes().To(X.DType);

    /// <inheritdoc/>
    public sealed override Tensor?[] Backward(Tensor gradient) => [Gate(gradient)];

    /// <inheritdoc/>
    public sealed override Tensor Tangent(Tensor?[] tangents) => Gate(tangents[0]!);

    Tensor Gate(Tensor flow) => Tensor.Where(Passes(), flow, Tensor.From(0, flow.DType));
}

/// <summary>y = max(x, 0);  dy/dx = 1 for x &gt; 0, else 0 (0 at 0). NaN stays NaN and passes its gradient.</summary>
/// <inheritdoc/>
internal sealed partial class ReLU(Tensor x) : GateOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.ReLU(X);

    /// <inheritdoc/>
    public override Tensor Passes() => (X <= 0).Not();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"max({x}, 0)", $"1 if {x} > 0 else 0");
}
