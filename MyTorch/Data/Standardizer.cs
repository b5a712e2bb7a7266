namespace MyTorch.Data;

/// <summary>
/// Puts columns on one scale, z = (x − mean) / deviation, with the means and standard deviations of the rows it was fitted on:
/// the training rows, so that nothing of the test rows leaks into training. A regression's targets are scaled too, and
/// <see cref="InverseTargets"/> takes predictions back to their units.
/// </summary>
public sealed class Standardizer
{
    readonly Tensor? _targetMean, _targetScale;

    Standardizer(Dataset dataset, bool features, bool targets)
    {
        (Mean, Scale) = features
            ? Fitted(dataset.Inputs)
            : (Tensor.Zeros([dataset.FeatureCount], dataset.Inputs.DType), Tensor.Ones([dataset.FeatureCount], dataset.Inputs.DType));
        if (targets && !dataset.IsClassification) (_targetMean, _targetScale) = Fitted(dataset.Targets);
    }

    /// <summary>What is subtracted from each feature, (features).</summary>
    public Tensor Mean { get; }

    /// <summary>What each feature is divided by, (features): its population standard deviation, or 1 where the column is constant.</summary>
    public Tensor Scale { get; }

    /// <summary>Fits the means and deviations of a data set's columns.</summary>
    /// <param name="train">The rows to learn them from. No value may be missing.</param>
    /// <param name="features">Whether to scale the inputs.</param>
    /// <param name="targets">Whether to scale the targets of a regression. The labels of a classification never are.</param>
    /// <exception cref="InvalidOperationException">Values are missing, or the data set is already standardised.</exception>
    public static Standardizer Fit(Dataset train, bool features = true, bool targets = true)
    {
        ArgumentNullException.ThrowIfNull(train);
        RequireRaw(train, "Fit");
        if (train.MissingCount > 0)
            throw new InvalidOperationException(
                $"Standardizer.Fit: {train.MissingCount} input value(s) are missing (NaN) and would make the means NaN. " +
                "Fill them first: Imputer.Fit(train).Apply(train).");
        return new Standardizer(train, features, targets);
    }

    /// <summary>The data set with its columns on the fitted scale. It remembers this standardizer, so that it is not applied twice.</summary>
    /// <exception cref="ArgumentException">The features or targets are not as many as those it was fitted on, or of another dtype.</exception>
    /// <exception cref="InvalidOperationException">The data set is already standardised.</exception>
    public Dataset Apply(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        RequireRaw(dataset, "Apply");
        Tensor inputs = Apply(dataset.Inputs);
        if (_targetMean is null || _targetScale is null) return dataset.With(inputs, standardizer: this);
        if (dataset.IsClassification)
            throw new ArgumentException(
                $"Standardizer.Apply: it was fitted on a regression with {_targetMean.ElementCount} target(s); this data set ({dataset}) has classes. " +
                "Fit one on this data, or fit with targets: false.", nameof(dataset));
        RequireFit("targets", dataset.Targets, _targetMean);
        using (Autograd.Pause())
            return dataset.With(inputs, (dataset.Targets - _targetMean) / _targetScale, this);
    }

    /// <summary>Rows of features, (rows, features), on the fitted scale: what a trained model expects for new examples.</summary>
    /// <exception cref="ArgumentException">The columns are not as many as those it was fitted on, or of another dtype.</exception>
    public Tensor Apply(Tensor inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        RequireFit("features", inputs, Mean);
        using (Autograd.Pause())
            return (inputs - Mean) / Scale;
    }

    /// <summary>
    /// Targets or predictions, (rows, targets), taken from the fitted scale back to their original units, y · deviation + mean.
    /// Returned as they are if the targets were not scaled.
    /// </summary>
    /// <exception cref="ArgumentException">The columns are not as many as the targets it was fitted on, or of another dtype.</exception>
    public Tensor InverseTargets(Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        if (_targetMean is null || _targetScale is null) return targets;
        RequireFit("targets", targets, _targetMean);
        using (Autograd.Pause())
            return targets * _targetScale + _targetMean;
    }

    static (Tensor Mean, Tensor Scale) Fitted(Tensor table)
    {
        var (mean, deviation) = Columns.Spread(table);
        double[] scale = [.. deviation.Select(d => d > 0 ? d : 1)];
        return (Tensor.From(mean, table.DType), Tensor.From(scale, table.DType));
    }

    static void RequireRaw(Dataset dataset, string action)
    {
        if (dataset.Standardizer is not null)
            throw new InvalidOperationException(
                $"Standardizer.{action}: this data set ({dataset}) is already standardised. Keep the original one and start from it.");
    }

    static void RequireFit(string what, Tensor table, Tensor fitted)
    {
        if (table.Rank != 2 || table.Shape[1] != fitted.ElementCount)
            throw new ArgumentException(
                $"Standardizer: the {what} have shape {table.Shape}; expected (rows, {fitted.ElementCount}), as it was fitted on {fitted.ElementCount} column(s). " +
                "Fit it on data with the same columns.", nameof(table));
        if (table.DType != fitted.DType)
            throw new ArgumentException(
                $"Standardizer: the {what} are {table.DType}; it was fitted on {fitted.DType}. Convert with .To(DType.{fitted.DType}).", nameof(table));
    }
}
