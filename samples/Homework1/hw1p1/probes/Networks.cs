using MyTorch;
using MyTorch.Layers;
using MyTorch.Probes;

/// <summary>
/// Parts 3 to 5: the layers one after the other, and back. Biases alternate in sign, so that at every ReLU some units are open and some
/// shut. The sizes of the layers are the assignment's; batches and magnitudes are drawn as well.
/// </summary>
static class Networks
{
    public static void MLP0Forward(Probe probe) => Forward(probe, new MLP0());

    public static void MLP0Backward(Probe probe) => Backward(probe, new MLP0(), 3);

    public static void MLP1Forward(Probe probe) => Forward(probe, new MLP1());

    public static void MLP1Backward(Probe probe) => Backward(probe, new MLP1(), 2);

    public static void MLP4Forward(Probe probe)
    {
        var network = new MLP4();
        probe.Return("layers", network.Layers.Count);
        Tensor sizes = Tensor.From([.. network.Layers.OfType<Linear>().SelectMany(layer => new double[] { layer.W.Shape[1], layer.W.Shape[0] })]);
        probe.Return("sizes", sizes);
        Forward(probe, network);
    }

    public static void MLP4Backward(Probe probe) => Backward(probe, new MLP4(), 2);

    static void Forward(Probe probe, Layer network)
    {
        Linear[] linears = Fill(probe, network);
        foreach ((string name, int rows) in new[] { ("A", 8), ("A of another batch", 3) })
        {
            Tensor a = probe.Draw([rows, 2]);
            Show(probe, linears, ("A0", a));
            probe.Return(name, network.Forward(a));
        }
        linears = Fill(probe, network, DrawnLimit(probe));
        Tensor drawn = DrawnBatch(probe);
        Show(probe, linears, ("A0", drawn));
        probe.Return("A of a drawn batch", network.Forward(drawn));
    }

    static double DrawnLimit(Probe probe) => 0.25 * probe.Next(2, 5);

    static Tensor DrawnBatch(Probe probe)
    {
        double limit = probe.Next() < 0.5 ? 1 : 5;
        return probe.Draw([probe.Next(1, 12), 2], -limit, limit);
    }

    static void Backward(Probe probe, Layer network, int outputs)
    {
        Linear[] linears = Fill(probe, network);
        Backward(probe, network, linears, "", probe.Draw([8, 2]), outputs);
        // The network again, with other weights: what the first call has left does not count.
        linears = Fill(probe, network, DrawnLimit(probe));
        Backward(probe, network, linears, "drawn ", DrawnBatch(probe), outputs);
    }

    static void Backward(Probe probe, Layer network, Linear[] linears, string name, Tensor a, int outputs)
    {
        Tensor gradient = probe.Draw([a.Shape[0], outputs]);
        Show(probe, linears, ("A0", a), ("gradient", gradient));
        network.Forward(a);
        probe.Return($"{name}dLdA", network.Backward(gradient));
        for (int i = 0; i < linears.Length; i++)
        {
            probe.Return($"{name}dLdW of layer {i}", linears[i].DLdW);
            probe.Return($"{name}dLdB of layer {i}", linears[i].DLdB);
        }
    }

    static void Show(Probe probe, Linear[] linears, params (string Name, Tensor? Value)[] inputs)
    {
        Layers.Show(probe, inputs);
        // Of the deepest network, more numbers than anybody would work through.
        if (linears.Length > 2) return;
        for (int i = 0; i < linears.Length; i++) Layers.Show(probe, ($"W of layer {i}", linears[i].W), ($"b of layer {i}", linears[i].B));
    }

    static Linear[] Fill(Probe probe, Layer network, double limit = 0.75)
    {
        IReadOnlyList<Layer> layers = network switch
        {
            MLP0 mlp => mlp.Layers,
            MLP1 mlp => mlp.Layers,
            MLP4 mlp => mlp.Layers,
            _ => [],
        };
        Linear[] linears = [.. layers.OfType<Linear>()];
        foreach (Linear layer in linears)
        {
            double[] biases = probe.Numbers(layer.B.ElementCount, 1, 2);
            double[] weights = probe.Numbers(layer.W.ElementCount, -limit, limit);
            for (int i = 1; i < biases.Length; i += 2) biases[i] = -biases[i];
            // All else has two decimals: moved off their grid, no unit stands at the kink of its ReLU, where the order of a sum would decide.
            for (int i = 0; i < biases.Length; i++) biases[i] += 0.00003;
            // Behind a ReLU no number is negative: so the last layer's even units are surely open, the odd ones surely shut.
            if (layer == linears[^1] && linears.Length > 1)
                for (int i = 0; i < weights.Length; i++) weights[i] = Math.CopySign(weights[i], biases[i / layer.W.Shape[1]]);
            layer.W = Tensor.From(weights, layer.W.Shape, probe.DType);
            layer.B = Tensor.From(biases, layer.B.Shape, probe.DType);
        }
        return linears;
    }
}
