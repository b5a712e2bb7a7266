namespace MyTorch.Data;

// What a pipeline remembers of the data set it was made for: names, classes and types, without the rows.
public sealed partial class Dataset
{
    internal bool FeaturesAreNamed => _featuresAreNamed;

    internal bool ClassesAreNamed => _classesAreNamed;

    Dataset(Dataset like, bool featuresAreNamed, bool classesAreNamed) : this(like, like.Inputs, like._target) =>
        (_featuresAreNamed, _classesAreNamed) = (featuresAreNamed, classesAreNamed);

    /// <summary>A data set of one row of zeros with the given names.</summary>
    internal static Dataset OneRow(
        DType dtype, IReadOnlyList<string> features, IReadOnlyList<string> classes, IReadOnlyList<string> targets, bool featuresAreNamed,
            bool classesAreNamed)
    {
        Tensor inputs = Tensor.Zeros([1, features.Count], dtype);
        Dataset row = classes.Count > 0
            ? new Dataset(inputs, Tensor.Indices(0), features, classes, targets)
            : new Dataset(inputs, Tensor.Zeros([1, targets.Count], dtype), features, targetNames: targets);
        return new Dataset(row, featuresAreNamed, classesAreNamed);
    }

    /// <summary>Rows to predict: the features, and their digits that the type does not keep.</summary>
    internal static Dataset Rows(Tensor inputs, Tensor? rest, Dataset fitted)
    {
        var rows = new Dataset(inputs, Tensor.Zeros([inputs.Shape[0]], DType.Int64), fitted.FeatureNames, ["none"]);
        return new Dataset(rows, fitted._featuresAreNamed, true) { InputsRest = rest };
    }

    /// <summary>The same rows with other digits beyond those of the type.</summary>
    internal Dataset WithRest(Tensor? inputsRest, Tensor? targetRest) =>
        new(this, Inputs, _target) { InputsRest = inputsRest, TargetRest = targetRest };

    /// <summary>The same features with targets of another data set's kind: zeros, which are not meant to be read.</summary>
    internal Dataset WithTargetsOf(Dataset fitted)
    {
        Tensor target = fitted.IsClassification ? Tensor.Zeros([Count], DType.Int64)
            : Tensor.Zeros([Count, fitted.OutputCount], Inputs.DType);
        var rows = new Dataset(Inputs, target, FeatureNames, fitted.IsClassification ? fitted.ClassNames : null, fitted.TargetNames);
        return new Dataset(rows, _featuresAreNamed, fitted._classesAreNamed) { InputsRest = InputsRest, Standardizer = Standardizer };
    }

    /// <summary>The same rows in their first units, with the features and classes in the order of those a pipeline was made for.</summary>
    internal Dataset For(Dataset fitted, string action) => Aligned(fitted, action);
}
