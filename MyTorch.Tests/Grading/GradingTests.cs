using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>What the grader makes of ordinary handins.</summary>
[TestFixture]
public sealed class GradingTests
{
    [Test]
    public void TheReferenceGetsEveryPoint()
    {
        GradeReport report = TinyAssignment.OfReference;

        Assert.That(report.Status, Is.EqualTo(GradeStatus.Graded), report.Staff);
        Assert.That(report.Score, Is.EqualTo(10), TextReport.Write(report));
        Assert.That(report.MaxScore, Is.EqualTo(10));
    }

    [Test]
    public void TheUntouchedHandoutGetsNoPointAndNoStackTrace()
    {
        GradeReport report = TinyAssignment.GradeSource(TinyAssignment.Grader.Sources.Handout);

        Assert.That(report.Status, Is.EqualTo(GradeStatus.Graded), report.Staff);
        Assert.That(report.Score, Is.Zero);
        foreach (QuestionReport question in report.Questions)
            foreach (TestReport test in question.Tests)
            {
                Assert.That(test.Outcome, Is.EqualTo(Outcome.NotImplemented), test.Id);
                Assert.That(test.Message, Does.StartWith(question.Id + " "));
                Assert.That(test.Staff, Is.Empty);
            }
    }

    [Test]
    public void AMissingFileCostsItsOwnQuestionsOnly()
    {
        GradeReport report = TinyAssignment.GradeSource(TinyAssignment.Grader.Sources.Reference.Without(path => path.EndsWith("Products.cs", StringComparison.Ordinal)));

        Assert.That(report.Build.StubbedFiles, Is.EqualTo(new[] { "MyTorch/Operations/Products.cs" }));
        Assert.That(report.Build.MissingFiles, Is.EqualTo(report.Build.StubbedFiles));
        Assert.That(report.Test("4.1.dX").Message, Does.StartWith("missing file: MyTorch/Operations/Products.cs"));
        Assert.That(report.Score, Is.EqualTo(4));
    }

    [Test]
    public void ProjectsAndChangedLibraryFilesAreIgnored()
    {
        GradeReport report = TinyAssignment.Grade("", ("MyTorch/Tensor.cs", "#error no library"), ("Given/MyTorch/Shape.cs", "#error none"),
            ("Directory.Build.targets", "<Project><Target Name=\"T\" BeforeTargets=\"Build\"><Exec Command=\"false\" /></Target></Project>"), ("MyTorch.Tests/Forged.cs", "#error"));

        Assert.That(report.Score, Is.EqualTo(10), TextReport.Write(report));
        Assert.That(report.Build.IgnoredFiles, Is.EqualTo(new[] { "You changed Given/MyTorch/Shape.cs: it is not graded.", "You changed MyTorch/Tensor.cs: it is not graded." }));
    }

    /// <summary>
    /// A whole checkout has the library's files of the folders that no homework compiles: these are not worth a remark, all others are.
    /// </summary>
    [Test]
    public void WhatIsPutIntoAFolderThatNoHomeworkCompilesIsNamedAsNotGraded()
    {
        var library = TinyAssignment.Grader.Sources.BesideHomework;
        (string same, string text) = library.First(file => file.Key.StartsWith("MyTorch/Data/", StringComparison.Ordinal));
        string changed = library.Keys.First(path => path.StartsWith("MyTorch/Export/", StringComparison.Ordinal));
        IEnumerable<(string, string)> many = Enumerable.Range(10, 20).Select(number => ($"MyTorch/Training/Own{number}.cs", "#error mine"));

        GradeReport report = TinyAssignment.Grade("",
            [(same, text), (changed, text + " "), ("MyTorch/Data/Deep/Mine.cs", "#error mine"), ("Given/MyTorch/Serialization/Mine.cs", "#error mine"), .. many]);

        const string because = "is yours and is not graded: this homework compiles no file of";
        Assert.That(report.Score, Is.EqualTo(10), TextReport.Write(report));
        Assert.That(report.Build.IgnoredFiles.Take(4), Is.EqualTo(new[]
        {
            $"Given/MyTorch/Serialization/Mine.cs {because} MyTorch/Serialization. Move it to the folder MyTorch.",
            $"MyTorch/Data/Deep/Mine.cs {because} MyTorch/Data/Deep. Move it to the folder MyTorch.",
            $"You changed {changed}: it is not graded.",
            $"MyTorch/Training/Own10.cs {because} MyTorch/Training. Move it to the folder MyTorch.",
        }));
        Assert.That(report.Build.IgnoredFiles.Skip(20), Is.EqualTo(new[]
        {
            $"MyTorch/Training/Own27.cs {because} MyTorch/Training. Move it to the folder MyTorch.",
            "2 more files of yours in such folders are not graded.",
        }));
        Assert.That(TextReport.Write(report), Does.Contain($"MyTorch/Data/Deep/Mine.cs {because}"));
    }

    [Test, Category("Long")]
    public void TheSameHandinIsGradedToTheSameReportButForTimes()
    {
        static string Timeless(GradeReport report) => JsonReport.Write(report with
        {
            Seconds = 0,
            Questions = [.. report.Questions.Select(question => question with { Tests = [.. question.Tests.Select(test => test with { Ms = 0 })] })],
        });
        const string wrong = "namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) => throw new InvalidOperationException(\"no\"); }";

        Assert.That(Timeless(TinyAssignment.Grade(wrong)), Is.EqualTo(Timeless(TinyAssignment.Grade(wrong))));
    }

    [Test]
    public void ABrokenReferenceIsTheGradersErrorAndNoZero()
    {
        AssignmentFolder folder = TinyAssignment.Loaded;
        var broken = folder with { Reference = TinyAssignment.Edited(folder.Reference, "namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) => throw new InvalidOperationException(\"broken\"); }") };

        Assert.That(() => new HandinGrader(broken, new GradeOptions()), Throws.TypeOf<SourceException>().With.Message.Contains("question 1.1").And.Message.Contains("broken"));
    }

    /// <summary>What a student's exception says can be the numbers of a hidden case.</summary>
    [TestCase("System.NotImplementedException", "not implemented, in a hidden case.")]
    [TestCase("System.TypeLoadException", "something is missing, in a hidden case. Is its name, namespace, access or signature changed?")]
    [TestCase("System.FormatException", "an exception, in a hidden case.")]
    public void AnExceptionOfAHiddenCaseTellsNothingOfIt(string type, string message)
    {
        Question question = TinyAssignment.Loaded.Assignment.Questions[0];
        var hidden = new ProbeCase(0, question, 7, Single: false, Hidden: true);
        var expected = new CaseResult { Ending = Ending.Completed, Returned = [new("dA", [1], "Float64", [2])] };
        var got = new CaseResult { Ending = Ending.Threw, Exception = [type], Message = "0.123, 0.456" };

        IReadOnlyList<TestReport> tests = Judge.Tests(question, [hidden], new Dictionary<int, CaseResult> { [0] = expected }, new Dictionary<int, CaseResult> { [0] = got });

        Assert.That(tests.Select(test => test.Message), Is.All.EqualTo(message));
    }

    /// <summary>The hidden cases run first. What is said of a loop in one of them does not say that the visible ones were right.</summary>
    [TestCase(false, "took more than 2 s, in a hidden case. Is there a loop that never ends? Visible cases were not run after it.")]
    [TestCase(true, "took more than 2 s, in a hidden case. Is there a loop that never ends?")]
    public void WhereOnlyAHiddenCaseRanItIsSaid(bool visibleRan, string message)
    {
        Question question = TinyAssignment.Loaded.Assignment.Questions[0];
        ProbeCase[] cases = [new(0, question, 7, Single: false, Hidden: true), new(1, question, 8, Single: false, Hidden: false)];
        var right = new CaseResult { Ending = Ending.Completed, Returned = [new("dA", [1], "Float64", [2]), new("dB", [1], "Float64", [2])] };
        CaseResult late = new() { Ending = Ending.Timeout, Message = "took more than 2 s" }, visible = visibleRan ? right : CaseResult.NotRun;

        IReadOnlyList<TestReport> tests = Judge.Tests(question, cases, new Dictionary<int, CaseResult> { [0] = right, [1] = right }, new Dictionary<int, CaseResult> { [0] = late, [1] = visible });

        Assert.That(tests.Select(test => test.Message), Is.All.EqualTo(message));
    }

    [Test]
    public void WhatTheTimeDoesNotReachIsNotRun()
    {
        AssignmentFolder folder = TinyAssignment.Loaded;
        using var grader = new HandinGrader(folder with { Assignment = folder.Assignment with { Limits = new Limits { Seconds = 2, TotalSeconds = 0.001 } } }, new GradeOptions(), TinyAssignment.Reference);

        GradeReport report = grader.Grade(grader.Sources.Reference);

        Assert.That(report.Status, Is.EqualTo(GradeStatus.Graded), report.Staff);
        Assert.That(report.Questions.SelectMany(question => question.Tests).Select(test => (test.Outcome, test.Message)), Is.All.EqualTo((Outcome.NotRun, "not run (time budget)")));
    }

    [Test]
    public void SourceThatCouldBringDownACompilerIsToldFromTheLibrarys()
    {
        var library = TinyAssignment.Grader.Sources.Library;
        Assert.Multiple(() =>
        {
            foreach (string path in library.Paths) Assert.That(SourceBounds.Exceeded(path, library[path]), Is.Null);
            Assert.That(SourceBounds.Exceeded("A.cs", "\n" + new string('(', 201)), Is.EqualTo("A.cs(2,1): more than 200 brackets are open at once"));
            Assert.That(SourceBounds.Exceeded("A.cs", $"\"{new string('(', 201)}\" // {new string('(', 201)}"), Is.Null, "text is not code");
            Assert.That(SourceBounds.Exceeded("A.cs", string.Concat(Enumerable.Repeat("if (a < b) ;", 300))), Is.Null, "less than opens nothing");
            Assert.That(SourceBounds.Exceeded("A.cs", string.Concat(Enumerable.Repeat("A<", 201))), Does.Contain("angle brackets"));
            Assert.That(SourceBounds.Exceeded("A.cs", $"// one line ends here\r{new string('(', 201)}"), Does.Contain("brackets"), "a line ends where the language says");
            Assert.That(SourceBounds.Exceeded("A.cs", $"'\"' {new string('(', 201)} \""), Does.Contain("brackets"), "a quote between quotes begins no text");
            Assert.That(SourceBounds.Exceeded("A.cs", new string('!', 10_001)), Does.Contain("one expression"));
            Assert.That(SourceBounds.Exceeded("A.cs", "// \0"), Is.EqualTo("A.cs(1,1): the file is not a text file; save it as UTF-8"));
        });
    }

    [Test]
    public void EveryCommandTakesPlain()
    {
        foreach (string line in new[]
        {
            "validate A", "grade A H", "regrade A H -o D --against C", "package A --for autolab -o D", "collect A H -o D", "merge A H P1 P2 -o D", "find-the-bug 1", "handout A -o D", "check 4.2", "hint 4.2", "handin", "selftest A",
        })
            Assert.That(GraderCommand.Create().Parse($"{line} --plain").Errors.Select(error => error.Message), Is.Empty, line);
    }

    [Test]
    public void FoldersOfGradersThatWereKilledAreRemovedAndThoseOfLivingOnesAreNot()
    {
        // The sweep leaves Windows alone, whose own clean-up of temporary files is enough.
        if (OperatingSystem.IsWindows()) Assert.Ignore("the system removes them there");
        using var living = new Scratch();
        string killed = Directory.CreateTempSubdirectory("mytorch-grading-").FullName;
        File.WriteAllText(Path.Combine(killed, "lock"), "");
        foreach (string folder in new[] { living.Folder, killed }) Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow.AddMinutes(-2));

        Scratch.Sweep();

        Assert.That(killed, Does.Not.Exist);
        Assert.That(living.Folder, Does.Exist);
    }

    [Test, Category("Long")]
    public void WhereTheGraderIsKilledNothingOfItGoesOn([Values] bool watcher)
    {
        // Ending all descendants of a killed grader is promised on Linux only, and this test finds them by their command lines in /proc.
        if (!OperatingSystem.IsLinux()) Assert.Ignore("reads /proc");
        string folder = Directory.CreateTempSubdirectory("handin").FullName;
        try
        {
            const string endless = "namespace MyTorch.Operations; class Multiply { public override Tensor?[] Backward(Tensor gradient) { while (true) { } } }";
            TinyAssignment.Write(Path.Combine(folder, "handin"), TinyAssignment.Edited(TinyAssignment.Grader.Sources.Reference, endless));
            string temporary = Directory.CreateDirectory(Path.Combine(folder, "temporary")).FullName;
            var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["TMPDIR"] = temporary } };
            foreach (string argument in new[] { typeof(HandinGrader).Assembly.Location, "grade", TinyAssignment.Folder, Path.Combine(folder, "handin"), "--format", "json" }) start.ArgumentList.Add(argument);
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Assert.That(() => Commands().Any(line => line.Contains("probes.dll run ", StringComparison.Ordinal)), Is.True.After(120_000, 20));

            if (watcher) process.Kill();
            else
                foreach (int id in Running().Where(one => one.Line.Contains("--watched", StringComparison.Ordinal)).Select(one => one.Id)) Process.GetProcessById(id).Kill();

            Assert.That(Commands, Is.Empty.After(30_000, 20));
            Assert.That(() => Directory.GetFileSystemEntries(temporary).Where(entry => Path.GetFileName(entry).StartsWith("mytorch", StringComparison.Ordinal)), Is.Empty.After(30_000, 20));
            // Where the one that prints lives, it prints, and says why there is no more.
            if (!watcher) Assert.That(JsonReport.Read(output.Result).Message, Does.Contain("stopped early"));

            IEnumerable<(int Id, string Line)> Running()
            {
                foreach (Process one in Process.GetProcesses())
                {
                    string line;
                    try
                    {
                        line = File.ReadAllText($"/proc/{one.Id}/cmdline").Replace('\0', ' ');
                    }
                    catch (IOException)
                    {
                        continue;
                    }
                    if (line.Contains(folder, StringComparison.Ordinal)) yield return (one.Id, line);
                }
            }
            string[] Commands() => [.. Running().Where(one => one.Id != process.Id).Select(one => one.Line)];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    const string ByDifferences = """
        // Five ways to the slope of the logistic function.
        [Mistake("central", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Derivative")]
        partial class Sigmoid
        {
            public override Tensor Derivative() => (Of(X + 1e-5) - Of(X - 1e-5)) / 2e-5;
            static Tensor Of(Tensor x) => 1 / (1 + (-x).Exp());
        }
        [Mistake("richardson", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Derivative")]
        partial class Sigmoid
        {
            public override Tensor Derivative() => (4 * Slope(X, 5e-3) - Slope(X, 1e-2)) / 3;
            static Tensor Slope(Tensor x, double h) => (1 / (1 + (-x - h).Exp()) - 1 / (1 + (-x + h).Exp())) / (2 * h);
        }
        [Mistake("forwards", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Derivative")]
        partial class Sigmoid
        {
            public override Tensor Derivative()
            {
                Tensor e = (-X).Exp(), dE = -e, sum = 1 + e;
                return -dE / (sum * sum);
            }
        }
        [Mistake("single", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Derivative")]
        partial class Sigmoid
        {
            public override Tensor Derivative()
            {
                Tensor y = Output.To(DType.Float32);
                return (y * (1 - y)).To(X.DType);
            }
        }
        [Mistake("another-order", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Derivative")]
        partial class Sigmoid
        {
            public override Tensor Derivative() => 0.25 - (Output - 0.5).Square();
        }
        """;

    /// <summary>
    /// Staff is told of right results by differences. What is as exact as a rule is not told: derivatives carried forwards, other orders, Float32.
    /// </summary>
    [Test, Category("Long")]
    public void OfDifferencesInPlaceOfARuleStaffIsTold()
    {
        string folder = Directory.CreateTempSubdirectory("numerical").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "mistakes"));
            File.WriteAllText(Path.Combine(folder, "mistakes", "Differences.cs"), ByDifferences);
            AssignmentFolder loaded = TinyAssignment.Loaded;
            using var reference = new Reference(loaded with { Assignment = loaded.Assignment with { Folder = folder } }, TinyAssignment.Grader.Sources);
            ProbeCase[] cases = [.. TinyAssignment.Grader.Cases.Where(one => one.Question.Id == "3.1")];
            Assert.That(reference.Mistakes.Where(one => Judge.LooksNumerical(cases[0].Question, cases, TinyAssignment.Grader.Expected, reference.Run(cases, one))).Select(one => one.Id),
                Is.EquivalentTo(new[] { "central", "richardson" }));
            Assert.That(Judge.LooksNumerical(cases[0].Question, cases, TinyAssignment.Grader.Expected, reference.Run(cases)), Is.False);

            GradeReport report = TinyAssignment.Grade("""
                namespace MyTorch.Operations;
                class Sigmoid
                {
                    public override Tensor Derivative()
                    {
                        Tensor x = X.To(DType.Float64);
                        return ((1 / (1 + (-x - 1e-5).Exp()) - 1 / (1 + (-x + 1e-5).Exp())) / 2e-5).To(X.DType);
                    }
                }
                """);

            Assert.That(report.Score, Is.EqualTo(10), TextReport.Write(report));
            Assert.That(report.Questions.Where(question => question.LooksNumerical).Select(question => question.Id), Is.EqualTo(new[] { "3.1" }));
            Assert.That(report.Staff, Does.Contain("3.1: looks numerical."));
            Assert.That(TextReport.Write(report), Does.Not.Contain("numerical"), "it is for staff");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A complex step is exact to the last digit: that it computes with complex numbers tells it, also in a helper.</summary>
    [Test, Category("Long")]
    public void OfAComplexStepInPlaceOfARuleStaffIsTold()
    {
        GradeReport report = TinyAssignment.Grade("""
            using System.Numerics;
            namespace MyTorch.Operations;
            class Sigmoid
            {
                public override Tensor Derivative() => Slope(X);
                static Tensor Slope(Tensor x)
                {
                    const double Step = 1e-20;
                    double[] at = x.To(DType.Float64).ToArray();
                    for (int i = 0; i < at.Length; i++) at[i] = (1 / (1 + Complex.Exp(-new Complex(at[i], Step)))).Imaginary / Step;
                    return Tensor.From(at, x.Shape, DType.Float64).To(x.DType);
                }
            }
            """);

        Assert.That(report.Question("3.1").Score, Is.EqualTo(report.Question("3.1").MaxScore), TextReport.Write(report));
        Assert.That(report.Questions.Where(question => question.LooksNumerical).Select(question => question.Id), Is.EqualTo(new[] { "3.1" }));
        Assert.That(report.Staff, Does.Contain("3.1: looks numerical. It computes with complex numbers"));
        Assert.That(TextReport.Write(report), Does.Not.Contain("numerical"), "it is for staff");
        Assert.That(TinyAssignment.OfReference.Questions.Where(question => question.LooksNumerical), Is.Empty);
    }

    /// <summary>An expression that a compiler recurses over until its stack ends costs its own question, in seconds, and is named.</summary>
    [TestCase(20_000), Category("Long")]
    public void AnExpressionOfVeryManyTermsIsSaidAndCostsItsOwnQuestion(int terms)
    {
        const string File = "MyTorch/Operations/Activations.cs";
        string text = TinyAssignment.Grader.Sources.Reference[File];
        Match rule = Regex.Match(text, @"class Sigmoid\b[\s\S]*?Tensor Derivative\(\) => ([^;]+);");
        Assert.That(rule.Success, Is.True);
        string sum = string.Join('+', Enumerable.Repeat("Output", terms));
        var watch = Stopwatch.StartNew();
        GradeReport report = TinyAssignment.GradeSource(TinyAssignment.Grader.Sources.Reference,
            (File, text[..rule.Groups[1].Index] + sum + text[(rule.Groups[1].Index + rule.Groups[1].Length)..]));

        Assert.That(report.Question("3.1").Score, Is.Zero);
        Assert.That(report.Score, Is.EqualTo(report.MaxScore - report.Question("3.1").MaxScore), TextReport.Write(report));
        Assert.That(TextReport.Write(report), Does.Contain("one expression has more than").And.Contains(File));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromMinutes(2)));
    }

    // Each lambda is bound anew for each overload of the call around it.
    static string LambdasInLambdas(int depth) =>
        string.Concat(Enumerable.Range(0, depth).Select(i => $"M(x{i} => ")) + "x0.Foo" + new string(')', depth);

    // Explodes where declarations are read, and keeps all its names.
    static string NestedTypes(int depth) => $$"""
        namespace MyTorch;
        class Nested<A, B, C, D, E>
        {
            class Inner : Nested<Inner, Inner, Inner, Inner, Inner> { {{string.Join('.', Enumerable.Repeat("Inner", depth))}} field; }
        }
        """;

    /// <summary>
    /// Within a statement the compiler does not stop: its process is ended, and what is to blame is found and left out. All else keeps its points.
    /// </summary>
    [TestCase(true), TestCase(false), Category("Long")]
    public void AStatementThatKeepsTheCompilerBusyCostsItsMemberOnly(bool ofAClass)
    {
        string folder = Directory.CreateTempSubdirectory("handins").FullName, handin = Path.Combine(folder, "handins", "jane");
        // The same with more time, for a machine that does other things as well. An assignment lies in a checkout.
        string patient = Path.Combine(AppContext.BaseDirectory, $"patient-{Environment.ProcessId}-{ofAClass}");
        try
        {
            foreach (string file in Directory.EnumerateFiles(TinyAssignment.Folder, "*", SearchOption.AllDirectories))
            {
                string copy = Path.Combine(patient, Path.GetRelativePath(TinyAssignment.Folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.WriteAllText(copy, File.ReadAllText(file).Replace("\"totalSeconds\": 90", "\"totalSeconds\": 400", StringComparison.Ordinal));
            }
            GradeReport report;
            if (ofAClass)
            {
                SourceTree source = TinyAssignment.Edited(TinyAssignment.Grader.Sources.Reference, $$"""
                    namespace MyTorch.Operations;
                    class Multiply
                    {
                        public override Tensor?[] Backward(Tensor gradient) { var r = {{LambdasInLambdas(18)}}; return [null, null]; }
                        static T M<T>(Func<int, T> f) => default;
                        static T M<T>(Func<string, T> f) => default;
                        static T M<T>(Func<double, T> f) => default;
                    }
                    """);
                TinyAssignment.Write(handin, source);
                TinyAssignment.Write(Path.Combine(folder, "handins", "john"), TinyAssignment.Grader.Sources.Reference);
                Run("grade", patient, Path.Combine(folder, "handins"), "-o", Path.Combine(folder, "out"), "--parallel", "1");
                string grades = Path.Combine(folder, "out", "grades");
                Assert.That(JsonReport.Read(File.ReadAllText(Path.Combine(grades, "john", "grade.json"))).Score, Is.EqualTo(10));
                Assert.That(Path.Combine(grades, "jane", "code.json"), Does.Exist);
                report = JsonReport.Read(File.ReadAllText(Path.Combine(grades, "jane", "grade.json")));
                Assert.That(report.Test("1.1").Message, Does.Contain("Multiply.Backward (MyTorch/Operations/Arithmetic.cs) does not compile"));
            }
            else
            {
                TinyAssignment.Write(handin, TinyAssignment.Grader.Sources.Reference, ("MyTorch/Nested.cs", NestedTypes(12)));
                report = JsonReport.Read(Run("grade", patient, handin, "--format", "json").Output);
            }

            Assert.That(report.Status, Is.EqualTo(GradeStatus.CompileError), report.Message + report.Staff);
            Assert.That(report.Score, Is.EqualTo(ofAClass ? 9 : 10), TextReport.Write(report));
            Assert.That(report.Build.Errors, Has.One.Items.And.Some.Match(ofAClass
                ? @"^MyTorch/Operations/Arithmetic\.cs\(\d+,5\): the compiler does not finish Multiply\.Backward: "
                : @"^MyTorch/Nested\.cs: the compiler does not finish this file: "));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            Directory.Delete(patient, recursive: true);
        }
    }

    [Test, Category("Long")]
    public void TheCommandPrintsTheReportAndNothingElse()
    {
        string folder = Directory.CreateTempSubdirectory("handin").FullName;
        try
        {
            TinyAssignment.Write(folder, TinyAssignment.Grader.Sources.Reference);
            string written = Path.Combine(folder, "out", "grade.json"), secret = Path.Combine(folder, "secret");
            File.WriteAllText(secret, "a secret");
            (int code, string output, string errors) = Run("grade", TinyAssignment.Folder, folder, "--format", "json", "-o", written, "--secret", secret);

            Assert.That(code, Is.Zero, errors);
            Assert.That(errors, Is.Empty);
            using var document = JsonDocument.Parse(output);
            Assert.That(document.RootElement.GetProperty("score").GetDouble(), Is.EqualTo(10), output);
            Assert.That(File.ReadAllText(written), Is.EqualTo(output));
            Assert.That(Directory.GetFiles(Path.GetDirectoryName(written)!), Has.Length.EqualTo(1));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test, Category("Long")]
    public void WhatTheCommandCannotDoItSaysAndGradesAllTheSame()
    {
        string folder = Directory.CreateTempSubdirectory("handin").FullName;
        try
        {
            TinyAssignment.Write(folder, TinyAssignment.Grader.Sources.Reference);
            string taken = Directory.CreateDirectory(Path.Combine(folder, "taken")).FullName;
            (int code, string output, string errors) = Run("grade", TinyAssignment.Folder, folder, "--format", "json", "-o", taken, "--question", "1.1");

            Assert.That(code, Is.EqualTo(2), errors);
            Assert.That(errors, Does.Contain("taken cannot be written").And.Contain("is a folder").And.Contain("There is no secret"));
            Assert.That(JsonReport.Read(output).Staff, Does.Contain("There is no secret"));
            Assert.That(Directory.GetFiles(folder), Is.Empty, "half a file is left");

            (code, output, errors) = Run("grade", TinyAssignment.Folder, folder, "--secret", Path.Combine(folder, "none"));
            Assert.That((code, output), Is.EqualTo((2, "")));
            Assert.That(errors, Does.StartWith("There is no file"));

            if (!OperatingSystem.IsLinux()) return;
            (code, output, errors) = Run([("TMPDIR", Path.Combine(folder, "gone"))], "grade", TinyAssignment.Folder, folder);
            Assert.That((code, output), Is.EqualTo((2, "")));
            Assert.That(errors, Does.StartWith("Cannot write to the temporary folder ").And.Contains("). Set TMPDIR").And.Not.Contains(".)").And.Not.Contains("   at "));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static (int Code, string Output, string Errors) Run(params string[] arguments) => Run([], arguments);

    static (int Code, string Output, string Errors) Run((string Name, string Value)[] environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(HandinGrader).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
