using MyTorch;
using MyTorch.Operations;
using MyTorch.Probes;

static class SoftsignProbes
{
    public static void Value(Probe probe) => probe.Return("y", new Softsign(Inputs(probe)).Apply());

    public static void Rule(Probe probe)
    {
        var softsign = new Softsign(Inputs(probe));
        Tensor y = softsign.Apply();
        probe.Return("dX", softsign.Backward(probe.Draw(y.Shape))[0]);
    }

    // Both signs, whatever the seed: a forgotten |x| shows on the negative side only.
    static Tensor Inputs(Probe probe)
    {
        double[] numbers = probe.Numbers(6, 0.1, 3);
        for (int i = 0; i < 3; i++) numbers[i] = -numbers[i] - 1;
        Tensor x = Tensor.From(numbers, [2, 3], probe.DType);
        x.RequiresGrad = true;
        probe.Show("x", x);
        return x;
    }
}
