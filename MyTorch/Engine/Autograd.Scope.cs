using System.Collections;

namespace MyTorch;

// The scope around the sequence: when it is open, and on which thread.
public sealed partial class Autograd
{
    readonly bool _recordSources;
    int _ended;
    bool _endedByAnother;

    /// <summary>Opens a scope on the calling thread.</summary>
    /// <param name="recordSources">
    /// Whether to note the file and line, and the module, that made each operation. For debugging: it costs more than a small training
    /// step.
    /// </param>
    /// <param name="detectAnomaly">
    /// Whether to stop at the first recorded operation, forward or backward, that makes NaN or ∞ out of finite numbers, with an
    /// <see cref="Diagnostics.AnomalyException"/>. It reads every value once more: for debugging. Scopes opened inside do the same.
    /// </param>
    /// <param name="strict">
    /// Whether it is an error to record an operation on a value that was computed from a tensor requiring a gradient while no scope was
    /// open, or in a scope that has ended. Otherwise such a value is a constant, and <c>Explain</c> can tell. <see cref="Tensor.Detach"/>
    /// and <see cref="Pause"/> say that a constant is meant. Scopes opened inside are strict too. It costs nothing.
    /// </param>
    /// <param name="reuseMemory">
    /// Whether the memory of the results recorded in this scope is used again for the results of the next one, which saves much of the time
    /// of large training steps. When the scope has ended, reading such a result, or a tensor that shares its memory
    /// (<see cref="Tensor.Detach"/>, <see cref="Tensor.Reshape"/>), is an <see cref="InvalidOperationException"/>: call
    /// <see cref="Tensor.Clone"/> or <see cref="Tensor.Item()"/> inside the scope to keep it. Not given back are <see cref="Tensor.Grad"/>,
    /// parameters, buffers, batches, and whatever else was not recorded in this scope. In a scope around this one results belong to that
    /// scope, and are given back when it ends if it reuses memory.
    /// </param>
    /// <exception cref="InvalidOperationException">Sixty-four scopes are open already, a sign of a missing <c>using</c>.</exception>
    public Autograd(bool recordSources = false, bool detectAnomaly = false, bool strict = false, bool reuseMemory = false)
        : this(recordSources, recordMakers: recordSources, detectAnomaly ? new Diagnostics.AnomalyWatcher() : null, strict, reuseMemory) { }

    internal Autograd(bool recordSources, bool recordMakers, TapeWatcher? watcher = null, bool strict = false, bool reuseMemory = false)
    {
        ReusesMemory = reuseMemory;
        _tape = Tape.ToRecordOn();
        _recordSources = recordSources;
        RecordsMakers = recordMakers;
        Watcher = watcher ?? _tape.Innermost?.Watcher;
        IsStrict = strict || _tape.Innermost is { IsStrict: true };
        _start = _tape.Open(this);
    }

    /// <summary>The innermost open scope of the calling thread; null outside any.</summary>
    public static Autograd? Current => Tape.OfThisThread.Innermost;

    /// <summary>Whether an operation would be recorded now on the calling thread: a scope is open and recording is not paused.</summary>
    public static bool IsRecording => Tape.OfThisThread is { Paused: 0, Innermost: not null };

    /// <summary>
    /// Stops recording on this thread's open scopes until the result is disposed: <c>using (Autograd.Pause()) { … }</c>. A scope opened
    /// inside records only for itself.
    /// </summary>
    /// <param name="reuseMemory">
    /// Whether the memory of the results computed meanwhile is used again for those of the next such pause, which makes the evaluation of
    /// large batches in a loop faster. When the pause has ended, reading such a result is an error, as after a scope with
    /// <c>reuseMemory</c>. A pause or scope inside decides for itself.
    /// </param>
    public static PauseScope Pause(bool reuseMemory = false) => new(Tape.OfThisThread, reuseMemory);

    /// <summary>
    /// Raised during <see cref="Backward"/> for each leaf, once its last contribution is in <see cref="Tensor.Grad"/>, while the sweep
    /// continues: the time to send a gradient to other machines, or to look at it. The handler must not record operations. Unused, it costs
    /// nothing.
    /// </summary>
    public event Action<Tensor>? GradientAccumulated;

    internal bool HasEnded => Volatile.Read(ref _ended) != 0;

    internal bool RecordsMakers { get; }

    /// <summary>Whether an operand that lost its gradient history is an error, unless the code said that this is meant.</summary>
    internal bool IsStrict { get; }

    internal bool ReusesMemory { get; }

    internal TapeWatcher? Watcher { get; }

    internal Tape Tape => _tape;

    internal int Start => _start;

    /// <summary>Ends the scope and every scope opened inside it. May be called from any thread, and twice.</summary>
    public void Dispose() => _tape.Close(this);

    /// <param name="byAnother">Whether a scope around this one ended it.</param>
    internal void MarkEnded(bool byAnother = false)
    {
        if (HasEnded) return;
        _endedByAnother = byAnother;
        if (Interlocked.Exchange(ref _ended, 1) == 0) _tape.CountEnded();
    }

    /// <summary>
    /// Puts an operation at the end of the sequence; from then on its output requires a gradient and knows the operation.
    /// </summary>
    void Append(Operation operation)
    {
        if (!_tape.Append(operation)) return;
        if (RecordsMakers) operation.Maker = _tape.Maker;
        if (_recordSources) operation.Source = SourceLine.OfCaller();
        Watcher?.AfterRecording(operation, operation.Index - _start);
    }

    sealed class Window(Autograd scope) : IReadOnlyList<Operation>
    {
        public int Count => scope.HasEnded ? 0 : scope._tape.Count - scope._start;

        public Operation this[int index] => index >= 0 && index < Count
            ? scope._tape[scope._start + index]
            : throw Invalid.OutOfRange(nameof(index), $"The tape holds {Count} operations.");

        public IEnumerator<Operation> GetEnumerator()
        {
            for (int i = 0; i < Count; i++) yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

/// <summary>A stretch of code in which nothing is recorded on the thread; see <see cref="Autograd.Pause"/>.</summary>
public ref struct PauseScope
{
    readonly Lease? _lease, _around;
    Tape? _tape;

    internal PauseScope(Tape tape, bool reuseMemory)
    {
        _tape = tape;
        tape.Paused++;
        _around = tape.PauseLease;
        tape.PauseLease = _lease = reuseMemory ? new Lease(tape.Results, scope: null) : null;
    }

    /// <summary>Lets recording go on, if no pause around this one is still open.</summary>
    public void Dispose()
    {
        if (_tape is null) return;
        _tape.Paused--;
        _tape.PauseLease = _around;
        _tape = null;
        _lease?.End();
    }
}
