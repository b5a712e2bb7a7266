using System.Collections;

namespace MyTorch.Data;

/// <summary>
/// Iterates over a data set in mini-batches: <c>foreach (var batch in new DataLoader(train, batchSize: 32, shuffle: true, seed:
/// epoch))</c>.
/// </summary>
/// <remarks>
/// A loader can be enumerated many times. With <c>shuffle</c> each enumeration takes the next random permutation of its seed, and a new
/// loader with that seed repeats the sequence. Without it the rows keep their order. A batch is a copy: later batches do not change its
/// values.
/// </remarks>
public sealed class DataLoader : IEnumerable<Batch>
{
    readonly Generator? _generator;

    // Where the latest enumeration is: the generator's state before its permutation, and the number of batches it has returned.
    Tensor? _startedFrom;
    int _returned, _resumeAfter;

    /// <summary>A loader of mini-batches.</summary>
    /// <param name="dataset">The data set, without missing values.</param>
    /// <param name="batchSize">The number of rows per batch, at least 1. A smaller data set gives one smaller batch.</param>
    /// <param name="shuffle">Whether to shuffle the rows in each enumeration.</param>
    /// <param name="seed">The seed of the shuffling. For a new loader per epoch, pass the number of the epoch.</param>
    /// <param name="dropLast">Whether to drop a last batch that is not full.</param>
    /// <exception cref="ArgumentException">
    /// The batch size is less than 1, or greater than the number of rows with <paramref name="dropLast"/>; or the data set has missing
    /// values.
    /// </exception>
    public DataLoader(Dataset dataset, int batchSize = 32, bool shuffle = false, int seed = 0, bool dropLast = false)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (batchSize < 1)
            throw Invalid.OutOfRange(nameof(batchSize),
                $"DataLoader: the batch size is {batchSize}; expected at least 1.");
        if (dropLast && batchSize > dataset.Count)
            throw new ArgumentException(
                $"DataLoader: the batch size {batchSize} exceeds the {dataset.Count} row(s), and dropLast drops a batch that is not " +
                $"full, " +
                $"so there would be no batch. Use a batch size of at most {dataset.Count}, or dropLast: false.", nameof(batchSize));
        if (dataset.MissingCount > 0)
            throw new ArgumentException(
                $"DataLoader: {dataset.MissingCount} input value(s) are missing (NaN). Fill them with Imputer.Fit(train).Apply(dataset), " +
                "or load with Missing = MissingValues.Drop.", nameof(dataset));
        Dataset = dataset;
        BatchSize = batchSize;
        BatchCount = dropLast ? dataset.Count / batchSize : (int)(((long)dataset.Count + batchSize - 1) / batchSize);
        _generator = shuffle ? new Generator(seed) : null;
    }

    /// <summary>The data set.</summary>
    public Dataset Dataset { get; }

    /// <summary>The number of rows per batch; the last batch may have fewer.</summary>
    public int BatchSize { get; }

    /// <summary>The number of batches of an enumeration.</summary>
    public int BatchCount { get; }

    /// <inheritdoc/>
    public IEnumerator<Batch> GetEnumerator()
    {
        _startedFrom = _generator?.GetState();
        (int returned, _resumeAfter) = (_resumeAfter, 0);
        _returned = returned;
        return Batches(_generator?.Permutation(Dataset.Count), returned);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// Where a training is: the generator's state before the permutation of this enumeration, or of the next one between two of them (null
    /// without shuffling), and the number of batches of it that were returned.
    /// </summary>
    internal (Tensor? Generator, int Returned) Position
    {
        get => (_startedFrom ?? _generator?.GetState(), _returned);
        set
        {
            if (value.Generator is not null) _generator?.SetState(value.Generator);
            (_startedFrom, _returned, _resumeAfter) = (null, value.Returned, value.Returned);
        }
    }

    IEnumerator<Batch> Batches(int[]? order, int first)
    {
        try
        {
            for (int b = first; b < BatchCount; b++)
            {
                int start = b * BatchSize;
                int count = Math.Min(BatchSize, Dataset.Count - start);
                _returned = b + 1;
                yield return order is null
                    ? new Batch(Dataset, Columns.Slice(Dataset.Inputs, start, count), Columns.Slice(Dataset.Target, start, count))
                    : new Batch(Dataset,
                        Columns.Gather(Dataset.Inputs, order.AsSpan(start, count)), Columns.Gather(Dataset.Target, order.AsSpan(start, count)));
            }
        }
        finally
        {
            (_startedFrom, _returned) = (null, 0);
        }
    }
}
