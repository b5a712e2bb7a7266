using System.Globalization;
using System.Numerics;
using MyTorch;
using MyTorch.Kernels;
using MyTorch.Nn;
using MyTorch.Optim;

namespace Workloads;

/// <summary>A network of the benchmarks and its batches: every library starts with the same weights and uses the same batches.</summary>
/// <param name="Sizes">Features, hidden layers, outputs. One output is a number (mean squared error), more are classes (cross entropy).</param>
/// <param name="Rows">Rows in a batch.</param>
sealed record Net(int[] Sizes, int Rows)
{
    internal const double LearningRate = 0.01;
    internal const double Momentum = 0.9;

    /// <summary>Different batches, taken in turn. Their labels are random, so that a long run does not end in gradients of 0.</summary>
    internal const int Batches = 16;

    internal static readonly Net[] All =
    [
        new([2, 16, 1], 4),
        new([4, 16, 3], 16),
        new([64, 128, 64, 10], 32),
        new([784, 512, 256, 10], 128),
        new([784, 2048, 2048, 10], 256),
    ];

    internal string Name => string.Create(CultureInfo.InvariantCulture, $"{string.Join('-', Sizes)} b{Rows}");

    internal int Features => Sizes[0];

    internal int Outputs => Sizes[^1];

    internal bool IsRegression => Outputs == 1;

    internal MLP Model() => new(Features, Sizes[1..^1], Outputs, generator: new Generator(1));

    /// <summary>The features of a batch, row by row.</summary>
    internal float[] Inputs(int batch) => Tensor.Randn([Rows, Features], generator: new Generator(100 + batch)).ToFloatArray();

    /// <summary>The numbers to predict, for a regression.</summary>
    internal float[] Targets(int batch) => Tensor.Randn([Rows, 1], generator: new Generator(200 + batch)).ToFloatArray();

    /// <summary>The classes to predict, for a classification.</summary>
    internal long[] Labels(int batch)
    {
        var generator = new Generator(200 + batch);
        return [.. Enumerable.Range(0, Rows).Select(_ => (long)generator.Next(Outputs))];
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Trains a <see cref="Net"/> with MyTorch: zero, forward, loss, backward, step.</summary>
sealed class OurTraining
{
    readonly MLP _model;
    readonly Loss _criterion;
    readonly SGD _optimizer;
    readonly (Tensor Inputs, Tensor Targets)[] _batches;
    readonly bool _reuseMemory;
    int _next;

    internal OurTraining(Net net, bool reuseMemory = false)
    {
        _reuseMemory = reuseMemory;
        _model = net.Model();
        _criterion = net.IsRegression ? new MSELoss() : new CrossEntropyLoss();
        _optimizer = new SGD(_model.Parameters(), Net.LearningRate, Net.Momentum);
        _batches = [.. Enumerable.Range(0, Net.Batches).Select(b => (
            Tensor.From(net.Inputs(b), [net.Rows, net.Features]),
            net.IsRegression ? Tensor.From(net.Targets(b), [net.Rows, 1]) : Tensor.Indices(net.Labels(b))))];
    }

    /// <summary>A step; gives the loss.</summary>
    internal double Step()
    {
        (Tensor inputs, Tensor targets) = _batches[_next];
        _next = (_next + 1) % _batches.Length;
        using var autograd = new Autograd(reuseMemory: _reuseMemory);
        _optimizer.ZeroGrad();
        Tensor loss = _criterion.Forward(_model.Forward(inputs), targets);
        autograd.Backward(loss);
        _optimizer.Step();
        return loss.Item();
    }
}

/// <summary>C = A·B into a given C, for square matrices.</summary>
sealed class OurProduct<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly MatrixLayout _layout;

    internal OurProduct(int size)
    {
        Size = size;
        _layout = MatrixLayout.RowMajor(size, transposed: false);
        (A, B, C) = (Random(1), Random(2), new T[size * size]);

        T[] Random(int seed) => [.. Tensor.Rand([size, size], DType.Float64, new Generator(seed)).ToArray().Select(x => T.CreateTruncating(2 * x - 1))];
    }

    internal int Size { get; }
    internal T[] A { get; }
    internal T[] B { get; }
    internal T[] C { get; }

    internal double FloatingPointOperations => 2.0 * Size * Size * Size;

    internal void Run() => MatrixProduct.Multiply<T>(A, _layout, B, _layout, C, Size, Size, Size);
}

/// <summary>An element-wise function or a reduction of matrices, by its kernel and by the tensor operation.</summary>
/// <param name="Name">What it does.</param>
/// <param name="Into">The kernel: reads two matrices and fills a given result.</param>
/// <param name="Fresh">The operation, whose result is new; null where only the kernel is of interest.</param>
/// <param name="ResultLength">How many numbers the result has.</param>
sealed record OurOperation(string Name, Action<float[], float[], float[]> Into, Func<Tensor, Tensor, Tensor> Fresh, int ResultLength = OurOperation.Elements)
{
    internal const int Side = 1000;
    internal const int Elements = Side * Side;

    static readonly Shape s_shape = [Side, Side];

    // The class of a row is its number.
    static readonly long[] s_labels = [.. Enumerable.Range(0, Side).Select(row => (long)row)];
    static readonly Tensor s_classes = Tensor.Indices(s_labels);
    static readonly CrossEntropyLoss s_loss = new(reduction: Reduction.None);

    internal static readonly OurOperation[] All =
    [
        new("add", (a, b, z) => BinaryKernels<float>.Add.Rows(a, b, z), (a, b) => a + b),
        new("multiply", (a, b, z) => BinaryKernels<float>.Multiply.Rows(a, b, z), (a, b) => a * b),
        new("divide", (a, b, z) => BinaryKernels<float>.Divide.Rows(a, b, z), (a, b) => a / b),
        new("relu", (a, _, z) => ElementwiseKernels.ReLU<float>(a, z), (a, _) => a.ReLU()),
        new("exp", (a, _, z) => ExponentialKernels.Exp<float>(a, z), (a, _) => a.Exp()),
        new("tanh", (a, _, z) => ExponentialKernels.Tanh<float>(a, z), (a, _) => a.Tanh()),
        new("sigmoid", (a, _, z) => ExponentialKernels.Sigmoid<float>(a, z), (a, _) => a.Sigmoid()),
        new("gelu", (a, _, z) => GateKernels.GELU<float>(a, z), (a, _) => a.GELU()),
        new("sum", (a, _, z) => Summation.Moments<float>(a, s_shape, z, [0, 0], Moment.Sum), (a, _) => a.Sum(), 1),
        new("sum last axis", (a, _, z) => Summation.Moments<float>(a, s_shape, z, [1, 0], Moment.Sum), (a, _) => a.Sum(1), Side),
        new("sum first axis", (a, _, z) => Summation.Moments<float>(a, s_shape, z, [0, 1], Moment.Sum), (a, _) => a.Sum(0), Side),
        new("max last axis", (a, _, z) => ReductionKernels.ExtremeInto<float>(a, s_shape, z, [1, 0], largest: true), (a, _) => a.AMax(1), Side),
        new("softmax", (a, _, z) => SoftmaxKernels.Softmax<float>(a, z, Side), (a, _) => a.Softmax(1)),
        new("log-softmax", (a, _, z) => SoftmaxKernels.LogSoftmax<float>(a, z, Side), (a, _) => a.LogSoftmax(1)),
        new("cross entropy", (a, _, z) => SoftmaxKernels.CrossEntropy<float>(a, s_labels, z, Side), (a, _) => s_loss.Forward(a, s_classes), Side),
    ];

    /// <summary>The first operand; the second has another seed and stays away from 0.</summary>
    internal static float[] Left() => Tensor.Randn([Elements], generator: new Generator(3)).ToFloatArray();

    /// <inheritdoc cref="Left"/>
    internal static float[] Right() => (Tensor.Rand([Elements], generator: new Generator(4)) + 0.5).ToFloatArray();

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A CSV file of whole numbers like the pixels of pictures: a label and 784 columns, half of them 0.</summary>
static class CsvWork
{
    internal const int Columns = 785;

    internal static void Write(string path, int rows)
    {
        var generator = new Random(5);
        using var writer = new StreamWriter(path);
        writer.WriteLine("label," + string.Join(',', Enumerable.Range(1, Columns - 1).Select(c => string.Create(CultureInfo.InvariantCulture, $"pixel{c}"))));
        string[] numbers = [.. Enumerable.Range(0, 256).Select(n => n.ToString(CultureInfo.InvariantCulture))];
        for (int row = 0; row < rows; row++)
        {
            writer.Write(numbers[generator.Next(10)]);
            for (int column = 1; column < Columns; column++)
            {
                writer.Write(',');
                writer.Write(numbers[generator.Next(2) == 0 ? 0 : generator.Next(256)]);
            }
            writer.WriteLine();
        }
    }
}
