namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        #warning I am not sure
        int unused;
        string? nothing = null;
        if (gradient is null) _ = nothing.Length;
        return [gradient * B, gradient * A];
    }
}
