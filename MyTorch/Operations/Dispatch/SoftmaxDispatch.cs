using System.Numerics;
using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>
/// Chooses the softmax kernel for the element type. The kernels work on the last dimension; any other is transposed there first.
/// </summary>
static class SoftmaxDispatch
{
    /// <summary>Applies a function of rows along a dimension. A scalar is treated as one row with one element.</summary>
    internal static Tensor Along(Tensor x, int dim, Func<Tensor, Tensor> function)
    {
        if (x.ElementCount == 0) return Tensor.Empty(x.Shape, x.DType);
        if (x.Rank == 0) return function(x.View([1])).View(x.Shape);
        return dim == x.Rank - 1 ? function(x) : function(x.Transpose(dim, -1)).Transpose(dim, -1);
    }

    internal static Tensor Softmax(Tensor x)
    {
        Tensor y = Tensor.Empty(x.Shape, x.DType);
        int columns = x.Shape[^1];
        if (x.DType == DType.Float32)
            LargeRows.MapRows((from, to) => SoftmaxKernels.Softmax(from, to, columns), x.Memory<float>(), y.Memory<float>(), columns);
        else LargeRows.MapRows((from, to) => SoftmaxKernels.Softmax(from, to, columns), x.Memory<double>(), y.Memory<double>(), columns);
        return y;
    }

    internal static Tensor LogSoftmax(Tensor x)
    {
        Tensor y = Tensor.Empty(x.Shape, x.DType);
        int columns = x.Shape[^1];
        if (x.DType == DType.Float32)
            LargeRows.MapRows((from, to) => SoftmaxKernels.LogSoftmax(from, to, columns), x.Memory<float>(), y.Memory<float>(), columns);
        else LargeRows.MapRows((from, to) => SoftmaxKernels.LogSoftmax(from, to, columns), x.Memory<double>(), y.Memory<double>(), columns);
        return y;
    }

    /// <summary>The loss of each row, (N, C) and labels (N) → (N).</summary>
    internal static Tensor CrossEntropy(Tensor x, Tensor labels)
    {
        Tensor y = Tensor.Empty([labels.ElementCount], x.DType.RequireFloat(nameof(CrossEntropy)));
        if (x.DType == DType.Float32) CrossEntropy<float>(x, labels, y);
        else CrossEntropy<double>(x, labels, y);
        return y;
    }

    static void CrossEntropy<T>(Tensor x, Tensor labels, Tensor y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (LargeRows.Pay(x.ElementCount)) CrossEntropyInChunks(x.Memory<T>(), labels.Memory<long>(), y.Memory<T>(), x.Shape[1]);
        else SoftmaxKernels.CrossEntropy(x.Read<T>(), labels.Read<long>(), y.Write<T>(), x.Shape[1]);
    }

    static void CrossEntropyInChunks<T>(ReadOnlyMemory<T> x, ReadOnlyMemory<long> labels, Memory<T> y, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        LargeRows.InChunks(y.Length, columns, (first, count) => SoftmaxKernels.CrossEntropy(
            x.Span.Slice(first * columns, count * columns), labels.Span.Slice(first, count), y.Span.Slice(first, count), columns));

    /// <summary>log Σ exp over the last dimension, which stays with size 1.</summary>
    internal static Tensor LogSumExp(Tensor x)
    {
        Tensor y = Tensor.Empty(x.Shape.With(x.Rank - 1, 1), x.DType);
        if (x.DType == DType.Float32) LogSumExp<float>(x, y);
        else LogSumExp<double>(x, y);
        return y;
    }

    static void LogSumExp<T>(Tensor x, Tensor y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (LargeRows.Pay(x.ElementCount)) LogSumExpInChunks(x.Memory<T>(), y.Memory<T>(), x.Shape[^1]);
        else SoftmaxKernels.LogSumExp(x.Read<T>(), y.Write<T>(), x.Shape[^1]);
    }

    static void LogSumExpInChunks<T>(ReadOnlyMemory<T> x, Memory<T> y, int columns) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        LargeRows.InChunks(y.Length, columns, (first, count) =>
            SoftmaxKernels.LogSumExp(x.Span.Slice(first * columns, count * columns), y.Span.Slice(first, count), columns));
}
