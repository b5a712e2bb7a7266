using System.Globalization;
using MyTorch.Data;
using MyTorch.Inspection;
using MyTorch.Nn;

namespace MyTorch.Training;

/// <summary>
/// Chooses the number of epochs of a <see cref="Recipe"/> by validation on rows taken from the training rows: trainings of 500 steps, then
/// of four times as many, as long as the validation score gets better and the time allows; the last may have twice as many. Where 500 steps
/// are best for up to 2,000 rows, a quarter of them is tried, and so on.
/// </summary>
/// <remarks>
/// Up to 2,000 rows are validated in four folds, as their scores are noisy; of more a fifth is held out. The same data, recipe and seed give
/// the same choice on every machine, because the time that limits the search is computed, not measured. The hidden layers are not chosen:
/// on few rows the folds can take a linear model for the better one where it is far worse on new rows.
/// </remarks>
public static class RecipeSearch
{
    const int Factor = 4, Folds = 4, MostRowsInFolds = 2000, FewestRows = 20;

    // No data set that was tried gained from more epochs, or from a score that is this near to 1.
    const int MostEpochs = 1500;

    const double Perfect = 0.9999;

    /// <summary>The time that search and training may take together, in nominal seconds (<see cref="Recipe.NominalSeconds"/>).</summary>
    public const double UsualBudget = 30;

    /// <summary>Chooses the number of epochs.</summary>
    /// <param name="train">The training rows, standardized.</param>
    /// <param name="recipe">The recipe; its number of epochs is not used.</param>
    /// <param name="seed">The seed of the division of the rows, the initial values and the order of the rows.</param>
    /// <param name="budget">The time for the search and the training that follows, in nominal seconds.</param>
    /// <param name="progress">Told after each step of each training.</param>
    /// <param name="cancellation">Ends the search; the best of what was tried is chosen.</param>
    public static RecipeChoice Choose(
        Dataset train, Recipe recipe, int seed = 0, double budget = UsualBudget, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(recipe);
        if (!(budget > 0)) throw Invalid.Setting(nameof(budget), budget, "RecipeSearch: the budget must be greater than 0 seconds.");
        var parts = Parts(train, seed);
        var tried = new List<RecipeTrial>();
        double spent = 0;
        double Cost(Recipe candidate) => parts.Sum(part => candidate.NominalSeconds(part.Train));
        bool Fits(Recipe candidate) => spent + Cost(candidate) + candidate.NominalSeconds(train) <= budget;
        RecipeTrial? Next(Recipe candidate)
        {
            spent += Cost(candidate);
            return Try(candidate, parts, seed, progress, tried.Count, cancellation);
        }

        int least = Math.Max(Recipe.FewestSteps, recipe.StepsPerEpoch(train.Count));
        for (long steps = least; steps < int.MaxValue && parts.Count > 0 && !cancellation.IsCancellationRequested; steps *= Factor)
        {
            Recipe candidate = recipe.WithSteps((int)steps, train.Count);
            bool isLast = tried.Count > 0 && !Fits(candidate);
            if (isLast) candidate = recipe.WithSteps((int)steps / 2, train.Count);
            if (!Fits(candidate) || (tried.Count > 0 && candidate.Epochs > MostEpochs)) break;
            if (Next(candidate) is not { } trial) break;
            tried.Add(trial);
            if (isLast || !double.IsFinite(trial.Loss) || trial.Score > Perfect || (tried.Count > 1 && !trial.IsBetterThan(tried[^2]))) break;
        }

        // Where the shortest training was the best, shorter ones may be better still: few rows that say little are soon learned by heart.
        // Of more rows, a single part that is held out is too noisy a judge of it.
        for (int steps = least / Factor; parts.Count > 1 && tried.Count > 1 && !tried[1].IsBetterThan(tried[0]) && !cancellation.IsCancellationRequested; steps /= Factor)
        {
            Recipe candidate = recipe.WithSteps(steps, train.Count);
            if (candidate.Epochs == tried[0].Recipe.Epochs || !Fits(candidate) || Next(candidate) is not { } trial) break;
            tried.Insert(0, trial);
        }

        RecipeTrial? best = null;
        foreach (RecipeTrial trial in tried)
            if (best is null || trial.IsBetterThan(best)) best = trial;
        return new RecipeChoice(best?.Recipe ?? Unsearched(recipe.WithSteps(least, train.Count), train, budget), tried, parts.Count, train.IsClassification);
    }

    // Where there is no time for a search, the time still limits the training.
    static Recipe Unsearched(Recipe recipe, Dataset train, double budget) =>
        recipe with { Epochs = (int)Math.Clamp(budget / (recipe with { Epochs = 1 }).NominalSeconds(train), 1, recipe.Epochs) };

    // Few rows are validated in turn; each row of a class that is held out should leave another one to learn from.
    static IReadOnlyList<(Dataset Train, Dataset Test)> Parts(Dataset train, int seed)
    {
        if (train.Count < FewestRows) return [];
        return train.Count <= MostRowsInFolds ? train.Folds(Folds, seed) : [train.Split(0.8, seed)];
    }

    static RecipeTrial? Try(
        Recipe recipe, IReadOnlyList<(Dataset Train, Dataset Test)> parts, int seed, IProgress<TrainingProgress>? progress, int number,
        CancellationToken cancellation)
    {
        double loss = 0, score = 0;
        int rows = 0;
        string candidate = string.Create(CultureInfo.InvariantCulture, $"{recipe.Epochs} {(recipe.Epochs == 1 ? "epoch" : "epochs")}");
        for (int part = 0; part < parts.Count; part++)
        {
            var (train, test) = parts[part];
            MLP model = recipe.NewModel(train, seed);
            int done = part;
            var step = progress is null ? null : new Relay(progress, p => p with
            {
                // The parts of a trial count as one training.
                Epoch = done * recipe.Epochs + p.Epoch,
                Epochs = parts.Count * recipe.Epochs,
                Searching = true,
                Candidate = candidate,
            });
            TrainerOptions options = recipe.ToOptions(seed) with { LookForMistakes = false };
            TrainingOutcome outcome = Trainer.Fit(model, train, options, step, cancellation);
            if (cancellation.IsCancellationRequested) return null;
            if (outcome.Reason == StopReason.Diverged) return new RecipeTrial(recipe, double.NaN, double.NegativeInfinity);
            var (l, s) = new Evaluator(model, train, options).Evaluate(test);
            (loss, score, rows) = (loss + l * test.Count, score + s * test.Count, rows + test.Count);
        }
        return new RecipeTrial(recipe, loss / rows, double.IsNaN(score) ? double.NegativeInfinity : score / rows);
    }

    sealed class Relay(IProgress<TrainingProgress> to, Func<TrainingProgress, TrainingProgress> change) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => to.Report(change(value));
    }
}

/// <summary>What a recipe reached on the validation rows.</summary>
/// <param name="Recipe">The recipe.</param>
/// <param name="Loss">The mean validation loss; NaN if a training diverged.</param>
/// <param name="Score">The mean validation score: accuracy, 0 to 1, or R²; −∞ if a training diverged.</param>
public sealed record RecipeTrial(Recipe Recipe, double Loss, double Score)
{
    internal bool IsBetterThan(RecipeTrial other) => Score > other.Score || (Score == other.Score && Loss < other.Loss);
}

/// <summary>The recipe that was chosen, and what was tried.</summary>
/// <param name="Recipe">The recipe with its number of epochs.</param>
/// <param name="Tried">What was tried, in order; empty if the rows are too few, or the time too short, for a search.</param>
/// <param name="Parts">The number of folds; 1 if a fifth of the rows was held out.</param>
/// <param name="IsClassification">Whether the scores are accuracies; otherwise they are R².</param>
public sealed record RecipeChoice(Recipe Recipe, IReadOnlyList<RecipeTrial> Tried, int Parts, bool IsClassification)
{
    /// <summary>How the rows were validated: <c>4-fold cross-validation on the training rows</c>.</summary>
    public string Method => Parts > 1
        ? string.Create(CultureInfo.InvariantCulture, $"{Parts}-fold cross-validation on the training rows")
        : "validation on a fifth of the training rows";

    /// <summary>A table with a line for each recipe that was tried.</summary>
    public override string ToString()
    {
        var table = new TextTable("epochs", IsClassification ? "accuracy" : "R²", "loss", "chosen");
        foreach (RecipeTrial trial in Tried)
            table.Add(trial.Recipe.Epochs.ToString(CultureInfo.InvariantCulture), trial.Score.ToString("F3", CultureInfo.InvariantCulture),
                trial.Loss.ToString("G4", CultureInfo.InvariantCulture), ReferenceEquals(trial.Recipe, Recipe) ? "yes" : "");
        return table.ToText().TrimEnd('\n');
    }
}
