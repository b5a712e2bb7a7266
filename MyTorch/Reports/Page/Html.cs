using System.Globalization;
using System.Text;
using MyTorch.Data;

namespace MyTorch.Reports;

/// <summary>The parts that a report's page is made of. Texts of a file, a model or a caller pass through <see cref="Text"/>.</summary>
static class Html
{
    /// <summary>
    /// Text inside an element or a quoted attribute: control characters shown, cut, and without a character that HTML acts on.
    /// </summary>
    internal static string Text(string text, int longest = 80) => Escape(Cited.Text(text, longest));

    /// <summary>Text of this library, or text that has lines: escaped, and not cut.</summary>
    internal static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(
            ">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&quot;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal);

    /// <summary>Five significant digits: <c>12.346</c>, <c>1234567</c>, <c>1.2e-7</c>. A program can read it.</summary>
    internal static string Number(double value, int digits = 5)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "∞" : "-∞";
        double size = Math.Abs(value);
        if (size == 0) return "0";
        if (size < 1e-4 || size >= 1e9) return value.ToString("0." + new string('#', digits - 1) + "e0", CultureInfo.InvariantCulture);
        int decimals = Math.Clamp(digits - 1 - (int)Math.Floor(Math.Log10(size)), 0, 12);
        string text = value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        text = text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;
        return text is "-0" ? "0" : text;
    }

    /// <summary>The same for readers: <c>1,234,567</c>. Numbers below 10,000, such as years, have no commas.</summary>
    internal static string Grouped(double value, int digits = 5) =>
        Math.Abs(value) is >= 10_000 and < 1e9 ? value.ToString("#,0", CultureInfo.InvariantCulture) : Number(value, digits);

    /// <summary>Three decimals: <c>0.523</c>.</summary>
    internal static string Fixed(double value) => Math.Round(value, 3) == 0 ? "0.000" : value.ToString("F3", CultureInfo.InvariantCulture);

    /// <summary><c>96.7 %</c>, which no line divides. What is not all does not show as 100.0 %.</summary>
    internal static string Percent(double share) => double.IsNaN(share) ? "NaN"
        : share is > 0.9995 and < 1 ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(100_000 * share) / 1000:F3}\u00A0%")
        : string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1}\u00A0%").Replace("-0.0", "0.0", StringComparison.Ordinal);

    /// <summary><c>1,234</c></summary>
    internal static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary><c>1,234 rows</c></summary>
    internal static string Counted(long count, string one, string? many = null) =>
        $"{Count(count)} {(count == 1 ? one : many ?? one + "s")}";

    /// <summary>
    /// A table that scrolls inside a narrow window, and that the keyboard can scroll. The first cell of a row is its heading.
    /// </summary>
    /// <param name="caption">What it shows, as text.</param>
    /// <param name="headings">The headings of the columns, as text.</param>
    /// <param name="rows">Cells as HTML.</param>
    /// <param name="numbers">The columns of numbers.</param>
    /// <param name="tall">Whether it scrolls instead of growing.</param>
    internal static string Table(string caption, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows,
        IReadOnlyList<int> numbers, bool tall = false)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture,
            $"<div class=\"wide{(tall ? " tall" : "")}\" tabindex=\"0\" role=\"region\" " +
            $"aria-label=\"{Text(caption, 200)}\"><table>\n<caption>{Text(caption, 200)}</caption>\n<thead><tr>");
        for (int i = 0; i < headings.Count; i++)
            html.Append(CultureInfo.InvariantCulture,
                $"<th scope=\"col\"{(numbers.Contains(i) ? " class=\"number\"" : "")}>{Text(headings[i])}</th>");
        html.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in rows)
        {
            html.Append("<tr>");
            for (int i = 0; i < row.Count; i++)
            {
                string kind = numbers.Contains(i) ? " class=\"number\"" : "";
                html.Append(i == 0 ? $"<th scope=\"row\"{kind}>{row[i]}</th>" : $"<td{kind}>{row[i]}</td>");
            }
            html.Append("</tr>\n");
        }
        return html.Append("</tbody>\n</table></div>\n").ToString();
    }

    /// <summary>
    /// A bar for a share of 0 to 1, with a line over its 95 % interval if there is one. The number stands beside it, so it is hidden from
    /// screen readers.
    /// </summary>
    internal static string Bar(double share, ScoreInterval? interval = null, bool other = false)
    {
        double width = Math.Clamp(double.IsFinite(share) ? share : 0, 0, 1) * 100;
        string line = interval is { } i
            ? $"<line x1=\"{Number(100 * Math.Clamp(i.Low, 0, 1))}\" x2=\"{Number(100 * Math.Clamp(i.High, 0, 1))}\" y1=\"5\" y2=\"5\"/>"
                : "";
        return $"<span class=\"bar\" aria-hidden=\"true\"><svg viewBox=\"0 0 100 10\" " +
            $"preserveAspectRatio=\"none\"><rect{(other ? " class=\"other\"" : "")} x=\"0\" y=\"1\" width=\"{Number(width)}\" " +
            $"height=\"8\"/>{line}</svg></span>";
    }

    /// <summary>A small histogram inside a line of a table.</summary>
    internal static string Spark(IReadOnlyList<int> counts, string says)
    {
        double most = Math.Max(1, counts.DefaultIfEmpty(0).Max());
        var svg = new StringBuilder(
            $"<svg class=\"spark\" role=\"img\" viewBox=\"0 0 {Number(10 * counts.Count)} 100\" " +
            $"preserveAspectRatio=\"none\"><title>{Text(says, 300)}</title>");
        for (int i = 0; i < counts.Count; i++)
            if (counts[i] > 0)
            {
                double height = Math.Max(2, 100 * counts[i] / most);
                svg.Append(CultureInfo.InvariantCulture,
                    $"<rect x=\"{Number(10 * i + 0.5)}\" y=\"{Number(100 - height)}\" width=\"9\" height=\"{Number(height)}\"/>");
            }
        return svg.Append("</svg>").ToString();
    }

    /// <summary>
    /// A histogram from <paramref name="low"/> to <paramref name="high"/> on an axis that is longer, so that several can be compared. The
    /// highest bar has the full height.
    /// </summary>
    internal static string Density(IReadOnlyList<int> counts, double low, double high, double axisLow, double axisHigh, string says)
    {
        const double width = 400;
        double span = axisHigh > axisLow ? axisHigh - axisLow : 1, most = Math.Max(1, counts.DefaultIfEmpty(0).Max());
        double left = width * (low - axisLow) / span, bin = width * (high - low) / span / Math.Max(1, counts.Count);
        var svg = new StringBuilder($"<svg class=\"density\" role=\"img\" viewBox=\"0 0 {Number(width)} 100\" ")
            .Append(CultureInfo.InvariantCulture, $"preserveAspectRatio=\"none\"><title>{Text(says, 400)}</title>");
        for (int i = 0; i < counts.Count; i++)
            if (counts[i] > 0)
            {
                double height = Math.Max(2, 100 * counts[i] / most);
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Number(left + i * bin)}\" y=\"{Number(100 - height)}\" " +
                    $"width=\"{Number(Math.Max(bin, 2))}\" height=\"{Number(height)}\"/>");
            }
        return svg.Append("</svg>").ToString();
    }
}
