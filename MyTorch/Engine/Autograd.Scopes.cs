using System.Collections;
using MyTorch.Diagnostics;

namespace MyTorch;

// The scope around the sequence: when it is open, on which thread, what it may be asked, and what it says to a wrong call.
public sealed partial class Autograd
{
    readonly bool _recordSources;
    readonly bool _recordMakers;
    readonly bool _detectAnomaly;
    int _end = -1;
    bool _endedByAnother;

    /// <summary>Opens a scope on the calling thread.</summary>
    /// <param name="recordSources">
    /// Whether to note the file and line, and the module, that made each operation. It costs more than a small training step: for debugging.
    /// </param>
    /// <param name="detectAnomaly">
    /// Whether to stop at the first recorded operation, forward or backward, that makes NaN or ∞ out of finite numbers, with an <see cref="AnomalyException"/>.
    /// It reads every value once more: for debugging. Scopes opened inside do the same.
    /// </param>
    /// <param name="strict">
    /// Whether it is an error to record an operation on a value that was computed from a tensor requiring a gradient while no scope was open, or in a scope
    /// that has ended. Otherwise such a value is a constant, and <see cref="Explain"/> can tell. <see cref="Tensor.Detach"/> and <see cref="Pause"/> say that a
    /// constant is meant. Scopes opened inside are strict too. It costs nothing.
    /// </param>
    /// <exception cref="InvalidOperationException">Sixty-four scopes are open already, a sign of a missing <c>using</c>.</exception>
    public Autograd(bool recordSources = false, bool detectAnomaly = false, bool strict = false)
        : this(recordSources, recordMakers: recordSources, detectAnomaly, strict) { }

    internal Autograd(bool recordSources, bool recordMakers, bool detectAnomaly, bool strict)
    {
        _tape = Tape.ToRecordOn();
        _recordSources = recordSources;
        _recordMakers = recordMakers;
        _detectAnomaly = detectAnomaly || _tape.Innermost is { _detectAnomaly: true };
        IsStrict = strict || _tape.Innermost is { IsStrict: true };
        _start = _tape.Open(this);
    }

    /// <summary>The innermost open scope of the calling thread; null outside any.</summary>
    public static Autograd? Current => Tape.OfThisThread.Innermost;

    /// <summary>Whether an operation would be recorded now on the calling thread: a scope is open and recording is not paused.</summary>
    public static bool IsRecording => Tape.OfThisThread is { Paused: 0, Innermost: not null };

    /// <summary>
    /// Stops recording on this thread's open scopes until the result is disposed: <c>using (Autograd.Pause()) { … }</c>. A scope opened inside
    /// records for itself alone.
    /// </summary>
    public static PauseScope Pause() => new(Tape.OfThisThread);

    internal bool HasEnded => Volatile.Read(ref _end) >= 0;

    internal bool RecordsMakers => _recordMakers;

    /// <summary>Whether a value without its gradient history is an error, unless that was said.</summary>
    internal bool IsStrict { get; }

    internal Tape Tape => _tape;

    /// <summary>The start of a <see cref="Backward"/>: the output's gradient is there, nothing is undone yet.</summary>
    internal Adjoints Begin(Tensor output, Tensor? gradient, bool createGraph, Action<Contribution>? observer = null)
    {
        RequireOwnThread(nameof(Backward));
        RequireRecorded(output, nameof(Backward));
        return new Adjoints(this, output, Seed(output, gradient), createGraph, observer: observer);
    }

    /// <summary>The start of a <see cref="Gradients"/>, which keeps the adjoints of the inputs.</summary>
    Adjoints Begin(Tensor output, IReadOnlyList<Tensor> inputs, Tensor? gradient, bool createGraph)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        RequireOwnThread(nameof(Gradients));
        bool outputIsInput = inputs.Any(input => ReferenceEquals(input, output));
        if (!outputIsInput) RequireRecorded(output, nameof(Gradients));
        return new Adjoints(this, output, Seed(output, gradient), createGraph, keep: inputs);
    }

    /// <summary>The whole sweep, recorded only where the gradients are to be differentiated again.</summary>
    void Run(Adjoints adjoints)
    {
        int before = _tape.Count;
        try
        {
            if (Replacement is { } other) adjoints.Adopt(other(this, adjoints));
            else if (adjoints.CreateGraph) Sweep(adjoints);
            else using (Pause()) Sweep(adjoints);
        }
        catch (Exception e) when (HasEnded)
        {
            throw EndedElsewhere(e);
        }
        // What was forgotten meanwhile no longer requires a gradient, so a part could be missing.
        if (HasEnded) throw EndedElsewhere(null);
        if (adjoints.CreateGraph) _tape.NoteExtension(before, adjoints);
        else _tape.Buffers.EndSweep();
    }

    static InvalidOperationException EndedElsewhere(Exception? cause) =>
        new("Backward: another thread ended this Autograd scope during the sweep. End a scope on the thread that uses it.", cause);

    /// <summary>
    /// Another way to the adjoints of all tensors, put in the sweep's place by the tests: every test must pass with either.
    /// </summary>
    internal static Func<Autograd, Adjoints, IReadOnlyDictionary<Tensor, Tensor>>? Replacement { get; set; }

    /// <summary>The sweep in slow motion: each operation once it is undone. Between the steps recording goes on.</summary>
    internal IEnumerable<Operation> Steps(Adjoints adjoints)
    {
        for (int i = adjoints.Last; i >= _start; i--)
            if (Step(_tape[i], adjoints)) yield return _tape[i];

        static bool Step(Operation operation, Adjoints adjoints)
        {
            if (adjoints.CreateGraph) return Undo(operation, adjoints);
            using (Pause()) return Undo(operation, adjoints);
        }
    }

    /// <summary>What the rule of an operation returns, looked at if the scope looks for anomalies.</summary>
    internal Tensor?[] Differentiate(Operation operation, Tensor upstream, bool createGraph, Buffers? buffers = null)
    {
        Tensor?[] gradients = operation.Undo(upstream, createGraph, buffers);
        if (_detectAnomaly) Anomaly.ThrowIfMadeBackward(operation, operation.Index - _start, upstream, gradients);
        return gradients;
    }

    /// <summary>Puts an operation at the end of the sequence; from then on its output requires a gradient and knows the operation.</summary>
    void Append(Operation operation)
    {
        if (!_tape.Append(operation)) return;
        if (_recordMakers) operation.Maker = _tape.Maker;
        if (_recordSources) operation.Source = Tape.CallerOutsideTheLibrary();
        if (_detectAnomaly) Anomaly.ThrowIfMadeForward(operation, operation.Index - _start);
    }

    /// <summary>
    /// Holds the rule of each recorded operation, alone and at its recorded inputs, to central differences of its own value, first to last. Where a
    /// check of a whole model can only say that a weight's gradient is wrong, this says which operation made it wrong.
    /// </summary>
    /// <returns>What could not be judged: kinks, values that are not finite, digits lost.</returns>
    /// <remarks>
    /// It costs a few evaluations of each operation, more for inputs of up to 32 elements, which move one at a time. Forward and the rules read inputs
    /// through <see cref="Operation.Inputs"/>, which hold other tensors meanwhile. A Float32 tape is judged in Float64.
    /// </remarks>
    /// <exception cref="OperationCheckException">
    /// An operation is wrong: "operation 7, Sigmoid: rule wrong for input 0: got 0.21, expected 0.19 at [2, 1]". Operations are counted as in <see cref="Operations"/>, from 0.
    /// </exception>
    /// <exception cref="InvalidOperationException">The scope has ended or belongs to another thread, or a tensor was changed after it was recorded.</exception>
    public TapeCheck Check()
    {
        RequireOwnThread(nameof(Check));
        return TapeChecker.Run([.. Operations]);
    }

    /// <summary>
    /// Why the gradient of a tensor is null, zero, NaN or enormous: the tape is walked, and the reason named with its operation
    /// and, if the scope records sources, its line.
    /// </summary>
    /// <param name="tensor">The tensor whose gradient is in question: a leaf, or an inner result.</param>
    /// <param name="output">The loss; the last result recorded if left out.</param>
    /// <exception cref="InvalidOperationException">The scope has ended or belongs to another thread, or a tensor was changed after it was recorded.</exception>
    public GradientExplanation Explain(Tensor tensor, Tensor? output = null)
    {
        RequireOwnThread(nameof(Explain));
        return new GradientExplainer(this, output).Explain(tensor);
    }

    /// <summary>The tape, a line an operation; of a long one the first and last fifty.</summary>
    public override string ToString()
    {
        const int Edge = 50;
        if (HasEnded) return "an Autograd scope that has ended";
        IReadOnlyList<Operation> operations = Operations;
        return operations.Count <= 2 * Edge
            ? string.Join('\n', operations)
            : string.Join('\n', [.. operations.Take(Edge), $"… {operations.Count - 2 * Edge} more operations …", .. operations.Skip(operations.Count - Edge)]);
    }

    /// <summary>Ends the scope and every scope opened inside it. May be called from any thread, and twice.</summary>
    public void Dispose() => _tape.Close(this);

    internal int Start => _start;

    internal void MarkEnded(int end, bool byAnother = false)
    {
        if (HasEnded) return;
        _endedByAnother = byAnother;
        Volatile.Write(ref _end, end);
    }

    internal bool Recorded(Tensor tensor) => tensor.Producer is { } producer && producer.Tape == _tape && producer.Index >= _start;

    internal static Autograd ScopeThatRecorded(Tensor output)
    {
        Tape tape = Tape.OfThisThread;
        if (tape.Innermost is null)
            throw new InvalidOperationException(
                $"Backward: no Autograd scope is open on this thread. {WhyNotRecorded(output)} " +
                "Open a scope before the forward pass and call Backward inside it: using var autograd = new Autograd();");
        for (Tape? around = tape; around is not null; around = around.Outer)
            if (around.OpenScopes.FirstOrDefault(scope => scope.Recorded(output)) is { } scope) return scope;
        return tape.Innermost;
    }

    internal void RequireOwnThread(string action)
    {
        if (HasEnded)
            throw new InvalidOperationException(_endedByAnother
                ? $"{action}: this Autograd scope was ended early, when a scope opened before it on the same thread ended. Two async handlers on one thread do that: " +
                  "during the await of one, the other opens or ends its scope. Do not await inside a scope: await first, then open it and do the forward pass, " +
                  "Backward and the end of the using block in one go. (Without async: does this scope lack its using?)"
                : $"{action}: this Autograd scope has ended and its tape is gone. Call {action} inside the using block.");
        if (_tape.Thread != Thread.CurrentThread)
            throw new InvalidOperationException(
                $"{action}: this Autograd scope belongs to thread {_tape.Thread.ManagedThreadId}, and thread {Environment.CurrentManagedThreadId} asked. " +
                "Open, use and end a scope on one thread; do not await inside it, since the code behind an await may run on another thread.");
    }

    internal void RequireRecorded(Tensor output, string action)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!Recorded(output))
            throw new InvalidOperationException($"{action}: {output.Describe()} was not recorded in this scope. {WhyNotRecorded(output)}");
    }

    static string WhyNotRecorded(Tensor output) => output switch
    {
        { Producer.Tape: { } tape } when tape.Thread != Thread.CurrentThread =>
            $"It is recorded in an open scope of thread {tape.Thread.ManagedThreadId}, and this is thread {Environment.CurrentManagedThreadId}: " +
            "an await inside the scope may have moved the work to another thread.",
        { IsLeaf: false } => "It was recorded in a scope around this one; call Backward on that scope.",
        _ when output.Severed.HasFlag(Severed.OutsideScope) =>
            $"It was computed{Lineage.By(output.Lineage)} before the scope was opened or after it had ended. " +
            "A scope records what is computed inside it, while recording is not paused, from a tensor with RequiresGrad.",
        _ when output.Severed.HasFlag(Severed.ScopeEnded) =>
            "It was recorded in a scope that has ended. Did the using block end, or, where two async handlers share this thread, the scope of the other one? Do not await inside a scope.",
        _ => "It is not the result of an operation recorded here: was it computed before the scope was opened, while recording was paused, or only from tensors without RequiresGrad?",
    };

    internal static Tensor Seed(Tensor output, Tensor? gradient, string action = nameof(Backward))
    {
        if (gradient is null)
            return output.ElementCount == 1
                ? Tensor.OnesLike(output)
                : throw new InvalidOperationException(
                    $"{action}: the output is {output.Describe()}, not a scalar. Reduce it with .Sum() or .Mean(), or give the gradient ∂L/∂output.");
        if (gradient.Shape != output.Shape || gradient.DType != output.DType)
            throw new ArgumentException(
                $"{action}: the given gradient is {gradient.Shape} {gradient.DType}, the output {output.Shape} {output.DType}; they need the same shape and type.", nameof(gradient));
        return gradient;
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
    Tape? _tape;

    internal PauseScope(Tape tape)
    {
        _tape = tape;
        tape.Paused++;
    }

    /// <summary>Lets recording go on, if no pause around this one is still open.</summary>
    public void Dispose()
    {
        if (_tape is not null) _tape.Paused--;
        _tape = null;
    }
}
