using System.Numerics;
using System.Numerics.Tensors;

namespace MyTorch.Kernels;

/// <summary>Gather and scatter kernels. The caller has checked that all indices are in range.</summary>
static class IndexKernels
{
    /// <summary>Views a shape as (outer, size, inner) around a dimension. A scalar is (1, 1, 1).</summary>
    internal static (int Outer, int Size, int Inner) Around(Shape shape, int dim)
    {
        int outer = 1, inner = 1;
        for (int d = 0; d < dim; d++) outer *= shape[d];
        for (int d = dim + 1; d < shape.Rank; d++) inner *= shape[d];
        return (outer, shape.Rank == 0 ? 1 : shape[dim], inner);
    }

    /// <summary>Copies the slices at the indices along dim; a slice is a contiguous run of inner elements.</summary>
    internal static void Select<T>(ReadOnlySpan<T> x, Shape shape, int dim, ReadOnlySpan<long> index, Span<T> y)
    {
        (int outer, int size, int inner) = Around(shape, dim);
        int next = 0;
        for (int o = 0; o < outer; o++)
            foreach (long i in index)
            {
                x.Slice((o * size + (int)i) * inner, inner).CopyTo(y[next..]);
                next += inner;
            }
    }

    // Up to this many additions to one element are made directly. From more on the rounding errors are accumulated too (compensated
    // summation).
    const int MaxDirectAdditions = 8;

    /// <summary>Adds the slices of x to y at the indices along dim.</summary>
    internal static void AddSlices<T>(ReadOnlySpan<T> x, ReadOnlySpan<long> index, Span<T> y, Shape shape, int dim)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int outer, int size, int inner) = Around(shape, dim);
        T[]? rests = MaxRepeats(index, size) > MaxDirectAdditions ? new T[y.Length] : null;
        int next = 0;
        for (int o = 0; o < outer; o++)
            foreach (long i in index)
            {
                int start = (o * size + (int)i) * inner;
                Span<T> target = y.Slice(start, inner);
                if (rests is null) TensorPrimitives.Add(target, x.Slice(next, inner), target);
                else Summation.AddKeepingRests(target, x.Slice(next, inner), rests.AsSpan(start, inner));
                next += inner;
            }
        if (rests is not null) TensorPrimitives.Add(y, rests, y);
    }

    static int MaxRepeats(ReadOnlySpan<long> index, int size)
    {
        if (index.Length <= MaxDirectAdditions) return index.Length;
        int[] counts = new int[size];
        int most = 0;
        foreach (long i in index) most = Math.Max(most, ++counts[(int)i]);
        return most;
    }

    /// <summary>One-hot encoding: sets the element of each row's class to 1 in rows of zeros.</summary>
    internal static void MarkClasses<T>(ReadOnlySpan<long> classes, Span<T> rows, int columns) where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < classes.Length; i++) rows[i * columns + (int)classes[i]] = T.One;
    }

    /// <summary>y[…] = x[…] with the index along dim replaced by index[…].</summary>
    internal static void Gather<T>(ReadOnlySpan<T> x, Shape shape, int dim, ReadOnlySpan<long> index, Shape indexShape, Span<T> y)
    {
        var offsets = new ElementOffsets(shape, dim, indexShape);
        for (int i = 0; i < y.Length; i++) y[i] = x[offsets.Next(index[i])];
    }

    /// <summary>Adds x[…] to y[…] with the index along dim replaced by index[…].</summary>
    internal static void ScatterAdd<T>(ReadOnlySpan<T> x, Shape shape, int dim, ReadOnlySpan<long> index, Shape indexShape, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var offsets = new ElementOffsets(shape, dim, indexShape);
        // An element of y receives at most one addition per index along dim.
        if (indexShape.Rank == 0 || indexShape[dim] <= MaxDirectAdditions)
        {
            for (int i = 0; i < x.Length; i++) y[offsets.Next(index[i])] += x[i];
            return;
        }
        T[] rests = new T[y.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int at = offsets.Next(index[i]);
            Summation.AddKeepingRest(ref y[at], x[i], ref rests[at]);
        }
        TensorPrimitives.Add(y, rests, y);
    }

    /// <summary>Iterates over an index tensor and gives the offset of the element that each index selects.</summary>
    struct ElementOffsets(Shape shape, int dim, Shape indexShape)
    {
        readonly int[] _strides = shape.Strides();
        readonly int[] _at = new int[indexShape.Rank];

        internal readonly int Next(long indexAlongDim)
        {
            int offset = 0;
            for (int d = 0; d < _at.Length; d++)
                offset += _strides[d] * (d == dim ? (int)indexAlongDim : _at[d]);
            for (int d = _at.Length - 1; d >= 0 && ++_at[d] == indexShape[d]; d--) _at[d] = 0;
            return offset;
        }
    }

}
