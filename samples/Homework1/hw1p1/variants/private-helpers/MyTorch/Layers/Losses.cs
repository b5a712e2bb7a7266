namespace MyTorch.Layers;

public sealed class MSELoss
{
    Tensor? _predicted;
    Tensor? _target;

    public Tensor Forward(Tensor a, Tensor y)
    {
        (_predicted, _target) = (a, y);
        return Squared(Error).Mean();
    }

    public Tensor Backward() => Error / (_predicted!.ElementCount / 2.0);

    Tensor Error => _predicted! - _target!;

    static Tensor Squared(Tensor x) => x.Pow(2);
}

public sealed class CrossEntropyLoss
{
    Tensor? _logits;
    Tensor? _y;

    // The right class's logarithm, picked out of each row.
    public Tensor Forward(Tensor a, Tensor y)
    {
        (_logits, _y) = (a, y);
        return -LogSoftmax().Gather(1, y.ArgMax(1).Unsqueeze(1)).Mean();
    }

    public Tensor Backward() => LogSoftmax().Exp() / Rows - _y! / Rows;

    int Rows => _y!.Shape[0];

    Tensor LogSoftmax()
    {
        Tensor shifted = _logits! - _logits!.AMax(1, keepDim: true);
        return shifted - shifted.Exp().Sum(1, keepDim: true).Log();
    }
}
