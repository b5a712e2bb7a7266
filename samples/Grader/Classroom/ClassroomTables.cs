using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>
/// The tables that people write for a class, and how they are laid over its grades. Nothing is graded again when one of them changes.
/// </summary>
sealed class ClassroomTables
{
    /// <summary>The tables' names, and what they hold.</summary>
    public static IReadOnlyList<(string Name, string Holds)> Names { get; } =
    [
        ("manual.csv", "Points of manual questions: student,question,score,reason,author"),
        ("overrides.csv", "Points that replace the grader's: student,question,score,reason,author"),
        ("comments.csv", "Comments on lines of code, with points or without: handin,file,line,text,points"),
        ("roster.csv", "The course's students, as Canvas, Moodle or Gradescope exports them"),
        ("late.json", "The deadline and what lateness costs"),
        ("extensions.csv", "Extensions: student,due,hours,late_days,reason"),
        ("submitted.csv", "When a handin was made, where the platform does not tell: student,submitted_at"),
        ("requests.csv", "Requests to grade again: student,question,request"),
    ];

    // Not taken from the folder of results, which has a table of this name for people to read.
    const string WrittenRoster = "roster.csv";

    /// <summary>Points that people gave.</summary>
    public required Adjustments Adjustments { get; init; }
    /// <summary>Comments on lines, by the handin's key.</summary>
    public required ILookup<string, LineComment> Comments { get; init; }
    /// <summary>The students of the course; null if they are not known.</summary>
    public required Roster? Roster { get; init; }
    /// <summary>What lateness costs.</summary>
    public required LateTables Late { get; init; }
    /// <summary>Requests to grade again.</summary>
    public required RegradeRequests Requests { get; init; }
    /// <summary>The scores of an earlier grading; null for none.</summary>
    public required OldScores? Old { get; init; }
    /// <summary>What a platform calls the assignment's column of grades.</summary>
    public required string Column { get; init; }

    /// <exception cref="SourceException">A table cannot be used; the message names its line and the fix.</exception>
    public static ClassroomTables Read(
        ClassroomOptions options, AssignmentFolder folder, IReadOnlyList<ClassroomHandin> handins, Action<string> notes)
    {
        Assignment assignment = folder.Assignment;
        string? File(string name) => Find(options, name, notes);
        var tables = new ClassroomTables
        {
            Adjustments = Adjustments.Read(assignment, File("manual.csv"), File("overrides.csv"), notes),
            Comments = LineComments.Read(File("comments.csv"), assignment, handins),
            Roster = File(WrittenRoster) is { } roster ? Roster.Read(roster) : null,
            Late = LateTables.Read(File("late.json"), File("extensions.csv"), File("submitted.csv")),
            Requests = RegradeRequests.Read(File("requests.csv"), Path.Combine(options.Output, "regrades.csv"), assignment),
            Old = options.Against is { } against ? OldScores.Read(against) : null,
            Column = options.Column ?? assignment.Title,
        };
        string[] students = [.. handins.SelectMany(handin => handin.Students)];
        foreach ((string which, IEnumerable<string> named) in new[]
        {
            ("manual.csv or overrides.csv", tables.Adjustments.Students), ("extensions.csv or submitted.csv", tables.Late.Students),
            ("requests.csv", tables.Requests.Students),
        })
            foreach (string student in named.Except(students))
                notes($"{which} names {student}, who has no handin.{Spelling.DidYouMean(student, students)}");
        return tables;
    }

    static string? Find(ClassroomOptions options, string name, Action<string> notes)
    {
        if (options.Tables.GetValueOrDefault(name) is { } file)
            return File.Exists(file) ? file : throw new SourceException($"There is no file {file}.");
        if (name == WrittenRoster) return null;
        string beside = Path.Combine(options.Output, name);
        if (File.Exists(beside)) return beside;
        // What people decided for the earlier grading still counts; a request was for that grading only.
        if (name == "requests.csv" || options.Against is not { } against
            || Path.Combine(Path.GetDirectoryName(Path.GetFullPath(against))!, name) is var before && !File.Exists(before)) return null;
        notes($"{before} is used, because {options.Output} has no {name}.");
        return before;
    }

    /// <summary>Lays the tables over the grades.</summary>
    /// <param name="folder">The assignment.</param>
    /// <param name="listing">The class.</param>
    /// <param name="grade">The report on a handin and the prints of its members.</param>
    public ClassroomOutcome Assemble(
        AssignmentFolder folder, HandinListing listing,
        Func<ClassroomHandin, (GradeReport Report, IReadOnlyList<MemberPrint> Prints)> grade)
    {
        var graded = listing.Handins.Select(handin => (Handin: handin, Grade: grade(handin))).ToArray();
        IReadOnlyList<LikeHandins> alike = Likeness.Group(
            [.. graded.Select(one => (one.Handin, one.Grade.Report.Handin, one.Grade.Prints))]);
        IReadOnlySet<string> usual = Usual([.. graded.Select(one => one.Grade.Prints)]);
        ClassroomResult[] results =
            [.. graded.SelectMany(one => one.Handin.Students.Select(student => Result(one.Handin, student, one.Grade)))];
        return new ClassroomOutcome
        {
            Folder = folder,
            Results = [.. results.Select(result => result with { ToLookAt = [.. LookAt(result, results, alike, usual)] })],
            LeftOut = listing.LeftOut,
            Roster = Roster,
            Late = Late.Rules,
            Old = Old,
            Alike = alike,
            Regrades = Requests.Answer(results, Old),
            Column = Column,
        };
    }

    ClassroomResult Result(ClassroomHandin handin, string student, (GradeReport Report, IReadOnlyList<MemberPrint> Prints) grade)
    {
        GradeReport report = Adjustments.Apply(grade.Report with { SubmittedAt = grade.Report.SubmittedAt ?? handin.SubmittedAt }, student);
        var result = new ClassroomResult(handin, student, report)
        {
            Comments = [.. Comments[handin.Key]],
            Prints = grade.Prints,
            Roster = Roster?.Find(student, handin.Id, out _),
        };
        return result with
        {
            Lateness = result.HasScore ? Late.Apply(result) : null,
            Report = report with { SubmittedAt = Late.SubmittedAt(result) },
        };
    }

    const int FewestToBeUsual = 4;

    IEnumerable<Attention> LookAt(ClassroomResult result, ClassroomResult[] results, IReadOnlyList<LikeHandins> alike,
        IReadOnlySet<string> usual)
    {
        IReadOnlyList<RosterStudent> several = [];
        Roster?.Find(result.Student, result.Handin.Id, out several);
        ClassroomResult? twice = result.Roster is null ? null : results.FirstOrDefault(other =>
            other.Roster == result.Roster && (other.Handin != result.Handin || other.Student != result.Student));
        return ToLookAt.Of(result, several, Roster is not null, twice, timed: result.Report.SubmittedAt is not null,
            alike.FirstOrDefault(group => group.Handins.Contains(result.Handin)), usual);
    }

    // What most of a class writes as the reference does can hardly be written in another way.
    static HashSet<string> Usual(IReadOnlyList<IReadOnlyList<MemberPrint>> handins) =>
        [.. handins.SelectMany(prints => prints.DistinctBy(print => print.Member)).GroupBy(print => print.Member)
            .Where(written => written.Count() >= FewestToBeUsual && 2 * written.Count(print => print.Like == "reference") > written.Count())
            .Select(written => written.Key)];
}
