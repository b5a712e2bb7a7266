namespace MyTorch.Optim;

/// <summary>
/// Adagrad: s ← s + g², w ← w − η'·g/(√s + ε), with gradient g and the learning rate η' = η/(1 + (t − 1)·decay) of step t.
/// </summary>
/// <remarks>
/// As PyTorch computes it: with weight decay λ first g ← g + λ·w; s starts at a given value. Duchi, Hazan and Singer, 2011.
/// </remarks>
public sealed partial class Adagrad : Optimizer
{
    /// <summary>
    /// An optimizer of the given parameters. Other groups of parameters follow with <see cref="Optimizer.AddParameterGroup"/>.
    /// </summary>
    /// <param name="parameters">The parameters: leaf tensors that require gradients, each once.</param>
    /// <param name="learningRate">η ≥ 0, the learning rate.</param>
    /// <param name="learningRateDecay">How fast the learning rate falls, 0 or more; the option <c>lr_decay</c>.</param>
    /// <param name="weightDecay">λ ≥ 0, the weight decay (L2 penalty).</param>
    /// <param name="initialAccumulatorValue">The value of s before the first step, 0 or more.</param>
    /// <param name="epsilon">ε ≥ 0, against division by 0.</param>
    /// <exception cref="ArgumentException">
    /// There is no parameter, one is null, comes twice or is not a leaf that requires a gradient.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    public Adagrad(
        IEnumerable<Tensor> parameters, double learningRate = 0.01, double learningRateDecay = 0, double weightDecay = 0,
        double initialAccumulatorValue = 0, double epsilon = 1e-10)
        : base(
            parameters, learningRate, ("lr_decay", learningRateDecay), ("weight_decay", weightDecay),
            ("initial_accumulator_value", initialAccumulatorValue), ("eps", epsilon))
    {
    }

    /// <inheritdoc/>
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        if (MoveInOnePass(parameter, gradient, group, state)) return;
        (Tensor w, Tensor g) = (parameter, gradient);
        double rate = Rate(group, state.CountStep());
        if (group["weight_decay"] != 0) g += group["weight_decay"] * w;
        Tensor s = Sum(group, state) + g.Square();
        state["sum"] = s;
        w.CopyFrom(w - rate * (g / (s.Sqrt() + group["eps"])));
    }

    static double Rate(ParameterGroup group, double t) => group.LearningRate / (1 + (t - 1) * group["lr_decay"]);

    static Tensor Sum(ParameterGroup group, ParameterState state) =>
        state["sum"] ??= Tensor.Full(state.Parameter.Shape, group["initial_accumulator_value"], state.Parameter.DType);

    /// <inheritdoc/>
    protected override Shape? StateShape(string name, Tensor parameter) => name switch
    {
        "sum" => parameter.Shape,
        "step" => [],
        _ => base.StateShape(name, parameter),
    };

    /// <inheritdoc/>
    protected override void CheckOptions(ParameterGroup group)
    {
        base.CheckOptions(group);
        RequireNotNegative(group["lr_decay"], "learningRateDecay", "the decay of the learning rate");
        RequireNotNegative(group["weight_decay"], "weightDecay", "the weight decay");
        RequireNotNegative(group["initial_accumulator_value"], "initialAccumulatorValue", "the first sum of squares");
        RequireNotNegative(group["eps"], "epsilon", "ε");
    }
}
