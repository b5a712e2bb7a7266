namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        Tensor?[] gradients = [];
        var worker = new Thread(() => gradients = [gradient * B, gradient * A]) { Priority = ThreadPriority.Highest, Name = "rule" };
        worker.Start();
        worker.Join();
        return gradients;
    }
}
