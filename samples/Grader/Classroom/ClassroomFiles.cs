using System.Globalization;
using System.Text;
using System.Text.Json;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Reports;
using static MyTorch.Grader.Reports.Html;

namespace MyTorch.Grader.Classroom;

/// <summary>The files that grading a class writes for people: tables, and a page for each student.</summary>
static class ClassroomFiles
{
    public static void Write(string output, AssignmentFolder folder, IReadOnlyList<ClassroomResult> results, OldScores? old)
    {
        Assignment assignment = folder.Assignment;
        void Save(string name, string text) => GradeCommand.Write(Path.Combine(output, name), text);
        Save("scores.csv", Scores(assignment, results));
        Save("mistakes.csv", Csv.Write(["question", "mistake", "times", "students", "hint"],
            Mistakes(results).Select(one => (IReadOnlyList<string>)
            [one.Question, one.Mistake, $"{one.Students.Count}", string.Join("; ", one.Students),
                folder.Hints.Mistakes.GetValueOrDefault(one.Mistake, "")])));
        if (old is not null)
            Save("changes.csv", Csv.Write(["student", "question", "old", "new", "difference"],
                old.Compare(results).Select(change => (IReadOnlyList<string>)
                [change.Student, change.Question, Number(change.Old), Number(change.New), Number(change.Difference)])));
        // Pages of students who have left, or whose name has changed.
        if (Directory.Exists(Path.Combine(output, "pages")))
            foreach (string page in Directory.EnumerateFiles(Path.Combine(output, "pages"), "*.html")
                .ExceptBy(results.Select(Page), Path.GetFileName)) File.Delete(page);
        foreach (ClassroomResult result in results)
            Save(Path.Combine("pages", Page(result)),
                HtmlReport.Write(result.Report, result.Student, Code(Path.Combine(output, "grades", result.Handin.Key, "code.json"))));
        Save("index.html", Index(folder, results, old));
    }

    /// <summary>
    /// The sum under "score", and the points of each question under its id; null where the grader failed, or a person has not graded yet.
    /// </summary>
    public static IReadOnlyDictionary<string, double?> Points(ClassroomResult result)
    {
        bool failed = result.Report.Status == GradeStatus.GraderError;
        var points = new Dictionary<string, double?> { ["score"] = failed ? null : result.Score };
        foreach (QuestionReport question in result.Report.Questions) points[question.Id] = failed ? null : question.Score;
        foreach (ManualReport manual in result.Report.Manual) points[manual.Id] = manual.Score;
        return points;
    }

    static string Scores(Assignment assignment, IReadOnlyList<ClassroomResult> results) => Csv.Write(
        ["student", "score", "max", "status", "late", "submitted_at", .. assignment.Questions.Select(question => question.Id), "mistakes",
            "flagged", "overrides", "handin", "version"],
        results.Select(result =>
        {
            IReadOnlyDictionary<string, double?> points = Points(result);
            return (IReadOnlyList<string>)
            [
                result.Student, Number(points["score"]), Number(assignment.MaxScore), GradescopeReport.StatusName(result.Report.Status),
                result.Handin.Late ? "late" : "",
                result.Report.SubmittedAt?.ToString("yyyy-MM-ddTHH:mm:sszzz", null) ?? "",
                .. assignment.Questions.Select(question => Number(points.GetValueOrDefault(question.Id))),
                string.Join(' ', result.Report.Questions.Select(question => question.Mistake).OfType<string>()),
                string.Join("; ", result.Report.Build.Forbidden),
                string.Join("; ", result.Report.Questions.Where(question => question.Override is not null)
                    .Select(question => $"{question.Id} by {question.Override!.Author}: {question.Override.Reason}")),
                result.Handin.Entry, result.Report.Version,
            ];
        }));

    static IReadOnlyList<(string Question, string Mistake, IReadOnlyList<string> Students)> Mistakes(IReadOnlyList<ClassroomResult> results) =>
        [.. results.SelectMany(result =>
            result.Report.Questions.Where(question => question.Mistake is not null)
                .Select(question => (question.Id, question.Mistake, result.Student)))
            .GroupBy(one => (one.Id, one.Mistake)).OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key.Mistake, StringComparer.Ordinal)
            .Select(group => (group.Key.Id, group.Key.Mistake!, (IReadOnlyList<string>)[.. group.Select(one => one.Student)]))];

    static Dictionary<string, string> Code(string file) =>
        File.Exists(file) ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(file)) ?? [] : [];

    // Each member of a group has a page: what people decided may differ.
    static string Page(ClassroomResult result) => result.Handin.Students.Count == 1 ? $"{result.Handin.Key}.html"
        : FormattableString.Invariant($"{result.Handin.Key}-member-{result.Handin.Students.ToList().IndexOf(result.Student) + 1}.html");

    static string Number(double? number) => number is { } value ? ReportText.Points(value) : "";

    static string Index(AssignmentFolder folder, IReadOnlyList<ClassroomResult> results, OldScores? old)
    {
        Assignment assignment = folder.Assignment;
        List<ClassroomResult> graded = Graded(results);
        var main = new StringBuilder()
            .Append(CultureInfo.InvariantCulture,
                $"<h1>{Encode(assignment.Title)}</h1>\n<p>{Encode(assignment.Id)}, version {Encode(assignment.Version)}.</p>\n");
        foreach (string line in Overview(results, mostMistakes: 0)) main.Append(CultureInfo.InvariantCulture, $"<p>{Encode(line)}</p>\n");
        var mistakes = Mistakes(results);
        main.Append("<p>On this page: <a href=\"#questions\">questions</a>, ")
            .Append(mistakes.Count > 0 ? "<a href=\"#mistakes\">mistakes</a>, " : "").Append("<a href=\"#students\">students</a>.</p>\n");
        main.Append("<p>Tables: <a href=\"scores.csv\">scores.csv</a>, <a href=\"mistakes.csv\">mistakes.csv</a>")
            .Append(old is null ? "" : ", <a href=\"changes.csv\">changes.csv</a>").Append(".</p>\n");

        if (old is not null)
        {
            var changes = old.Compare(results);
            main.Append(CultureInfo.InvariantCulture, $"<h2>Changes</h2>\n<p>{Encode(Summary(changes, results))}</p>\n");
            if (changes.Count > 0)
                main.Append(Table("Who gains and who loses", ["Student", "Question", "Before", "Now", "Difference"],
                    changes.Select(change => (IReadOnlyList<string>)
                    [Encode(change.Student), Encode(change.Question), Number(change.Old), Number(change.New), Signed(change.Difference)]),
                        2, 3, 4)).Append('\n');
        }

        main.Append("<h2 id=\"questions\">Questions</h2>\n")
            .Append(Table("How questions went", ["Question", "Points", "Mean", "Full points", "No points"],
                assignment.Questions.Where(question => !question.Manual).Select(question =>
        {
            QuestionReport[] all = [.. graded.SelectMany(result => result.Report.Questions).Where(one => one.Id == question.Id)];
            return (IReadOnlyList<string>)
            [
                Encode($"{question.Id} {question.Title}"), Number(question.Points), all.Length == 0
                    ? ""
                    : Number(all.Average(one => one.Score)), $"{all.Count(ReportText.IsFull)}", $"{all.Count(one => one.Score == 0)}",
            ];
        }), 1, 2, 3, 4)).Append('\n');

        if (mistakes.Count > 0)
            main.Append("<h2 id=\"mistakes\">Mistakes</h2>\n")
                .Append(Table("Known mistakes, and how often they were made", ["Mistake", "Question", "Times", "Hint that was given"],
                    mistakes.Select(one => (IReadOnlyList<string>)
                [Encode(one.Mistake), Encode(one.Question), $"{one.Students.Count}",
                    Encode(folder.Hints.Mistakes.GetValueOrDefault(one.Mistake, ""))]), 2)).Append('\n');

        main.Append("<h2 id=\"students\">Students</h2>\n")
            .Append(Table("Points of each student", ["Student", "Points", "Result", "To look at", "Mistakes recognised"],
                results.Select(result => (IReadOnlyList<string>)
        [
            $"<a href=\"pages/{Uri.EscapeDataString(Page(result))}\">{Encode(result.Student)}</a>", Number(Points(result)["score"]),
            Encode(GradescopeReport.StatusName(result.Report.Status).Replace('_', ' ')),
            Encode(string.Join(", ", Notable(result))),
            Encode(string.Join(", ", result.Report.Questions.Select(question => question.Mistake).OfType<string>())),
        ]), 1)).Append('\n');
        return Html.Page($"{assignment.Id}: class", main.ToString().TrimEnd());
    }

    // What a person should see of a result beside its points.
    static IEnumerable<string> Notable(ClassroomResult result)
    {
        if (result.Handin.Late) yield return "late";
        if (result.Report.Build.Forbidden.Count is > 0 and var flags) yield return $"{flags} flagged";
        if (result.Report.Build.IgnoredFiles.Count is > 0 and var ignored)
            yield return $"{ignored} {(ignored == 1 ? "file" : "files")} not graded";
        if (result.Report.Questions.Any(question => question.Override is not null)) yield return "points set by a person";
        if (result.Report.Manual.Any(manual => manual.Score is null)) yield return "to grade by hand";
    }

    static List<ClassroomResult> Graded(IReadOnlyList<ClassroomResult> results) =>
        [.. results.Where(result => result.Report.Status != GradeStatus.GraderError)];

    /// <summary>A class in a few sentences.</summary>
    public static IEnumerable<string> Overview(IReadOnlyList<ClassroomResult> results, int mostMistakes = 5)
    {
        List<ClassroomResult> graded = Graded(results);
        string students = Count(results.Count, "student", "students");
        if (graded.Count == 0) yield return $"{students}.";
        else
        {
            double[] scores = [.. graded.Select(result => result.Score).Order()];
            double most = graded[0].Report.MaxScore + graded[0].Report.Manual.Sum(manual => manual.MaxScore);
            yield return $"{students}, from {Number(scores[0])} to {Number(scores[^1])} of {Number(most)} points, half of them " +
                $"{Number(scores[scores.Length / 2])} or more.";
        }
        int Of(GradeStatus status) => results.Count(result => result.Report.Status == status);
        string[] odd = [.. new[] { (GradeStatus.InvalidHandin, "cannot be read"), (GradeStatus.CompileError, "does not compile as a whole"),
            (GradeStatus.Rejected, "is rejected") }
            .Where(one => Of(one.Item1) > 0).Select(one => $"{Count(Of(one.Item1), "handin", "handins")}: {one.Item2}")];
        if (odd.Length > 0) yield return string.Join("; ", odd) + ".";
        if (results.Count(result => result.Report.Build.Forbidden.Count > 0) is > 0 and var flagged)
            yield return $"{Count(flagged, "handin", "handins")} with uses that are flagged: look at what is named on their pages.";
        if (results.Count > graded.Count)
            yield return $"The grader failed on {results.Count - graded.Count}: no score, which is not a zero. Run it again to try only " +
                $"these.";
        var mistakes = Mistakes(results);
        if (mistakes.Count > 0 && mostMistakes > 0)
        {
            yield return $"Known mistakes: {mistakes.Count} kinds, {mistakes.Sum(one => one.Students.Count)} in all; most often";
            foreach (var one in mistakes.Take(mostMistakes)) yield return $"  {one.Students.Count} × {one.Mistake}";
        }
    }

    static string Count(int count, string one, string several) => FormattableString.Invariant($"{count} {(count == 1 ? one : several)}");

    /// <summary>"2 gain, 1 loses, 97 stay as they were."</summary>
    public static string Summary(IReadOnlyList<ScoreChange> changes, IReadOnlyList<ClassroomResult> results)
    {
        var sums = changes.Where(change => change.Question == "score").ToList();
        int gain = sums.Count(change => change.Difference > 0), lose = sums.Count(change => change.Difference < 0);
        int stay = results.Count(result => sums.All(change => change.Student != result.Student || change.Difference == 0));
        return $"{gain} {(gain == 1 ? "gains" : "gain")}, {lose} {(lose == 1 ? "loses" : "lose")}, {stay} " +
            $"{(stay == 1 ? "stays" : "stay")} the same.";
    }

    public static string Signed(double difference) => (difference > 0 ? "+" : "") + Number(difference);
}
