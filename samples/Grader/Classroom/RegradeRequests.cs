using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>
/// The rows of <c>requests.csv</c>: student, question, request. Their answers are kept in <c>regrades.csv</c> with the points before and
/// after, also when the class is graded again.
/// </summary>
sealed class RegradeRequests
{
    readonly List<(string Student, string Question, string Request)> _asked = [];
    readonly List<RegradeAnswer> _answered = [];

    /// <summary>The students who ask.</summary>
    public IEnumerable<string> Students => _asked.Select(one => one.Student).Distinct();

    /// <summary>The students whose handins are graded again: those with a request that has no answer yet.</summary>
    public IReadOnlySet<string> Open =>
        _asked.Where(one => !_answered.Any(before => IsAnswer(before, one))).Select(one => one.Student).ToHashSet();

    static bool IsAnswer(RegradeAnswer answer, (string Student, string Question, string Request) asked) =>
        (answer.Student, answer.Question, answer.Request) == asked;

    /// <param name="file">The requests; null for none.</param>
    /// <param name="answers">The answers that were given before, which stay.</param>
    /// <param name="assignment">The assignment.</param>
    /// <exception cref="SourceException">A row cannot be used; the message names it and the fix.</exception>
    public static RegradeRequests Read(string? file, string answers, Assignment assignment)
    {
        List<(string Student, string Question, string Request)> asked = [];
        if (file is not null)
            foreach ((int line, IReadOnlyDictionary<string, string> row) in Csv.Read(file, "student", "question", "request"))
            {
                string place = FormattableString.Invariant($"{Path.GetFileName(file)}, line {line}: ");
                if (!assignment.Questions.Any(question => question.Id == row["question"]))
                    throw new SourceException($"{place}{assignment.Id} has no question {row["question"]}. The questions are " +
                        $"{string.Join(", ", assignment.Questions.Select(question => question.Id))}.");
                if (row["student"].Length == 0 || row["request"].Length == 0)
                    throw new SourceException(place + "a request needs its student and what is asked for.");
                asked.Add((row["student"], row["question"], row["request"]));
            }
        var requests = new RegradeRequests();
        requests._asked.AddRange(asked);
        static double? Number(string text) => Csv.IsNumber(text, out double number) ? number : null;
        if (File.Exists(answers))
            foreach ((int _, IReadOnlyDictionary<string, string> row) in
                Csv.Read(answers, "student", "question", "request", "old", "new", "reason"))
                requests._answered.Add(new(row["student"], row["question"], row["request"], Number(row["old"]), Number(row["new"]),
                    row["reason"]));
        return requests;
    }

    /// <summary>All answers: those of before, and those to these requests.</summary>
    public IReadOnlyList<RegradeAnswer> Answer(IReadOnlyList<ClassroomResult> results, OldScores? old)
    {
        var now = results.ToDictionary(result => result.Student);
        // A request that is answered again, because the class is graded once more, keeps the points that it was about.
        return [.. _answered.Where(one => !_asked.Contains((one.Student, one.Question, one.Request))),
            .. _asked.Select(one => Answer(one, now.GetValueOrDefault(one.Student), _answered.FirstOrDefault(before =>
                IsAnswer(before, one))?.Old ?? old?.Of(one.Student, one.Question)))];
    }

    static RegradeAnswer Answer((string Student, string Question, string Request) asked, ClassroomResult? result, double? old)
    {
        double? points = result is null ? null : ClassroomScores.Points(result).GetValueOrDefault(asked.Question);
        QuestionReport? question = result?.Report.Questions.FirstOrDefault(one => one.Id == asked.Question);
        ManualReport? manual = result?.Report.Manual.FirstOrDefault(one => one.Id == asked.Question);
        string reason = result is null ? "No handin of this student is in the class."
            : question?.Override is { } set ? $"{set.Author}: {set.Reason}"
            : manual?.Reason is { Length: > 0 } given ? given
            : points == old ? "Graded again, with the same result." : "Graded again.";
        return new(asked.Student, asked.Question, asked.Request, old, points, reason);
    }

    /// <summary>The table of answers.</summary>
    public static string Write(IReadOnlyList<RegradeAnswer> answers) => Csv.Write(
        ["student", "question", "request", "old", "new", "reason"],
        answers.Select(one => (IReadOnlyList<string>)[one.Student, one.Question, one.Request, Points(one.Old), Points(one.New),
            one.Reason]));

    static string Points(double? points) => points is { } value ? ReportText.Points(value) : "";
}
