namespace MyTorch.Operations;

public sealed partial class SoftmaxCrossEntropy(Tensor logits, Tensor labels) : Operation(logits)
{
    // Through the log-softmax, which subtracts the largest logit first: log Σ − xₖ would lose a small loss beside large logits.
    protected override Tensor Forward()
    {
        Tensor shifted = X - X.AMax(1, keepDim: true);
        Tensor ofTheClass = (shifted * labels.OneHot(X.Shape[1], X.DType)).Sum(1);
        return shifted.Exp().Sum(1).Log() - ofTheClass;
    }

    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor weights = (X - X.AMax(1, keepDim: true)).Exp();
        Tensor probabilities = weights / weights.Sum(1, keepDim: true);
        Tensor difference = probabilities - labels.OneHot(X.Shape[1], X.DType);
        return [difference * gradient.Reshape([-1, 1])];
    }
}
