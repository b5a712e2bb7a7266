using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Probes;

namespace MyTorch.Tests.Grading;

/// <summary>Known mistakes: they lose their points, are told apart, and are recognised in a handin.</summary>
[TestFixture]
public sealed class MistakeTests
{
    static IEnumerable<string> Ids() => MistakeFiles.Read(Path.Combine(TinyAssignment.Folder, "mistakes")).Select(mistake => mistake.Id);

    [TestCaseSource(nameof(Ids))]
    public void LosesItsPointsAndIsToldApart(string id)
    {
        Mistake mistake = TinyAssignment.Grader.Mistakes.Single(one => one.Id == id);

        (double score, double max, IReadOnlyList<Finding> findings) = TinyAssignment.Grader.Try(mistake);

        Assert.That(score, Is.LessThan(max));
        Assert.That(findings.Single().Mistakes, Is.EqualTo(new[] { id }));
        Assert.That(TinyAssignment.Grader.Hint(id), Is.Not.EqualTo(id), "it has no hint");
    }

    [Test]
    public void AHandinWithMistakesGetsTheirHints()
    {
        GradeReport report = TinyAssignment.Grade("""
            namespace MyTorch.Operations;

            class Multiply
            {
                public override Tensor?[] Backward(Tensor gradient) => [A * gradient, B * gradient];
            }

            class Linear
            {
                public override Tensor?[] Backward(Tensor gradient)
                {
                    Tensor dW = X.T.MatMul(gradient);
                    return [gradient.MatMul(Weight), dW, gradient.Sum(0)];
                }
            }
            """);

        Assert.That(report.Question("1.1").Mistakes, Is.EqualTo(new[] { "1.1-swapped" }), TextReport.Write(report));
        Assert.That(report.Question("1.1").Hints.Single(), Does.Contain("∂z/∂a is b"));
        Assert.That(report.Question("4.1").Mistakes, Is.EqualTo(new[] { "4.1-transposed" }));
        Assert.That(report.Question("4.1").Score, Is.EqualTo(4), "dX and db are right");
        Assert.That(report.Test("4.1.dW").Message, Does.Contain("it has shape (3, 2); expected (2, 3)").And.Contain("transposed"));
        // Sigmoid's rule multiplies; with the student's Multiply it need not fail, and it must not cost points.
        Assert.That(report.Question("3.1").Score, Is.EqualTo(3));
    }

    [Test]
    public void AFailingCaseShowsShapeIndexGotAndExpectedWhereItIsVisible()
    {
        GradeReport report = TinyAssignment.Grade("""
            namespace MyTorch.Operations;

            class Multiply
            {
                public override Tensor?[] Backward(Tensor gradient) => [2 * gradient * B, gradient * A];
            }
            """);

        TestReport test = report.Test("1.1");
        Assert.That(test.Outcome, Is.EqualTo(Outcome.Failed));
        Assert.That(test.Message, Does.Match(@"^da: shape \(2, 3\); 6 of 6 elements differ; element \[0, 0\] is -?[\d.]+, expected -?[\d.]+ \(every element is twice what it should be\); visible case 1\.$"));
        Assert.That(report.Question("1.1").Mistakes, Is.Empty);
    }

    [Test]
    public void WhatFailsBecauseOfAnotherQuestionIsGradedAlone()
    {
        GradeReport report = TinyAssignment.Grade("""
            namespace MyTorch.Operations;

            class Multiply
            {
                protected override Tensor Forward() => throw new InvalidOperationException("no product today");

                public override Tensor?[] Backward(Tensor gradient) => [gradient, gradient];
            }
            """);

        Assert.That(report.Question("1.1").Score, Is.Zero);
        Assert.That(report.Question("3.1").GradedAlone, Is.True, TextReport.Write(report));
        Assert.That(report.Question("3.1").Score, Is.EqualTo(3));
    }

    /// <summary>What several questions answer together cannot be graded alone: it is said which of them is wrong.</summary>
    [TestCase(true, "1.1"), TestCase(false, null)]
    public void WhatFailsBecauseOfAnotherQuestionNamesItWhereItHasNoCode(bool isComposite, string? needs)
    {
        AssignmentFolder folder = TinyAssignment.Loaded;
        var questions = folder.Assignment.Questions.Select(question => question.Id == "3.1" ? question with { Composite = isComposite } : question);
        using var grader = new HandinGrader(folder with { Assignment = folder.Assignment with { Questions = [.. questions] } }, new GradeOptions(), TinyAssignment.Reference);
        GradeReport report = grader.Grade(TinyAssignment.Edited(grader.Sources.Reference, """
            namespace MyTorch.Operations;
            class Multiply
            {
                protected override Tensor Forward() => A + B;
            }
            """));

        Assert.That(report.Question("1.1").Score, Is.LessThan(report.Question("1.1").MaxScore), TextReport.Write(report));
        Assert.That(report.Questions.Select(question => question.Needs).OfType<string>(), Is.EqualTo(needs is null ? [] : new[] { needs }));
        Assert.That(TextReport.Write(report).Contains("It needs 1.1, which is not right yet: correct that first."), Is.EqualTo(isComposite));
        Assert.That(JsonReport.Read(JsonReport.Write(report)).Question("3.1").Needs, Is.EqualTo(needs));
        Assert.That(report.Question("3.1").GradedAlone, Is.EqualTo(!isComposite));
    }

    [Test]
    public void ATypeOutsideAnyNamespaceIsAHelperToo()
    {
        GradeReport report = TinyAssignment.Grade("""
            namespace MyTorch.Operations;

            class Multiply
            {
                protected override Tensor Forward() => throw new InvalidOperationException("no product today");
            }
            """, ("MyTorch/Operations/Outside.cs", "static class Outside { public static int Two => 2; }"));

        Assert.That(report.Status, Is.EqualTo(GradeStatus.Graded), report.Staff);
        Assert.That(report.Question("3.1").GradedAlone, Is.True, TextReport.Write(report));
    }

    /// <summary>To compile all pairs takes far longer than to grade a right answer, which needs none of them.</summary>
    [Test]
    public void PairsAreCompiledWhenTheyAreAskedFor()
    {
        var folder = AssignmentFolder.Load(Path.Combine(HomeworkContent.Root, "samples", "Homework1", "scalar"));
        using var reference = new Reference(folder, new AssignmentSources(folder));
        int compiled = 0;
        using var pairs = new ReferencePairs(reference.Sources.Reference, MistakeFiles.Read(Path.Combine(folder.Path, "mistakes")), folder.Assignment.Questions, image =>
        {
            compiled++;
            return new SwitchedLibrary(image, reference.Probes, places: null);
        });
        string[] Of(string? question) => [.. pairs.Where(pair => question is null || pair.Question == question).Select(pair => pair.Id)];

        Assert.That((Of("no question"), compiled), Is.EqualTo((Array.Empty<string>(), 0)));
        string[] some = Of("5.1");
        Assert.That((some, Of("5.1"), compiled), Is.EqualTo((some, some, 1)));
        Assert.That(some, Is.Not.Empty);
        string[] all = Of(null);
        Assert.That((Of("5.1"), Of(null), compiled), Is.EqualTo((some, all, 2)));
        Assert.That(all, Is.EqualTo(reference.Pairs.Select(pair => pair.Id)));
        Assert.That(pairs.Where(_ => true).Select(pairs.LibraryOf), Has.All.Not.Null);
    }

    [Test, Category("Long")]
    public void TheSelfTestOfTheTinyAssignmentFindsNothingWrong()
    {
        using var output = new StringWriter();

        int code = SelftestCommand.Run(TinyAssignment.Folder, output);

        Assert.That(code, Is.Zero, output.ToString());
        string[] tried = [.. output.ToString().Split('\n').Where(line => line.Contains("mistake ", StringComparison.Ordinal)).Select(line => line.Split("mistake ")[1].Split('-')[0])];
        Assert.That(tried, Is.Not.Empty.And.EqualTo(tried.Order(StringComparer.Ordinal)), "in the order of the questions");
        Assert.That(output.ToString(), Does.Contain(FormattableString.Invariant($"ok     [{tried.Length}/{tried.Length}] mistake ")));
        Assert.That(output.ToString(), Does.Contain("the reference gets 10 of 10 points").And.Contain("the handout gets 0 points").And.Contain("mistake 4.1-not-summed: 4 of 6 points"));
    }

    [Test, Category("Long")]
    public void TheSelfTestOfOneQuestionTriesOnlyThat()
    {
        using var output = new StringWriter();

        int code = SelftestCommand.Run(TinyAssignment.Folder, output, "1.1");

        Assert.That(code, Is.Zero, output.ToString());
        Assert.That(output.ToString(), Does.Contain("mistake 1.1-swapped").And.Not.Contain("mistake 4.1"));
        Assert.That(output.ToString().Split("There is no secret"), Has.Length.EqualTo(2), "said once, not of every handin");
        Assert.That(SelftestCommand.Run(TinyAssignment.Folder, output, "9.9"), Is.EqualTo(1));
        Assert.That(output.ToString(), Does.Contain("There is no question or group 9.9. The questions are 1.1, "));
    }

    [Test, Category("Long")]
    public void TheSelfTestOfOneQuestionTriesTheVariantsThatConcernIt()
    {
        string softsign = Path.Combine(TinyAssignment.Folder, "..", "softsign");
        string Tried(string question)
        {
            using var output = new StringWriter();
            Assert.That(SelftestCommand.Run(softsign, output, question), Is.Zero, output.ToString());
            return output.ToString();
        }

        Assert.That(Tried("1.2"), Does.Contain("variant from-the-output"));
        Assert.That(Tried("1.1"), Does.Not.Contain("variant "), "the variant has the reference's value");
    }
}
