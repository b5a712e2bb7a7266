// Wrong networks of parts 3 to 5.

[Mistake("3.1-no-activation", Question = "3.1", Member = "MyTorch.Layers.MLP0.Forward")]
partial class MLP0
{
    public override Tensor Forward(Tensor a) => Layers[0].Forward(a);
}

[Mistake("3.1-activation-first", Question = "3.1", Member = "MyTorch.Layers.MLP0.Forward")]
partial class MLP0
{
    public override Tensor Forward(Tensor a) => Layers[0].Forward(Layers[1].Forward(a));
}

[Mistake("3.2-activation-skipped", Question = "3.2", Member = "MyTorch.Layers.MLP0.Backward")]
partial class MLP0
{
    public override Tensor Backward(Tensor dLdZ) => Layers[0].Backward(dLdZ);
}

[Mistake("3.2-stops-at-the-activation", Question = "3.2", Member = "MyTorch.Layers.MLP0.Backward")]
partial class MLP0
{
    public override Tensor Backward(Tensor dLdZ) => Layers[1].Backward(dLdZ);
}

[Mistake("4.1-no-inner-activation", Question = "4.1", Member = "MyTorch.Layers.MLP1.Forward")]
partial class MLP1
{
    public override Tensor Forward(Tensor a) => Layers[3].Forward(Layers[2].Forward(Layers[0].Forward(a)));
}

[Mistake("4.1-no-last-activation", Question = "4.1", Member = "MyTorch.Layers.MLP1.Forward")]
partial class MLP1
{
    public override Tensor Forward(Tensor a) => Layers[2].Forward(Layers[1].Forward(Layers[0].Forward(a)));
}

[Mistake("4.2-inner-activation-skipped", Question = "4.2", Member = "MyTorch.Layers.MLP1.Backward")]
partial class MLP1
{
    public override Tensor Backward(Tensor dLdZ) => Layers[0].Backward(Layers[2].Backward(Layers[3].Backward(dLdZ)));
}

[Mistake("4.2-last-activation-skipped", Question = "4.2", Member = "MyTorch.Layers.MLP1.Backward")]
partial class MLP1
{
    public override Tensor Backward(Tensor dLdZ) => Layers[0].Backward(Layers[1].Backward(Layers[2].Backward(dLdZ)));
}

[Mistake("4.2-first-layer-left-out", Question = "4.2", Member = "MyTorch.Layers.MLP1.Backward")]
partial class MLP1
{
    public override Tensor Backward(Tensor dLdZ) => Layers[2].Backward(Layers[3].Backward(dLdZ));
}

[Mistake("5.1-last-layer-left-out", Question = "5.1", Member = "MyTorch.Layers.MLP4.Forward")]
partial class MLP4
{
    public override Tensor Forward(Tensor a)
    {
        for (int i = 0; i < Layers.Count - 1; i++) a = Layers[i].Forward(a);
        return a;
    }
}

[Mistake("5.2-first-layer-left-out", Question = "5.2", Member = "MyTorch.Layers.MLP4.Backward")]
partial class MLP4
{
    public override Tensor Backward(Tensor dLdZ)
    {
        for (int i = Layers.Count - 1; i > 0; i--) dLdZ = Layers[i].Backward(dLdZ);
        return dLdZ;
    }
}

[Mistake("5.2-last-layer-left-out", Question = "5.2", Member = "MyTorch.Layers.MLP4.Backward")]
partial class MLP4
{
    public override Tensor Backward(Tensor dLdZ)
    {
        for (int i = Layers.Count - 2; i >= 0; i--) dLdZ = Layers[i].Backward(dLdZ);
        return dLdZ;
    }
}
