using System.Globalization;
using System.Text;

namespace MyTorch.Reports;

enum PlotKind
{
    Line,
    Scatter,
    Bars,
}

/// <summary>
/// A plot and the table behind it. The table holds the numbers, and the script of the page draws the plot from the table, so the two cannot
/// differ.
/// </summary>
sealed record Plot
{
    /// <summary>A longer table is thinned out, and says so.</summary>
    internal const int MostRows = 400;

    internal required PlotKind Kind { get; init; }

    internal required string Title { get; init; }

    /// <summary>What it shows and how to read it, in a sentence or two.</summary>
    internal required string Description { get; init; }

    internal required string XLabel { get; init; }

    internal required string YLabel { get; init; }

    internal required IReadOnlyList<double> X { get; init; }

    internal required IReadOnlyList<(string Name, IReadOnlyList<double> Values)> Series { get; init; }

    /// <summary>Columns of the table that are not drawn, by the rows of <see cref="X"/>.</summary>
    internal IReadOnlyList<(string Name, IReadOnlyList<string> Texts)> Notes { get; init; } = [];

    /// <summary>The name of the series that is a line to compare with, such as the diagonal.</summary>
    internal string? Guide { get; init; }

    /// <summary>Whether the y axis is logarithmic, if all values are positive.</summary>
    internal bool Log { get; init; }

    /// <summary>Whether the y axis begins at 0.</summary>
    internal bool FromZero { get; init; }

    /// <summary>Whether both axes run from 0 to 1.</summary>
    internal bool Unit { get; init; }

    internal string ToHtml()
    {
        string title = Html.Text(Title, 120);
        var html = new StringBuilder();
        html.Append("<figure data-plot=\"").Append(Kind switch { PlotKind.Line => "line", PlotKind.Scatter => "scatter", _ => "bars" })
            .Append(CultureInfo.InvariantCulture, $"\" data-x=\"{Html.Text(XLabel)}\" data-y=\"{Html.Text(YLabel)}\"");
        if (Notes.Count > 0) html.Append(CultureInfo.InvariantCulture, $" data-drawn=\"{Series.Count + 1}\"");
        if (Guide is not null) html.Append(CultureInfo.InvariantCulture, $" data-guide=\"{Html.Text(Guide)}\"");
        if (Log) html.Append(" data-log=\"true\"");
        if (FromZero) html.Append(" data-zero=\"true\"");
        if (Unit) html.Append(" data-unit=\"true\"");
        html.Append(CultureInfo.InvariantCulture,
            $">\n<figcaption><h3>{title}</h3><p>{Html.Escape(Description)}{Thinned()}</p></figcaption>\n")
            .Append(CultureInfo.InvariantCulture,
                $"<div class=\"canvas\" role=\"img\" aria-label=\"{title}. The numbers are in the table below.\"></div>\n")
            .Append("<details><summary>The numbers</summary>\n")
            .Append(Html.Table(Title, [XLabel, .. Series.Select(one => one.Name), .. Notes.Select(note => note.Name)], Rows(),
                [.. Enumerable.Range(0, Series.Count + Notes.Count + 1)], tall: true))
            .Append("</details>\n</figure>\n");
        return html.ToString();
    }

    string Thinned() => X.Count <= MostRows ? "" : $" {Html.Count(MostRows)} of {Html.Counted(X.Count, "point")} are drawn.";

    IEnumerable<IReadOnlyList<string>> Rows()
    {
        foreach (int i in Thinned(X.Count))
            yield return [Html.Number(X[i], 6),
                .. Series.Select(one => i < one.Values.Count && !double.IsNaN(one.Values[i]) ? Html.Number(one.Values[i], 6) : ""),
                .. Notes.Select(note => Html.Text(note.Texts[i]))];
    }

    /// <summary>Evenly spaced indices, with the first and the last.</summary>
    internal static IEnumerable<int> Thinned(int count)
    {
        if (count <= MostRows) return Enumerable.Range(0, count);
        return Enumerable.Range(0, MostRows).Select(i => (int)((long)i * (count - 1) / (MostRows - 1)));
    }

    /// <summary>The counts of values in bins of equal width from the least to the greatest, as bars.</summary>
    internal static Plot Histogram(string title, string description, string x, IReadOnlyList<double> values, int bins = 30)
    {
        var (centres, counts) = Reports.Histogram.Of(values, bins);
        return new Plot
        {
            Kind = PlotKind.Bars,
            Title = title,
            Description = description,
            XLabel = x,
            YLabel = "count",
            X = centres,
            Series = [("count", [.. counts.Select(count => (double)count)])],
            FromZero = true,
        };
    }
}
