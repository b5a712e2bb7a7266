namespace MyTorch.Operations;

internal sealed partial class Sigmoid(Tensor x) : PointwiseOperation(x)
{
    protected override Tensor Forward() => ElementwiseDispatch.Sigmoid(X);

    public override Tensor Derivative() => Output * (1 - Output);
}

internal sealed partial class Tanh(Tensor x) : PointwiseOperation(x)
{
    protected override Tensor Forward() => ElementwiseDispatch.Tanh(X);

    public override Tensor Derivative() => 1 - Output.Square();
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
    protected override Tensor Forward() => 0.5 * (X + X.Abs());

    public override Tensor Passes() => X.Sign().EqualTo(1);
}
