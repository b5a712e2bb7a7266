using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;
using MyTorch.Probes;

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

    // A step for numbers has no sizes that a case could draw, and needs the steps before it to be taken, not to be called.
    static readonly string[] s_homeworks = [.. s_names.Where(name => name != "scalar")];

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

    /// <summary>A gradient that a drill asks for is not 0 by what was drawn: of the two outputs one passes ReLU, and one does not.</summary>
    [Test]
    public void TheDrillOfTheLayersHasGradients()
    {
        HomeworkContent.Running reference = Content("hw1p1").Reference;
        for (int seed = 1; seed <= 100; seed++)
        {
            var results = reference.Run("Viva.Pass", seed).ToDictionary(one => one.Name, one => one.Values);
            Assert.That(results["Z = A·Wᵀ + b"], Has.Exactly(1).Positive.And.Exactly(1).Negative, $"seed {seed}");
            Assert.That(results["dL/dZ"].Count(one => one != 0), Is.EqualTo(1), $"seed {seed}");
            Assert.That(results["dL/dA"], Has.None.Zero, $"seed {seed}");
            Assert.That((results["dL/dW"].Count(one => one != 0), results["dL/db"].Count(one => one != 0)), Is.EqualTo((2, 1)), $"seed {seed}");
        }
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

    /// <summary>
    /// Two mistakes of one question at once: nothing is named that was not made, and both are where both show. One may hide the other, and
    /// both together may be another known mistake.
    /// </summary>
    [TestCaseSource(nameof(s_names))]
    public void TwoMistakesAtOnceAreBothNamed(string name)
    {
        HandinGrader grader = Grader(name);
        var both = new HashSet<string>();
        int silent = 0;
        Assert.Multiple(() =>
        {
            foreach (Mistake pair in grader.Pairs)
            {
                Trial trial = grader.Try(pair);
                (double score, double max, IReadOnlyList<Finding> findings) = trial;
                if (score >= max) continue;
                // Where more mistakes give the same values than a student would read, nothing is said; nor of an exception alone.
                if (findings.Count == 0 && !trial.OnlyThrew) silent++;
                if (findings is not [{ Results: [] or [Finding.TheException] }])
                    Assert.That(findings, Is.All.Matches<Finding>(finding => finding!.Mistakes.Any(pair.Of.Contains)), pair.Id);
                if (pair.Of.All(one => findings.Any(finding => finding.Mistakes.Contains(one)))) both.Add(pair.Id);
            }
        });
        // Of a small assignment, whose questions ask for a line each, few pairs change different parts of the code.
        if (name != "scalar") Assert.That(both, Has.Count.GreaterThan(100));
        Assert.That(silent, Is.LessThan(10));
    }

    /// <summary>
    /// What students really do at once, where both changes meet in one expression: a rule of another function and at the wrong place, another
    /// threshold and the other side of it, two sums gone wrong in one value.
    /// </summary>
    [TestCase("hw1", "1.4-at-the-output", "1.4-squared")]
    [TestCase("hw1", "1.5-at-the-output", "1.5-times-the-input")]
    [TestCase("hw1", "2.1-twice", "2.1-only-first-input")]
    [TestCase("hw1", "2.1-leaves-only", "2.1-once-for-each-input")]
    [TestCase("hw1", "3.2-as-tanh", "3.2-input-for-output")]
    [TestCase("hw1", "3.3-sinh", "3.3-twice-the-exponent")]
    [TestCase("hw1", "3.3-parentheses", "3.3-sign")]
    [TestCase("hw1", "3.5-step", "3.5-mirrored")]
    [TestCase("hw1", "3.5-threshold", "3.5-leaky")]
    [TestCase("hw1", "3.6-threshold", "3.6-reversed")]
    [TestCase("hw1", "4.1-bias-twice", "4.1-not-transposed")]
    [TestCase("hw1", "4.4-axis", "4.4-mean")]
    [TestCase("hw1", "5.1-sum-without-logarithm", "5.1-axis-of-the-sum")]
    [TestCase("hw1", "5.2-overflow", "5.2-upstream-ignored")]
    [TestCase("hw1", "6.1-momentum-ignored", "6.1-uphill")]
    [TestCase("hw1p1", "2.4-as-sigmoid", "2.4-upstream-ignored")]
    [TestCase("hw1p1", "2.6-upstream-ignored", "2.6-at-zero")]
    [TestCase("hw1p1", "4.1-no-inner-activation", "4.1-no-last-activation")]
    [TestCase("hw1p1", "4.2-loop-ends-early", "4.2-gradient-returned")]
    [TestCase("hw1p1", "6.4-onehot-forgotten", "6.4-not-divided")]
    [TestCase("hw1p1", "7.1-rate-in-the-velocity", "7.1-uphill")]
    [TestCase("hw1p1", "8.2-with-the-batch", "8.2-beta-forgotten")]
    public void TwoMistakesInOneExpressionAreBothNamed(string name, string one, string other)
    {
        HandinGrader grader = Grader(name);
        string[][] named = [.. grader.Pairs.Where(pair => pair.Of.Contains(one) && pair.Of.Contains(other))
            .Select(pair => grader.Try(pair).Findings.SelectMany(finding => finding.Mistakes).ToArray())];
        Assert.That(named, Has.Some.Matches<string[]>(names => names.Contains(one) && names.Contains(other)),
            string.Join("; ", named.Select(names => string.Join(", ", names))));
    }

    /// <summary>What a step of the hints gives as the formula is not in the first words about a mistake.</summary>
    [TestCaseSource(nameof(s_names))]
    public void NoTextOfAMistakeTellsTheFormula(string name)
    {
        (AssignmentFolder folder, _, HandinGrader grader) = Made(name);
        Assert.Multiple(() =>
        {
            foreach (Mistake mistake in grader.Mistakes)
                foreach (string formula in Formulas(folder.Hints.Questions[mistake.Question].Formula))
                    Assert.That(WithoutSpaces(grader.Hint(mistake.Id)), Does.Not.Contain(formula), mistake.Id);
        });
    }

    // "dY·W" of "dX = dY·W. The lecture writes …": what stands behind an equals sign or an arrow and has an operation in it.
    static IEnumerable<string> Formulas(string step) => Regex.Split(step, @"[:;]\s|,\s|\.\s|\.$|\sand\s|\swith\s")
        .SelectMany(part => Regex.Split(part, "[=←]").Skip(1)).Select(WithoutSpaces)
        .Where(formula => formula.Length >= 3 && formula.IndexOfAny(['·', '/', '−', '+', 'ᵀ', '²', '√', 'Σ', '^']) >= 0);

    static string WithoutSpaces(string text) => text.Replace(" ", "", StringComparison.Ordinal);

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
        (double score, _, IReadOnlyList<Finding> findings) = grader.Try(mistake);
        Assert.That(score, Is.EqualTo(remains));
        Assert.That(findings.Single().Mistakes, Is.EqualTo(new[] { id }));
    }

    /// <summary>Each check of the training catches an engine that is broken in its way.</summary>
    [TestCase("5.1-divided-by-batch", "the loss is what the outputs give")]
    [TestCase("5.1-softmax-forgotten", "the loss at the start is near ln 10")]
    [TestCase("2.2-first-input-only", "every parameter moves")]
    [TestCase("6.1-not-written", "every parameter moves")]
    [TestCase("4.3-first-row-only", "the order of a batch changes nothing")]
    [TestCase("6.1-uphill", "one batch can be learned by heart")]
    [TestCase("2.2-upstream-ignored", "one batch can be learned by heart")]
    public void TheCheckUpCatchesABrokenEngine(string id, string check)
    {
        (_, Reference reference, HandinGrader grader) = Made("hw1");
        ProbeCase[] cases = [.. grader.Cases.Where(one => one.Question.Id == "7.1" && !one.Single).Take(1)];
        double Mark(Mistake? mistake) => reference.Run(cases, mistake)[cases[0].Id].Returned.Single(one => one.Name == $"check-up: {check}").Values[0];
        Assert.That(Mark(null), Is.EqualTo(1));
        Assert.That(Mark(grader.Mistakes.Single(one => one.Id == id)), Is.Zero);
    }

    /// <summary>An exception in code that answers several questions is reported at the first of them.</summary>
    [Test]
    public void AnExceptionInASharedBodyIsReportedOnce()
    {
        (AssignmentFolder folder, Reference reference, _) = Made("hw1");
        using var grader = new HandinGrader(folder, new GradeOptions { Question = "4" }, reference);
        SourceTree wrong = TinyAssignment.Edited(grader.Sources.Reference, """
            namespace MyTorch.Operations;
            class Linear
            {
                public override Tensor?[] Backward(Tensor gradient) => throw new InvalidOperationException("no gradients today");
            }
            """);

        GradeReport report = grader.Grade(wrong);

        string Said(string id) => string.Join(' ', report.Questions.Single(question => question.Id == id).Tests.Select(test => test.Message));
        Assert.That(Said("4.2"), Does.Contain("InvalidOperationException in Operations.Linear.Backward").Or.Contain("InvalidOperationException in MyTorch.Operations.Linear.Backward"));
        foreach (string id in new[] { "4.3", "4.4" })
            Assert.That(Said(id), Does.Contain("stopped by the exception that is reported at 4.2").And.Not.Contain("InvalidOperationException"), id);
        Assert.That(report.Score, Is.EqualTo(2), "the value is right");
    }

    /// <summary>Three mistakes that were not named before: the wrong dimension, and one gradient too many; and a rate in the velocity.</summary>
    [Test]
    public void SeveralMistakesInOneBodyAreNamedByTheirResults()
    {
        (AssignmentFolder folder, Reference reference, _) = Made("hw1");
        using var grader = new HandinGrader(folder, new GradeOptions { Question = "4" }, reference);
        SourceTree wrong = TinyAssignment.Edited(grader.Sources.Reference, """
            namespace MyTorch.Operations;
            class Linear
            {
                public override Tensor?[] Backward(Tensor gradient) =>
                    [gradient.MatMul(Weight), X.T.MatMul(gradient) / X.Shape[0], Bias is null ? null : gradient.Sum(1)];
            }
            """);

        GradeReport report = grader.Grade(wrong);

        QuestionReport db = report.Questions.Single(question => question.Id == "4.4");
        Assert.That(db.Mistakes, Is.EquivalentTo(new[] { "4.4-axis", "4.4-returned-without-a-bias" }), TextReport.Write(report));
        Assert.That(db.Hints, Has.Some.StartsWith("In db: Summed over the wrong dimension").Or.Some.StartsWith("Summed over the wrong dimension"));
        Assert.That(report.Questions.Single(question => question.Id == "4.3").Mistakes, Is.EquivalentTo(new[] { "4.3-transposed", "4.3-divided-by-batch" }));
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

        StudentBuild build = StudentBuild.Make(assignment, grader.Sources, grader.Checkout(assignment.ReadingSet.Select(path => (path, library[path]))));

        Assert.That(build.Report.Errors, Is.Empty);
        Assert.That(build.OnWholeLibrary);
        Assert.That(ForbiddenScan.BeyondHandout(grader.Sources, build), Is.Empty, "the library's own lines");
        Assert.That(build.Source.Find("MyTorch.Operations.ReLU.BackwardInOnePass"), Is.Empty);
    }

    const string KernelsAsRules = """
        using MyTorch.Kernels;
        namespace MyTorch.Operations;
        class Tanh
        {
            public override Tensor Derivative() => FusedDispatch.TanhGradient(Output, Tensor.OnesLike(Output), Tensor.ZerosLike(Output));
        }
        class Sigmoid
        {
            public override Tensor Derivative()
            {
                var slope = new double[Output.ElementCount];
                GradientKernels.Sigmoid<double>(Output.ToArray(), slope.Select(_ => 1.0).ToArray(), slope);
                return Tensor.From(slope, Output.Shape, Output.DType);
            }
        }
        """;

    /// <summary>
    /// What the handout leaves out holds answers. A handin of named files does not reach it; a copy of the repository may use it, which is said
    /// and named by symbol, file and line.
    /// </summary>
    [Test]
    public void WhatTheHandoutLeavesOutIsNotAnAnswer()
    {
        (AssignmentFolder folder, Reference reference, _) = Made("hw1");
        using var grader = new HandinGrader(folder, new GradeOptions { Question = "3" }, reference);
        SourceTree kernels = TinyAssignment.Edited(grader.Sources.Library, KernelsAsRules), activations = SourceTree.Empty.With(Activations, kernels[Activations]);

        GradeReport copy = grader.Grade(kernels);
        GradeReport named = grader.Grade(() => Handin.Of([(Activations, activations[Activations])]));

        int line = 1 + activations[Activations].Split('\n').ToList().FindIndex(one => one.Contains("GradientKernels", StringComparison.Ordinal));
        Assert.Multiple(() =>
        {
            Assert.That(copy.Score, Is.EqualTo(9), TextReport.Write(copy));
            Assert.That(copy.Staff, Does.Contain("compiled on the whole library"));
            Assert.That(copy.Build.BeyondHandout, Has.Some.EqualTo($"{Activations}({line},25): MyTorch.Kernels.GradientKernels.Sigmoid (not in the handout)")
                .And.Some.Contains("MyTorch.Operations.FusedDispatch.TanhGradient (not in the handout)"));
            Assert.That(TextReport.Write(copy), Does.Contain($"noted: {Activations}({line},25): MyTorch.Kernels.GradientKernels.Sigmoid"));
            foreach (string id in new[] { "3.2", "3.4" }) Assert.That(named.Question(id).Score, Is.Zero, TextReport.Write(named));
            Assert.That(named.Build.Errors, Has.Some.Contains("'GradientKernels'").And.Some.Contains("context. The handout leaves FusedDispatch out, so no answer can use it: write it with the members of the cheat sheet.")
                .And.Some.EndsWith("a definition for 'Sigmoid'. The handout leaves ElementwiseDispatch.Sigmoid out, so no answer can use it: write it with the members of the cheat sheet."));
            Assert.That(named.Build.BeyondHandout, Is.Empty);
        });
    }

    const string Activations = "MyTorch/Operations/Activations.cs";

    /// <summary>
    /// In a copy of the repository every path to an answer runs through the member that is asked for: if it throws, its questions are wrong and
    /// so is what needs them.
    /// </summary>
    [TestCaseSource(nameof(s_homeworks))]
    public void AMemberThatThrowsCostsItsQuestionsAndWhatNeedsThem(string name)
    {
        HandinGrader grader = Grader(name);
        Assignment assignment = grader.Assignment;
        SourceTree library = grader.Sources.Library;
        SourceMember[] members = [.. assignment.Questions.SelectMany(question => question.Blank).SelectMany(library.Find).Distinct()];
        Mistake[] throwing = [.. members.Select((member, i) => new Mistake(member.FullName, "", member.Owner, i + 1, [Throwing(member)], []))];
        SourceTree source = MistakeGraft.Apply(library, throwing);
        StudentBuild build = StudentBuild.Make(assignment, grader.Sources,
            grader.Checkout(assignment.ReadingSet.Append("MyTorch/MistakeSwitch.cs").Select(path => (path, source[path]))));
        Assert.That(build.Report.Errors, Is.Empty);
        HomeworkContent.Running running = Content(name).Run(build.Compilation, build.Image);
        Assert.Multiple(() =>
        {
            foreach ((SourceMember member, Mistake mistake) in members.Zip(throwing))
                foreach (Question question in assignment.Questions.Where(question => Needs(question, member)))
                    Assert.That(Differences(running.Run(question.Probe!, mistake: mistake), running.Run(question.Probe!)), Is.Not.Empty, $"{question.Id} without {member.ShortName}");
        });

        bool Needs(Question question, SourceMember member) => question.Probe is not null && (question.Blank.SelectMany(library.Find).Contains(member)
            || question.DependsOn.Any(id => Needs(assignment.Questions.Single(other => other.Id == id), member)));

        static MemberDeclarationSyntax Throwing(SourceMember member) => ((TypeDeclarationSyntax)((CompilationUnitSyntax)SourceTree.Parse("mistakes/Throws.cs",
            $"class Throws {{ {member.Signature} => throw new System.InvalidOperationException(\"{member.FullName}\"); }}").GetRoot()).Members[0]).Members[0];
    }

    /// <summary>No answer can be made of the sizes of the cases. The digits of 7.1 are the same in each.</summary>
    [TestCaseSource(nameof(s_homeworks))]
    public void TheSizesOfEveryQuestionAreDrawn(string name)
    {
        HomeworkContent content = Content(name);
        Assert.Multiple(() =>
        {
            foreach ((string question, string probe) in ProbesOfQuestions(content).Where(pair => pair.Value != "Everything.Digits"))
                Assert.That(Enumerable.Range(1, 24).Select(seed => content.Reference.Sizes(probe, seed)).Distinct().Count(), Is.GreaterThan(4), question);
        });
    }

    /// <summary>Each is right for the sizes, ranges or settings that a probe of fixed ones would have, and wrong in the five cases of a grading.</summary>
    [TestCaseSource(nameof(s_homeworks))]
    public void AnAnswerThatIsRightForSomeCasesOnlyIsNotRight(string name)
    {
        HomeworkContent content = Content(name);
        IReadOnlyDictionary<string, string> probes = ProbesOfQuestions(content);
        HomeworkContent.Running running = content.Reference;
        Assert.That(content.Narrow, Has.Count.GreaterThan(5));
        Assert.Multiple(() =>
        {
            foreach (Mistake narrow in content.Narrow)
                foreach (int first in Enumerable.Range(0, 20))
                    Assert.That(Enumerable.Range(5 * first, 5).SelectMany(seed => Differences(running.Run(probes[narrow.Question], seed, mistake: narrow), running.Run(probes[narrow.Question], seed))),
                        Is.Not.Empty, $"{narrow.Id}, seeds from {5 * first}");
        });
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
