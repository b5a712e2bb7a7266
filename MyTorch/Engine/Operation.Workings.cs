using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using MyTorch.Inspection;

namespace MyTorch;

// What surrounds an operation's value and rule: the tangent, the symbols, its place on the tape, the checks.
public abstract partial class Operation
{
    long _recordedAt;

    /// <summary>An operation on its operands. An array of them is copied.</summary>
    /// <param name="inputs">The operands, in the order in which <see cref="Backward"/> returns their gradients.</param>
    protected Operation(params ReadOnlySpan<Tensor> inputs)
    {
        for (int k = 0; k < inputs.Length; k++)
            if (inputs[k] is null) throw new ArgumentNullException(nameof(inputs), $"{Name}: operand {k + 1} of {inputs.Length} is null.");
        _inputs = inputs.ToArray();
    }

    /// <summary>The file and line of user code that made this operation, if the scope was opened with <c>recordSources: true</c>.</summary>
    public string? Source { get; internal set; }

    /// <summary>
    /// The tensors beside the inputs that Forward or a rule reads: labels, positions, a mask, weights. None, unless the operation says so.
    /// </summary>
    /// <remarks>Like an input, a setting must not change between the recording and the rule: the gradient would be that of another function. Named here, a change is an error.</remarks>
    protected virtual IReadOnlyList<Tensor> Settings => [];

    /// <summary>
    /// The rule read forwards: from the directions ẋ in which the inputs change, the direction in which the output does.
    /// </summary>
    /// <param name="tangents">One entry per input, of its shape; null where an input does not change. At least one is given.</param>
    /// <returns>The tangent, of the output's shape or one that broadcasts to it.</returns>
    /// <remarks>
    /// An operation that does not say gets it from <see cref="Backward"/>, which is linear in the upstream gradient u: the derivative of
    /// ⟨Jᵀu, ẋ⟩ with respect to u is J·ẋ.
    /// </remarks>
    public virtual Tensor Tangent(Tensor?[] tangents)
    {
        ArgumentNullException.ThrowIfNull(tangents);
        Tensor upstream = Tensor.ZerosLike(Output);
        upstream.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor?[] gradients = Backward(upstream);
        Tensor? product = null;
        for (int i = 0; i < gradients.Length; i++)
            if (gradients[i] is { } gradient && tangents[i] is { } tangent) product = Total(product, (gradient * tangent).Sum());
        // A rule that does not depend on its upstream gradient has the derivative 0.
        return product is { RequiresGrad: true } && autograd.Gradients(product, [upstream], createGraph: true)[0] is { } result ? result : Tensor.ZerosLike(Output);
    }

    /// <summary>The value in symbols: <c>ln v1</c>, <c>v1·v2</c>. The name with the operands in parentheses, unless the operation says more.</summary>
    /// <param name="x">How each input is written: a name or a number, never a sum or a product.</param>
    public virtual string ValueText(params ReadOnlySpan<string> x) => $"{Notation.Shown(Name)}({string.Join(", ", x)})";

    /// <summary>
    /// The local derivative ∂y/∂x of an operation that works element by element, in symbols: <c>1/v1</c>, <c>cos v2</c>. Null for one that
    /// mixes elements (a matrix product) or does not say; its <see cref="AdjointText"/> may say more.
    /// </summary>
    /// <param name="input">The position of the input.</param>
    /// <param name="x">How each input is written.</param>
    /// <param name="y">How the output is written.</param>
    public virtual string? DerivativeText(int input, ReadOnlySpan<string> x, string y) => null;

    /// <summary>
    /// What the rule hands to an input, in symbols: the upstream gradient times <see cref="DerivativeText"/>, or the operation's own form,
    /// <c>adj(v3)·v2ᵀ</c>; failing both, <c>adj(v3)·∂v3/∂v1</c>.
    /// </summary>
    /// <param name="input">The position of the input.</param>
    /// <param name="upstream">How the output's gradient is written.</param>
    /// <param name="x">How each input is written.</param>
    /// <param name="y">How the output is written.</param>
    public virtual string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        DerivativeText(input, x, y) is { } derivative ? Notation.Times(upstream, derivative) : $"{upstream}·∂{y}/∂{x[input]}";

    /// <summary>The sum of the terms that are there; for <see cref="Tangent"/> rules.</summary>
    /// <exception cref="ArgumentException">Every term is null.</exception>
    protected static Tensor Total(params ReadOnlySpan<Tensor?> terms)
    {
        Tensor? sum = null;
        foreach (Tensor? term in terms)
            if (term is not null) sum = sum is null ? term : sum + term;
        return sum ?? throw new ArgumentException("Tangent: no input changes; give at least one tangent.", nameof(terms));
    }

    /// <summary>An array that the operation keeps is its own: what the caller writes into theirs afterwards reaches nothing here.</summary>
    private protected static int[] Copy(int[] given, [CallerArgumentExpression(nameof(given))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(given, name);
        return [.. given];
    }

    // What Forward computes with is not recorded: the operation is one step.
    Tensor ForwardUnrecorded(Tape tape)
    {
        tape.Paused++;
        try
        {
            return Forward() ?? throw new InvalidOperationException($"{Name}: Forward returned null.");
        }
        finally
        {
            tape.Paused--;
        }
    }

    // A result is a tensor of its own, even where the value is an input's: else its gradient would count twice.
    Tensor ResultOfItsOwn(Tensor value) =>
        value.RequiresGrad || value.Producer is not null || Array.IndexOf(_inputs, value) >= 0 ? value.Alias() : value;

    /// <summary>The position on its tape, counted from the start of the outermost scope.</summary>
    internal int Index { get; private set; }

    internal Tape? Tape { get; private set; }

    /// <summary>The innermost module at work when this was recorded, in a scope that notes it.</summary>
    internal object? Maker { get; set; }

    /// <summary>The operands, <see cref="Inputs"/> as the array that holds them.</summary>
    internal Tensor[] InputArray => _inputs;

    internal void RecordedOn(Tape tape, int index)
    {
        Tape = tape;
        Index = index;
        _recordedAt = Tensor.Clock;
        Output.RecordedAs(this);
    }

    internal void Forget(Severed how)
    {
        Tape = null;
        Output.Forget(how, _recordedAt, Source is null ? null : new Lineage(Name, Source));
    }

    /// <summary>
    /// What <see cref="Backward"/> returns, by a kernel in one pass, for sweeps that are not recorded; null where there is none.
    /// </summary>
    /// <param name="gradient">The upstream gradient. It is not kept, and no result shares its memory: it will be overwritten.</param>
    /// <param name="buffers">Where the memory of the results comes from, each another.</param>
    internal virtual Tensor?[]? BackwardInOnePass(Tensor gradient, Buffers buffers) => null;

    /// <summary>Runs the rule with recording on or off, after checking that nothing it reads has changed, and checks what it returns.</summary>
    /// <param name="gradient">The upstream gradient.</param>
    /// <param name="createGraph">Whether the rule is recorded.</param>
    /// <param name="buffers">Where the memory of the results comes from, and where that of the upstream gradient goes; without, the results are the caller's.</param>
    internal Tensor?[] Undo(Tensor gradient, bool createGraph, Buffers? buffers = null)
    {
        CheckUnchanged();
        Tensor?[] gradients;
        if (createGraph) gradients = Backward(gradient);
        else using (Autograd.Pause())
            if (buffers is null) gradients = Backward(gradient);
            else if (BackwardInOnePass(gradient, buffers) is { } fused)
            {
                if (gradient.IsAdjointBuffer) buffers.Return(gradient);
                return fused;
            }
            else
            {
                // The rule may keep it, or hand it on to several inputs.
                gradient.IsAdjointBuffer = false;
                gradients = Backward(gradient);
            }

        RequireOneForEachInput(gradients);
        return gradients;
    }

    void RequireOneForEachInput([NotNull] Tensor?[]? gradients)
    {
        if (gradients is null || gradients.Length != _inputs.Length)
            throw new InvalidOperationException(
                $"{Notation.Shown(Name)}.Backward returned {gradients?.Length.ToString(CultureInfo.InvariantCulture) ?? "null"} gradients for {_inputs.Length} inputs; return one for each input, null where there is none.");
    }

    internal void CheckUnchanged()
    {
        foreach (Tensor input in _inputs)
            if (input.WrittenAt > _recordedAt) ThrowChanged(input, "input");
        IReadOnlyList<Tensor> settings = Settings;
        for (int i = 0; i < settings.Count; i++)
            if (settings[i].WrittenAt > _recordedAt) ThrowChanged(settings[i], "setting");
        if (Output.WrittenAt > _recordedAt) ThrowChanged(Output, "output");
    }

    [DoesNotReturn]
    void ThrowChanged(Tensor tensor, string role) => throw new InvalidOperationException(
        $"{tensor.Describe()}, {role} of {Notation.Shown(Name)}, was changed after {Notation.Shown(Name)} was recorded, so its gradient would be wrong. " +
        "Call Backward before the change (before optimizer.Step()), or compute the operation again after it.");

    /// <summary>
    /// Puts other tensors in the place of this operation's inputs, with recording paused, until it is disposed: so a check can ask the one
    /// operation for its value and its rule at another point. Settings such as masks and indices stay, for it is the same object.
    /// </summary>
    /// <remarks>
    /// The rules see the other tensors through <see cref="X"/>, <see cref="Inputs"/> and <see cref="Output"/>. Use it in a using statement, on the
    /// thread of the tape: whatever is thrown inside, the recorded inputs and output come back.
    /// </remarks>
    internal readonly ref struct Elsewhere
    {
        readonly Operation _operation;
        readonly Tensor[] _recordedInputs;
        readonly Tensor? _recordedOutput;
        readonly Tape _tape;

        internal Elsewhere(Operation operation, Tensor[] inputs)
        {
            (_operation, _recordedInputs, _recordedOutput, _tape) = (operation, [.. operation._inputs], operation._output, Tape.OfThisThread);
            _tape.Paused++;
            inputs.CopyTo(operation._inputs, 0);
        }

        /// <summary>The output that was recorded.</summary>
        internal Tensor RecordedOutput => _recordedOutput!;

        /// <summary>The value here. The rules called afterwards have it as their output.</summary>
        /// <exception cref="RuleException">Forward threw.</exception>
        internal Tensor Forward()
        {
            Tensor? value;
            try
            {
                value = _operation.Forward();
            }
            catch (Exception e)
            {
                throw new RuleException(nameof(Forward), e);
            }
            return _operation._output = (value ?? throw new InvalidOperationException($"{_operation.Name}: Forward returned null.")).Detach();
        }

        /// <exception cref="RuleException">Backward threw.</exception>
        internal Tensor?[] Backward(Tensor gradient)
        {
            Tensor?[] gradients;
            try
            {
                gradients = _operation.Backward(gradient);
            }
            catch (Exception e)
            {
                throw new RuleException(nameof(Backward), e);
            }
            _operation.RequireOneForEachInput(gradients);
            return gradients;
        }

        /// <exception cref="RuleException">Tangent threw.</exception>
        internal Tensor Tangent(Tensor?[] tangents)
        {
            try
            {
                return _operation.Tangent(tangents);
            }
            catch (Exception e)
            {
                throw new RuleException(nameof(Tangent), e);
            }
        }

        public void Dispose()
        {
            _recordedInputs.CopyTo(_operation._inputs, 0);
            _operation._output = _recordedOutput;
            _tape.Paused--;
        }
    }

    /// <summary>The operation as a line of its tape: <c>v3 = Log(v1) = 0.6931472</c>; tensors with shape and type instead of the value.</summary>
    public override string ToString() => OperationLine.Of(this);
}

/// <summary>Forward, Backward or Tangent of an operation threw while a check ran it.</summary>
sealed class RuleException(string member, Exception inner) : InvalidOperationException($"{member} threw {inner.GetType().Name}: {inner.Message}", inner);
