using System.Globalization;

namespace MyTorch.Probes;

/// <summary>
/// How far a number may be from what is expected: |got − expected| ≤ absolute + relative·|expected|. NaN is equal to nothing.
/// </summary>
public readonly record struct Tolerance(double Absolute, double Relative)
{
    /// <summary>Whether a number is near enough.</summary>
    public bool Accepts(double got, double expected) =>
        got == expected || double.IsFinite(expected) && Math.Abs(got - expected) <= Absolute + Relative * Math.Abs(expected);
}

/// <summary>Where a returned array differs from the expected one.</summary>
/// <param name="Name">The name of the array.</param>
/// <param name="Kind">The kind of difference, a sentence without numbers of the case: "every element has the wrong sign".</param>
/// <param name="Detail">Shapes, the first differing index, got and expected.</param>
public sealed record Difference(string Name, string Kind, string Detail)
{
    /// <summary>What a student may read beside another difference: the kind if it says something, else how much is wrong.</summary>
    public string Remark => Detail.EndsWith($"({Kind})", StringComparison.Ordinal) ? Kind : Detail;
}

/// <summary>Compares what a probe returned with what it should have, and says what kind of difference it is.</summary>
public static class Comparison
{
    // Kinds that repeat what the numbers of the detail say.
    const string Unremarkable = "its value is wrong", AllDiffer = "every element differs",
        SomeDiffer = "some elements differ, others are right";

    /// <summary>The first difference between two returned arrays; null if there is none.</summary>
    /// <param name="expected">What the reference returned.</param>
    /// <param name="got">What was returned under that name; null if nothing was.</param>
    /// <param name="tolerance">How far elements may be apart.</param>
    public static Difference? Compare(Returned expected, Returned? got, Tolerance tolerance)
    {
        ArgumentNullException.ThrowIfNull(expected);
        string name = expected.Name;
        if (got is null) return new Difference(name, "it was not returned", "it was not returned");
        if (got.Shape is null && expected.Shape is null) return null;
        if (got.Shape is null) return new Difference(name, "it is null, where a tensor is expected",
            $"it is null; expected shape {Shape(expected)}");
        if (expected.Shape is null)
            return new Difference(name, "it is a tensor, where null is expected",
                $"it has shape {Shape(got)}; expected null, no tensor at all");
        if (!got.Shape.AsSpan().SequenceEqual(expected.Shape)) return WrongShape(expected, got, tolerance);
        if (got.Values.Length != expected.Values.Length)
            return new Difference(name, "it has the wrong number of elements",
                $"it has {got.Values.Length} elements; expected {expected.Values.Length}");
        if (got.DType != expected.DType)
            return new Difference(name, "it has the wrong type of elements", $"it is {got.DType}; expected {expected.DType}");

        int first = -1, wrong = 0;
        for (int i = 0; i < expected.Values.Length; i++)
            if (!tolerance.Accepts(got.Values[i], expected.Values[i]))
            {
                if (first < 0) first = i;
                wrong++;
            }
        if (wrong == 0) return null;
        int count = expected.Values.Length;
        // That a count is half of another has no meaning.
        string kind = IsCount(expected) && IsCount(got) ? Unremarkable : Kind(expected, got, tolerance, wrong);
        string place = count == 1 ? "it" : $"element {Index(first, expected.Shape)}";
        string of = count == 1 ? "" : $" {wrong} of {count} elements differ;";
        string shape = count == 1 ? "" : $"shape {Shape(expected)};";
        string detail = $"{shape}{of} {place} is {Number(got.Values[first])}, expected {Number(expected.Values[first])}".TrimStart();
        return new Difference(name, kind, kind is Unremarkable or AllDiffer or SomeDiffer ? detail : $"{detail} ({kind})");
    }

    static bool IsCount(Returned number) =>
        number.Shape is [] && number.DType == "Float64" && number.Values is [var x] && x == Math.Round(x);

    static Difference WrongShape(Returned expected, Returned got, Tolerance tolerance)
    {
        string kind = "it has the wrong shape";
        if (got.Shape!.Length == expected.Shape!.Length && got.Shape.Length == 2 && got.Shape[0] == expected.Shape[1]
            && got.Shape[1] == expected.Shape[0])
            kind = IsTranspose(expected, got, tolerance) ? "it is transposed" : "its shape is transposed, and the values differ";
        else if (got.Values.Length == expected.Values.Length && Same(expected.Values, got.Values, tolerance))
            kind = "its values are right, but not its shape";
        else if (got.Shape.Length == expected.Shape.Length + 1 && got.Shape[0] > 1 && got.Shape.AsSpan(1).SequenceEqual(expected.Shape))
            kind = "it is not summed over the batch";
        return new Difference(expected.Name, kind, $"it has shape {Shape(got)}; expected {Shape(expected)} ({kind})");
    }

    static bool IsTranspose(Returned expected, Returned got, Tolerance tolerance)
    {
        (int rows, int columns) = (expected.Shape![0], expected.Shape[1]);
        if (got.Values.Length != rows * columns) return false;
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                if (!tolerance.Accepts(got.Values[j * rows + i], expected.Values[i * columns + j])) return false;
        return true;
    }

    static bool Same(double[] expected, double[] got, Tolerance tolerance)
    {
        for (int i = 0; i < expected.Length; i++)
            if (!tolerance.Accepts(got[i], expected[i])) return false;
        return true;
    }

    /// <summary>
    /// Whether two wrong results are the same mistake's: the same shape, and the same values within the tolerance. NaN is like NaN here.
    /// </summary>
    public static bool IsSame(Returned usual, Returned got, Tolerance tolerance)
    {
        ArgumentNullException.ThrowIfNull(usual);
        ArgumentNullException.ThrowIfNull(got);
        bool sameShape = usual.Shape is null ? got.Shape is null : got.Shape is not null && usual.Shape.AsSpan().SequenceEqual(got.Shape);
        return sameShape && usual.Values.Length == got.Values.Length && usual.Values.Zip(got.Values).All(pair =>
            double.IsNaN(pair.First) && double.IsNaN(pair.Second) || tolerance.Accepts(pair.Second, pair.First));
    }

    static string Kind(Returned expected, Returned got, Tolerance tolerance, int wrong)
    {
        (double[] e, double[] g) = (expected.Values, got.Values);
        if (g.Any(double.IsNaN)) return "there is NaN in it";
        if (g.Any(double.IsInfinity) && !e.Any(double.IsInfinity)) return "there is infinity in it";
        string every = e.Length == 1 ? "it" : "every element";
        if (g.All(value => value == 0)) return $"{every} is zero";
        if (e.Length > 1 && g.All(value => value == 1)) return $"{every} is 1";
        if (Ratio(e, g, tolerance) is { } ratio)
        {
            if (ratio == -1) return $"{every} has the wrong sign";
            string sign = ratio < 0 ? ", with the wrong sign" : "";
            double size = Math.Abs(ratio);
            if (Whole(size) is { } times)
                return (times == 2 ? $"{every} is twice what it should be" : $"{every} is {times} times what it should be") + sign;
            if (Whole(1 / size) is { } part)
                return (part == 2 ? $"{every} is half of what it should be" : $"{every} is 1/{part} of what it should be") + sign;
            return e.Length == 1 ? Unremarkable : $"{every} is off by the same factor";
        }
        if (expected.Shape!.Length == 2 && expected.Shape[0] == expected.Shape[1] && IsTranspose(expected, got, tolerance))
            return "it is transposed";
        if (e.Length > 1 && Offset(e, g, tolerance)) return "every element is off by the same amount";
        if (e.Length == 1) return Unremarkable;
        return wrong == e.Length ? AllDiffer : SomeDiffer;
    }

    // got = ratio·expected, for every element; NaN-free.
    static double? Ratio(double[] expected, double[] got, Tolerance tolerance)
    {
        int largest = 0;
        for (int i = 1; i < expected.Length; i++)
            if (Math.Abs(expected[i]) > Math.Abs(expected[largest])) largest = i;
        if (expected.Length == 0 || Math.Abs(expected[largest]) < 1e-6) return null;
        double ratio = got[largest] / expected[largest];
        if (Math.Abs(ratio) < 1e-9) return null;
        for (int i = 0; i < expected.Length; i++)
            if (!tolerance.Accepts(got[i] / ratio, expected[i])) return null;
        return Math.Abs(Math.Abs(ratio) - 1) < 1e-4 ? Math.Sign(ratio) : ratio;
    }

    static int? Whole(double x) => x > 1.5 && x < 1e6 && Math.Abs(x - Math.Round(x)) < 1e-4 * x ? (int)Math.Round(x) : null;

    static bool Offset(double[] expected, double[] got, Tolerance tolerance)
    {
        double offset = got[0] - expected[0];
        for (int i = 1; i < expected.Length; i++)
            if (!tolerance.Accepts(got[i] - offset, expected[i])) return false;
        return true;
    }

    /// <summary>(2, 3)</summary>
    public static string Shape(Returned returned)
    {
        ArgumentNullException.ThrowIfNull(returned);
        return returned.Shape is null ? "null" : returned.Shape.Length == 1 ? $"({returned.Shape[0]},)"
            : $"({string.Join(", ", returned.Shape)})";
    }

    static string Index(int flat, int[] shape)
    {
        var index = new int[shape.Length];
        for (int d = shape.Length - 1; d >= 0; d--) (flat, index[d]) = Math.DivRem(flat, Math.Max(shape[d], 1));
        return $"[{string.Join(", ", index)}]";
    }

    /// <summary>Seven digits; zero has no sign.</summary>
    public static string Number(double x) => (x == 0 ? 0 : x).ToString("G7", CultureInfo.InvariantCulture);
}
