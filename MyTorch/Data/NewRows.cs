using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace MyTorch.Data;

/// <summary>
/// Rows for a model that was trained before, read by the <see cref="DatasetSchema"/> of its training data: features in the same order, categories in
/// the same one-hot columns. A target may be there or not.
/// </summary>
/// <remarks>
/// <para>Columns are matched by name, in any order; without a header by position, if there are as many as in the training file. A column that is missing, and a text among numbers, is an error.
/// An unknown category has 0 in all columns of its feature, and is noted. A missing value is NaN, which the <see cref="Imputer"/> of
/// the training rows fills. Columns that the schema does not know are ignored and noted.</para>
/// <para>Numbers and dates may be written as in the training data, or plainly. An empty target, and one that is not a class or number of
/// the schema, counts as not there.</para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class NewRows
{
    readonly Tensor? _target;
    readonly int[] _labelled;

    internal NewRows(DatasetSchema schema, Tensor inputs, Tensor? target, int[] labelled, long[] lines, IReadOnlyList<CsvIssue> notes) =>
        (Schema, Inputs, _target, _labelled, Lines, Notes) = (schema, inputs, target, labelled, [.. lines], [.. notes]);

    /// <summary>The schema by which the rows were read.</summary>
    public DatasetSchema Schema { get; }

    /// <summary>The features, (N, features), in the order of <see cref="DatasetSchema.FeatureNames"/>; NaN is a missing value.</summary>
    public Tensor Inputs { get; }

    /// <summary>The rounding errors of the inputs, and of the targets of the rows that have one; null in Float64.</summary>
    internal Tensor? InputsRest { get; init; }

    internal Tensor? TargetRest { get; init; }

    /// <summary>The file that the rows are from; null for objects.</summary>
    internal string? File { get; init; }

    internal IReadOnlyList<int> Labelled => _labelled;

    /// <summary>The number of rows, at least 1.</summary>
    public int Count => Inputs.Shape[0];

    /// <summary>The number of rows whose target is known.</summary>
    public int TargetCount => _labelled.Length;

    /// <summary>The line of the file from which each row is; of objects the number of the object, from 0.</summary>
    public IReadOnlyList<long> Lines { get; }

    /// <summary>What was noticed, such as unknown categories.</summary>
    public IReadOnlyList<CsvIssue> Notes { get; }

    /// <summary>Reads rows from a CSV file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="schema">The schema of the training data.</param>
    /// <param name="options">How the file is written; null for the defaults, with a header if the training file had one. What the columns are is
    /// in the schema, so options about columns are not used.</param>
    /// <exception cref="CsvDataException">A column is missing, a field is not a number or date, or the file cannot be read.</exception>
    public static NewRows Load(string path, DatasetSchema schema, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(schema);
        options = (options ?? new CsvOptions { HasHeader = schema.HasHeader }) with { MissingMarkers = [.. (options?.MissingMarkers ?? []).Union(schema.MissingMarkers)] };
        CsvLoader.RequireOptions(options);
        CsvLoader.RequireFile(path);
        return Read(CsvSource.File(path, options), schema, options);
    }

    /// <summary>Reads rows from objects, by the names of their public properties, or from dictionaries, by their keys.</summary>
    /// <param name="rows">
    /// At least one object. A property belongs to the column of its name, or to the one with the same letters and digits: SepalLength to
    /// sepal_length. Numbers, texts, enums, dates; null and NaN are missing values. Properties of other names are not used.
    /// </param>
    /// <param name="schema">The schema of the training data.</param>
    /// <param name="dtype">The type of the inputs, Float32 or Float64; null for <see cref="Tensor.DefaultDType"/>.</param>
    /// <exception cref="ArgumentException">There is no row, a column has no property, or a value is not what its column holds.</exception>
    public static NewRows From<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(
        IEnumerable<T> rows, DatasetSchema schema, DType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(schema);
        T[] all = [.. rows];
        return all.Length > 0 ? From("NewRows.From", all, schema, dtype ?? Tensor.DefaultDType)
            : throw new ArgumentException("NewRows.From: there is no row; expected at least one object.", nameof(rows));
    }

    internal static NewRows From<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(
        string action, IReadOnlyList<T> rows, DatasetSchema schema, DType dtype)
    {
        var notes = new List<CsvIssue>();
        (double[] values, double[] targets) = RowReader.Read(action, rows, schema, notes);
        int count = schema.Targets.Count;
        int[] labelled = [.. Enumerable.Range(0, rows.Count).Where(row => !new ArraySegment<double>(targets, row * count, count).Any(double.IsNaN))];
        double[] known = [.. labelled.SelectMany(row => targets.AsSpan(row * count, count).ToArray())];
        Tensor? target = labelled.Length == 0 ? null
            : schema.Targets[0].Task == LearningTask.Classification ? Tensor.Indices(Array.ConvertAll(known, code => (long)code))
            : Tensor.From(known, [labelled.Length, count], dtype);
        return new NewRows(schema, Tensor.From(values, [rows.Count, schema.FeatureNames.Count], dtype), target, labelled,
            [.. Enumerable.Range(0, rows.Count).Select(row => (long)row)], notes)
        {
            InputsRest = Precision.Rest(values, [rows.Count, schema.FeatureNames.Count], dtype),
            TargetRest = target?.DType == dtype ? Precision.Rest(known, target.Shape, dtype) : null,
        };
    }

    static NewRows Read(CsvSource source, DatasetSchema schema, CsvOptions options) => CsvLoader.Reading(source, () =>
        (options.DType ?? Tensor.DefaultDType) == DType.Float32
            ? new SchemaReader<float>(source, schema, options).Read()
            : new SchemaReader<double>(source, schema, options).Read());

    /// <summary>The rows whose target is known, to evaluate a model on.</summary>
    /// <exception cref="InvalidOperationException">No row has a target.</exception>
    public Dataset ToDataset()
    {
        if (_target is null || _labelled.Length == 0)
            throw new InvalidOperationException(
                $"NewRows: none of the {Count} row(s) has a target ({Cited.List([.. Schema.Targets.Select(t => t.Name)])}), so there is nothing to compare predictions with. " +
                "Use Inputs to predict, or give the column of the target.");
        Tensor inputs = _labelled.Length == Count ? Inputs : Columns.Gather(Inputs, _labelled);
        TargetSchema target = Schema.Targets[0];
        long[] lines = File is null ? [] : [.. _labelled.Select(row => Lines[row])];
        return target.Task == LearningTask.Classification
            ? new Dataset(inputs, _target, Schema.FeatureNames, target.Classes, [target.Name])
            {
                Schema = Schema,
                Notes = Notes,
                SkippedRows = Count - _labelled.Length,
                Lines = lines,
                File = File,
            }
            : new Dataset(inputs, _target, Schema.FeatureNames, targetNames: [.. Schema.Targets.Select(t => t.Name)])
            {
                Schema = Schema,
                Notes = Notes,
                SkippedRows = Count - _labelled.Length,
                Lines = lines,
                File = File,
            };
    }

    /// <summary>
    /// The same as precise as the training rows: digits beyond Float32 count in the columns in which they do there, as they do for the model.
    /// </summary>
    /// <param name="train">The training rows, or others of the same columns.</param>
    /// <exception cref="ArgumentException">The columns are other ones.</exception>
    /// <exception cref="InvalidOperationException">No row has a target.</exception>
    public Dataset ToDataset(Dataset train)
    {
        ArgumentNullException.ThrowIfNull(train);
        Dataset known = ToDataset().For(train, nameof(ToDataset));
        Tensor? rest = InputsRest is { } all && TargetCount < Count ? Columns.Gather(all, _labelled) : InputsRest;
        return known.WithRest(
            Precision.Kept(rest, Precision.Used(train.InputsRest, train.FeatureCount)),
            train.IsClassification ? null : Precision.Kept(TargetRest, Precision.Used(train.TargetRest, train.OutputCount)));
    }

    /// <summary>The size: <c>6 rows, 5 features, 0 with a target</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Count} rows, {Inputs.Shape[1]} features, {TargetCount} with a target");
}
