namespace MyTorch.Layers;

/// <summary>The velocity of one parameter.</summary>
sealed class Memory(double momentum)
{
    Tensor? _velocity;

    /// <summary>Takes a gradient in, and tells the velocity.</summary>
    public Tensor With(Tensor gradient) => _velocity = _velocity is null || momentum == 0 ? gradient.Clone() : _velocity * momentum + gradient;
}
