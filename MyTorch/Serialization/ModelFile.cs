using MyTorch.Nn;

namespace MyTorch.Serialization;

/// <summary>The keys of a model file's metadata, and which of its tensors are the model's.</summary>
static class ModelFile
{
    internal const string FormatKey = "mytorch.format", ArchitectureKey = "mytorch.architecture", PipelineKey = "mytorch.pipeline",
        CheckpointKey = "mytorch.checkpoint";

    /// <summary>The version of the format.</summary>
    internal const string Format = "1";

    /// <summary>What the names of a pipeline's own tensors begin with.</summary>
    internal const string PipelinePrefix = "pipeline.";

    /// <summary>The tensors of the model, without those of a checkpoint or pipeline.</summary>
    internal static IReadOnlyDictionary<string, Tensor> WeightsOf(SafetensorsFile file)
    {
        bool checkpoint = file.Metadata.ContainsKey(CheckpointKey), pipeline = file.Metadata.ContainsKey(PipelineKey);
        return file.Tensors.Where(named =>
            !(checkpoint && Checkpoint.IsOurs(named.Key)) && !(pipeline && named.Key.StartsWith(PipelinePrefix,
                StringComparison.Ordinal))).ToDictionary();
    }

    /// <summary>The model that the file describes, in evaluation mode.</summary>
    internal static Module Model(SafetensorsFile file, string path)
    {
        RequireFormat(file.Metadata, path);
        IReadOnlyDictionary<string, Tensor> weights = WeightsOf(file);
        if (!file.Metadata.TryGetValue(ArchitectureKey, out string? architecture))
            throw new ModelFileException(path,
                $"the file holds tensors, but does not say of which model ('{ArchitectureKey}' is missing). Build the model in your program, and load the weights: model.Load(path).");
        return Into(Architecture.Read(architecture, weights, path), file, path);
    }

    /// <summary>The model with the weights of the file, in evaluation mode.</summary>
    internal static Module Into(Module model, SafetensorsFile file, string path)
    {
        LoadInto(model, file, path);
        return model.Eval();
    }

    /// <summary>Copies the weights of the file into a model.</summary>
    internal static void LoadInto(Module model, SafetensorsFile file, string path)
    {
        IReadOnlyDictionary<string, Tensor> weights = WeightsOf(file);
        ModuleState state = model.State();
        if (state.Mismatch(weights) is { } mismatch) throw new ModelFileException(path,
            $"the file does not fit this {model.GetType().Name}: {mismatch}");
        state.CopyFrom(weights);
    }

    internal static void RequireFormat(IReadOnlyDictionary<string, string> metadata, string path)
    {
        if (metadata.TryGetValue(FormatKey, out string? format) && format != Format)
            throw new ModelFileException(path,
                $"the file has the format '{Cited.Text(format)}'; this version of MyTorch reads format {Format}. Use the version that " +
                $"wrote it, or a newer one.");
    }
}
