using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>Sums, means and cumulative sums of Int64 and Bool tensors, and any/all of masks. They are exact and have no gradient.</summary>
static class IntegerReductionDispatch
{
    /// <summary>Int64: the sum of the integers, or the number of true elements of a mask.</summary>
    internal static Tensor Sum(Tensor x, int[] dims, bool keepDim)
    {
        Int128[] sums = Sums(x, dims, out Shape kept);
        Tensor y = Tensor.Empty(kept, DType.Int64);
        Span<long> to = y.Write<long>();
        for (int i = 0; i < to.Length; i++)
            to[i] = sums[i] >= long.MinValue && sums[i] <= long.MaxValue ? (long)sums[i] : throw Overflow("Sum", x);
        return Shaped(y, x, dims, keepDim);
    }

    /// <summary>
    /// The default floating-point type: the mean of integers, or the fraction of true elements. The exact sum is divided and rounded once.
    /// </summary>
    internal static Tensor Mean(Tensor x, int[] dims, bool keepDim)
    {
        Int128[] sums = Sums(x, dims, out Shape kept);
        // The product of the sizes, not a quotient of element counts: both counts may be 0. The mean of no elements is 0/0 = NaN.
        double count = 1;
        foreach (int dim in dims) count *= x.Shape[dim];
        Tensor y = Tensor.From(Array.ConvertAll(sums, sum => (double)sum / count), kept);
        return Shaped(y, x, dims, keepDim);
    }

    static Int128[] Sums(Tensor x, int[] dims, out Shape kept)
    {
        kept = Kept(x.Shape, dims);
        var sums = new Int128[kept.ElementCount];
        int[] strides = kept.StridesFor(x.Shape);
        if (x.DType == DType.Int64) IntegerReductionKernels.SumInto(x.Read<long>(), x.Shape, sums, strides);
        else IntegerReductionKernels.CountInto(x.Read<bool>(), x.Shape, sums, strides);
        return sums;
    }

    /// <summary>Int64 of x's shape: the cumulative sums along a dimension.</summary>
    internal static Tensor CumSum(Tensor x, int dim)
    {
        Tensor y = x.DType == DType.Int64 ? x.Clone() : x.To(DType.Int64);
        if (x.Rank > 0 && !IntegerReductionKernels.CumSum(y.Write<long>(), x.Shape, dim)) throw Overflow("CumSum", x);
        return y.DetachedFrom(x, HistoryLoss.NotDifferentiable);
    }

    static OverflowException Overflow(string method, Tensor x) =>
        new($"{method}: a sum of {x.Describe()} does not fit Int64 (±9.2·10^18); convert first: .To(DType.Float64).{method}(…).");

    /// <summary>Bool: whether any element of a mask is true, or all are, along dimensions.</summary>
    internal static Tensor AnyOrAll(Tensor x, Dims dims, bool keepDim, string operation, bool all)
    {
        if (x.DType != DType.Bool)
            throw new InvalidOperationException(
                $"{operation}: {x.Describe()} is not a mask; compare it first, for example with .NotEqualTo(0).");
        int[] reduced = dims.Resolve(x.Shape, operation);
        Shape kept = Kept(x.Shape, reduced);
        Tensor y = Tensor.Empty(kept, DType.Bool);
        IntegerReductionKernels.AnyOrAllInto(x.Read<bool>(), x.Shape, y.Write<bool>(), kept.StridesFor(x.Shape), all);
        return Shaped(y, x, reduced, keepDim);
    }

    static Shape Kept(Shape shape, int[] dims)
    {
        int[] sizes = shape.ToArray();
        foreach (int dim in dims) sizes[dim] = 1;
        return Shape.Own(sizes);
    }

    static Tensor Shaped(Tensor y, Tensor x, int[] dims, bool keepDim) =>
        (keepDim || dims.Length == 0 ? y : y.View(x.Shape.Without(dims))).DetachedFrom(x, HistoryLoss.NotDifferentiable);
}
