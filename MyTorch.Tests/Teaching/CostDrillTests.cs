using System.Globalization;
using MyTorch.Teaching;
using Kind = MyTorch.Teaching.CostDrillMistakeKind;

namespace MyTorch.Tests;

/// <summary>Drills about costs: what is asked, what is accepted, and which wrong answers are understood.</summary>
public sealed class CostDrillTests
{
    const int Seeds = 16;

    static IEnumerable<CostDrill> All(int level) => Enumerable.Range(0, Seeds).Select(seed => CostDrill.Create(seed, level));

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void TheFormulaGivesTheAnswerOfTheAccount(int level)
    {
        foreach (CostDrill drill in All(level))
            foreach (CostDrillQuestion question in drill.Questions)
            {
                string at = $"{question.Text}\n{drill.Network}";
                if (question.IsShape) Assert.That(question.Formula, Is.EqualTo(question.Answer), at);
                else Assert.That(Evaluate(question.Formula).ToString(CultureInfo.InvariantCulture), Is.EqualTo(question.Answer), at);
                Assert.That(question.Accepts(question.Answer), at);
                Assert.That(question.Explain(question.Answer), Is.Empty, at);
                Assert.That(question.Mistakes, Is.Not.Empty.And.All.Matches<CostDrillMistake>(mistake => !question.Accepts(mistake!.Answer)), at);
                Assert.That(question.Mistakes.Select(mistake => mistake.Explanation), Is.All.Matches<string>(text => text!.EndsWith('.')), at);
                Assert.That(question.Mistakes.Select(mistake => mistake.Explanation), Has.None.Contains($" {question.Answer} "), at);
                foreach (CostDrillMistake mistake in question.Mistakes)
                    Assert.That(question.Explain(mistake.Answer).Select(found => found.Kind), Does.Contain(mistake.Kind), at);
            }
    }

    // Sums of products, and a product of a sum in parentheses.
    static long Evaluate(string formula)
    {
        if (formula.StartsWith('('))
        {
            int end = formula.IndexOf(')', StringComparison.Ordinal);
            return Evaluate(formula[1..end]) * Evaluate(formula[(end + 2)..]);
        }
        return formula.Split(" + ").Sum(term => term.Split('·').Aggregate(1L, (product, factor) => product * long.Parse(factor, CultureInfo.InvariantCulture)));
    }

    [Test]
    public void EveryKindOfMistakeIsNamedInSomeDrill() =>
        Assert.That(
            Enumerable.Range(1, CostDrill.Levels).SelectMany(All).SelectMany(drill => drill.Questions).SelectMany(question => question.Mistakes).Select(mistake => mistake.Kind).Distinct(),
            Is.EquivalentTo(Enum.GetValues<Kind>()));

    [Test]
    public void TheUsualMistakesAreNamed()
    {
        CostDrill drill = CostDrill.Create(1);
        string[] lines = drill.Network.Split('\n');
        int[] Numbers(string line) => [.. line.Split(['(', ')', ','], StringSplitOptions.TrimEntries).Select(part => int.TryParse(part, CultureInfo.InvariantCulture, out int n) ? n : -1).Where(n => n > 0)];
        (int n, int a, int b) = (Numbers(lines[0])[0], Numbers(lines[0])[1], Numbers(lines[1])[1]);
        CostDrillQuestion Asked(string text) => drill.Questions.First(question => question.Text.EndsWith(text, StringComparison.Ordinal));
        Kind[] Kinds(string text, string answer) => [.. Asked(text).Explain(answer).Select(mistake => mistake.Kind)];

        Assert.That(Asked("parameters").Answer, Is.EqualTo($"{a * b + b}"));
        Assert.That(Kinds("parameters", $"{a * b}"), Does.Contain(Kind.BiasForgotten));
        Assert.That(Kinds("parameters", $"{a}*{b}+{a}"), Does.Contain(Kind.Transposed));
        Assert.That(Kinds("parameters", $"{n}*{a}*{b}+{n}*{b}"), Does.Contain(Kind.BatchCounted));
        Assert.That(Asked("shape of the weight").Accepts($"{b}x{a}"), Is.True);
        Assert.That(Kinds("shape of the weight", $"({a}, {b})"), Is.EqualTo(new[] { Kind.Transposed }));
        Assert.That(Kinds("multiply-adds forward", $"{n}*{n}*{a}*{b}"), Does.Contain(Kind.BatchCountedTwice));
        Assert.That(Kinds("multiply-adds forward", $"{a}*{b}"), Does.Contain(Kind.BatchForgotten));
        Assert.That(Kinds("bytes of the result", $"{n * b}"), Does.Contain(Kind.NumbersForBytes));
        Assert.That(Kinds("parameters", "987654"), Is.Empty);
    }

    [Test]
    public void AnAnswerMayBeWrittenInSeveralWays()
    {
        CostDrillQuestion number = new("n", false, [1280], "5·256", []), shape = new("s", true, [5, 4], "(5, 4)", []), vector = new("v", true, [5], "(5,)", []);
        foreach (string right in new[] { "1280", "1,280", " 1280 ", "5*256", "5·256", "1000+280", "5*200 + 5 * 56" }) Assert.That(number.Accepts(right), right);
        foreach (string wrong in new[] { "1281", "-1280", "", "five", "1280.0", "4294967296*4294967296*1280", "1280+", "*" }) Assert.That(number.Accepts(wrong), Is.False, wrong);
        foreach (string right in new[] { "(5, 4)", "5,4", "5x4", "5 4", "[5, 4]", "5×4" }) Assert.That(shape.Accepts(right), right);
        foreach (string wrong in new[] { "(4, 5)", "20", "(5, 4, 1)", "", "5*4", "(-5, 4)" }) Assert.That(shape.Accepts(wrong), Is.False, wrong);
        Assert.That(vector.Accepts("5") && vector.Accepts("(5,)"), Is.True);
        Assert.That((vector.Answer, shape.Answer, number.Answer), Is.EqualTo(("(5,)", "(5, 4)", "1280")));
        Assert.That((number.Understands("five"), number.Understands("7"), shape.Understands("a x b")), Is.EqualTo((false, true, false)));
    }

    [Test]
    public void TheSeedDecides()
    {
        static string Written(int seed, int level) =>
            string.Join('\n', CostDrill.Create(seed, level) is var drill ? [drill.Network, .. drill.Questions.Select(question => $"{question.Text} = {question.Formula} = {question.Answer}")] : []);
        Assert.That(Written(7, 2), Is.EqualTo(Written(7, 2)).And.Not.EqualTo(Written(8, 2)).And.Not.EqualTo(Written(7, 3)));
        Assert.That(Enumerable.Range(0, Seeds).Select(seed => Written(seed, 1)).Distinct().Count(), Is.GreaterThan(Seeds * 9 / 10));
        Assert.That(() => CostDrill.Create(1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("1, 2 and 3"));
    }

    [Test]
    public void NothingIsRecordedOnAScopeAround()
    {
        using var autograd = new Autograd();
        CostDrill.Create(3, 2);
        Assert.That(autograd.Operations, Is.Empty);
    }
}
