using System.Globalization;
using System.Text;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using static MyTorch.Grader.Classroom.ClassroomScores;
using static MyTorch.Grader.Reports.Html;

namespace MyTorch.Grader.Classroom;

/// <summary>The page of a class, <c>index.html</c>: the result, what a person has to look at, and then the tables.</summary>
static class ClassIndex
{
    public static string Write(ClassroomOutcome outcome)
    {
        Assignment assignment = outcome.Folder.Assignment;
        var main = new StringBuilder().Append(CultureInfo.InvariantCulture, $"<h1>{Encode(assignment.Title)}</h1>\n");
        string[] overview = [.. ClassroomOverview.Lines(outcome.Results, mostMistakes: 0)];
        main.Append(CultureInfo.InvariantCulture, $"<p class=\"result\"><strong>{Encode(overview[0])}</strong></p>\n");
        foreach (string line in overview.Skip(1)) main.Append(CultureInfo.InvariantCulture, $"<p>{Encode(line)}</p>\n");
        main.Append(CultureInfo.InvariantCulture, $"<p><strong>Next:</strong> {Next(outcome)}</p>\n");
        AppendToLookAt(main, outcome);
        AppendChanges(main, outcome);
        AppendWithoutHandin(main, outcome);
        AppendStudents(main, outcome);
        AppendQuestions(main, outcome);
        AppendMistakes(main, outcome);
        main.Append("<h2>Files</h2>\n<p>Tables: ").AppendJoin(", ", Tables(outcome).Select(name => $"<a href=\"{name}\">{name}</a>"))
            .Append(CultureInfo.InvariantCulture,
                $".</p>\n<p class=\"quiet\">{Encode(assignment.Id)}, version {Encode(assignment.Version)}.</p>\n");
        return Page($"{assignment.Id}: class", main.ToString().TrimEnd());
    }

    static IEnumerable<string> Tables(ClassroomOutcome outcome)
    {
        yield return "scores.csv";
        yield return "mistakes.csv";
        if (outcome.Old is not null) yield return "changes.csv";
        if (outcome.Late is not null) yield return "late.csv";
        if (outcome.Roster is not null) yield return "roster.csv";
        if (outcome.Regrades.Count > 0) yield return "regrades.csv";
    }

    static string Next(ClassroomOutcome outcome)
    {
        int look = outcome.LeftOut.Count + outcome.Results.Count(result => result.ToLookAt.Any(one => !one.IsMinor));
        return (look == 0 ? "nothing has to be looked at." : $"look at the {Count(look, "handin", "handins")} listed below.")
            + " Then give the pages in <code>feedback/</code> to the students"
            + (outcome.Roster is null ? "." : " and upload the file of your platform from <code>upload/</code>.");
    }

    static void AppendToLookAt(StringBuilder main, ClassroomOutcome outcome)
    {
        var rows = outcome.LeftOut.Select(one => (Kind: "Not graded", Who: Encode(one.Entry), What: $"left out: {one.Reason}"))
            .Concat(outcome.Results.SelectMany(result => result.ToLookAt.Where(one => one.Kind != "Alike")
                .Select(one => (one.Kind, Who: Link(result), one.What))))
            // A group is one row.
            .Concat(outcome.Alike.Select(group => (Kind: "Alike", Who: string.Join(", ",
                outcome.Results.Where(result => group.Handins.Contains(result.Handin)).Select(Link)), group.What))).ToArray();
        if (rows.Length == 0) return;
        main.Append("<h2 id=\"look\">To look at</h2>\n<p>Nothing of this costs points by itself.</p>\n");
        foreach ((string kind, string says) in ToLookAt.Kinds)
            if (rows.Where(row => row.Kind == kind).ToArray() is { Length: > 0 } found)
                main.Append(found.Length <= 10 ? "<details open=\"open\">" : "<details>")
                    .Append(CultureInfo.InvariantCulture, $"<summary>{kind}: {found.Length}</summary>\n")
                    .Append(Table(says, ["Handin", "What"],
                        found.Select(row => (IReadOnlyList<string>)[row.Who, Encode(ReportText.Line(row.What))])))
                    .Append("\n</details>\n");
    }

    static string Link(ClassroomResult result) => $"<a href=\"pages/{Uri.EscapeDataString(result.Page)}\">{Encode(result.Student)}</a>";

    static void AppendChanges(StringBuilder main, ClassroomOutcome outcome)
    {
        if (outcome.Regrades.Count > 0)
            main.Append("<h2>Requests to grade again</h2>\n").Append(Table("What was asked, and what came of it",
                ["Student", "Question", "Request", "Before", "Now", "Reason"], outcome.Regrades.Select(one => (IReadOnlyList<string>)
                [Encode(one.Student), Encode(one.Question), Encode(one.Request), Number(one.Old), Number(one.New), Encode(one.Reason)]),
                    3, 4)).Append('\n');
        if (outcome.Old is not { } old) return;
        var changes = old.Compare(outcome.Results);
        main.Append(CultureInfo.InvariantCulture,
            $"<h2>Changes</h2>\n<p>{Encode(ClassroomOverview.Summary(changes, outcome.Results))}</p>\n");
        if (changes.Count > 0)
            main.Append(Table("Who gains and who loses", ["Student", "Question", "Before", "Now", "Difference"],
                changes.Select(change => (IReadOnlyList<string>)
                [
                    Encode(change.Student), Encode(change.Question), Number(change.Old), Number(change.New),
                    ClassroomOverview.Signed(change.Difference),
                ]), 2, 3, 4)).Append('\n');
    }

    static void AppendWithoutHandin(StringBuilder main, ClassroomOutcome outcome)
    {
        if (outcome.Roster is null) return;
        RosterStudent[] without = [.. outcome.WithoutHandin];
        main.Append("<h2>Handed in nothing</h2>\n");
        if (without.Length == 0) main.Append("<p>Every student of the roster has handed in.</p>\n");
        else
            main.Append(Table($"{without.Length} of {Count(outcome.Roster.Students.Count, "student", "students")} of the roster",
                ["Student", "Address", "Section"],
                without.Select(one => (IReadOnlyList<string>)[Encode(one.Shown), Encode(one.Email), Encode(one.Section)]))).Append('\n');
    }

    static void AppendStudents(StringBuilder main, ClassroomOutcome outcome)
    {
        bool late = outcome.Late is not null;
        string[] columns = ["Student", "Points", .. late ? ["Without lateness"] : Array.Empty<string>(), "Result", "To look at",
            "Mistakes recognised"];
        main.Append("<h2 id=\"students\">Students</h2>\n").Append(Table("Points of each student", columns,
            outcome.Results.Select(result => (IReadOnlyList<string>)
        [
            Link(result), Number(Points(result)["score"]),
            .. late ? [Number(result.HasScore ? result.RawScore : null)] : Array.Empty<string>(),
            Encode(GradescopeReport.StatusName(result.Report.Status).Replace('_', ' ')),
            Encode(string.Join(", ", result.ToLookAt.Where(one => !one.IsMinor).Select(one => one.Kind).Distinct())),
            Encode(string.Join(", ", result.Report.Questions.SelectMany(question => question.Mistakes).Distinct())),
        ]), late ? [1, 2] : [1])).Append('\n');
    }

    static void AppendQuestions(StringBuilder main, ClassroomOutcome outcome)
    {
        ClassroomResult[] graded = [.. outcome.Results.Where(result => result.HasScore)];
        main.Append("<h2 id=\"questions\">Questions</h2>\n")
            .Append(Table("How questions went", ["Question", "Points", "Mean", "Full points", "No points"],
                outcome.Folder.Assignment.Questions.Where(question => !question.Manual).Select(question =>
        {
            QuestionReport[] all = [.. graded.SelectMany(result => result.Report.Questions).Where(one => one.Id == question.Id)];
            return (IReadOnlyList<string>)
            [
                Encode($"{question.Id} {question.Title}"), Number(question.Points),
                all.Length == 0 ? "" : Number(all.Average(one => one.Score)),
                $"{all.Count(ReportText.IsFull)}", $"{all.Count(one => one.Score == 0)}",
            ];
        }), 1, 2, 3, 4)).Append('\n');
    }

    static void AppendMistakes(StringBuilder main, ClassroomOutcome outcome)
    {
        var mistakes = Mistakes(outcome.Results);
        if (mistakes.Count == 0) return;
        main.Append("<h2 id=\"mistakes\">Mistakes</h2>\n")
            .Append(Table("Known mistakes, and how often they were made", ["Mistake", "Question", "Times", "Hint that was given"],
                mistakes.Select(one => (IReadOnlyList<string>)
            [
                Encode(one.Mistake), Encode(one.Question), $"{one.Students.Count}",
                Encode(outcome.Folder.Hints.Mistakes.GetValueOrDefault(one.Mistake, "")),
            ]), 2)).Append('\n');
    }

    static string Count(int count, string one, string several) => ClassroomOverview.Count(count, one, several);
}
