using System.Globalization;
using System.Text;

// Pictures for a browser, where a plot in letters is too coarse. Each is one SVG file in the folder from which the lesson runs.
static partial class Blackboard
{
    const double Left = 70, Top = 50, Wide = 560, High = 340, PictureWidth = 660, PictureHeight = 480;

    const string Style = """
        text{font:13px system-ui,sans-serif;fill:#1c1c1c}.title{font-size:17px;font-weight:600}.frame{fill:none;stroke:#767676}
        .grid{stroke:#d9d9d9}.ground{fill:#fff}.s0{stroke:#0b5cad}.s1{stroke:#b3450b}.s2{stroke:#2f7d32}.f0{fill:#0b5cad}.f1{fill:#b3450b}.f2{fill:#2f7d32}
        .r0{fill:#e8f0f9}.r1{fill:#f3c9ac}.r2{fill:#a9d4ab}.line{fill:none;stroke-width:2}.mark{stroke:#fff;stroke-width:.7}
        @media (prefers-color-scheme:dark){text{fill:#eee}.ground{fill:#16181c}.grid{stroke:#3a3d43}.frame{stroke:#9a9a9a}.s0{stroke:#7db7ee}.s1{stroke:#f0975a}
        .s2{stroke:#84cf87}.f0{fill:#7db7ee}.f1{fill:#f0975a}.f2{fill:#84cf87}.r0{fill:#1c3048}.r1{fill:#6b3512}.r2{fill:#1f4d22}.mark{stroke:#16181c}}
        """;

    /// <summary>Series of points as lines over common axes, each with its own mark.</summary>
    public static void Picture(string file, string title, string x, string y, params (string Name, (double X, double Y)[] Points)[] series)
    {
        (double X, double Y)[] every = [.. series.SelectMany(one => one.Points)];
        var svg = new StringBuilder();
        Axes axes = Frame(svg, every.Min(p => p.X), every.Max(p => p.X), every.Min(p => p.Y), every.Max(p => p.Y), x, y, grid: true);
        for (int s = 0; s < series.Length; s++)
        {
            svg.Append($"<path class=\"line s{s % 3}\" d=\"M{string.Join("L", series[s].Points.Select(p => $"{N(axes.X(p.X))} {N(axes.Y(p.Y))}"))}\"/>\n");
            if (series[s].Points.Length <= 60)
                foreach ((double px, double py) in series[s].Points) svg.Append(Mark(s, axes.X(px), axes.Y(py)));
        }
        Write(file, title, $"{title}: {y} against {x} for {string.Join(" and ", series.Select(one => one.Name))}.", svg, [.. series.Select(one => one.Name)], lines: true);
    }

    /// <summary>Which class a model names at each point of a grid (rows from the top, columns from the left), under points of known class.</summary>
    public static void Map(string file, string title, double right, double top, int[,] sides, (double X, double Y, int Class)[] points, IReadOnlyList<string> names)
    {
        var svg = new StringBuilder();
        int rows = sides.GetLength(0), columns = sides.GetLength(1);
        for (int r = 0; r < rows; r++)
            for (int from = 0, to; from < columns; from = to)
            {
                for (to = from; to < columns && sides[r, to] == sides[r, from]; to++) { }
                svg.Append($"<rect class=\"r{sides[r, from] % 3}\" x=\"{N(Left + Wide * from / columns)}\" y=\"{N(Top + High * r / rows)}\" width=\"{N(Wide * (to - from) / columns)}\" height=\"{N(High / rows + 0.3)}\"/>\n");
            }
        Axes axes = Frame(svg, -right, right, -top, top, "x1", "x2", grid: false);
        foreach ((double x, double y, int c) in points) svg.Append(Mark(c, axes.X(x), axes.Y(y)));
        Write(file, title, $"{title}. The areas show which class is chosen, the marks the points of {string.Join(" and ", names)}.", svg, names, lines: false);
    }

    sealed record Axes(Func<double, double> X, Func<double, double> Y);

    static Axes Frame(StringBuilder svg, double left, double right, double low, double high, string x, string y, bool grid)
    {
        var axes = new Axes(v => Left + (v - left) / (right - left) * Wide, v => Top + (high - v) / (high - low) * High);
        foreach (double tick in Ticks(left, right))
        {
            if (grid) svg.Append($"<path class=\"grid\" d=\"M{N(axes.X(tick))} {N(Top)}v{N(High)}\"/>\n");
            svg.Append($"<text x=\"{N(axes.X(tick))}\" y=\"{N(Top + High + 18)}\" text-anchor=\"middle\">{N(tick)}</text>\n");
        }
        foreach (double tick in Ticks(low, high))
        {
            if (grid) svg.Append($"<path class=\"grid\" d=\"M{N(Left)} {N(axes.Y(tick))}h{N(Wide)}\"/>\n");
            svg.Append($"<text x=\"{N(Left - 8)}\" y=\"{N(axes.Y(tick) + 4)}\" text-anchor=\"end\">{N(tick)}</text>\n");
        }
        svg.Append($"<rect class=\"frame\" x=\"{N(Left)}\" y=\"{N(Top)}\" width=\"{N(Wide)}\" height=\"{N(High)}\"/>\n");
        svg.Append($"<text x=\"{N(Left + Wide / 2)}\" y=\"{N(Top + High + 40)}\" text-anchor=\"middle\">{x}</text>\n");
        svg.Append($"<text transform=\"translate(22 {N(Top + High / 2)}) rotate(-90)\" text-anchor=\"middle\">{y}</text>\n");
        return axes;
    }

    // About six numbers, 1, 2 or 5 times a power of ten apart.
    static IEnumerable<double> Ticks(double from, double to)
    {
        double rough = (to - from) / 6, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * (rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 };
        for (double tick = Math.Ceiling(from / step); tick * step <= to; tick++) yield return tick * step;
    }

    static string Mark(int series, double x, double y) => (series % 3) switch
    {
        0 => $"<circle class=\"mark f0\" cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"4\"/>\n",
        1 => $"<rect class=\"mark f1\" x=\"{N(x - 3.6)}\" y=\"{N(y - 3.6)}\" width=\"7.2\" height=\"7.2\"/>\n",
        _ => $"<path class=\"mark f2\" d=\"M{N(x)} {N(y - 5)}l4.6 8.2h-9.2z\"/>\n",
    };

    static void Write(string file, string title, string description, StringBuilder body, IReadOnlyList<string> names, bool lines)
    {
        var svg = new StringBuilder($"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title text\" viewBox=\"0 0 {N(PictureWidth)} {N(PictureHeight)}\" width=\"{N(PictureWidth)}\" height=\"{N(PictureHeight)}\">\n");
        svg.Append($"<title id=\"title\">{title}</title>\n<desc id=\"text\">{description}</desc>\n<style>{Style}</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n");
        svg.Append($"<text class=\"title\" x=\"{N(Left)}\" y=\"30\">{title}</text>\n").Append(body);
        double x = Left;
        for (int s = 0; s < names.Count && names.Count > 1; s++)
        {
            if (lines) svg.Append($"<path class=\"line s{s % 3}\" d=\"M{N(x - 8)} {N(PictureHeight - 18)}h28\"/>\n");
            svg.Append(Mark(s, x + 6, PictureHeight - 18)).Append($"<text x=\"{N(x + 28)}\" y=\"{N(PictureHeight - 14)}\">{names[s]}</text>\n");
            x += 60 + 8 * names[s].Length;
        }
        Keep(file, svg.Append("</svg>\n").ToString());
    }

    /// <summary>Writes an SVG picture into the folder from which the lesson runs, and says where it is.</summary>
    public static void Keep(string file, string svg)
    {
        try
        {
            File.WriteAllText(file, svg);
            Say($"  The same as a picture for a browser: {file}, in the folder you run from.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException) { Say($"  No picture was written: {error.Message}"); }
    }

    static string N(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);
}
