namespace MyTorch.Optim;

/// <summary>
/// Adam: m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², w ← w − η·m̂/(√v̂ + ε), with gradient g, learning rate η and the corrected
/// averages m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ) of step t.
/// </summary>
/// <remarks>
/// As PyTorch computes it: with weight decay λ first g ← g + λ·w; with AMSGrad the largest v so far takes the place of v. Kingma and Ba,
/// 2015; Reddi, Kale and Kumar, 2018. For decoupled weight decay use <see cref="AdamW"/>.
/// </remarks>
public partial class Adam : Optimizer
{
    /// <summary>
    /// An optimizer of the given parameters. Other groups of parameters follow with <see cref="Optimizer.AddParameterGroup"/>.
    /// </summary>
    /// <param name="parameters">The parameters: leaf tensors that require gradients, each once.</param>
    /// <param name="learningRate">η ≥ 0, the learning rate.</param>
    /// <param name="betas">
    /// β₁ and β₂, each from 0 to less than 1; null for (0.9, 0.999). The options <c>betas.0</c> and <c>betas.1</c>.
    /// </param>
    /// <param name="epsilon">ε ≥ 0, against division by 0.</param>
    /// <param name="weightDecay">λ ≥ 0, the weight decay (L2 penalty).</param>
    /// <param name="amsgrad">Whether to divide by the largest v so far.</param>
    /// <exception cref="ArgumentException">
    /// There is no parameter, one is null, comes twice or is not a leaf that requires a gradient.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    public Adam(
        IEnumerable<Tensor> parameters, double learningRate = 1e-3, (double Beta1, double Beta2)? betas = null, double epsilon = 1e-8,
        double weightDecay = 0, bool amsgrad = false)
        : base(
            parameters, learningRate, ("betas.0", betas?.Beta1 ?? 0.9), ("betas.1", betas?.Beta2 ?? 0.999), ("eps", epsilon),
            ("weight_decay", weightDecay), ("amsgrad", amsgrad ? 1 : 0))
    {
    }

    /// <summary>Whether weight decay shrinks the parameter itself instead of being added to the gradient.</summary>
    private protected virtual bool DecaysDecoupled => false;

    /// <inheritdoc/>
    protected sealed override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        if (MoveInOnePass(parameter, gradient, group, state)) return;
        (Tensor w, Tensor g, double rate) = (parameter, gradient, group.LearningRate);
        (double beta1, double beta2) = (group["betas.0"], group["betas.1"]);
        double t = state.CountStep();
        if (group["weight_decay"] is var decay and not 0)
        {
            if (DecaysDecoupled) w = w * (1 - rate * decay);
            else g += decay * w;
        }
        Tensor m = beta1 * state.OrZeros("exp_avg") + (1 - beta1) * g;
        Tensor v = beta2 * state.OrZeros("exp_avg_sq") + (1 - beta2) * g.Square();
        (state["exp_avg"], state["exp_avg_sq"]) = (m, v);
        if (group["amsgrad"] != 0) state["max_exp_avg_sq"] = v = Tensor.Maximum(state.OrZeros("max_exp_avg_sq"), v);
        Tensor root = v.Sqrt() / Math.Sqrt(1 - Math.Pow(beta2, t)) + group["eps"];
        parameter.CopyFrom(w - rate / (1 - Math.Pow(beta1, t)) * (m / root));
    }

    /// <inheritdoc/>
    protected sealed override Shape? StateShape(string name, Tensor parameter) => name switch
    {
        "exp_avg" or "exp_avg_sq" or "max_exp_avg_sq" => parameter.Shape,
        "step" => [],
        _ => base.StateShape(name, parameter),
    };

    /// <inheritdoc/>
    protected sealed override void CheckOptions(ParameterGroup group)
    {
        base.CheckOptions(group);
        RequireShare(group["betas.0"], "betas", "β₁");
        RequireShare(group["betas.1"], "betas", "β₂");
        RequireNotNegative(group["eps"], "epsilon", "ε");
        RequireNotNegative(group["weight_decay"], "weightDecay", "the weight decay");
    }
}
