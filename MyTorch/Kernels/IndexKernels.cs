using System.Numerics;
using System.Numerics.Tensors;

namespace MyTorch.Kernels;

/// <summary>Moves elements by position, by condition, and between types. Positions were checked before.</summary>
static class IndexKernels
{
    /// <summary>How many lines lie before, along and within a dimension; a scalar has one of size 1.</summary>
    internal static (int Outer, int Size, int Inner) Around(Shape shape, int dim)
    {
        int outer = 1, inner = 1;
        for (int d = 0; d < dim; d++) outer *= shape[d];
        for (int d = dim + 1; d < shape.Rank; d++) inner *= shape[d];
        return (outer, shape.Rank == 0 ? 1 : shape[dim], inner);
    }

    internal static void Select<T>(ReadOnlySpan<T> x, Shape shape, int dim, ReadOnlySpan<long> index, Span<T> y)
    {
        (int outer, int size, int inner) = Around(shape, dim);
        int next = 0;
        for (int o = 0; o < outer; o++)
            foreach (long position in index)
            {
                x.Slice((o * size + (int)position) * inner, inner).CopyTo(y[next..]);
                next += inner;
            }
    }

    // So many additions to one number lose no more than a sum does; further ones keep what they round away.
    const int FewAdditions = 8;

    internal static void AddSlices<T>(ReadOnlySpan<T> x, ReadOnlySpan<long> index, Span<T> y, Shape shape, int dim) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int outer, int size, int inner) = Around(shape, dim);
        T[]? rests = MostRepeats(index, size) > FewAdditions ? new T[y.Length] : null;
        int next = 0;
        for (int o = 0; o < outer; o++)
            foreach (long position in index)
            {
                int start = (o * size + (int)position) * inner;
                Span<T> target = y.Slice(start, inner);
                if (rests is null) TensorPrimitives.Add(target, x.Slice(next, inner), target);
                else Summation.AddKeepingRests(target, x.Slice(next, inner), rests.AsSpan(start, inner));
                next += inner;
            }
        if (rests is not null) TensorPrimitives.Add(y, rests, y);
    }

    static int MostRepeats(ReadOnlySpan<long> index, int size)
    {
        if (index.Length <= FewAdditions) return index.Length;
        int[] counts = new int[size];
        int most = 0;
        foreach (long position in index) most = Math.Max(most, ++counts[(int)position]);
        return most;
    }

    /// <summary>Sets the element of each row's class to 1.</summary>
    internal static void MarkClasses<T>(ReadOnlySpan<long> classes, Span<T> rows, int columns) where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < classes.Length; i++) rows[i * columns + (int)classes[i]] = T.One;
    }

    internal static void Gather<T>(ReadOnlySpan<T> x, Shape shape, int dim, ReadOnlySpan<long> index, Shape indexShape, Span<T> y)
    {
        var places = new Places(shape, dim, indexShape);
        for (int i = 0; i < y.Length; i++) y[i] = x[places.Next(index[i])];
    }

    internal static void ScatterAdd<T>(ReadOnlySpan<T> x, Shape shape, int dim, ReadOnlySpan<long> index, Shape indexShape, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var places = new Places(shape, dim, indexShape);
        // An element receives only from its line along the dimension.
        if (indexShape.Rank == 0 || indexShape[dim] <= FewAdditions)
        {
            for (int i = 0; i < x.Length; i++) y[places.Next(index[i])] += x[i];
            return;
        }
        T[] rests = new T[y.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int at = places.Next(index[i]);
            Summation.AddKeepingRest(ref y[at], x[i], ref rests[at]);
        }
        TensorPrimitives.Add(y, rests, y);
    }

    /// <summary>Where in a tensor of one shape the element lies that an index tensor, walked in order, points at.</summary>
    struct Places(Shape shape, int dim, Shape indexShape)
    {
        readonly int[] _strides = shape.Strides();
        readonly int[] _at = new int[indexShape.Rank];

        internal readonly int Next(long position)
        {
            int offset = 0;
            for (int d = 0; d < _at.Length; d++)
                offset += _strides[d] * (d == dim ? (int)position : _at[d]);
            for (int d = _at.Length - 1; d >= 0 && ++_at[d] == indexShape[d]; d--) _at[d] = 0;
            return offset;
        }
    }

}
