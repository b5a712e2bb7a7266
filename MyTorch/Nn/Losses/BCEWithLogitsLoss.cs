using MyTorch.Operations;

namespace MyTorch.Nn;

/// <summary>The binary cross entropy of logits: the stable form of <see cref="BCELoss"/> after a sigmoid.</summary>
/// <param name="positiveWeight">What a positive target counts compared with a negative one; broadcasts; 1 if left out.</param>
/// <param name="reduction">The mean goes over all elements.</param>
public sealed class BCEWithLogitsLoss(Tensor? positiveWeight = null, Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        RequireProbabilities(target, nameof(target));
        if (positiveWeight is not null)
        {
            RequireWeightFits(positiveWeight, prediction);
            // A target of 1 whose weight is 0 counts nothing, whatever its logit is: 0·∞ would be NaN.
            Tensor idle = positiveWeight.EqualTo(0).And(target.EqualTo(1));
            prediction = Tensor.Where(idle, Tensor.ZerosLike(prediction), prediction);
        }
        // The rule reads the weight again; what is recorded must not see a later change of it.
        Tensor weight = positiveWeight?.Clone() ?? Tensor.Ones(Shape.Create([]), prediction.DType);
        return Reduce(new BinaryCrossEntropyWithLogits(prediction, target, weight).Apply());
    }
}
