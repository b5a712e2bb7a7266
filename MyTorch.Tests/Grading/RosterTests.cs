using MyTorch.Grader.Classroom;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>The course's students: whose handin is whose, who handed in nothing, and scores as platforms import them.</summary>
[TestFixture]
public sealed class RosterTests : TestsWithFolder
{
    // As each platform exports it, with what people add: other separators, other orders of columns.
    const string Canvas = """
        Student,ID,SIS User ID,SIS Login ID,Section,Old homework (17),Current Score
        "    Points Possible",,,,,10,(read only)
        "Doe, Jane",123,U1,jdoe,"CS 1, A",7,70
        "O'Neil, Zoë",124,U2,zoneil,"CS 1, A",,
        "van der Berg, Łukasz Émile",125,U3,lberg,"CS 1, B",9,
        "=1+1, Robert",126,U4,bobby,"CS 1, B",9,
        "Student, Test",999,,abc,"CS 1, A",,
        """;
    const string Moodle = "First name;Last name;ID number;Email address\nJane;Doe;U1;jane@x.y\nZoë;O'Neil;U2;zoe@x.y\nŁukasz Émile;van der Berg;U3;lb@x.y\nRobert;=1+1;U4;bob@x.y\n";
    const string Gradescope = "First Name,Last Name,SID,Email,Sections\nJane,Doe,U1,jane@x.y,A\nZoë,O'Neil,U2,zoe@x.y,A\nŁukasz Émile,van der Berg,U3,lb@x.y,B\nRobert,=1+1,U4,bob@x.y,B\n";

    [TestCase(Canvas), TestCase(Moodle), TestCase(Gradescope)]
    public void ARosterIsReadAsThePlatformWritesIt(string text)
    {
        Roster roster = Roster.Read(Write("r.csv", text));
        Assert.That(roster.Students.Select(student => (student.First, student.Last, student.Sid)),
            Is.EqualTo(new[] { ("Jane", "Doe", "U1"), ("Zoë", "O'Neil", "U2"), ("Łukasz Émile", "van der Berg", "U3"), ("Robert", "=1+1", "U4") }));
    }

    [TestCase(Canvas, "doejane", "123", "U1")]
    [TestCase(Canvas, "somebody (124)", "124", "U2")]
    [TestCase(Canvas, "JDOE", "", "U1")]
    [TestCase(Canvas, "jane doe", "", "U1")]
    [TestCase(Canvas, "Doe_Jane", "", "U1")]
    [TestCase(Canvas, "oneilzoe", "", "U2")]
    [TestCase(Canvas, "ZOË O’NEIL", "", "U2")]
    [TestCase(Canvas, "Zoe\u0308 O'Neil", "", "U2")]
    [TestCase(Canvas, "vanderberglukaszemile", "", "U3")]
    [TestCase(Canvas, "lukasz emile van der berg", "", "U3")]
    [TestCase(Moodle, "ZOE@X.Y", "", "U2")]
    [TestCase(Moodle, "bob", "", "U4")]
    [TestCase(Moodle, "u3", "", "U3")]
    [TestCase(Gradescope, "Doe, Jane", "", "U1")]
    public void AHandinFindsItsStudent(string text, string student, string id, string sid) =>
        Assert.That(Roster.Read(Write("r.csv", text)).Find(student, id, out _)?.Sid, Is.EqualTo(sid));

    [Test]
    public void TurkishAndGermanLettersAreNobodyElses()
    {
        Roster roster = Roster.Read(Write("r.csv", "name,email\nIrmak Işık,a@x.y\nJürgen Straße,b@x.y\nSøren Æsop,c@x.y\n"));
        Assert.That(new[] { "IRMAK ISIK", "ırmak ışık", "JÜRGEN STRASSE", "jurgen straße", "soren aesop" }.Select(name => roster.Find(name, "", out _)?.Email),
            Is.EqualTo(new[] { "a@x.y", "a@x.y", "b@x.y", "b@x.y", "c@x.y" }));
    }

    [Test]
    public void WhoMayBeMeantIsNotGuessed()
    {
        Roster roster = Roster.Read(Write("r.csv", "name,email\nKim Lee,kim@x.y\nLee Kim,lee@x.y\n"));
        Assert.That(roster.Find("kim lee", "", out IReadOnlyList<RosterStudent> several), Is.Null);
        Assert.That(several.Select(one => one.Email), Is.EqualTo(new[] { "kim@x.y", "lee@x.y" }));
        Assert.That(roster.Find("lee@x.y", "", out _)?.Name, Is.EqualTo("Lee Kim"));
        Assert.That(roster.Find("nobody", "", out several), Is.Null);
        Assert.That(several, Is.Empty);
        Assert.That(() => Roster.Read(Write("r.csv", "group,score\nA,1\n")), Throws.TypeOf<SourceException>().With.Message.EqualTo(
            "r.csv has no column that names students. Expected name, student, first name and last name, email or login; given: group, score."));
        Assert.That(() => Roster.Read(Write("r.csv", "name,email\nA B,a@x.y\nA B,a@x.y\n")), Throws.TypeOf<SourceException>().With.Message.EqualTo("r.csv, line 3: A B has a row already, line 2."));
    }

    [Test]
    public void CanvasImportsTheScores()
    {
        var rows = CanvasReader.Read(Uploads(Canvas)["canvas.csv"], out string column, out double most);
        Assert.That((column, most), Is.EqualTo(("Homework 1 (98)", 10.0)));
        Assert.That(rows.Select(row => (row.Id, row.Login, row.Score)), Is.EqualTo(new (string, string, double?)[]
        {
            ("123", "jdoe", 10), ("124", "zoneil", null), ("125", "lberg", null), ("126", "bobby", null),
        }));
        Assert.That(rows.Select(row => row.Student), Does.Contain("Doe, Jane").And.Contain("'=1+1, Robert"), "no name is a formula");
    }

    [Test]
    public void MoodleImportsTheScores()
    {
        var rows = MoodleReader.Read(Uploads(Moodle)["moodle.csv"], "Homework 1 (98)");
        Assert.That(rows, Is.EqualTo(new (string, string, double?)[] { ("jane@x.y", "U1", 10), ("zoe@x.y", "U2", null), ("lb@x.y", "U3", null), ("bob@x.y", "U4", null) }));
    }

    [Test]
    public void GradescopesScoresAreWritten()
    {
        var rows = GradescopeScoresReader.Read(Uploads(Gradescope)["gradescope.csv"]);
        Assert.That(rows, Is.EqualTo(new (string, string, double?, double, string)[]
        {
            ("U1", "jane@x.y", 10, 10, "Graded"), ("U2", "zoe@x.y", null, 10, "Ungraded"), ("U3", "lb@x.y", null, 10, "Ungraded"), ("U4", "bob@x.y", null, 10, "Missing"),
        }));
    }

    [Test]
    public void APlatformWhoseColumnsAreMissingIsNamed()
    {
        var notes = new List<string>();
        Assert.That(Uploads("name\nJane Doe\n", notes.Add).Keys, Is.Empty);
        Assert.That(notes, Has.Count.EqualTo(3).And.Some.EqualTo("upload/canvas.csv is not written: Jane Doe has no ID, SIS User ID or SIS Login ID in the roster."));
    }

    [Test]
    public void TheRosterSaysWhoHandedInNothingAndWhoIsUnknown()
    {
        ClassroomOutcome outcome = Outcome(Canvas);
        Assert.That(outcome.WithoutHandin.Select(student => student.Shown), Is.EqualTo(new[] { "=1+1, Robert" }));
        PageReader index = PageReader.Read(ClassIndex.Write(outcome));
        Assert.That(index.Text, Does.Contain("1 of 4 students of the roster").And.Contain("nobody of the roster").And.Contain("whose other handin is lberg: neither is in the files to upload"));
        var table = Csv.Read(Write("roster.csv", ClassroomScores.RosterTable(outcome)), "name", "status", "score");
        Assert.That(table.Select(row => (row.Cells["status"], row.Cells["score"])), Is.EqualTo(new[] { ("graded", "10"), ("grader_error", ""), ("several handins", ""), ("nothing handed in", "") }));
    }

    Dictionary<string, string> Uploads(string roster, Action<string>? notes = null) =>
        PlatformGrades.Write(Outcome(roster), notes ?? (_ => { })).ToDictionary(file => file.Name, file => file.Text);

    // One honest handin, one that the grader failed on, two of one student, one of a stranger.
    ClassroomOutcome Outcome(string roster)
    {
        string[] entries = ["jane doe", "zoe o'neil", "lukasz emile van der berg", "lberg", "stranger"];
        if (!roster.Contains("lberg", StringComparison.Ordinal)) entries[3] = "Van der Berg, Lukasz Emile";
        ClassroomHandin[] handins = [.. entries.Select(name => new ClassroomHandin(name.Replace(' ', '-'), [name], "p", name, false, null))];
        var options = new ClassroomOptions
        {
            Assignment = TinyAssignment.Folder,
            Handins = Folder,
            Output = InFolder("out"),
            Column = "Homework 1 (98)",
            Tables = new Dictionary<string, string> { ["roster.csv"] = Write("given.csv", roster) },
        };
        GradeReport failed = GradeReports.Failed(TinyAssignment.Loaded.Assignment, "the disk was full");
        return ClassroomTables.Read(options, TinyAssignment.Loaded, handins, _ => { })
            .Assemble(TinyAssignment.Loaded, new(handins, []), handin => (handin.Entry == "zoe o'neil" ? failed : TinyAssignment.OfReference, []));
    }
}
