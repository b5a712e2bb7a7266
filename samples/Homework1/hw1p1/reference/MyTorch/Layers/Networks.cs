namespace MyTorch.Layers;

/// <summary>No hidden layer, 2-3: Linear, ReLU.</summary>
public sealed class MLP0 : Layer
{
    /// <summary>The layers, first to last.</summary>
    public IReadOnlyList<Layer> Layers { get; } = [new Linear(2, 3), new ReLU()];

    /// <inheritdoc/>
    public override Tensor Forward(Tensor a)
    {
        Tensor z = Layers[0].Forward(a);
        return Layers[1].Forward(z);
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor dLdZ0 = Layers[1].Backward(dLdZ);
        return Layers[0].Backward(dLdZ0);
    }
}

/// <summary>One hidden layer, 2-3-2: Linear, ReLU, Linear, ReLU.</summary>
public sealed class MLP1 : Layer
{
    /// <summary>The layers, first to last.</summary>
    public IReadOnlyList<Layer> Layers { get; } = [new Linear(2, 3), new ReLU(), new Linear(3, 2), new ReLU()];

    /// <inheritdoc/>
    public override Tensor Forward(Tensor a)
    {
        Tensor a1 = Layers[1].Forward(Layers[0].Forward(a));
        return Layers[3].Forward(Layers[2].Forward(a1));
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor dLdA1 = Layers[2].Backward(Layers[3].Backward(dLdZ));
        return Layers[0].Backward(Layers[1].Backward(dLdA1));
    }
}

/// <summary>Four hidden layers, 2-4-8-8-4-2: a Linear and a ReLU five times.</summary>
public sealed class MLP4 : Layer
{
    /// <summary>The layers, first to last: ten.</summary>
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

    /// <inheritdoc/>
    public override Tensor Forward(Tensor a)
    {
        for (int i = 0; i < Layers.Count; i++) a = Layers[i].Forward(a);
        return a;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dLdZ)
    {
        for (int i = Layers.Count - 1; i >= 0; i--) dLdZ = Layers[i].Backward(dLdZ);
        return dLdZ;
    }
}
