namespace MyTorch.Layers;

public sealed class Sigmoid : Layer
{
    Tensor? _a;

    public override Tensor Forward(Tensor a) => _a = Numbers.Map(a, z => z >= 0 ? 1 / (1 + Math.Exp(-z)) : Math.Exp(z) / (1 + Math.Exp(z)));

    public override Tensor Backward(Tensor dLdZ) => Numbers.Map(dLdZ, _a!, (g, a) => g * a * (1 - a));
}

public sealed class Tanh : Layer
{
    Tensor? _a;

    public override Tensor Forward(Tensor a) => _a = Numbers.Map(a, Math.Tanh);

    public override Tensor Backward(Tensor dLdZ) => Numbers.Map(dLdZ, _a!, (g, a) => g - g * a * a);
}

public sealed class ReLU : Layer
{
    Tensor? _z;

    public override Tensor Forward(Tensor a) => Numbers.Map(_z = a, z => z < 0 ? 0 : z);

    public override Tensor Backward(Tensor dLdZ) => Numbers.Map(dLdZ, _z!, (g, z) => z > 0 ? g : 0);
}
