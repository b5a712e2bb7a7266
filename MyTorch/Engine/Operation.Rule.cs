using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace MyTorch;

// What surrounds an operation's value and rule: its operands and settings, its index on the tape, and how its backward rule is run.
public abstract partial class Operation
{
    long _recordedAt;

    /// <summary>An operation on its operands. An array of them is copied.</summary>
    /// <param name="inputs">The operands, in the order in which <see cref="Backward"/> returns their gradients.</param>
    protected Operation(params ReadOnlySpan<Tensor> inputs)
    {
        for (int k = 0; k < inputs.Length; k++)
            if (inputs[k] is null) throw EngineErrors.NullOperand(this, k, inputs.Length);
        _inputs = inputs.ToArray();
    }

    /// <summary>The file and line of user code that made this operation, if the scope was opened with <c>recordSources: true</c>.</summary>
    public string? Source { get; internal set; }

    /// <summary>
    /// The tensors beside the inputs that Forward or a rule reads: labels, positions, a mask, weights. None, unless the operation says so.
    /// </summary>
    /// <remarks>
    /// Like an input, a setting must not change between the recording and the rule: the gradient would be that of another function. Named
    /// here, a change is an error.
    /// </remarks>
    protected virtual IReadOnlyList<Tensor> Settings => [];

    internal IReadOnlyList<Tensor> SettingTensors => Settings;

    /// <summary>A copy of an array that the operation keeps, so that a later change by the caller does not reach it.</summary>
    private protected static int[] Copy(int[] given, [CallerArgumentExpression(nameof(given))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(given, name);
        return [.. given];
    }

    // What Forward computes with is not recorded: the operation is one step.
    Tensor ForwardUnrecorded(Tape tape, Lease? lease)
    {
        Tensor? value = null;
        tape.Paused++;
        try
        {
            return value = Forward() ?? throw new InvalidOperationException($"{Name}: Forward returned null.");
        }
        finally
        {
            tape.Paused--;
            lease?.Computed(this, value);
        }
    }

    // Forward may return an input unchanged. The output must still be a different Tensor object, or its gradient would be added twice.
    Tensor AsNewTensor(Tensor value) =>
        value.RequiresGrad || value.Producer is not null || Array.IndexOf(_inputs, value) >= 0 ? value.Alias() : value;

    /// <summary>The position on its tape, counted from the start of the outermost scope.</summary>
    internal int Index { get; private set; }

    Tape? _tape;

    internal Tape? Tape => _tape;

    internal bool IsOnLiveTape => _tape is { IsLive: true };

    /// <summary>The innermost module at work when this was recorded, in a scope that notes it.</summary>
    internal object? Maker { get; set; }

    /// <summary>The operands, <see cref="Inputs"/> as the array that holds them.</summary>
    internal Tensor[] InputArray => _inputs;

    internal void RecordedOn(Tape tape, int index)
    {
        _tape = tape;
        Index = index;
        _recordedAt = Tensor.Clock;
        Output.RecordedAs(this);
    }

    /// <summary>
    /// Makes the output a plain value, once: by the thread of the tape that has ended, or by another one that looks before.
    /// </summary>
    internal void Forget()
    {
        if (Interlocked.Exchange(ref _tape, null) is { } tape)
            Output.Forget(tape.Ending, _recordedAt, Source is null ? null : new Lineage(Name, Source));
    }

    /// <summary>
    /// What <see cref="Backward"/> returns, by a kernel in one pass, for sweeps that are not recorded; null where there is none.
    /// </summary>
    /// <param name="gradient">The upstream gradient. It is not kept, and no result shares its memory: it will be overwritten.</param>
    /// <param name="memory">Where the memory of the results comes from, a different buffer for each.</param>
    internal virtual Tensor?[]? BackwardInOnePass(Tensor gradient, GradientMemory memory) => null;

    /// <summary>Runs the backward rule, after checking that nothing it reads has changed, and checks what it returns.</summary>
    /// <param name="gradient">The upstream gradient.</param>
    /// <param name="memory">
    /// Where a fused rule takes the memory of its results from, and where the upstream gradient is returned to. Without it no fused rule
    /// runs, and what the rule returns belongs to the caller.
    /// </param>
    internal Tensor?[] RunBackward(Tensor gradient, GradientMemory? memory = null)
    {
        CheckUnchanged();
        if (memory is not null)
        {
            if (BackwardInOnePass(gradient, memory) is { } fused)
            {
                if (gradient.Gradient.IsBuffer) memory.Return(gradient);
                return fused;
            }
            // The rule may keep it, or return it for several inputs.
            gradient.Gradient.IsBuffer = false;
        }
        Tensor?[] gradients = Backward(gradient);
        RequireOneForEachInput(gradients);
        return gradients;
    }

    /// <summary>
    /// A gradient that the rule returned, in the shape of its input: an input that broadcasting repeated receives the sum over its
    /// repetitions.
    /// </summary>
    /// <exception cref="InvalidOperationException">The gradient does not have its input's type, or its input's shape does not broadcast
    /// to its shape.</exception>
    internal Tensor Fitted(int position, Tensor gradient)
    {
        Tensor input = _inputs[position];
        if (gradient.Shape == input.Shape && gradient.DType == input.DType) return gradient;
        if (gradient.DType != input.DType || !input.Shape.BroadcastsTo(gradient.Shape))
            throw EngineErrors.DoesNotFit(this, position, gradient);
        return gradient.SumTo(input.Shape);
    }

    internal void RequireOneForEachInput([NotNull] Tensor?[]? gradients)
    {
        if (gradients is null || gradients.Length != _inputs.Length) throw EngineErrors.WrongCount(this, gradients);
    }

    /// <summary>Refuses a rule that would read values written after the recording: the gradient would be wrong.</summary>
    internal void CheckUnchanged()
    {
        foreach (Tensor input in _inputs)
            if (input.WrittenAt > _recordedAt) throw EngineErrors.Changed(this, input, "input");
        IReadOnlyList<Tensor> settings = Settings;
        for (int i = 0; i < settings.Count; i++)
            if (settings[i].WrittenAt > _recordedAt) throw EngineErrors.Changed(this, settings[i], "setting");
        if (Output.WrittenAt > _recordedAt) throw EngineErrors.Changed(this, Output, "output");
    }
}
