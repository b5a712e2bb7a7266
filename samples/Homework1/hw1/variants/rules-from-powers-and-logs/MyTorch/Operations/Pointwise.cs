namespace MyTorch.Operations;

public abstract partial class PointwiseOperation(Tensor x) : Operation(x)
{
    public abstract Tensor Derivative();

    public override Tensor?[] Backward(Tensor gradient) => [gradient * Derivative()];

    public override Tensor Tangent(Tensor?[] tangents) => Derivative() * tangents[0]!;
}

internal sealed class Identity(Tensor x) : Operation(x)
{
    protected override Tensor Forward() => X;

    public override Tensor?[] Backward(Tensor gradient) => [gradient];
}

public sealed class Log(Tensor x) : PointwiseOperation(x)
{
    protected override Tensor Forward() => ElementwiseDispatch.Log(X);

    public override Tensor Derivative() => X.Pow(-1);
}

public sealed class Exp(Tensor x) : PointwiseOperation(x)
{
    protected override Tensor Forward() => ElementwiseDispatch.Exp(X);

    public override Tensor Derivative() => Tensor.Pow(Math.E, X);
}
