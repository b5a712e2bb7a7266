using System.Globalization;
using System.Net;
using System.Text;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Reports;

/// <summary>The frame of every page: readable at any size and in the dark, without a script, and nothing loaded from elsewhere.</summary>
static class Html
{
    /// <summary>A whole page.</summary>
    /// <param name="title">Its title, as text.</param>
    /// <param name="main">Its content, as HTML.</param>
    /// <param name="language">Its language.</param>
    public static string Page(string title, string main, string language = "en") => Template.Fill(
        "Reports/page.html",
        ("language", Encode(language)), ("title", Encode(title)), ("style", EmbeddedFiles.Read("Reports/style.css").TrimEnd()),
        ("main", main));

    public static string Encode(string text) => WebUtility.HtmlEncode(ReportText.Clean(text, 20_000));

    /// <summary>A block of code or output, which the keyboard can scroll.</summary>
    public static string Block(string text, string label) =>
        $"<pre tabindex=\"0\" role=\"region\" aria-label=\"{Encode(label)}\">{Encode(text)}</pre>";

    /// <summary>A table with a caption, headings of columns, and the first cell of each row as its heading.</summary>
    /// <param name="caption">What it shows.</param>
    /// <param name="columns">The headings.</param>
    /// <param name="rows">Cells as HTML.</param>
    /// <param name="numbers">Which columns hold numbers.</param>
    public static string Table(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, params int[] numbers)
    {
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture,
                $"<div class=\"wide\" tabindex=\"0\" role=\"region\" " +
                $"aria-label=\"{Encode(caption)}\"><table>\n<caption>{Encode(caption)}</caption>\n<thead><tr>");
        foreach (string column in columns) text.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{Encode(column)}</th>");
        text.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{row[0]}</th>");
            for (int i = 1; i < row.Count; i++)
                text.Append(numbers.Contains(i) ? $"<td class=\"number\">{row[i]}</td>" : $"<td>{row[i]}</td>");
            text.Append("</tr>\n");
        }
        return text.Append("</tbody>\n</table></div>").ToString();
    }
}
