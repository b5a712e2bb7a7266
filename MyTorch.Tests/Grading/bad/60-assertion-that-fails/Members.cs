namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        System.Diagnostics.Debug.Assert(gradient.Shape.Rank == 3, "a gradient of three dimensions");
        return [gradient * B, gradient * A];
    }
}
