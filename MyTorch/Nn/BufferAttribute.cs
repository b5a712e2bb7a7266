namespace MyTorch.Nn;

/// <summary>Marks a tensor of a module that is part of its state but not learned, such as a running mean.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class BufferAttribute : Attribute;
