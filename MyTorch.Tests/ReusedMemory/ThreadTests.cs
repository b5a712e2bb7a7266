using static MyTorch.Tests.ReusedMemory.ExemptTests;
using static MyTorch.Tests.ReusedMemory.ReadersTests;

namespace MyTorch.Tests.ReusedMemory;

/// <summary>Results of a scope with reuseMemory that other threads read, and scopes that another thread ends.</summary>
[NonParallelizable]
public sealed class ThreadTests
{
    static T Elsewhere<T>(Func<T> work)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try { result = work(); }
            catch (Exception e) { failure = e; }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw failure;
    }

    [Test]
    public void AnotherThreadReadsWhileTheScopeIsOpenAndNotAfterwards() => OnDirtyMemory(() =>
    {
        Tensor x = Leaf(1000), y, untouched;
        using (new Autograd(reuseMemory: true))
        {
            (y, untouched) = (x * 2, x * 3);
            Assert.That(Elsewhere(y.ToArray), Is.EqualTo(x.ToArray().Select(v => 2 * v)));
        }
        Refused(() => Elsewhere(y.ToArray));
        Refused(() => y.ToArray());
        Assert.That(Tape.OfThisThread.Results.Free.Count(), Is.EqualTo(1), "what another thread may still be reading is not used again; the other result is");
    });

    [Test]
    public void AReaderOnAnotherThreadSeesTheRightNumbersOrAnError()
    {
        const int Rounds = 3000, Length = 4096;
        Tensor? current = null;
        bool ended = false;
        int right = 0, refused = 0, wrong = 0;
        var reader = new Thread(() =>
        {
            while (!Volatile.Read(ref ended))
                if (Volatile.Read(ref current) is { } y)
                    try
                    {
                        // Each result holds one number throughout, and its name says which.
                        float[] values = y.ToFloatArray();
                        if (values.AsSpan().ContainsAnyExcept(float.Parse(y.Name!, System.Globalization.CultureInfo.InvariantCulture))) wrong++;
                        else right++;
                    }
                    catch (InvalidOperationException)
                    {
                        refused++;
                    }
        });
        reader.Start();
        Tensor x = Tensor.Ones([Length], DType.Float32, requiresGrad: true);
        for (int i = 1; i <= Rounds || (Volatile.Read(ref right) == 0 && i < 100 * Rounds); i++)
        {
            using var autograd = new Autograd(reuseMemory: true);
            Tensor y = x * i;
            y.Name = i.ToString(System.Globalization.CultureInfo.InvariantCulture);
            Volatile.Write(ref current, y);
            if (i % 7 == 0) Thread.Yield();
        }
        Volatile.Write(ref ended, true);
        reader.Join();
        Assert.That(wrong, Is.Zero, $"{right} right, {refused} refused");
        Assert.That(right, Is.Positive);
    }

    [Test]
    public void AScopeThatAnotherThreadEnds() => OnDirtyMemory(() =>
    {
        Tensor x = Leaf(4), y, view;
        using (var autograd = new Autograd(reuseMemory: true))
        {
            y = x * 2;
            view = y.Detach();
            Elsewhere(() => { autograd.Dispose(); return 0; });
            Refused(() => y.ToArray());
            Refused(() => view.ToArray());
            Refused(() => Elsewhere(y.ToArray));
            Tensor later = x * 5;
            Assert.That(later.ToArray(), Is.EqualTo(x.ToArray().Select(v => 5 * v)));
        }
        using (new Autograd(reuseMemory: true)) _ = x * 7;
        Refused(() => y.ToArray());
    });

    [Test]
    public void EachThreadHasItsOwnMemory()
    {
        double[][] losses = new double[4][];
        Parallel.For(0, losses.Length, new ParallelOptions { MaxDegreeOfParallelism = losses.Length }, i =>
            losses[i] = TrainingTests.Losses(steps: 30, reuseMemory: true));
        double[] alone = TrainingTests.Losses(steps: 30, reuseMemory: false);
        foreach (double[] one in losses) Assert.That(one, Is.EqualTo(alone));
    }
}
