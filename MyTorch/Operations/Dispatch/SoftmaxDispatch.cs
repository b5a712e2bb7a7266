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
        if (x.DType == DType.Float32) SoftmaxKernels.CrossEntropy(x.Read<float>(), labels.Read<long>(), y.Write<float>(), x.Shape[1]);
        else SoftmaxKernels.CrossEntropy(x.Read<double>(), labels.Read<long>(), y.Write<double>(), x.Shape[1]);
        return y;
    }

    /// <summary>log Σ exp over the last dimension, which stays with size 1.</summary>
    internal static Tensor LogSumExp(Tensor x)
    {
        Tensor y = Tensor.Empty(x.Shape.With(x.Rank - 1, 1), x.DType);
        if (x.DType == DType.Float32) SoftmaxKernels.LogSumExp(x.Read<float>(), y.Write<float>(), x.Shape[^1]);
        else SoftmaxKernels.LogSumExp(x.Read<double>(), y.Write<double>(), x.Shape[^1]);
        return y;
    }
}
