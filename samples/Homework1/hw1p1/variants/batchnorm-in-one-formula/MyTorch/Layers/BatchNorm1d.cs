namespace MyTorch.Layers;

/// <summary>
/// Normalises each feature over the batch: Ẑ = γ·(Z − M)/√(V + ε) + β with the batch's mean M and biased variance V; in evaluation with running
/// estimates. (N, C) → (N, C).
/// </summary>
/// <remarks>As CMU 11-785 writes it: α = 0.9 is the share of the old estimate that is kept, the variance divides by N everywhere, ε = 1e-8.</remarks>
public sealed class BatchNorm1d
{
    Tensor? _deviation;
    Tensor? _inverseStd;
    Tensor? _normalised;

    /// <param name="features">C.</param>
    /// <param name="alpha">α, the share of the running estimates that is kept.</param>
    public BatchNorm1d(int features, double alpha = 0.9)
    {
        Alpha = alpha;
        Gamma = Tensor.Ones([features], DType.Float64);
        Beta = Tensor.Zeros([features], DType.Float64);
        RunningMean = Tensor.Zeros([features], DType.Float64);
        RunningVariance = Tensor.Ones([features], DType.Float64);
    }

    /// <summary>α.</summary>
    public double Alpha { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; } = 1e-8;

    /// <summary>γ, (C).</summary>
    public Tensor Gamma { get; set; }

    /// <summary>β, (C).</summary>
    public Tensor Beta { get; set; }

    /// <summary>The running mean, (C).</summary>
    public Tensor RunningMean { get; set; }

    /// <summary>The running biased variance, (C).</summary>
    public Tensor RunningVariance { get; set; }

    /// <summary>∂L/∂γ of the last Backward, (C).</summary>
    public Tensor? DLdGamma { get; private set; }

    /// <summary>∂L/∂β of the last Backward, (C).</summary>
    public Tensor? DLdBeta { get; private set; }

    /// <summary>In training: normalises with the batch, and moves the running estimates towards it.</summary>
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

    /// <summary>In evaluation: normalises with the running estimates, and changes nothing.</summary>
    public Tensor Evaluate(Tensor z) => Gamma * (z - RunningMean) / (RunningVariance + Epsilon).Sqrt() + Beta;

    /// <summary>The three ways gathered: γ/√(V + ε)·(g − mean of g − N̂·mean of g·N̂).</summary>
    public Tensor Backward(Tensor gradient)
    {
        (DLdBeta, DLdGamma) = (gradient.Sum(0), (gradient * _normalised!).Sum(0));
        double n = gradient.Shape[0];
        return Gamma * _inverseStd! * (gradient - DLdBeta / n - _normalised! * (DLdGamma / n));
    }
}
