// Wrong losses, steps and normalisations of parts 6 to 8.

[Mistake("6.1-halved", Question = "6.1", Member = "MyTorch.Layers.MSELoss.Forward")]
partial class MSELoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        _difference = a - y;
        return (_difference * _difference).Sum() / (2 * a.ElementCount);
    }
}

[Mistake("6.1-rows-only", Question = "6.1", Member = "MyTorch.Layers.MSELoss.Forward")]
partial class MSELoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        _difference = a - y;
        return (_difference * _difference).Sum() / a.Shape[0];
    }
}

[Mistake("6.1-not-divided", Question = "6.1", Member = "MyTorch.Layers.MSELoss.Forward")]
partial class MSELoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        _difference = a - y;
        return (_difference * _difference).Sum();
    }
}

[Mistake("6.1-absolute", Question = "6.1", Member = "MyTorch.Layers.MSELoss.Forward")]
partial class MSELoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        _difference = a - y;
        return _difference.Abs().Sum() / a.ElementCount;
    }
}

[Mistake("6.2-factor-forgotten", Question = "6.2", Member = "MyTorch.Layers.MSELoss.Backward")]
partial class MSELoss
{
    public Tensor Backward() => _difference! / _difference!.ElementCount;
}

[Mistake("6.2-sign", Question = "6.2", Member = "MyTorch.Layers.MSELoss.Backward")]
partial class MSELoss
{
    public Tensor Backward() => -2 * _difference! / _difference!.ElementCount;
}

[Mistake("6.2-rows-only", Question = "6.2", Member = "MyTorch.Layers.MSELoss.Backward")]
partial class MSELoss
{
    public Tensor Backward() => 2 * _difference! / _difference!.Shape[0];
}

[Mistake("6.3-sum", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        Tensor weights = shifted.Exp();
        Tensor sums = weights.Sum(1, keepDim: true);
        (_softmax, _y) = (weights / sums, y);
        return (y * (sums.Log() - shifted)).Sum();
    }
}

[Mistake("6.3-sign", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        Tensor weights = shifted.Exp();
        Tensor sums = weights.Sum(1, keepDim: true);
        (_softmax, _y) = (weights / sums, y);
        return (y * (shifted - sums.Log())).Sum() / a.Shape[0];
    }
}

[Mistake("6.3-all-elements", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        Tensor weights = shifted.Exp();
        Tensor sums = weights.Sum(1, keepDim: true);
        (_softmax, _y) = (weights / sums, y);
        return (y * (sums.Log() - shifted)).Sum() / a.ElementCount;
    }
}

[Mistake("6.3-axis", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        Tensor weights = shifted.Exp();
        Tensor sums = weights.Sum(1, keepDim: true);
        (_softmax, _y) = (weights / sums, y);
        return -(y * a.LogSoftmax(0)).Sum() / a.Shape[0];
    }
}

[Mistake("6.3-axis-of-the-sum", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        Tensor weights = shifted.Exp();
        Tensor sums = weights.Sum(0, keepDim: true);
        (_softmax, _y) = (weights / sums, y);
        return (y * (sums.Log() - shifted)).Sum() / a.Shape[0];
    }
}

[Mistake("6.3-logarithm-forgotten", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        Tensor weights = shifted.Exp();
        Tensor sums = weights.Sum(1, keepDim: true);
        (_softmax, _y) = (weights / sums, y);
        return -(y * _softmax).Sum() / a.Shape[0];
    }
}

[Mistake("6.3-overflow", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        _y = y;
        _softmax = a.Exp() / a.Exp().Sum(1, keepDim: true);
        return -(y * _softmax.Log()).Sum() / a.Shape[0];
    }
}

[Mistake("6.4-not-divided", Question = "6.4", Member = "MyTorch.Layers.CrossEntropyLoss.Backward")]
partial class CrossEntropyLoss
{
    public Tensor Backward() => _softmax! - _y!;
}

[Mistake("6.4-sign", Question = "6.4", Member = "MyTorch.Layers.CrossEntropyLoss.Backward")]
partial class CrossEntropyLoss
{
    public Tensor Backward() => (_y! - _softmax!) / _y!.Shape[0];
}

[Mistake("6.4-onehot-forgotten", Question = "6.4", Member = "MyTorch.Layers.CrossEntropyLoss.Backward")]
partial class CrossEntropyLoss
{
    public Tensor Backward() => _softmax! / _y!.Shape[0];
}

[Mistake("6.4-of-the-probability-alone", Question = "6.4", Member = "MyTorch.Layers.CrossEntropyLoss.Backward")]
partial class CrossEntropyLoss
{
    public Tensor Backward() => -_y! / _softmax! / _y!.Shape[0];
}

[Mistake("6.4-all-elements", Question = "6.4", Member = "MyTorch.Layers.CrossEntropyLoss.Backward")]
partial class CrossEntropyLoss
{
    public Tensor Backward() => (_softmax! - _y!) / _y!.ElementCount;
}

[Mistake("7.1-uphill", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = Momentum * _velocityW[i] + layer.DLdW!;
            _velocityB[i] = Momentum * _velocityB[i] + layer.DLdB!;
            layer.W += LearningRate * _velocityW[i];
            layer.B += LearningRate * _velocityB[i];
        }
    }
}

[Mistake("7.1-momentum-ignored", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = layer.DLdW!;
            _velocityB[i] = layer.DLdB!;
            layer.W -= LearningRate * _velocityW[i];
            layer.B -= LearningRate * _velocityB[i];
        }
    }
}

[Mistake("7.1-one-gradient-back", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            layer.W -= LearningRate * (Momentum * _velocityW[i] + layer.DLdW!);
            layer.B -= LearningRate * (Momentum * _velocityB[i] + layer.DLdB!);
            _velocityW[i] = layer.DLdW!;
            _velocityB[i] = layer.DLdB!;
        }
    }
}

[Mistake("7.1-average-of-gradients", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = Momentum * _velocityW[i] + (1 - Momentum) * layer.DLdW!;
            _velocityB[i] = Momentum * _velocityB[i] + (1 - Momentum) * layer.DLdB!;
            layer.W -= LearningRate * _velocityW[i];
            layer.B -= LearningRate * _velocityB[i];
        }
    }
}

[Mistake("7.1-rate-in-the-velocity", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = Momentum * _velocityW[i] + LearningRate * layer.DLdW!;
            _velocityB[i] = Momentum * _velocityB[i] + LearningRate * layer.DLdB!;
            layer.W -= _velocityW[i];
            layer.B -= _velocityB[i];
        }
    }
}

[Mistake("7.1-momentum-on-the-gradient", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = _velocityW[i] + (Momentum == 0 ? 1 : Momentum) * layer.DLdW!;
            _velocityB[i] = _velocityB[i] + (Momentum == 0 ? 1 : Momentum) * layer.DLdB!;
            layer.W -= LearningRate * _velocityW[i];
            layer.B -= LearningRate * _velocityB[i];
        }
    }
}

[Mistake("7.1-still-without-momentum", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = _velocityW[i] + Momentum * layer.DLdW!;
            _velocityB[i] = _velocityB[i] + Momentum * layer.DLdB!;
            layer.W -= LearningRate * _velocityW[i];
            layer.B -= LearningRate * _velocityB[i];
        }
    }
}

[Mistake("7.1-momentum-fixed", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = 0.9 * _velocityW[i] + layer.DLdW!;
            _velocityB[i] = 0.9 * _velocityB[i] + layer.DLdB!;
            layer.W -= LearningRate * _velocityW[i];
            layer.B -= LearningRate * _velocityB[i];
        }
    }
}

[Mistake("7.1-one-step-late", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            layer.W -= LearningRate * _velocityW[i];
            layer.B -= LearningRate * _velocityB[i];
            _velocityW[i] = Momentum * _velocityW[i] + layer.DLdW!;
            _velocityB[i] = Momentum * _velocityB[i] + layer.DLdB!;
        }
    }
}

[Mistake("7.1-bias-forgotten", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = Momentum * _velocityW[i] + layer.DLdW!;
            _velocityB[i] = Momentum * _velocityB[i] + layer.DLdB!;
            layer.W -= LearningRate * _velocityW[i];
        }
    }
}

[Mistake("8.1-unbiased", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / (z.Shape[0] - 1);
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-running-unbiased", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance * z.Shape[0] / (z.Shape[0] - 1);
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-alpha-turned-round", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = (1 - Alpha) * RunningMean + Alpha * mean;
        RunningVariance = (1 - Alpha) * RunningVariance + Alpha * variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-running-untouched", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = RunningMean;
        RunningVariance = RunningVariance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-not-rooted", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon);
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-scale-forgotten", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return _normalised * 1;
    }
}

[Mistake("8.1-axis", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Mean() * Tensor.OnesLike(Beta);
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Mean() * Tensor.OnesLike(Beta);
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.2-with-the-batch", Question = "8.2", Member = "MyTorch.Layers.BatchNorm1d.Evaluate")]
partial class BatchNorm1d
{
    public Tensor Evaluate(Tensor z) => Gamma * (z - z.Mean(0)) / (z.Var(0, unbiased: false) + Epsilon).Sqrt() + Beta;
}

[Mistake("8.2-not-rooted", Question = "8.2", Member = "MyTorch.Layers.BatchNorm1d.Evaluate")]
partial class BatchNorm1d
{
    public Tensor Evaluate(Tensor z) => Gamma * (z - RunningMean) / (RunningVariance + Epsilon) + Beta;
}

[Mistake("8.2-running-moved", Question = "8.2", Member = "MyTorch.Layers.BatchNorm1d.Evaluate")]
partial class BatchNorm1d
{
    public Tensor Evaluate(Tensor z)
    {
        Tensor result = Gamma * (z - RunningMean) / (RunningVariance + Epsilon).Sqrt() + Beta;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * z.Mean(0);
        return result;
    }
}

[Mistake("8.3-statistics-as-constants", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd!;
    }
}

[Mistake("8.3-mean-as-a-constant", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n;
    }
}

[Mistake("8.3-variance-as-a-constant", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + dLdM / n;
    }
}

[Mistake("8.3-gamma-forgotten", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * 1;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM / n;
    }
}

[Mistake("8.3-gamma-of-the-input", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _deviation!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM / n;
    }
}

[Mistake("8.3-parameters-averaged", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Mean(0);
        DLdGamma = (gradient * _normalised!).Mean(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM / n;
    }
}

[Mistake("8.3-sign-of-the-variance", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = 0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM / n;
    }
}

[Mistake("8.1-epsilon-forgotten", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / variance.Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-epsilon-after-the-root", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance.Sqrt() + Epsilon);
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-running-deviation", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance.Sqrt();
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-alpha-fixed", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = 0.9 * RunningMean + 0.1 * mean;
        RunningVariance = 0.9 * RunningVariance + 0.1 * variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.2-epsilon-forgotten", Question = "8.2", Member = "MyTorch.Layers.BatchNorm1d.Evaluate")]
partial class BatchNorm1d
{
    public Tensor Evaluate(Tensor z) => Gamma * (z - RunningMean) / RunningVariance.Sqrt() + Beta;
}

[Mistake("8.2-epsilon-after-the-root", Question = "8.2", Member = "MyTorch.Layers.BatchNorm1d.Evaluate")]
partial class BatchNorm1d
{
    public Tensor Evaluate(Tensor z) => Gamma * (z - RunningMean) / (RunningVariance.Sqrt() + Epsilon) + Beta;
}

[Mistake("8.3-accumulated", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = DLdBeta is null ? gradient.Sum(0) : DLdBeta + gradient.Sum(0);
        DLdGamma = DLdGamma is null ? (gradient * _normalised!).Sum(0) : DLdGamma + (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM / n;
    }
}

[Mistake("6.1-rooted", Question = "6.1", Member = "MyTorch.Layers.MSELoss.Forward")]
partial class MSELoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        _difference = a - y;
        return ((_difference * _difference).Sum() / a.ElementCount).Sqrt();
    }
}

[Mistake("6.1-squared-after", Question = "6.1", Member = "MyTorch.Layers.MSELoss.Forward")]
partial class MSELoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        _difference = a - y;
        return _difference.Sum() * _difference.Sum() / a.ElementCount;
    }
}

[Mistake("6.2-not-divided", Question = "6.2", Member = "MyTorch.Layers.MSELoss.Backward")]
partial class MSELoss
{
    public Tensor Backward() => 2 * _difference!;
}

[Mistake("6.2-squared", Question = "6.2", Member = "MyTorch.Layers.MSELoss.Backward")]
partial class MSELoss
{
    public Tensor Backward() => _difference! * _difference! / _difference!.ElementCount;
}

[Mistake("6.2-first-call-kept", Question = "6.2", Member = "MyTorch.Layers.MSELoss.Forward")]
partial class MSELoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor difference = a - y;
        _difference ??= difference;
        return (difference * difference).Sum() / a.ElementCount;
    }
}

[Mistake("6.3-labels-first", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        (_softmax, _y) = (shifted.Exp() / shifted.Exp().Sum(1, keepDim: true), y);
        return -(_softmax * (y + 1e-12).Log()).Sum() / a.Shape[0];
    }
}

[Mistake("6.3-all-classes", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        (_softmax, _y) = (shifted.Exp() / shifted.Exp().Sum(1, keepDim: true), y);
        return -a.LogSoftmax(1).Sum() / a.Shape[0];
    }
}

[Mistake("6.3-softmax-forgotten", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        (_softmax, _y) = (shifted.Exp() / shifted.Exp().Sum(1, keepDim: true), y);
        return -(y * a).Sum() / a.Shape[0];
    }
}

[Mistake("6.3-largest-from-one-term", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        (_softmax, _y) = (shifted.Exp() / shifted.Exp().Sum(1, keepDim: true), y);
        return (y * (shifted.Exp().Sum(1, keepDim: true).Log() - a)).Sum() / a.Shape[0];
    }
}

[Mistake("6.4-divided-twice", Question = "6.4", Member = "MyTorch.Layers.CrossEntropyLoss.Backward")]
partial class CrossEntropyLoss
{
    public Tensor Backward() => (_softmax! - _y!) / _y!.Shape[0] / _y!.Shape[0];
}

[Mistake("6.4-overflow", Question = "6.4", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        (_softmax, _y) = (a.Exp() / a.Exp().Sum(1, keepDim: true), y);
        return (y * (shifted.Exp().Sum(1, keepDim: true).Log() - shifted)).Sum() / a.Shape[0];
    }
}

[Mistake("6.4-log-softmax", Question = "6.4", Member = "MyTorch.Layers.CrossEntropyLoss.Backward")]
partial class CrossEntropyLoss
{
    public Tensor Backward() => (_softmax!.Log() - _y!) / _y!.Shape[0];
}

[Mistake("6.4-as-sigmoid", Question = "6.4", Member = "MyTorch.Layers.CrossEntropyLoss.Backward")]
partial class CrossEntropyLoss
{
    public Tensor Backward() => _softmax! * (1 - _softmax!) / _y!.Shape[0];
}

[Mistake("6.4-parentheses", Question = "6.4", Member = "MyTorch.Layers.CrossEntropyLoss.Backward")]
partial class CrossEntropyLoss
{
    public Tensor Backward() => _softmax! - _y! / _y!.Shape[0];
}

[Mistake("6.4-first-call-kept", Question = "6.4", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        Tensor weights = shifted.Exp();
        Tensor sums = weights.Sum(1, keepDim: true);
        (_softmax, _y) = (_softmax ?? weights / sums, _y ?? y);
        return (y * (sums.Log() - shifted)).Sum() / a.Shape[0];
    }
}

[Mistake("7.1-rate-ignored", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = Momentum * _velocityW[i] + layer.DLdW!;
            _velocityB[i] = Momentum * _velocityB[i] + layer.DLdB!;
            layer.W -= _velocityW[i];
            layer.B -= _velocityB[i];
        }
    }
}

[Mistake("7.1-rate-twice", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = Momentum * _velocityW[i] + LearningRate * layer.DLdW!;
            _velocityB[i] = Momentum * _velocityB[i] + LearningRate * layer.DLdB!;
            layer.W -= LearningRate * _velocityW[i];
            layer.B -= LearningRate * _velocityB[i];
        }
    }
}

[Mistake("7.1-sign-of-the-momentum", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = layer.DLdW! - Momentum * _velocityW[i];
            _velocityB[i] = layer.DLdB! - Momentum * _velocityB[i];
            layer.W -= LearningRate * _velocityW[i];
            layer.B -= LearningRate * _velocityB[i];
        }
    }
}

[Mistake("7.1-velocity-never-fades", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = (Momentum == 0 ? 0 : 1) * _velocityW[i] + layer.DLdW!;
            _velocityB[i] = (Momentum == 0 ? 0 : 1) * _velocityB[i] + layer.DLdB!;
            layer.W -= LearningRate * _velocityW[i];
            layer.B -= LearningRate * _velocityB[i];
        }
    }
}

[Mistake("7.1-looks-ahead", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = Momentum * _velocityW[i] + layer.DLdW!;
            _velocityB[i] = Momentum * _velocityB[i] + layer.DLdB!;
            layer.W -= LearningRate * (layer.DLdW! + Momentum * _velocityW[i]);
            layer.B -= LearningRate * (layer.DLdB! + Momentum * _velocityB[i]);
        }
    }
}

[Mistake("7.1-gradient-twice", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = Momentum * _velocityW[i] + layer.DLdW!;
            _velocityB[i] = Momentum * _velocityB[i] + layer.DLdB!;
            layer.W -= LearningRate * (layer.DLdW! + _velocityW[i]);
            layer.B -= LearningRate * (layer.DLdB! + _velocityB[i]);
        }
    }
}

[Mistake("7.1-last-layer-left-out", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count - 1; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = Momentum * _velocityW[i] + layer.DLdW!;
            _velocityB[i] = Momentum * _velocityB[i] + layer.DLdB!;
            layer.W -= LearningRate * _velocityW[i];
            layer.B -= LearningRate * _velocityB[i];
        }
    }
}

[Mistake("7.1-first-layer-left-out", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 1; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = Momentum * _velocityW[i] + layer.DLdW!;
            _velocityB[i] = Momentum * _velocityB[i] + layer.DLdB!;
            layer.W -= LearningRate * _velocityW[i];
            layer.B -= LearningRate * _velocityB[i];
        }
    }
}

[Mistake("7.1-weight-forgotten", Question = "7.1", Member = "MyTorch.Layers.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            Linear layer = _layers[i];
            _velocityW[i] = Momentum * _velocityW[i] + layer.DLdW!;
            _velocityB[i] = Momentum * _velocityB[i] + layer.DLdB!;
                layer.B -= LearningRate * _velocityB[i];
        }
    }
}

[Mistake("8.1-gamma-forgotten", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return _normalised + Beta;
    }
}

[Mistake("8.1-beta-forgotten", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * _normalised;
    }
}

[Mistake("8.1-mean-not-subtracted", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = z * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-mean-of-squares", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (z * z).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-running-swapped", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * variance;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * mean;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-running-replaced", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = mean;
        RunningVariance = variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-running-of-the-normalised", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * _normalised.Mean(0);
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * (_normalised * _normalised).Mean(0);
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-running-mean-untouched", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = RunningMean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-running-variance-untouched", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = RunningVariance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-with-the-running-estimates", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        _inverseStd = 1 / (RunningVariance + Epsilon).Sqrt();
        _normalised = (z - RunningMean) * _inverseStd;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.1-rows", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Mean(1, keepDim: true);
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Mean(1, keepDim: true);
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.2-scale-forgotten", Question = "8.2", Member = "MyTorch.Layers.BatchNorm1d.Evaluate")]
partial class BatchNorm1d
{
    public Tensor Evaluate(Tensor z) => (z - RunningMean) / (RunningVariance + Epsilon).Sqrt();
}

[Mistake("8.2-mean-not-subtracted", Question = "8.2", Member = "MyTorch.Layers.BatchNorm1d.Evaluate")]
partial class BatchNorm1d
{
    public Tensor Evaluate(Tensor z) => Gamma * z / (RunningVariance + Epsilon).Sqrt() + Beta;
}

[Mistake("8.2-statistics-swapped", Question = "8.2", Member = "MyTorch.Layers.BatchNorm1d.Evaluate")]
partial class BatchNorm1d
{
    public Tensor Evaluate(Tensor z) => Gamma * (z - RunningVariance) / (RunningMean.Abs() + Epsilon).Sqrt() + Beta;
}

[Mistake("8.3-mean-not-divided", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM;
    }
}

[Mistake("8.3-variance-not-divided", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! + dLdM / n;
    }
}

[Mistake("8.3-two-forgotten", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + dLdV * _deviation! / n + dLdM / n;
    }
}

[Mistake("8.3-half-forgotten", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -(dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM / n;
    }
}

[Mistake("8.3-root-not-cubed", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM / n;
    }
}

[Mistake("8.3-root-not-cubed", Form = "squared", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(2)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM / n;
    }
}

[Mistake("8.3-sign-of-the-mean", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = (dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM / n;
    }
}

[Mistake("8.3-parameters-swapped", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = (gradient * _normalised!).Sum(0);
        DLdGamma = gradient.Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM / n;
    }
}

[Mistake("8.3-parameters-all", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum();
        DLdGamma = (gradient * _normalised!).Sum();
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM / n;
    }
}

[Mistake("8.3-direct-term-forgotten", Question = "8.3", Member = "MyTorch.Layers.BatchNorm1d.Backward")]
partial class BatchNorm1d
{
    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return 2 * dLdV * _deviation! / n + dLdM / n;
    }
}

[Mistake("8.2-gamma-forgotten", Question = "8.2", Member = "MyTorch.Layers.BatchNorm1d.Evaluate")]
partial class BatchNorm1d
{
    public Tensor Evaluate(Tensor z) => (z - RunningMean) / (RunningVariance + Epsilon).Sqrt() + Beta;
}

[Mistake("8.2-beta-forgotten", Question = "8.2", Member = "MyTorch.Layers.BatchNorm1d.Evaluate")]
partial class BatchNorm1d
{
    public Tensor Evaluate(Tensor z) => Gamma * (z - RunningMean) / (RunningVariance + Epsilon).Sqrt();
}

[Mistake("6.3-overflow", Form = "by hand", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a;
        Tensor weights = shifted.Exp();
        Tensor sums = weights.Sum(1, keepDim: true);
        (_softmax, _y) = (weights / sums, y);
        return (y * (sums.Log() - shifted)).Sum() / a.Shape[0];
    }
}

[Mistake("6.3-sum-without-logarithm", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(1, keepDim: true);
        Tensor weights = shifted.Exp();
        Tensor sums = weights.Sum(1, keepDim: true);
        (_softmax, _y) = (weights / sums, y);
        return (y * (sums - shifted)).Sum() / a.Shape[0];
    }
}

[Mistake("6.3-axis", Form = "by hand", Question = "6.3", Member = "MyTorch.Layers.CrossEntropyLoss.Forward")]
partial class CrossEntropyLoss
{
    public Tensor Forward(Tensor a, Tensor y)
    {
        Tensor shifted = a - a.AMax(0, keepDim: true);
        Tensor weights = shifted.Exp();
        Tensor sums = weights.Sum(0, keepDim: true);
        (_softmax, _y) = (weights / sums, y);
        return (y * (sums.Log() - shifted)).Sum() / a.Shape[0];
    }
}

[Mistake("8.1-with-the-running-estimates", Form = "in the end", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * (z - RunningMean) / (RunningVariance + Epsilon).Sqrt() + Beta;
    }
}

[Mistake("8.1-with-the-running-estimates", Form = "before they move", Question = "8.1", Member = "MyTorch.Layers.BatchNorm1d.Forward")]
partial class BatchNorm1d
{
    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (RunningVariance + Epsilon).Sqrt();
        _normalised = (z - RunningMean) * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * _normalised + Beta;
    }
}

[Mistake("8.2-with-the-batch 8.2-running-moved", Question = "8.2", Member = "MyTorch.Layers.BatchNorm1d.Evaluate")]
partial class BatchNorm1d
{
    public Tensor Evaluate(Tensor z)
    {
        RunningMean = Alpha * RunningMean + (1 - Alpha) * z.Mean(0);
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * z.Var(0, unbiased: false);
        return Gamma * (z - z.Mean(0)) / (z.Var(0, unbiased: false) + Epsilon).Sqrt() + Beta;
    }
}
