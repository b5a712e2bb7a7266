using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using Workloads;
using static TorchSharp.torch;

namespace PeerBenchmark;

/// <summary>TorchSharp's native library, and whether it is there.</summary>
static class TorchSide
{
    /// <summary>Loads the library.</summary>
    /// <exception cref="ComparisonException">It cannot be loaded.</exception>
    internal static void Load(int threads)
    {
        try
        {
            // TorchSharp, on its own, answers a failure with pages of what it tried and half a gigabyte of copies.
            NativeLibrary.Load("torch_cpu", typeof(torch).Assembly, null);
            NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
            set_num_threads(threads);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or TypeInitializationException or NotSupportedException)
        {
            string reason = e.Message.Contains("GLIBCXX", StringComparison.Ordinal)
                ? "the system's libstdc++ is too old. That of GCC 13 or later is needed (Debian 12 has GCC 12's): run it on a newer system"
                : $"it needs 64-bit Linux or Windows, or macOS on ARM, and the package TorchSharp-cpu restored for it ({e.Message.Split('\n')[0].Trim()})";
            throw new ComparisonException($"TorchSharp's native library cannot be loaded: {reason}. See samples/PeerBenchmark/README.md.");
        }
    }

    internal static string Version => $"TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)}, libtorch {new Version(__version__).ToString(3)}";

    /// <summary>A square matrix with copies of the values.</summary>
    internal static Tensor Square<T>(T[] values, int side) where T : unmanaged
    {
        Tensor matrix = empty(side, side, dtype: typeof(T) == typeof(float) ? float32 : float64);
        MemoryMarshal.AsBytes<T>(values).CopyTo(matrix.bytes);
        return matrix;
    }

    // Loops run inside libtorch, which adds nothing to its time; these are the forms that write into a given destination.
    static readonly Dictionary<string, string> s_into = new()
    {
        ["add"] = "torch.add(a, b, out=z)",
        ["multiply"] = "torch.mul(a, b, out=z)",
        ["divide"] = "torch.div(a, b, out=z)",
        ["relu"] = "torch.clamp_min(a, 0, out=z)",
        ["exp"] = "torch.exp(a, out=z)",
        ["tanh"] = "torch.tanh(a, out=z)",
        ["sigmoid"] = "torch.sigmoid(a, out=z)",
        ["gelu"] = "torch.gelu(a, out=z)",
        ["sum"] = "torch.sum(a, [0, 1], out=z)",
        ["sum last axis"] = "torch.sum(a, [1], out=z)",
        ["sum first axis"] = "torch.sum(a, [0], out=z)",
        ["max last axis"] = "torch.amax(a, [1], out=z)",
        ["softmax"] = "torch._softmax(a, 1, False, out=z)",
        ["log-softmax"] = "torch._log_softmax(a, 1, False, out=z)",
        // It has no form that writes into a given destination. The result, which is copied there, is a thousandth of the operand.
        ["cross entropy"] = "z.copy_(torch.cross_entropy_loss(a, labels, None, 0, -100, 0.0))",
        ["product"] = "torch.mm(a, b, out=z)",
    };

    /// <summary>Runs an operation a number of times into the same destination.</summary>
    internal static Action<int> Into(string operation, Tensor a, Tensor b, Tensor z)
    {
        var script = jit.compile($"def run(a: Tensor, b: Tensor, z: Tensor, n: int) -> Tensor:\n    labels = torch.arange(a.size(0))\n    for i in range(n):\n        z = {s_into[operation]}\n    return z\n\n");
        return times => ((Tensor)script.invoke("run", a, b, z, times)).Dispose();
    }

    internal static Tensor Fresh(string operation, Tensor a, Tensor b) => operation switch
    {
        "add" => a.add(b),
        "multiply" => a.mul(b),
        "divide" => a.div(b),
        "relu" => a.relu(),
        "exp" => a.exp(),
        "tanh" => a.tanh(),
        "sigmoid" => a.sigmoid(),
        "gelu" => nn.functional.gelu(a),
        "sum" => a.sum(),
        "sum last axis" => a.sum([1L]),
        "sum first axis" => a.sum([0L]),
        "max last axis" => a.amax([1]),
        "softmax" => nn.functional.softmax(a, 1),
        "log-softmax" => nn.functional.log_softmax(a, 1),
        "cross entropy" => CrossEntropy(a),
        _ => throw new ArgumentException($"There is no operation '{operation}' on TorchSharp's side.", nameof(operation)),
    };

    static Tensor CrossEntropy(Tensor a)
    {
        using Tensor labels = arange(a.shape[0]);
        return nn.functional.cross_entropy(a, labels, reduction: nn.Reduction.None);
    }
}

/// <summary>Steps of an optimizer over one parameter whose gradient stays the same.</summary>
sealed class TorchUpdate : IDisposable
{
    readonly Parameter _weight;
    readonly optim.Optimizer _optimizer;

    internal TorchUpdate(string optimizer, float[] weight, float[] gradient)
    {
        _weight = new Parameter(tensor(weight));
        _weight.grad = tensor(gradient);
        _optimizer = optimizer switch
        {
            "adam" => optim.Adam([_weight]),
            "adamw" => optim.AdamW([_weight], weight_decay: 0.01),
            "rmsprop" => optim.RMSProp([_weight]),
            "sgd" => optim.SGD([_weight], Net.LearningRate, Net.Momentum),
            _ => throw new ArgumentException($"There is no optimizer '{optimizer}' on TorchSharp's side.", nameof(optimizer)),
        };
    }

    internal Tensor Weight => _weight;

    internal void Step() => _optimizer.step()?.Dispose();

    public void Dispose()
    {
        _optimizer.Dispose();
        _weight.Dispose();
    }
}

/// <summary>Trains a net with TorchSharp from the weights that MyTorch starts from.</summary>
sealed class TorchTraining : IDisposable
{
    readonly bool _isRegression;
    readonly Sequential _model;
    readonly optim.Optimizer _optimizer;
    readonly (Tensor Inputs, Tensor Targets)[] _batches;
    int _next;

    internal TorchTraining(Net net)
    {
        _isRegression = net.IsRegression;
        _model = Model(net.Model());
        _optimizer = optim.SGD(_model.parameters(), Net.LearningRate, Net.Momentum);
        _batches = [.. Enumerable.Range(0, Net.Batches).Select(b => (
            tensor(net.Inputs(b), [net.Rows, net.Features]),
            net.IsRegression ? tensor(net.Targets(b), [net.Rows, 1]) : tensor(net.Labels(b))))];
    }

    /// <summary>The same network with copies of the same weights.</summary>
    internal static Sequential Model(MyTorch.Nn.MLP ours)
    {
        var layers = new List<nn.Module<Tensor, Tensor>>();
        foreach (MyTorch.Nn.Module layer in ours.Layers)
        {
            if (layer is not MyTorch.Nn.Linear linear)
            {
                layers.Add(nn.ReLU());
                continue;
            }
            Linear theirs = nn.Linear(linear.Weight.Shape[1], linear.Weight.Shape[0]);
            using var pause = no_grad();
            using Tensor weight = tensor(linear.Weight.ToFloatArray(), [linear.Weight.Shape[0], linear.Weight.Shape[1]]), bias = tensor(linear.Bias!.ToFloatArray());
            theirs.weight.copy_(weight);
            theirs.bias!.copy_(bias);
            layers.Add(theirs);
        }
        return nn.Sequential(layers);
    }

    /// <summary>A step; the loss belongs to the caller.</summary>
    internal Tensor Step()
    {
        (Tensor inputs, Tensor targets) = _batches[_next];
        _next = (_next + 1) % _batches.Length;
        return Step(_model, _optimizer, inputs, targets, _isRegression);
    }

    internal static Tensor Step(Sequential model, optim.Optimizer optimizer, Tensor inputs, Tensor targets, bool isRegression)
    {
        optimizer.zero_grad();
        using Tensor output = model.forward(inputs);
        Tensor loss = isRegression ? nn.functional.mse_loss(output, targets) : nn.functional.cross_entropy(output, targets);
        loss.backward();
        optimizer.step()?.Dispose();
        return loss;
    }

    public void Dispose()
    {
        _model.Dispose();
        _optimizer.Dispose();
        foreach ((Tensor inputs, Tensor targets) in _batches)
        {
            inputs.Dispose();
            targets.Dispose();
        }
    }
}
