namespace MyTorch.Teaching;

/// <summary>What a learning rate does.</summary>
public enum RateVerdict
{
    /// <summary>The loss falls.</summary>
    Learns,

    /// <summary>The loss changes by less than a hundredth.</summary>
    HardlyMoves,

    /// <summary>The loss ends higher than it began, or is NaN or infinite.</summary>
    Diverges,
}

/// <summary>A training to be swept.</summary>
/// <param name="Step">Takes a step and returns the loss of its batch.</param>
/// <param name="Loss">The loss now, always of the same rows.</param>
public sealed record SweptTraining(Func<double> Step, Func<double> Loss);

/// <summary>A learning rate that was tried.</summary>
/// <param name="Rate">η.</param>
/// <param name="First">The loss before the first step.</param>
/// <param name="Last">The loss of the same rows after the last step; NaN or ∞ if it got there.</param>
public sealed record SweptRate(double Rate, double First, double Last)
{
    // Less than this share of the loss does not count as learning.
    const double Moved = 0.01;

    /// <summary>What the rate does.</summary>
    public RateVerdict Verdict => Math.Abs(Last - First) < Moved * Math.Abs(First) ? RateVerdict.HardlyMoves
        : Last < First ? RateVerdict.Learns
        : RateVerdict.Diverges;

    /// <summary>Whether the loss ended higher than it began, or is NaN or infinite.</summary>
    public bool Diverged => Verdict == RateVerdict.Diverges;
}

/// <summary>
/// The loss after a number of steps over the learning rate: the same network trained once for each rate, from the same weights. It is
/// advanced one step at a time, so that a page answers between them.
/// <code>
/// var sweep = new LearningRateSweep(rate => NewTraining(rate), LearningRateSweep.Rates(1e-3, 10, 13), steps: 100);
/// while (sweep.Advance()) { }
/// Console.WriteLine(sweep.Explain());
/// </code>
/// </summary>
/// <remarks>
/// The losses before and after are of the same rows: that of a single batch depends on which rows are in it, so that its first one proves
/// nothing.
/// </remarks>
public sealed class LearningRateSweep
{
    readonly Func<double, SweptTraining> _begin;
    readonly double[] _rates;
    readonly int _steps;
    readonly List<SweptRate> _results = [];
    SweptTraining? _training;
    int _taken;
    double _first;

    /// <summary>A sweep at its beginning.</summary>
    /// <param name="begin">Begins a training with a learning rate.</param>
    /// <param name="rates">The rates, ascending.</param>
    /// <param name="steps">The steps of each training, at least 1.</param>
    /// <exception cref="ArgumentException">There is no rate, or they do not ascend.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no step.</exception>
    public LearningRateSweep(Func<double, SweptTraining> begin, IReadOnlyList<double> rates, int steps)
    {
        ArgumentNullException.ThrowIfNull(begin);
        ArgumentNullException.ThrowIfNull(rates);
        if (rates.Count == 0 || !rates.Zip(rates.Skip(1)).All(pair => pair.First < pair.Second))
            throw Invalid.Argument(nameof(rates), $"LearningRateSweep: expected at least one rate, each larger than the one before.");
        if (steps < 1) throw Invalid.OutOfRange(nameof(steps), $"LearningRateSweep: {steps} steps; expected at least 1.");
        (_begin, _rates, _steps) = (begin, [.. rates], steps);
    }

    /// <summary>Rates at equal distances on a logarithmic axis.</summary>
    /// <param name="lowest">The first, greater than 0.</param>
    /// <param name="highest">The last.</param>
    /// <param name="count">How many, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ends or the count do not make a range.</exception>
    public static IReadOnlyList<double> Rates(double lowest, double highest, int count)
    {
        if (!(lowest > 0 && highest > lowest && double.IsFinite(highest)) || count < 2)
            throw Invalid.OutOfRange(nameof(lowest), $"Rates: {count} rates from {lowest} to {highest}; expected at least 2, from a number above 0 to a greater one.");
        return [.. Enumerable.Range(0, count).Select(i => lowest * Math.Pow(highest / lowest, i / (double)(count - 1)))];
    }

    /// <summary>The rates that are done.</summary>
    public IReadOnlyList<SweptRate> Results => _results.AsReadOnly();

    /// <summary>How much is done, 0 to 1.</summary>
    public double Progress => (_results.Count + _taken / (double)_steps) / _rates.Length;

    /// <summary>Takes one step of the current training; false when all are done.</summary>
    public bool Advance()
    {
        if (_results.Count == _rates.Length) return false;
        if (_training is null)
        {
            _training = _begin(_rates[_results.Count]);
            _first = _training.Loss();
        }
        double batch = _training.Step();
        // A training that is NaN or infinite stays so.
        if (++_taken == _steps || !double.IsFinite(batch))
        {
            double last = _training.Loss();
            _results.Add(new SweptRate(_rates[_results.Count], _first, double.IsFinite(batch) ? last : batch));
            (_training, _taken) = (null, 0);
        }
        return _results.Count < _rates.Length;
    }

    /// <summary>The rate with the lowest loss among those that learn; null if there is none.</summary>
    public SweptRate? Best => _results.Where(one => one.Verdict == RateVerdict.Learns).MinBy(one => one.Last);

    /// <summary>The lowest rate from which every higher one diverged; null if the highest did not.</summary>
    public SweptRate? DivergesFrom
    {
        get
        {
            int last = _results.FindLastIndex(one => !one.Diverged);
            return last + 1 < _results.Count ? _results[last + 1] : null;
        }
    }

    /// <summary>The result in words: the best rate, up to where the loss hardly moves, and from where on it diverges.</summary>
    public string Explain()
    {
        if (_results.Count == 0) return "Nothing is computed yet.";
        string best = Best is { } one
            ? $"The lowest loss after {Notation.Number(_steps)} steps is {Notation.Short(one.Last)}, with η = {Notation.Short(one.Rate)}. "
            : "No rate lowers the loss by a hundredth. ";
        int still = _results.TakeWhile(one => one.Verdict == RateVerdict.HardlyMoves).Count();
        string small = still > 0 ? $"Up to η = {Notation.Short(_results[still - 1].Rate)} the loss hardly moves in so few steps. " : "";
        if (DivergesFrom is not { } wild) return $"{best}{small}No rate up to {Notation.Short(_results[^1].Rate)} makes it diverge.";
        string end = double.IsFinite(wild.Last) ? $"from {Notation.Short(wild.First)} to {Notation.Short(wild.Last)}" : $"to {Notation.Short(wild.Last)}, which no step can leave";
        int tame = _results.IndexOf(wild) - 1;
        string threshold = tame >= 0 ? $"Between η = {Notation.Short(_results[tame].Rate)} and {Notation.Short(wild.Rate)} is the threshold of divergence: " : "";
        return $"{best}{small}{threshold}with {Notation.Short(wild.Rate)} the loss goes {end}. A step that large jumps over the minimum to where the slope is steeper still.";
    }
}
