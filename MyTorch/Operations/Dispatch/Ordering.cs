using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>The seam between sorting and its kernel.</summary>
static class Ordering
{
    /// <summary>Int64: the indices of the first elements, in order, along a dimension. NaN is the largest number; equal elements keep their order.</summary>
    internal static Tensor Positions(Tensor x, int dim, int count, bool descending)
    {
        if (x.Rank == 0) return Tensor.Own(new long[1], x.Shape, DType.Int64).SeveredFrom(x, Severed.NotDifferentiable);
        Tensor positions = Tensor.Empty(x.Shape.With(dim, count), DType.Int64);
        Span<long> y = positions.Write<long>();
        switch (x.DType)
        {
            case DType.Float32: SortKernels.Positions(x.Read<float>(), x.Shape, dim, count, descending, value => SortKernels.Key(value), y); break;
            case DType.Float64: SortKernels.Positions(x.Read<double>(), x.Shape, dim, count, descending, SortKernels.Key, y); break;
            case DType.Int64: SortKernels.Positions(x.Read<long>(), x.Shape, dim, count, descending, SortKernels.Key, y); break;
            default: SortKernels.Positions(x.Read<bool>(), x.Shape, dim, count, descending, value => value ? 1UL : 0, y); break;
        }
        return positions.SeveredFrom(x, Severed.NotDifferentiable);
    }
}
