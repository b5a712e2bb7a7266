using System.Diagnostics;
using System.Formats.Tar;
using System.Xml.Linq;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Classes;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;

namespace MyTorch.Tests;

/// <summary>A class of handins, from the platforms' names to the tables.</summary>
[TestFixture]
public sealed class ClassTests
{
    const string Swapped = "namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) => [gradient * A, gradient * B]; }";
    const string Dies = "namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) { System.Environment.FailFast(\"x\"); return []; } }";

    static readonly Lazy<Assignment> s_assignment = new(() => AssignmentFolder.Load(TinyAssignment.Folder).Assignment);
    string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("class").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("jane_doe@example.edu_3_handin.tar", "jane_doe@example.edu", "", 3L, false, "autolab")]
    [TestCase("x@y.z_12_handin_two.zip", "x@y.z", "", 12L, false, "autolab")]
    [TestCase("doe_jane_LATE_123_456_handin.zip", "doe_jane", "123", 456000L, true, "canvas")]
    [TestCase("doejane_123_456_hand_in-2.tar.gz", "doejane", "123", 456002L, false, "canvas")]
    [TestCase("Jane van Doe_1234567_assignsubmission_file_", "Jane van Doe", "1234567", 0L, false, "moodle")]
    [TestCase("Jane van Doe_1234567_assignsubmission_file", "Jane van Doe", "1234567", 0L, false, "moodle")]
    [TestCase("Zoë O'Neil_7_assignsubmission_file_handin.zip", "Zoë O'Neil", "7", 0L, false, "moodle")]
    [TestCase("submission_123456", "submission_123456", "123456", 0L, false, "gradescope")]
    [TestCase("jane.tar.gz", "jane", "", 0L, false, "")]
    [TestCase("jane", "jane", "", 0L, false, "")]
    public void NamesOfPlatformsAreUnderstood(string name, string student, string id, long attempt, bool late, string platform) =>
        Assert.That(HandinName.Parse(name), Is.EqualTo(new HandinName(student, id, attempt, late, platform)));

    [Test]
    public void TheLatestHandinOfEachStudentIsTaken()
    {
        foreach (string name in new[] { "a@b.c_2_handin.tar", "a@b.c_10_handin.tar", "z@b.c_1_handin.tar", "notes.txt", ".DS_Store", "scores.csv" }) File.WriteAllText(Path.Combine(_folder, name), "");
        var notes = new List<string>();

        IReadOnlyList<ClassHandin> handins = HandinFolder.Read(_folder, notes.Add);

        Assert.That(handins.Select(handin => Path.GetFileName(handin.Path)), Is.EqualTo(new[] { "a@b.c_10_handin.tar", "z@b.c_1_handin.tar" }));
        Assert.That(notes, Is.EqualTo(new[] { "a@b.c_2_handin.tar: left out, a@b.c_10_handin.tar is later." }));
    }

    [Test]
    public void StudentsOfOneNameAreToldApartByTheirNumbers()
    {
        foreach (string name in new[] { "doe_1_5_handin.zip", "doe_LATE_2_6_handin.zip", "con.zip", "a/../b".Replace('/', '∕') + ".zip" }) File.WriteAllText(Path.Combine(_folder, name), "");

        IReadOnlyList<ClassHandin> handins = HandinFolder.Read(_folder, _ => { });

        Assert.That(handins.Select(handin => handin.Students[0]), Is.SupersetOf(new[] { "doe (1)", "doe (2)" }));
        Assert.That(handins.Select(handin => handin.Late), Has.One.True);
        Assert.That(handins.Select(handin => handin.Key), Is.Unique.And.All.Match(@"^[\p{L}\p{N}@._-]+$").And.None.EqualTo("con"));
    }

    [Test]
    public void GradescopesExportSaysWhoseASubmissionIsAndWhenItWasMade()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "submission_11"));
        Directory.CreateDirectory(Path.Combine(_folder, "submission_12"));
        File.WriteAllText(Path.Combine(_folder, "submission_12", "handin.zip"), "");
        File.WriteAllText(Path.Combine(_folder, "submission_metadata.yml"), """
            ---
            submission_11:
              :submitters:
              - :name: Jane Doe
                :sid: '17'
                :email: jane@example.edu
              - :name: "Joe Roe"
                :sid: '18'
              :created_at: 2025-02-03 04:05:06.000000000 Z
              :score: 3.0
              :results:
                :tests:
                - :name: not a student
            submission_12:
              :submitters:
              - :name: Zoë
                :email: zoe@example.edu
              :created_at: 2025-02-04 04:05:06 -05:00
            """);

        IReadOnlyList<ClassHandin> handins = HandinFolder.Read(_folder, _ => { });

        Assert.That(handins[0].Students, Is.EqualTo(new[] { "jane@example.edu", "Joe Roe" }));
        Assert.That(handins[1].Students, Is.EqualTo(new[] { "zoe@example.edu" }));
        Assert.That(handins[0].SubmittedAt, Is.EqualTo(new DateTimeOffset(2025, 2, 3, 4, 5, 6, TimeSpan.Zero)));
        Assert.That(handins[1].SubmittedAt, Is.EqualTo(new DateTimeOffset(2025, 2, 4, 4, 5, 6, TimeSpan.FromHours(-5))));
        Assert.That(Path.GetFileName(handins[1].Path), Is.EqualTo("handin.zip"), "one archive in a folder is the handin");
        Assert.That(HandinFolder.IsClass(_folder, s_assignment.Value), Is.True);
    }

    [Test]
    public void OneHandinIsNoClass()
    {
        TinyAssignment.Write(_folder, TinyAssignment.Grader.Sources.Handout);
        File.WriteAllText(Path.Combine(_folder, "handin.tar"), "");
        Assert.That(HandinFolder.IsClass(_folder, s_assignment.Value), Is.False);
    }

    [Test]
    public void TablesComeBackAndNeverRunAFormula()
    {
        string[] texts = ["=1+1", "+x", "-3", "-x", "@x", "a,b", "say \"hi\"", "two\nlines", " spaces ", "", "'t Hooft", "Zoë", "3.5"];
        string file = Path.Combine(_folder, "t.csv");
        File.WriteAllText(file, Csv.Write(["student", "Text"], texts.Select(text => (IReadOnlyList<string>)["x", text])));

        Assert.That(Csv.Read(file, "text").Select(row => row.Cells["text"]), Is.EqualTo(texts));
        Assert.That(File.ReadAllText(file), Does.Contain("x,'=1+1\n").And.Contain("x,-3\n").And.Contain("x,'@x\n"));
        File.WriteAllText(file, "\uFEFFstudent;score\njane;3\n");
        Assert.That(() => Csv.Read(file, "student", "score"), Throws.TypeOf<SourceException>().With.Message.EqualTo("t.csv has no column student. Its first line names its columns: student,score; given: student;score."));
        File.WriteAllText(file, "student,score\n\"jane,3\n");
        Assert.That(() => Csv.Read(file, "student"), Throws.TypeOf<SourceException>().With.Message.EqualTo("t.csv, line 2: a quote is opened and never closed."));
    }

    [TestCase("jane,9.9,1,late,ta", "overrides.csv, line 3: 9.9 is not a question that the grader grades of tiny; there are 1.1, 3.1, 4.1.")]
    [TestCase("jane,1.1,\"1,5\",late,ta", "overrides.csv, line 3: the score is \"1,5\"; it must be a number from 0, with a point: 2.5.")]
    [TestCase("jane,1.1,1,,ta", "overrides.csv, line 3: a score in the place of the grader's needs a reason and an author.")]
    [TestCase("joe,1.1,1,why,ta", "overrides.csv, line 3: joe has a score for 1.1 already, further up.")]
    public void ADecisionThatCannotBeUsedIsNamedByItsLine(string row, string message)
    {
        string file = Path.Combine(_folder, "overrides.csv");
        File.WriteAllText(file, $"student,question,score,reason,author\njoe,1.1,0.5,seen,ta\n{row}\n");
        Assert.That(() => Adjustments.Read(s_assignment.Value, null, file), Throws.TypeOf<SourceException>().With.Message.EqualTo(message));
    }

    [Test]
    public void CodeIsTakenByQuestionWithItsHelpers()
    {
        SourceTree source = TinyAssignment.Edited(TinyAssignment.Grader.Sources.Reference, """
            namespace MyTorch.Operations;
            class Multiply
            {
                public override Tensor?[] Backward(Tensor gradient) => Both(gradient, Mine.Two);
                // My own helper.
                Tensor?[] Both(Tensor gradient, int n) => [gradient * B, gradient * A];
            }
            """).With("MyTorch/Mine.cs", "namespace MyTorch; static class Mine { public const int Two = 2; }");
        TinyAssignment.Write(_folder, source, ("MyTorch/Mine.cs", source["MyTorch/Mine.cs"]));
        Assignment assignment = s_assignment.Value;

        var code = HandinCode.ByQuestion(assignment, TinyAssignment.Grader.Sources.Library, HandinCode.Graded(assignment, TinyAssignment.Grader.Sources.Library, Handin.Read(_folder, assignment)));

        Assert.That(code.Keys, Is.EqualTo(new[] { "1.1", "3.1", "4.1" }));
        Assert.That(code["1.1"], Does.Contain("Both(gradient, Mine.Two)").And.Contain("Tensor?[] Both(").And.Contain("class Mine").And.Not.Contain("Sigmoid"));
        Assert.That(code["4.1"], Does.Not.Contain("Mine"));
    }

    [Test, Category("Long")]
    public async Task AClassIsGradedStoppedTakenUpAndGradedAgain()
    {
        string handins = Path.Combine(_folder, "handins"), output = Path.Combine(_folder, "out");
        SourceTree reference = TinyAssignment.Grader.Sources.Reference;
        WriteTar("full@x.y_1_handin.tar", reference);
        WriteTar("swaps@x.y_1_handin.tar", TinyAssignment.Edited(reference, Swapped));
        WriteTar("swaps2@x.y_1_handin.tar", TinyAssignment.Edited(reference, Swapped));
        WriteTar("dies@x.y_1_handin.tar", TinyAssignment.Edited(reference, Dies));
        WriteTar("empty@x.y_1_handin.tar", SourceTree.Empty);
        File.WriteAllText(Path.Combine(handins, "broken@x.y_1_handin.tar"), "no archive");
        WriteTar("handout@x.y_1_handin.tar", TinyAssignment.Grader.Sources.Handout);
        var options = new ClassOptions { Assignment = TinyAssignment.Folder, Handins = handins, Output = output };

        // Killed without a chance to say anything, after the first.
        int before = await KilledAfterTheFirst(handins, output);
        Assert.That(before, Is.InRange(1, 6));
        var progress = new StringWriter();
        Assert.That(await ClassCommand.Run(options, TextWriter.Null, progress, default), Is.Zero, progress.ToString());
        Assert.That(progress.ToString(), Does.Match($"[{Math.Min(before, 5)}-6] of 7 are graded already"));

        var rows = Csv.Read(Path.Combine(output, "scores.csv"), "student", "score", "status", "1.1", "mistakes").ToDictionary(row => row.Cells["student"], row => row.Cells);
        Assert.That(rows.ToDictionary(row => row.Key, row => (row.Value["score"], row.Value["status"])), Is.EquivalentTo(new Dictionary<string, (string, string)>
        {
            ["full@x.y"] = ("10", "graded"),
            ["swaps@x.y"] = ("9", "graded"),
            ["swaps2@x.y"] = ("9", "graded"),
            ["dies@x.y"] = ("9", "graded"),
            ["empty@x.y"] = ("0", "invalid_handin"),
            ["broken@x.y"] = ("0", "invalid_handin"),
            ["handout@x.y"] = ("0", "graded"),
        }));
        var mistakes = Csv.Read(Path.Combine(output, "mistakes.csv"), "mistake", "times", "students");
        Assert.That(mistakes.Single().Cells["mistake"], Is.EqualTo("1.1-swapped"));
        Assert.That(mistakes.Single().Cells["students"], Is.EqualTo("swaps2@x.y; swaps@x.y").Or.EqualTo("swaps@x.y; swaps2@x.y"));
        PageReader index = PageReader.Read(File.ReadAllText(Path.Combine(output, "index.html")));
        Assert.That(index.Text, Does.Contain("7 students, from 0 to 10 of 10 points"));
        PageReader page = PageReader.Read(File.ReadAllText(Path.Combine(output, "pages", "swaps@x.y.html")));
        Assert.That(page.Text, Does.Contain("[gradient * A, gradient * B]").And.Contain("Known mistake: 1.1-swapped").And.Contain("visible case 1: da: "));
        foreach (string link in index.All("a").Attributes("href").Select(link => Uri.UnescapeDataString(link.Value))) Assert.That(File.Exists(Path.Combine(output, link)), link);

        // Decided by people, and graded once more after one student handed in again.
        File.Copy(Path.Combine(output, "scores.csv"), Path.Combine(_folder, "old.csv"));
        File.WriteAllText(Path.Combine(output, "overrides.csv"), "student,question,score,reason,author\nswaps@x.y,1.1,0.5,explained it well,ta@x.y\n");
        WriteTar("handout@x.y_2_handin.tar", reference);
        WriteTar("full@x.y_2_handin.tar", TinyAssignment.Edited(reference, Swapped));
        var said = new StringWriter();
        progress = new StringWriter();
        Assert.That(await ClassCommand.Run(options with { Against = Path.Combine(_folder, "old.csv") }, said, progress, default), Is.Zero);
        Assert.That(progress.ToString(), Does.Contain("3 of 7 are graded already").And.Contain("full@x.y_1_handin.tar: left out, full@x.y_2_handin.tar is later."));
        Assert.That(said.ToString(), Does.Contain("2 gain, 1 loses, 4 stay the same.").And.Contain("  full@x.y: 10 to 9 (-1)").And.Contain("  swaps@x.y: 9 to 9.5 (+0.5)"));
        var changes = Csv.Read(Path.Combine(output, "changes.csv"), "student", "question", "old", "new", "difference");
        Assert.That(changes.Where(row => row.Cells["student"] == "handout@x.y").Select(row => (row.Cells["question"], row.Cells["difference"])),
            Is.EqualTo(new[] { ("score", "10"), ("1.1", "1"), ("3.1", "3"), ("4.1", "6") }));
        Assert.That(File.ReadAllText(Path.Combine(output, "scores.csv")), Does.Contain("1.1 by ta@x.y: explained it well"));

        void WriteTar(string name, SourceTree source)
        {
            string unpacked = Directory.CreateTempSubdirectory("handin").FullName;
            TinyAssignment.Write(unpacked, source);
            Directory.CreateDirectory(handins);
            TarFile.CreateFromDirectory(unpacked, Path.Combine(handins, name), includeBaseDirectory: false);
            Directory.Delete(unpacked, recursive: true);
        }
    }

    static async Task<int> KilledAfterTheFirst(string handins, string output)
    {
        var start = new ProcessStartInfo(Room.FindDotnet()) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in new[] { "exec", Path.Combine(AppContext.BaseDirectory, "mytorch-grader.dll"), "grade", TinyAssignment.Folder, handins, "-o", output }) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        int done = 0;
        while (await process.StandardError.ReadLineAsync() is { } line)
            // Those that are no archive are done at once, and leave nothing to keep.
            if (line.StartsWith('[') && !line.Contains("invalid_handin", StringComparison.Ordinal))
            {
                done++;
                process.Kill();
            }
        await process.WaitForExitAsync();
        return done;
    }

    [Test, Category("Long")]
    public async Task ABrokenAssignmentIsSaidOnceAndNoScoreIsWritten()
    {
        string handins = Path.Combine(_folder, "handins"), output = Path.Combine(_folder, "out");
        foreach (string student in new[] { "a", "b", "c" }) TinyAssignment.Write(Path.Combine(handins, student), TinyAssignment.Grader.Sources.Handout);
        string secret = Path.Combine(_folder, "no-such-secret");
        var error = new StringWriter();

        Assert.That(await ClassCommand.Run(new ClassOptions { Assignment = TinyAssignment.Folder, Handins = handins, Output = output, Secret = secret }, TextWriter.Null, error, default), Is.EqualTo(2));
        Assert.That(error.ToString(), Does.Contain("no-such-secret"));
        Assert.That(File.Exists(Path.Combine(output, "scores.csv")), Is.False);
    }
}
