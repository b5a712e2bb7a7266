namespace MyTorch.Data;

/// <summary>
/// The columns whose digits beyond Float32 count: those in which the training rows have such digits, because rounding would have changed the
/// standardized numbers. New rows are rounded in the same way, so that they give the same scores.
/// </summary>
static class Precision
{
    /// <summary>The rounding errors of numbers in Float32, 0 for a missing one; null in Float64.</summary>
    internal static Tensor? Rest(double[] values, Shape shape, DType dtype) => dtype != DType.Float32 ? null
        : Tensor.From(Array.ConvertAll(values, value => double.IsNaN(value) ? 0 : (float)(value - (float)value)), shape, DType.Float32);

    /// <summary>Which columns of rounding errors, (N, columns) or null for none, have one other than 0.</summary>
    internal static bool[] Used(Tensor? rest, int columns)
    {
        bool[] used = new bool[columns];
        if (rest is null) return used;
        ReadOnlySpan<float> all = rest.Read<float>();
        for (int i = 0; i < all.Length; i++) used[i % columns] |= all[i] != 0;
        return used;
    }

    /// <summary>The rounding errors with 0 in the columns that do not count; null if none counts.</summary>
    internal static Tensor? Kept(Tensor? rest, bool[] columns)
    {
        if (rest is null || !columns.Contains(true)) return null;
        float[] kept = rest.ToFloatArray();
        for (int i = 0; i < kept.Length; i++)
            if (!columns[i % columns.Length]) kept[i] = 0;
        return Tensor.From(kept, rest.Shape, DType.Float32);
    }
}
