using MyTorch;
using MyTorch.Operations;
using MyTorch.Probes;

/// <summary>A drill for a talk: a function of two numbers that are drawn, on the student's own tape, rules and sweep.</summary>
static class Viva
{
    /// <summary>The adjoint of a value: every gradient that reaches it, added up. It changes nothing.</summary>
    sealed class Watch(Tensor x) : Operation(x)
    {
        public double Received { get; private set; }

        protected override Tensor Forward() => Tensor.From(Inputs[0].ToArray(), Inputs[0].Shape, Inputs[0].DType);

        public override Tensor?[] Backward(Tensor gradient)
        {
            Received += gradient.ToArray()[0];
            return [gradient];
        }
    }

    /// <summary>v3 is used twice in every function: its adjoint is a sum.</summary>
    sealed record Function(int First, int Second, int Third, int Again)
    {
        const string Signs = "·−+/";

        public string[] Rows => [$"v3 = v1 {Signs[First]} v2", $"v4 = v3 {Signs[Second]} v{Again}", $"v5 = v4 {Signs[Third]} v3"];

        public Operation Row(int row, Tensor[] v) => row switch
        {
            0 => Of(First, v[0], v[1]),
            1 => Of(Second, v[2], v[Again - 1]),
            _ => Of(Third, v[3], v[2]),
        };

        static Operation Of(int operation, Tensor a, Tensor b) => operation switch
        {
            0 => new Multiply(a, b),
            1 => new Subtract(a, b),
            2 => new Add(a, b),
            _ => new Divide(a, b),
        };
    }

    public static void Trace(Probe probe)
    {
        // A product among the last two, so that a slope is not a constant.
        bool early = probe.Next() < 0.5;
        var function = new Function(probe.Next(0, 3), early ? 0 : probe.Next(0, 2), early ? probe.Next(0, 2) : 0, probe.Next(1, 2));
        double[] numbers = [probe.Next(2, 6) * Sign(probe), (probe.Next() < 0.5 ? 2 : 4) * Sign(probe)];
        probe.Return("given v1", numbers[0]);
        probe.Return("given v2", numbers[1]);

        using (var autograd = new Autograd())
        {
            Tensor[] v = [Leaf(probe, numbers[0]), Leaf(probe, numbers[1])];
            var rows = new List<Operation>();
            for (int row = 0; row < 3; row++)
            {
                rows.Add(function.Row(row, v));
                v = [.. v, rows[row].Apply()];
                probe.Return(function.Rows[row], v[^1]);
            }
            probe.Return("the operations on the tape", autograd.Operations.Count);
            probe.Return("the row of v4 on the tape, counted from 1", 1 + rows.FindIndex(row => autograd.Operations.Count > 1 && row == autograd.Operations[1]));
        }

        using (var autograd = new Autograd())
        {
            Tensor[] v = [Leaf(probe, numbers[0]), Leaf(probe, numbers[1])];
            Tensor[] leaves = v;
            var watches = new List<Watch>();
            for (int row = 0; row < 3; row++)
            {
                watches.Add(new Watch(function.Row(row, v).Apply()));
                v = [.. v, watches[row].Apply()];
            }
            autograd.Backward(v[^1]);
            for (int row = 2; row >= 0; row--) probe.Return($"the adjoint of v{row + 3}", watches[row].Received);
            probe.Return("the adjoint of v2", leaves[1].Grad);
            probe.Return("the adjoint of v1", leaves[0].Grad);
        }
    }

    static double Sign(Probe probe) => probe.Next() < 0.5 ? -1 : 1;

    static Tensor Leaf(Probe probe, double value)
    {
        Tensor leaf = Tensor.From(value, probe.DType);
        leaf.RequiresGrad = true;
        return leaf;
    }
}
