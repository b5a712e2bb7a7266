namespace MyTorch.Operations;

class Multiply
{
    static Tensor Product(Tensor a, Tensor b) => a ** b;

    public override Tensor?[] Backward(Tensor gradient) => [gradient * B, gradient * A];
}
