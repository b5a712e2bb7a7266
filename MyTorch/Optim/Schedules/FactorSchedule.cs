namespace MyTorch.Optim;

/// <summary>
/// Multiplies the learning rate by a function of the epoch: η = η₀ · f(epoch). PyTorch's <c>LambdaLR</c>:
/// <c>new FactorSchedule(optimizer, epoch => 1 / (1 + 0.1 * epoch))</c>.
/// </summary>
/// <param name="optimizer">The optimizer.</param>
/// <param name="factor">f. It gives a number of 0 or more, for the same epoch always the same.</param>
public sealed class FactorSchedule(Optimizer optimizer, Func<int, double> factor) : LearningRateSchedule(optimizer)
{
    readonly Func<int, double> _factor = factor ?? throw new ArgumentNullException(nameof(factor));

    /// <inheritdoc/>
    public override double RateAt(int epoch, double baseRate) => baseRate * _factor(epoch);
}
