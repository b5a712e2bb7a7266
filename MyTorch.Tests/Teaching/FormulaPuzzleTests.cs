using MyTorch.Teaching;

namespace MyTorch.Tests.Teaching;

/// <summary>Puzzles: right answers, the usual mistakes, and answers that cannot be read.</summary>
public sealed class FormulaPuzzleTests
{
    static IEnumerable<TestCaseData> All => FormulaPuzzle.All.Select(puzzle => new TestCaseData(puzzle).SetName(puzzle.Id));

    [TestCaseSource(nameof(All))]
    public void TheAnswerIsRightAndEachMistakeIsNamed(FormulaPuzzle puzzle)
    {
        foreach (int seed in new[] { 1, 2, 77 })
        {
            FormulaVerdict right = puzzle.Grade(puzzle.Answer, seed);
            Assert.That(right.IsRight, Is.True);
            Assert.That(right.Mistake, Is.Null);
            Assert.That(right.Jacobian.SelectMany(row => row), Has.All.Matches<FormulaCell>(cell => cell.IsRight));
            Assert.That((right.Jacobian.Count, right.Jacobian[0].Count), Is.EqualTo((right.Rows.Count, right.Columns.Count)));
            foreach (FormulaMistake mistake in puzzle.Mistakes)
            {
                FormulaVerdict wrong = puzzle.Grade(mistake.Answer, seed);
                Assert.That(wrong.IsRight, Is.False, mistake.Explanation);
                Assert.That(wrong.Mistake, Is.EqualTo(mistake));
                Assert.That(mistake.Explanation, Does.EndWith("."));
                // Without the adjoint of the result the Jacobian of one result may be right.
                if (mistake.Kind != FormulaMistakeKind.UpstreamMissing)
                    Assert.That(wrong.Jacobian.SelectMany(row => row), Has.Some.Matches<FormulaCell>(cell => !cell.IsRight));
            }
        }
        Assert.That(puzzle.Mistakes, Has.Count.AtLeast(4));
        Assert.That(puzzle.Answer, Has.Count.EqualTo(puzzle.Parts.Count));
        Assert.That(puzzle.Answer.Concat(puzzle.Mistakes.SelectMany(mistake => mistake.Answer)).Select(puzzle.Problem), Is.All.Null);
    }

    [Test]
    public void SixteenWithNamesOfTheirOwn()
    {
        Assert.That(FormulaPuzzle.All, Has.Count.EqualTo(16));
        Assert.That(FormulaPuzzle.All.Select(puzzle => puzzle.Id), Is.Unique);
        Assert.That(FormulaPuzzle.All.SelectMany(puzzle => puzzle.Mistakes).Select(mistake => mistake.Kind).Distinct(),
            Is.EquivalentTo(Enum.GetValues<FormulaMistakeKind>()));
    }

    [Test]
    public void PuzzlesFromASeedAreSolvableAndNameTheirMistakes()
    {
        FormulaPuzzle[] made = [.. Enumerable.Range(1, 60).Select(FormulaPuzzle.Create)];
        foreach (FormulaPuzzle puzzle in made)
        {
            Assert.That(puzzle.Grade(puzzle.Answer, 3).IsRight, Is.True, $"{puzzle.Rule}: {puzzle.Answer[0]}");
            Assert.That(puzzle.Mistakes, Has.Count.AtLeast(3), puzzle.Rule);
            foreach (FormulaMistake mistake in puzzle.Mistakes)
                Assert.That(puzzle.Grade(mistake.Answer, 3).Mistake, Is.EqualTo(mistake), $"{puzzle.Rule}: {mistake.Answer[0]}");
        }
        Assert.That(made.Select(puzzle => puzzle.Rule).Distinct().Count(), Is.GreaterThan(30));
        Assert.That(made.Select(puzzle => puzzle.Title).Distinct().Count(), Is.EqualTo(2));
        Assert.That(FormulaPuzzle.Create(7).Rule, Is.EqualTo(made[6].Rule));
        Assert.That((made[6].Seed, made[6].Id, FormulaPuzzle.All[0].Seed), Is.EqualTo((7, "random-7", (int?)null)));
    }

    static FormulaPuzzle Puzzle(string id) => FormulaPuzzle.All.Single(puzzle => puzzle.Id == id);

    [TestCase("square", "x + x")]
    [TestCase("tanh", "1 - tanh(x)^2")]
    [TestCase("tanh", "(1 - y)*(1 + y)")]
    [TestCase("sigmoid", "exp(-x)/(1 + exp(-x))^2")]
    [TestCase("reciprocal", "-y²")]
    public void AnyEqualFormulaIsRight(string id, string answer) => Assert.That(Puzzle(id).Grade([answer], 1).IsRight, Is.True);

    [Test]
    public void TheJacobianOfATransposedAnswerIsTheTranspose()
    {
        FormulaPuzzle puzzle = Puzzle("linear-input");
        FormulaVerdict verdict = puzzle.Grade(puzzle.Mistakes[0].Answer, 3);
        Assert.That(verdict.Mistake!.Kind, Is.EqualTo(FormulaMistakeKind.Transposed));
        Assert.That(verdict.Jacobian[0][1].Given, Is.EqualTo(verdict.Jacobian[1][0].Right).Within(1e-14));
        Assert.That(verdict.Jacobian.SelectMany(row => row).Select(cell => cell.IsRight), Is.EqualTo(new[] { true, false, false, true }));
        Assert.That((verdict.Rows, verdict.Columns), Is.EqualTo((new[] { "y1", "y2" }, new[] { "x1", "x2" })));
        Assert.That(verdict.At.First(one => one.Name == "w12").Value, Is.EqualTo(verdict.Jacobian[0][1].Right));
    }

    [Test]
    public void AnotherWrongAnswerHasNoName()
    {
        FormulaVerdict verdict = Puzzle("square").Grade(["3*x"], 1);
        Assert.That((verdict.IsRight, verdict.Mistake), Is.EqualTo((false, (FormulaMistake?)null)));
        Assert.That(verdict.Jacobian[0][1], Is.EqualTo(new FormulaCell(0, 0, true)));
        Assert.That(verdict.Jacobian[1][1].Given, Is.EqualTo(1.5 * verdict.Jacobian[1][1].Right).Within(1e-14));
        Assert.That(Puzzle("square").Grade(["2"], 1).IsRight, Is.False, "a number is a formula");
        // ln of a negative number is NaN, and equals nothing.
        Assert.That(Puzzle("square").Grade(["ln(x - 5)"], 1).IsRight, Is.False);
    }

    [Test]
    public void AnswersThatCannotBeGradedSayWhy()
    {
        FormulaPuzzle puzzle = Puzzle("softmax");
        Assert.That(puzzle.Problem("y1*(g1"), Does.Contain("never closed"));
        Assert.That(puzzle.Problem("y1*z"), Does.Contain("There is no z here; a formula may use x1, x2, x3, y1, y2, y3, g1, g2, g3."));
        Assert.That(puzzle.Problem("y1, y2"), Does.Contain("its own field"));
        Assert.That(puzzle.Problem(""), Does.Contain("Column 1"));
        Assert.That(puzzle.Problem("s = y1*g1; s"), Is.Null);
        Assert.That(() => puzzle.Grade(["y1"], 1), Throws.ArgumentException.With.Message.Contains("1 formulas for the 3 parts"));
        Assert.That(() => puzzle.Grade(["y1", "y2", "q"], 1), Throws.ArgumentException.With.Message.Contains("no q here"));
    }

    [Test]
    public void NothingIsRecordedOnAScopeAround()
    {
        using var autograd = new Autograd();
        Puzzle("softmax").Grade(Puzzle("softmax").Answer, 1);
        Assert.That(autograd.Operations, Is.Empty);
    }
}
