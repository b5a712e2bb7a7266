using System.Globalization;
using System.Text;
using static MyTorch.Grader.Reports.Html;
using static MyTorch.Grader.Reports.ReportText;

namespace MyTorch.Grader.Reports;

/// <summary>A report as a page: for the student, or with code and what staff sees for those who teach.</summary>
static class HtmlReport
{
    public static string Write(GradeReport report) => Write(report, "", null);

    /// <param name="report">The report.</param>
    /// <param name="student">Whose it is; empty on the student's own page.</param>
    /// <param name="code">
    /// By the question's id what was handed in for it; null leaves out code, hidden numbers and everything that only staff may see.
    /// </param>
    public static string Write(GradeReport report, string student, IReadOnlyDictionary<string, string>? code)
    {
        bool staff = code is not null;
        string title = student.Length > 0 ? $"{student}: {report.Title}" : report.Title;
        var main = new StringBuilder().Append(CultureInfo.InvariantCulture, $"<h1>{Encode(title)}</h1>\n");
        if (staff) main.Append("<p><a href=\"../index.html\">The class</a></p>\n");
        double manual = report.Manual.Sum(one => one.Score ?? 0), most = report.MaxScore + report.Manual.Sum(one => one.MaxScore);
        main.Append(CultureInfo.InvariantCulture, $"<p>{Encode(report.Assignment)}, version {Encode(report.Version)}.");
        if (report.SubmittedAt is { } at)
            main.Append(CultureInfo.InvariantCulture, $" Handed in {Encode(at.ToString("yyyy-MM-dd HH:mm:ss zzz", null))}.");
        main.Append(report.Status == GradeStatus.GraderError
            ? " <strong>No points were recorded.</strong>" : $" <strong>{Points(report.Score + manual)} of {PointsWord(most)}.</strong>")
                .Append("</p>\n");
        if (report.Message.Length > 0) main.Append(CultureInfo.InvariantCulture, $"<p>{Encode(report.Message)}</p>\n");
        if (staff && report.Staff.Length > 0)
            main.Append("<h2>For staff</h2>\n").Append(Block(report.Staff, "Staff's notes on the whole handin")).Append('\n');

        string[] build = [.. Lines(report.Build)];
        if (build.Length > 0) main.Append("<h2>Build</h2>\n<ul>\n").AppendJoin('\n', build.Select(line => $"<li>{Encode(line)}</li>"))
            .Append("\n</ul>\n");

        if (report.Questions.Count > 0)
            main.Append("<h2>Points</h2>\n")
                .Append(Table("Points of each question", ["Question", "Points", "Of", "Result"],
                    report.Questions.Select(question => (IReadOnlyList<string>)
            [
                $"<a href=\"#{Anchor(question)}\">{Encode(Title(question))}</a>", Points(question.Score), Points(question.MaxScore),
                Result(question),
            ]), 1, 2)).Append('\n');
        if (report.Manual.Count > 0)
            main.Append("<h2>Graded by a person</h2>\n")
                .Append(Table("Points given by a person", ["Question", "Points", "Of", "Reason"],
                    report.Manual.Select(one => (IReadOnlyList<string>)
            [
                Encode($"{one.Id} {one.Name}"), one.Score is { } score
                    ? Points(score) : "not yet", Points(one.MaxScore), Encode(one.Reason ?? "")
                        + (staff && one.Author is { Length: > 0 } author ? $" ({Encode(author)})" : ""),
            ]), 1, 2)).Append('\n');

        foreach (QuestionReport question in report.Questions)
        {
            main.Append(CultureInfo.InvariantCulture,
                $"<h2 id=\"{Anchor(question)}\">{Encode(Title(question))}</h2>\n<p>{Result(question)}: {Points(question.Score)} of " +
                $"{PointsWord(question.MaxScore)}.</p>\n");
            string said = Said(question, staff);
            string? written = code?.GetValueOrDefault(question.Id);
            if (said.Length > 0 || written is not null)
                main.Append("<div class=\"beside\">\n")
                    .Append(written is null ? ""
                        : $"<div><h3>Handed in</h3>\n{Block(written, $"Code handed in for {question.Id}")}</div>\n")
                    .Append(said.Length == 0 ? "" : $"<div><h3>Got and expected</h3>\n{said}</div>\n")
                    .Append("</div>\n");
        }
        return Page(title, main.ToString().TrimEnd());
    }

    static string Said(QuestionReport question, bool staff)
    {
        var text = new StringBuilder();
        string[] lines = [.. Lines(question)];
        if (staff && question.Mistake is { } mistake)
            text.Append(CultureInfo.InvariantCulture, $"<p>Known mistake: {Encode(mistake)}.</p>\n");
        if (lines.Length > 0) text.Append("<ul>\n").AppendJoin('\n', lines.Select(line => $"<li>{Encode(line)}</li>")).Append("\n</ul>\n");
        // Of a visible case the student sees it all.
        if (staff)
            foreach (TestReport test in question.Tests.Where(test =>
                test.Staff.StartsWith("hidden", StringComparison.Ordinal)
                    || test.Staff.Contains('\n', StringComparison.Ordinal))) text.Append(Block(test.Staff,
                    $"What staff sees of {question.Id} {test.Name}")).Append('\n');
        return text.ToString();
    }

    static string Result(QuestionReport question) =>
        IsFull(question) ? "<span class=\"full\">full points</span>" : question.Score > 0 ? "<span class=\"lost\">some points</span>"
            : "<span class=\"lost\">no points</span>";

    static string Anchor(QuestionReport question) => GitHubReport.Runner(question.Id);
}
