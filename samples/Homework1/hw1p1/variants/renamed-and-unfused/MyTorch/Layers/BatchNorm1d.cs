namespace MyTorch.Layers;

public sealed class BatchNorm1d
{
    Tensor? _deviation;
    Tensor? _inverseStd;
    Tensor? _normalised;

    public BatchNorm1d(int features, double alpha = 0.9)
    {
        Alpha = alpha;
        Gamma = Tensor.Ones([features], DType.Float64);
        Beta = Tensor.Zeros([features], DType.Float64);
        RunningMean = Tensor.Zeros([features], DType.Float64);
        RunningVariance = Tensor.Ones([features], DType.Float64);
    }

    public double Alpha { get; }

    public double Epsilon { get; } = 1e-8;

    public Tensor Gamma { get; set; }

    public Tensor Beta { get; set; }

    public Tensor RunningMean { get; set; }

    public Tensor RunningVariance { get; set; }

    public Tensor? DLdGamma { get; private set; }

    public Tensor? DLdBeta { get; private set; }

    public Tensor Forward(Tensor z)
    {
        Tensor mean = z.Sum(0) / z.Shape[0];
        _deviation = z - mean;
        Tensor variance = (_deviation * _deviation).Sum(0) / z.Shape[0];
        _inverseStd = 1 / (variance + Epsilon).Sqrt();
        _normalised = _deviation * _inverseStd;
        RunningMean = Alpha * RunningMean + (1 - Alpha) * mean;
        RunningVariance = Alpha * RunningVariance + (1 - Alpha) * variance;
        return Gamma * _normalised + Beta;
    }

    public Tensor Evaluate(Tensor z)
    {
        Tensor scale = Gamma / (RunningVariance + Epsilon).Sqrt();
        return z * scale + (Beta - RunningMean * scale);
    }

    public Tensor Backward(Tensor gradient)
    {
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (gradient * _normalised!).Sum(0);
        Tensor dLdN = gradient * Gamma;
        Tensor dLdV = -0.5 * (dLdN * _deviation! * _inverseStd!.Pow(3)).Sum(0);
        Tensor dLdM = -(dLdN * _inverseStd!).Sum(0) - 2 * dLdV * _deviation!.Sum(0) / n;
        return dLdN * _inverseStd! + 2 * dLdV * _deviation! / n + dLdM / n;
    }
}
