namespace MyTorch.Nn;

/// <summary>Absolute error |prediction − target|; the gradient at 0 is 0.</summary>
/// <param name="reduction">How the per-element losses are combined; the mean is over all elements.</param>
public sealed class L1Loss(Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        return Reduce((prediction - target).Abs());
    }
}
