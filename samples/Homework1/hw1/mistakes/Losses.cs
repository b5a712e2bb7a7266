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
