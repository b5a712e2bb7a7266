namespace MyTorch.Operations;

internal sealed partial class Sigmoid(Tensor x) : PointwiseOperation(x)
{
    protected override Tensor Forward() => MyLoops.Each(X, x => 1 / (1 + Math.Exp(-x)));

    public override Tensor Derivative() => MyLoops.Each(Output, y => y * (1 - y));
}

internal sealed partial class Tanh(Tensor x) : PointwiseOperation(x)
{
    protected override Tensor Forward() => MyLoops.Each(X, Math.Tanh);

    public override Tensor Derivative() => MyLoops.Each(Output, y => (1 - y) * (1 + y));
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
    protected override Tensor Forward() => MyLoops.Each(X, x => x > 0 ? x : 0);

    public override Tensor Passes()
    {
        var open = new bool[X.ElementCount];
        double[] x = X.ToArray();
        for (int i = 0; i < open.Length; i++) open[i] = x[i] > 0;
        return Tensor.Mask(open, X.Shape);
    }
}
