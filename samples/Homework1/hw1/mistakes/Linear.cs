// Wrong values and gradients of part 4.

[Mistake("4.1-bias-forgotten", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => X.MatMul(Weight.T);
}

[Mistake("4.1-not-transposed", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => Bias is null ? X.MatMul(Weight) : X.MatMul(Weight) + Bias;
}

[Mistake("4.1-bias-subtracted", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => Bias is null ? X.MatMul(Weight.T) : X.MatMul(Weight.T) - Bias;
}

[Mistake("4.1-result-transposed", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => Bias is null ? Weight.MatMul(X.T) : Weight.MatMul(X.T) + Bias.Unsqueeze(1);
}

[Right("linear", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => Bias is null ? X.MatMul(Weight.T) : X.MatMul(Weight.T) + Bias;
}

[Mistake("4.1-always-a-bias", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => X.MatMul(Weight.T) + Bias;
}

[Mistake("4.1-bias-for-each-example", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => Bias is null ? X.MatMul(Weight.T) : X.MatMul(Weight.T) + Bias.Unsqueeze(1);
}

[Mistake("4.1-weight-first", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => Bias is null ? Weight.MatMul(X) : Weight.MatMul(X) + Bias;
}

[Mistake("4.1-bias-divided-by-batch", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => Bias is null ? X.MatMul(Weight.T) : X.MatMul(Weight.T) + Bias / X.Shape[0];
}

[Right("linear-gradients", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.2-transposed", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight.T) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.2-divided-by-batch", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) / X.Shape[0] : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.2-upstream-ignored", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? Tensor.OnesLike(gradient).MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.2-result-transposed", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? Weight.T.MatMul(gradient.T) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.2-weight-first", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? Weight.MatMul(gradient) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.2-sum-of-rows", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight).Sum(0) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.2-same-for-all", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.Sum(0, keepDim: true).MatMul(Weight) * Tensor.OnesLike(X) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.3-transposed", Question = "4.3", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? X.T.MatMul(gradient) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.3-divided-by-batch", Question = "4.3", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) / X.Shape[0] : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.3-upstream-ignored", Question = "4.3", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? Tensor.OnesLike(gradient).T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.3-first-row-only", Question = "4.3", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient[..1].T.MatMul(X[..1]) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.3-not-transposed", Question = "4.3", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.3-input-first", Question = "4.3", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? X.MatMul(gradient.T) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.3-reshaped", Question = "4.3", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? X.T.MatMul(gradient).Reshape([Weight.Shape[0], Weight.Shape[1]]) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.3-weight-for-input", Question = "4.3", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(gradient.MatMul(Weight)) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.4-mean", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) / gradient.Shape[0] : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.4-axis", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(1) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.4-all", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum() : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.4-upstream-ignored", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? Tensor.OnesLike(gradient).Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.4-first-row-only", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient[0] : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.4-not-summed", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.4-as-a-row", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0, keepDim: true) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.4-times-the-bias", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) * Bias : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.4-always-a-bias", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias!.RequiresGrad ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.4-returned-without-a-bias", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return [dX, dW, db];
    }
}

[Mistake("4.2-order", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor dX = gradient.MatMul(Weight);
        Tensor dW = gradient.T.MatMul(X);
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dW, dX] : [dW, dX, db];
    }
}

[Mistake("4.3-order", Question = "4.3", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor dX = gradient.MatMul(Weight);
        Tensor dW = gradient.T.MatMul(X);
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dW, dX] : [dW, dX, db];
    }
}

[Mistake("4.1-bias-twice", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => Bias is null ? X.MatMul(Weight.T) : X.MatMul(Weight.T) + 2 * Bias;
}

[Mistake("4.4-times-the-bias 4.4-always-a-bias", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        Tensor db = gradient.Sum(0) * Bias;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Right("linear-gradients-always", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor dX = gradient.MatMul(Weight);
        Tensor dW = gradient.T.MatMul(X);
        Tensor db = gradient.Sum(0);
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.2-transposed", Form = "always", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor dX = gradient.MatMul(Weight.T);
        Tensor dW = gradient.T.MatMul(X);
        Tensor db = gradient.Sum(0);
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.3-not-transposed", Form = "always", Question = "4.3", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor dX = gradient.MatMul(Weight);
        Tensor dW = gradient.MatMul(X);
        Tensor db = gradient.Sum(0);
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}
