namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Span<byte> large = stackalloc byte[1 << 30];
        large[^1] = 1;
        return [gradient * B, gradient * A];
    }
}
