namespace MyTorch.Optim;

/// <summary>
/// Adam with decoupled weight decay λ: first w ← w − η·λ·w, then the step of <see cref="Adam"/> without a penalty in the gradient.
/// </summary>
/// <remarks>As PyTorch computes it. Loshchilov and Hutter, 2019.</remarks>
/// <param name="parameters">The parameters: leaf tensors that require gradients, each once.</param>
/// <param name="learningRate">η ≥ 0, the learning rate.</param>
/// <param name="betas">β₁ and β₂, each from 0 to less than 1; null for (0.9, 0.999). The options <c>betas.0</c> and <c>betas.1</c>.</param>
/// <param name="epsilon">ε ≥ 0, against division by 0.</param>
/// <param name="weightDecay">λ ≥ 0, the weight decay.</param>
/// <param name="amsgrad">Whether to divide by the largest v so far.</param>
/// <exception cref="ArgumentException">
/// There is no parameter, one is null, comes twice or is not a leaf that requires a gradient.
/// </exception>
/// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
public sealed class AdamW(
    IEnumerable<Tensor> parameters, double learningRate = 1e-3, (double Beta1, double Beta2)? betas = null, double epsilon = 1e-8,
    double weightDecay = 0.01, bool amsgrad = false) : Adam(parameters, learningRate, betas, epsilon, weightDecay, amsgrad)
{
    private protected override bool DecaysDecoupled => true;
}
