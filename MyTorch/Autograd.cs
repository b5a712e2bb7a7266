using System.Collections;
using MyTorch.Differentiation;

namespace MyTorch;

/// <summary>
/// The tape: while the scope is open, every operation that involves a tensor requiring a gradient is stored, in sequence;
/// <see cref="Backward"/> walks the sequence the other way round and applies the chain rule.
/// </summary>
/// <remarks>
/// <para>Open it with <c>using</c>. Outside any scope nothing is recorded, so evaluation costs and leaks nothing.
/// When a scope ends, results it recorded become plain values.</para>
/// <para>A scope belongs to the thread that opened it. Scopes nest; an operation is recorded on every open scope of its thread,
/// so a gradient computed inside a function can itself be differentiated.</para>
/// </remarks>
public sealed class Autograd : IDisposable
{
    readonly Tape _tape;
    readonly int _start;
    readonly bool _recordSources;
    readonly bool _recordMakers;
    readonly bool _detectAnomaly;
    int _end = -1;

    /// <summary>Opens a scope on the calling thread.</summary>
    /// <param name="recordSources">
    /// Whether to note the file and line, and the module, that made each operation. It costs more than a small training step: for debugging.
    /// </param>
    /// <param name="detectAnomaly">
    /// Whether to stop at the first recorded operation, forward or backward, that makes NaN or ∞ out of finite numbers, with an <see cref="AnomalyException"/>.
    /// It reads every value once more: for debugging. Scopes opened inside do the same.
    /// </param>
    /// <exception cref="InvalidOperationException">Sixty-four scopes are open already, a sign of a missing <c>using</c>.</exception>
    public Autograd(bool recordSources = false, bool detectAnomaly = false) : this(recordSources, recordMakers: recordSources, detectAnomaly) { }

    internal Autograd(bool recordSources, bool recordMakers, bool detectAnomaly = false)
    {
        _tape = Tape.ToRecordOn();
        _recordSources = recordSources;
        _recordMakers = recordMakers;
        _detectAnomaly = detectAnomaly || _tape.Innermost is { _detectAnomaly: true };
        _start = _tape.Open(this);
    }

    /// <summary>The operations recorded since the scope was opened, in sequence. An operation follows all operations it depends on.</summary>
    /// <exception cref="ObjectDisposedException">The scope has ended.</exception>
    public IReadOnlyList<Operation> Operations => HasEnded
        ? throw new ObjectDisposedException(nameof(Autograd), "This Autograd scope has ended and its tape is gone; read Operations before the end of the using block.")
        : new Window(this);

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

    internal bool RecordsSources => _recordSources;

    internal bool RecordsMakers => _recordMakers;

    internal bool DetectsAnomalies => _detectAnomaly;

    internal Tape Tape => _tape;

    /// <summary>
    /// Adds ∂output/∂leaf to <see cref="Tensor.Grad"/> of every leaf that led to the output: one sweep over the tape, backwards.
    /// </summary>
    /// <param name="output">A result recorded in this scope; the loss.</param>
    /// <param name="gradient">∂L/∂output, of the output's shape. May be left out for a scalar, where it is 1.</param>
    /// <param name="createGraph">Whether the sweep's own operations are recorded too, so that the gradients can be differentiated again.</param>
    /// <remarks>The algorithm is reverse-mode automatic differentiation (Griewank and Walther, Evaluating Derivatives, 2008, ch. 3).</remarks>
    /// <exception cref="InvalidOperationException">
    /// The scope has ended or belongs to another thread; the output was not recorded in it; it is not a scalar and no gradient is given;
    /// or a tensor was changed after it was recorded.
    /// </exception>
    /// <exception cref="ArgumentException">The given gradient does not have the output's shape and type.</exception>
    public void Backward(Tensor output, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, gradient, createGraph);
        Drain(adjoints);
        adjoints.AddToGrads();
    }

    /// <summary>The start of a <see cref="Backward"/>: the output's gradient is there, nothing is undone yet.</summary>
    internal Adjoints Begin(Tensor output, Tensor? gradient, bool createGraph, Action<Contribution>? observer = null)
    {
        RequireOwnThread(nameof(Backward));
        RequireRecorded(output, nameof(Backward));
        return new Adjoints(this, output, Seed(output, gradient), createGraph) { Observer = observer };
    }

    /// <summary>
    /// The gradients ∂output/∂input, in the order of the inputs, without touching any <see cref="Tensor.Grad"/>. Null for an input that the output does not depend on.
    /// </summary>
    /// <param name="output">A result recorded in this scope.</param>
    /// <param name="inputs">Leaves or inner results.</param>
    /// <param name="gradient">∂L/∂output, of the output's shape. May be left out for a scalar, where it is 1.</param>
    /// <param name="createGraph">Whether the sweep's own operations are recorded too, so that the gradients can be differentiated again.</param>
    /// <inheritdoc cref="Backward" path="/exception"/>
    public Tensor?[] Gradients(Tensor output, IReadOnlyList<Tensor> inputs, Tensor? gradient = null, bool createGraph = false)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        RequireOwnThread(nameof(Gradients));
        bool outputIsInput = inputs.Any(input => ReferenceEquals(input, output));
        if (!outputIsInput) RequireRecorded(output, nameof(Gradients));
        var adjoints = new Adjoints(this, output, Seed(output, gradient), createGraph, keep: inputs);
        Drain(adjoints);
        // A rule may hand on its upstream as it is (a sum does): copied, what the caller writes into a gradient reaches nothing else.
        return [.. inputs.Select(input => createGraph ? adjoints.Of(input) : adjoints.Of(input)?.Clone())];
    }

    void Drain(Adjoints adjoints)
    {
        int before = _tape.Count;
        if (Replacement is { } other) adjoints.Adopt(other(this, adjoints));
        else foreach (Operation _ in Sweep(adjoints)) { }
        if (adjoints.CreateGraph) _tape.NoteExtension(before, adjoints);
    }

    /// <summary>
    /// Another way to the adjoints of all tensors, put in the sweep's place by the tests: every test must pass with either.
    /// </summary>
    internal static Func<Autograd, Adjoints, IReadOnlyDictionary<Tensor, Tensor>>? Replacement { get; set; }

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

    /// <summary>
    /// Undoes one operation per step, last to first: takes the sum of the contributions to its output, runs its rule, and hands
    /// each result to the input it belongs to. Operations that do not lead to the output are passed over.
    /// </summary>
    internal IEnumerable<Operation> Sweep(Adjoints adjoints)
    {
        for (int i = adjoints.Last; i >= _start; i--)
        {
            Operation operation = _tape[i];
            if (adjoints.Take(operation.Output) is not { } upstream) continue;
            Tensor?[] gradients = Undo(operation, upstream, adjoints.CreateGraph);
            for (int k = 0; k < gradients.Length; k++)
                adjoints.Accumulate(operation, k, gradients[k]);
            yield return operation;
        }
    }

    internal Tensor?[] Undo(Operation operation, Tensor upstream, bool createGraph)
    {
        Tensor?[] gradients = operation.Undo(upstream, createGraph);
        if (_detectAnomaly) Anomaly.ThrowIfMadeBackward(operation, operation.Index - _start, upstream, gradients);
        return gradients;
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

    internal void MarkEnded(int end) => Volatile.Write(ref _end, end);

    internal bool Recorded(Tensor tensor) => tensor.Producer is { } producer && producer.Tape == _tape && producer.Index >= _start;

    internal static Autograd ScopeThatRecorded(Tensor output)
    {
        Tape tape = Tape.OfThisThread;
        if (tape.Innermost is null)
            throw new InvalidOperationException(
                "Backward: no Autograd scope is open on this thread, so nothing was recorded. Open one before the forward pass: using var autograd = new Autograd();");
        for (Tape? around = tape; around is not null; around = around.Outer)
            if (around.OpenScopes.FirstOrDefault(scope => scope.Recorded(output)) is { } scope) return scope;
        return tape.Innermost;
    }

    internal void RequireOwnThread(string action)
    {
        if (HasEnded)
            throw new InvalidOperationException(
                $"{action}: this Autograd scope has ended and its tape is gone. Call {action} inside the using block.");
        if (_tape.Thread != Thread.CurrentThread)
            throw new InvalidOperationException(
                $"{action}: this Autograd scope belongs to thread {_tape.Thread.ManagedThreadId}, and thread {Environment.CurrentManagedThreadId} asked. " +
                "Open, use and end a scope on one thread; do not await inside it.");
    }

    internal void RequireRecorded(Tensor output, string action)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!Recorded(output))
            throw new InvalidOperationException(
                $"{action}: {output.Describe()} was not recorded in this scope. " + (output.IsLeaf
                    ? "It is not the result of an operation recorded here: was it computed before the scope was opened, while recording was paused, or only from tensors without RequiresGrad?"
                    : "It was recorded in a scope around this one; call Backward on that scope."));
    }

    static Tensor Seed(Tensor output, Tensor? gradient)
    {
        if (gradient is null)
            return output.ElementCount == 1
                ? Tensor.OnesLike(output)
                : throw new InvalidOperationException(
                    $"Backward: the output is {output.Describe()}, not a scalar. Reduce it with .Sum() or .Mean(), or give the gradient ∂L/∂output.");
        if (gradient.Shape != output.Shape || gradient.DType != output.DType)
            throw new ArgumentException(
                $"Backward: the given gradient is {gradient.Shape} {gradient.DType}, the output {output.Shape} {output.DType}; they need the same shape and type.", nameof(gradient));
        return gradient;
    }

    sealed class Window(Autograd scope) : IReadOnlyList<Operation>
    {
        public int Count => scope.HasEnded ? 0 : scope._tape.Count - scope._start;

        public Operation this[int index] => index >= 0 && index < Count
            ? scope._tape[scope._start + index]
            : throw new ArgumentOutOfRangeException(nameof(index), index, $"The tape holds {Count} operations.");

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
