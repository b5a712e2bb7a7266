using System.Formats.Tar;
using System.Text.Json;
using MyTorch.Check;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Source;
using Handin = MyTorch.Grader.Grading.Handin;

namespace MyTorch.Tests.Grading;

/// <summary>The handout of homework 1, made in memory: what a student gets, what it proves, and the student's own commands.</summary>
[Category("Long")]
public sealed class HandoutTests
{
    static readonly string s_hw1 = Path.Combine(Repository.Root(AppContext.BaseDirectory), "samples", "Homework1", "hw1");

    AssignmentFolder _folder = null!;
    SourceTree _library = null!;
    LoadedHandout _reference = null!;
    LoadedHandout _handout = null!;
    SortedDictionary<string, string> _files = null!;
    string _temporary = null!;

    string Json => _files["Check/assignment.json"];

    [OneTimeSetUp]
    public void Make()
    {
        _folder = AssignmentFolder.Load(s_hw1);
        _library = Stubs.Of(_folder);
        _handout = new LoadedHandout(_library, _folder);
        _reference = _handout.With(_folder.Reference);
        _files = HandoutFiles.Of(_folder, _library, _reference, offline: true);
        _temporary = Directory.CreateTempSubdirectory().FullName;
    }

    [OneTimeTearDown]
    public void Clear()
    {
        _reference.Dispose();
        _handout.Dispose();
        Directory.Delete(_temporary, recursive: true);
    }

    [Test]
    public void ThePublicFaceIsTheLibrarys() => Assert.That(HandoutProof.Api(_folder, _handout.Library, _reference.Library), Is.Empty);

    [Test]
    public void AMissingPublicMemberIsNamed()
    {
        var edits = new SourceEdits(_library);
        edits.Remove(_library.Single("MyTorch.Tensor.Unsqueeze"));
        var smaller = edits.Apply().CompileLibrary();
        Assert.That(HandoutProof.Api(_folder, smaller, _reference.Library).Single(), Does.Contain("M:MyTorch.Tensor.Unsqueeze(System.Int32)").And.Contains("is missing"));
    }

    [Test]
    public void WhatAMistakeAnswersStandsThereOnce()
    {
        foreach (CheckQuestion question in CheckRunner.Read(Json).Questions)
            Assert.That(question.Mistakes.Select(CaseText.Write), Is.Unique, question.Id);
        Assert.That(Json, Has.Length.LessThan(4_000_000));
    }

    [Test]
    public void NothingThatWasTakenOutStandsAnywhere() => Assert.That(HandoutProof.Repeats(_folder, _files), Is.Empty);

    [Test]
    public void AStatementThatWasTakenOutIsFoundUnderOtherNames()
    {
        const string Copy = """
            # Notes
            Tensor?[] Mine(Tensor up) => [wanted ? null : left ? B.Times(up, other, true) : up.Times(B, false, !other), !B.Wanted ? null : other ? up.Times(A, true, left) : A.Times(up, !left, false)];
            """;
        SourceMember member = _folder.Reference.Single("MyTorch.Operations.MatMul.Backward");
        string body = member.Bodies[0].ToString()["=>".Length..].Replace("gradient", "up").Replace("transposeA", "left").Replace("MatMul", "Times");
        Assert.That(HandoutProof.Repeats(_folder, new Dictionary<string, string> { ["notes.md"] = "# Notes\nMine = " + body }), Has.One.Items);
        Assert.That(HandoutProof.Repeats(_folder, new Dictionary<string, string> { ["notes.md"] = "# Notes\nMine = " + body }).Single(), Does.Contain("notes.md").And.Contains("MatMul.Backward"));
        Assert.That(HandoutProof.Repeats(_folder, new Dictionary<string, string> { ["notes.md"] = Copy }), Is.Empty, "another program");
    }

    [Test]
    public void ItScoresNothingAndTheReferenceEverything() => Assert.That(HandoutProof.Scores(_handout, _reference, CheckRunner.Read(Json)), Is.Empty);

    /// <summary>
    /// The answers of a solved handout are right where all that the handout leaves out is missing: it can be handed in.
    /// </summary>
    [Test]
    public void TheSolvedHandoutUsesNothingThatTheHandoutLeavesOut()
    {
        using LoadedHandout solved = _handout.With(Solution.Of(_folder));
        Assert.That(HandoutProof.Scores(_handout, solved, CheckRunner.Read(Json)), Is.Empty);
    }

    /// <summary>A student may hand in the folder as it is, as a course's repository is.</summary>
    [Test]
    public void TheWholeHandoutIsAHandin()
    {
        string folder = Path.Combine(_temporary, "whole");
        foreach ((string path, string text) in _files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
            File.WriteAllText(Path.Combine(folder, path), text);
        }
        Handin handin = Handin.Read(folder, _folder.Assignment);
        Assert.That(handin.Files.Keys, Is.SupersetOf(_folder.Assignment.ReadingSet));
        Assert.That((handin.Assignment, handin.Version), Is.EqualTo((_folder.Assignment.Id, _folder.Assignment.Version)));
    }

    [Test]
    public void ABodyThatWasForgottenIsSeenInTheScores()
    {
        var edits = new SourceEdits(_library);
        edits.Replace(_library.Single("MyTorch.Operations.Subtract.Backward"), "public override Tensor?[] Backward(Tensor gradient) => [gradient, -gradient];");
        using var forgotten = _handout.With(edits.Apply());
        Assert.That(HandoutProof.Scores(forgotten, _reference, CheckRunner.Read(Json)).Single(), Does.StartWith("1.2: the untouched handout gets 1 points"));
    }

    [Test]
    public void OnlyListedFilesAreHandedOut()
    {
        string[] tops = [.. _files.Keys.Select(path => path.Split('/')[0]).Distinct()];
        Assert.That(tops, Is.EquivalentTo(new[]
        {
            ".gitignore", "CHEATSHEET.md", "Check", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "Given", "MyTorch", "README.md", "Try", "check.cs", "global.json", "nuget.config",
        }));
        Assert.That(_files.Keys.Where(path => path.StartsWith("MyTorch/", StringComparison.Ordinal)), Is.EquivalentTo(_folder.Assignment.ReadingSet.Append("MyTorch/MyTorch.csproj")));
        Assert.That(_files.Keys.Where(path => path.Contains("Expression") || path.Contains("GradientKernels") || path.Contains("mistakes") || path.Contains("hints")), Is.Empty);
    }

    [Test]
    public void TheBodiesNameTheirQuestion()
    {
        string products = _files["MyTorch/Operations/Products.cs"];
        Assert.That(products, Does.Contain("throw new NotImplementedException(\"4.2 Linear.Backward: not written yet\")").And.Not.Contain("dX = dY").And.Not.Contain("∇"));
        Assert.That(_files["MyTorch/Operations/Arithmetic.cs"], Does.Contain("/// <summary>z = a · b.</summary>").And.Contains("∂z/∂a = 1"), "Add is a worked example, Multiply is not");
        Assert.That(_files["MyTorch/Optim/SGD.cs"], Does.Contain("v ← μ·v + g"), "where the formula is what is asked for, it stays");
    }

    [Test]
    public void TheCheatSheetHasALineForEachMember()
    {
        string[] rows = [.. _files["CHEATSHEET.md"].Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))];
        Assert.That(rows, Has.Length.EqualTo(_folder.Assignment.CheatSheet.Count).And.Length.LessThanOrEqualTo(40));
        Assert.That(rows, Has.Some.EqualTo("| `Tensor Exp()` | eˣ. |").And.Some.StartsWith("| `static Tensor Maximum(Tensor a, Tensor b)`"));
        Assert.That(rows.Where(row => row.EndsWith("|  |", StringComparison.Ordinal)), Is.Empty, "every member says what it does");
        Assert.That(_files["CHEATSHEET.md"], Does.Contain("**Float32** unless a type is named").And.Contains("`Tensor.From(numbers, x.Shape, x.DType)`"));
    }

    [Test]
    public void CheckSaysWhatIsMissingAndWhatWaitsForIt()
    {
        (int code, string output) = Run(_handout, "check", "1");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("1.1  Multiply").And.Contains("not written yet").And.Contains("0 of 10 points").And.Contains("Next: 1.1 Multiply (MyTorch/Operations/Arithmetic.cs: Multiply.Backward)"));
        Assert.That(Run(_handout, "4.2").Output, Does.Contain("waiting for 4.1"));
        Assert.That(Run(_reference, "2"), Is.EqualTo((0, Run(_reference, "check", "2").Output)));
        Assert.That(Run(_reference, "2").Output, Does.Contain("14 of 14 points"));
    }

    [Test]
    public void AWrongAnswerShowsTheSmallestFailingCase()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Operations.Divide.Backward"), "public override Tensor?[] Backward(Tensor gradient) => [gradient / B, gradient * Output / B];");
        using var wrong = _handout.With(edits.Apply());
        (int code, string output) = Run(wrong, "1.3");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("1 / 2").And.Contains("dB: ").And.Contains("wrong sign").And.Contains("hint 1.3").And.Not.Contains("seed"), "half the points for dA");
        string[] lines = [.. output.Split('\n').Select(line => line.Trim())];
        int given = Array.FindIndex(lines, line => line.StartsWith("A (2, 3)", StringComparison.Ordinal)), answers = Array.FindIndex(lines, line => line.StartsWith("dB, yours (2, 3)", StringComparison.Ordinal));
        Assert.That(lines[given], Does.Contain("B (2, 3)").And.Contains("gradient (2, 3)"), "what is needed to redo the case");
        Assert.That(lines[answers], Does.Contain("dB, expected (2, 3)"));
        double[][] a = Numbers(given), b = Numbers(answers);
        Assert.That(a, Has.All.Length.EqualTo(9));
        foreach ((int row, double[] line) in a.Index())
            for (int column = 0; column < 3; column++)
                Assert.That(-line[6 + column] * line[column] / (line[3 + column] * line[3 + column]), Is.EqualTo(b[row][3 + column]).Within(1e-6), "as on paper");

        double[][] Numbers(int title) => [.. lines[(title + 1)..(title + 3)].Select(line => line.Replace('|', ' ').Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture)).ToArray())];
    }

    [Test]
    public void AWrongTapeStandsBesideTheExpectedOne()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Autograd.Record"), "internal void Record(Operation operation) => Append(operation);");
        using var wrong = _handout.With(edits.Apply());
        string output = Run(wrong, "2.1").Output;
        Assert.That(output, Does.Contain("operations: it is 4, expected 3\n"), "of a count, no ratio");
        Assert.That(output, Does.Match(@"-> +tape\[2\] Bend\([^|\n]*(\| |\n(.*\n)* *-> +)tape\[2\] Mix\("));
    }

    [Test]
    public void AnExceptionInASharedBodyIsBlamedOnce()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Operations.Linear.Backward"), "public override Tensor?[] Backward(Tensor gradient) => throw new InvalidOperationException(\"mine\");");
        using var wrong = _handout.With(edits.Apply());
        string output = Run(wrong).Output;
        Assert.That(System.Text.RegularExpressions.Regex.Count(output, @"/ 2 +exception\n"), Is.EqualTo(1), output);
        Assert.That(output, Does.Match(@"4\.3 .*waiting for 4\.2").And.Match(@"4\.4 .*waiting for 4\.2"));
        Assert.That(Run(wrong, "4.3").Output, Does.Contain("waiting for 4.2").And.Contains("InvalidOperationException: mine"), "asked for by itself it says why");
    }

    [Test]
    public void PartsThatAreRightAreNamed()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Optim.SGD.Update"),
            "protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state) => parameter.CopyFrom(parameter - group.LearningRate * gradient);");
        using var wrong = _handout.With(edits.Apply());
        Assert.That(Run(wrong, "6.1").Output, Does.Match(@"right: without momentum \(0\.5\).*; not yet: with momentum \(1\)"));
    }

    [Test]
    public void TheEndSaysWhatComesNextAndWhenToHandIn()
    {
        Assert.That(Run(_handout).Output, Does.Contain("0 of 50 points in the visible cases; 0 of 27 questions are right").And.Contains("Next: 1.1 Multiply"));
        Assert.That(Run(_reference).Output, Does.Contain("27 of 27 questions are right").And.Contains("Hand it in: dotnet check.cs handin"));
        Assert.That(Run(_reference, "2").Output, Does.Not.Contain("Hand it in"), "not all of it was checked");
    }

    [Test]
    public void ThePageDrawsWhatIsRecognised()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Operations.Multiply.Backward"), "public override Tensor?[] Backward(Tensor gradient) => [2 * gradient * B, gradient * A];");
        edits.Replace(_folder.Reference.Single("MyTorch.Autograd.Sweep"), "void Sweep(Adjoints adjoints) { for (int i = _start; i <= adjoints.Last; i++) Propagate(_tape[i], adjoints); }");
        using var wrong = _handout.With(edits.Apply());
        string said = Run(wrong, "1.1", "2.2").Output, page = File.ReadAllText(Path.Combine(_temporary, "check.html"));
        Assert.That(said, Does.Contain(Path.Combine(_temporary, "check.html")));
        Assert.That(page, Does.Contain("Every number is 2 times what it should be").And.Contains("<b>first ≠ </b>").And.Contains("class=\"graph\"").And.Contains("What is expected"));
        Assert.That(page, Does.Not.Contain(_folder.Hints.Questions["1.1"].Formula), "no answer");
    }

    [Test]
    public void AnExceptionStandsWithWhatTheCodeWasGiven()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Operations.Log.Derivative"), "public override Tensor Derivative() => X.MatMul(X);");
        using var wrong = _handout.With(edits.Apply());
        Assert.That(Run(wrong, "1.4").Output, Does.Contain("ArgumentException: MatMul: (3, 2) x (3, 2): inner sizes 2 and 3 differ").And.Match(@"X \(3, 2\) +\| gradient \(3, 2\)\n"));
    }

    [Test]
    public void CodeThatEndsTheProgramCostsItsOwnQuestionOnly()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Operations.Multiply.Backward"), "public override Tensor?[] Backward(Tensor gradient) { Environment.Exit(0); return null!; }");
        edits.Replace(_folder.Reference.Single("MyTorch.Operations.Subtract.Backward"), "public override Tensor?[] Backward(Tensor gradient) => [Backward(gradient)[0], gradient];");
        (int code, string output) = RunProgram(edits.Apply(), "1.1", "1.2", "1.3");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("ended the whole program, with exit code 0").And.Contains("the stack overflowed in MyTorch.Operations.Subtract.Backward"));
        Assert.That(output, Does.Contain("2 of 4 points"), "1.3 is right and counts");
    }

    // The student's program as files, in a separate process.
    (int Code, string Output) RunProgram(SourceTree source, params string[] args)
    {
        string root = Directory.CreateDirectory(Path.Combine(_temporary, Path.GetRandomFileName())).FullName, bin = Directory.CreateDirectory(Path.Combine(root, "Check", "bin")).FullName;
        using var program = _handout.With(source, bin);
        File.WriteAllText(Path.Combine(root, "Check", "assignment.json"), Json);
        return RunProgram(bin, args);
    }

    static (int Code, string Output) RunProgram(string bin, params string[] args)
    {
        var start = new System.Diagnostics.ProcessStartInfo("dotnet", ["exec", Path.Combine(bin, "Check.dll"), .. args]) { RedirectStandardOutput = true, StandardOutputEncoding = System.Text.Encoding.UTF8 };
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.ReplaceLineEndings("\n"));
    }

    [Test]
    public void AUsualMistakeIsNamed()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Operations.Multiply.Backward"), "public override Tensor?[] Backward(Tensor gradient) => [gradient * A, gradient * B];");
        using var swapped = _handout.With(edits.Apply());
        Assert.That(Run(swapped, "1.1").Output, Does.Contain($"A known mistake: {_folder.Hints.Mistakes["1.1-swapped"]}"));
        int known = CheckRunner.Read(Json).Questions.Sum(question => question.Mistakes.Length);
        Assert.That(known, Is.GreaterThanOrEqualTo(50));
    }

    [Test]
    public void AFailingSweepShowsItsStepsBesideTheExpectedOnes()
    {
        var edits = new SourceEdits(_folder.Reference);
        // Walks the tape forwards.
        edits.Replace(_folder.Reference.Single("MyTorch.Autograd.Sweep"), "void Sweep(Adjoints adjoints) { for (int i = _start; i <= adjoints.Last; i++) Propagate(_tape[i], adjoints); }");
        using var wrong = _handout.With(edits.Apply());
        string output = Run(wrong, "2.2").Output;
        Assert.That(output, Does.Contain("what your code did").And.Contains("what is expected").And.Contains("-> ").And.Contains("v2 = Bend(v1) = ["));
        Assert.That(output, Does.Contain("step by step, for rules called along a chain of 3\n").And.Contains("it is 1, expected 3\n"), "the failing case alone");
        Assert.That(System.Text.RegularExpressions.Regex.Count(output, @"\bv1 = \["), Is.EqualTo(1), "and no other");
    }

    /// <summary>A second mistake that is not known: its result is named, and in what it differs.</summary>
    [Test]
    public void WhatElseIsWrongIsSaid()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Operations.MatMul.Backward"), "public override Tensor?[] Backward(Tensor gradient) => [gradient.MatMul(B.T) * 3, A.T.MatMul(gradient) / 2];");
        edits.Replace(_folder.Reference.Single("MyTorch.Autograd.Propagate"), """
            static bool Propagate(Operation operation, Adjoints adjoints)
            {
                if (adjoints.Take(operation.Output) is not { } upstream) return false;
                foreach (Tensor contribution in adjoints.Contributions(operation, upstream).OfType<Tensor>())
                    adjoints[operation.Inputs[0]] = adjoints[operation.Inputs[0]] is { } sum ? adjoints.Add(sum, contribution) : contribution;
                return true;
            }
            """);
        using var wrong = _handout.With(edits.Apply());
        Assert.That(Run(wrong, "1.6").Output, Does.Contain("(every element is 3 times what it should be)\n").And.Contains("also wrong: dB: every element is half of what it should be\n"));
        string output = Run(wrong, "2.2").Output;
        Assert.That(output, Does.Contain("they belong to different tensors").And.Contains($"A known mistake: {_folder.Hints.Mistakes["2.2-all-to-the-first-input"]}\n"));
    }

    sealed class Answers(Func<CaseRequest, CaseAnswer> answer) : ICases
    {
        public IReadOnlyDictionary<string, string[]>? Signatures => null;

        public CaseAnswer Run(CaseRequest request) => answer(request);

        public int Show(string method, bool plain) => throw new NotSupportedException();
    }

    /// <summary>A network that calls a right layer with a wrong gradient waits for no layer: the mistake is its own.</summary>
    [TestCase(true, Ending.Error)]
    [TestCase(false, Ending.Waiting)]
    public void ARightBodyIsNotBlamedForWhatItIsCalledWith(bool layerIsRight, Ending expected)
    {
        CheckData read = CheckRunner.Read(Json);
        CheckQuestion layer = read.Questions.Single(one => one.Id == "3.6"), network = read.Questions.Single(one => one.Id == "6.1");
        var runner = new CheckRunner(read with { Questions = [layer with { DependsOn = [] }, network with { DependsOn = [] }] }, new Answers(request =>
            request.Probe == network.Probe ? new CaseAnswer { Error = "ArgumentException: shapes differ", ErrorIn = "ReLU.Passes" }
            : layerIsRight ? new CaseAnswer { Returned = [.. layer.Cases.Single(one => (one.Seed, one.Single) == (request.Seed, request.Single)).Expected] }
            : new CaseAnswer { Error = "ArgumentException: shapes differ", ErrorIn = "ReLU.Passes" }));
        Assert.That(runner[network with { DependsOn = [] }].Ending, Is.EqualTo(expected));
    }

    /// <summary>
    /// What a wrong body throws, a known mistake of another question may throw too: it is named where that body is right, and not where it
    /// is not.
    /// </summary>
    [TestCase(true, "the layers are called forwards")]
    [TestCase(false, null)]
    public void TheExceptionOfAWrongBodyIsNoMistakeOfAnother(bool layerIsRight, string? hint)
    {
        CheckData read = CheckRunner.Read(Json);
        CheckQuestion layer = read.Questions.Single(one => one.Id == "3.6"), network = read.Questions.Single(one => one.Id == "3.4");
        var threw = new CaseAnswer { Error = "ArgumentException: shapes differ", ErrorIn = "ReLU.Passes" };
        network = network with
        {
            Probe = "Of.Network",
            DependsOn = [],
            Mistakes = [new CheckMistake(["the layers are called forwards"], [], [.. network.Cases[0].Expected.Select(one => one.Name)], threw.Error, 0)],
        };
        var runner = new CheckRunner(read with { Questions = [layer with { DependsOn = [] }, network] }, new Answers(request =>
            request.Probe == network.Probe || !layerIsRight ? threw
            : new CaseAnswer { Returned = [.. layer.Cases.Single(one => (one.Seed, one.Single) == (request.Seed, request.Single)).Expected] }));
        Assert.That(runner[network].Hint, Is.EqualTo(hint));
    }

    /// <summary>
    /// A wrong bias makes no gradient wrong. A wrong output does where the slope is written with it, unless the slope is written with
    /// something else.
    /// </summary>
    [Test]
    public void AQuestionWaitsOnlyForWhatMakesItWrong()
    {
        var edits = new SourceEdits(_folder.Reference);
        void Write(string member, string code) => edits.Replace(_folder.Reference.Single($"MyTorch.Operations.{member}"), code);
        Write("Linear.Forward", "protected override Tensor Forward() => Bias is null ? X.MatMul(Weight.T) : X.MatMul(Weight.T) + 3 * Bias;");
        Write("Linear.Backward", """
            public override Tensor?[] Backward(Tensor gradient)
            {
                Tensor dX = gradient.MatMul(Weight), dW = 7 * gradient.T.MatMul(X);
                return Bias is null ? [dX, dW] : [dX, dW, gradient.Sum(0) / gradient.Shape[0]];
            }
            """);
        Write("Sigmoid.Forward", "protected override Tensor Forward() => 3 / (1 + (-X).Exp());");
        Write("Sigmoid.Derivative", "public override Tensor Derivative() => X * (1 - X);");
        Write("Tanh.Forward", "protected override Tensor Forward() => 3 / (1 + (-2 * X).Exp());");
        Write("Tanh.Derivative", "public override Tensor Derivative() => 1 - Output * Output;");
        using var wrong = _handout.With(edits.Apply());
        Assert.That(Run(wrong, "4.2").Output, Does.Contain("right"));
        Assert.That(Run(wrong, "4.3").Output, Does.Contain("every element is 7 times").And.Not.Contains("waiting"));
        Assert.That(Run(wrong, "4.4").Output, Does.Contain(_folder.Hints.Mistakes["4.4-mean"]).And.Not.Contains("waiting"));
        Assert.That(Run(wrong, "3.2").Output, Does.Contain(_folder.Hints.Mistakes["3.2-input-for-output"]).And.Not.Contains("waiting"));
        Assert.That(Run(wrong, "3.4").Output, Does.Contain("waiting for 3.3"));
    }

    [Test]
    public void AUsualMistakeThatEndsInAnExceptionIsNamedToo()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Operations.MatMul.Backward"), "public override Tensor?[] Backward(Tensor gradient) => [gradient.MatMul(B), A.T.MatMul(gradient)];");
        using var wrong = _handout.With(edits.Apply());
        Assert.That(Run(wrong, "1.6").Output, Does.Contain("exception\n").And.Contains($"A known mistake: {_folder.Hints.Mistakes["1.6-b-not-transposed"]}"));
    }

    [Test]
    public void PrintsBelongToTheCaseThatIsShown()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Operations.Divide.Backward"), "public override Tensor?[] Backward(Tensor gradient) { Console.WriteLine($\"mine {gradient.Shape}\"); return [gradient / B, gradient * Output / B]; }");
        string output = RunProgram(edits.Apply(), "1.3").Output;
        Assert.That(output, Does.Contain("what your code printed\n          mine (2, 3)\n"));
        Assert.That(System.Text.RegularExpressions.Regex.Count(output, "mine"), Is.EqualTo(1));
    }

    [Test]
    public void AChangedSignatureIsNamed()
    {
        var edits = new SourceEdits(_folder.Reference);
        SourceMember backward = _folder.Reference.Single("MyTorch.Autograd.Backward");
        edits.Replace(backward, backward.Syntax.ToString().Replace("createGraph = false)", "createGraph = false, int times = 1)", StringComparison.Ordinal));
        using var changed = _handout.With(edits.Apply());
        (int code, string output) = Run(changed, "2.2");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.StartWith("You changed the signature of MyTorch.Autograd: Void Backward("));
        Assert.That(Run(_reference, "2.2").Output, Does.Not.Contain("signature"));
        Assert.That(Run(_handout, "2.2").Output, Does.Not.Contain("signature"));
    }

    [Test]
    public void WhatHasBeenLearnedIsToldInTheEnd()
    {
        string output = Run(_reference, "7.1").Output;
        Assert.That(output, Does.Contain("1 / 1   right").And.Match(@"Loss after each 10 of 80 steps: 2\.\d\d → .* → 0\.\d\d\n").And.Match(@"6\d of 64 digits are read right"));
        Assert.That(output, Does.Contain("####").And.Match(@"reads 1 \((right|it is)"));
        Assert.That(Run(_reference, "7").Output, Does.Not.Contain("digits are read"));
    }

    [Test]
    public void ANullOnTheWaySaysWhatHappened()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Autograd.Propagate"), "static bool Propagate(Operation operation, Adjoints adjoints) { adjoints.Contributions(operation, adjoints.Take(operation.Output)!); return true; }");
        edits.Replace(_folder.Reference.Single("MyTorch.Operations.Log.Derivative"), "public override Tensor Derivative() => Tensor.From(X.ToArray(), X.Shape);");
        using var wrong = _handout.With(edits.Apply());
        Assert.That(Run(wrong, "2.5").Output, Does.Contain("no gradient arrived at the output of Bend (Take returned null)").Or.Contains("no gradient arrived at the output of Mix (Take returned null)"));
        Assert.That(Run(wrong, "1.4").Output, Does.Contain("Log.Derivative returned Float32, but X is Float64").And.Contains("pass X.DType"));
    }

    [Test]
    public void AStepWithoutMomentumIsShownWithItsSettings()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Optim.SGD.Update"),
            "protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state) => parameter.CopyFrom(parameter - group.LearningRate * gradient);");
        using var wrong = _handout.With(edits.Apply());
        Assert.That(Run(wrong, "6.1").Output, Does.Contain("W after step 2: ").And.Match(@"η \(\) \| μ \(\) \| W \(2, 3\)"), "momentum first");
    }

    [Test]
    public void AnInfiniteExpectationAcceptsNothingElse() => Assert.Multiple(() =>
    {
        var tolerance = new MyTorch.Probes.Tolerance(1e-8, 1e-6);
        Assert.That(tolerance.Accepts(double.PositiveInfinity, double.PositiveInfinity), Is.True);
        Assert.That(tolerance.Accepts(3, double.PositiveInfinity), Is.False);
        Assert.That(tolerance.Accepts(double.NegativeInfinity, double.PositiveInfinity), Is.False);
        Assert.That(tolerance.Accepts(double.NaN, double.PositiveInfinity), Is.False);
    });

    [Test]
    public void ANegativeZeroIsWrittenAsZero()
    {
        var expected = new MyTorch.Probes.Returned("x", [2], "Float64", [-0.0, 1]);
        var got = expected with { Values = [0.5, 1] };
        Assert.That(MyTorch.Probes.Comparison.Compare(expected, got, new(1e-8, 1e-6))!.Detail, Does.Contain("element [0] is 0.5, expected 0"));
        Assert.That(Tables.Of([("x", expected)]), Is.EqualTo(new[] { "x (2,)", "0  1" }));
    }

    [Test]
    public void TheProgramToTryRunsOnTheStudentsEngine()
    {
        string written = RunTry(_reference);
        Assert.That(written, Does.Contain("v4 = Multiply(v1, v2) = 10\n").And.Contains("backward of v4 = v1·v2: adj(v1) receives").And.Contains("By your Backward: dy/dx1 = 5.5, dy/dx2 = 1.71633781"));
        Assert.That(written, Does.Contain("By differences:   dy/dx1 = 5.5, dy/dx2 = 1.7163378\n"));
        Assert.That(RunTry(_handout), Does.StartWith("Not written yet: 2.1 Autograd.Record: "));
    }

    [Test]
    public void ProgramsRunOnTheStudentsCodeWhenTheirPartIsRight()
    {
        string data = Path.Combine(_temporary, "Given", "data", "digits.csv");
        Directory.CreateDirectory(Path.GetDirectoryName(data)!);
        File.WriteAllText(data, _files["Given/data/digits.csv"]);
        string[] programs = ["lecture", "xor", "spirals", "digits"];
        Assert.That(_folder.Assignment.Groups.Where(group => group.Unlocks is not null).Select(group => group.Unlocks!.Id), Is.EqualTo(programs));
        Assert.That(Run(_handout, "run", "lecture"), Is.EqualTo((1, "lecture runs on your own code, and needs 1.1 Multiply, which is not written yet.\nNext: dotnet check.cs 1.1\n")));
        Assert.That(Run(_handout, "run").Output, Does.Contain("dotnet check.cs run xor        a network learns exclusive or, after 4.4\n"));
        Assert.That(Run(_handout, "run", "circles"), Is.EqualTo((2, "There is no program \"circles\". There are:\n" + Run(_handout, "run").Output)));

        // Written up to a part: the bodies of later ones are missing.
        foreach ((string part, int ready, string missing) in new[] { ("2", 1, "3.1 Sigmoid: value"), ("4", 2, "5.1 Softmax cross entropy: value"), ("5", 3, "6.1 A step with momentum") })
        {
            var edits = new SourceEdits(_folder.Reference);
            foreach ((Question question, SourceMember member) in Stubs.Blanked(_folder.Assignment, _folder.Reference))
                if (string.CompareOrdinal(question.Group, part) > 0) edits.Blank(member, $"{question.Id} {member.ShortName}: not written yet");
            using var begun = _handout.With(edits.Apply());
            (int code, string output) = Run(begun, "run", programs[ready - 1]);
            Assert.That(code, Is.Zero, output);
            Assert.That(output, Does.Not.Contain("\e["));
            Assert.That(Run(begun, "run", programs[ready]), Is.EqualTo((1, $"{programs[ready]} runs on your own code, and needs {missing}, which is not written yet.\nNext: dotnet check.cs {missing.Split(' ')[0]}\n")));
            if (part == "2") Assert.That(output, Does.Contain("Your Backward:  dy/dx1 = 5.5, dy/dx2 = 1.716\n").And.Match(@"v1 +x1 +2 +5\.5 +5 \+ 0\.5\n"));
            if (part == "4") Assert.That(output, Does.Match(@" 0   1       1 +1\.00\n").And.Match(@" 1   1       0 +-?0\.00\n"));
            if (part == "5") Assert.That(output, Does.Match(@"epoch 100: loss 0\.\d+, (99|100) % of the points right\n").And.Match("[.]{20}").And.Match("[:]{20}"));
            string map = Run(begun).Output;
            Assert.That(map, Does.Contain($"On your own code: {_folder.Assignment.Groups.Single(group => group.Id == part).Unlocks!.Title}: dotnet check.cs run {programs[ready - 1]}\n"));
            Assert.That(map, Does.Match($@"After \d\.\d: .*: dotnet check\.cs run {programs[ready]}\n"));
        }
        string digits = Run(_reference, "run", "digits").Output;
        Assert.That(digits, Does.Match(@"(9[4-9]|100)\.\d % *\n").And.Contains("####"));
        using var colours = new StringWriter();
        Assert.That(_reference.Run(["run", "xor"], Json, _temporary, colours, plain: false), Is.Zero);
        Assert.That(colours.ToString(), Does.Contain("\e[32m#"), "a terminal has colours");
        Assert.That(File.ReadAllText(Path.Combine(s_hw1, "writeup.md")), Does.Contain("`dotnet check.cs run lecture` after part 2, `run xor` after part 4, `run spirals` after part 5, `run digits` after part 6"));
    }

    [Test]
    public void TheProgramOfThePartWithLayersRunsOnTheStudentsLayers()
    {
        AssignmentFolder folder = AssignmentFolder.Load(Path.Combine(s_hw1, "..", "hw1p1"));
        using var reference = new LoadedHandout(folder.Reference, folder);
        string json = HandoutFiles.Of(folder, Stubs.Of(folder), reference)["Check/assignment.json"];
        using var output = new StringWriter { NewLine = "\n" };
        Assert.That(reference.Run(["run", "xor"], json, _temporary, output, plain: true), Is.Zero, output.ToString());
        Assert.That(output.ToString(), Does.Match(@" 0   1       1 +1\.0\d\n").Or.Match(@" 0   1       1 +0\.9\d\n"));
        Assert.That(output.ToString(), Does.Match(@" 1   1       0 +-?0\.0\d\n"));
    }

    string RunTry(LoadedHandout handout)
    {
        string bin = Directory.CreateDirectory(Path.Combine(_temporary, Path.GetRandomFileName())).FullName;
        var program = _folder.Try.Compile("Check", Compiling.LibraryReferences.Append(handout.Library.ToMetadataReference()));
        LoadedHandout.WriteProgram(bin, Compiling.Emit(handout.Library), Compiling.Emit(program.WithOptions(program.Options.WithOutputKind(Microsoft.CodeAnalysis.OutputKind.ConsoleApplication))));
        return RunProgram(bin).Output;
    }

    [Test]
    public void HintsComeInThreeSteps()
    {
        Hint hint = _folder.Hints.Questions["4.2"];
        Assert.That(Run(_handout, "hint", "4.2"), Is.EqualTo((0, $"4.2 Linear: dX, idea\n  {hint.Idea}\n  More: dotnet check.cs hint 4.2 shapes\n")));
        Assert.That(Run(_handout, "hint", "4.2", "shapes").Output, Does.Contain(hint.Shapes).And.Not.Contain(hint.Formula).And.Contains("The answer: "));
        Assert.That(Run(_handout, "hint", "4.2", "formula").Output, Does.Contain(hint.Formula).And.Not.Contain("More:").And.Not.Contains("The answer: "));
        Assert.That(Run(_handout, "hint", "4.9").Output, Does.Contain("There is no question \"4.9\"; there are 1.1, "));
        Assert.That(Run(_handout, "hint", "4.2", "code").Code, Is.EqualTo(2));
        Assert.That(Run(_handout, "hint").Output, Does.StartWith("Which question? "));
    }

    [TestCase("9.9")]
    [TestCase("chek")]
    [TestCase("handin", "-x")]
    public void WhatIsNotUnderstoodIsAnsweredWithTheUsage(params string[] words)
    {
        (int code, string output) = Run(_handout, words);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(output, Does.Contain(string.Join(' ', words)).And.Contains("dotnet check.cs 4.2"));
    }

    [Test]
    public void ColoursAreForTerminalsOnly()
    {
        using var output = new StringWriter();
        _handout.Run(["1.1"], Json, _temporary, output, plain: false);
        Assert.That(output.ToString(), Does.Contain("\e["));
        Assert.That(Run(_handout, "1.1", "--plain").Output, Does.Not.Contain("\e["));
    }

    [Test]
    public void TheHandinIsSortedHashedAndTheSameEachTime()
    {
        string root = Directory.CreateDirectory(Path.Combine(_temporary, "work")).FullName;
        foreach ((string path, string text) in _files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, path))!);
            File.WriteAllText(Path.Combine(root, path), text);
        }
        File.AppendAllText(Path.Combine(root, "Given", "MyTorch", "Tensor.cs"), "// faster\n");
        File.WriteAllText(Path.Combine(root, "MyTorch", "Helper.cs"), "static class Helper;\n");
        string[] archives = [Path.Combine(_temporary, "a.tar"), Path.Combine(_temporary, "b.tar")];
        foreach (string archive in archives)
        {
            using var output = new StringWriter();
            Assert.That(_handout.Run(["handin", "-o", archive], Json, root, output, plain: true), Is.Zero);
            Assert.That(output.ToString(), Does.Contain("0 of 50 points").And.Contains("You changed Given/MyTorch/Tensor.cs: it is not graded").And.Contains("MyTorch/Helper.cs is yours and is handed in").And.Contains("Not written yet: 1.1, 1.2,"));
        }
        Assert.That(File.ReadAllBytes(archives[0]), Is.EqualTo(File.ReadAllBytes(archives[1])));

        var entries = new Dictionary<string, byte[]>();
        using (var reader = new TarReader(File.OpenRead(archives[0])))
            while (reader.GetNextEntry(copyData: true) is { } entry)
            {
                using var content = new MemoryStream();
                entry.DataStream!.CopyTo(content);
                entries.Add(entry.Name, content.ToArray());
            }
        Assert.That(entries.Keys.Skip(1), Is.EqualTo(_folder.Assignment.ReadingSet.Append("MyTorch/Helper.cs").Order(StringComparer.Ordinal)));
        using JsonDocument manifest = JsonDocument.Parse(entries["manifest.json"]);
        Assert.That(manifest.RootElement.GetProperty("assignment").GetString(), Is.EqualTo("hw1"));
        foreach (JsonProperty file in manifest.RootElement.GetProperty("files").EnumerateObject())
            Assert.That(file.Value.GetString(), Is.EqualTo(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(entries[file.Name]))), file.Name);

        File.Delete(Path.Combine(root, "MyTorch", "Autograd.cs"));
        using var missing = new StringWriter();
        Assert.That(_handout.Run(["handin", "-o", archives[0]], Json, root, missing, plain: true), Is.EqualTo(1));
        Assert.That(missing.ToString(), Does.Contain("MyTorch/Autograd.cs is missing"));
    }

    [Test]
    public void ATargetThatIsNotEmptyIsRefusedAndLeftAlone()
    {
        string target = Directory.CreateDirectory(Path.Combine(_temporary, "full")).FullName;
        File.WriteAllText(Path.Combine(target, "mine.txt"), "precious");
        using var error = new StringWriter();
        Assert.That(HandoutCommand.Run(s_hw1, target, offline: false, build: false, TextWriter.Null, error), Is.EqualTo(1));
        Assert.That(error.ToString(), Does.Contain("is not empty").And.Contains("-o"));
        Assert.That(Directory.GetFileSystemEntries(target).Select(Path.GetFileName), Is.EqualTo(new[] { "mine.txt" }));
    }

    [Test]
    public void AnAssignmentWithSomethingToMendIsNotHandedOut()
    {
        string target = Path.Combine(_temporary, "broken");
        AssignmentFolder broken = _folder with { Assignment = _folder.Assignment with { Remove = ["MyTorch.Nowhere"] } };
        Assert.That(() => new HandoutWriter(broken, TextWriter.Null).Write(target, offline: false, build: false),
            Throws.TypeOf<HandoutException>().With.Message.Contains("1 error").And.Message.Contains("MyTorch.Nowhere is not in the source"));
        Assert.That(Directory.GetFileSystemEntries(_temporary).Where(entry => entry.Contains("broken")), Is.Empty);
    }

    (int Code, string Output) Run(LoadedHandout handout, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        int code = handout.Run(args, Json, _temporary, output, plain: true);
        return (code, output.ToString());
    }
}
