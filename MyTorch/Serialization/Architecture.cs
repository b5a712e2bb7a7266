using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MyTorch.Nn;

namespace MyTorch.Serialization;

/// <summary>
/// A model of the library's own layers as JSON, so that a file alone restores it:
/// <c>{"format":1,"model":{"type":"Sequential","modules":[{"type":"Linear","in_features":4,…},{"type":"ReLU"}]}}</c>. A module that is
/// held twice is written once; the second time it is <c>{"same_as":"0"}</c>. A class of the user's program has <c>"own":true</c> and
/// cannot be restored.
/// </summary>
static class Architecture
{
    const int Version = 1;

    // Nested modules take two levels each.
    const int DeepestJson = 512;

    static readonly LayerKind[] s_kinds =
    [
        LayerKind.Of<Linear>(
            (layer, to) => to.Set("in_features", layer.Weight.Shape[1]).Set("out_features", layer.Weight.Shape[0]).Set("bias",
                layer.Bias is not null).Set(layer.Weight.DType),
            from => new Linear(
                from.Whole("in_features"), from.Whole("out_features"), from.Flag("bias"), from.DType(), new Generator(0)),
            from => [("weight", [from.Whole("out_features"), from.Whole("in_features")])]),
        LayerKind.Of<BatchNorm1d>(
            (layer, to) => to.Set("num_features", layer.Features).Set("eps", layer.Epsilon).Set("momentum", layer.Momentum).Set("affine",
                layer.Weight is not null).Set(layer.RunningMean.DType),
            from => new BatchNorm1d(from.Whole("num_features"), from.Number("eps"), from.Number("momentum"), from.Flag("affine"),
                from.DType()),
            from => [("running_mean", [from.Whole("num_features")])]),
        LayerKind.Of<LayerNorm>(
            (layer, to) => to.Set("normalized_shape", layer.NormalizedShape).Set("eps", layer.Epsilon).Set("elementwise_affine",
                layer.Weight is not null).Set(layer.Weight?.DType ?? DType.Float32),
            from => new LayerNorm(from.Sizes("normalized_shape"), from.Number("eps"), from.Flag("elementwise_affine"), from.DType()),
            from => from.Flag("elementwise_affine") ? [("weight", from.Sizes("normalized_shape"))] : []),
        LayerKind.Of<Dropout>(
            (layer, to) => to.Set("p", layer.P).SetGenerator(layer.Generator),
            from => new Dropout(from.Number("p"), from.Generator())),
        LayerKind.Of<Embedding>(
            (layer, to) => to.Set("num_embeddings", layer.Weight.Shape[0]).Set("embedding_dim", layer.Weight.Shape[1]).Set("padding_idx",
                layer.PaddingIndex).Set(layer.Weight.DType),
            from => new Embedding(from.Whole("num_embeddings"), from.Whole("embedding_dim"), from.OptionalWhole("padding_idx"),
                from.DType(), new Generator(0)),
            from => [("weight", [from.Whole("num_embeddings"), from.Whole("embedding_dim")])]),
        LayerKind.Of<Flatten>(
            (layer, to) => to.Set("start_dim", layer.StartDim).Set("end_dim", layer.EndDim), from =>
                new Flatten(from.Integer("start_dim"), from.Integer("end_dim"))),
        LayerKind.Of<Residual>(
            (layer, to) => to.SetModule("body", layer.Body).SetModule("shortcut", layer.Shortcut),
            from => new Residual(from.Module("body"), from.OptionalModule("shortcut"))),
        LayerKind.Of<LeakyReLU>((layer, to) => to.Set("negative_slope", layer.Slope), from => new LeakyReLU(from.Number("negative_slope"))),
        LayerKind.Of<ELU>((layer, to) => to.Set("alpha", layer.Alpha), from => new ELU(from.Number("alpha"))),
        LayerKind.Of<GELU>((layer, to) => to.Set("tanh", layer.UsesTanh), from => new GELU(from.Flag("tanh"))),
        LayerKind.Of<Swish>((layer, to) => to.Set("beta", layer.Beta), from => new Swish(from.Number("beta"))),
        LayerKind.Of<Softplus>(
            (layer, to) => to.Set("beta", layer.Beta).Set("threshold", layer.Threshold),
            from => new Softplus(from.Number("beta"), from.Number("threshold"))),
        LayerKind.Of<Softmax>((layer, to) => to.Set("dim", layer.Dim), from => new Softmax(from.Integer("dim"))),
        LayerKind.Of<LogSoftmax>((layer, to) => to.Set("dim", layer.Dim), from => new LogSoftmax(from.Integer("dim"))),
        LayerKind.Of<Identity>(), LayerKind.Of<ReLU>(), LayerKind.Of<SiLU>(), LayerKind.Of<Sigmoid>(), LayerKind.Of<Tanh>(),
        LayerKind.Of<Sequential>((layer, to) => to.SetModules("modules", layer.Modules, ""), from =>
            new Sequential([.. from.Modules("modules", "")])),
        LayerKind.Of<MLP>((layer, to) => to.SetModules("layers", layer.Layers, "layers"), from =>
            new MLP(from.Modules("layers", "layers"))),
    ];

    /// <summary>The library's module classes that can be restored.</summary>
    internal static IEnumerable<Type> Types => s_kinds.Select(kind => kind.Type);

    internal static LayerKind? KindOf(Type type) => Array.Find(s_kinds, kind => kind.Type == type);

    /// <summary>The model as JSON.</summary>
    internal static string Write(Module model)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 10_000 }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Version);
            json.WritePropertyName("model");
            new ArchitectureWriter(json).Write(model, "");
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>
    /// Builds the model. Before a layer is made, its sizes are compared with the tensors in the file, so that it takes no more memory.
    /// </summary>
    /// <param name="json">What <see cref="Write"/> wrote.</param>
    /// <param name="weights">The tensors of the file.</param>
    /// <param name="file">The file, for errors.</param>
    internal static Module Read(string json, IReadOnlyDictionary<string, Tensor> weights, string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new() { MaxDepth = DeepestJson, AllowDuplicateProperties = false });
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out JsonElement format)
                || !root.TryGetProperty("model", out JsonElement model))
                throw new ModelFileException(file,
                    $"'{ModelFile.ArchitectureKey}' is not an object with format and model. Save the model again.");
            if (format.ValueKind != JsonValueKind.Number || !format.TryGetInt32(out int version) || version != Version)
                throw new ModelFileException(file,
                    $"the architecture has the format {Cited.Text(format.GetRawText())}; this version of MyTorch reads {Version}. Use " +
                    $"the version that wrote it, or a newer one.");
            return new ArchitectureReader(weights, file).Read(model, "");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ModelFileException(file,
                $"'{ModelFile.ArchitectureKey}' is not valid JSON: {Cited.Message(e.Message)} Save the model again.", e);
        }
        catch (ArgumentException e)
        {
            // A layer refused its settings.
            throw new ModelFileException(file,
                $"'{ModelFile.ArchitectureKey}' describes an impossible layer: {Cited.Message(e.Message)} Save the model again.", e);
        }
    }
}

/// <summary>A class of layers: its settings to JSON, and from JSON.</summary>
/// <param name="Type">The class.</param>
/// <param name="Write">Writes the settings.</param>
/// <param name="Build">Makes a layer with the settings.</param>
/// <param name="Holds">Tensors that the layer holds, whose shapes the settings determine.</param>
sealed record LayerKind(
    Type Type, Action<Module, ArchitectureWriter> Write, Func<LayerSettings, Module> Build, Func<LayerSettings,
        (string Name, Shape Shape)[]> Holds)
{
    internal static LayerKind Of<T>(
        Action<T, ArchitectureWriter> write, Func<LayerSettings, T> build, Func<LayerSettings,
            (string Name, Shape Shape)[]>? holds = null) where T : Module =>
        new(typeof(T), (module, to) => write((T)module, to), build, holds ?? (_ => []));

    internal static LayerKind Of<T>() where T : Module, new() => Of<T>((_, _) => { }, _ => new T());
}
