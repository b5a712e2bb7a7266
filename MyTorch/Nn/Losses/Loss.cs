namespace MyTorch.Nn;

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
