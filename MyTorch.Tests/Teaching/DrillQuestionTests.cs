using MyTorch.Teaching;

namespace MyTorch.Tests.Teaching;

/// <summary>Drills as a prompt and a page ask them, and on paper.</summary>
public sealed class DrillQuestionTests
{
    static IEnumerable<string> Remarks(DrillQuestion question, string answer) => question.Reply(answer).Remarks.Select(remark => remark.Explanation);

    [Test]
    public void DrillsAreQuestionsThatReply()
    {
        foreach (int level in new[] { 1, 2, 3 })
        {
            Drill drill = Drill.Create(7, level);
            IReadOnlyList<DrillQuestion> questions = DrillQuestion.Of(drill);
            for (int i = 0; i < questions.Count; i++)
            {
                Assert.That(questions[i].Reply(questions[i].Answer).IsRight, questions[i].Label);
                DrillMistake mistake = drill.Cells[i].Mistakes[0];
                Assert.That(Remarks(questions[i], DrillPaper.Digits(mistake.Answer)), Does.Contain(mistake.Explanation));
                Assert.That(questions[i].Reply("two").Problem, Does.Contain("not a number"));
            }
            CostDrill costs = CostDrill.Create(7, level);
            foreach ((DrillQuestion question, CostDrillQuestion of) in DrillQuestion.Of(costs).Zip(costs.Questions))
            {
                Assert.That(question.Reply(of.Answer).IsRight, of.Text);
                Assert.That(Remarks(question, of.Mistakes[0].Answer), Does.Contain(of.Mistakes[0].Explanation));
                Assert.That(question.Reply("five").Problem, Does.Contain("is not a"));
            }
        }
    }

    [Test]
    public void NumbersAreReadAsTheyAreWritten()
    {
        Assert.That(DrillPaper.Read("1/4", out _), Is.EqualTo(0.25));
        Assert.That(DrillPaper.Read("−2", out _), Is.EqualTo(-2));
        Assert.That(DrillPaper.Read("2,5", out string problem), Is.Null);
        Assert.That(problem, Is.EqualTo("Write a decimal point: 2.5 for 2,5."));
        Assert.That(() => DrillPaper.Sheets(1, 1, 501), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("501"));
    }

    [Test]
    public void ASheetOfOneDrillHasNoAnswers()
    {
        (string sheet, string solution) = DrillPaper.Of(7, 2);
        Assert.That(sheet, Does.Contain("to fill in").And.Not.Contain("<b>").And.Not.Contain("--seed"));
        Assert.That(solution, Does.Contain("--seed 7 --level 2").And.Not.Contain("to fill in"));
        (sheet, solution) = DrillPaper.OfCosts(7, 1);
        Assert.That(sheet, Does.Contain("to fill in").And.Not.Contain("<b>"));
        Assert.That(solution, Does.Contain("--costs --seed 7 --level 1"));
    }
}
