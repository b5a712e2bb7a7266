namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * Bee, gradient * A];
}

class Sigmoid
{
    public override Tensor Derivative() => Outptu;
}
