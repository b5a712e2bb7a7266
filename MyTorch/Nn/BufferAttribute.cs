namespace MyTorch.Nn;

/// <summary>Marks a tensor as a buffer of its module: saved with the module but not trained, such as a running mean.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class BufferAttribute : Attribute;
