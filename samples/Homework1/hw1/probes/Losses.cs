using MyTorch;
using MyTorch.Operations;
using MyTorch.Probes;

/// <summary>Part 5: the cross entropy of each row, (N, C) with N classes → (N). More rows than classes, classes unevenly often.</summary>
static class Losses
{
    public static void Value(Probe probe)
    {
        (Tensor logits, Tensor labels) = Draw(probe, 1);
        probe.Show("labels", labels);
        Cases.Value(probe, "losses", new SoftmaxCrossEntropy(logits, labels));
        (logits, labels) = Draw(probe, 500);
        probe.Show("labels", labels);
        Cases.Value(probe, "losses of large logits", new SoftmaxCrossEntropy(logits, labels));
        Cases.Value(probe, "losses of a drawn size", Drawn(probe, 4));
        Cases.Value(probe, "losses of a drawn size, large logits", Drawn(probe, 1000));
    }

    public static void Rule(Probe probe)
    {
        (Tensor logits, Tensor labels) = (probe.DrawLeaf([3, 3]), probe.DrawLabels(3, 3));
        probe.Show("labels", labels);
        Cases.Rule(probe, new SoftmaxCrossEntropy(logits, labels), "square dX");
        (logits, labels) = Draw(probe, 1);
        probe.Show("labels", labels);
        Cases.Rule(probe, new SoftmaxCrossEntropy(logits, labels), "dX");
        Cases.Rule(probe, Drawn(probe, 4), "drawn dX");
        (logits, labels) = Draw(probe, 500);
        probe.Show("labels", labels);
        Cases.Rule(probe, new SoftmaxCrossEntropy(logits, labels), "dX of large logits");
        Cases.Rule(probe, Drawn(probe, 1000), "drawn dX of large logits");
    }

    // As many rows and classes as drawn; logits up to a limit of either sign, some of them equal.
    static SoftmaxCrossEntropy Drawn(Probe probe, double limit)
    {
        (int rows, int classes) = (probe.Next(1, 7), probe.Next(2, 7));
        Tensor labels = probe.DrawLabels(rows, classes);
        probe.Show("labels", labels);
        return new SoftmaxCrossEntropy(Cases.Mixed(probe, [rows, classes], limit), labels);
    }

    static (Tensor Logits, Tensor Labels) Draw(Probe probe, double scale)
    {
        const int Rows = 5, Classes = 3;
        double[] numbers = probe.Numbers(Rows * Classes);
        for (int i = 0; i < numbers.Length; i++) numbers[i] *= scale;
        // One class three times, whichever it is.
        int often = probe.Next(0, Classes - 1), seldom = (often + probe.Next(1, Classes - 1)) % Classes;
        Tensor labels = Tensor.Indices(often, seldom, often, (seldom + 1) % Classes, often);
        // Of the first row another class is nearly certain: its own class's probability is rounded to 0 where logits are large.
        (numbers[often], numbers[seldom]) = (-1.5 * scale, 1.5 * scale);
        // Of the second its own class is, and the largest logit overflows an exponential.
        (numbers[Classes + seldom], numbers[Classes + often]) = (1.75 * scale, -1.5 * scale);
        return (Cases.Leaf(Tensor.From(numbers, [Rows, Classes], probe.DType)), labels);
    }
}
