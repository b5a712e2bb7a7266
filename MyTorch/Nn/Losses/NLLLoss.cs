namespace MyTorch.Nn;

/// <summary>Negative log-likelihood: −wₖ·xₖ for log-probabilities x, (N, C) or (N, C, …), and classes k, Int64 (N) or (N, …).</summary>
/// <param name="weight">w, the weight of each class, (C); 1 if omitted.</param>
/// <param name="ignoreIndex">A label whose rows are ignored. If all rows are ignored, the mean is NaN.</param>
/// <param name="reduction">How the losses of the rows are combined; the mean divides by the sum of the targets' weights.</param>
public sealed class NLLLoss(Tensor? weight = null, int ignoreIndex = -100, Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        var classes = ClassTargets.Of(nameof(NLLLoss), prediction, target, weight, ignoreIndex);
        prediction = classes.MaskIgnoredRows(prediction);
        classes.RequireLogProbabilities(prediction);
        Tensor losses = -classes.Pick(prediction) * classes.Weights;
        return Reduction == Reduction.Mean ? losses.Sum() / classes.Weights.Sum() : Reduce(losses);
    }
}
