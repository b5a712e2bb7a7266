namespace MyTorch;

/// <summary>
/// One step of a computation: its inputs, its value and its derivative rule, side by side.
/// </summary>
/// <remarks>
/// To add an operation, derive from this class, give the rule, and apply it:
/// <code>
/// sealed class Cube(Tensor x) : Operation(x)
/// {
///     protected override Tensor Forward() => X * X * X;
///     public override Tensor?[] Backward(Tensor gradient) => [gradient * 3 * X * X];
/// }
/// Tensor y = new Cube(x).Apply();
/// </code>
/// A rule uses only its upstream gradient, the inputs and the output, as tensors, and returns the gradients; the engine adds them up.
/// So one rule serves the first derivative and every higher one.
/// </remarks>
public abstract partial class Operation
{
    Tensor[] _inputs;
    ReadOnlyArray<Tensor>? _readOnlyInputs;
    Tensor? _output;

    /// <summary>The operands.</summary>
    public IReadOnlyList<Tensor> Inputs => _readOnlyInputs ??= new ReadOnlyArray<Tensor>(_inputs);

    /// <summary>The result of <see cref="Apply"/>.</summary>
    /// <exception cref="InvalidOperationException">The operation has not been applied.</exception>
    public Tensor Output => _output ?? throw new InvalidOperationException($"{Name}: no output yet; call Apply() first.");

    /// <summary>What the operation is called in tapes, pictures and errors.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>The first operand.</summary>
    protected Tensor X => _inputs[0];

    /// <summary>Computes the value. It must not depend on, or change, anything but the inputs and the operation's own settings.</summary>
    protected abstract Tensor Forward();

    /// <summary>
    /// The derivative rule: from ∂L/∂output, the gradients ∂L/∂input of every input in order. Null where an input has none.
    /// </summary>
    /// <param name="gradient">The upstream gradient, of the output's shape.</param>
    /// <returns>
    /// One entry per input. Where the operation broadcast an input, the gradient may have the broadcast shape: the engine sums it.
    /// </returns>
    public abstract Tensor?[] Backward(Tensor gradient);

    /// <summary>
    /// Computes the value and, if an <see cref="Autograd"/> scope is open and an input requires a gradient, records the operation.
    /// </summary>
    /// <exception cref="InvalidOperationException">The operation was applied before. Make a new one for each step.</exception>
    public Tensor Apply()
    {
        if (_output is not null)
            throw new InvalidOperationException(
                $"{Name}: already applied; make a new {Name} for each application, since each is one step of the tape.");
        Tape tape = Tape.OfThisThread;
        _output = AsNewTensor(ForwardUnrecorded(tape, tape.LeaseFor(this)));
        tape.Record(this);
        return _output;
    }
}
