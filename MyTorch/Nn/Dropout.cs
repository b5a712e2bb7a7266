using System.Globalization;

namespace MyTorch.Nn;

/// <summary>
/// In training, sets each element to 0 with probability p and divides the others by 1 − p, so that the mean stays; in evaluation changes nothing.
/// </summary>
/// <remarks>Srivastava and others, 2014.</remarks>
public sealed class Dropout : Module
{
    readonly double _p;
    readonly Generator? _generator;

    /// <summary>A dropout layer.</summary>
    /// <param name="p">The probability of being dropped, 0 … 1.</param>
    /// <param name="generator">Where the choice comes from; the thread's default if left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">p is not in 0 … 1.</exception>
    public Dropout(double p = 0.5, Generator? generator = null)
    {
        if (!(p is >= 0 and <= 1)) throw Invalid.Setting(nameof(p), p, "Dropout: p is a probability, 0 to 1.");
        (_p, _generator) = (p, generator);
    }

    /// <summary>The same shape as the input.</summary>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        input.DType.RequireFloat(nameof(Dropout));
        using IDisposable? call = RecordCall();
        if (!Training || _p == 0) return new Operations.Identity(input).Apply();
        if (_p == 1) return Tensor.Where(Tensor.Full(input.Shape, 0, DType.Bool), input, Tensor.From(0, input.DType));
        Tensor kept = (Tensor.Rand(input.Shape, input.DType, _generator) >= _p).To(input.DType) / (1 - _p);
        kept.Name = "dropout mask";
        return input * kept;
    }

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture, $"Dropout({_p})");
}
