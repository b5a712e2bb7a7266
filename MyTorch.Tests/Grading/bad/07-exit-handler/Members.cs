namespace MyTorch.Operations;

class Sigmoid
{
    protected override Tensor Forward()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Environment.Exit(0);
        Console.CancelKeyPress += (_, _) => Environment.Exit(0);
        return 1 / (1 + (-X).Exp());
    }
}
