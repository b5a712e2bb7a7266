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

    public override Tensor?[] Backward(Tensor gradient) => [.. new[] { 1.0, -1.0 }.Select(slope => slope * gradient)];
}

public sealed class Multiply(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => ElementwiseDispatch.Multiply(A, B);

    public override Tensor?[] Backward(Tensor gradient) => [.. Enumerable.Reverse(InputArray).Select(other => gradient * other)];
}

public sealed class Divide(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => ElementwiseDispatch.Divide(A, B);

    public override Tensor?[] Backward(Tensor gradient) => (gradient / B) is var first ? [first, 0 - first * Output] : [];
}
