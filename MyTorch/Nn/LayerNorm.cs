using MyTorch.Operations;

namespace MyTorch.Nn;

/// <summary>
/// Normalizes over the last dimensions: y = (x − mean)/√(variance + ε)·γ + β, with the population variance; (…, shape) → the same shape.
/// </summary>
/// <remarks>Ba, Kiros and Hinton, 2016. Training and evaluation mode are the same.</remarks>
public sealed class LayerNorm : Module
{
    readonly Shape _shape;
    readonly double _epsilon;

    /// <summary>Layer normalization over the last dimensions.</summary>
    /// <param name="normalizedShape">The sizes of the last dimensions, over which mean and variance are computed.</param>
    /// <param name="epsilon">ε &gt; 0, added to the variance.</param>
    /// <param name="affine">Whether the layer has the trainable parameters γ and β.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="Tensor.DefaultDType"/> if omitted.</param>
    /// <exception cref="ArgumentOutOfRangeException">ε is not a finite number greater than 0.</exception>
    /// <exception cref="ArgumentException">The shape is ().</exception>
    public LayerNorm(Shape normalizedShape, double epsilon = 1e-5, bool affine = true, DType? dtype = null)
    {
        if (normalizedShape.Rank == 0)
            throw new ArgumentException("LayerNorm: the normalized shape needs at least one dimension.", nameof(normalizedShape));
        if (!(epsilon > 0 && double.IsFinite(epsilon)))
            throw Invalid.Setting(nameof(epsilon), epsilon, "LayerNorm: ε must be a finite number greater than 0.");
        (_shape, _epsilon) = (normalizedShape, epsilon);
        Weight = affine ? new Parameter(Tensor.Ones(normalizedShape, dtype)) : null;
        Bias = affine ? new Parameter(Tensor.Zeros(normalizedShape, dtype)) : null;
    }

    /// <summary>The sizes of the last dimensions, over which mean and variance are computed.</summary>
    public Shape NormalizedShape => _shape;

    /// <summary>ε, added to the variance.</summary>
    public double Epsilon => _epsilon;

    /// <summary>γ, of the normalized shape; null if affine is false.</summary>
    public Parameter? Weight { get; }

    /// <summary>β, of the normalized shape; null if affine is false.</summary>
    public Parameter? Bias { get; }

    /// <summary>(…, shape) → the same shape.</summary>
    /// <exception cref="ArgumentException">The input's last dimensions are not the normalized shape.</exception>
    protected override Tensor ForwardCore(Tensor input)
    {
        int lead = input.Rank - _shape.Rank;
        if (lead < 0 || !input.Shape.AsSpan()[lead..].SequenceEqual(_shape.AsSpan()))
            throw new ArgumentException(
                $"LayerNorm: the input has shape {input.Shape}; its last dimensions must be {_shape}.", nameof(input));
        Tensor normalized = new Normalize(input, [.. Enumerable.Range(lead, _shape.Rank)], _epsilon).Apply();
        return Weight is null ? normalized : normalized * Weight + Bias!;
    }

    /// <inheritdoc/>
    public override string Describe() => $"LayerNorm{_shape}";
}
