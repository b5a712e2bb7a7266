using System.Text.Json;
using System.Text.RegularExpressions;
using static MyTorch.Grader.Reports.ReportText;

namespace MyTorch.Grader.Reports;

/// <summary>
/// What Autolab captures: the report as text, then a line that it draws as tables, and as the very last line the scores. Nothing may follow
/// it.
/// </summary>
/// <remarks>
/// Autolab rewrites letters and digits before a colon in the last line, within strings too, so that no name there may hold a colon. Where
/// the grader failed the last line has no scores: Autolab then keeps those it had.
/// </remarks>
static partial class AutolabReport
{
    // Tango keeps the head and the tail of 1000 KiB; feedback stays far below.
    const int MostHint = 500;

    public static string Write(GradeReport report) => $"{TextReport.Write(report)}\n{Presentation(report)}\n{Scores(report)}\n";

    /// <summary>The problem that a question is in Autolab: "4.2 Linear - dX".</summary>
    public static string ProblemName(string id, string name) => Colon().Replace($"{Line(id, 40)} {Line(name, 120)}", " - ").Trim();

    static string Presentation(GradeReport report) => JsonReport.Text(json =>
    {
        var groups = report.Questions.GroupBy(Group).ToList();
        json.WriteStartObject();
        json.WriteString("_presentation", "semantic");
        json.WriteStartArray("stages");
        json.WriteStringValue("Build");
        foreach (var group in groups) json.WriteStringValue(group.Key);
        json.WriteEndArray();

        json.WriteStartObject("Build");
        bool accepted = report.Status is GradeStatus.Graded or GradeStatus.CompileError;
        WriteTest(json, "Handin", accepted, report.Message);
        if (accepted) WriteTest(json, "Compile", report.Build.Ok, string.Join("; ", report.Build.Errors.Take(5)));
        json.WriteEndObject();

        foreach (var group in groups)
        {
            json.WriteStartObject(group.Key);
            json.WriteStartArray("_order");
            foreach (QuestionReport question in group) json.WriteStringValue(Title(question));
            json.WriteEndArray();
            foreach (QuestionReport question in group)
                WriteTest(json, Title(question), IsFull(question),
                    $"{Points(question.Score)} of {Points(question.MaxScore)}; {string.Join("; ", Lines(question, MostHint))}");
            json.WriteEndObject();
        }
        json.WriteEndObject();
    });

    static void WriteTest(Utf8JsonWriter json, string name, bool passed, string hint)
    {
        json.WriteStartObject(name);
        json.WriteBoolean("passed", passed);
        if (!passed && hint.Length > 0) json.WriteString("hint", Line(hint, MostHint));
        json.WriteEndObject();
    }

    static string Scores(GradeReport report) => JsonReport.Text(json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("scores");
        if (report.Status != GradeStatus.GraderError)
            foreach (QuestionReport question in report.Questions) json.WriteNumber(ProblemName(question.Id, question.Name), question.Score);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    [GeneratedRegex(@"\s*:+\s*")]
    private static partial Regex Colon();
}
