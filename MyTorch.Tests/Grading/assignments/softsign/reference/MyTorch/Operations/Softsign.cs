namespace MyTorch.Operations;

/// <summary>y = x/(1 + |x|), between −1 and 1.</summary>
/// <inheritdoc/>
public sealed class Softsign(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => X / (1 + X.Abs());

    /// <inheritdoc/>
    public override Tensor Derivative() => 1 / (1 + X.Abs()).Square();
}
