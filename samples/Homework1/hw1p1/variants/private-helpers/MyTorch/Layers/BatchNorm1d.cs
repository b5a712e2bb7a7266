namespace MyTorch.Layers;

public sealed class BatchNorm1d
{
    Tensor? _z;

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
        _z = z;
        (Tensor mean, Tensor variance) = Statistics(z);
        (RunningMean, RunningVariance) = (Moved(RunningMean, mean), Moved(RunningVariance, variance));
        return Normalised(z, mean, variance) * Gamma + Beta;
    }

    public Tensor Evaluate(Tensor z) => Normalised(z, RunningMean, RunningVariance) * Gamma + Beta;

    // Everything is computed again from Z: only Z is kept.
    public Tensor Backward(Tensor gradient)
    {
        (Tensor mean, Tensor variance) = Statistics(_z!);
        Tensor normalised = Normalised(_z!, mean, variance), g = gradient * Gamma;
        DLdBeta = Tensor.Ones([1, gradient.Shape[0]], gradient.DType).MatMul(gradient).Reshape(Beta.Shape);
        DLdGamma = (normalised * gradient).Sum(0);
        return (g - g.Mean(0) - normalised * (g * normalised).Mean(0)) / (variance + Epsilon).Sqrt();
    }

    (Tensor Mean, Tensor Variance) Statistics(Tensor z)
    {
        Tensor mean = z.Mean(0);
        return (mean, (z - mean).Square().Mean(0));
    }

    Tensor Moved(Tensor old, Tensor now) => old * Alpha + now * (1 - Alpha);

    Tensor Normalised(Tensor z, Tensor mean, Tensor variance) => (z - mean) / (variance + Epsilon).Sqrt();
}
