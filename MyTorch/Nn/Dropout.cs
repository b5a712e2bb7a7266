using System.Globalization;

namespace MyTorch.Nn;

/// <summary>
/// In training mode, sets each element to 0 with probability p and divides the others by 1 − p, which keeps the expected value. In
/// evaluation mode it is the identity.
/// </summary>
/// <remarks>Srivastava and others, 2014.</remarks>
public sealed class Dropout : Module
{
    readonly double _p;
    readonly Generator? _generator;

    /// <summary>A dropout layer.</summary>
    /// <param name="p">The probability that an element is set to 0, 0 to 1.</param>
    /// <param name="generator">The source of the random numbers; the thread's default generator if omitted.</param>
    /// <exception cref="ArgumentOutOfRangeException">p is not in 0 … 1.</exception>
    public Dropout(double p = 0.5, Generator? generator = null)
    {
        if (!(p is >= 0 and <= 1)) throw Invalid.Setting(nameof(p), p, "Dropout: p is a probability; it must be 0 to 1.");
        (_p, _generator) = (p, generator);
    }

    /// <summary>The probability that an element is set to 0.</summary>
    public double P => _p;

    internal Generator? Generator => _generator;

    /// <summary>Any shape → the same shape.</summary>
    protected override Tensor ForwardCore(Tensor input)
    {
        input.DType.RequireFloat(nameof(Dropout));
        if (!Training || _p == 0) return new Operations.Identity(input).Apply();
        if (_p == 1) return Tensor.Where(Tensor.Full(input.Shape, 0, DType.Bool), input, Tensor.From(0, input.DType));
        Tensor kept = (Tensor.Rand(input.Shape, input.DType, _generator) >= _p).To(input.DType) / (1 - _p);
        kept.Name = "dropout mask";
        return input * kept;
    }

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture, $"Dropout({_p})");
}
