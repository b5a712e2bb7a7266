namespace MyTorch.Nn;

/// <summary>A trainable tensor of a module. Its RequiresGrad is true.</summary>
public sealed class Parameter : Tensor
{
    /// <summary>A parameter with a copy of the given initial values.</summary>
    /// <param name="values">A floating-point tensor.</param>
    public Parameter(Tensor values) : base(
        (values ?? throw new ArgumentNullException(nameof(values))).ToTypedArray(), values.Shape, values.DType) => RequiresGrad = true;
}
