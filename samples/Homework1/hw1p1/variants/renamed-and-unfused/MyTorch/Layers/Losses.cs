namespace MyTorch.Layers;

public sealed class MSELoss
{
    Tensor? _difference;

    public Tensor Forward(Tensor a, Tensor y)
    {
        _difference = a - y;
        return (_difference * _difference).Sum() / a.ElementCount;
    }

    public Tensor Backward() => 2 * _difference! / _difference!.ElementCount;
}

public sealed class CrossEntropyLoss
{
    Tensor? _softmax;
    Tensor? _y;

    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor m = a.AMax(1, keepDim: true);
        Tensor logSum = m + (a - m).Exp().Sum(1, keepDim: true).Log();
        (_softmax, _y) = ((a - logSum).Exp(), y);
        return ((logSum - a) * y).Sum(1).Mean();
    }

    public Tensor Backward()
    {
        double n = _y!.Shape[0];
        return _softmax! * (1 / n) - _y! * (1 / n);
    }
}
