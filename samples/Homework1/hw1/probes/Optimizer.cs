using MyTorch;
using MyTorch.Optim;
using MyTorch.Probes;

/// <summary>Part 6: three steps, each with its own gradient. Gradients are set by hand: no engine is needed.</summary>
static class Optimizer
{
    public static void Step(Probe probe)
    {
        Tensor w = probe.DrawLeaf([2, 3]), b = probe.DrawLeaf([3]);
        // 1 − μ is not η: a factor in the wrong place can be told from another.
        var optimizer = new SGD([w, b], learningRate: 0.2, momentum: 0.9);
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

        Drawn(probe, "W after steps with drawn settings", Math.Round(0.5 + 0.45 * probe.Next(), 2), probe.Next(2, 5));
        Drawn(probe, "without momentum, at a drawn rate", 0, probe.Next(1, 3));

        // The second group has its own rate. One step: the velocity is another part's matter.
        Tensor body = probe.DrawLeaf([3]), head = probe.DrawLeaf([2, 2]);
        optimizer = new SGD([body], learningRate: 0.2);
        optimizer.AddParameterGroup(new([head]) { LearningRate = 0.02 });
        for (int group = 0; group < 2; group++) ShowSettings(probe, optimizer, group);
        probe.Show("W of group 1", body);
        probe.Show("W of group 2", head);
        SetGrad(body, probe, "gradient of group 1");
        SetGrad(head, probe, "gradient of group 2");
        optimizer.Step();
        probe.Return("group 1", body);
        probe.Return("group 2", head);
    }

    // A parameter of a drawn shape, at a drawn rate.
    static void Drawn(Probe probe, string name, double momentum, int steps)
    {
        Tensor w = Cases.Mixed(probe, Cases.DrawnShape(probe, 0, 3), 100);
        var optimizer = new SGD([w], learningRate: Math.Round(0.01 + 0.5 * probe.Next(), 3), momentum);
        ShowSettings(probe, optimizer);
        probe.Show("W", w);
        for (int step = 1; step <= steps; step++)
        {
            SetGrad(w, probe, $"gradient of step {step}");
            optimizer.Step();
        }
        probe.Return(name, w);
    }

    static void ShowSettings(Probe probe, SGD optimizer, int group = 0)
    {
        string of = optimizer.ParameterGroups.Count > 1 ? $" of group {group + 1}" : "";
        probe.Show("η" + of, Tensor.From(optimizer.ParameterGroups[group].LearningRate, DType.Float64));
        probe.Show("μ" + of, Tensor.From(optimizer.ParameterGroups[group]["momentum"], DType.Float64));
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
