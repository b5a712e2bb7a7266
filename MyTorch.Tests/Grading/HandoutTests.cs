using System.Formats.Tar;
using System.Text.Json;
using MyTorch.Check;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Source;

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
        _reference = new LoadedHandout(_folder.Reference, _folder);
        _handout = new LoadedHandout(_library, _folder);
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

    [Test]
    public void ABodyThatWasForgottenIsSeenInTheScores()
    {
        var edits = new SourceEdits(_library);
        edits.Replace(_library.Single("MyTorch.Operations.Subtract.Backward"), "public override Tensor?[] Backward(Tensor gradient) => [gradient, -gradient];");
        using var forgotten = new LoadedHandout(edits.Apply(), _folder);
        Assert.That(HandoutProof.Scores(forgotten, _reference, CheckRunner.Read(Json)).Single(), Does.StartWith("1.2: the untouched handout gets 1 points"));
    }

    [Test]
    public void OnlyListedFilesAreHandedOut()
    {
        string[] tops = [.. _files.Keys.Select(path => path.Split('/')[0]).Distinct()];
        Assert.That(tops, Is.EquivalentTo(new[]
        {
            ".gitignore", "CHEATSHEET.md", "Check", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "Given", "MyTorch", "README.md", "Try", "global.json", "nuget.config",
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
        using var wrong = new LoadedHandout(edits.Apply(), _folder);
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
        using var wrong = new LoadedHandout(edits.Apply(), _folder);
        string output = Run(wrong, "2.1").Output;
        Assert.That(output, Does.Contain("operations: it is 4, expected 3\n"), "of a count, no ratio");
        Assert.That(output, Does.Match(@"-> +tape\[2\] Bend\([^|\n]*(\| |\n(.*\n)* *-> +)tape\[2\] Mix\("));
    }

    [Test]
    public void AnExceptionStandsWithWhatTheCodeWasGiven()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Operations.Log.Derivative"), "public override Tensor Derivative() => X.MatMul(X);");
        using var wrong = new LoadedHandout(edits.Apply(), _folder);
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
        using var program = new LoadedHandout(source, _folder, bin);
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
        using var swapped = new LoadedHandout(edits.Apply(), _folder);
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
        using var wrong = new LoadedHandout(edits.Apply(), _folder);
        string output = Run(wrong, "2.2").Output;
        Assert.That(output, Does.Contain("what your code did").And.Contains("what is expected").And.Contains("-> ").And.Contains("v2 = Bend(v1) = ["));
        Assert.That(output, Does.Contain("step by step, for rules called along a chain of 3\n").And.Contains("it is 1, expected 3\n"), "the failing case alone");
        Assert.That(System.Text.RegularExpressions.Regex.Count(output, @"\bv1 = \["), Is.EqualTo(1), "and no other");
    }

    [Test]
    public void AUsualMistakeThatEndsInAnExceptionIsNamedToo()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Operations.MatMul.Backward"), "public override Tensor?[] Backward(Tensor gradient) => [gradient.MatMul(B), A.T.MatMul(gradient)];");
        using var wrong = new LoadedHandout(edits.Apply(), _folder);
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
        using var changed = new LoadedHandout(edits.Apply(), _folder);
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
        using var wrong = new LoadedHandout(edits.Apply(), _folder);
        Assert.That(Run(wrong, "2.5").Output, Does.Contain("no gradient arrived at the output of Bend (Take returned null)").Or.Contains("no gradient arrived at the output of Mix (Take returned null)"));
        Assert.That(Run(wrong, "1.4").Output, Does.Contain("Log.Derivative returned Float32, but X is Float64").And.Contains("pass X.DType"));
    }

    [Test]
    public void AStepWithoutMomentumIsShownWithItsSettings()
    {
        var edits = new SourceEdits(_folder.Reference);
        edits.Replace(_folder.Reference.Single("MyTorch.Optim.SGD.Update"),
            "protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state) => parameter.CopyFrom(parameter - group.LearningRate * gradient);");
        using var wrong = new LoadedHandout(edits.Apply(), _folder);
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
        Assert.That(Run(_handout, "hint", "4.2"), Is.EqualTo((0, $"4.2 Linear: dX, idea\n  {hint.Idea}\n  More: dotnet run --project Check -- hint 4.2 shapes\n")));
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
        Assert.That(output, Does.Contain(string.Join(' ', words)).And.Contains("dotnet run --project Check -- 4.2"));
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
