namespace MyTorch;

/// <summary>
/// The one list of recorded operations of a thread. Every open <see cref="Autograd"/> scope is a window on it, from the
/// operation at which the scope was opened: nested scopes cost nothing and share one numbering.
/// </summary>
/// <remarks>
/// <para>Only its own thread changes it, so nothing here is locked. Another thread that ends a scope (after an await) marks it as ended;
/// this thread removes what has ended when it next looks. Until then the results of a tape without open scopes count as plain
/// values.</para>
/// <para>A scope opened while recording is paused gets another tape for as long as it lives: the pause holds for the scopes
/// around it, and to them its results are plain values.</para>
/// </remarks>
sealed class Tape(Tape? outer)
{
    const int DeepestNesting = 64;
    const int LargestKeptCapacity = 1 << 16;

    [ThreadStatic] static Tape? t_tape;

    readonly List<Operation> _operations = [];
    // With the moment when each was opened, on the clock of recorded operations.
    readonly List<(Autograd Scope, long OpenedAt)> _scopes = [];
    Autograd? _innermost;
    int _openScopes;
    List<Extension>? _extensions;
    // The outermost scope's: it records what all others do, so a result is given back when that one ends.
    Lease? _scopeLease;

    internal static Tape OfThisThread
    {
        get
        {
            Tape tape = t_tape ??= new Tape(outer: null);
            while (tape.Outer is { } outer && tape.Innermost is null) t_tape = tape = outer;
            return tape;
        }
    }

    /// <summary>The tape on which a scope opened now records.</summary>
    internal static Tape ToRecordOn()
    {
        Tape tape = OfThisThread;
        return tape.Paused == 0 ? tape : t_tape = new Tape(tape);
    }

    /// <summary>The tape that is paused while this one records.</summary>
    internal Tape? Outer => outer;

    /// <summary>The thread that records here. (Its number would not do: numbers are given again when a thread has ended.)</summary>
    internal Thread Thread { get; } = Thread.CurrentThread;

    internal int Paused { get; set; }

    /// <summary>The module at work, for scopes that note it; an object, since the tape knows no layers.</summary>
    internal object? Maker { get; set; }

    /// <summary>The parts of the tape that sweeps with <c>createGraph</c> added, in the order in which they ended.</summary>
    internal IReadOnlyList<Extension> Extensions => _extensions ?? [];

    /// <summary>The names of the values, once one was asked for.</summary>
    internal Inspection.ValueNames? Names { get; set; }

    /// <summary>The gradient memory of this thread.</summary>
    internal GradientMemory Memory { get; } = outer?.Memory ?? new GradientMemory();

    /// <summary>The memory that results of this thread's scopes with reuseMemory gave back.</summary>
    internal ResultMemory Results { get; } = outer?.Results ?? new ResultMemory();

    /// <summary>The lease of the innermost pause, if it reuses memory.</summary>
    internal Lease? PauseLease { get; set; }

    /// <summary>The lease that the result of an operation is going to belong to; null, unless a scope or pause reuses memory.</summary>
    internal Lease? LeaseFor(Operation operation) => (Paused > 0 ? PauseLease : _scopeLease)?.Begin(operation);

    internal int Count => _operations.Count;

    internal Operation this[int index] => _operations[index];

    /// <summary>Whether a scope is open. Any thread may ask.</summary>
    internal bool IsLive => Volatile.Read(ref _openScopes) > 0;

    /// <summary>
    /// What its results lose their history by. Those recorded under a pause are plain values to the scopes around it, as the pause said.
    /// </summary>
    internal HistoryLoss Ending => outer is null ? HistoryLoss.ScopeEnded : HistoryLoss.Paused;

    /// <summary>The innermost scope that has not ended.</summary>
    internal Autograd? Innermost => _innermost is { HasEnded: true } ? RemoveEnded() : _innermost;

    /// <summary>When the outermost scope that is still open was opened.</summary>
    internal long OpenedAt => RemoveEnded() is null ? long.MaxValue : _scopes[0].OpenedAt;

    /// <summary>The outermost open scope that recorded a tensor; null if none did.</summary>
    internal Autograd? ScopeThatRecorded(Tensor tensor)
    {
        foreach ((Autograd scope, _) in _scopes)
            if (!scope.HasEnded && scope.Recorded(tensor)) return scope;
        return null;
    }

    /// <returns>The index at which the scope's part of the tape begins.</returns>
    internal int Open(Autograd scope)
    {
        RemoveEnded();
        if (_scopes.Count >= DeepestNesting)
            throw new InvalidOperationException(
                $"Autograd: {DeepestNesting} scopes are open on this thread. " +
                "Is a using missing? Write: using var autograd = new Autograd();");
        if (scope.ReusesMemory && _scopes.Count == 0) _scopeLease = new Lease(Results, scope);
        _scopes.Add((scope, Tensor.NextMoment()));
        Interlocked.Increment(ref _openScopes);
        _innermost = scope;
        return _operations.Count;
    }

    /// <summary>Called once for each scope, by the thread that ends it.</summary>
    internal void CountEnded() => Interlocked.Decrement(ref _openScopes);

    /// <summary>
    /// Offers an operation that was just computed to the innermost scope; notes why, if its result has no gradient history.
    /// </summary>
    internal void Record(Operation operation)
    {
        if (Paused == 0 && operation.Output.DType.IsFloat()) Innermost?.Record(operation);
        if (operation.Output.Producer is null) LostHistory.Note(this, operation);
        LostHistory.NoteOrigin(this, operation);
    }

    /// <summary>Puts an operation at the end; false if the last scope has just ended on another thread.</summary>
    internal bool Append(Operation operation)
    {
        LostHistory.RequireOwnInputs(this, operation);
        if (Innermost is null) return false;
        operation.RecordedOn(this, _operations.Count);
        _operations.Add(operation);
        return true;
    }

    /// <summary>Remembers that the operations recorded since then are the graph of a sweep.</summary>
    internal void NoteExtension(int since, RecordedAdjoints adjoints)
    {
        if (Count > since) (_extensions ??= []).Add(new Extension(since, Count, adjoints.All()));
    }

    /// <summary>
    /// Ends a scope. On its own thread, also the scopes still open inside it, which lack their using. From another thread (after an await)
    /// the scopes above may belong to other work that this thread took up meanwhile: they stay.
    /// </summary>
    internal void Close(Autograd scope)
    {
        if (scope.HasEnded) return;
        scope.MarkEnded();
        if (Thread != Thread.CurrentThread) return;
        int inside = _scopes.Count;
        while (inside > 0 && _scopes[inside - 1].Scope != scope) inside--;
        if (inside > 0)
            for (; inside < _scopes.Count; inside++) _scopes[inside].Scope.MarkEnded(byAnother: true);
        for (Tape? tape = t_tape; tape is not null && tape != this; tape = tape.Outer)
        {
            foreach ((Autograd open, _) in tape._scopes) open.MarkEnded(byAnother: true);
            tape.RemoveEnded();
        }
        // Only here: what another thread ended is also removed while a Backward hands out its gradients.
        if (RemoveEnded() is null) Memory.ForgetSums();
    }

    /// <summary>Removes the scopes that have ended; with the last one, the operations.</summary>
    Autograd? RemoveEnded()
    {
        for (int i = _scopes.Count - 1; i >= 0; i--)
            if (_scopes[i].Scope.HasEnded) _scopes.RemoveAt(i);
        if (_scopes.Count == 0) Clear();
        return _innermost = _scopes.Count == 0 ? null : _scopes[^1].Scope;
    }

    void Clear()
    {
        foreach (Operation operation in _operations) operation.Forget();
        _operations.Clear();
        _scopeLease?.End();
        _scopeLease = null;
        Names = null;
        Maker = null;
        _extensions = null;
        if (_operations.Capacity > LargestKeptCapacity) _operations.Capacity = 0;
    }
}
