using System.Globalization;
using MyTorch;
using MyTorch.Data;
using M = MyTorch.Tensor;
using Nn = MyTorch.Nn;

namespace DifferentialTest;

/// <summary>What a question to MyTorch alone came to.</summary>
/// <param name="Name">The question.</param>
/// <param name="Wrong">What is wrong, or null.</param>
/// <param name="Code">The program.</param>
sealed record Finding(string Name, string? Wrong, string Code);

/// <summary>A question whose answer is known without PyTorch: whole numbers, settings that must be refused, threads, holders of layers.</summary>
sealed record Probe : Case
{
    internal required Func<Random, Finding> Ask { get; init; }

    internal static Probe Of(int seed, Random random, string family, Func<Random, Finding>[] probes)
    {
        Func<Random, Finding> ask = probes[random.Next(probes.Length)];
        return new Probe { Seed = seed, Family = family, Ask = ask };
    }

    Finding Answer() => Ask(Generator.Seeded(Seed + 1_000_000));

    internal override Difference? Run() => Answer() is { Wrong: { } wrong } finding ? new Difference(finding.Name, wrong) : null;

    internal override string Code(Difference difference) => $"// {difference.What}: {difference.Details}\n{Answer().Code}\n";
}

/// <summary>Whole numbers beyond 2^53 keep every digit, or are refused.</summary>
static class Integers
{
    internal static readonly Func<Random, Finding>[] All = [EqualTo, EqualToNumber, Compare, AllClose, Item, Fill, Moves, Print];

    static long Large(Random random) => (1L << random.Next(53, 62)) + random.Next(1, 1000) * 2 + 1;

    static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    static Finding Exactly(string name, string code, Func<bool> right)
    {
        try
        {
            return new Finding(name, right() ? null : "digits are lost", code);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or OverflowException)
        {
            return new Finding(name, null, code);
        }
    }

    static Finding EqualTo(Random random)
    {
        long a = Large(random), b = a + random.Next(-1, 2);
        return Exactly("EqualTo of Int64", $"Tensor.Indices({Text(a)}).EqualTo(Tensor.Indices({Text(b)}))", () => M.Indices(a).EqualTo(M.Indices(b)).ToBoolArray()[0] == (a == b));
    }

    static Finding EqualToNumber(Random random)
    {
        long a = Large(random);
        return Exactly("EqualTo of Int64 and a number", $"Tensor.Indices({Text(a)}).EqualTo({Text(a)})", () => M.Indices(a).EqualTo(a).ToBoolArray()[0]);
    }

    static Finding Compare(Random random)
    {
        long a = Large(random), b = a + random.Next(-1, 2);
        return Exactly("comparison of Int64", $"Tensor.Indices({Text(a)}) < Tensor.Indices({Text(b)}), and >, <=, >=, NotEqualTo", () =>
        {
            M x = M.Indices(a), y = M.Indices(b);
            return (x < y).ToBoolArray()[0] == a < b && (x > y).ToBoolArray()[0] == a > b && (x <= y).ToBoolArray()[0] == a <= b
                && (x >= y).ToBoolArray()[0] == a >= b && x.NotEqualTo(y).ToBoolArray()[0] == (a != b);
        });
    }

    static Finding AllClose(Random random)
    {
        long a = Large(random), b = a + random.Next(0, 2);
        return Exactly("AllClose of Int64", $"Tensor.Indices({Text(a)}).AllClose(Tensor.Indices({Text(b)}), relative: 0, absolute: 0)", () => M.Indices(a).AllClose(M.Indices(b), relative: 0, absolute: 0) == (a == b));
    }

    static Finding Item(Random random)
    {
        long a = Large(random);
        return Exactly("Item of Int64", $"Tensor.Indices({Text(a)}).Item()", () => (decimal)M.Indices(a).Item() == a && M.Indices(a).ItemInt64() == a);
    }

    static Finding Fill(Random random)
    {
        double value = random.Next(3) switch { 0 => 0.5 + random.Next(100), 1 => 1e19, _ => double.NaN };
        return Exactly("Full of Int64", $"Tensor.Full([2], {Settings.Number(value)}, DType.Int64)", () => M.Full([2], value, DType.Int64).ToInt64Array()[0] == (decimal)value);
    }

    static Finding Moves(Random random)
    {
        long a = Large(random), b = Large(random);
        return Exactly("moving Int64", $"Tensor.Concat([Tensor.Indices({Text(a)}), Tensor.Indices({Text(b)})])", () =>
            M.Concat([M.Indices(a), M.Indices(b)]).ToInt64Array().SequenceEqual([a, b]) && M.Indices(a, b)[1].ToInt64Array()[0] == b
            && M.Indices(a, b).Reshape([2, 1]).Transpose(0, 1).Clone().ToInt64Array().SequenceEqual([a, b]) && M.Where(M.Mask(true), M.Indices(a), M.Indices(b)).ToInt64Array()[0] == a);
    }

    static Finding Print(Random random)
    {
        long a = Large(random);
        return Exactly("printing Int64", $"Tensor.Indices({Text(a)}).ToString()", () => M.Indices(a).ToString().Contains(Text(a), StringComparison.Ordinal));
    }
}

/// <summary>Settings and data that no result could be right for.</summary>
static class Refusals
{
    static readonly M s_x = M.From([0.5, -1, 2, 1], [2, 2], DType.Float64);

    internal static readonly Func<Random, Finding>[] All =
    [
        r => Setting("Softplus(beta: {0})", r, [0, double.NaN, double.PositiveInfinity], v => s_x.Softplus(beta: v)),
        r => Setting("Softplus(threshold: {0})", r, [double.NaN], v => s_x.Softplus(threshold: v)),
        r => Setting("ELU({0})", r, [double.NaN, double.PositiveInfinity], v => s_x.ELU(v)),
        r => Setting("LeakyReLU({0})", r, [double.NaN, double.PositiveInfinity], v => s_x.LeakyReLU(v)),
        r => Setting("Swish({0})", r, [double.NaN, double.NegativeInfinity], v => s_x.Swish(v)),
        r => Setting("Clamp({0}, 1)", r, [double.NaN], v => s_x.Clamp(v, 1)),
        r => Setting("new Nn.HuberLoss(delta: {0})", r, [0, -1, double.NaN, double.PositiveInfinity], v => new Nn.HuberLoss(delta: v)),
        r => Setting("new Nn.SmoothL1Loss(beta: {0})", r, [-1, double.NaN], v => new Nn.SmoothL1Loss(beta: v)),
        r => Setting("new Nn.CrossEntropyLoss(labelSmoothing: {0})", r, [-0.1, 1.5, double.NaN], v => new Nn.CrossEntropyLoss(labelSmoothing: v)),
        r => Setting("new Nn.Dropout(p: {0})", r, [-0.1, 1.5, double.NaN], v => new Nn.Dropout(p: v)),
        r => Setting("new Nn.BatchNorm1d(2, epsilon: {0})", r, [0, -1, double.NaN, double.PositiveInfinity], v => new Nn.BatchNorm1d(2, epsilon: v)),
        r => Setting("new Nn.LayerNorm([2], epsilon: {0})", r, [0, -1, double.NaN, double.PositiveInfinity], v => new Nn.LayerNorm([2], epsilon: v)),
        r => Setting("new SGD(parameters, learningRate: {0})", r, [-1, double.NaN, double.PositiveInfinity], v => new MyTorch.Optim.SGD([new Nn.Parameter(s_x)], learningRate: v)),
        r => Setting("new SGD(parameters, 0.1, momentum: {0})", r, [-1, double.NaN], v => new MyTorch.Optim.SGD([new Nn.Parameter(s_x)], learningRate: 0.1, momentum: v)),
        r => Setting("new Nn.NLLLoss().Forward(Tensor.Full([1, 2], {0}), Tensor.Indices(0))", r, [0.5, 0.3], v => new Nn.NLLLoss().Forward(M.Full([1, 2], v), M.Indices(0))),
        r => Setting("new Dataset(Tensor.Full([2, 1], {0}), Tensor.Indices(0, 1))", r, [double.PositiveInfinity, double.NegativeInfinity], v => new Dataset(M.Full([2, 1], v), M.Indices(0, 1))),
        r => Setting("Metrics.Accuracy(Tensor.Full([2, 3], {0}), Tensor.Indices(0, 0))", r, [double.NaN], v =>
        {
            // A share of rows that are no prediction: NaN is as good an answer as an error.
            if (double.IsNaN(Metrics.Accuracy(M.Full([2, 3], v), M.Indices(0, 0)))) throw new ArgumentException("NaN");
        }),
        _ => Inputs(),
    ];

    static Finding Setting(string code, Random random, double[] bad, Action<double> use)
    {
        double value = bad[random.Next(bad.Length)];
        string name = "refusal of " + code.Replace("{0}", Settings.Number(value), StringComparison.Ordinal);
        try
        {
            use(value);
            return new Finding(name, "it is taken without a word", name["refusal of ".Length..]);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return new Finding(name, null, name["refusal of ".Length..]);
        }
    }

    static Finding Inputs() => new("inputs of an operation", new MyTorch.Operations.Add(s_x, s_x).Inputs is M[] ? "the list can be cast to the engine's own array and written" : null, "new Add(x, x).Inputs is Tensor[]");
}

/// <summary>Layers in every kind of holder: found, or refused with the way to do it.</summary>
static class Holders
{
    internal static readonly Func<Random, Finding>[] All =
    [
        r => Holder("field", r, n => new Fields(n), 2), r => Holder("array", r, n => new Held<Nn.Module[]>([L(n), L(n)]), 2),
        r => Holder("list", r, n => new Held<List<Nn.Linear>>([L(n), L(n), L(n)]), 3),
        r => Holder("dictionary", r, n => new Held<Dictionary<string, Nn.Linear>>(new() { ["a"] = L(n), ["b"] = L(n) }), 2),
        r => Holder("tuple", r, n => new Held<(Nn.Linear, Nn.Linear)>((L(n), L(n))), 2),
        r => Holder("nullable tuple", r, n => new Held<(Nn.Linear, Nn.Linear)?>((L(n), L(n))), 2),
        r => Holder("tuple of classes", r, n => new Held<Tuple<Nn.Linear, Nn.Linear>>(Tuple.Create(L(n), L(n))), 2),
        r => Holder("list of pairs", r, n => new Held<List<KeyValuePair<string, Nn.Linear>>>([new("a", L(n)), new("b", L(n))]), 2),
        r => Holder("plain class", r, n => new Held<Plain>(new Plain(L(n))), 1), r => Holder("list of plain classes", r, n => new Held<List<Plain>>([new Plain(L(n)), new Plain(L(n))]), 2),
        r => Holder("struct", r, n => new Held<Value>(new Value { First = L(n), Second = L(n) }), 2), r => Holder("array of structs", r, n => new Held<Value[]>([new Value { First = L(n), Second = L(n) }]), 2),
        r => Holder("record", r, n => new Held<Pair>(new Pair(L(n), L(n))), 2), r => Holder("record struct", r, n => new Held<PairValue>(new PairValue(L(n), L(n))), 2),
        r => Holder("Lazy", r, n => new Held<Lazy<Nn.Linear>>(new Lazy<Nn.Linear>(() => L(n))), 1), r => Holder("delegate", r, n => { Nn.Linear layer = L(n); return new Held<Func<M, M>>(layer.Forward); }, 1),
        r => Holder("object", r, n => new Held<object>(L(n)), 1), r => Holder("interface", r, n => new Held<IReadOnlyList<Nn.Module>>([L(n), L(n)]), 2),
        r => Holder("jagged array", r, n => new Held<Nn.Linear[][]>([[L(n)], [L(n), L(n)]]), 3), r => Holder("dictionary of lists", r, n => new Held<Dictionary<string, List<Nn.Linear>>>(new() { ["a"] = [L(n)], ["b"] = [L(n)] }), 2),
        r => Holder("queue", r, n => new Held<Queue<Nn.Linear>>(new Queue<Nn.Linear>([L(n), L(n)])), 2), r => Holder("linked list", r, n => new Held<LinkedList<Nn.Linear>>(new LinkedList<Nn.Linear>([L(n), L(n)])), 2),
        r => Holder("hash set", r, n => new Held<HashSet<Nn.Linear>>([L(n), L(n)]), 2), r => Holder("weak reference", r, n => { Nn.Linear layer = L(n); return new Held<(WeakReference<Nn.Linear>, Nn.Linear)>((new WeakReference<Nn.Linear>(layer), layer)); }, 1),
        r => Holder("private fields of one name in base and derived class", r, n => new Derived(n), 2), r => Holder("fields whose names meet", r, n => new Meeting(n), 2),
        r => Holder("keys 0 and \"0\"", r, n => new Held<Dictionary<object, Nn.Linear>>(new() { [0] = L(n), ["0"] = L(n) }), 2),
        r => Holder("parameters in a list", r, n => new Held<List<Nn.Parameter>>([new Nn.Parameter(M.Ones([n])), new Nn.Parameter(M.Ones([n]))]), 1, each: 2),
        r => Holder("one layer twice", r, n => { Nn.Linear layer = L(n); return new Held<Nn.Linear[]>([layer, layer]); }, 1),
    ];

    static Nn.Linear L(int size) => new(size, size);

    static Finding Holder(string kind, Random random, Func<int, Nn.Module> make, int layers, int each = 0)
    {
        int size = random.Next(1, 5), expected = layers * (each > 0 ? each * size : size * size + size);
        string code = $"a module that holds its layers in: {kind}";
        try
        {
            Nn.Module model = make(size);
            string[] names = [.. model.NamedParameters().Select(named => named.Name)];
            string? wrong = model.ParameterCount != expected ? string.Create(CultureInfo.InvariantCulture, $"{model.ParameterCount} of {expected} learned numbers are found, and nothing is said")
                : names.Distinct(StringComparer.Ordinal).Count() != names.Length ? $"two parameters share a name: {string.Join(", ", names)}" : null;
            return new Finding("layers in a " + kind, wrong, code);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return new Finding("layers in a " + kind, null, code);
        }
    }

    sealed class Held<THolder>(THolder held) : Nn.Module
    {
        internal THolder Layers { get; } = held;

        protected override M ForwardCore(M input) => input;
    }

    sealed class Fields(int size) : Nn.Module
    {
        readonly Nn.Linear _first = L(size);

        Nn.Linear Second { get; } = L(size);

        protected override M ForwardCore(M input) => Second.Forward(_first.Forward(input));
    }

    abstract class Base(int size) : Nn.Module
    {
        readonly Nn.Linear _fc = L(size);

        protected override M ForwardCore(M input) => _fc.Forward(input);
    }

    sealed class Derived(int size) : Base(size)
    {
        readonly Nn.Linear _fc = L(size);

        protected override M ForwardCore(M input) => _fc.Forward(base.ForwardCore(input));
    }

    sealed class Meeting(int size) : Nn.Module
    {
        readonly Nn.Linear _fc1 = L(size);

        Nn.Linear Fc1 { get; } = L(size);

        protected override M ForwardCore(M input) => Fc1.Forward(_fc1.Forward(input));
    }

    sealed class Plain(Nn.Linear layer)
    {
        internal Nn.Linear Layer { get; } = layer;
    }

    struct Value
    {
        internal Nn.Linear First { get; set; }

        internal Nn.Linear Second { get; set; }
    }

    sealed record Pair(Nn.Linear First, Nn.Linear Second);

    readonly record struct PairValue(Nn.Linear First, Nn.Linear Second);
}

/// <summary>Several threads at once.</summary>
static class Threads
{
    internal static readonly Func<Random, Finding>[] All = [Backward, SharedModel, Evaluation, SameValues];

    static void Together(int threads, Action<int> work)
    {
        var failures = new List<Exception>();
        var start = new Barrier(threads);
        Thread[] running = [.. Enumerable.Range(0, threads).Select(t => new Thread(() =>
        {
            try
            {
                start.SignalAndWait();
                work(t);
            }
            catch (Exception e)
            {
                lock (failures) failures.Add(e);
            }
        }))];
        foreach (Thread thread in running) thread.Start();
        foreach (Thread thread in running) thread.Join();
        if (failures.Count > 0) throw new AggregateException(failures);
    }

    static Finding Backward(Random random)
    {
        int threads = random.Next(2, 6), times = random.Next(200, 1500), size = random.Next(1, 40);
        M shared = M.Ones([size], DType.Float64);
        shared.RequiresGrad = true;
        Together(threads, _ =>
        {
            for (int i = 0; i < times; i++)
            {
                using var autograd = new Autograd();
                autograd.Backward((shared * 2).Sum());
            }
        });
        double expected = 2.0 * threads * times, got = shared.Grad!.ToArray().Min();
        return new Finding("Backward from several threads", got == expected ? null : $"{got} of {expected} arrived",
            $"{threads} threads, each {times} times: using var autograd = new Autograd(); autograd.Backward((shared * 2).Sum());   // shared: {size} numbers");
    }

    static Finding SharedModel(Random random)
    {
        int threads = random.Next(2, 5), times = random.Next(50, 300);
        var model = new Nn.Sequential(new Nn.Linear(3, 4, dtype: DType.Float64), new Nn.Tanh(), new Nn.Linear(4, 2, dtype: DType.Float64));
        M x = M.From([0.5, -1, 2, 1, 0, -0.5], [2, 3], DType.Float64);
        double[][] Gradients() => [.. model.Parameters().Select(parameter => parameter.Grad!.ToArray())];
        void Step()
        {
            using var autograd = new Autograd();
            autograd.Backward(model.Forward(x).Square().Sum());
        }
        Step();
        double[][] one = Gradients();
        model.ZeroGrad();
        Together(threads, _ =>
        {
            for (int i = 0; i < times; i++) Step();
        });
        double[][] all = Gradients();
        double worst = one.Zip(all, (a, b) => a.Zip(b, (p, q) => Math.Abs(q / (p * threads * times) - 1)).Where(double.IsFinite).DefaultIfEmpty().Max()).Max();
        return new Finding("Backward of one model from several threads", worst < 1e-9 ? null : $"gradients are off by {worst:P3}", $"{threads} threads, each {times} Backward of one model");
    }

    static Finding Evaluation(Random random)
    {
        int threads = random.Next(2, 5);
        var model = new Nn.Sequential(new Nn.Linear(2, 3), new Nn.Dropout(0.5));
        var data = new Dataset(M.Ones([20, 2]), M.Indices([.. Enumerable.Range(0, 20).Select(i => (long)(i % 3))], [20]));
        bool wavered = false;
        Together(threads, _ =>
        {
            for (int i = 0; i < 100; i++)
            {
                Metrics.Accuracy(model, data);
                if (threads == 1 && !model.Training) wavered = true;
            }
        });
        return new Finding("evaluation from several threads", model.Training && !wavered ? null : "the model is left in evaluation mode", $"{threads} threads, each 100 times Metrics.Accuracy(model, data); then model.Training");
    }

    static Finding SameValues(Random random)
    {
        int threads = random.Next(2, 5), seed = random.Next();
        var results = new double[threads][];
        double[] Work()
        {
            M x = M.Randn([20, 5], DType.Float64, new MyTorch.Generator(seed));
            x.RequiresGrad = true;
            using var autograd = new Autograd();
            autograd.Backward((x.MatMul(x.T).Softmax(-1) * x.Sum(1)).Tanh().Sum());
            return x.Grad!.ToArray();
        }
        double[] alone = Work();
        Together(threads, t => results[t] = Work());
        return new Finding("the same work on several threads", results.All(result => result.SequenceEqual(alone)) ? null : "its results depend on the other threads", $"{threads} threads, the same seeded forward and Backward");
    }
}
