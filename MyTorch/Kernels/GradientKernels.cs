using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace MyTorch.Kernels;

/// <summary>
/// Fused backward rules, one pass over memory each. Tests compare each with the rule of tensor operations that it replaces.
/// </summary>
static class GradientKernels
{
    internal static void ReLU<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> gradient, Span<T> result) where T : unmanaged, INumber<T> =>
        Vectors.Zip(new ReLUGradient<T>(), x, gradient, result);

    internal static void Sigmoid<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> gradient, Span<T> result) where T : unmanaged, INumber<T> =>
        Vectors.Zip(new SigmoidGradient<T>(), y, gradient, result);

    internal static void Tanh<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> gradient, Span<T> result) where T : unmanaged, INumber<T> =>
        Vectors.Zip(new TanhGradient<T>(), y, gradient, result);

    internal static void GELU<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> gradient, Span<T> result) where T : unmanaged, INumber<T> =>
        Vectors.Zip(new SlopeGradient<T, GeluSlope<T>>(new()), x, gradient, result);

    internal static void GELUTanh<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> gradient, Span<T> result) where T : unmanaged, INumber<T> =>
        Vectors.Zip(new SlopeGradient<T, GeluTanhSlope<T>>(new()), x, gradient, result);

    internal static void Softplus<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> gradient, Span<T> result, double beta, double threshold)
        where T : unmanaged, INumber<T> =>
        Vectors.Zip(new SlopeGradient<T, SoftplusSlope<T>>(new(beta, threshold)), x, gradient, result);

    /// <summary>The same for x·σ(βx), β not 0.</summary>
    internal static void Swish<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> gradient, Span<T> result, double beta)
        where T : unmanaged, INumber<T> => Vectors.Zip(new SlopeGradient<T, SwishSlope<T>>(new(beta)), x, gradient, result);

    /// <summary>x̄ = ȳ·(softmax(x) − onehot(label)) for each row; ȳ has one number per row.</summary>
    internal static void SoftmaxCrossEntropy<T>(
        ReadOnlySpan<T> logits, ReadOnlySpan<long> labels, ReadOnlySpan<T> gradient, Span<T> result, int classes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        SoftmaxKernels.Softmax(logits, result, classes);
        for (int row = 0; row < labels.Length; row++)
        {
            Span<T> target = result.Slice(row * classes, classes);
            target[(int)labels[row]] -= T.One;
            T factor = gradient[row];
            // The same products; for a few numbers a call takes longer.
            if (classes > 16) TensorPrimitives.Multiply(target, factor, target);
            else
                for (int i = 0; i < target.Length; i++) target[i] *= factor;
        }
    }
}

/// <summary>x̄ = 0 where x ≤ 0, ȳ elsewhere (also where x is NaN)</summary>
readonly struct ReLUGradient<T> : IBinaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V a, V b) where V : struct where L : struct, ILanes<T, V>
    {
        V zero = L.Broadcast(Lane<T>.Number(0));
        return L.Select(L.LessOrEqual(a, zero), zero, b);
    }
}

/// <summary>x̄ = ȳ·(y·(1 − y))</summary>
readonly struct SigmoidGradient<T> : IBinaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V a, V b) where V : struct where L : struct, ILanes<T, V> =>
        L.Multiply(b, L.Multiply(a, L.Subtract(L.Broadcast(Lane<T>.Number(1)), a)));
}

/// <summary>x̄ = ȳ·(1 − y²)</summary>
readonly struct TanhGradient<T> : IBinaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V a, V b) where V : struct where L : struct, ILanes<T, V> =>
        L.Multiply(b, L.Subtract(L.Broadcast(Lane<T>.Number(1)), L.Multiply(a, a)));
}

/// <summary>x̄ = ȳ·f′(x)</summary>
readonly struct SlopeGradient<T, F>(F slope) : IBinaryFunction<T> where T : unmanaged where F : struct, IUnaryFunction<T>
{
    readonly F _slope = slope;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V a, V b) where V : struct where L : struct, ILanes<T, V> => L.Multiply(b, _slope.Apply<V, L>(a));
}

/// <summary>The derivative of softplus: σ(βx), or 1 where βx exceeds the threshold</summary>
readonly struct SoftplusSlope<T>(double beta, double threshold) : IUnaryFunction<T> where T : unmanaged, INumber<T>
{
    readonly T _beta = T.CreateTruncating(beta), _threshold = T.CreateTruncating(threshold);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V scaled = L.Multiply(L.Broadcast(_beta), x), slope = new SigmoidFunction<T>().Apply<V, L>(scaled);
        return L.Select(L.Less(L.Broadcast(_threshold), scaled), L.Broadcast(Lane<T>.Number(1)), slope);
    }
}
