using MyTorch.Data;
using MyTorch.Distributed;
using MyTorch.Nn;
using MyTorch.Tests.Training;

namespace MyTorch.Tests.Distributed;

/// <summary>The mean of the ranks' gradients is the gradient of the whole batch, whatever the parts are.</summary>
public class DataParallelTests
{
    /// <summary>The gradients of the mean loss of the first rows, on one rank.</summary>
    static double[][] Whole(Module model, Dataset data, int batch)
    {
        using var autograd = new Autograd();
        Batch rows = new DataLoader(data, batch).First();
        autograd.Backward(new CrossEntropyLoss().Forward(model.Forward(rows.Inputs), rows.Labels));
        double[][] gradients = [.. model.Parameters().Select(p => p.Grad!.ToArray())];
        foreach (Tensor p in model.Parameters()) p.ZeroGrad();
        return gradients;
    }

    // 10 rows on 3 and 4 ranks are parts of 4, 3, 3 and of 3, 3, 2, 2; 2 rows on 4 leave two ranks without any.
    [Test]
    public void TheSumOfTheSharesIsTheGradientOfTheWholeBatch(
        [Values(1, 2, 3, 4)] int ranks, [Values(2, 10, 16)] int batch, [Values(1, 300, 1 << 20)] int bucketBytes)
    {
        Dataset data = TrainerTests.Clusters(dtype: DType.Float64);
        double[][] expected = Whole(TrainerTests.Net(data), data, batch);
        var got = new double[ranks][][];
        InProcessCommunicator.Run(ranks, communicator =>
        {
            // Each rank draws other weights, and gets those of rank 0.
            MLP model = TrainerTests.Net(data, seed: communicator.Rank);
            using var parallel = new DataParallel(model, communicator, bucketBytes);
            Batch part = new DataLoader(data, batch) { Part = (communicator.Rank, communicator.Size) }.First();
            for (int round = 1; round <= 2; round++)
            {
                using var autograd = new Autograd();
                Tensor? loss = part.Count == 0 ? null : new CrossEntropyLoss().Forward(model.Forward(part.Inputs), part.Labels);
                parallel.Backward(autograd, loss, part.Share);
            }
            got[communicator.Rank] = [.. model.Parameters().Select(p => p.Grad!.ToArray())];
            if (ranks > 1) Assert.That(parallel.BucketCount, Is.EqualTo(bucketBytes switch { 1 => 4, 300 => 2, _ => 1 }));
        });
        // The second Backward has added to the first.
        for (int r = 0; r < ranks; r++)
            for (int p = 0; p < expected.Length; p++)
            {
                Assert.That(got[r][p], Is.EqualTo(got[0][p]), "every rank has the same bits");
                Assert.That(got[r][p], Is.EqualTo(expected[p].Select(g => 2 * g)).Within(1e-14));
            }
    }

    [Test]
    public void AParameterThatNoRankUsesHasNoGradientAndOneThatSomeUseHasTheirs()
    {
        var gradients = new (double? Unused, double? Rank1, double? Float32)[2];
        InProcessCommunicator.Run(2, ranks =>
        {
            var model = new Three();
            using var parallel = new DataParallel(model, ranks);
            using var autograd = new Autograd();
            Tensor loss = model.C.To(DType.Float64) * 2;
            if (ranks.Rank == 1) loss += model.B * 3;
            parallel.Backward(autograd, loss, 0.5);
            gradients[ranks.Rank] = (model.A.Grad?.Item(), model.B.Grad?.Item(), model.C.Grad?.Item());
        });
        Assert.That(gradients, Is.All.EqualTo(((double?)null, (double?)1.5, (double?)2)));
    }

    sealed class Three : Module
    {
        internal Parameter A { get; } = new(Tensor.From(1, DType.Float64));
        internal Parameter B { get; } = new(Tensor.From(1, DType.Float64));
        internal Parameter C { get; } = new(Tensor.From(1, DType.Float32));

        protected override Tensor ForwardCore(Tensor input) => input;
    }

    [Test]
    public void BucketsAreSentWhileTheBackwardPassGoesOn()
    {
        // The naive engine of another test run announces nothing before the end.
        if (Environment.GetEnvironmentVariable("MYTORCH_BACKWARD") is not null) Assert.Ignore("Gradients are announced by the library's engine.");
        // The first layer's backward rule runs only after the last layer's gradient was summed: its hook waits for that.
        using var summed = new ManualResetEventSlim();
        bool before = false;
        InProcessCommunicator.Run(2, ranks =>
        {
            var model = new MLP(2, [3], 2, generator: new Generator(0));
            using var parallel = new DataParallel(model, new Telling(ranks, summed), bucketBytes: 1);
            using var autograd = new Autograd();
            Tensor hidden = new Waiting(model.Parameters()[0] * 1, ranks.Rank == 0 ? summed : null, () => before = true).Apply();
            parallel.Backward(autograd, hidden.Sum() + model.Parameters()[^1].Sum(), 0.5);
        });
        Assert.That(before);
    }

    sealed class Telling(ICommunicator ranks, ManualResetEventSlim summed) : ICommunicator
    {
        public int Rank => ranks.Rank;

        public int Size => ranks.Size;

        public void AllReduce(Span<float> values)
        {
            ranks.AllReduce(values);
            summed.Set();
        }

        public void AllReduce(Span<double> values) => ranks.AllReduce(values);

        public void Broadcast(Span<byte> values, int root) => ranks.Broadcast(values, root);

        public void Barrier() => ranks.Barrier();
    }

    /// <summary>y = x; the backward rule waits, at most 10 seconds.</summary>
    sealed class Waiting(Tensor x, ManualResetEventSlim? signal, Action came) : Operation(x)
    {
        protected override Tensor Forward() => X * 1;

        public override Tensor?[] Backward(Tensor gradient)
        {
            if (signal?.Wait(TimeSpan.FromSeconds(10)) == true) came();
            return [gradient];
        }
    }

    [Test]
    public void OtherModelsAreRefused()
    {
        Assert.That(() => InProcessCommunicator.Run(3, ranks =>
        {
            var model = new MLP(4, [ranks.Rank == 2 ? 17 : 16], 3);
            using var parallel = new DataParallel(model, ranks);
        }), Throws.InstanceOf<RanksDifferException>().With.Message.EqualTo(
            "Rank 2 differs from the other ranks in the model: " +
            "'layers.0.weight (17, 4) Float32, layers.0.bias (17,) Float32, layers.2.weight (3, 17) Float32, layers.2.bias (3,) Float32' instead of " +
            "'layers.0.weight (16, 4) Float32, layers.0.bias (16,) Float32, layers.2.weight (3, 16) Float32, layers.2.bias (3,) Float32'. " +
            "All ranks must train on the same rows with the same settings. Nothing was trained."));
    }

    [Test]
    public void RunningStatisticsAreAveraged()
    {
        InProcessCommunicator.Run(2, ranks =>
        {
            var norm = new BatchNorm1d(1, momentum: 1, dtype: DType.Float64);
            using var parallel = new DataParallel(norm, ranks);
            norm.Forward(Tensor.From([0, 2.0 + 2 * ranks.Rank], [2, 1], DType.Float64));
            parallel.AverageBuffers();
            // Means 1 and 2, unbiased variances 2 and 8.
            Assert.That(norm.RunningMean.Item(), Is.EqualTo(1.5));
            Assert.That(norm.RunningVar.Item(), Is.EqualTo(5));
        });
        Assert.That(DataParallel.Notes(new MLP(2, [3], 2)), Is.Empty);
        Assert.That(DataParallel.Notes(new Sequential(new BatchNorm1d(3), new Dropout(0.5))), Has.Count.EqualTo(2));
    }

    [Test]
    public void WrongArgumentsAreNamed()
    {
        InProcessCommunicator.Run(1, ranks =>
        {
            var model = new Linear(2, 1);
            using var parallel = new DataParallel(model, ranks);
            using var autograd = new Autograd();
            Tensor y = model.Forward(Tensor.Ones([3, 2]));
            Assert.That(() => parallel.Backward(autograd, y, 1), Throws.ArgumentException.With.Message.StartsWith(
                "DataParallel: the loss is (3, 1) Float32; expected one number"));
            Assert.That(() => parallel.Backward(autograd, y.Sum(), 1.5), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new DataParallel(model, ranks, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
        Assert.That(() => new DataLoader(TrainerTests.Clusters()) { Part = (2, 2) }, Throws.InstanceOf<ArgumentOutOfRangeException>()
            .With.Message.StartsWith("DataLoader: part 2 of 2 does not exist"));
    }

    [Test]
    public void ThePartsOfABatchAreItsRows([Values(1, 2, 3, 4, 7)] int size, [Values] bool shuffle)
    {
        var data = new Dataset(Tensor.From([.. Enumerable.Range(0, 23).Select(i => (double)i)], [23, 1]), Tensor.From(new float[23]));
        Batch[] whole = [.. new DataLoader(data, 5, shuffle, seed: 3)];
        Batch[][] parts = [.. Enumerable.Range(0, size).Select(rank => new DataLoader(data, 5, shuffle, seed: 3) { Part = (rank, size) }.ToArray())];
        for (int b = 0; b < whole.Length; b++)
        {
            Assert.That(parts.SelectMany(part => part[b].Inputs.ToArray()), Is.EqualTo(whole[b].Inputs.ToArray()));
            Assert.That(parts.Select(part => part[b].Share), Is.EqualTo(parts.Select(part => (double)part[b].Count / whole[b].Count)));
            Assert.That(parts.Max(part => part[b].Count) - parts.Min(part => part[b].Count), Is.LessThanOrEqualTo(1));
        }
    }
}
