using static MyTorch.Grader.Reports.ReportText;

namespace MyTorch.Grader.Reports;

/// <summary>Of a report the one reason that a reader should see first, and what to do about it.</summary>
static class NextStep
{
    /// <param name="report">The report.</param>
    /// <param name="hidden">Whether it also says how many hidden cases there are.</param>
    /// <returns>The reason, empty if no points were lost or the report's message says it; and the next step.</returns>
    public static (string Reason, string Next) Of(GradeReport report, bool hidden = true) => report.Status switch
    {
        GradeStatus.GraderError => ("", "Nothing that you can do: staff has to run the grader again."),
        GradeStatus.InvalidHandin => ("", "Run `dotnet check.cs handin` in your folder, and hand in the file that it writes."),
        GradeStatus.Rejected => ("", "Remove what the list below names, and hand in again."),
        GradeStatus.CompileError => NotCompiled(report),
        _ => Graded(report, hidden),
    };

    const string AllFiles = "Run `dotnet check.cs handin` in your folder: it takes all files that are graded. Hand in the file that it writes.";

    // A build does not find what is only not handed in.
    static (string, string) NotCompiled(GradeReport report)
    {
        string error = report.Build.Errors is [{ } first, ..] ? Line(first, 300) : "";
        return WithoutFiles(report) is { } without
            ? ($"{without}; and a file does not compile: {error}", $"Build your folder with `dotnet build`, and correct the first error. {AllFiles}")
            : (error, "Build your folder with `dotnet build`, correct the first error, and hand in again.");
    }

    // A file that is missing may be one in which nothing is asked for.
    static string? WithoutFiles(GradeReport report)
    {
        string[] missing = [.. report.Build.MissingFiles.Where(file => report.Questions.Any(question => !IsFull(question)
            && question.Tests.Any(test => test.Message.StartsWith($"missing file: {file}", StringComparison.Ordinal))))];
        return missing.Length == 0 ? null
            : $"the handin has no {string.Join(", no ", missing.Select(file => Line(file, 200)))}, and what is asked for in " +
                $"{(missing.Length == 1 ? "it" : "them")} has no points";
    }

    static (string, string) Graded(GradeReport report, bool hidden)
    {
        QuestionReport[] lost = [.. report.Questions.Where(question => !IsFull(question))];
        if (lost.Length == 0)
            return ("", $"Nothing: every question has all its points.{(hidden ? Hidden(report, "Each was also tried on", ", and passed") : "")}");
        if (report.Build.Errors.Count == 0 && WithoutFiles(report) is { } without) return ($"{without}.", AllFiles);
        if (report.Build.Errors is [{ } error, ..])
            return ($"a file does not compile: {Line(error, 300)}", "Build your folder with `dotnet build`, and correct the first error.");
        // What was not run waits for something else.
        QuestionReport first = lost.FirstOrDefault(question => question.Tests.Any(test => test.Outcome is not
            (Outcome.NotImplemented or Outcome.NotRun) && test.Score < test.MaxScore)) ?? lost[0];
        TestReport test = first.Tests.FirstOrDefault(one => one.Score < one.MaxScore) ?? first.Tests[0];
        string why = first.Hints.Count > 0 ? Line(first.Hints[0], 300) : Lost(first, test, 300);
        string reason = $"{Title(first)} has {Points(first.Score)} of {PointsWord(first.MaxScore)}: {why}";
        return (reason[^1] is '.' or '?' or '!' ? reason : reason + ".",
            $"`dotnet check.cs {Line(first.Id, 40)}` shows this question's visible cases, and `dotnet check.cs hint {Line(first.Id, 40)}` " +
            $"explains it.{(hidden ? Hidden(report, "There are also", " of each question") : "")}");
    }

    /// <summary>" There are also 2 hidden cases."; empty if there are none.</summary>
    public static string Hidden(GradeReport report, string before, string after) => report.HiddenCases == 0 ? ""
        : FormattableString.Invariant($" {before} {report.HiddenCases} hidden {(report.HiddenCases == 1 ? "case" : "cases")}{after}.");
}
