using MyTorch;
using MyTorch.Operations;
using MyTorch.Probes;

/// <summary>
/// Part 4: Y = X·Wᵀ + b as one operation. No size equals another, so that a transposition shows. Only the input asked for requires a gradient:
/// a question does not wait for its neighbours, and a rule that does not return all gradients yet has the points of those that it returns.
/// </summary>
static class Layers
{
    const int Batch = 5, In = 4, Out = 3;

    public static void LinearForward(Probe probe)
    {
        Cases.Value(probe, "square Y", new Linear(probe.Draw([2, 2]), probe.Draw([2, 2]), probe.Draw([2])));
        Cases.Value(probe, "Y", new Linear(probe.Draw([Batch, In]), probe.Draw([Out, In]), probe.Draw([Out])));
        Cases.Value(probe, "Y of one row", new Linear(probe.Draw([1, In]), probe.Draw([Out, In]), probe.Draw([Out])));
        Cases.Value(probe, "Y without bias", new Linear(probe.Draw([Batch, In]), probe.Draw([Out, In])));
        (int batch, int inputs, int outputs) = Sizes(probe);
        Cases.Value(probe, "drawn Y", new Linear(probe.Draw([batch, inputs]), probe.Draw([outputs, inputs]), probe.Draw([outputs])));
    }

    static (int Batch, int Inputs, int Outputs) Sizes(Probe probe) => (probe.Next(1, 9), probe.Next(1, 6), probe.Next(1, 6));

    public static void LinearDX(Probe probe)
    {
        Cases.Rule(probe, new Linear(probe.DrawLeaf([3, 2]), probe.Draw([2, 2]), probe.Draw([2])), "square dX");
        Cases.Rule(probe, new Linear(probe.DrawLeaf([Batch, In]), probe.Draw([Out, In]), probe.Draw([Out])), "dX");
        Cases.Rule(probe, new Linear(probe.DrawLeaf([Batch, In]), probe.Draw([Out, In])), "dX without bias");
        (int batch, int inputs, int outputs) = Sizes(probe);
        Cases.Rule(probe, new Linear(probe.DrawLeaf([batch, inputs]), probe.Draw([outputs, inputs]), probe.Draw([outputs])), "drawn dX");
    }

    public static void LinearDW(Probe probe)
    {
        Cases.Rule(probe, new Linear(probe.Draw([2, 2]), probe.DrawLeaf([2, 2]), probe.Draw([2])), null, "square dW");
        Cases.Rule(probe, new Linear(probe.Draw([Batch, In]), probe.DrawLeaf([Out, In]), probe.Draw([Out])), null, "dW");
        Cases.Rule(probe, new Linear(probe.Draw([Batch, In]), probe.DrawLeaf([Out, In])), null, "dW without bias");
        (int batch, int inputs, int outputs) = Sizes(probe);
        Cases.Rule(probe, new Linear(probe.Draw([batch, inputs]), probe.DrawLeaf([outputs, inputs]), probe.Draw([outputs])), null, "drawn dW");
    }

    /// <summary>The sum over the batch is what is asked for here: it is not left to the engine.</summary>
    public static void LinearDb(Probe probe)
    {
        Db(probe, "square db", new Linear(probe.Draw([3, 2]), probe.Draw([3, 2]), probe.DrawLeaf([3])));
        Db(probe, "db", new Linear(probe.Draw([Batch, In]), probe.Draw([Out, In]), probe.DrawLeaf([Out])));
        (int batch, int inputs, int outputs) = Sizes(probe);
        Db(probe, "drawn db", new Linear(probe.Draw([batch, inputs]), probe.Draw([outputs, inputs]), probe.DrawLeaf([outputs])));
        probe.Return("gradients returned with a bias, for 3 inputs", Cases.Gradients(probe, new Linear(probe.Draw([3, 2]), probe.Draw([4, 2]), probe.DrawLeaf([4]))).Length);
        probe.Return("gradients returned without a bias, for 2 inputs", Cases.Gradients(probe, new Linear(probe.Draw([3, 2]), probe.DrawLeaf([4, 2]))).Length);
    }

    static void Db(Probe probe, string name, Linear linear)
    {
        if (Cases.Gradients(probe, linear) is [_, _, var db, ..]) probe.Return(name, db);
    }
}
