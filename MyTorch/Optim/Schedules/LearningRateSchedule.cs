using System.Globalization;

namespace MyTorch.Optim;

/// <summary>
/// The base of schedules: it sets the learning rate of each group of an <see cref="Optimizer"/> from epoch to epoch. A subclass says what
/// the rate of an epoch is.
/// </summary>
/// <remarks>
/// <code>
/// var schedule = new CosineAnnealing(optimizer, epochs: 20);
/// for (int epoch = 0; epoch &lt; 20; epoch++)
/// {
///     TrainOneEpoch();
///     schedule.Step();
/// }
///
/// sealed class Halving(Optimizer optimizer, int every) : LearningRateSchedule(optimizer)
/// {
///     public override double RateAt(int epoch, double baseRate) => baseRate * Math.Pow(0.5, epoch / every);
/// }
/// </code>
/// The rate depends on the number of calls of <see cref="Step()"/> and on the rate that the group had when the schedule was made, not on
/// the last rate: rounding errors do not add up, and a resumed run has the same rates. Where an epoch is a batch, as in
/// <see cref="OneCycle"/>, call Step after each batch.
/// </remarks>
public abstract class LearningRateSchedule
{
    readonly List<double> _baseRates = [];
    readonly List<double> _rates = [];
    LearningRateSchedule? _owner;

    /// <summary>
    /// A schedule for an optimizer. It sets the rates of epoch 0, so <see cref="RateAt"/> is called before the body of the subclass's
    /// constructor runs: use field initializers or a primary constructor.
    /// </summary>
    /// <param name="optimizer">The optimizer. Its groups' rates are the <see cref="BaseRates"/>.</param>
    /// <remarks>
    /// Further schedules for the same optimizer start from the same base rates, as in PyTorch, unless its rate was set by the program in
    /// between.
    /// </remarks>
    protected LearningRateSchedule(Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        Optimizer = optimizer;
        SetRates();
        foreach (LearningRateSchedule part in Parts) part._owner = this;
    }

    /// <summary>The optimizer whose rates are set.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The number of the epoch: how often <see cref="Step()"/> was called. <c>last_epoch</c> in PyTorch.</summary>
    public int Epoch { get; private set; }

    /// <summary>The rate from which each group starts: what it had when the schedule was made, or when the group was added.</summary>
    public IReadOnlyList<double> BaseRates => _baseRates.AsReadOnly();

    /// <summary>The learning rate of an epoch. What <see cref="Observe"/> has seen may be part of it.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="baseRate">The base rate of the group.</param>
    public abstract double RateAt(int epoch, double baseRate);

    /// <summary>Sets the rates of the next epoch. Call it at the end of each epoch, after the optimizer's steps.</summary>
    /// <exception cref="InvalidOperationException">
    /// A rate was changed since by something else, this schedule is a part of another one, or it needs a metric.
    /// </exception>
    public void Step() => Step((double?)null);

    /// <summary>The same with what was measured in the epoch. Only schedules such as <see cref="ReduceOnPlateau"/> use it.</summary>
    /// <param name="metric">Usually the validation loss.</param>
    /// <exception cref="InvalidOperationException">
    /// A rate was changed since by something else, or this schedule is a part of another one.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The schedule uses the metric, and it is NaN.</exception>
    public void Step(double metric) => Step((double?)metric);

    void Step(double? metric)
    {
        string name = GetType().Name;
        if (_owner is { } owner)
            throw new InvalidOperationException($"{name}: this schedule is a part of a {owner.GetType().Name}; call Step of that one.");
        for (int g = 0; g < _rates.Count; g++)
            if (!Optimizer.ParameterGroups[g].LearningRate.Equals(_rates[g]))
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                    $"{name}: the learning rate of group {g} is {Optimizer.ParameterGroups[g].LearningRate}, but this schedule had set " +
                    $"{_rates[g]}. To combine schedules, use {nameof(ChainedSchedule)} or {nameof(SequentialSchedule)}; after " +
                    $"setting the " +
                    $"rate, make a new schedule; after loading the optimizer's state, load the schedule's too."));
        OrAsBefore(() =>
        {
            Advance(metric);
            SetRates();
        });
    }

    /// <summary>Takes note of an epoch that ended; called by <see cref="Step()"/> before it asks for the new rates.</summary>
    /// <param name="metric">What was given to <see cref="Step(double)"/>; null without.</param>
    protected virtual void Observe(double? metric)
    {
    }

    /// <summary>Numbers that a subclass remembers, by the names they are saved under: the same names at any time.</summary>
    protected virtual IEnumerable<(string Name, double Value)> SaveState() => [];

    /// <summary>Takes over what <see cref="SaveState"/> gave.</summary>
    /// <param name="saved">Gives the number of a name.</param>
    protected virtual void LoadState(Func<string, double> saved)
    {
    }

    /// <summary>
    /// Settings that the rates without a metric do not show, as those of <see cref="ReduceOnPlateau"/>. A training is resumed only with the
    /// same ones.
    /// </summary>
    protected virtual IEnumerable<(string Name, double Value)> Settings() => [];

    /// <summary>The settings of this schedule and of those it consists of.</summary>
    internal IEnumerable<(string Name, double Value)> AllSettings() => Settings().Concat(Parts.SelectMany(part => part.AllSettings()));

    /// <summary>
    /// The state, as Float64 tensors under PyTorch's names: <c>last_epoch</c>, <c>base_lrs</c> (one number a group), and for
    /// <see cref="ReduceOnPlateau"/> <c>best</c>, <c>num_bad_epochs</c> and others. Settings are not part of it.
    /// </summary>
    public Dictionary<string, Tensor> StateDict()
    {
        var saved = new Dictionary<string, Tensor> { [BaseRatesKey] = Tensor.From([.. _baseRates], DType.Float64) };
        foreach ((string name, double value) in WholeState()) saved[name] = Tensor.From(value, DType.Float64);
        return saved;
    }

    /// <summary>
    /// Takes over the state that <see cref="StateDict"/> saved from a schedule with the same settings, and sets the optimizer's rates:
    /// the rates go on as if the run had not been interrupted. After an error nothing has changed.
    /// </summary>
    /// <param name="saved">A state dictionary.</param>
    /// <exception cref="ArgumentException">
    /// A name is missing or unknown, or the number of groups differs. The message names it.
    /// </exception>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        string[] names = [BaseRatesKey, .. WholeState().Select(entry => entry.Name)];
        if (saved.Keys.Except(names).Order(StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            throw Wrong($"{Cited.Text(unknown)} is unknown; the names are {string.Join(", ", names)}. Was this saved by another " +
                $"kind of schedule?");
        foreach (string name in names)
        {
            if (!saved.TryGetValue(name, out Tensor? tensor) || tensor is null)
                throw Wrong($"{name} is missing. Was this saved by another kind of schedule?");
            int count = name == BaseRatesKey ? Optimizer.ParameterGroups.Count : 1;
            if (tensor.ElementCount != count)
                throw Wrong($"{name} has {tensor.ElementCount} numbers; expected " +
                    $"{count}{(name == BaseRatesKey ? ", one for each group of the optimizer" : "")}.");
        }
        double[] rates = saved[BaseRatesKey].ToArray();
        if (rates.Any(rate => !(rate >= 0 && double.IsFinite(rate))))
            throw Wrong($"{BaseRatesKey} is {saved[BaseRatesKey]}; learning rates are finite numbers, 0 or more.");

        OrAsBefore(() => LoadWholeState(name => saved[name].Item()));
        _baseRates.Clear();
        _baseRates.AddRange(rates);
        for (int g = 0; g < rates.Length; g++) Optimizer.ParameterGroups[g].InitialRate = rates[g];
        SetRates();
    }

    const string EpochKey = "last_epoch", BaseRatesKey = "base_lrs";

    /// <summary>The schedules this one consists of.</summary>
    private protected virtual IReadOnlyList<LearningRateSchedule> Parts => [];

    /// <summary>The schedules as parts of another: at least one, for one optimizer, none in use.</summary>
    private protected static LearningRateSchedule[] CheckedParts(IReadOnlyList<LearningRateSchedule> schedules, string kind)
    {
        ArgumentNullException.ThrowIfNull(schedules);
        LearningRateSchedule[] parts = [.. schedules];
        if (parts.Length == 0) throw Invalid.Argument(nameof(schedules), $"{kind}: there is no schedule; give one or more.");
        for (int i = 0; i < parts.Length; i++)
        {
            string? problem =
                parts[i] is null ? "is null"
                : parts[i].Optimizer != parts[0].Optimizer ? "is for another optimizer than the first"
                : parts[i]._owner is { } owner ? $"is a part of a {owner.GetType().Name} already"
                : parts[i].Epoch > 0 ? "has made steps already"
                : Array.IndexOf(parts, parts[i]) < i ? "comes twice"
                : null;
            if (problem is not null) throw Invalid.Argument(nameof(schedules), $"{kind}: schedule {i} {problem}; make a new one for it.");
        }
        return parts;
    }

    /// <summary>Counts an epoch without setting rates.</summary>
    internal void Advance(double? metric)
    {
        Observe(metric);
        Epoch++;
    }

    IEnumerable<(string Name, double Value)> WholeState() =>
        [(EpochKey, Epoch), .. SaveState(), .. Parts.SelectMany((part, i) =>
            part.WholeState().Select(entry => (PartKey(i, entry.Name), entry.Value)))];

    void LoadWholeState(Func<string, double> saved)
    {
        Epoch = WholeNumber(EpochKey, saved);
        LoadState(saved);
        for (int i = 0; i < Parts.Count; i++)
        {
            int part = i;
            Parts[i].LoadWholeState(name => saved(PartKey(part, name)));
        }
    }

    static string PartKey(int part, string name) => string.Create(CultureInfo.InvariantCulture, $"schedules.{part}.{name}");

    /// <summary>Changes the state of this schedule and its parts, or after an error nothing.</summary>
    void OrAsBefore(Action change)
    {
        Dictionary<string, double> before = WholeState().ToDictionary(entry => entry.Name, entry => entry.Value);
        try
        {
            change();
        }
        catch
        {
            LoadWholeState(name => before[name]);
            throw;
        }
    }

    /// <summary>A saved count.</summary>
    private protected int WholeNumber(string name, Func<string, double> saved)
    {
        double value = saved(name);
        return value >= 0 && value <= int.MaxValue && double.IsInteger(value)
            ? (int)value
            : throw Wrong($"{name} is {value}; expected a whole number, 0 or more.");
    }

    void SetRates()
    {
        IReadOnlyList<ParameterGroup> groups = Optimizer.ParameterGroups;
        for (int g = _baseRates.Count; g < groups.Count; g++) _baseRates.Add(groups[g].InitialRate ??= groups[g].LearningRate);
        double[] rates = [.. _baseRates.Select(rate => RateAt(Epoch, rate))];
        for (int g = 0; g < rates.Length; g++)
            if (!(rates[g] >= 0 && double.IsFinite(rates[g])))
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                    $"{GetType().Name}: the learning rate of epoch {Epoch} is {rates[g]} for the base rate {_baseRates[g]}; " +
                    $"expected a finite " +
                    $"number, 0 or more. Change the schedule's settings."));
        _rates.Clear();
        _rates.AddRange(rates);
        for (int g = 0; g < rates.Length; g++) groups[g].SetScheduledRate(rates[g]);
    }

    ArgumentException Wrong(InvariantText problem) => Invalid.Argument("saved", $"{GetType().Name}.LoadStateDict: {problem.ToString()}");
}
