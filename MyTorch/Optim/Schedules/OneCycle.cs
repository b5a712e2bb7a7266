namespace MyTorch.Optim;

/// <summary>
/// One cycle: the learning rate rises along half a cosine to its base rate η₀, then falls along half a cosine far below the rate of the
/// start. PyTorch's <c>OneCycleLR</c> without its change of momentum; Smith and Topin, 2018. Usually one step of the schedule is one
/// batch.
/// </summary>
/// <remarks>
/// The rate rises from η₀/<c>divisor</c> to η₀ during <c>warmup</c>·T − 1 steps, and has fallen to
/// η₀/(<c>divisor</c>·<c>finalDivisor</c>) at step T − 1, where it stays.
/// </remarks>
/// <param name="optimizer">The optimizer. Its learning rate is the largest of the cycle; <c>max_lr</c> in PyTorch.</param>
/// <param name="steps">T ≥ 2, the number of steps of the cycle; <c>total_steps</c> in PyTorch.</param>
/// <param name="warmup">The share of the steps in which the rate rises, from 0 to 1; <c>pct_start</c> in PyTorch.</param>
/// <param name="divisor">η₀ divided by the first rate; <c>div_factor</c> in PyTorch.</param>
/// <param name="finalDivisor">The first rate divided by the last; <c>final_div_factor</c> in PyTorch.</param>
/// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
public sealed class OneCycle(Optimizer optimizer, int steps, double warmup = 0.3, double divisor = 25, double finalDivisor = 1e4)
    : LearningRateSchedule(optimizer)
{
    readonly int _steps = steps >= 2 ? steps : throw Invalid.Setting(nameof(steps), steps, $"OneCycle: a cycle has 2 steps or more.");
    readonly double _warmup = warmup is >= 0 and <= 1
        ? warmup
        : throw Invalid.Setting(nameof(warmup), warmup, $"OneCycle: warmup is a share of the steps, from 0 to 1.");
    readonly double _divisor = Require.Factor(divisor, nameof(divisor), nameof(OneCycle));
    readonly double _finalDivisor = Require.Factor(finalDivisor, nameof(finalDivisor), nameof(OneCycle));

    /// <inheritdoc/>
    public override double RateAt(int epoch, double baseRate)
    {
        double peak = Math.Max(_warmup * _steps - 1, 0), last = _steps - 1, step = Math.Min(epoch, last);
        double first = baseRate / _divisor;
        return step <= peak && peak > 0
            ? Between(first, baseRate, step / peak)
            : Between(baseRate, first / _finalDivisor, last > peak ? (step - peak) / (last - peak) : 1);
    }

    /// <summary>From the start to the end along half a cosine: part 0 gives the start, 1 the end.</summary>
    static double Between(double start, double end, double part) => end + (start - end) * ((1 + Math.Cos(Math.PI * part)) / 2);
}
