using System.Collections.ObjectModel;
using System.Diagnostics;

namespace MyTorch.Data;

/// <summary>
/// A table of examples, one per row: features (<see cref="Inputs"/>) and what to predict from them, a class (<see cref="Labels"/>) or one
/// or more numbers (<see cref="Targets"/>).
/// </summary>
/// <remarks>A data set is immutable; <see cref="Split"/>, <see cref="Select"/>, <see cref="Imputer"/> and
/// <see cref="Standardizer"/> return new ones.</remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class Dataset
{
    // Without class names, a data set with few rows may have at most this many classes.
    const int MostUnnamedClasses = 1000;

    readonly Tensor _target;
    readonly bool _featuresAreNamed, _classesAreNamed;

    /// <summary>A data set from tensors; it shares their memory.</summary>
    /// <param name="inputs">(N, features), Float32 or Float64, finite. NaN is a missing value, for <see cref="Imputer"/>.</param>
    /// <param name="target">For a classification the classes 0 … classes − 1, Int64 (N). For a regression the targets, (N) or (N, targets),
    /// of the dtype of <paramref name="inputs"/>.</param>
    /// <param name="featureNames">A name for each column of <paramref name="inputs"/>; if null, column_0, column_1, ….</param>
    /// <param name="classNames">A name for each class of a classification; if null, "0", "1", … up to the largest label. Required for more
    /// than 1,000 classes with more than ten classes per row, because such labels are usually ids.</param>
    /// <param name="targetNames">A name for each target; if null, target_0, target_1, …, or target for a single one.</param>
    /// <exception cref="ArgumentException">Shapes, dtypes, labels or names do not match, or a value is infinite.</exception>
    public Dataset(
        Tensor inputs,
        Tensor target,
        IReadOnlyList<string>? featureNames = null,
        IReadOnlyList<string>? classNames = null,
        IReadOnlyList<string>? targetNames = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(target);
        if (!inputs.DType.IsFloat())
            throw new ArgumentException(
                $"Dataset: inputs are {inputs.DType}; expected Float32 or Float64. Convert with .To(DType.Float32).", nameof(inputs));
        if (inputs.Rank != 2)
            throw new ArgumentException(
                $"Dataset: inputs have shape {inputs.Shape}; expected (rows, features). " +
                (inputs.Rank < 2 ? "Use .Unsqueeze(1) for a single feature." : "Use .Flatten(1) to merge the other dimensions into one."),
                nameof(inputs));
        if (inputs.Shape[0] == 0 || inputs.Shape[1] == 0)
            throw new ArgumentException(
                $"Dataset: inputs have shape {inputs.Shape}; expected at least one row and one feature.", nameof(inputs));
        if (target.Rank is 0 or > 2 || target.Shape[0] != inputs.Shape[0])
            throw new ArgumentException(
                $"Dataset: inputs have shape {inputs.Shape} and the target {target.Shape}; expected one label or row of targets " +
                $"for each of the {inputs.Shape[0]} input rows.", nameof(target));

        Inputs = inputs.Detach();
        FeatureNames = Names(featureNames, inputs.Shape[1], "column", "feature", nameof(featureNames));
        _featuresAreNamed = featureNames is not null;
        (MissingCount, int infinite) = Columns.Check(Inputs);
        if (infinite >= 0)
            throw new ArgumentException(FormattableString.Invariant(
                $"Dataset: the input in row {infinite / FeatureCount}, column {infinite % FeatureCount} ") +
                $"('{Cited.Text(FeatureNames[infinite % FeatureCount])}') is {Sign(Inputs, infinite)}∞; " +
                $"expected finite numbers, or NaN for a missing value.{TooLarge(Inputs)}", nameof(inputs));
        IsClassification = target.DType == DType.Int64;
        if (IsClassification)
        {
            if (target.Rank != 1)
                throw new ArgumentException(
                    $"Dataset: labels have shape {target.Shape}; expected ({inputs.Shape[0]},): one class index per row. " +
                    "From one-hot rows get them with .ArgMax(1).", nameof(target));
            _target = target;
            _classesAreNamed = classNames is not null;
            long largest = CheckLabels(target, classNames?.Count);
            ClassNames = classNames is null
                ? [.. Enumerable.Range(0, checked((int)largest + 1)).Select(c => FormattableString.Invariant($"{c}"))]
                : [.. classNames];
            TargetNames = Names(targetNames ?? ["target"], 1, "target", "target", nameof(targetNames));
        }
        else
        {
            if (classNames is not null)
                throw new ArgumentException(
                    $"Dataset: class names were given, but the target is {target.DType}; expected Int64 labels. " +
                    "Make them with Tensor.Indices, or leave the class names out for a regression.", nameof(classNames));
            if (target.DType != inputs.DType)
                throw new ArgumentException(
                    $"Dataset: inputs are {inputs.DType} and targets {target.DType}; expected targets of the inputs' type, or Int64 " +
                    $"labels. " +
                    $"Convert with .To(DType.{inputs.DType}).", nameof(target));
            int targets = target.Rank == 1 ? 1 : target.Shape[1];
            if (targets == 0)
                throw new ArgumentException($"Dataset: targets have shape {target.Shape}; expected at least one column.", nameof(target));
            using (Autograd.Pause())
                _target = target.Detach().Reshape([inputs.Shape[0], targets]);
            ClassNames = [];
            TargetNames = Names(targetNames ?? (targets == 1 ? ["target"] : null), targets, "target", "target", nameof(targetNames));
            var (missing, unbounded) = Columns.Check(_target);
            if (missing > 0)
                throw new ArgumentException(
                    $"Dataset: the target of row {Array.FindIndex(_target.ToArray(), double.IsNaN) / targets} is NaN; expected numbers. " +
                    "Leave out rows without a target.", nameof(target));
            if (unbounded >= 0)
                throw new ArgumentException(FormattableString.Invariant(
                    $"Dataset: the target in row {unbounded / targets}, column {unbounded % targets} ") +
                    $"('{Cited.Text(TargetNames[unbounded % targets])}') is {Sign(_target, unbounded)}∞; " +
                    $"expected finite numbers.{TooLarge(_target)}", nameof(target));
        }
    }

    static string Sign(Tensor table, int element) => table.ValueAt(element) < 0 ? "-" : "";

    static string TooLarge(Tensor table) => table.DType == DType.Float32 ? " If it is a number beyond 3.4e38, use Float64." : "";

    // The same columns with other rows or values.
    Dataset(Dataset like, Tensor inputs, Tensor target)
    {
        (Inputs, _target, Standardizer) = (inputs, target, like.Standardizer);
        (FeatureNames, ClassNames, TargetNames) = (like.FeatureNames, like.ClassNames, like.TargetNames);
        (_featuresAreNamed, _classesAreNamed) = (like._featuresAreNamed, like._classesAreNamed);
        (IsClassification, SkippedRows, Schema, Notes) = (like.IsClassification, like.SkippedRows, like.Schema, like.Notes);
        MissingCount = like.MissingCount == 0 ? 0 : Columns.Check(inputs).Missing;
        if (inputs.Shape[0] == like.Count) (Lines, File) = (like.Lines, like.File);
    }

    /// <summary>The features, (N, features), Float32 or Float64. Numbers of a file with more digits than Float32 has are rounded;
    /// <see cref="Standardizer"/> computes with the digits of the file.</summary>
    public Tensor Inputs { get; }

    /// <summary>The class of each row, Int64 (N), values 0 … <see cref="ClassCount"/> − 1.</summary>
    /// <exception cref="InvalidOperationException">This is a regression.</exception>
    public Tensor Labels => IsClassification ? _target : throw new InvalidOperationException(
        $"This data set ({this}) is a regression and has no labels; use Targets.");

    /// <summary>The numbers to predict, (N, targets), of the dtype of <see cref="Inputs"/>; (N, 1) for a single target.</summary>
    /// <exception cref="InvalidOperationException">This is a classification.</exception>
    public Tensor Targets => !IsClassification ? _target : throw new InvalidOperationException(
        $"This data set ({this}) is a classification and has no targets; use Labels.");

    /// <summary>Whether the target is a class (classification) or numbers (regression).</summary>
    public bool IsClassification { get; }

    /// <summary>The number of rows, at least 1.</summary>
    public int Count => Inputs.Shape[0];

    /// <summary>The number of features, at least 1.</summary>
    public int FeatureCount => Inputs.Shape[1];

    /// <summary>The number of classes, including classes without a row; 0 for a regression.</summary>
    public int ClassCount => ClassNames.Count;

    /// <summary>The number of outputs of a model: <see cref="ClassCount"/>, or the number of targets of a regression.</summary>
    public int OutputCount => IsClassification ? ClassCount : _target.Shape[1];

    /// <summary>The names of the features. A category of a categorical column is named <c>column=text</c>.</summary>
    public IReadOnlyList<string> FeatureNames { get; private init; }

    /// <summary>The names of the classes, by label; empty for a regression.</summary>
    public IReadOnlyList<string> ClassNames { get; private init; }

    /// <summary>The names of the targets: one for a classification, one per target for a regression.</summary>
    public IReadOnlyList<string> TargetNames { get; }

    /// <summary>The number of rows of the file that were dropped because a field was empty.</summary>
    public int SkippedRows { get; internal init; }

    /// <summary>What each column of the file became, for the same reading of new rows; null if this was not read from a file or from objects.</summary>
    public DatasetSchema? Schema { get; internal init; }

    /// <summary>The line of the file from which each row is; empty if the rows are from no file.</summary>
    public IReadOnlyList<long> Lines { get; internal init; } = [];

    /// <summary>The file of <see cref="Lines"/>; null if there is none.</summary>
    internal string? File { get; init; }

    /// <summary>The texts of the columns that <see cref="CsvOptions.Keep"/> names, one for each row, by the name of the column.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Kept { get; internal set; } =
        ReadOnlyDictionary<string, IReadOnlyList<string>>.Empty;

    /// <summary>What was noticed when the file was read, such as columns that were left out and why, in the order of importance to a reader.</summary>
    public IReadOnlyList<CsvIssue> Notes { get; internal set; } = [];

    /// <summary>
    /// The number of missing input values (NaN). <see cref="Imputer"/> fills them; <see cref="DataLoader"/> does not accept them.
    /// </summary>
    public int MissingCount { get; }

    /// <summary>The standardizer that was applied; null if the values are in their original units.</summary>
    public Standardizer? Standardizer { get; private init; }

    /// <summary>The rounding errors of <see cref="Inputs"/> compared with the numbers of the file; null if they are negligible.</summary>
    internal Tensor? InputsRest { get; init; }

    /// <summary>The rounding errors of the targets.</summary>
    internal Tensor? TargetRest { get; init; }

    /// <summary>
    /// Splits the rows at random into a training set with a fraction of <paramref name="trainFraction"/> and a test set with the others.
    /// For a classification the split is stratified: each class is split in that proportion, to within one row. A class with two or more
    /// rows has at least one in each part; the row of a class with one row is in the training set.
    /// </summary>
    /// <param name="trainFraction">The fraction of training rows, greater than 0 and less than 1.</param>
    /// <param name="seed">The seed of the random split.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="trainFraction"/> is not between 0 and 1.</exception>
    /// <exception cref="InvalidOperationException">There are too few rows for at least one in each part.</exception>
    public (Dataset Train, Dataset Test) Split(double trainFraction = 0.8, int seed = 0)
    {
        if (!(trainFraction > 0 && trainFraction < 1))
            throw Invalid.OutOfRange(nameof(trainFraction),
                $"Split: the training fraction is {trainFraction}; expected a number between 0 and 1, such as 0.8.");

        long[]? labels = IsClassification ? Labels.ToInt64Array() : null;
        int[] groupSizes = new int[Math.Max(ClassCount, 1)];
        for (int row = 0; row < Count; row++) groupSizes[labels?[row] ?? 0]++;
        int[] trainSizes = TrainSizes(groupSizes, trainFraction);

        int trainCount = trainSizes.Sum();
        if (trainCount == 0 || trainCount == Count)
            throw new InvalidOperationException(
                $"Split: {Count} row(s) in {groupSizes.Count(size => size > 0)} group(s) cannot be split into two parts with at least " +
                $"one row each. " +
                "Load more rows, at least two of a class.");

        var train = new List<int>(trainCount);
        var test = new List<int>(Count - trainCount);
        foreach (int row in new Generator(seed).Permutation(Count))
        {
            // When a class has all its training rows, its other rows are test rows.
            if (trainSizes[labels?[row] ?? 0]-- > 0) train.Add(row);
            else test.Add(row);
        }
        return (Select([.. train]), Select([.. test]));
    }

    /// <summary>
    /// The number of training rows of each class, rounded by the largest-remainder method so that the total is right too.
    /// </summary>
    static int[] TrainSizes(int[] groupSizes, double fraction)
    {
        int[] sizes = [.. groupSizes.Select(size => (int)(size * fraction))];
        int extra = (int)Math.Round(groupSizes.Sum() * fraction, MidpointRounding.AwayFromZero) - sizes.Sum();
        var byRemainder = Enumerable.Range(0, sizes.Length).Where(g => groupSizes[g] * fraction > sizes[g])
            .OrderByDescending(g => groupSizes[g] * fraction - sizes[g]);
        foreach (int g in byRemainder.Take(Math.Max(extra, 0))) sizes[g]++;
        for (int g = 0; g < sizes.Length; g++)
        {
            if (groupSizes[g] >= 2) sizes[g] = Math.Clamp(sizes[g], 1, groupSizes[g] - 1);
            else sizes[g] = groupSizes[g];
        }
        return sizes;
    }

    /// <summary>The first rows, at most so many.</summary>
    internal Dataset First(int most) => Count <= most ? this : Select([.. Enumerable.Range(0, most)]);

    /// <summary>The data set of the given rows, in the given order; a row may occur several times.</summary>
    /// <param name="rows">At least one row, each 0 … <see cref="Count"/> − 1.</param>
    /// <exception cref="ArgumentException">No row is given, or a row does not exist.</exception>
    public Dataset Select(params ReadOnlySpan<int> rows)
    {
        if (rows.IsEmpty)
            throw new ArgumentException("Select: got no rows; expected at least one.", nameof(rows));
        foreach (int row in rows)
            if ((uint)row >= (uint)Count)
                throw Invalid.OutOfRange(nameof(rows), $"Select: row {row} does not exist; use 0 to {Count - 1}.");
        return new Dataset(this, Columns.Gather(Inputs, rows), Columns.Gather(_target, rows))
        {
            InputsRest = InputsRest is null ? null : Columns.Gather(InputsRest, rows),
            TargetRest = TargetRest is null ? null : Columns.Gather(TargetRest, rows),
            Kept = KeptOf(rows),
            Lines = LinesOf(rows),
            File = File,
        };
    }

    ReadOnlyCollection<long> LinesOf(ReadOnlySpan<int> rows)
    {
        if (Lines.Count == 0) return ReadOnlyCollection<long>.Empty;
        long[] some = new long[rows.Length];
        for (int i = 0; i < some.Length; i++) some[i] = Lines[rows[i]];
        return some.AsReadOnly();
    }

    ReadOnlyDictionary<string, IReadOnlyList<string>> KeptOf(ReadOnlySpan<int> rows)
    {
        var kept = new Dictionary<string, IReadOnlyList<string>>();
        foreach ((string column, IReadOnlyList<string> texts) in Kept)
        {
            string[] some = new string[rows.Length];
            for (int i = 0; i < some.Length; i++) some[i] = texts[rows[i]];
            kept[column] = some.AsReadOnly();
        }
        return kept.AsReadOnly();
    }

    /// <summary>The size of the data set: <c>1797 rows, 64 features, 10 classes</c>.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Counted(Count, "row")}, {Counted(FeatureCount, "feature")}, ")
        + (IsClassification ? Counted(ClassCount, "class", "classes") : Counted(OutputCount, "target"));

    /// <summary>
    /// The same rows with the features and classes in the order of another data set, matched by name, so that a model trained on
    /// that one can be given this one: a test file read by itself may have its columns in another order, or rows of some classes only.
    /// </summary>
    /// <param name="train">What the model was trained on.</param>
    /// <remarks>Where one of the two was made without names, features and classes are taken by position.</remarks>
    /// <exception cref="ArgumentException">
    /// A feature, such as a category of a text column, or a class is in one of the two only.
    /// </exception>
    public Dataset AlignedWith(Dataset train)
    {
        ArgumentNullException.ThrowIfNull(train);
        return Aligned(train, nameof(AlignedWith));
    }

    internal Dataset Aligned(Dataset fitted, string action)
    {
        Dataset result = this;
        if (_featuresAreNamed && fitted._featuresAreNamed && !FeatureNames.SequenceEqual(fitted.FeatureNames))
            result = WithFeaturesOf(fitted, action);
        else if (FeatureCount != fitted.FeatureCount)
            throw new ArgumentException(
                $"{action}: the features have shape {Inputs.Shape}; expected (rows, {fitted.FeatureCount}), as it was fitted on " +
                $"{fitted.FeatureCount} feature(s) and this has " +
                $"{FeatureCount} feature(s). Fit it on data with the same columns.");
        return IsClassification && fitted.IsClassification && !ClassNames.SequenceEqual(fitted.ClassNames)
            ? result.WithClassesOf(fitted, action)
            : result;
    }

    Dataset WithFeaturesOf(Dataset fitted, string action)
    {
        string[] unknown = [.. FeatureNames.Except(fitted.FeatureNames)], lacking = [.. fitted.FeatureNames.Except(FeatureNames)];
        var position = new Dictionary<string, int>();
        for (int i = 0; i < FeatureCount; i++) position[FeatureNames[i]] = i;
        if (unknown.Length + lacking.Length > 0 || FeatureCount != fitted.FeatureCount || position.Count != FeatureCount)
            throw new ArgumentException(
                $"{action}: the features differ from those it was fitted on: " +
                string.Join(" and ",
                    ((string?[])[unknown.Length > 0 ? $"{Cited.List(unknown)} {(unknown.Length == 1 ? "is" : "are")} new" : null,
                    lacking.Length > 0 ? $"{Cited.List(lacking)} {(lacking.Length == 1 ? "is" : "are")} missing" : null,
                    unknown.Length + lacking.Length == 0 ? "a name occurs more than once" : null]).OfType<string>()) +
                ". Give both the same columns and categories: load one file with the rows of both, and divide it with Split or Select.");
        int[] order = [.. fitted.FeatureNames.Select(name => position[name])];
        return new Dataset(this, Columns.Pick(Inputs, order), _target)
        {
            FeatureNames = fitted.FeatureNames,
            InputsRest = InputsRest is null ? null : Columns.Pick(InputsRest, order),
            TargetRest = TargetRest,
        };
    }

    Dataset WithClassesOf(Dataset fitted, string action)
    {
        bool byName = _classesAreNamed && fitted._classesAreNamed;
        string[] unknown = byName ? [.. ClassNames.Except(fitted.ClassNames)] : [.. ClassNames.Skip(fitted.ClassCount)];
        if (unknown.Length > 0)
            throw new ArgumentException(
                $"{action}: the class(es) {Cited.List(unknown)} are not among those it was fitted on, {Cited.List(fitted.ClassNames)}. " +
                "Leave out such rows, or fit and train on data that has all classes.");
        Tensor labels = _target;
        if (byName)
        {
            string[] names = [.. fitted.ClassNames];
            long[] map = [.. ClassNames.Select(name => (long)Array.IndexOf(names, name))];
            labels = Tensor.Indices(Array.ConvertAll(_target.ToInt64Array(), label => map[label]));
        }
        return new Dataset(this, Inputs, labels) { ClassNames = fitted.ClassNames, InputsRest = InputsRest };
    }

    /// <summary>The same rows with other values.</summary>
    internal Dataset With(
        Tensor inputs, Tensor? inputsRest, Tensor? target = null, Tensor? targetRest = null, Standardizer? standardizer = null) =>
        new(this, inputs, target ?? _target)
        {
            InputsRest = inputsRest,
            TargetRest = target is null ? TargetRest : targetRest,
            Standardizer = standardizer ?? Standardizer,
        };

    internal Tensor Target => _target;

    static string Counted(int count, string singular, string? plural = null) =>
        FormattableString.Invariant($"{count} {(count == 1 ? singular : plural ?? singular + "s")}");

    static long CheckLabels(Tensor labels, int? classes)
    {
        long largest = 0;
        long[] values = labels.ToInt64Array();
        for (int row = 0; row < values.Length; row++)
        {
            if (values[row] < 0 || values[row] >= (classes ?? int.MaxValue))
                throw Invalid.OutOfRange(nameof(labels),
                    $"Dataset: the label of row {row} is {values[row]}; expected 0 to " +
                    $"{(classes is null ? "the number of classes less one" : $"{classes - 1}, as {classes} class names were given")}.");
            largest = Math.Max(largest, values[row]);
        }
        if (classes is null && largest >= MostUnnamedClasses && largest / 10 >= values.Length)
            throw new ArgumentOutOfRangeException(nameof(labels), FormattableString.Invariant(
                $"Dataset: the labels go up to {largest} in {values.Length} row(s), so a model would need {largest + 1} outputs. ") +
                "Labels are class indices, 0, 1, 2, …; " +
                "if these are ids, number the different ones. If there are so many classes, give classNames.");
        return largest;
    }

    static IReadOnlyList<string> Names(IReadOnlyList<string>? names, int count, string stem, string of, string parameter)
    {
        if (names is null) return [.. Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"{stem}_{i}"))];
        if (names.Count != count)
            throw new ArgumentException($"Dataset: {names.Count} {of} name(s) for {count} {of}(s); expected one each.", parameter);
        return [.. names];
    }
}
