namespace MyTorch.Inspection;

/// <summary>A number of an <see cref="OperationCost"/>, to be drawn as a bar.</summary>
public enum StepCostPart
{
    /// <summary><see cref="OperationCost.SavedBytes"/>.</summary>
    SavedBytes,

    /// <summary><see cref="OperationCost.ResultBytes"/>.</summary>
    ResultBytes,

    /// <summary><see cref="OperationCost.GradientBytes"/>.</summary>
    GradientBytes,

    /// <summary>The multiply-adds of matrix products, forward and backward together.</summary>
    MultiplyAdds,

    /// <summary>The measured time in µs, forward and backward together.</summary>
    Microseconds,
}

// The account as bars of a picture.
public sealed partial class StepCost
{
    /// <summary>
    /// Bars for the nodes of a <see cref="TapeGraph"/> of the same tape:
    /// <c>TapeGraph.Of(autograd, new() { Bars = cost.Bars(StepCostPart.SavedBytes) })</c>.
    /// </summary>
    /// <param name="part">What the bars show.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such part.</exception>
    /// <exception cref="InvalidOperationException">Times are asked for, and none was measured.</exception>
    public GraphBars Bars(StepCostPart part)
    {
        if (part == StepCostPart.Microseconds && Microseconds is null)
            throw new InvalidOperationException("Bars: no time was measured; set Measure = true in the options of Cost.");
        return part switch
        {
            StepCostPart.SavedBytes => Bars("kept for backward", "B", cost => cost.SavedBytes),
            StepCostPart.ResultBytes => Bars("result", "B", cost => cost.ResultBytes),
            StepCostPart.GradientBytes => Bars("gradients", "B", cost => cost.GradientBytes),
            StepCostPart.MultiplyAdds => Bars("multiply-adds", "", cost => cost.ForwardMultiplyAdds + cost.BackwardMultiplyAdds),
            StepCostPart.Microseconds => Bars("time", "µs", cost => cost.ForwardMicroseconds + (cost.BackwardMicroseconds ?? 0)),
            _ => throw new ArgumentOutOfRangeException(nameof(part), part, "Bars: not a StepCostPart."),
        };

        GraphBars Bars(string label, string unit, Func<OperationCost, double?> number) =>
            new(label, unit, operation => Of(operation) is { } cost ? number(cost) : null);
    }
}
