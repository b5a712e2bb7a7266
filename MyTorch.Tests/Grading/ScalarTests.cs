using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>The engine for numbers in seven steps, and the command that makes it: what a learner without a teacher meets.</summary>
[Category("Long")]
public sealed class ScalarTests
{
    static readonly string s_samples = Path.Combine(HomeworkContent.Root, "samples");

    AssignmentFolder _folder = null!;
    LoadedHandout _reference = null!;
    LoadedHandout _handout = null!;
    SortedDictionary<string, string> _files = null!;
    string _temporary = null!;

    [OneTimeSetUp]
    public void Make()
    {
        _folder = AssignmentFolder.Load(Path.Combine(s_samples, "Homework1", "scalar"));
        SourceTree library = Stubs.Of(_folder);
        _handout = new LoadedHandout(library, _folder);
        _reference = _handout.With(_folder.Reference);
        _files = HandoutFiles.Of(_folder, library, _reference);
        _temporary = Directory.CreateTempSubdirectory().FullName;
    }

    [OneTimeTearDown]
    public void Clear()
    {
        _reference.Dispose();
        _handout.Dispose();
        Directory.Delete(_temporary, recursive: true);
    }

    (int Code, string Output) Run(LoadedHandout handout, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        int code = handout.Run(args, _files["Check/assignment.json"], _temporary, output, plain: true);
        return (code, output.ToString());
    }

    LoadedHandout With(string member, string declaration)
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single(member), declaration);
        return _handout.With(edits.Apply());
    }

    [Test]
    public void NothingIsWrittenAtFirstAndTheSolutionsAreSevenOfSeven()
    {
        (int code, string output) = Run(_handout);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("0 of 7 points in the visible cases; 0 of 7 questions are right").And.Contains("Next: 1.1 A value on a tape (MyTorch/Engine.cs: Engine.Variable)"));
        Assert.That(HandoutProof.Scores(_handout, _reference, MyTorch.Check.CheckRunner.Read(_files["Check/assignment.json"])), Is.Empty);
        Assert.That(Run(_reference).Output, Does.Contain("7 of 7 points in the visible cases; 7 of 7 questions are right"));
        Assert.That(Run(_reference, "7.1").Output, Does.Match(@"Your engine trains a network: the loss fell from [1-9]\d?\.\d\d to 0\.0\d+\."));
        Assert.That(Run(_reference, "run", "lecture").Output, Does.Contain("5 + 0.5").And.Contains("-0.2837 + 2"));
        Assert.That(Run(_reference, "run", "xor").Output, Does.Match(@" 1   0       1 +1\.00\n"));
    }

    [Test]
    public void EachStepIsShortAndItsNextIsNamed()
    {
        foreach ((Question question, SourceMember member) in Stubs.Blanked(_folder.Assignment, _folder.Reference))
            Assert.That(member.BodyLines, Is.LessThanOrEqualTo(10), member.FullName);
        Assert.That(_files["MyTorch/Node.cs"], Does.Contain("=> new Node(tape, result, from);").And.Contains("throw new NotImplementedException(\"2.1 Node.operator+: not written yet\")"));
        Assert.That(_files["MyTorch/Engine.cs"], Does.Not.Contain("list.Add(").And.Not.Contain("new(this, value)"));

        // Written up to a step: the map says how far it is and what comes next.
        string[] ids = [.. _folder.Assignment.Questions.Select(question => question.Id)];
        for (int step = 1; step < ids.Length; step++)
        {
            var edits = new SourceEdits(_folder.Reference);
            foreach ((Question question, SourceMember member) in Stubs.Blanked(_folder.Assignment, _folder.Reference))
                if (Array.IndexOf(ids, question.Id) >= step) edits.Blank(member, $"{question.Id} {member.ShortName}: not written yet");
            if (step < 4) edits.Begin(_folder.Reference.Single("Node.Result"), "new Node(tape, result, from)");
            // Before there is Add, a list has one number.
            if (step == 5)
                edits.Replace(_folder.Reference.Single("Engine.Gradients"), _folder.Reference.Single("Engine.Gradients").Syntax.ToString()
                    .Replace("Add(nodeToGrad, input, adjoint * derivative);", "nodeToGrad[input] = [adjoint * derivative];", StringComparison.Ordinal));
            using var begun = _handout.With(edits.Apply());
            Assert.That(Run(begun).Output, Does.Contain($"{step} of 7 points in the visible cases; {step} of 7 questions are right\nNext: {ids[step]} "));
        }
    }

    [Test]
    public void EachUsualMistakeIsNamed()
    {
        Mistake[] mistakes = [.. MistakeFiles.Read(Path.Combine(_folder.Path, "mistakes"))];
        Assert.That(mistakes.GroupBy(mistake => mistake.Question), Has.Exactly(7).Items);
        Assert.Multiple(() =>
        {
            foreach (Mistake mistake in mistakes)
            {
                SourceTree source = TinyAssignment.Edited(_folder.Reference, $"class {mistake.Type} {{ {string.Join("\n", mistake.Members)} }}");
                using var wrong = _handout.With(source);
                Assert.That(Run(wrong, mistake.Question).Output, Does.Contain($"A known mistake: {_folder.Hints.Mistakes[mistake.Id]}"), mistake.Id);
            }
        });
    }

    [Test]
    public void AWrongAnswerSaysWhatCameAndWhatWasExpected()
    {
        using var wrong = With("Node.operator*", "public static Node operator *(Node a, Node b) => a.Result(a.Value * b.Value, (a, a.Value), (b, b.Value));");
        Assert.That(Run(wrong, "3.1").Output, Does.Match(@"derivative by a: it is \d\.\d+, expected -\d\.\d+").And.Contains("dotnet check.cs hint 3.1"));
        Assert.That(Run(wrong, "5.1").Output, Does.Contain("waiting for 3.1"));
    }

    [Test]
    public void ASmallAssignmentNeedsNoPackages()
    {
        Assert.That(_files["MyTorch/MyTorch.csproj"], Does.Not.Contain("PackageReference"));
        Assert.That(_files.Keys.Where(path => path.StartsWith("Given/", StringComparison.Ordinal)), Is.EquivalentTo(new[] { "Given/MyTorch/DType.cs", "Given/README.md" }));
    }

    /// <summary>The command as it is typed, and what the write-up of the project that it makes tells to type.</summary>
    [Test]
    public void StartMakesTheProjectInOneCommandAndWhatItTellsRuns()
    {
        string target = Path.Combine(_temporary, "my-scalar-engine");
        string said = UpdateTests.Dotnet(_temporary, 0, "run", "-c", "Release", Path.Combine(s_samples, "start.cs"), "--", "scalar", target);
        Assert.That(said, Does.Contain("0 of 7 points, and 7 questions for you, about 80 minutes").And.Contains("dotnet check.cs 1.1").And.Contains($"cd {target}"));
        string told = File.ReadAllText(Path.Combine(target, "README.md"));
        Assert.That(told, Does.Contain("| 2.1 a + b | 1 | 10 | `MyTorch/Node.cs: Node.operator+` |"));
        foreach ((string command, int code, string answer) in new[]
        {
            ("dotnet check.cs", 1, Block("text")), ("dotnet check.cs 2", 1, "2.1"), ("dotnet check.cs hint 2.1", 0, "idea"),
            ("dotnet check.cs hint 2.1 shapes", 0, "shapes"), ("dotnet check.cs hint 2.1 formula", 0, "∂z/∂a is 1"), ("dotnet check.cs run", 0, "run xor"),
            ("dotnet check.cs run lecture", 1, "needs 1.1"), ("dotnet check.cs run xor", 1, "needs 1.1"),
        })
        {
            Assert.That(told, Does.Contain($"`{command}`"));
            Assert.That(UpdateTests.Dotnet(target, code, ["run", .. command.Split(' ')[1..2], "--", .. command.Split(' ')[2..]]), Does.Contain(answer), command);
        }
        foreach (string path in _folder.Assignment.ReadingSet) File.WriteAllText(Path.Combine(target, path), _folder.Reference[path]);
        Assert.That(UpdateTests.Dotnet(target, 0, "run", "check.cs"), Does.Contain("7 of 7 questions are right").And.Contains("On your own code: a network learns exclusive or: dotnet check.cs run xor"));
        Assert.That(UpdateTests.Dotnet(target, 0, "run", "check.cs", "--", "run", "xor", "--plain"), Does.Contain("####").And.Not.Contain("\e["));

        Assert.That(Block("sh"), Does.Contain("dotnet run samples/start.cs -- scalar ").And.Match("dotnet run samples/start\\.cs +#"));
        using var error = new StringWriter();
        Assert.That(StartCommand.Run(["scalar", target], s_samples, TextWriter.Null, error), Is.EqualTo(1));
        Assert.That(error.ToString(), Does.Contain("is not empty. Nothing was changed").And.Contains("dotnet run samples/start.cs -- scalar my-second-engine"));
        Assert.That(File.ReadAllText(Path.Combine(target, "MyTorch/Node.cs")), Is.EqualTo(_folder.Reference["MyTorch/Node.cs"]));
    }

    // A block of the README's section about it.
    static string Block(string language)
    {
        string readme = File.ReadAllText(Path.Combine(HomeworkContent.Root, "README.md")).ReplaceLineEndings("\n");
        string section = readme[readme.IndexOf("## Build it yourself\n", StringComparison.Ordinal)..];
        int start = section.IndexOf($"```{language}\n", StringComparison.Ordinal) + language.Length + 4;
        return section[start..section.IndexOf("```", start, StringComparison.Ordinal)];
    }

    [TestCase(2, "one", "two")]
    [TestCase(2, "--fast")]
    [TestCase(0, "--help")]
    public void StartSaysHowItIsCalled(int code, params string[] args)
    {
        using StringWriter output = new(), error = new();
        Assert.That(StartCommand.Run(args, s_samples, output, error), Is.EqualTo(code));
        Assert.That((code == 0 ? output : error).ToString(), Does.Contain("dotnet run samples/start.cs -- scalar"));
    }
}
