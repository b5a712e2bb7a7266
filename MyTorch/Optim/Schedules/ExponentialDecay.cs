namespace MyTorch.Optim;

/// <summary>Multiplies the learning rate by γ every epoch: η = η₀ · γ^epoch. PyTorch's <c>ExponentialLR</c>.</summary>
/// <param name="optimizer">The optimizer.</param>
/// <param name="gamma">γ > 0, the factor.</param>
/// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
public sealed class ExponentialDecay(Optimizer optimizer, double gamma) : LearningRateSchedule(optimizer)
{
    readonly double _gamma = Require.Factor(gamma, nameof(gamma), nameof(ExponentialDecay));

    /// <inheritdoc/>
    public override double RateAt(int epoch, double baseRate) => baseRate * Math.Pow(_gamma, epoch);
}
