using MyTorch.Data;

namespace MyTorch.Tests.Data;

/// <summary>Splits by group, by order and into folds: every row once, and nothing on both sides that must not be.</summary>
public class SplitTests
{
    // The value of the feature is the number of the row.
    static Dataset Rows(int rows, Func<int, long>? label = null)
    {
        Tensor inputs = Tensor.From([.. Enumerable.Range(0, rows).Select(i => (double)i)], [rows, 1], DType.Float32);
        return new Dataset(inputs, label is null ? inputs : Tensor.Indices([.. Enumerable.Range(0, rows).Select(label)]));
    }

    static int[] Numbers(Dataset data) => [.. data.Inputs.ToArray().Select(x => (int)x)];

    static void AssertEachRowOnce(Dataset all, params Dataset[] parts) =>
        Assert.That(parts.SelectMany(Numbers), Is.EquivalentTo(Enumerable.Range(0, all.Count)));

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public void AGroupIsNeverOnBothSides(int seed)
    {
        Dataset data = Rows(100);
        string[] groups = [.. Enumerable.Range(0, 100).Select(i => $"customer {i * i % 17}")];
        var (train, test) = data.SplitByGroup(groups, 0.7, seed);

        AssertEachRowOnce(data, train, test);
        Assert.That(Numbers(train).Select(i => groups[i]).Intersect(Numbers(test).Select(i => groups[i])), Is.Empty);
        Assert.That(train.Count, Is.InRange(58, 82), "to within one group of at most 12 rows");
        Assert.That(Numbers(data.SplitByGroup(groups, 0.7, seed).Test), Is.EqualTo(Numbers(test)));
    }

    [Test]
    public void EachSideGetsAGroup()
    {
        Dataset data = Rows(10);
        foreach (int seed in Enumerable.Range(0, 20))
            foreach (double fraction in new[] { 0.01, 0.5, 0.99 })
            {
                var (train, test) = data.SplitByGroup(["a", "a", "a", "a", "a", "a", "a", "a", "a", "b"], fraction, seed);
                Assert.That(new[] { train.Count, test.Count }.Order(), Is.EqualTo(new[] { 1, 9 }));
            }
    }

    [Test]
    public void TheLastRowsInOrderAreTheTest()
    {
        Dataset data = Rows(10);
        int[] days = [9, 8, 7, 6, 5, 4, 3, 2, 2, 2];
        var (train, test) = data.SplitByOrder(days, 0.8);
        Assert.That(Numbers(train), Is.EqualTo(new[] { 7, 8, 9, 6, 5, 4, 3, 2 }));
        Assert.That(Numbers(test), Is.EqualTo(new[] { 1, 0 }));

        // Rows of one day stay together.
        (train, test) = data.SplitByOrder(days, 0.2);
        Assert.That(Numbers(train), Is.EqualTo(new[] { 7, 8, 9 }));
        AssertEachRowOnce(data, train, test);
    }

    [Test]
    public void FoldsTestEachRowOnceAndHaveTheClassesInProportion()
    {
        Dataset data = Rows(53, i => i < 30 ? 0 : i < 47 ? 1 : 2);
        var folds = data.Folds(5, seed: 3);

        AssertEachRowOnce(data, [.. folds.Select(fold => fold.Test)]);
        foreach (var (train, test) in folds)
        {
            AssertEachRowOnce(data, train, test);
            Assert.That(test.Count, Is.InRange(10, 11));
            int[] counts = [.. Enumerable.Range(0, 3).Select(c => test.Labels.ToInt64Array().Count(label => label == c))];
            Assert.That(counts[0], Is.EqualTo(6));
            Assert.That(counts[1], Is.InRange(3, 4));
            Assert.That(counts[2], Is.InRange(1, 2));
        }
        Assert.That(Numbers(data.Folds(5, seed: 4)[0].Test), Is.Not.EqualTo(Numbers(folds[0].Test)));
    }

    [Test]
    public void FoldsByGroupKeepGroupsWhole()
    {
        Dataset data = Rows(60);
        string[] groups = [.. Enumerable.Range(0, 60).Select(i => $"{i % 11}")];
        var folds = data.Folds(4, groups: groups);

        AssertEachRowOnce(data, [.. folds.Select(fold => fold.Test)]);
        foreach (var (train, test) in folds)
            Assert.That(Numbers(train).Select(i => groups[i]).Intersect(Numbers(test).Select(i => groups[i])), Is.Empty);
        Assert.That(folds.Select(fold => fold.Test.Count), Is.All.InRange(10, 18));
    }

    [Test]
    public void WhatCannotBeSplitIsAnError()
    {
        Dataset data = Rows(4);
        Assert.That(() => data.SplitByGroup(["a", "b"]), Throws.ArgumentException.With.Message.Contains("2 group(s) for 4 rows"));
        Assert.That(() => data.SplitByGroup(["a", "a", "a", "a"]), Throws.InvalidOperationException.With.Message.Contains("of the group 'a'"));
        Assert.That(() => data.SplitByGroup(["a", "a", "b", "a"], 1.5), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("1.5"));
        Assert.That(() => data.SplitByOrder([1, 1, 1, 1]), Throws.InvalidOperationException.With.Message.Contains("the same key"));
        Assert.That(() => data.Folds(1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("at least 2"));
        Assert.That(() => data.Folds(5), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("use at most 4"));
        Assert.That(() => data.Folds(3, groups: ["a", "a", "b", "b"]), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("use at most 2"));
    }
}
