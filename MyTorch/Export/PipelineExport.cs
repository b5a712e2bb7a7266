using System.Text;
using MyTorch.Serialization;
using MyTorch.Training;

namespace MyTorch.Export;

/// <summary>Writes a whole pipeline, from the row to the prediction, for programs that do not have MyTorch.</summary>
public static class PipelineExport
{
    static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Writes the model of a pipeline as an ONNX file, with the filling of missing values and the scaling as part of the graph: the input
    /// is Float64 if there are such, in the units of the data, in the order of <see cref="Pipeline.FeatureNames"/>. A classification has
    /// the outputs <c>output</c> (logits), <c>probabilities</c> and <c>label</c>; a regression has <c>output</c>, in the units of the
    /// data. The names of features, classes and targets are in the file's metadata.
    /// </summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="path">The file, usually with the extension .onnx; replaced when the new one is complete.</param>
    /// <exception cref="ArgumentException">A module of the model is not a layer of MyTorch.Nn.</exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public static void ExportOnnx(this Pipeline pipeline, string path)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        pipeline.Model.ExportOnnx(path, new OnnxOptions
        {
            InputShape = [pipeline.FeatureNames.Count],
            Imputer = pipeline.Imputer,
            Standardizer = pipeline.Standardizer,
            Classification = pipeline.IsClassification,
            FeatureNames = pipeline.FeatureNames,
            ClassNames = pipeline.ClassNames,
            TargetNames = pipeline.TargetNames,
        });
    }

    /// <summary>
    /// Writes a pipeline as one C# file without dependencies: a record <c>Row</c> with a property for each column of the data, and a class
    /// <c>Model</c> whose <c>Predict(row)</c> fills, scales and encodes the row and computes the outputs, by the same steps as the library.
    /// </summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="path">The file, usually with the extension .cs; replaced when the new one is complete.</param>
    /// <param name="options">The namespace.</param>
    /// <remarks>
    /// The file needs .NET 8 or newer; trimming and AOT work. Single outputs are within 4 units in the last place of the library's, where
    /// the processor has fused multiply-add, as all of the last ten years have. Softmax works along the features, and a model with
    /// another dimension, or with an embedding, cannot be written in this form.
    /// </remarks>
    /// <exception cref="ArgumentException">The model cannot be written in this form, or the namespace is not an identifier.</exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public static void ExportCSharp(this Pipeline pipeline, string path, CSharpOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentException.ThrowIfNullOrEmpty(path);
        string source = CSharpFile.Source(
            new ExportedPipeline
            {
                Model = pipeline.Model,
                FeatureNames = pipeline.FeatureNames,
                ClassNames = pipeline.ClassNames,
                TargetNames = pipeline.TargetNames,
                Schema = pipeline.Schema,
                Standardizer = pipeline.Standardizer,
                Imputer = pipeline.Imputer,
            },
            Namespace(options?.Namespace, path));
        WholeFile.Write(path, stream => stream.Write(s_utf8.GetBytes(source)));
    }

    static string Namespace(string? given, string path)
    {
        if (given is null)
        {
            string name = CSharpNames.Pascal(Path.GetFileNameWithoutExtension(path));
            return name.Length > 0 ? $"Exported.{name}" : "Exported";
        }
        if (given.Split('.').All(CSharpNames.IsIdentifier)) return given;
        throw new ArgumentException(
            $"ExportCSharp: the namespace is '{Cited.Text(given)}'; expected identifiers with points between them, such as Shop.Churn.", nameof(given));
    }
}
