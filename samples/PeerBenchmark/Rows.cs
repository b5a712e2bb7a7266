using System.Globalization;
using System.Numerics;
using MyTorch;
using MyTorch.Kernels;
using MyTorch.Nn;
using MyTorch.Optim;
using TorchSharp;
using Workloads;

namespace PeerBenchmark;

/// <summary>One line of the table: the same work on both sides.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Prepare">Makes both sides ready to run.</param>
sealed record Row(string Name, Func<Work> Prepare)
{
    /// <summary>The most threads both sides may use; null for as many as the run allows.</summary>
    internal int? Threads { get; init; }

    /// <summary>Whether <c>--short</c> leaves it out.</summary>
    internal bool IsLong { get; init; }
}

/// <summary>Both sides of a row, ready to run.</summary>
/// <param name="Ours">Does the work a number of times with MyTorch.</param>
/// <param name="Torch">Does it as often with TorchSharp.</param>
/// <param name="Check">How far the results of both sides are apart at most, and how far they may be.</param>
sealed record Work(Action<int> Ours, Action<int> Torch, Func<(double Difference, double Tolerance)> Check) : IDisposable
{
    /// <summary>What is to be said of a measured time of ours and of theirs, in microseconds.</summary>
    internal Func<double, double, string> Remark { get; init; } = (_, _) => "";

    internal Action Release { get; init; } = () => { };

    public void Dispose() => Release();
}

/// <summary>All the rows but the epoch and the CSV file, which run in separate processes.</summary>
static class Rows
{
    internal const int CheckedSteps = 5;

    /// <summary>How far losses of the first steps may be apart, as a share.</summary>
    internal const double LossTolerance = 1e-4;

    internal static IEnumerable<Row> All(int threads)
    {
        foreach (Net net in Net.All)
        {
            yield return new Row($"step {net.Name}", () => Step(net, reuseMemory: false));
            yield return new Row($"step {net.Name} reused", () => Step(net, reuseMemory: true));
        }
        foreach (int n in (int[])[16, 32, 64, 256, 512, 1024, 2048])
            foreach (int count in (int[])(threads > 1 ? [1, 2] : [1]))
            {
                string of = count == 1 ? "1 thread" : "2 threads";
                string size = n.ToString(CultureInfo.InvariantCulture);
                yield return new Row($"product n={size} float32 {of}", () => Product<float>(n, count)) { Threads = count, IsLong = n > 1024 };
                yield return new Row($"product n={size} float64 {of}", () => Product<double>(n, count)) { Threads = count, IsLong = n > 1024 };
            }
        foreach (OurOperation operation in OurOperation.All)
        {
            yield return new Row($"{operation.Name} 1M", () => Into(operation)) { Threads = 1 };
            yield return new Row($"{operation.Name} 1M fresh", () => Fresh(operation, reuseMemory: false));
            yield return new Row($"{operation.Name} 1M reused", () => Fresh(operation, reuseMemory: true));
        }
        foreach (string optimizer in (string[])["sgd", "adam", "adamw", "rmsprop"])
            yield return new Row($"{optimizer} step 1M", () => Update(optimizer));
        yield return new Row("inference 64-64-10, one row", () => Inference(1));
        yield return new Row("inference 64-64-10, one row, 8 threads", () => Inference(8));
    }

    static Work Step(Net net, bool reuseMemory)
    {
        var ours = new OurTraining(net, reuseMemory);
        var torch = new TorchTraining(net);
        return new Work(
            times =>
            {
                for (int i = 0; i < times; i++) ours.Step();
            },
            times =>
            {
                for (int i = 0; i < times; i++) torch.Step().Dispose();
            },
            () =>
            {
                double worst = 0;
                for (int i = 0; i < CheckedSteps; i++)
                {
                    double mine = ours.Step();
                    using torch.Tensor loss = torch.Step();
                    worst = Worse(worst, Math.Abs(mine - loss.item<float>()) / Math.Abs(mine));
                }
                return (worst, LossTolerance);
            })
        {
            Release = torch.Dispose,
        };
    }

    static Work Product<T>(int n, int threads) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var ours = new OurProduct<T>(n);
        torch.Tensor a = TorchSide.Square(ours.A, n), b = TorchSide.Square(ours.B, n), z = torch.empty_like(a);
        Action<int> theirs = TorchSide.Into("product", a, b, z);
        return new Work(
            times =>
            {
                for (int i = 0; i < times; i++) ours.Run();
            },
            theirs,
            () =>
            {
                ours.Run();
                theirs(1);
                return (Difference<T>(ours.C, z), typeof(T) == typeof(float) ? 1e-4 : 1e-11);
            })
        {
            Remark = (mine, other) => string.Create(CultureInfo.InvariantCulture,
                $"{ours.FloatingPointOperations / mine / 1e3:0.#} and {ours.FloatingPointOperations / other / 1e3:0.#} GFLOP/s, {Share(mine):0 %} and {Share(other):0 %} of the limit"),
            Release = () => Dispose(a, b, z),
        };

        double Share(double microseconds) => ours.FloatingPointOperations / microseconds * 1e6 / Limits.Of<T>(threads);
    }

    static Work Into(OurOperation operation)
    {
        float[] left = OurOperation.Left(), right = OurOperation.Right(), result = new float[operation.ResultLength];
        torch.Tensor a = TorchSide.Square(left, OurOperation.Side), b = TorchSide.Square(right, OurOperation.Side);
        torch.Tensor z = operation.ResultLength == OurOperation.Elements ? torch.empty_like(a) : torch.empty(operation.ResultLength == 1 ? [] : [operation.ResultLength]);
        Action<int> theirs = TorchSide.Into(operation.Name, a, b, z);
        return new Work(
            times =>
            {
                for (int i = 0; i < times; i++) operation.Into(left, right, result);
            },
            theirs,
            () =>
            {
                operation.Into(left, right, result);
                theirs(1);
                return (Difference<float>(result, z), SumTolerance(operation));
            })
        {
            Release = () => Dispose(a, b, z),
        };
    }

    static Work Fresh(OurOperation operation, bool reuseMemory)
    {
        float[] left = OurOperation.Left(), right = OurOperation.Right();
        Shape shape = [OurOperation.Side, OurOperation.Side];
        // Only what is recorded is given back at the end of a scope.
        Tensor x = Tensor.From(left, shape, requiresGrad: reuseMemory), y = Tensor.From(right, shape);
        torch.Tensor a = TorchSide.Square(left, OurOperation.Side), b = TorchSide.Square(right, OurOperation.Side);
        return new Work(
            times =>
            {
                for (int i = 0; i < times; i++)
                {
                    using Autograd? autograd = reuseMemory ? new(reuseMemory: true) : null;
                    operation.Fresh(x, y);
                }
            },
            times =>
            {
                for (int i = 0; i < times; i++) TorchSide.Fresh(operation.Name, a, b).Dispose();
            },
            () =>
            {
                using torch.Tensor z = TorchSide.Fresh(operation.Name, a, b);
                return (Difference<float>(operation.Fresh(x, y).ToFloatArray(), z), SumTolerance(operation));
            })
        {
            Release = () => Dispose(a, b),
        };
    }

    static Work Update(string optimizer)
    {
        float[] weight = OurOperation.Left(), gradient = OurOperation.Right();
        Tensor w = Tensor.From(weight, [OurOperation.Side, OurOperation.Side], requiresGrad: true);
        w.Grad = Tensor.From(gradient, w.Shape);
        Optimizer ours = optimizer switch
        {
            "adam" => new Adam([w]),
            "adamw" => new AdamW([w]),
            "rmsprop" => new RMSprop([w]),
            _ => new SGD([w], Net.LearningRate, Net.Momentum),
        };
        var torch = new TorchUpdate(optimizer, weight, gradient);
        return new Work(
            times =>
            {
                for (int i = 0; i < times; i++) ours.Step();
            },
            times =>
            {
                for (int i = 0; i < times; i++) torch.Step();
            },
            () =>
            {
                for (int i = 0; i < CheckedSteps; i++)
                {
                    ours.Step();
                    torch.Step();
                }
                return (Difference<float>(w.ToFloatArray(), torch.Weight), 1e-5);
            })
        {
            Release = torch.Dispose,
        };
    }

    /// <summary>The outputs for one row, on some threads at once; the time is that of one row.</summary>
    static Work Inference(int threads)
    {
        var model = new MLP(64, [64], 10, generator: new Generator(1));
        float[] row = Tensor.Randn([64], generator: new Generator(2)).ToFloatArray();
        Tensor x = Tensor.From(row, [1, 64]);
        TorchSharp.Modules.Sequential theirs = TorchTraining.Model(model);
        torch.Tensor input = torch.tensor(row, [1, 64]);
        var crew = new Crew(threads);
        return new Work(
            times => crew.Run(times, () => model.Forward(x)),
            times => crew.Run(times, () =>
            {
                using var pause = torch.no_grad();
                theirs.forward(input).Dispose();
            }),
            () =>
            {
                using var pause = torch.no_grad();
                using torch.Tensor output = theirs.forward(input);
                return (Difference<float>(model.Forward(x).ToFloatArray(), output), 1e-5);
            })
        {
            Release = () =>
            {
                crew.Dispose();
                theirs.Dispose();
                input.Dispose();
            },
        };
    }

    // Sums of up to a million numbers are added in different orders.
    static double SumTolerance(OurOperation operation) => operation.Name.StartsWith("sum", StringComparison.Ordinal) ? 1e-3 : 1e-5;

    /// <summary>The largest difference, as a share where the numbers are larger than 1.</summary>
    static double Difference<T>(T[] ours, torch.Tensor theirs) where T : unmanaged, INumber<T>
    {
        using torch.Tensor flat = theirs.flatten();
        T[] other = flat.data<T>().ToArray();
        if (other.Length != ours.Length) return double.NaN;
        double worst = 0;
        for (int i = 0; i < ours.Length; i++)
        {
            double mine = double.CreateChecked(ours[i]), theirOwn = double.CreateChecked(other[i]);
            worst = Worse(worst, Math.Abs(mine - theirOwn) / Math.Max(1, Math.Abs(mine)));
        }
        return worst;
    }

    // Once NaN, always NaN.
    static double Worse(double worst, double difference) => difference <= worst ? worst : difference;

    static void Dispose(params torch.Tensor[] tensors)
    {
        foreach (torch.Tensor tensor in tensors) tensor.Dispose();
    }
}

/// <summary>The multiply-add limits, each measured when it is first asked for.</summary>
static class Limits
{
    static readonly Dictionary<(Type, int, VectorWidth), double> s_limits = [];

    /// <summary>With the widest vectors of the processor.</summary>
    internal static double Of<T>(int threads) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Of<T>(threads, VectorPath.Available.First());

    internal static double Of<T>(int threads, VectorWidth width) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!s_limits.TryGetValue((typeof(T), threads, width), out double limit))
            s_limits[(typeof(T), threads, width)] = limit = MultiplyAddLimit.Measure<T>(threads, width);
        return limit;
    }
}

/// <summary>
/// Threads that live as long as a row, so that a block of runs does not contain their start: eight of them take longer to start than to
/// compute a thousand rows. The thread that asks is one of them.
/// </summary>
sealed class Crew : IDisposable
{
    readonly Barrier _barrier;
    readonly int _threads;
    Action? _work;
    int _times;

    internal Crew(int threads)
    {
        _threads = threads;
        _barrier = new Barrier(threads);
        for (int t = 1; t < threads; t++) new Thread(Serve) { IsBackground = true }.Start();
    }

    /// <summary>Does the work a number of times in all, each thread its share.</summary>
    internal void Run(int times, Action work)
    {
        (_times, _work) = ((times + _threads - 1) / _threads, work);
        _barrier.SignalAndWait();
        Repeat(_times, work);
        _barrier.SignalAndWait();
    }

    void Serve()
    {
        while (true)
        {
            _barrier.SignalAndWait();
            if (_work is not { } work) return;
            Repeat(_times, work);
            _barrier.SignalAndWait();
        }
    }

    static void Repeat(int times, Action work)
    {
        for (int i = 0; i < times; i++) work();
    }

    public void Dispose()
    {
        _work = null;
        _barrier.SignalAndWait();
    }
}
