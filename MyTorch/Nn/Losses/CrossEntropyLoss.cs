using MyTorch.Operations;

namespace MyTorch.Nn;

/// <summary>What a loss makes of the losses of single elements or rows.</summary>
public enum Reduction
{
    /// <summary>Their mean (for weighted classes, divided by the sum of the weights).</summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>All of them.</summary>
    None,

    /// <summary>Their sum divided by the number of rows; for <see cref="KLDivLoss"/>.</summary>
    BatchMean,
}

/// <summary>A criterion: how far predictions are from targets.</summary>
/// <param name="reduction">What becomes of the single losses.</param>
public abstract class Loss(Reduction reduction)
{
    private protected Reduction Reduction { get; } = reduction;

    /// <summary>The loss of predictions against targets: a scalar, or with <see cref="Reduction.None"/> one number an element or row.</summary>
    /// <exception cref="ArgumentException">Shapes do not fit each other.</exception>
    public abstract Tensor Forward(Tensor prediction, Tensor target);

    private protected Tensor Reduce(Tensor losses) => Reduction switch
    {
        Reduction.Mean => losses.Mean(),
        Reduction.Sum => losses.Sum(),
        Reduction.None => losses,
        Reduction.BatchMean when this is KLDivLoss => losses.Rank > 0
            ? losses.Sum() / losses.Shape[0]
            : throw new ArgumentException("KLDivLoss: BatchMean divides by the number of rows, and a scalar has none; use Sum."),
        _ => throw new ArgumentException($"{GetType().Name}: {Reduction} is not a reduction of this loss; use Mean, Sum or None."),
    };

    // A weight (n, 1) on losses (n) would silently make (n, n) of them.
    private protected void RequireWeightFits(Tensor weight, Tensor prediction)
    {
        if (!weight.Shape.BroadcastsTo(prediction.Shape))
            throw new ArgumentException($"{GetType().Name}: the weight {weight.Shape} does not broadcast to the predictions' shape {prediction.Shape}.");
    }

    // Broadcasting (n, 1) against (n) would silently compare every prediction with every target.
    private protected void RequireSameShape(Tensor prediction, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        if (prediction.Shape != target.Shape)
            throw new ArgumentException(
                $"{GetType().Name}: predictions {prediction.Shape} and targets {target.Shape} need the same shape." +
                (prediction.ElementCount == target.ElementCount ? $" Reshape one of them, for example prediction.Reshape([{string.Join(", ", target.Shape)}])." : ""));
    }

    // The commonest sign of predictions and targets that changed places, where their shapes cannot tell.
    private protected void RequireProbabilities(Tensor values, string role, string fix = "")
    {
        // Rounding may carry a computed target a little past 0 or 1.
        double slack = role == "target" ? 1e-4 : 0;
        for (int i = 0; i < values.ElementCount; i++)
            if (values.ValueAt(i) is var value && (value < -slack || value > 1 + slack))
                throw new ArgumentException(FormattableString.Invariant(
                    $"{GetType().Name}: {role} {value} at place {i} is not a probability, 0 to 1. {fix}{(fix.Length > 0 ? " " : "")}(Are predictions and targets swapped?)"), role);
    }
}

/// <summary>The mean squared error: (x − t)².</summary>
/// <param name="reduction">The mean goes over all elements.</param>
public sealed class MSELoss(Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        return Reduce((prediction - target).Square());
    }
}

/// <summary>The mean absolute error: |x − t|; the gradient at 0 is 0.</summary>
/// <param name="reduction">The mean goes over all elements.</param>
public sealed class L1Loss(Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        return Reduce((prediction - target).Abs());
    }
}

/// <summary>½d² for |d| ≤ δ, δ(|d| − ½δ) beyond, with d = x − t: squared near the target, absolute far from it.</summary>
/// <remarks>Huber, 1964.</remarks>
public sealed class HuberLoss : Loss
{
    readonly double _delta;

    /// <summary>A Huber loss.</summary>
    /// <param name="delta">δ &gt; 0, where the square becomes a line.</param>
    /// <param name="reduction">The mean goes over all elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">δ is not a finite number greater than 0.</exception>
    public HuberLoss(double delta = 1, Reduction reduction = Reduction.Mean) : base(reduction) => _delta = Huber.Width(delta);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        return Reduce(new Huber(prediction - target, _delta).Apply());
    }
}

/// <summary>½d²/β for |d| &lt; β, |d| − ½β beyond, with d = x − t: Huber's loss divided by β.</summary>
/// <remarks>Girshick, Fast R-CNN, 2015.</remarks>
public sealed class SmoothL1Loss : Loss
{
    readonly double _beta;

    /// <summary>A smooth L1 loss.</summary>
    /// <param name="beta">β ≥ 0, where the square becomes a line; with 0 it is <see cref="L1Loss"/>.</param>
    /// <param name="reduction">The mean goes over all elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">β is negative or not finite.</exception>
    public SmoothL1Loss(double beta = 1, Reduction reduction = Reduction.Mean) : base(reduction) => _beta = beta >= 0 && double.IsFinite(beta)
        ? beta
        : throw Invalid.Setting(nameof(beta), beta, "SmoothL1Loss: β must be a finite number, 0 or more.");

    /// <inheritdoc/>
    public override Tensor Forward(Tensor prediction, Tensor target)
    {
        RequireSameShape(prediction, target);
        Tensor difference = prediction - target;
        // A β that the type rounds to 0 is 0.
        bool isL1 = difference.DType == DType.Float32 ? (float)_beta == 0 : _beta == 0;
        return Reduce(isL1 ? difference.Abs() : new SmoothL1(difference, _beta).Apply());
    }
}

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

/// <summary>Class labels against (N, C, …) scores: which score each label picks, and what it counts.</summary>
sealed class ClassTargets
{
    readonly bool[]? _ignored;
    readonly DType _dtype;
    readonly Tensor? _perClass;

    ClassTargets(int dim, Tensor labels, bool[]? ignored, DType dtype, Tensor? perClass) =>
        (Dim, Labels, _ignored, _dtype, _perClass) = (dim, labels, ignored, dtype, perClass);

    // A weight of 0 anywhere; else a row counts nothing only if its label is ignored.
    bool AnyWeightless => _perClass is not null && Array.Exists(_perClass.ToArray(), weight => weight == 0);

    /// <summary>The dimension of the classes.</summary>
    internal int Dim { get; }

    /// <summary>The labels, with 0 in place of ignored ones.</summary>
    internal Tensor Labels { get; }

    /// <summary>1 for each label that counts, 0 for ignored ones.</summary>
    internal Tensor Counted => field ??= _ignored is null
        ? Tensor.Ones(Labels.Shape, _dtype)
        : Tensor.From(Array.ConvertAll(_ignored, ignored => ignored ? 0.0 : 1), Labels.Shape, _dtype);

    /// <summary>The weight of each label's class, 0 for ignored ones.</summary>
    internal Tensor Weights => field ??= _perClass is null
        ? Counted
        : _perClass.Reshape([_perClass.ElementCount]).IndexSelect(0, Labels.Reshape([Labels.ElementCount])).Reshape(Labels.Shape) * Counted;

    internal bool AnyIgnored => _ignored is not null;

    /// <summary>
    /// The scores with 0 in the rows that count nothing, because their label is ignored or has the weight 0. A loss masked afterwards
    /// would be 0 too, but not its gradient: the softmax of NaN or ∞ times 0 is NaN.
    /// </summary>
    internal Tensor WithoutIdleRows(Tensor scores, bool weightless = true) =>
        AnyIgnored || (weightless && AnyWeightless)
            ? Tensor.Where((weightless ? Weights : Counted).EqualTo(0).Unsqueeze(Dim), Tensor.ZerosLike(scores), scores)
            : scores;

    /// <summary>The log-probabilities with 0 in place of −∞ and NaN where the class has the weight 0, which times 0 would be NaN.</summary>
    internal Tensor WithoutWeightless(Tensor logs) => AnyWeightless
        ? Tensor.Where(_perClass!.EqualTo(0), Tensor.ZerosLike(logs), logs)
        : logs;

    internal static ClassTargets Of(string loss, Tensor scores, Tensor labels, Tensor? weight, int ignoreIndex)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.DType != DType.Int64)
            throw new InvalidOperationException($"{loss}: the labels are {labels.DType}; classes are Int64 (Tensor.Indices, or .To(DType.Int64)). (Are predictions and labels swapped?)");
        if (scores.Rank == 0) throw new ArgumentException($"{loss}: the predictions are a scalar; expected (N, C).");
        int dim = scores.Rank == 1 ? 0 : 1;
        if (labels.Shape != scores.Shape.Without(dim))
            throw new ArgumentException(
                $"{loss}: predictions {scores.Shape} need labels {scores.Shape.Without(dim)}, one for each row, but the labels are {labels.Shape}.");

        int classes = scores.Shape[dim];
        RequireClasses(loss, scores, classes);
        long[] safe = labels.ToInt64Array();
        bool[]? ignored = null;
        for (int i = 0; i < safe.Length; i++)
        {
            if (safe[i] == ignoreIndex) (safe[i], (ignored ??= new bool[safe.Length])[i]) = (0, true);
            else if (safe[i] < 0 || safe[i] >= classes)
                throw Invalid.OutOfRange(nameof(labels),
                    $"{loss}: label {safe[i]} at place {i} is outside 0 … {classes - 1}, the {classes} classes of predictions {scores.Shape}.");
        }
        return new ClassTargets(
            dim, Tensor.Own(safe, labels.Shape, DType.Int64), ignored, scores.DType, weight is null ? null : PerClass(weight, scores, loss));
    }

    /// <summary>Refuses scores above 0 in rows that count: the logarithm of a probability is never positive.</summary>
    internal void RequireLogProbabilities(Tensor scores)
    {
        int classes = scores.Shape[Dim], inner = 1;
        foreach (int size in scores.Shape.AsSpan()[(Dim + 1)..]) inner *= size;
        for (int i = 0; i < scores.ElementCount; i++)
        {
            // Rounding may carry a computed logarithm a little past 0.
            if (!(scores.ValueAt(i) is var value and > 1e-4)) continue;
            int row = i / inner / classes * inner + i % inner;
            if (_ignored?[row] != true)
                throw new ArgumentException(FormattableString.Invariant(
                    $"NLLLoss: prediction {value} at index {i} is not the logarithm of a probability, which is 0 or less. Apply LogSoftmax first, or use CrossEntropyLoss on the logits."), nameof(scores));
        }
    }

    internal static void RequireClasses(string loss, Tensor scores, int classes)
    {
        if (classes == 0 && scores.Shape[0] > 0)
            throw new ArgumentException($"{loss}: the predictions {scores.Shape} have no classes; expected (N, C) with at least one.");
    }

    /// <summary>The score of each label's class; 0 for ignored labels, whatever the scores are.</summary>
    internal Tensor Pick(Tensor scores)
    {
        Tensor picked = scores.Gather(Dim, Labels.Unsqueeze(Dim)).Squeeze(Dim);
        return Masked(picked);
    }

    /// <summary>The numbers of the rows, with 0 in place of those whose label is ignored, whatever they are.</summary>
    internal Tensor Masked(Tensor rows) => AnyIgnored ? Tensor.Where(Counted.EqualTo(0), Tensor.ZerosLike(rows), rows) : rows;

    /// <summary>Class weights (C) in a shape that broadcasts along the class dimension of the scores.</summary>
    internal static Tensor PerClass(Tensor weight, Tensor scores, string loss)
    {
        int dim = scores.Rank == 1 ? 0 : 1;
        if (weight.Rank != 1 || weight.ElementCount != scores.Shape[dim])
            throw new ArgumentException($"{loss}: the class weights have shape {weight.Shape}; the {scores.Shape[dim]} classes of predictions {scores.Shape} need ({scores.Shape[dim]},).");
        return weight.Reshape([weight.ElementCount, .. Enumerable.Repeat(1, scores.Rank - dim - 1)]);
    }
}
