using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Serialization;

namespace MyTorch.Training;

/// <summary>
/// A model together with everything that prepared its data: the columns and categories, the means that fill missing values, the scaling,
/// the names of the classes, the units of the target. It is saved as one file and predicts rows as they are in a CSV file or an object.
/// </summary>
/// <remarks>
/// <code>
/// var data = CsvDataset.Load("customers.csv", "churn");
/// var (train, test) = data.Split();
/// var standardizer = Standardizer.Fit(train);
/// // … train a model on standardizer.Apply(train) …
/// new Pipeline(model, train, standardizer).Save("churn.safetensors");
///
/// var pipeline = Pipeline.Load("churn.safetensors");
/// foreach (Prediction prediction in pipeline.Predict("new.csv")) Console.WriteLine(prediction);
/// </code>
/// <para>The model predicts in evaluation mode. Threads may predict at the same time, as long as none trains the model.</para>
/// </remarks>
public sealed class Pipeline
{
    const string Means = ModelFile.PipelinePrefix + "imputer.mean";
    const string FeatureMean = ModelFile.PipelinePrefix + "standardizer.mean",
        FeatureScale = ModelFile.PipelinePrefix + "standardizer.scale";
    const string TargetMean = ModelFile.PipelinePrefix + "standardizer.target_mean",
        TargetScale = ModelFile.PipelinePrefix + "standardizer.target_scale";

    // Rows for a forward pass: few enough that the outputs of wide layers fit into memory.
    const int RowsAtOnce = 1024;

    // One row for names and types.
    readonly Dataset _fitted;
    readonly Module[] _modules;

    // The features and targets whose digits beyond Float32 were used in training.
    readonly bool[] _exact, _exactTargets;

    /// <summary>A pipeline of a trained model.</summary>
    /// <param name="model">The model, (rows, features) → (rows, classes) or (rows, targets).</param>
    /// <param name="data">
    /// The training rows, or others of the same columns, in their original units: the columns, classes and the schema are taken from it.
    /// </param>
    /// <param name="standardizer">What standardized the rows that the model was trained on; null if nothing did.</param>
    /// <param name="imputer">What filled missing values before that; null if nothing did.</param>
    /// <exception cref="ArgumentException">The data set is standardized, or the parts do not fit each other.</exception>
    public Pipeline(Module model, Dataset data, Standardizer? standardizer = null, Imputer? imputer = null)
        : this(model, FirstRow(data), data.Schema, standardizer, imputer, Precision.Used(data.InputsRest, data.FeatureCount),
            Precision.Used(data.TargetRest, data.OutputCount)) => RequireFit();

    Pipeline(Module model, Dataset fitted, DatasetSchema? schema, Standardizer? standardizer, Imputer? imputer, bool[] exact,
        bool[] exactTargets)
    {
        ArgumentNullException.ThrowIfNull(model);
        (Model, _fitted, Schema, Standardizer, Imputer) = (model, fitted, schema, standardizer, imputer);
        _modules = [.. model.NamedModules().Select(named => named.Module)];
        (_exact, _exactTargets) = (exact, exactTargets);
    }

    static Dataset FirstRow(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Standardizer is not null)
            throw new ArgumentException(
                "Pipeline: the data set is standardized. Give the one in its original units; it has the same names.", nameof(data));
        return data.Select(0);
    }

    /// <summary>The model.</summary>
    public Module Model { get; }

    /// <summary>What each column of the training file became; null if the data did not come from a file or a list of objects.</summary>
    public DatasetSchema? Schema { get; }

    /// <summary>What standardizes the features and the targets; null if nothing does.</summary>
    public Standardizer? Standardizer { get; }

    /// <summary>What fills missing values; null if nothing does.</summary>
    public Imputer? Imputer { get; }

    /// <summary>Whether classes are predicted, and not numbers.</summary>
    public bool IsClassification => _fitted.IsClassification;

    /// <summary>The names of the features, in the order of the columns of the model's input.</summary>
    public IReadOnlyList<string> FeatureNames => _fitted.FeatureNames;

    /// <summary>The names of the classes; empty for a regression.</summary>
    public IReadOnlyList<string> ClassNames => _fitted.ClassNames;

    /// <summary>The names of the targets; one for a classification.</summary>
    public IReadOnlyList<string> TargetNames => _fitted.TargetNames;

    /// <summary>Texts of the program, such as the command and the score; saved with the pipeline.</summary>
    public IDictionary<string, string> Notes { get; } = new Dictionary<string, string>();

    /// <summary>Predicts rows of features in their original units.</summary>
    /// <param name="inputs">
    /// (rows, features), of the model's type, in the order of <see cref="FeatureNames"/>. NaN is a missing value.
    /// </param>
    /// <exception cref="ArgumentException">The shape or type is another one.</exception>
    /// <exception cref="InvalidOperationException">A value is missing and there is no imputer, or the model's output is NaN.</exception>
    public Predictions Predict(Tensor inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Rank != 2 || inputs.Shape[1] != _fitted.FeatureCount || inputs.DType != _fitted.Inputs.DType)
            throw new ArgumentException(
                $"Predict: the input is {inputs.Shape} {inputs.DType}; expected (rows, {_fitted.FeatureCount}) {_fitted.Inputs.DType}, the features {Cited.List(FeatureNames)}.", nameof(inputs));
        Tensor target = IsClassification ? Tensor.Zeros([inputs.Shape[0]], DType.Int64)
            : Tensor.Zeros([inputs.Shape[0], _fitted.OutputCount], inputs.DType);
        return Predict(new Dataset(inputs, target, FeatureNames, IsClassification ? ClassNames : null, TargetNames));
    }

    /// <summary>
    /// Predicts the rows of a data set in its original units. Features are matched by name where they have names. What the data set holds
    /// as targets is not used.
    /// </summary>
    /// <exception cref="ArgumentException">The features are other ones, or the data set is standardized.</exception>
    /// <exception cref="InvalidOperationException">A value is missing and there is no imputer, or the model's output is NaN.</exception>
    public Predictions Predict(Dataset rows) => Predict(rows, []);

    /// <summary>Predicts one row, an object with a property for each feature column of the training file.</summary>
    /// <param name="row">
    /// An object, such as a record or an anonymous object, or a dictionary from column names to values. A property belongs to the column of
    /// its name, or to the one with the same letters and digits: SepalLength to sepal_length. Numbers, texts, enums, dates; null and NaN
    /// are missing values. Properties of other names are not used.
    /// </param>
    /// <exception cref="ArgumentException">A column has no property, or a value is not what its column holds.</exception>
    /// <exception cref="InvalidOperationException">
    /// The pipeline has no schema, a value is missing and there is no imputer, or the model's output is NaN.
    /// </exception>
    public Prediction Predict<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(T row) where T : notnull =>
        PredictAll([row])[0];

    /// <summary>The same for several rows. A category that the training rows did not have is a warning.</summary>
    /// <param name="rows">At least one row.</param>
    public Predictions PredictAll<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(
        IEnumerable<T> rows) where T : notnull
    {
        ArgumentNullException.ThrowIfNull(rows);
        T[] all = [.. rows];
        if (all.Length == 0) throw new ArgumentException("Predict: there is no row.", nameof(rows));
        if (Schema is null)
            throw new InvalidOperationException(
                "Predict: the pipeline was made for a data set without a schema, so the columns of a row are not known. Predict a " +
                "Tensor or Dataset.");
        NewRows read = NewRows.From("Predict", all, Schema, _fitted.Inputs.DType);
        return Predict(Dataset.Rows(read.Inputs, Precision.Kept(read.InputsRest, _exact), _fitted), read.Notes);
    }

    /// <summary>
    /// Predicts every row of a CSV file with the columns of the training file, in any order. Other columns are ignored; the target may be
    /// there or not.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CsvDataException">A column is missing, a text is not a number or a date, or the file cannot be read.</exception>
    /// <exception cref="InvalidOperationException">
    /// The pipeline has no schema, a value is missing and there is no imputer, or the model's output is NaN.
    /// </exception>
    public Predictions Predict(string path) => Predict(path, null);

    /// <summary>Predicts every row of a CSV file that is not written as usual.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">
    /// How the file is written, such as its encoding; null for the defaults. What the columns are is in the schema.
    /// </param>
    /// <inheritdoc cref="Predict(string)" path="/exception"/>
    public Predictions Predict(string path, CsvOptions? options)
    {
        NewRows rows = Read(path, options);
        if (Imputer is null) RequireComplete(rows, path);
        return Predict(Dataset.Rows(rows.Inputs, Precision.Kept(rows.InputsRest, _exact), _fitted), rows.Notes);
    }

    /// <summary>
    /// Predicts every row of a CSV file, and writes the file again with further columns: <c>prediction</c>, and <c>probability_CLASS</c>
    /// for each class. The other columns are as they were, also those that the model does not use.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="output">The new file, in UTF-8. An existing one is replaced when the new one is complete.</param>
    /// <param name="options">How the file is written; null for the defaults.</param>
    /// <inheritdoc cref="Predict(string)" path="/exception"/>
    /// <exception cref="IOException">The new file cannot be written; an existing one is unchanged.</exception>
    public Predictions PredictTo(string path, string output, CsvOptions? options = null)
    {
        Predictions predictions = Predict(path, options);
        string text = PredictedRows.Text(path, Reading(options), predictions);
        WholeFile.Write(output, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        return predictions;
    }

    /// <summary>The same to a writer, such as <see cref="Console.Out"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="output">The writer. It stays open.</param>
    /// <param name="options">How the file is written; null for the defaults.</param>
    /// <inheritdoc cref="Predict(string)" path="/exception"/>
    public Predictions PredictTo(string path, TextWriter output, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        Predictions predictions = Predict(path, options);
        output.Write(PredictedRows.Text(path, Reading(options), predictions));
        return predictions;
    }

    /// <summary>
    /// The rows of a CSV file whose target is known, in their original units, to score the model: see <see cref="Prepare"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How the file is written; null for the defaults.</param>
    /// <exception cref="CsvDataException">A column is missing, a text is not a number or a date, or the file cannot be read.</exception>
    /// <exception cref="InvalidOperationException">The pipeline has no schema, or no row has a target.</exception>
    public Dataset ReadKnown(string path, CsvOptions? options = null)
    {
        NewRows rows = Read(path, options);
        Dataset known = rows.ToDataset();
        Tensor? rest = rows.InputsRest is { } all && rows.TargetCount < rows.Count ? Columns.Gather(all, [.. rows.Labelled])
            : rows.InputsRest;
        return known.WithRest(Precision.Kept(rest, _exact), IsClassification ? null : Precision.Kept(rows.TargetRest, _exactTargets));
    }

    static void RequireComplete(NewRows rows, string path)
    {
        double[] values = rows.Inputs.ToArray();
        int width = rows.Inputs.Shape[1], first = Array.FindIndex(values, double.IsNaN);
        if (first < 0) return;
        string feature = rows.Schema.FeatureNames[first % width];
        string column = rows.Schema.Columns.FirstOrDefault(c => c.Features.Contains(feature))?.Name ?? feature;
        int count = Enumerable.Range(0, rows.Count).Count(row => new ArraySegment<double>(values, row * width, width).Any(double.IsNaN));
        throw new CsvDataException(path, [new CsvIssue(CsvProblem.EmptyField, FormattableString.Invariant(
            $"{Places.At(path, rows.Lines[first / width], 0, column)}: the value is missing, and the training rows had no missing value that would say how to fill it.{(count > 1 ? $" {count} rows have missing values." : "")}"),
            "Fill it in, or train with {0}.", new CsvFix(nameof(CsvOptions.Missing), nameof(MissingValues.Mean)))
            { Line = rows.Lines[first / width], Column = column, Count = count }]);
    }

    NewRows Read(string path, CsvOptions? options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        CsvOptions reading = Reading(options);
        return NewRows.Load(path, Schema!, reading);
    }

    CsvOptions Reading(CsvOptions? options)
    {
        DatasetSchema schema = Schema ?? throw new InvalidOperationException(
            "Predict: the pipeline was made for a data set without a schema, so the columns of a file are not known. Predict a Tensor or Dataset.");
        return (options ?? new CsvOptions { HasHeader = schema.HasHeader }) with { DType = _fitted.Inputs.DType };
    }

    /// <summary>
    /// The rows as the model takes them: missing values filled, standardized. <c>Metrics.Accuracy(pipeline.Model,
    /// pipeline.Prepare(rows))</c> is the score of new rows with known targets.
    /// </summary>
    /// <param name="rows">The rows in their original units.</param>
    /// <exception cref="ArgumentException">The features, classes or targets are other ones, or the data set is standardized.</exception>
    /// <exception cref="InvalidOperationException">A value is missing and there is no imputer.</exception>
    public Dataset Prepare(Dataset rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Standardizer is not null)
            throw new ArgumentException("Pipeline: the data set is standardized already. Give the one in its original units.",
                nameof(rows));
        rows = rows.For(_fitted, "Pipeline");
        if (Imputer is not null) rows = Imputer.Apply(rows);
        if (rows.MissingCount > 0)
        {
            int first = Array.FindIndex(rows.Inputs.ToArray(), double.IsNaN);
            throw new InvalidOperationException(FormattableString.Invariant(
                $"Pipeline: the feature '{Cited.Text(FeatureNames[first % rows.FeatureCount])}' of row {first / rows.FeatureCount} is missing, ") +
                "and the training rows had no missing value that would say how to fill it. Fill it in, or train with an Imputer.");
        }
        return Standardizer?.Apply(rows) ?? rows;
    }

    Predictions Predict(Dataset rows, IReadOnlyList<CsvIssue> notes)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0) throw new ArgumentException("Predict: there is no row.", nameof(rows));
        // The targets of rows to predict may be of any kind, so that only the features count.
        Dataset ready = Prepare(rows.WithTargetsOf(_fitted));
        using PauseScope pause = Autograd.Pause();
        using IDisposable? evaluation = Array.Exists(_modules, module => module.Training) ? Model.InEvaluationMode() : null;
        var outputs = new List<Tensor>();
        for (int start = 0; start < ready.Count; start += RowsAtOnce)
            outputs.Add(Output(ready.Count <= RowsAtOnce ? ready.Inputs
                : Columns.Slice(ready.Inputs, start, Math.Min(RowsAtOnce, ready.Count - start))));
        Tensor all = outputs.Count == 1 ? outputs[0] : Tensor.Concat(outputs);
        double[] numbers = all.ToArray();
        if (Array.FindIndex(numbers, double.IsNaN) is var bad and >= 0)
            throw Invalid.Operation($"Predict: the model's output for row {bad / all.Shape[1]} is NaN. Was it trained to the end?");
        if (!IsClassification) return new Predictions(Standardizer?.InverseTargets(all) ?? all, null, [], TargetNames, notes);
        int[] labels = Array.ConvertAll(all.ArgMax(1).ToInt64Array(), label => (int)label);
        return new Predictions(all.Softmax(1), labels, ClassNames, TargetNames, notes);
    }

    Tensor Output(Tensor inputs)
    {
        Tensor output = Model.Forward(inputs);
        return output.Rank == 2 && output.Shape[0] == inputs.Shape[0] && output.Shape[1] == _fitted.OutputCount
            && output.DType == inputs.DType
            ? output
            : throw new InvalidOperationException(
                $"Pipeline: for an input of shape {inputs.Shape} {inputs.DType} the model's output is {output.Shape} {output.DType}; expected ({inputs.Shape[0]}, {_fitted.OutputCount}).");
    }

    // A row of zeros, which every part takes or refuses.
    void RequireFit()
    {
        try
        {
            Predict(Dataset.OneRow(_fitted.Inputs.DType, FeatureNames, ClassNames, TargetNames, _fitted.FeaturesAreNamed,
                _fitted.ClassesAreNamed));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            throw new ArgumentException($"Pipeline: the parts do not fit each other. {e.Message}", e);
        }
    }

    /// <summary>
    /// Writes the pipeline to one safetensors file, with the model as <see cref="Module.Save"/> writes it. An existing file is replaced
    /// when the new one is complete.
    /// </summary>
    /// <param name="path">The file, usually with the extension .safetensors.</param>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public void Save(string path)
    {
        ModuleState state = Model.State();
        var tensors = new Dictionary<string, Tensor>(state.Tensors);
        if (tensors.Keys.FirstOrDefault(name => name.StartsWith(ModelFile.PipelinePrefix, StringComparison.Ordinal)) is { } taken)
            throw new InvalidOperationException(
                $"Pipeline.Save: the model has a tensor with the name '{Cited.Text(taken)}', which is that of a pipeline's part. Rename the field 'pipeline'.");
        if (Imputer is not null) tensors[Means] = Exact(Imputer.ExactMean);
        if (Standardizer?.ExactFeatures is var (mean, scale)) (tensors[FeatureMean], tensors[FeatureScale]) = (Exact(mean), Exact(scale));
        if (Standardizer?.ExactTargets is var (targetMean, targetScale)) (tensors[TargetMean], tensors[TargetScale]) = (Exact(targetMean),
            Exact(targetScale));
        Dictionary<string, string> metadata = state.Metadata(Model);
        metadata[ModelFile.PipelineKey] = JsonSerializer.Serialize(Document(), s_json.PipelineDocument);
        Safetensors.Save(path, tensors, metadata);

        static Tensor Exact(ReadOnlySpan<double> values) => Tensor.From(values, [values.Length], DType.Float64);
    }

    static readonly PipelineJson s_json = new(new JsonSerializerOptions(
        PipelineJson.Default.Options)
    { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    PipelineDocument Document() => new()
    {
        Format = PipelineDocument.Version,
        DType = _fitted.Inputs.DType,
        FeatureNames = FeatureNames,
        ClassNames = ClassNames,
        TargetNames = TargetNames,
        FeaturesAreNamed = _fitted.FeaturesAreNamed,
        ClassesAreNamed = _fitted.ClassesAreNamed,
        HasImputer = Imputer is not null,
        HasStandardizer = Standardizer is not null,
        ExactFeatures = Indices(_exact),
        ExactTargets = Indices(_exactTargets),
        Schema = Schema,
        Notes = new(Notes),
    };

    static int[] Indices(bool[] flags) => [.. Enumerable.Range(0, flags.Length).Where(i => flags[i])];

    static bool[] Flags(IReadOnlyList<int> indices, int count)
    {
        bool[] flags = new bool[count];
        foreach (int index in indices)
            flags[(uint)index < (uint)count ? index : throw Invalid.Argument(nameof(indices),
                $"there is no column {index} among {count}.")] = true;
        return flags;
    }

    /// <summary>Reads a pipeline that <see cref="Save"/> wrote, with a model of the library's own layers, in evaluation mode.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">
    /// The file is damaged, is not a pipeline, or its model contains a class of your program: use <see cref="Load(string, Module)"/>.
    /// </exception>
    public static Pipeline Load(string path) => Load(path, ModelFile.Model);

    /// <summary>Reads a pipeline whose model is built by the program.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model, built as the one that was saved. Its weights are loaded, and it is put into evaluation mode.</param>
    /// <exception cref="ModelFileException">The file is damaged, is not a pipeline, or the model does not fit.</exception>
    public static Pipeline Load(string path, Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Load(path, (file, name) => ModelFile.Into(model, file, name));
    }

    static Pipeline Load(string path, Func<SafetensorsFile, string, Module> restore)
    {
        SafetensorsFile file = Safetensors.Load(path);
        ModelFile.RequireFormat(file.Metadata, path);
        if (!file.Metadata.TryGetValue(ModelFile.PipelineKey, out string? json))
            throw new ModelFileException(path, file.Metadata.ContainsKey(ModelFile.CheckpointKey)
                ? "the file is a checkpoint of a training, and how its inputs are prepared is not in it. Go on with the training, and save a Pipeline at its end."
                : "the file holds a model alone: how its inputs are prepared is not in it. Load it with Module.FromFile(path), or save a Pipeline.");
        try
        {
            PipelineDocument document = JsonSerializer.Deserialize(json, PipelineJson.Default.PipelineDocument)
                ?? throw new ModelFileException(path, $"'{ModelFile.PipelineKey}' is null. Save the pipeline again.");
            if (document.Format != PipelineDocument.Version)
                throw new ModelFileException(path,
                    $"the pipeline has the format {document.Format}; this version of MyTorch reads {PipelineDocument.Version}. Use " +
                    $"the version that wrote it, or a newer one.");
            var fitted = Dataset.OneRow(
                document.DType, document.FeatureNames, document.ClassNames, document.TargetNames, document.FeaturesAreNamed,
                    document.ClassesAreNamed);
            Imputer? imputer = document.HasImputer ? Imputer.Restored(fitted, Numbers(Means, fitted.FeatureCount)!) : null;
            Standardizer? standardizer = document.HasStandardizer
                ? Standardizer.Restored(
                    fitted, Pair(FeatureMean, FeatureScale, fitted.FeatureCount),
                    fitted.IsClassification ? null : Pair(TargetMean, TargetScale, fitted.OutputCount))
                : null;
            var pipeline = new Pipeline(
                restore(file, path), fitted, document.Schema, standardizer, imputer, Flags(document.ExactFeatures, fitted.FeatureCount),
                    Flags(document.ExactTargets, fitted.OutputCount));
            foreach ((string key, string text) in document.Notes) pipeline.Notes[key] = text;
            pipeline.RequireFit();
            return pipeline;
        }
        catch (JsonException e)
        {
            throw new ModelFileException(path,
                $"'{ModelFile.PipelineKey}' cannot be read: {Cited.Message(e.Message)} If a newer version of MyTorch wrote the file, use that one.", e);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            throw new ModelFileException(path,
                $"the parts of the pipeline do not fit each other: {Cited.Message(e.Message)} Save it again.", e);
        }

        double[] Numbers(string name, int count) => file.Tensors.TryGetValue(name, out Tensor? tensor) && tensor.DType == DType.Float64
            && tensor.Shape == new[] { count }
            && Array.TrueForAll(tensor.ToArray(), double.IsFinite)
            ? tensor.ToArray()
            : throw new ModelFileException(path,
                $"the tensor '{name}' {(tensor is null ? "is missing" : $"is {tensor}")}; expected {count} finite Float64 numbers. " +
                $"Save the pipeline again.");

        (double[], double[])? Pair(string mean, string scale, int count)
        {
            if (!file.Tensors.ContainsKey(mean) && !file.Tensors.ContainsKey(scale)) return null;
            double[] scales = Numbers(scale, count);
            return Array.TrueForAll(scales, s => s > 0)
                ? (Numbers(mean, count), scales)
                : throw new ModelFileException(path,
                    $"the tensor '{scale}' holds a number that is not greater than 0, by which nothing can be divided. Save the " +
                    $"pipeline again.");
        }
    }

    /// <summary>What is predicted from what: <c>churn (2 classes) from 12 features, by MLP(12-64-2)</c>.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{string.Join(", ", TargetNames.Select(name => Cited.Text(name)))}{(IsClassification ? $" ({ClassNames.Count} classes)" : "")} from {FeatureNames.Count} feature{(FeatureNames.Count == 1 ? "" : "s")}, by {Model.Describe()}");
}
