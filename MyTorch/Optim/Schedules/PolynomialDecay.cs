namespace MyTorch.Optim;

/// <summary>
/// Lets the learning rate fall to 0 by a power of the epochs that are left: η = η₀ · (1 − epoch/T)^p, from epoch T on 0. PyTorch's
/// <c>PolynomialLR</c>.
/// </summary>
/// <param name="optimizer">The optimizer.</param>
/// <param name="epochs">T, the number of epochs until the rate is 0; <c>total_iters</c> in PyTorch.</param>
/// <param name="power">p > 0; 1 falls linearly.</param>
/// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
public sealed class PolynomialDecay(Optimizer optimizer, int epochs, double power = 1) : LearningRateSchedule(optimizer)
{
    readonly int _epochs = Require.Positive(epochs, nameof(epochs), nameof(PolynomialDecay));
    readonly double _power = Require.Factor(power, nameof(power), nameof(PolynomialDecay));

    /// <inheritdoc/>
    public override double RateAt(int epoch, double baseRate) =>
        baseRate * Math.Pow(1 - Math.Min(epoch, _epochs) / (double)_epochs, _power);
}
