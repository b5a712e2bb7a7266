namespace MyTorch.Teaching;

/// <summary>A learning rate that was tried.</summary>
/// <param name="Rate">η.</param>
/// <param name="First">The loss before the first step.</param>
/// <param name="Last">The loss after the last step; NaN or ∞ if it got there.</param>
public sealed record SweptRate(double Rate, double First, double Last)
{
    /// <summary>Whether the loss ended higher than it began, or is NaN or infinite.</summary>
    public bool Diverged => !(Last <= First);
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
public sealed class LearningRateSweep
{
    readonly Func<double, Func<double>> _begin;
    readonly double[] _rates;
    readonly int _steps;
    readonly List<SweptRate> _results = [];
    Func<double>? _step;
    int _taken;
    double _first, _last;

    /// <summary>A sweep at its beginning.</summary>
    /// <param name="begin">Begins a training with a learning rate: a function that takes a step and returns the loss before it.</param>
    /// <param name="rates">The rates, ascending.</param>
    /// <param name="steps">The steps of each training, at least 1.</param>
    /// <exception cref="ArgumentException">There is no rate, or they do not ascend.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no step.</exception>
    public LearningRateSweep(Func<double, Func<double>> begin, IReadOnlyList<double> rates, int steps)
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
    public double Progress => (_results.Count + _taken / (_steps + 1.0)) / _rates.Length;

    /// <summary>Takes one step of the current training; false when all are done.</summary>
    public bool Advance()
    {
        if (_results.Count == _rates.Length) return false;
        _step ??= _begin(_rates[_results.Count]);
        _last = _step();
        if (_taken == 0) _first = _last;
        // The loss before the next step is the loss after the last one.
        if (++_taken > _steps || !double.IsFinite(_last))
        {
            _results.Add(new SweptRate(_rates[_results.Count], _first, _last));
            (_step, _taken) = (null, 0);
        }
        return _results.Count < _rates.Length;
    }

    /// <summary>The rate with the lowest loss; null if all diverged or none is done.</summary>
    public SweptRate? Best => _results.Where(one => !one.Diverged).MinBy(one => one.Last);

    /// <summary>The lowest rate from which every higher one diverged; null if the highest did not.</summary>
    public SweptRate? DivergesFrom
    {
        get
        {
            int last = _results.FindLastIndex(one => !one.Diverged);
            return last + 1 < _results.Count ? _results[last + 1] : null;
        }
    }

    /// <summary>The result in words: the best rate, and from where on it diverges.</summary>
    public string Explain()
    {
        if (_results.Count == 0) return "Nothing is computed yet.";
        string best = Best is { } one ? $"The lowest loss after {Notation.Number(_steps)} steps is {Notation.Short(one.Last)}, with η = {Notation.Short(one.Rate)}. " : "";
        if (DivergesFrom is not { } wild) return $"{best}No rate up to {Notation.Short(_results[^1].Rate)} diverges.";
        string end = double.IsFinite(wild.Last) ? $"from {Notation.Short(wild.First)} to {Notation.Short(wild.Last)}" : $"to {Notation.Short(wild.Last)}, which no step can leave";
        int tame = _results.IndexOf(wild) - 1;
        string threshold = tame >= 0 ? $"Between η = {Notation.Short(_results[tame].Rate)} and {Notation.Short(wild.Rate)} is the threshold of divergence: " : "";
        return $"{best}{threshold}with {Notation.Short(wild.Rate)} the loss goes {end}. A step that large jumps over the minimum to where the slope is steeper still.";
    }
}
