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
        foreach ((int i, Linear layer) in _layers.Index())
        {
            _velocityB[i] = Numbers.Map(_velocityB[i], layer.DLdB!, (v, g) => Momentum * v + g);
            _velocityW[i] = Numbers.Map(_velocityW[i], layer.DLdW!, (v, g) => Momentum * v + g);
            layer.B = Numbers.Map(layer.B, _velocityB[i], (w, v) => w - LearningRate * v);
            layer.W = Numbers.Map(layer.W, _velocityW[i], (w, v) => w - LearningRate * v);
        }
    }
}
