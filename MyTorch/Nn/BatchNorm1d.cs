using System.Globalization;
using MyTorch.Operations;

namespace MyTorch.Nn;

/// <summary>
/// Normalises each feature over the batch: y = (x − mean)/√(variance + ε)·γ + β, (N, C) or (N, C, L) → the same shape.
/// In training with the batch's mean and population variance; in evaluation with running estimates.
/// </summary>
/// <remarks>
/// <para>Ioffe and Szegedy, 2015. The running estimates follow PyTorch: running ← (1 − m)·running + m·batch, with the <em>unbiased</em> variance of the batch.</para>
/// <para>Threads may train and evaluate at once: an evaluation uses mean and variance as one training step left them.</para>
/// </remarks>
public sealed class BatchNorm1d : Module
{
    readonly double _epsilon;
    readonly double _momentum;
    readonly int _features;
    readonly Lock _estimates = new();

    /// <summary>A batch normalisation over the given number of features.</summary>
    /// <param name="features">C, the size of dimension 1.</param>
    /// <param name="epsilon">ε &gt; 0, added to the variance.</param>
    /// <param name="momentum">m, the share of the new batch in the running estimates, 0 … 1.</param>
    /// <param name="affine">Whether γ and β are learned.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="Tensor.DefaultDType"/> if left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    public BatchNorm1d(int features, double epsilon = 1e-5, double momentum = 0.1, bool affine = true, DType? dtype = null)
    {
        if (features < 1) throw Invalid.Setting(nameof(features), features, "BatchNorm1d: at least 1 feature is needed.");
        if (!(epsilon > 0 && double.IsFinite(epsilon))) throw Invalid.Setting(nameof(epsilon), epsilon, "BatchNorm1d: ε must be a finite number greater than 0.");
        if (!(momentum is >= 0 and <= 1)) throw Invalid.Setting(nameof(momentum), momentum, "BatchNorm1d: the momentum is a share, 0 to 1.");
        (_features, _epsilon, _momentum) = (features, epsilon, momentum);
        Weight = affine ? new Parameter(Tensor.Ones([features], dtype)) : null;
        Bias = affine ? new Parameter(Tensor.Zeros([features], dtype)) : null;
        RunningMean = Tensor.Zeros([features], dtype);
        RunningVar = Tensor.Ones([features], dtype);
    }

    /// <summary>γ, (C); null without affine.</summary>
    public Parameter? Weight { get; }

    /// <summary>β, (C); null without affine.</summary>
    public Parameter? Bias { get; }

    /// <summary>The running estimate of the mean, (C).</summary>
    [field: Buffer]
    public Tensor RunningMean { get; }

    /// <summary>The running estimate of the unbiased variance, (C).</summary>
    [field: Buffer]
    public Tensor RunningVar { get; }

    /// <summary>(N, C) or (N, C, L) → the same shape.</summary>
    /// <exception cref="ArgumentException">The input has another shape, or in training only one value a feature.</exception>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Rank is not (2 or 3) || input.Shape[1] != _features)
            throw new ArgumentException($"BatchNorm1d: the input has shape {input.Shape}; expected (N, {_features}) or (N, {_features}, L).", nameof(input));
        using IDisposable? call = RecordCall();
        int[] over = input.Rank == 2 ? [0] : [0, 2];
        Tensor normalised = Training ? WithBatch(input, over) : WithRunning(input);
        return Weight is null ? normalised : normalised * PerFeature(Weight, input) + PerFeature(Bias!, input);
    }

    Tensor WithBatch(Tensor input, int[] over)
    {
        if (input.ElementCount <= _features)
            throw new ArgumentException(
                $"BatchNorm1d: {input.Shape} has {(input.ElementCount == 0 ? "no" : "one")} value a feature, so no variance. Train with batches of at least 2, or call Eval() first.", nameof(input));
        Tensor normalised = new Normalize(input, over, _epsilon).Apply();
        using (Autograd.Pause())
        {
            Tensor mean = input.Mean(over), variance = input.Var(over, unbiased: true);
            lock (_estimates)
            {
                Blend(RunningMean, mean);
                Blend(RunningVar, variance);
            }
        }
        return normalised;
    }

    void Blend(Tensor running, Tensor batch) => running.CopyFrom((1 - _momentum) * running + _momentum * batch);

    // The estimates are copied: they may change before Backward comes to this operation.
    Tensor WithRunning(Tensor input)
    {
        Tensor mean, variance;
        lock (_estimates) (mean, variance) = (RunningMean.Clone(), RunningVar.Clone());
        return (input - PerFeature(mean, input)) / (PerFeature(variance, input) + _epsilon).Sqrt();
    }

    Tensor PerFeature(Tensor values, Tensor input) => input.Rank == 2 ? values : values.Reshape([_features, 1]);

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture, $"BatchNorm1d({_features})");
}
