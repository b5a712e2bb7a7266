using System.Numerics;
using System.Numerics.Tensors;

namespace MyTorch.Kernels;

/// <summary>Softmax, log-softmax, cross entropy and log-sum-exp of the rows of a contiguous matrix, one row at a time.</summary>
/// <remarks>
/// The maximum is subtracted before the exponentials, so they do not overflow. The logarithm of their sum is log1p(Σ′), with Σ′ the sum
/// without the maximum, whose exponential is 1: where one logit dominates, 1 + Σ′ would round to 1 and the loss to 0.
/// </remarks>
static class SoftmaxKernels
{
    // Rows up to this length use the stack for the exponentials.
    const int StackRow = 128;

    /// <summary>yᵢ = e^(xᵢ − max x) / Σⱼ e^(xⱼ − max x) for each row.</summary>
    internal static void Softmax<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int start = 0; start < x.Length; start += columns)
        {
            ReadOnlySpan<T> row = x.Slice(start, columns);
            Span<T> target = y.Slice(start, columns);
            ExponentialKernels.ShiftedExp(row, TensorPrimitives.Max(row), target);
            TensorPrimitives.Divide(target, ReductionKernels.Sum<T>(target), target);
        }
    }

    /// <summary>yᵢ = xᵢ − max x − log Σⱼ e^(xⱼ − max x) for each row.</summary>
    internal static void LogSoftmax<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> scratch = columns <= StackRow ? stackalloc T[StackRow] : new T[columns];
        for (int start = 0; start < x.Length; start += columns)
        {
            ReadOnlySpan<T> row = x.Slice(start, columns);
            Span<T> target = y.Slice(start, columns);
            T rest = LogSumOfShiftedExp(row, scratch[..columns], out T largest);
            TensorPrimitives.Subtract(row, largest, target);
            TensorPrimitives.Subtract(target, rest, target);
        }
    }

    /// <summary>
    /// yᵢ = log Σⱼ e^(xᵢⱼ − max xᵢ) − (xᵢₖ − max xᵢ), k the row's class. (The form log Σⱼ e^xᵢⱼ − xᵢₖ cancels when the loss is small and
    /// the logits are large.)
    /// </summary>
    internal static void CrossEntropy<T>(ReadOnlySpan<T> x, ReadOnlySpan<long> classes, Span<T> y, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> scratch = columns <= StackRow ? stackalloc T[StackRow] : new T[columns];
        for (int r = 0; r < y.Length; r++)
        {
            ReadOnlySpan<T> row = x.Slice(r * columns, columns);
            T log = LogSumOfShiftedExp(row, scratch[..columns], out T largest);
            y[r] = log - (row[(int)classes[r]] - largest);
        }
    }

    /// <summary>y = log Σⱼ e^xⱼ of each row. If the maximum is infinite, it is the result.</summary>
    internal static void LogSumExp<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> scratch = columns <= StackRow ? stackalloc T[StackRow] : new T[columns];
        for (int r = 0; r < y.Length; r++)
        {
            ReadOnlySpan<T> row = x.Slice(r * columns, columns);
            T log = LogSumOfShiftedExp(row, scratch[..columns], out T largest);
            y[r] = T.IsInfinity(largest) ? largest : largest + log;
        }
    }

    /// <summary>log Σⱼ e^(xⱼ − max x), and max x; NaN if the maximum is infinite or NaN.</summary>
    static T LogSumOfShiftedExp<T>(ReadOnlySpan<T> row, Span<T> exponentials, out T largest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int index = TensorPrimitives.IndexOfMax(row);
        largest = row[index];
        if (!T.IsFinite(largest)) return T.NaN;
        ExponentialKernels.ShiftedExp(row, largest, exponentials);
        exponentials[index] = T.Zero;
        return ExponentialKernels.Log1p(ReductionKernels.Sum<T>(exponentials));
    }
}
