namespace MyTorch.Optim;

/// <summary>
/// Lets the learning rate rise in a straight line: η = η₀ · (a + (b − a) · min(epoch, T)/T), from η₀·a at epoch 0 to η₀·b from epoch T on.
/// PyTorch's <c>LinearLR</c>. With a > b it falls.
/// </summary>
/// <remarks>Warm-up before another schedule: see <see cref="SequentialSchedule"/>.</remarks>
/// <param name="optimizer">The optimizer.</param>
/// <param name="epochs">T, the number of epochs until the rate is η₀·b; <c>total_iters</c> in PyTorch.</param>
/// <param name="startFactor">a > 0, the factor of the first epoch.</param>
/// <param name="endFactor">b ≥ 0, the factor from epoch T on.</param>
/// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
public sealed class LinearWarmup(Optimizer optimizer, int epochs = 5, double startFactor = 1.0 / 3, double endFactor = 1)
    : LearningRateSchedule(optimizer)
{
    readonly int _epochs = Require.Positive(epochs, nameof(epochs), nameof(LinearWarmup));
    readonly double _start = Require.Factor(startFactor, nameof(startFactor), nameof(LinearWarmup));
    readonly double _end = Require.NotNegative(endFactor, nameof(endFactor), nameof(LinearWarmup));

    /// <inheritdoc/>
    public override double RateAt(int epoch, double baseRate) =>
        epoch >= _epochs ? baseRate * _end : baseRate * (_start + (_end - _start) * epoch / _epochs);
}
