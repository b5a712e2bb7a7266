using System.Text.Json;
using MyTorch.Training;

namespace TrainMlp;

/// <summary>What <c>--kfold</c> and <c>--checkup</c> do in addition to a training.</summary>
internal static class FoldsReport
{
    /// <summary>Cross-validates the session's recipe and prints a table, or a line of JSON. Returns the exit code.</summary>
    public static int CrossValidate(TrainingSession session, Settings settings, Screen? screen, TextWriter output, CancellationToken stop)
    {
        IReadOnlyList<string>? groups = settings.Group is { } group ? session.All.Kept[group] : null;
        try
        {
            // The number of epochs is chosen once, on the training rows of the usual split.
            var choice = session.Plan.Searches ? RecipeSearch.Choose(session.TrainRows, session.Recipe, settings.Seed, settings.Budget, cancellation: stop) : null;
            Recipe recipe = choice?.Recipe ?? session.Recipe;
            CrossValidationResult result = CrossValidation.Run(
                train => recipe.NewModel(train, settings.Seed), session.All, session.Options(recipe), settings.KFold!.Value, groups, cancellation: stop);
            if (screen is null)
                output.WriteLine(JsonSerializer.Serialize(new
                {
                    metric = session.Metric,
                    folds = result.Folds.Select(fold => fold.Score),
                    mean = result.Mean,
                    deviation = result.Deviation,
                    standardError = result.StandardError,
                    constant = result.MeanConstant,
                    linear = result.MeanLinear,
                    epochs = recipe.Epochs,
                }));
            else
                foreach (string line in result.ToString().Split('\n')) screen.Line(screen.Ascii ? line.Replace("R²", "R2", StringComparison.Ordinal) : line);
            return 0;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"--kfold {settings.KFold}: {e.Message}");
        }
    }

    /// <summary>Checks model and training by the check-up of the library, and prints it. Returns whether all checks passed.</summary>
    public static bool Check(TrainingSession session, Action<string> print, CancellationToken stop)
    {
        if (session.TrainRows.Count < 20) throw new UsageException("--checkup needs at least 20 training rows.");
        CheckupResult result = Checkup.Run(seed => session.Recipe.NewModel(session.TrainRows, seed), session.TrainRows, new CheckupOptions { Seed = session.Settings.Seed }, stop);
        foreach (string line in result.ToString().Split('\n')) print(line);
        print("");
        return result.Passed;
    }
}
