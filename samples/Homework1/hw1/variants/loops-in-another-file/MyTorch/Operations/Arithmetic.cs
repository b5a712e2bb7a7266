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

    public override Tensor?[] Backward(Tensor gradient) => [gradient, MyLoops.Each(gradient, g => -g)];
}

public sealed class Multiply(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => ElementwiseDispatch.Multiply(A, B);

    public override Tensor?[] Backward(Tensor gradient) => [MyLoops.Each(gradient, A, B, (g, a, b) => g * b), MyLoops.Each(gradient, A, B, (g, a, b) => g * a)];
}

public sealed class Divide(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => ElementwiseDispatch.Divide(A, B);

    public override Tensor?[] Backward(Tensor gradient) => [MyLoops.Each(gradient, A, B, (g, a, b) => g / b), MyLoops.Each(gradient, A, B, (g, a, b) => -g * a / b / b)];
}
