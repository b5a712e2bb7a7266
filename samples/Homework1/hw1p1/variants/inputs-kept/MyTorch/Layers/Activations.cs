namespace MyTorch.Layers;

public sealed class Sigmoid : Layer
{
    Tensor? _input;

    public override Tensor Forward(Tensor a)
    {
        _input = a;
        return Logistic(a);
    }

    public override Tensor Backward(Tensor dLdZ) => dLdZ * Logistic(_input!) * Logistic(-_input!);

    static Tensor Logistic(Tensor z) => 1 / ((0 - z).Exp() + 1);
}

public sealed class Tanh : Layer
{
    Tensor? _input;

    public override Tensor Forward(Tensor a)
    {
        _input = a;
        return Sinh(a) / Cosh(a);
    }

    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor slope = 1 / Cosh(_input!).Square();
        return slope * dLdZ;
    }

    static Tensor Sinh(Tensor z) => (z.Exp() - (-z).Exp()) / 2;

    static Tensor Cosh(Tensor z) => (z.Exp() + (-z).Exp()) / 2;
}

public sealed class ReLU : Layer
{
    Tensor? _open;

    public override Tensor Forward(Tensor a)
    {
        _open = (a > 0).To(a.DType);
        return a * _open;
    }

    public override Tensor Backward(Tensor dLdZ) => dLdZ * _open!;
}
