using MyTorch;
using MyTorch.Operations;
using MyTorch.Probes;

/// <summary>Part 3: values and rules. Inputs have both signs, and 0 is always among them; then come a drawn shape and numbers up to 15.</summary>
static class Activations
{
    public static void SigmoidValue(Probe probe) => Value(probe, x => new Sigmoid(x));

    public static void SigmoidRule(Probe probe) => Rule(probe, x => new Sigmoid(x));

    public static void TanhValue(Probe probe) => Value(probe, x => new Tanh(x));

    public static void TanhRule(Probe probe) => Rule(probe, x => new Tanh(x));

    public static void ReLUValue(Probe probe) => Value(probe, x => new ReLU(x));

    public static void ReLURule(Probe probe) => Rule(probe, x => new ReLU(x));

    static void Value(Probe probe, Func<Tensor, Operation> operation)
    {
        Cases.Value(probe, "y", operation(Draw(probe)));
        Cases.Value(probe, "drawn y", operation(Cases.Mixed(probe, Cases.DrawnShape(probe, 0, 3), 15)));
    }

    static void Rule(Probe probe, Func<Tensor, Operation> operation)
    {
        Cases.Rule(probe, operation(Draw(probe)), "dX");
        Cases.Rule(probe, operation(Cases.Mixed(probe, Cases.DrawnShape(probe, 0, 3), 15)), "drawn dX");
    }

    static Tensor Draw(Probe probe)
    {
        double[] numbers = probe.Numbers(8, -3, 3);
        numbers[probe.Next(0, 3)] = 0;
        // Whatever the seed: one of either sign.
        numbers[4] = 0.25 + Math.Abs(numbers[4]);
        numbers[5] = -0.25 - Math.Abs(numbers[5]);
        // And a small one, by which a threshold of 1 shows.
        numbers[6] = Math.Round(0.25 + Math.Abs(numbers[6]) / 6, 2);
        return Cases.Leaf(Tensor.From(numbers, [4, 2], probe.DType));
    }
}
