namespace MyTorch.Optim;

/// <summary>
/// Multiplies the learning rate by γ every <c>every</c> epochs: η = η₀ · γ^⌊epoch/every⌋. PyTorch's <c>StepLR</c>.
/// </summary>
/// <param name="optimizer">The optimizer.</param>
/// <param name="every">The number of epochs between two changes; <c>step_size</c> in PyTorch.</param>
/// <param name="gamma">γ > 0, the factor.</param>
/// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
public sealed class StepDecay(Optimizer optimizer, int every, double gamma = 0.1) : LearningRateSchedule(optimizer)
{
    readonly int _every = Require.Positive(every, nameof(every), nameof(StepDecay));
    readonly double _gamma = Require.Factor(gamma, nameof(gamma), nameof(StepDecay));

    /// <inheritdoc/>
    public override double RateAt(int epoch, double baseRate) => baseRate * Math.Pow(_gamma, epoch / _every);
}
