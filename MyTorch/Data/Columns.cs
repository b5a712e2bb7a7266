using System.Numerics;
using System.Numerics.Tensors;
using MyTorch.Kernels;
using MyTorch.Operations;

namespace MyTorch.Data;

/// <summary>Operations on the rows and columns of a table, for both floating-point types.</summary>
static class Columns
{
    /// <summary>A copy of the given rows, (N, …) → (rows, …).</summary>
    internal static Tensor Gather(Tensor table, ReadOnlySpan<int> rows)
    {
        long[] indices = new long[rows.Length];
        TensorPrimitives.ConvertChecked(rows, indices);
        return IndexDispatch.Select(table, 0, Tensor.Indices(indices));
    }

    /// <summary>A copy of count rows from <paramref name="start"/> on.</summary>
    internal static Tensor Slice(Tensor table, int start, int count)
    {
        int[] strides = table.Shape.Strides();
        return StridedDispatch.Read(table, start * strides[0], strides, table.Shape.With(0, count));
    }

    /// <summary>The given columns of a matrix, in that order.</summary>
    internal static Tensor Pick(Tensor table, int[] columns) =>
        IndexDispatch.Select(table, 1, Tensor.Indices(Array.ConvertAll(columns, column => (long)column)));

    /// <summary>The number of NaN elements, and the index of the first infinite one or −1.</summary>
    internal static (int Missing, int FirstInfinite) Check(Tensor table) =>
        table.DType == DType.Float32 ? Check<float>(table) : Check<double>(table);

    static (int Missing, int FirstInfinite) Check<T>(Tensor table) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> values = table.Read<T>();
        // The usual case in one fast pass: a sum is finite only if all terms are. If it is not finite, it may have overflowed, so the terms
        // are checked.
        if (T.IsFinite(TensorPrimitives.Sum(values))) return (0, -1);
        int missing = 0, infinite = -1;
        for (int i = 0; i < values.Length; i++)
        {
            if (T.IsNaN(values[i])) missing++;
            else if (infinite < 0 && T.IsInfinity(values[i])) infinite = i;
        }
        return (missing, infinite);
    }

    /// <summary>The mean of each column over its values that are not NaN, and their number.</summary>
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
                // A running mean does not overflow, and the mean of equal numbers is exactly that number. Otherwise a rounding error would
                // become the standard deviation by which a constant column is divided.
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

    /// <summary>(x + rest − mean) / scale for each column, computed in Float64 and rounded once.</summary>
    internal static Tensor Standardized(Tensor table, Tensor? rest, double[] mean, double[] scale) =>
        Map(table, rest, (value, c) => (value - mean[c]) / scale[c]);

    /// <summary>z · scale + mean for each column, computed in Float64 and rounded once.</summary>
    internal static Tensor Unstandardized(Tensor table, double[] mean, double[] scale) =>
        Map(table, null, (value, c) => value * scale[c] + mean[c]);

    static Tensor Map(Tensor table, Tensor? rest, Func<double, int, double> map)
    {
        int rows = table.Shape[0], columns = table.Shape[1];
        Tensor result = Tensor.Empty(table.Shape, table.DType);
        double[] row = new double[columns];
        for (int r = 0; r < rows; r++)
        {
            ReadRow(table, rest, r, row);
            for (int c = 0; c < columns; c++) row[c] = map(row[c], c);
            if (table.DType == DType.Float32)
                TensorPrimitives.ConvertTruncating<double, float>(row, result.Write<float>().Slice(r * columns, columns));
            else row.CopyTo(result.Write<double>().Slice(r * columns, columns));
        }
        return result.DetachedFrom(table, HistoryLoss.Paused);
    }

    /// <summary>A row in Float64, including its rounding error if that is known.</summary>
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
