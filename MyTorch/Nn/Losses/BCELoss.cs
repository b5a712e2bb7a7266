using MyTorch.Operations;

namespace MyTorch.Nn;

/// <summary>
/// Binary cross entropy of probabilities p in [0, 1]: −w·(t·ln p + (1 − t)·ln(1 − p)), each logarithm clamped to at least −100 as in
/// PyTorch. For logits use <see cref="BCEWithLogitsLoss"/>, which is numerically stable.
/// </summary>
/// <param name="weight">w, broadcast to the predictions; 1 if omitted.</param>
/// <param name="reduction">How the per-element losses are combined; the mean is over all elements.</param>
public sealed class BCELoss(Tensor? weight = null, Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        RequireProbabilities(prediction, nameof(prediction), "Apply Sigmoid() first, or use BCEWithLogitsLoss on logits.");
        RequireProbabilities(target, nameof(target));
        if (weight is null) return Reduce(new BinaryCrossEntropy(prediction, target).Apply());
        RequireWeightFits(weight, prediction);
        // Elements of weight 0 are replaced, so that NaN there does not reach the loss: 0·NaN would be NaN.
        Tensor hasWeight = weight.NotEqualTo(0);
        prediction = Tensor.Where(hasWeight, prediction, Tensor.Full(prediction.Shape, 0.5, prediction.DType));
        target = Tensor.Where(hasWeight, target, Tensor.ZerosLike(target));
        return Reduce(new BinaryCrossEntropy(prediction, target).Apply() * weight);
    }
}
