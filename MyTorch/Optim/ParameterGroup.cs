namespace MyTorch.Optim;

/// <summary>
/// Parameters that an <see cref="Optimizer"/> moves with the same options:
/// <c>optimizer.AddParameterGroup(new(head.Parameters()) { LearningRate = 0.01, ["weight_decay"] = 0 })</c>.
/// </summary>
/// <param name="parameters">The parameters: leaf tensors that require gradients, each once.</param>
public sealed class ParameterGroup(IEnumerable<Tensor> parameters)
{
    /// <summary>The name of the learning rate among the options.</summary>
    internal const string Rate = "lr";

    readonly Tensor[] _parameters = [.. parameters ?? throw new ArgumentNullException(nameof(parameters))];
    string[] _names = [];
    double[] _values = [];
    Optimizer? _optimizer;

    /// <summary>The parameters, in the order they were passed.</summary>
    public IReadOnlyList<Tensor> Parameters => new ReadOnlyArray<Tensor>(_parameters);

    /// <summary>η ≥ 0, the option <c>lr</c>. It may be changed between steps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a number.</exception>
    /// <exception cref="ArgumentException">It is read before it is set and before the group has joined an optimizer.</exception>
    public double LearningRate
    {
        get => this[Rate];
        set => this[Rate] = value;
    }

    /// <summary>
    /// An option by its name in PyTorch: <c>lr</c>, <c>momentum</c>, <c>weight_decay</c>. A flag such as <c>nesterov</c> is 0 or 1.
    /// </summary>
    /// <param name="option">The name.</param>
    /// <exception cref="ArgumentException">
    /// The optimizer has no such option; before the group has joined one, the option was not set.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside the option's range.</exception>
    public double this[string option]
    {
        get => IndexOf(option) is var i and >= 0 ? _values[i] : throw Unknown(option);
        set
        {
            int i = IndexOf(option);
            if (_optimizer is null && i < 0)
            {
                (_names, _values) = ([.. _names, option], [.. _values, value]);
                return;
            }
            if (i < 0) throw Unknown(option);
            double before = _values[i];
            _values[i] = value;
            try
            {
                _optimizer?.Check(this);
            }
            catch
            {
                _values[i] = before;
                throw;
            }
            if (option == Rate) InitialRate = null;
        }
    }

    /// <summary>The learning rate before a schedule changed it; null if none has since it was set.</summary>
    internal double? InitialRate { get; set; }

    /// <summary>Sets the learning rate for a schedule, which keeps what it was at first.</summary>
    internal void SetScheduledRate(double rate)
    {
        double? initial = InitialRate;
        LearningRate = rate;
        InitialRate = initial;
    }

    /// <summary>All options with their values.</summary>
    public IEnumerable<(string Name, double Value)> Options
    {
        get
        {
            for (int i = 0; i < _names.Length; i++) yield return (_names[i], _values[i]);
        }
    }

    internal ParameterState[] States { get; private set; } = [];

    /// <summary>Completes the options by the optimizer's defaults, in their order.</summary>
    internal void Join(Optimizer optimizer, (string Name, double Value)[] defaults)
    {
        if (_optimizer is not null)
            throw Invalid.Argument("group", $"{optimizer.GetType().Name}: the group belongs to an optimizer already; make another one.");
        (string[] names, double[] values) = (_names, _values);
        (_names, _values) = ([.. defaults.Select(option => option.Name)], [.. defaults.Select(option => option.Value)]);
        _optimizer = optimizer;
        try
        {
            for (int k = 0; k < names.Length; k++) _values[IndexOf(names[k]) is var i and >= 0 ? i : throw Unknown(names[k])] = values[k];
            optimizer.Check(this);
        }
        catch
        {
            (_names, _values, _optimizer) = (names, values, null);
            throw;
        }
        States = [.. _parameters.Select(parameter => new ParameterState(optimizer, parameter))];
    }

    internal void SetOptions(double[] values) => _values = values;

    // Options are few and their names mostly the same literals: looking along them is faster than a dictionary.
    int IndexOf(string option)
    {
        string[] names = _names;
        for (int i = 0; i < names.Length; i++)
            if (ReferenceEquals(names[i], option)) return i;
        return Array.IndexOf(names, option);
    }

    ArgumentException Unknown(string option) => new(
        $"{_optimizer?.GetType().Name ?? nameof(ParameterGroup)}: there is no option {option ?? "null"}; " +
        (_names.Length > 0 ? $"there are {string.Join(", ", _names)}." : "none was set, and the optimizer that the group joins gives the others."), nameof(option));
}
