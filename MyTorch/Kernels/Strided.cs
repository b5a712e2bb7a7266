namespace MyTorch.Kernels;

/// <summary>
/// Walks an N-dimensional index space row by row and gives, for each row, where it starts in two strided arrays.
/// Dimensions that lie one behind the other in both arrays are merged first, so that rows are as long as they can be.
/// </summary>
struct RowWalker
{
    readonly int[] _sizes;
    readonly int[] _stridesA;
    readonly int[] _stridesB;
    readonly int[] _index;
    bool _started;
    readonly bool _empty;

    internal RowWalker(Shape shape, int[] stridesA, int[] stridesB)
    {
        var sizes = new List<int>(shape.Rank);
        var a = new List<int>(shape.Rank);
        var b = new List<int>(shape.Rank);
        for (int d = 0; d < shape.Rank; d++)
        {
            int size = shape[d];
            if (size == 0) _empty = true;
            if (size == 1) continue;
            if (sizes.Count > 0 && a[^1] == stridesA[d] * size && b[^1] == stridesB[d] * size)
            {
                sizes[^1] *= size;
                (a[^1], b[^1]) = (stridesA[d], stridesB[d]);
            }
            else
            {
                sizes.Add(size);
                a.Add(stridesA[d]);
                b.Add(stridesB[d]);
            }
        }
        RowLength = sizes.Count == 0 ? 1 : sizes[^1];
        RowStrideA = a.Count == 0 ? 1 : a[^1];
        RowStrideB = b.Count == 0 ? 1 : b[^1];
        (_sizes, _stridesA, _stridesB) = ([.. sizes], [.. a], [.. b]);
        _index = new int[_sizes.Length];
        OffsetA = OffsetB = 0;
        _started = false;
    }

    internal int RowLength { get; }

    internal int RowStrideA { get; }

    internal int RowStrideB { get; }

    /// <summary>Where the current row starts in the first array.</summary>
    internal int OffsetA { get; private set; }

    /// <summary>Where the current row starts in the second array.</summary>
    internal int OffsetB { get; private set; }

    /// <summary>Goes to the next row, at first to the first; false when there is none.</summary>
    internal bool Next()
    {
        if (!_started)
        {
            _started = true;
            return !_empty;
        }
        for (int d = _sizes.Length - 2; d >= 0; d--)
        {
            OffsetA += _stridesA[d];
            OffsetB += _stridesB[d];
            if (++_index[d] < _sizes[d]) return true;
            OffsetA -= _stridesA[d] * _sizes[d];
            OffsetB -= _stridesB[d] * _sizes[d];
            _index[d] = 0;
        }
        return false;
    }
}

/// <summary>Copies between a contiguous array and a strided view of another.</summary>
static class Strided
{
    /// <summary>Reads the view of <paramref name="x"/> that starts at an offset and has the given shape and strides.</summary>
    internal static void Read<T>(ReadOnlySpan<T> x, int offset, int[] strides, Shape shape, Span<T> y)
    {
        var rows = new RowWalker(shape, strides, shape.Strides());
        while (rows.Next())
        {
            Span<T> target = y.Slice(rows.OffsetB, rows.RowLength);
            int from = offset + rows.OffsetA;
            if (rows.RowStrideA == 1) x.Slice(from, target.Length).CopyTo(target);
            else if (rows.RowStrideA == 0) target.Fill(x[from]);
            else
                for (int i = 0; i < target.Length; i++, from += rows.RowStrideA) target[i] = x[from];
        }
    }

    /// <summary>Writes <paramref name="x"/>, of the given shape, into the view of <paramref name="y"/> with these strides.</summary>
    internal static void Write<T>(ReadOnlySpan<T> x, Span<T> y, int offset, int[] strides, Shape shape)
    {
        var rows = new RowWalker(shape, shape.Strides(), strides);
        while (rows.Next())
        {
            ReadOnlySpan<T> source = x.Slice(rows.OffsetA, rows.RowLength);
            int to = offset + rows.OffsetB;
            if (rows.RowStrideB == 1) source.CopyTo(y.Slice(to, source.Length));
            else
                for (int i = 0; i < source.Length; i++, to += rows.RowStrideB) y[to] = source[i];
        }
    }
}
