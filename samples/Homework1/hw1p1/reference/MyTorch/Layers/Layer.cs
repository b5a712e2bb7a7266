namespace MyTorch.Layers;

/// <summary>A layer with its own backward pass: nothing is recorded, each layer remembers from its Forward what its Backward needs.</summary>
public abstract class Layer
{
    /// <summary>The output for a batch, an example a row.</summary>
    /// <param name="a">The inputs, (N, in).</param>
    public abstract Tensor Forward(Tensor a);

    /// <summary>From the gradient of the last Forward's output, that of its input; the gradients of the layer's parameters are kept in the layer.</summary>
    /// <param name="dLdZ">∂L/∂output, of the output's shape.</param>
    /// <returns>∂L/∂input, of the input's shape.</returns>
    public abstract Tensor Backward(Tensor dLdZ);
}

/// <summary>z = a. The worked example: it has nothing to remember, and hands the gradient on as it is.</summary>
public sealed class Identity : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor a) => a;

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dLdZ) => dLdZ;
}
