using System.Globalization;
using System.Runtime.CompilerServices;

/// <summary>What the lessons write on: text in ASCII, code with its value, tables and a plot. Nothing about neural networks is in here.</summary>
static partial class Blackboard
{
    static readonly (string Sign, string Ascii)[] Signs =
        [("·", "*"), ("∂", "d"), ("Σ", "sum"), ("ᵀ", "^T"), ("²", "^2"), ("√(", "sqrt("), ("√", "sqrt "), ("∞", "inf"), ("−", "-"), ("…", "...")];

    /// <summary>A line, its mathematical signs spelled so that every terminal shows them.</summary>
    public static void Say(object? text = null) => Console.WriteLine(Spelled(text?.ToString() ?? ""));

    static string Spelled(string line) => Signs.Aggregate(line, (text, sign) => text.Replace(sign.Sign, sign.Ascii));

    /// <summary>A section's heading.</summary>
    public static void Heading(string text)
    {
        Say();
        Say(text);
        Say(new string('-', Spelled(text).Length));
    }

    /// <summary>An expression as it stands in the program, and its value.</summary>
    public static void Show(object? value, [CallerArgumentExpression(nameof(value))] string code = "")
    {
        string text = Cell(value);
        string margin = $"  {code}  ->  ";
        Say(margin + text.Replace("\n", "\n" + new string(' ', margin.Length)));
    }

    /// <summary>A mistake as it stands in the program, and what the library says to it.</summary>
    public static void Fails(Action mistake, [CallerArgumentExpression(nameof(mistake))] string code = "")
    {
        try { mistake(); }
        catch (Exception error) { Say($"  {code[(code.IndexOf("=>") + 3)..].Replace("_ = ", "")}  ->  error: {error.Message}"); }
    }

    /// <summary>A table with aligned columns: text to the left, numbers to the right.</summary>
    public static void Table(string[] headings, IEnumerable<object?[]> rows)
    {
        List<object?[]> all = [.. rows];
        // Spelled before it is measured: a sign may take several letters.
        string[][] cells = [headings, .. all.Select(row => row.Select(cell => Spelled(Cell(cell))).ToArray())];
        int[] widths = [.. headings.Select((_, c) => cells.Max(row => row[c].Length))];
        bool[] right = [.. headings.Select((_, c) => all.All(row => row[c] is not string text || text == "?" || double.TryParse(text, CultureInfo.InvariantCulture, out double _)))];
        for (int r = 0; r < cells.Length; r++)
        {
            Say("  " + string.Join("  ", cells[r].Select((cell, c) => right[c] ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]))).TrimEnd());
            if (r == 0) Say("  " + string.Join("  ", widths.Select(width => new string('-', width))));
        }
    }

    /// <summary>Points (x, y) in a frame of text; each series has its own letter, and where two meet stands <c>#</c>.</summary>
    public static void Plot(int width, int height, params (char Letter, (double X, double Y)[] Points)[] series)
    {
        Frame(width, height, series, (r, low, high) => Cell(r == 0 ? high : r == height - 1 ? low : ""));
    }

    /// <summary>
    /// The same with a logarithmic axis for y: a power of ten takes the same height everywhere, and what falls by the same factor in each step is a
    /// straight line. Every y must be above 0.
    /// </summary>
    public static void PlotLogarithmic(int width, int height, params (char Letter, (double X, double Y)[] Points)[] series)
    {
        Frame(width, height, [.. series.Select(one => (one.Letter, one.Points.Select(point => (point.X, Math.Log10(point.Y))).ToArray()))], Power);

        // A line is labelled with the power of ten that falls into it.
        string Power(int r, double low, double high)
        {
            double half = (high - low) / (height - 1) / 2, middle = high - 2 * half * r, power = Math.Round(middle);
            return Math.Abs(power - middle) <= half ? $"1e{power:+00;-00}" : "";
        }
    }

    static void Frame(int width, int height, (char Letter, (double X, double Y)[] Points)[] series, Func<int, double, double, string> label)
    {
        (double X, double Y)[] every = [.. series.SelectMany(one => one.Points)];
        double left = every.Min(p => p.X), right = every.Max(p => p.X), low = every.Min(p => p.Y), high = every.Max(p => p.Y);
        char[][] lines = [.. Enumerable.Range(0, height).Select(_ => new string(' ', width).ToCharArray())];
        foreach ((char letter, (double X, double Y)[] points) in series)
            foreach ((double x, double y) in points)
            {
                int column = (int)Math.Round((x - left) / (right - left) * (width - 1));
                ref char cell = ref lines[(int)Math.Round((high - y) / (high - low) * (height - 1))][column];
                cell = cell == ' ' || cell == letter ? letter : '#';
            }
        for (int r = 0; r < height; r++)
            Say($"{label(r, low, high),8} |{new string(lines[r]).TrimEnd()}");
        Say($"{"",8} +{new string('-', width)}");
        Say($"{"",9} {Cell(left)}{Cell(right).PadLeft(width - Cell(left).Length)}");
    }

    /// <summary>A number with four digits; anything else as it prints itself.</summary>
    public static string Cell(object? value) => value switch
    {
        null => "none",
        MyTorch.Tensor { Rank: 0 } scalar when scalar.DType == MyTorch.DType.Float64 => Cell(scalar.Item()),
        double number when number == 0 => "0",
        double number when Math.Abs(number) is < 1e-3 or >= 1e7 => number.ToString("0.0e+00", CultureInfo.InvariantCulture),
        double number when Math.Abs(number) < 100 => Math.Round(number, 3 - (int)Math.Floor(Math.Log10(Math.Abs(number)))).ToString(CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable<double> numbers => string.Join(", ", numbers.Select(number => Cell(number))),
        _ => value.ToString() ?? "",
    };
}
