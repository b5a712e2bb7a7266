namespace MyTorch.Optim;

/// <summary>
/// One schedule after another. Each counts its epochs from its milestone on. PyTorch's <c>SequentialLR</c>; for example a warm-up of 5
/// epochs, then a cosine: <c>new SequentialSchedule([new LinearWarmup(optimizer, 5), new CosineAnnealing(optimizer, 45)], [5])</c>.
/// </summary>
/// <param name="schedules">The schedules, all for the same optimizer, none of which has made a step. They become parts of this one.</param>
/// <param name="milestones">The epochs at which the second schedule, the third and so on begin, in rising order.</param>
/// <exception cref="ArgumentException">
/// The numbers of schedules and milestones do not fit, the milestones do not rise, or a schedule cannot become a part.
/// </exception>
public sealed class SequentialSchedule(IReadOnlyList<LearningRateSchedule> schedules, IReadOnlyList<int> milestones)
    : LearningRateSchedule(schedules[0].Optimizer)
{
    readonly LearningRateSchedule[] _parts = CheckedParts(schedules, nameof(SequentialSchedule));
    readonly int[] _milestones = CheckedMilestones(milestones, schedules.Count);

    /// <inheritdoc/>
    public override double RateAt(int epoch, double baseRate)
    {
        int part = PartOf(epoch);
        return _parts[part].RateAt(part == 0 ? epoch : epoch - _milestones[part - 1], baseRate);
    }

    /// <inheritdoc/>
    protected override void Observe(double? metric)
    {
        // The epoch that ends belongs to one part. Where the next begins, that one is at its epoch 0 and has nothing to count yet.
        int part = PartOf(Epoch);
        if (PartOf(Epoch + 1) == part) _parts[part].Advance(metric);
    }

    private protected override IReadOnlyList<LearningRateSchedule> Parts => _parts;

    int PartOf(int epoch) => _milestones.Count(milestone => milestone <= epoch);

    static int[] CheckedMilestones(IReadOnlyList<int> milestones, int schedules)
    {
        int[] rising = Require.Rising(milestones, nameof(milestones), nameof(SequentialSchedule), strictly: true);
        return rising.Length == schedules - 1 ? rising : throw Invalid.Argument(
            nameof(milestones),
            $"SequentialSchedule: {schedules} schedules need {schedules - 1} milestones, the epochs at which the second and the " +
            $"following " +
            $"begin; there are {rising.Length}.");
    }
}
