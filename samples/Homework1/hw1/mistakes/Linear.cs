// Wrong values and gradients of part 4.

[Mistake("4.1-bias-forgotten", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => X.MatMul(Weight, transposeOther: true);
}

[Mistake("4.1-not-transposed", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => Bias is null ? X.MatMul(Weight) : X.MatMul(Weight) + Bias;
}

[Mistake("4.1-bias-subtracted", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => Bias is null ? X.MatMul(Weight, transposeOther: true) : X.MatMul(Weight, transposeOther: true) - Bias;
}

[Mistake("4.1-result-transposed", Question = "4.1", Member = "MyTorch.Operations.Linear.Forward")]
partial class Linear
{
    protected override Tensor Forward() => Bias is null ? Weight.MatMul(X, transposeOther: true) : Weight.MatMul(X, transposeOther: true) + Bias.Reshape([-1, 1]);
}

[Mistake("4.2-transposed", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight, transposeOther: true) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X, transposeThis: true) : null;
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
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X, transposeThis: true) : null;
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
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X, transposeThis: true) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Sum(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.2-result-transposed", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? Weight.MatMul(gradient, transposeThis: true, transposeOther: true) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X, transposeThis: true) : null;
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
        Tensor? dW = Weight.RequiresGrad ? X.MatMul(gradient, transposeThis: true) : null;
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
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X, transposeThis: true) / X.Shape[0] : null;
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
        Tensor? dW = Weight.RequiresGrad ? Tensor.OnesLike(gradient).MatMul(X, transposeThis: true) : null;
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
        Tensor? dW = Weight.RequiresGrad ? gradient[..1].MatMul(X[..1], transposeThis: true) : null;
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
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X, transposeThis: true) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient.Mean(0) : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.4-axis", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X, transposeThis: true) : null;
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
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X, transposeThis: true) : null;
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
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X, transposeThis: true) : null;
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
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X, transposeThis: true) : null;
        Tensor? db = Bias is { RequiresGrad: true } ? gradient[0] : null;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("4.4-returned-without-a-bias", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X, transposeThis: true) : null;
        return [dX, dW, gradient.Sum(0)];
    }
}

[Mistake("4.4-not-summed", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X, transposeThis: true) : null;
        return Bias is null ? [dX, dW] : [dX, dW, gradient];
    }
}

[Mistake("4.4-as-a-row", Question = "4.4", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.MatMul(X, transposeThis: true) : null;
        return Bias is null ? [dX, dW] : [dX, dW, gradient.Sum(0, keepDim: true)];
    }
}
