using static MyTorch.Grader.Classroom.ClassroomScores;

namespace MyTorch.Grader.Classroom;

/// <summary>
/// The scores of a class as platforms import them: Canvas's gradebook and Moodle's import of grades; and in the columns of Gradescope's own
/// export of scores, of which no import is documented. A student
/// without a score has an empty cell, which changes nothing there: whether nothing handed in is a zero, people decide.
/// </summary>
static class PlatformGrades
{
    /// <summary>The names of all files.</summary>
    public static IReadOnlyList<string> Names { get; } = ["canvas.csv", "moodle.csv", "gradescope.csv"];

    /// <summary>The files that the roster's columns suffice for: their names and texts.</summary>
    /// <param name="outcome">The class, with a roster.</param>
    /// <param name="notes">Receives a note for each file that the roster does not suffice for.</param>
    public static IEnumerable<(string Name, string Text)> Write(ClassroomOutcome outcome, Action<string> notes)
    {
        IReadOnlyList<RosterStudent> students = outcome.Roster!.Students;
        foreach ((string name, Func<RosterStudent, bool> suffices, string needs, Func<ClassroomOutcome, string> write) in
            new (string, Func<RosterStudent, bool>, string, Func<ClassroomOutcome, string>)[]
        {
            ("canvas.csv", one => one.Id.Length > 0 || one.Sid.Length > 0 || one.Login.Length > 0, "ID, SIS User ID or SIS Login ID",
                Canvas),
            ("moodle.csv", one => one.Email.Length > 0 || one.Sid.Length > 0, "Email address or ID number", Moodle),
            ("gradescope.csv", one => one.Email.Length > 0 || one.Sid.Length > 0, "Email or SID", Gradescope),
        })
            if (students.All(suffices)) yield return (name, write(outcome));
            else notes($"upload/{name} is not written: {students.First(one => !suffices(one)).Shown} has no {needs} in the roster.");
    }

    /// <summary>The score that a student's handins give; null for none, and for several, of which no rule chooses one.</summary>
    public static double? Score(IReadOnlyList<ClassroomResult> results) => results is [{ HasScore: true } one] ? one.Score : null;

    static string Score(ClassroomOutcome outcome, RosterStudent student) =>
        Number(Score([.. outcome.Results.Where(result => result.Roster == student)]));

    // The second row holds the points that can be reached; its first cell is Canvas's own, spaces included.
    static string Canvas(ClassroomOutcome outcome)
    {
        bool sis = outcome.Roster!.Students.Any(student => student.Sid.Length > 0);
        IReadOnlyList<string> Row(string name, string id, string sid, string login, string section, string points) =>
            sis ? [name, id, sid, login, section, points] : [name, id, login, section, points];
        return Csv.Write(Row("Student", "ID", "SIS User ID", "SIS Login ID", "Section", outcome.Column), [
            Row("    Points Possible", "", "", "", "", Number(outcome.Folder.Assignment.MaxScore)),
            .. outcome.Roster.Students.Select(one => Row(
                one.Last.Length > 0 && one.First.Length > 0 ? $"{one.Last}, {one.First}" : one.Shown,
                one.Id, one.Sid, one.Login, one.Section, Score(outcome, one)))], mark: false);
    }

    static string Moodle(ClassroomOutcome outcome) => Csv.Write(["First name", "Last name", "ID number", "Email address", outcome.Column],
        outcome.Roster!.Students.Select(one => (IReadOnlyList<string>)[one.First, one.Last, one.Sid, one.Email, Score(outcome, one)]),
            mark: false);

    static string Gradescope(ClassroomOutcome outcome) => Csv.Write(
        ["First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status"],
        outcome.Roster!.Students.Select(one => (IReadOnlyList<string>)
        [
            one.First, one.Last, one.Sid, one.Email, one.Section, Score(outcome, one), Number(outcome.Folder.Assignment.MaxScore),
            outcome.Results.Any(result => result.Roster == one) ? Score(outcome, one).Length > 0 ? "Graded" : "Ungraded" : "Missing",
        ]), mark: false);
}
