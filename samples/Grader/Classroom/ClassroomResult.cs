using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;

namespace MyTorch.Grader.Classroom;

/// <summary>
/// A student's result: the report with what people decided laid over it, and what is known of the student and the handin.
/// </summary>
sealed record ClassroomResult(ClassroomHandin Handin, string Student, GradeReport Report)
{
    /// <summary>What people say about lines of the code.</summary>
    public IReadOnlyList<LineComment> Comments { get; init; } = [];

    /// <summary>The members that were written, normalised.</summary>
    public IReadOnlyList<MemberPrint> Prints { get; init; } = [];

    /// <summary>What lateness costs; null without rules or without a time.</summary>
    public LateResult? Lateness { get; init; }

    /// <summary>Whose handin it is; null without a roster, or if no row of it fits.</summary>
    public RosterStudent? Roster { get; init; }

    /// <summary>What a person should look at, a sentence each.</summary>
    public IReadOnlyList<Attention> ToLookAt { get; init; } = [];

    /// <summary>The points for the answers, whenever they were handed in.</summary>
    public double RawScore => Math.Max(0, Math.Round(
        Report.Score + Report.Manual.Sum(manual => manual.Score ?? 0) + Comments.Sum(comment => comment.Points ?? 0), 6));

    /// <summary>The points that count.</summary>
    public double Score => Math.Max(0, Math.Round(RawScore - (Lateness?.Penalty ?? 0), 6));

    /// <summary>The points that can be reached.</summary>
    public double MostPoints => Report.MaxScore + Report.Manual.Sum(manual => manual.MaxScore);

    /// <summary>Whether there is a score: a grader that failed gives none, which is not a zero.</summary>
    public bool HasScore => Report.Status != GradeStatus.GraderError;

    /// <summary>The file of the student's page. Each member of a group has one: what people decided may differ.</summary>
    public string Page => Handin.Students.Count == 1 ? $"{Handin.Key}.html"
        : FormattableString.Invariant($"{Handin.Key}-member-{Handin.Students.ToList().IndexOf(Student) + 1}.html");
}

/// <summary>Something that a person should look at.</summary>
/// <param name="Kind">In which list it stands: "Missing files".</param>
/// <param name="What">What it is.</param>
/// <param name="IsMinor">Whether it is so common that a handin with nothing else need not be looked at.</param>
sealed record Attention(string Kind, string What, bool IsMinor = false);

/// <summary>Everything that is known of a class once it is graded.</summary>
sealed record ClassroomOutcome
{
    public required AssignmentFolder Folder { get; init; }

    /// <summary>The results, in the order of the handins.</summary>
    public required IReadOnlyList<ClassroomResult> Results { get; init; }

    /// <summary>What is not graded, and why.</summary>
    public IReadOnlyList<LeftOutHandin> LeftOut { get; init; } = [];

    /// <summary>The students of the course; null if they are not known.</summary>
    public Roster? Roster { get; init; }

    /// <summary>The late rules; null for none.</summary>
    public LateRules? Late { get; init; }

    /// <summary>The scores of an earlier grading; null for none.</summary>
    public OldScores? Old { get; init; }

    /// <summary>Handins that are alike.</summary>
    public IReadOnlyList<LikeHandins> Alike { get; init; } = [];

    /// <summary>Requests to grade again, with their answers.</summary>
    public IReadOnlyList<RegradeAnswer> Regrades { get; init; } = [];

    /// <summary>What a platform calls the assignment's column of grades.</summary>
    public required string Column { get; init; }

    /// <summary>Where students work on each question.</summary>
    public IReadOnlyDictionary<string, QuestionPlace> Places => field ??= Folder.Assignment.Questions.ToDictionary(question => question.Id,
        question =>
        {
            IReadOnlySet<string> needed = Folder.Assignment.Needed(question);
            return new QuestionPlace(
                [.. question.Blank.SelectMany(Folder.Reference.Find).Select(member => $"{member.Path}: {member.ShortName}").Distinct()],
                [.. Folder.Assignment.Questions.Select(one => one.Id).Where(needed.Contains)]);
        });

    /// <summary>The students of the roster without a handin.</summary>
    public IEnumerable<RosterStudent> WithoutHandin =>
        Roster is null ? [] : Roster.Students.Where(student => !Results.Any(result => result.Roster == student));
}
