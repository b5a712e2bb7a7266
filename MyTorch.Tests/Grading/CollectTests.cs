using Microsoft.CodeAnalysis;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>Code sorted for programs that look for copies, and mistakes given out as exercises.</summary>
[TestFixture]
public sealed class CollectTests : TestsWithFolder
{
    [Test]
    public void CodeIsSortedByQuestionWithTheBaseApart()
    {
        TinyAssignment.Write(InFolder("handins/jane_1_2_x"), TinyAssignment.Grader.Sources.Reference);
        TinyAssignment.Write(InFolder("handins/joe_2_3_x"), TinyAssignment.Edited(TinyAssignment.Grader.Sources.Reference,
            "namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) => Both(gradient); Tensor?[] Both(Tensor g) => [g * B, g * A]; }"));
        File.WriteAllText(InFolder("handins/zoe_3_4_x.zip"), "broken");
        var notes = new StringWriter();

        Assert.That(CollectCommand.Run(TinyAssignment.Folder, InFolder("handins"), InFolder("out"), TextWriter.Null, notes), Is.Zero);

        Assert.That(notes.ToString(), Does.StartWith("zoe: left out. "));
        Assert.That(Directory.GetFiles(InFolder("out/1.1")).Select(Path.GetFileName).Order(), Is.EqualTo(new[] { "jane.cs", "joe.cs" }));
        Assert.That(File.ReadAllText(InFolder("out/1.1/joe.cs")), Does.Contain("Both(Tensor g)").And.Not.Contain("Linear"));
        Assert.That(File.ReadAllText(InFolder("out/base/1.1/base.cs")), Does.Contain("NotImplementedException(\"1.1 Multiply.Backward"));
        Assert.That(File.ReadAllText(InFolder("out/4.1/jane.cs")), Does.Contain("Backward(Tensor gradient)"));
    }

    [Test]
    public void EveryKnownMistakeCanBePutIntoTheSource()
    {
        SourceTree reference = TinyAssignment.Grader.Sources.Reference;
        foreach (Mistake mistake in TinyAssignment.Grader.Mistakes)
        {
            SourceTree wrong = FindTheBugCommand.WithMistake(reference, mistake);
            string changed = reference.Paths.Single(path => reference[path] != wrong[path]);
            var errors = wrong.CompileLibrary().GetSemanticModel(wrong.Syntax(changed)).GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error);
            Assert.That(errors, Is.Empty, mistake.Id);
        }
    }

    [TestCase("hw1"), TestCase("hw1p1"), Category("Long")]
    public void EveryMistakeOfTheHomeworkIsAnExerciseThatCompiles(string name)
    {
        AssignmentFolder folder = AssignmentFolder.Load(Path.Combine(Repository.Root(TinyAssignment.Folder), "samples", "Homework1", name));
        SourceTree reference = new AssignmentSources(folder).Reference;
        foreach (Mistake mistake in MistakeFiles.Read(Path.Combine(folder.Path, "mistakes")).Where(mistake => !mistake.IsRight))
        {
            SourceTree wrong = FindTheBugCommand.WithMistake(reference, mistake);
            string[] changed = [.. reference.Paths.Where(path => reference[path] != wrong[path])];
            Assert.That(changed, Is.Not.Empty, mistake.Id);
            var compilation = wrong.CompileLibrary();
            Assert.That(changed.SelectMany(path => compilation.GetSemanticModel(wrong.Syntax(path)).GetDiagnostics()).Where(d => d.Severity == DiagnosticSeverity.Error), Is.Empty, mistake.Id);
        }
    }

    [Test]
    public void TheSolutionShowsTheWrongLinesAndTheRightOnes()
    {
        int count = TinyAssignment.Grader.Mistakes.Count;
        var all = new List<string>();
        for (int number = 1; number <= count; number++)
        {
            var output = new StringWriter();
            Assert.That(FindTheBugCommand.Run(number, TinyAssignment.Folder, null, solution: true, output, TextWriter.Null), Is.Zero);
            all.Add(output.ToString());
        }
        Assert.That(all.Select(text => text.Split(':')[0]), Is.EquivalentTo(TinyAssignment.Grader.Mistakes.Select(mistake => mistake.Id)));
        Assert.That(all.Single(text => text.StartsWith("1.1-swapped", StringComparison.Ordinal)), Does.Contain("\n-     public override Tensor?[] Backward(Tensor gradient) => [gradient * A, gradient * B];\n").And.Contain("\nIt should read:\n+ "));
        var error = new StringWriter();
        Assert.That(FindTheBugCommand.Run(count + 1, TinyAssignment.Folder, null, solution: true, TextWriter.Null, error), Is.EqualTo(2));
        Assert.That(error.ToString(), Does.Contain($"There is no exercise {count + 1}; tiny has 1 to {count}."));
    }

    [Test, Category("Long")]
    public void TheExerciseSaysWhatFailsAndNotWhere()
    {
        var output = new StringWriter();
        var error = new StringWriter();

        Assert.That(FindTheBugCommand.Run(1, TinyAssignment.Folder, InFolder("exercise"), solution: false, output, error), Is.Zero, error.ToString());

        string text = output.ToString();
        Assert.That(text, Does.StartWith($"Exercise 1. One spot in the code in {InFolder("exercise")} is wrong, in "));
        Assert.That(text, Does.Match(@"is wrong, in \w+\.\w+ \(MyTorch/[\w/]+\.cs\)").And.Contain("find-the-bug 1 --solution --assignment "));
        Assert.That(text, Does.Contain("failed: ").Or.Contain("error: "));
        foreach (Mistake mistake in TinyAssignment.Grader.Mistakes) Assert.That(text, Does.Not.Contain(mistake.Id));
        foreach (string path in s_files) Assert.That(File.Exists(InFolder("exercise/" + path)), path);
        Assert.That(FindTheBugCommand.Run(1, TinyAssignment.Folder, InFolder("exercise"), solution: false, output, error), Is.EqualTo(2), "what a learner wrote is not overwritten");
    }

    static readonly IReadOnlyList<string> s_files = TinyAssignment.Loaded.Assignment.ReadingSet;
}
