using System.Globalization;
using MyTorch.Data;
using TrainMlp;

namespace MyTorch.Tests.Samples;

/// <summary>Which rows are test rows: by file, by the order of a column, by group; and what is said of a random split.</summary>
[TestFixture]
public sealed class TrainMlpSplitTests : TestsWithFolder
{
    // 60 visits of 12 customers on 60 days, the latest first; v is the number of the day.
    string Visits(int rows = 60) => Write("day,customer_id,v,x,y\n" + string.Concat(Enumerable.Range(0, rows).Select(i => string.Create(CultureInfo.InvariantCulture,
        $"{new DateTime(2024, 3, 1).AddDays(-i):yyyy-MM-dd},{100 + i * 7 % 12},{500 - i},{Math.Sin(i):F4},{(Math.Sin(i) + 0.3 * Math.Cos(3 * i) > 0 ? "yes" : "no")}\n"))));

    string Write(string text)
    {
        string file = Path.Combine(Folder, Path.GetRandomFileName() + ".csv");
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

    // Read as predict reads new rows: by name, in the training file's terms.
    [Test]
    public void ATestFileIsReadByTheTrainingFile()
    {
        string train = Write("x,day,colour,id,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"{i}.5,{new DateTime(2024, 1, 1).AddDays(i):dd.MM.yyyy},{(i % 3 == 0 ? "red" : "blue")},{i},{(i % 2 == 0 ? "yes" : "no")}\n"))));
        string test = Write("y;colour;extra;day;x\nyes;red;1;31.12.2024;\"1,5\"\nno;green;2;01.02.2024;2\nmaybe;red;3;01.02.2024;2\n");
        TrainingSession session = Load("--data", train, "--target", "y", "--exclude", "id", "--test", test);
        Assert.That(session.RawTest.FeatureNames, Is.EqualTo(session.RawTrain.FeatureNames));
        Assert.That(Column(session.RawTest, "x"), Is.EqualTo(new[] { 1.5, 2 }), "a decimal comma, and no class that is not known");
        Assert.That(Column(session.RawTest, "colour=red"), Is.EqualTo(new[] { 1.0, 0 }));
        Assert.That(Column(session.RawTest, "colour=blue"), Is.EqualTo(new[] { 0.0, 0 }), "a new category has 0 in all columns");
        Assert.That(session.TestNotes.Select(note => note.Problem), Is.SupersetOf(new[] { CsvProblem.ExtraColumn, CsvProblem.UnknownCategory }));

        string gap = Write("x,day,colour,y\n,01.02.2024,red,yes\n3,01.02.2024,red,no\n");
        Assert.That(() => Load("--data", train, "--target", "y", "--exclude", "id", "--test", gap),
            Throws.TypeOf<UsageException>().With.Message.Contains("1 of 2 test rows have a missing value, first in 'x'").And.Message.Contains("--missing drop"));
        Assert.That(Load("--data", train, "--target", "y", "--exclude", "id", "--test", gap, "--missing", "drop").RawTest.Count, Is.EqualTo(1));
        Assert.That(Column(Load("--data", train, "--target", "y", "--exclude", "id", "--test", gap, "--missing", "mean").RawTest, "x")[0], Is.EqualTo(20));
        string without = Write("x,day,y\n3,01.02.2024,no\n");
        Assert.That(() => Load("--data", train, "--target", "y", "--exclude", "id", "--test", without), Throws.TypeOf<UsageException>().With.Message.Contains("no column 'colour'"));
    }

    // What is printed is what evaluate prints for the saved model.
    [Test]
    public void TheScoreOfATestFileIsThatOfTheSavedModel()
    {
        TrainingSession session = Load("--data", Visits(), "--target", "y", "--test", Visits(23), "--epochs", "5");
        TrainingResult result = session.Train(null, CancellationToken.None);
        string model = InFolder("model.safetensors");
        ModelCommands.Save(model, session, result);
        var pipeline = MyTorch.Training.Pipeline.Load(model);
        Assert.That(Metrics.Accuracy(pipeline.Model, pipeline.Prepare(pipeline.ReadKnown(session.Settings.TestPath!))), Is.EqualTo(result.TestScore));
        Assert.That(pipeline.Prepare(pipeline.ReadKnown(session.Settings.TestPath!)).Inputs.ToArray(), Is.EqualTo(session.TestRows.Inputs.ToArray()));
    }

    [TestCase("{0:d.M.yyyy}")]
    [TestCase("{0:dd MMM yyyy}")]
    [TestCase("{0:yyyy-MM-dd HH:mm}")]
    [TestCase("{0:MM/dd/yyyy}")]
    [TestCase("{0:MMMM d, yyyy}")]
    [TestCase("{1},5")]
    [TestCase("$1,{1}.50")]
    [TestCase("{1} %")]
    public void AnExcludedColumnOfAnyKnownFormDivides(string form)
    {
        string file = Write("when;x;y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"{string.Format(CultureInfo.InvariantCulture, form, new DateTime(2024, 3, 28).AddDays(-i), 500 - i)};{i};{(i % 3 == 0 ? "a" : "b")}\n"))));
        TrainingSession session = Load("--data", file, "--target", "y", "--split-by", "when", "--exclude", "when", "--delimiter", ";");
        Assert.That(Column(session.RawTest, "x").Max(), Is.LessThan(Column(session.RawTrain, "x").Min()));
    }

    [Test]
    public void AnOrderThatIsNotClearIsAnError()
    {
        string Days(Func<int, string> when) => Write("when;x;y\n" + string.Concat(Enumerable.Range(1, 12).Select(i => $"{when(i)};{i};{(i % 3 == 0 ? "a" : "b")}\n")));
        void Refused(string file, string message, params string[] more) => Assert.That(
            () => Load(["--data", file, "--target", "y", "--split-by", "when", "--exclude", "when", "--delimiter", ";", .. more]), Throws.TypeOf<UsageException>().With.Message.Contains(message));
        string ambiguous = Days(i => $"{i}/{13 - i}/2024");
        Refused(ambiguous, "--date-order day-first or --date-order month-first");
        Assert.That(Load("--data", ambiguous, "--target", "y", "--split-by", "when", "--exclude", "when", "--delimiter", ";", "--date-order", "day-first").RawTest.Count, Is.EqualTo(2));
        Refused(Days(i => $"1,{100 + i}"), "--decimal . or --decimal ,");
        Refused(Days(i => i == 7 ? "soon" : $"2024-01-{i:00}"), "'soon'");
        Refused(Days(i => i == 7 ? "" : $"2024-01-{i:00}"), "1 of 12 fields are empty");
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
