using MyTorch;
using MyTorch.Probes;

/// <summary>
/// Part 2: the tape and the sweep over it. The operations are the probe's own, so that no rule of part 1 is needed: each input of
/// <see cref="Mix"/> has another factor, and no two of its contributions are alike.
/// </summary>
static class Engine
{
    /// <summary>
    /// What happens in one case: tensors are numbered v1, v2, … as they come, constants c1, c2, …. Each operation is noted when it is computed and when
    /// its rule runs. Beside the
    /// expected steps these show where a sweep goes astray.
    /// </summary>
    sealed class Story(Probe probe)
    {
        readonly Dictionary<Tensor, string> _names = new(ReferenceEqualityComparer.Instance);
        int _variables, _constants;

        /// <summary>How often a backward rule was called.</summary>
        public int RulesCalled { get; private set; }

        string NameOf(Tensor tensor)
        {
            if (_names.TryGetValue(tensor, out string? name)) return name;
            name = _names[tensor] = tensor.RequiresGrad ? $"v{++_variables}" : $"c{++_constants}";
            probe.Note($"{name} = {Text(tensor)}{(tensor.RequiresGrad ? "" : ", a constant")}");
            return name;
        }

        /// <summary>Notes a result, and returns it.</summary>
        public Tensor Done(string operation, IReadOnlyList<Tensor> inputs, Tensor output)
        {
            string text = $"{operation}({string.Join(", ", inputs.Select(NameOf))})";
            if (!_names.TryGetValue(output, out string? name)) _names[output] = name = $"v{++_variables}";
            probe.Note($"{name} = {text} = {Text(output)}");
            return output;
        }

        public void Backward(Operation operation, Tensor gradient, Tensor?[] gradients)
        {
            RulesCalled++;
            string inputs = string.Join(", ", operation.Inputs.Select(NameOf));
            probe.Note($"backward of {NameOf(operation.Output)} = {operation.Name}({inputs}): {Text(gradient)} gives {string.Join(" and ", gradients.Select((one, k) => $"{Text(one)} to {NameOf(operation.Inputs[k])}"))}");
        }

        static string Text(Tensor? tensor) => tensor is null ? "nothing"
            : $"[{string.Join(" ", tensor.ToArray().Select(x => (x == 0 ? 0 : x).ToString("G4", System.Globalization.CultureInfo.InvariantCulture)))}]";
    }

    /// <summary>An operation that tells when it is computed and when its backward rule runs.</summary>
    abstract class Step(Story story, params Tensor[] inputs) : Operation(inputs)
    {
        /// <summary>Applies it.</summary>
        public Tensor Done() => story.Done(Name, Inputs, Apply());

        public sealed override Tensor?[] Backward(Tensor gradient)
        {
            Tensor?[] gradients = Rule(gradient);
            story.Backward(this, gradient, gradients);
            return gradients;
        }

        protected abstract Tensor?[] Rule(Tensor gradient);
    }

    /// <summary>z = p·a + q·b</summary>
    sealed class Mix(Story story, Tensor a, Tensor b, double p, double q) : Step(story, a, b)
    {
        protected override Tensor Forward() => Map(Inputs[0], Inputs[1], (x, y) => p * x + q * y);

        protected override Tensor?[] Rule(Tensor gradient) => [Map(gradient, gradient, (g, _) => p * g), Map(gradient, gradient, (g, _) => q * g)];
    }

    /// <summary>y = c·x² / 2, whose rule reads the input.</summary>
    sealed class Bend(Story story, Tensor x, double c) : Step(story, x)
    {
        protected override Tensor Forward() => Map(X, X, (x, _) => c * x * x / 2);

        protected override Tensor?[] Rule(Tensor gradient) => [Map(gradient, X, (g, x) => g * c * x)];
    }

    /// <summary>y = 3·x + b, whose rule says that b gets no gradient.</summary>
    sealed class Shifted(Story story, Tensor x, Tensor b) : Step(story, x, b)
    {
        protected override Tensor Forward() => Map(Inputs[0], Inputs[1], (x, b) => 3 * x + b);

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
        var story = new Story(probe);
        Shape shape = [probe.Next(2, 7)];
        Tensor x = probe.DrawLeaf(shape), constant = probe.Draw(shape);
        Tensor before = new Bend(story, x, 2).Done();
        probe.Return("recorded outside a scope", Cases.Mark(before.RequiresGrad || before.Producer is not null));

        using var autograd = new Autograd();
        var first = new Bend(story, x, 3);
        Tensor y = first.Done();
        var second = new Mix(story, y, constant, 2, -1);
        Tensor z = second.Done();
        Tensor plain = new Bend(story, constant, 2).Done();
        var third = new Mix(story, z, y, -3, 0.5);
        Tensor w = third.Done();

        Cases.Tape(probe, autograd);
        probe.Return("operations", autograd.Operations.Count);
        Operation[] expected = [first, second, third];
        for (int i = 0; i < expected.Length; i++)
            probe.Return($"operation {i} in its place", Cases.Mark(i < autograd.Operations.Count && ReferenceEquals(autograd.Operations[i], expected[i])));
        probe.Return("results require gradients", Cases.Mark(y.RequiresGrad) + Cases.Mark(z.RequiresGrad) + Cases.Mark(w.RequiresGrad));
        probe.Return("results know their operation", Cases.Mark(y.Producer == first) + Cases.Mark(z.Producer == second) + Cases.Mark(w.Producer == third));
        probe.Return("constants recorded", Cases.Mark(plain.RequiresGrad || plain.Producer is not null));
        // Both ways to require a gradient: as a first input, and as a second one only.
        Tensor v = new Mix(story, constant, x, 1, 2).Done();
        Cases.Tape(probe, autograd);
        probe.Return("operation of a second input", autograd.Operations.Count);
        probe.Return("value", v);
        // Two leaves at once, and one result alone: an operation is recorded once, and not only if it reads a leaf.
        new Mix(story, x, probe.DrawLeaf(shape), 3, 1).Done();
        probe.Return("operation of two leaves", autograd.Operations.Count);
        new Bend(story, y, 2).Done();
        probe.Return("operation of a result", autograd.Operations.Count);

        using (Autograd.Pause()) new Bend(story, w, 2).Done();
        probe.Return("operations after a pause", autograd.Operations.Count);
        new Bend(story, w, 2).Done();
        Cases.Tape(probe, autograd);
        probe.Return("operations in the end", autograd.Operations.Count);
    }

    public static void Chain(Probe probe)
    {
        var story = new Story(probe);
        Tensor x = probe.DrawLeaf([3]);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(story, x, 1.5).Done();
            autograd.Backward(y, probe.Draw([3]));
            probe.Return("one operation", x.Grad);
        }

        story = new Story(probe);
        Tensor start = probe.DrawLeaf([2], 0.5, 1.5), other = probe.DrawLeaf([2], 0.5, 1.5);
        using (var autograd = new Autograd())
        {
            Tensor a = new Bend(story, start, 1.25).Done();
            Tensor b = new Mix(story, a, other, 2, -3).Done();
            Tensor c = new Bend(story, b, 0.5).Done();
            autograd.Backward(c, probe.Draw([2]));
            probe.Return("rules called along a chain of 3", story.RulesCalled);
            probe.Return("gradient kept by an inner result", b.Grad);
        }
        probe.Return("start", start.Grad);
        probe.Return("other", other.Grad);

        // As many operations and elements as drawn. Nothing else is recorded: a branch that does not reach the output is another question's.
        story = new Story(probe);
        Tensor far = probe.DrawLeaf([probe.Next(1, 4), probe.Next(1, 3)], 0.5, 1.5), end = far;
        int length = probe.Next(4, 8);
        using (var autograd = new Autograd())
        {
            for (int i = 0; i < length; i++) end = i % 3 == 1 ? new Bend(story, end, 0.5).Done() : new Mix(story, end, other.Detach().Sum() + 0 * end.Detach(), 0.75, 0.25).Done();
            autograd.Backward(end, probe.Draw(end.Shape));
        }
        probe.Return("rules called along a longer chain, less its length", story.RulesCalled - length);
        probe.Return("start of a longer chain", far.Grad);

        story = new Story(probe);
        Tensor scalar = probe.DrawLeaf([], 0.5, 1.5);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(story, new Bend(story, scalar, 3).Done(), 2).Done();
            autograd.Backward(y);
        }
        probe.Return("from 1", scalar.Grad);

        // More than one operation: a sweep in the wrong direction goes right along a chain of one.
        story = new Story(probe);
        Tensor row = probe.DrawLeaf([2]), matrix = probe.DrawLeaf([3, 2]);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(story, story.Done("Add", [matrix, row], matrix + row), 0.5).Done();
            autograd.Backward(y, probe.Draw([3, 2]));
        }
        probe.Return("broadcast row", row.Grad);
        probe.Return("matrix", matrix.Grad);

        // The tape of an inner scope goes on behind that of the scope around it, whose operations are not its business.
        story = new Story(probe);
        Tensor within = probe.DrawLeaf([2]);
        using var around = new Autograd();
        new Bend(story, within, 3).Done();
        using var inner = new Autograd();
        inner.Backward(new Bend(story, new Bend(story, within, 1.5).Done(), 0.5).Done(), probe.Draw([2]));
        probe.Return("in an inner scope", within.Grad);
    }

    public static void SeveralUses(Probe probe)
    {
        var story = new Story(probe);
        Tensor x = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(story, x, 1.5).Done();
            autograd.Backward(new Mix(story, y, y, 2, 5).Done(), probe.Draw([2]));
        }
        probe.Return("twice in one operation", x.Grad);

        // A diamond: both contributions to y must have arrived before the rule of y's operation runs.
        story = new Story(probe);
        Tensor top = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(story, top, 1.5).Done();
            Tensor left = new Bend(story, y, 0.75).Done();
            Tensor right = new Bend(story, y, -1.25).Done();
            autograd.Backward(new Mix(story, left, right, 2, 3).Done(), probe.Draw([2]));
        }
        probe.Return("diamond", top.Grad);

        // A skip: the last operation reads an early result again.
        story = new Story(probe);
        Tensor a = probe.DrawLeaf([2]), b = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor early = new Mix(story, a, b, 1, 2).Done();
            Tensor inner = new Bend(story, early, 0.5).Done();
            Tensor late = new Mix(story, inner, b, 3, -1).Done();
            autograd.Backward(new Mix(story, early, late, 4, 0.5).Done(), probe.Draw([2]));
        }
        probe.Return("skip a", a.Grad);
        probe.Return("skip b", b.Grad);

        // A drawn graph: every result is made of any two that came before it.
        story = new Story(probe);
        Shape shape = [probe.Next(1, 4)];
        Tensor first = probe.DrawLeaf(shape), second = probe.DrawLeaf(shape);
        using (var autograd = new Autograd())
        {
            List<Tensor> results = [first, second];
            for (int i = probe.Next(4, 8); i > 0; i--)
                results.Add(new Mix(story, results[^1], results[probe.Next(0, results.Count - 1)], Math.Round(0.5 + probe.Next(), 2), Math.Round(-1.5 + probe.Next(), 2)).Done());
            autograd.Backward(results[^1], probe.Draw(shape));
        }
        probe.Return("drawn graph a", first.Grad);
        probe.Return("drawn graph b", second.Grad);

        // A sum hands the same tensor to both its operands: what is added for the one must not reach the other.
        story = new Story(probe);
        Tensor p = probe.DrawLeaf([2]), q = probe.DrawLeaf([2]);
        using (var autograd = new Autograd())
        {
            Tensor u = new Bend(story, p, 1.5).Done(), v = new Bend(story, q, 0.5).Done();
            Tensor again = new Bend(story, u, 2).Done();
            Tensor sum = story.Done("Add", [u, v], u + v);
            autograd.Backward(new Mix(story, sum, again, 3, -2).Done(), probe.Draw([2]));
        }
        probe.Return("skip beside a sum", p.Grad);
        probe.Return("skip beside a sum, its other operand", q.Grad);
    }

    public static void Accumulation(Probe probe)
    {
        // The same loss twice in one scope: exactly twice the gradient, inner results included only once each time.
        var story = new Story(probe);
        Shape shape = [probe.Next(2, 7)];
        Tensor x = probe.DrawLeaf(shape);
        using (var autograd = new Autograd())
        {
            Tensor y = new Bend(story, new Bend(story, x, 1.5).Done(), 0.5).Done();
            Tensor upstream = probe.Draw(shape);
            autograd.Backward(y, upstream);
            probe.Return("Grad after the first call", x.Grad);
            autograd.Backward(y, upstream);
            probe.Return("Grad after the second call", x.Grad);
        }

        // Two scopes, as in two batches before one step.
        story = new Story(probe);
        Tensor w = probe.DrawLeaf(shape);
        for (int batch = 0; batch < 2; batch++)
        {
            using var autograd = new Autograd();
            autograd.Backward(new Mix(story, w, probe.Draw(shape), 2 + batch, 1).Done(), probe.Draw(shape));
        }
        probe.Return("two batches", w.Grad);

        // A second loss that shares an inner result with the first.
        story = new Story(probe);
        Tensor shared = probe.DrawLeaf(shape);
        using (var autograd = new Autograd())
        {
            Tensor inner = new Bend(story, shared, 2).Done();
            Tensor one = new Bend(story, inner, 0.5).Done();
            Tensor two = new Mix(story, inner, one, 1, -2).Done();
            autograd.Backward(one, probe.Draw(shape));
            autograd.Backward(two, probe.Draw(shape));
        }
        probe.Return("two losses", shared.Grad);

        shared.ZeroGrad();
        probe.Return("after ZeroGrad", shared.Grad);
    }

    public static void UnrelatedBranch(Probe probe)
    {
        var story = new Story(probe);
        Shape shape = [probe.Next(2, 7)];
        Tensor x = probe.DrawLeaf(shape), aside = probe.DrawLeaf(shape), later = probe.DrawLeaf(shape);
        using (var autograd = new Autograd())
        {
            Tensor unused = new Bend(story, aside, 2).Done();
            Tensor y = new Bend(story, x, 1.5).Done();
            Tensor sideways = new Mix(story, y, unused, 2, 3).Done();
            Tensor loss = new Bend(story, y, 0.5).Done();
            new Mix(story, loss, later, 5, 7).Done();
            new Bend(story, sideways, 3).Done();
            autograd.Backward(loss, probe.Draw(shape));
        }
        probe.Return("Grad of the leaf that leads to the loss", x.Grad);
        probe.Return("Grad of the leaf that does not", aside.Grad);
        probe.Return("Grad of the leaf that is used after it", later.Grad);

        story = new Story(probe);
        Tensor moved = probe.DrawLeaf(shape), b = probe.DrawLeaf(shape);
        using (var autograd = new Autograd())
        {
            Tensor sum = new Shifted(story, moved, new Bend(story, b, 2).Done()).Done();
            autograd.Backward(new Bend(story, sum, 0.5).Done(), probe.Draw(shape));
        }
        probe.Return("beside an input without a gradient", moved.Grad);
        probe.Return("without a gradient", b.Grad);
    }
}
