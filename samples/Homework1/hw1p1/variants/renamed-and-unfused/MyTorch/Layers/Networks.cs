namespace MyTorch.Layers;

public sealed class MLP0 : Layer
{
    public IReadOnlyList<Layer> Layers { get; } = [new Linear(2, 3), new ReLU()];

    public override Tensor Forward(Tensor a)
    {
        Tensor z = Layers[0].Forward(a);
        return Layers[1].Forward(z);
    }

    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor dLdZ0 = Layers[1].Backward(dLdZ);
        return Layers[0].Backward(dLdZ0);
    }
}

public sealed class MLP1 : Layer
{
    public IReadOnlyList<Layer> Layers { get; } = [new Linear(2, 3), new ReLU(), new Linear(3, 2), new ReLU()];

    public override Tensor Forward(Tensor a)
    {
        Tensor a1 = Layers[1].Forward(Layers[0].Forward(a));
        return Layers[3].Forward(Layers[2].Forward(a1));
    }

    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor dLdA1 = Layers[2].Backward(Layers[3].Backward(dLdZ));
        return Layers[0].Backward(Layers[1].Backward(dLdA1));
    }
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
        for (int i = 0; i < Layers.Count; i++) a = Layers[i].Forward(a);
        return a;
    }

    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor g = dLdZ;
        foreach (Layer layer in Layers.Reverse()) g = layer.Backward(g);
        return g;
    }
}
