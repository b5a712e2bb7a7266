using MyTorch.Operations;

namespace MyTorch.Nn;

/// <summary>½d²/β for |d| &lt; β, else |d| − ½β, with d = prediction − target: the Huber loss divided by β.</summary>
/// <remarks>Girshick, Fast R-CNN, 2015.</remarks>
public sealed class SmoothL1Loss : Loss
{
    readonly double _beta;

    /// <summary>A smooth L1 loss.</summary>
    /// <param name="reduction">How the per-element losses are combined; the mean is over all elements.</param>
    /// <param name="beta">β ≥ 0, the error from which the loss is linear; 0 gives <see cref="L1Loss"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">β is negative or not finite.</exception>
    public SmoothL1Loss(Reduction reduction = Reduction.Mean, double beta = 1) : base(reduction) =>
        _beta = beta >= 0 && double.IsFinite(beta)
        ? beta
        : throw Invalid.Setting(nameof(beta), beta, "SmoothL1Loss: β must be a finite number, 0 or more.");

    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        Tensor difference = prediction - target;
        // A β that rounds to 0 in Float32 counts as 0.
        bool isL1 = difference.DType == DType.Float32 ? (float)_beta == 0 : _beta == 0;
        return Reduce(isL1 ? difference.Abs() : new SmoothL1(difference, _beta).Apply());
    }
}
