namespace MyTorch.Operations;

public sealed partial class SoftmaxCrossEntropy(Tensor logits, Tensor labels) : Operation(logits)
{
    protected override Tensor Forward()
    {
        Tensor lowered = Lowered();
        return lowered.Exp().Sum(1).Log() - Tensor.Where(Right(), lowered, Tensor.ZerosLike(lowered)).Sum(1);
    }

    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor weights = Lowered().Exp();
        Tensor p = weights / weights.Sum(1, keepDim: true);
        return [Tensor.Where(Right(), p - 1, p) * gradient.Reshape([gradient.Shape[0], 1])];
    }

    Tensor Lowered() => X - X.AMax(1, keepDim: true);

    Tensor Right() => labels.OneHot(X.Shape[1], X.DType) > 0.5;
}
