using MyTorch.Operations;

namespace MyTorch.Nn;

/// <summary>
/// The cross entropy of logits, (N, C) or (N, C, …), stable at any size of the logits, against classes, Int64 (N) or (N, …),
/// or against probabilities of the logits' shape.
/// </summary>
/// <remarks>
/// With label smoothing s a target t becomes t(1 − s) + s/C. The weight applies class by class. The mean is divided by the sum of the
/// targets' weights for classes, by the number of rows for probabilities.
/// </remarks>
public sealed class CrossEntropyLoss : Loss
{
    readonly Tensor? _weight;
    readonly double _labelSmoothing;
    readonly int _ignoreIndex;

    /// <summary>A cross-entropy loss.</summary>
    /// <param name="weight">What each class counts, (C); 1 if left out.</param>
    /// <param name="labelSmoothing">s, 0 … 1.</param>
    /// <param name="ignoreIndex">A label whose rows count nothing, whatever their logits are, as do rows of a class of weight 0; the mean of such rows alone is NaN.</param>
    /// <param name="reduction">What becomes of the losses of the rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The label smoothing is not in 0 … 1.</exception>
    public CrossEntropyLoss(Tensor? weight = null, double labelSmoothing = 0, int ignoreIndex = -100, Reduction reduction = Reduction.Mean) : base(reduction)
    {
        if (!(labelSmoothing is >= 0 and <= 1))
            throw Invalid.Setting(nameof(labelSmoothing), labelSmoothing, "CrossEntropyLoss: the label smoothing is a share, 0 to 1.");
        (_weight, _labelSmoothing, _ignoreIndex) = (weight, labelSmoothing, ignoreIndex);
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        if (!prediction.DType.IsFloat())
            throw new InvalidOperationException($"CrossEntropyLoss: the logits are {prediction.DType}; they must be Float32 or Float64. (Are predictions and labels swapped?)");
        if (prediction.Rank == 0)
            throw new ArgumentException("CrossEntropyLoss: the logits are a scalar; expected (N, C).", nameof(prediction));
        if (target.DType != DType.Int64) return OfProbabilities(prediction, target);

        var classes = ClassTargets.Of(nameof(CrossEntropyLoss), prediction, target, _weight, _ignoreIndex);
        bool plain = prediction.Rank == 2 && _weight is null && _labelSmoothing == 0 && !classes.AnyIgnored;
        if (plain) return Reduce(new SoftmaxCrossEntropy(prediction, classes.Labels).Apply());

        // With label smoothing a row whose own class has the weight 0 still counts for the other classes.
        Tensor logs = classes.WithoutIdleRows(prediction, weightless: _labelSmoothing == 0).LogSoftmax(classes.Dim);
        Tensor losses = -classes.Pick(classes.WithoutWeightless(logs)) * classes.Weights;
        if (_labelSmoothing > 0)
        {
            Tensor spread = classes.Masked(-(_weight is null ? logs : classes.WithoutWeightless(logs) * ClassTargets.PerClass(_weight, prediction, nameof(CrossEntropyLoss))).Sum(classes.Dim));
            losses = (1 - _labelSmoothing) * losses + _labelSmoothing / prediction.Shape[classes.Dim] * spread;
        }
        return Reduction == Reduction.Mean ? losses.Sum() / classes.Weights.Sum() : Reduce(losses);
    }

    Tensor OfProbabilities(Tensor logits, Tensor target)
    {
        if (logits.Shape != target.Shape)
            throw new ArgumentException(
                $"CrossEntropyLoss: logits {logits.Shape} against {target.DType} targets {target.Shape}: probabilities need the logits' shape, classes are Int64 (Tensor.Indices).");
        RequireProbabilities(target, nameof(target));
        int dim = logits.Rank == 1 ? 0 : 1;
        int classes = logits.Shape[dim];
        ClassTargets.RequireClasses(nameof(CrossEntropyLoss), logits, classes);
        Tensor smoothed = _labelSmoothing == 0 ? target : target * (1 - _labelSmoothing) + _labelSmoothing / classes;
        Tensor? weights = _weight is null ? null : ClassTargets.PerClass(_weight, logits, nameof(CrossEntropyLoss));
        if (weights is not null)
        {
            // A row all of whose classes have the weight 0, or the probability 0, counts nothing, whatever its logits are.
            Tensor counts = (smoothed * weights).NotEqualTo(0).To(logits.DType).Sum(dim, keepDim: true).NotEqualTo(0);
            logits = Tensor.Where(counts, logits, Tensor.ZerosLike(logits));
        }
        Tensor logs = logits.LogSoftmax(dim);
        // 0·(−∞) of an impossible class that the target rules out is 0; elsewhere a target of 0 still has a gradient.
        Tensor ruledOut = smoothed.EqualTo(0).And(logs.EqualTo(double.NegativeInfinity));
        if (weights is not null) logs = Tensor.Where(weights.EqualTo(0).And(logs.EqualTo(double.NegativeInfinity)), Tensor.ZerosLike(logs), logs) * weights;
        Tensor terms = Tensor.Where(ruledOut, Tensor.ZerosLike(logs), smoothed * logs);
        Tensor losses = -terms.Sum(dim);
        return Reduction == Reduction.Mean ? losses.Sum() / losses.ElementCount : Reduce(losses);
    }
}
