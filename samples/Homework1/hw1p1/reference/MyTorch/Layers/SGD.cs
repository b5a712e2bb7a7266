namespace MyTorch.Layers;

/// <summary>A step against the gradient for the parameters of linear layers: v ← μ·v + g, w ← w − η·v; v starts at 0.</summary>
public sealed class SGD
{
    readonly IReadOnlyList<Linear> _layers;
    readonly Tensor[] _velocityW;
    readonly Tensor[] _velocityB;

    /// <param name="layers">The layers to train.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="momentum">μ; 0 for the plain step.</param>
    public SGD(IEnumerable<Linear> layers, double learningRate, double momentum = 0)
    {
        _layers = [.. layers];
        (LearningRate, Momentum) = (learningRate, momentum);
        _velocityW = [.. _layers.Select(layer => Tensor.ZerosLike(layer.W))];
        _velocityB = [.. _layers.Select(layer => Tensor.ZerosLike(layer.B))];
    }

    /// <summary>η; it may be changed between steps.</summary>
    public double LearningRate { get; set; }

    /// <summary>μ.</summary>
    public double Momentum { get; }

    /// <summary>Moves W and b of every layer by the gradients of its last Backward.</summary>
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = Momentum * _velocityW[i] + layer.DLdW!;
            _velocityB[i] = Momentum * _velocityB[i] + layer.DLdB!;
            layer.W -= LearningRate * _velocityW[i];
            layer.B -= LearningRate * _velocityB[i];
        }
    }
}
