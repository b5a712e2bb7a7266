// Wrong steps of part 6.

[Mistake("6.1-uphill", Question = "6.1", Member = "MyTorch.Optim.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        using PauseScope pause = Autograd.Pause();
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor w = _parameters[i];
            if (w.Grad is not { } g) continue;
            Tensor v = _velocities[i] is { } last ? Momentum * last + g : g.Clone();
            _velocities[i] = v;
            w.CopyFrom(w + LearningRate * v);
        }
    }
}

[Mistake("6.1-momentum-ignored", Question = "6.1", Member = "MyTorch.Optim.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        using PauseScope pause = Autograd.Pause();
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor w = _parameters[i];
            if (w.Grad is not { } g) continue;
            w.CopyFrom(w - LearningRate * g);
        }
    }
}

[Mistake("6.1-average-of-gradients", Question = "6.1", Member = "MyTorch.Optim.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        using PauseScope pause = Autograd.Pause();
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor w = _parameters[i];
            if (w.Grad is not { } g) continue;
            Tensor v = _velocities[i] is { } last ? Momentum * last + (1 - Momentum) * g : (1 - Momentum) * g;
            _velocities[i] = v;
            w.CopyFrom(w - LearningRate * v);
        }
    }
}

[Mistake("6.1-momentum-on-the-gradient", Question = "6.1", Member = "MyTorch.Optim.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        using PauseScope pause = Autograd.Pause();
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor w = _parameters[i];
            if (w.Grad is not { } g) continue;
            Tensor v = _velocities[i] is { } last ? last + Momentum * g : g.Clone();
            _velocities[i] = v;
            w.CopyFrom(w - LearningRate * v);
        }
    }
}

[Mistake("6.1-momentum-on-the-weights", Question = "6.1", Member = "MyTorch.Optim.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        using PauseScope pause = Autograd.Pause();
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor w = _parameters[i];
            if (w.Grad is not { } g) continue;
            w.CopyFrom((Momentum == 0 ? w : Momentum * w) - LearningRate * g);
        }
    }
}

[Mistake("6.1-rate-in-the-velocity", Question = "6.1", Member = "MyTorch.Optim.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        using PauseScope pause = Autograd.Pause();
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor w = _parameters[i];
            if (w.Grad is not { } g) continue;
            Tensor v = _velocities[i] is { } last ? Momentum * last + LearningRate * g : LearningRate * g;
            _velocities[i] = v;
            w.CopyFrom(w - v);
        }
    }
}

[Mistake("6.1-one-step-late", Question = "6.1", Member = "MyTorch.Optim.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        using PauseScope pause = Autograd.Pause();
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor w = _parameters[i];
            if (w.Grad is not { } g) continue;
            Tensor v = _velocities[i] ?? Tensor.ZerosLike(w);
            w.CopyFrom(w - LearningRate * v);
            _velocities[i] = Momentum * v + g;
        }
    }
}

[Mistake("6.1-looks-ahead", Question = "6.1", Member = "MyTorch.Optim.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        using PauseScope pause = Autograd.Pause();
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor w = _parameters[i];
            if (w.Grad is not { } g) continue;
            Tensor v = _velocities[i] is { } last ? Momentum * last + g : g.Clone();
            _velocities[i] = v;
            w.CopyFrom(w - LearningRate * (g + Momentum * v));
        }
    }
}

[Mistake("6.1-velocity-is-the-gradient", Question = "6.1", Member = "MyTorch.Optim.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        using PauseScope pause = Autograd.Pause();
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor w = _parameters[i];
            if (w.Grad is not { } g) continue;
            Tensor v = _velocities[i] is { } last ? Momentum * last + g : g;
            _velocities[i] = v;
            w.CopyFrom(w - LearningRate * v);
        }
    }
}

[Mistake("6.1-rate-ignored", Question = "6.1", Member = "MyTorch.Optim.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        using PauseScope pause = Autograd.Pause();
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor w = _parameters[i];
            if (w.Grad is not { } g) continue;
            Tensor v = _velocities[i] is { } last ? Momentum * last + g : g.Clone();
            _velocities[i] = v;
            w.CopyFrom(w - v);
        }
    }
}

[Mistake("6.1-recorded", Question = "6.1", Member = "MyTorch.Optim.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor w = _parameters[i];
            if (w.Grad is not { } g) continue;
            Tensor v = _velocities[i] is { } last ? Momentum * last + g : g.Clone();
            _velocities[i] = v;
            w.CopyFrom(w - LearningRate * v);
        }
    }
}

[Mistake("6.1-average-after-the-first", Question = "6.1", Member = "MyTorch.Optim.SGD.Step")]
partial class SGD
{
    public void Step()
    {
        using PauseScope pause = Autograd.Pause();
        for (int i = 0; i < _parameters.Length; i++)
        {
            Tensor w = _parameters[i];
            if (w.Grad is not { } g) continue;
            Tensor v = _velocities[i] is { } last ? Momentum * last + (1 - Momentum) * g : g.Clone();
            _velocities[i] = v;
            w.CopyFrom(w - LearningRate * v);
        }
    }
}
