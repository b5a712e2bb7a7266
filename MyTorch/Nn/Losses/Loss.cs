namespace MyTorch.Nn;

/// <summary>A loss function (criterion) of predictions and targets.</summary>
public abstract class Loss
{
    /// <summary>A loss that combines the per-element losses in one way.</summary>
    /// <param name="reduction">How they are combined.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is a number that stands for none of the reductions, such as 0.</exception>
    protected Loss(Reduction reduction)
    {
        if (!Enum.IsDefined(reduction))
            throw Invalid.OutOfRange(nameof(reduction),
                $"{GetType().Name}: the reduction must be Reduction.Mean, Sum, None or BatchMean; got {(int)reduction}. " +
                $"If the number is for another parameter, write that parameter's name, as in HuberLoss(delta: 1).");
        Reduction = reduction;
    }

    private protected Reduction Reduction { get; }

    /// <summary>The loss of predictions and targets: a scalar, or with <see cref="Reduction.None"/> one loss per element or row.</summary>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public abstract Tensor Forward(Tensor prediction, Tensor target);

    private protected Tensor Reduce(Tensor losses) => Reduction switch
    {
        Reduction.Mean => losses.Mean(),
        Reduction.Sum => losses.Sum(),
        Reduction.None => losses,
        Reduction.BatchMean when this is KLDivLoss => losses.Rank > 0
            ? losses.Sum() / losses.Shape[0]
            : throw new ArgumentException("KLDivLoss: BatchMean divides by the batch size, and a scalar has no batch dimension; use Sum."),
        _ => throw new ArgumentException($"{GetType().Name}: this loss does not support the reduction {Reduction}; use Mean, Sum or None."),
    };

    // Checked, because a weight (n, 1) times losses (n) would silently broadcast to (n, n).
    private protected void RequireWeightFits(Tensor weight, Tensor prediction)
    {
        if (!weight.Shape.BroadcastsTo(prediction.Shape))
            throw new ArgumentException(
                $"{GetType().Name}: the weight {weight.Shape} does not broadcast to the predictions' shape {prediction.Shape}.");
    }

    // Checked, because predictions (n, 1) and targets (n) would silently broadcast to (n, n).
    private protected void RequireSameShape(Tensor prediction, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        if (prediction.Shape != target.Shape)
            throw new ArgumentException(
                $"{GetType().Name}: predictions {prediction.Shape} and targets {target.Shape} must have the same shape." +
                (prediction.ElementCount == target.ElementCount
                    ? $" Reshape one of them, for example prediction.Reshape([{string.Join(", ", target.Shape)}])."
                    : ""));
    }

    // Catches swapped predictions and targets, which have the same shape.
    private protected void RequireProbabilities(Tensor values, string role, string fix = "")
    {
        // A computed target may be slightly outside [0, 1] through rounding.
        double slack = role == "target" ? 1e-4 : 0;
        for (int i = 0; i < values.ElementCount; i++)
            if (values.ValueAt(i) is var value && (value < -slack || value > 1 + slack))
                throw new ArgumentException(FormattableString.Invariant(
                    $"{GetType().Name}: {role} {value} at element {i} is not a probability, 0 to 1. ") +
                    $"{fix}{(fix.Length > 0 ? " " : "")}(Are predictions and targets swapped?)", role);
    }
}
