using System.Collections;
using System.Runtime.CompilerServices;

namespace MyTorch;

/// <summary>
/// The dimensions of a reduction: one (<c>x.Sum(0)</c>), several (<c>x.Sum([0, 2])</c>; negative ones count from the end),
/// or, as <c>default</c>, all (<c>x.Sum()</c>).
/// </summary>
[CollectionBuilder(typeof(Dims), nameof(Create))]
public readonly struct Dims : IEnumerable<int>
{
    readonly int[]? _dims;

    Dims(int[] dims) => _dims = dims;

    /// <summary>The given dimensions. An empty list means all, as in PyTorch.</summary>
    public static Dims Create(ReadOnlySpan<int> dims) => new(dims.ToArray());

    /// <summary>One dimension.</summary>
    public static implicit operator Dims(int dim) => new([dim]);

    /// <summary>Several dimensions.</summary>
    public static implicit operator Dims(int[] dims) => Create(dims);

    /// <summary>Enumerates the dimensions as given; empty if all are meant.</summary>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)(_dims ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The dimensions as 0 … rank−1, ascending.</summary>
    internal int[] Resolve(Shape shape, string operation)
    {
        if (_dims is null or []) return [.. Enumerable.Range(0, shape.Rank)];
        int[] resolved = new int[_dims.Length];
        for (int i = 0; i < resolved.Length; i++) resolved[i] = shape.Dimension(_dims[i], operation);
        Array.Sort(resolved);
        for (int i = 1; i < resolved.Length; i++)
            if (resolved[i] == resolved[i - 1])
                throw new ArgumentException($"{operation}: dimension {resolved[i]} is given twice; give each dimension once.");
        return shape.Rank == 0 ? [] : resolved;
    }
}
