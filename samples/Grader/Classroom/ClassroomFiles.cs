using System.Text.Json;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Reports;

namespace MyTorch.Grader.Classroom;

/// <summary>
/// The files that grading a class writes for people: tables, a page for each student with everything that staff sees (<c>pages/</c>),
/// the page that the student may see (<c>feedback/</c>), and what platforms import (<c>upload/</c>).
/// </summary>
static class ClassroomFiles
{
    /// <param name="output">The folder.</param>
    /// <param name="outcome">The class.</param>
    /// <param name="notes">Receives a note for each file that cannot be written.</param>
    public static void Write(string output, ClassroomOutcome outcome, Action<string> notes)
    {
        void Save(string name, string text) => GradeCommand.Write(Path.Combine(output, name), text);
        Save("scores.csv", ClassroomScores.Scores(outcome));
        Save("mistakes.csv", ClassroomScores.MistakeTable(outcome));
        // What this run does not write, an earlier one may have: nobody is to upload its scores.
        foreach (string name in (string[])
            ["late.csv", "roster.csv", "changes.csv", .. PlatformGrades.Names.Select(one => $"upload/{one}")])
            if (Path.Combine(output, name) is var earlier && File.Exists(earlier)) File.Delete(earlier);
        if (outcome.Late is not null) Save("late.csv", ClassroomScores.LateTable(outcome));
        if (outcome.Regrades.Count > 0) Save("regrades.csv", RegradeRequests.Write(outcome.Regrades));
        if (outcome.Old is not null)
            Save("changes.csv", Csv.Write(["student", "question", "old", "new", "difference"],
                outcome.Old.Compare(outcome.Results).Select(change => (IReadOnlyList<string>)
                [change.Student, change.Question, ClassroomScores.Number(change.Old), ClassroomScores.Number(change.New),
                    ClassroomScores.Number(change.Difference)])));
        Clean(Path.Combine(output, "pages"), outcome);
        Clean(Path.Combine(output, "feedback"), outcome);
        foreach (ClassroomResult result in outcome.Results)
        {
            PageDetails details = Details(outcome, result);
            Save(Path.Combine("feedback", result.Page), HtmlReport.Write(result.Report, details));
            Save(Path.Combine("pages", result.Page), HtmlReport.Write(result.Report, details with
            {
                Code = Code(Path.Combine(output, "grades", result.Handin.Key, "code.json")),
            }));
        }
        if (outcome.Roster is not null)
        {
            Save("roster.csv", ClassroomScores.RosterTable(outcome));
            foreach ((string name, string text) in PlatformGrades.Write(outcome, notes)) Save(Path.Combine("upload", name), text);
        }
        Save("index.html", ClassIndex.Write(outcome));
    }

    static PageDetails Details(ClassroomOutcome outcome, ClassroomResult result) => new()
    {
        Student = result.Student,
        Places = outcome.Places,
        LatePenalty = result.Lateness?.Penalty ?? 0,
        LateReason = result.Lateness?.Reason ?? "",
        Comments = result.Comments,
        Regrades = [.. outcome.Regrades.Where(one => one.Student == result.Student)],
    };

    // Pages of students who have left, or whose name has changed.
    static void Clean(string folder, ClassroomOutcome outcome)
    {
        if (Directory.Exists(folder))
            foreach (string page in Directory.EnumerateFiles(folder, "*.html")
                .ExceptBy(outcome.Results.Select(result => result.Page), Path.GetFileName)) File.Delete(page);
    }

    static Dictionary<string, string> Code(string file) =>
        File.Exists(file) ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(file)) ?? [] : [];
}
