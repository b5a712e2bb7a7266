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
        Tensor mean = z.Mean(0), variance = z.Var(0, unbiased: false);
        (_deviation, _inverseStd) = (z - mean, (variance + Epsilon).Pow(-0.5));
        _normalised = _deviation * _inverseStd;
        RunningMean += (1 - Alpha) * (mean - RunningMean);
        RunningVariance += (1 - Alpha) * (variance - RunningVariance);
        return _normalised * Gamma + Beta;
    }

    public Tensor Evaluate(Tensor z) => Gamma * (z - RunningMean) / (RunningVariance + Epsilon).Sqrt() + Beta;

    public Tensor Backward(Tensor gradient)
    {
        // The three ways in one formula: (N·g − Σg − N̂·Σ(g·N̂))/(N·σ)
        int n = gradient.Shape[0];
        DLdBeta = gradient.Sum(0);
        DLdGamma = (_normalised! * gradient).Sum(0);
        Tensor g = gradient * Gamma;
        return (n * g - g.Sum(0) - _normalised! * (g * _normalised!).Sum(0)) * _inverseStd! / n;
    }
}
