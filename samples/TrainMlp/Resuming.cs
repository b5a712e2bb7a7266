using System.Globalization;
using MyTorch.Serialization;
using MyTorch.Training;
using static System.FormattableString;

namespace TrainMlp;

/// <summary>
/// What <c>--resume FILE</c> adds to the trainer's checkpoint: how the number of epochs was chosen, so that a run that goes on does not
/// choose again.
/// </summary>
internal sealed class Resuming
{
    const string Budget = "budget in seconds", Tried = "epochs tried";

    readonly TrainerCheckpoint? _found;

    /// <exception cref="UsageException">The option cannot be used with the others, or the file is not a checkpoint.</exception>
    public Resuming(Settings settings)
    {
        if (settings.ResumePath is not { } path) return;
        if (settings.KFold is not null)
            throw new UsageException("--kfold trains many models, and --resume keeps the state of one. Leave one of them out.");
        if (settings.SavePath is { } save && Path.GetFullPath(save) == Path.GetFullPath(path))
            throw new UsageException("--save and --resume name the same file. Give the model and the checkpoint different names.");
        try
        {
            _found = Trainer.ReadCheckpoint(path);
        }
        catch (ModelFileException e)
        {
            throw new UsageException($"--resume: {e.Message}");
        }
        if (_found is null && File.Exists(path))
            throw new UsageException(
                $"--resume: {path} exists and is not a checkpoint that --resume wrote, so it is not replaced. Name another file.");
    }

    /// <summary>The number of complete epochs in the file; null if it does not exist yet.</summary>
    public int? Epochs => _found?.Epochs;

    /// <summary>The choice that the file holds; null if none was made.</summary>
    public RecipeChoice? Choice(Recipe recipe, bool isClassification)
    {
        if (_found?.Notes.TryGetValue(Tried, out string? text) != true) return null;
        int[] head = [.. text!.Split(';')[0].Split(' ').Where(word => word.All(char.IsAsciiDigit))
            .Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
        RecipeTrial[] tried = [.. text.Split(';').Skip(1).Select(trial => trial.Trim().Split(' ')).Select(words => new RecipeTrial(
            recipe with { Epochs = int.Parse(words[0], CultureInfo.InvariantCulture) }, Number(words[2]), Number(words[1])))];
        Recipe chosen = tried.FirstOrDefault(trial => trial.Recipe.Epochs == head[0])?.Recipe ?? recipe with { Epochs = head[0] };
        return new RecipeChoice(chosen, tried, head[1], isClassification);

        static double Number(string word) => double.Parse(word, CultureInfo.InvariantCulture);
    }

    /// <summary>The texts that go into the checkpoint.</summary>
    public static IReadOnlyDictionary<string, string> Notes(Settings settings, RecipeChoice? choice)
    {
        var notes = new Dictionary<string, string>();
        if (choice is null) return notes;
        notes[Budget] = settings.Budget.ToString("R", CultureInfo.InvariantCulture);
        notes[Tried] = Invariant($"{choice.Recipe.Epochs} chosen in {choice.Parts} parts")
            + string.Concat(choice.Tried.Select(trial => Invariant($"; {trial.Recipe.Epochs} {trial.Score:R} {trial.Loss:R}")));
        return notes;
    }

    /// <summary>Whether and from where the training goes on, in a sentence.</summary>
    public string Describe(Settings settings) => Epochs switch
    {
        null => Invariant($"The state is written to {settings.ResumePath} after each epoch; the same command goes on from it."),
        0 => Invariant($"Resuming from {settings.ResumePath}, before the first epoch."),
        var epochs => Invariant($"Resuming from {settings.ResumePath}, after epoch {epochs}."),
    };
}
