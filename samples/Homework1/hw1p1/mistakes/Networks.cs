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

[Mistake("3.2-forwards", Question = "3.2", Member = "MyTorch.Layers.MLP0.Backward")]
partial class MLP0
{
    public override Tensor Backward(Tensor dLdZ) => Layers[1].Backward(Layers[0].Backward(dLdZ));
}

[Mistake("4.1-output-of-the-first-layer", Question = "4.1", Member = "MyTorch.Layers.MLP1.Forward")]
partial class MLP1
{
    public override Tensor Forward(Tensor a) => Layers[1].Forward(Layers[0].Forward(a));
}

[Mistake("4.2-forwards", Question = "4.2", Member = "MyTorch.Layers.MLP1.Backward")]
partial class MLP1
{
    public override Tensor Backward(Tensor dLdZ)
    {
        foreach (Layer layer in Layers) dLdZ = layer.Backward(dLdZ);
        return dLdZ;
    }
}

[Mistake("4.2-forward-called", Question = "4.2", Member = "MyTorch.Layers.MLP1.Backward")]
partial class MLP1
{
    public override Tensor Backward(Tensor dLdZ)
    {
        foreach (Layer layer in Layers) dLdZ = layer.Forward(dLdZ);
        return dLdZ;
    }
}

[Mistake("5.1-not-handed-on", Question = "5.1", Member = "MyTorch.Layers.MLP4.Forward")]
partial class MLP4
{
    public override Tensor Forward(Tensor a)
    {
        Tensor output = a;
        for (int i = 0; i < Layers.Count; i++) output = i == 0 ? Layers[i].Forward(a) : output;
        return output;
    }
}

[Mistake("5.1-no-activations", Question = "5.1", Member = "MyTorch.Layers.MLP4.Forward")]
partial class MLP4
{
    public override Tensor Forward(Tensor a)
    {
        for (int i = 0; i < Layers.Count; i += 2) a = Layers[i].Forward(a);
        return a;
    }
}

[Mistake("5.1-last-two-left-out", Question = "5.1", Member = "MyTorch.Layers.MLP4.Forward")]
partial class MLP4
{
    public override Tensor Forward(Tensor a)
    {
        for (int i = 0; i < Layers.Count - 2; i++) a = Layers[i].Forward(a);
        return a;
    }
}

[Mistake("5.2-forwards", Question = "5.2", Member = "MyTorch.Layers.MLP4.Backward")]
partial class MLP4
{
    public override Tensor Backward(Tensor dLdZ)
    {
        foreach (Layer layer in Layers) dLdZ = layer.Backward(dLdZ);
        return dLdZ;
    }
}

[Mistake("5.2-forward-called", Question = "5.2", Member = "MyTorch.Layers.MLP4.Backward")]
partial class MLP4
{
    public override Tensor Backward(Tensor dLdZ)
    {
        foreach (Layer layer in Layers) dLdZ = layer.Forward(dLdZ);
        return dLdZ;
    }
}

[Mistake("5.2-no-activations", Question = "5.2", Member = "MyTorch.Layers.MLP4.Backward")]
partial class MLP4
{
    public override Tensor Backward(Tensor dLdZ)
    {
        for (int i = Layers.Count - 2; i >= 0; i -= 2) dLdZ = Layers[i].Backward(dLdZ);
        return dLdZ;
    }
}

[Mistake("4.2-gradient-returned", Question = "4.2", Member = "MyTorch.Layers.MLP1.Backward")]
partial class MLP1
{
    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor gradient = dLdZ;
        for (int i = Layers.Count - 1; i >= 0; i--) gradient = Layers[i].Backward(gradient);
        return dLdZ;
    }
}

[Mistake("5.2-gradient-returned", Question = "5.2", Member = "MyTorch.Layers.MLP4.Backward")]
partial class MLP4
{
    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor gradient = dLdZ;
        for (int i = Layers.Count - 1; i >= 0; i--) gradient = Layers[i].Backward(gradient);
        return dLdZ;
    }
}

[Mistake("5.2-not-chained", Question = "5.2", Member = "MyTorch.Layers.MLP4.Backward")]
partial class MLP4
{
    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor gradient = dLdZ;
        for (int i = Layers.Count - 1; i >= 0; i--) gradient = Layers[i].Backward(dLdZ);
        return gradient;
    }
}

[Mistake("3.1-linear-left-out", Question = "3.1", Member = "MyTorch.Layers.MLP0.Forward")]
partial class MLP0
{
    public override Tensor Forward(Tensor a) => Layers[1].Forward(a);
}

[Mistake("3.2-forward-called", Question = "3.2", Member = "MyTorch.Layers.MLP0.Backward")]
partial class MLP0
{
    public override Tensor Backward(Tensor dLdZ) => Layers[0].Forward(Layers[1].Forward(dLdZ));
}

[Mistake("3.2-gradient-returned", Question = "3.2", Member = "MyTorch.Layers.MLP0.Backward")]
partial class MLP0
{
    public override Tensor Backward(Tensor dLdZ)
    {
        Layers[0].Backward(Layers[1].Backward(dLdZ));
        return dLdZ;
    }
}

[Mistake("3.2-activation-skipped 3.2-gradient-returned", Question = "3.2", Member = "MyTorch.Layers.MLP0.Backward")]
partial class MLP0
{
    public override Tensor Backward(Tensor dLdZ)
    {
        Layers[0].Backward(dLdZ);
        return dLdZ;
    }
}

[Right("mlp1-nested", Question = "4.1", Member = "MyTorch.Layers.MLP1.Forward")]
partial class MLP1
{
    public override Tensor Forward(Tensor a) => Layers[3].Forward(Layers[2].Forward(Layers[1].Forward(Layers[0].Forward(a))));
}

[Right("mlp1-nested-back", Question = "4.2", Member = "MyTorch.Layers.MLP1.Backward")]
partial class MLP1
{
    public override Tensor Backward(Tensor dLdZ) => Layers[0].Backward(Layers[1].Backward(Layers[2].Backward(Layers[3].Backward(dLdZ))));
}

[Right("mlp1-loop-back", Question = "4.2", Member = "MyTorch.Layers.MLP1.Backward")]
partial class MLP1
{
    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor gradient = dLdZ;
        for (int i = Layers.Count - 1; i >= 0; i--) gradient = Layers[i].Backward(gradient);
        return gradient;
    }
}

[Mistake("4.2-loop-ends-early", Question = "4.2", Member = "MyTorch.Layers.MLP1.Backward")]
partial class MLP1
{
    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor gradient = dLdZ;
        for (int i = Layers.Count - 1; i > 0; i--) gradient = Layers[i].Backward(gradient);
        return gradient;
    }
}

[Mistake("4.2-last-activation-skipped", Form = "loop", Question = "4.2", Member = "MyTorch.Layers.MLP1.Backward")]
partial class MLP1
{
    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor gradient = dLdZ;
        for (int i = Layers.Count - 2; i >= 0; i--) gradient = Layers[i].Backward(gradient);
        return gradient;
    }
}

[Right("mlp4-loop-back", Question = "5.2", Member = "MyTorch.Layers.MLP4.Backward")]
partial class MLP4
{
    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor gradient = dLdZ;
        for (int i = Layers.Count - 1; i >= 0; i--) gradient = Layers[i].Backward(gradient);
        return gradient;
    }
}

[Mistake("5.2-first-layer-left-out", Form = "gradient", Question = "5.2", Member = "MyTorch.Layers.MLP4.Backward")]
partial class MLP4
{
    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor gradient = dLdZ;
        for (int i = Layers.Count - 1; i > 0; i--) gradient = Layers[i].Backward(gradient);
        return gradient;
    }
}

[Mistake("5.2-last-layer-left-out", Form = "gradient", Question = "5.2", Member = "MyTorch.Layers.MLP4.Backward")]
partial class MLP4
{
    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor gradient = dLdZ;
        for (int i = Layers.Count - 2; i >= 0; i--) gradient = Layers[i].Backward(gradient);
        return gradient;
    }
}
