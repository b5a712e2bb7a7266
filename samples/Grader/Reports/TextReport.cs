using System.CommandLine;
using System.Text;
using static MyTorch.Grader.Reports.ReportText;

namespace MyTorch.Grader.Reports;

/// <summary>A report as a student reads it.</summary>
static class TextReport
{
    const int Width = 100;

    /// <summary>An option of every command. Commands without colours accept it too.</summary>
    public static Option<bool> Plain { get; } =
        new("--plain") { Description = "No colours; NO_COLOR in the environment does the same", Recursive = true };

    /// <param name="report">The report.</param>
    /// <param name="colour">Whether to colour it for a terminal; every colour stands beside a word or a number that says the same.</param>
    public static string Write(GradeReport report, bool colour = false)
    {
        var text = new StringBuilder();
        string Paint(string code, string what) => colour ? $"\e[{code}m{what}\e[0m" : what;
        void Wrapped(string line, int indent, string code = "")
        {
            foreach (string part in Wrap(line, Width - indent))
                text.Append(' ', indent).Append(code.Length > 0 ? Paint(code, part) : part).Append('\n');
        }

        string title = Line(report.Title, 200), under = $"{Line(report.Assignment, 80)}, version {Line(report.Version, 80)}";
        text.Append(' ', Math.Max(0, (Width - title.Length) / 2)).Append(Paint("1", title)).Append('\n');
        text.Append(' ', Math.Max(0, (Width - under.Length) / 2)).Append(under).Append('\n');
        if (report.Message.Length > 0) Wrapped(Line(report.Message), 0);
        foreach (string line in Lines(report.Build)) Wrapped(line, 2);
        foreach (var group in report.Questions.GroupBy(Group))
        {
            text.Append('\n').Append(Paint("1",
                Row(group.Key, group.Sum(question => question.Score), group.Sum(question => question.MaxScore), 0))).Append('\n');
            foreach (QuestionReport question in group)
            {
                bool untouched = question.Tests.Count > 0
                    && question.Tests.All(test => test.Outcome is Outcome.NotImplemented or Outcome.NotRun);
                text.Append(Paint(IsFull(question) ? "32" : untouched ? "90" : "31",
                    Row($"{Line(question.Id, 40),-5} {Line(question.Name, 120)}", question.Score, question.MaxScore, 2))).Append('\n');
                foreach (string line in Lines(question)) Wrapped(line, 8, line.StartsWith("hint: ", StringComparison.Ordinal) ? "36" : "");
            }
        }
        if (report.Manual.Count > 0) text.Append('\n').Append(Paint("1", "Graded by a person")).Append('\n');
        foreach (ManualReport manual in report.Manual)
        {
            string what = $"{Line(manual.Id, 40),-5} {Line(manual.Name, 120)}";
            text.Append(manual.Score is { } score ? Row(what, score, manual.MaxScore, 2) : Row(what, "-", manual.MaxScore, 2)).Append('\n');
            if (manual.Reason is { Length: > 0 } reason) Wrapped(Line(reason), 8);
        }
        if (report.Status != GradeStatus.GraderError)
        {
            double graded = report.Manual.Sum(manual => manual.Score ?? 0);
            double most = report.MaxScore + report.Manual.Where(manual => manual.Score is not null).Sum(manual => manual.MaxScore);
            text.Append('\n').Append(Paint("1", $"{Points(report.Score + graded)} of {PointsWord(most)}")).Append('\n');
            // Who has seen only the visible cases pass should know.
            if (report.Questions.Count > 0 && report.Questions.All(IsFull)
                && NextStep.Hidden(report, "Each question was also tried on", "") is { Length: > 0 } hidden)
                text.Append(hidden.Trim()).Append('\n');
        }
        if (report.Status == GradeStatus.Graded && report.Questions.Any(question => !IsFull(question)))
            Wrapped($"Next: {NextStep.Of(report, hidden: false).Next.Replace("`", "", StringComparison.Ordinal)}", 0);
        return text.ToString();
    }

    /// <summary>Whether a stream's readers want colours: a terminal, no NO_COLOR (https://no-color.org), no --plain.</summary>
    public static bool WantsColour(bool plain, bool redirected) =>
        !plain && !redirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb";

    static string Row(string what, double score, double most, int indent) => Row(what, Points(score), most, indent);

    static string Row(string what, string score, double most, int indent) =>
        $"{new string(' ', indent)}{what.PadRight(Width - 14 - indent)} {score,6}/{Points(most)}";

    // At spaces where there are any; continued lines are indented by two.
    static IEnumerable<string> Wrap(string line, int width)
    {
        string indent = "";
        while (indent.Length + line.Length > width)
        {
            int at = line.LastIndexOf(' ', width - indent.Length);
            if (at <= 0) break;
            yield return indent + line[..at];
            line = line[(at + 1)..];
            indent = "  ";
        }
        yield return indent + line;
    }
}
