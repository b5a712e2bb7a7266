using System.Numerics;
using System.Numerics.Tensors;

namespace MyTorch.Kernels;

/// <summary>Softmax and its relatives over the rows of a contiguous matrix, one pass in the cache per row.</summary>
static class SoftmaxKernels
{
    /// <summary>yᵢ = e^(xᵢ − max x) / Σⱼ e^(xⱼ − max x) for each row.</summary>
    internal static void Softmax<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int start = 0; start < x.Length; start += columns)
        {
            ReadOnlySpan<T> row = x.Slice(start, columns);
            Span<T> target = y.Slice(start, columns);
            TensorPrimitives.Subtract(row, TensorPrimitives.Max(row), target);
            TensorPrimitives.Exp<T>(target, target);
            TensorPrimitives.Divide(target, ReductionKernels.Sum<T>(target), target);
        }
    }

    /// <summary>yᵢ = xᵢ − max x − log Σⱼ e^(xⱼ − max x) for each row.</summary>
    internal static void LogSoftmax<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] scratch = new T[Math.Min(columns, x.Length)];
        for (int start = 0; start < x.Length; start += columns)
        {
            Span<T> target = y.Slice(start, columns);
            ReadOnlySpan<T> row = x.Slice(start, columns);
            TensorPrimitives.Subtract(row, TensorPrimitives.Max(row), target);
            TensorPrimitives.Exp<T>(target, scratch);
            TensorPrimitives.Subtract(target, T.Log(ReductionKernels.Sum<T>(scratch)), target);
        }
    }

    /// <summary>yᵢ = log Σⱼ e^(xᵢⱼ − max xᵢ) − (xᵢₖ − max xᵢ), k the row's class. (With log Σⱼ e^xᵢⱼ − xᵢₖ a small loss would be lost beside large logits.)</summary>
    internal static void CrossEntropy<T>(ReadOnlySpan<T> x, ReadOnlySpan<long> classes, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Few = 128;
        Span<T> scratch = columns <= Few ? stackalloc T[Few] : new T[columns];
        scratch = scratch[..columns];
        for (int r = 0; r < y.Length; r++)
        {
            ReadOnlySpan<T> row = x.Slice(r * columns, columns);
            T largest = TensorPrimitives.Max(row);
            TensorPrimitives.Subtract(row, largest, scratch);
            TensorPrimitives.Exp<T>(scratch, scratch);
            y[r] = T.Log(ReductionKernels.Sum<T>(scratch)) - (row[(int)classes[r]] - largest);
        }
    }

    /// <summary>y = log Σⱼ e^xⱼ of each row, shifted by the largest element where that is finite.</summary>
    internal static void LogSumExp<T>(ReadOnlySpan<T> x, Span<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] scratch = new T[columns];
        for (int r = 0; r < y.Length; r++)
        {
            ReadOnlySpan<T> row = x.Slice(r * columns, columns);
            T largest = TensorPrimitives.Max(row);
            // Subtracting an infinite maximum from itself would give NaN.
            T shift = T.IsInfinity(largest) ? T.Zero : largest;
            TensorPrimitives.Subtract(row, shift, scratch);
            TensorPrimitives.Exp<T>(scratch, scratch);
            y[r] = T.Log(ReductionKernels.Sum<T>(scratch)) + shift;
        }
    }
}
