using System.Globalization;
using MyTorch.Data;
using MyTorch.Training;
using Spectre.Console;
using TrainMlp;

namespace MyTorch.Tests.Samples;

/// <summary>The parts of the sample that need no process: its options, defaults, drawings and screens.</summary>
[TestFixture]
public sealed class TrainMlpPartsTests
{
    [TestCase("--lr takes a number greater than 0, not \"0\".", "--lr", "0")]
    [TestCase("--lr takes a number greater than 0, not \"1,5\".", "--lr", "1,5")]
    [TestCase("--lr takes a number greater than 0, not \"NaN\".", "--lr=NaN")]
    [TestCase("--momentum takes a number from 0 up to, but not including, 1, not \"1\".", "--momentum", "1")]
    [TestCase("--weight-decay takes a number of at least 0, not \"-1\".", "--weight-decay", "-1")]
    [TestCase("--epochs takes a whole number from 1 to 1000000, not \"1.5\".", "--epochs", "1.5")]
    [TestCase("--batch takes a whole number of at least 1, not \"0\".", "--batch", "0")]
    [TestCase("--seed takes a whole number from -2147483648 to 2147483647, not \"today\".", "--seed", "today")]
    [TestCase("--test-fraction takes a number between 0 and 1, both excluded, not \"1\".", "--test-fraction", "1")]
    [TestCase("--hidden takes layer sizes from 1 to 100000 separated by commas, or none, not \"64,,32\".", "--hidden", "64,,32")]
    [TestCase("--hidden takes layer sizes from 1 to 100000 separated by commas, or none, not \"-3\".", "--hidden", "-3")]
    [TestCase("--task takes one of auto, classification, regression, not \"guess\".", "--task", "guess")]
    [TestCase("--dtype takes one of float32, float64, not \"int\".", "--dtype", "int")]
    [TestCase("--missing takes one of error, drop, mean, not \"skip\".", "--missing", "skip")]
    [TestCase("--delimiter takes one ASCII character, or tab, not \"→\".", "--delimiter", "→")]
    [TestCase("--decimal takes . or , (or point or comma), not \";\".", "--decimal", ";")]
    [TestCase("--encoding takes the name of an encoding, such as utf-8, windows-1252 or utf-16, not \"klingon\".", "--encoding", "klingon")]
    [TestCase("--skip-lines takes a whole number of at least 0, not \"-1\".", "--skip-lines", "-1")]
    [TestCase("--date-order takes day-first or month-first, not \"3\".", "--date-order", "3")]
    [TestCase("--target takes a name, not \"\".", "--target", "")]
    [TestCase("Required argument missing for option: '--lr'.", "--lr")]
    [TestCase("Unrecognized command or argument '--learn'; --help lists the options.", "--learn")]
    [TestCase("Option '--lr' expects a single argument but 2 were provided.", "--lr", "1", "--lr", "2")]
    public void BadOptionsAreOneSentenceAndExitCodeTwo(string sentence, params string[] arguments)
    {
        var error = new StringWriter();
        bool ran = false;
        int code = CommandLine.Run(arguments, _ => { ran = true; return 0; }, error);

        Assert.That(code, Is.EqualTo(2));
        Assert.That(ran, Is.False);
        Assert.That(error.ToString(), Is.EqualTo(sentence + Environment.NewLine));
    }

    [Test]
    [SetCulture("de-DE")]
    public void OptionsBecomeSettings()
    {
        Settings? settings = null;
        int code = CommandLine.Run(
            ["--data", "a.csv", "--target", "@y", "--exclude", "id", "name", "--task", "Regression", "--hidden", "64,32", "--activation", "gelu", "--epochs", "7",
             "--batch", "8", "--lr", "0.5", "--momentum", "0.25", "--weight-decay", "1e-3", "--seed", "-9", "--test-fraction", "0.3", "--dtype", "float64",
             "--missing", "mean", "--plain", "--json", "--delimiter", "tab", "--decimal", ",", "--encoding", "latin1", "--no-header", "--skip-lines", "2", "--comment", "#", "--features", "a", "b",
             "--text-columns", "zip", "--number-columns", "n", "--date-columns", "d", "--date-order", "day-first", "--missing-marker", "-999", "unknown", "--max-categories", "300"],
            s => { settings = s; return 5; }, TextWriter.Null);

        Assert.That(code, Is.EqualTo(5));
        Assert.That(settings!.Exclude, Is.EqualTo(new[] { "id", "name" }));
        Assert.That(settings.Hidden, Is.EqualTo(new[] { 64, 32 }));
        CsvOptions reading = settings.Reading;
        Assert.That((reading.Delimiter, reading.Decimal, reading.Encoding, reading.HasHeader, reading.SkipLines, reading.CommentPrefix, reading.DateOrder, reading.MaxCategories),
            Is.EqualTo(('\t', ',', "latin1", false, 2, '#', DateOrder.DayFirst, 300)));
        Assert.That(new[] { reading.Features!, reading.TextColumns, reading.NumberColumns, reading.DateColumns, reading.MissingMarkers }.Select(names => string.Join(' ', names)),
            Is.EqualTo(new[] { "a b", "zip", "n", "d", "-999 unknown" }));
        Assert.That(settings with { Exclude = [], Hidden = null, Reading = new() }, Is.EqualTo(new Settings
        {
            DataPath = "a.csv",
            Target = "@y",
            Exclude = [],
            Reading = new(),
            Task = "regression",
            Activation = "gelu",
            Epochs = 7,
            Batch = 8,
            LearningRate = 0.5,
            Momentum = 0.25,
            WeightDecay = 1e-3,
            Seed = -9,
            TestFraction = 0.3,
            DType = "float64",
            Missing = "mean",
            Plain = true,
            Json = true,
        }));
    }

    [Test]
    public void NoneIsALinearModel()
    {
        Settings? settings = null;
        CommandLine.Run(["--hidden", "none"], s => { settings = s; return 0; }, TextWriter.Null);
        Assert.That(settings!.Hidden, Is.Empty);
    }

    [Test]
    public void DefaultsFitTheRowsAndGiveWayToOptions()
    {
        Plan digits = Plan.For(Rows(1437), new Settings()), few = Plan.For(Rows(8), new Settings()), many = Plan.For(Rows(60_000), new Settings());
        Plan asked = Plan.For(Rows(353), new Settings { Hidden = [3], Epochs = 2, Batch = 5, LearningRate = 1, Momentum = 0.5, WeightDecay = 0.25 });
        Plan early = Plan.For(Rows(353), new Settings { Patience = 7 });

        Assert.That((digits.Recipe.BatchSize, digits.Recipe.LearningRate, digits.Searches, digits.Patience), Is.EqualTo((32, 0.003, true, (int?)null)));
        Assert.That((digits.OptimizerText, digits.ScheduleText), Is.EqualTo(("Adam", "falling to 0 along a cosine")));
        Assert.That(few.Recipe.BatchSize, Is.EqualTo(8));
        Assert.That((many.Recipe.BatchSize, many.Recipe.LearningRate), Is.EqualTo((256, 0.0085)));
        Assert.That(Plan.For(Rows(60_000), new Settings { Batch = 128 }).Recipe.LearningRate, Is.EqualTo(0.006));
        Assert.That((asked.Recipe.Epochs, asked.Recipe.BatchSize, asked.Recipe.LearningRate, asked.Searches, asked.OptimizerText),
            Is.EqualTo((2, 5, 1.0, false, "SGD, momentum 0.5, weight decay 0.25")));
        Assert.That(asked.Recipe.Hidden, Is.EqualTo(new[] { 3 }));
        Assert.That((early.Patience, early.Searches, early.ScheduleText), Is.EqualTo(((int?)7, false, "constant")));
        Assert.That(Plan.For(Rows(353), new Settings { Validation = 0.2 }).Patience, Is.EqualTo(20));
        Assert.That(() => Plan.For(Rows(353), new Settings { Optimizer = "adam", Momentum = 0.5 }),
            Throws.InstanceOf<UsageException>().With.Message.Contains("choose --optimizer sgd"));

        static Dataset Rows(int rows) => new(Tensor.Zeros([rows, 1]), Tensor.Zeros([rows, 1]));
    }

    [Test]
    public void EveryOptimizerAndScheduleIsMade()
    {
        var parameter = Tensor.Zeros([2]);
        parameter.RequiresGrad = true;
        foreach (string optimizer in Plan.Optimizers)
            foreach (string schedule in Plan.Schedules)
            {
                Plan plan = Plan.For(new Dataset(Tensor.Zeros([40, 1]), Tensor.Zeros([40, 1])), new Settings { Optimizer = optimizer, Schedule = schedule, Epochs = 4 });
                var options = plan.Recipe.ToOptions();
                var made = options.Optimizer([parameter]);
                Assert.That(made.GetType().Name, Is.EqualTo(optimizer).IgnoreCase);
                Assert.That(plan.OptimizerText, Does.StartWith(made.GetType().Name));
                string? name = options.Schedule?.Invoke(made).GetType().Name;
                Assert.That(name, Is.EqualTo(schedule switch { "cosine" => "CosineAnnealing", "linear" => "PolynomialDecay", "plateau" => "ReduceOnPlateau", _ => null }));
            }
    }

    [Test]
    public void ACurveFallsFromTheTopLeftToTheBottomRight()
    {
        Assert.That(string.Join('\n', Plots.Curve([4, 3, 2, 1, 0], 20, 5, ascii: true)), Is.EqualTo("""
            4 +**
              |  ****
            2 +      ****
              |          ****
            0 +              **
              +----------------
               0       4 epochs
            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void ACurveInBrailleUsesNoCombiningMarks()
    {
        var lines = Plots.Curve([2, 1, 0.5], 40, 6, ascii: false);
        Assert.That(string.Concat(lines).Any(c => c is > '\u2800' and <= '\u28ff'), Is.True);
        Assert.That(string.Concat(lines).Any(c => CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark), Is.False);
    }

    [Test]
    public void ACurveOfOneValueOrOfNoNumbersIsStillDrawn()
    {
        Assert.That(Plots.Curve([1], 30, 4, ascii: true), Has.Count.EqualTo(6));
        Assert.That(Plots.Curve([double.NaN, double.PositiveInfinity], 30, 4, ascii: true), Has.Count.EqualTo(6));
        Assert.That(Plots.Curve([2, double.NaN], 30, 4, ascii: true)[0], Does.Contain("*"));
    }

    [Test]
    public void APictureShowsBrightPixelsDenser()
    {
        Assert.That(Plots.Picture([0, 7, 16, 0, 0, 16], 3, 16, ascii: true), Is.EqualTo(new[] { "  ==@@", "    @@" }));
        Assert.That(Plots.Picture([0, 8, 16, 0, 0, 16], 3, 16, ascii: false), Is.EqualTo(new[] { "  ▒▒██", "    ██" }));
    }

    [Test]
    public void PicturesStandSideBySideUnderTheirCaptions()
    {
        Assert.That(Plots.SideBySide([("a", ["##", "#"]), ("long", ["@@"])], 2), Is.EqualTo(new[] { "a   long", "##  @@", "#" }));
    }

    [Test]
    public void TheConfusionMatrixHasTrueClassesInRows()
    {
        var lines = Plots.Confusion(new[,] { { 5, 2 }, { 0, 7 } }, ["no", "yes"], 80);
        Assert.That(lines, Is.EqualTo(new[]
        {
            "      predicted",
            "true   no yes",
            "no      5   2",
            "yes     .   7",
        }));
        Assert.That(Plots.Confusion(new[,] { { 5, 2 }, { 0, 7 } }, ["no", "yes"], 10), Is.Null);
    }

    [Test]
    public void TheBoundaryMarksPointsInCapitals()
    {
        Assert.That(Plots.Boundary(new[,] { { 0, 0, 1 }, { 0, 1, 1 } }, [(0, 2, 0), (1, 0, 1), (1, 0, 0)]), Is.EqualTo(new[] { "aaA", "Bbb" }));
    }

    [Test]
    public void ATerminalShowsNoColourUnderNoColor()
    {
        string coloured = Written(TerminalScreen.Settings(null)), plain = Written(TerminalScreen.Settings("1")), empty = Written(TerminalScreen.Settings(""));

        Assert.That(coloured, Does.Match("\u001b\\[[0-9;]*(3[0-9]|38;5;[0-9]+|9[0-9])m"));
        Assert.That(empty, Is.EqualTo(coloured));
        Assert.That(plain, Does.Not.Match("\u001b\\[[0-9;]*(3[0-9]|9[0-9]|48|38)[;m]"));
        Assert.That(plain, Does.Contain("right").And.Contain("[red]"));

        static string Written(AnsiConsoleSettings settings) =>
            OnTerminal(settings, screen => screen.Line(new Span("right", "green"), " [red]"));
    }

    [TestCase(null)]
    [TestCase("1")]
    public void ATerminalShowsTheSearchAndTheTrainingAsBars(string? noColor)
    {
        int result = 0;
        string written = OnTerminal(TerminalScreen.Settings(noColor), screen => result = screen.Watch("accuracy", progress =>
        {
            progress.Report(new TrainingProgress(3, 30, 4, 4, 0.75, 0.25) { Searching = true, Candidate = "44 epochs" });
            progress.Report(new TrainingProgress(1, 2, 3, 3, 0.5, 0.75));
            progress.Report(new TrainingProgress(2, 2, 3, 3, 0.125, 0.875));
            return 7;
        }));

        Assert.That(result, Is.EqualTo(7));
        Assert.That(written, Does.Contain("choosing the number of epochs: trying 44 epochs").And.Contain("epoch 2 of 2  loss 0.125").And.Contain("accuracy 87.5 %"));
    }

    [Test]
    public void PlainLinesShowAboutTenEpochsAndOneLineForEachThatIsTried()
    {
        var writer = new StringWriter();
        new PlainScreen(writer).Watch("r2", progress =>
        {
            foreach (string candidate in new[] { "7 epochs", "7 epochs", "30 epochs" })
                progress.Report(new TrainingProgress(1, 30, 4, 4, 0.75, 0.25) { Searching = true, Candidate = candidate });
            for (int epoch = 1; epoch <= 30; epoch++)
                foreach (int step in new[] { 1, 2 }) progress.Report(new TrainingProgress(epoch, 30, step, 2, 1.0 / epoch, 1 - 1.0 / epoch));
            return 0;
        });

        string[] lines = writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(13));
        Assert.That(lines[..2], Is.EqualTo(new[] { "  choosing the number of epochs: trying 7 epochs", "  choosing the number of epochs: trying 30 epochs" }));
        Assert.That(lines[2], Is.EqualTo("  epoch  1 of 30   loss 1        r2 0.000"));
        Assert.That(lines[^1], Is.EqualTo("  epoch 30 of 30   loss 0.03333  r2 0.967"));
    }

    static string OnTerminal(AnsiConsoleSettings settings, Action<Screen> show)
    {
        var writer = new StringWriter();
        settings.Out = new AnsiConsoleOutput(writer);
        settings.Ansi = AnsiSupport.Yes;
        settings.Interactive = InteractionSupport.Yes;
        if (settings.ColorSystem == ColorSystemSupport.Detect) settings.ColorSystem = ColorSystemSupport.Standard;
        var console = AnsiConsole.Create(settings);
        console.Profile.Width = 100;
        show(new TerminalScreen(console));
        return writer.ToString();
    }

    [Test]
    public void TextFromAFileIsMadeSafe()
    {
        Assert.That(Screen.Clean("a\u001b[31mb\r\nc"), Is.EqualTo("a?[31mb??c"));
        Assert.That(Screen.Clean("Ade\u0301lie v\u0304"), Is.EqualTo("Ad\u00e9lie v"));
    }
}
