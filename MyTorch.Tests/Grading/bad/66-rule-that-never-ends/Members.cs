namespace MyTorch.Operations;

class Sigmoid
{
    public override Tensor Derivative()
    {
        while (true) Thread.Sleep(100);
    }
}
