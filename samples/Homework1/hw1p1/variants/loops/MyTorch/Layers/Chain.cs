namespace MyTorch.Layers;

/// <summary>Layers one after the other, forwards and backwards.</summary>
static class Chain
{
    public static Tensor Forward(IEnumerable<Layer> layers, Tensor a) => layers.Aggregate(a, (value, layer) => layer.Forward(value));

    public static Tensor Backward(IEnumerable<Layer> layers, Tensor gradient) => layers.Reverse().Aggregate(gradient, (value, layer) => layer.Backward(value));
}
