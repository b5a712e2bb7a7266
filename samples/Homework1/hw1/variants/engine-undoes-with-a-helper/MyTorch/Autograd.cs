namespace MyTorch;

public sealed partial class Autograd : IDisposable
{
    // The sequence. Nested scopes share one; this scope's part begins at _start.
    readonly Tape _tape;
    readonly int _start;

    public IReadOnlyList<Operation> Operations => HasEnded
        ? throw new ObjectDisposedException(nameof(Autograd), "This Autograd scope has ended and its tape is gone; read Operations before the end of the using block.")
        : new Window(this);

    internal void Record(Operation operation)
    {
        foreach (Tensor input in operation.InputArray)
            if (input.RequiresGrad)
            {
                Append(operation);
                return;
            }
    }

    public void Backward(Tensor output, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, gradient, createGraph);
        Run(adjoints);
        foreach (Tensor leaf in adjoints.Leaves)
            leaf.AddToGrad(adjoints[leaf]!, createGraph);
    }

    void Sweep(Adjoints adjoints)
    {
        int i = _tape.Count - 1;
        while (i >= _start)
        {
            Operation operation = _tape[i--];
            if (adjoints[operation.Output] is null) continue;
            Propagate(operation, adjoints);
        }
    }

    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        Tensor? upstream = adjoints.Take(operation.Output);
        if (upstream is null) return false;
        Tensor?[] pieces = adjoints.Contributions(operation, upstream);
        // The last input first: the order of a sum is free.
        for (int k = pieces.Length - 1; k >= 0; k--) Receive(adjoints, operation.Inputs[k], pieces[k]);
        return true;
    }

    public Tensor?[] Gradients(Tensor output, IReadOnlyList<Tensor> inputs, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, inputs, gradient, createGraph);
        Run(adjoints);
        return [.. inputs.Select(adjoints.Finished)];
    }

    static void Receive(Adjoints adjoints, Tensor tensor, Tensor? piece)
    {
        if (piece is null) return;
        Tensor? before = adjoints[tensor];
        adjoints[tensor] = before is null ? piece : piece + before;
    }
}
