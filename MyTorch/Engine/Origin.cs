namespace MyTorch;

/// <summary>
/// From which inputs of the running <see cref="Differentiation.Differentiate"/> calls a value was computed, and whether on a path that carries a
/// derivative or only on paths that were cut. So a derivative of 0 because f does not depend on x is told from one that a Detach hides.
/// </summary>
/// <remarks>
/// It travels with the values, and is null, at the cost of one comparison an operation, outside those calls. It holds no tensor. A bit stands for
/// an input; inputs from the 64th on share the last one. What has no slope (a comparison, a position) passes nothing on: its derivative is 0.
/// </remarks>
sealed class Origin
{
    const int Bits = 64;

    readonly object _call;
    readonly Origin? _next;
    readonly ulong _live, _detached, _paused, _outside;

    Origin(object call, ulong live, ulong detached, ulong paused, ulong outside, Origin? next) =>
        (_call, _live, _detached, _paused, _outside, _next) = (call, live, detached, paused, outside, next);

    /// <summary>A value that is an input of a call, and was itself computed from inputs of calls around it.</summary>
    internal static Origin OfInput(object call, int position, Origin? around) => new(call, Bit(position), 0, 0, 0, around);

    internal static ulong Bit(int position) => 1UL << Math.Min(position, Bits - 1);

    /// <summary>Where a value comes from that was computed from two.</summary>
    internal static Origin? Union(Origin? a, Origin? b)
    {
        if (a is null || ReferenceEquals(a, b)) return b;
        for (Origin? other = b; other is not null; other = other._next) a = a.With(other);
        return a;
    }

    Origin With(Origin other)
    {
        if (_call != other._call)
        {
            Origin? next = _next is null ? new(other._call, other._live, other._detached, other._paused, other._outside, null) : _next.With(other);
            return ReferenceEquals(next, _next) ? this : new(_call, _live, _detached, _paused, _outside, next);
        }
        ulong live = _live | other._live, detached = _detached | other._detached, paused = _paused | other._paused, outside = _outside | other._outside;
        return (live, detached, paused, outside) == (_live, _detached, _paused, _outside) ? this : new(_call, live, detached, paused, outside, _next);
    }

    /// <summary>Where a value comes from that was computed from one of this origin in a way that carries no gradient; null if it has no slope either.</summary>
    internal Origin? Cut(HistoryLoss how) => how switch
    {
        HistoryLoss.NotDifferentiable => null,
        HistoryLoss.Detached => new(_call, 0, _detached | _live, _paused, _outside, _next?.Cut(how)),
        HistoryLoss.Paused => new(_call, 0, _detached, _paused | _live, _outside, _next?.Cut(how)),
        _ => new(_call, 0, _detached, _paused, _outside | _live, _next?.Cut(how)),
    };

    /// <summary>How the gradient history between a call's inputs and this value was lost on every path; <see cref="HistoryLoss.None"/> if it was not.</summary>
    internal static HistoryLoss CutOf(Origin? origin, object call, ulong inputs)
    {
        for (; origin is not null; origin = origin._next)
            if (origin._call == call)
                return (origin._detached & inputs) != 0 ? HistoryLoss.Detached : (origin._paused & inputs) != 0 ? HistoryLoss.Paused
                    : (origin._outside & inputs) != 0 ? HistoryLoss.OutsideScope : HistoryLoss.None;
        return HistoryLoss.None;
    }
}
