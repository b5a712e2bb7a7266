namespace MyTorch.Layers;

public sealed class Sigmoid : Layer
{
    Tensor? _output;

    public override Tensor Forward(Tensor a)
    {
        _output = a.Exp() / (a.Exp() + 1);
        return _output;
    }

    public override Tensor Backward(Tensor dLdZ) => (_output! - _output! * _output!) * dLdZ;
}

public sealed class Tanh : Layer
{
    Tensor? _output;

    public override Tensor Forward(Tensor a) => _output = 2 / (1 + (-2 * a).Exp()) - 1;

    public override Tensor Backward(Tensor dLdZ) => (1 - _output!) * (1 + _output!) * dLdZ;
}

public sealed class ReLU : Layer
{
    Tensor? _output;

    public override Tensor Forward(Tensor a) => _output = (a + a.Abs()) / 2;

    public override Tensor Backward(Tensor dLdZ) => dLdZ * (_output! > 0).To(dLdZ.DType);
}
