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
        bool needed = false;
        for (int k = 0; k < operation.Inputs.Count; k++) needed |= operation.Inputs[k].RequiresGrad;
        if (needed) Append(operation);
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
        From(adjoints.Last);

        void From(int i)
        {
            if (i < _start) return;
            Propagate(_tape[i], adjoints);
            From(i - 1);
        }
    }

    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        Tensor? upstream = adjoints.Take(operation.Output);
        if (upstream is null) return false;
        Tensor?[] pieces = adjoints.Contributions(operation, upstream);
        foreach ((Tensor input, Tensor? piece) in operation.Inputs.Zip(pieces)) Receive(adjoints, input, piece);
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
        if (piece is not null) adjoints[tensor] = (adjoints[tensor] ?? Tensor.ZerosLike(piece)) + piece;
    }
}
