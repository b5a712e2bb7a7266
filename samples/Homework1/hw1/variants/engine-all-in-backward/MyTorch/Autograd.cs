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
        Adjoints state = Begin(output, gradient, createGraph);
        var received = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { { output, gradient ?? Tensor.OnesLike(output) } };
        var leaves = new List<Tensor>();
        int position = Operations.Count;
        using (Pause())
            while (--position >= 0)
            {
                Operation step = Operations[position];
                if (!received.Remove(step.Output, out Tensor? upstream)) continue;
                int k = 0;
                foreach (Tensor? piece in state.Contributions(step, upstream))
                {
                    Tensor to = step.Inputs[k++];
                    if (piece is null) continue;
                    if (received.TryGetValue(to, out Tensor? already)) received[to] = piece + already;
                    else received.Add(to, piece);
                    if (to.IsLeaf && !leaves.Contains(to)) leaves.Add(to);
                }
            }
        foreach (Tensor leaf in leaves) leaf.Grad = leaf.Grad is null ? received[leaf].Clone() : leaf.Grad + received[leaf];
    }

    void Sweep(Adjoints adjoints)
    {
        for (int i = adjoints.Last; i >= _start; i--)
            Propagate(_tape[i], adjoints);
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
