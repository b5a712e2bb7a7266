using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>Chooses the sorting kernel for the element type.</summary>
static class SortDispatch
{
    /// <summary>
    /// Int64: the indices along a dimension that sort x; only the first count of them. NaN is larger than every number. The sort is stable.
    /// </summary>
    internal static Tensor ArgSort(Tensor x, int dim, int count, bool descending)
    {
        if (x.Rank == 0) return Tensor.Own(new long[1], x.Shape, DType.Int64).DetachedFrom(x, HistoryLoss.NotDifferentiable);
        Tensor indices = Tensor.Empty(x.Shape.With(dim, count), DType.Int64);
        Span<long> y = indices.Write<long>();
        switch (x.DType)
        {
            case DType.Float32: SortKernels.ArgSort(x.Read<float>(), x.Shape, dim, count, descending, v => SortKernels.Key(v), y); break;
            case DType.Float64: SortKernels.ArgSort(x.Read<double>(), x.Shape, dim, count, descending, SortKernels.Key, y); break;
            case DType.Int64: SortKernels.ArgSort(x.Read<long>(), x.Shape, dim, count, descending, SortKernels.Key, y); break;
            default: SortKernels.ArgSort(x.Read<bool>(), x.Shape, dim, count, descending, v => v ? 1UL : 0, y); break;
        }
        return indices.DetachedFrom(x, HistoryLoss.NotDifferentiable);
    }
}
