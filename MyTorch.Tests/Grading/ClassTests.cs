using System.Diagnostics;
using System.Formats.Tar;
using System.Xml.Linq;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Classroom;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>A class of handins, from the platforms' names to the tables.</summary>
[TestFixture]
public sealed class ClassTests : TestsWithFolder
{
    const string Swapped = "namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) => [gradient * A, gradient * B]; }";
    const string Dies = "namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) { System.Environment.FailFast(\"x\"); return []; } }";

    static readonly Assignment s_assignment = TinyAssignment.Loaded.Assignment;
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
        Touch("a@b.c_2_handin.tar", "a@b.c_10_handin.tar", "z@b.c_1_handin.tar", "jane.rar", ".DS_Store");

        HandinListing listing = HandinFolder.Read(Folder);

        Assert.That(listing.Handins.Select(handin => Path.GetFileName(handin.Path)), Is.EqualTo(new[] { "a@b.c_10_handin.tar", "z@b.c_1_handin.tar" }));
        Assert.That(listing.LeftOut, Is.EqualTo(new LeftOutHandin[]
        {
            new("jane.rar", "it is not a folder, a zip or a tar."),
            new("a@b.c_2_handin.tar", "a@b.c_10_handin.tar is later."),
        }));
    }

    void Touch(params string[] names)
    {
        foreach (string name in names) File.WriteAllText(Path.Combine(Folder, name), "");
    }

    [Test, Platform(Exclude = "Win", Reason = "links need rights there")]
    public void WhatCannotBeOpenedIsListed()
    {
        File.CreateSymbolicLink(InFolder("joe.zip"), InFolder("gone.zip"));
        Assert.That(HandinFolder.Read(Folder).LeftOut, Is.EqualTo(new LeftOutHandin[] { new("joe.zip", "it cannot be opened. Is it a broken link, or is its name not UTF-8? Rename it.") }));
    }

    // What people call their folders may look like a platform's names.
    [TestCase("team_1_2_final.zip,team_1_3_final.zip", "team_1_2_final,team_1_3_final", TestName = "Canvas keeps one submission of a student")]
    [TestCase("team_1_2_final.zip,jane.zip,joe.zip", "jane,joe,team_1_2_final", TestName = "One of three is not an export")]
    [TestCase("doejane_11_21_a.zip,roejoe_12_22_a.zip,jane.zip", "doejane,jane,roejoe", TestName = "Two of three are an export")]
    [TestCase("doejane_11_21_a.zip,doejane_11_21_a-1.zip,roejoe_12_22_a.zip", "doejane,roejoe", TestName = "Two attempts of one submission")]
    [TestCase("a@b.c_1_x.zip,joe.zip", "a@b.c_1_x,joe", TestName = "Half is not a majority")]
    public void APlatformsNamesAreBelievedWhereMostHaveThem(string files, string students)
    {
        Touch(files.Split(','));
        HandinListing listing = HandinFolder.Read(Folder);
        Assert.That(listing.Handins.Select(handin => handin.Students.Single()), Is.EqualTo(students.Split(',')));
        Assert.That(listing.Handins.Count + listing.LeftOut.Count, Is.EqualTo(files.Split(',').Length), "nothing is dropped in silence");
    }

    [Test]
    public void NoNameTurnsTheDirectionOrBreaksALine()
    {
        Touch("evil\u202Efdp.zip", "two\nlines.zip", "bell\u0007.zip", "=cmd|' calc'!A1.zip", "two lines.zip");
        HandinListing listing = HandinFolder.Read(Folder);

        string[] names = [.. listing.Handins.SelectMany(handin => handin.Students.Append(handin.Entry).Append(handin.Key)), .. listing.LeftOut.Select(one => one.Entry)];
        Assert.That(names.SelectMany(name => name), Has.None.EqualTo('\u202E').And.None.Matches<char>(char.IsControl));
        Assert.That(listing.Handins.Select(handin => handin.Path), Is.All.Matches<string>(File.Exists), "the files themselves keep their names");
        Assert.That(listing.Handins.Count + listing.LeftOut.Count, Is.EqualTo(5));
        Assert.That(Csv.Write(["student"], listing.Handins.Select(handin => (IReadOnlyList<string>)handin.Students)), Does.Contain("\n'=cmd|"));
    }

    [Test]
    public void StudentsOfOneNameAreToldApartByTheirNumbers()
    {
        Touch("doe_1_5_handin.zip", "doe_LATE_2_6_handin.zip", "roe_3_7_handin.zip", "con.zip", "a/../b".Replace('/', '∕') + ".zip");

        IReadOnlyList<ClassroomHandin> handins = HandinFolder.Read(Folder).Handins;

        Assert.That(handins.Select(handin => handin.Students[0]), Is.SupersetOf(new[] { "doe (1)", "doe (2)" }));
        Assert.That(handins.Select(handin => handin.Late), Has.One.True);
        Assert.That(handins.Select(handin => handin.Key), Is.Unique.And.All.Match(@"^[\p{L}\p{N}@._-]+$").And.None.EqualTo("con"));
    }

    [Test]
    public void GradescopesExportSaysWhoseASubmissionIsAndWhenItWasMade()
    {
        Directory.CreateDirectory(InFolder("submission_11"));
        Directory.CreateDirectory(InFolder("submission_12"));
        File.WriteAllText(Path.Combine(Folder, "submission_12", "handin.zip"), "");
        File.WriteAllText(InFolder("submission_metadata.yml"), """
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

        IReadOnlyList<ClassroomHandin> handins = HandinFolder.Read(Folder).Handins;

        Assert.That(handins[0].Students, Is.EqualTo(new[] { "jane@example.edu", "Joe Roe" }));
        Assert.That(handins[1].Students, Is.EqualTo(new[] { "zoe@example.edu" }));
        Assert.That(handins[0].SubmittedAt, Is.EqualTo(new DateTimeOffset(2025, 2, 3, 4, 5, 6, TimeSpan.Zero)));
        Assert.That(handins[1].SubmittedAt, Is.EqualTo(new DateTimeOffset(2025, 2, 4, 4, 5, 6, TimeSpan.FromHours(-5))));
        Assert.That(Path.GetFileName(handins[1].Path), Is.EqualTo("handin.zip"), "one archive in a folder is the handin");
        Assert.That(HandinFolder.IsClass(Folder, s_assignment), Is.True);
    }

    [Test]
    public void OneHandinIsNoClass()
    {
        TinyAssignment.Write(Folder, TinyAssignment.Grader.Sources.Handout);
        File.WriteAllText(InFolder("handin.tar"), "");
        Assert.That(HandinFolder.IsClass(Folder, s_assignment), Is.False);
    }

    [Test]
    public void TablesComeBackAndNeverRunAFormula()
    {
        string[] texts = ["=1+1", "+x", "-3", "-x", "@x", "＝1", "a,b", "say \"hi\"", " spaces ", "", "'t Hooft", "Zoë", "3.5"];
        string file = InFolder("t.csv");
        File.WriteAllText(file, Csv.Write(["student", "Text"], texts.Select(text => (IReadOnlyList<string>)["x", text])));

        Assert.That(Csv.Read(file, "text").Select(row => row.Cells["text"]), Is.EqualTo(texts));
        Assert.That(File.ReadAllText(file), Does.Contain("x,'=1+1\n").And.Contain("x,-3\n").And.Contain("x,'@x\n"));
        Assert.That(Csv.Write(["text"], [["two\nlines, \u202Eturned"], ["\n =1+1"]]), Does.EndWith("text\n\"two lines, \uFFFDturned\"\n'  =1+1\n"), "a row is a line");
        Assert.That(File.ReadAllBytes(file).Take(3), Is.EqualTo(new byte[] { 0xEF, 0xBB, 0xBF }), "without its mark a spreadsheet reads Zoë wrongly");
        File.WriteAllText(file, "student,score\n\"jane,3\n");
        Assert.That(() => Csv.Read(file, "student"), Throws.TypeOf<SourceException>().With.Message.EqualTo("t.csv, line 2: a quote is opened and never closed."));
    }

    [TestCase("\uFEFFstudent;score;reason\nZoë;2,5;\"ab; 1,5 off\"\n", false)]
    [TestCase("student;score;reason\nZoë;2,5;\"ab; 1,5 off\"\n", true)]
    [TestCase("student\tscore\treason\nZoë\t2,5\tab; 1,5 off\n", false)]
    [TestCase("Student,Score,Reason\r\n\"Zoë\" , 2.5 ,\"ab; 1,5 off\"\r\n", false)]
    public void TablesOfEverySpreadsheetAreRead(string text, bool western)
    {
        string file = InFolder("t.csv");
        File.WriteAllText(file, text, western ? System.Text.Encoding.Latin1 : new System.Text.UTF8Encoding(false));
        var row = Csv.Read(file, "student", "score").Single();
        Assert.That((row.Line, row.Cells["student"], row.Cells["score"], row.Cells["reason"]), Is.EqualTo((2, "Zoë", "2.5", "ab; 1,5 off")));
    }

    [Test]
    public void ATableWithoutItsColumnsIsNamed()
    {
        string file = InFolder("t.csv");
        File.WriteAllText(file, "name;score\njane;3\n");
        Assert.That(() => Csv.Read(file, "student", "score"), Throws.TypeOf<SourceException>().With.Message.EqualTo("t.csv has no column student. Its first line names its columns: student,score; given: name,score."));
        File.WriteAllText(file, "student;score\njane;3;4\n");
        Assert.That(() => Csv.Read(file, "student"), Throws.TypeOf<SourceException>().With.Message.EqualTo("t.csv, line 2: 3 values, for 2 columns. Put a text with a \";\" in it between quotes."));
    }

    [TestCase("jane,9.9,1,late,ta", "overrides.csv, line 3: tiny has no question 9.9; graded by the grader are 1.1, 3.1, 4.1.")]
    [TestCase("jane,1.1,\"1,5\",late,ta", "overrides.csv, line 3: the score is \"1,5\"; it must be a number from 0, with a point: 2.5.")]
    [TestCase("jane,1.1,1,,ta", "overrides.csv, line 3: a score in the place of the grader's needs a reason and an author.")]
    [TestCase("joe,1.1,1,why,ta", "overrides.csv, line 3: joe has a score for 1.1 already, further up.")]
    public void ADecisionThatCannotBeUsedIsNamedByItsLine(string row, string message)
    {
        string file = InFolder("overrides.csv");
        File.WriteAllText(file, $"student,question,score,reason,author\njoe,1.1,0.5,seen,ta\n{row}\n");
        Assert.That(() => Adjustments.Read(s_assignment, null, file, _ => { }), Throws.TypeOf<SourceException>().With.Message.EqualTo(message));
    }

    [Test]
    public void TheTablesOfPeopleAreNotTakenForEachOther()
    {
        string manual = InFolder("manual.csv"), overrides = InFolder("overrides.csv");
        Assignment mixed = s_assignment with { Questions = [.. s_assignment.Questions, new Question { Id = "9.1", Title = "Essay", Points = 5, Manual = true }] };
        File.WriteAllText(manual, "student,question,score,reason,author\njane,1.1,1,,\n");
        Assert.That(() => Adjustments.Read(s_assignment, manual, null, _ => { }), Throws.TypeOf<SourceException>().With.Message.EqualTo(
            "manual.csv, line 2: tiny has no question that is graded by a person. Give such a question \"manual\": true in assignment.json; or do you mean overrides.csv?"));
        Assert.That(() => Adjustments.Read(mixed, manual, null, _ => { }), Throws.TypeOf<SourceException>().With.Message.EqualTo(
            "manual.csv, line 2: 1.1 is graded by the grader: its points stand in overrides.csv."));

        File.WriteAllText(manual, "student,question,score,reason,author\njane,9.1,6,,\n");
        File.WriteAllText(overrides, "student,question,score,reason,author\njane,1.1,0.5,seen,ta\n");
        var notes = new List<string>();
        var report = Adjustments.Read(mixed, manual, overrides, notes.Add).Apply(GradeReports.Empty(mixed) with { Questions = TinyAssignment.OfReference.Questions }, "jane");
        Assert.That(notes, Is.EqualTo(new[] { "manual.csv, line 2: 6 is more than the 5 points of 9.1. It is taken as it is." }));
        Assert.That((report.Manual.Single().Score, report.Question("1.1").Score, report.Question("3.1").Score), Is.EqualTo((6.0, 0.5, 3.0)));
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
        TinyAssignment.Write(Folder, source, ("MyTorch/Mine.cs", source["MyTorch/Mine.cs"]));
        Assignment assignment = s_assignment;

        var code = HandinCode.ByQuestion(assignment, TinyAssignment.Grader.Sources.Library, HandinCode.Graded(assignment, TinyAssignment.Grader.Sources.Library, Handin.Read(Folder, assignment)));

        Assert.That(code.Keys, Is.EqualTo(new[] { "1.1", "3.1", "4.1" }));
        Assert.That(code["1.1"], Does.Contain("Both(gradient, Mine.Two)").And.Contain("Tensor?[] Both(").And.Contain("class Mine").And.Not.Contain("Sigmoid"));
        Assert.That(code["4.1"], Does.Not.Contain("Mine"));
    }

    // An editor may change the ends of lines, and a student adds some: neither makes the library's own line theirs.
    [Test]
    public void OnlyAStudentsOwnLinesAreFlagged()
    {
        const string Path = "MyTorch/Operations/Arithmetic.cs";
        AssignmentSources sources = TinyAssignment.Grader.Sources;
        SourceTree library = TinyAssignment.Edited(sources.Reference, "namespace MyTorch.Operations; class Multiply { string Given() => GetType().Assembly.FullName!; }");
        SourceTree handedIn = TinyAssignment.Edited(library, "namespace MyTorch.Operations; class Multiply { string Mine() => GetType().Assembly.Location; }");
        IReadOnlyList<string> Flagged(string text) => ForbiddenScan.Scan(s_assignment, library, StudentBuild.Make(s_assignment, sources, Handin.Of(TinyAssignment.ReadingSet.Select(path => (path, path == Path ? text : library[path])))));

        Assert.That(Flagged(library[Path].ReplaceLineEndings("\r\n")), Is.Empty);
        Assert.That(Flagged(handedIn[Path].ReplaceLineEndings("\r\n")), Has.Count.EqualTo(1).And.All.Contains("Assembly"));
    }

    [Test, Category("Long")]
    public async Task AClassIsGradedDecidedOnAndGradedAgain()
    {
        string handins = InFolder("handins"), output = InFolder("out");
        SourceTree reference = TinyAssignment.Grader.Sources.Reference;
        WriteTar("full@x.y_1_handin.tar", reference);
        WriteTar("swaps@x.y_1_handin.tar", TinyAssignment.Edited(reference, Swapped));
        WriteTar("swaps2@x.y_1_handin.tar", TinyAssignment.Edited(reference, Swapped));
        WriteTar("dies@x.y_1_handin.tar", TinyAssignment.Edited(reference, Dies));
        WriteTar("empty@x.y_1_handin.tar", SourceTree.Empty);
        File.WriteAllText(Path.Combine(handins, "broken@x.y_1_handin.tar"), "no archive");
        WriteTar("handout@x.y_1_handin.tar", TinyAssignment.Grader.Sources.Handout);
        // One worker: each compiles the reference before its first handin, and two have their own test below.
        var options = new ClassroomOptions { Assignment = TinyAssignment.Folder, Handins = handins, Output = output, Parallel = 1 };

        var said = new StringWriter();
        var progress = new StringWriter();
        Assert.That(await ClassroomCommand.Run(options, said, progress, default), Is.Zero, progress.ToString());
        Assert.That(said.ToString(), Does.Contain("7 students, from 0 to 10 of 10 points, half of them 9 or more.").And.Contain("2 handins: cannot be read.").And.Contain("1 handin with uses that are flagged").And.Contain("  2 × 1.1-swapped"));

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
        Assert.That(page.Text, Does.Contain("[gradient * A, gradient * B]").And.Contain("Known mistake: 1.1-swapped").And.Contain("failed: da: "));
        foreach (string link in index.All("a").Attributes("href").Select(link => Uri.UnescapeDataString(link.Value)).Where(link => !link.StartsWith('#'))) Assert.That(File.Exists(Path.Combine(output, link)), link);

        // Decided by people, and graded once more after one student handed in again.
        File.Copy(Path.Combine(output, "scores.csv"), InFolder("old.csv"));
        File.WriteAllText(Path.Combine(output, "overrides.csv"), "student,question,score,reason,author\nswaps@x.y,1.1,0.5,explained it well,ta@x.y\n");
        WriteTar("handout@x.y_2_handin.tar", reference);
        WriteTar("full@x.y_2_handin.tar", TinyAssignment.Edited(reference, Swapped));
        said = new StringWriter();
        progress = new StringWriter();
        Assert.That(await ClassroomCommand.Run(options with { Against = InFolder("old.csv") }, said, progress, default), Is.Zero);
        Assert.That(progress.ToString(), Does.Contain("5 of 7 are graded already").And.Contain("full@x.y_1_handin.tar: left out, full@x.y_2_handin.tar is later."));
        Assert.That(said.ToString(), Does.Contain("2 gain, 1 loses, 4 stay the same.").And.Contain("  full@x.y: 10 to 9 (-1)").And.Contain("  swaps@x.y: 9 to 9.5 (+0.5)"));
        Assert.That(said.ToString(), Does.Contain("Both gradings are of version 1. If it is the assignment that changed, raise its version, and list 1 in accepts."));
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

    [Test, Category("Long")]
    public async Task AClassThatIsKilledAgainAndAgainEndsAsOneThatIsNot()
    {
        string handins = InFolder("handins");
        Dictionary<string, double> expected = WriteMixedClass(handins);
        string whole = InFolder("whole"), killed = InFolder("killed");
        var said = new StringWriter();
        Assert.That(await ClassroomCommand.Run(new ClassroomOptions { Assignment = TinyAssignment.Folder, Handins = handins, Output = whole }, said, TextWriter.Null, default), Is.Zero);

        int done = 0;
        foreach ((int more, int parallel) in new[] { (2, 2), (4, 1) }) done += await KilledAfter(more, parallel, handins, killed);
        Assert.That(done, Is.InRange(6, 10), "nothing is graded twice");
        var progress = new StringWriter();
        var again = new StringWriter();
        Assert.That(await ClassroomCommand.Run(new ClassroomOptions { Assignment = TinyAssignment.Folder, Handins = handins, Output = killed, Parallel = 1 }, again, progress, default), Is.Zero, progress.ToString());

        Assert.That(progress.ToString(), Does.Match($"([6-9]|10) of {expected.Count} are graded already"));
        var scores = Csv.Read(Path.Combine(whole, "scores.csv"), "student", "score").ToDictionary(row => row.Cells["student"], row => double.Parse(row.Cells["score"], System.Globalization.CultureInfo.InvariantCulture));
        Assert.That(scores, Is.EquivalentTo(expected));
        Assert.That(Everything(killed), Is.EqualTo(Everything(whole)));
        Assert.That(again.ToString().Replace(killed, whole, StringComparison.Ordinal), Is.EqualTo(said.ToString()));

        // Whatever is missing of it, and nothing more, is made anew.
        File.Delete(Path.Combine(killed, "index.html"));
        File.WriteAllText(Path.Combine(killed, "pages", "gone.html"), "of a student who left");
        progress = new StringWriter();
        Assert.That(await ClassroomCommand.Run(new ClassroomOptions { Assignment = TinyAssignment.Folder, Handins = handins, Output = killed }, TextWriter.Null, progress, default), Is.Zero);
        Assert.That(progress.ToString(), Does.Contain($"{expected.Count} of {expected.Count} are graded already.").And.Not.Contain("[1/"));
        Assert.That(Everything(killed), Is.EqualTo(Everything(whole)));
    }

    // Known mistakes, handins that attack, and what is not a handin, named as the platforms name them.
    static Dictionary<string, double> WriteMixedClass(string folder)
    {
        Directory.CreateDirectory(folder);
        SourceTree reference = TinyAssignment.Grader.Sources.Reference;
        var expected = new Dictionary<string, double>();
        void Add(string entry, string student, double score, SourceTree source)
        {
            TinyAssignment.Write(Path.Combine(folder, entry), source);
            expected[student] = score;
        }

        static double Score(Mistake mistake) => TinyAssignment.Grader.Try(mistake) is var (got, most, _) ? 10 - most + got : 0;

        Add("jane@x.y_3_handin", "jane@x.y_3_handin", 10, reference);
        Add("submission_7", "submission_7", 0, TinyAssignment.Grader.Sources.Handout);
        int number = 0;
        foreach (Mistake mistake in TinyAssignment.Grader.Mistakes)
            Add($"doe_{100 + ++number}_5_handin", $"doe_{100 + number}_5_handin", Score(mistake), FindTheBugCommand.WithMistake(reference, mistake));
        foreach ((string bad, double lost) in new[] { ("06-exit", 3.0), ("09-forged-output", 0.0), ("22-large-stack", 1.0), ("26-knows-the-visible-cases", 1.0) })
            Add($"Zoë {bad}_{++number}_assignsubmission_file_", $"Zoë {bad}_{number}_assignsubmission_file_", 10 - lost, TinyAssignment.Edited(reference, File.ReadAllText(Path.Combine(TinyAssignment.BadHandins, bad, "Members.cs"))));
        foreach ((string name, byte[] bytes) in new[] { ("empty.zip", Array.Empty<byte>()), ("noise.tar.gz", [0x1F, 0x8B, 8, 1, 2, 3]), ("text.tar", "no archive"u8.ToArray()) })
        {
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
            expected[name[..name.IndexOf('.', StringComparison.Ordinal)]] = 0;
        }
        return expected;
    }

    // Every file by its path, but for those that say when and where.
    internal static Dictionary<string, string> Everything(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetFileName(file) != "times.json").ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllText);

    static async Task<int> KilledAfter(int count, int parallel, string handins, string output)
    {
        var start = new ProcessStartInfo(DotnetProgram.Location) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in new[] { "exec", Path.Combine(AppContext.BaseDirectory, "mytorch-grader.dll"), "grade", TinyAssignment.Folder, handins, "-o", output, "--parallel", $"{parallel}" }) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        int done = 0;
        // Without a chance to say anything.
        while (await process.StandardError.ReadLineAsync() is { } line)
            if (line.StartsWith('[') && ++done == count) process.Kill();
        await process.WaitForExitAsync();
        return done;
    }

    [Test, Category("Long")]
    public async Task AFolderOfResultsBelongsToOneAssignmentAndOneGradingAtATime()
    {
        string handins = InFolder("handins"), output = InFolder("out");
        TinyAssignment.Write(Path.Combine(handins, "jane_1_2_x"), TinyAssignment.Grader.Sources.Handout);
        var options = new ClassroomOptions { Assignment = TinyAssignment.Folder, Handins = handins, Output = output };
        async Task<string> Fails(ClassroomOptions with)
        {
            var error = new StringWriter();
            Assert.That(await ClassroomCommand.Run(with, TextWriter.Null, error, default), Is.EqualTo(2));
            return error.ToString().TrimEnd();
        }

        Assert.That(await Fails(options with { Handins = InFolder("nowhere") }), Does.StartWith("There is no folder ").And.EndWith("nowhere."));
        Assert.That(await Fails(options with { Output = Path.Combine(handins, "results") }), Is.EqualTo("The results need a folder outside the folder of handins. Name one: -o DIR."));
        Directory.CreateDirectory(InFolder("empty"));
        Assert.That(await Fails(options with { Handins = InFolder("empty") }), Does.Contain("holds no handins. Expected folders, zips or tars, one for each student"));
        Assert.That(await Fails(options with { Against = InFolder("old.csv") }), Does.StartWith("There is no file ").And.EndWith("old.csv."));
        Assert.That(await Fails(options with { Tables = new Dictionary<string, string> { ["manual.csv"] = InFolder("manual.csv") } }), Does.StartWith("There is no file "));
        string before = InFolder("before");
        Directory.CreateDirectory(before);
        File.WriteAllText(Path.Combine(before, "scores.csv"), "student,score\n");
        File.WriteAllText(Path.Combine(before, "overrides.csv"), "student,question,score,reason,author\njane,9.9,1,explained it,ta\n");
        Assert.That(await Fails(options with { Against = Path.Combine(before, "scores.csv") }),
            Does.Contain("overrides.csv is used, because ").And.Contain("overrides.csv, line 2: tiny has no question 9.9"), "what people decided of the earlier grading stays decided");
        Assert.That(Directory.Exists(output), Is.False, "nothing was written");

        Directory.CreateDirectory(Path.Combine(output, "grades"));
        using (new FileStream(Path.Combine(output, "grades", ".lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
            Assert.That(await Fails(options), Is.EqualTo($"Another grading writes into {output}. Wait for its end, or name another folder: -o DIR."));
        File.WriteAllText(Path.Combine(output, "grades", "assignment.txt"), "hw1p1\n");
        Assert.That(await Fails(options), Is.EqualTo($"{output} holds the results of hw1p1. Name another folder for those of tiny: -o DIR."));
    }

    [Test, Category("Long")]
    public async Task ABrokenAssignmentIsSaidOnceAndNoScoreIsWritten()
    {
        string handins = InFolder("handins"), output = InFolder("out");
        foreach (string student in new[] { "a", "b", "c" }) TinyAssignment.Write(Path.Combine(handins, student), TinyAssignment.Grader.Sources.Handout);
        string secret = InFolder("no-such-secret");
        var error = new StringWriter();

        Assert.That(await ClassroomCommand.Run(new ClassroomOptions { Assignment = TinyAssignment.Folder, Handins = handins, Output = output, Secret = secret }, TextWriter.Null, error, default), Is.EqualTo(2));
        Assert.That(error.ToString(), Does.Contain("no-such-secret"));
        Assert.That(File.Exists(Path.Combine(output, "scores.csv")), Is.False);
    }
}
