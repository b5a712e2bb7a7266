namespace MyTorch.Layers;

public sealed class MLP0 : Layer
{
    public IReadOnlyList<Layer> Layers { get; } = [new Linear(2, 3), new ReLU()];

    public override Tensor Forward(Tensor a) => Chain.Forward(Layers, a);

    public override Tensor Backward(Tensor dLdZ) => Chain.Backward(Layers, dLdZ);
}

public sealed class MLP1 : Layer
{
    public IReadOnlyList<Layer> Layers { get; } = [new Linear(2, 3), new ReLU(), new Linear(3, 2), new ReLU()];

    public override Tensor Forward(Tensor a) => Chain.Forward(Layers, a);

    public override Tensor Backward(Tensor dLdZ) => Chain.Backward(Layers, dLdZ);
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

    public override Tensor Forward(Tensor a) => Chain.Forward(Layers, a);

    public override Tensor Backward(Tensor dLdZ) => Chain.Backward(Layers, dLdZ);
}
