using System.Globalization;

namespace MyTorch.Tests.Conformance;

/// <summary>Tensors from the numbers of a case, and the comparison with them.</summary>
public static class OracleTensors
{
    /// <summary>A tensor of the case's own dtype (int64, bool) or, where it names none, of <paramref name="dtype"/>.</summary>
    public static Tensor Create(OracleTensor tensor, DType dtype) => Create(tensor.Shape, tensor.Data, tensor.DType, dtype);

    public static Tensor Create(int[] shape, double[] data, string? declared, DType dtype) => declared switch
    {
        null or "float64" => Tensor.From(data, shape, dtype),
        "int64" => Tensor.Indices(Array.ConvertAll(data, value => (long)value), shape),
        "bool" => Tensor.Mask(Array.ConvertAll(data, value => value != 0), shape),
        _ => throw new NotSupportedException($"Unknown dtype '{declared}'."),
    };

    /// <summary>Shape exactly, then every value; the message names the first index that differs.</summary>
    public static void AssertClose(string what, Tensor? actual, OracleTensor expected, Tolerance tolerance)
    {
        Assert.That(actual, Is.Not.Null, $"{what}: nothing was computed");
        Assert.That(actual!.Shape.ToArray(), Is.EqualTo(expected.Shape), $"{what}: shape");
        double[] values = actual.ToArray();
        tolerance = tolerance.For(expected.Data);
        for (int i = 0; i < values.Length; i++)
            Assert.That(tolerance.Accepts(values[i], expected.Data[i]), Is.True,
                () => string.Create(CultureInfo.InvariantCulture,
                    $"{what}[{i}] of shape {actual.Shape}: {values[i]:R} instead of {expected.Data[i]:R}, tolerance {tolerance}"));
    }

    public static void AssertClose(string what, double actual, double expected, Tolerance tolerance) =>
        Assert.That(tolerance.Accepts(actual, expected), Is.True,
            () => string.Create(CultureInfo.InvariantCulture, $"{what}: {actual:R} instead of {expected:R}, tolerance {tolerance}"));
}

/// <summary>
/// |actual - expected| ≤ Absolute + Relative·|expected|. NaN matches NaN and an infinity itself; 0 matches -0.
/// With <paramref name="Scaled"/> the absolute part follows the largest value of the tensor.
/// </summary>
public sealed record Tolerance(double Relative, double Absolute, bool Scaled = false)
{
    /// <summary>
    /// The oracle's tolerances: Float64 1e-10 relative and 1e-12 absolute, 1e-9 relative for losses, programs and second
    /// derivatives, whose roundings add up; Float32 1e-4 and 1e-5. Programs and second derivatives scale the absolute part:
    /// the gradients of the first layers of a deep chain are themselves near 1e-5, and an entry of a Hessian that cancels to
    /// 0 is as inexact as the terms that cancel.
    /// </summary>
    public static Tolerance Of(OracleCase c, DType dtype)
    {
        bool chain = c.Program is not null || c.V is not null;
        bool loss = c.Op is "bce" or "bce_with_logits" or "cross_entropy" or "kl_div" || c.Op?.EndsWith("_loss", StringComparison.Ordinal) == true;
        return dtype == DType.Float64
            ? new Tolerance(chain || loss ? 1e-9 : 1e-10, 1e-12, chain)
            : new Tolerance(1e-4, 1e-5, chain);
    }

    /// <summary>Of a trajectory: ten to fifty steps of forward, backward and update, each on the rounded result of the last.</summary>
    public static Tolerance OfTrajectory(DType dtype) =>
        dtype == DType.Float64 ? new Tolerance(1e-9, 1e-12) : new Tolerance(1e-4, 1e-5);

    public Tolerance For(double[] expected)
    {
        if (!Scaled) return this;
        double largest = expected.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(1).Max();
        return this with { Absolute = Absolute * Math.Clamp(largest, 0.01, 100) };
    }

    public bool Accepts(double actual, double expected)
    {
        if (double.IsNaN(expected)) return double.IsNaN(actual);
        if (double.IsInfinity(expected)) return actual == expected;
        return Math.Abs(actual - expected) <= Absolute + Relative * Math.Abs(expected);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Relative:0e0} relative, {Absolute:0.#e0} absolute");
}
