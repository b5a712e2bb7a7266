using System.Globalization;
using System.Runtime.InteropServices;
using MyTorch;
using MyTorch.Kernels;
using MyTorch.Operations;
using MyTorch.Tests.Accuracy;

namespace Benchmarks;

/// <summary>
/// <c>accuracy [--all] [name …]</c>: the largest error of each element-wise function, value and derivative, as the table of MyTorch/Docs/accuracy.md:
/// Float32 at every 997th of the 2³² numbers, with <c>--all</c> at each; Float64 at the samples of the tests, with <c>--all</c> at a million more.
/// Every path of this processor is run, and its bits are compared.
/// </summary>
static class AccuracyCommand
{
    const int Block = 1 << 16;

    internal static int Run(string[] arguments)
    {
        bool all = arguments.Contains("--all");
        string[] names = [.. arguments.Where(argument => argument != "--all")];
        int different = 0;
        Console.WriteLine($"Paths: {string.Join(", ", VectorPath.Available.Select(VectorPath.Word))}. Float32: {(all ? "all 2³² numbers" : "every 997th of the 2³² numbers")}.");
        Console.WriteLine();
        Console.WriteLine("| function | Float32 value | at | Float32 derivative | at | Float64 value | at | Float64 derivative | at | same bits on every path |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (AccuracyRow row in AccuracyTable.Rows.Where(row => names.Length == 0 || names.Contains(row.Name)))
        {
            long differences = 0;
            (Worst single, Worst singleSlope) = Floats(row, all ? 1 : 997, ref differences);
            (Worst @double, Worst doubleSlope) = Doubles(row, all, ref differences);
            string[] cells = [row.Name, .. new[] { single, singleSlope, @double, doubleSlope }.SelectMany(worst => new[] { Text($"{worst.Ulps:F2}"), double.IsNaN(worst.At) ? "" : Text($"{worst.At:G9}") }), differences == 0 ? "yes" : Text($"no: {differences}")];
            Console.WriteLine($"| {string.Join(" | ", cells)} |");
            if (differences > 0) different++;
        }
        return different == 0 ? 0 : 1;
    }

    static (Worst Value, Worst Slope) Floats(AccuracyRow row, long step, ref long differences)
    {
        Worst value = new(), slope = new();
        float[] x = new float[Block];
        for (long bits = 0; bits < 1L << 32;)
        {
            int count = 0;
            for (; count < Block && bits < 1L << 32; count++, bits += step) x[count] = BitConverter.UInt32BitsToSingle((uint)bits);
            float[] part = x[..count];
            (float[] values, float[] slopes) = OnEveryPath(row, part, ref differences);
            for (int i = 0; i < count; i++)
            {
                value.See(Ulps(row.Value(part[i]), values[i], row.LargestValue), part[i], values[i]);
                slope.See(Ulps(row.Slope(part[i]), slopes[i], row.LargestSlope), part[i], slopes[i]);
            }
        }
        return (value, slope);
    }

    // The common case of DoubleDouble.Ulps, without its search for the exponent.
    static double Ulps(double expected, float actual, double scale)
    {
        double size = Math.Max(Math.Abs(expected), scale);
        if (!(size < float.MaxValue) || !float.IsFinite(actual)) return new DoubleDouble(expected).Ulps(actual, single: true, scale);
        if (size < 1.1754943508222875e-38) size = 1.1754943508222875e-38;
        return Math.Abs(actual - expected) / BitConverter.UInt64BitsToDouble((BitConverter.DoubleToUInt64Bits(size) & 0x7FF0000000000000) - (23UL << 52));
    }

    static (Worst Value, Worst Slope) Doubles(AccuracyRow row, bool all, ref long differences)
    {
        double[] x = AccuracyMeasure.Samples(false, row.Points ?? []);
        if (all)
        {
            var random = new Random(2);
            x = [.. x, .. Enumerable.Range(0, 1_000_000).Select(i => (2 * random.NextDouble() - 1) * (i % 4) switch { 0 => 1, 1 => 10, 2 => 50, _ => 750 })];
        }
        Worst value = new(), slope = new();
        (double[] values, double[] slopes) = OnEveryPath(row, x, ref differences);
        for (int i = 0; i < x.Length; i++)
        {
            value.See(row.ExactValue(x[i]).Ulps(values[i], false, row.LargestValue), x[i], values[i]);
            slope.See(row.ExactSlope(x[i]).Ulps(slopes[i], false, row.LargestSlope), x[i], slopes[i]);
        }
        return (value, slope);
    }

    static (T[] Values, T[] Slopes) OnEveryPath<T>(AccuracyRow row, T[] x, ref long differences) where T : unmanaged
    {
        T[]? values = null, slopes = null;
        foreach (VectorWidth width in VectorPath.Available)
        {
            (T[] onPath, T[] slopesOnPath) = AccuracyMeasure.On(width, () => Numbers(row, x));
            if (values is null || slopes is null) (values, slopes) = (onPath, slopesOnPath);
            else differences += Differences(values, onPath) + Differences(slopes, slopesOnPath);
        }
        return (values!, slopes!);
    }

    static (T[] Values, T[] Slopes) Numbers<T>(AccuracyRow row, T[] x) where T : unmanaged
    {
        PointwiseOperation operation = row.Make(x is float[] floats ? Tensor.From(floats, DType.Float32) : Tensor.From((double[])(object)x, DType.Float64));
        Tensor value = operation.Apply(), slope = operation.Derivative().Expand(value.Shape);
        return x is float[]
            ? ((T[])(object)value.ToFloatArray(), (T[])(object)slope.ToFloatArray())
            : ((T[])(object)value.ToArray(), (T[])(object)slope.ToArray());
    }

    // NaN has many patterns, and they may differ.
    static long Differences<T>(T[] a, T[] b) where T : unmanaged
    {
        if (MemoryMarshal.AsBytes(a.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(b.AsSpan()))) return 0;
        long count = 0;
        for (int i = 0; i < a.Length; i++)
            if (AccuracyMeasure.Bits(Convert.ToDouble(a[i], CultureInfo.InvariantCulture)) != AccuracyMeasure.Bits(Convert.ToDouble(b[i], CultureInfo.InvariantCulture))) count++;
        return count;
    }

    static string Text(FormattableString text) => FormattableString.Invariant(text);
}
