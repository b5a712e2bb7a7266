using System.Globalization;

namespace MyTorch.Optim;

/// <summary>
/// The base of optimizers: it holds parameters in groups, calls <see cref="Update"/> for each parameter that has a gradient, keeps what an
/// optimizer remembers of each parameter, and saves and loads that. A subclass says how one parameter moves.
/// </summary>
/// <remarks>
/// <code>
/// sealed class SignDescent(IEnumerable&lt;Tensor&gt; parameters, double learningRate) : Optimizer(parameters, learningRate)
/// {
///     protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state) =>
///         parameter.CopyFrom(parameter - group.LearningRate * gradient.Sign());
/// }
/// </code>
/// </remarks>
public abstract class Optimizer
{
    readonly (string Name, double Value)[] _defaults;
    readonly List<ParameterGroup> _groups = [];
    Tensor[] _parameters = [];

    /// <summary>An optimizer whose first group holds the given parameters.</summary>
    /// <param name="parameters">The parameters: leaf tensors that require gradients, each once.</param>
    /// <param name="learningRate">η ≥ 0, the option <c>lr</c>.</param>
    /// <param name="options">
    /// The other options of every group with their defaults, such as <c>("momentum", 0.9)</c>. They are saved under these names; a flag is
    /// 0 or 1.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There is no parameter, one is null, comes twice or is not a leaf that requires a gradient.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    protected Optimizer(IEnumerable<Tensor> parameters, double learningRate, params ReadOnlySpan<(string Name, double Value)> options)
    {
        _defaults = [(ParameterGroup.Rate, learningRate), .. options];
        AddParameterGroup(new ParameterGroup(parameters));
    }

    /// <summary>All parameters, group by group, in the order they were passed.</summary>
    public IReadOnlyList<Tensor> Parameters => new ReadOnlyArray<Tensor>(_parameters);

    /// <summary>The parameter groups with their options. The first contains the parameters of the constructor.</summary>
    public IReadOnlyList<ParameterGroup> ParameterGroups => _groups.AsReadOnly();

    /// <summary>η of all groups. Setting it sets the learning rate of every group; it may be changed between steps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a number.</exception>
    /// <exception cref="InvalidOperationException">It is read, and the groups have different ones.</exception>
    public double LearningRate
    {
        get
        {
            foreach (ParameterGroup group in _groups)
                if (!group.LearningRate.Equals(_groups[0].LearningRate))
                    throw new InvalidOperationException(
                        $"{GetType().Name}: the groups have different learning rates; read ParameterGroups[i].LearningRate.");
            return _groups[0].LearningRate;
        }
        set
        {
            foreach (ParameterGroup group in _groups) group.LearningRate = value;
        }
    }

    /// <summary>
    /// Adds parameters that have their own options, such as a smaller learning rate. What the group leaves out has the value given to the
    /// constructor.
    /// </summary>
    /// <param name="group">The group. It belongs to this optimizer from now on.</param>
    /// <exception cref="ArgumentException">
    /// The group belongs to an optimizer, names an option that this one does not have, or holds no parameter, one that comes twice or is
    /// not a leaf that requires a gradient.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public void AddParameterGroup(ParameterGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        string name = GetType().Name;
        Tensor[] all = [.. _parameters, .. group.Parameters];
        if (group.Parameters.Count == 0)
            throw Invalid.Argument(
                "parameters", $"{name}: there is nothing to optimize; does the model hold its layers in fields, properties, lists or arrays?");
        if (group.Parameters.Contains(null!)) throw new ArgumentNullException(nameof(group), $"{name}: one of the parameters is null.");
        if (all.Distinct(ReferenceEqualityComparer.Instance).Count() != all.Length)
            throw Invalid.Argument("parameters", $"{name}: a parameter comes twice and would be moved twice a step; give each once.");
        foreach (Tensor parameter in group.Parameters)
            if (!parameter.IsLeaf || !(parameter.RequiresGrad || parameter is Nn.Parameter))
                throw Invalid.Argument("parameters", $"{name}: {parameter.Describe()} {(parameter.IsLeaf
                    ? "does not require a gradient; set RequiresGrad = true"
                    : "is a computed result; give the leaf it was computed from")}.");
        group.Join(this, _defaults);
        _groups.Add(group);
        _parameters = all;
    }

    /// <summary>Calls <see cref="Update"/> for every parameter that has a gradient. Nothing is recorded.</summary>
    public void Step()
    {
        using PauseScope pause = Autograd.Pause();
        foreach (ParameterGroup group in _groups)
            foreach (ParameterState state in group.States)
            {
                if (state.Parameter.Grad is not { } gradient) continue;
                Update(state.Parameter, gradient, group, state);
                // What another thread derived from a half-written parameter must not be taken for current.
                state.Parameter.MarkWritten();
            }
    }

    /// <summary>Sets the gradients of all parameters to null, so that the next Backward starts anew.</summary>
    public void ZeroGrad()
    {
        foreach (Tensor parameter in _parameters) parameter.ZeroGrad();
    }

    /// <summary>
    /// Moves one parameter by its gradient: writes into it with <see cref="Tensor.CopyFrom"/>. Recording is paused. The gradient's memory
    /// is reused by the next Backward: a state that keeps it keeps a <see cref="Tensor.Clone"/>.
    /// </summary>
    /// <param name="parameter">w.</param>
    /// <param name="gradient">∂L/∂w, of its shape and type.</param>
    /// <param name="group">The options: <c>group.LearningRate</c>, <c>group["momentum"]</c>.</param>
    /// <param name="state">The state of this parameter, by name: <c>state["momentum_buffer"]</c>, null at first.</param>
    protected abstract void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state);

    /// <summary>
    /// The shape of a state tensor of a parameter: usually the parameter's, () for a count; null if this optimizer has no state of that
    /// name. Names and shapes are checked by it; the type is always the parameter's. An optimizer with state overrides it:
    /// <c>name == "sum" ? parameter.Shape : base.StateShape(name, parameter)</c>.
    /// </summary>
    /// <param name="name">The name, as in PyTorch: <c>momentum_buffer</c>, <c>exp_avg</c>, <c>step</c>.</param>
    /// <param name="parameter">The parameter.</param>
    protected virtual Shape? StateShape(string name, Tensor parameter) => null;

    /// <summary>
    /// Checks the options of a group: when it joins, when one is set and when state is loaded. Override it for options with a range, and
    /// call the base. The first call comes before the subclass's constructor has run, so read only the group.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is negative or not a number.</exception>
    protected virtual void CheckOptions(ParameterGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        RequireNotNegative(group.LearningRate, "learningRate", "the learning rate");
    }

    /// <summary>Throws if a setting is negative or not a finite number; for <see cref="CheckOptions"/>.</summary>
    /// <param name="value">The setting.</param>
    /// <param name="name">Its name in the constructor: <c>weightDecay</c>.</param>
    /// <param name="words">What it is called in the error: <c>the weight decay</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    protected void RequireNotNegative(double value, string name, string words)
    {
        if (!(value >= 0 && double.IsFinite(value)))
            throw Invalid.Setting(name, value, $"{GetType().Name}: {words} must be a finite number, 0 or more.");
    }

    /// <summary>Throws unless a setting is 0 or more and less than 1, as the share of an average that is kept; for <see cref="CheckOptions"/>.</summary>
    /// <param name="value">The setting.</param>
    /// <param name="name">Its name in the constructor: <c>betas</c>.</param>
    /// <param name="words">What it is called in the error: <c>β₁</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside the range.</exception>
    private protected void RequireShare(double value, string name, string words)
    {
        if (!(value >= 0 && value < 1)) throw Invalid.Setting(name, value, $"{GetType().Name}: {words} must be 0 or more and less than 1.");
    }

    /// <summary>
    /// The options of all groups and the state of all parameters, as copies under PyTorch's names: <c>param_groups.0.lr</c> (a Float64
    /// scalar), <c>param_groups.0.params</c> (the indices of its parameters, Int64), <c>state.1.momentum_buffer</c> (of the parameter with
    /// index 1).
    /// </summary>
    /// <remarks>Parameters are counted through all groups. Their values are not part of it: save the model's too.</remarks>
    public Dictionary<string, Tensor> StateDict()
    {
        var saved = new Dictionary<string, Tensor>();
        int index = 0;
        for (int g = 0; g < _groups.Count; g++)
        {
            int first = index;
            foreach (ParameterState state in _groups[g].States)
            {
                foreach ((string name, Tensor tensor) in state) saved[Key("state", index, name)] = tensor.Clone();
                index++;
            }
            foreach ((string option, double value) in _groups[g].Options) saved[Key("param_groups", g, option)] = Tensor.From(value, DType.Float64);
            saved[Key("param_groups", g, "params")] = Indices(first, index);
        }
        return saved;
    }

    /// <summary>
    /// Takes over options and state that <see cref="StateDict"/> saved from an optimizer of the same kind with the same groups: training
    /// goes on as if it had not been interrupted, to the last bit. The tensors are copied. After an error nothing has changed.
    /// </summary>
    /// <param name="saved">A state dictionary.</param>
    /// <exception cref="ArgumentException">
    /// A name is missing or unknown, a tensor has another shape or type than its parameter, or the groups hold other numbers of parameters.
    /// The message names it.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        var unread = new HashSet<string>(saved.Keys);
        var options = new List<double[]>();
        int index = 0;
        for (int g = 0; g < _groups.Count; g++)
        {
            ParameterGroup group = _groups[g];
            string key = Key("param_groups", g, "params");
            Tensor held = Saved(key), expected = Indices(index, index += group.States.Length);
            if (held.DType != DType.Int64 || !held.ToInt64Array().AsSpan().SequenceEqual(expected.ToInt64Array()))
                throw Wrong($"{key} is {held}, but group {g} of this optimizer holds the parameters {expected}. Add the same groups in the same order before loading.");
            options.Add([.. group.Options.Select(option => Option(Key("param_groups", g, option.Name)))]);
        }
        List<(ParameterState State, string Name, Tensor Value)> states = [.. unread.Where(key => key.StartsWith("state.", StringComparison.Ordinal)).Select(State)];
        unread.RemoveWhere(key => key.StartsWith("state.", StringComparison.Ordinal));
        if (unread.Count > 0)
            throw Wrong(string.Create(CultureInfo.InvariantCulture,
                $"{unread.Order(StringComparer.Ordinal).First()} is unknown; the names are param_groups.g.option for " +
                $"{string.Join(", ", _defaults.Select(option => option.Name))} of {_groups.Count} groups, and state.i.name for " +
                $"{_parameters.Length} parameters."));
        SetOptions(options);
        foreach (ParameterGroup group in _groups)
            foreach (ParameterState state in group.States) state.Clear();
        foreach ((ParameterState state, string name, Tensor value) in states) state[name] = value.Clone();

        Tensor Saved(string key) => unread.Remove(key) && saved[key] is { } tensor
            ? tensor
            : throw Wrong($"{key} is missing. Was this saved by another kind of optimizer, or with other groups?");

        double Option(string key) => Saved(key) is { ElementCount: 1 } scalar
            ? scalar.Item()
            : throw Wrong($"{key} has shape {saved[key].Shape}; an option is one number.");

        (ParameterState, string, Tensor) State(string key)
        {
            string[] parts = key.Split('.', 3);
            if (parts.Length < 3 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int i) || i >= _parameters.Length)
                throw Wrong($"{key} belongs to no parameter; the names are state.i.name with i from 0 to {_parameters.Length - 1}.");
            ParameterState state = _groups.SelectMany(group => group.States).ElementAt(i);
            Tensor value = saved[key] ?? throw Wrong($"{key} is null.");
            if (StateShape(parts[2], state.Parameter) is not { } shape) throw Wrong($"{key}: this optimizer has no state {parts[2]}.");
            // PyTorch keeps the count of steps in Float32 for parameters of any type. A whole number stays what it is.
            if (shape.Rank == 0 && value.Shape == shape && value.DType != state.Parameter.DType && value.To(state.Parameter.DType) is var exact
                && exact.Item().Equals(value.Item())) value = exact;
            if (value.Shape != shape || value.DType != state.Parameter.DType)
                throw Wrong($"{key} is {value.Shape} {value.DType}; for the parameter {state.Parameter.Describe()} it must be {shape} {state.Parameter.DType}.");
            return (state, parts[2], value);
        }
    }

    void SetOptions(List<double[]> options)
    {
        double[][] before = [.. _groups.Select(group => group.Options.Select(option => option.Value).ToArray())];
        try
        {
            for (int g = 0; g < _groups.Count; g++)
            {
                _groups[g].SetOptions(options[g]);
                CheckOptions(_groups[g]);
            }
            foreach (ParameterGroup group in _groups) group.InitialRate = null;
        }
        catch
        {
            for (int g = 0; g < _groups.Count; g++) _groups[g].SetOptions(before[g]);
            throw;
        }
    }

    internal void Check(ParameterGroup group) => CheckOptions(group);

    internal Shape? ShapeOfState(string name, Tensor parameter) => StateShape(name, parameter);

    ArgumentException Wrong(string problem) => Invalid.Argument("saved", $"{GetType().Name}.LoadStateDict: {problem}");

    static string Key(string kind, int index, string name) => string.Create(CultureInfo.InvariantCulture, $"{kind}.{index}.{name}");

    static Tensor Indices(int first, int end) => Tensor.Indices([.. Enumerable.Range(first, end - first).Select(i => (long)i)]);
}
