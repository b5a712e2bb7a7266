using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MyTorch.Kernels;

/// <summary>The settings of one SGD step in the precision of the parameters.</summary>
readonly record struct SgdSettings<T>(T LearningRate, T Momentum, T Dampening, T WeightDecay, bool Nesterov) where T : unmanaged, INumber<T>
{
    internal static SgdSettings<T> From(double learningRate, double momentum, double dampening, double weightDecay, bool nesterov) => new(
        T.CreateChecked(learningRate), T.CreateChecked(momentum), T.CreateChecked(dampening), T.CreateChecked(weightDecay), nesterov);
}

/// <summary>Optimizer updates, one pass over the memory of a parameter each.</summary>
static class OptimizerKernels
{
    // Parameters of at least MinParallel elements are divided into chunks for several threads; smaller ones are likely in the cache of this
    // thread.
    const int MinParallel = 1 << 20;
    const int Chunk = 1 << 15;

    /// <summary>One step of SGD, on several threads for a large parameter.</summary>
    internal static void Sgd<T>(Memory<T> w, ReadOnlyMemory<T> g, Memory<T> v, bool first, SgdSettings<T> s) where T : unmanaged, INumber<T>
    {
        if (w.Length < MinParallel || Parallelism.Threads == 1) Sgd(w.Span, g.Span, v.Span, first, s);
        else InChunks(w, g, v, first, s);
    }

    // A separate method: the lambda allocates an object for what it captures, also when it is not reached.
    static void InChunks<T>(Memory<T> w, ReadOnlyMemory<T> g, Memory<T> v, bool first, SgdSettings<T> s) where T : unmanaged, INumber<T> =>
        Workers.Run(Parallelism.Threads, (w.Length + Chunk - 1) / Chunk, chunk =>
        {
            int start = chunk * Chunk, length = Math.Min(Chunk, w.Length - start);
            Sgd(w.Span.Slice(start, length), g.Span.Slice(start, length), v.IsEmpty ? [] : v.Span.Slice(start, length), first, s);
        });

    /// <summary>
    /// One step of SGD in one pass: g += λw; v = μv + (1 − dampening)g, or g at the first step; w −= η·v, or η(g + μv) with Nesterov.
    /// Without momentum v is empty. A lane holds one element, with Vector&lt;T&gt;.Count elements per step; a scalar loop computes the
    /// remaining elements with the same operations in the same order.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Sgd<T>(Span<T> w, ReadOnlySpan<T> g, Span<T> v, bool first, SgdSettings<T> s) where T : unmanaged, INumber<T>
    {
        Span<Vector<T>> weights = MemoryMarshal.Cast<T, Vector<T>>(w), velocities = MemoryMarshal.Cast<T, Vector<T>>(v);
        ReadOnlySpan<Vector<T>> gradients = MemoryMarshal.Cast<T, Vector<T>>(g);
        T undamped = T.One - s.Dampening;
        // Without weight decay w is not read: 0·∞ would be NaN.
        bool decays = !T.IsZero(s.WeightDecay);
        for (int i = 0; i < weights.Length; i++)
        {
            Vector<T> step = decays ? gradients[i] + weights[i] * s.WeightDecay : gradients[i];
            if (!v.IsEmpty)
            {
                Vector<T> velocity = first ? step : velocities[i] * s.Momentum + step * undamped;
                velocities[i] = velocity;
                step = s.Nesterov ? step + velocity * s.Momentum : velocity;
            }
            weights[i] -= step * s.LearningRate;
        }
        for (int i = weights.Length * Vector<T>.Count; i < w.Length; i++)
        {
            T step = decays ? g[i] + w[i] * s.WeightDecay : g[i];
            if (!v.IsEmpty)
            {
                T velocity = first ? step : v[i] * s.Momentum + step * undamped;
                v[i] = velocity;
                step = s.Nesterov ? step + velocity * s.Momentum : velocity;
            }
            w[i] -= step * s.LearningRate;
        }
    }
}
