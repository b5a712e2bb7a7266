namespace MyTorch.Data;

/// <summary>
/// Fills missing values (NaN) with the mean of their column over the rows it was fitted on: the training rows, so that nothing of
/// the test rows leaks into training. Use it after <see cref="Dataset.Split"/> and before <see cref="Standardizer"/>.
/// </summary>
/// <remarks>In the columns of a text feature the mean is the share of each category, so an unknown text becomes the shares.</remarks>
public sealed class Imputer
{
    readonly Dataset _fitted;
    readonly double[] _mean;

    Imputer(Dataset train, double[] mean) =>
        (_fitted, _mean, Mean) = (train.Select(0), mean, Tensor.From(mean, train.Inputs.DType));

    /// <summary>What is put in for a missing value of each feature, (features).</summary>
    public Tensor Mean { get; }

    /// <summary>Takes the mean of each column over the values that are present.</summary>
    /// <exception cref="InvalidOperationException">A column has no value at all, or the data set is already standardised.</exception>
    public static Imputer Fit(Dataset train)
    {
        ArgumentNullException.ThrowIfNull(train);
        RequireRaw(train, "Fit");
        var (mean, present) = Columns.Means(train.Inputs, train.InputsRest);
        int empty = Array.IndexOf(present, 0);
        if (empty >= 0)
            throw new InvalidOperationException(
                $"Imputer.Fit: the feature '{Cited.Text(train.FeatureNames[empty])}' has no value in any of the {train.Count} row(s), so it has no mean. " +
                "Exclude it when loading (CsvOptions.Exclude).");
        return new Imputer(train, mean);
    }

    /// <summary>
    /// The data set with its missing values filled. Features and classes are matched by name with those it was fitted on, as
    /// <see cref="Dataset.AlignedWith"/> does.
    /// </summary>
    /// <exception cref="ArgumentException">The features or classes are not those it was fitted on, or of another dtype.</exception>
    /// <exception cref="InvalidOperationException">The data set is already standardised: the means are in the units it had before.</exception>
    public Dataset Apply(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        RequireRaw(dataset, "Apply");
        dataset = dataset.Aligned(_fitted, "Imputer");
        if (dataset.Inputs.DType != Mean.DType)
            throw new ArgumentException(
                $"Imputer: the data set is {dataset.Inputs.DType}; it was fitted on {Mean.DType}. Load both with the same dtype.", nameof(dataset));
        if (dataset.MissingCount == 0) return dataset;
        using (Autograd.Pause())
        {
            // NaN is the one number that is not equal to itself.
            Tensor missing = dataset.Inputs.NotEqualTo(dataset.Inputs);
            Tensor? rest = dataset.InputsRest is null ? null : Tensor.Where(missing, Tensor.From([.. _mean.Select((mean, c) => mean - Mean.ValueAt(c))], DType.Float32), dataset.InputsRest);
            return dataset.With(Tensor.Where(missing, Mean, dataset.Inputs), rest);
        }
    }

    static void RequireRaw(Dataset dataset, string action)
    {
        if (dataset.Standardizer is not null)
            throw new InvalidOperationException(
                $"Imputer.{action}: this data set ({dataset}) is already standardised. Fill missing values first, then standardise.");
    }
}
