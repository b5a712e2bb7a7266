using System.Globalization;
using MyTorch.Operations;

namespace MyTorch.Nn;

/// <summary>
/// Normalizes each feature over the batch: y = (x − mean)/√(variance + ε)·γ + β, (N, C) or (N, C, L) → the same shape.
/// In training mode with the mean and population variance of the batch, in evaluation mode with the running estimates.
/// </summary>
/// <remarks>
/// <para>Ioffe and Szegedy, 2015. As in PyTorch, running ← (1 − m)·running + m·batch, with the <em>unbiased</em> variance of the
/// batch.</para>
/// <para>Threads may train and evaluate at the same time: an evaluation reads a mean and a variance of the same training step.</para>
/// </remarks>
public sealed class BatchNorm1d : Module
{
    readonly double _epsilon;
    readonly double _momentum;
    readonly int _features;
    readonly Lock _estimates = new();

    /// <summary>Batch normalization of the given number of features.</summary>
    /// <param name="features">C, the size of dimension 1.</param>
    /// <param name="epsilon">ε &gt; 0, added to the variance.</param>
    /// <param name="momentum">m, 0 to 1, the weight of a new batch in the running estimates.</param>
    /// <param name="affine">Whether the layer has the trainable parameters γ and β.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="Tensor.DefaultDType"/> if omitted.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public BatchNorm1d(int features, double epsilon = 1e-5, double momentum = 0.1, bool affine = true, DType? dtype = null)
    {
        if (features < 1) throw Invalid.Setting(nameof(features), features, "BatchNorm1d: the number of features must be at least 1.");
        if (!(epsilon > 0 && double.IsFinite(epsilon)))
            throw Invalid.Setting(nameof(epsilon), epsilon, "BatchNorm1d: ε must be a finite number greater than 0.");
        if (!(momentum is >= 0 and <= 1)) throw Invalid.Setting(nameof(momentum), momentum, "BatchNorm1d: the momentum must be 0 to 1.");
        (_features, _epsilon, _momentum) = (features, epsilon, momentum);
        Weight = affine ? new Parameter(Tensor.Ones([features], dtype)) : null;
        Bias = affine ? new Parameter(Tensor.Zeros([features], dtype)) : null;
        RunningMean = Tensor.Zeros([features], dtype);
        RunningVar = Tensor.Ones([features], dtype);
        NumBatchesTracked = Tensor.Zeros([], DType.Int64);
    }

    /// <summary>C, the size of dimension 1.</summary>
    public int Features => _features;

    /// <summary>ε, added to the variance.</summary>
    public double Epsilon => _epsilon;

    /// <summary>m, the weight of a new batch in the running estimates.</summary>
    public double Momentum => _momentum;

    /// <summary>γ, (C); null if affine is false.</summary>
    public Parameter? Weight { get; }

    /// <summary>β, (C); null if affine is false.</summary>
    public Parameter? Bias { get; }

    /// <summary>The running estimate of the mean, (C).</summary>
    [field: Buffer]
    public Tensor RunningMean { get; }

    /// <summary>The running estimate of the unbiased variance, (C).</summary>
    [field: Buffer]
    public Tensor RunningVar { get; }

    /// <summary>The number of training batches so far, an Int64 scalar. PyTorch saves it with the estimates.</summary>
    [field: Buffer]
    public Tensor NumBatchesTracked { get; }

    /// <summary>(N, C) or (N, C, L) → the same shape.</summary>
    /// <exception cref="ArgumentException">The input has the wrong shape, or in training mode only one value per feature.</exception>
    /// <exception cref="InvalidOperationException">In evaluation mode, a running variance is infinite.</exception>
    protected override Tensor ForwardCore(Tensor input)
    {
        if (input.Rank is not (2 or 3) || input.Shape[1] != _features)
            throw new ArgumentException(
                $"BatchNorm1d: the input has shape {input.Shape}; expected (N, {_features}) or (N, {_features}, L).", nameof(input));
        int[] over = input.Rank == 2 ? [0] : [0, 2];
        Tensor normalized = Training ? WithBatch(input, over) : WithRunning(input);
        return Weight is null ? normalized : normalized * PerFeature(Weight, input) + PerFeature(Bias!, input);
    }

    Tensor WithBatch(Tensor input, int[] over)
    {
        if (input.ElementCount <= _features)
            throw new ArgumentException(
                $"BatchNorm1d: {input.Shape} has {(input.ElementCount == 0 ? "no" : "one")} value per feature, so its variance is not " +
                $"defined. " +
                "Train with batches of at least 2, or call Eval() first.", nameof(input));
        Tensor normalized = new Normalize(input, over, _epsilon).Apply();
        using (Autograd.Pause())
        {
            Tensor mean = input.Mean(over), variance = input.Var(over, unbiased: true);
            lock (_estimates)
            {
                Blend(RunningMean, mean);
                Blend(RunningVar, variance);
                NumBatchesTracked.Fill(NumBatchesTracked.ItemInt64() + 1);
            }
        }
        return normalized;
    }

    void Blend(Tensor running, Tensor batch) => running.CopyFrom((1 - _momentum) * running + _momentum * batch);

    // The estimates are copied, because they may change before Backward reaches this operation.
    Tensor WithRunning(Tensor input)
    {
        Tensor mean, variance;
        lock (_estimates) (mean, variance) = (RunningMean.Clone(), RunningVar.Clone());
        RequireFinite(variance);
        return (input - PerFeature(mean, input)) / (PerFeature(variance, input) + _epsilon).Sqrt();
    }

    // x/√∞ is 0 for every x: the batches were normalized well, and predictions would be constant without a sign of it. NaN shows itself.
    static void RequireFinite(Tensor variance)
    {
        int infinite = Array.FindIndex(variance.ToArray(), double.IsInfinity);
        if (infinite < 0) return;
        string largest = variance.DType == DType.Float32 ? "1.8e19" : "1.3e154";
        throw new InvalidOperationException(
            $"BatchNorm1d: the running variance of feature {infinite} is infinite, so each output would be the same. The layer was trained on numbers " +
            $"above {largest}, whose squares {variance.DType} does not hold. Standardize the inputs and train again.");
    }

    Tensor PerFeature(Tensor values, Tensor input) => input.Rank == 2 ? values : values.Reshape([_features, 1]);

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture, $"BatchNorm1d({_features})");
}
