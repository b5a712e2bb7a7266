namespace MyTorch.Optim;

/// <summary>
/// RMSprop: s ← α·s + (1 − α)·g², w ← w − η·g/(√s + ε), with gradient g and learning rate η.
/// </summary>
/// <remarks>
/// As PyTorch computes it: with weight decay λ first g ← g + λ·w; centered divides by √(s − a²) + ε with the average a ← α·a + (1 − α)·g;
/// with momentum μ the step is η·b with b ← μ·b + g/(√s + ε). Tieleman and Hinton, Lecture 6.5, 2012; Graves, 2013. Where rounding makes
/// s − a² negative, it is taken as 0, where PyTorch computes NaN.
/// </remarks>
public sealed partial class RMSprop : Optimizer
{
    /// <summary>
    /// An optimizer of the given parameters. Other groups of parameters follow with <see cref="Optimizer.AddParameterGroup"/>.
    /// </summary>
    /// <param name="parameters">The parameters: leaf tensors that require gradients, each once.</param>
    /// <param name="learningRate">η ≥ 0, the learning rate.</param>
    /// <param name="alpha">α, from 0 to less than 1: how much of the old average is kept.</param>
    /// <param name="epsilon">ε ≥ 0, against division by 0.</param>
    /// <param name="weightDecay">λ ≥ 0, the weight decay (L2 penalty).</param>
    /// <param name="momentum">μ ≥ 0, the momentum.</param>
    /// <param name="centered">Whether to divide by the standard deviation of the gradient instead of its root mean square.</param>
    /// <exception cref="ArgumentException">
    /// There is no parameter, one is null, comes twice or is not a leaf that requires a gradient.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    public RMSprop(
        IEnumerable<Tensor> parameters, double learningRate = 0.01, double alpha = 0.99, double epsilon = 1e-8, double weightDecay = 0,
        double momentum = 0, bool centered = false)
        : base(
            parameters, learningRate, ("alpha", alpha), ("eps", epsilon), ("weight_decay", weightDecay), ("momentum", momentum),
            ("centered", centered ? 1 : 0))
    {
    }

    /// <inheritdoc/>
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        if (MoveInOnePass(parameter, gradient, group, state)) return;
        (Tensor w, Tensor g, double alpha) = (parameter, gradient, group["alpha"]);
        state.CountStep();
        if (group["weight_decay"] != 0) g += group["weight_decay"] * w;
        Tensor s = alpha * state.OrZeros("square_avg") + (1 - alpha) * g.Square();
        state["square_avg"] = s;
        if (group["centered"] != 0)
        {
            Tensor average = alpha * state.OrZeros("grad_avg") + (1 - alpha) * g;
            state["grad_avg"] = average;
            s = Tensor.Maximum(s - average.Square(), 0.0);
        }
        Tensor step = g / (s.Sqrt() + group["eps"]);
        if (group["momentum"] != 0)
        {
            step = group["momentum"] * state.OrZeros("momentum_buffer") + step;
            state["momentum_buffer"] = step;
        }
        w.CopyFrom(w - group.LearningRate * step);
    }

    /// <inheritdoc/>
    protected override Shape? StateShape(string name, Tensor parameter) => name switch
    {
        "square_avg" or "grad_avg" or "momentum_buffer" => parameter.Shape,
        "step" => [],
        _ => base.StateShape(name, parameter),
    };

    /// <inheritdoc/>
    protected override void CheckOptions(ParameterGroup group)
    {
        base.CheckOptions(group);
        RequireShare(group["alpha"], "alpha", "α");
        RequireNotNegative(group["eps"], "epsilon", "ε");
        RequireNotNegative(group["weight_decay"], "weightDecay", "the weight decay");
        RequireNotNegative(group["momentum"], "momentum", "the momentum");
    }
}
