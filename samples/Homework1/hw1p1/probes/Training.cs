using MyTorch;
using MyTorch.Layers;
using MyTorch.Probes;

/// <summary>Parts 6 to 8: losses, the optimizer's step, and batch normalisation.</summary>
static class Training
{
    public static void MSEForward(Probe probe) => probe.Return("L", new MSELoss().Forward(probe.Draw([4, 3]), probe.Draw([4, 3])));

    public static void MSEBackward(Probe probe)
    {
        var loss = new MSELoss();
        loss.Forward(probe.Draw([4, 3]), probe.Draw([4, 3]));
        probe.Return("dLdA", loss.Backward());
    }

    public static void CrossEntropyForward(Probe probe)
    {
        probe.Return("square L", new CrossEntropyLoss().Forward(probe.Draw([3, 3]), OneHot(probe, 3, 3)));
        probe.Return("L", new CrossEntropyLoss().Forward(probe.Draw([5, 3]), OneHot(probe, 5, 3)));
        double[] large = probe.Numbers(15);
        for (int i = 0; i < large.Length; i++) large[i] *= 500;
        probe.Return("L of large logits", new CrossEntropyLoss().Forward(Tensor.From(large, [5, 3], probe.DType), OneHot(probe, 5, 3)));
    }

    public static void CrossEntropyBackward(Probe probe)
    {
        var loss = new CrossEntropyLoss();
        loss.Forward(probe.Draw([5, 3]), OneHot(probe, 5, 3));
        probe.Return("dLdA", loss.Backward());
    }

    static Tensor OneHot(Probe probe, int rows, int classes) => probe.DrawLabels(rows, classes).OneHot(classes, probe.DType);

    public static void Step(Probe probe)
    {
        Run(probe, "plain", 0, 2);
        Run(probe, "momentum", 0.9, 3);
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
        probe.Return("Z", norm.Forward(probe.Draw([5, 3])));
        probe.Return("running mean", norm.RunningMean);
        probe.Return("running variance", norm.RunningVariance);
        norm.Forward(probe.Draw([4, 3]));
        probe.Return("running mean after two batches", norm.RunningMean);
        probe.Return("running variance after two batches", norm.RunningVariance);
    }

    public static void NormEvaluation(Probe probe)
    {
        BatchNorm1d norm = Norm(probe);
        probe.Return("Z", norm.Evaluate(probe.Draw([5, 3])));
        probe.Return("Z of one row", norm.Evaluate(probe.Draw([1, 3])));
        probe.Return("running mean", norm.RunningMean);
        probe.Return("running variance", norm.RunningVariance);
    }

    public static void NormBackward(Probe probe)
    {
        BatchNorm1d norm = Norm(probe);
        norm.Forward(probe.Draw([5, 3]));
        probe.Return("dLdZ", norm.Backward(probe.Draw([5, 3])));
        probe.Return("dLdGamma", norm.DLdGamma);
        probe.Return("dLdBeta", norm.DLdBeta);
    }

    static BatchNorm1d Norm(Probe probe) => new(3)
    {
        Gamma = probe.Draw([3], 0.5, 2),
        Beta = probe.Draw([3]),
        RunningMean = probe.Draw([3]),
        RunningVariance = probe.Draw([3], 0.5, 2),
    };
}
