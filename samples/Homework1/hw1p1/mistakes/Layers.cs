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
        _output = Tensor.Where(a < 0, a, Tensor.ZerosLike(a));
        return _output;
    }
}

[Mistake("2.6-at-zero", Question = "2.6", Member = "MyTorch.Layers.ReLU.Backward")]
partial class ReLU
{
    public override Tensor Backward(Tensor dLdZ) => Tensor.Where(_output! >= 0, dLdZ, Tensor.ZerosLike(_output!));
}

[Mistake("2.6-gradient-cut", Question = "2.6", Member = "MyTorch.Layers.ReLU.Backward")]
partial class ReLU
{
    public override Tensor Backward(Tensor dLdZ) => Tensor.Maximum(dLdZ, Tensor.ZerosLike(dLdZ));
}

[Mistake("2.6-upstream-ignored", Question = "2.6", Member = "MyTorch.Layers.ReLU.Backward")]
partial class ReLU
{
    public override Tensor Backward(Tensor dLdZ) => Tensor.Where(_output! > 0, Tensor.OnesLike(dLdZ), Tensor.ZerosLike(_output!));
}

[Mistake("1.1-bias-subtracted", Question = "1.1", Member = "MyTorch.Layers.Linear.Forward")]
partial class Linear
{
    public override Tensor Forward(Tensor a)
    {
        _a = a;
        return a.MatMul(W.T) - B;
    }
}

[Mistake("1.1-bias-for-each-example", Question = "1.1", Member = "MyTorch.Layers.Linear.Forward")]
partial class Linear
{
    public override Tensor Forward(Tensor a)
    {
        _a = a;
        return a.MatMul(W.T) + B.Unsqueeze(1);
    }
}

[Mistake("1.1-bias-divided-by-batch", Question = "1.1", Member = "MyTorch.Layers.Linear.Forward")]
partial class Linear
{
    public override Tensor Forward(Tensor a)
    {
        _a = a;
        return a.MatMul(W.T) + B / a.Shape[0];
    }
}

[Mistake("1.1-weight-first", Question = "1.1", Member = "MyTorch.Layers.Linear.Forward")]
partial class Linear
{
    public override Tensor Forward(Tensor a)
    {
        _a = a;
        return W.MatMul(a) + B;
    }
}

[Mistake("1.2-db-all", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ.T.MatMul(_a!);
        DLdB = dLdZ.Sum();
        return dLdZ.MatMul(W);
    }
}

[Mistake("1.2-db-as-a-row", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ.T.MatMul(_a!);
        DLdB = dLdZ.Sum(0, keepDim: true);
        return dLdZ.MatMul(W);
    }
}

[Mistake("1.2-dw-upstream-ignored", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = Tensor.OnesLike(dLdZ).T.MatMul(_a!);
        DLdB = dLdZ.Sum(0);
        return dLdZ.MatMul(W);
    }
}

[Mistake("1.2-dw-first-row-only", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ[..1].T.MatMul(_a![..1]);
        DLdB = dLdZ.Sum(0);
        return dLdZ.MatMul(W);
    }
}

[Mistake("1.2-dw-divided-by-batch", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ.T.MatMul(_a!) / _a!.Shape[0];
        DLdB = dLdZ.Sum(0);
        return dLdZ.MatMul(W);
    }
}

[Mistake("1.2-da-upstream-ignored", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ.T.MatMul(_a!);
        DLdB = dLdZ.Sum(0);
        return Tensor.OnesLike(dLdZ).MatMul(W);
    }
}

[Mistake("1.2-da-divided-by-batch", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ.T.MatMul(_a!);
        DLdB = dLdZ.Sum(0);
        return dLdZ.MatMul(W) / _a!.Shape[0];
    }
}

[Mistake("1.2-da-result-transposed", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ.T.MatMul(_a!);
        DLdB = dLdZ.Sum(0);
        return W.T.MatMul(dLdZ.T);
    }
}

[Mistake("1.2-first-input-kept", Question = "1.2", Member = "MyTorch.Layers.Linear.Forward")]
partial class Linear
{
    public override Tensor Forward(Tensor a)
    {
        _a ??= a;
        return a.MatMul(W.T) + B;
    }
}

[Mistake("2.1-parentheses", Question = "2.1", Member = "MyTorch.Layers.Sigmoid.Forward")]
partial class Sigmoid
{
    public override Tensor Forward(Tensor a)
    {
        _output = 1 / 1 + (-a).Exp();
        return _output;
    }
}

[Mistake("2.1-one-forgotten", Question = "2.1", Member = "MyTorch.Layers.Sigmoid.Forward")]
partial class Sigmoid
{
    public override Tensor Forward(Tensor a)
    {
        _output = 1 / (-a).Exp();
        return _output;
    }
}

[Mistake("2.1-denominator", Question = "2.1", Member = "MyTorch.Layers.Sigmoid.Forward")]
partial class Sigmoid
{
    public override Tensor Forward(Tensor a)
    {
        _output = 1 / (1 - (-a).Exp());
        return _output;
    }
}

[Mistake("2.2-plus", Question = "2.2", Member = "MyTorch.Layers.Sigmoid.Backward")]
partial class Sigmoid
{
    public override Tensor Backward(Tensor dLdZ) => dLdZ * _output! * (1 + _output!);
}

[Mistake("2.2-sign", Question = "2.2", Member = "MyTorch.Layers.Sigmoid.Backward")]
partial class Sigmoid
{
    public override Tensor Backward(Tensor dLdZ) => dLdZ * _output! * (_output! - 1);
}

[Mistake("2.2-as-tanh", Question = "2.2", Member = "MyTorch.Layers.Sigmoid.Backward")]
partial class Sigmoid
{
    public override Tensor Backward(Tensor dLdZ) => dLdZ * (1 - _output! * _output!);
}

[Mistake("2.2-first-output-kept", Question = "2.2", Member = "MyTorch.Layers.Sigmoid.Forward")]
partial class Sigmoid
{
    public override Tensor Forward(Tensor a)
    {
        Tensor output = 1 / (1 + (-a).Exp());
        _output ??= output;
        return output;
    }
}

[Mistake("2.3-parentheses", Question = "2.3", Member = "MyTorch.Layers.Tanh.Forward")]
partial class Tanh
{
    public override Tensor Forward(Tensor a)
    {
        _output = a.Exp() - (-a).Exp() / (a.Exp() + (-a).Exp());
        return _output;
    }
}

[Mistake("2.3-sigmoid", Question = "2.3", Member = "MyTorch.Layers.Tanh.Forward")]
partial class Tanh
{
    public override Tensor Forward(Tensor a)
    {
        _output = 1 / (1 + (-a).Exp());
        return _output;
    }
}

[Mistake("2.3-upside-down", Question = "2.3", Member = "MyTorch.Layers.Tanh.Forward")]
partial class Tanh
{
    public override Tensor Forward(Tensor a)
    {
        _output = (a.Exp() + (-a).Exp()) / (a.Exp() - (-a).Exp());
        return _output;
    }
}

[Mistake("2.4-as-sigmoid", Question = "2.4", Member = "MyTorch.Layers.Tanh.Backward")]
partial class Tanh
{
    public override Tensor Backward(Tensor dLdZ) => dLdZ * _output! * (1 - _output!);
}

[Mistake("2.4-plus", Question = "2.4", Member = "MyTorch.Layers.Tanh.Backward")]
partial class Tanh
{
    public override Tensor Backward(Tensor dLdZ) => dLdZ * (1 + _output! * _output!);
}

[Mistake("2.4-sign", Question = "2.4", Member = "MyTorch.Layers.Tanh.Backward")]
partial class Tanh
{
    public override Tensor Backward(Tensor dLdZ) => dLdZ * (_output! * _output! - 1);
}

[Mistake("2.5-step", Question = "2.5", Member = "MyTorch.Layers.ReLU.Forward")]
partial class ReLU
{
    public override Tensor Forward(Tensor a)
    {
        _output = Tensor.Where(a > 0, Tensor.OnesLike(a), Tensor.ZerosLike(a));
        return _output;
    }
}

[Mistake("2.5-mirrored", Question = "2.5", Member = "MyTorch.Layers.ReLU.Forward")]
partial class ReLU
{
    public override Tensor Forward(Tensor a)
    {
        _output = Tensor.Where(-a > 0, -a, Tensor.ZerosLike(-a));
        return _output;
    }
}

[Mistake("2.5-leaky", Values = "0.01 0.1 0.2", Question = "2.5", Member = "MyTorch.Layers.ReLU.Forward")]
partial class ReLU
{
    public override Tensor Forward(Tensor a)
    {
        _output = Tensor.Where(a > 0, a, Value * a);
        return _output;
    }
}

[Mistake("2.6-reversed", Question = "2.6", Member = "MyTorch.Layers.ReLU.Backward")]
partial class ReLU
{
    public override Tensor Backward(Tensor dLdZ) => Tensor.Where(_output! > 0, Tensor.ZerosLike(_output!), dLdZ);
}

[Mistake("2.6-times-the-output", Question = "2.6", Member = "MyTorch.Layers.ReLU.Backward")]
partial class ReLU
{
    public override Tensor Backward(Tensor dLdZ) => dLdZ * _output!;
}

[Mistake("1.1-bias-twice", Question = "1.1", Member = "MyTorch.Layers.Linear.Forward")]
partial class Linear
{
    public override Tensor Forward(Tensor a)
    {
        _a = a;
        return a.MatMul(W.T) + 2 * B;
    }
}

[Right("tanh", Question = "2.3", Member = "MyTorch.Layers.Tanh.Forward")]
partial class Tanh
{
    public override Tensor Forward(Tensor a)
    {
        _output = (a.Exp() - (-a).Exp()) / (a.Exp() + (-a).Exp());
        return _output;
    }
}

[Mistake("2.3-twice-the-exponent", Question = "2.3", Member = "MyTorch.Layers.Tanh.Forward")]
partial class Tanh
{
    public override Tensor Forward(Tensor a)
    {
        _output = ((2 * a).Exp() - (-(2 * a)).Exp()) / ((2 * a).Exp() + (-(2 * a)).Exp());
        return _output;
    }
}

[Right("tanh-by-sigmoid", Question = "2.3", Member = "MyTorch.Layers.Tanh.Forward")]
partial class Tanh
{
    public override Tensor Forward(Tensor a)
    {
        _output = 2 / (1 + (-2 * a).Exp()) - 1;
        return _output;
    }
}

[Mistake("2.3-one-forgotten", Question = "2.3", Member = "MyTorch.Layers.Tanh.Forward")]
partial class Tanh
{
    public override Tensor Forward(Tensor a)
    {
        _output = 2 / (1 + (-2 * a).Exp());
        return _output;
    }
}

[Mistake("2.3-parentheses 2.3-upside-down", Question = "2.3", Member = "MyTorch.Layers.Tanh.Forward")]
partial class Tanh
{
    public override Tensor Forward(Tensor a)
    {
        _output = a.Exp() + (-a).Exp() / (a.Exp() - (-a).Exp());
        return _output;
    }
}

[Right("relu", Question = "2.5", Member = "MyTorch.Layers.ReLU.Forward")]
partial class ReLU
{
    public override Tensor Forward(Tensor a)
    {
        _output = Tensor.Where(a > 0, a, Tensor.ZerosLike(a));
        return _output;
    }
}

[Mistake("2.5-threshold", Values = "1 0.5 0.25 0.1 0.01 2 -1 -0.5", Question = "2.5", Member = "MyTorch.Layers.ReLU.Forward")]
partial class ReLU
{
    public override Tensor Forward(Tensor a)
    {
        _output = Tensor.Where(a > Value, a, Tensor.ZerosLike(a));
        return _output;
    }
}

[Right("relu-gate", Question = "2.6", Member = "MyTorch.Layers.ReLU.Backward")]
partial class ReLU
{
    public override Tensor Backward(Tensor dLdZ) => Tensor.Where(_output! > 0, dLdZ, Tensor.ZerosLike(_output!));
}

[Mistake("2.6-threshold", Values = "1 0.5 0.25 0.1 0.01 2", Question = "2.6", Member = "MyTorch.Layers.ReLU.Backward")]
partial class ReLU
{
    public override Tensor Backward(Tensor dLdZ) => Tensor.Where(_output! > Value, dLdZ, Tensor.ZerosLike(_output!));
}
