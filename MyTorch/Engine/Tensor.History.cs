namespace MyTorch;

// What a tensor remembers of the gradient history that it does not have.
public partial class Tensor
{
    HistoryLoss _lostHistory;
    Lineage? _lineage;

    /// <summary>Why this tensor has no gradient history although an ancestor requires a gradient.</summary>
    internal HistoryLoss HistoryLoss
    {
        get
        {
            Settle();
            return _lostHistory;
        }
        private set => _lostHistory = value;
    }

    /// <summary>From which inputs of running <see cref="Differentiation.Differentiate"/> calls this was computed; null outside such calls.</summary>
    internal Origin? Origin { get; set; }

    /// <summary>What this was computed from outside every scope; of a leaf that requires a gradient, the mark by which it is found there.</summary>
    internal Lineage? Lineage => _lineage;

    internal Lineage Mark() => _lineage ?? MakeMark();

    Lineage MakeMark() => Interlocked.CompareExchange(ref _lineage, new Lineage(), null) ?? _lineage;

    /// <summary>
    /// When a tensor with an <see cref="HistoryLoss.Unintended"/> loss was computed, on the clock of <see cref="WrittenAt"/>: a result is not written
    /// later.
    /// </summary>
    internal long HistoryLostAt
    {
        get
        {
            Settle();
            return _writtenAt;
        }
    }

    /// <summary>
    /// Notes that this value was computed from another in a way that carries no gradient, as the code says. How the other one had lost its history
    /// no longer matters.
    /// </summary>
    internal Tensor DetachedFrom(Tensor source, HistoryLoss how)
    {
        if (source.RequiresGrad || source.HistoryLoss != HistoryLoss.None) HistoryLoss |= how;
        Origin = source.Origin?.Cut(how);
        return this;
    }

    /// <summary>
    /// Notes why a result that was just computed has no history, and for an <see cref="HistoryLoss.Unintended"/> loss when it was computed and from
    /// what.
    /// </summary>
    internal void LoseHistory(HistoryLoss how, long at = 0, Lineage? lineage = null)
    {
        HistoryLoss = how;
        if (lineage is null && at == 0) return;
        _lineage = lineage;
        _writtenAt = Math.Max(_writtenAt, at);
    }

    // The tape of a result may have been ended by a thread that must not clear it.
    void Settle()
    {
        if (_producer is { IsOnLiveTape: false } producer) producer.Forget();
    }

    void ForgetLoss()
    {
        HistoryLoss = HistoryLoss.None;
        if (_lineage is { IsMark: false }) _lineage = null;
    }
}
