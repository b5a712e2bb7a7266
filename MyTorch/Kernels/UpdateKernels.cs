using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MyTorch.Kernels;

/// <summary>How an optimizer moves one element: lane by lane. Settings are fields of the struct.</summary>
interface IUpdateRule<T> where T : unmanaged
{
    /// <summary>The new w from w, its gradient and what is remembered of it: a, b and c, which are 0 where a rule remembers less.</summary>
    V Apply<V, L>(V w, V g, ref V a, ref V b, ref V c) where V : struct where L : struct, ILanes<T, V>;
}

/// <summary>The memory of what an optimizer remembers of a parameter: as long as the parameter, or empty where it is not used.</summary>
readonly record struct Remembered<T>(Memory<T> A, Memory<T> B, Memory<T> C);

/// <summary>
/// Applies an update rule to a parameter in one pass over its memory, with the vectors of <see cref="VectorPath"/>. A lane holds one
/// element. The remaining elements are put into a vector padded with zeros and computed by the same code, so the result depends neither on
/// the length nor on the vector width nor on the number of threads.
/// </summary>
static class UpdateKernels
{
    // Parameters of at least MinParallel elements are divided into chunks for several threads; smaller ones are likely in the cache of this
    // thread.
    const int MinParallel = 1 << 18;
    const int Chunk = 1 << 15;

    internal static void Update<T, R>(R rule, Memory<T> w, ReadOnlyMemory<T> g, Remembered<T> state)
        where T : unmanaged, INumber<T> where R : struct, IUpdateRule<T>
    {
        if (w.Length < MinParallel || Parallelism.Threads == 1) Update(rule, w.Span, g.Span, state.A.Span, state.B.Span, state.C.Span);
        else InChunks(rule, w, g, state);
    }

    // A separate method: the lambda allocates an object for what it captures, also when it is not reached.
    static void InChunks<T, R>(R rule, Memory<T> w, ReadOnlyMemory<T> g, Remembered<T> state)
        where T : unmanaged, INumber<T> where R : struct, IUpdateRule<T> =>
        Workers.Run(Parallelism.Threads, (w.Length + Chunk - 1) / Chunk, chunk =>
        {
            int start = chunk * Chunk, length = Math.Min(Chunk, w.Length - start);
            Update(rule, w.Span.Slice(start, length), g.Span.Slice(start, length), Part(state.A), Part(state.B), Part(state.C));

            Span<T> Part(Memory<T> memory) => memory.IsEmpty ? [] : memory.Span.Slice(start, length);
        });

    static void Update<T, R>(R rule, Span<T> w, ReadOnlySpan<T> g, Span<T> a, Span<T> b, Span<T> c)
        where T : unmanaged, INumber<T> where R : struct, IUpdateRule<T>
    {
        switch (VectorPath.Current)
        {
            case VectorWidth.Bits512: Update<T, R, Vector512<T>, Lanes512<T>>(rule, w, g, a, b, c); break;
            case VectorWidth.Bits256: Update<T, R, Vector256<T>, Lanes256<T>>(rule, w, g, a, b, c); break;
            case VectorWidth.Bits128: Update<T, R, Vector128<T>, Lanes128<T>>(rule, w, g, a, b, c); break;
            default: Update<T, R, T, Lanes1<T>>(rule, w, g, a, b, c); break;
        }
    }

    // Fully optimized from the first call: the first tier of the compiler would not inline the lane operations.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Update<T, R, V, L>(R rule, Span<T> w, ReadOnlySpan<T> g, Span<T> a, Span<T> b, Span<T> c)
        where T : unmanaged where R : struct, IUpdateRule<T> where V : struct where L : struct, ILanes<T, V>
    {
        ref T ws = ref MemoryMarshal.GetReference(w), gs = ref MemoryMarshal.GetReference(g);
        ref T first = ref MemoryMarshal.GetReference(a), second = ref MemoryMarshal.GetReference(b),
            third = ref MemoryMarshal.GetReference(c);
        bool hasA = !a.IsEmpty, hasB = !b.IsEmpty, hasC = !c.IsEmpty;
        V x = default, y = default, z = default;
        int i = 0;
        for (; i <= w.Length - L.Width; i += L.Width)
        {
            if (hasA) x = L.Load(ref Unsafe.Add(ref first, i));
            if (hasB) y = L.Load(ref Unsafe.Add(ref second, i));
            if (hasC) z = L.Load(ref Unsafe.Add(ref third, i));
            L.Store(rule.Apply<V, L>(L.Load(ref Unsafe.Add(ref ws, i)), L.Load(ref Unsafe.Add(ref gs, i)), ref x, ref y, ref z),
                ref Unsafe.Add(ref ws, i));
            if (hasA) L.Store(x, ref Unsafe.Add(ref first, i));
            if (hasB) L.Store(y, ref Unsafe.Add(ref second, i));
            if (hasC) L.Store(z, ref Unsafe.Add(ref third, i));
        }
        if (i == w.Length) return;

        Span<T> padded = stackalloc T[5 * L.Width];
        padded.Clear();
        Span<T> padW = padded[..L.Width], padG = padded.Slice(L.Width, L.Width);
        Span<T> padA = padded.Slice(2 * L.Width, L.Width), padB = padded.Slice(3 * L.Width, L.Width),
            padC = padded.Slice(4 * L.Width, L.Width);
        w[i..].CopyTo(padW);
        g[i..].CopyTo(padG);
        if (hasA) a[i..].CopyTo(padA);
        if (hasB) b[i..].CopyTo(padB);
        if (hasC) c[i..].CopyTo(padC);
        Update<T, R, V, L>(rule, padW, padG, hasA ? padA : [], hasB ? padB : [], hasC ? padC : []);
        int rest = w.Length - i;
        padW[..rest].CopyTo(w[i..]);
        if (hasA) padA[..rest].CopyTo(a[i..]);
        if (hasB) padB[..rest].CopyTo(b[i..]);
        if (hasC) padC[..rest].CopyTo(c[i..]);
    }
}

/// <summary>The step of <see cref="Optim.Adam"/> and <see cref="Optim.AdamW"/>: a = m, b = v, c = the largest v with AMSGrad.</summary>
readonly struct AdamRule<T>(
    double rate, double beta1, double beta2, double epsilon, double weightDecay, bool decoupled, bool amsgrad, double step) : IUpdateRule<T>
    where T : unmanaged, INumber<T>
{
    readonly T _beta1 = T.CreateChecked(beta1), _rest1 = T.CreateChecked(1 - beta1);
    readonly T _beta2 = T.CreateChecked(beta2), _rest2 = T.CreateChecked(1 - beta2);
    readonly T _rate = T.CreateChecked(rate / (1 - Math.Pow(beta1, step))), _root = T.CreateChecked(Math.Sqrt(1 - Math.Pow(beta2, step)));
    readonly T _epsilon = T.CreateChecked(epsilon), _decay = T.CreateChecked(weightDecay), _kept = T.CreateChecked(1 - rate * weightDecay);
    readonly bool _decays = weightDecay != 0 && !decoupled, _shrinks = weightDecay != 0 && decoupled, _amsgrad = amsgrad;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V w, V g, ref V a, ref V b, ref V c) where V : struct where L : struct, ILanes<T, V>
    {
        if (_decays) g = L.Add(g, L.Multiply(L.Broadcast(_decay), w));
        if (_shrinks) w = L.Multiply(w, L.Broadcast(_kept));
        a = L.Add(L.Multiply(L.Broadcast(_beta1), a), L.Multiply(L.Broadcast(_rest1), g));
        b = L.Add(L.Multiply(L.Broadcast(_beta2), b), L.Multiply(L.Broadcast(_rest2), L.Multiply(g, g)));
        V v = b;
        if (_amsgrad)
        {
            // Max gives b where either is NaN: a NaN that is remembered has to be kept.
            c = L.Select(L.Equal(c, c), L.Max(c, b), c);
            v = c;
        }
        V root = L.Add(L.Divide(L.Sqrt(v), L.Broadcast(_root)), L.Broadcast(_epsilon));
        return L.Subtract(w, L.Multiply(L.Broadcast(_rate), L.Divide(a, root)));
    }
}

/// <summary>The step of <see cref="Optim.RMSprop"/>: a = the average of g², b = the average of g if centered, c = the momentum.</summary>
readonly struct RMSpropRule<T>(
    double rate, double alpha, double epsilon, double weightDecay, double momentum, bool centered) : IUpdateRule<T>
    where T : unmanaged, INumber<T>
{
    readonly T _alpha = T.CreateChecked(alpha), _rest = T.CreateChecked(1 - alpha), _rate = T.CreateChecked(rate);
    readonly T _epsilon = T.CreateChecked(epsilon), _decay = T.CreateChecked(weightDecay), _momentum = T.CreateChecked(momentum);
    readonly bool _decays = weightDecay != 0, _centered = centered, _hasMomentum = momentum != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V w, V g, ref V a, ref V b, ref V c) where V : struct where L : struct, ILanes<T, V>
    {
        if (_decays) g = L.Add(g, L.Multiply(L.Broadcast(_decay), w));
        a = L.Add(L.Multiply(L.Broadcast(_alpha), a), L.Multiply(L.Broadcast(_rest), L.Multiply(g, g)));
        V variance = a;
        if (_centered)
        {
            b = L.Add(L.Multiply(L.Broadcast(_alpha), b), L.Multiply(L.Broadcast(_rest), g));
            variance = L.Subtract(a, L.Multiply(b, b));
            // Not Max, which would lose a NaN.
            V zero = L.Broadcast(T.Zero);
            variance = L.Select(L.Less(variance, zero), zero, variance);
        }
        V step = L.Divide(g, L.Add(L.Sqrt(variance), L.Broadcast(_epsilon)));
        if (_hasMomentum) step = c = L.Add(L.Multiply(L.Broadcast(_momentum), c), step);
        return L.Subtract(w, L.Multiply(L.Broadcast(_rate), step));
    }
}

/// <summary>The step of <see cref="Optim.Adagrad"/>: a = the sum of g².</summary>
readonly struct AdagradRule<T>(double rate, double epsilon, double weightDecay) : IUpdateRule<T> where T : unmanaged, INumber<T>
{
    readonly T _rate = T.CreateChecked(rate), _epsilon = T.CreateChecked(epsilon), _decay = T.CreateChecked(weightDecay);
    readonly bool _decays = weightDecay != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V w, V g, ref V a, ref V b, ref V c) where V : struct where L : struct, ILanes<T, V>
    {
        if (_decays) g = L.Add(g, L.Multiply(L.Broadcast(_decay), w));
        a = L.Add(a, L.Multiply(g, g));
        V step = L.Divide(g, L.Add(L.Sqrt(a), L.Broadcast(_epsilon)));
        return L.Subtract(w, L.Multiply(L.Broadcast(_rate), step));
    }
}
