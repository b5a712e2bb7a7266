using System.Diagnostics;
using System.Globalization;
using MyTorch.Inspection;

namespace MyTorch;

/// <summary>
/// The one list of recorded operations of a thread. Every open <see cref="Autograd"/> scope is a window on it, from the
/// operation at which the scope was opened: nested scopes cost nothing and share one numbering.
/// </summary>
/// <remarks>
/// A scope opened while recording is paused gets a tape of its own for as long as it lives: the pause holds for the scopes
/// around it, and to them its results are plain values.
/// </remarks>
sealed class Tape(Tape? outer)
{
    const int DeepestNesting = 64;
    const int LargestKeptCapacity = 1 << 16;

    [ThreadStatic] static Tape? t_tape;

    readonly List<Operation> _operations = [];
    readonly List<Autograd> _scopes = [];
    // When each of them was opened, on the clock of recorded operations.
    readonly List<long> _openedAt = [];
    Autograd? _innermost;

    internal static Tape OfThisThread
    {
        get
        {
            Tape tape = t_tape ??= new Tape(outer: null);
            while (tape.Outer is { } outer && tape.Innermost is null) t_tape = tape = outer;
            return tape;
        }
    }

    /// <summary>The tape that is paused while this one records.</summary>
    internal Tape? Outer => outer;

    /// <summary>The thread that records here. (Its number would not do: numbers are given again when a thread has ended.)</summary>
    internal Thread Thread { get; } = Thread.CurrentThread;

    internal int Paused { get; set; }

    /// <summary>The module at work, for scopes that note it; an object, since the tape knows no layers.</summary>
    internal object? Maker { get; set; }

    /// <summary>The stretches of the tape that sweeps with <c>createGraph</c> added, in the order in which they ended.</summary>
    internal IReadOnlyList<Extension> Extensions => _extensions ?? [];

    List<Extension>? _extensions;

    /// <summary>The names of the values, once one was asked for.</summary>
    internal ValueNames? Names { get; set; }

    /// <summary>The memory of the sweeps of this thread.</summary>
    internal Buffers Buffers { get; } = outer?.Buffers ?? new Buffers();

    internal int Count => _operations.Count;

    internal Operation this[int index] => _operations[index];

    /// <summary>The open scopes, outermost first.</summary>
    internal Autograd[] OpenScopes
    {
        get
        {
            lock (_scopes) return [.. _scopes.Where(scope => !scope.HasEnded)];
        }
    }

    /// <summary>The innermost scope that has not ended, be it from another thread.</summary>
    internal Autograd? Innermost => _innermost is { HasEnded: false } innermost ? innermost : Prune();

    // Other threads end scopes whenever they like (after an await): the list of scopes is touched under its lock only.
    Autograd? Prune()
    {
        lock (_scopes)
        {
            for (int i = _scopes.Count - 1; i >= 0; i--)
                if (_scopes[i].HasEnded)
                {
                    _scopes.RemoveAt(i);
                    _openedAt.RemoveAt(i);
                }
            return _innermost = _scopes.LastOrDefault();
        }
    }

    /// <summary>The tape on which a scope opened now shall record.</summary>
    internal static Tape ToRecordOn()
    {
        Tape tape = OfThisThread;
        return tape.Paused == 0 ? tape : t_tape = new Tape(tape);
    }

    internal int Open(Autograd scope)
    {
        lock (_scopes)
        {
            if (Prune() is null) Clear();
            if (_scopes.Count >= DeepestNesting)
                throw new InvalidOperationException(
                    $"Autograd: {DeepestNesting} scopes are open on this thread. Is a using missing? Write: using var autograd = new Autograd();");
            _scopes.Add(scope);
            _openedAt.Add(Tensor.NextMoment());
            _innermost = scope;
            return _operations.Count;
        }
    }

    /// <summary>Offers an operation that was just computed to the innermost scope; notes why, if its result has no way back.</summary>
    internal void Record(Operation operation)
    {
        if (Paused == 0 && operation.Output.DType.IsFloat()) Innermost?.Record(operation);
        if (operation.Output.Producer is null) NoteWhyNotRecorded(operation);
        NoteOrigin(operation);
    }

    void NoteWhyNotRecorded(Operation operation)
    {
        bool requiresGrad = false;
        Severed severed = Severed.None;
        foreach (Tensor input in operation.InputArray)
        {
            severed |= input.Severed;
            requiresGrad |= input.RequiresGrad;
        }
        if (Paused > 0)
        {
            // A pause says that no gradient is wanted, also of what had lost its history before.
            if (requiresGrad || (severed & Severed.Unsaid) != 0) severed = severed & ~Severed.Unsaid | Severed.Paused;
            operation.Output.SeverAs(severed);
            return;
        }
        if (requiresGrad)
        {
            RequireNoLiveTapeElsewhere(operation);
            severed |= Innermost is null ? Severed.OutsideScope : Severed.NotDifferentiable;
        }
        if ((severed & Severed.Unsaid) == 0) operation.Output.SeverAs(severed);
        else operation.Output.SeverAs(severed, requiresGrad ? Tensor.Clock : LatestOf(operation), Lineage.Of(operation));
    }

    static long LatestOf(Operation operation)
    {
        long latest = 0;
        foreach (Tensor input in operation.InputArray)
            if ((input.Severed & Severed.Unsaid) != 0) latest = Math.Max(latest, input.SeveredAt);
        return latest;
    }

    void NoteOrigin(Operation operation)
    {
        Origin? origin = null;
        foreach (Tensor input in operation.InputArray)
            if (input.Origin is not null) origin = Origin.Union(origin, input.Origin);
        if (origin is null) return;
        Tensor output = operation.Output;
        output.Origin = output.Producer is not null ? origin
            : !output.DType.IsFloat() ? null
            : origin.Cut(Paused > 0 ? Severed.Paused : Innermost is null ? Severed.OutsideScope : Severed.Detached);
    }

    /// <summary>Refuses operands whose history is elsewhere or lost, where that can hardly be meant.</summary>
    void RequireOwnInputs(Operation operation)
    {
        RequireNoLiveTapeElsewhere(operation);
        for (int k = 0; k < operation.InputArray.Length; k++)
            if (operation.InputArray[k] is { RequiresGrad: false, Severed: not Severed.None } input && (input.Severed & Severed.Unsaid) != 0 && input.DType.IsFloat())
                RefuseUnsaid(operation, k, input);
    }

    void RequireNoLiveTapeElsewhere(Operation operation)
    {
        foreach (Tensor input in operation.InputArray)
            if (input.Producer is { Tape: { } tape } && tape != this && tape.Thread != Thread)
                throw new InvalidOperationException(
                    $"{operation.Name}: {input.Describe()} is recorded on the live tape of thread {tape.Thread.ManagedThreadId}, but this is thread {Thread.ManagedThreadId}. " +
                    "Stay on one thread inside an Autograd scope (an await may change it), or pass .Detach().");
    }

    void RefuseUnsaid(Operation operation, int position, Tensor input)
    {
        long openedAt;
        bool isStrict;
        lock (_scopes)
        {
            if (Prune() is not { } innermost) return;
            (openedAt, isStrict) = (_openedAt[0], innermost.IsStrict);
        }
        // While a scope is open its own thread records: what was computed then and is no part of the tape comes from another thread.
        if (input.SeveredAt >= openedAt)
            throw new InvalidOperationException(
                $"{Operand()} on another thread while this Autograd scope was open. A scope records its own thread only, so the gradient would lack that part. " +
                "Compute it on the thread of the scope (no Parallel.For and no await in between), or pass .Detach() if it is meant as a constant.");
        if (isStrict)
            throw new InvalidOperationException(
                $"{Operand()} {((input.Severed & Severed.OutsideScope) != 0 ? "while no scope was open" : "in a scope that has ended")}, from a tensor that requires a gradient: " +
                "it is a constant here, and this Autograd scope is strict. Compute it inside the scope, or pass .Detach() if it is meant as a constant.");

        string Operand() => string.Create(CultureInfo.InvariantCulture, $"{operation.Name}: operand {position + 1}, {input.Describe()}, was computed{Lineage.By(input.Lineage)}");
    }

    /// <summary>Puts an operation at the end; false if the last scope has just ended on another thread.</summary>
    internal bool Append(Operation operation)
    {
        RequireOwnInputs(operation);
        // Under the lock: the scope may just be ending on another thread, which then clears the list.
        lock (_scopes)
        {
            if (Innermost is null) return false;
            operation.RecordedOn(this, _operations.Count);
            _operations.Add(operation);
            return true;
        }
    }

    /// <summary>Remembers that the operations recorded since then are the graph of a sweep.</summary>
    internal void NoteExtension(int since, Adjoints adjoints)
    {
        if (Count > since) (_extensions ??= []).Add(new Extension(since, Count, [.. adjoints.All()]));
    }

    internal void Close(Autograd scope)
    {
        lock (_scopes)
        {
            if (scope.HasEnded) return;
            scope.MarkEnded(_operations.Count);
            // A scope still open inside this one lacks its using. From another thread (after an await) the scopes above
            // may belong to other work that this thread took up meanwhile: they stay.
            if (Thread == Thread.CurrentThread)
            {
                for (int i = _scopes.IndexOf(scope); i < _scopes.Count; i++)
                    _scopes[i].MarkEnded(_operations.Count, byAnother: true);
                for (Tape? inside = t_tape; inside is not null && inside != this; inside = inside.Outer) inside.EndAll();
            }
            if (Prune() is null) Clear();
        }
    }

    void EndAll()
    {
        lock (_scopes)
        {
            foreach (Autograd scope in _scopes) scope.MarkEnded(_operations.Count, byAnother: true);
            Prune();
            Clear();
        }
    }

    void Clear()
    {
        // What was recorded under a pause is a plain value to the scopes around it, and that was said.
        Severed how = outer is null ? Severed.ScopeEnded : Severed.Paused;
        foreach (Operation operation in _operations) operation.Forget(how);
        _operations.Clear();
        Names = null;
        Maker = null;
        _extensions = null;
        if (_operations.Capacity > LargestKeptCapacity) _operations.Capacity = 0;
    }

    /// <summary>The file and line, outside this library, that is being executed.</summary>
    internal static string? CallerOutsideTheLibrary()
    {
        foreach (StackFrame frame in new StackTrace(fNeedFileInfo: true).GetFrames())
            if (frame.GetFileName() is { } file && DiagnosticMethodInfo.Create(frame)?.DeclaringAssemblyName is { } assembly
                && !assembly.StartsWith("MyTorch,", StringComparison.Ordinal))
                return string.Create(CultureInfo.InvariantCulture, $"{file}:{frame.GetFileLineNumber()}");
        return null;
    }
}

/// <summary>The part of a tape that one sweep with <c>createGraph</c> added.</summary>
/// <param name="From">The place of its first operation.</param>
/// <param name="To">The place behind its last one.</param>
/// <param name="Gradients">The gradients that it computed, each with the tensor it belongs to.</param>
sealed record Extension(int From, int To, IReadOnlyList<(Tensor Gradient, Tensor Of)> Gradients);
