namespace MyTorch.Layers;

public sealed class BatchNorm1d
{
    Tensor? _normalised;
    double[] _deviations = [];

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
        (int rows, int features) = (z.Shape[0], z.Shape[1]);
        double[] numbers = z.ToArray(), gamma = Gamma.ToArray(), beta = Beta.ToArray(), means = RunningMean.ToArray(), variances = RunningVariance.ToArray();
        double[] normalised = new double[numbers.Length], result = new double[numbers.Length];
        _deviations = new double[features];
        for (int c = 0; c < features; c++)
        {
            double mean = 0, variance = 0;
            for (int n = 0; n < rows; n++) mean += numbers[n * features + c] / rows;
            for (int n = 0; n < rows; n++) variance += Math.Pow(numbers[n * features + c] - mean, 2) / rows;
            _deviations[c] = Math.Sqrt(variance + Epsilon);
            for (int n = 0; n < rows; n++)
            {
                int place = n * features + c;
                normalised[place] = (numbers[place] - mean) / _deviations[c];
                result[place] = gamma[c] * normalised[place] + beta[c];
            }
            means[c] += (1 - Alpha) * (mean - means[c]);
            variances[c] += (1 - Alpha) * (variance - variances[c]);
        }
        RunningMean = Tensor.From(means, RunningMean.Shape, z.DType);
        RunningVariance = Tensor.From(variances, RunningVariance.Shape, z.DType);
        _normalised = Tensor.From(normalised, z.Shape, z.DType);
        return Tensor.From(result, z.Shape, z.DType);
    }

    public Tensor Evaluate(Tensor z)
    {
        int features = z.Shape[1];
        double[] numbers = z.ToArray(), gamma = Gamma.ToArray(), beta = Beta.ToArray(), means = RunningMean.ToArray(), variances = RunningVariance.ToArray();
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = gamma[i % features] * (numbers[i] - means[i % features]) / Math.Sqrt(variances[i % features] + Epsilon) + beta[i % features];
        return Tensor.From(numbers, z.Shape, z.DType);
    }

    public Tensor Backward(Tensor gradient)
    {
        (int rows, int features) = (gradient.Shape[0], gradient.Shape[1]);
        double[] g = gradient.ToArray(), normalised = _normalised!.ToArray(), gamma = Gamma.ToArray();
        double[] dGamma = new double[features], dBeta = new double[features], dZ = new double[g.Length];
        for (int i = 0; i < g.Length; i++)
        {
            dGamma[i % features] += g[i] * normalised[i];
            dBeta[i % features] += g[i];
        }
        for (int i = 0; i < g.Length; i++)
        {
            int c = i % features;
            dZ[i] = gamma[c] / _deviations[c] * (g[i] - dBeta[c] / rows - normalised[i] * dGamma[c] / rows);
        }
        DLdGamma = Tensor.From(dGamma, Gamma.Shape, gradient.DType);
        DLdBeta = Tensor.From(dBeta, Beta.Shape, gradient.DType);
        return Tensor.From(dZ, gradient.Shape, gradient.DType);
    }
}
