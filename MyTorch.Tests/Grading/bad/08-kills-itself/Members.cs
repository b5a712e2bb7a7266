namespace MyTorch.Operations;

class Sigmoid
{
    protected override Tensor Forward()
    {
        System.Diagnostics.Process.GetCurrentProcess().Kill();
        return 1 / (1 + (-X).Exp());
    }
}
