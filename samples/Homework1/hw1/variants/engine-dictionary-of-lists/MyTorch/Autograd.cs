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
        bool needed = operation.Inputs.Any(input => input.RequiresGrad);
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
        var nodeToGrad = new Dictionary<Tensor, List<Tensor>>(ReferenceEqualityComparer.Instance) { [adjoints.Output] = [adjoints.Seed] };
        for (int i = adjoints.Last; i >= _start; i--)
        {
            Operation operation = _tape[i];
            if (!nodeToGrad.TryGetValue(operation.Output, out List<Tensor>? partials)) continue;
            Tensor?[] contributions = adjoints.Contributions(operation, Total(partials));
            for (int k = 0; k < contributions.Length; k++)
            {
                if (contributions[k] is null) continue;
                Tensor input = operation.Inputs[k];
                if (!nodeToGrad.ContainsKey(input)) nodeToGrad[input] = [];
                nodeToGrad[input].Add(contributions[k]!);
            }
        }
        foreach ((Tensor tensor, List<Tensor> partials) in nodeToGrad)
            if (tensor.IsLeaf) adjoints[tensor] = Total(partials);
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

    static Tensor Total(List<Tensor> partials)
    {
        Tensor sum = partials[^1];
        for (int i = partials.Count - 2; i >= 0; i--) sum = sum + partials[i];
        return sum;
    }
}
