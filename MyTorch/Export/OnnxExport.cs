using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MyTorch.Nn;
using MyTorch.Serialization;

namespace MyTorch.Export;

/// <summary>Writes models as ONNX files, which ONNX Runtime and other programs run, as <c>torch.onnx.export</c> does in PyTorch.</summary>
/// <remarks>
/// The graph has operators of opset 20 and computes what the model computes in evaluation mode: dropout does nothing, and batch
/// normalization uses its running estimates. The size of the batch is free. The same model gives the same bytes. https://onnx.ai
/// </remarks>
public static class OnnxExport
{
    /// <summary>Writes a model to a file. An existing file is replaced when the new one is complete.</summary>
    /// <param name="model">The model: layers of MyTorch.Nn, alone or in <see cref="MLP"/> and <see cref="Sequential"/>.</param>
    /// <param name="path">The file, usually with the extension .onnx.</param>
    /// <param name="options">Names, preprocessing and further outputs.</param>
    /// <exception cref="ArgumentException">
    /// A module is not a layer of MyTorch.Nn, the shape of the input is not known or does not fit, or the options do not fit the model.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public static void ExportOnnx(this Module model, string path, OnnxOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        OnnxGraph graph = Graph(model, options ?? new());
        WholeFile.Write(path, graph.Write);
    }

    /// <summary>Writes a model to a stream, from its position on; see <see cref="ExportOnnx(Module, string, OnnxOptions?)"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="stream">The stream. It stays open.</param>
    /// <param name="options">Names, preprocessing and further outputs.</param>
    /// <exception cref="ArgumentException">The model or the options cannot be written as a graph.</exception>
    public static void ExportOnnx(this Module model, Stream stream, OnnxOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(stream);
        Graph(model, options ?? new()).Write(stream);
    }

    static OnnxGraph Graph(Module model, OnnxOptions options)
    {
        using var evaluation = model.InEvaluationMode();
        using var pause = Autograd.Pause();
        DType dtype = options.DType ?? model.NamedParameters().Concat(model.NamedBuffers()).Select(named => named.Tensor)
            .FirstOrDefault(tensor => tensor.DType.IsFloat())?.DType ?? Tensor.DefaultDType;
        Shape shape = options.InputShape ?? FirstShape(model) ?? throw new ArgumentException(
            "ExportOnnx: no layer's weights determine the shape of the input. " +
            "Give the shape of one example, without the batch dimension, such as new OnnxOptions { InputShape = [4] }.", nameof(options));
        if (shape.Any(size => size < 1))
            throw new ArgumentException($"ExportOnnx: the InputShape is {shape}; expected sizes of at least 1, without the batch dimension.", nameof(options));
        BatchExample example = BatchExample.Of(shape, TakesIndices(model) ? DType.Int64 : dtype);

        var graph = new OnnxGraph();
        bool raw = options.Imputer is not null || options.Standardizer is not null;
        string x = graph.Input(options.InputName, raw ? DType.Float64 : example.Two.DType, example.Dims(options.BatchName));
        graph.Reserve(options.OutputName);
        if (options.Classification)
        {
            graph.Reserve("probabilities");
            graph.Reserve("label");
        }
        if (raw && example.Two.DType == DType.Int64)
            throw new ArgumentException("ExportOnnx: the model takes indices, which are neither filled nor standardized. Leave Imputer and Standardizer out.", nameof(options));
        if (raw) x = Prepared(graph, x, options, example, dtype);
        x = new OnnxLayers(graph, model, dtype).Add(model, x, ref example);
        x = InUnits(graph, x, options, example, dtype);
        graph.Output(options.OutputName, x, example.Two.DType, example.Dims(options.BatchName));
        if (options.Classification) AddClasses(graph, x, options, example, dtype);
        AddNames(graph, "mytorch.features", options.FeatureNames);
        AddNames(graph, "mytorch.classes", options.ClassNames);
        AddNames(graph, "mytorch.targets", options.TargetNames);
        return graph;
    }

    // The first layer whose weights say what one example looks like. Layers before it that change no shape are skipped.
    static Shape? FirstShape(Module module) => module switch
    {
        Linear layer => [layer.Weight.Shape[1]],
        BatchNorm1d layer => [layer.Features],
        LayerNorm layer => layer.NormalizedShape,
        MLP mlp => FirstShape(mlp.Layers),
        Sequential chain => FirstShape(chain.Modules),
        Residual residual => FirstShape(residual.Body) ?? (residual.Shortcut is null ? null : FirstShape(residual.Shortcut)),
        _ => null,
    };

    static bool TakesIndices(Module module) => module switch
    {
        Embedding => true,
        Sequential { Modules: [var first, ..] } => TakesIndices(first),
        Residual residual => TakesIndices(residual.Body),
        _ => false,
    };

    static Shape? FirstShape(IReadOnlyList<Module> modules)
    {
        foreach (Module module in modules)
            if (FirstShape(module) is { } shape) return shape;
            else if (module is not (Activation or Dropout or Sequential)) return null;
        return null;
    }

    // As Imputer and Standardizer compute: in Float64, rounded once to the model's type.
    static string Prepared(OnnxGraph graph, string x, OnnxOptions options, BatchExample example, DType dtype)
    {
        if (options.Imputer is { } imputer)
        {
            RequireColumns("Imputer", imputer.ExactMean.Length, example, "features");
            x = graph.Node("imputer", "Where", [graph.Node("imputer", "IsNaN", [x]), Row("imputer/mean", imputer.ExactMean.ToArray()), x]);
        }
        if (options.Standardizer?.ExactFeatures is { Mean: var means, Scale: var scales })
        {
            RequireColumns("Standardizer", means.Length, example, "features");
            x = graph.Node("standardizer", "Sub", [x, Row("standardizer/mean", means)]);
            x = graph.Node("standardizer", "Div", [x, Row("standardizer/scale", scales)]);
        }
        return dtype == DType.Float64 ? x : graph.Node("", "Cast", [x], ("to", OnnxGraph.ElementType(dtype)));

        string Row(string name, double[] values) => graph.Constant(name, Tensor.From(values, DType.Float64));
    }

    static string InUnits(OnnxGraph graph, string y, OnnxOptions options, BatchExample example, DType dtype)
    {
        if (options.Standardizer?.ExactTargets is not { Mean: var means, Scale: var scales }) return y;
        if (options.Classification)
            throw new ArgumentException(
                "ExportOnnx: Classification is set, but the standardizer was fitted on a regression. Leave one of them out.", nameof(options));
        RequireColumns("Standardizer", means.Length, example, "targets");
        if (dtype != DType.Float64) y = graph.Node("targets", "Cast", [y], ("to", OnnxGraph.ElementType(DType.Float64)));
        y = graph.Node("targets", "Mul", [y, graph.Constant("targets/scale", Tensor.From(scales, DType.Float64))]);
        y = graph.Node("targets", "Add", [y, graph.Constant("targets/mean", Tensor.From(means, DType.Float64))]);
        return dtype == DType.Float64 ? y : graph.Node("targets", "Cast", [y], ("to", OnnxGraph.ElementType(dtype)));
    }

    static void RequireColumns(string what, int columns, BatchExample example, string of)
    {
        if (example.Rank != 2 || example.Two.Shape[1] != columns)
            throw Invalid.Argument("options",
                $"ExportOnnx: the {what.ToLowerInvariant()} was fitted on {columns} {of}; the model's {(of == "features" ? "input" : "output")} has the shape " +
                $"{example.Text()}. Give the {what} of the data on which this model was trained.");
    }

    static void AddClasses(OnnxGraph graph, string logits, OnnxOptions options, BatchExample example, DType dtype)
    {
        if (example.Rank != 2 || options.ClassNames.Count > 0 && options.ClassNames.Count != example.Two.Shape[1])
            throw new ArgumentException(FormattableString.Invariant(
                $"ExportOnnx: Classification is set{(options.ClassNames.Count > 0 ? $" with {options.ClassNames.Count} class names" : "")}, ") +
                $"but the model's output has the shape {example.Text()}; expected (batch, classes). Leave Classification out, or correct ClassNames.",
                nameof(options));
        IReadOnlyList<OnnxDim> dims = example.Dims(options.BatchName);
        graph.Output("probabilities", graph.Node("classes", "Softmax", [logits], ("axis", -1)), dtype, dims);
        graph.Output("label", graph.Node("classes", "ArgMax", [logits], ("axis", -1), ("keepdims", 0)), DType.Int64, [dims[0]]);
    }

    static void AddNames(OnnxGraph graph, string key, IReadOnlyList<string> names)
    {
        if (names.Count == 0) return;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (string name in names) json.WriteStringValue(name);
            json.WriteEndArray();
        }
        graph.Metadata.Add((key, Encoding.UTF8.GetString(buffer.ToArray())));
    }
}
