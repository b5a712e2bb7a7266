namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        throw new OutOfMemoryException("a lie");
    }
}
