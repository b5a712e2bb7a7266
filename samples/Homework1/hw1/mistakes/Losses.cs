// Wrong values and gradients of part 5.

[Mistake("5.1-mean", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -X.LogSoftmax(1).Gather(1, labels.Unsqueeze(1)).Mean();
}

[Mistake("5.1-sum", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -X.LogSoftmax(1).Gather(1, labels.Unsqueeze(1)).Sum();
}

[Mistake("5.1-divided-by-batch", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -X.LogSoftmax(1).Gather(1, labels.Unsqueeze(1)).Squeeze(1) / X.Shape[0];
}

[Mistake("5.1-sign", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => X.LogSoftmax(1).Gather(1, labels.Unsqueeze(1)).Squeeze(1);
}

[Mistake("5.1-logarithm-forgotten", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -X.Softmax(1).Gather(1, labels.Unsqueeze(1)).Squeeze(1);
}

[Mistake("5.1-softmax-forgotten", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -X.Gather(1, labels.Unsqueeze(1)).Squeeze(1);
}

[Mistake("5.1-axis", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -X.LogSoftmax(0).Gather(1, labels.Unsqueeze(1)).Squeeze(1);
}

[Mistake("5.1-all-classes", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -X.LogSoftmax(1).Sum(1);
}

[Mistake("5.1-labels-first", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -(X.Softmax(1) * (labels.OneHot(X.Shape[1], X.DType) + 1e-12).Log()).Sum(1);
}

[Mistake("5.1-overflow", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => X.Exp().Sum(1).Log() - X.Gather(1, labels.Unsqueeze(1)).Squeeze(1);
}

[Mistake("5.2-sign", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Unsqueeze(1) * (labels.OneHot(X.Shape[1], X.DType) - X.Softmax(1))];
}

[Mistake("5.2-divided-by-batch", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Unsqueeze(1) * (X.Softmax(1) - labels.OneHot(X.Shape[1], X.DType)) / X.Shape[0]];
}

[Mistake("5.2-upstream-ignored", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [X.Softmax(1) - labels.OneHot(X.Shape[1], X.DType)];
}

[Mistake("5.2-onehot-forgotten", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Unsqueeze(1) * X.Softmax(1)];
}

[Mistake("5.2-softmax-forgotten", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Unsqueeze(1) * (X - labels.OneHot(X.Shape[1], X.DType))];
}

[Mistake("5.2-axis", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Unsqueeze(1) * (X.Softmax(0) - labels.OneHot(X.Shape[1], X.DType))];
}

[Mistake("5.2-upstream-along-columns", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * (X.Softmax(1) - labels.OneHot(X.Shape[1], X.DType))];
}

[Mistake("5.2-of-the-probability-alone", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Unsqueeze(1) * -(labels.OneHot(X.Shape[1], X.DType) / X.Softmax(1))];
}

[Mistake("5.1-rounded-to-zero", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -X.Softmax(1).Gather(1, labels.Unsqueeze(1)).Squeeze(1).Log();
}

[Mistake("5.1-zero-times-infinity", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -(labels.OneHot(X.Shape[1], X.DType) * X.Softmax(1).Log()).Sum(1);
}

[Mistake("5.1-largest-from-one-term", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => (X - X.AMax(1, keepDim: true)).Exp().Sum(1).Log() - X.Gather(1, labels.Unsqueeze(1)).Squeeze(1);
}

[Right("cross-entropy", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -X.LogSoftmax(1).Gather(1, labels.Unsqueeze(1)).Squeeze(1);
}

[Mistake("5.1-overflow-in-the-quotient", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -(X.Exp() / X.Exp().Sum(1, keepDim: true)).Gather(1, labels.Unsqueeze(1)).Squeeze(1).Log();
}

[Mistake("5.1-labels-as-numbers", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -(labels.To(X.DType).Unsqueeze(1) * X.LogSoftmax(1)).Sum(1);
}

[Mistake("5.1-largest-of-the-column", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() =>
        (X - X.AMax(0, keepDim: true)).Exp().Sum(1).Log() - (X - X.AMax(0, keepDim: true)).Gather(1, labels.Unsqueeze(1)).Squeeze(1);
}

[Mistake("5.1-largest-class", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -X.LogSoftmax(1).AMax(1);
}

[Mistake("5.1-as-a-column", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -X.LogSoftmax(1).Gather(1, labels.Unsqueeze(1));
}

[Right("cross-entropy-slope", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Unsqueeze(1) * (X.Softmax(1) - labels.OneHot(X.Shape[1], X.DType))];
}

[Mistake("5.2-upstream-ignored-and-divided", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [(X.Softmax(1) - labels.OneHot(X.Shape[1], X.DType)) / X.Shape[0]];
}

[Mistake("5.2-parentheses", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Unsqueeze(1) * X.Softmax(1) - labels.OneHot(X.Shape[1], X.DType)];
}

[Mistake("5.2-log-softmax", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Unsqueeze(1) * (X.LogSoftmax(1) - labels.OneHot(X.Shape[1], X.DType))];
}

[Mistake("5.2-as-sigmoid", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Unsqueeze(1) * (X.Softmax(1) * (1 - X.Softmax(1)))];
}

[Mistake("5.2-times-the-loss", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) =>
        [gradient.Unsqueeze(1) * Output.Unsqueeze(1) * (X.Softmax(1) - labels.OneHot(X.Shape[1], X.DType))];
}

[Mistake("5.2-exponential-for-softmax", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Unsqueeze(1) * (X.Exp() - labels.OneHot(X.Shape[1], X.DType))];
}

[Mistake("5.2-labels-as-numbers", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Unsqueeze(1) * (X.Softmax(1) - labels.To(X.DType).Unsqueeze(1))];
}

[Mistake("5.2-averaged-over-the-classes", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) =>
        [gradient.Unsqueeze(1) * (X.Softmax(1) - labels.OneHot(X.Shape[1], X.DType)) / X.Shape[1]];
}

[Mistake("5.1-sign-of-the-class", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward()
    {
        Tensor z = X - X.AMax(1, keepDim: true);
        return z.Exp().Sum(1).Log() + z.Gather(1, labels.Unsqueeze(1)).Squeeze(1);
    }
}

[Mistake("5.1-sum-without-logarithm", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward()
    {
        Tensor z = X - X.AMax(1, keepDim: true);
        return z.Exp().Sum(1) - z.Gather(1, labels.Unsqueeze(1)).Squeeze(1);
    }
}

[Mistake("5.1-sum-of-all-rows", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward()
    {
        Tensor z = X - X.AMax(1, keepDim: true);
        return z.Exp().Sum().Log() - z.Gather(1, labels.Unsqueeze(1)).Squeeze(1);
    }
}

[Mistake("5.1-all-logits-subtracted", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward()
    {
        Tensor z = X - X.AMax(1, keepDim: true);
        return z.Exp().Sum(1).Log() - z.Sum(1);
    }
}

[Mistake("5.2-axis-of-the-sum", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor e = (X - X.AMax(1, keepDim: true)).Exp();
        return [gradient.Unsqueeze(1) * (e / e.Sum(0, keepDim: true) - labels.OneHot(X.Shape[1], X.DType))];
    }
}

[Mistake("5.2-exponential-of-the-shifted", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor e = (X - X.AMax(1, keepDim: true)).Exp();
        return [gradient.Unsqueeze(1) * (e - labels.OneHot(X.Shape[1], X.DType))];
    }
}

[Mistake("5.2-overflow", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor e = X.Exp();
        return [gradient.Unsqueeze(1) * (e / e.Sum(1, keepDim: true) - labels.OneHot(X.Shape[1], X.DType))];
    }
}

[Mistake("5.2-upstream-summed", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.Sum() * (X.Softmax(1) - labels.OneHot(X.Shape[1], X.DType))];
}

[Right("cross-entropy-shifted", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward()
    {
        Tensor z = X - X.AMax(1, keepDim: true);
        return z.Exp().Sum(1).Log() - z.Gather(1, labels.Unsqueeze(1)).Squeeze(1);
    }
}

[Right("cross-entropy-gathered", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward()
    {
        Tensor z = X - X.AMax(1, keepDim: true);
        return (z.Exp().Sum(1, keepDim: true).Log() - z).Gather(1, labels.Unsqueeze(1)).Squeeze(1);
    }
}

[Mistake("5.1-axis-of-the-sum", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward()
    {
        Tensor z = X - X.AMax(1, keepDim: true);
        return (z.Exp().Sum(0, keepDim: true).Log() - z).Gather(1, labels.Unsqueeze(1)).Squeeze(1);
    }
}

[Mistake("5.1-sum-without-logarithm", Form = "gathered", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward()
    {
        Tensor z = X - X.AMax(1, keepDim: true);
        return (z.Exp().Sum(1, keepDim: true) - z).Gather(1, labels.Unsqueeze(1)).Squeeze(1);
    }
}

[Mistake("5.1-overflow", Form = "by hand", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward()
    {
        Tensor z = X;
        return z.Exp().Sum(1).Log() - z.Gather(1, labels.Unsqueeze(1)).Squeeze(1);
    }
}

[Mistake("5.1-sign", Form = "by hand", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward()
    {
        Tensor z = X - X.AMax(1, keepDim: true);
        return z.Gather(1, labels.Unsqueeze(1)).Squeeze(1) - z.Exp().Sum(1).Log();
    }
}

[Right("cross-entropy-slope-by-hand", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor e = (X - X.AMax(1, keepDim: true)).Exp();
        return [gradient.Unsqueeze(1) * (e / e.Sum(1, keepDim: true) - labels.OneHot(X.Shape[1], X.DType))];
    }
}

[Mistake("5.2-sign", Form = "by hand", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor e = (X - X.AMax(1, keepDim: true)).Exp();
        return [gradient.Unsqueeze(1) * (labels.OneHot(X.Shape[1], X.DType) - e / e.Sum(1, keepDim: true))];
    }
}

[Mistake("5.2-upstream-ignored", Form = "by hand", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor e = (X - X.AMax(1, keepDim: true)).Exp();
        return [e / e.Sum(1, keepDim: true) - labels.OneHot(X.Shape[1], X.DType)];
    }
}

[Mistake("5.2-divided-by-batch", Form = "by hand", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor e = (X - X.AMax(1, keepDim: true)).Exp();
        return [gradient.Unsqueeze(1) * (e / e.Sum(1, keepDim: true) - labels.OneHot(X.Shape[1], X.DType)) / X.Shape[0]];
    }
}

[Mistake("5.2-onehot-forgotten", Form = "by hand", Question = "5.2", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Backward")]
partial class SoftmaxCrossEntropy
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor e = (X - X.AMax(1, keepDim: true)).Exp();
        return [gradient.Unsqueeze(1) * (e / e.Sum(1, keepDim: true))];
    }
}
