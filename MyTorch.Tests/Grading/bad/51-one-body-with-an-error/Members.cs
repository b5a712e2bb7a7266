namespace MyTorch.Operations;

class Sigmoid
{
    public override Tensor Derivative() => Output * (1 - Outptu);
}
