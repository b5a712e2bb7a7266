namespace MyTorch.Data;

/// <summary>
/// Fills missing values (NaN) with the mean of their column. Fit it on the training rows only, so that the test rows do not leak into
/// training. Use it after <see cref="Dataset.Split"/> and before <see cref="Standardizer"/>.
/// </summary>
/// <remarks>In the one-hot columns of a categorical feature the mean is the frequency of the category.</remarks>
public sealed class Imputer
{
    readonly Dataset _fitted;
    readonly double[] _mean;

    Imputer(Dataset train, double[] mean) =>
        (_fitted, _mean, Mean) = (train.Select(0), mean, Tensor.From(mean, train.Inputs.DType));

    /// <summary>An imputer that was fitted before: one row for names and type, and the means with all digits.</summary>
    internal static Imputer Restored(Dataset fitted, double[] mean) => new(fitted, mean);

    internal ReadOnlySpan<double> ExactMean => _mean;

    /// <summary>The mean of each feature, which replaces its missing values, (features).</summary>
    public Tensor Mean { get; }

    /// <summary>Computes the mean of each column over the values that are not missing.</summary>
    /// <exception cref="InvalidOperationException">A column has no value at all, or the data set is already standardized.</exception>
    public static Imputer Fit(Dataset train)
    {
        ArgumentNullException.ThrowIfNull(train);
        RequireRaw(train, "Fit");
        var (mean, present) = Columns.Means(train.Inputs, train.InputsRest);
        int empty = Array.IndexOf(present, 0);
        if (empty >= 0)
            throw new InvalidOperationException(
                $"Imputer.Fit: the feature '{Cited.Text(train.FeatureNames[empty])}' has no value in any of the {train.Count} row(s), " +
                $"so it has no mean. " +
                "Exclude it when loading (CsvOptions.Exclude).");
        return new Imputer(train, mean);
    }

    /// <summary>
    /// The data set with its missing values filled. Features and classes are matched by name with those of the fit, as in
    /// <see cref="Dataset.AlignedWith"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The features or classes are not those it was fitted on, or of another dtype.</exception>
    /// <exception cref="InvalidOperationException">
    /// The data set is already standardized: the means are in the units it had before.
    /// </exception>
    public Dataset Apply(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        RequireRaw(dataset, "Apply");
        dataset = dataset.Aligned(_fitted, "Imputer");
        if (dataset.Inputs.DType != Mean.DType)
            throw new ArgumentException(
                $"Imputer: the data set is {dataset.Inputs.DType}; it was fitted on {Mean.DType}. Load both with the same " +
                $"dtype.", nameof(dataset));
        if (dataset.MissingCount == 0) return dataset;
        using (Autograd.Pause())
        {
            // NaN is not equal to itself.
            Tensor missing = dataset.Inputs.NotEqualTo(dataset.Inputs);
            Tensor? rest = null;
            if (dataset.InputsRest is not null)
            {
                var meanRest = Tensor.From([.. _mean.Select((mean, c) => mean - Mean.ValueAt(c))], DType.Float32);
                rest = Tensor.Where(missing, meanRest, dataset.InputsRest);
            }
            return dataset.With(Tensor.Where(missing, Mean, dataset.Inputs), rest);
        }
    }

    static void RequireRaw(Dataset dataset, string action)
    {
        if (dataset.Standardizer is not null)
            throw new InvalidOperationException(
                $"Imputer.{action}: this data set ({dataset}) is already standardized. Fill missing values first, then standardize.");
    }
}
