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

    /// <summary>
    /// Which part of every batch is returned, on one of several ranks that train together: the rows of a batch are divided among
    /// <c>Size</c> parts without overlap, the first parts having one row more if they cannot be equal. A part may be empty. Default (0, 1):
    /// all rows. Give each rank a loader with the same seed.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The rank is not 0 … size − 1.</exception>
    public (int Rank, int Size) Part
    {
        get;
        init => field = value.Rank >= 0 && value.Rank < value.Size ? value : throw Invalid.OutOfRange(nameof(Part),
            $"DataLoader: part {value.Rank} of {value.Size} does not exist; expected a rank of at least 0 and less than the number of ranks.");
    } = (0, 1);

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

    /// <summary>
    /// Whether a batch can be read only until the next one, which is in its memory: for loops of the library, out of which nobody can take a
    /// batch.
    /// </summary>
    internal bool ReusesMemory { get; init; }

    IEnumerator<Batch> Batches(int[]? order, int first)
    {
        Lease? lease = null;
        try
        {
            for (int b = first; b < BatchCount; b++)
            {
                int start = b * BatchSize;
                int count = Math.Min(BatchSize, Dataset.Count - start);
                _returned = b + 1;
                (int from, int rows) = PartOf(count);
                lease?.End();
                lease = ReusesMemory ? new Lease(Tape.OfThisThread.Results, scope: null) : null;
                Batch batch = Rows(order, start + from, rows, lease);
                if (Part.Size > 1) (batch.Share, batch.WholeTarget) = ((double)rows / count, Rows(Dataset.Target, order, start, count));
                yield return batch;
            }
        }
        finally
        {
            (_startedFrom, _returned) = (null, 0);
            lease?.End();
        }
    }

    (int From, int Count) PartOf(int rows)
    {
        (int each, int more) = Math.DivRem(rows, Part.Size);
        return (Part.Rank * each + Math.Min(Part.Rank, more), each + (Part.Rank < more ? 1 : 0));
    }

    Batch Rows(int[]? order, int start, int count, Lease? lease)
    {
        return new(Dataset, Lent(Dataset.Inputs), Lent(Dataset.Target));

        Tensor Lent(Tensor table) => lease is null
            ? Rows(table, order, start, count)
            : lease.Compute(() => Rows(table, order, start, count));
    }

    static Tensor Rows(Tensor table, int[]? order, int start, int count) =>
        order is null ? Columns.Slice(table, start, count) : Columns.Gather(table, order.AsSpan(start, count));
}
