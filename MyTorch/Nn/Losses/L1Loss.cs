namespace MyTorch.Nn;

/// <summary>The mean absolute error: |x − t|; the gradient at 0 is 0.</summary>
/// <param name="reduction">The mean goes over all elements.</param>
public sealed class L1Loss(Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        return Reduce((prediction - target).Abs());
    }
}
