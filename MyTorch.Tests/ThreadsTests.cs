using System.Runtime.InteropServices;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>The same numbers, bit for bit, whatever the number of threads inside an operation or of models trained at once.</summary>
public class ThreadsTests
{
    int _threads;

    [SetUp]
    public void RememberThreads() => _threads = Parallelism.Threads;

    [TearDown]
    public void RestoreThreads() => Parallelism.Threads = _threads;

    static double[][] WithThreads(int threads, Func<double[][]> compute)
    {
        Parallelism.Threads = threads;
        return compute();
    }

    static void ExpectSameBits(Func<double[][]> compute)
    {
        double[][] one = WithThreads(1, compute);
        foreach (int threads in new[] { 2, 3 })
        {
            double[][] several = WithThreads(threads, compute);
            Assert.That(several, Has.Length.EqualTo(one.Length));
            for (int i = 0; i < one.Length; i++)
            {
                ReadOnlySpan<long> alone = MemoryMarshal.Cast<double, long>(one[i]), together = MemoryMarshal.Cast<double, long>(several[i]);
                Assert.That(together.CommonPrefixLength(alone), Is.EqualTo(one[i].Length), $"the first other number of result {i} with {threads} threads");
            }
        }
    }

    [Test]
    public void ProductsDoNotDependOnTheNumberOfThreads([Values(DType.Float32, DType.Float64)] DType dtype) => ExpectSameBits(() =>
    {
        var generator = new Generator(1);
        Tensor a = Tensor.Randn([131, 257], dtype, generator), b = Tensor.Randn([257, 163], dtype, generator), tall = Tensor.Randn([131, 163], dtype, generator);
        Tensor batch = Tensor.Randn([3, 64, 257], dtype, generator);
        return [a.MatMul(b).ToArray(), a.MatMul(tall, transposeThis: true).ToArray(), tall.MatMul(b, transposeOther: true).ToArray(),
            b.MatMul(a, true, true).ToArray(), batch.MatMul(b).ToArray()];
    });

    [Test]
    public void ReductionsDoNotDependOnTheNumberOfThreads([Values(DType.Float32, DType.Float64)] DType dtype) => ExpectSameBits(() =>
    {
        Tensor x = Tensor.Randn([301, 7, 503], dtype, new Generator(2));
        return [x.Sum().ToArray(), x.Mean([0, 2]).ToArray(), x.Var(0).ToArray(), x.Sum(-1).ToArray(), x.LogSumExp(1).ToArray(), x.AMax(0).ToArray(), x.Softmax(2).ToArray()];
    });

    /// <summary>Long rows, rows of a few elements, one row longer than a thread's share, and rows with infinities and NaN.</summary>
    [Test]
    public void RowsDoNotDependOnTheNumberOfThreads([Values(DType.Float32, DType.Float64)] DType dtype) => ExpectSameBits(() =>
    {
        var generator = new Generator(4);
        Tensor cube = Tensor.Randn([301, 7, 103], dtype, generator), narrow = Tensor.Randn([70_001, 3], dtype, generator), wide = Tensor.Randn([3, 70_001], dtype, generator);
        double[] odd = narrow.ToArray();
        (odd[0], odd[4], odd[30_000], odd[^1]) = (double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e30);
        Tensor special = Tensor.From(odd, dtype).Reshape(narrow.Shape);
        return [.. new[] { narrow, wide, special, cube.Reshape([301 * 7, 103]) }.SelectMany(x => new[]
            {
                x.Sum(1), x.Mean(1), x.Var(1), x.Std(1), x.AMax(1), x.AMin(1), x.LogSumExp(1), x.LogSoftmax(1), x.Softmax(1),
                new MyTorch.Operations.SoftmaxCrossEntropy(x, Tensor.Indices([.. Enumerable.Range(0, x.Shape[0]).Select(row => (long)row % x.Shape[1])])).Apply(),
            }).Concat([
                cube.AMax([1, 2]), cube.AMin(2), cube.AMax([0, 2]), cube.AMax(), cube.AMax(1), cube.Sum([1, 2]), cube.Mean(2), cube.Var([0, 2]), cube.LogSumExp(2),
                new LayerNorm([103], dtype: dtype).Forward(cube),
            ]).Select(y => y.ToArray())];
    });

    /// <summary>A training whose products are large enough for several threads; the parameters at its end.</summary>
    static double[][] Train(int seed, int rows, int width, int steps)
    {
        var generator = new Generator(seed);
        Tensor x = Tensor.Randn([rows, width], generator: generator);
        Tensor labels = Tensor.Indices([.. Enumerable.Range(0, rows).Select(_ => (long)generator.Next(10))]);
        var model = new Sequential(
            new MLP(width, [128], 64, generator: generator), new BatchNorm1d(64), new Dropout(0.1, generator), new Linear(64, 10, generator: generator));
        var optimizer = new SGD(model.Parameters(), learningRate: 0.05, momentum: 0.9);
        var criterion = new CrossEntropyLoss();
        double first = 0, last = 0;
        for (int step = 0; step < steps; step++)
        {
            using var autograd = new Autograd();
            Tensor loss = criterion.Forward(model.Forward(x), labels);
            autograd.Backward(loss);
            optimizer.Step();
            optimizer.ZeroGrad();
            last = loss.Item();
            if (step == 0) first = last;
        }
        Assert.That(last, Is.LessThan(first));
        return [[first, last], .. model.Parameters().Select(parameter => parameter.ToArray()), .. model.NamedBuffers().Select(buffer => buffer.Tensor.ToArray())];
    }

    [Test]
    public void ATrainingDoesNotDependOnTheNumberOfThreads() => ExpectSameBits(() => Train(seed: 3, rows: 256, width: 96, steps: 10));

    [Test]
    public void ModelsTrainedAtOnceGetTheSameNumbersAsAlone()
    {
        const int Models = 4;
        double[][][] alone = [.. Enumerable.Range(0, Models).Select(seed => Train(seed, rows: 64, width: 48, steps: 30))];
        double[][][] atOnce = new double[Models][][];
        var failures = new Exception?[Models];
        Thread[] threads = [.. Enumerable.Range(0, Models).Select(seed => new Thread(() =>
        {
            try { atOnce[seed] = Train(seed, rows: 64, width: 48, steps: 30); }
            catch (Exception e) { failures[seed] = e; }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.That(failures, Is.All.Null);
        for (int seed = 0; seed < Models; seed++)
            Assert.That(atOnce[seed], Is.EqualTo(alone[seed]), $"model {seed}");
        Assert.That(alone[0], Is.Not.EqualTo(alone[1]));
    }

    [Test]
    public void ModelsThatShareOneWeightCollectTheirGradientsApart()
    {
        // Reading a shared leaf from several scopes at once is allowed; Gradients leaves it alone.
        Tensor w = Tensor.Randn([32, 32], DType.Float64, new Generator(9));
        w.RequiresGrad = true;
        double[] expected = Gradient(w);
        double[][] found = new double[4][];
        Thread[] threads = [.. Enumerable.Range(0, found.Length).Select(i => new Thread(() =>
        {
            for (int repeat = 0; repeat < 50; repeat++) found[i] = Gradient(w);
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.That(found, Is.All.EqualTo(expected));
        Assert.That(w.Grad, Is.Null);

        static double[] Gradient(Tensor w)
        {
            using var autograd = new Autograd();
            return autograd.Gradients(w.MatMul(w).Tanh().Sum(), [w])[0]!.ToArray();
        }
    }

    [Test]
    public void AtLeastOneThreadIsNeeded() =>
        Assert.That(() => Parallelism.Threads = 0, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("at least 1"));
}
