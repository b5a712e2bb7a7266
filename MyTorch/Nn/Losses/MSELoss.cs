namespace MyTorch.Nn;

/// <summary>Squared error (prediction − target)².</summary>
/// <param name="reduction">How the per-element losses are combined; the mean is over all elements.</param>
public sealed class MSELoss(Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        return Reduce((prediction - target).Square());
    }
}
