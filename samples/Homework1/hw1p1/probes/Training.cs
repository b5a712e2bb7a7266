using MyTorch;
using MyTorch.Layers;
using MyTorch.Probes;

/// <summary>
/// Parts 6 to 8: losses, the optimizer's step, and batch normalisation. Beside cases of fixed sizes stand such whose sizes, magnitudes and
/// settings are drawn.
/// </summary>
static class Training
{
    public static void MSEForward(Probe probe)
    {
        Tensor a = probe.Draw([4, 3]), y = probe.Draw([4, 3]);
        Layers.Show(probe, ("A", a), ("Y", y));
        probe.Return("L", new MSELoss().Forward(a, y));
        (a, y) = Pair(probe);
        probe.Return("drawn L", new MSELoss().Forward(a, y));
    }

    static (Tensor A, Tensor Y) Pair(Probe probe)
    {
        Tensor a = Layers.Mixed(probe, 20), y = Layers.Mixed(probe, a.Shape[0], a.Shape[1], 20);
        Layers.Show(probe, ("A", a), ("Y", y));
        return (a, y);
    }

    public static void MSEBackward(Probe probe)
    {
        var loss = new MSELoss();
        // Of the last Forward, whatever came before; and of another number of rows.
        foreach ((string name, int rows) in new[] { ("dLdA", 4), ("dLdA of the next call", 2) })
        {
            Tensor a = probe.Draw([rows, 3]), y = probe.Draw([rows, 3]);
            Layers.Show(probe, ("A", a), ("Y", y));
            loss.Forward(a, y);
            probe.Return(name, loss.Backward());
        }
        (Tensor drawnA, Tensor drawnY) = Pair(probe);
        loss.Forward(drawnA, drawnY);
        probe.Return("drawn dLdA", loss.Backward());
    }

    public static void CrossEntropyForward(Probe probe)
    {
        foreach ((string name, int rows, double scale) in new[] { ("square L", 3, 1.0), ("L", 5, 1), ("L of large logits", 5, 500) })
        {
            (Tensor a, Tensor y) = Logits(probe, rows, scale);
            probe.Return(name, new CrossEntropyLoss().Forward(a, y));
        }
        foreach ((string name, double limit) in new[] { ("drawn L", 4.0), ("drawn L of large logits", 1000) })
        {
            (Tensor a, Tensor y) = Drawn(probe, limit);
            probe.Return(name, new CrossEntropyLoss().Forward(a, y));
        }
    }

    public static void CrossEntropyBackward(Probe probe)
    {
        var loss = new CrossEntropyLoss();
        (string, int, double)[] cases = [("dLdA", 5, 1), ("dLdA of the next call", 2, 1), ("dLdA of large logits", 4, 500)];
        foreach ((string name, int rows, double scale) in cases)
        {
            (Tensor a, Tensor y) = Logits(probe, rows, scale);
            loss.Forward(a, y);
            probe.Return(name, loss.Backward());
        }
        foreach ((string name, double limit) in new[] { ("drawn dLdA", 4.0), ("drawn dLdA of large logits", 1000) })
        {
            (Tensor a, Tensor y) = Drawn(probe, limit);
            loss.Forward(a, y);
            probe.Return(name, loss.Backward());
        }
    }

    // As many rows and classes as drawn; logits up to a limit of either sign, some of them equal.
    static (Tensor A, Tensor Y) Drawn(Probe probe, double limit)
    {
        (int rows, int classes) = (probe.Next(1, 7), probe.Next(2, 7));
        Tensor a = Layers.Mixed(probe, rows, classes, limit), y = probe.DrawLabels(rows, classes).OneHot(classes, probe.DType);
        Layers.Show(probe, ("A", a), ("Y", y));
        return (a, y);
    }

    static (Tensor A, Tensor Y) Logits(Probe probe, int rows, double scale)
    {
        double[] numbers = probe.Numbers(3 * rows);
        for (int i = 0; i < numbers.Length; i++) numbers[i] *= scale;
        Tensor a = Tensor.From(numbers, [rows, 3], probe.DType), y = probe.DrawLabels(rows, 3).OneHot(3, probe.DType);
        Layers.Show(probe, ("A", a), ("Y", y));
        return (a, y);
    }

    public static void Step(Probe probe)
    {
        Run(probe, "plain", 0, 2);
        Run(probe, "momentum", 0.9, 3);
        Drawn(probe, "drawn plain", 0, probe.Next(1, 3));
        Drawn(probe, "drawn momentum", Math.Round(0.5 + 0.45 * probe.Next(), 2), probe.Next(3, 5));
    }

    // As many layers as drawn, and of drawn sizes; the rate changes before the last step. What is returned are the weights after it.
    static void Drawn(Probe probe, string name, double momentum, int steps)
    {
        Linear[] layers = [.. Enumerable.Range(0, probe.Next(1, 3))
            .Select(_ => Layers.Fill(probe, new Linear(probe.Next(1, 4), probe.Next(1, 4))))];
        double Rate() => Math.Round(0.01 + 0.5 * probe.Next(), 3);
        var optimizer = new SGD(layers, Rate(), momentum);
        for (int step = 1; step <= steps; step++)
        {
            if (step == steps) optimizer.LearningRate = Rate();
            foreach (Linear layer in layers)
            {
                int rows = probe.Next(1, 6);
                layer.Forward(probe.Draw([rows, layer.W.Shape[1]]));
                layer.Backward(probe.Draw([rows, layer.W.Shape[0]], -1, 1));
                Layers.Show(probe, ("W", layer.W), ("dLdW", layer.DLdW), ("b", layer.B), ("dLdB", layer.DLdB));
            }
            optimizer.Step();
        }
        for (int i = 0; i < layers.Length; i++)
        {
            probe.Return($"{name}: W of layer {i}", layers[i].W);
            probe.Return($"{name}: b of layer {i}", layers[i].B);
        }
    }

    static void Run(Probe probe, string name, double momentum, int steps)
    {
        Linear[] layers = [Layers.Fill(probe, new Linear(2, 3)), Layers.Fill(probe, new Linear(3, 2))];
        var optimizer = new SGD(layers, learningRate: 0.1, momentum);
        for (int step = 1; step <= steps; step++)
        {
            foreach (Linear layer in layers)
            {
                layer.Forward(probe.Draw([4, layer.W.Shape[1]]));
                layer.Backward(probe.Draw([4, layer.W.Shape[0]], -1, 1));
            }
            if (step == 3) optimizer.LearningRate = 0.02;
            foreach (Linear layer in layers)
                Layers.Show(probe, ("W", layer.W), ("dLdW", layer.DLdW), ("b", layer.B), ("dLdB", layer.DLdB));
            optimizer.Step();
            for (int i = 0; i < layers.Length; i++)
            {
                probe.Return($"{name}: W of layer {i} after step {step}", layers[i].W);
                probe.Return($"{name}: b of layer {i} after step {step}", layers[i].B);
            }
        }
    }

    public static void NormTraining(Probe probe)
    {
        BatchNorm1d norm = Norm(probe);
        Tensor z = probe.Draw([5, 3]);
        Show(probe, norm, z);
        probe.Return("Z", norm.Forward(z));
        probe.Return("running mean", norm.RunningMean);
        probe.Return("running variance", norm.RunningVariance);
        z = probe.Draw([4, 3]);
        Show(probe, norm, z);
        norm.Forward(z);
        probe.Return("running mean after two batches", norm.RunningMean);
        probe.Return("running variance after two batches", norm.RunningVariance);

        // Another share, and a feature that does not vary: without ε its variance of 0 would divide.
        norm = Norm(probe, 0.75);
        double[] numbers = probe.Numbers(8);
        for (int i = 0; i < 8; i += 2) numbers[i] = 0.5;
        z = Tensor.From(numbers, [4, 2], probe.DType);
        Show(probe, norm, z);
        probe.Return("Z with a constant feature", norm.Forward(z));
        probe.Return("running mean with α = 0.75", norm.RunningMean);
        probe.Return("running variance with α = 0.75", norm.RunningVariance);

        norm = Norm(probe, Math.Round(0.5 + 0.45 * probe.Next(), 2), probe.Next(1, 5));
        for (int batch = probe.Next(1, 3); batch >= 1; batch--)
        {
            z = Spread(probe, norm);
            Show(probe, norm, z);
            Tensor normalised = norm.Forward(z);
            if (batch == 1) probe.Return("Z with drawn sizes", normalised);
        }
        probe.Return("running mean with drawn sizes", norm.RunningMean);
        probe.Return("running variance with drawn sizes", norm.RunningVariance);

        // Variances as small as ε: where it is added counts. Both signs keep them from being smaller.
        norm = Norm(probe);
        numbers = probe.Numbers(12, 0.5, 2);
        z = Tensor.From([.. numbers.Select((number, i) => (i / 3 % 2 == 0 ? 1e-4 : -1e-4) * number)], [4, 3], probe.DType);
        Show(probe, norm, z);
        probe.Return("Z with small variances", norm.Forward(z));
    }

    // A batch of a drawn size and magnitude. Each feature has both signs in it: one that hardly varies would be divided by nearly nothing.
    static Tensor Spread(Probe probe, BatchNorm1d norm)
    {
        (int rows, int features) = (probe.Next(3, 9), norm.Gamma.ElementCount);
        double scale = probe.Next(0, 2) switch { 0 => 0.5, 1 => 1, _ => 5 };
        double[] numbers = probe.Numbers(rows * features);
        for (int k = 0; k < features; k++)
            (numbers[k], numbers[features + k]) = (0.5 + Math.Abs(numbers[k]), -0.5 - Math.Abs(numbers[features + k]));
        return Tensor.From([.. numbers.Select(number => scale * number)], [rows, features], probe.DType);
    }

    public static void NormEvaluation(Probe probe)
    {
        BatchNorm1d norm = null!;
        foreach ((string name, int rows) in new[] { ("Z", 5), ("Z of one row", 1) })
        {
            norm = Norm(probe);
            Tensor z = probe.Draw([rows, 3]);
            Show(probe, norm, z);
            Layers.Show(probe, ("running mean", norm.RunningMean), ("running variance", norm.RunningVariance));
            probe.Return(name, norm.Evaluate(z));
        }
        probe.Return("running mean", norm.RunningMean);
        probe.Return("running variance", norm.RunningVariance);

        norm = Norm(probe, 0.9, probe.Next(1, 5));
        Tensor mixed = Layers.Mixed(probe, probe.Next(1, 9), norm.Gamma.ElementCount, 20);
        Show(probe, norm, mixed);
        Layers.Show(probe, ("running mean", norm.RunningMean), ("running variance", norm.RunningVariance));
        probe.Return("drawn Z", norm.Evaluate(mixed));

        // A feature that never varied: only ε keeps its variance of 0 from dividing.
        norm = Norm(probe, 0.9);
        norm.RunningVariance = Tensor.ZerosLike(norm.RunningVariance);
        Tensor few = probe.Draw([3, 2]);
        Show(probe, norm, few);
        Layers.Show(probe, ("running mean", norm.RunningMean), ("running variance", norm.RunningVariance));
        probe.Return("Z of constant features", norm.Evaluate(few));
    }

    public static void NormBackward(Probe probe)
    {
        BatchNorm1d norm = Norm(probe);
        // A second Backward overwrites what the first one left.
        foreach ((string name, int rows) in new[] { ("", 5), ("second ", 4) })
        {
            Tensor z = probe.Draw([rows, 3]), gradient = probe.Draw([rows, 3]);
            Show(probe, norm, z);
            probe.Show("gradient", gradient);
            norm.Forward(z);
            probe.Return($"{name}dLdZ", norm.Backward(gradient));
            probe.Return($"{name}dLdGamma", norm.DLdGamma);
            probe.Return($"{name}dLdBeta", norm.DLdBeta);
        }
        norm = Norm(probe, 0.9, probe.Next(1, 5));
        Tensor drawn = Spread(probe, norm), upstream = probe.Draw(drawn.Shape);
        Show(probe, norm, drawn);
        probe.Show("gradient", upstream);
        norm.Forward(drawn);
        probe.Return("drawn dLdZ", norm.Backward(upstream));
        probe.Return("drawn dLdGamma", norm.DLdGamma);
        probe.Return("drawn dLdBeta", norm.DLdBeta);
    }

    static void Show(Probe probe, BatchNorm1d norm, Tensor z) => Layers.Show(probe, ("Z", z), ("γ", norm.Gamma), ("β", norm.Beta));

    static BatchNorm1d Norm(Probe probe) => new(3)
    {
        Gamma = probe.Draw([3], 0.5, 2),
        Beta = probe.Draw([3]),
        RunningMean = probe.Draw([3]),
        RunningVariance = probe.Draw([3], 0.5, 2),
    };

    static BatchNorm1d Norm(Probe probe, double alpha, int features = 2) => new(features, alpha)
    {
        Gamma = probe.Draw([features], 0.5, 2),
        Beta = probe.Draw([features]),
        RunningMean = probe.Draw([features]),
        RunningVariance = probe.Draw([features], 0.5, 2),
    };
}
