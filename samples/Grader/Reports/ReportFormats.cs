namespace MyTorch.Grader.Reports;

/// <summary>The formats that a report can be written in, by the names that commands know.</summary>
static class ReportFormats
{
    public static IReadOnlyDictionary<string, Func<GradeReport, string>> All { get; } = new Dictionary<string, Func<GradeReport, string>>
    {
        ["text"] = report => TextReport.Write(report),
        ["json"] = JsonReport.Write,
        ["autolab"] = AutolabReport.Write,
        ["gradescope"] = GradescopeReport.Write,
        ["github"] = GitHubReport.Write,
        ["junit"] = JUnitReport.Write,
        ["html"] = HtmlReport.Write,
    };
}
