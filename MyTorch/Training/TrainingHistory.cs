using System.Collections;
using System.Globalization;
using System.Text;
using MyTorch.Serialization;

namespace MyTorch.Training;

/// <summary>One epoch of a training. Scores are accuracy, 0 to 1, or R².</summary>
public sealed record EpochRecord
{
    /// <summary>The epoch, from 1; 0 is the state before training.</summary>
    public required int Epoch { get; init; }

    /// <summary>The mean loss of the rows, each measured when its batch was trained on. For epoch 0 the loss of the initial model.</summary>
    public required double Loss { get; init; }

    /// <summary>The score of the rows, each measured when its batch was trained on.</summary>
    public required double Score { get; init; }

    /// <summary>The loss on the validation rows after the epoch; null without validation rows.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The score on the validation rows after the epoch; null without validation rows.</summary>
    public double? ValidationScore { get; init; }

    /// <summary>The learning rate of the epoch; of the first parameter group if there are several.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The mean over the steps of the norm of all gradients together, before clipping; 0 for epoch 0.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>The seconds since the start of the training.</summary>
    public required double Seconds { get; init; }
}

/// <summary>The epochs of a training, in order; the first, epoch 0, is the state before training.</summary>
public sealed class TrainingHistory : IReadOnlyList<EpochRecord>
{
    readonly List<EpochRecord> _epochs = [];

    /// <summary>The number of records: one more than the number of complete epochs.</summary>
    public int Count => _epochs.Count;

    /// <summary>The record of an epoch; 0 is the state before training.</summary>
    public EpochRecord this[int epoch] => _epochs[epoch];

    /// <summary>The losses, before training and of each epoch.</summary>
    public IReadOnlyList<double> Losses => [.. _epochs.Select(epoch => epoch.Loss)];

    /// <inheritdoc/>
    public IEnumerator<EpochRecord> GetEnumerator() => _epochs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(EpochRecord epoch) => _epochs.Add(epoch);

    /// <summary>
    /// The history as CSV: <c>epoch,loss,score,validation_loss,validation_score,learning_rate,gradient_norm,seconds</c>, a line per
    /// epoch, numbers in the invariant culture with all digits; empty fields without validation rows.
    /// </summary>
    public string ToCsv()
    {
        var text = new StringBuilder("epoch,loss,score,validation_loss,validation_score,learning_rate,gradient_norm,seconds\n");
        foreach (EpochRecord e in _epochs)
            text.Append(CultureInfo.InvariantCulture,
                $"{e.Epoch},{e.Loss:R},{e.Score:R},{e.ValidationLoss:R},{e.ValidationScore:R},{e.LearningRate:R},{e.GradientNorm:R},{e.Seconds:F3}\n");
        return text.ToString();
    }

    /// <summary>Writes <see cref="ToCsv"/> to a file. A file of that name is replaced, and only by a complete one.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public void SaveCsv(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(ToCsv())));
    }
}
