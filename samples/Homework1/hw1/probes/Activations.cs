using MyTorch;
using MyTorch.Operations;
using MyTorch.Probes;

/// <summary>Part 3: values and rules. Inputs have both signs, and 0 is always among them.</summary>
static class Activations
{
    public static void SigmoidValue(Probe probe) => Cases.Value(probe, "y", new Sigmoid(Draw(probe)));

    public static void SigmoidRule(Probe probe) => Cases.Rule(probe, new Sigmoid(Draw(probe)), "dX");

    public static void TanhValue(Probe probe) => Cases.Value(probe, "y", new Tanh(Draw(probe)));

    public static void TanhRule(Probe probe) => Cases.Rule(probe, new Tanh(Draw(probe)), "dX");

    public static void ReLUValue(Probe probe) => Cases.Value(probe, "y", new ReLU(Draw(probe)));

    public static void ReLURule(Probe probe) => Cases.Rule(probe, new ReLU(Draw(probe)), "dX");

    static Tensor Draw(Probe probe)
    {
        double[] numbers = probe.Numbers(8, -3, 3);
        numbers[probe.Next(0, 3)] = 0;
        // Whatever the seed: one of either sign.
        numbers[4] = 0.25 + Math.Abs(numbers[4]);
        numbers[5] = -0.25 - Math.Abs(numbers[5]);
        return Cases.Leaf(Tensor.From(numbers, [4, 2], probe.DType));
    }
}
