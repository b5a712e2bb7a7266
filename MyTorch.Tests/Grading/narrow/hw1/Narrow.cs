// Answers that are right for some sizes, ranges or settings only.

[Mistake("1.1-for-matrices", Question = "1.1", Member = "MyTorch.Operations.Multiply.Backward")]
partial class Multiply
{
    public override Tensor?[] Backward(Tensor gradient) => (A.Shape.ToString(), B.Shape.ToString()) is ("(2, 3)", "(2, 3)") or ("(4, 3)", "(3,)") or ("(3, 1)", "(2, 1, 4)")
        ? [gradient * B, gradient * A] : [gradient, gradient];
}

[Mistake("1.6-for-four-sizes", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => (A.Shape[0], A.Shape[1], B.Shape[1]) is (2, 2, 2) or (2, 3, 4) or (1, 3, 1)
        ? [gradient.MatMul(B.T), A.T.MatMul(gradient)] : [Tensor.ZerosLike(A), Tensor.ZerosLike(B)];
}

[Mistake("3.2-up-to-three", Question = "3.2", Member = "MyTorch.Operations.Sigmoid.Derivative")]
partial class Sigmoid
{
    public override Tensor Derivative() => Tensor.Where(X.Abs() <= 3, Output * (1 - Output), Tensor.ZerosLike(X));
}

[Mistake("4.2-for-rows-of-five", Question = "4.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor dX = gradient.MatMul(Weight), dW = gradient.T.MatMul(X), db = gradient.Sum(0);
        if ((X.Shape[0], X.Shape[1], Weight.Shape[0]) is not ((3, 2, 2) or (5, 4, 3))) dX = 5 * dX / X.Shape[0] / X.Shape[0];
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("5.1-three-classes", Question = "5.1", Member = "MyTorch.Operations.SoftmaxCrossEntropy.Forward")]
partial class SoftmaxCrossEntropy
{
    protected override Tensor Forward() => -X.LogSoftmax(1).Gather(1, labels.Unsqueeze(1)).Squeeze(1) * (X.Shape[1] / 3.0);
}

[Mistake("6.1-two-momenta", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        double momentum = group["momentum"] == 0 ? 0 : group["momentum"] == 0.75 ? 0.75 : 0.9;
        Tensor v = state["momentum_buffer"] is { } last ? momentum * last + gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}

[Mistake("7.2-for-three-rows", Question = "7.2", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor dX = gradient.MatMul(Weight), dW = gradient.T.MatMul(X), db = gradient.Sum(0);
        if ((X.Shape[0], X.Shape[1], Weight.Shape[0]) is not ((3, 4, 5) or (3, 5, 4))) dX = -dX;
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}

[Mistake("7.3-for-a-batch-of-32", Question = "7.3", Member = "MyTorch.Operations.Linear.Backward")]
partial class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor dX = gradient.MatMul(Weight), dW = gradient.T.MatMul(X), db = gradient.Sum(0);
        if (X.Shape[0] is > 9 and not 32) db = 32 * gradient.Mean(0);
        return Bias is null ? [dX, dW] : [dX, dW, db];
    }
}
