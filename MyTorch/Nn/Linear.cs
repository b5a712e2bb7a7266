namespace MyTorch.Nn;

/// <summary>Y = X·Wᵀ + b: (…, in) → (…, out).</summary>
public sealed class Linear : Module
{
    /// <summary>A linear layer, initialised uniformly in ±1/√in as PyTorch's.</summary>
    /// <param name="inFeatures">The size of the input's last dimension, at least 1.</param>
    /// <param name="outFeatures">The size of the output's last dimension, at least 1.</param>
    /// <param name="bias">Whether b is added.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="Tensor.DefaultDType"/> if left out.</param>
    /// <param name="generator">Where the initial values come from; the thread's default if left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is less than 1.</exception>
    public Linear(int inFeatures, int outFeatures, bool bias = true, DType? dtype = null, Generator? generator = null)
    {
        if (inFeatures < 1)
            throw Invalid.Setting(nameof(inFeatures), inFeatures, "Linear: at least 1 input feature is needed.");
        if (outFeatures < 1)
            throw Invalid.Setting(nameof(outFeatures), outFeatures, "Linear: at least 1 output feature is needed.");
        double bound = 1 / Math.Sqrt(inFeatures);
        Weight = new Parameter((Tensor.Rand([outFeatures, inFeatures], dtype, generator) * 2 - 1) * bound);
        Bias = bias ? new Parameter((Tensor.Rand([outFeatures], dtype, generator) * 2 - 1) * bound) : null;
    }

    /// <summary>W, (out, in).</summary>
    public Parameter Weight { get; }

    /// <summary>b, (out); null in a layer without bias.</summary>
    public Parameter? Bias { get; }

    /// <summary>(…, in) → (…, out).</summary>
    /// <exception cref="ArgumentException">The input's last dimension is not the number of input features.</exception>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IDisposable? call = RecordCall();
        return input.Linear(Weight, Bias);
    }

    /// <inheritdoc/>
    public override string Describe() => $"Linear({Weight.Shape[1]}, {Weight.Shape[0]}{(Bias is null ? ", no bias" : "")})";
}
