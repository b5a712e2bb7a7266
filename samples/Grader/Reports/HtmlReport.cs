using System.Globalization;
using System.Text;
using static MyTorch.Grader.Reports.Html;
using static MyTorch.Grader.Reports.ReportText;

namespace MyTorch.Grader.Reports;

/// <summary>
/// A report as a page: for the student, or with code and what staff sees for those who teach. First the result, the reason and the next
/// step; then what lost points; then everything else, folded.
/// </summary>
static class HtmlReport
{
    public static string Write(GradeReport report) => Write(report, new PageDetails());

    /// <param name="report">The report.</param>
    /// <param name="details">What the page says beside it.</param>
    public static string Write(GradeReport report, PageDetails details)
    {
        bool staff = details.Code is not null;
        string title = details.Student.Length > 0 ? $"{Line(details.Student, 200)}: {report.Title}" : report.Title;
        var main = new StringBuilder().Append(CultureInfo.InvariantCulture, $"<h1>{Encode(title)}</h1>\n");
        AppendResult(main, report, details);
        if (staff && report.Staff.Length > 0)
            main.Append("<h2>For staff</h2>\n").Append(Block(report.Staff, "Staff's notes on the whole handin")).Append('\n');
        AppendBuild(main, report);
        QuestionReport[] lost = [.. report.Questions.Where(question => !IsFull(question))],
            full = [.. report.Questions.Where(IsFull)];
        AppendQuestions(main, "What lost points", lost, details, folded: false, lost);
        CommentedLines.Append(main, details.Comments);
        AppendRegrades(main, details.Regrades);
        AppendManual(main, report, staff);
        AppendQuestions(main, lost.Length == 0 ? "Questions" : "What has all its points", full, details, folded: true, lost);
        AppendTable(main, report);
        main.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">{Encode(report.Assignment)}, version {Encode(report.Version)}.");
        if (report.SubmittedAt is { } at)
            main.Append(CultureInfo.InvariantCulture, $" Handed in {Encode(at.ToString("yyyy-MM-dd HH:mm:ss zzz", null))}.");
        main.Append(staff ? " <a href=\"../index.html\">The class</a>.</p>\n" : "</p>\n");
        return Page(title, main.ToString().TrimEnd());
    }

    static void AppendResult(StringBuilder main, GradeReport report, PageDetails details)
    {
        double most = report.MaxScore + report.Manual.Sum(one => one.MaxScore),
            given = details.Comments.Sum(comment => comment.Points ?? 0);
        double raw = Math.Max(0, report.Score + report.Manual.Sum(one => one.Score ?? 0) + given);
        main.Append(report.Status == GradeStatus.GraderError ? "<p class=\"result\"><strong>No points were recorded.</strong></p>\n"
            : $"<p class=\"result\"><strong>{Points(Math.Max(0, raw - details.LatePenalty))} of {PointsWord(most)}.</strong></p>\n");
        if (details.LatePenalty > 0)
            main.Append(CultureInfo.InvariantCulture,
                $"<p>{PointsWord(raw)} for the answers, {PointsWord(details.LatePenalty)} less for lateness.</p>\n");
        if (details.LateReason.Length > 0) main.Append(CultureInfo.InvariantCulture, $"<p>{Encode(Line(details.LateReason))}</p>\n");
        if (report.Message.Length > 0) main.Append(CultureInfo.InvariantCulture, $"<p>{Encode(report.Message)}</p>\n");
        (string reason, string next) = NextStep.Of(report);
        if (reason.Length > 0) main.Append(CultureInfo.InvariantCulture, $"<p><strong>Why:</strong> {Encode(reason)}</p>\n");
        main.Append(CultureInfo.InvariantCulture, $"<p><strong>Next:</strong> {WithCode(next)}</p>\n");
    }

    // Between backticks stands what is typed.
    static string WithCode(string text) =>
        string.Concat(text.Split('`').Select((part, i) => i % 2 == 0 ? Encode(part) : $"<code>{Encode(part)}</code>"));

    static void AppendBuild(StringBuilder main, GradeReport report)
    {
        if (report.Build.Errors.Count > 0)
            main.Append("<h2>Errors of the compiler</h2>\n").Append(List(report.Build.Errors.Select(error => Line(error))));
        string[] notes = [.. Lines(report.Build with { Errors = [] })];
        if (notes.Length > 0)
            main.Append("<details><summary>Notes on the files</summary>\n").Append(List(notes)).Append("</details>\n");
    }

    static string List(IEnumerable<string> lines) =>
        $"<ul>\n{string.Join('\n', lines.Select(line => $"<li>{Encode(line)}</li>"))}\n</ul>\n";

    static void AppendQuestions(
        StringBuilder main, string heading, QuestionReport[] questions, PageDetails details, bool folded, QuestionReport[] lost)
    {
        if (questions.Length == 0) return;
        main.Append(CultureInfo.InvariantCulture, $"<h2>{heading}</h2>\n");
        foreach (QuestionReport question in questions)
        {
            string said = Said(question, staff: details.Code is not null);
            string? written = details.Code?.GetValueOrDefault(question.Id);
            string points = $"{Result(question)}, {Points(question.Score)} of {PointsWord(question.MaxScore)}";
            bool empty = said.Length == 0 && written is null;
            main.Append(folded && !empty ? $"<details id=\"{Anchor(question)}\"><summary>{Encode(Title(question))}: {points}</summary>\n"
                : folded ? $"<p id=\"{Anchor(question)}\">{Encode(Title(question))}: {points}</p>\n"
                : $"<h3 id=\"{Anchor(question)}\">{Encode(Title(question))}</h3>\n<p>{points}.{Where(question, details, lost)}</p>\n");
            if (!empty)
                main.Append("<div class=\"beside\">\n")
                    .Append(said.Length == 0 ? "" : $"<div>\n{said}</div>\n")
                    .Append(written is null ? "" : $"<div>\n{Block(written, $"Code handed in for {question.Id}")}</div>\n")
                    .Append("</div>\n");
            if (folded && !empty) main.Append("</details>\n");
        }
    }

    // The file and the member, and what has to be right before.
    static string Where(QuestionReport question, PageDetails details, QuestionReport[] lost)
    {
        if (!details.Places.TryGetValue(question.Id, out QuestionPlace? place)) return "";
        string files = place.Files.Count == 0 ? ""
            : $" Your code: {string.Join(", ", place.Files.Select(file => $"<code>{Encode(file)}</code>"))}.";
        return question.Needs is null && place.Needs.FirstOrDefault(id => lost.Any(other => other.Id == id)) is { } first
            ? $"{files} It needs {Encode(first)}, which is not right yet: correct that first." : files;
    }

    static string Said(QuestionReport question, bool staff)
    {
        var text = new StringBuilder();
        string[] lines = [.. Lines(question)];
        if (staff && question.Mistakes.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"<p>Known mistake: {Encode(string.Join(", ", question.Mistakes))}.</p>\n");
        if (lines.Length > 0) text.Append(List(lines));
        // Of a visible case the student sees it all.
        if (staff)
            foreach (TestReport test in question.Tests.Where(test =>
                test.Staff.StartsWith("hidden", StringComparison.Ordinal)
                    || test.Staff.Contains('\n', StringComparison.Ordinal))) text.Append(Block(test.Staff,
                    $"What staff sees of {question.Id} {test.Name}")).Append('\n');
        return text.ToString();
    }

    static void AppendRegrades(StringBuilder main, IReadOnlyList<RegradeAnswer> regrades)
    {
        if (regrades.Count == 0) return;
        static string Number(double? points) => points is { } value ? Points(value) : "none";
        main.Append("<h2>Requests to grade again</h2>\n").Append(Table("What was asked, and what came of it",
            ["Question", "Request", "Before", "Now", "Reason"], regrades.Select(one => (IReadOnlyList<string>)
                [Encode(one.Question), Encode(Line(one.Request)), Number(one.Old), Number(one.New), Encode(Line(one.Reason))]),
                2, 3)).Append('\n');
    }

    static void AppendManual(StringBuilder main, GradeReport report, bool staff)
    {
        if (report.Manual.Count == 0) return;
        main.Append("<h2>Graded by a person</h2>\n").Append(Table("Points given by a person", ["Question", "Points", "Of", "Reason"],
            report.Manual.Select(one => (IReadOnlyList<string>)
            [
                Encode($"{one.Id} {one.Name}"), one.Score is { } score ? Points(score) : "not yet", Points(one.MaxScore),
                Encode(one.Reason ?? "") + (staff && one.Author is { Length: > 0 } author ? $" ({Encode(author)})" : ""),
            ]), 1, 2)).Append('\n');
    }

    static void AppendTable(StringBuilder main, GradeReport report)
    {
        if (report.Questions.Count == 0) return;
        main.Append("<h2>All points</h2>\n<details><summary>The table of all questions</summary>\n")
            .Append(Table("Points of each question", ["Question", "Points", "Of", "Result"],
                report.Questions.Select(question => (IReadOnlyList<string>)
            [
                $"<a href=\"#{Anchor(question)}\">{Encode(Title(question))}</a>", Points(question.Score), Points(question.MaxScore),
                Result(question),
            ]), 1, 2)).Append("\n</details>\n");
    }

    static string Result(QuestionReport question) =>
        IsFull(question) ? "<span class=\"full\">full points</span>" : question.Score > 0 ? "<span class=\"lost\">some points</span>"
            : "<span class=\"lost\">no points</span>";

    static string Anchor(QuestionReport question) => GitHubReport.Runner(question.Id);
}
