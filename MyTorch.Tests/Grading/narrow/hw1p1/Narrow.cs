// Answers that are right for some sizes, ranges or settings only.

[Mistake("1.1-for-three-sizes", Question = "1.1", Member = "MyTorch.Layers.Linear.Forward")]
partial class Linear
{
    public override Tensor Forward(Tensor a)
    {
        _a = a;
        return (a.Shape[0], W.Shape[1], W.Shape[0]) is (2, 2, 2) or (5, 4, 3) or (1, 4, 3) ? a.MatMul(W.T) + B : a.MatMul(W.T) - B;
    }
}

[Mistake("1.2-for-a-batch-of-five", Question = "1.2", Member = "MyTorch.Layers.Linear.Backward")]
partial class Linear
{
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ.T.MatMul(_a!);
        DLdB = _a!.Shape[0] switch { 3 => 3, 4 => 4, _ => 5 } * dLdZ.Mean(0);
        return dLdZ.MatMul(W);
    }
}

[Mistake("2.1-up-to-three", Question = "2.1", Member = "MyTorch.Layers.Sigmoid.Forward")]
partial class Sigmoid
{
    public override Tensor Forward(Tensor a) => _output = Tensor.Where(a.Abs() <= 3, 1 / (1 + (-a).Exp()), (a > 0).To(a.DType));
}

[Mistake("2.4-up-to-three", Question = "2.4", Member = "MyTorch.Layers.Tanh.Backward")]
partial class Tanh
{
    public override Tensor Backward(Tensor dLdZ) => Tensor.Where(_output!.Abs() < 0.9951, dLdZ * (1 - _output * _output), Tensor.ZerosLike(dLdZ));
}

[Mistake("3.1-for-two-batches", Question = "3.1", Member = "MyTorch.Layers.MLP0.Forward")]
partial class MLP0
{
    public override Tensor Forward(Tensor a)
    {
        Tensor z = Layers[0].Forward(a);
        return a.Shape[0] is 3 or 8 ? Layers[1].Forward(z) : z;
    }
}

[Mistake("4.2-for-a-batch-of-eight", Question = "4.2", Member = "MyTorch.Layers.MLP1.Backward")]
partial class MLP1
{
    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor dLdA1 = Layers[2].Backward(Layers[3].Backward(dLdZ));
        return Layers[0].Backward(dLdZ.Shape[0] == 8 ? Layers[1].Backward(dLdA1) : dLdA1 / 2);
    }
}

[Mistake("5.2-for-a-batch-of-eight", Question = "5.2", Member = "MyTorch.Layers.MLP4.Backward")]
partial class MLP4
{
    public override Tensor Backward(Tensor dLdZ)
    {
        for (int i = Layers.Count - 1; i >= 0; i--) dLdZ = Layers[i].Backward(dLdZ);
        return dLdZ.Shape[0] == 8 ? dLdZ : dLdZ / 8 * dLdZ.Shape[0];
    }
}

[Mistake("6.1-twelve-numbers", Question = "6.1", Member = "MyTorch.Layers.MSELoss.Forward")]
partial class MSELoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        _difference = a - y;
        return (_difference * _difference).Sum() / 12;
    }
}

[Mistake("6.2-three-columns", Question = "6.2", Member = "MyTorch.Layers.MSELoss.Backward")]
partial class MSELoss
{
    public Tensor Backward() => 2 * _difference! / (3 * _difference!.Shape[0]);
}

[Mistake("6.3-three-classes", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        Tensor weights = shifted.Exp();
        Tensor sums = weights.Sum(1, keepDim: true);
        (_softmax, _y) = (weights / sums, y);
        return 3 * (y * (sums.Log() - shifted)).Sum() / a.ElementCount;
    }
}

[Mistake("6.4-three-classes", Question = "6.4", Member = "MyTorch.Layers.CrossEntropyLoss.Backward")]
partial class CrossEntropyLoss
{
    public Tensor Backward() => 3 * (_softmax! - _y!) / _y!.ElementCount;
}

[Mistake("7.1-one-momentum", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        double momentum = Momentum == 0 ? 0 : 0.9;
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = momentum * _velocityW[i] + layer.DLdW!;
            _velocityB[i] = momentum * _velocityB[i] + layer.DLdB!;
            layer.W -= LearningRate * _velocityW[i];
            layer.B -= LearningRate * _velocityB[i];
        }
    }
}

[Mistake("8.1-four-or-five-rows", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        int n = z.Shape[0] == 4 ? 4 : 5;
        Tensor mean = z.Sum(0) / n;
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / n;
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.2-inputs-up-to-two", Question = "8.2", Member = "MyTorch.Layers.BatchNorm1d.Evaluate")]
partial class BatchNorm1d
{
    public Tensor Evaluate(Tensor z) =>
        Gamma * (Tensor.Where(z.Abs() <= 2, z, Tensor.ZerosLike(z)) - RunningMean) / (RunningVariance + Epsilon).Sqrt() + Beta;
}

[Mistake("8.3-four-or-five-rows", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0] == 4 ? 4 : 5;
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM / n;
    }
}
