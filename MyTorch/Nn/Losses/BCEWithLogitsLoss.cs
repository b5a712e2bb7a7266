using MyTorch.Operations;

namespace MyTorch.Nn;

/// <summary>Binary cross entropy of logits: a sigmoid followed by <see cref="BCELoss"/>, in a numerically stable form.</summary>
/// <param name="weight">The weight of each loss, broadcast to the predictions; 1 if omitted.</param>
/// <param name="reduction">How the per-element losses are combined; the mean is over all elements.</param>
/// <param name="positiveWeight">The weight of positive targets (PyTorch's pos_weight), broadcast to the predictions; 1 if omitted.</param>
public sealed class BCEWithLogitsLoss(Tensor? weight = null, Reduction reduction = Reduction.Mean, Tensor? positiveWeight = null) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        RequireProbabilities(target, nameof(target));
        if (weight is not null)
        {
            RequireWeightFits(weight, prediction);
            // Where the weight is 0, prediction and target are replaced: 0·NaN would be NaN.
            Tensor counts = weight.NotEqualTo(0);
            prediction = Tensor.Where(counts, prediction, Tensor.ZerosLike(prediction));
            target = Tensor.Where(counts, target, Tensor.ZerosLike(target));
        }
        if (positiveWeight is not null)
        {
            RequireWeightFits(positiveWeight, prediction);
            // A logit whose target is 1 with weight 0 is replaced, so that an infinite one does not give 0·∞ = NaN.
            Tensor ignored = positiveWeight.EqualTo(0).And(target.EqualTo(1));
            prediction = Tensor.Where(ignored, Tensor.ZerosLike(prediction), prediction);
        }
        // The backward rule reads the weight again, so the recorded operation keeps a copy that later changes do not affect.
        Tensor positives = positiveWeight?.Clone() ?? Tensor.Ones(Shape.Create([]), prediction.DType);
        Tensor losses = new BinaryCrossEntropyWithLogits(prediction, target, positives).Apply();
        return Reduce(weight is null ? losses : losses * weight);
    }
}
