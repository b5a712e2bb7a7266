using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Grading;
using MyTorch.Probes;

namespace MyTorch.Tests.Grading;

/// <summary>Which known mistakes explain wrong answers: all of them, single results, two at once, and when nothing is said.</summary>
public sealed class DiagnosisTests
{
    static Returned Array(string name, params double[] values) => new(name, [values.Length], "Float64", values);

    static Returned Count(string name, double value) => new(name, [], "Float64", [value]);

    static readonly Returned[] s_right = [Array("dA", 1.25, 2.5, -3.75), Array("dB", 0.5, 1.5, 2.25), Count("gradients", 2)];

    // The right answers but for these.
    static Answer With(params Returned[] wrong) => new([.. s_right.Select(right => wrong.FirstOrDefault(one => one.Name == right.Name) ?? right)]);

    static UsualAnswer Usual(string mistake, params Returned[] wrong) => new([mistake], [With(wrong)]);

    static readonly UsualAnswer
        s_sign = Usual("sign of dA", Array("dA", -1.25, -2.5, 3.75)),
        s_mean = Usual("mean in dB", Array("dB", 0.25, 0.75, 1.125)),
        s_both = Usual("both turned", Array("dA", 2.25, 3.5, -4.75), Array("dB", 1.5, 2.5, 3.25)),
        s_three = Usual("three", Count("gradients", 3));

    static string Said(Answer got, params UsualAnswer[] usual) => Said(got, [usual]);

    static string Said(Answer got, IReadOnlyList<UsualAnswer>[] usual) => string.Join("; ",
        Diagnosis.Of([new AnsweredCase(new Answer(s_right), got, new Tolerance(1e-8, 1e-6))], usual)
            .Select(one => $"{string.Join(", ", one.Results)}: {string.Join(" or ", one.Mistakes)}{(one.Negative ? ", negative" : "")}"));

    [Test]
    public void WhatExplainsEverythingIsNamedAlone() =>
        Assert.That(Said(With(s_both.Answers[0].Returned.Take(2).ToArray()), s_sign, s_both), Is.EqualTo(": both turned"));

    [Test]
    public void EachWrongResultMayHaveItsOwnMistake() => Assert.That(
        Said(With(Array("dA", -1.25, -2.5, 3.75), Array("dB", 0.25, 0.75, 1.125), Count("gradients", 3)), s_both, s_sign, s_mean, s_three),
        Is.EqualTo("dA: sign of dA; dB: mean in dB; gradients: three"));

    [Test]
    public void AResultThatNoMistakeGivesStaysUnexplained() => Assert.That(
        Said(With(Array("dA", 7.1, 7.2, 7.3), Array("dB", 0.25, 0.75, 1.125)), s_sign, s_mean), Is.EqualTo("dB: mean in dB"));

    [Test]
    public void NothingIsSaidOfRightAnswers() => Assert.That(Said(With(), s_sign, s_mean, Usual("harmless")), Is.Empty);

    [Test]
    public void NearIsNotTheSame() => Assert.That(Said(With(Array("dA", -1.25, -2.5, 3.7501)), s_sign), Is.Empty);

    /// <summary>A count is met by many mistakes: it names one only where nothing else of that mistake is missing.</summary>
    [Test]
    public void ACountAloneIsNoEvidence()
    {
        UsualAnswer more = Usual("more", Count("gradients", 3), Array("dB", 9.5, 8.5, 7.25));
        Assert.That(Said(With(Count("gradients", 3), Array("dA", 7.1, 7.2, 7.3)), more), Is.Empty);
        Assert.That(Said(With(Count("gradients", 3), Array("dA", 7.1, 7.2, 7.3)), s_three), Is.EqualTo("gradients: three"));
    }

    /// <summary>A one-line rule holds two mistakes, of which one is often a sign. A wrong sign alone tells of nothing else.</summary>
    [Test]
    public void AMistakeIsKnownWithTheOtherSign()
    {
        Assert.That(Said(With(Array("dB", -0.25, -0.75, -1.125)), s_mean, s_sign), Is.EqualTo(": mean in dB, negative"));
        Assert.That(Said(With(Array("dA", -1.25, -2.5, 3.75), Array("dB", -0.25, -0.75, -1.125)), s_mean, s_sign),
            Is.EqualTo("dA: sign of dA; dB: mean in dB, negative"));
        UsualAnswer harmless = Usual("right in dB", Array("dA", 9.5, 8.5, 7.5));
        Assert.That(Said(With(Array("dB", -0.5, -1.5, -2.25)), harmless), Is.Empty);
        Assert.That(new Finding([], ["one"], Negative: true).Text(id => $"It is {id}."), Does.StartWith("It is one. ").And.EndsWith("the sign is wrong."));
    }

    /// <summary>Many ones where other numbers belong are not there by chance; zeros have too many causes.</summary>
    [Test]
    public void ManyOnesAreEvidence()
    {
        Returned Many(string name, double value) => Array(name, value, value, value, value);
        Answer right = new([Many("dA", 1.25), Many("dB", 0.5)]), got = new([Many("dA", 1), Many("dB", 3.5)]);
        IReadOnlyList<Finding> Of(double value) => Diagnosis.Of(
            [new AnsweredCase(right, got with { Returned = [Many("dA", value), got.Returned[1]] }, new Tolerance(1e-8, 1e-6))],
            [[new UsualAnswer(["constant"], [new Answer([Many("dA", value), Many("dB", 7.25)])])]]);
        Assert.That(Of(1).Single().Results, Is.EqualTo(new[] { "dA" }));
        Assert.That(Of(0), Is.Empty);
    }

    [Test]
    public void OfTwoThatGiveAResultTheOneThatMakesNothingElseWrongIsNamed() =>
        Assert.That(Said(With(Array("dA", 2.25, 3.5, -4.75), Array("dB", 8.1, 8.2, 8.3)), s_both, Usual("dA turned", Array("dA", 2.25, 3.5, -4.75))),
            Is.EqualTo("dA: dA turned"));

    /// <summary>Two mistakes that would make more wrong than is wrong were not made.</summary>
    [Test]
    public void APairMustShowEverywhere()
    {
        var pair = new UsualAnswer(["a", "b"], [With(Array("dA", 7.1, 7.2, 7.3), Array("dB", 9.1, 9.2, 9.3))]);
        Assert.That(Said(With(Array("dA", 7.1, 7.2, 7.3)), pair), Is.Empty);
        Assert.That(Said(With(Array("dA", 7.1, 7.2, 7.3), Array("dB", 9.1, 9.2, 9.3), Count("gradients", 3)), pair), Is.EqualTo("dA, dB: a; dA, dB: b"));
    }

    /// <summary>
    /// A weight that did not move is also what a step that moves nothing leaves; but then more would stand still. A mistake in a part of the
    /// code makes as much right as wrong.
    /// </summary>
    [Test]
    public void AMistakeThatWouldShowWhereMoreIsRightWasNotMade()
    {
        UsualAnswer nothingMoves = Usual("nothing moves", Array("dA", 7.1, 7.2, 7.3), Array("dB", 8.1, 8.2, 8.3), Count("gradients", 0));
        Assert.That(Said(With(Array("dA", 7.1, 7.2, 7.3)), nothingMoves), Is.Empty);
        Assert.That(Said(With(Array("dA", 7.1, 7.2, 7.3), Count("gradients", 5)), nothingMoves), Is.EqualTo("dA: nothing moves"));
        Assert.That(Said(With(Array("dA", 2.25, 3.5, -4.75)), s_both), Is.EqualTo(": both turned"));
    }

    [Test]
    public void AnExceptionIsNamedBesideAWrongResult()
    {
        Answer Threw(double first, string message) => new([Array("dA", first, 2, 3)], "System.ArgumentException", message);
        var usual = new UsualAnswer(["transposed"], [Threw(1.25, "(5, 4) x (3, 4)")]);
        string Of(Answer got) => string.Join("; ", Diagnosis.Of([new AnsweredCase(new Answer(s_right), got, new Tolerance(1e-8, 1e-6))], [[usual]])
            .Select(one => one.Text(id => id)));
        Assert.That(Of(Threw(7.1, "(5, 4) x (3, 4)")), Is.EqualTo("Why there is an exception: transposed"));
        Assert.That(Of(Threw(7.1, "(5, 4) x (4, 4)")), Is.Empty);
        Assert.That(Of(Threw(7.1, "x is null")), Is.Empty, "a message without numbers may come from anywhere");
    }

    /// <summary>A sum that kept its dimension is summed, and a row of ones is not just "different".</summary>
    [TestCase(new[] { 1, 3 }, new[] { 1.5, 2.5, 3.5 }, "its values are right, but not its shape")]
    [TestCase(new[] { 1, 3 }, new[] { 7.5, 2.5, 3.5 }, "it has the wrong shape")]
    [TestCase(new[] { 2, 3 }, new[] { 1.5, 2.5, 3.5, 1.5, 2.5, 3.5 }, "it is not summed over the batch")]
    [TestCase(new[] { 3 }, new[] { 1.0, 1, 1 }, "every element is 1")]
    public void ADifferenceIsOfAKind(int[] shape, double[] values, string kind)
    {
        Difference difference = Comparison.Compare(Array("db", 1.5, 2.5, 3.5), new Returned("db", shape, "Float64", values), new(1e-8, 1e-6))!;
        Assert.That((difference.Kind, difference.Remark), Is.EqualTo((kind, kind)));
    }

    [Test]
    public void OneResultStandsForThoseOfItsKind()
    {
        Answer right = new([Array("square dB", 1.5, 2.5), Array("dA", 3.5, 4.5), Array("dB", 5.5, 6.5), Array("dB of large logits", 7.5, 8.5)]);
        Answer Wrong(double a, params string[] names) => right with
        {
            Returned = [.. right.Returned.Select(one => names.Any(one.Name.Contains) ? one with { Values = [one.Values[0] * a, one.Values[1] + a] } : one)]
        };
        string Of(Answer got, params (string Mistake, Answer Answer)[] known) => string.Join("; ", Diagnosis.Of(
            [new AnsweredCase(right, got, new Tolerance(1e-8, 1e-6))], [[.. known.Select(one => new UsualAnswer([one.Mistake], [one.Answer]))]])
            .Select(one => one.Text(id => id)));
        Assert.That(Of(Wrong(3.25, "dA", "dB"), ("b", Wrong(3.25, "dB"))), Is.EqualTo("In dB: b"));
        Assert.That(Of(Wrong(3.25, "dA", "dB"), ("b", Wrong(3.25, "square"))), Is.EqualTo("In square dB: b"));
    }

    [Test]
    public void MistakesThatGiveTheSameValuesAreAllNamed()
    {
        UsualAnswer other = Usual("the upstream turned", Array("dA", -1.25, -2.5, 3.75));
        Answer got = With(Array("dA", -1.25, -2.5, 3.75));
        Assert.That(Said(got, s_sign, other), Is.EqualTo(": sign of dA or the upstream turned"));
        Assert.That(Said(got, [[s_sign], [other]]), Is.EqualTo(": sign of dA"), "the first group that explains it is enough");
        Assert.That(new Finding(["dA"], ["one", "two"]).Text(id => $"It is {id}."),
            Is.EqualTo("In dA: Each of these mistakes gives these values. (1) It is one. (2) It is two."));
        Assert.That(new Finding(["a", "b", "c", "d"], ["one"]).Text(id => id), Is.EqualTo("In a, b, c and 1 more: one"));
    }

    [Test]
    public void OfPairsWhatAllHaveInCommonIsSure()
    {
        Answer got = With(Array("dA", 4.1, 4.2, 4.3));
        UsualAnswer Pair(string a, string b) => new([a, b], [got]);
        Assert.That(Said(got, Pair("a", "b")), Is.EqualTo(": a; : b"));
        Assert.That(Said(got, Pair("a", "b"), Pair("a", "c")), Is.EqualTo(": a; : b or c"));
        Assert.That(Said(got, Pair("a", "b"), Pair("c", "d")), Is.Empty, "it could be any of four");
    }

    [Test]
    public void AnExceptionAloneMustBeTheSameToTheLetter()
    {
        var usual = new UsualAnswer(["bias"], [new Answer([], "System.NullReferenceException", "bias is null")]);
        Assert.That(Said(new Answer([], "System.NullReferenceException", "bias is null"), usual), Is.EqualTo(": bias"));
        Assert.That(Said(new Answer([], "System.NullReferenceException", "x is null"), usual), Is.Empty);
        Assert.That(Said(new Answer([], "System.FormatException", "bias is null"), usual), Is.Empty);
    }

    /// <summary>
    /// Two mistakes in one expression are often no code that anybody would write, and throw what another mistake throws: no pair is named
    /// without a wrong number.
    /// </summary>
    [TestCase("(2, 2) x (3, 2)"), TestCase("the condition is Float64")]
    public void AnExceptionAloneTellsOfNoPair(string message)
    {
        Answer threw = new([], "System.ArgumentException", message);
        var pair = new UsualAnswer(["a", "b"], [threw]);
        Assert.That(Said(threw, pair), Is.Empty);
        Assert.That(Said(threw, pair, new UsualAnswer(["c"], [threw])), Is.EqualTo(": c"));
        Answer wrongToo = threw with { Returned = [Array("dA", 7.1, 7.2, 7.3)] };
        Assert.That(Said(wrongToo, new UsualAnswer(["a", "b"], [wrongToo])), Is.EqualTo(": a; : b"));
    }

    [Test]
    public void AMistakeMustShowInEveryCase()
    {
        var tolerance = new Tolerance(1e-8, 1e-6);
        AnsweredCase first = new(new Answer(s_right), With(Array("dA", -1.25, -2.5, 3.75)), tolerance);
        AnsweredCase second = new(new Answer(s_right), With(Array("dA", 6.1, 6.2, 6.3)), tolerance);
        var usual = new UsualAnswer(["sign"], [s_sign.Answers[0], s_sign.Answers[0]]);
        Assert.That(Diagnosis.Of([first, first], [[usual]]), Has.Count.EqualTo(1));
        Assert.That(Diagnosis.Of([first, second], [[usual]]), Is.Empty);
    }

    [TestCase("[g * b, g * a]", "[b, g * a]", "[g * b, a]", "[b, a]")]
    [TestCase("[g * b, g * a]", "[b, g * a]", "[g * a, g * a]", "[a, g * a]", Description = "one in what the other leaves")]
    [TestCase("[g * b, g * a]", "[g + b, g * a]", "[g / b, g * a]", null, Description = "the same code")]
    [TestCase("[g * b, g * a]", "[b, a]", "[g * b, a]", "[b, a]", Description = "the same change, and one more")]
    [TestCase("[g * b, g * a]", "[g * b / n, g * a]", "[b, g * a]", "[(b) / n, g * a]", Description = "one around the other")]
    [TestCase("1 / (1 + f(-x))", "1 / (1 - f(-x))", "1 / (1 + f(x))", "1 / (1 - f(x))", Description = "another operator")]
    [TestCase("1 / (1 + f(-x))", "1 / f(-x)", "1 / (1 + f(x))", "1 / f(x)", Description = "a term left out")]
    [TestCase("g * (1 - y * y)", "1 - y * y", "g * (1 - y)", "1 - y", Description = "a factor left out")]
    [TestCase("{ x = f(a); }", "{ x = -f(a); }", "{ x = f(b) + 1; }", "{ x = -(f(b) + 1); }")]
    [TestCase("{ A(); B(); C(); }", "{ A(); C(); }", "{ A(); B(); C(2); }", "{ A(); C(2); }")]
    [TestCase("{ A(); B(); C(); }", "{ A(); C(); }", "{ A(); B(2); C(); }", null)]
    [TestCase("{ A(); B(); }", "{ Z(); A(); B(); }", "{ A(); B(); D(); }", "{ Z(); A(); B(); D(); }")]
    [TestCase("{ if (x) A(); B(); }", "{ if (!x) A(); B(); }", "{ if (x) A(2); B(); }", "{ if (!x) A(2); B(); }")]
    [TestCase("y * (1 - y)", "x * (1 - x)", "1 - y * y", "1 - (x) * (x)", Description = "one expression for another, everywhere")]
    [TestCase("y", "y.Exp()", "x * y", "x * (y.Exp())", Description = "one way of two")]
    [TestCase("y", "y.Exp()", "x * y", "(x * y).Exp()", Description = "the other way of two")]
    [TestCase("g * y * (1 - y)", "y * (1 - y)", "g * (1 - y * y)", "1.0 * (1 - y * y)", Description = "a factor left out of another product")]
    [TestCase("(a - b) / n", "a - b", "a / n", "a", Description = "what is in parentheses left out")]
    [TestCase("{ w -= r * v; }", "{ w += r * v; }", "{ w -= v; }", "{ w += v; }", Description = "another assignment")]
    [TestCase("{ A(); x = m * v + g; }", "{ A(); x = m * v - g; }", "{ B(); A(); x = v + g; }", "{ B(); A(); x = (v) - g; }", Description = "parts of one statement")]
    public void TwoChangesAreMergedWhereTheyDoNotTouch(string before, string one, string other, string? both)
    {
        static SyntaxNode Code(string text) => text.StartsWith('{') ? SyntaxFactory.ParseStatement(text) : SyntaxFactory.ParseExpression(text);
        string Same(string text) => Code(text).NormalizeWhitespace().ToString();
        foreach (IReadOnlyList<string> ways in new[] { SyntaxMerge.Merge(Code(before), Code(one), Code(other)), SyntaxMerge.Merge(Code(before), Code(other), Code(one)) })
            if (both is null) Assert.That(ways, Is.Empty);
            else Assert.That(ways.Select(Same), Does.Contain(Same(both)), "in either order");
    }
}
