namespace MyTorch.Layers;

public sealed class SGD
{
    readonly IReadOnlyList<Linear> _layers;
    readonly Tensor[] _velocityW;
    readonly Tensor[] _velocityB;

    public SGD(IEnumerable<Linear> layers, double learningRate, double momentum = 0)
    {
        _layers = [.. layers];
        (LearningRate, Momentum) = (learningRate, momentum);
        _velocityW = [.. _layers.Select(layer => Tensor.ZerosLike(layer.W))];
        _velocityB = [.. _layers.Select(layer => Tensor.ZerosLike(layer.B))];
    }

    public double LearningRate { get; set; }

    public double Momentum { get; }

    public void Step()
    {
        int place = 0;
        foreach (Linear layer in _layers)
        {
            layer.W = Moved(layer.W, layer.DLdW!, ref _velocityW[place]);
            layer.B = Moved(layer.B, layer.DLdB!, ref _velocityB[place++]);
        }

        Tensor Moved(Tensor w, Tensor g, ref Tensor v)
        {
            v = v * Momentum + g;
            return w - v * LearningRate;
        }
    }
}
