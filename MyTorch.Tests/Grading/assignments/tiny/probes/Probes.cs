using MyTorch;
using MyTorch.Operations;
using MyTorch.Probes;

static class Rules
{
    public static void Multiply(Probe probe)
    {
        Tensor a = probe.DrawLeaf([2, 3]), b = probe.DrawLeaf([2, 3]);
        var multiply = new Multiply(a, b);
        multiply.Apply();
        Tensor?[] gradients = multiply.Backward(probe.Draw([2, 3]));
        probe.Return("da", gradients[0]);
        probe.Return("db", gradients[1]);
    }
}

static class Activations
{
    public static void Sigmoid(Probe probe)
    {
        Tensor x = probe.DrawLeaf([3, 2]);
        var sigmoid = new Sigmoid(x);
        probe.Return("y", sigmoid.Apply());
        probe.Return("dx", sigmoid.Backward(probe.Draw([3, 2]))[0]);
    }
}

static class Layers
{
    public static void Linear(Probe probe)
    {
        Tensor x = probe.DrawLeaf([4, 3]), weight = probe.DrawLeaf([2, 3]), bias = probe.DrawLeaf([2]);
        var linear = new Linear(x, weight, bias);
        linear.Apply();
        Tensor?[] gradients = linear.Backward(probe.Draw([4, 2]));
        probe.Return("dX", gradients[0]);
        probe.Return("dW", gradients[1]);
        probe.Return("db", gradients[2]);
    }
}
