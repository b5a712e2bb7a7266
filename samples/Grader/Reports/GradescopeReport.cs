using System.Text.Json;
using static MyTorch.Grader.Reports.ReportText;

namespace MyTorch.Grader.Reports;

/// <summary>Gradescope's <c>results.json</c>: a test for the build and one for each question.</summary>
/// <remarks>Where the grader failed there is no score in it, which Gradescope shows as a failed autograder and not as a zero.</remarks>
static class GradescopeReport
{
    public static string Write(GradeReport report) => JsonReport.Text(json =>
    {
        bool failed = report.Status == GradeStatus.GraderError;
        json.WriteStartObject();
        if (!failed) json.WriteNumber("score", report.Score);
        json.WriteNumber("execution_time", Math.Round(report.Seconds, 2));
        int full = report.Questions.Count(IsFull);
        json.WriteString("output",
            report.Message.Length > 0 ? Clean(report.Message) : $"{full} of {report.Questions.Count} questions have all their points." +
                NextStep.Hidden(report, "Each was also tried on", ""));
        json.WriteString("output_format", "text");
        json.WriteString("test_output_format", "text");
        json.WriteString("visibility", "visible");
        json.WriteString("stdout_visibility", "hidden");
        json.WriteStartObject("extra_data");
        json.WriteString("grader", "mytorch-grader/1");
        json.WriteString("assignment", report.Assignment);
        json.WriteString("version", report.Version);
        json.WriteString("status", StatusName(report.Status));
        json.WriteString("seed", report.Seed);
        json.WriteString("handin", report.Handin);
        if (report.SubmittedAt is { } at) json.WriteString("submitted_at", at.ToString("O"));
        if (report.Staff.Length > 0) json.WriteString("staff", Clean(report.Staff));
        json.WriteEndObject();
        json.WriteStartArray("tests");
        if (!failed)
        {
            json.WriteStartObject();
            json.WriteString("name", "Build");
            json.WriteString("number", "0");
            json.WriteString("status", report.Build.Ok && report.Status == GradeStatus.Graded ? "passed" : "failed");
            json.WriteString("output", Clean(string.Join('\n', Lines(report.Build)), 4 * MostMessage));
            json.WriteString("visibility", "visible");
            json.WriteEndObject();
            foreach (QuestionReport question in report.Questions) WriteTest(json, question);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }, indented: true) + "\n";

    static void WriteTest(Utf8JsonWriter json, QuestionReport question)
    {
        json.WriteStartObject();
        json.WriteString("name", Line(question.Name, 120));
        json.WriteString("number", Line(question.Id, 40));
        json.WriteNumber("score", question.Score);
        json.WriteNumber("max_score", question.MaxScore);
        json.WriteString("status", IsFull(question) ? "passed" : "failed");
        json.WriteString("output", Clean(string.Join('\n', Lines(question)), 4 * MostMessage));
        json.WriteString("output_format", "text");
        json.WriteStartArray("tags");
        json.WriteStringValue(Group(question));
        foreach (string mistake in question.Mistakes) json.WriteStringValue(Line(mistake, 120));
        json.WriteEndArray();
        json.WriteString("visibility",
            question.Visibility is "hidden" or "after_due_date" or "after_published" ? question.Visibility : "visible");
        json.WriteEndObject();
    }

    internal static string StatusName(GradeStatus status) => status switch
    {
        GradeStatus.Graded => "graded",
        GradeStatus.CompileError => "compile_error",
        GradeStatus.InvalidHandin => "invalid_handin",
        GradeStatus.Rejected => "rejected",
        _ => "grader_error",
    };

    /// <summary>
    /// When a submission was made, from <c>submission_metadata.json</c>: never the clock, so that a regrade gives the same.
    /// </summary>
    public static DateTimeOffset? SubmittedAt(string metadata)
    {
        try
        {
            using var document = JsonDocument.Parse(metadata);
            return document.RootElement.TryGetProperty("created_at", out JsonElement at) && at.ValueKind == JsonValueKind.String
                && at.TryGetDateTimeOffset(out DateTimeOffset time) ? time : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
