namespace MyTorch.Nn;

/// <summary>
/// The Kullback-Leibler divergence t·(ln t − x) of log-probabilities x from probabilities t; 0 where t is 0.
/// </summary>
/// <param name="logTarget">Whether the targets are log-probabilities too.</param>
/// <param name="reduction">The mathematical divergence is <see cref="Reduction.BatchMean"/>; Mean goes over all elements.</param>
public sealed class KLDivLoss(bool logTarget = false, Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        if (logTarget)
        {
            // A target of probability 0 counts nothing; 0·∞ would be NaN.
            Tensor difference = Tensor.Where(target.EqualTo(double.NegativeInfinity), Tensor.From(0, target.DType), target - prediction);
            return Reduce(target.Exp() * difference);
        }
        RequireProbabilities(target, nameof(target));
        Tensor positive = target > 0;
        Tensor safe = Tensor.Where(positive, target, Tensor.OnesLike(target));
        // Where t is 0 the prediction counts nothing: 0 times ∞ or NaN would be NaN. (x − x is 0 only for finite x.)
        Tensor ruledOut = target.EqualTo(0).And((prediction - prediction).NotEqualTo(0));
        Tensor scores = Tensor.Where(ruledOut, Tensor.From(0, prediction.DType), prediction);
        return Reduce(Tensor.Where(positive, target * safe.Log(), Tensor.ZerosLike(target)) - target * scores);
    }
}
