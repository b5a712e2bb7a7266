namespace MyTorch.Optim;

/// <summary>A velocity for every parameter that has moved.</summary>
sealed class Velocities
{
    readonly Dictionary<Tensor, Tensor> _all = new(ReferenceEqualityComparer.Instance);

    /// <summary>v ← μ·v + g</summary>
    public Tensor After(Tensor parameter, Tensor gradient, double momentum)
    {
        if (_all.TryGetValue(parameter, out Tensor? velocity)) _all[parameter] = momentum * velocity + gradient;
        else _all[parameter] = gradient.Clone();
        return _all[parameter];
    }
}
