namespace MyTorch.Optim;

/// <summary>
/// Multiplies the learning rate by γ at each milestone: η = η₀ · γ^k after k milestones. PyTorch's <c>MultiStepLR</c>.
/// </summary>
/// <param name="optimizer">The optimizer.</param>
/// <param name="milestones">
/// The epochs at which the rate changes, in rising order. One that comes twice counts twice, as in PyTorch.
/// </param>
/// <param name="gamma">γ > 0, the factor.</param>
/// <exception cref="ArgumentException">The milestones fall.</exception>
/// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
public sealed class MultiStepDecay(Optimizer optimizer, IEnumerable<int> milestones, double gamma = 0.1) : LearningRateSchedule(optimizer)
{
    readonly int[] _milestones = Require.Rising(milestones, nameof(milestones), nameof(MultiStepDecay), strictly: false);
    readonly double _gamma = Require.Factor(gamma, nameof(gamma), nameof(MultiStepDecay));

    /// <inheritdoc/>
    public override double RateAt(int epoch, double baseRate) =>
        baseRate * Math.Pow(_gamma, _milestones.Count(milestone => milestone <= epoch));
}
