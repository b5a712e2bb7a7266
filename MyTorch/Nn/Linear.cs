namespace MyTorch.Nn;

/// <summary>Y = X·Wᵀ + b: (…, in) → (…, out).</summary>
public sealed class Linear : Module
{
    /// <summary>A linear layer. Weight and bias are initialized uniformly in ±1/√in, as in PyTorch.</summary>
    /// <param name="inFeatures">The size of the input's last dimension, at least 1.</param>
    /// <param name="outFeatures">The size of the output's last dimension, at least 1.</param>
    /// <param name="bias">Whether the layer has a bias.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="Tensor.DefaultDType"/> if omitted.</param>
    /// <param name="generator">The source of the initial values; the thread's default generator if omitted.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is less than 1.</exception>
    public Linear(int inFeatures, int outFeatures, bool bias = true, DType? dtype = null, Generator? generator = null)
    {
        if (inFeatures < 1)
            throw Invalid.Setting(nameof(inFeatures), inFeatures, "Linear: the number of input features must be at least 1.");
        if (outFeatures < 1)
            throw Invalid.Setting(nameof(outFeatures), outFeatures, "Linear: the number of output features must be at least 1.");
        double bound = 1 / Math.Sqrt(inFeatures);
        Weight = new Parameter((Tensor.Rand([outFeatures, inFeatures], dtype, generator) * 2 - 1) * bound);
        Bias = bias ? new Parameter((Tensor.Rand([outFeatures], dtype, generator) * 2 - 1) * bound) : null;
    }

    /// <summary>W, (out, in).</summary>
    public Parameter Weight { get; }

    /// <summary>b, (out); null if the layer has no bias.</summary>
    public Parameter? Bias { get; }

    /// <summary>(…, in) → (…, out).</summary>
    /// <exception cref="ArgumentException">The input's last dimension is not the number of input features.</exception>
    protected override Tensor ForwardCore(Tensor input)
    {
        return input.Linear(Weight, Bias);
    }

    /// <inheritdoc/>
    public override string Describe() => $"Linear({Weight.Shape[1]}, {Weight.Shape[0]}{(Bias is null ? ", no bias" : "")})";
}
