using System.Text.Json;

namespace MyTorch.Grader.Reports;

/// <summary><c>grade.json</c>, which every other format is made from.</summary>
static class JsonReport
{
    public static string Write(GradeReport report) => JsonSerializer.Serialize(report, GradeReportJson.Default.GradeReport) + "\n";

    /// <exception cref="JsonException">The text is not a report.</exception>
    public static GradeReport Read(string text) =>
        JsonSerializer.Deserialize(text, GradeReportJson.Default.GradeReport)
            ?? throw new JsonException("It holds null, where a report is expected.");

    /// <summary>Text of one JSON value, ASCII only, on one line or indented.</summary>
    internal static string Text(Action<Utf8JsonWriter> write, bool indented = false)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = indented, NewLine = "\n" })) write(writer);
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }
}
