namespace MyTorch.Nn;

/// <summary>The mean squared error: (x − t)².</summary>
/// <param name="reduction">The mean goes over all elements.</param>
public sealed class MSELoss(Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        return Reduce((prediction - target).Square());
    }
}
