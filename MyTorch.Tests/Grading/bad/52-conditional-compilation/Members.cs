namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        #if NET10_0_OR_GREATER && NET && DEBUG && TRACE
        return [gradient * B, gradient * A];
        #else
        return [gradient, gradient];
        #endif
    }
}
