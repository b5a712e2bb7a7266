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
        for (int i = 0; i < _layers.Count; i++)
        {
            _layers[i].W -= LearningRate * (_velocityW[i] = _layers[i].DLdW! + _velocityW[i] * Momentum);
            _layers[i].B -= LearningRate * (_velocityB[i] = _layers[i].DLdB! + _velocityB[i] * Momentum);
        }
    }
}
