namespace MyTorch.Optim;

/// <summary>
/// Stochastic gradient descent: v ← μ·v + g, w ← w − η·v, with gradient g, learning rate η and momentum μ.
/// </summary>
/// <remarks>
/// As PyTorch computes it: with weight decay λ first g ← g + λ·w; v starts as the first g, afterwards v ← μ·v + (1 − dampening)·g;
/// with Nesterov's momentum the step is g + μ·v instead of v. Sutskever, Martens, Dahl and Hinton, 2013.
/// </remarks>
public sealed partial class SGD
{
    readonly Tensor[] _parameters;
    readonly Tensor?[] _velocities;
    double _learningRate;

    /// <summary>An optimizer of the given parameters.</summary>
    /// <param name="parameters">What is learned: leaves that require gradients, each once.</param>
    /// <param name="learningRate">η &gt; 0, the share of the gradient taken each step. 0 is allowed and changes nothing.</param>
    /// <param name="momentum">μ ≥ 0, the share of the last step kept; usually 0.9.</param>
    /// <param name="dampening">The share by which a new gradient is reduced when it enters the momentum.</param>
    /// <param name="nesterov">Whether to look ahead along the momentum; needs momentum and no dampening.</param>
    /// <param name="weightDecay">λ ≥ 0, which pulls weights towards 0.</param>
    /// <exception cref="ArgumentException">There is no parameter, one is null, comes twice or is not a leaf that requires a gradient, or Nesterov has no momentum.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is negative or not a number.</exception>
    public SGD(
        IEnumerable<Tensor> parameters, double learningRate, double momentum = 0, double dampening = 0, bool nesterov = false, double weightDecay = 0)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        _parameters = [.. parameters];
        if (_parameters.Length == 0)
            throw new ArgumentException("SGD: there is nothing to optimize; does the model hold its layers in fields, properties, lists or arrays?", nameof(parameters));
        if (_parameters.Contains(null))
            throw new ArgumentNullException(nameof(parameters), "SGD: one of the parameters is null.");
        if (_parameters.Distinct(ReferenceEqualityComparer.Instance).Count() != _parameters.Length)
            throw new ArgumentException("SGD: a parameter comes twice and would be moved twice a step; give each once.", nameof(parameters));
        foreach (Tensor parameter in _parameters)
            if (!parameter.IsLeaf || !(parameter.RequiresGrad || parameter is Nn.Parameter))
                throw new ArgumentException($"SGD: {parameter.Describe()} {(parameter.IsLeaf ? "does not require a gradient; set RequiresGrad = true" : "is a computed result; give the leaf it was computed from")}.", nameof(parameters));
        LearningRate = learningRate;
        Momentum = NotNegative(momentum, nameof(momentum));
        Dampening = Invalid.UnlessFinite(nameof(dampening), dampening, "SGD: dampening must be a finite number.");
        WeightDecay = NotNegative(weightDecay, nameof(weightDecay));
        Nesterov = nesterov;
        if (nesterov && (momentum <= 0 || dampening != 0))
            throw new ArgumentException("SGD: Nesterov's momentum needs a momentum greater than 0 and no dampening.", nameof(nesterov));
        _velocities = new Tensor?[_parameters.Length];
    }

    /// <summary>What is learned, in the order it was given.</summary>
    public IReadOnlyList<Tensor> Parameters => Array.AsReadOnly(_parameters);

    /// <summary>η. It may be changed between steps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a number.</exception>
    public double LearningRate
    {
        get => _learningRate;
        set => _learningRate = NotNegative(value, "learningRate");
    }

    /// <summary>μ.</summary>
    public double Momentum { get; }

    /// <summary>The share by which a new gradient is reduced when it enters the momentum.</summary>
    public double Dampening { get; }

    /// <summary>Whether steps look ahead along the momentum.</summary>
    public bool Nesterov { get; }

    /// <summary>λ.</summary>
    public double WeightDecay { get; }

    /// <summary>Moves every parameter that has a gradient against it. Nothing is recorded.</summary>
    public void Step()
    {
        using PauseScope pause = Autograd.Pause();
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor w = _parameters[i];
            if (w.Grad is not { } g || MoveInOnePass(w, g, ref _velocities[i])) continue;
            if (WeightDecay != 0) g += WeightDecay * w;
            if (Momentum != 0)
            {
                // The memory of a gradient is used again: what is kept of it is a copy.
                Tensor v = _velocities[i] is { } last ? Momentum * last + (1 - Dampening) * g : g.Clone();
                _velocities[i] = v;
                g = Nesterov ? g + Momentum * v : v;
            }
            w.CopyFrom(w - LearningRate * g);
        }
    }

    /// <summary>Sets the gradients of all parameters to null, so that the next Backward starts anew.</summary>
    public void ZeroGrad()
    {
        foreach (Tensor parameter in _parameters) parameter.ZeroGrad();
    }

    static double NotNegative(double value, string name) => value >= 0 && double.IsFinite(value)
        ? value
        : throw Invalid.Setting(name, value, $"SGD: {name} must be a finite number, 0 or more.");
}
