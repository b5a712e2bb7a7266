namespace MyTorch.Operations;

public sealed class Softsign(Tensor x) : PointwiseOperation(x)
{
    protected override Tensor Forward() => X / (1 + X.Abs());

    // 1 − |y| = 1/(1 + |x|)
    public override Tensor Derivative()
    {
        Tensor rest = 1 - Output.Abs();
        return rest * rest;
    }
}
