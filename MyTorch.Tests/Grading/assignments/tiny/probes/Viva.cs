using MyTorch;
using MyTorch.Operations;
using MyTorch.Probes;

static class Viva
{
    public static void Product(Probe probe)
    {
        double a = probe.Next(2, 9), b = probe.Next(2, 9);
        probe.Return("given v1", a);
        probe.Return("given v2", b);
        Tensor x = Leaf(a), y = Leaf(b);
        using var autograd = new Autograd();
        Tensor z = new Multiply(x, y).Apply();
        probe.Return("v3 = v1 · v2", z);
        autograd.Backward(z);
        probe.Return("the adjoint of v2", y.Grad);
        probe.Return("the adjoint of v1", x.Grad);

        Tensor Leaf(double value)
        {
            Tensor leaf = Tensor.From(value, probe.DType);
            leaf.RequiresGrad = true;
            return leaf;
        }
    }
}
