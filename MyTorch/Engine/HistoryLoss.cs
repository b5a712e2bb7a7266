namespace MyTorch;

/// <summary>
/// Why a tensor has no gradient history although one of its ancestors requires a gradient. Values computed from it inherit it, so that an
/// explanation can say why a gradient is missing or partial. It holds no reference, so it keeps nothing alive.
/// </summary>
[Flags]
enum HistoryLoss : byte
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

    /// <summary>By a comparison, an index or a conversion to integers or truth values, which have derivative 0 or none.</summary>
    NotDifferentiable = 16,

    /// <summary>The losses that may be a mistake: of the others the code itself says that no gradient is wanted.</summary>
    Unintended = OutsideScope | ScopeEnded,
}
