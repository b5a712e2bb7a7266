using System.Globalization;
using System.Text;
using static MyTorch.Grader.Reports.Html;
using static MyTorch.Grader.Reports.ReportText;

namespace MyTorch.Grader.Reports;

/// <summary>What people say about lines of the code, each below the line that it is about.</summary>
static class CommentedLines
{
    public static void Append(StringBuilder main, IReadOnlyList<LineComment> comments)
    {
        if (comments.Count == 0) return;
        main.Append("<h2>Comments on your code</h2>\n");
        foreach (LineComment comment in comments)
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"{comment.File}, line {comment.Line}");
            string points = comment.Points is { } given ? $" ({(given > 0 ? "+" : "")}{PointsWord(given)})" : "";
            int digits = comment.Code.Max(line => line.Number).ToString(CultureInfo.InvariantCulture).Length;
            string code = string.Join('\n', comment.Code.Select(line => (line.Number == comment.Line ? "> " : "  ")
                + line.Number.ToString(CultureInfo.InvariantCulture).PadLeft(digits) + "  " + line.Text));
            main.Append(CultureInfo.InvariantCulture,
                $"<h3>{Encode(place)}</h3>\n{Block(code, $"The code at {place}")}\n<p>{Encode(Line(comment.Text))}{points}</p>\n");
        }
    }
}
