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
public sealed partial class Autograd : IDisposable
{
    // The sequence. Nested scopes share one; this scope's part begins at _start.
    readonly Tape _tape;
    readonly int _start;

    /// <summary>
    /// The operations recorded since the scope was opened, in sequence. An operation follows all operations it depends on.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The scope has ended.</exception>
    public IReadOnlyList<Operation> Operations => HasEnded ? throw EngineErrors.TapeIsGone() : new Window(this);

    /// <summary>
    /// Stores an operation that was just computed at the end of the sequence, if an input requires a gradient. Its output requires one from
    /// then on.
    /// </summary>
    internal void Record(Operation operation)
    {
        foreach (Tensor input in operation.InputArray)
            if (input.RequiresGrad)
            {
                Append(operation);
                return;
            }
    }

    /// <summary>
    /// Adds ∂output/∂leaf to <see cref="Tensor.Grad"/> of every leaf that led to the output: one sweep over the tape, backwards.
    /// </summary>
    /// <param name="output">A result recorded in this scope; the loss.</param>
    /// <param name="gradient">∂L/∂output, of the output's shape. May be left out for a scalar, where it is 1.</param>
    /// <param name="createGraph">
    /// Whether the sweep's own operations are recorded too, so that the gradients can be differentiated again.
    /// </param>
    /// <remarks>
    /// The algorithm is reverse-mode automatic differentiation (Griewank and Walther, Evaluating Derivatives, 2008, ch. 3).
    /// </remarks>
    /// <exception cref="InvalidOperationException">
    /// The scope has ended or belongs to another thread; the output was not recorded in it; it is not a scalar and no gradient is given;
    /// or a tensor was changed after it was recorded.
    /// </exception>
    /// <exception cref="ArgumentException">The given gradient does not have the output's shape and type.</exception>
    public void Backward(Tensor output, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, gradient, createGraph);
        Run(adjoints);
        foreach (Tensor leaf in adjoints.Leaves)
            leaf.AddToGrad(adjoints[leaf]!, createGraph);
    }

    /// <summary>
    /// Visits the operations last to first. When one's turn comes, all that use its output have been visited, so the output's adjoint is
    /// complete.
    /// </summary>
    void Sweep(Adjoints adjoints)
    {
        for (int i = adjoints.Last; i >= _start; i--)
            Propagate(_tape[i], adjoints);
    }

    /// <summary>
    /// Propagates a gradient through one operation: its backward rule turns the adjoint of its output into a contribution for each input,
    /// which is added to what the input has received from other operations. An operation whose output received nothing does not lead to the
    /// loss; it is skipped.
    /// </summary>
    /// <returns>Whether the rule ran.</returns>
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
        {
            if (contributions[k] is not { } contribution) continue;
            Tensor input = operation.InputArray[k];
            adjoints[input] = adjoints[input] is { } sum ? adjoints.Add(sum, contribution) : contribution;
        }
        return true;
    }

    /// <summary>
    /// The gradients ∂output/∂input, in the order of the inputs, without touching any <see cref="Tensor.Grad"/>. Null for an input that the
    /// output does not depend on.
    /// </summary>
    /// <param name="output">A result recorded in this scope.</param>
    /// <param name="inputs">Leaves or inner results.</param>
    /// <param name="gradient">∂L/∂output, of the output's shape. May be left out for a scalar, where it is 1.</param>
    /// <param name="createGraph">
    /// Whether the sweep's own operations are recorded too, so that the gradients can be differentiated again.
    /// </param>
    /// <inheritdoc cref="Backward" path="/exception"/>
    public Tensor?[] Gradients(Tensor output, IReadOnlyList<Tensor> inputs, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, inputs, gradient, createGraph);
        Run(adjoints);
        return [.. inputs.Select(adjoints.Finished)];
    }
}
