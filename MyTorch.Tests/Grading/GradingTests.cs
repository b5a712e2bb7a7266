using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;

namespace MyTorch.Tests;

/// <summary>What the grader makes of ordinary handins.</summary>
[TestFixture]
public sealed class GradingTests
{
    [Test]
    public void TheReferenceGetsEveryPoint()
    {
        GradeReport report = TinyAssignment.Grade();

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
}
