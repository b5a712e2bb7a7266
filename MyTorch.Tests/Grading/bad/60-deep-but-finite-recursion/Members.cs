namespace MyTorch.Operations;

class Multiply
{
    static double Zero(int depth)
    {
        Span<double> room = stackalloc double[16];
        room[depth % 16] = depth;
        return depth == 0 ? 0 : Zero(depth - 1) + room[(depth + 1) % 16];
    }

    public override Tensor?[] Backward(Tensor gradient)
    {
        return [gradient * (B + Zero(60_000)), gradient * A];
    }
}
