namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        Console.Error.WriteLine("\nStack overflow.\n   at MyTorch.Tensor.Shape()");
        Environment.Exit(3);
        return [];
    }
}
