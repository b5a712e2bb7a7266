using System.Runtime.ExceptionServices;
using MyTorch.Data;
using MyTorch.Inspection;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>Everything that threads may share, used by several at once. Each line of Docs/threads.md has a test here.</summary>
[NonParallelizable]
public sealed class RaceTests
{
    const int Threads = 4;

    /// <summary>Runs the work on several threads that start together; the first failure is the test's.</summary>
    static void AtOnce(Action<int> work, int threads = Threads)
    {
        var failures = new Exception?[threads];
        using var start = new Barrier(threads);
        Thread[] all = [.. Enumerable.Range(0, threads).Select(i => new Thread(() =>
        {
            try
            {
                start.SignalAndWait();
                work(i);
            }
            catch (Exception e)
            {
                failures[i] = e;
            }
        }))];
        foreach (Thread thread in all) thread.Start();
        foreach (Thread thread in all) thread.Join();
        if (failures.FirstOrDefault(failure => failure is not null) is { } first) ExceptionDispatchInfo.Throw(first);
    }

    /// <summary>Runs the work on one thread again and again while another runs the other work.</summary>
    static void While(Action again, Action meanwhile)
    {
        bool ended = false;
        AtOnce(i =>
        {
            if (i == 0)
                try { meanwhile(); }
                finally { Volatile.Write(ref ended, true); }
            else
                while (!Volatile.Read(ref ended)) again();
        }, threads: 2);
    }

    static Tensor Leaf(params double[] values)
    {
        Tensor leaf = Tensor.From(values, DType.Float64);
        leaf.RequiresGrad = true;
        return leaf;
    }

    [Test]
    public void BackwardFromSeveralThreadsLosesNoContribution([Values(1, 3, 1000)] int size, [Values] bool fused)
    {
        const int Rounds = 8, Steps = 60;
        Tensor w = Tensor.Zeros([size], DType.Float64);
        w.RequiresGrad = true;
        double[][] sums = new double[Rounds][];
        using var turn = new Barrier(Threads);
        AtOnce(i =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                turn.SignalAndWait();
                for (int step = 0; step < Steps; step++)
                {
                    using var autograd = new Autograd();
                    // tanh′(0) = 1 by a kernel whose result is a buffer of the engine; a product's rule makes a new tensor.
                    autograd.Backward(fused ? w.Tanh() : w * Tensor.Ones([size], DType.Float64), Tensor.Full([size], i + 1, DType.Float64));
                }
                turn.SignalAndWait();
                if (i > 0) continue;
                sums[round] = w.Grad!.ToArray();
                w.ZeroGrad();
            }
        });
        Assert.That(sums, Is.All.All.EqualTo((1 + 2 + 3 + 4) * Steps));
    }

    [Test]
    public void ModelsTrainOnTheSumOfTheThreadsGradients()
    {
        const int Rounds = 40;
        Linear Model() => new(5, 3, dtype: DType.Float64, generator: new Generator(1));
        Tensor[] parts = [.. Enumerable.Range(0, Threads).Select(i => Tensor.Randn([7, 5], DType.Float64, new Generator(i)))];

        Linear alone = Model();
        var optimizer = new SGD(alone.Parameters(), learningRate: 0.01, momentum: 0.9);
        for (int round = 0; round < Rounds; round++)
        {
            foreach (Tensor part in parts) Backward(alone, part);
            optimizer.Step();
            optimizer.ZeroGrad();
        }

        Linear shared = Model();
        var sharedOptimizer = new SGD(shared.Parameters(), learningRate: 0.01, momentum: 0.9);
        using var turn = new Barrier(Threads, _ =>
        {
            sharedOptimizer.Step();
            sharedOptimizer.ZeroGrad();
        });
        AtOnce(i =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                Backward(shared, parts[i]);
                turn.SignalAndWait();
            }
        });
        Assert.That(shared.Weight.ToArray(), Is.EqualTo(alone.Weight.ToArray()).Within(1e-12));
        Assert.That(shared.Bias!.ToArray(), Is.EqualTo(alone.Bias!.ToArray()).Within(1e-12));

        static void Backward(Linear model, Tensor x)
        {
            using var autograd = new Autograd();
            autograd.Backward(model.Forward(x).Tanh().Square().Mean());
        }
    }

    [Test]
    public void GradientsOfEveryKindArriveAtOnce()
    {
        const int Steps = 150;
        Tensor w = Leaf(0.5, -1, 2);
        double[] tanh = OfTanh(w);
        AtOnce(i =>
        {
            for (int step = 0; step < Steps; step++)
            {
                using var autograd = new Autograd();
                Tensor hidden = w * 3, loss = hidden.Sum();
                switch (i)
                {
                    case 0:
                        autograd.Backward(loss);
                        break;
                    case 1:
                        autograd.Backward(loss, createGraph: true);
                        break;
                    case 2:
                        hidden.RetainGrad();
                        loss.Backward();
                        Assert.That(hidden.Grad!.ToArray(), Is.All.EqualTo(1));
                        break;
                    default:
                        Assert.That(OfTanh(w), Is.EqualTo(tanh), "Gradients leaves Grad alone");
                        break;
                }
            }
        });
        Assert.That(w.Grad!.ToArray(), Is.All.EqualTo(3 * 3 * Steps));

        static double[] OfTanh(Tensor w)
        {
            using var autograd = new Autograd();
            return autograd.Gradients(w.Tanh().Sum(), [w])[0]!.ToArray();
        }
    }

    [Test]
    public void GradientsWithAGraphFromSeveralThreadsAllArrive()
    {
        const int Steps = 200;
        Tensor w = Leaf(1, 2);
        AtOnce(_ =>
        {
            for (int step = 0; step < Steps; step++)
            {
                using var autograd = new Autograd();
                autograd.Backward((w * w).Sum(), createGraph: true);
                // This thread's share stays differentiable: ∂(2w)/∂w.
                Tensor own = autograd.Gradients((w * w).Sum(), [w], createGraph: true)[0]!;
                Assert.That(autograd.Gradients(own.Sum(), [w])[0]!.ToArray(), Is.All.EqualTo(2));
            }
        });
        Assert.That(w.Grad!.ToArray(), Is.EqualTo(new double[] { 2 * Steps * Threads, 4 * Steps * Threads }));
        Assert.That(w.Grad.RequiresGrad, Is.False, "every scope has ended");
    }

    static Dataset Points(int count)
    {
        var generator = new Generator(5);
        return new Dataset(Tensor.Randn([count, 2], generator: generator), Tensor.Indices([.. Enumerable.Range(0, count).Select(i => (long)(i % 2))]));
    }

    static Dataset Numbers(int count) => new(Tensor.Randn([count, 2], generator: new Generator(6)), Tensor.Randn([count, 1], generator: new Generator(7)));

    sealed class Mixed : Module
    {
        internal Dropout Drop { get; } = new(0.5);
        internal BatchNorm1d Norm { get; } = new(2);
        internal Linear Out { get; }
        internal BatchNorm1d Frozen { get; } = new(2);

        internal Mixed(int outputs)
        {
            Out = new Linear(2, outputs, generator: new Generator(1));
            Frozen.Eval();
        }

        protected override Tensor ForwardCore(Tensor input) => Out.Forward(Frozen.Forward(Norm.Forward(Drop.Forward(input))));
    }

    static IEnumerable<TestCaseData> Evaluations()
    {
        Dataset points = Points(12), numbers = Numbers(12);
        Tensor example = points.Inputs;
        yield return Case("Accuracy", 2, model => Metrics.Accuracy(model, points, batchSize: 4));
        yield return Case("ConfusionMatrix", 2, model => Metrics.ConfusionMatrix(model, points, batchSize: 4));
        yield return Case("Predict classes", 2, model => Metrics.Predict(model, points, batchSize: 4));
        yield return Case("Predict numbers", 1, model => Metrics.Predict(model, numbers, batchSize: 4));
        yield return Case("R2", 1, model => Metrics.R2(model, numbers, batchSize: 4));
        yield return Case("ModelSummary", 2, model => ModelSummary.Of(model, example));

        static TestCaseData Case(string name, int outputs, Action<Module> evaluate) =>
            new TestCaseData(outputs, evaluate).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Evaluations))]
    public void EvaluatingTwiceAtOnceLeavesEveryModeAsItWas(int outputs, Action<Module> evaluate)
    {
        var model = new Mixed(outputs);
        AtOnce(_ =>
        {
            for (int round = 0; round < 100; round++) evaluate(model);
        }, threads: 2);
        Assert.That((model.Training, model.Drop.Training, model.Norm.Training, model.Out.Training, model.Frozen.Training),
            Is.EqualTo((true, true, true, true, false)));
    }

    [TestCaseSource(nameof(Evaluations))]
    public void ATrainingThreadStaysInTrainingWhileAnotherEvaluates(int outputs, Action<Module> evaluate)
    {
        var model = new Mixed(outputs);
        Tensor x = Tensor.Ones([64, 2]);
        While(() => evaluate(model), () =>
        {
            for (int step = 0; step < 300; step++)
            {
                Assert.That(model.Training && model.Drop.Training && model.Norm.Training && !model.Frozen.Training, Is.True, "the modes");
                // 128 elements, all kept: once in 2^128 draws.
                Assert.That(model.Drop.Forward(x).ToArray(), Does.Contain(0.0), "dropout drops");
            }
        });
    }

    [Test]
    public void AnEvaluationOfOneThreadIsInEvaluationModeWhileAnotherTrains()
    {
        var dropout = new Dropout(0.5, new Generator(1));
        Tensor x = Tensor.Ones([64]);
        While(
            () =>
            {
                dropout.Train();
                _ = dropout.Forward(x);
            },
            () =>
            {
                for (int round = 0; round < 2000; round++)
                    using (dropout.InEvaluationMode())
                    {
                        Assert.That(dropout.Training, Is.False);
                        Assert.That(dropout.Forward(x).ToArray(), Is.All.EqualTo(1));
                    }
            });
        Assert.That(dropout.Training, Is.True);
    }

    [Test]
    public void RunningStatisticsAreReadAsOneStepLeftThem()
    {
        // With momentum 1 the estimates are those of the last batch: mean 0 or 1000, and another variance with each.
        var norm = new BatchNorm1d(1, epsilon: 1e-300, momentum: 1, affine: false, dtype: DType.Float64);
        Tensor near = Tensor.From([-1.0, 1], [2, 1], DType.Float64), far = Tensor.From([900.0, 1100], [2, 1], DType.Float64), probe = Tensor.From([0.0], [1, 1], DType.Float64);
        norm.Forward(near);
        double ofNear = Evaluated();
        norm.Forward(far);
        double ofFar = Evaluated();
        While(
            () =>
            {
                norm.Forward(near);
                norm.Forward(far);
            },
            () =>
            {
                for (int round = 0; round < 5000; round++) Assert.That(Evaluated(), Is.EqualTo(ofNear).Or.EqualTo(ofFar));
            });

        double Evaluated()
        {
            using (norm.InEvaluationMode()) return norm.Forward(probe).Item();
        }
    }

    [Test]
    public void AModelInEvaluationGivesEveryThreadTheSame()
    {
        var model = new Sequential(new MLP(4, [32, 16], 3, generator: new Generator(1)), new BatchNorm1d(3), new Dropout(0.5));
        model.Eval();
        Tensor x = Tensor.Randn([50, 4], generator: new Generator(2));
        double[] expected = model.Forward(x).ToArray();
        AtOnce(_ =>
        {
            for (int round = 0; round < 100; round++) Assert.That(model.Forward(x).ToArray().SequenceEqual(expected));
        });
    }

    [Test]
    public void AGeneratorGivesEachNumberOnce()
    {
        const int Count = 30_000;
        var generator = new Generator(3);
        double[][] drawn = new double[Threads][];
        AtOnce(i =>
        {
            drawn[i] = new double[Count];
            for (int k = 0; k < Count; k++) drawn[i][k] = generator.NextDouble();
        });
        var alone = new Generator(3);
        double[] expected = [.. Enumerable.Range(0, Threads * Count).Select(_ => alone.NextDouble())];
        Array.Sort(expected);
        Assert.That(drawn.SelectMany(numbers => numbers).Order().SequenceEqual(expected), "the stream's numbers, shared out among the threads");
    }

    [Test]
    public void ATensorOfRandomNumbersIsOneStretchOfTheStream()
    {
        const int Rounds = 50, Size = 200;
        var generator = new Generator(3);
        var drawn = new System.Collections.Concurrent.ConcurrentBag<double[]>();
        AtOnce(i =>
        {
            for (int round = 0; round < Rounds; round++) drawn.Add(Tensor.Rand([Size], DType.Float64, generator).ToArray());
        });
        var alone = new Generator(3);
        Dictionary<double, double[]> expected = Enumerable.Range(0, Threads * Rounds).Select(_ => Tensor.Rand([Size], DType.Float64, alone).ToArray()).ToDictionary(numbers => numbers[0]);
        foreach (double[] numbers in drawn) Assert.That(numbers, Is.EqualTo(expected.GetValueOrDefault(numbers[0])));
    }

    [Test]
    public void APermutationIsWhole()
    {
        var generator = new Generator(4);
        int[] ordered = [.. Enumerable.Range(0, 500)];
        AtOnce(_ =>
        {
            for (int round = 0; round < 200; round++) Assert.That(generator.Permutation(500).Order().SequenceEqual(ordered));
        });
    }

    [Test]
    public void EachThreadHasItsOwnDefaultGenerator()
    {
        double[][] drawn = new double[Threads][];
        AtOnce(i =>
        {
            Generator.Seed(7);
            drawn[i] = Tensor.Rand([1000], DType.Float64).ToArray();
        });
        Assert.That(drawn, Is.All.EqualTo(Tensor.Rand([1000], DType.Float64, new Generator(7)).ToArray()));
    }

    [Test]
    public void ALoaderMayBeEnumeratedByEveryThread()
    {
        Dataset points = Points(101);
        var loader = new DataLoader(points, batchSize: 10, shuffle: true, seed: 3);
        double[] all = [.. points.Inputs.ToArray().Order()];
        AtOnce(_ =>
        {
            for (int epoch = 0; epoch < 20; epoch++)
                Assert.That(loader.SelectMany(batch => batch.Inputs.ToArray()).Order(), Is.EqualTo(all), "every row once an epoch");
        });
    }

    [Test]
    public void EveryThreadMayReadATensor()
    {
        Tensor x = Tensor.Randn([40, 30], DType.Float64, new Generator(1));
        double[] values = x.ToArray(), squares = x.Square().ToArray();
        AtOnce(_ =>
        {
            for (int round = 0; round < 50; round++)
            {
                Assert.That(x.ToArray().SequenceEqual(values) && x.Square().ToArray().SequenceEqual(squares));
                Assert.That(x[3].ToString(), Is.Not.Empty);
                Assert.That(x.T.Reshape([30, 40]).Sum().Item(), Is.EqualTo(x.Sum().Item()).Within(1e-9));
            }
        });
    }

    [Test]
    public void ParametersAreNamedOnceByWhicheverThreadAsks()
    {
        for (int round = 0; round < 50; round++)
        {
            var model = new MLP(2, [3, 3], 1, generator: new Generator(round));
            string[][] names = new string[Threads][];
            AtOnce(i => names[i] = [.. model.Parameters().Select(parameter => parameter.Name!)]);
            Assert.That(names, Is.All.EqualTo(new[] { "layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias", "layers.4.weight", "layers.4.bias" }));
        }
    }

    [Test]
    public void AChangeMadeByAnotherThreadIsNoticedByBackward()
    {
        for (int round = 0; round < 100; round++)
        {
            Tensor w = Leaf(1, 2), other = Leaf(3, 4);
            using var autograd = new Autograd();
            Tensor loss = (w * other).Sum();
            AtOnce(i =>
            {
                if (i == 0) w.Fill(5);
                else other.CopyFrom(Tensor.From([7, 8], DType.Float64));
            }, threads: 2);
            Assert.That(() => autograd.Backward(loss), Throws.InvalidOperationException.With.Message.Contains("was changed after Multiply was recorded"));
        }
    }

    [Test]
    public void TheNumberOfThreadsMayChangeWhileOthersCompute()
    {
        int before = Parallelism.Threads;
        try
        {
            Tensor a = Tensor.Randn([150, 200], generator: new Generator(1)), b = Tensor.Randn([200, 170], generator: new Generator(2));
            double[] product = a.MatMul(b).ToArray(), sums = a.Sum(0).ToArray();
            While(
                () =>
                {
                    for (int threads = 1; threads <= 4; threads++) Parallelism.Threads = threads;
                },
                () =>
                {
                    for (int round = 0; round < 30; round++)
                        Assert.That(a.MatMul(b).ToArray().SequenceEqual(product) && a.Sum(0).ToArray().SequenceEqual(sums));
                });
        }
        finally
        {
            Parallelism.Threads = before;
        }
    }

    [Test]
    public void LargeOperationsOfSeveralThreadsShareTheWorkers()
    {
        int before = Parallelism.Threads;
        Parallelism.Threads = 3;
        try
        {
            Tensor a = Tensor.Randn([150, 200], generator: new Generator(1)), b = Tensor.Randn([200, 170], generator: new Generator(2));
            double[] product = a.MatMul(b).ToArray();
            AtOnce(_ =>
            {
                for (int round = 0; round < 20; round++) Assert.That(a.MatMul(b).ToArray().SequenceEqual(product));
            });
        }
        finally
        {
            Parallelism.Threads = before;
        }
    }
}
