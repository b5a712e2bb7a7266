namespace MyTorch.Export;

/// <summary>The names in an exported C# file.</summary>
public sealed record CSharpOptions
{
    /// <summary>
    /// The namespace, such as <c>Shop.Churn</c>. If null, it is made of the file's name: <c>Exported.Churn</c> for <c>churn.cs</c>.
    /// </summary>
    public string? Namespace { get; init; }
}
