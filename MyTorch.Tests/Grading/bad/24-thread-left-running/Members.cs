namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        new Thread(() =>
        {
            while (true) Thread.Sleep(10);
        }).Start();
        return [gradient * B, gradient * A];
    }
}
