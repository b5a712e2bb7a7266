using MyTorch.Reports;
using TrainMlp;

namespace MyTorch.Tests.Samples;

/// <summary>The sample's option --report.</summary>
public sealed class TrainMlpReportTests
{
    [Test]
    public void ThePageHasTheNumbersOfTheTerminal()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "report.html");
        try
        {
            Settings? chosen = null;
            int code = CommandLine.Run(
                ["--data", Path.Combine(GeneratedFile.Repository, "data", "iris.csv"), "--target", "species", "--epochs", "5", "--report",
                    path, "--save", "it's.safetensors"],
                settings => { chosen = settings; return 0; }, TextWriter.Null);
            Assert.That(code, Is.Zero);
            var session = TrainingSession.Load(chosen!);
            TrainingResult result = session.Train(null, CancellationToken.None);
            Assert.That(ReportPage.Write(path, session, result), Does.Contain(path));
            string html = File.ReadAllText(path);
            Assert.That(html, Does.Contain($"<p class=\"score\">{Html.Percent(result.TestScore)} right</p>"));
            Assert.That(html, Does.Contain(
                $"A linear model (softmax regression)</th><td class=\"number\">{Html.Percent(result.Baselines!.Linear)}</td>"));
            Assert.That(html, Does.Contain(
                $"{Html.Percent(result.Interval!.Value.Low)} to {Html.Percent(result.Interval.Value.High)} (95\u00A0% " +
                $"interval)").Or.Contain(
                $"{Html.Percent(result.Interval.Value.Low)} to {Html.Percent(result.Interval.Value.High)} (95 % interval)"));
            Assert.That(html, Does.Contain("Gradients by layer").And.Contain(
                "predict &quot;it&#39;s.safetensors&quot; FILE.csv"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
