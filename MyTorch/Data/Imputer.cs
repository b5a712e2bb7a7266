namespace MyTorch.Data;

/// <summary>
/// Fills missing values (NaN) with the mean of their column over the rows it was fitted on: the training rows, so that nothing of
/// the test rows leaks into training. Use it after <see cref="Dataset.Split"/> and before <see cref="Standardizer"/>.
/// </summary>
/// <remarks>In the columns of a text feature the mean is the share of each category, so an unknown text becomes the shares.</remarks>
public sealed class Imputer
{
    Imputer(Tensor mean) => Mean = mean;

    /// <summary>What is put in for a missing value of each feature, (features).</summary>
    public Tensor Mean { get; }

    /// <summary>Takes the mean of each column over the values that are present.</summary>
    /// <exception cref="InvalidOperationException">A column has no value at all, or the data set is already standardised.</exception>
    public static Imputer Fit(Dataset train)
    {
        ArgumentNullException.ThrowIfNull(train);
        RequireRaw(train, "Fit");
        var (mean, present) = Columns.Means(train.Inputs);
        int empty = Array.IndexOf(present, 0);
        if (empty >= 0)
            throw new InvalidOperationException(
                $"Imputer.Fit: the feature '{train.FeatureNames[empty]}' has no value in any of the {train.Count} row(s), so it has no mean. " +
                "Exclude it when loading (CsvOptions.Exclude).");
        return new Imputer(Tensor.From(mean, train.Inputs.DType));
    }

    /// <summary>The data set with its missing values filled.</summary>
    /// <exception cref="ArgumentException">The features are not as many as those it was fitted on, or of another dtype.</exception>
    /// <exception cref="InvalidOperationException">The data set is already standardised: the means are in the units it had before.</exception>
    public Dataset Apply(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        RequireRaw(dataset, "Apply");
        if (dataset.FeatureCount != Mean.ElementCount)
            throw new ArgumentException(
                $"Imputer: the data set has {dataset.FeatureCount} feature(s); it was fitted on {Mean.ElementCount}. Fit it on data with the same columns.",
                nameof(dataset));
        if (dataset.Inputs.DType != Mean.DType)
            throw new ArgumentException(
                $"Imputer: the data set is {dataset.Inputs.DType}; it was fitted on {Mean.DType}. Load both with the same dtype.", nameof(dataset));
        if (dataset.MissingCount == 0) return dataset;
        using (Autograd.Pause())
        {
            // NaN is the one number that is not equal to itself.
            Tensor missing = dataset.Inputs.NotEqualTo(dataset.Inputs);
            return dataset.With(Tensor.Where(missing, Mean, dataset.Inputs));
        }
    }

    static void RequireRaw(Dataset dataset, string action)
    {
        if (dataset.Standardizer is not null)
            throw new InvalidOperationException(
                $"Imputer.{action}: this data set ({dataset}) is already standardised. Fill missing values first, then standardise.");
    }
}
