using MyTorch.Grader.Classroom;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>A class graded in parts, by processes that know nothing of each other.</summary>
[TestFixture]
public sealed class ClassPartTests : TestsWithFolder
{
    const int Parts = 3;

    static readonly string[] s_students = ["ada", "bob", "cem", "dora", "eve", "finn", "gia"];

    string Handins => InFolder("handins");

    string Part(int number) => InFolder($"part-{number}");

    [TestCase("1/1"), TestCase("3/10"), TestCase("10/10")]
    public void APartIsReadAndPrinted(string text) => Assert.That(ClassPart.Parse(text).ToString(), Is.EqualTo(text));

    [TestCase("0/10"), TestCase("11/10"), TestCase("3"), TestCase("a/b"), TestCase("-1/10"), TestCase("1/0"), TestCase("1/10001"), TestCase("")]
    public void WhatIsNoPartIsRefused(string text) =>
        Assert.That(() => ClassPart.Parse(text), Throws.TypeOf<SourceException>().With.Message.Contains($"\"{text}\"").And.Message.Contains("--part 3/10"));

    [Test]
    public void AHandinsPartFollowsFromItsNameAlone()
    {
        ClassroomHandin Handin(string entry) => new("k", ["s"], "p", entry, false, null);
        Dictionary<string, int> alone = s_students.ToDictionary(name => name, name => ClassPart.Of(Handin(name + ".zip"), 10));
        Assert.That(alone.Values, Is.All.InRange(1, 10));
        Assert.That(alone.Values.Distinct().Count(), Is.GreaterThan(2));
        Assert.That(ClassPart.Of(Handin("jane.zip"), 10), Is.EqualTo(5), "a class that was begun yesterday is continued today");
        Assert.That(ClassPart.Of(Handin("jane_1_assignsubmission_file_/a.zip"), 10), Is.EqualTo(ClassPart.Of(Handin("jane_1_assignsubmission_file_/b.zip"), 10)));
        int[] sizes = [.. Enumerable.Range(0, 1000).Select(i => ClassPart.Of(Handin($"student{i}"), 10)).CountBy(part => part).Select(part => part.Value)];
        Assert.That(sizes, Has.Length.EqualTo(10).And.All.InRange(60, 140));
    }

    [Test]
    public async Task PartsMakeTheResultsOfOneRun()
    {
        WriteClass();
        GradeInto(InFolder("whole"), null);
        for (int part = 1; part <= Parts; part++) GradeInto(Part(part), new ClassPart(part, Parts));
        File.WriteAllText(InFolder("roster.csv"), "name,email\nAda,ada@x.y\nZoe,zoe@x.y\n");

        (int wholeCode, string whole) = await Run(Options("whole"));
        (int mergedCode, string merged) = await Run(Options("merged") with { Merged = [Part(3), Part(1), Part(2)] });

        Assert.That((wholeCode, mergedCode), Is.EqualTo((0, 0)), whole + merged);
        Dictionary<string, string> all = ClassTests.Everything(InFolder("whole"));
        Assert.That(ClassTests.Everything(InFolder("merged")), Is.EqualTo(all));
        Assert.That(all.Keys, Is.SupersetOf(new[] { "index.html", "scores.csv", "feedback/ada.html", "pages/ada.html", "roster.csv", "upload/moodle.csv", "grades/ada/grade.json" }));
        Assert.That(all.Values, Has.None.Contains(Environment.MachineName));
        Assert.That(File.ReadAllText(InFolder("merged/grades/ada/times.json")), Does.Contain(Environment.MachineName).And.Contain("\"seconds\""));
    }

    [Test]
    public async Task APartThatIsMissingDoubleOrForeignIsNamedWithWhatToDo()
    {
        WriteClass();
        for (int part = 1; part <= Parts; part++) GradeInto(Part(part), new ClassPart(part, Parts));
        async Task<string> Refused(params string[] parts)
        {
            (int code, string said) = await Run(Options("merged") with { Merged = parts });
            Assert.That(code, Is.EqualTo(2), said);
            return said;
        }

        Assert.That(await Refused(Part(1), Part(3)), Does.Contain("2/3 is missing.").And.Contain($"--part 2/3 -o DIR"));
        Assert.That(await Refused(Part(1), Part(2), Part(2), Part(3)), Does.Contain("are both part 2/3. Leave one of them out."));
        Assert.That(await Refused(Part(1), Part(2), Part(3), Folder), Does.Contain("holds no part of a class. Expected a folder that grade --part 3/10 -o DIR has written."));
        GradeInto(InFolder("whole"), null);
        Assert.That(await Refused(Part(1), InFolder("whole")), Does.Contain("whole holds the results of a whole class"));
        Assert.That((await Run(Options("whole") with { Part = new ClassPart(1, 3) })).Said, Does.Contain("holds the results of tiny. Name another folder for those of tiny, part 1/3: -o DIR."));
        GradeInto(InFolder("quarter"), new ClassPart(4, 4));
        Assert.That(await Refused(Part(1), Part(2), InFolder("quarter")), Does.Contain("quarter is part 4/4, but ").And.Contain("is one of 3 parts"));

        ClassroomHandin handin = HandinFolder.Read(Handins).Handins[0];
        int number = ClassPart.Of(handin, Parts);
        string mark = Path.Combine(Part(number), "grades", handin.Key, "kept"), kept = File.ReadAllText(mark);
        File.Delete(mark);
        Assert.That(await Refused(Part(1), Part(2), Part(3)), Does.Contain($"Part {number}/3 is not finished: {handin.Key} is not graded. Continue it: grade ").And.Contain($"--part {number}/3 -o {Part(number)}"));
        File.WriteAllText(mark, kept.TrimEnd() + "0\n");
        Assert.That(await Refused(Part(1), Part(2), Part(3)), Does.Contain("another version of the assignment, another secret or another build of the grader"));
        File.WriteAllText(mark, kept);
        Directory.CreateDirectory(Path.Combine(Part(1), "grades", "stranger"));
        Assert.That(await Refused(Part(1), Part(2), Part(3)), Does.Contain($"has grades of stranger, which is not in part 1/3 of {Handins}"));
        Directory.Delete(Path.Combine(Part(1), "grades", "stranger"));
        File.WriteAllText(Path.Combine(Part(2), "grades", "assignment.txt"), "hw1, part 2/3\n");
        Assert.That(await Refused(Part(1), Part(2), Part(3)), Does.Contain("holds grades of hw1, not of tiny. Leave it out."));
        File.WriteAllText(Path.Combine(Part(2), "grades", "assignment.txt"), "tiny, part 2/3\n");
        Assert.That((await Run(Options("merged") with { Merged = [Part(1), Part(2), Part(3)] })).Code, Is.Zero, "the same parts, mended");
    }

    ClassroomOptions Options(string output) => new()
    {
        Assignment = TinyAssignment.Folder,
        Handins = Handins,
        Output = InFolder(output),
        Secret = InFolder("secret"),
        Tables = File.Exists(InFolder("roster.csv")) ? new Dictionary<string, string> { ["roster.csv"] = InFolder("roster.csv") } : new Dictionary<string, string>(),
    };

    [TestCase("--part", "1/3")]
    [TestCase("--late", "late.json")]
    [TestCase("--roster", "roster.csv")]
    [TestCase("--column", "Homework 1")]
    public void AnOptionOfAClassIsNamedWhereOneHandinIsGraded(string option, string value)
    {
        var command = new System.CommandLine.Command("grade");
        var choices = new ClassroomCommand.Choices();
        choices.AddTo(command);
        Assert.That(choices.GivenForAClass(command.Parse([option, value])), Is.EqualTo(option));
        Assert.That(choices.GivenForAClass(command.Parse([])), Is.Null);
    }

    static async Task<(int Code, string Said)> Run(ClassroomOptions options)
    {
        var said = new StringWriter();
        return (await ClassroomCommand.Run(options, said, said, default), said.ToString());
    }

    void WriteClass()
    {
        File.WriteAllText(InFolder("secret"), "a secret");
        foreach ((int i, string student) in s_students.Index())
            TinyAssignment.Write(Path.Combine(Handins, student), i % 2 == 0 ? TinyAssignment.Grader.Sources.Reference : TinyAssignment.Grader.Sources.Handout);
    }

    // What the workers write, written here without their processes.
    void GradeInto(string output, ClassPart? part)
    {
        var store = new GradeStore(output, TinyAssignment.Loaded, InFolder("secret"));
        store.Claim(part);
        foreach (ClassroomHandin handin in HandinFolder.Read(Handins).Handins.Where(handin => part?.Holds(handin) ?? true))
        {
            store.Begin(handin);
            bool solved = Array.IndexOf(s_students, handin.Key) % 2 == 0;
            GradeReport report = (solved ? TinyAssignment.OfReference : s_ofHandout.Value) with { Seconds = Random.Shared.NextDouble() };
            store.Keep(handin, report with { Handin = MyTorch.Grader.Grading.Handin.Read(handin.Path, TinyAssignment.Loaded.Assignment).Hash }, finished: true);
            GradingWorker.WriteCode(TinyAssignment.Loaded, TinyAssignment.Grader, handin.Path, store.Folder(handin));
        }
    }

    static readonly Lazy<GradeReport> s_ofHandout = new(() => TinyAssignment.GradeSource(TinyAssignment.Grader.Sources.Handout));
}
