using MyTorch.Data;
using MyTorch.Teaching;

namespace MyTorch.Tests;

/// <summary>Where a training is going, and how good the network is.</summary>
public class NetworkCourseTests
{
    static NetworkCourse Course(NetworkSettings settings, int steps, int every = 20)
    {
        var course = new NetworkCourse(new NetworkRun(settings));
        for (int i = 1; i <= steps; i++)
        {
            course.Run.Step();
            if (i % every == 0) course.Look();
        }
        return course;
    }

    [TestCase(0.03, 400, CourseTrend.Learns, "has fallen from")]
    [TestCase(3e-7, 400, CourseTrend.Stands, "hardly moves")]
    [TestCase(30, 100, CourseTrend.Grows, "may be too large")]
    [TestCase(0.03, 0, CourseTrend.Begins, "after 0 steps")]
    public void TheTrendFollowsTheTrainingLoss(double rate, int steps, CourseTrend trend, string words)
    {
        NetworkCourse course = Course(new NetworkSettings { LearningRate = rate }, steps);
        Assert.That(course.Trend, Is.EqualTo(trend), course.Explain());
        Assert.That(course.Explain(), Does.Contain(words));
    }

    [Test]
    public void EachPointHasTheLossesOfAllRows()
    {
        NetworkCourse course = Course(new NetworkSettings { Seed = 2 }, 100);
        var run = new NetworkRun(new NetworkSettings { Seed = 2 });
        Assert.That(course.Points.Select(point => point.Step), Is.EqualTo(new[] { 0, 20, 40, 60, 80, 100 }));
        foreach (CoursePoint point in course.Points)
        {
            int before = run.StepCount;
            while (run.StepCount < point.Step) run.Step();
            Assert.That((point.Train, point.Test), Is.EqualTo((run.Score(run.Train), run.Score(run.Test))));
            Assert.That(point.Batches, Is.EqualTo(point.Step == 0 ? (double?)null : run.Losses.Skip(before).Average()));
        }
    }

    [Test]
    public void ARisingTestLossIsLearningByHeart()
    {
        // Far more weights than the few noisy rows tell anything about.
        NetworkCourse course = Course(new NetworkSettings { Points = 40, Noise = 0.6, Data = NetworkData.Moons, LearningRate = 0.1, Layers = [new(32), new(32)] }, 1500);
        Assert.That(course.Trend, Is.EqualTo(CourseTrend.Overfits), course.Explain());
        Assert.That(course.LowestTest.Test.Loss, Is.EqualTo(course.Points.Min(point => point.Test.Loss)));
        Assert.That(course.Explain(), Does.Contain($"at step {course.LowestTest.Step}").And.Contain("by heart"));
    }

    [Test]
    public void GoingBackForgetsWhatCameLater()
    {
        NetworkCourse course = Course(new NetworkSettings(), 200);
        CoursePoint at100 = course.Points.Single(point => point.Step == 100);
        course.Run.Restore(96);
        Assert.That(course.Look().Step, Is.EqualTo(96));
        Assert.That(course.Points.Select(point => point.Step), Is.EqualTo(new[] { 0, 20, 40, 60, 80, 96 }));
        while (course.Run.StepCount < 100) course.Run.Step();
        Assert.That(course.Look() with { Batches = null }, Is.EqualTo(at100 with { Batches = null }));
        Assert.That(course.LowestTest.Step, Is.LessThanOrEqualTo(100));
    }

    [Test]
    public void ManyPointsAreThinnedButNotTheEnds()
    {
        NetworkCourse course = Course(new NetworkSettings { Points = 20, Layers = [new(2)] }, 1000, every: 1);
        Assert.That(course.Points, Has.Count.LessThanOrEqualTo(NetworkCourse.MostPoints + 1));
        Assert.That((course.First.Step, course.Last.Step), Is.EqualTo((0, 1000)));
        Assert.That(course.Points.Select(point => point.Step), Is.Ordered.Ascending.And.Unique);
    }

    [TestCase(NetworkData.Spirals)]
    [TestCase(NetworkData.ThreeSpirals)]
    public void AVerdictCountsRows(NetworkData data)
    {
        var run = new NetworkRun(new NetworkSettings { Data = data, Points = 150 });
        for (int i = 0; i < 300; i++) run.Step();
        NetworkVerdict verdict = NetworkVerdict.Of(run);
        NetworkScore train = run.Score(run.Train), test = run.Score(run.Test);
        Assert.That(verdict.TrainRight / (double)verdict.TrainRows, Is.EqualTo(train.Accuracy));
        Assert.That(verdict.TestRight / (double)verdict.TestRows, Is.EqualTo(test.Accuracy));
        Assert.That(verdict.TestConfusion().Cast<int>().Sum(), Is.EqualTo(run.Test.Count));
        Assert.That(verdict.Explain(), Does.Contain($"{verdict.TestRight} of {run.Test.Count} rows").And.Contain("say little"));
        Assert.That(verdict.Baseline, Is.EqualTo(run.Test.Labels.ToInt64Array().Count(label => label == verdict.MostFrequent)));
    }

    [Test]
    public void WhereOutputsAreNaNAVerdictSaysSo([Values(NetworkData.Circles, NetworkData.Sine)] NetworkData data)
    {
        var run = new NetworkRun(new NetworkSettings { Data = data, Points = 100, WeightDecay = 1e9 });
        for (int i = 0; i < 100; i++) run.Step();
        Assert.That(run.Stop, Does.Contain("The weight decay is too large").And.Not.Contain("learning rate"));
        NetworkVerdict verdict = NetworkVerdict.Of(run);
        Assert.That(verdict.Explain(), Does.Contain("NaN"));
        if (data == NetworkData.Sine) return;
        Assert.That((verdict.TestUnanswered, verdict.TrainUnanswered, verdict.TestRight), Is.EqualTo((run.Test.Count, run.Train.Count, 0)));
        Assert.That(verdict.TestConfusion().Cast<int>().Sum(), Is.Zero);
    }

    [Test]
    public void AVerdictSaysHowManyRowsWereCounted()
    {
        var run = new NetworkRun(new NetworkSettings { Points = 100 });
        Assert.That(NetworkVerdict.Of(run, mostRows: 15).Explain(), Does.EndWith("Of more than 15 rows the first 15 are counted."));
        Assert.That(NetworkVerdict.Of(run).Explain(), Does.Not.Contain("are counted"));
    }

    [Test]
    public void AnErrorIsInTheUnitOfTheData([Values] bool standardize)
    {
        double[] x = [.. Enumerable.Range(0, 60).Select(i => i / 10.0)], y = [.. x.Select(one => 1000 * one + 5000)];
        var rows = new Dataset(Tensor.From(x, [60, 1], DType.Float64), Tensor.From(y, [60, 1], DType.Float64), ["area"], targetNames: ["price"]);
        var run = new NetworkRun(new NetworkSettings { Data = NetworkData.Own, File = "a.csv", Target = "price", Points = 60, Layers = [], Standardize = standardize }, rows);
        NetworkVerdict verdict = NetworkVerdict.Of(run);
        Tensor outputs = run.Model.Forward(run.Test.Inputs);
        double expected = Enumerable.Range(0, run.Test.Count).Average(i =>
            Math.Abs((standardize ? run.Standardizer!.InverseTargets(outputs) : outputs).Item(i, 0) - run.RawTest.Targets.Item(i, 0)));
        Assert.That(verdict.TestError, Is.EqualTo(expected).Within(1e-9 * expected));
        Assert.That(verdict.Explain(), Does.Contain("price").And.Contain("off by"));
        Assert.That(verdict.TestConfusion, Throws.InvalidOperationException);
    }
}
