namespace MyTorch.Nn;

/// <summary>A tensor that a module learns. It requires a gradient from the start.</summary>
public sealed class Parameter : Tensor
{
    /// <summary>A parameter that starts from the given values, which are copied.</summary>
    /// <param name="values">A floating-point tensor.</param>
    public Parameter(Tensor values) : base((values ?? throw new ArgumentNullException(nameof(values))).ToTypedArray(), values.Shape, values.DType) => RequiresGrad = true;
}
