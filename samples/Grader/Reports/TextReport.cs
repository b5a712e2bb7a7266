using System.Globalization;
using System.Text;

namespace MyTorch.Grader.Reports;

/// <summary>A report as a student reads it.</summary>
static class TextReport
{
    public static string Write(GradeReport report)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"{report.Title} ({report.Assignment}, version {report.Version})");
        if (report.Message.Length > 0) Line($"{report.Message}");
        foreach (string error in report.Build.Errors) Line($"  {error}");
        foreach (string ignored in report.Build.IgnoredFiles) Line($"  {ignored}");
        foreach (string forbidden in report.Build.Forbidden) Line($"  noted: {forbidden}");
        string group = "";
        foreach (QuestionReport question in report.Questions)
        {
            if (question.Group != group) Line($"\n{group = question.Group}");
            Line($"  {question.Id,-5} {question.Name,-44} {question.Score,5:0.##}/{question.MaxScore:0.##}{(question.GradedAlone ? "  (graded by itself, in the reference)" : "")}");
            foreach (TestReport test in question.Tests.Where(test => test.Score < test.MaxScore))
                Line($"        {(question.Tests.Count > 1 ? test.Name + ": " : "")}{Word(test.Outcome)}{(test.Message.Length > 0 ? ": " + test.Message : "")}");
            if (question.Hint is { } hint) Line($"        hint: {hint}");
        }
        foreach (ManualReport manual in report.Manual)
            Line($"  {manual.Id,-5} {manual.Name,-44} {(manual.Score is { } score ? score.ToString("0.##", CultureInfo.InvariantCulture) : "-"),5}/{manual.MaxScore:0.##}  (graded by a person)");
        if (report.Status != GradeStatus.GraderError) Line($"\n{report.Score:0.##} of {report.MaxScore:0.##} points");
        return text.ToString();
    }

    static string Word(Outcome outcome) => outcome switch
    {
        Outcome.NotImplemented => "not implemented",
        Outcome.MissingApi => "missing",
        Outcome.NotRun => "not run",
        _ => outcome.ToString().ToLowerInvariant(),
    };
}
