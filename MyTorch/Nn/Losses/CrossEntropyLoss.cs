using MyTorch.Operations;

namespace MyTorch.Nn;

/// <summary>
/// Cross entropy of logits, (N, C) or (N, C, …), with class indices, Int64 (N) or (N, …), or with class probabilities of the logits' shape.
/// </summary>
/// <remarks>
/// With label smoothing s a target t becomes t(1 − s) + s/C. The mean divides by the sum of the targets' weights for class indices, and by
/// the number of rows for class probabilities, as in PyTorch.
/// </remarks>
public sealed class CrossEntropyLoss : Loss
{
    readonly Tensor? _weight;
    readonly double _labelSmoothing;
    readonly int _ignoreIndex;

    /// <summary>A cross-entropy loss.</summary>
    /// <param name="weight">The weight of each class, (C); 1 if omitted.</param>
    /// <param name="ignoreIndex">
    /// A label whose rows are ignored, like rows whose class has weight 0. If all rows are ignored, the mean is NaN.
    /// </param>
    /// <param name="reduction">How the losses of the rows are combined.</param>
    /// <param name="labelSmoothing">s, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The label smoothing is not in 0 … 1.</exception>
    public CrossEntropyLoss(Tensor? weight = null, int ignoreIndex = -100, Reduction reduction = Reduction.Mean, double labelSmoothing = 0)
        : base(reduction)
    {
        if (!(labelSmoothing is >= 0 and <= 1))
            throw Invalid.Setting(nameof(labelSmoothing), labelSmoothing, "CrossEntropyLoss: the label smoothing must be 0 to 1.");
        (_weight, _labelSmoothing, _ignoreIndex) = (weight, labelSmoothing, ignoreIndex);
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        if (!prediction.DType.IsFloat())
            throw new InvalidOperationException(
                $"CrossEntropyLoss: the logits are {prediction.DType}; they must be Float32 or Float64. (Are predictions and labels " +
                $"swapped?)");
        if (prediction.Rank == 0)
            throw new ArgumentException("CrossEntropyLoss: the logits are a scalar; expected (N, C).", nameof(prediction));
        if (target.DType != DType.Int64) return OfProbabilities(prediction, target);

        var classes = ClassTargets.Of(nameof(CrossEntropyLoss), prediction, target, _weight, _ignoreIndex);
        bool plain = prediction.Rank == 2 && _weight is null && _labelSmoothing == 0 && !classes.AnyIgnored;
        if (plain) return Reduce(new SoftmaxCrossEntropy(prediction, classes.Labels).Apply());

        // With label smoothing a row whose own class has weight 0 still contributes through the other classes.
        Tensor logs = classes.MaskIgnoredRows(prediction, zeroWeights: _labelSmoothing == 0).LogSoftmax(classes.Dim);
        Tensor losses = -classes.Pick(classes.MaskZeroWeights(logs)) * classes.Weights;
        if (_labelSmoothing > 0)
        {
            Tensor weighted = _weight is null
                ? logs
                : classes.MaskZeroWeights(logs) * ClassTargets.PerClass(_weight, prediction, nameof(CrossEntropyLoss));
            Tensor ofAllClasses = classes.Masked(-weighted.Sum(classes.Dim));
            losses = (1 - _labelSmoothing) * losses + _labelSmoothing / prediction.Shape[classes.Dim] * ofAllClasses;
        }
        return Reduction == Reduction.Mean ? losses.Sum() / classes.Weights.Sum() : Reduce(losses);
    }

    Tensor OfProbabilities(Tensor logits, Tensor target)
    {
        if (logits.Shape != target.Shape)
            throw new ArgumentException(
                $"CrossEntropyLoss: logits {logits.Shape} with {target.DType} targets {target.Shape}: " +
                "class probabilities need the logits' shape, and class indices must be Int64 (Tensor.Indices).");
        RequireProbabilities(target, nameof(target));
        int dim = logits.Rank == 1 ? 0 : 1;
        int classes = logits.Shape[dim];
        ClassTargets.RequireClasses(nameof(CrossEntropyLoss), logits, classes);
        Tensor smoothed = _labelSmoothing == 0 ? target : target * (1 - _labelSmoothing) + _labelSmoothing / classes;
        Tensor? weights = _weight is null ? null : ClassTargets.PerClass(_weight, logits, nameof(CrossEntropyLoss));
        if (weights is not null)
        {
            // A row is ignored if every class has weight 0 or probability 0, even if its logits are NaN.
            Tensor counts = (smoothed * weights).NotEqualTo(0).To(logits.DType).Sum(dim, keepDim: true).NotEqualTo(0);
            logits = Tensor.Where(counts, logits, Tensor.ZerosLike(logits));
        }
        Tensor logs = logits.LogSoftmax(dim);
        // Where the target is 0 and the log-probability −∞, the term is 0 instead of 0·(−∞) = NaN. Other targets of 0 keep their gradient.
        Tensor ruledOut = smoothed.EqualTo(0).And(logs.EqualTo(double.NegativeInfinity));
        if (weights is not null)
            logs = Tensor.Where(weights.EqualTo(0).And(logs.EqualTo(double.NegativeInfinity)), Tensor.ZerosLike(logs), logs) * weights;
        Tensor terms = Tensor.Where(ruledOut, Tensor.ZerosLike(logs), smoothed * logs);
        Tensor losses = -terms.Sum(dim);
        return Reduction == Reduction.Mean ? losses.Sum() / losses.ElementCount : Reduce(losses);
    }
}
