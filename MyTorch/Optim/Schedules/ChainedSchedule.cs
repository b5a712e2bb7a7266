namespace MyTorch.Optim;

/// <summary>
/// Several schedules at once: each takes the rate that the one before gives as its base rate. Factors are multiplied. PyTorch's
/// <c>ChainedScheduler</c>: <c>new ChainedSchedule([new LinearWarmup(optimizer, 5), new ExponentialDecay(optimizer, 0.95)])</c>.
/// </summary>
/// <param name="schedules">The schedules, all for the same optimizer, none of which has made a step. They become parts of this one.</param>
/// <exception cref="ArgumentException">There is no schedule, or one cannot become a part.</exception>
public sealed class ChainedSchedule(IReadOnlyList<LearningRateSchedule> schedules) : LearningRateSchedule(schedules[0].Optimizer)
{
    readonly LearningRateSchedule[] _parts = CheckedParts(schedules, nameof(ChainedSchedule));

    /// <inheritdoc/>
    public override double RateAt(int epoch, double baseRate) => _parts.Aggregate(baseRate, (rate, part) => part.RateAt(epoch, rate));

    /// <inheritdoc/>
    protected override void Observe(double? metric)
    {
        foreach (LearningRateSchedule part in _parts) part.Advance(metric);
    }

    private protected override IReadOnlyList<LearningRateSchedule> Parts => _parts;
}
