using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MyTorch.Tests.Samples;

/// <summary>The sample run as a user runs it: a process with arguments, output, errors and an exit code.</summary>
[TestFixture]
public sealed class TrainMlpProgramTests : TestsWithFolder
{
    static readonly string[] JsonKeys =
        ["task", "metric", "train", "test", "loss", "epochs", "resumedEpochs", "seconds", "parameters", "seed", "rows", "features", "classes", "notes",
            "constant", "linear", "interval", "balancedAccuracy", "rocAuc", "recall", "rmse", "warnings"];

    // Two groups that a line separates, and a line through points; enough rows to split, few enough to train at once.
    static readonly string TwoClasses = "x,y,kind\n" + string.Concat(Enumerable.Range(0, 24).Select(i =>
        string.Create(CultureInfo.InvariantCulture, $"{i % 5 + 10 * (i % 2)},{i % 7 - 5 * (i % 2)},{(i % 2 == 0 ? "red" : "blue")}\n")));

    static readonly string Line = "x,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i =>
        string.Create(CultureInfo.InvariantCulture, $"{i},{1000 + 7.5 * i}\n")));

    [Test]
    public void JsonIsOneObjectOnOneLineAndNothingElse()
    {
        var run = Run("--json", "--data", Write(TwoClasses), "--target", "kind", "--seed", "3");

        Assert.That(run.Code, Is.Zero, run.Error);
        Assert.That(run.Error, Is.Empty);
        Assert.That(run.Output.TrimEnd('\r', '\n'), Does.Not.Contain("\n"));
        var result = Parse(run);
        Assert.That(result.EnumerateObject().Select(p => p.Name), Is.EqualTo(JsonKeys));
        Assert.That(result.GetProperty("task").GetString(), Is.EqualTo("classification"));
        Assert.That(result.GetProperty("metric").GetString(), Is.EqualTo("accuracy"));
        Assert.That(result.GetProperty("train").GetDouble(), Is.EqualTo(1));
        Assert.That(result.GetProperty("test").GetDouble(), Is.EqualTo(1));
        Assert.That(result.GetProperty("loss").GetDouble(), Is.GreaterThan(0).And.LessThan(0.1));
        Assert.That(result.GetProperty("epochs").GetInt32(), Is.EqualTo(500), "fewer than 20 rows: the shortest training");
        Assert.That(result.GetProperty("parameters").GetInt32(), Is.EqualTo((2 + 1) * 100 + (100 + 1) * 2));
        Assert.That(result.GetProperty("seed").GetInt32(), Is.EqualTo(3));
        Assert.That(result.GetProperty("rows").GetInt32(), Is.EqualTo(24));
        Assert.That(result.GetProperty("features").GetInt32(), Is.EqualTo(2));
        Assert.That(result.GetProperty("classes").GetInt32(), Is.EqualTo(2));
    }

    [TestCase("model.onnx", "probabilities")]
    [TestCase("my model.cs", "namespace Exported.MyModel;")]
    public void TheModelIsExported(string name, string content)
    {
        string file = Path.Combine(Folder, name);
        var run = Run("--json", "--data", Write(TwoClasses), "--target", "kind", "--epochs", "3", "--export", file);

        Assert.That(run.Error, Does.Contain("Exported"));
        Assert.That(File.ReadAllText(file), Does.Contain(content));
    }

    [Test]
    public void AnExportOfAnotherKindIsRefusedBeforeTraining()
    {
        var run = Run("--json", "--data", Write(TwoClasses), "--target", "kind", "--export", InFolder("model.pt"));

        Assert.That(run.Code, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("--export takes a file that ends in .onnx or .cs"));
    }

    [Test]
    public void RegressionIsScoredInOriginalUnits()
    {
        var run = Run("--json", "--data", Write(Line), "--target", "y");

        Assert.That(run.Code, Is.Zero, run.Error);
        var result = Parse(run);
        Assert.That(result.GetProperty("task").GetString(), Is.EqualTo("regression"));
        Assert.That(result.GetProperty("metric").GetString(), Is.EqualTo("r2"));
        Assert.That(result.GetProperty("test").GetDouble(), Is.GreaterThan(0.97).And.LessThanOrEqualTo(1));
        Assert.That(result.GetProperty("classes").GetInt32(), Is.Zero);
    }

    [Test]
    public void WithoutArgumentsItLearnsTheDigitsFromAnyFolderOfTheRepository()
    {
        string inside = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "deep", "er")).FullName;

        var run = RunIn(inside, [], "--json", "--epochs", "3");

        Assert.That(run.Code, Is.Zero, run.Error);
        var result = Parse(run);
        Assert.That(result.GetProperty("rows").GetInt32(), Is.EqualTo(1797));
        Assert.That(result.GetProperty("features").GetInt32(), Is.EqualTo(64));
        Assert.That(result.GetProperty("classes").GetInt32(), Is.EqualTo(10));
        Assert.That(result.GetProperty("epochs").GetInt32(), Is.EqualTo(3));
        Assert.That(result.GetProperty("test").GetDouble(), Is.GreaterThan(0.85));
    }

    // From a folder outside of the repository, where the digits of the repository that the program lies in are found.
    [Test]
    public void TheReportIsPlainAsciiWhereThereIsNoTerminal()
    {
        var run = RunIn(Folder, [], "--epochs", "2");

        Assert.That(run.Code, Is.Zero, run.Error);
        ExpectAscii(run.Output);
        foreach (string part in new[]
                 {
                     "1797 rows, 64 features, 10 classes of digit", "0 rows skipped", "64 -> 100 relu -> 10: 7,510 parameters",
                     "epoch 1 of 2", "epoch 2 of 2", "loss", "accuracy", "Training loss by epoch", "Confusion matrix", "Wrong predictions", "@@", "Time",
                 })
            Assert.That(run.Output, Does.Contain(part));
    }

    static void ExpectAscii(string output) =>
        Assert.That(output.Where(c => c is not '\n' and not '\r' && c is < ' ' or > '~'), Is.Empty, "only printable ASCII");

    [Test]
    public void TheReportShowsTheBoundaryOfTwoFeaturesAndSaysWhichTargetWasTaken()
    {
        var run = Run("--data", Write(TwoClasses), "--plain");

        Assert.That(run.Code, Is.Zero, run.Error);
        ExpectAscii(run.Output);
        Assert.That(run.Output, Does.Contain("No --target was given: predicting the last column, kind."));
        Assert.That(run.Output, Does.Contain("Decision boundary").And.Contain("a = blue, b = red").And.Contain("aaaa").And.Contain("bbbb"));
        Assert.That(run.Output, Does.Contain("Every test row was predicted correctly."));
    }

    [Test]
    public void OfManyClassesTheReportShowsOnlyTheMostFrequentConfusions()
    {
        // Nothing tells the 50 classes apart, so nearly every test row is a different confusion.
        string file = Write("x,kind\n" + string.Concat(Enumerable.Range(0, 500).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i * 7 % 11},class {i % 50}\n"))));

        var run = Run("--data", file, "--target", "kind", "--epochs", "2", "--plain");

        Assert.That(run.Output, Does.Contain("Most frequent confusions (50 classes"), run.Error);
        Assert.That(run.Output.Split('\n').Count(line => Regex.IsMatch(line, "^ +[0-9]+ of class [0-9]+ predicted as class [0-9]+")), Is.EqualTo(10));
    }

    [Test]
    public void TheReportOfARegressionNamesR2AndTheLargestErrors()
    {
        var run = Run("--data", Write(Line), "--target", "y", "--plain");

        Assert.That(run.Code, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Match("Result    R2 (0[.]9|1[.]0)").And.Contain("Mean absolute error").And.Contain("Largest errors"));
    }

    [Test]
    public void TextFromTheFileCannotDriveTheTerminal()
    {
        string file = Write(TwoClasses.Replace("red", "re\u001b[31md", StringComparison.Ordinal).Replace("blue", "ble\u0301u\u0332", StringComparison.Ordinal));

        var run = Run("--data", file, "--plain");

        Assert.That(run.Code, Is.Zero, run.Error);
        Assert.That(run.Output.Contains('\u001b', StringComparison.Ordinal), Is.False);
        Assert.That(run.Output, Does.Contain("re?[31md").And.Contain("bl\u00e9u"));
        Assert.That(run.Output.Count(c => char.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark), Is.Zero);
    }

    [Test]
    public void TheSameSeedGivesTheSameNumbersInAnyLanguageAndAnotherSeedOthers()
    {
        string file = Write(TwoClasses);
        string[] arguments = ["--data", file, "--json", "--epochs", "5", "--seed", "4"];
        var german = new Dictionary<string, string> { ["LANG"] = "de_DE.UTF-8", ["LC_ALL"] = "de_DE.UTF-8" };

        string first = WithoutTime(Run(arguments)), inGerman = WithoutTime(RunIn(Folder, german, arguments));
        string other = WithoutTime(Run("--data", file, "--json", "--epochs", "5", "--seed", "5"));

        Assert.That(inGerman, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));

        string plain = BeforeTime(RunIn(Folder, [], "--data", file, "--plain", "--epochs", "5"));
        Assert.That(BeforeTime(RunIn(Folder, german, "--data", file, "--plain", "--epochs", "5")), Is.EqualTo(plain));
    }

    [TestCase("", "empty", TestName = "Bad data: an empty file")]
    [TestCase("x,kind\n", "no rows", TestName = "Bad data: a header only")]
    [TestCase("x,kind\n1,a\n2,b,c\n3,a\n", "line 3", "3 field", "expected 2", TestName = "Bad data: a ragged row")]
    [TestCase("x,kind\n1,a\n2,b\nmany,a\n4,b\n5,a\n", "line 4", "'x'", "'many'", TestName = "Bad data: text among numbers")]
    [TestCase("x,kind\n1,a\nNaN,b\n3,a\n4,b\n", "line 3", "'x'", "'NaN'", TestName = "Bad data: NaN")]
    [TestCase("x,kind\n1,a\n-Infinity,b\n3,a\n4,b\n", "line 3", "'x'", "'-Infinity'", TestName = "Bad data: infinity")]
    [TestCase("x,kind\n1,a\n,b\n3,a\n4,b\n", "line 3", "'x'", "--missing drop", "--missing mean", TestName = "Bad data: an empty field")]
    [TestCase("x,kind\n1,a\n2,a\n3,a\n", "'a'", "two classes", TestName = "Bad data: one class")]
    [TestCase("x,kind\n1,2.5\n", "1 row", TestName = "Bad data: one row")]
    [TestCase("x,kind\n1,2.5\n2,2.5\n3,2.5\n4,2.5\n5,2.5\n", "kind", "2.5", TestName = "Bad data: a constant number")]
    [TestCase("x,kind\n1,a\n2,\n3,a\n4,b\n", "line 3", "'kind'", TestName = "Bad data: an empty target")]
    [TestCase("kind\na\nb\n", "no feature", TestName = "Bad data: no features")]
    public void BadDataIsOneSentenceAndExitCodeTwo(string content, params string[] parts)
    {
        string file = Write(content);

        var run = Run("--data", file, "--target", "kind");

        ExpectRefusal(run, [file, .. parts]);
    }

    [Test]
    public void AMissingFileIsNamed()
    {
        string file = InFolder("nowhere.csv");
        ExpectRefusal(Run("--data", file), file);
    }

    [Test]
    public void AFolderIsNoFile() => ExpectRefusal(Run("--data", Folder), Folder, "directory");

    [Test]
    public void AnUnknownColumnIsNamedWithThoseThereAre()
    {
        string file = Write(TwoClasses);
        ExpectRefusal(Run("--data", file, "--target", "colour"), file, "'colour'", "'x'", "'y'", "'kind'");
        ExpectRefusal(Run("--data", file, "--target", "kind", "--exclude", "x", "z"), file, "'z'", "'y'");
    }

    [Test]
    public void ABatchLargerThanTheDataIsRefused() =>
        ExpectRefusal(Run("--data", Write(TwoClasses), "--batch", "500"), "--batch 500", "training rows");

    [Test]
    public void ANegativeLearningRateIsRefused() => ExpectRefusal(Run("--lr", "-0.1"), "--lr", "-0.1", "greater than 0");

    [Test]
    public void ALastLineWithoutAnEndCounts()
    {
        var run = Run("--data", Write(TwoClasses.TrimEnd('\n')), "--json", "--epochs", "2");

        Assert.That(run.Code, Is.Zero, run.Error);
        Assert.That(Parse(run).GetProperty("rows").GetInt32(), Is.EqualTo(24));
    }

    [Test]
    public void DroppedRowsAreCounted()
    {
        string file = Write(TwoClasses.TrimEnd('\n') + "\n,1,red\n");

        var dropped = Run("--data", file, "--missing", "drop", "--plain", "--epochs", "2");
        var filled = Run("--data", file, "--missing", "mean", "--plain", "--epochs", "2");

        Assert.That(dropped.Output, Does.Contain("24 rows, 2 features, 2 classes of kind (blue, red); 1 row skipped"), dropped.Error);
        Assert.That(filled.Output, Does.Contain("25 rows").And.Contain("0 rows skipped").And.Contain("Missing values are replaced by the mean of the column"), filled.Error);
    }

    [Test]
    public void ALossThatDivergesOrStandsStillIsAFailure()
    {
        string line = Write(Line);
        var diverged = Run("--data", line, "--lr", "1e9", "--activation", "identity", "--json");
        var still = Run("--data", line, "--lr", "1e-12", "--epochs", "2");

        Assert.That((diverged.Code, diverged.Output), Is.EqualTo((1, "")));
        Assert.That(diverged.Error, Does.Contain("diverged").And.Contain("smaller --lr"));
        Assert.That(still.Code, Is.EqualTo(1));
        Assert.That(still.Error, Does.Contain("did not decrease").And.Contain("--lr"));
    }

    [Test]
    [Platform(Include = "Linux,MacOsX", Reason = "Only Unix lets a test send Ctrl+C (SIGINT) to another process.")]
    public void ControlCStopsWithWhatWasReached()
    {
        using var process = Start(Folder, [], ["--data", Write(TwoClasses), "--epochs", "1000000", "--plain"]);
        var error = process.StandardError.ReadToEndAsync();
        string? line;
        do
            line = process.StandardOutput.ReadLine();
        while (line is not null && !line.Contains("epoch       1 of 1000000", StringComparison.Ordinal));

        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        string rest = process.StandardOutput.ReadToEnd();
        Wait(process);

        Assert.That(process.ExitCode, Is.EqualTo(130), error.Result);
        Assert.That(error.Result, Does.Match("^Stopped after [0-9]+ of 1000000 epochs[.]\\s*$"));
        Assert.That(rest, Does.Contain("Result").And.Contain("Confusion matrix"));
    }

    string Write(string content)
    {
        string file = Path.Combine(Folder, Path.GetRandomFileName() + ".csv");
        File.WriteAllText(file, content);
        return file;
    }

    static (int Code, string Output, string Error) Run(params string[] arguments) =>
        RunIn(Path.GetDirectoryName(typeof(TrainMlpProgramTests).Assembly.Location)!, [], arguments);

    static (int Code, string Output, string Error) RunIn(string folder, Dictionary<string, string> environment, params string[] arguments)
    {
        using var process = Start(folder, environment, arguments);
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Wait(process);
        return (process.ExitCode, output, error.Result);
    }

    internal static Process Start(string folder, Dictionary<string, string> environment, params string[] arguments)
    {
        string program = typeof(TrainMlp.Settings).Assembly.Location;
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
            StandardErrorEncoding = System.Text.Encoding.UTF8,
        };
        // As in this process: what runs for a second is not worth a profile.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    static void Wait(Process process)
    {
        if (process.WaitForExit(TimeSpan.FromMinutes(3))) return;
        process.Kill();
        Assert.Fail("The sample did not end.");
    }

    static void ExpectRefusal((int Code, string Output, string Error) run, params string[] parts)
    {
        Assert.That(run.Code, Is.EqualTo(2), run.Error);
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error.TrimEnd('\r', '\n'), Does.Not.Contain("\n")
            .And.Not.Match("Parameter|CsvDataset|Split:|MissingValues|LearningTask|CsvOptions|HasHeader|TextColumns|MissingMarkers|Imputer"));
        foreach (string part in parts) Assert.That(run.Error, Does.Contain(part));
    }

    static JsonElement Parse((int Code, string Output, string Error) run) => JsonDocument.Parse(run.Output).RootElement;

    static string WithoutTime((int Code, string Output, string Error) run)
    {
        Assert.That(run.Code, Is.Zero, run.Error);
        return string.Join('\n', Parse(run).EnumerateObject().Where(p => p.Name != "seconds").Select(p => p.ToString()));
    }

    static string BeforeTime((int Code, string Output, string Error) run)
    {
        Assert.That(run.Code, Is.Zero, run.Error);
        return run.Output[..run.Output.IndexOf("\nTime", StringComparison.Ordinal)];
    }
}
