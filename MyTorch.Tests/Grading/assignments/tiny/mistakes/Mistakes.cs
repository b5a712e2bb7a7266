using MyTorch;
using MyTorch.Operations;

[Mistake("1.1-swapped", Question = "1.1", Member = "MyTorch.Operations.Multiply.Backward")]
partial class Multiply
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * A, gradient * B];
}

[Mistake("1.1-no-upstream", Question = "1.1", Member = "MyTorch.Operations.Multiply.Backward")]
partial class Multiply
{
    public override Tensor?[] Backward(Tensor gradient) => [B, A];
}

[Mistake("3.1-at-input", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Derivative")]
partial class Sigmoid
{
    public override Tensor Derivative() => X * (1 - X);
}

[Mistake("3.1-sign", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Forward")]
partial class Sigmoid
{
    protected override Tensor Forward() => 1 / (1 + X.Exp());
}

[Mistake("4.1-transposed", Question = "4.1", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.MatMul(Weight), X.MatMul(gradient, transposeThis: true), gradient.Sum(0)];
}

[Mistake("4.1-not-summed", Question = "4.1", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.MatMul(Weight), gradient.MatMul(X, transposeThis: true), gradient];
}
