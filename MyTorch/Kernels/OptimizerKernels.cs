using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
    /// Without momentum v is empty.
    /// </summary>
    internal static void Sgd<T>(Span<T> w, ReadOnlySpan<T> g, Span<T> v, bool first, SgdSettings<T> s) where T : unmanaged, INumber<T>
    {
        switch (VectorPath.Current)
        {
            case VectorWidth.Bits512: Sgd<T, Vector512<T>, Lanes512<T>>(w, g, v, first, s); break;
            case VectorWidth.Bits256: Sgd<T, Vector256<T>, Lanes256<T>>(w, g, v, first, s); break;
            case VectorWidth.Bits128: Sgd<T, Vector128<T>, Lanes128<T>>(w, g, v, first, s); break;
            default: Sgd<T, T, Lanes1<T>>(w, g, v, first, s); break;
        }
    }

    // A lane holds one element. The remaining elements are computed one by one with the same operations.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Sgd<T, V, L>(Span<T> w, ReadOnlySpan<T> g, Span<T> v, bool first, SgdSettings<T> s)
        where T : unmanaged, INumber<T> where V : struct where L : struct, ILanes<T, V>
    {
        ref T weights = ref MemoryMarshal.GetReference(w), gradients = ref MemoryMarshal.GetReference(g),
            velocities = ref MemoryMarshal.GetReference(v);
        V rate = L.Broadcast(s.LearningRate), momentum = L.Broadcast(s.Momentum), undamped = L.Broadcast(T.One - s.Dampening),
            decay = L.Broadcast(s.WeightDecay);
        // Without weight decay w is not read: 0·∞ would be NaN.
        bool decays = !T.IsZero(s.WeightDecay), moves = !v.IsEmpty;
        int i = 0;
        for (; i <= w.Length - L.Width; i += L.Width)
        {
            V weight = L.Load(ref Unsafe.Add(ref weights, i)), step = L.Load(ref Unsafe.Add(ref gradients, i));
            if (decays) step = L.Add(step, L.Multiply(weight, decay));
            if (moves)
            {
                V velocity = step;
                if (!first) velocity = L.Add(L.Multiply(L.Load(ref Unsafe.Add(ref velocities, i)), momentum), L.Multiply(step, undamped));
                L.Store(velocity, ref Unsafe.Add(ref velocities, i));
                step = s.Nesterov ? L.Add(step, L.Multiply(velocity, momentum)) : velocity;
            }
            L.Store(L.Subtract(weight, L.Multiply(step, rate)), ref Unsafe.Add(ref weights, i));
        }
        if (i < w.Length) Sgd<T, T, Lanes1<T>>(w[i..], g[i..], moves ? v[i..] : v, first, s);
    }
}
