namespace MyTorch.Layers;

public sealed class SGD
{
    readonly IReadOnlyList<Linear> _layers;
    readonly Dictionary<Linear, (Memory W, Memory B)> _memories = [];

    public SGD(IEnumerable<Linear> layers, double learningRate, double momentum = 0)
    {
        _layers = [.. layers];
        (LearningRate, Momentum) = (learningRate, momentum);
    }

    public double LearningRate { get; set; }

    public double Momentum { get; }

    public void Step()
    {
        foreach (Linear layer in _layers)
        {
            if (!_memories.TryGetValue(layer, out (Memory W, Memory B) memory)) memory = _memories[layer] = (new Memory(Momentum), new Memory(Momentum));
            layer.W = layer.W - memory.W.With(layer.DLdW!) * LearningRate;
            layer.B = layer.B - memory.B.With(layer.DLdB!) * LearningRate;
        }
    }
}
