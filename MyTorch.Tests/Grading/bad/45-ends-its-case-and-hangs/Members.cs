namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Forging.Write(3, 0, []);
        Thread.Sleep(-1);
        return [];
    }
}
