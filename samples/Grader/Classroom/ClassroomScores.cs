using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;

namespace MyTorch.Grader.Classroom;

/// <summary>The tables of a class, as text of a spreadsheet.</summary>
static class ClassroomScores
{
    /// <summary>The word for a row of <c>scores.csv</c> that is of no student.</summary>
    public const string LeftOut = "left_out";

    /// <summary>
    /// The sum under "score", and the points of each question under its id; null where the grader failed, or a person has not graded yet.
    /// </summary>
    public static IReadOnlyDictionary<string, double?> Points(ClassroomResult result)
    {
        var points = new Dictionary<string, double?> { ["score"] = result.HasScore ? result.Score : null };
        foreach (QuestionReport question in result.Report.Questions) points[question.Id] = result.HasScore ? question.Score : null;
        foreach (ManualReport manual in result.Report.Manual) points[manual.Id] = manual.Score;
        return points;
    }

    /// <summary><c>scores.csv</c>: a row for each student, and one for each handin that was left out.</summary>
    public static string Scores(ClassroomOutcome outcome)
    {
        Assignment assignment = outcome.Folder.Assignment;
        string[] questions = [.. assignment.Questions.Select(question => question.Id)];
        return Csv.Write(["student", "score", "max", "status", "raw_score", "late", "submitted_at", .. questions, "mistakes", "flagged",
                "overrides", "to_look_at", "handin", "version"],
            outcome.Results.Select(result => Row(assignment, result)).Concat(outcome.LeftOut.Select(one => (IReadOnlyList<string>)
                [one.Entry, "", "", LeftOut, "", "", "", .. questions.Select(_ => ""), "", "", "", one.Reason, one.Entry, ""])));
    }

    static IReadOnlyList<string> Row(Assignment assignment, ClassroomResult result)
    {
        IReadOnlyDictionary<string, double?> points = Points(result);
        return
        [
            result.Student, Number(points["score"]), Number(assignment.MaxScore), GradescopeReport.StatusName(result.Report.Status),
            Number(result.HasScore ? result.RawScore : null),
            result.Lateness?.Reason is { Length: > 0 } late ? late : result.Handin.Late ? "late" : "",
            result.Report.SubmittedAt?.ToString("yyyy-MM-ddTHH:mm:sszzz", null) ?? "",
            .. assignment.Questions.Select(question => Number(points.GetValueOrDefault(question.Id))),
            string.Join(' ', result.Report.Questions.SelectMany(question => question.Mistakes)),
            string.Join("; ", result.Report.Build.Forbidden),
            string.Join("; ", result.Report.Questions.Where(question => question.Override is not null)
                .Select(question => $"{question.Id} by {question.Override!.Author}: {question.Override.Reason}")),
            string.Join("; ", result.ToLookAt.Select(one => $"{one.Kind}: {one.What.TrimEnd('.')}")), result.Handin.Entry, result.Report.Version,
        ];
    }

    /// <summary>
    /// How many students made each known mistake, most often first, with the questions at which it shows: a student whose mistake costs
    /// points at two questions made it once.
    /// </summary>
    public static IReadOnlyList<(string Question, string Mistake, IReadOnlyList<string> Students)> Mistakes(
        IReadOnlyList<ClassroomResult> results) =>
        [.. results.SelectMany(result =>
            result.Report.Questions.SelectMany(question => question.Mistakes
                .Select(mistake => (question.Id, Mistake: mistake, result.Student))))
            .GroupBy(one => one.Mistake)
            .Select(group => (Question: string.Join(", ", group.Select(one => one.Id).Distinct()), Mistake: group.Key,
                Students: (IReadOnlyList<string>)[.. group.Select(one => one.Student).Distinct()]))
            .OrderByDescending(one => one.Students.Count).ThenBy(one => one.Mistake, StringComparer.Ordinal)];

    /// <summary><c>mistakes.csv</c></summary>
    public static string MistakeTable(ClassroomOutcome outcome) => Csv.Write(["question", "mistake", "times", "students", "hint"],
        Mistakes(outcome.Results).Select(one => (IReadOnlyList<string>)
        [one.Question, one.Mistake, $"{one.Students.Count}", string.Join("; ", one.Students),
            outcome.Folder.Hints.Mistakes.GetValueOrDefault(one.Mistake, "")]));

    /// <summary><c>late.csv</c>: what lateness costs each student, and the late days that are left for the next assignment.</summary>
    public static string LateTable(ClassroomOutcome outcome) => Csv.Write(
        ["student", "submitted_at", "hours_late", "late_days_used", "late_days_left", "raw_score", "penalty", "score", "reason"],
        outcome.Results.Where(result => result.Lateness is not null).Select(result => (IReadOnlyList<string>)
        [
            result.Student, result.Report.SubmittedAt?.ToString("yyyy-MM-ddTHH:mm:sszzz", null) ?? "",
            Number(Math.Max(0, result.Lateness!.Lateness.TotalHours)), $"{result.Lateness.DaysUsed}", $"{result.Lateness.DaysLeft}",
            Number(result.RawScore), Number(result.Lateness.Penalty), Number(result.Score), result.Lateness.Reason,
        ]));

    /// <summary><c>roster.csv</c>: every student of the course, with the handin or without.</summary>
    public static string RosterTable(ClassroomOutcome outcome) => Csv.Write(["name", "email", "section", "status", "score", "handin"],
        outcome.Roster!.Students.Select(student =>
        {
            ClassroomResult[] found = [.. outcome.Results.Where(result => result.Roster == student)];
            return (IReadOnlyList<string>)
            [
                student.Shown, student.Email, student.Section, found.Length switch
                {
                    0 => "nothing handed in",
                    1 => GradescopeReport.StatusName(found[0].Report.Status),
                    _ => "several handins",
                },
                Number(PlatformGrades.Score(found)), string.Join("; ", found.Select(result => result.Handin.Entry)),
            ];
        }));

    /// <summary>"2.5"; empty for none.</summary>
    public static string Number(double? number) => number is { } value ? ReportText.Points(value) : "";
}
