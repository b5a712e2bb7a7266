using MyTorch.Data;
using MyTorch.Nn;

namespace MyTorch.Training;

/// <summary>Trains a model: <c>Trainer.Fit(model, train, new TrainerOptions { Epochs = 30, ValidationShare = 0.1, Patience = 5 })</c>.</summary>
/// <remarks>
/// The loop is that of a program that trains by itself: forward, loss, backward, step. Around it the trainer evaluates validation rows, stops
/// early, follows a schedule, clips gradients, notices a loss that is NaN, grows or does not move, and recognises usual mistakes.
/// </remarks>
public static class Trainer
{
    /// <summary>Trains a model on the rows of a data set, and returns how the training went.</summary>
    /// <param name="model">
    /// The model, (rows, features) → (rows, classes) or (rows, targets). It is in training mode for the steps and in evaluation mode for the
    /// validation; afterwards its modules have the modes they had before.
    /// </param>
    /// <param name="data">The training rows, without missing values, standardized.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellation">Ends the training after the current step; the outcome is that of the epochs so far.</param>
    /// <exception cref="ArgumentException">An option is outside its range, or the data cannot be trained on.</exception>
    /// <exception cref="InvalidOperationException">The model's output has another shape than the data needs.</exception>
    /// <exception cref="IOException">The checkpoint cannot be written; the one before is unchanged.</exception>
    /// <exception cref="Serialization.ModelFileException">The checkpoint is damaged, or is of another training.</exception>
    /// <exception cref="Distributed.RanksDifferException">
    /// <see cref="TrainerOptions.Communicator"/> is set, and a rank has other data, options or another model.
    /// </exception>
    public static TrainingOutcome Fit(
        Module model, Dataset data, TrainerOptions? options = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new TrainerOptions();
        options.Check(data);
        var modes = model.NamedModules().Select(named => (named.Module, named.Module.Training)).ToArray();
        Generator before = Generator.Default;
        try
        {
            model.Train();
            return new TrainingRun(model, data, options, progress).Run(cancellation);
        }
        finally
        {
            Tape.OfThisThread.Results.Clear();
            // Submodules follow their module in the list, so a mode that is set for a module with all its submodules is right in the end.
            foreach ((Module module, bool training) in modes)
                if (module.Training != training) _ = training ? module.Train() : module.Eval();
            Generator.Default = before;
        }
    }

    /// <summary>How far the training of a file of <see cref="TrainerOptions.CheckpointPath"/> has come, and of which training it is.</summary>
    /// <param name="path">The file.</param>
    /// <returns>null if there is no file, or it is not a checkpoint of <see cref="Fit"/>.</returns>
    /// <exception cref="Serialization.ModelFileException">The file cannot be read.</exception>
    public static TrainerCheckpoint? ReadCheckpoint(string path) => TrainingCheckpoint.Read(path);
}
