// Wrong steps of part 6.

[Mistake("6.1-uphill", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter + group.LearningRate * v);
    }
}

[Mistake("6.1-momentum-ignored", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        parameter.CopyFrom(parameter - group.LearningRate * gradient);
    }
}

[Mistake("6.1-average-of-gradients", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        double momentum = group["momentum"];
        Tensor v = state["momentum_buffer"] is { } last ? momentum * last + (1 - momentum) * gradient : (1 - momentum) * gradient;
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}

[Mistake("6.1-momentum-on-the-gradient", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? last + group["momentum"] * gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}

[Mistake("6.1-momentum-on-the-weights", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor w = group["momentum"] == 0 ? parameter : group["momentum"] * parameter;
        parameter.CopyFrom(w - group.LearningRate * gradient);
    }
}

[Mistake("6.1-rate-in-the-velocity", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        double rate = group.LearningRate;
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + rate * gradient : rate * gradient;
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - v);
    }
}

[Mistake("6.1-one-step-late", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] ?? Tensor.ZerosLike(parameter);
        parameter.CopyFrom(parameter - group.LearningRate * v);
        state["momentum_buffer"] = group["momentum"] * v + gradient;
    }
}

[Mistake("6.1-looks-ahead", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * (gradient + group["momentum"] * v));
    }
}

[Mistake("6.1-velocity-is-the-gradient", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + gradient : gradient;
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}

[Mistake("6.1-rate-ignored", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - v);
    }
}

[Mistake("6.1-rate-of-the-first-group", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - ParameterGroups[0].LearningRate * v);
    }
}

[Mistake("6.1-average-after-the-first", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        double momentum = group["momentum"];
        Tensor v = state["momentum_buffer"] is { } last ? momentum * last + (1 - momentum) * gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}
