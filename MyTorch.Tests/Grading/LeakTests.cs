using MyTorch.Grader.Assignments;
using MyTorch.Grader.Handouts.Leaks;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>Nothing in a handout gives an answer away, and what is planted there is found, kind by kind.</summary>
[Category("Long")]
public sealed class LeakTests
{
    static readonly string s_homework = Path.Combine(HomeworkContent.Root, "samples", "Homework1");

    // The member to write, and what gives its answer away. Planted too, and not found, since the bound on two calls comes first:
    // Halves.Missing(Halves.LogShares(X), labels) for 5.1, new Confusion(X, labels).Pull(gradient) for 5.2.
    static readonly (string Member, string Expression)[] s_planted =
    [
        ("1.3 Divide.Backward", "Differences.Central(x => (new Divide(A, x).Apply() * gradient).Sum(), "),
        ("1.6 MatMul.Backward", "Halves.ProductRule(B, A, gradient)"),
        ("2.2 Autograd.Backward", "SecondEngine.Run(this, output, gradient)"),
        ("3.1 Sigmoid.Forward", "ElementwiseDispatch.Each(X, \"\", Rows.SoftStep)"),
        ("3.1 Sigmoid.Forward", "Rows.Logistic(X.Read<double>(), new double["),
        ("3.2 Sigmoid.Derivative", "this.Steepness"),
        ("3.2 Sigmoid.Derivative", "Differences.Push(this, [Tensor.OnesLike("),
        ("3.3 Tanh.Forward", "Halves.Hyperbolic(X)"),
        ("3.3 Tanh.Forward", "Rows.AddHyperbolic(new double["),
        ("3.4 Tanh.Derivative", "SquashSlope<double>"),
        ("5.1 SoftmaxCrossEntropy.Forward", "X.RowLossOf(labels)"),
        ("5.1 SoftmaxCrossEntropy.Forward", "Rows.LossesOf(X.ToArray(), labels.ToInt64Array(), X.Shape[1])"),
        ("5.2 SoftmaxCrossEntropy.Backward", "Differences.Central(x => (new SoftmaxCrossEntropy(x, labels).Apply() * gradient).Sum(), X)"),
        ("5.2 SoftmaxCrossEntropy.Backward", "Halves.Shares(X, "),
        ("5.2 SoftmaxCrossEntropy.Backward", "this.Excess()"),
        ("6.1 SGD.Update", "Halves.Descend(parameter, gradient, group, state)"),
    ];

    [TestCase("hw1"), TestCase("hw1p1")]
    public void NothingInTheHandoutGivesAnAnswerAway(string name)
    {
        LeakFindings[] all = [.. LeakProof.Run(AssignmentFolder.Load(Path.Combine(s_homework, name)))];
        Assert.That(all.SelectMany(LeakProof.Describe).Where(line => line.StartsWith("WRONG", StringComparison.Ordinal)), Is.Empty);
        Assert.That(all.Sum(found => found.Calls), Is.GreaterThan(1_000_000));
    }

    [Test]
    public void WhatIsPlantedIsFound()
    {
        SourceTree planted = SourceTree.Of([("MyTorch/Planted.cs",
            File.ReadAllText(Path.Combine(HomeworkContent.Root, "MyTorch.Tests", "Grading", "leaks", "Planted.cs")))]);
        var found = LeakProof.Run(AssignmentFolder.Load(Path.Combine(s_homework, "hw1")), planted: planted)
            .SelectMany(one => one.Leaks.Select(leak => (one.Member, leak.Expression))).ToList();
        Assert.Multiple(() =>
        {
            foreach ((string member, string expression) in s_planted)
                Assert.That(found.Where(one => one.Member == member).Select(one => one.Expression), Has.Some.Contains(expression), member);
        });
    }
}
