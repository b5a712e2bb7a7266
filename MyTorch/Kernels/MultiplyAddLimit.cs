using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MyTorch.Kernels;

/// <summary>How many multiplications and additions a second the processor can do: a loop that works on registers only.</summary>
static class MultiplyAddLimit
{
    const int Accumulators = 12;

    /// <summary>
    /// Floating-point operations a second, two for each multiply-add, of some threads together: the best of some runs.
    /// </summary>
    /// <param name="threads">The number of threads, 1 or more.</param>
    /// <param name="width">The vector width; that of the kernels if omitted.</param>
    /// <param name="runs">The number of runs.</param>
    /// <param name="rounds">The length of a run; the default takes about a millisecond.</param>
    internal static double Measure<T>(int threads, VectorWidth? width = null, int runs = 9, int rounds = 400_000)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double best = 0;
        for (int run = 0; run < runs; run++)
        {
            // Without a second thread none is started: a browser has none.
            if (threads == 1)
            {
                best = Math.Max(best, Rate<T>(width ?? VectorPath.Current, rounds));
                continue;
            }
            var rates = new double[threads];
            using var start = new Barrier(threads);
            Thread[] workers =
            [
                .. Enumerable.Range(0, threads).Select(t => new Thread(() =>
                {
                    start.SignalAndWait();
                    rates[t] = Rate<T>(width ?? VectorPath.Current, rounds);
                })),
            ];
            foreach (Thread worker in workers) worker.Start();
            foreach (Thread worker in workers) worker.Join();
            best = Math.Max(best, threads * rates.Min());
        }
        return best;
    }

    static double Rate<T>(VectorWidth width, int rounds) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long began = Stopwatch.GetTimestamp();
        int lanes = Run<T>(width, rounds);
        return 2.0 * Accumulators * lanes * rounds / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <returns>The number of lanes of a vector.</returns>
    static int Run<T>(VectorWidth width, int rounds) where T : unmanaged, IBinaryFloatingPointIeee754<T> => width switch
    {
        VectorWidth.Bits512 => Loop<T, Vector512<T>, Lanes512<T>>(rounds),
        VectorWidth.Bits256 => Loop<T, Vector256<T>, Lanes256<T>>(rounds),
        VectorWidth.Bits128 => Loop<T, Vector128<T>, Lanes128<T>>(rounds),
        _ => Loop<T, T, Lanes1<T>>(rounds),
    };

    // Twelve sums that do not wait for each other keep every multiply-add unit busy. What they add up to is stored, so that the loop is not
    // dropped.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int Loop<T, V, L>(int rounds) where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where L : struct, ILanes<T, V>
    {
        V x = L.Broadcast(T.CreateTruncating(0.5)), y = L.Broadcast(T.CreateTruncating(0.25));
        V a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (int round = 0; round < rounds; round++)
        {
            a = L.MultiplyAddEstimate(x, a, y);
            b = L.MultiplyAddEstimate(x, b, y);
            c = L.MultiplyAddEstimate(x, c, y);
            d = L.MultiplyAddEstimate(x, d, y);
            e = L.MultiplyAddEstimate(x, e, y);
            f = L.MultiplyAddEstimate(x, f, y);
            g = L.MultiplyAddEstimate(x, g, y);
            h = L.MultiplyAddEstimate(x, h, y);
            i = L.MultiplyAddEstimate(x, i, y);
            j = L.MultiplyAddEstimate(x, j, y);
            k = L.MultiplyAddEstimate(x, k, y);
            l = L.MultiplyAddEstimate(x, l, y);
        }
        V sum = L.Add(L.Add(L.Add(L.Add(a, b), L.Add(c, d)), L.Add(L.Add(e, f), L.Add(g, h))), L.Add(L.Add(i, j), L.Add(k, l)));
        Span<T> stored = stackalloc T[Vector512<T>.Count];
        L.Store(sum, ref stored[0]);
        return T.IsNaN(stored[0]) ? 0 : L.Width;
    }
}
