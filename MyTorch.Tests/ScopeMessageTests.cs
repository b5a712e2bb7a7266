using System.Collections.Concurrent;

namespace MyTorch.Tests;

/// <summary>
/// Scopes that end in the wrong place, on the wrong thread or in the wrong order: what really happened, and a fix that works.
/// </summary>
public sealed class ScopeMessageTests
{
    static Tensor Leaf(params double[] values)
    {
        Tensor leaf = Tensor.From(values, DType.Float64);
        leaf.RequiresGrad = true;
        return leaf;
    }

    static void OnAnotherThread(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try { action(); }
            catch (Exception e) { failure = e; }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Runs async handlers on this one thread, as a window or a browser does, until both have ended.</summary>
    sealed class OneThread : SynchronizationContext
    {
        readonly BlockingCollection<(SendOrPostCallback, object?)> _posted = [];

        public override void Post(SendOrPostCallback d, object? state) => _posted.Add((d, state));

        internal static void Run(params Func<Task>[] handlers)
        {
            SynchronizationContext? before = Current;
            var one = new OneThread();
            SetSynchronizationContext(one);
            try
            {
                Task all = Task.WhenAll([.. handlers.Select(handler => handler())]);
                while (!all.IsCompleted)
                    if (one._posted.TryTake(out var item, millisecondsTimeout: 20_000)) item.Item1(item.Item2);
                    else throw new TimeoutException("The handlers wait for each other.");
                all.GetAwaiter().GetResult();
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }
    }

    [Test]
    public void TwoAsyncHandlersOnOneThreadAreNamed()
    {
        InvalidOperationException? ofScope = null, ofTensor = null;
        OnAnotherThread(() => OneThread.Run(
            async () =>
            {
                using var first = new Autograd();
                await Task.Yield();
            },
            async () =>
            {
                Tensor w = Leaf(1, 2);
                using var second = new Autograd();
                Tensor loss = (w * w).Sum();
                await Task.Yield();
                await Task.Yield();
                ofScope = Assert.Throws<InvalidOperationException>(() => second.Backward(loss));
                ofTensor = Assert.Throws<InvalidOperationException>(() => loss.Backward());
            }));
        Assert.That(ofScope!.Message, Does.Contain("ended early").And.Contain("Two async handlers on one thread").And.Contain("Do not await inside a scope").And.Not.Contain("inside the using block."));
        Assert.That(ofTensor!.Message, Does.Contain("a scope that has ended").And.Contain("async handlers").And.Contain("using var autograd = new Autograd()"));
    }

    [Test]
    public void TheFixForAsyncHandlersWorks()
    {
        Tensor w = Leaf(1, 2);
        async Task Handler()
        {
            for (int step = 0; step < 3; step++)
            {
                await Task.Yield();
                using var autograd = new Autograd();
                autograd.Backward((w * w).Sum());
            }
        }

        OnAnotherThread(() => OneThread.Run(Handler, Handler));
        Assert.That(w.Grad!.ToArray(), Is.EqualTo(new double[] { 12, 24 }));
    }

    [Test]
    public void BackwardOfATensorOnAnotherThreadNamesBothThreads()
    {
        Tensor w = Leaf(1, 2);
        using var autograd = new Autograd();
        Tensor loss = (w * w).Sum();
        int here = Environment.CurrentManagedThreadId;
        OnAnotherThread(() =>
        {
            Assert.That(() => loss.Backward(), Throws());
            using var other = new Autograd();
            Assert.That(() => loss.Backward(), Throws());
            Assert.That(() => other.Backward(loss), Throws());
        });

        NUnit.Framework.Constraints.IResolveConstraint Throws() => NUnit.Framework.Throws.InvalidOperationException.With.Message.Contains($"an open scope of thread {here}")
            .And.Message.Contains("await").And.Message.Not.Contains("nothing was recorded").And.Message.Not.Contains("around this one");
    }

    [Test]
    public void ALossOfAnEndedScopeOrFromOutsideSaysWhich()
    {
        Tensor w = Leaf(1, 2), ended, outside = w.Tanh().Sum();
        using (new Autograd()) ended = (w * w).Sum();
        Assert.That(() => ended.Backward(), Throws.InvalidOperationException.With.Message.Contains("recorded in a scope that has ended"));
        Assert.That(() => outside.Backward(), Throws.InvalidOperationException.With.Message.Contains("computed by Tanh before the scope was opened"));
        using var autograd = new Autograd();
        Assert.That(() => ended.Backward(), Throws.InvalidOperationException.With.Message.Contains("recorded in a scope that has ended"));
        Assert.That(() => autograd.Backward(outside), Throws.InvalidOperationException.With.Message.Contains("computed by Tanh before the scope was opened"));
    }

    [Test]
    public void ScopesMayEndInAnyOrderTwiceAndElsewhere()
    {
        Tensor w = Leaf(2);
        for (int round = 0; round < 50; round++)
        {
            var outer = new Autograd();
            var inner = new Autograd();
            Tensor y = w * w;
            outer.Dispose();
            Assert.That(() => inner.Backward(y), Throws.InvalidOperationException.With.Message.Contains("ended early").And.Message.Contains("using"));
            inner.Dispose();
            OnAnotherThread(outer.Dispose);
            Assert.That(Autograd.Current, Is.Null);
            w.ZeroGrad();
            using var next = new Autograd();
            next.Backward(w * w);
            Assert.That(w.Grad!.Item(), Is.EqualTo(4));
        }
    }

    [Test]
    public void AScopeThatIsEndedElsewhereDuringBackwardIsAnErrorOrWhole()
    {
        int errors = 0;
        for (int round = 0; round < 100; round++)
        {
            Tensor w = Leaf(1, 2, 3);
            using var autograd = new Autograd();
            Tensor x = w;
            for (int i = 0; i < 3000; i++) x += w;
            Tensor loss = x.Sum();
            using var start = new Barrier(2);
            var ender = new Thread(() =>
            {
                start.SignalAndWait();
                Thread.SpinWait(100 * round);
                autograd.Dispose();
            });
            ender.Start();
            start.SignalAndWait();
            try
            {
                autograd.Backward(loss);
                Assert.That(w.Grad!.ToArray(), Is.All.EqualTo(3001));
            }
            catch (InvalidOperationException e)
            {
                errors++;
                Assert.That(e.Message, Does.Contain("ended"));
                Assert.That(w.Grad, Is.Null, "no part of a gradient");
            }
            ender.Join();
        }
        TestContext.Out.WriteLine($"{errors} of 100 were errors");
    }
}
