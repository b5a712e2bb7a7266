using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;

namespace MyTorch.Tests;

/// <summary>
/// The assignment of the instructors' guide, written by following it: it fits together, and its answers, right and wrong, are told apart.
/// </summary>
[Category("Long")]
public sealed class SoftsignTests
{
    const string Answer = "MyTorch/Operations/Softsign.cs";

    static readonly string s_folder = Path.Combine(HomeworkContent.Root, "MyTorch.Tests", "Grading", "assignments", "softsign");
    static readonly Lazy<HandinGrader> s_grader = new(() => new HandinGrader(AssignmentFolder.Load(s_folder), new GradeOptions { Secret = "another secret"u8.ToArray() }));

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
    public void ItFitsTogether() => Assert.That(AssignmentCheck.Run(AssignmentFolder.Load(s_folder)), Is.Empty);

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
        Assert.That(question.Mistake, Is.EqualTo(mistake));
        Assert.That(question.Hint, Is.EqualTo(s_grader.Value.Hint(s_grader.Value.Mistakes.Single(known => known.Id == mistake))));
    }

    /// <summary>The guide shows the fixture's own files.</summary>
    [TestCase("reference/MyTorch/Operations/Softsign.cs")]
    [TestCase("assignment.json")]
    [TestCase("probes/SoftsignProbes.cs")]
    public void TheGuideShowsIt(string file) => Assert.That(
        File.ReadAllText(Path.Combine(HomeworkContent.Root, "samples", "Homework1", "README.md")),
        Does.Contain(File.ReadAllText(Path.Combine(s_folder, file)).Trim()));
}
