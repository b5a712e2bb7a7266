using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>
/// The seam between what is counted and the kernels: sums, means and running sums of Int64 and Bool tensors, and the folds of masks.
/// They are exact and have no gradient.
/// </summary>
static class Counting
{
    /// <summary>Int64: the sum of the integers, or how often a mask holds.</summary>
    internal static Tensor Sum(Tensor x, int[] dims, bool keepDim)
    {
        Int128[] sums = Sums(x, dims, out Shape kept);
        Tensor y = Tensor.Empty(kept, DType.Int64);
        Span<long> to = y.Write<long>();
        for (int i = 0; i < to.Length; i++)
            to[i] = sums[i] >= long.MinValue && sums[i] <= long.MaxValue ? (long)sums[i] : throw Overflow("Sum", x, "Sum");
        return Shaped(y, x, dims, keepDim);
    }

    /// <summary>The mean of integers, or the share of a mask that holds, in the default type. The exact sum is divided and rounded.</summary>
    internal static Tensor Mean(Tensor x, int[] dims, bool keepDim)
    {
        Int128[] sums = Sums(x, dims, out Shape kept);
        // 0/0 is NaN, as the mean of no numbers is. Not the quotient of the element counts: they may both be 0.
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
        if (x.DType == DType.Int64) CountingKernels.SumInto(x.Read<long>(), x.Shape, sums, strides);
        else CountingKernels.CountInto(x.Read<bool>(), x.Shape, sums, strides);
        return sums;
    }

    /// <summary>Int64 of x's shape: the sums of the elements along a dimension up to each one.</summary>
    internal static Tensor CumSum(Tensor x, int dim)
    {
        Tensor y = x.DType == DType.Int64 ? x.Clone() : x.To(DType.Int64);
        if (x.Rank > 0 && !CountingKernels.CumSum(y.Write<long>(), x.Shape, dim)) throw Overflow("CumSum", x, "CumSum");
        return y.SeveredFrom(x, Severed.NotDifferentiable);
    }

    static OverflowException Overflow(string operation, Tensor x, string method) =>
        new($"{operation}: a sum of {x.Describe()} does not fit Int64 (±9.2·10^18); convert first: .To(DType.Float64).{method}(…).");

    /// <summary>Bool: whether a mask holds anywhere, or everywhere, along dimensions.</summary>
    internal static Tensor Holds(Tensor x, Dims dims, bool keepDim, string operation, bool everywhere)
    {
        if (x.DType != DType.Bool)
            throw new InvalidOperationException($"{operation}: {x.Describe()} is not a mask; compare it first, for example with .NotEqualTo(0).");
        int[] folded = dims.Resolve(x.Shape, operation);
        Shape kept = Kept(x.Shape, folded);
        Tensor y = Tensor.Empty(kept, DType.Bool);
        CountingKernels.HoldsInto(x.Read<bool>(), x.Shape, y.Write<bool>(), kept.StridesFor(x.Shape), everywhere);
        return Shaped(y, x, folded, keepDim);
    }

    /// <summary>The positions (Int64) in row-major order where a mask holds.</summary>
    internal static Tensor Positions(Tensor mask)
    {
        ReadOnlySpan<bool> holds = mask.Read<bool>();
        long[] positions = new long[holds.Count(true)];
        int next = 0;
        for (int i = 0; i < holds.Length; i++)
            if (holds[i]) positions[next++] = i;
        return Tensor.Own(positions, [next], DType.Int64);
    }

    static Shape Kept(Shape shape, int[] dims)
    {
        int[] sizes = shape.ToArray();
        foreach (int dim in dims) sizes[dim] = 1;
        return Shape.Own(sizes);
    }

    static Tensor Shaped(Tensor y, Tensor x, int[] dims, bool keepDim) =>
        (keepDim || dims.Length == 0 ? y : y.View(x.Shape.Without(dims))).SeveredFrom(x, Severed.NotDifferentiable);
}
