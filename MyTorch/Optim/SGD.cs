namespace MyTorch.Optim;

/// <summary>
/// Stochastic gradient descent: v ← μ·v + g, w ← w − η·v, with gradient g, learning rate η and momentum μ.
/// </summary>
/// <remarks>
/// As PyTorch computes it: with weight decay λ first g ← g + λ·w; v starts as the first g, afterwards v ← μ·v + (1 − dampening)·g;
/// with Nesterov's momentum the step is g + μ·v instead of v. Sutskever, Martens, Dahl and Hinton, 2013.
/// </remarks>
public sealed partial class SGD : Optimizer
{
    /// <summary>
    /// An optimizer of the given parameters. Other groups of parameters follow with <see cref="Optimizer.AddParameterGroup"/>.
    /// </summary>
    /// <param name="parameters">The parameters: leaf tensors that require gradients, each once.</param>
    /// <param name="learningRate">η ≥ 0, the learning rate.</param>
    /// <param name="momentum">μ ≥ 0, the momentum; usually 0.9.</param>
    /// <param name="dampening">The dampening of the momentum: a new gradient is multiplied by 1 − dampening.</param>
    /// <param name="weightDecay">λ ≥ 0, the weight decay (L2 penalty).</param>
    /// <param name="nesterov">Whether to use Nesterov momentum; requires a momentum greater than 0 and no dampening.</param>
    /// <exception cref="ArgumentException">
    /// There is no parameter, one is null, comes twice or is not a leaf that requires a gradient, or Nesterov has no momentum.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is negative or not a number.</exception>
    public SGD(
        IEnumerable<Tensor> parameters, double learningRate, double momentum = 0, double dampening = 0, double weightDecay = 0, bool nesterov = false)
        : base(parameters, learningRate, ("momentum", momentum), ("dampening", dampening), ("weight_decay", weightDecay), ("nesterov", nesterov ? 1 : 0))
    {
    }

    /// <inheritdoc/>
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        if (MoveInOnePass(parameter, gradient, group, state)) return;
        (Tensor w, Tensor g) = (parameter, gradient);
        if (group["weight_decay"] != 0) g += group["weight_decay"] * w;
        if (group["momentum"] != 0)
        {
            // A copy, because the buffer of the gradient is reused.
            Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + (1 - group["dampening"]) * g : g.Clone();
            state["momentum_buffer"] = v;
            g = group["nesterov"] != 0 ? g + group["momentum"] * v : v;
        }
        w.CopyFrom(w - group.LearningRate * g);
    }

    /// <inheritdoc/>
    protected override Shape? StateShape(string name, Tensor parameter) =>
        name == "momentum_buffer" ? parameter.Shape : base.StateShape(name, parameter);

    /// <inheritdoc/>
    protected override void CheckOptions(ParameterGroup group)
    {
        base.CheckOptions(group);
        RequireNotNegative(group["momentum"], "momentum", "the momentum");
        RequireNotNegative(group["weight_decay"], "weightDecay", "the weight decay");
        Invalid.UnlessFinite("dampening", group["dampening"], "SGD: dampening must be a finite number.");
        if (group["nesterov"] != 0 && (group["momentum"] <= 0 || group["dampening"] != 0))
            throw Invalid.Argument("nesterov", $"SGD: Nesterov's momentum needs a momentum greater than 0 and no dampening.");
    }
}
