namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        new Thread(() =>
        {
            Thread.Sleep(30);
            throw new InvalidOperationException("late");
        }).Start();
        _ = Task.Run(() => throw new InvalidOperationException("late"));
        return [gradient * B, gradient * A];
    }
}
