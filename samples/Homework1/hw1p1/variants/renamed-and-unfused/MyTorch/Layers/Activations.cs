namespace MyTorch.Layers;

public sealed class Sigmoid : Layer
{
    Tensor? _output;

    public override Tensor Forward(Tensor a)
    {
        _output = 1 / (1 + (-a).Exp());
        return _output;
    }

    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor s = _output!, one = Tensor.OnesLike(s);
        Tensor slope = s * (one - s);
        return slope * dLdZ;
    }
}

public sealed class Tanh : Layer
{
    Tensor? _output;

    public override Tensor Forward(Tensor a)
    {
        Tensor squared = (2 * a).Exp();
        return _output = (squared - 1) / (squared + 1);
    }

    public override Tensor Backward(Tensor dLdZ) => dLdZ * (1 - _output! * _output!);
}

public sealed class ReLU : Layer
{
    Tensor? _output;

    public override Tensor Forward(Tensor a) => _output = Tensor.Where(a > 0, a, 0 * a);

    public override Tensor Backward(Tensor dLdZ) => Tensor.Where(_output! > 0, dLdZ, Tensor.ZerosLike(dLdZ));
}
