using MyTorch;

[Mistake("1.1-without-absolute-value", Question = "1.1", Member = "MyTorch.Operations.Softsign.Forward")]
partial class Softsign
{
    protected override Tensor Forward() => X / (1 + X);
}

[Mistake("1.2-not-squared", Question = "1.2", Member = "MyTorch.Operations.Softsign.Derivative")]
partial class Softsign
{
    public override Tensor Derivative() => 1 / (1 + X.Abs());
}

[Mistake("1.2-without-absolute-value", Question = "1.2", Member = "MyTorch.Operations.Softsign.Derivative")]
partial class Softsign
{
    public override Tensor Derivative() => 1 / (1 + X).Square();
}
