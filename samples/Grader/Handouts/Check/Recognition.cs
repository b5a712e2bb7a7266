using System.Globalization;
using System.Text;
using MyTorch.Probes;
using static MyTorch.Check.Grids;

namespace MyTorch.Check;

/// <summary>
/// What a wrong array has in common with the right one: it is the transpose, a multiple, negative, shifted, or a sum over other dimensions.
/// Each is drawn, and said in words. Nothing here says how to compute the right one.
/// </summary>
static class Recognition
{
    /// <summary>The picture and its words as HTML; empty if nothing is recognised.</summary>
    /// <param name="got">What the code returned.</param>
    /// <param name="expected">What it should be.</param>
    /// <param name="given">What the code was given.</param>
    /// <param name="tolerance">How far elements may be apart.</param>
    public static string Of(Returned got, Returned expected, IReadOnlyList<Returned> given, Tolerance tolerance)
    {
        if (got.Shape is null || expected.Shape is null) return "";
        if (IsTransposed(got, expected, tolerance))
            return Figure("Your array is the transpose of what is expected",
                $"Mirror it at its diagonal, and every number is right: rows and columns have changed places. " +
                $"Yours is {Comparison.Shape(got)}, expected is {Comparison.Shape(expected)}.", Mirror(got, expected));
        if (got.Shape.AsSpan().SequenceEqual(expected.Shape) && Factor(got.Values, expected.Values, tolerance) is { } factor && factor != 1)
            return Figure(
                factor == -1 ? "Every number has the wrong sign" : $"Every number is {Times(factor)} what it should be",
                $"The bars of yours and of what is expected have one ratio, {Comparison.Number(factor)}, all along: " +
                (factor == -1 ? "one minus is missing, or is there once too often." : "one constant factor is missing, or is there once too often."),
                Bars(got, expected));
        if (Summed(got, given, tolerance) is { } mine && Summed(expected, given, tolerance) is { } theirs && !mine.Dims.SequenceEqual(theirs.Dims))
            return Figure($"Your array is a sum over {Dimensions(mine.Dims)} of {mine.Of.Name}",
                $"{mine.Of.Name} is {Comparison.Shape(mine.Of)}. You added up along {Dimensions(mine.Dims)}, and {Comparison.Shape(got)} is left; " +
                $"the shape {Comparison.Shape(expected)} is expected. Which dimension has to go?", Arrows(mine.Of, mine.Dims));
        return "";
    }

    static string Dimensions(int[] dims) => dims.Length == 1 ? $"dimension {dims[0]}" : $"dimensions {string.Join(" and ", dims)}";

    static string Times(double factor) => Math.Abs(factor) < 1
        ? $"1/{Comparison.Number(1 / Math.Abs(factor))} of{(factor < 0 ? ", with the wrong sign," : "")}"
        : $"{Comparison.Number(Math.Abs(factor))} times{(factor < 0 ? ", with the wrong sign," : "")}";

    internal static bool IsTransposed(Returned got, Returned expected, Tolerance tolerance)
    {
        if (got.Shape is not [var columns, var rows] || expected.Shape is not [var r, var c] || (r, c) != (rows, columns)) return false;
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                if (!tolerance.Accepts(got.Values[j * rows + i], expected.Values[i * columns + j])) return false;
        return rows > 1 || columns > 1;
    }

    /// <summary>k with got = k · expected for every element; null if there is none, or too little to tell by.</summary>
    internal static double? Factor(double[] got, double[] expected, Tolerance tolerance)
    {
        if (got.Length != expected.Length || got.Length < 2) return null;
        int largest = Enumerable.Range(0, expected.Length).MaxBy(i => Math.Abs(expected[i]));
        if (Math.Abs(expected[largest]) < 1e-6 || !double.IsFinite(got[largest]) || Math.Abs(got[largest]) < 1e-9) return null;
        double factor = got[largest] / expected[largest];
        if (expected.Count(value => Math.Abs(value) > 1e-6) < 2) return null;
        return got.Zip(expected).All(pair => tolerance.Accepts(pair.First / factor, pair.Second)) ? Math.Round(factor, 6) : null;
    }

    /// <summary>The array that was given and the dimensions whose sum an array is; null if it is not such a sum.</summary>
    internal static (Returned Of, int[] Dims)? Summed(Returned array, IReadOnlyList<Returned> given, Tolerance tolerance)
    {
        foreach (Returned one in given.Where(one => one.Shape is { Length: >= 1 and <= 3 }))
            for (int set = 1; set < 1 << one.Shape!.Length; set++)
            {
                int[] dims = [.. Enumerable.Range(0, one.Shape.Length).Where(dim => (set >> dim & 1) == 1)];
                if (dims.All(dim => one.Shape[dim] == 1)) continue;
                double[] sums = SumsOf(one, dims);
                if (sums.Length == array.Values.Length && sums.Zip(array.Values).All(pair => tolerance.Accepts(pair.Second, pair.First)))
                    return (one, dims);
            }
        return null;
    }

    static double[] SumsOf(Returned one, int[] dims)
    {
        int[] shape = one.Shape!;
        var sums = new double[Enumerable.Range(0, shape.Length).Where(dim => !dims.Contains(dim)).Aggregate(1, (size, dim) => size * shape[dim])];
        for (int i = 0; i < one.Values.Length; i++)
        {
            int rest = i, target = 0, step = 1;
            for (int dim = shape.Length - 1; dim >= 0; dim--)
            {
                (rest, int index) = Math.DivRem(rest, shape[dim]);
                if (dims.Contains(dim)) continue;
                target += index * step;
                step *= shape[dim];
            }
            sums[target] += one.Values[i];
        }
        return sums;
    }

    static string Figure(string title, string words, string svg) =>
        $"<figure class=\"likeness\">{svg}<figcaption><h3>{Encode(title)}</h3><p>{Encode(words)}</p></figcaption></figure>\n";

    static StringBuilder Svg(double width, double height, string title) => new StringBuilder().Append(CultureInfo.InvariantCulture,
        $"<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{Encode(title)}\"><title>{Encode(title)}</title>");

    // Two grids of empty cells; one row of the left and the column of the right that it is are filled.
    static string Mirror(Returned got, Returned expected)
    {
        const int Cell = 22, Gap = 84;
        (int rows, int columns) = (Math.Min(got.Shape![0], 8), Math.Min(got.Shape[1], 8));
        int height = Cell * Math.Max(rows, columns) + 26;
        StringBuilder text = Svg(Cell * (rows + columns) + Gap + 4, height, "Yours mirrored at the diagonal is what is expected");
        Cells(2, rows, columns, (i, _) => i == 0);
        Cells(Cell * columns + Gap, columns, rows, (_, j) => j == 0);
        double middle = Cell * columns + Gap / 2.0;
        text.Append(CultureInfo.InvariantCulture, $"<path class=\"arrow\" d=\"M{middle - 26} 30 h44 m-8 -6 l8 6 l-8 6\"/>");
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{middle - 4}\" y=\"22\" text-anchor=\"middle\">mirror</text>");
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"2\" y=\"{Cell * rows + 20}\">yours</text>");
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{Cell * columns + Gap}\" y=\"{Cell * columns + 20}\">expected</text>");
        return text.Append("</svg>").ToString();

        void Cells(double x, int height, int width, Func<int, int, bool> filled)
        {
            for (int i = 0; i < height; i++)
                for (int j = 0; j < width; j++)
                    text.Append(CultureInfo.InvariantCulture,
                        $"<rect class=\"{(filled(i, j) ? "filled" : "cell")}\" x=\"{x + j * Cell}\" y=\"{2 + i * Cell}\" width=\"{Cell - 2}\" height=\"{Cell - 2}\"/>");
        }
    }

    // A pair of bars for each of the first elements.
    static string Bars(Returned got, Returned expected)
    {
        const int Row = 30, Half = 150, Left = 46;
        int count = Math.Min(got.Values.Length, 6);
        double largest = SizeOf([got, expected]);
        StringBuilder text = Svg(Left + 2 * Half + 10, Row * count + 8, "Bars of yours and of what is expected, element by element");
        text.Append(CultureInfo.InvariantCulture, $"<path class=\"axis\" d=\"M{Left + Half} 0 v{Row * count}\"/>");
        for (int i = 0; i < count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{Row * i + 18}\">[{i}]</text>");
            Bar("mine", got.Values[i], Row * i + 3);
            Bar("theirs", expected.Values[i], Row * i + 14);
        }
        return text.Append("</svg><p class=\"key\"><span class=\"mine\">▬ yours</span> <span class=\"theirs\">▭ expected</span></p>").ToString();

        void Bar(string kind, double value, double y)
        {
            double width = double.IsFinite(value) ? Half * Math.Abs(value) / largest : 0;
            text.Append(CultureInfo.InvariantCulture,
                $"<rect class=\"{kind}\" x=\"{Left + Half - (value < 0 ? width : 0):0.#}\" y=\"{y}\" width=\"{Math.Max(width, 1):0.#}\" height=\"9\"/>");
        }
    }

    // The given array's cells, with arrows along what was added up.
    static string Arrows(Returned one, int[] dims)
    {
        const int Cell = 26;
        int[] shape = [.. Enumerable.Repeat(1, Math.Max(0, 2 - one.Shape!.Length)), .. one.Shape];
        int offset = shape.Length - one.Shape.Length;
        (int rows, int columns) = (Math.Min(shape[^2], 8), Math.Min(shape[^1], 10));
        bool down = dims.Contains(shape.Length - 2 - offset), across = dims.Contains(shape.Length - 1 - offset);
        StringBuilder text = Svg(Cell * columns + 30, Cell * rows + 30, $"Arrows along {Dimensions(dims)} of {one.Name}");
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                text.Append(CultureInfo.InvariantCulture, $"<rect class=\"cell\" x=\"{2 + j * Cell}\" y=\"{2 + i * Cell}\" width=\"{Cell - 2}\" height=\"{Cell - 2}\"/>");
        for (int i = 0; across && i < rows; i++)
            text.Append(CultureInfo.InvariantCulture, $"<path class=\"arrow\" d=\"M8 {Cell * i + 14} H{Cell * columns + 16} m-7 -5 l7 5 l-7 5\"/>");
        for (int j = 0; down && j < columns; j++)
            text.Append(CultureInfo.InvariantCulture, $"<path class=\"arrow\" d=\"M{Cell * j + 14} 8 V{Cell * rows + 16} m-5 -7 l5 7 l5 -7\"/>");
        return text.Append("</svg>").ToString();
    }
}
