using System.Numerics;
using System.Numerics.Tensors;
using MyTorch.Kernels;
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
        return IndexDispatch.Select(table, 0, Tensor.Indices(positions));
    }

    /// <summary>The rows from <paramref name="start"/> on, in a tensor of their own.</summary>
    internal static Tensor Slice(Tensor table, int start, int count)
    {
        int[] strides = table.Shape.Strides();
        return StridedDispatch.Read(table, start * strides[0], strides, table.Shape.With(0, count));
    }

    /// <summary>The given columns of a matrix, in that order.</summary>
    internal static Tensor Pick(Tensor table, int[] columns) => IndexDispatch.Select(table, 1, Tensor.Indices(Array.ConvertAll(columns, column => (long)column)));

    /// <summary>How many elements are NaN, and which is the first that is infinite; −1 if none is.</summary>
    internal static (int Missing, int FirstInfinite) Check(Tensor table) => table.DType == DType.Float32 ? Check<float>(table) : Check<double>(table);

    static (int Missing, int FirstInfinite) Check<T>(Tensor table) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> values = table.Read<T>();
        // A sum is finite only if each term is: one fast pass settles the usual case. (Finite terms may overflow, so then they are looked at.)
        if (T.IsFinite(TensorPrimitives.Sum(values))) return (0, -1);
        int missing = 0, infinite = -1;
        for (int i = 0; i < values.Length; i++)
        {
            if (T.IsNaN(values[i])) missing++;
            else if (infinite < 0 && T.IsInfinity(values[i])) infinite = i;
        }
        return (missing, infinite);
    }

    /// <summary>The mean of each column over the values that are present, and how many are.</summary>
    internal static (double[] Mean, int[] Present) Means(Tensor table, Tensor? rest = null)
    {
        int rows = table.Shape[0], columns = table.Shape[1];
        double[] mean = new double[columns], lost = new double[columns], row = new double[columns];
        int[] present = new int[columns];
        for (int r = 0; r < rows; r++)
        {
            ReadRow(table, rest, r, row);
            for (int c = 0; c < columns; c++)
            {
                if (double.IsNaN(row[c])) continue;
                present[c]++;
                // Unlike a sum divided in the end, this cannot overflow, and the mean of equal numbers is that number exactly:
                // a rounding error must not become the deviation that a constant column is divided by.
                Summation.AddKeepingRest(ref mean[c], (row[c] - mean[c] - lost[c]) / present[c], ref lost[c]);
            }
        }
        return (mean, present);
    }

    /// <summary>The mean and population standard deviation of each column; the deviation of a constant column is exactly 0.</summary>
    internal static (double[] Mean, double[] Deviation) Spread(Tensor table, Tensor? rest = null)
    {
        int rows = table.Shape[0], columns = table.Shape[1];
        double[] mean = Means(table, rest).Mean;
        double[] squares = new double[columns], lost = new double[columns], row = new double[columns];
        for (int r = 0; r < rows; r++)
        {
            ReadRow(table, rest, r, row);
            for (int c = 0; c < columns; c++)
                Summation.AddKeepingRest(ref squares[c], (row[c] - mean[c]) * (row[c] - mean[c]), ref lost[c]);
        }
        return (mean, [.. squares.Select(s => Math.Sqrt(s / rows))]);
    }

    /// <summary>Each column with its own mean and scale, computed in Float64 and rounded once: (x + rest − mean) / scale.</summary>
    internal static Tensor Standardized(Tensor table, Tensor? rest, double[] mean, double[] scale) =>
        Map(table, rest, (value, c) => (value - mean[c]) / scale[c]);

    /// <summary>z · scale + mean for each column, computed in Float64 and rounded once.</summary>
    internal static Tensor Unstandardized(Tensor table, double[] mean, double[] scale) => Map(table, null, (value, c) => value * scale[c] + mean[c]);

    static Tensor Map(Tensor table, Tensor? rest, Func<double, int, double> map)
    {
        int rows = table.Shape[0], columns = table.Shape[1];
        Tensor result = Tensor.Empty(table.Shape, table.DType);
        double[] row = new double[columns];
        for (int r = 0; r < rows; r++)
        {
            ReadRow(table, rest, r, row);
            for (int c = 0; c < columns; c++) row[c] = map(row[c], c);
            if (table.DType == DType.Float32) TensorPrimitives.ConvertTruncating<double, float>(row, result.Write<float>().Slice(r * columns, columns));
            else row.CopyTo(result.Write<double>().Slice(r * columns, columns));
        }
        return result.DetachedFrom(table, HistoryLoss.Paused);
    }

    /// <summary>A row in Float64, with what rounding took from it, if that is known.</summary>
    internal static void ReadRow(Tensor table, Tensor? rest, int row, double[] values)
    {
        int start = row * values.Length;
        if (table.DType == DType.Float32) TensorPrimitives.ConvertTruncating(table.Read<float>().Slice(start, values.Length), values);
        else table.Read<double>().Slice(start, values.Length).CopyTo(values);
        if (rest is null) return;
        ReadOnlySpan<float> small = rest.Read<float>().Slice(start, values.Length);
        for (int c = 0; c < values.Length; c++) values[c] += small[c];
    }
}
