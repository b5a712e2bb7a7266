namespace MyTorch.Optim;

/// <summary>
/// Lets the learning rate fall along half a cosine: η = η_min + (η₀ − η_min) · (1 + cos(π·epoch/T)) / 2. PyTorch's
/// <c>CosineAnnealingLR</c>; Loshchilov and Hutter, 2017.
/// </summary>
/// <remarks>After epoch T the rate rises again, as in PyTorch: the schedule is periodic, with a period of 2·T epochs.</remarks>
/// <param name="optimizer">The optimizer.</param>
/// <param name="epochs">T, the number of epochs until the rate is η_min; <c>T_max</c> in PyTorch.</param>
/// <param name="minimum">η_min ≥ 0, the last rate; <c>eta_min</c> in PyTorch.</param>
/// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
public sealed class CosineAnnealing(Optimizer optimizer, int epochs, double minimum = 0) : LearningRateSchedule(optimizer)
{
    readonly int _epochs = Require.Positive(epochs, nameof(epochs), nameof(CosineAnnealing));
    readonly double _minimum = Require.NotNegative(minimum, nameof(minimum), nameof(CosineAnnealing));

    /// <inheritdoc/>
    public override double RateAt(int epoch, double baseRate) =>
        _minimum + (baseRate - _minimum) * ((1 + Math.Cos(Math.PI * (epoch % (2L * _epochs)) / _epochs)) / 2);
}
