using System.Globalization;
using MyTorch.Serialization;

namespace MyTorch.Training;

/// <summary>
/// The checkpoint of <see cref="TrainerOptions.CheckpointPath"/>: beside what a <see cref="Checkpoint"/> holds the history, the parameters
/// of the best epoch, the warnings, and of which training it is (<see cref="TrainingIdentity"/>).
/// </summary>
/// <param name="path">The file. Of several ranks only rank 0 has it.</param>
/// <param name="checkpoint">What is saved and loaded.</param>
/// <param name="identity">Of which training it is.</param>
/// <param name="ranks">The ranks that train together; null for one.</param>
sealed class TrainingCheckpoint(string path, Checkpoint checkpoint, IReadOnlyDictionary<string, string> identity, TrainingRanks? ranks = null)
{
    const string HistoryKey = "history", BestKey = "best", IdentityKey = "trainer.", WarningKey = "warning.";

    // Numbers of an epoch in the table of the history.
    const int Width = 7;

    internal void Save(TrainingHistory history, BestEpoch? best, IReadOnlyList<TrainingWarning> warnings)
    {
        if (ranks?.WritesFiles != false) Write(history, best, warnings);
        ranks?.Wait();
    }

    void Write(TrainingHistory history, BestEpoch? best, IReadOnlyList<TrainingWarning> warnings)
    {
        checkpoint.Epoch = history.Count - 1;
        checkpoint.Extra.Clear();
        checkpoint.Extra[HistoryKey] = Tensor.From([.. history.SelectMany(e => new[]
        {
            e.Loss, e.Score, e.ValidationLoss ?? double.NaN, e.ValidationScore ?? double.NaN, e.LearningRate, e.GradientNorm, e.Seconds,
        })], [history.Count, Width], DType.Float64);
        best?.SaveTo(checkpoint.Extra, BestKey);
        checkpoint.Notes.Clear();
        foreach ((string name, string text) in identity) checkpoint.Notes[IdentityKey + name] = text;
        for (int i = 0; i < warnings.Count; i++)
            checkpoint.Notes[string.Create(CultureInfo.InvariantCulture, $"{WarningKey}{i}.{warnings[i].Mistake}")] = warnings[i].Sentence;
        checkpoint.Save(path);
    }

    /// <summary>Takes over the state of the file, if there is one.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ModelFileException">The file is damaged, or is of another training; nothing has changed.</exception>
    internal bool Resume(TrainingHistory history, BestEpoch? best, List<TrainingWarning> warnings, int epochs, bool hasValidation)
    {
        if (ranks is null) return Resume(path, history, best, warnings, epochs, hasValidation);
        string copy = ranks.CopyOfRank0(path);
        try
        {
            return Resume(copy, history, best, warnings, epochs, hasValidation);
        }
        finally
        {
            if (copy != path) File.Delete(copy);
        }
    }

    bool Resume(string path, TrainingHistory history, BestEpoch? best, List<TrainingWarning> warnings, int epochs, bool hasValidation)
    {
        if (!File.Exists(path)) return false;
        if (Notes(path) is not { } then)
            throw new ModelFileException(path,
                "this is not a checkpoint of Trainer.Fit in this version, and it is not replaced. Name another file for the checkpoint.");
        if (TrainingIdentity.Difference(then, identity) is { } difference)
            throw new ModelFileException(path,
                $"the checkpoint is of another training. {difference}. To go on with that one, give its data and settings; to start anew, " +
                "delete the file or name another one.");
        checkpoint.Load(path);
        if (checkpoint.Epoch > epochs)
            throw new ModelFileException(path, string.Create(CultureInfo.InvariantCulture,
                $"the checkpoint has {checkpoint.Epoch} epochs, more than the {epochs} of this training. Train for at least as many, ") +
                "or name another file.");
        if (!checkpoint.Extra.TryGetValue(HistoryKey, out Tensor? table) || table.Shape != new[] { checkpoint.Epoch + 1, Width })
            throw new ModelFileException(path, "the checkpoint has no history of its epochs. Delete it, or name another file.");
        double[] n = table.ToArray();
        for (int epoch = 0; epoch <= checkpoint.Epoch; epoch++)
        {
            int i = Width * epoch;
            history.Add(new EpochRecord
            {
                Epoch = epoch,
                Loss = n[i],
                Score = n[i + 1],
                ValidationLoss = hasValidation ? n[i + 2] : null,
                ValidationScore = hasValidation ? n[i + 3] : null,
                LearningRate = n[i + 4],
                GradientNorm = n[i + 5],
                Seconds = n[i + 6],
            });
        }
        best?.LoadFrom(checkpoint.Extra, BestKey);
        warnings.Clear();
        foreach ((string key, string sentence) in checkpoint.Notes.OrderBy(note => note.Key, StringComparer.Ordinal))
            if (key.StartsWith(WarningKey, StringComparison.Ordinal) && Enum.TryParse(key.Split('.')[^1], out Mistake mistake))
                warnings.Add(new TrainingWarning(mistake, sentence));
        return true;
    }

    /// <summary>The identity that a file holds; null if it is not a checkpoint of a trainer.</summary>
    static Dictionary<string, string>? Notes(string path)
    {
        IReadOnlyDictionary<string, string> metadata = Safetensors.ReadHeader(path).Metadata;
        const string prefix = Checkpoint.NotePrefix + IdentityKey;
        var notes = metadata.Where(text => text.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(text => text.Key[prefix.Length..], text => text.Value);
        return metadata.ContainsKey(ModelFile.CheckpointKey) && notes.Count > 0 ? notes : null;
    }

    /// <summary>How far the training of a file has come; null if it does not exist or is not a checkpoint of a trainer.</summary>
    internal static TrainerCheckpoint? Read(string path)
    {
        if (!File.Exists(path) || Notes(path) is not { } notes) return null;
        string name = Checkpoint.ExtraName(HistoryKey);
        SafetensorsEntry? table = Safetensors.ReadHeader(path).Tensors.FirstOrDefault(tensor => tensor.Name == name);
        return table is { Shape: { Rank: 2 } shape } ? new TrainerCheckpoint(shape[0] - 1, notes) : null;
    }
}

/// <summary>
/// What a file of <see cref="TrainerOptions.CheckpointPath"/> says of its training; see <see cref="Trainer.ReadCheckpoint"/>.
/// </summary>
/// <param name="Epochs">The number of complete epochs.</param>
/// <param name="Notes">
/// The data, the model and the settings in words, and <see cref="TrainerOptions.CheckpointNotes"/>. A training resumes where all are equal.
/// </param>
public sealed record TrainerCheckpoint(int Epochs, IReadOnlyDictionary<string, string> Notes);
