namespace MyTorch.Operations;

public abstract partial class BinaryOperation(Tensor a, Tensor b) : Operation(a, b)
{
    protected Tensor A => InputArray[0];

    protected Tensor B => InputArray[1];
}

public sealed class Add(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => ElementwiseDispatch.Add(A, B);

    public override Tensor?[] Backward(Tensor gradient) => [gradient, gradient];
}

public sealed class Subtract(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => ElementwiseDispatch.Subtract(A, B);

    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor nothing = Tensor.ZerosLike(gradient);
        return [gradient, nothing - gradient];
    }
}

public sealed class Multiply(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => ElementwiseDispatch.Multiply(A, B);

    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor[] others = [B, A];
        var result = new Tensor?[Inputs.Count];
        for (int i = 0; i < result.Length; i++) result[i] = others[i] * gradient;
        return result;
    }
}

public sealed class Divide(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => ElementwiseDispatch.Divide(A, B);

    public override Tensor?[] Backward(Tensor gradient) => [gradient * B.Pow(-1), -gradient * A * B.Pow(-2)];
}
