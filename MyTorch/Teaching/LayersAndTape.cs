namespace MyTorch.Teaching;

/// <summary>
/// One network twice: by layers, whose Backward is written out with matrices and called last to first (homework 1, part 1), and by tape
/// (homework 1). The gradients are the same.
/// </summary>
public sealed class LayersAndTape
{
    LayersAndTape(IReadOnlyList<LayerAndTape> layers) => Layers = layers;

    /// <summary>The layers, first to last.</summary>
    public IReadOnlyList<LayerAndTape> Layers { get; }

    /// <summary>The largest difference of any element.</summary>
    public double Largest => Layers.Max(layer => Math.Max(layer.WeightDifference, layer.BiasDifference));

    /// <summary>Computes the gradients of an account once more, layer by layer.</summary>
    /// <param name="tape">What the engine computed.</param>
    /// <exception cref="ArgumentException">An activation is neither ReLU, Tanh, Sigmoid nor the identity.</exception>
    public static LayersAndTape Of(BackwardAccount tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        using PauseScope pause = Autograd.Pause();
        var rows = new List<LayerAndTape>();
        Tensor byOutputs = tape.Layers[^1].ByOutputs;
        for (int k = tape.Layers.Count; k >= 1; k--)
        {
            AccountLayer layer = tape.Layers[k - 1];
            Tensor y = layer.Outputs;
            // f′ as part 1 has it, from the layer's own output.
            Tensor bySums = layer.Activation switch
            {
                "none" or "Identity" => byOutputs,
                "ReLU" => Tensor.Where(y > 0, byOutputs, 0),
                "Tanh" => byOutputs * (1 - y * y),
                "Sigmoid" => byOutputs * y * (1 - y),
                _ => throw Invalid.Argument(nameof(tape),
                    $"LayersAndTape: {layer.Activation} of layer {k} has no Backward here; use ReLU, Tanh, Sigmoid or none."),
            };
            Tensor byWeight = bySums.T.MatMul(layer.Inputs), byBias = bySums.Sum(0);
            rows.Add(new LayerAndTape(k, byWeight, layer.ByWeight, Largest(byWeight - layer.ByWeight),
                layer.ByBias is null ? 0 : Largest(byBias - layer.ByBias)));
            byOutputs = bySums.MatMul(layer.Weight);
        }
        rows.Reverse();
        return new LayersAndTape([.. rows]);

        static double Largest(Tensor difference) => difference.Abs().Max().Item();
    }
}

/// <summary>A layer of <see cref="LayersAndTape"/>.</summary>
/// <param name="Layer">k, from 1.</param>
/// <param name="ByLayers">dW by the layer's own Backward, (out, in).</param>
/// <param name="ByTape">dW by the engine.</param>
/// <param name="WeightDifference">The largest difference of their elements.</param>
/// <param name="BiasDifference">The same of db.</param>
public sealed record LayerAndTape(int Layer, Tensor ByLayers, Tensor ByTape, double WeightDifference, double BiasDifference);
