using System.Diagnostics;
using MyTorch;
using TorchSharp;

namespace PeerBenchmark;

/// <summary>What was measured of a row.</summary>
/// <param name="Name">The row.</param>
/// <param name="Ours">Microseconds, the median.</param>
/// <param name="Theirs">Microseconds, the median.</param>
/// <param name="Ratio">Ours by theirs: the median of the pairs' ratios.</param>
/// <param name="Threads">How many threads ours might use, and theirs did.</param>
/// <param name="Remark">What else is to be said.</param>
sealed record Result(string Name, double Ours, double Theirs, double Ratio, string Threads, string Remark);

/// <summary>Measures in pairs: a block of ours, a block of theirs, and again, so that whatever the machine does hits both.</summary>
static class Pairs
{
    // Milliseconds. Measured here: with a pause of 2, MyTorch on two threads took up to twice its time; from 30 on, no longer.
    const int OpenMPSpins = 30;

    internal static Result Measure(Row row, Work work, Settings settings)
    {
        (double warmUp, double budget, double block) = settings.Short ? (0.06, 0.1, 0.005) : (0.5, 2, 0.03);
        int ourThreads = row.Threads ?? settings.Threads;
        Parallelism.Threads = ourThreads;
        GC.Collect();

        // The compiler finishes our code in the background, so ours is warmed up before and after theirs.
        WarmUp(work.Ours, Math.Max(warmUp, 0.35), block);
        int theirThreads = BetterThreads(work.Torch, ourThreads, warmUp, block);
        torch.set_num_threads(theirThreads);
        int theirTimes = WarmUp(work.Torch, warmUp, block);
        int ourTimes = WarmUp(work.Ours, warmUp, block);

        List<double> ours = [], theirs = [], ratios = [];
        long began = Stopwatch.GetTimestamp();
        while (ours.Count < (settings.Short ? 3 : 7) || Stopwatch.GetElapsedTime(began).TotalSeconds < budget)
        {
            // The threads of OpenMP wait for more work awake, on a processor that ours would need.
            if (theirThreads > 1) Thread.Sleep(OpenMPSpins);
            ours.Add(Block(work.Ours, ourTimes));
            theirs.Add(Block(work.Torch, theirTimes));
            ratios.Add(ours[^1] / theirs[^1]);
        }
        double mine = Median(ours), other = Median(theirs);
        return new Result(row.Name, mine, other, Median(ratios), ourThreads == theirThreads ? $"{ourThreads}" : $"{ourThreads}/{theirThreads}", work.Remark(mine, other));
    }

    /// <summary>1 or all the threads, whichever is faster here.</summary>
    static int BetterThreads(Action<int> torchWork, int all, double warmUp, double block)
    {
        if (all == 1) return 1;
        List<double> one = [], many = [];
        torch.set_num_threads(1);
        int times = WarmUp(torchWork, warmUp, block);
        for (int round = 0; round < 5; round++)
        {
            torch.set_num_threads(1);
            one.Add(Block(torchWork, times));
            torch.set_num_threads(all);
            many.Add(Block(torchWork, times));
        }
        return Median(many) < Median(one) ? all : 1;
    }

    /// <summary>Runs until the code is compiled for good and the caches are warm; gives how many times make a block.</summary>
    static int WarmUp(Action<int> work, double seconds, double block)
    {
        int times = 1;
        long began = Stopwatch.GetTimestamp();
        double each;
        do
        {
            long start = Stopwatch.GetTimestamp();
            work(times);
            each = Stopwatch.GetElapsedTime(start).TotalSeconds / times;
            times = Math.Clamp((int)(block / each), 1, 1_000_000);
        }
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds);
        return times;
    }

    /// <summary>Microseconds of one time. The pause lets the other side's threads, which wait for work awake for a while, fall asleep.</summary>
    static double Block(Action<int> work, int times)
    {
        Thread.Sleep(2);
        work(1);
        long start = Stopwatch.GetTimestamp();
        work(times);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / times;
    }

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
