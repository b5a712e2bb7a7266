using MyTorch;
using MyTorch.Probes;

/// <summary>
/// Part 2: the tape and the sweep over it. The operations are the probe's own, so that no rule of part 1 is needed: each input of
/// <see cref="Mix"/> has another factor, and no two of its contributions are alike.
/// </summary>
static class Engine
{
    /// <summary>z = p·a + q·b</summary>
    sealed class Mix(Tensor a, Tensor b, double p, double q) : Operation(a, b)
    {
        protected override Tensor Forward() => Map(Inputs[0], Inputs[1], (x, y) => p * x + q * y);

        public override Tensor?[] Backward(Tensor gradient) => [Map(gradient, gradient, (g, _) => p * g), Map(gradient, gradient, (g, _) => q * g)];
    }

    /// <summary>y = c·x² / 2, whose rule reads the input.</summary>
    sealed class Bend(Tensor x, double c) : Operation(x)
    {
        protected override Tensor Forward() => Map(X, X, (x, _) => c * x * x / 2);

        public override Tensor?[] Backward(Tensor gradient) => [Map(gradient, X, (g, x) => g * c * x)];
    }

    /// <summary>y = 3·x + b, whose rule says that b gets no gradient.</summary>
    sealed class Shifted(Tensor x, Tensor b) : Operation(x, b)
    {
        protected override Tensor Forward() => Map(Inputs[0], Inputs[1], (x, b) => 3 * x + b);

        public override Tensor?[] Backward(Tensor gradient) => [Map(gradient, gradient, (g, _) => 3 * g), null];
    }

    static Tensor Map(Tensor a, Tensor b, Func<double, double, double> function)
    {
        double[] x = a.ToArray(), y = b.ToArray();
        for (int i = 0; i < x.Length; i++) x[i] = function(x[i], y[i]);
        return Tensor.From(x, a.Shape, a.DType);
    }

    public static void Record(Probe probe)
    {
        Tensor x = probe.DrawLeaf([2]), constant = probe.Draw([2]);
        Tensor before = new Bend(x, 2).Apply();
        probe.Return("recorded outside a scope", Cases.Mark(before.RequiresGrad || before.Producer is not null));

        using var autograd = new Autograd();
        var first = new Bend(x, 3);
        Tensor y = first.Apply();
        var second = new Mix(y, constant, 2, -1);
        Tensor z = second.Apply();
        Tensor plain = new Bend(constant, 2).Apply();
        var third = new Mix(z, y, -3, 0.5);
        Tensor w = third.Apply();

        probe.Return("operations", autograd.Operations.Count);
        Operation[] expected = [first, second, third];
        for (int i = 0; i < expected.Length; i++)
            probe.Return($"operation {i} in its place", Cases.Mark(i < autograd.Operations.Count && ReferenceEquals(autograd.Operations[i], expected[i])));
        probe.Return("results require gradients", Cases.Mark(y.RequiresGrad) + Cases.Mark(z.RequiresGrad) + Cases.Mark(w.RequiresGrad));
        probe.Return("results know their operation", Cases.Mark(y.Producer == first) + Cases.Mark(z.Producer == second) + Cases.Mark(w.Producer == third));
        probe.Return("constants recorded", Cases.Mark(plain.RequiresGrad || plain.Producer is not null));
        // Both ways to require a gradient: as a first input, and as a second one only.
        Tensor v = new Mix(constant, x, 1, 2).Apply();
        probe.Return("operation of a second input", autograd.Operations.Count);
        probe.Return("value", v);

        using (Autograd.Pause()) new Bend(w, 2).Apply();
        probe.Return("operations after a pause", autograd.Operations.Count);
        new Bend(w, 2).Apply();
        probe.Return("operations in the end", autograd.Operations.Count);
    }

    public static void Chain(Probe probe)
    {
        Tensor x = probe.DrawLeaf([3]);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(x, 1.5).Apply();
            autograd.Backward(y, probe.Draw([3]));
            probe.Return("one operation", x.Grad);
        }

        Tensor start = probe.DrawLeaf([2, 2], 0.5, 1.5), other = probe.DrawLeaf([2, 2], 0.5, 1.5);
        using (var autograd = new Autograd())
        {
            Tensor a = new Bend(start, 1.25).Apply();
            Tensor b = new Mix(a, other, 2, -3).Apply();
            Tensor c = new Bend(b, 0.5).Apply();
            autograd.Backward(c, probe.Draw([2, 2]));
        }
        probe.Return("start", start.Grad);
        probe.Return("other", other.Grad);

        Tensor scalar = probe.DrawLeaf([], 0.5, 1.5);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(new Bend(scalar, 3).Apply(), 2).Apply();
            autograd.Backward(y);
        }
        probe.Return("from 1", scalar.Grad);

        Tensor row = probe.DrawLeaf([2]), matrix = probe.DrawLeaf([3, 2]);
        using (var autograd = new Autograd())
        {
            Tensor y = matrix + row;
            autograd.Backward(y, probe.Draw([3, 2]));
        }
        probe.Return("broadcast row", row.Grad);
        probe.Return("matrix", matrix.Grad);
    }

    public static void SeveralUses(Probe probe)
    {
        Tensor x = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
            autograd.Backward(new Mix(x, x, 2, 5).Apply(), probe.Draw([2]));
        probe.Return("twice in one operation", x.Grad);

        // A diamond: both ways from y have to meet before y itself is undone.
        Tensor top = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(top, 1.5).Apply();
            Tensor left = new Bend(y, 0.75).Apply();
            Tensor right = new Bend(y, -1.25).Apply();
            autograd.Backward(new Mix(left, right, 2, 3).Apply(), probe.Draw([2]));
        }
        probe.Return("diamond", top.Grad);

        // A skip: the last operation reads an early result again.
        Tensor a = probe.DrawLeaf([2]), b = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor early = new Mix(a, b, 1, 2).Apply();
            Tensor inner = new Bend(early, 0.5).Apply();
            Tensor late = new Mix(inner, b, 3, -1).Apply();
            autograd.Backward(new Mix(early, late, 4, 0.5).Apply(), probe.Draw([2]));
        }
        probe.Return("skip a", a.Grad);
        probe.Return("skip b", b.Grad);
    }

    public static void Accumulation(Probe probe)
    {
        // The same loss twice in one scope: exactly twice the gradient, inner results included only once each time.
        Tensor x = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(new Bend(x, 1.5).Apply(), 0.5).Apply();
            Tensor upstream = probe.Draw([2]);
            autograd.Backward(y, upstream);
            probe.Return("first", x.Grad);
            autograd.Backward(y, upstream);
            probe.Return("second", x.Grad);
        }

        // Two scopes, as in two batches before one step.
        Tensor w = probe.DrawLeaf([2]);
        for (int batch = 0; batch < 2; batch++)
        {
            using var autograd = new Autograd();
            autograd.Backward(new Mix(w, probe.Draw([2]), 2 + batch, 1).Apply(), probe.Draw([2]));
        }
        probe.Return("two batches", w.Grad);

        // A second loss that shares an inner result with the first.
        Tensor shared = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor inner = new Bend(shared, 2).Apply();
            Tensor one = new Bend(inner, 0.5).Apply();
            Tensor two = new Mix(inner, one, 1, -2).Apply();
            autograd.Backward(one, probe.Draw([2]));
            autograd.Backward(two, probe.Draw([2]));
        }
        probe.Return("two losses", shared.Grad);

        shared.ZeroGrad();
        probe.Return("after ZeroGrad", shared.Grad);
    }

    public static void UnrelatedBranch(Probe probe)
    {
        Tensor x = probe.DrawLeaf([2]), aside = probe.DrawLeaf([2]), later = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor unused = new Bend(aside, 2).Apply();
            Tensor y = new Bend(x, 1.5).Apply();
            Tensor sideways = new Mix(y, unused, 2, 3).Apply();
            Tensor loss = new Bend(y, 0.5).Apply();
            new Mix(loss, later, 5, 7).Apply();
            new Bend(sideways, 3).Apply();
            autograd.Backward(loss, probe.Draw([2]));
        }
        probe.Return("leads to the loss", x.Grad);
        probe.Return("does not", aside.Grad);
        probe.Return("comes after it", later.Grad);

        Tensor moved = probe.DrawLeaf([2]), b = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
            autograd.Backward(new Bend(new Shifted(moved, new Bend(b, 2).Apply()).Apply(), 0.5).Apply(), probe.Draw([2]));
        probe.Return("beside an input without a gradient", moved.Grad);
        probe.Return("without a gradient", b.Grad);
    }
}
