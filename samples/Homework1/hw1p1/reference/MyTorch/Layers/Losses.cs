namespace MyTorch.Layers;

/// <summary>L = Σ(A − Y)² / (N·C), a number, for predictions A and targets Y, both (N, C).</summary>
public sealed class MSELoss
{
    Tensor? _difference;

    /// <summary>The loss.</summary>
    public Tensor Forward(Tensor a, Tensor y)
    {
        _difference = a - y;
        return (_difference * _difference).Sum() / a.ElementCount;
    }

    /// <summary>∂L/∂A, (N, C).</summary>
    public Tensor Backward() => 2 * _difference! / _difference!.ElementCount;
}

/// <summary>L = −(1/N)·ΣΣ Y·ln softmax(A), a number, for logits A and one-hot rows Y, both (N, C).</summary>
public sealed class CrossEntropyLoss
{
    Tensor? _softmax;
    Tensor? _y;

    /// <summary>The loss.</summary>
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        Tensor weights = shifted.Exp();
        Tensor sums = weights.Sum(1, keepDim: true);
        (_softmax, _y) = (weights / sums, y);
        return (y * (sums.Log() - shifted)).Sum() / a.Shape[0];
    }

    /// <summary>∂L/∂A, (N, C).</summary>
    public Tensor Backward() => (_softmax! - _y!) / _y!.Shape[0];
}
