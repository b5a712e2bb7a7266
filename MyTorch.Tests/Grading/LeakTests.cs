using MyTorch.Grader.Assignments;
using MyTorch.Grader.Handouts.Leaks;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>Nothing in a handout gives an answer away, and what is planted there is found, kind by kind.</summary>
[Category("Long")]
public sealed class LeakTests
{
    static readonly string s_homework = Path.Combine(HomeworkContent.Root, "samples", "Homework1");

    // The questions that something is planted for.
    static readonly string[] s_questions = ["1.3", "1.6", "2.1", "2.2", "3.1", "3.2", "3.3", "3.4", "5.1", "5.2", "6.1"];

    // The member to write, and what gives its answer away.
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
        // Two calls: one after the other, a method of a new object, and its indexer, operator, conversion and Deconstruct.
        ("5.1 SoftmaxCrossEntropy.Forward", "Halves.Missing(Halves.LogShares(X), labels)"),
        ("5.2 SoftmaxCrossEntropy.Backward", "(new Confusion(X, labels)).Pull(gradient)"),
        ("5.1 SoftmaxCrossEntropy.Forward", "(new Classes(labels))[X]"),
        ("5.1 SoftmaxCrossEntropy.Forward", "(new Classes(labels)) * X"),
        ("5.1 SoftmaxCrossEntropy.Forward", "(Tensor)(new Losses(X, labels))"),
        ("5.1 SoftmaxCrossEntropy.Forward", "(new Losses(X, labels)).Deconstruct(out _, out _)"),
        ("3.3 Tanh.Forward", "(new HiddenSquash()).MyTorch.Operations.ISquash.Of(X)"),
        // Returned functions, by themselves and in a dictionary; static fields that hold a function and an object.
        ("3.1 Sigmoid.Forward", "Makers.Step()(X)"),
        ("5.1 SoftmaxCrossEntropy.Forward", "Makers.LossOf(labels)(X)"),
        ("3.3 Tanh.Forward", "Makers.Table.Values.ElementAt(0)(X)"),
        ("3.2 Sigmoid.Derivative", "Makers.Rule(Output)"),
        ("3.3 Tanh.Forward", "Makers.Kept.Of(X)"),
        // Generic methods and classes.
        ("3.3 Tanh.Forward", "Anything.Squashed<Tensor>(X)"),
        ("3.4 Tanh.Derivative", "Anything<Tensor>.Slope(Output)"),
        // Sign and transpose.
        ("5.1 SoftmaxCrossEntropy.Forward", "-Turned.LogLikelihood(X, labels)"),
        ("5.2 SoftmaxCrossEntropy.Backward", "Turned.Columns(X, labels, gradient).T"),
        ("5.2 SoftmaxCrossEntropy.Backward", "-Turned.Downwards(X, labels, gradient).T"),
        // What can be seen of a list only.
        ("2.1 Autograd.Record", "this.Store(operation)"),
        // Forward mode.
        ("1.3 Divide.Backward", "Dual.Ratio("),
        // Types within types, a struct without a constructor, parameters that may be left out or are many.
        ("3.4 Tanh.Derivative", "Outer.Inner.Slope(Output)"),
        ("3.4 Tanh.Derivative", "Tanh.Forgotten.Slope(Output)"),
        ("3.2 Sigmoid.Derivative", "default(Options).Slope(Output)"),
        ("3.2 Sigmoid.Derivative", "Options.Scaled(Output, default, default, default)"),
        ("5.1 SoftmaxCrossEntropy.Forward", "Options.OfAll([X, labels])"),
        ("5.1 SoftmaxCrossEntropy.Forward", "Options.OfMany([X, labels])"),
        // Other containers than a tensor, and an argument that is overwritten.
        ("3.1 Sigmoid.Forward", "Containers.Listed(X)"),
        ("3.1 Sigmoid.Forward", "Containers.Remembered(X)"),
        ("3.1 Sigmoid.Forward", "Containers.Paired(X).Item2"),
        ("3.1 Sigmoid.Forward", "Containers.TryStep(X, out _)"),
        ("3.1 Sigmoid.Forward", "Containers.Named(X).Values.ElementAt(0)"),
        ("3.1 Sigmoid.Forward", "Containers.Later(X).Value"),
        ("3.1 Sigmoid.Forward", "Containers.Promised(X).Result"),
        ("3.1 Sigmoid.Forward", "Containers.Yielded(X).ElementAt(1)"),
        ("3.1 Sigmoid.Forward", "Containers.Gridded(X)"),
        ("3.1 Sigmoid.Forward", "Containers.Overwrite(X)"),
    ];

    [TestCase("hw1", 1_000_000), TestCase("hw1p1", 1_000_000), TestCase("scalar", 100)]
    public void NothingInTheHandoutGivesAnAnswerAway(string name, long calls)
    {
        LeakFindings[] all = [.. LeakProof.Run(AssignmentFolder.Load(Path.Combine(s_homework, name)))];
        Assert.That(all.SelectMany(LeakProof.Describe).Where(line => line.StartsWith("WRONG", StringComparison.Ordinal)), Is.Empty);
        Assert.That(all.Sum(found => found.Calls), Is.GreaterThan(calls));
    }

    [Test]
    public void WhatIsPlantedIsFound()
    {
        SourceTree planted = SourceTree.Of([("MyTorch/Planted.cs",
            File.ReadAllText(Path.Combine(HomeworkContent.Root, "MyTorch.Tests", "Grading", "leaks", "Planted.cs")))]);
        var found = LeakProof.Run(AssignmentFolder.Load(Path.Combine(s_homework, "hw1")), s_questions, planted)
            .SelectMany(one => one.Leaks.Select(leak => (one.Member, leak.Expression))).ToList();
        Assert.Multiple(() =>
        {
            foreach ((string member, string expression) in s_planted)
                Assert.That(found.Where(one => one.Member == member).Select(one => one.Expression), Has.Some.Contains(expression), member);
        });
    }

    /// <summary>A member of three tensors, one of which is a result: of all its combinations the right one is far from the first.</summary>
    [Test]
    public void MoreEffortFindsWhatTheBoundsCutOff()
    {
        SourceTree planted = SourceTree.Of([("MyTorch/Planted.cs", """
            namespace MyTorch.Operations
            {
                static class Halves
                {
                    internal static Tensor Total(Tensor x)
                    {
                        Tensor most = x.AMax([1], true);
                        return ((x - most).Exp().Sum([1], true).Log() + most).Squeeze(1);
                    }

                    internal static Tensor Less(Tensor sum, Tensor x, Tensor labels) => sum - (x * labels.OneHot(x.Shape[1], x.DType)).Sum(1);
                }
            }
            """)]);
        LeakFindings found = LeakProof.Run(AssignmentFolder.Load(Path.Combine(s_homework, "hw1")), ["5.1"], planted, effort: 3).First();
        Assert.That(found.Leaks.Select(one => one.Expression), Is.EqualTo(new[] { "Halves.Less(Halves.Total(X), X, labels)" }));
    }

    [Test]
    public void WhatIsForbiddenIsNamedAndWhatReachesItIsFound()
    {
        SourceTree planted = SourceTree.Of([("MyTorch/Planted.cs", """
            namespace MyTorch
            {
                static class Shortcut
                {
                    internal static Tensor Step(Tensor x) => Operations.Listed.Step(x);
                }
            }

            namespace MyTorch.Operations
            {
                static class Listed
                {
                    internal static Tensor Step(Tensor x) => 1 / (1 + (-x).Exp());
                }
            }
            """)]);
        LeakFindings found = LeakProof.Run(AssignmentFolder.Load(Path.Combine(s_homework, "hw1p1")), ["2.1"], planted).First();
        Assert.Multiple(() =>
        {
            Assert.That(found.Leaks.Select(one => one.Expression), Is.EqualTo(new[] { "Shortcut.Step(a)" }));
            Assert.That(found.Forbidden.Select(one => one.Expression), Is.EqualTo(new[] { "Listed.Step(a)" }));
            Assert.That(LeakProof.Describe(found), Has.Some.Contains("what `forbidden` names gives the returned value as Listed.Step(a)"));
        });
    }

    [TestCase(1, 1, 1), TestCase(5, 1, 3), TestCase(7, 2, 9)]
    public void AllCombinationsComeAndThoseNearTheStartOfAllListsFirst(int first, int second, int third)
    {
        int[] later = [0, 2, 1];
        List<int[]> all = [.. Combinations.Of([first, second, third], later).Select(at => at.ToArray())];
        Assert.Multiple(() =>
        {
            Assert.That(all.Select(at => string.Join(' ', at)).Distinct().Count(), Is.EqualTo(first * second * third));
            Assert.That(all, Has.Count.EqualTo(first * second * third));
            Assert.That(all[0], Is.EqualTo(new[] { 0, 0, 0 }));
            Assert.That(all.Select(at => Combinations.LevelOf(at, later)), Is.Ordered);
        });
    }
}
