using MyTorch.Reports;
using static System.FormattableString;

namespace TrainMlp;

/// <summary>The result as a page, for <c>--report</c>.</summary>
internal static class ReportPage
{
    /// <summary>Writes the page, and returns a line that says where it is; null if there is nothing to report.</summary>
    /// <exception cref="UsageException">The file cannot be written.</exception>
    public static string? Write(string path, TrainingSession session, TrainingResult result)
    {
        if (result.Epochs == 0) return null;
        var (settings, recipe) = (session.Settings, session.Recipe);
        try
        {
            new TrainingReport
            {
                Model = session.Model,
                Train = session.TrainRows,
                Test = session.TestRows,
                Data = session.All,
                Curves = result.Training is { } training ? TrainingCurves.Of(training) : new TrainingCurves { Loss = result.Losses },
                Norms = session.Norms,
                // A training that was stopped has no baselines.
                Baselines = result.Baselines is { } baselines ? [new ReportBaseline(
                    session.IsClassification ? "a linear model (softmax regression)" : "a linear model", baselines.Linear)] : [],
                CompareWithLinear = false,
                Interval = result.Interval,
                Usage = settings.SavePath is { } saved
                    ? $"{Shell.Program} predict {Shell.Quoted(saved)} FILE.csv"
                    : null,
                Warnings = [.. result.Advice is { } advice ? [advice] : Array.Empty<string>(), .. result.Warnings],
                Source = Path.GetFileName(session.Path),
                Split = Splits.Describe(settings),
                Settings =
                [
                    ("hidden layers", recipe.Hidden.Count == 0 ? "none" : string.Join(", ", recipe.Hidden)),
                    ("activation", settings.Activation),
                    ("epochs", Invariant($"{result.Epochs}")),
                    ("batch size", Invariant($"{recipe.BatchSize}")),
                    ("optimizer", Invariant(
                        $"{session.Plan.OptimizerText}: learning rate {recipe.LearningRate}, {session.Plan.ScheduleText}")),
                    ("seed", Invariant($"{settings.Seed}")),
                    .. Search(result),
                ],
                Command = Command(),
                Seed = settings.Seed,
            }.Write(path);
        }
        catch (IOException e)
        {
            throw new UsageException(e.Message);
        }
        return $"Report    {path}";
    }

    static IEnumerable<(string Name, string Value)> Search(TrainingResult result)
    {
        if (result.Choice is not { Tried.Count: > 0 } choice) yield break;
        string tried = string.Join(", ", choice.Tried.Select(trial => Invariant($"{trial.Recipe.Epochs} ({trial.Score:F3})")));
        yield return ("number of epochs", $"chosen by {choice.Method}, from {tried}");
    }

    static string Command() => $"{Shell.Program} {string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Select(Shell.Quoted))}";
}
