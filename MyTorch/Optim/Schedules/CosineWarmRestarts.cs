namespace MyTorch.Optim;

/// <summary>
/// Lets the learning rate fall along half a cosine again and again: it starts anew after T epochs, then after T·m, T·m² and so on.
/// PyTorch's <c>CosineAnnealingWarmRestarts</c>; Loshchilov and Hutter, 2017.
/// </summary>
/// <param name="optimizer">The optimizer.</param>
/// <param name="epochs">T, the number of epochs of the first cycle; <c>T_0</c> in PyTorch.</param>
/// <param name="multiplier">m ≥ 1: each cycle is m times as long as the one before; <c>T_mult</c> in PyTorch.</param>
/// <param name="minimum">η_min ≥ 0, towards which the rate falls; <c>eta_min</c> in PyTorch.</param>
/// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
public sealed class CosineWarmRestarts(Optimizer optimizer, int epochs, int multiplier = 1, double minimum = 0)
    : LearningRateSchedule(optimizer)
{
    readonly int _epochs = Require.Positive(epochs, nameof(epochs), nameof(CosineWarmRestarts));
    readonly int _multiplier = Require.Positive(multiplier, nameof(multiplier), nameof(CosineWarmRestarts));
    readonly double _minimum = Require.NotNegative(minimum, nameof(minimum), nameof(CosineWarmRestarts));

    /// <inheritdoc/>
    public override double RateAt(int epoch, double baseRate)
    {
        long length = _epochs, position = epoch;
        if (_multiplier == 1) position %= length;
        for (; position >= length; length *= _multiplier) position -= length;
        return _minimum + (baseRate - _minimum) * ((1 + Math.Cos(Math.PI * position / length)) / 2);
    }
}
