namespace MyTorch.Layers;

/// <summary>Layers one after the other: a Linear and an activation for each pair of neighbouring sizes.</summary>
public abstract class Chain<TActivation> : Layer where TActivation : Layer, new()
{
    protected Chain(params int[] sizes)
    {
        var layers = new List<Layer>();
        for (int k = 1; k < sizes.Length; k++) layers.AddRange([new Linear(sizes[k - 1], sizes[k]), new TActivation()]);
        Layers = layers;
    }

    public IReadOnlyList<Layer> Layers { get; }

    public override Tensor Forward(Tensor a) => Layers.Aggregate(a, (value, layer) => layer.Forward(value));

    public override Tensor Backward(Tensor dLdZ)
    {
        for (int i = Layers.Count; i-- > 0;) dLdZ = Layers[i].Backward(dLdZ);
        return dLdZ;
    }
}

public sealed class MLP0() : Chain<ReLU>(2, 3);

public sealed class MLP1() : Chain<ReLU>(2, 3, 2);

/// <summary>Its forward pass is its own, the rest is inherited from two classes up.</summary>
public sealed class MLP4() : Deep(2, 4, 8, 8, 4, 2)
{
    public override Tensor Forward(Tensor a)
    {
        foreach (Layer layer in Layers) a = layer.Forward(a);
        return a;
    }
}

public class Deep(params int[] sizes) : Chain<ReLU>(sizes);
