using System.Collections;
using System.Runtime.CompilerServices;

namespace MyTorch;

/// <summary>
/// The sizes of a tensor's dimensions, outermost first: <c>(2, 3)</c> is two rows of three columns, <c>()</c> is a scalar.
/// An <see langword="int"/> array or a collection literal converts: <c>Tensor.Zeros([2, 3])</c>.
/// </summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IReadOnlyList<int>, IEquatable<Shape>
{
    const int MostPrinted = 40;

    readonly int[]? _sizes;

    Shape(int[] sizes) => _sizes = sizes;

    /// <summary>A shape with a copy of the given sizes. Negative sizes throw where the shape is used.</summary>
    public static Shape Create(ReadOnlySpan<int> sizes) => new(sizes.ToArray());

    internal static Shape Own(int[] sizes) => new(sizes);

    int[] Sizes => _sizes ?? [];

    /// <summary>The number of dimensions; 0 for a scalar.</summary>
    public int Rank => Sizes.Length;

    int IReadOnlyCollection<int>.Count => Rank;

    /// <summary>The number of elements: the product of the sizes, 1 for a scalar.</summary>
    /// <exception cref="OverflowException">The product is greater than 2³¹−1.</exception>
    public int ElementCount
    {
        get
        {
            if (Sizes.Contains(0)) return 0;
            long count = 1;
            foreach (int size in Sizes)
            {
                count *= size;
                if (count is > int.MaxValue or < int.MinValue)
                    throw new OverflowException($"Shape {this} has more than 2147483647 elements, the maximum for a tensor.");
            }
            return (int)count;
        }
    }

    /// <summary>The size of dimension dim, from 0; use <c>shape[^1]</c> for the last.</summary>
    public int this[int dim] => Sizes[dim];

    /// <summary>The size of a dimension counted from either end.</summary>
    public int this[Index dim] => Sizes[dim];

    /// <summary>The sizes as a span.</summary>
    public ReadOnlySpan<int> AsSpan() => Sizes;

    /// <summary>The sizes as a new array.</summary>
    public int[] ToArray() => [.. Sizes];

    /// <summary>Converts an array of sizes, which is copied.</summary>
    public static implicit operator Shape(int[] sizes) => Create(sizes);

    /// <inheritdoc/>
    public bool Equals(Shape other) => ReferenceEquals(_sizes, other._sizes) || AsSpan().SequenceEqual(other.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int size in Sizes) hash.Add(size);
        return hash.ToHashCode();
    }

    /// <summary>Whether two shapes have the same sizes in the same order.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether two shapes differ.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The sizes in parentheses: <c>(2, 3)</c>, <c>(4,)</c>, <c>()</c>; beyond 40 dimensions only the first and last.</summary>
    public override string ToString() => Rank > MostPrinted
        ? $"({Notation.List(Sizes.Take(MostPrinted / 2))}, … {Notation.Number(Rank - MostPrinted)} more …, " +
          $"{Notation.List(Sizes.Skip(Rank - MostPrinted / 2))})"
        : Rank == 1 ? $"({Notation.Number(Sizes[0])},)" : $"({Notation.List(Sizes)})";

    /// <summary>Enumerates the sizes, outermost first.</summary>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)Sizes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Converts a dimension −rank … rank−1 to 0 … rank−1.</summary>
    internal int Dimension(int dim, string operation)
    {
        // As in PyTorch, a scalar accepts 0 and −1, as if it had one dimension.
        int rank = Math.Max(Rank, 1);
        if (dim < -rank || dim >= rank)
            throw Invalid.OutOfRange(nameof(dim),
                $"{operation}: dimension {dim} does not exist in shape {this}; use {-rank} to {rank - 1}.");
        return dim < 0 ? dim + rank : dim;
    }

    /// <summary>Throws unless 0 ≤ dim &lt; rank; a scalar accepts 0.</summary>
    internal void RequireDimension(int dim, string operation)
    {
        if (dim < 0 || dim >= Math.Max(Rank, 1))
            throw Invalid.OutOfRange(nameof(dim),
                $"{operation}: dimension {dim} does not exist in shape {this}; use 0 to {Math.Max(Rank, 1) - 1}.");
    }

    /// <summary>Converts an index −size … size−1 along a dimension to 0 … size−1.</summary>
    internal int ElementIndex(int dim, int index, string operation)
    {
        int size = this[dim];
        if (index < -size || index >= size)
            throw Invalid.OutOfRange(nameof(index),
                $"{operation}: index {index} is out of range for dimension {dim} of shape {this}; " +
                $"{(size == 0 ? "the dimension is empty" : FormattableString.Invariant($"use {-size} to {size - 1}"))}.");
        return index < 0 ? index + size : index;
    }

    /// <summary>The index, one number per dimension, of the element with the given number in row-major order.</summary>
    internal int[] IndexOf(int element)
    {
        int[] index = new int[Rank];
        for (int d = Rank - 1; d >= 0; d--) (element, index[d]) = Math.DivRem(element, Sizes[d]);
        return index;
    }

    internal Shape With(int dim, int size)
    {
        int[] sizes = ToArray();
        sizes[dim] = size;
        return new Shape(sizes);
    }

    internal Shape Without(params ReadOnlySpan<int> dims)
    {
        int[] sizes = new int[Rank - dims.Length];
        int next = 0;
        for (int d = 0; d < Rank; d++)
            if (!dims.Contains(d)) sizes[next++] = Sizes[d];
        return new(sizes);
    }

    internal Shape Insert(int dim, int size) => new([.. Sizes[..dim], size, .. Sizes[dim..]]);

    /// <summary>Row-major strides: the distance in elements between neighbours along each dimension.</summary>
    internal int[] Strides()
    {
        int[] strides = new int[Rank];
        int stride = 1;
        for (int d = Rank - 1; d >= 0; d--)
        {
            strides[d] = stride;
            stride *= Sizes[d];
        }
        return strides;
    }

    /// <summary>
    /// The strides that read a tensor of this shape broadcast to <paramref name="target"/>: 0 along every repeated dimension.
    /// </summary>
    internal int[] StridesFor(Shape target)
    {
        int[] unbroadcast = Strides();
        int[] strides = new int[target.Rank];
        int lead = target.Rank - Rank;
        for (int d = 0; d < Rank; d++)
            strides[lead + d] = Sizes[d] == 1 ? 0 : unbroadcast[d];
        return strides;
    }

    /// <summary>Whether this shape broadcasts to <paramref name="target"/>.</summary>
    internal bool BroadcastsTo(Shape target)
    {
        int lead = target.Rank - Rank;
        if (lead < 0) return false;
        for (int d = 0; d < Rank; d++)
            if (Sizes[d] != 1 && Sizes[d] != target[lead + d]) return false;
        return true;
    }

    /// <summary>
    /// The broadcast shape of two operands by NumPy's rule: compared from the last dimension, sizes must be equal or one of them 1.
    /// </summary>
    internal static Shape Broadcast(Shape a, Shape b, string operation)
    {
        if (a == b) return a;
        int rank = Math.Max(a.Rank, b.Rank);
        int[] sizes = new int[rank];
        for (int d = 1; d <= rank; d++)
        {
            int left = d <= a.Rank ? a[^d] : 1;
            int right = d <= b.Rank ? b[^d] : 1;
            if (left != right && left != 1 && right != 1)
                throw new ArgumentException(
                    $"{operation}: shapes {a} and {b} do not broadcast: counted from the last dimension, sizes {left} and {right} " +
                    $"differ and neither is 1. Reshape, Unsqueeze or Transpose one operand; after a reduction, use keepDim: true.");
            sizes[^d] = left == 1 ? right : left;
        }
        return new Shape(sizes);
    }
}
