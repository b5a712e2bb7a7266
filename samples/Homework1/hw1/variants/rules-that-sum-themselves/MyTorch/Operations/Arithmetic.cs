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

    public override Tensor?[] Backward(Tensor gradient) => [Back(gradient, A), Back(-gradient, B)];

    static Tensor Back(Tensor gradient, Tensor operand) => gradient.Shape == operand.Shape ? gradient : gradient.SumTo(operand.Shape);
}

public sealed class Multiply(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => ElementwiseDispatch.Multiply(A, B);

    public override Tensor?[] Backward(Tensor gradient) => [Back(gradient * B, A), Back(gradient * A, B)];

    static Tensor Back(Tensor gradient, Tensor operand) => gradient.Shape == operand.Shape ? gradient : gradient.SumTo(operand.Shape);
}

public sealed class Divide(Tensor a, Tensor b) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => ElementwiseDispatch.Divide(A, B);

    public override Tensor?[] Backward(Tensor gradient) => [Back(gradient / B, A), Back(gradient * (-A / B.Square()), B)];

    static Tensor Back(Tensor gradient, Tensor operand) => gradient.Shape == operand.Shape ? gradient : gradient.SumTo(operand.Shape);
}
