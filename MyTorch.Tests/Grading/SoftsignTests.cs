using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;

namespace MyTorch.Tests.Grading;

/// <summary>
/// The assignment of the instructors' guide, written by following it: it fits together, and its answers, right and wrong, are told apart.
/// </summary>
[Category("Long")]
public sealed class SoftsignTests
{
    const string Answer = "MyTorch/Operations/Softsign.cs";

    static readonly string s_folder = Path.Combine(HomeworkContent.Root, "MyTorch.Tests", "Grading", "assignments", "softsign");
    static readonly Lazy<AssignmentFolder> s_loaded = new(() => AssignmentFolder.Load(s_folder));
    static readonly Lazy<Reference> s_reference = new(() => new Reference(s_loaded.Value, new AssignmentSources(s_loaded.Value)));
    static readonly Lazy<HandinGrader> s_grader = new(() => new HandinGrader(s_loaded.Value, new GradeOptions { Secret = "another secret"u8.ToArray() }, s_reference.Value));

    static GradeReport Grade(string right, string wrong)
    {
        string text = File.ReadAllText(Path.Combine(s_folder, "reference", Answer));
        Assert.That(text, Does.Contain(right));
        string folder = Directory.CreateTempSubdirectory("softsign").FullName;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, Answer))!);
            File.WriteAllText(Path.Combine(folder, Answer), text.Replace(right, wrong, StringComparison.Ordinal));
            return s_grader.Value.Grade(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void ItFitsTogether() => Assert.That(AssignmentCheck.Run(s_loaded.Value), Is.Empty);

    [Test]
    public void TheVariantHasFullPoints() => Assert.That(s_grader.Value.Grade(Path.Combine(s_folder, "variants", "from-the-output")).Score, Is.EqualTo(3));

    [TestCase("X / (1 + X.Abs())", "X / (1 + X)", "1.1-without-absolute-value", 2)]
    [TestCase("1 / (1 + X.Abs()).Square()", "(1 + X.Abs()).Reciprocal()", "1.2-not-squared", 1)]
    [TestCase("1 / (1 + X.Abs()).Square()", "1 / ((X + 1) * (X + 1))", "1.2-without-absolute-value", 1)]
    public void AMistakeCostsItsQuestionAndGetsItsHint(string right, string wrong, string mistake, double score)
    {
        GradeReport report = Grade(right, wrong);
        QuestionReport question = report.Questions.Single(one => mistake.StartsWith(one.Id, StringComparison.Ordinal));
        Assert.That(report.Score, Is.EqualTo(score));
        Assert.That(question.Mistakes, Is.EqualTo(new[] { mistake }));
        Assert.That(question.Hints, Is.EqualTo(new[] { s_grader.Value.Hint(mistake) }));
    }

    /// <summary>With its bodies in it, a handout is a handin with all points.</summary>
    [Test]
    public void TheSolvedHandoutHasFullPoints()
    {
        string folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using StringWriter output = new(), error = new();
            Assert.That(HandoutCommand.Run(s_folder, folder, offline: false, build: false, output, error, solved: true), Is.Zero, error.ToString());
            Assert.That(output.ToString(), Does.Contain("with all bodies: 3 points. ").And.Contain("Keep it private."));
            Assert.That(s_grader.Value.Grade(folder).Score, Is.EqualTo(3));
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// A handin made from an earlier handout is graded where the assignment says that it may be, and refused where it does not.
    /// </summary>
    [Test]
    public void AnEarlierVersionIsGradedWhereItIsAccepted()
    {
        AssignmentFolder first = s_loaded.Value;
        using var grader = new HandinGrader(first with { Assignment = first.Assignment with { Version = "3", Accepts = ["2"] } }, new GradeOptions(), s_reference.Value);
        string folder = Directory.CreateTempSubdirectory("softsign").FullName;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, Answer))!);
            File.Copy(Path.Combine(s_folder, "reference", Answer), Path.Combine(folder, Answer));
            GradeReport Made(string version)
            {
                File.WriteAllText(Path.Combine(folder, "manifest.json"), $$"""{"assignment": "softsign", "version": "{{version}}"}""");
                return grader.Grade(folder);
            }

            GradeReport accepted = Made("2"), refused = Made("1");
            Assert.That((accepted.Status, accepted.Score, accepted.Message), Is.EqualTo((GradeStatus.Graded, 3.0, "Made from version 2; graded as version 3.")));
            Assert.That((refused.Status, refused.Score, refused.MaxScore), Is.EqualTo((GradeStatus.InvalidHandin, 0.0, 3.0)));
            Assert.That(refused.Message, Does.Contain("version 1 of softsign; expected version 3"));
            Assert.That(refused.Staff, Does.Contain("\"accepts\": [\"1\"]"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    const string Reference = "reference/MyTorch/Operations/Softsign.cs", Probes = "probes/SoftsignProbes.cs", Mistakes = "mistakes/Softsign.cs";

    /// <summary>What <c>validate</c> says of the assignment with these changes to its files.</summary>
    static string[] Validate(params (string File, string From, string To)[] changes)
    {
        // Beside the tests' program: an assignment stands inside a checkout.
        string copy = Path.Combine(AppContext.BaseDirectory, Path.GetRandomFileName());
        try
        {
            foreach (string file in Directory.GetFiles(s_folder, "*", SearchOption.AllDirectories))
            {
                string name = Path.GetRelativePath(s_folder, file).Replace('\\', '/'), text = File.ReadAllText(file);
                foreach ((string _, string from, string to) in changes.Where(change => change.File == name))
                {
                    Assert.That(text, Does.Contain(from));
                    text = text.Replace(from, to, StringComparison.Ordinal);
                }
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(copy, name))!);
                File.WriteAllText(Path.Combine(copy, name), text);
            }
            using StringWriter output = new(), error = new();
            int code = ValidateCommand.Run(copy, output, error);
            string[] said = error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Assert.That(code, Is.EqualTo(said.Length > 0 ? 1 : 0), output.ToString());
            return said;
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Test]
    public void CodeThatDoesNotCompileIsNamedWhereItStands()
    {
        string[] said = Validate((Reference, "X.Abs()).Square()", "X.Abss()).Square()"), (Probes, "probe.Draw(y.Shape)", "probe.Drw(y.Shape)"), (Mistakes, "X / (1 + X)", "X / (1 + Y)"));
        Assert.That(said, Has.Some.StartsWith("reference/MyTorch/Operations/Softsign.cs(").And.Some.Contain("'Abss'"));
        Assert.That(said, Has.Some.StartsWith("probes/SoftsignProbes.cs(").And.Some.Contain("'Drw'"));
        Assert.That(said, Has.Some.StartsWith("mistakes/Softsign.cs(6,53): mistake 1.1-without-absolute-value: CS0103: "));
        Assert.That(said[^1], Is.EqualTo("3 errors."));
    }

    [Test]
    public void AProbeThatThrowsOrIsNotDrawnFromItsSeedIsNamed()
    {
        string[] said = Validate(
            (Probes, "public static void Value(Probe probe) => probe", "static int s_runs;\n    public static void Value(Probe probe) => probe.Return(\"run\", s_runs++);\n    static void Other(Probe probe) => probe"),
            (Probes, "Tensor y = softsign.Apply();", "Tensor y = softsign.Apply();\n        if (probe.Seed == 2) throw new Exception(\"oops\");"));
        Assert.That(said, Is.EqualTo(new[]
        {
            "probes: SoftsignProbes.Value: two runs of question 1.1 with one seed differ; draw everything from `probe`.",
            "probes/SoftsignProbes.cs line 15 throws Exception: oops (question 1.2, visible case 2)",
            "2 errors.",
        }));
    }

    /// <summary>A helper may have the name of a probe, and a part needs a result to go by.</summary>
    [Test]
    public void AHelperMayShareAProbesNameAndAPartNeedsAResult()
    {
        string[] said = Validate(
            (Probes, "public static void Rule(Probe probe)\n    {", "static void Rule(Probe probe, Tensor x) => probe.Show(\"x\", x);\n\n    public static void Rule(Probe probe)\n    {"),
            ("assignment.json", "\"dependsOn\": [\"1.1\"]", "\"dependsOn\": [\"1.1\"], \"parts\": [{ \"id\": \"a\", \"title\": \"a\", \"points\": 1, \"returns\": [\"dX\"] }, { \"id\": \"b\", \"title\": \"b\", \"points\": 1, \"returns\": [\"dY\"] }]"));
        Assert.That(said, Is.EqualTo(new[] { "assignment.json: question 1.2, part b: no result is named dY; the probe returns dX.", "1 error." }));
    }

    /// <summary>The guide shows the fixture's own files.</summary>
    [TestCase("reference/MyTorch/Operations/Softsign.cs")]
    [TestCase("assignment.json")]
    [TestCase("probes/SoftsignProbes.cs")]
    public void TheGuideShowsIt(string file) => Assert.That(
        File.ReadAllText(Path.Combine(HomeworkContent.Root, "samples", "Homework1", "README.md")),
        Does.Contain(File.ReadAllText(Path.Combine(s_folder, file)).Trim()));
}
