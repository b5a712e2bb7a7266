namespace MyTorch.Layers;

public sealed class MSELoss
{
    Tensor? _difference;

    public Tensor Forward(Tensor a, Tensor y)
    {
        _difference = y - a;
        return (_difference * _difference).Mean();
    }

    public Tensor Backward() => _difference! * (-2.0 / _difference!.ElementCount);
}

public sealed class CrossEntropyLoss
{
    Tensor? _softmax;
    Tensor? _y;

    public Tensor Forward(Tensor a, Tensor y)
    {
        _y = y;
        Tensor lower = a - a.AMax(1, keepDim: true);
        Tensor logarithms = lower - lower.Exp().MatMul(Tensor.Ones([a.Shape[1], 1], a.DType)).Log();
        _softmax = logarithms.Exp();
        return -(logarithms * y).Sum() / a.Shape[0];
    }

    public Tensor Backward() => (_softmax! - _y!) / _y!.Shape[0];
}
