using System.Globalization;
using System.Net;
using System.Text;
using MyTorch.Probes;

namespace MyTorch.Check;

/// <summary>Arrays as coloured grids: blue below zero, orange above, the deeper the larger. Each number stands in its cell.</summary>
static class Grids
{
    const int Largest = 400;

    /// <summary>An array.</summary>
    /// <param name="title">What it is.</param>
    /// <param name="where">Of which question, so that no two grids of a page have one name.</param>
    /// <param name="value">The array.</param>
    /// <param name="size">The size of a number that has the full colour.</param>
    /// <param name="expected">What it should be; null for what needs no comparison.</param>
    /// <param name="tolerance">How far elements may be apart.</param>
    public static string Of(string title, string where, Returned value, double size, Returned? expected = null, Tolerance tolerance = default)
    {
        string name = value.Shape is null or [] ? title : $"{title} {Comparison.Shape(value)}";
        var text = new StringBuilder($"<figure class=\"grid\"><figcaption>{Encode(name)}</figcaption>");
        bool compared = expected?.Shape is { } shape && value.Shape is not null && shape.AsSpan().SequenceEqual(value.Shape);
        bool[] differs = [.. value.Values.Select((one, i) => compared && !tolerance.Accepts(one, expected!.Values[i]))];
        if (value.Shape is null) text.Append("<p>null</p>");
        else if (value.Values.Length > Largest) text.Append(CultureInfo.InvariantCulture, $"<p>{value.Values.Length} elements: too many to draw</p>");
        else if (value.Values.Length == 0) text.Append("<p>no elements</p>");
        else Table(text, $"{name}, question {where}", value, size, differs);
        return text.Append("</figure>\n").ToString();
    }

    static void Table(StringBuilder text, string name, Returned value, double size, bool[] differs)
    {
        int[] shape = value.Shape!;
        int columns = shape is [] ? 1 : shape[^1], rows = shape.Length < 2 ? 1 : shape[^2], first = Array.IndexOf(differs, true);
        text.Append(CultureInfo.InvariantCulture, $"<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{Encode(name)}\"><table>");
        if (shape.Length > 0)
        {
            text.Append(shape.Length > 1 ? "<thead><tr><td></td>" : "<thead><tr>");
            for (int column = 0; column < columns; column++) text.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{column}</th>");
            text.Append("</tr></thead>");
        }
        text.Append("<tbody>");
        for (int row = 0; row * columns < value.Values.Length; row++)
        {
            // A matrix of a stack is parted from the next.
            if (row > 0 && row % rows == 0) text.Append("</tbody>\n<tbody>");
            text.Append("<tr>");
            if (shape.Length > 1) text.Append(CultureInfo.InvariantCulture, $"<th scope=\"row\">{RowName(row, shape)}</th>");
            for (int i = row * columns; i < (row + 1) * columns; i++) Cell(text, value.Values[i], size, differs[i], i == first);
            text.Append("</tr>");
        }
        text.Append("</tbody></table></div>");
    }

    // "1" in a matrix, "0, 1" in a stack of them.
    static string RowName(int row, int[] shape)
    {
        var index = new int[shape.Length - 1];
        for (int dim = index.Length - 1; dim >= 0; dim--) (row, index[dim]) = Math.DivRem(row, shape[dim]);
        return string.Join(", ", index);
    }

    static void Cell(StringBuilder text, double value, double size, bool differs, bool first)
    {
        double share = double.IsFinite(value) && size > 0 ? Math.Round(100 * Math.Min(1, Math.Abs(value) / size)) : 0;
        string mark = first ? "<b>first ≠ </b>" : differs ? "<b>≠ </b>" : "", kind = first ? " first" : differs ? " differs" : "";
        text.Append(CultureInfo.InvariantCulture,
            $"<td class=\"{(value < 0 ? "under" : "over")}{kind}\" style=\"--share: {share}%\">{mark}{Comparison.Number(value)}</td>");
    }

    /// <summary>The size of the largest finite number, which has the full colour.</summary>
    public static double SizeOf(IEnumerable<Returned> arrays) =>
        arrays.SelectMany(one => one.Values).Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(1).Max();

    /// <summary>Adds HTML.</summary>
    public static StringBuilder Html(this StringBuilder text, string html) => text.Append(html);

    /// <summary>Text for a page.</summary>
    public static string Encode(string text) => WebUtility.HtmlEncode(text);
}
