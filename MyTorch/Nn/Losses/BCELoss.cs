using MyTorch.Operations;

namespace MyTorch.Nn;

/// <summary>
/// The binary cross entropy of probabilities (0 … 1): −w·(t·ln p + (1 − t)·ln(1 − p)), with PyTorch's guards at 0 and 1.
/// From logits, <see cref="BCEWithLogitsLoss"/> is exact.
/// </summary>
/// <param name="weight">w, which broadcasts; 1 if left out.</param>
/// <param name="reduction">The mean goes over all elements.</param>
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
        // What has the weight 0 counts nothing, whatever it is: 0 times the loss of NaN would be NaN.
        Tensor counts = weight.NotEqualTo(0);
        prediction = Tensor.Where(counts, prediction, Tensor.Full(prediction.Shape, 0.5, prediction.DType));
        target = Tensor.Where(counts, target, Tensor.ZerosLike(target));
        return Reduce(new BinaryCrossEntropy(prediction, target).Apply() * weight);
    }
}
