using System.Globalization;
using MyTorch.Data;
using TrainMlp;

namespace MyTorch.Tests.Samples;

/// <summary>Which rows are test rows: by file, by the order of a column, by group; and what is said of a random split.</summary>
[TestFixture]
public sealed class TrainMlpSplitTests
{
    string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("splits").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    // 60 visits of 12 customers on 60 days, the latest first; v is the number of the day.
    string Visits(int rows = 60) => Write("day,customer_id,v,x,y\n" + string.Concat(Enumerable.Range(0, rows).Select(i => string.Create(CultureInfo.InvariantCulture,
        $"{new DateTime(2024, 3, 1).AddDays(-i):yyyy-MM-dd},{100 + i * 7 % 12},{500 - i},{Math.Sin(i):F4},{(Math.Sin(i) + 0.3 * Math.Cos(3 * i) > 0 ? "yes" : "no")}\n"))));

    string Write(string text)
    {
        string file = Path.Combine(_folder, Path.GetRandomFileName() + ".csv");
        File.WriteAllText(file, text);
        return file;
    }

    static TrainingSession Load(params string[] arguments)
    {
        TrainingSession? session = null;
        var error = new StringWriter();
        CommandLine.Run(arguments, settings => { session = TrainingSession.Load(settings); return 0; }, error);
        return session ?? throw new ArgumentException(error.ToString(), nameof(arguments));
    }

    static double[] Column(Dataset data, string feature) => data.Inputs[.., data.FeatureNames.ToList().IndexOf(feature)].ToArray();

    [TestCase("v")]
    [TestCase("day")]
    public void TheLastRowsByAColumnAreTheTest(string column)
    {
        TrainingSession session = Load("--data", Visits(), "--target", "y", "--split-by", column);
        Assert.That(session.RawTest.Count, Is.EqualTo(12));
        Assert.That(Column(session.RawTest, "v").Min(), Is.GreaterThan(Column(session.RawTrain, "v").Max()));
        Assert.That(Splits.Describe(session.Settings), Is.EqualTo($"the last by {column} are the test"));
    }

    [Test]
    public void AGroupIsOnOneSide()
    {
        TrainingSession session = Load("--data", Visits(), "--target", "y", "--group", "customer_id", "--exclude", "customer_id");
        Assert.That(session.RawTrain.Kept["customer_id"].Intersect(session.RawTest.Kept["customer_id"]), Is.Empty);
        Assert.That(session.RawTrain.Count + session.RawTest.Count, Is.EqualTo(60));
        Assert.That(session.All.FeatureNames, Does.Not.Contain("customer_id"));
    }

    [Test]
    public void ATestFileIsTheTest()
    {
        TrainingSession session = Load("--data", Visits(), "--target", "y", "--test", Visits(17));
        Assert.That((session.TrainRows.Count, session.TestRows.Count), Is.EqualTo((60, 17)));
        Assert.That(() => Load("--data", Visits(), "--target", "y", "--test", "nowhere.csv"), Throws.InstanceOf<UsageException>().With.Message.Contains("nowhere.csv"));
        Assert.That(() => Load("--data", Visits(), "--target", "y", "--test", Visits(), "--split-by", "v"), Throws.InstanceOf<UsageException>().With.Message.Contains("give one of them"));
    }

    [Test]
    public void KeptTextsAreThoseOfTheKeptRows()
    {
        string file = Write("a,who,y\n1,p,0\n,q,1\n3,r,0\n4,s,1\n");
        Dataset data = CsvDataset.Load(file, "y", new CsvOptions { Keep = ["who"], Exclude = ["who"], Missing = MissingValues.Drop });
        Assert.That(data.Kept["who"], Is.EqualTo(new[] { "p", "r", "s" }));
        Assert.That(data.Select(2, 0).Kept["who"], Is.EqualTo(new[] { "s", "p" }));
    }

    [Test]
    public void DatesAndRepeatedIdsUnderARandomSplitEarnAWarning()
    {
        TrainingSession random = Load("--data", Visits(), "--target", "y"), ordered = Load("--data", Visits(), "--target", "y", "--split-by", "day");
        string[] warnings = [.. Splits.Warnings(random.All, random.Settings)];
        Assert.That(warnings, Has.Length.EqualTo(2));
        Assert.That(warnings[0], Does.Contain("'day' has dates").And.Contain("--split-by day"));
        Assert.That(warnings[1], Does.Contain("'customer_id' looks like an id").And.Contain("--group customer_id"));
        Assert.That(Splits.Warnings(ordered.All, ordered.Settings), Is.Empty);

        TrainingSession spaced = Load("--data", Write(File.ReadAllText(Visits()).Replace("day", "the day", StringComparison.Ordinal)), "--target", "y");
        Assert.That(Splits.Warnings(spaced.All, spaced.Settings).First(), Does.EndWith("--split-by \"the day\"."));
    }

    [Test]
    public void CrossValidationAndCheckupPrintTables()
    {
        TrainingSession session = Load("--data", Visits(), "--target", "y", "--kfold", "3", "--epochs", "5");
        var output = new StringWriter();
        Assert.That(FoldsReport.CrossValidate(session, session.Settings, new PlainScreen(output), TextWriter.Null, CancellationToken.None), Is.Zero);
        Assert.That(output.ToString(), Does.Contain("fold").And.Contain("mean").And.Contain("deviation").And.Contain("linear"));

        var lines = new List<string>();
        Assert.That(FoldsReport.Check(session, lines.Add, CancellationToken.None), Is.True, string.Join('\n', lines));
        Assert.That(lines, Has.Count.GreaterThan(9));
    }

    [Test]
    public void ClassWeightsAndEarlyStoppingReachTheTrainer()
    {
        TrainingSession session = Load("--data", Visits(), "--target", "y", "--class-weights", "balanced", "--patience", "4", "--validation", "0.25");
        var options = session.Options(session.Recipe);
        Assert.That((options.BalanceClasses, options.Patience, options.ValidationShare), Is.EqualTo((true, 4, 0.25)));
        TrainingResult result = session.Train(null, CancellationToken.None);
        Assert.That(result.Training!.Reason, Is.EqualTo(MyTorch.Training.StopReason.Early).Or.EqualTo(MyTorch.Training.StopReason.Finished));
        Assert.That(result.ValidationLosses, Has.Count.EqualTo(result.Epochs + 1));
    }
}
