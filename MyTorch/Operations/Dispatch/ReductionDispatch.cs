using System.Numerics;
using System.Numerics.Tensors;
using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>Chooses the reduction kernel for Float32 or Float64, and allocates the result.</summary>
/// <remarks>The shape of a result has size 1 where a dimension is reduced, so it broadcasts against x.</remarks>
static class ReductionDispatch
{
    internal static Tensor Sum(Tensor x, Shape shape) => Into(Tensor.Empty(shape, x.DType.RequireFloat(nameof(Sum))), x, shape, Moment.Sum);

    internal static Tensor Mean(Tensor x, Shape shape) =>
        Into(Tensor.Empty(shape, x.DType.RequireFloat(nameof(Mean))), x, shape, Moment.Mean);

    /// <summary>Σ(xᵢ − x̄)² / divisor. The mean is kept in extended precision.</summary>
    internal static Tensor Variance(Tensor x, Shape shape, double divisor) =>
        Into(Tensor.Empty(shape, x.DType.RequireFloat(nameof(Variance))), x, shape, Moment.Variance, divisor);

    /// <summary>√(Σ(xᵢ − x̄)² / divisor).</summary>
    internal static Tensor StandardDeviation(Tensor x, Shape shape, double divisor) =>
        Into(Tensor.Empty(shape, x.DType.RequireFloat(nameof(StandardDeviation))), x, shape, Moment.Deviation, divisor);

    /// <summary>xᵢ − x̄, of x's shape; the means have the given shape and are kept in extended precision.</summary>
    internal static Tensor Center(Tensor x, Shape shape) =>
        Into(Tensor.Empty(x.Shape, x.DType.RequireFloat(nameof(Center))), x, shape, Moment.Centered);

    /// <summary>Writes the moment into y and returns it. The shape is that of the sums or means.</summary>
    internal static Tensor Into(Tensor y, Tensor x, Shape shape, Moment moment, double divisor = 1)
    {
        int[] strides = shape.StridesFor(x.Shape);
        if (x.DType == DType.Float32) Moments<float>(y, x, shape, strides, moment, divisor);
        else
        {
            Moments<double>(y, x, shape, strides, moment, divisor);
            if (x.ElementCount > 0) ScaleWhereNeeded(x.Read<double>(), x.Shape, y.Write<double>(), strides, moment, divisor);
        }
        return y;
    }

    static void Moments<T>(Tensor y, Tensor x, Shape shape, int[] strides, Moment moment, double divisor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (LargeRows.Pay(x.ElementCount) && AreRows(x.Shape, shape))
            MomentsInChunks(x.Memory<T>(), y.Memory<T>(), shape.ElementCount, moment, divisor);
        else Summation.Moments(x.Read<T>(), x.Shape, y.Write<T>(), strides, moment, divisor);
    }

    static void MomentsInChunks<T>(ReadOnlyMemory<T> x, Memory<T> y, int rows, Moment moment, double divisor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Of a row there is one result, or as many as it has numbers.
        int columns = x.Length / rows, results = y.Length / rows;
        LargeRows.InChunks(rows, columns, (first, count) => Summation.Moments(
            x.Span.Slice(first * columns, count * columns), [count, columns],
            y.Span.Slice(first * results, count * results), [1, 0], moment, divisor));
    }

    // Below it the squares of Float64 deviations lose digits, and then vanish.
    const double Tiny = 1e-140;

    /// <summary>
    /// Computes results of Float64 again whose sums or squares overflowed or vanished although they themselves need not: the deviation of numbers
    /// near 10²⁰⁰ has a square near 10⁴⁰⁰. Float32 does not need it: its sums and squares are doubles.
    /// </summary>
    static void ScaleWhereNeeded(ReadOnlySpan<double> x, Shape shape, Span<double> y, ReadOnlySpan<int> strides, Moment moment, double divisor)
    {
        bool hasSquares = moment is Moment.Variance or Moment.Deviation;
        if (!double.IsFinite(TensorPrimitives.MaxMagnitude<double>(y))) Scaled(x, shape, y, strides, moment, divisor, hasSquares ? -600 : -64);
        if (moment != Moment.Deviation) return;
        foreach (double deviation in y)
            if (deviation < Tiny)
            {
                Scaled(x, shape, y, strides, moment, divisor, 600);
                return;
            }
    }

    // From x·2^exponent, which rounds only numbers too small to matter. A sum has at most 2³¹ terms, and squares of 2⁴²⁴.
    static void Scaled(
        ReadOnlySpan<double> x, Shape shape, Span<double> y, ReadOnlySpan<int> strides, Moment moment, double divisor, int exponent)
    {
        double scale = Math.ScaleB(1, exponent);
        double[] scaled = new double[x.Length], again = new double[y.Length];
        TensorPrimitives.Multiply(x, scale, scaled);
        Summation.Moments<double>(scaled, shape, again, strides, moment, divisor);
        for (int i = 0; i < y.Length; i++)
        {
            double value = again[i] / scale;
            if (moment == Moment.Variance) value /= scale;
            // A larger scale is too large for other results.
            if (exponent < 0 ? !double.IsFinite(y[i]) : y[i] < Tiny && double.IsFinite(value)) y[i] = value;
        }
    }

    /// <summary>The largest elements, or the smallest. NaN wins over every number.</summary>
    internal static Tensor Extreme(Tensor x, Shape shape, bool largest)
    {
        Tensor y = Tensor.Empty(shape, x.DType.RequireFloat(largest ? "AMax" : "AMin"));
        if (x.DType == DType.Float32) Extreme<float>(x, y, largest);
        else Extreme<double>(x, y, largest);
        return y;
    }

    static void Extreme<T>(Tensor x, Tensor y, bool largest) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (LargeRows.Pay(x.ElementCount) && AreRows(x.Shape, y.Shape))
            ExtremeInChunks(x.Memory<T>(), y.Memory<T>(), largest);
        else ReductionKernels.ExtremeInto(x.Read<T>(), x.Shape, y.Write<T>(), y.Shape.StridesFor(x.Shape), largest);
    }

    static void ExtremeInChunks<T>(ReadOnlyMemory<T> x, Memory<T> y, bool largest) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int columns = x.Length / y.Length;
        LargeRows.InChunks(y.Length, columns, (first, count) =>
        {
            for (int r = first; r < first + count; r++)
                y.Span[r] = ReductionKernels.Extreme(x.Span.Slice(r * columns, columns), largest);
        });
    }

    /// <summary>
    /// Whether the elements of each of several results stand side by side: the first dimensions are kept, and the rest are reduced.
    /// </summary>
    static bool AreRows(Shape shape, Shape reduced)
    {
        if (reduced.ElementCount is 1 || reduced.ElementCount == shape.ElementCount) return false;
        int kept = 0;
        while (kept < shape.Rank && reduced[kept] == shape[kept]) kept++;
        for (int dim = kept; dim < shape.Rank; dim++)
            if (reduced[dim] != 1) return false;
        return true;
    }

    /// <summary>The index (Int64) of the first largest or smallest element along a dimension, which the result drops.</summary>
    internal static Tensor ArgExtreme(Tensor x, int dim, bool largest)
    {
        string operation = largest ? "ArgMax" : "ArgMin";
        if (x.Rank == 0) return Tensor.Own(new long[1], x.Shape, DType.Int64);
        int size = x.Shape[dim];
        if (size == 0)
            throw new InvalidOperationException(
                $"{operation}: {x.Describe()} has no elements along dimension {dim}; it needs at least one.");
        int inner = 1;
        foreach (int s in x.Shape.AsSpan()[(dim + 1)..]) inner *= s;
        Tensor y = Tensor.Empty(x.Shape.Without(dim), DType.Int64);
        switch (x.DType)
        {
            case DType.Float32: ReductionKernels.IndexOfExtreme(x.Read<float>(), size, inner, y.Write<long>(), largest); break;
            case DType.Float64: ReductionKernels.IndexOfExtreme(x.Read<double>(), size, inner, y.Write<long>(), largest); break;
            case DType.Int64: ReductionKernels.IndexOfExtreme(x.Read<long>(), size, inner, y.Write<long>(), largest); break;
            default: throw new InvalidOperationException($"{operation}: not defined for Bool; convert with .To(DType.Int64) first.");
        }
        return y;
    }

    /// <summary>The cumulative sums along a dimension, from its start or, reversed, from its end.</summary>
    internal static Tensor CumSum(Tensor x, int dim, bool reverse)
    {
        Tensor y = Tensor.Empty(x.Shape, x.DType.RequireFloat(nameof(CumSum)));
        if (x.DType == DType.Float32) CumulativeSumKernels.CumSum(x.Read<float>(), x.Shape, dim, reverse, y.Write<float>());
        else CumulativeSumKernels.CumSum(x.Read<double>(), x.Shape, dim, reverse, y.Write<double>());
        return y;
    }
}
