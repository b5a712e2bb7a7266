using System.Globalization;
using System.Text.RegularExpressions;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Reports;

namespace MyTorch.Tests.Reports;

/// <summary>The page: its texts are harmless, its numbers are those of the model, and the same run gives the same bytes.</summary>
public sealed partial class TrainingReportTests
{
    const string Hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202E";

    [Test]
    public void TextsOfTheDataAndTheCallerAreHarmless()
    {
        var (model, train, test) = Classification(
            rows: 60, seed: 1, featureNames: [Hostile, "b"], classNames: [Hostile + "0", "<b>one"], target: Hostile);
        string html = new TrainingReport
        {
            Model = model,
            Train = train,
            Test = test,
            Title = Hostile,
            Source = Hostile,
            Split = Hostile,
            Command = Hostile,
            Date = Hostile,
            Warnings = [Hostile],
            Settings = [(Hostile, Hostile)],
            Baselines = [new(Hostile, 0.5)],
            Curves = new() { Loss = [1, 0.5] },
        }.ToHtml();
        Assert.That(ScriptTags().Count(html), Is.EqualTo(2), "the plots' library and the page's own script");
        Assert.That(html, Does.Not.Contain("<img src=x").And.Not.Contain("<b>one"));
        Assert.That(html.Contains('\u202E', StringComparison.Ordinal), Is.False, "it would turn the line around");
        Assert.That(html, Does.Contain("&lt;/script&gt;&lt;script&gt;alert(1)"));
    }

    [Test]
    public void OnlyTheTwoScriptsOfThePageMayRun()
    {
        var (model, train, test) = Classification(rows: 60, seed: 1);
        string html = new TrainingReport { Model = model, Train = train, Test = test }.ToHtml();
        string policy = Regex.Match(html, "Content-Security-Policy\" content=\"([^\"]*)\"").Groups[1].Value;
        Assert.That(policy, Does.StartWith("default-src 'none'").And.Contain("script-src 'sha256-"));
        foreach (Match script in Regex.Matches(html, "<script>(.*?)</script>", RegexOptions.Singleline))
        {
            byte[] hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(script.Groups[1].Value));
            Assert.That(policy, Does.Contain("'sha256-" + Convert.ToBase64String(hash) + "'"));
        }
        // Addresses that a browser would load; links inside the page begin with #.
        Assert.That(Regex.Matches(html, "(?:src|href)=\"(?!data:|#)[^\"]*\""), Is.Empty);
    }

    [Test]
    public void TheSameRunGivesTheSameBytesInEveryCulture()
    {
        string first = Of("en-US"), second = Of("de-DE");
        Assert.That(second, Is.EqualTo(first));

        static string Of(string culture)
        {
            CultureInfo before = CultureInfo.CurrentCulture;
            try
            {
                CultureInfo.CurrentCulture = new CultureInfo(culture);
                var (model, train, test) = Classification(rows: 200, seed: 3);
                return new TrainingReport
                {
                    Model = model,
                    Train = train,
                    Test = test,
                    Curves = new() { Loss = [1.5, 0.25, 0.125] }
                }.ToHtml();
            }
            finally
            {
                CultureInfo.CurrentCulture = before;
            }
        }
    }

    [Test]
    public void ScoreAndConfusionsAreThoseOfTheMetrics()
    {
        var (model, train, test) = Classification(rows: 300, seed: 5);
        string html = new TrainingReport { Model = model, Train = train, Test = test }.ToHtml();
        double accuracy = Metrics.Accuracy(model, test);
        Assert.That(accuracy, Is.LessThan(1));
        Assert.That(html, Does.Contain(
            string.Create(CultureInfo.InvariantCulture, $"<p class=\"score\">{100 * accuracy:F1}\u00A0% right</p>")));
        int[,] counts = Metrics.ConfusionMatrix(model, test);
        int[] shown = [.. Regex.Matches(html, "<td class=\"(?:right|none|wrong)\">(\\d+)</td>").Select(
            cell => int.Parse(cell.Groups[1].ValueSpan, CultureInfo.InvariantCulture))];
        Assert.That(shown, Is.EqualTo(counts.Cast<int>()));
    }

    [Test]
    public void TheLinearModelIsThatOfTheBaselines()
    {
        var (model, train, test) = Classification(rows: 300, seed: 5);
        double linear = MyTorch.Training.Baselines.Of(train, test).Linear;
        string html = new TrainingReport { Model = model, Train = train, Test = test }.ToHtml();
        Assert.That(html, Does.Contain($"A linear model (softmax regression)</th><td class=\"number\">{Html.Percent(linear)}</td>"));
    }

    [Test]
    public void RegressionIsInTheUnitsOfTheFile()
    {
        var (model, train, test) = Regression(rows: 400);
        string html = new TrainingReport { Model = model, Train = train, Test = test }.ToHtml();
        double r2 = Metrics.R2(model, test);
        Tensor given = Metrics.Predict(model, test), truth = test.Standardizer!.InverseTargets(test.Targets);
        double error = truth.ToArray().Zip(given.ToArray(), (t, p) => Math.Abs(t - p)).Average();
        Assert.That(html, Does.Contain(string.Create(CultureInfo.InvariantCulture, $"R² {r2:F3}</p>")));
        Assert.That(html, Does.Contain($"off by {Html.Number(error, 4)} on average"));
        Assert.That(error, Is.GreaterThan(5), "a deviation of about 100 in the file");
    }

    [Test]
    public void SizeDoesNotGrowWithTheRows()
    {
        var (model, train, test) = Regression(rows: 50_000);
        string html = new TrainingReport
        {
            Model = model,
            Train = train,
            Test = test,
            CompareWithLinear = false,
            Curves = new() { Loss = [.. Enumerable.Range(0, 5000).Select(i => 1.0 / (1 + i))] }
        }.ToHtml();
        Assert.That(html, Has.Length.LessThan(400_000));
        Assert.That(html, Does.Contain("Points are 400 of the 10,000 test rows").And.Contain("400 of 5,000 points are drawn"));
    }

    [Test]
    public void AModelWhoseOutputsAreNaNHasNoScore()
    {
        var (model, train, test) = Classification(rows: 60, seed: 1);
        model.Parameters()[0].Fill(double.NaN);
        string html = new TrainingReport { Model = model, Train = train, Test = test }.ToHtml();
        Assert.That(html, Does.Contain("No score").And.Not.Contain("% right</p>"));
    }

    [Test]
    public void WritesTheFileOrLeavesTheOldOne()
    {
        var (model, train, test) = Classification(rows: 60, seed: 1);
        var report = new TrainingReport { Model = model, Train = train, Test = test };
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "report.html");
        try
        {
            report.Write(path);
            Assert.That(File.ReadAllText(path), Is.EqualTo(report.ToHtml()));
            Assert.That(Directory.GetFiles(folder), Is.EqualTo(new[] { path }));
            Assert.That(() => report.Write(Path.Combine(folder, "none", "report.html")),
                Throws.InstanceOf<IOException>().With.Message.Contains("does not exist"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void RowsOfOtherColumnsAreRefused()
    {
        var (model, train, _) = Classification(rows: 60, seed: 1);
        var other = new Dataset(Tensor.Zeros([5, 3]), Tensor.Indices([0, 1, 0, 1, 0]));
        Assert.That(() => new TrainingReport { Model = model, Train = train, Test = other }.ToHtml(),
            Throws.ArgumentException.With.Message.Contains("AlignedWith"));
    }

    // Two overlapping clouds and a model that divides them.
    internal static (Module Model, Dataset Train, Dataset Test) Classification(
        int rows, int seed, string[]? featureNames = null, string[]? classNames = null, string target = "kind")
    {
        var generator = new Generator(seed);
        double[] inputs = new double[2 * rows];
        long[] labels = new long[rows];
        for (int i = 0; i < rows; i++)
        {
            labels[i] = i % 2;
            inputs[2 * i] = generator.NextGaussian() + (labels[i] == 0 ? -1 : 1);
            inputs[2 * i + 1] = generator.NextGaussian();
        }
        var data = new Dataset(
            Tensor.From(inputs, [rows, 2]), Tensor.Indices(labels), featureNames ?? ["a", "b"], classNames ?? ["no", "yes"], [target]);
        var (train, test) = data.Split(0.8);
        var model = new Sequential(new Linear(2, 2, generator: new Generator(0)));
        model.Parameters()[0].CopyFrom(Tensor.From([-1.0, 0, 1, 0], [2, 2]));
        model.Parameters()[1].Fill(0);
        return (model, train, test);
    }

    // y = 100·a + noise, and a model that knows it in standardized units.
    static (Module Model, Dataset Train, Dataset Test) Regression(int rows)
    {
        var generator = new Generator(2);
        double[] inputs = new double[2 * rows], targets = new double[rows];
        for (int i = 0; i < rows; i++)
        {
            (inputs[2 * i], inputs[2 * i + 1]) = (generator.NextGaussian(), generator.NextGaussian());
            targets[i] = 500 + 100 * inputs[2 * i] + 20 * generator.NextGaussian();
        }
        var (train, test) = new Dataset(Tensor.From(inputs, [rows, 2]), Tensor.From(targets, [rows, 1]), ["a", "b"]).Split(0.8);
        var standardizer = Standardizer.Fit(train);
        var model = new Sequential(new Linear(2, 1, generator: new Generator(0)));
        model.Parameters()[0].CopyFrom(Tensor.From([0.98, 0], [1, 2]));
        model.Parameters()[1].Fill(0);
        return (model, standardizer.Apply(train), standardizer.Apply(test));
    }

    [GeneratedRegex("<script")]
    private static partial Regex ScriptTags();
}
