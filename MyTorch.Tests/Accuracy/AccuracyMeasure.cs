using MyTorch.Kernels;
using MyTorch.Operations;

namespace MyTorch.Tests.Accuracy;

/// <summary>The largest error that was found, and where.</summary>
public sealed class Worst
{
    public double Ulps { get; private set; }

    public double At { get; private set; } = double.NaN;

    public double Got { get; private set; }

    internal void See(double ulps, double at, double got)
    {
        if (ulps > Ulps) (Ulps, At, Got) = (ulps, at, got);
    }

    public override string ToString() => FormattableString.Invariant($"{Ulps:F2} ulp at {At:R}, where it is {Got:R}");
}

/// <summary>Measures the functions of <see cref="AccuracyTable"/>.</summary>
public static class AccuracyMeasure
{
    /// <summary>
    /// Every exponent with both signs, the ends of the type, a close look at what functions branch on, and numbers of every size:
    /// about 12,000 in Float32, 24,000 in Float64.
    /// </summary>
    public static double[] Samples(bool single, params double[] points)
    {
        var random = new Random(1);
        var x = new List<double> { 0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity };
        (int lowest, int highest, double epsilon) = single ? (-149, 127, 1.1920928955078125e-7) : (-1074, 1023, 2.220446049250313e-16);
        for (int exponent = lowest; exponent <= highest; exponent++)
            for (int i = 0; i < (single ? 8 : 3); i++)
            {
                double size = Math.ScaleB(i == 0 ? 1 : 1 + random.NextDouble(), exponent);
                x.AddRange([size, -size]);
            }
        double largest = single ? float.MaxValue : double.MaxValue, normal = Math.ScaleB(1, single ? -126 : -1022), tiny = Math.ScaleB(1, lowest);
        x.AddRange([largest, -largest, normal - tiny, tiny - normal]);
        foreach (double end in new[] { 2.0, 20, 90, 110, 720, 760 })
            for (int i = 0; i < 700; i++) x.Add((2 * random.NextDouble() - 1) * end);
        // Halves of ln 2, where the exponential takes another power of two, √½ and √2 for the logarithm, and where results end.
        double[] close = [Math.Log(2) / 2, 1.5 * Math.Log(2), Math.Log(2), Math.Sqrt(0.5), Math.Sqrt(2), Math.Sqrt(2) - 1, 1, 2, 9.01, 17.3, 19.06, 36.7, 87, 87.34, 88.72, 103.9, 708.4, 709.78, 745.1, .. points];
        foreach (double point in close)
            for (int i = -40; i <= 40; i++)
            {
                double near = point * (1 + i * epsilon), beside = point * (1 + 0.01 * (random.NextDouble() - 0.5));
                x.AddRange([near, -near, beside, -beside]);
            }
        return single ? [.. x.Select(v => (double)(float)v)] : [.. x];
    }

    /// <summary>The values of an operation and of its derivative at numbers of a type.</summary>
    public static (double[] Values, double[] Slopes) Run(AccuracyRow row, double[] x, bool single)
    {
        PointwiseOperation operation = row.Make(single ? Tensor.From([.. x.Select(v => (float)v)], DType.Float32) : Tensor.From(x, DType.Float64));
        Tensor value = operation.Apply(), slope = operation.Derivative();
        return (Numbers(value), slope.ElementCount == x.Length ? Numbers(slope) : [.. Enumerable.Repeat(Numbers(slope)[0], x.Length)]);
    }

    static double[] Numbers(Tensor x) => x.To(DType.Float64).ToArray();

    /// <summary>The largest errors of value and derivative over some numbers.</summary>
    public static (Worst Value, Worst Slope) Measure(AccuracyRow row, double[] x, bool single)
    {
        (double[] values, double[] slopes) = Run(row, x, single);
        Worst value = new(), slope = new();
        for (int i = 0; i < x.Length; i++)
        {
            value.See((single ? row.Value(x[i]) : row.ExactValue(x[i])).Ulps(values[i], single, row.LargestValue), x[i], values[i]);
            slope.See((single ? row.Slope(x[i]) : row.ExactSlope(x[i])).Ulps(slopes[i], single, row.LargestSlope), x[i], slopes[i]);
        }
        return (value, slope);
    }

    /// <summary>Runs an action with another vector width, and then restores the one in use.</summary>
    internal static T On<T>(VectorWidth width, Func<T> run)
    {
        VectorWidth before = VectorPath.Current;
        try
        {
            VectorPath.Current = width;
            return run();
        }
        finally
        {
            VectorPath.Current = before;
        }
    }

    /// <summary>The bits, with one pattern for all NaN.</summary>
    public static long Bits(double x) => double.IsNaN(x) ? long.MinValue + 1 : BitConverter.DoubleToInt64Bits(x);
}
