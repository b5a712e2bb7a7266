namespace MyTorch.Optim;

/// <summary>Whether a smaller or a larger metric is better.</summary>
public enum PlateauMode
{
    /// <summary>Smaller is better, as for a loss.</summary>
    Min,

    /// <summary>Larger is better, as for an accuracy.</summary>
    Max,
}

/// <summary>How much better than the best a metric must be to count as better.</summary>
public enum ThresholdMode
{
    /// <summary>By a share of the best: below best · (1 − threshold), or above best · (1 + threshold).</summary>
    Relative,

    /// <summary>By an amount: below best − threshold, or above best + threshold.</summary>
    Absolute,
}

/// <summary>
/// Multiplies the learning rate by a factor when a metric has not become better for more than <see cref="Patience"/> epochs. PyTorch's
/// <c>ReduceLROnPlateau</c>: <c>schedule.Step(validationLoss)</c> at the end of each epoch.
/// </summary>
/// <param name="optimizer">The optimizer.</param>
/// <param name="factor">The factor, between 0 and 1.</param>
/// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
public sealed class ReduceOnPlateau(Optimizer optimizer, double factor = 0.1) : LearningRateSchedule(optimizer)
{
    readonly double _factor = factor > 0 && factor < 1
        ? factor
        : throw Invalid.Setting(nameof(factor), factor, $"ReduceOnPlateau: factor must be greater than 0 and less than 1.");
    double? _best;
    int _badEpochs, _cooldown, _reductions;

    /// <summary>Whether a smaller or a larger metric is better. Default: smaller.</summary>
    public PlateauMode Mode { get; init; } = PlateauMode.Min;

    /// <summary>The number of epochs without a better metric that are allowed; the rate falls after one more. Default: 10.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Patience { get; init => field = (int)Require.NotNegative(value, nameof(Patience), nameof(ReduceOnPlateau)); } = 10;

    /// <summary>How much better than the best a metric must be. Default: 0.0001.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Threshold { get; init => field = Require.NotNegative(value, nameof(Threshold), nameof(ReduceOnPlateau)); } = 1e-4;

    /// <summary>Whether the threshold is a share of the best or an amount. Default: a share.</summary>
    public ThresholdMode ThresholdMode { get; init; } = ThresholdMode.Relative;

    /// <summary>The number of epochs after a reduction in which nothing is counted. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Cooldown { get; init => field = (int)Require.NotNegative(value, nameof(Cooldown), nameof(ReduceOnPlateau)); }

    /// <summary>The rate below which no group falls; <c>min_lr</c> in PyTorch. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Minimum { get; init => field = Require.NotNegative(value, nameof(Minimum), nameof(ReduceOnPlateau)); }

    /// <summary>The least change: a reduction by this much or less is not made; <c>eps</c> in PyTorch. Default: 10⁻⁸.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double LeastChange { get; init => field = Require.NotNegative(value, nameof(LeastChange), nameof(ReduceOnPlateau)); } = 1e-8;

    /// <summary>The best metric so far; null before the first.</summary>
    public double? Best => _best;

    /// <summary>How often the metric stopped getting better and the rate was reduced.</summary>
    public int Reductions => _reductions;

    /// <inheritdoc/>
    public override double RateAt(int epoch, double baseRate)
    {
        double rate = baseRate;
        for (int k = 0; k < _reductions; k++)
            if (Math.Max(rate * _factor, Minimum) is var reduced && rate - reduced > LeastChange) rate = reduced;
            else break;
        return rate;
    }

    /// <inheritdoc/>
    protected override void Observe(double? metric)
    {
        if (metric is not { } value)
            throw new InvalidOperationException("ReduceOnPlateau: it watches a metric; call Step(validationLoss) instead of Step().");
        if (double.IsNaN(value))
            throw Invalid.Setting(nameof(metric), value, $"ReduceOnPlateau: the metric must be a number. Has the training diverged? " +
                $"Try a smaller learning rate.");
        if (IsBetter(value, _best ?? Worst)) (_best, _badEpochs) = (value, 0);
        else _badEpochs++;
        if (_cooldown > 0) (_cooldown, _badEpochs) = (_cooldown - 1, 0);
        if (_badEpochs > Patience) (_reductions, _cooldown, _badEpochs) = (_reductions + 1, Cooldown, 0);
    }

    double Worst => Mode == PlateauMode.Min ? double.PositiveInfinity : double.NegativeInfinity;

    bool IsBetter(double value, double best) => (Mode, ThresholdMode) switch
    {
        (PlateauMode.Min, ThresholdMode.Relative) => value < best * (1 - Threshold),
        (PlateauMode.Min, _) => value < best - Threshold,
        (_, ThresholdMode.Relative) => value > best * (1 + Threshold),
        _ => value > best + Threshold,
    };

    /// <inheritdoc/>
    protected override IEnumerable<(string Name, double Value)> Settings() =>
    [
        ("factor", _factor), ("mode", (int)Mode), ("patience", Patience), ("threshold", Threshold), ("threshold mode", (int)ThresholdMode),
        ("cooldown", Cooldown), ("minimum", Minimum), ("least change", LeastChange),
    ];

    /// <inheritdoc/>
    protected override IEnumerable<(string Name, double Value)> SaveState() =>
        [("best", _best ?? Worst), ("num_bad_epochs", _badEpochs), ("cooldown_counter", _cooldown), ("reductions", _reductions)];

    /// <inheritdoc/>
    protected override void LoadState(Func<string, double> saved)
    {
        _best = saved("best") is var best && best.Equals(Worst) ? null : best;
        _badEpochs = WholeNumber("num_bad_epochs", saved);
        _cooldown = WholeNumber("cooldown_counter", saved);
        _reductions = WholeNumber("reductions", saved);
    }
}
