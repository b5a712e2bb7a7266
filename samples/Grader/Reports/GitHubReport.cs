using System.Globalization;
using System.Text;
using static MyTorch.Grader.Reports.ReportText;

namespace MyTorch.Grader.Reports;

/// <summary>
/// What GitHub Classroom's reporter reads: for each question a line <c>q4x2=BASE64</c> for <c>$GITHUB_OUTPUT</c>, which the workflow passes
/// on as <c>Q4X2_RESULTS</c>.
/// </summary>
/// <remarks>
/// The reporter's table counts passed tests, its notice sums points. So that both say the same of partial credit, all tests of a question
/// weigh the same: a part of two points beside one of one point is two tests.
/// </remarks>
static class GitHubReport
{
    const int MostTests = 40;

    public static string Write(GradeReport report)
    {
        var text = new StringBuilder();
        foreach (QuestionReport question in report.Questions)
            text.Append(Runner(question.Id)).Append('=').Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(Json(report, question))))
                .Append('\n');
        return text.ToString();
    }

    /// <summary>The name of a question among the reporter's runners, which may hold letters and digits only: "q4x2".</summary>
    public static string Runner(string id) => "q" + string.Concat(id.Select(c => char.IsAsciiLetterOrDigit(c) ? c : 'x'));

    /// <summary>Text for a workflow's log in which no line is taken for a command.</summary>
    /// <param name="text">The text.</param>
    /// <param name="token">Drawn at random for each run.</param>
    public static string Wrap(string text, string token) =>
        $"::stop-commands::{token}\n{text}{(text.EndsWith('\n') ? "" : "\n")}::{token}::\n";

    static string Json(GradeReport report, QuestionReport question) => JsonReport.Text(json =>
    {
        bool broken = report.Status == GradeStatus.GraderError;
        string status = broken || question.Tests.Any(test => test.Outcome == Outcome.Timeout) ? "error" : IsFull(question) ? "pass"
            : "fail";
        json.WriteStartObject();
        json.WriteNumber("version", 1);
        json.WriteString("status", status);
        json.WriteNumber("max_score", question.MaxScore);
        json.WriteStartArray("tests");
        foreach ((string name, double score, double most, TestReport? test) in Tests(question))
        {
            bool passed = score >= most && !broken;
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("status", passed ? "pass" : broken || test?.Outcome == Outcome.Timeout ? "error" : "fail");
            json.WriteNumber("score", broken ? 0 : score);
            string message = broken ? report.Message
                : passed ? ""
                : string.Join("; ", (test is null ? [] : new[] { Lost(question, test) }).Concat(Lines(question with { Tests = [] })));
            json.WriteString("message", Line(message));
            json.WriteString("test_code", $"check {question.Id}");
            json.WriteString("filename", "");
            json.WriteNumber("line_no", 0);
            json.WriteNumber("duration", test?.Ms ?? 0);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    static IEnumerable<(string Name, double Score, double Most, TestReport? Test)> Tests(QuestionReport question)
    {
        string title = Title(question);
        // Points that a person set are not a sum of tests.
        if (question.Override is not null) return [(title, question.Score, question.MaxScore, null)];
        long[] points = [.. question.Tests.Select(test => (long)Math.Round(100 * test.MaxScore))];
        long unit = points.Where(one => one > 0).DefaultIfEmpty(1).Aggregate(Divisor);
        bool whole = question.Tests.All(test => test.Score == 0 || test.Score >= test.MaxScore) && points.Sum() / unit <= MostTests;
        return question.Tests.Zip(points).Where(pair => pair.Second > 0).SelectMany(pair =>
        {
            (TestReport test, long weight) = pair;
            string name = question.Tests.Count > 1 ? $"{title}: {Line(test.Name, 120)}" : title;
            int pieces = whole ? (int)(weight / unit) : 1;
            return Enumerable.Range(1, pieces).Select(piece => (
                pieces == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name} ({piece} of {pieces})"),
                Math.Round(test.Score / pieces, 6), Math.Round(test.MaxScore / pieces, 6), (TestReport?)test));
        });
    }

    static long Divisor(long a, long b) => b == 0 ? a : Divisor(b, a % b);
}
