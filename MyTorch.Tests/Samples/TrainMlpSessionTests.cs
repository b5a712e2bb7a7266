using System.Globalization;
using MyTorch.Training;
using TrainMlp;

namespace MyTorch.Tests.Samples;

/// <summary>What the sample reaches with nothing but a file and a target named, and how a training may end.</summary>
[TestFixture]
public sealed class TrainMlpSessionTests
{
    static string Data(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "data", file);
            if (File.Exists(path)) return path;
        }

        throw new FileNotFoundException($"data/{file} is in no folder above {AppContext.BaseDirectory}.");
    }

    // Each seed draws its own split. The bars are what a plain network must reach on these sets; data/README.md of the project has them
    // too.
    [TestCase("digits.csv", "digit", "error", 0.967, 0.945)]
    [TestCase("iris.csv", "species", "error", 0.92, 0.83)]
    [TestCase("breast_cancer.csv", "diagnosis", "error", 0.96, 0.92)]
    [TestCase("penguins.csv", "species", "mean", 0.975, 0.94)]
    [TestCase("penguins.csv", "species", "drop", 0.975, 0.94)]
    [TestCase("diabetes.csv", "progression", "error", 0.38, 0.25)]
    [Category("Long")]
    public void DefaultsReachTheBarOnTheTestRows(string file, string target, string missing, double mean, double each)
    {
        var scores = new List<double>();
        foreach (int seed in Enumerable.Range(0, 5))
        {
            var result = Train("--data", Data(file), "--target", target, "--missing", missing, "--seed", seed.ToString(CultureInfo.InvariantCulture));
            Assert.That(result.Outcome, Is.EqualTo(Outcome.Completed));
            Assert.That(result.TestScore, Is.GreaterThanOrEqualTo(each), $"seed {seed}");
            Assert.That(result.Warnings, Is.Empty);
            scores.Add(result.TestScore);
        }

        Assert.That(scores.Average(), Is.GreaterThanOrEqualTo(mean));
    }

    [TestCase("iris.csv", "species", 0.83)]
    [TestCase("diabetes.csv", "progression", 0.25)]
    public void DefaultsChooseTheNumberOfEpochsByValidation(string file, string target, double bar)
    {
        var result = Train("--data", Data(file), "--target", target);
        RecipeTrial best = result.Choice!.Tried.Single(trial => ReferenceEquals(trial.Recipe, result.Choice.Recipe));

        Assert.That(best.Score, Is.EqualTo(result.Choice.Tried.Max(trial => trial.Score)));
        Assert.That(result.Choice.Tried, Has.Count.InRange(2, 6));
        Assert.That(result.Epochs, Is.EqualTo(best.Recipe.Epochs));
        Assert.That(result.TestScore, Is.GreaterThan(bar).And.GreaterThan(result.Baselines!.Constant));
        Assert.That(result.Interval!.Value.Low, Is.LessThan(result.TestScore));
        Assert.That(result.Interval!.Value.High, Is.GreaterThan(result.TestScore));
        Assert.That(result.Warnings, Is.Empty);
        Assert.That(Train("--data", Data(file), "--target", target, "--epochs", "3") is { Choice: null, Epochs: 3 }, Is.True);
    }

    [TestCase("relu")]
    [TestCase("tanh")]
    [TestCase("sigmoid")]
    [TestCase("gelu")]
    [TestCase("silu")]
    [TestCase("leakyrelu")]
    [TestCase("elu")]
    [TestCase("softplus")]
    [TestCase("identity")]
    public void EveryActivationLearnsIris(string activation) =>
        Assert.That(Train("--data", Data("iris.csv"), "--activation", activation, "--epochs", "60").TestScore, Is.GreaterThan(0.8));

    [Test]
    public void DoublePrecisionAndDeepAndLinearModelsLearn()
    {
        Assert.That(Train("--data", Data("iris.csv"), "--dtype", "float64", "--epochs", "60").TestScore, Is.GreaterThan(0.85));
        Assert.That(Train("--data", Data("iris.csv"), "--hidden", "16,8", "--epochs", "100").TestScore, Is.GreaterThan(0.85));
        Assert.That(Train("--data", Data("diabetes.csv"), "--hidden", "none", "--epochs", "60").TestScore, Is.GreaterThan(0.3));
    }

    [Test]
    public void TheTaskCanBeChosen()
    {
        Assert.That(Load("--data", Data("iris.csv"), "--task", "regression").Metric, Is.EqualTo("r2"));
        Assert.That(Load("--data", Data("diabetes.csv"), "--target", "sex", "--task", "classification").All.ClassCount, Is.EqualTo(2));
    }

    [Test]
    public void AskedToStopItEndsWithWhatWasReached()
    {
        using var stop = new CancellationTokenSource();
        var session = Load("--data", Data("iris.csv"), "--epochs", "50");
        var result = session.Train(new Watcher(p => { if (p.Epoch == 3 && p.Step == 2) stop.Cancel(); }), stop.Token);

        Assert.That((result.Outcome, result.Epochs), Is.EqualTo((Outcome.Interrupted, 2)));
        Assert.That(result.Advice, Is.EqualTo("Stopped after 2 of 50 epochs."));
        Assert.That(result.TestScore, Is.InRange(0.2, 1));
        Assert.That(result.Losses, Has.Count.EqualTo(3));
    }

    [Test]
    public void AskedToStopBeforeTheFirstStepItScoresTheUntrainedModel()
    {
        var result = Load("--data", Data("diabetes.csv")).Train(null, new CancellationToken(canceled: true));
        Assert.That((result.Outcome, result.Epochs), Is.EqualTo((Outcome.Interrupted, 0)));
        Assert.That(result.Advice, Does.Contain("not trained"));
        Assert.That(double.IsFinite(result.Loss) && double.IsFinite(result.TestScore), Is.True);
    }

    [Test]
    public void ALossThatIsNoNumberEndsTheTrainingAtOnceAndSaysSo()
    {
        var result = Train("--data", Data("diabetes.csv"), "--lr", "1e9", "--activation", "identity");
        Assert.That(result.Outcome, Is.EqualTo(Outcome.Diverged));
        Assert.That(result.Epochs, Is.LessThan(5));
        Assert.That(result.Advice, Does.Contain("diverged").And.Contain("epoch").And.Contain("smaller --lr").And.Contain("1000000000"));
    }

    [Test]
    public void ALossThatNeverMovesIsNoticed()
    {
        var result = Train("--data", Data("iris.csv"), "--lr", "1e-12", "--epochs", "3");
        Assert.That(result.Outcome, Is.EqualTo(Outcome.Stuck));
        Assert.That(result.Advice, Does.Contain("did not decrease").And.Contain("after 3 epochs").And.Contain("--lr"));
    }

    [Test]
    public void ANetworkOfDeadUnitsIsNoticed()
    {
        var result = Train("--data", Data("iris.csv"), "--lr", "20", "--epochs", "60");
        Assert.That(result.Outcome, Is.Not.EqualTo(Outcome.Completed));
        Assert.That(result.Advice, Does.Contain("smaller --lr").Or.Contain("another --lr"));
    }

    [Test]
    public void ANetworkTooLargeForMemoryIsRefused()
    {
        var error = Assert.Throws<UsageException>(() => Load("--data", Data("iris.csv"), "--hidden", "100000,100000"))!;
        Assert.That(error.Message, Does.Contain("--hidden 100000,100000").And.Contain("100,000,000"));
    }

    [TestCase("a b y\n1 2 0\n", "--delimiter")]
    [TestCase("1,2\n3,4\n", "--no-header")]
    [TestCase("a,y\n1,0\n,1\n", "--missing drop", "--missing mean")]
    [TestCase("a,y\n1,0\nNA,1\n3,1\n", "'NA' stands for a missing value", "--missing drop", "--missing mean")]
    [TestCase("a,y\n1,0\n-inf,1\n3,1\n", "--missing-marker -inf", "--missing drop or --missing mean.")]
    [TestCase("a,b,y\n1,5,0\nx,6,1\n3,5,1\n", "--text-columns a", "leave it out with --exclude a.")]
    [TestCase("a,y\n1,0\n2,1\n3,one\n", "--task classification.")]
    [TestCase("a,y\n1,0\n1e300,1\n3,1\n", "--dtype float64")]
    [TestCase("a,y\n1,2\n2,2\n", "Choose another target, or predict numbers with --task regression.")]
    [TestCase("a,y\n1,u\n2,u\n", "Choose another target.")]
    [TestCase("a,y\n\"1,234\",0\n\"5,678\",1\n", "--decimal .", "--decimal ,")]
    [TestCase("a,y\n1,2.5\n", "1 row(s) cannot be split")]
    [TestCase("a,y\n1,x\n2,z\n3,w\n", "each has another class of 'y'", "another --target")]
    public void ARefusalAdvisesWithTheCommandsOptions(string text, params string[] parts)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            var error = Assert.Throws<UsageException>(() => Load("--data", file, "--target", "y"))!;
            Assert.That(error.Message, Does.StartWith(file));
            foreach (string part in parts) Assert.That(error.Message, Does.Contain(part));
            foreach (string word in (string[])["CsvOptions", "MissingValues", "LearningTask", "TextColumns", "HasHeader", "DType", "Imputer", "Parameter"])
                Assert.That(error.Message, Does.Not.Contain(word));
        }
        finally
        {
            File.Delete(file);
        }
    }

    static TrainingSession Load(params string[] arguments)
    {
        TrainingSession? session = null;
        var error = new StringWriter();
        CommandLine.Run(arguments, settings => { session = TrainingSession.Load(settings); return 0; }, error);
        return session ?? throw new ArgumentException(error.ToString(), nameof(arguments));
    }

    static TrainingResult Train(params string[] arguments) => Load(arguments).Train(null, CancellationToken.None);

    sealed class Watcher(Action<TrainingProgress> watch) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => watch(value);
    }
}
