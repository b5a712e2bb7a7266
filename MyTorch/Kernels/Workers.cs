using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace MyTorch.Kernels;

/// <summary>
/// The threads that help with large operations. While they are awake work is handed over in about a microsecond; after a short while
/// without any they sleep.
/// </summary>
/// <remarks>
/// One operation at a time has them. If the user's own threads compute at the same time, whoever comes second works alone, for then the
/// processors are busy anyway. Parts must not depend on which thread does them.
/// </remarks>
static class Workers
{
    // Longer than the pause between two operations of a training step, much shorter than a time slice.
    static readonly long s_patience = Stopwatch.Frequency / 10_000;

    static readonly SemaphoreSlim s_wake = new(0);
    static Round? s_round;
    static int s_inUse, s_started, s_asleep;

    /// <summary>The parts of one operation. Whoever comes late to a round finds no part left.</summary>
    sealed class Round(int helpers, int parts, Action<int> work)
    {
        int _helpers, _next, _ended;
        Action<int>? _work = work;
        Exception? _error;

        internal void Join()
        {
            if (Interlocked.Increment(ref _helpers) <= helpers) Help();
        }

        internal void Help()
        {
            for (int part = Interlocked.Increment(ref _next) - 1; part < parts; part = Interlocked.Increment(ref _next) - 1)
            {
                try
                {
                    _work!(part);
                }
                catch (Exception e)
                {
                    _error = e;
                }
                Interlocked.Increment(ref _ended);
            }
        }

        internal void Finish()
        {
            SpinWait wait = default;
            while (Volatile.Read(ref _ended) < parts) wait.SpinOnce(sleep1Threshold: -1);
            // A sleeping worker may remember the round for long; it must not keep the operands alive.
            _work = null;
            if (_error is not null) ExceptionDispatchInfo.Throw(_error);
        }
    }

    /// <summary>
    /// Calls <paramref name="work"/> with 0 … parts − 1, each once, on this and at most threads − 1 other threads; returns when all are done.
    /// </summary>
    internal static void Run(int threads, int parts, Action<int> work)
    {
        int helpers = Math.Min(threads, parts) - 1;
        if (helpers <= 0 || Interlocked.Exchange(ref s_inUse, 1) == 1)
        {
            for (int part = 0; part < parts; part++) work(part);
            return;
        }
        try
        {
            for (; s_started < helpers; s_started++)
                new Thread(Serve) { IsBackground = true, Name = "MyTorch worker" }.UnsafeStart();
            var round = new Round(helpers, parts, work);
            // Both sides write first and look then: either the worker sees the round, or this thread sees that the worker sleeps.
            Interlocked.Exchange(ref s_round, round);
            int asleep = Volatile.Read(ref s_asleep);
            if (asleep > 0) s_wake.Release(Math.Min(asleep, helpers));
            round.Help();
            round.Finish();
        }
        finally
        {
            Volatile.Write(ref s_inUse, 0);
        }
    }

    static void Serve()
    {
        Round? last = null;
        while (true)
        {
            long idleSince = Stopwatch.GetTimestamp();
            while (Volatile.Read(ref s_round) == last)
            {
                if (Stopwatch.GetTimestamp() - idleSince < s_patience) Thread.SpinWait(1);
                else
                {
                    Interlocked.Increment(ref s_asleep);
                    if (Volatile.Read(ref s_round) == last) s_wake.Wait();
                    Interlocked.Decrement(ref s_asleep);
                    idleSince = Stopwatch.GetTimestamp();
                }
            }
            last = Volatile.Read(ref s_round);
            last?.Join();
        }
    }
}
