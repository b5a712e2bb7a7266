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

[Mistake("6.1-momentum-fixed", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } before ? 0.9 * before + gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}

[Mistake("6.1-average-of-gradients", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + (1 - group["momentum"]) * gradient : (1 - group["momentum"]) * gradient;
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
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + (group.LearningRate * gradient) : (group.LearningRate * gradient).Clone();
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

[Mistake("6.1-one-gradient-back", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor last = state["momentum_buffer"] ?? Tensor.ZerosLike(parameter);
        parameter.CopyFrom(parameter - group.LearningRate * (group["momentum"] * last + gradient));
        state["momentum_buffer"] = gradient.Clone();
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
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + (1 - group["momentum"]) * gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}

[Right("sgd", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}

[Mistake("6.1-step-fades-too", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * (group["momentum"] == 0 ? v : group["momentum"] * v));
    }
}

[Mistake("6.1-gradient-twice", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * (gradient + v));
    }
}

[Mistake("6.1-rate-twice", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + (group.LearningRate * gradient) : (group.LearningRate * gradient).Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}

[Mistake("6.1-not-written", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter = parameter - group.LearningRate * v;
    }
}

[Mistake("6.1-sign-of-the-momentum", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? gradient - group["momentum"] * last : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}

[Mistake("6.1-nothing-without-momentum", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        if (group["momentum"] == 0) return;
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}

[Mistake("6.1-velocity-never-fades", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last && group["momentum"] != 0 ? last + gradient : gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}

[Mistake("6.1-kept-with-the-rate", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + gradient : gradient.Clone();
        state["momentum_buffer"] = group.LearningRate * v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}

[Mistake("6.1-stored-once", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = state["momentum_buffer"] is { } last ? group["momentum"] * last + gradient : gradient.Clone();
        state["momentum_buffer"] ??= v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}

[Mistake("6.1-momentum-ignored", Form = "velocity", Question = "6.1", Member = "MyTorch.Optim.SGD.Update")]
partial class SGD
{
    protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
    {
        Tensor v = gradient.Clone();
        state["momentum_buffer"] = v;
        parameter.CopyFrom(parameter - group.LearningRate * v);
    }
}
