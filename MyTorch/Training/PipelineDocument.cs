using System.Text.Json.Serialization;
using MyTorch.Data;

namespace MyTorch.Training;

/// <summary>The texts of a pipeline, as JSON in a model file. Its numbers are tensors, which keep every digit.</summary>
sealed record PipelineDocument
{
    internal const int Version = 1;

    public required int Format { get; init; }

    [JsonPropertyName("dtype")]
    public required DType DType { get; init; }

    public required IReadOnlyList<string> FeatureNames { get; init; }

    public required IReadOnlyList<string> ClassNames { get; init; }

    public required IReadOnlyList<string> TargetNames { get; init; }

    public required bool FeaturesAreNamed { get; init; }

    public required bool ClassesAreNamed { get; init; }

    public required bool HasImputer { get; init; }

    public required bool HasStandardizer { get; init; }

    public required IReadOnlyList<int> ExactFeatures { get; init; }

    public required IReadOnlyList<int> ExactTargets { get; init; }

    public required DatasetSchema? Schema { get; init; }

    public required Dictionary<string, string> Notes { get; init; }
}

/// <summary>
/// Reads and writes <see cref="PipelineDocument"/>. A newer version may have members that this one would overlook, so unknown ones are an
/// error.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, RespectNullableAnnotations = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(PipelineDocument))]
sealed partial class PipelineJson : JsonSerializerContext;
