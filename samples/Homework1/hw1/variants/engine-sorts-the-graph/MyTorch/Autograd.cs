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
        int needing = 0;
        for (int i = 0; i < operation.Inputs.Count; i++)
            if (operation.Inputs[i].RequiresGrad) needing++;
        if (needing == 0) return;
        Append(operation);
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
        // Not by the tape: each operation behind all that its inputs come from, found depth first.
        var order = new List<Operation>();
        var seen = new HashSet<Operation>();
        Visit(adjoints.Output);
        for (int i = order.Count - 1; i >= 0; i--) Propagate(order[i], adjoints);

        void Visit(Tensor tensor)
        {
            if (tensor.Producer is not { } operation || !seen.Add(operation)) return;
            foreach (Tensor input in operation.Inputs) Visit(input);
            order.Add(operation);
        }
    }

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

    public Tensor?[] Gradients(Tensor output, IReadOnlyList<Tensor> inputs, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, inputs, gradient, createGraph);
        Run(adjoints);
        return [.. inputs.Select(adjoints.Finished)];
    }
}
