namespace MyTorch.Nn;

/// <summary>The negative log-likelihood: −wₖ·xₖ for log-probabilities x ≤ 0, (N, C) or (N, C, …), and classes k, Int64 (N) or (N, …).</summary>
/// <param name="weight">What each class counts, (C); 1 if left out.</param>
/// <param name="ignoreIndex">A label whose rows count nothing, whatever their scores are; the mean of such rows alone is NaN.</param>
/// <param name="reduction">The mean is divided by the sum of the targets' weights.</param>
public sealed class NLLLoss(Tensor? weight = null, int ignoreIndex = -100, Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        var classes = ClassTargets.Of(nameof(NLLLoss), prediction, target, weight, ignoreIndex);
        prediction = classes.WithoutIdleRows(prediction);
        classes.RequireLogProbabilities(prediction);
        Tensor losses = -classes.Pick(prediction) * classes.Weights;
        return Reduction == Reduction.Mean ? losses.Sum() / classes.Weights.Sum() : Reduce(losses);
    }
}
