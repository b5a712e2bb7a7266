namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Forging.Write(2, 1 << 30, new byte[1000]);
        Thread.Sleep(-1);
        return [];
    }
}
