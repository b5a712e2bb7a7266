namespace MyTorch.Layers;

public sealed class MSELoss
{
    Tensor? _difference;

    public Tensor Forward(Tensor a, Tensor y)
    {
        _difference = a - y;
        return _difference.Square().Mean(1).Mean();
    }

    public Tensor Backward()
    {
        Tensor d = _difference!;
        return (d + d) * (1.0 / d.ElementCount);
    }
}

public sealed class CrossEntropyLoss
{
    Tensor? _gradient;

    public Tensor Forward(Tensor a, Tensor y)
    {
        int n = a.Shape[0];
        Tensor loss = Tensor.From(0, a.DType);
        var rows = new List<Tensor>();
        for (int i = n - 1; i >= 0; i--)
        {
            Tensor shifted = a[i] - a[i].AMax(), weights = shifted.Exp();
            rows.Insert(0, (weights / weights.Sum() - y[i]) / n);
            loss += (weights.Sum().Log() * y[i].Sum() - (shifted * y[i]).Sum()) / n;
        }
        _gradient = Tensor.Stack(rows, 0);
        return loss;
    }

    public Tensor Backward() => _gradient!;
}
