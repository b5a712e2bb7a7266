using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MyTorch.Kernels;

/// <summary>
/// Fused backward rules, one pass over memory each. Tests compare each with the rule of tensor operations that it replaces.
/// </summary>
/// <remarks>
/// In the element-wise kernels a lane holds one element, with Vector&lt;T&gt;.Count elements per step; a scalar loop computes the remaining
/// elements with the same formula.
/// </remarks>
static class GradientKernels
{
    /// <summary>x̄ = 0 where x ≤ 0, ȳ elsewhere (also where x is NaN).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void ReLU<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> gradient, Span<T> result) where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<Vector<T>> xs = MemoryMarshal.Cast<T, Vector<T>>(x), gradients = MemoryMarshal.Cast<T, Vector<T>>(gradient);
        Span<Vector<T>> results = MemoryMarshal.Cast<T, Vector<T>>(result);
        for (int i = 0; i < results.Length; i++)
            results[i] = Vector.ConditionalSelect(Vector.LessThanOrEqual(xs[i], Vector<T>.Zero), Vector<T>.Zero, gradients[i]);
        for (int i = results.Length * Vector<T>.Count; i < result.Length; i++)
            result[i] = x[i] <= T.Zero ? T.Zero : gradient[i];
    }

    /// <summary>x̄ = ȳ·(y·(1 − y)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Sigmoid<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> gradient, Span<T> result) where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<Vector<T>> ys = MemoryMarshal.Cast<T, Vector<T>>(y), gradients = MemoryMarshal.Cast<T, Vector<T>>(gradient);
        Span<Vector<T>> results = MemoryMarshal.Cast<T, Vector<T>>(result);
        for (int i = 0; i < results.Length; i++) results[i] = gradients[i] * (ys[i] * (Vector<T>.One - ys[i]));
        for (int i = results.Length * Vector<T>.Count; i < result.Length; i++) result[i] = gradient[i] * (y[i] * (T.One - y[i]));
    }

    /// <summary>x̄ = ȳ·(1 − y²).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Tanh<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> gradient, Span<T> result) where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<Vector<T>> ys = MemoryMarshal.Cast<T, Vector<T>>(y), gradients = MemoryMarshal.Cast<T, Vector<T>>(gradient);
        Span<Vector<T>> results = MemoryMarshal.Cast<T, Vector<T>>(result);
        for (int i = 0; i < results.Length; i++) results[i] = gradients[i] * (Vector<T>.One - ys[i] * ys[i]);
        for (int i = results.Length * Vector<T>.Count; i < result.Length; i++) result[i] = gradient[i] * (T.One - y[i] * y[i]);
    }

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
            TensorPrimitives.Multiply(target, gradient[row], target);
        }
    }
}
