namespace MyTorch.Optim;

public sealed partial class SGD
{
    readonly Tensor[] _parameters;
    readonly Tensor?[] _velocities;
    double _learningRate;

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
        Dampening = double.IsFinite(dampening) ? dampening : NotNegative(dampening, nameof(dampening));
        WeightDecay = NotNegative(weightDecay, nameof(weightDecay));
        Nesterov = nesterov;
        if (nesterov && (momentum <= 0 || dampening != 0))
            throw new ArgumentException("SGD: Nesterov's momentum needs a momentum greater than 0 and no dampening.", nameof(nesterov));
        _velocities = new Tensor?[_parameters.Length];
    }

    public double LearningRate
    {
        get => _learningRate;
        set => _learningRate = NotNegative(value, "learningRate");
    }

    public double Momentum { get; }

    public double Dampening { get; }

    public bool Nesterov { get; }

    public double WeightDecay { get; }

    public void Step()
    {
        for (int p = 0; p < _parameters.Length; p++)
        {
            if (_parameters[p].Grad is not { } gradient) continue;
            double[] w = _parameters[p].ToArray(), g = gradient.ToArray(), v = _velocities[p]?.ToArray() ?? new double[w.Length];
            for (int i = 0; i < w.Length; i++)
            {
                v[i] = Momentum * v[i] + g[i];
                w[i] -= LearningRate * v[i];
            }
            _velocities[p] = Tensor.From(v, gradient.Shape, gradient.DType);
            _parameters[p].CopyFrom(Tensor.From(w, gradient.Shape, gradient.DType));
        }
    }

    public void ZeroGrad()
    {
        foreach (Tensor parameter in _parameters) parameter.ZeroGrad();
    }

    static double NotNegative(double value, string name) => value >= 0 && double.IsFinite(value)
        ? value
        : throw Invalid.Setting(name, value, $"SGD: {name} must be a number, 0 or more.");
}
