namespace MyTorch.Nn;

/// <summary>
/// Marks what a module holds without it being a part of it, such as a teacher network or a reference back to the model that
/// uses it: it is not trained, saved or put into evaluation mode with the module.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class NotRegisteredAttribute : Attribute;
