using System.Collections;

namespace MyTorch.Data;

/// <summary>
/// Cuts a data set into batches: <c>foreach (var batch in new DataLoader(train, batchSize: 32, shuffle: true, seed: epoch))</c>.
/// </summary>
/// <remarks>
/// One loader may be enumerated many times. With <c>shuffle</c> each enumeration draws the next order from the stream of its seed: the
/// first is always the same for a seed, the second another, and a new loader of that seed repeats them all. Without it the rows
/// come in their own order every time. A batch belongs to whoever holds it: its values never change, even after the next one is taken.
/// </remarks>
public sealed class DataLoader : IEnumerable<Batch>
{
    readonly Generator? _generator;

    /// <summary>A loader of batches.</summary>
    /// <param name="dataset">Where the rows come from. It must have no missing values.</param>
    /// <param name="batchSize">Rows in a batch, at least 1. If there are fewer in the data set, there is one smaller batch.</param>
    /// <param name="shuffle">Whether the rows come in a random order.</param>
    /// <param name="seed">Which random order; give the epoch's number for a new one each epoch.</param>
    /// <param name="dropLast">Whether rows that do not fill a last batch are left out.</param>
    /// <exception cref="ArgumentException">The batch size is not positive; it exceeds the rows while <paramref name="dropLast"/> is set, so
    /// that no batch would come; or the data set has missing values.</exception>
    public DataLoader(Dataset dataset, int batchSize = 32, bool shuffle = false, int seed = 0, bool dropLast = false)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (batchSize < 1)
            throw Invalid.OutOfRange(nameof(batchSize),
                $"DataLoader: the batch size is {batchSize}; expected at least 1.");
        if (dropLast && batchSize > dataset.Count)
            throw new ArgumentException(
                $"DataLoader: the batch size {batchSize} exceeds the {dataset.Count} row(s), and dropLast leaves out a batch that is not full: " +
                $"nothing would come. Use a batch size of at most {dataset.Count}, or dropLast: false.", nameof(batchSize));
        if (dataset.MissingCount > 0)
            throw new ArgumentException(
                $"DataLoader: {dataset.MissingCount} input value(s) are missing (NaN). Fill them with Imputer.Fit(train).Apply(dataset), " +
                "or load with Missing = MissingValues.Drop.", nameof(dataset));
        Dataset = dataset;
        BatchSize = batchSize;
        BatchCount = dropLast ? dataset.Count / batchSize : (int)(((long)dataset.Count + batchSize - 1) / batchSize);
        _generator = shuffle ? new Generator(seed) : null;
    }

    /// <summary>Where the rows come from.</summary>
    public Dataset Dataset { get; }

    /// <summary>Rows in a batch, except perhaps the last.</summary>
    public int BatchSize { get; }

    /// <summary>How many batches an enumeration gives.</summary>
    public int BatchCount { get; }

    /// <inheritdoc/>
    public IEnumerator<Batch> GetEnumerator() => Batches(_generator?.Permutation(Dataset.Count));

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    IEnumerator<Batch> Batches(int[]? order)
    {
        for (int b = 0; b < BatchCount; b++)
        {
            int start = b * BatchSize;
            int count = Math.Min(BatchSize, Dataset.Count - start);
            yield return order is null
                ? new Batch(Dataset, Columns.Slice(Dataset.Inputs, start, count), Columns.Slice(Dataset.Target, start, count))
                : new Batch(Dataset,
                    Columns.Gather(Dataset.Inputs, order.AsSpan(start, count)), Columns.Gather(Dataset.Target, order.AsSpan(start, count)));
        }
    }
}
