using System.Globalization;
using System.Text.Json.Nodes;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>
/// What the homework consists of, held to the library: every probe answers, every known mistake answers otherwise, and in its own way, and
/// no correct variant does.
/// </summary>
[Category("Long")]
public sealed class HomeworkContentTests
{
    static readonly Dictionary<string, HomeworkContent> s_assignments = [];
    static readonly Dictionary<string, (AssignmentFolder Folder, Reference Reference, HandinGrader Grader)> s_graders = [];

    static readonly string[] s_names = [.. Directory.GetDirectories(Path.Combine(HomeworkContent.Root, "samples", "Homework1"))
        .Select(path => Path.GetFileName(path)!).Where(name => Directory.Exists(Path.Combine(HomeworkContent.Root, "samples", "Homework1", name, "probes"))).Order()];

    static HomeworkContent Content(string name) => s_assignments.TryGetValue(name, out HomeworkContent? content)
        ? content
        : s_assignments[name] = new HomeworkContent(name);

    [OneTimeTearDown]
    public void Forget()
    {
        s_assignments.Clear();
        foreach (var made in s_graders.Values) made.Reference.Dispose();
        s_graders.Clear();
    }

    [TestCaseSource(nameof(s_names))]
    public void EveryProbeReturnsFiniteNumbersUnderNamesOfTheirOwn(string name)
    {
        HomeworkContent.Running reference = Content(name).Reference;
        Assert.That(reference.Probes, Is.Not.Empty);
        Assert.Multiple(() =>
        {
            foreach (string probe in reference.Probes)
                foreach (int seed in (int[])[1, 2, 3, 4, 5, 99])
                {
                    var results = reference.Run(probe, seed);
                    Assert.That(results.Select(result => result.Name), Is.Not.Empty.And.Unique, probe);
                    Assert.That(results.Select(result => result.Name).Where(result => result.StartsWith("threw", StringComparison.Ordinal)), Is.Empty, probe);
                    Assert.That(results.SelectMany(result => result.Values), Is.All.Matches<double>(double.IsFinite), probe);
                    Assert.That(results, Is.Not.EqualTo(reference.Run(probe, seed + 100)), $"{probe}: what depends on no seed can be written down.");
                    Assert.That(Differences(results, reference.Run(probe, seed)), Is.Empty, $"{probe}: twice the same seed.");
                }
        });
    }

    [Test]
    public void ARuleThatWritesIntoWhatItIsGivenIsNotRight()
    {
        (AssignmentFolder folder, Reference reference, _) = Made("hw1");
        using var grader = new HandinGrader(folder, new GradeOptions { Question = "1.1" }, reference);
        SourceTree wrong = TinyAssignment.Edited(grader.Sources.Reference, """
            namespace MyTorch.Operations;
            class Multiply
            {
                public override Tensor?[] Backward(Tensor gradient)
                {
                    Tensor db = gradient * A;
                    gradient.CopyFrom(gradient * B);
                    return [gradient, db];
                }
            }
            """);

        TestReport test = grader.Grade(wrong).Questions.Single().Tests.Single();

        Assert.That(test.Score, Is.Zero);
        Assert.That(test.Message, Does.Contain("Multiply.Backward wrote into the gradient that it was given"));
    }

    [TestCaseSource(nameof(s_names))]
    public void InSinglePrecisionTheAnswersAreTheSame(string name)
    {
        HomeworkContent.Running reference = Content(name).Reference;
        Assert.Multiple(() =>
        {
            foreach (string probe in reference.Probes)
                Assert.That(Differences(reference.Run(probe, single: true), reference.Run(probe), 1e-4, 1e-5), Is.Empty, probe);
        });
    }

    [TestCaseSource(nameof(s_names))]
    public void EveryKnownMistakeShowsItselfAndIsToldFromTheOthers(string name)
    {
        HomeworkContent content = Content(name);
        IReadOnlyDictionary<string, string> probes = ProbesOfQuestions(content);
        HomeworkContent.Running running = content.Reference;
        Assert.Multiple(() =>
        {
            foreach (var question in content.Mistakes.GroupBy(mistake => mistake.Question))
            {
                string probe = probes[question.Key];
                foreach (int seed in Enumerable.Range(1, 12))
                {
                    var answers = question.Select(mistake => (mistake.Id, Results: running.Run(probe, seed, mistake: mistake)))
                        .Prepend((Id: "nothing wrong", Results: running.Run(probe, seed))).ToArray();
                    for (int i = 0; i < answers.Length; i++)
                        for (int j = 0; j < i; j++)
                            Assert.That(Differences(answers[i].Results, answers[j].Results), Is.Not.Empty, $"seed {seed}: {answers[i].Id} answers as {answers[j].Id}");
                }
            }
        });
    }

    [TestCaseSource(nameof(s_names))]
    public void CorrectVariantsAnswerAsTheReference(string name)
    {
        HomeworkContent content = Content(name);
        Assert.Multiple(() =>
        {
            foreach ((string names, HomeworkContent.Running running) in content.WithVariants())
                foreach (string probe in content.Reference.Probes)
                {
                    Assert.That(Differences(running.Run(probe, 3), content.Reference.Run(probe, 3)), Is.Empty, $"{probe} of {names}");
                    Assert.That(
                        Differences(running.Run(probe, 3, single: true), content.Reference.Run(probe, 3, single: true), 1e-5, 1e-5), Is.Empty, $"{probe} of {names}, in Float32");
                }
        });
    }

    [TestCaseSource(nameof(s_names))]
    public void EveryMistakeHasAHintAndEveryQuestionThreeSteps(string name)
    {
        HomeworkContent content = Content(name);
        JsonNode hints = JsonNode.Parse(File.ReadAllText(Path.Combine(content.Folder, "hints.en.json")))!;
        Assert.That(hints["mistakes"]!.AsObject().Select(hint => hint.Key), Is.EquivalentTo(content.Mistakes.Select(mistake => mistake.Id)));
        Assert.That(hints["mistakes"]!.AsObject().Select(hint => (string)hint.Value!), Is.Unique.And.All.Length.GreaterThan(30));
        Assert.That(hints["questions"]!.AsObject().Select(hint => hint.Key), Is.EquivalentTo(ProbesOfQuestions(content).Keys));
        foreach ((string question, JsonNode? steps) in hints["questions"]!.AsObject())
            foreach (string step in (string[])["idea", "formula", "shapes"])
                Assert.That((string?)steps![step], Has.Length.GreaterThan(10), $"{question}: {step}");
    }

    static (AssignmentFolder Folder, Reference Reference, HandinGrader Grader) Made(string name)
    {
        if (s_graders.TryGetValue(name, out var made)) return made;
        AssignmentFolder folder = AssignmentFolder.Load(Path.Combine(HomeworkContent.Root, "samples", "Homework1", name));
        var reference = new Reference(folder, new AssignmentSources(folder));
        return s_graders[name] = (folder, reference, new HandinGrader(folder, new GradeOptions(), reference));
    }

    static HandinGrader Grader(string name) => Made(name).Grader;

    /// <summary>
    /// What remains of a question's points: nothing for an engine that walks the wrong way, the other parts where one is wrong. The second
    /// half are gaps of other graders: a batch of one, running estimates, gradients of parameters, SGD with and without momentum.
    /// </summary>
    [TestCase("hw1", "2.2-forwards", 0)]
    [TestCase("hw1", "2.2-never-swept", 0)]
    [TestCase("hw1", "2.2-handed-out-on-the-way", 0)]
    [TestCase("hw1", "2.2-around-the-scope", 3)]
    [TestCase("hw1", "4.4-not-summed", 0.5)]
    [TestCase("hw1", "5.1-rounded-to-zero", 1)]
    [TestCase("hw1", "2.3-handed-down-the-list", 0)]
    [TestCase("hw1", "1.3-sign", 1)]
    [TestCase("hw1", "4.4-returned-without-a-bias", 1.5)]
    [TestCase("hw1", "5.1-overflow", 1)]
    [TestCase("hw1", "6.1-momentum-ignored", 1)]
    [TestCase("hw1", "6.1-rate-of-the-first-group", 1.5)]
    [TestCase("hw1p1", "1.1-bias-forgotten", 3)]
    [TestCase("hw1p1", "1.2-db-mean", 7)]
    [TestCase("hw1p1", "1.2-dw-transposed", 6)]
    [TestCase("hw1p1", "6.3-overflow", 2)]
    [TestCase("hw1p1", "6.4-not-divided", 0)]
    [TestCase("hw1p1", "7.1-momentum-ignored", 4)]
    [TestCase("hw1p1", "7.1-bias-forgotten", 0)]
    [TestCase("hw1p1", "8.1-running-untouched", 3)]
    [TestCase("hw1p1", "8.1-running-unbiased", 3)]
    [TestCase("hw1p1", "8.1-epsilon-forgotten", 3)]
    [TestCase("hw1p1", "8.2-running-moved", 2)]
    [TestCase("hw1p1", "8.3-parameters-averaged", 7)]
    [TestCase("hw1p1", "8.3-statistics-as-constants", 4)]
    public void AMistakeCostsThePartThatItIsAbout(string name, string id, double remains)
    {
        HandinGrader grader = Grader(name);
        Mistake mistake = grader.Mistakes.Single(one => one.Id == id);
        Assert.That(grader.Try(mistake), Is.EqualTo((remains, grader.Try(mistake).MaxScore, id)));
    }

    /// <summary>A rule of several inputs may be written one gradient after the other, however what is missing is returned.</summary>
    [Test]
    public void UnfinishedRulesHaveThePointsOfWhatTheyReturn()
    {
        HandinGrader grader = Grader("hw1");
        SourceTree source = grader.Sources.Reference;
        var edits = new SourceEdits(source);
        edits.Replace(source.Single("MyTorch.Operations.Linear.Backward"), "public override Tensor?[] Backward(Tensor gradient) => [gradient.MatMul(Weight)];");
        edits.Replace(source.Single("MyTorch.Operations.Divide.Backward"), "public override Tensor?[] Backward(Tensor gradient) => [gradient / B];");
        edits.Replace(source.Single("MyTorch.Operations.MatMul.Backward"), "public override Tensor?[] Backward(Tensor gradient) => [null, A.T.MatMul(gradient)];");
        edits.Replace(source.Single("MyTorch.Operations.Multiply.Backward"), "public override Tensor?[] Backward(Tensor gradient) => null!;");
        GradeReport report = grader.Grade(edits.Apply());
        double Score(string id) => report.Questions.Single(question => question.Id == id).Score;
        Assert.That(((string[])["1.1", "1.3", "1.6", "4.1", "4.2", "4.3", "4.4"]).Select(Score), Is.EqualTo(new[] { 0, 1, 2, 2, 2, 0, 0.0 }), TextReport.Write(report));
    }

    /// <summary>
    /// The library's own files need more than the handout has; its rules in one pass must not do the work of a wrong one for all that.
    /// </summary>
    [Test]
    public void AHandinOfAWholeCheckoutIsGradedWithoutTheOtherFormsOfItsRules()
    {
        HandinGrader grader = Grader("hw1");
        Assignment assignment = grader.Assignment;
        SourceTree library = grader.Sources.Library;
        Assert.That(library.Find("MyTorch.Operations.ReLU.BackwardInOnePass"), Is.Not.Empty);

        StudentBuild build = StudentBuild.Make(assignment, grader.Sources, Handin.Of(assignment.ReadingSet.Select(path => (path, library[path]))));

        Assert.That(build.Report.Errors, Is.Empty);
        Assert.That(build.Source.Find("MyTorch.Operations.ReLU.BackwardInOnePass"), Is.Empty);
    }

    static Dictionary<string, string> ProbesOfQuestions(HomeworkContent content) =>
        content.Questions.Where(question => question.Probe is not null).ToDictionary(question => question.Id, question => question.Probe!);

    /// <summary>
    /// Where two answers differ: names and shapes first, then |a − b| ≤ absolute + tolerance·|b|; NaN equals nothing but itself.
    /// </summary>
    static List<string> Differences(
        List<(string Name, int[]? Shape, double[] Values)> got, List<(string Name, int[]? Shape, double[] Values)> expected, double tolerance = 1e-6, double absolute = 1e-8)
    {
        var differences = new List<string>();
        for (int i = 0; i < Math.Max(got.Count, expected.Count); i++)
        {
            if (i >= got.Count || i >= expected.Count || got[i].Name != expected[i].Name || !(got[i].Shape ?? []).SequenceEqual(expected[i].Shape ?? [])
                || got[i].Shape is null != expected[i].Shape is null)
                differences.Add($"{(i < got.Count ? Text(got[i]) : "nothing")} instead of {(i < expected.Count ? Text(expected[i]) : "nothing")}");
            else
                for (int k = 0; k < got[i].Values.Length; k++)
                    if (got[i].Values[k] is var a && expected[i].Values[k] is var b && !a.Equals(b) && !(double.IsFinite(b) && Math.Abs(a - b) <= absolute + tolerance * Math.Abs(b)))
                        differences.Add(string.Create(CultureInfo.InvariantCulture, $"{got[i].Name}[{k}]: {a} instead of {b}"));
        }
        return differences;
    }

    static string Text((string Name, int[]? Shape, double[] Values) result) =>
        $"{result.Name} {(result.Shape is null ? "null" : $"({string.Join(", ", result.Shape)})")}";
}
