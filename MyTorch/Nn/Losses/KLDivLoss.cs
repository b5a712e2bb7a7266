namespace MyTorch.Nn;

/// <summary>
/// Kullback-Leibler divergence t·(ln t − x) of predicted log-probabilities x from target probabilities t; 0 where t is 0.
/// </summary>
/// <param name="reduction">Use <see cref="Reduction.BatchMean"/> for the mathematical definition; Mean is over all elements.</param>
/// <param name="logTarget">Whether the targets are log-probabilities.</param>
public sealed class KLDivLoss(Reduction reduction = Reduction.Mean, bool logTarget = false) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        if (logTarget)
        {
            // Where the target probability is 0 the term is 0, not 0·∞ = NaN.
            Tensor difference = Tensor.Where(target.EqualTo(double.NegativeInfinity), Tensor.From(0, target.DType), target - prediction);
            return Reduce(target.Exp() * difference);
        }
        RequireProbabilities(target, nameof(target));
        Tensor positive = target > 0;
        Tensor safe = Tensor.Where(positive, target, Tensor.OnesLike(target));
        // Where t is 0 and x is not finite, x is replaced: 0·∞ and 0·NaN would be NaN. (x − x is 0 only for finite x.)
        Tensor ruledOut = target.EqualTo(0).And((prediction - prediction).NotEqualTo(0));
        Tensor scores = Tensor.Where(ruledOut, Tensor.From(0, prediction.DType), prediction);
        return Reduce(Tensor.Where(positive, target * safe.Log(), Tensor.ZerosLike(target)) - target * scores);
    }
}
