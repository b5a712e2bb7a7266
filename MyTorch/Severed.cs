namespace MyTorch;

/// <summary>
/// How a value that does not require a gradient was nevertheless computed from one that does: where the way back was cut. It travels with the values computed
/// from it, so that <see cref="Autograd.Explain"/> can say why a gradient is missing. Without any reference: nothing is kept alive by it.
/// </summary>
[Flags]
enum Severed : byte
{
    None = 0,

    /// <summary>By Detach or Clone.</summary>
    Detached = 1,

    /// <summary>Computed while recording was paused.</summary>
    Paused = 2,

    /// <summary>Computed while no scope was open.</summary>
    OutsideScope = 4,

    /// <summary>Recorded in a scope that has ended.</summary>
    ScopeEnded = 8,

    /// <summary>By a comparison, a position or a conversion to integers or truth values, which have no slope.</summary>
    NotDifferentiable = 16,
}
