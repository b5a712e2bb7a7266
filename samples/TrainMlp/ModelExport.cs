using MyTorch.Export;
using MyTorch.Training;

namespace TrainMlp;

/// <summary>Writes a trained model for programs that do not have MyTorch.</summary>
internal static class ModelExport
{
    /// <summary>Whether the ending of a file says how it is written.</summary>
    public static bool Knows(string path) => IsOnnx(path) || path.EndsWith(".cs", StringComparison.OrdinalIgnoreCase);

    static bool IsOnnx(string path) => path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes the file and says how to use it; null if the model diverged or was not trained.</summary>
    /// <exception cref="UsageException">The file cannot be written.</exception>
    public static string? Write(string path, TrainingSession session, TrainingResult result)
    {
        if (result.Outcome == Outcome.Diverged || result.Epochs == 0) return null;
        Pipeline pipeline = ModelCommands.PipelineOf(session);
        try
        {
            if (IsOnnx(path)) pipeline.ExportOnnx(path);
            else pipeline.ExportCSharp(path);
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            throw new UsageException(e.Message);
        }
        string shown = Screen.Clean(path);
        return IsOnnx(path)
            ? $"Exported  {shown}: rows of {pipeline.FeatureNames.Count} features as \"input\" (Float64) to {(session.IsClassification ? "\"probabilities\" and \"label\"" : "\"output\"")}"
            : $"Exported  {shown}: Model.Predict(new Row {{ ... }}) for any C# project; the first lines of the file show a call";
    }
}
