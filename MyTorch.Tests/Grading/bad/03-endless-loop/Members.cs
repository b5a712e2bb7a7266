namespace MyTorch.Operations;

class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        while (true) { }
        return [gradient.MatMul(Weight), gradient.MatMul(X, transposeThis: true), gradient.Sum(0)];
    }
}
