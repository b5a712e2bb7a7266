using MyTorch.Data;
using MyTorch.Nn;

namespace MyTorch.Export;

/// <summary>What an exported C# file contains.</summary>
sealed record ExportedPipeline
{
    internal required Module Model { get; init; }

    internal required IReadOnlyList<string> FeatureNames { get; init; }

    /// <summary>Empty for a regression.</summary>
    internal required IReadOnlyList<string> ClassNames { get; init; }

    internal required IReadOnlyList<string> TargetNames { get; init; }

    internal DatasetSchema? Schema { get; init; }

    internal Standardizer? Standardizer { get; init; }

    internal Imputer? Imputer { get; init; }

    internal bool IsClassification => ClassNames.Count > 0;
}
