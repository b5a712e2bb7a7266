namespace MyTorch.Data;

/// <summary>A mini-batch: some rows of a data set.</summary>
public sealed class Batch
{
    readonly Dataset _source;
    readonly Tensor _target;

    internal Batch(Dataset source, Tensor inputs, Tensor target) => (_source, Inputs, _target) = (source, inputs, target);

    /// <summary>The features, (rows, features).</summary>
    public Tensor Inputs { get; }

    /// <summary>The labels or the targets.</summary>
    internal Tensor Target => _target;

    /// <summary>The data set whose rows these are.</summary>
    internal Dataset Source => _source;

    /// <summary>The class of each row, Int64 (rows).</summary>
    /// <exception cref="InvalidOperationException">The data set is a regression.</exception>
    public Tensor Labels => _source.IsClassification ? _target : _source.Labels;

    /// <summary>The numbers to predict, (rows, targets).</summary>
    /// <exception cref="InvalidOperationException">The data set is a classification.</exception>
    public Tensor Targets => _source.IsClassification ? _source.Targets : _target;

    /// <summary>
    /// The fraction of the rows of the whole batch that these are, 0 to 1: less than 1 if the loader returns only a
    /// <see cref="DataLoader.Part"/> of each batch.
    /// </summary>
    public double Share { get; internal set; } = 1;

    /// <summary>The labels or targets of the whole batch, of which this may be a part.</summary>
    internal Tensor WholeTarget
    {
        get => field ?? _target;
        set;
    }

    /// <summary>The number of rows. A <see cref="DataLoader.Part"/> of a small batch may have none.</summary>
    public int Count => Inputs.Shape[0];
}
