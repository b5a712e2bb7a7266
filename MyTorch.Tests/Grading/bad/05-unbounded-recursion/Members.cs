namespace MyTorch.Operations;

class Linear
{
    public override Tensor?[] Backward(Tensor gradient) => Backward(gradient + 1);
}
