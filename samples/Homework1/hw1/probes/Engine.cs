using MyTorch;
using MyTorch.Probes;

/// <summary>
/// Part 2: the tape and the sweep over it. The operations are the probe's own, so that no rule of part 1 is needed: each input of
/// <see cref="Mix"/> has another factor, and no two of its contributions are alike.
/// </summary>
static class Engine
{
    /// <summary>An operation that notes when it is done and undone: beside the expected steps these show where a sweep goes astray.</summary>
    abstract class Step(Probe probe, params Tensor[] inputs) : Operation(inputs)
    {
        protected sealed override Tensor Forward()
        {
            Tensor value = Value();
            probe.Note($"{Name}({string.Join(", ", Inputs.Select(Text))}) = {Text(value)}");
            return value;
        }

        public sealed override Tensor?[] Backward(Tensor gradient)
        {
            Tensor?[] gradients = Rule(gradient);
            probe.Note($"undo {Name}: {Text(gradient)} gives {string.Join(" and ", gradients.Select(Text))}");
            return gradients;
        }

        protected abstract Tensor Value();

        protected abstract Tensor?[] Rule(Tensor gradient);

        static string Text(Tensor? tensor) => tensor is null ? "nothing"
            : $"[{string.Join(" ", tensor.ToArray().Select(x => x.ToString("G3", System.Globalization.CultureInfo.InvariantCulture)))}]";
    }

    /// <summary>z = p·a + q·b</summary>
    sealed class Mix(Probe probe, Tensor a, Tensor b, double p, double q) : Step(probe, a, b)
    {
        protected override Tensor Value() => Map(Inputs[0], Inputs[1], (x, y) => p * x + q * y);

        protected override Tensor?[] Rule(Tensor gradient) => [Map(gradient, gradient, (g, _) => p * g), Map(gradient, gradient, (g, _) => q * g)];
    }

    /// <summary>y = c·x² / 2, whose rule reads the input.</summary>
    sealed class Bend(Probe probe, Tensor x, double c) : Step(probe, x)
    {
        protected override Tensor Value() => Map(X, X, (x, _) => c * x * x / 2);

        protected override Tensor?[] Rule(Tensor gradient) => [Map(gradient, X, (g, x) => g * c * x)];
    }

    /// <summary>y = 3·x + b, whose rule says that b gets no gradient.</summary>
    sealed class Shifted(Probe probe, Tensor x, Tensor b) : Step(probe, x, b)
    {
        protected override Tensor Value() => Map(Inputs[0], Inputs[1], (x, b) => 3 * x + b);

        protected override Tensor?[] Rule(Tensor gradient) => [Map(gradient, gradient, (g, _) => 3 * g), null];
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
        Tensor before = new Bend(probe, x, 2).Apply();
        probe.Return("recorded outside a scope", Cases.Mark(before.RequiresGrad || before.Producer is not null));

        using var autograd = new Autograd();
        var first = new Bend(probe, x, 3);
        Tensor y = first.Apply();
        var second = new Mix(probe, y, constant, 2, -1);
        Tensor z = second.Apply();
        Tensor plain = new Bend(probe, constant, 2).Apply();
        var third = new Mix(probe, z, y, -3, 0.5);
        Tensor w = third.Apply();

        Cases.Tape(probe, autograd);
        probe.Return("operations", autograd.Operations.Count);
        Operation[] expected = [first, second, third];
        for (int i = 0; i < expected.Length; i++)
            probe.Return($"operation {i} in its place", Cases.Mark(i < autograd.Operations.Count && ReferenceEquals(autograd.Operations[i], expected[i])));
        probe.Return("results require gradients", Cases.Mark(y.RequiresGrad) + Cases.Mark(z.RequiresGrad) + Cases.Mark(w.RequiresGrad));
        probe.Return("results know their operation", Cases.Mark(y.Producer == first) + Cases.Mark(z.Producer == second) + Cases.Mark(w.Producer == third));
        probe.Return("constants recorded", Cases.Mark(plain.RequiresGrad || plain.Producer is not null));
        // Both ways to require a gradient: as a first input, and as a second one only.
        Tensor v = new Mix(probe, constant, x, 1, 2).Apply();
        Cases.Tape(probe, autograd);
        probe.Return("operation of a second input", autograd.Operations.Count);
        probe.Return("value", v);

        using (Autograd.Pause()) new Bend(probe, w, 2).Apply();
        probe.Return("operations after a pause", autograd.Operations.Count);
        new Bend(probe, w, 2).Apply();
        Cases.Tape(probe, autograd);
        probe.Return("operations in the end", autograd.Operations.Count);
    }

    public static void Chain(Probe probe)
    {
        Tensor x = probe.DrawLeaf([3]);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(probe, x, 1.5).Apply();
            autograd.Backward(y, probe.Draw([3]));
            probe.Return("one operation", x.Grad);
        }

        Tensor start = probe.DrawLeaf([2, 2], 0.5, 1.5), other = probe.DrawLeaf([2, 2], 0.5, 1.5);
        using (var autograd = new Autograd())
        {
            Tensor a = new Bend(probe, start, 1.25).Apply();
            Tensor b = new Mix(probe, a, other, 2, -3).Apply();
            Tensor c = new Bend(probe, b, 0.5).Apply();
            autograd.Backward(c, probe.Draw([2, 2]));
        }
        probe.Return("start", start.Grad);
        probe.Return("other", other.Grad);

        Tensor scalar = probe.DrawLeaf([], 0.5, 1.5);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(probe, new Bend(probe, scalar, 3).Apply(), 2).Apply();
            autograd.Backward(y);
        }
        probe.Return("from 1", scalar.Grad);

        // More than one operation: a sweep in the wrong direction goes right along a chain of one.
        Tensor row = probe.DrawLeaf([2]), matrix = probe.DrawLeaf([3, 2]);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(probe, matrix + row, 0.5).Apply();
            autograd.Backward(y, probe.Draw([3, 2]));
        }
        probe.Return("broadcast row", row.Grad);
        probe.Return("matrix", matrix.Grad);
    }

    public static void SeveralUses(Probe probe)
    {
        Tensor x = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(probe, x, 1.5).Apply();
            autograd.Backward(new Mix(probe, y, y, 2, 5).Apply(), probe.Draw([2]));
        }
        probe.Return("twice in one operation", x.Grad);

        // A diamond: both ways from y have to meet before y itself is undone.
        Tensor top = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(probe, top, 1.5).Apply();
            Tensor left = new Bend(probe, y, 0.75).Apply();
            Tensor right = new Bend(probe, y, -1.25).Apply();
            autograd.Backward(new Mix(probe, left, right, 2, 3).Apply(), probe.Draw([2]));
        }
        probe.Return("diamond", top.Grad);

        // A skip: the last operation reads an early result again.
        Tensor a = probe.DrawLeaf([2]), b = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor early = new Mix(probe, a, b, 1, 2).Apply();
            Tensor inner = new Bend(probe, early, 0.5).Apply();
            Tensor late = new Mix(probe, inner, b, 3, -1).Apply();
            autograd.Backward(new Mix(probe, early, late, 4, 0.5).Apply(), probe.Draw([2]));
        }
        probe.Return("skip a", a.Grad);
        probe.Return("skip b", b.Grad);

        // A sum hands the same tensor to both its operands: what is added for the one must not reach the other.
        Tensor p = probe.DrawLeaf([2]), q = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor u = new Bend(probe, p, 1.5).Apply(), v = new Bend(probe, q, 0.5).Apply();
            Tensor again = new Bend(probe, u, 2).Apply();
            Tensor sum = u + v;
            autograd.Backward(new Mix(probe, sum, again, 3, -2).Apply(), probe.Draw([2]));
        }
        probe.Return("skip beside a sum", p.Grad);
        probe.Return("skip beside a sum, its other operand", q.Grad);
    }

    public static void Accumulation(Probe probe)
    {
        // The same loss twice in one scope: exactly twice the gradient, inner results included only once each time.
        Tensor x = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(probe, new Bend(probe, x, 1.5).Apply(), 0.5).Apply();
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
            autograd.Backward(new Mix(probe, w, probe.Draw([2]), 2 + batch, 1).Apply(), probe.Draw([2]));
        }
        probe.Return("two batches", w.Grad);

        // A second loss that shares an inner result with the first.
        Tensor shared = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor inner = new Bend(probe, shared, 2).Apply();
            Tensor one = new Bend(probe, inner, 0.5).Apply();
            Tensor two = new Mix(probe, inner, one, 1, -2).Apply();
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
            Tensor unused = new Bend(probe, aside, 2).Apply();
            Tensor y = new Bend(probe, x, 1.5).Apply();
            Tensor sideways = new Mix(probe, y, unused, 2, 3).Apply();
            Tensor loss = new Bend(probe, y, 0.5).Apply();
            new Mix(probe, loss, later, 5, 7).Apply();
            new Bend(probe, sideways, 3).Apply();
            autograd.Backward(loss, probe.Draw([2]));
        }
        probe.Return("leads to the loss", x.Grad);
        probe.Return("does not", aside.Grad);
        probe.Return("comes after it", later.Grad);

        Tensor moved = probe.DrawLeaf([2]), b = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
            autograd.Backward(new Bend(probe, new Shifted(probe, moved, new Bend(probe, b, 2).Apply()).Apply(), 0.5).Apply(), probe.Draw([2]));
        probe.Return("beside an input without a gradient", moved.Grad);
        probe.Return("without a gradient", b.Grad);
    }
}
