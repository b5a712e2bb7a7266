using MyTorch;
using MyTorch.Operations;
using MyTorch.Probes;

/// <summary>Part 1: the rule of one operation, called with an upstream gradient. No engine is needed, and none is used.</summary>
static class Rules
{
    public static void Multiply(Probe probe)
    {
        Cases.Rule(probe, new Multiply(probe.DrawLeaf([2, 3]), probe.DrawLeaf([2, 3])), "dA", "dB");
        Cases.Rule(probe, new Multiply(probe.DrawLeaf([4, 3]), probe.DrawLeaf([3])), "row dA", "row dB");
        Cases.Rule(probe, new Multiply(probe.DrawLeaf([3, 1]), probe.DrawLeaf([2, 1, 4])), "both dA", "both dB");
        Cases.Broadcast(probe, (a, b) => new Multiply(a, b));
    }

    public static void Subtract(Probe probe)
    {
        Cases.Rule(probe, new Subtract(probe.DrawLeaf([2, 3]), probe.DrawLeaf([2, 3])), "dA", "dB");
        Cases.Rule(probe, new Subtract(probe.DrawLeaf([3]), probe.DrawLeaf([4, 3])), "row dA", "row dB");
        Cases.Broadcast(probe, (a, b) => new Subtract(a, b));
    }

    public static void Divide(Probe probe)
    {
        Cases.Rule(probe, new Divide(probe.DrawLeaf([2, 3]), Cases.AwayFromZero(probe, [2, 3])), "dA", "dB");
        Cases.Rule(probe, new Divide(probe.DrawLeaf([4, 3]), Cases.AwayFromZero(probe, [3])), "row dA", "row dB");
        Cases.Rule(probe, new Divide(probe.DrawLeaf([]), Cases.AwayFromZero(probe, [2, 2])), "number dA", "number dB");
        Cases.Broadcast(probe, (a, b) => new Divide(a, b), divides: true);
    }

    public static void Log(Probe probe)
    {
        Cases.Rule(probe, new Log(probe.DrawLeaf([3, 2], 0.2, 3)), "dX");
        Cases.Rule(probe, new Log(probe.DrawLeaf(Cases.DrawnShape(probe, 0, 3), 0.05, probe.Next() < 0.5 ? 1 : 500)), "drawn dX");
    }

    public static void Exp(Probe probe)
    {
        Cases.Rule(probe, new Exp(probe.DrawLeaf([3, 2])), "dX");
        Cases.Rule(probe, new Exp(Cases.Mixed(probe, Cases.DrawnShape(probe, 0, 3), 10)), "drawn dX");
    }

    /// <summary>Square matrices come first: a forgotten transposition still gives numbers there, from which it is recognised.</summary>
    public static void MatMul(Probe probe)
    {
        Cases.Rule(probe, new MatMul(probe.DrawLeaf([2, 2]), probe.DrawLeaf([2, 2])), "square dA", "square dB");
        Cases.Rule(probe, new MatMul(probe.DrawLeaf([2, 3]), probe.DrawLeaf([3, 4])), "dA", "dB");
        Cases.Rule(probe, new MatMul(probe.DrawLeaf([1, 3]), probe.DrawLeaf([3, 1])), "row by column dA", "row by column dB");
        int rows = probe.Next(1, 6), inner = probe.Next(1, 6), columns = probe.Next(1, 6);
        Cases.Rule(probe, new MatMul(probe.DrawLeaf([rows, inner]), probe.DrawLeaf([inner, columns])), "drawn dA", "drawn dB");
    }
}
