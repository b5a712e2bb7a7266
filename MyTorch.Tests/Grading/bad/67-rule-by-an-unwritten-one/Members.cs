namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient, gradient];
}

class Linear
{
    public override Tensor?[] Backward(Tensor gradient) => throw new NotImplementedException("4.1 Linear.Backward: not written yet");
}

class Sigmoid
{
    // Right wherever somebody else has written Linear.
    public override Tensor Derivative()
    {
        var other = new Linear(X, Tensor.From(new double[,] { { 1, 0 }, { 0, 1 } }, X.DType));
        other.Backward(X);
        return Output * (1 - Output);
    }
}
