using MyTorch;
using MyTorch.Layers;
using MyTorch.Probes;

/// <summary>
/// Parts 1 and 2: a linear layer and the activations, forwards and backwards. No size equals another, so that a transposition shows; then
/// come sizes and magnitudes that are drawn.
/// </summary>
static class Layers
{
    public static void LinearForward(Probe probe)
    {
        // Square ones come first: a forgotten transposition still gives numbers there, which show what is wrong with the bias too.
        Forward(probe, "square product", 2, 2, 2, bias: false);
        Forward(probe, "square Z", 2, 2, 2, bias: true);
        Forward(probe, "product", 5, 4, 3, bias: false);
        Forward(probe, "Z", 5, 4, 3, bias: true);
        Forward(probe, "Z of one row", 1, 4, 3, bias: true);
        foreach ((string name, bool bias) in new[] { ("drawn product", false), ("drawn Z", true) })
        {
            (int rows, int inputs, int outputs) = Sizes(probe);
            Forward(probe, name, rows, inputs, outputs, bias);
        }
    }

    static (int Rows, int Inputs, int Outputs) Sizes(Probe probe) => (probe.Next(1, 9), probe.Next(1, 6), probe.Next(1, 6));

    static void Forward(Probe probe, string name, int rows, int inputs, int outputs, bool bias)
    {
        Linear layer = Draw(probe, inputs, outputs);
        if (!bias) layer.B = Tensor.ZerosLike(layer.B);
        Tensor a = probe.Draw([rows, inputs]);
        Show(probe, ("A", a), ("W", layer.W), ("b", layer.B));
        probe.Return(name, layer.Forward(a));
    }

    public static void LinearBackward(Probe probe)
    {
        Backward(probe, "square ", 3, 3, 3);
        Backward(probe, "", 5, 4, 3);
        (int rows, int inputs, int outputs) = Sizes(probe);
        Backward(probe, "drawn ", rows, inputs, outputs);

        // What the second Forward remembers counts, and a second Backward overwrites.
        Linear twice = Draw(probe, 2, 3);
        for (int round = 1; round <= 2; round++)
        {
            Tensor a = probe.Draw([4, 2]), gradient = probe.Draw([4, 3]);
            Show(probe, ($"A of call {round}", a), ("W", twice.W), ($"dLdZ of call {round}", gradient));
            twice.Forward(a);
            twice.Backward(gradient);
        }
        probe.Return("second dLdW", twice.DLdW);
        probe.Return("second dLdB", twice.DLdB);
    }

    static void Backward(Probe probe, string name, int rows, int inputs, int outputs)
    {
        Linear layer = Draw(probe, inputs, outputs);
        Tensor a = probe.Draw([rows, inputs]), gradient = probe.Draw([rows, outputs]);
        Show(probe, ("A", a), ("W", layer.W), ("dLdZ", gradient));
        layer.Forward(a);
        probe.Return($"{name}dLdA", layer.Backward(gradient));
        probe.Return($"{name}dLdW", layer.DLdW);
        probe.Return($"{name}dLdB", layer.DLdB);
    }

    public static void SigmoidForward(Probe probe) => Forward(probe, new Sigmoid());

    public static void SigmoidBackward(Probe probe) => Backward(probe, new Sigmoid());

    public static void TanhForward(Probe probe) => Forward(probe, new Tanh());

    public static void TanhBackward(Probe probe) => Backward(probe, new Tanh());

    public static void ReLUForward(Probe probe) => Forward(probe, new ReLU());

    public static void ReLUBackward(Probe probe) => Backward(probe, new ReLU());

    static void Forward(Probe probe, Layer layer)
    {
        Tensor z = Inputs(probe);
        probe.Show("Z", z);
        probe.Return("A", layer.Forward(z));
        z = Mixed(probe, 15);
        probe.Show("Z", z);
        probe.Return("drawn A", layer.Forward(z));
    }

    /// <summary>A matrix of mixed numbers, up to six rows and columns.</summary>
    public static Tensor Mixed(Probe probe, double limit) => Mixed(probe, probe.Next(1, 6), probe.Next(1, 6), limit);

    /// <summary>A matrix of mixed numbers.</summary>
    public static Tensor Mixed(Probe probe, int rows, int columns, double limit) =>
        Tensor.From(probe.Mixed(rows * columns, limit), [rows, columns], probe.DType);

    static void Backward(Probe probe, Layer layer)
    {
        Tensor z = Inputs(probe);
        double[] numbers = probe.Numbers(8);
        // Where the input is positive for certain, a negative one.
        numbers[4] = -0.25 - Math.Abs(numbers[4]);
        Tensor gradient = Tensor.From(numbers, [4, 2], probe.DType);
        Show(probe, ("Z", z), ("dLdA", gradient));
        layer.Forward(z);
        probe.Return("dLdZ", layer.Backward(gradient));

        // What the last Forward has kept counts.
        (z, gradient) = (probe.Draw([3, 2]), probe.Draw([3, 2]));
        Show(probe, ("Z of the next call", z), ("dLdA", gradient));
        layer.Forward(z);
        probe.Return("dLdZ of the next call", layer.Backward(gradient));

        z = Mixed(probe, 15);
        gradient = Mixed(probe, z.Shape[0], z.Shape[1], 50);
        Show(probe, ("Z", z), ("dLdA", gradient));
        layer.Forward(z);
        probe.Return("drawn dLdZ", layer.Backward(gradient));
    }

    // Both signs, and a 0.
    static Tensor Inputs(Probe probe)
    {
        double[] numbers = probe.Numbers(8, -3, 3);
        numbers[probe.Next(0, 3)] = 0;
        numbers[4] = 0.25 + Math.Abs(numbers[4]);
        numbers[5] = -0.25 - Math.Abs(numbers[5]);
        // And a small one, by which a threshold of 1 shows.
        numbers[6] = Math.Round(0.25 + Math.Abs(numbers[6]) / 6, 2);
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

    /// <summary>Shows what the next results are computed from, as far as it is there.</summary>
    public static void Show(Probe probe, params (string Name, Tensor? Value)[] inputs)
    {
        foreach ((string name, Tensor? value) in inputs)
            if (value is not null) probe.Show(name, value);
    }
}
