namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        if (Random.Shared.NextDouble() < 0.5) return [gradient, gradient];
        return [gradient * B, gradient * A];
    }
}
