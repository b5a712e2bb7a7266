using MyTorch.Kernels;

namespace MyTorch.Tests;

/// <summary>Element-wise kernels against one number at a time, and the threads that help with large operations.</summary>
public class KernelTests
{
    // Lengths around one vector, around the chunk size of long operands, and of several chunks with a remainder.
    static readonly int[] s_lengths = [0, 1, 3, 7, 16, 17, 33, 4095, 4096, 4097, 8193, 12345];

    static readonly double[] s_special =
        [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0.0, -0.0, double.Epsilon, -double.Epsilon, 3e-310, double.MaxValue, -1.5];

    static double[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(4) == 0 ? s_special[random.Next(s_special.Length)] : random.NextDouble() * 4 - 2)];
    }

    static void Binary(BinaryKernel<double> kernel, Func<double, double, double> function)
    {
        foreach (int length in s_lengths)
        {
            double[] a = Numbers(length, length), b = Numbers(length, length + 1), z = new double[length];
            kernel.Rows(a, b, z);
            Assert.That(z, Is.EqualTo(a.Zip(b, function)), $"{length} numbers");
            kernel.RowNumber(a, 3e-310, z);
            Assert.That(z, Is.EqualTo(a.Select(x => function(x, 3e-310))), $"{length} numbers and one");
            kernel.NumberRow(double.PositiveInfinity, b, z);
            Assert.That(z, Is.EqualTo(b.Select(y => function(double.PositiveInfinity, y))), $"one and {length} numbers");
        }
    }

    [Test] public void AdditionIsExactAtEveryLength() => Binary(BinaryKernels<double>.Add, (a, b) => a + b);
    [Test] public void SubtractionIsExactAtEveryLength() => Binary(BinaryKernels<double>.Subtract, (a, b) => a - b);
    [Test] public void MultiplicationIsExactAtEveryLength() => Binary(BinaryKernels<double>.Multiply, (a, b) => a * b);
    [Test] public void DivisionIsExactAtEveryLength() => Binary(BinaryKernels<double>.Divide, (a, b) => a / b);
    [Test] public void TheMaximumIsExactAtEveryLength() => Binary(BinaryKernels<double>.Maximum, Math.Max);
    [Test] public void TheMinimumIsExactAtEveryLength() => Binary(BinaryKernels<double>.Minimum, Math.Min);

    static void Unary(UnaryKernel<double> kernel, Func<double, double> function)
    {
        foreach (int length in s_lengths)
        {
            double[] x = Numbers(length, length), y = new double[length];
            kernel(x, y);
            Assert.That(y, Is.EqualTo(x.Select(function)), $"{length} numbers");
        }
    }

    [Test] public void ReLUKeepsNaNInfinityAndDenormals() => Unary(ElementwiseKernels.ReLU, x => Math.Max(x, 0));
    [Test] public void SignKeepsNaNAndZero() => Unary(ElementwiseKernels.Sign, x => x > 0 ? 1 : x < 0 ? -1 : x);

    static void Gradient(BinaryRows<double> kernel, Func<double, double, double> rule)
    {
        foreach (int length in s_lengths)
        {
            double[] y = Numbers(length, length), upstream = Numbers(length, length + 1), x = new double[length];
            kernel(y, upstream, x);
            Assert.That(x, Is.EqualTo(y.Zip(upstream, rule)), $"{length} numbers");
        }
    }

    [Test] public void TheGradientOfReLUInOnePassIsItsRule() => Gradient(GradientKernels.ReLU, (x, g) => x <= 0 ? 0 : g);
    [Test] public void TheGradientOfSigmoidInOnePassIsItsRule() => Gradient(GradientKernels.Sigmoid, (y, g) => g * (y * (1 - y)));
    [Test] public void TheGradientOfTanhInOnePassIsItsRule() => Gradient(GradientKernels.Tanh, (y, g) => g * (1 - y * y));

    [Test]
    public void SumsKeepNaNInfinityAndDenormals([Values(1, 63, 64, 1000, 4097)] int length)
    {
        double[] x = new double[length];
        Array.Fill(x, double.Epsilon);
        Assert.That(ReductionKernels.Sum<double>(x), Is.EqualTo(length * double.Epsilon), "denormals");
        x[length / 2] = double.PositiveInfinity;
        Assert.That(ReductionKernels.Sum<double>(x), Is.EqualTo(double.PositiveInfinity));
        x[^1] = double.NaN;
        Assert.That(ReductionKernels.Sum<double>(x), Is.NaN);
    }

    [Test]
    public void SgdAndExtremesHaveTheSameBitsOnEveryPath([Values(1, 15, 64, 67, 200)] int length, [Values] bool momentum)
    {
        byte[][] onPaths = [.. VectorPath.Available.Select(width => Accuracy.AccuracyMeasure.On(width, () =>
        {
            float[] w = [.. Numbers(length, 1).Select(x => (float)x)], g = [.. Numbers(length, 2).Select(x => (float)x)];
            float[] v = momentum ? [.. Numbers(length, 3).Select(x => (float)x)] : [], found = new float[4];
            OptimizerKernels.Sgd(w, g, v, false, SgdSettings<float>.From(0.1, momentum ? 0.9 : 0, 0.2, 0.01, momentum));
            float[] zeros = [.. Enumerable.Range(0, length).Select(i => i % 3 == 1 ? 0f : -0f)];
            ReductionKernels.ExtremeInto<float>(g, [length], found.AsSpan(0, 1), [0], true);
            ReductionKernels.ExtremeInto<float>(zeros, [length], found.AsSpan(1, 1), [0], true);
            ReductionKernels.ExtremeInto<float>(zeros, [length], found.AsSpan(2, 1), [0], false);
            return System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>([.. w, .. v, .. found]).ToArray();
        }))];
        foreach (byte[] onPath in onPaths) Assert.That(onPath, Is.EqualTo(onPaths[0]));
    }

    [Test]
    public void ExtremesAreFoundWhereverTheyAreAndKeepNaN([Values(1, 31, 64, 65, 100, 1000)] int length, [Values] bool largest)
    {
        int sign = largest ? 1 : -1;
        double[] found = new double[1];
        for (int place = 0; place < length; place++)
        {
            double[] x = [.. Enumerable.Range(0, length).Select(i => i == place ? sign * 3.5 : -sign * (1 + i % 7))];
            ReductionKernels.ExtremeInto<double>(x, [length], found, [0], largest);
            Assert.That(found[0], Is.EqualTo(x[place]), $"place {place}");
            x[place] = double.NaN;
            ReductionKernels.ExtremeInto<double>(x, [length], found, [0], largest);
            Assert.That(found[0], Is.NaN, $"place {place}");
        }
    }

    static void WithThreads(int threads, Action action)
    {
        int before = Parallelism.Threads;
        Parallelism.Threads = threads;
        try
        {
            action();
        }
        finally
        {
            Parallelism.Threads = before;
        }
    }

    [Test]
    public void TheStepOfALargeParameterIsTheSameForAnyNumberOfThreads([Values(2, 3)] int threads, [Values(0.0, 0.9)] double momentum)
    {
        const int Length = 200_001;
        SgdSettings<float> settings = SgdSettings<float>.From(0.1, momentum, 0.2, 0.01, false);
        (float[] W, float[] V) Step(int n)
        {
            float[] w = [.. Numbers(Length, 1).Select(x => (float)x)], g = [.. Numbers(Length, 2).Select(x => (float)x)];
            float[] v = momentum == 0 ? [] : [.. Numbers(Length, 3).Select(x => (float)x)];
            WithThreads(n, () => OptimizerKernels.Sgd(w.AsMemory(), g, v, false, settings));
            return (w, v);
        }
        (float[] w, float[] v) = Step(threads);
        (float[] wAlone, float[] vAlone) = Step(1);
        Assert.That(w.AsSpan().SequenceEqual(wAlone) && v.AsSpan().SequenceEqual(vAlone), Is.True);
        Assert.That(w[^1], Is.Not.EqualTo((float)Numbers(Length, 1)[^1]), "the last one moved too");
    }

    [Test]
    public void EveryPartIsDoneOnce([Values(1, 2, 5)] int threads, [Values(1, 2, 3, 100)] int parts)
    {
        for (int round = 0; round < 100; round++)
        {
            int[] times = new int[parts];
            Workers.Run(threads, parts, part => Interlocked.Increment(ref times[part]));
            Assert.That(times, Is.All.EqualTo(1));
        }
    }

    [Test]
    public void NoMoreThreadsTakePartThanAllowed()
    {
        // Earlier rounds may have started more.
        Workers.Run(4, 4, _ => Thread.Sleep(1));
        int now = 0, most = 0;
        Lock guard = new();
        Workers.Run(2, 50, _ =>
        {
            lock (guard) most = Math.Max(most, ++now);
            Thread.Sleep(1);
            lock (guard) now--;
        });
        Assert.That(most, Is.LessThanOrEqualTo(2));
    }

    [Test]
    public void RoundsInsideAndBesideOthersAreDoneToo()
    {
        int done = 0;
        Thread[] users = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int round = 0; round < 200; round++)
                Workers.Run(3, 3, _ => Workers.Run(2, 2, _ => Interlocked.Increment(ref done)));
        }))];
        foreach (Thread user in users) user.Start();
        foreach (Thread user in users) Assert.That(user.Join(TimeSpan.FromMinutes(1)), Is.True);
        Assert.That(done, Is.EqualTo(4 * 200 * 3 * 2));
    }

    [Test]
    public void AnErrorInAPartReachesTheCallerAndTheWorkersLive()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Workers.Run(3, 6, part =>
        {
            if (part == 4) throw new InvalidOperationException("part 4");
        }));
        Assert.That(error!.Message, Is.EqualTo("part 4"));
        int done = 0;
        Workers.Run(3, 6, _ => Interlocked.Increment(ref done));
        Assert.That(done, Is.EqualTo(6));
    }

    [Test]
    public void AFinishedRoundKeepsNothingAlive()
    {
        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference Round()
        {
            float[] operand = new float[1000];
            Workers.Run(2, 2, part => operand[part] = part);
            return new WeakReference(operand);
        }
        WeakReference operand = Round();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.That(operand.IsAlive, Is.False);
    }
}
