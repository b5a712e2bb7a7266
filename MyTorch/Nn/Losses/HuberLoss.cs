using MyTorch.Operations;

namespace MyTorch.Nn;

/// <summary>½d² for |d| ≤ δ, δ(|d| − ½δ) beyond, with d = x − t: squared near the target, absolute far from it.</summary>
/// <remarks>Huber, 1964.</remarks>
public sealed class HuberLoss : Loss
{
    readonly double _delta;

    /// <summary>A Huber loss.</summary>
    /// <param name="delta">δ &gt; 0, where the square becomes a line.</param>
    /// <param name="reduction">The mean goes over all elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">δ is not a finite number greater than 0.</exception>
    public HuberLoss(double delta = 1, Reduction reduction = Reduction.Mean) : base(reduction) => _delta = Huber.RequireDelta(delta);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        return Reduce(new Huber(prediction - target, _delta).Apply());
    }
}
