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

static class OptimizerKernels
{
    // Numbers that pay for handing them to another thread (fewer are in a cache of this one), and a part that is small enough to be shared out well.
    const int WorthThreads = 1 << 20;
    const int Part = 1 << 15;

    /// <summary>The same for parameters of any size: large ones by several threads.</summary>
    internal static void Sgd<T>(Memory<T> w, ReadOnlyMemory<T> g, Memory<T> v, bool first, SgdSettings<T> s) where T : unmanaged, INumber<T>
    {
        if (w.Length < WorthThreads || Parallelism.Threads == 1) Sgd(w.Span, g.Span, v.Span, first, s);
        else InParts(w, g, v, first, s);
    }

    // A method of its own: what the parts need is put in an object, which a small parameter should not pay for.
    static void InParts<T>(Memory<T> w, ReadOnlyMemory<T> g, Memory<T> v, bool first, SgdSettings<T> s) where T : unmanaged, INumber<T> =>
        Workers.Run(Parallelism.Threads, (w.Length + Part - 1) / Part, part =>
        {
            int start = part * Part, length = Math.Min(Part, w.Length - start);
            Sgd(w.Span.Slice(start, length), g.Span.Slice(start, length), v.IsEmpty ? [] : v.Span.Slice(start, length), first, s);
        });

    /// <summary>
    /// One step of SGD in one pass: g += λw; v = μv + (1 − dampening)g, or g at the first step; w −= η·v, or η(g + μv) with Nesterov.
    /// Without momentum <paramref name="v"/> is empty.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Sgd<T>(Span<T> w, ReadOnlySpan<T> g, Span<T> v, bool first, SgdSettings<T> s) where T : unmanaged, INumber<T>
    {
        Span<Vector<T>> weights = MemoryMarshal.Cast<T, Vector<T>>(w), velocities = MemoryMarshal.Cast<T, Vector<T>>(v);
        ReadOnlySpan<Vector<T>> gradients = MemoryMarshal.Cast<T, Vector<T>>(g);
        T fresh = T.One - s.Dampening;
        // Without decay w must not enter: 0·∞ would be NaN.
        bool decays = !T.IsZero(s.WeightDecay);
        for (int i = 0; i < weights.Length; i++)
        {
            Vector<T> step = decays ? gradients[i] + weights[i] * s.WeightDecay : gradients[i];
            if (!v.IsEmpty)
            {
                Vector<T> velocity = first ? step : velocities[i] * s.Momentum + step * fresh;
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
                T velocity = first ? step : v[i] * s.Momentum + step * fresh;
                v[i] = velocity;
                step = s.Nesterov ? step + velocity * s.Momentum : velocity;
            }
            w[i] -= step * s.LearningRate;
        }
    }
}
