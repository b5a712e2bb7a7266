namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        var threads = new List<Thread>();
        for (int i = 0; i < 1000; i++)
        {
            threads.Add(new Thread(() => Thread.Sleep(100_000)));
            threads[^1].Start();
        }
        throw new InvalidOperationException("all of them started");
    }
}
