using MyTorch.Operations;

namespace MyTorch.Nn;

/// <summary>½d² for |d| ≤ δ, else δ(|d| − ½δ), with d = prediction − target: squared for small errors, linear for large ones.</summary>
/// <remarks>Huber, 1964.</remarks>
public sealed class HuberLoss : Loss
{
    readonly double _delta;

    /// <summary>A Huber loss.</summary>
    /// <param name="reduction">How the per-element losses are combined; the mean is over all elements.</param>
    /// <param name="delta">δ &gt; 0, the error from which the loss is linear.</param>
    /// <exception cref="ArgumentOutOfRangeException">δ is not a finite number greater than 0.</exception>
    public HuberLoss(Reduction reduction = Reduction.Mean, double delta = 1) : base(reduction) => _delta = Huber.RequireDelta(delta);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        return Reduce(new Huber(prediction - target, _delta).Apply());
    }
}
