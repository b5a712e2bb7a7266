using System.Globalization;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>The same seed gives the same bits: on a second run, with any number of threads, in any culture.</summary>
[NonParallelizable]
public sealed class ReproducibilityTests
{
    /// <summary>A short training with everything random in it, large enough that products use threads.</summary>
    static byte[] Train(DType dtype, int seed)
    {
        Generator.Seed(seed);
        var net = new Sequential(
            new Linear(64, 128, dtype: dtype), new BatchNorm1d(128, dtype: dtype), new GELU(), new Dropout(0.2),
            new Linear(128, 96, dtype: dtype), new LayerNorm([96], dtype: dtype), new Tanh(), new MLP(96, [32], 10, () => new Softplus(), dtype));
        var optimizer = new SGD(net.Parameters(), learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-3);
        var criterion = new CrossEntropyLoss(labelSmoothing: 0.1);
        Tensor x = Tensor.Randn([160, 64], dtype);
        Tensor labels = Tensor.Indices([.. Enumerable.Range(0, 160).Select(_ => (long)Generator.Default.Next(10))]);
        using var bits = new MemoryStream();
        using var writer = new BinaryWriter(bits);
        for (int step = 0; step < 3; step++)
        {
            Tensor rows = Tensor.Indices([.. Generator.Default.Permutation(160).Take(128).Select(i => (long)i)]);
            using var autograd = new Autograd();
            Tensor loss = criterion.Forward(net.Forward(x.IndexSelect(0, rows)), labels.IndexSelect(0, rows));
            autograd.Backward(loss);
            optimizer.Step();
            optimizer.ZeroGrad();
            writer.Write(loss.Item());
        }
        foreach (Tensor tensor in net.Parameters().Concat(net.NamedBuffers().Select(b => b.Tensor)))
            foreach (double value in tensor.ToArray()) writer.Write(value);
        return bits.ToArray();
    }

    static byte[] TrainWith(int threads, DType dtype)
    {
        int before = Parallelism.Threads;
        try
        {
            Parallelism.Threads = threads;
            return Train(dtype, seed: 11);
        }
        finally
        {
            Parallelism.Threads = before;
        }
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void TheSameSeedGivesTheSameBitsTwiceAndAnotherSeedOthers(DType dtype)
    {
        byte[] first = Train(dtype, seed: 11);
        Assert.That(Train(dtype, seed: 11), Is.EqualTo(first));
        Assert.That(Train(dtype, seed: 12), Is.Not.EqualTo(first));
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void TheNumberOfThreadsDoesNotChangeABit(DType dtype)
    {
        byte[] one = TrainWith(1, dtype);
        Assert.That(TrainWith(2, dtype), Is.EqualTo(one));
        Assert.That(TrainWith(5, dtype), Is.EqualTo(one));
    }

    [Test]
    public void NothingDependsOnTheCulture()
    {
        byte[] invariant = Train(DType.Float64, seed: 11);
        string[] texts = Texts();
        Assert.That(texts, Has.All.Not.Contains("0,5"));
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.That(0.5.ToString(CultureInfo.CurrentCulture), Is.EqualTo("0,5"), "the culture is in force");
            Assert.That(Train(DType.Float64, seed: 11), Is.EqualTo(invariant));
            Assert.That(Texts(), Is.EqualTo(texts));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    /// <summary>Numbers as they appear in printed tensors, tapes, summaries and errors.</summary>
    static string[] Texts()
    {
        static string ErrorOf(Action action)
        {
            try
            {
                action();
            }
            catch (Exception error) when (error is ArgumentException or InvalidOperationException)
            {
                return error.Message;
            }
            throw new AssertionException("an error was expected");
        }

        Tensor half = 0.5;
        half.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor y = half * 0.5;
        return
        [
            half.ToString(), Tensor.From([0.5, -1234.5, 1e-7]).ToString(), Tensor.Full([40, 40], 0.5).ToString(), autograd.Operations[0].ToString(),
            new Dropout(0.5).Describe(), new LeakyReLU(0.5).Describe(), new ELU(0.5).Describe(), new Swish(0.5).Describe(), new MLP(1000, [1000], 2).ToString(),
            ErrorOf(() => new Dropout(-0.5)), ErrorOf(() => new HuberLoss(delta: -0.5)), ErrorOf(() => new SmoothL1Loss(beta: -0.5)), ErrorOf(() => new CrossEntropyLoss(labelSmoothing: -0.5)),
            ErrorOf(() => new BatchNorm1d(1, epsilon: -0.5)), ErrorOf(() => new BatchNorm1d(1, momentum: -0.5)), ErrorOf(() => new LayerNorm([1], -0.5)),
            ErrorOf(() => new SGD([half], -0.5)), ErrorOf(() => new BCELoss().Forward(-0.5, 1)), ErrorOf(() => Tensor.Arange(0.5, 1.5, -0.5)),
        ];
    }
}
