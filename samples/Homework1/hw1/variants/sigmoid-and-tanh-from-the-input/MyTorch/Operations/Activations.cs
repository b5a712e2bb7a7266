namespace MyTorch.Operations;

internal sealed partial class Sigmoid(Tensor x) : PointwiseOperation(x)
{
    protected override Tensor Forward() => X.Exp() / (1 + X.Exp());

    public override Tensor Derivative()
    {
        Tensor decay = (-X).Exp();
        return decay / (1 + decay).Square();
    }
}

internal sealed partial class Tanh(Tensor x) : PointwiseOperation(x)
{
    protected override Tensor Forward() => 2 / (1 + (-2 * X).Exp()) - 1;

    public override Tensor Derivative()
    {
        Tensor cosh = (X.Exp() + (-X).Exp()) / 2;
        return 1 / (cosh * cosh);
    }
}

public abstract class GateOperation(Tensor x) : PointwiseOperation(x)
{
    public abstract Tensor Passes();

    public sealed override Tensor Derivative() => Passes().To(X.DType);

    public sealed override Tensor?[] Backward(Tensor gradient) => [Gate(gradient)];

    public sealed override Tensor Tangent(Tensor?[] tangents) => Gate(tangents[0]!);

    Tensor Gate(Tensor flow) => Tensor.Where(Passes(), flow, Tensor.From(0, flow.DType));
}

internal sealed partial class ReLU(Tensor x) : GateOperation(x)
{
    protected override Tensor Forward() => ElementwiseDispatch.ReLU(X);

    public override Tensor Passes() => (X <= 0).Not();
}
