namespace MyTorch.Operations;

class Linear
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.MatMul(Weight), gradient.MatMul(X, transposeThis: true), gradient.Summ(0)];
}
