using MyTorch.Grader.Reports;

namespace MyTorch.Grader.Classroom;

/// <summary>What a person should look at before the scores count. Nothing of it costs points by itself.</summary>
static class ToLookAt
{
    /// <summary>The kinds, in the order of a page, and what each says.</summary>
    public static IReadOnlyList<(string Kind, string Says)> Kinds { get; } =
    [
        ("Not graded", "Left out of the class, or the grader failed"), ("Whose it is", "Handins that the roster does not place"),
        ("Cannot be read", "Handins without points, and why"), ("Does not compile", "What was left out, and what the handout's was taken for"),
        ("Missing files", "Files that the handout's were taken for"),
        ("Flagged", "Uses of what the assignment forbids"),
        ("Looks numerical", "Right results that may be computed by differences or by a complex step"),
        ("Late", "Late by an unknown time"), ("Alike", "Handins that are alike"),
        ("Like the reference", "Members that equal the public reference but for names, comments and layout"),
        ("By hand", "What people decide"),
    ];

    const int MostNamed = 8;

    /// <param name="result">A student's result.</param>
    /// <param name="several">The rows of the roster that fit equally well.</param>
    /// <param name="hasRoster">Whether there is a roster.</param>
    /// <param name="twice">Another handin of the same row of the roster; null if there is none.</param>
    /// <param name="timed">Whether the handin's time is known.</param>
    /// <param name="alike">The group of alike handins that it is in; null for none.</param>
    /// <param name="usual">Members that most of the class writes as the reference does.</param>
    public static IEnumerable<Attention> Of(ClassroomResult result, IReadOnlyList<RosterStudent> several, bool hasRoster,
        ClassroomResult? twice, bool timed, LikeHandins? alike, IReadOnlySet<string> usual)
    {
        GradeReport report = result.Report;
        BuildReport build = report.Build;
        if (report.Status == GradeStatus.GraderError) yield return new("Not graded", "the grader failed: run it again");
        if (several.Count > 0)
            yield return new("Whose it is",
                $"several students of the roster may be meant: {string.Join(", ", several.Select(one => one.Shown))}");
        else if (hasRoster && result.Roster is null) yield return new("Whose it is", "nobody of the roster");
        if (twice is not null)
            yield return new("Whose it is",
                $"{result.Roster!.Shown}, whose other handin is {twice.Handin.Entry}: neither is in the files to upload");
        string message = ReportText.Line(report.Message, 300);
        if (report.Status is GradeStatus.InvalidHandin or GradeStatus.Rejected)
            yield return new("Cannot be read", $"{GradescopeReport.StatusName(report.Status).Replace('_', ' ')}: {message}");
        if (report.Status == GradeStatus.CompileError) yield return new("Does not compile", message);
        if (build.MissingFiles.Count > 0) yield return new("Missing files", string.Join(", ", build.MissingFiles));
        if (build.Forbidden.Count > 0)
            yield return new("Flagged",
                FormattableString.Invariant($"{build.Forbidden.Count} flagged: ") + string.Join("; ", build.Forbidden.Take(3)));
        if (build.BeyondHandout.Count > 0)
            yield return new("Flagged", FormattableString.Invariant(
                $"{build.BeyondHandout.Count} uses of what the handout leaves out: ") + string.Join("; ", build.BeyondHandout.Take(3)));
        string[] numerical = [.. report.Questions.Where(question => question.LooksNumerical).Select(question => question.Id)];
        if (numerical.Length > 0)
            yield return new("Looks numerical", $"{string.Join(", ", numerical)}: by differences or a complex step?");
        if (result.Handin.Late && !timed)
            yield return new("Late", "late, says the platform; by how much it does not say. Enter the time in submitted.csv");
        if (alike is not null)
        {
            string[] others = [.. alike.Handins.Where(one => one != result.Handin).SelectMany(one => one.Students)];
            string more = others.Length > MostNamed ? FormattableString.Invariant($" and {others.Length - MostNamed} more") : "";
            yield return new("Alike", $"{alike.What}: {string.Join(", ", others.Take(MostNamed))}{more}");
        }
        MemberPrint[] known = [.. result.Prints.Where(print => print.Like == "reference")];
        if (known.Length > 0)
        {
            string[] longer = [.. known.Where(print => !print.IsShort).Select(print => print.Member)];
            string[] common = [.. longer.Where(usual.Contains)], rare = [.. longer.Except(common)];
            int shorter = known.Length - longer.Length;
            string[] parts =
            [
                string.Join(", ", rare), common.Length == 0 ? "" : $"{string.Join(", ", common)} (as in most handins)",
                shorter == 0 ? "" : FormattableString.Invariant($"{shorter} short {(shorter == 1 ? "member" : "members")}"),
            ];
            yield return new("Like the reference", string.Join(" and ", parts.Where(part => part.Length > 0)), IsMinor: rare.Length == 0);
        }
        if (report.Questions.Any(question => question.Override is not null)) yield return new("By hand", "points set by a person");
        if (report.Manual.Any(manual => manual.Score is null)) yield return new("By hand", "to grade by hand");
    }
}
