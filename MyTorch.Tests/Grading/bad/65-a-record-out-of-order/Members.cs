namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Forging.Write(1, 0, []);
        return [gradient * B, gradient * A];
    }
}
