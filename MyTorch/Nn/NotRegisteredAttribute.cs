namespace MyTorch.Nn;

/// <summary>
/// Marks a field or property that is not part of the module, such as a teacher network or a reference to the model that contains it. Its
/// parameters are not trained or saved with the module, and its mode does not change with it.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class NotRegisteredAttribute : Attribute;
