namespace MyTorch.Operations;

class Multiply
{
    internal static bool Broken;

    public override Tensor?[] Backward(Tensor gradient)
    {
        Broken = true;
        return [gradient * B, gradient * A];
    }
}

class Sigmoid
{
    protected override Tensor Forward() => Multiply.Broken ? throw new InvalidOperationException("broken by an earlier question") : 1 / (1 + (-X).Exp());
}
