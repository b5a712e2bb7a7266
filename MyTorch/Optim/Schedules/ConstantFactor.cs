namespace MyTorch.Optim;

/// <summary>
/// Multiplies the learning rate by a factor during the first epochs: η = η₀ · factor before epoch T, then η₀. PyTorch's <c>ConstantLR</c>.
/// </summary>
/// <param name="optimizer">The optimizer.</param>
/// <param name="factor">The factor, > 0.</param>
/// <param name="epochs">T, the number of epochs with the factor; <c>total_iters</c> in PyTorch.</param>
/// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
public sealed class ConstantFactor(Optimizer optimizer, double factor = 1.0 / 3, int epochs = 5) : LearningRateSchedule(optimizer)
{
    readonly double _factor = Require.Factor(factor, nameof(factor), nameof(ConstantFactor));
    readonly int _epochs = Require.Positive(epochs, nameof(epochs), nameof(ConstantFactor));

    /// <inheritdoc/>
    public override double RateAt(int epoch, double baseRate) => epoch < _epochs ? baseRate * _factor : baseRate;
}
