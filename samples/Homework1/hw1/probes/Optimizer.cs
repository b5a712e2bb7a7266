using MyTorch;
using MyTorch.Optim;
using MyTorch.Probes;

/// <summary>Part 6: three steps, each with a gradient of its own. Gradients are set by hand: no engine is needed.</summary>
static class Optimizer
{
    public static void Step(Probe probe)
    {
        Tensor w = probe.DrawLeaf([2, 3]), b = probe.DrawLeaf([3]);
        var optimizer = new SGD([w, b], learningRate: 0.1, momentum: 0.9);
        Tensor vW = Tensor.ZerosLike(w), vb = Tensor.ZerosLike(b);
        for (int step = 1; step <= 3; step++)
        {
            ShowSettings(probe, optimizer);
            probe.Show("W", w);
            SetGrad(w, probe, "gradient of W");
            probe.Show("b", b);
            SetGrad(b, probe, "gradient of b");
            if (step > 1)
            {
                probe.Show("v of W so far", vW);
                probe.Show("v of b so far", vb);
            }
            (vW, vb) = (0.9 * vW + w.Grad!, 0.9 * vb + b.Grad!);
            optimizer.Step();
            probe.Return($"W after step {step}", w);
            probe.Return($"b after step {step}", b);
        }

        Tensor plain = probe.DrawLeaf([4]);
        optimizer = new SGD([plain], learningRate: 0.25);
        ShowSettings(probe, optimizer);
        probe.Show("W", plain);
        for (int step = 1; step <= 2; step++)
        {
            SetGrad(plain, probe, $"gradient of step {step}");
            optimizer.Step();
        }
        probe.Return("without momentum", plain);

        // The velocity holds gradients, not steps: a smaller rate makes the whole next step smaller.
        Tensor slowed = probe.DrawLeaf([2]), still = probe.DrawLeaf([2]);
        optimizer = new SGD([still, slowed], learningRate: 0.5, momentum: 0.75);
        ShowSettings(probe, optimizer);
        probe.Show("W", slowed);
        SetGrad(slowed, probe, "gradient of step 1");
        optimizer.Step();
        optimizer.LearningRate = 0.05;
        ShowSettings(probe, optimizer);
        SetGrad(slowed, probe, "gradient of step 2");
        optimizer.Step();
        probe.Return("after a smaller rate", slowed);
        probe.Return("without a gradient", still);

        // A step is no part of the computation that is differentiated: with the scope of the training loop still open, nothing of it is recorded.
        Tensor moved = probe.DrawLeaf([3]);
        optimizer = new SGD([moved], learningRate: 0.2, momentum: 0.5);
        using var autograd = new Autograd();
        for (int step = 1; step <= 2; step++)
        {
            probe.Show("W", moved);
            SetGrad(moved, probe, $"gradient of step {step}");
            optimizer.Step();
        }
        Cases.Tape(probe, autograd);
        probe.Return("operations recorded by two steps", autograd.Operations.Count);
    }

    static void ShowSettings(Probe probe, SGD optimizer)
    {
        probe.Show("η", Tensor.From(optimizer.LearningRate, DType.Float64));
        probe.Show("μ", Tensor.From(optimizer.Momentum, DType.Float64));
    }

    /// <summary>As the engine does it: the memory of the last gradient is used again.</summary>
    static void SetGrad(Tensor parameter, Probe probe, string name)
    {
        Tensor gradient = probe.Draw(parameter.Shape);
        probe.Show(name, gradient);
        if (parameter.Grad is { } last) last.CopyFrom(gradient);
        else parameter.Grad = gradient;
    }
}
