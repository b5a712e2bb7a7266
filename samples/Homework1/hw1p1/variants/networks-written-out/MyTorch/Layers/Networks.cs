namespace MyTorch.Layers;

public sealed class MLP0 : Layer
{
    public IReadOnlyList<Layer> Layers { get; } = [new Linear(2, 3), new ReLU()];

    Linear First => (Linear)Layers[0];

    ReLU Gate => (ReLU)Layers[1];

    public override Tensor Forward(Tensor a) => Gate.Forward(First.Forward(a));

    public override Tensor Backward(Tensor dLdZ) => First.Backward(Gate.Backward(dLdZ));
}

public sealed class MLP1 : Layer
{
    public IReadOnlyList<Layer> Layers { get; } = [new Linear(2, 3), new ReLU(), new Linear(3, 2), new ReLU()];

    public override Tensor Forward(Tensor a)
    {
        foreach (Layer layer in Layers) a = layer.Forward(a);
        return a;
    }

    public override Tensor Backward(Tensor dLdZ) => BackwardFrom(0, dLdZ);

    // The layers after a layer come first.
    Tensor BackwardFrom(int layer, Tensor gradient) => layer == Layers.Count ? gradient : Layers[layer].Backward(BackwardFrom(layer + 1, gradient));
}

public sealed class MLP4 : Layer
{
    public IReadOnlyList<Layer> Layers { get; } = Build();

    static List<Layer> Build()
    {
        int[] sizes = [2, 4, 8, 8, 4, 2];
        var layers = new List<Layer>();
        for (int k = 1; k < sizes.Length; k++)
        {
            layers.Add(new Linear(sizes[k - 1], sizes[k]));
            layers.Add(new ReLU());
        }
        return layers;
    }

    public override Tensor Forward(Tensor a)
    {
        Tensor a1 = Layers[1].Forward(Layers[0].Forward(a));
        Tensor a2 = Layers[3].Forward(Layers[2].Forward(a1));
        Tensor a3 = Layers[5].Forward(Layers[4].Forward(a2));
        Tensor a4 = Layers[7].Forward(Layers[6].Forward(a3));
        return Layers[9].Forward(Layers[8].Forward(a4));
    }

    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor d4 = Layers[8].Backward(Layers[9].Backward(dLdZ));
        Tensor d3 = Layers[6].Backward(Layers[7].Backward(d4));
        Tensor d2 = Layers[4].Backward(Layers[5].Backward(d3));
        Tensor d1 = Layers[2].Backward(Layers[3].Backward(d2));
        return Layers[0].Backward(Layers[1].Backward(d1));
    }
}
