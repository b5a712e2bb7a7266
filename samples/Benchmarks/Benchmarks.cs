using System.Numerics;
using BenchmarkDotNet.Attributes;
using MyTorch;
using MyTorch.Data;
using Workloads;

namespace Benchmarks;

/// <summary>The matrix product into a given destination.</summary>
[GenericTypeArguments(typeof(float))]
[GenericTypeArguments(typeof(double))]
public class ProductBenchmarks<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    OurProduct<T> _product = null!;

    [Params(16, 32, 64, 128, 256, 512, 1024, 2048)]
    public int N { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Parallelism.Threads = Threads;
        _product = new(N);
    }

    [Benchmark]
    public void Product() => _product.Run();
}

/// <summary>Element-wise functions and reductions of 1,000 x 1,000 numbers: into a given destination, and with a new result.</summary>
public class OperationBenchmarks
{
    readonly float[] _left = OurOperation.Left(), _right = OurOperation.Right(), _result = new float[OurOperation.Elements];
    readonly Tensor _a, _b;
    OurOperation _operation = null!;

    public OperationBenchmarks() => (_a, _b) = (Tensor.From(_left, [OurOperation.Side, OurOperation.Side]), Tensor.From(_right, [OurOperation.Side, OurOperation.Side]));

    [ParamsSource(nameof(Operations))]
    public string Operation { get; set; } = "";

    public static IEnumerable<string> Operations => OurOperation.All.Select(operation => operation.Name);

    [GlobalSetup]
    public void Setup() => _operation = OurOperation.All.Single(operation => operation.Name == Operation);

    [Benchmark]
    public void IntoDestination() => _operation.Into(_left, _right, _result);

    [Benchmark]
    public Tensor Fresh() => _operation.Fresh(_a, _b);
}

/// <summary>A training step: zero, forward, loss, backward, SGD with momentum.</summary>
public class StepBenchmarks
{
    OurTraining _training = null!;

    [ParamsSource(nameof(Networks))]
    public string Network { get; set; } = "";

    public static IEnumerable<string> Networks => Net.All.Select(net => net.Name);

    [GlobalSetup]
    public void Setup() => _training = new(Net.All.Single(net => net.Name == Network));

    [Benchmark]
    public double Step() => _training.Step();
}

/// <summary>Many small operations in sequence: ten times the length should take ten times as long.</summary>
public class TapeBenchmarks
{
    readonly Tensor _x = Tensor.From(1.0);

    [Params(100_000, 1_000_000)]
    public int Length { get; set; }

    [Benchmark]
    public Tensor ForwardAndBackward()
    {
        _x.RequiresGrad = true;
        _x.ZeroGrad();
        using var autograd = new Autograd();
        Tensor y = _x;
        for (int i = 0; i < Length; i++) y = y.Neg();
        autograd.Backward(y);
        return _x.Grad!;
    }
}

/// <summary>Loading a CSV file of numbers, 785 columns wide.</summary>
public class CsvBenchmarks
{
    readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".csv");

    [Params(6_000, 60_000)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Write() => CsvWork.Write(_path, Rows);

    [GlobalCleanup]
    public void Delete() => File.Delete(_path);

    [Benchmark]
    public Dataset Load() => CsvDataset.Load(_path, "label");
}
