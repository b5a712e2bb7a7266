namespace MyTorch.Data;

/// <summary>
/// Standardizes columns, z = (x − mean) / deviation, with the means and standard deviations of the rows it was fitted on. Fit it on the
/// training rows only, so that the test rows do not leak into training. The targets of a regression are standardized too, and
/// <see cref="InverseTargets"/> converts predictions back to the original units.
/// </summary>
/// <remarks>
/// It computes in Float64, with all digits of the file that <see cref="CsvDataset"/> read, and rounds once. So timestamps and other large
/// numbers with small differences keep these differences in Float32.
/// </remarks>
public sealed class Standardizer
{
    // One row of the data set it was fitted on, for names and dtype.
    readonly Dataset _fitted;
    readonly double[]? _mean, _scale, _targetMean, _targetScale;

    Standardizer(Dataset dataset, (double[] Mean, double[] Scale)? features, (double[] Mean, double[] Scale)? targets)
    {
        _fitted = dataset.Select(0);
        (_mean, _scale) = (features?.Mean, features?.Scale);
        (_targetMean, _targetScale) = (targets?.Mean, targets?.Scale);
        Mean = Tensor.From(_mean ?? new double[dataset.FeatureCount], dataset.Inputs.DType);
        Scale = _scale is null ? Tensor.Ones([dataset.FeatureCount], dataset.Inputs.DType) : Tensor.From(_scale, dataset.Inputs.DType);
    }

    /// <summary>The mean of each feature, (features), rounded to the type of the data set.</summary>
    public Tensor Mean { get; }

    /// <summary>The divisor of each feature, (features): its population standard deviation, or 1 if the column is constant.</summary>
    public Tensor Scale { get; }

    /// <summary>Computes the means and standard deviations of the columns of a data set.</summary>
    /// <param name="train">The training rows, without missing values.</param>
    /// <param name="features">Whether to standardize the inputs.</param>
    /// <param name="targets">Whether to standardize the targets of a regression. Labels are never changed.</param>
    /// <exception cref="InvalidOperationException">Values are missing, or the data set is already standardized.</exception>
    public static Standardizer Fit(Dataset train, bool features = true, bool targets = true)
    {
        ArgumentNullException.ThrowIfNull(train);
        RequireRaw(train, "Fit");
        if (train.MissingCount > 0)
            throw new InvalidOperationException(
                $"Standardizer.Fit: {train.MissingCount} input value(s) are missing (NaN) and would make the means NaN. " +
                "Fill them first: Imputer.Fit(train).Apply(train).");
        return new Standardizer(
            train, features ? Fitted(train.Inputs, train.InputsRest) : null,
            targets && !train.IsClassification ? Fitted(train.Targets, train.TargetRest) : null);
    }

    /// <summary>A standardizer that was fitted before: one row for names and type, and means and scales with all digits.</summary>
    internal static Standardizer Restored(Dataset fitted, (double[] Mean, double[] Scale)? features, (double[] Mean, double[] Scale)? targets) =>
        new(fitted, features, targets);

    /// <summary>The means and scales of the features with all digits; null if they are not standardized.</summary>
    internal (double[] Mean, double[] Scale)? ExactFeatures => _mean is null || _scale is null ? null : (_mean, _scale);

    /// <summary>Those of the targets.</summary>
    internal (double[] Mean, double[] Scale)? ExactTargets => _targetMean is null || _targetScale is null ? null : (_targetMean, _targetScale);

    /// <summary>
    /// The standardized data set. It keeps a reference to this standardizer, so it cannot be standardized twice. Features and classes are
    /// matched by name with those of the fit, as in <see cref="Dataset.AlignedWith"/>.
    /// </summary>
    /// <exception cref="ArgumentException">Features, classes or targets are not those it was fitted on, or of another dtype.</exception>
    /// <exception cref="InvalidOperationException">The data set is already standardized.</exception>
    public Dataset Apply(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        RequireRaw(dataset, "Apply");
        dataset = dataset.Aligned(_fitted, "Standardizer.Apply");
        RequireFit("features", dataset.Inputs, _fitted.FeatureCount);
        (Tensor inputs, Tensor? rest) = _mean is null || _scale is null
            ? (dataset.Inputs, dataset.InputsRest)
            : (Columns.Standardized(dataset.Inputs, dataset.InputsRest, _mean, _scale), null);
        if (_targetMean is null || _targetScale is null) return dataset.With(inputs, rest, standardizer: this);
        if (dataset.IsClassification)
            throw new ArgumentException(
                $"Standardizer.Apply: it was fitted on a regression with {_targetMean.Length} target(s); this data set ({dataset}) " +
                $"has classes. " +
                "Fit one on this data, or fit with targets: false.", nameof(dataset));
        RequireFit("targets", dataset.Targets, _targetMean.Length);
        return dataset.With(inputs, rest, Columns.Standardized(dataset.Targets, dataset.TargetRest, _targetMean, _targetScale),
            standardizer: this);
    }

    /// <summary>Standardizes rows of features, (rows, features), for predictions on new examples.</summary>
    /// <exception cref="ArgumentException">The columns are not as many as those it was fitted on, or of another dtype.</exception>
    public Tensor Apply(Tensor inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        RequireFit("features", inputs, _fitted.FeatureCount);
        return _mean is null || _scale is null ? inputs.Detach() : Columns.Standardized(inputs, null, _mean, _scale);
    }

    /// <summary>A standardized value of a feature in the units of the file.</summary>
    internal double Original(int feature, double value) => _mean is null || _scale is null ? value : value * _scale[feature] + _mean[feature];

    /// <summary>
    /// Targets or predictions, (rows, targets), converted back to the original units: y · deviation + mean. Unchanged if targets are not
    /// standardized.
    /// </summary>
    /// <exception cref="ArgumentException">The columns are not as many as the targets it was fitted on, or of another dtype.</exception>
    public Tensor InverseTargets(Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        if (_targetMean is null || _targetScale is null) return targets;
        RequireFit("targets", targets, _targetMean.Length);
        return Columns.Unstandardized(targets, _targetMean, _targetScale);
    }

    static (double[] Mean, double[] Scale) Fitted(Tensor table, Tensor? rest)
    {
        var (mean, deviation) = Columns.Spread(table, rest);
        return (mean, [.. deviation.Select(d => d > 0 ? d : 1)]);
    }

    static void RequireRaw(Dataset dataset, string action)
    {
        if (dataset.Standardizer is not null)
            throw new InvalidOperationException(
                $"Standardizer.{action}: this data set ({dataset}) is already standardized. Keep the original one and start from it.");
    }

    void RequireFit(string what, Tensor table, int columns)
    {
        if (table.Rank != 2 || table.Shape[1] != columns)
            throw new ArgumentException(
                $"Standardizer: the {what} have shape {table.Shape}; expected (rows, {columns}), as it was fitted on {columns} " +
                $"column(s). " +
                "Fit it on data with the same columns.", nameof(table));
        DType fitted = _fitted.Inputs.DType;
        if (table.DType != fitted)
            throw new ArgumentException(
                $"Standardizer: the {what} are {table.DType}; it was fitted on {fitted}. Convert with .To(DType.{fitted}).", nameof(table));
    }
}
