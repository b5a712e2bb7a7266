using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace MyTorch.Kernels;

/// <summary>
/// Iterates over an N-dimensional index space row by row and gives the offset of each row in two strided arrays. Dimensions that are
/// contiguous in both arrays are merged first, so that rows are as long as possible.
/// </summary>
struct RowWalker
{
    Sizes _sizes, _stridesA, _stridesB, _index;
    readonly int _rank;
    readonly bool _empty;
    bool _started;

    internal RowWalker(Shape shape, ReadOnlySpan<int> stridesA, ReadOnlySpan<int> stridesB)
    {
        (_sizes, _stridesA, _stridesB, _index) = (new(shape.Rank), new(shape.Rank), new(shape.Rank), new(shape.Rank));
        Span<int> sizes = _sizes.Span, a = _stridesA.Span, b = _stridesB.Span;
        ReadOnlySpan<int> dims = shape.AsSpan();
        for (int d = 0; d < dims.Length; d++)
        {
            int size = dims[d];
            if (size == 0) _empty = true;
            if (size == 1) continue;
            if (_rank > 0 && a[_rank - 1] == stridesA[d] * size && b[_rank - 1] == stridesB[d] * size)
            {
                sizes[_rank - 1] *= size;
                (a[_rank - 1], b[_rank - 1]) = (stridesA[d], stridesB[d]);
            }
            else
            {
                (sizes[_rank], a[_rank], b[_rank]) = (size, stridesA[d], stridesB[d]);
                _rank++;
            }
        }
        RowLength = _rank == 0 ? 1 : sizes[_rank - 1];
        RowStrideA = _rank == 0 ? 1 : a[_rank - 1];
        RowStrideB = _rank == 0 ? 1 : b[_rank - 1];
    }

    internal int RowLength { get; }

    internal int RowStrideA { get; }

    internal int RowStrideB { get; }

    /// <summary>The offset of the current row in the first array.</summary>
    internal int OffsetA { get; private set; }

    /// <summary>The offset of the current row in the second array.</summary>
    internal int OffsetB { get; private set; }

    /// <summary>Advances to the next row, at the first call to the first; false after the last.</summary>
    internal bool Next()
    {
        if (!_started)
        {
            _started = true;
            return !_empty;
        }
        Span<int> index = _index.Span;
        for (int d = _rank - 2; d >= 0; d--)
        {
            int size = _sizes.Span[d], a = _stridesA.Span[d], b = _stridesB.Span[d];
            OffsetA += a;
            OffsetB += b;
            if (++index[d] < size) return true;
            OffsetA -= a * size;
            OffsetB -= b * size;
            index[d] = 0;
        }
        return false;
    }

    /// <summary>One number per dimension; up to rank 6 without an allocation.</summary>
    struct Sizes(int rank)
    {
        const int InlineRank = 6;

        readonly int[]? _many = rank > InlineRank ? new int[rank] : null;
        Few _few;

        [UnscopedRef]
        internal Span<int> Span => _many ?? (Span<int>)_few;

        [InlineArray(InlineRank)]
        struct Few
        {
            int _first;
        }
    }
}

/// <summary>Copies between a contiguous array and a strided view of another array.</summary>
static class Strided
{
    /// <summary>
    /// Copies the view of x with this offset, shape and strides to y. Rows of stride 1 are copied whole, rows of stride 0 filled.
    /// </summary>
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

    /// <summary>Copies x to the view of y with this offset, shape and strides.</summary>
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
