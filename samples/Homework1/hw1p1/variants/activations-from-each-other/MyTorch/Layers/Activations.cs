namespace MyTorch.Layers;

/// <summary>a = σ(z) = 1/(1 + e⁻ᶻ), element by element.</summary>
public sealed class Sigmoid : Layer
{
    Tensor? _output;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor a)
    {
        _output = 1 - 1 / (a.Exp() + 1);
        return _output;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dLdZ) => dLdZ * _output! * (1 - _output!);
}

/// <summary>a = tanh z = (eᶻ − e⁻ᶻ)/(eᶻ + e⁻ᶻ), element by element.</summary>
public sealed class Tanh : Layer
{
    Tensor? _output;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor a)
    {
        _output = 2 / (1 + (-2 * a).Exp()) - 1;
        return _output;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dLdZ) => dLdZ * (1 - _output!) * (1 + _output!);
}

/// <summary>a = max(z, 0), element by element; the slope at 0 is 0.</summary>
public sealed class ReLU : Layer
{
    Tensor? _output;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor a)
    {
        _output = (a + (a * a).Sqrt()) / 2;
        return _output;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dLdZ) => Tensor.Where(_output! > 0, dLdZ, Tensor.ZerosLike(dLdZ));
}
