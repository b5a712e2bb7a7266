using System.Numerics;
using System.Numerics.Tensors;
using MyTorch.Operations;

namespace MyTorch.Data;

/// <summary>What the room needs to do with the rows and columns of a table, for either floating-point type.</summary>
static class Columns
{
    /// <summary>The given rows, (N, …) → (rows, …), in a tensor of their own.</summary>
    internal static Tensor Gather(Tensor table, ReadOnlySpan<int> rows)
    {
        long[] positions = new long[rows.Length];
        TensorPrimitives.ConvertChecked(rows, positions);
        return Moving.Select(table, 0, Tensor.Indices(positions));
    }

    /// <summary>The rows from <paramref name="start"/> on, in a tensor of their own.</summary>
    internal static Tensor Slice(Tensor table, int start, int count)
    {
        int[] strides = table.Shape.Strides();
        return Moving.Read(table, start * strides[0], strides, table.Shape.With(0, count));
    }

    /// <summary>How many elements are NaN.</summary>
    internal static int CountNaN(Tensor table) => table.DType == DType.Float32 ? CountNaN<float>(table) : CountNaN<double>(table);

    static int CountNaN<T>(Tensor table) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> values = table.Read<T>();
        // A sum is NaN if a term is: one fast pass settles the usual case. (∞ − ∞ is NaN too, so then they are counted.)
        if (!T.IsNaN(TensorPrimitives.Sum(values))) return 0;
        int count = 0;
        foreach (T value in values)
            if (T.IsNaN(value)) count++;
        return count;
    }

    /// <summary>The mean of each column over the values that are present, and how many are.</summary>
    internal static (double[] Mean, int[] Present) Means(Tensor table)
    {
        int rows = table.Shape[0], columns = table.Shape[1];
        double[] mean = new double[columns];
        int[] present = new int[columns];
        double[] row = new double[columns];
        for (int r = 0; r < rows; r++)
        {
            ReadRow(table, r, row);
            for (int c = 0; c < columns; c++)
            {
                if (double.IsNaN(row[c])) continue;
                present[c]++;
                // Unlike a sum divided in the end, this cannot overflow, and the mean of equal numbers is that number exactly:
                // a rounding error must not become the deviation that a constant column is divided by.
                mean[c] += (row[c] - mean[c]) / present[c];
            }
        }
        return (mean, present);
    }

    /// <summary>The mean and population standard deviation of each column; the deviation of a constant column is exactly 0.</summary>
    internal static (double[] Mean, double[] Deviation) Spread(Tensor table)
    {
        int rows = table.Shape[0], columns = table.Shape[1];
        double[] mean = Means(table).Mean;
        double[] squares = new double[columns], row = new double[columns];
        for (int r = 0; r < rows; r++)
        {
            ReadRow(table, r, row);
            for (int c = 0; c < columns; c++)
                squares[c] += (row[c] - mean[c]) * (row[c] - mean[c]);
        }
        return (mean, [.. squares.Select(s => Math.Sqrt(s / rows))]);
    }

    static void ReadRow(Tensor table, int row, double[] values)
    {
        int start = row * values.Length;
        if (table.DType == DType.Float32) TensorPrimitives.ConvertTruncating(table.Read<float>().Slice(start, values.Length), values);
        else table.Read<double>().Slice(start, values.Length).CopyTo(values);
    }
}
