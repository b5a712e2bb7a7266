namespace MyTorch.Operations;

public sealed partial class SoftmaxCrossEntropy(Tensor logits, Tensor labels) : Operation(logits)
{
    // Through the log-softmax, which subtracts the largest logit first: log Σ − xₖ would lose a small loss beside large logits.
    protected override Tensor Forward() => Log().Gather(1, labels.Reshape([-1, 1])).Reshape([-1]) * -1;

    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor p = Log().Exp();
        return [p * gradient.Unsqueeze(1) - labels.OneHot(p.Shape[1], p.DType) * gradient.Unsqueeze(1)];
    }

    Tensor Log() => X - X.LogSumExp(1, keepDim: true);
}
