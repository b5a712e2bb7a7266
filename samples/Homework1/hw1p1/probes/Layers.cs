using MyTorch;
using MyTorch.Layers;
using MyTorch.Probes;

/// <summary>Parts 1 and 2: a linear layer and the activations, forwards and backwards. No size equals another, so that a transposition shows.</summary>
static class Layers
{
    public static void LinearForward(Probe probe)
    {
        probe.Return("square Z", Draw(probe, 2, 2).Forward(probe.Draw([2, 2])));
        probe.Return("Z", Draw(probe, 4, 3).Forward(probe.Draw([5, 4])));
        probe.Return("Z of one row", Draw(probe, 4, 3).Forward(probe.Draw([1, 4])));
    }

    public static void LinearBackward(Probe probe)
    {
        Backward(probe, "square ", 3, 3, 3);
        Backward(probe, "", 5, 4, 3);

        // What the second Forward remembers counts, and a second Backward overwrites.
        Linear twice = Draw(probe, 2, 3);
        for (int round = 0; round < 2; round++)
        {
            twice.Forward(probe.Draw([4, 2]));
            twice.Backward(probe.Draw([4, 3]));
        }
        probe.Return("second dLdW", twice.DLdW);
        probe.Return("second dLdB", twice.DLdB);
    }

    static void Backward(Probe probe, string name, int rows, int inputs, int outputs)
    {
        Linear layer = Draw(probe, inputs, outputs);
        layer.Forward(probe.Draw([rows, inputs]));
        Tensor gradient = probe.Draw([rows, outputs]);
        probe.Return($"{name}dLdA", layer.Backward(gradient));
        probe.Return($"{name}dLdW", layer.DLdW);
        probe.Return($"{name}dLdB", layer.DLdB);
    }

    public static void SigmoidForward(Probe probe) => probe.Return("A", new Sigmoid().Forward(Inputs(probe)));

    public static void SigmoidBackward(Probe probe) => Backward(probe, new Sigmoid());

    public static void TanhForward(Probe probe) => probe.Return("A", new Tanh().Forward(Inputs(probe)));

    public static void TanhBackward(Probe probe) => Backward(probe, new Tanh());

    public static void ReLUForward(Probe probe) => probe.Return("A", new ReLU().Forward(Inputs(probe)));

    public static void ReLUBackward(Probe probe) => Backward(probe, new ReLU());

    static void Backward(Probe probe, Layer layer)
    {
        layer.Forward(Inputs(probe));
        double[] gradient = probe.Numbers(8);
        // Where the input is positive for certain, a negative one.
        gradient[4] = -0.25 - Math.Abs(gradient[4]);
        probe.Return("dLdZ", layer.Backward(Tensor.From(gradient, [4, 2], probe.DType)));
    }

    // Both signs, and a 0.
    static Tensor Inputs(Probe probe)
    {
        double[] numbers = probe.Numbers(8, -3, 3);
        numbers[probe.Next(0, 3)] = 0;
        numbers[4] = 0.25 + Math.Abs(numbers[4]);
        numbers[5] = -0.25 - Math.Abs(numbers[5]);
        return Tensor.From(numbers, [4, 2], probe.DType);
    }

    /// <summary>A layer with weights drawn.</summary>
    static Linear Draw(Probe probe, int inputs, int outputs) => Fill(probe, new Linear(inputs, outputs));

    public static Linear Fill(Probe probe, Linear layer)
    {
        layer.W = probe.Draw(layer.W.Shape, -1, 1);
        layer.B = probe.Draw(layer.B.Shape, -1, 1);
        return layer;
    }
}
