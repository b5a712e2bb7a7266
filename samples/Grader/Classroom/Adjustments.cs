using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>
/// What people decide: points of manual questions (<c>manual.csv</c>), and points in the place of the grader's (<c>overrides.csv</c>, which
/// needs a reason and an author). Reports of the grader stay as they are; these are laid over them.
/// </summary>
sealed class Adjustments
{
    readonly Dictionary<(string Student, string Question), OverrideReport> _manual = [], _overrides = [];

    /// <summary>The students whom a row names.</summary>
    public IEnumerable<string> Students => _manual.Keys.Concat(_overrides.Keys).Select(key => key.Student).Distinct();

    /// <param name="assignment">The assignment.</param>
    /// <param name="manual">The file of points for manual questions; null for none.</param>
    /// <param name="overrides">The file of points in the place of the grader's; null for none.</param>
    /// <param name="notes">Receives a note for each row that is used and looks odd.</param>
    /// <exception cref="SourceException">A row cannot be used; the message names the file, the line and the fix.</exception>
    public static Adjustments Read(Assignment assignment, string? manual, string? overrides, Action<string> notes)
    {
        var all = new Adjustments();
        Read(manual, all._manual, assignment, manual: true, notes);
        Read(overrides, all._overrides, assignment, manual: false, notes);
        return all;
    }

    static void Read(string? file,
        Dictionary<(string, string), OverrideReport> into, Assignment assignment, bool manual, Action<string> notes)
    {
        if (file is null) return;
        Question[] known = [.. assignment.Questions.Where(question => question.Manual == manual)];
        string kind = manual ? "graded by a person" : "graded by the grader";
        foreach ((int line, IReadOnlyDictionary<string, string> row) in Csv.Read(file, "student", "question", "score", "reason", "author"))
        {
            string place = FormattableString.Invariant($"{Path.GetFileName(file)}, line {line}: ");
            if (row["student"].Length == 0) throw new SourceException(place + "no student is named.");
            if (known.Length == 0)
                throw new SourceException($"{place}{assignment.Id} has no question that is {kind}. {(manual ? "Give such a question \"manual\": true in assignment.json; or do you mean overrides.csv?" : "Do you mean manual.csv?")}");
            Question question = known.FirstOrDefault(one => one.Id == row["question"])
                ?? throw new SourceException(assignment.Questions.Any(one => one.Id == row["question"])
                ? $"{place}{row["question"]} is {(manual ? "graded by the grader: its points stand in overrides.csv" : "graded by a person: its points stand in manual.csv")}."
                : $"{place}{assignment.Id} has no question {(row["question"].Length == 0 ? "without an id" : row["question"])}; {kind} " +
                    $"are {string.Join(", ", known.Select(one => one.Id))}.");
            if (!Csv.IsNumber(row["score"], out double score) || score < 0)
                throw new SourceException($"{place}the score is \"{row["score"]}\"; it must be a number from 0, with a point: 2.5.");
            if (!manual && (row["reason"].Length == 0 || row["author"].Length == 0))
                throw new SourceException($"{place}a score in the place of the grader's needs a reason and an author.");
            if (!into.TryAdd((row["student"], question.Id), new OverrideReport(score, row["reason"], row["author"])))
                throw new SourceException($"{place}{row["student"]} has a score for {question.Id} already, further up.");
            if (score > question.Points)
                notes($"{place}{ReportText.Points(score)} is more than the {ReportText.PointsWord(question.Points)} of {question.Id}. It " +
                    $"is taken as it is.");
        }
    }

    /// <summary>A report with what was decided for a student laid over it.</summary>
    public GradeReport Apply(GradeReport report, string student) => report with
    {
        Questions = [.. report.Questions.Select(question =>
            _overrides.TryGetValue((student, question.Id), out OverrideReport? set) ? question with { Override = set } : question)],
        Manual = [.. report.Manual.Select(manual => _manual.TryGetValue((student, manual.Id), out OverrideReport? given)
            ? manual with { Score = given.Score, Reason = given.Reason, Author = given.Author } : manual)],
    };
}
