using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace MyTorch.Kernels;

/// <summary>
/// The thread pool for large operations. Its threads spin for a short time after an operation, so the next one starts within about a
/// microsecond; then they sleep.
/// </summary>
/// <remarks>
/// One operation at a time uses the pool. If several user threads compute at the same time, the others run their operations on one thread,
/// because the processors are busy. The result of a chunk must not depend on the thread that runs it.
/// </remarks>
static class Workers
{
    // The spin time: longer than the pause between two operations of a training step, much shorter than a time slice.
    static readonly long s_spinTime = Stopwatch.Frequency / 10_000;

    static readonly SemaphoreSlim s_wake = new(0);
    static Round? s_round;
    static int s_inUse, s_started, s_asleep;

    /// <summary>
    /// The chunks of one operation. Each thread has a range of them, the same in every operation of the same size, so that it finds what it
    /// wrote last in its cache; then it takes what others have left. A thread that joins late finds no chunk left.
    /// </summary>
    sealed class Round(int threads, int chunks, Action<int> work)
    {
        // A cache line for the counter of each thread.
        const int Apart = 16;

        readonly int[] _next = new int[threads * Apart];
        int _helpers, _ended;
        Action<int>? _work = work;
        Exception? _error;

        internal void Join()
        {
            int thread = Interlocked.Increment(ref _helpers);
            if (thread < threads) Help(thread);
        }

        internal void Help(int thread)
        {
            for (int other = 0; other < threads; other++)
            {
                int range = (thread + other) % threads, start = (int)((long)chunks * range / threads);
                int count = (int)((long)chunks * (range + 1) / threads) - start;
                for (int i; (i = Interlocked.Increment(ref _next[range * Apart]) - 1) < count;)
                {
                    try
                    {
                        _work!(start + i);
                    }
                    catch (Exception e)
                    {
                        _error = e;
                    }
                    Interlocked.Increment(ref _ended);
                }
            }
        }

        internal void Finish()
        {
            SpinWait wait = default;
            while (Volatile.Read(ref _ended) < chunks) wait.SpinOnce(sleep1Threshold: -1);
            // A sleeping worker may hold the round for a long time; it must not keep the operands alive.
            _work = null;
            if (_error is not null) ExceptionDispatchInfo.Throw(_error);
        }
    }

    /// <summary>
    /// Calls work with 0 … chunks − 1, each once, on this thread and at most threads − 1 others. Returns when all have ended; rethrows an
    /// exception.
    /// </summary>
    internal static void Run(int threads, int chunks, Action<int> work)
    {
        int helpers = Math.Min(threads, chunks) - 1;
        if (helpers <= 0 || Interlocked.Exchange(ref s_inUse, 1) == 1)
        {
            for (int chunk = 0; chunk < chunks; chunk++) work(chunk);
            return;
        }
        try
        {
            for (; s_started < helpers; s_started++)
                new Thread(Serve) { IsBackground = true, Name = "MyTorch worker" }.UnsafeStart();
            var round = new Round(helpers + 1, chunks, work);
            // Both sides write first and then read: either the worker sees the round, or this thread sees that the worker sleeps and wakes
            // it.
            Interlocked.Exchange(ref s_round, round);
            int asleep = Volatile.Read(ref s_asleep);
            if (asleep > 0) s_wake.Release(Math.Min(asleep, helpers));
            round.Help(0);
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
                if (Stopwatch.GetTimestamp() - idleSince < s_spinTime) Thread.SpinWait(1);
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
