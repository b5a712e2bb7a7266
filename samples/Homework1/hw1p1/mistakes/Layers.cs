// Wrong layers of parts 1 and 2.

[Mistake("1.1-not-transposed", Question = "1.1", Member = "MyTorch.Layers.Linear.Forward")]
partial class Linear
{
    public override Tensor Forward(Tensor a)
    {
        _a = a;
        return a.MatMul(W) + B;
    }
}

[Mistake("1.1-bias-forgotten", Question = "1.1", Member = "MyTorch.Layers.Linear.Forward")]
partial class Linear
{
    public override Tensor Forward(Tensor a)
    {
        _a = a;
        return a.MatMul(W.T);
    }
}

[Mistake("1.1-result-transposed", Question = "1.1", Member = "MyTorch.Layers.Linear.Forward")]
partial class Linear
{
    public override Tensor Forward(Tensor a)
    {
        _a = a;
        return W.MatMul(a.T) + B.Unsqueeze(1);
    }
}

[Mistake("1.2-weight-transposed", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ.T.MatMul(_a!);
        DLdB = dLdZ.Sum(0);
        return dLdZ.MatMul(W.T);
    }
}

[Mistake("1.2-dw-transposed", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = _a!.T.MatMul(dLdZ);
        DLdB = dLdZ.Sum(0);
        return dLdZ.MatMul(W);
    }
}

[Mistake("1.2-db-not-summed", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ.T.MatMul(_a!);
        DLdB = dLdZ;
        return dLdZ.MatMul(W);
    }
}

[Mistake("1.2-db-axis", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ.T.MatMul(_a!);
        DLdB = dLdZ.Sum(1);
        return dLdZ.MatMul(W);
    }
}

[Mistake("1.2-divided-by-batch", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ.T.MatMul(_a!) / _a!.Shape[0];
        DLdB = dLdZ.Sum(0) / _a!.Shape[0];
        return dLdZ.MatMul(W);
    }
}

[Mistake("1.2-accumulated", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = DLdW is null ? dLdZ.T.MatMul(_a!) : DLdW + dLdZ.T.MatMul(_a!);
        DLdB = DLdB is null ? dLdZ.Sum(0) : DLdB + dLdZ.Sum(0);
        return dLdZ.MatMul(W);
    }
}

[Mistake("1.2-db-mean", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ.T.MatMul(_a!);
        DLdB = dLdZ.Mean(0);
        return dLdZ.MatMul(W);
    }
}

[Mistake("2.1-sign", Question = "2.1", Member = "MyTorch.Layers.Sigmoid.Forward")]
partial class Sigmoid
{
    public override Tensor Forward(Tensor a)
    {
        _output = 1 / (1 + a.Exp());
        return _output;
    }
}

[Mistake("2.1-tanh", Question = "2.1", Member = "MyTorch.Layers.Sigmoid.Forward")]
partial class Sigmoid
{
    public override Tensor Forward(Tensor a)
    {
        _output = 2 / (1 + (-2 * a).Exp()) - 1;
        return _output;
    }
}

[Mistake("2.2-upstream-ignored", Question = "2.2", Member = "MyTorch.Layers.Sigmoid.Backward")]
partial class Sigmoid
{
    public override Tensor Backward(Tensor dLdZ) => _output! * (1 - _output!);
}

[Mistake("2.2-factor-forgotten", Question = "2.2", Member = "MyTorch.Layers.Sigmoid.Backward")]
partial class Sigmoid
{
    public override Tensor Backward(Tensor dLdZ) => dLdZ * (1 - _output!);
}

[Mistake("2.2-value-again", Question = "2.2", Member = "MyTorch.Layers.Sigmoid.Backward")]
partial class Sigmoid
{
    public override Tensor Backward(Tensor dLdZ) => dLdZ * (1 / (1 + (-_output!).Exp())) * (1 - 1 / (1 + (-_output!).Exp()));
}

[Mistake("2.3-sinh", Question = "2.3", Member = "MyTorch.Layers.Tanh.Forward")]
partial class Tanh
{
    public override Tensor Forward(Tensor a)
    {
        _output = (a.Exp() - (-a).Exp()) / 2;
        return _output;
    }
}

[Mistake("2.3-half-the-exponent", Question = "2.3", Member = "MyTorch.Layers.Tanh.Forward")]
partial class Tanh
{
    public override Tensor Forward(Tensor a)
    {
        _output = 2 / (1 + (-a).Exp()) - 1;
        return _output;
    }
}

[Mistake("2.4-not-squared", Question = "2.4", Member = "MyTorch.Layers.Tanh.Backward")]
partial class Tanh
{
    public override Tensor Backward(Tensor dLdZ) => dLdZ * (1 - _output!);
}

[Mistake("2.4-upstream-ignored", Question = "2.4", Member = "MyTorch.Layers.Tanh.Backward")]
partial class Tanh
{
    public override Tensor Backward(Tensor dLdZ) => 1 - _output! * _output!;
}

[Mistake("2.5-absolute", Question = "2.5", Member = "MyTorch.Layers.ReLU.Forward")]
partial class ReLU
{
    public override Tensor Forward(Tensor a)
    {
        _output = a.Abs();
        return _output;
    }
}

[Mistake("2.5-minimum", Question = "2.5", Member = "MyTorch.Layers.ReLU.Forward")]
partial class ReLU
{
    public override Tensor Forward(Tensor a)
    {
        _output = Tensor.Minimum(a, Tensor.ZerosLike(a));
        return _output;
    }
}

[Mistake("2.6-at-zero", Question = "2.6", Member = "MyTorch.Layers.ReLU.Backward")]
partial class ReLU
{
    public override Tensor Backward(Tensor dLdZ) => Tensor.Where(_output! >= 0, dLdZ, Tensor.ZerosLike(dLdZ));
}

[Mistake("2.6-gradient-cut", Question = "2.6", Member = "MyTorch.Layers.ReLU.Backward")]
partial class ReLU
{
    public override Tensor Backward(Tensor dLdZ) => Tensor.Maximum(dLdZ, Tensor.ZerosLike(dLdZ));
}

[Mistake("2.6-upstream-ignored", Question = "2.6", Member = "MyTorch.Layers.ReLU.Backward")]
partial class ReLU
{
    public override Tensor Backward(Tensor dLdZ) => (_output! > 0).To(dLdZ.DType);
}
