namespace MyTorch.Tests.Operations;

/// <summary>
/// An N-dimensional array of doubles, written as simply as possible: every element is computed from its index, one at a time.
/// The expected values of operations are formulas over it, so they share no code with the library's kernels.
/// </summary>
public sealed class NaiveArray(int[] shape, double[] data)
{
    public int[] Shape { get; } = shape;
    public double[] Data { get; } = data;
    public int Rank => Shape.Length;

    public double this[params int[] index] => Data[Offset(index)];

    public static NaiveArray Of(Tensor tensor) => new(tensor.Shape.ToArray(), tensor.ToArray());

    /// <summary>The array of <paramref name="shape"/> whose element at an index is <paramref name="element"/> of it.</summary>
    public static NaiveArray Generate(int[] shape, Func<int[], double> element) =>
        new(shape, [.. Indices(shape).Select(element)]);

    public NaiveArray Map(Func<double, double> f) => new(Shape, Array.ConvertAll(Data, value => f(value)));

    /// <summary>Combines with broadcasting: shapes align at their ends, a missing or single dimension repeats.</summary>
    public static NaiveArray Zip(NaiveArray a, NaiveArray b, Func<double, double, double> f)
    {
        int rank = Math.Max(a.Rank, b.Rank);
        int[] shape = [.. Enumerable.Range(0, rank).Select(d => Size(a, d) == 1 ? Size(b, d) : Size(a, d))];
        return Generate(shape, index => f(a.Broadcast(index), b.Broadcast(index)));

        int Size(NaiveArray x, int d) => d < rank - x.Rank ? 1 : x.Shape[d - (rank - x.Rank)];
    }

    /// <summary>The element that stands at <paramref name="index"/> of a larger, broadcast shape.</summary>
    public double Broadcast(int[] index)
    {
        int extra = index.Length - Rank;
        return this[[.. Enumerable.Range(0, Rank).Select(d => Shape[d] == 1 ? 0 : index[d + extra])]];
    }

    /// <summary>Reduces <paramref name="dims"/> (none given: all) by a function of the elements in row-major order.</summary>
    public NaiveArray Reduce(int[] dims, bool keepDim, Func<double[], double> f)
    {
        bool[] reduced = [.. Enumerable.Range(0, Rank).Select(d => dims.Length == 0 || dims.Any(r => (r + Rank) % Rank == d))];
        int[] kept = [.. Shape.Select((size, d) => reduced[d] ? 1 : size)];
        NaiveArray result = Generate(kept, at =>
            f([.. Indices(Shape).Where(index => Enumerable.Range(0, Rank).All(d => reduced[d] || index[d] == at[d])).Select(index => this[index])]));
        return keepDim ? result : new NaiveArray([.. kept.Where((_, d) => !reduced[d])], result.Data);
    }

    /// <summary>Replaces each line along <paramref name="dim"/> by a function of that line.</summary>
    public NaiveArray AlongLines(int dim, Func<double[], double[]> f)
    {
        int d = (dim + Rank) % Rank;
        return Generate(Shape, index =>
        {
            double[] line = [.. Enumerable.Range(0, Shape[d]).Select(i => this[With(index, d, i)])];
            return f(line)[index[d]];
        });
    }

    /// <summary>The index with one coordinate replaced.</summary>
    public static int[] With(int[] index, int dim, int value)
    {
        int[] changed = [.. index];
        changed[dim] = value;
        return changed;
    }

    /// <summary>Every index of a shape in row-major order.</summary>
    public static IEnumerable<int[]> Indices(int[] shape)
    {
        int count = shape.Aggregate(1, (product, size) => product * size);
        for (int flat = 0; flat < count; flat++)
        {
            int[] index = new int[shape.Length];
            int rest = flat;
            for (int d = shape.Length - 1; d >= 0; d--)
            {
                index[d] = rest % shape[d];
                rest /= shape[d];
            }
            yield return index;
        }
    }

    int Offset(int[] index)
    {
        int offset = 0;
        for (int d = 0; d < Rank; d++)
        {
            int i = index[d] < 0 ? index[d] + Shape[d] : index[d];
            if (i < 0 || i >= Shape[d]) throw new ArgumentOutOfRangeException(nameof(index), $"Index {index[d]} outside dimension {d} of size {Shape[d]}.");
            offset = offset * Shape[d] + i;
        }
        return offset;
    }
}
