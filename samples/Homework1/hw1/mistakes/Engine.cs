// Wrong engines of part 2. Most go right along a chain, which is why the questions after it exist.

[Mistake("2.1-everything", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation) => Append(operation);
}

[Mistake("2.1-only-if-all", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        if (operation.Inputs.All(input => input.RequiresGrad)) Append(operation);
    }
}

[Mistake("2.1-only-first-input", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        if (operation.Inputs[0].RequiresGrad) Append(operation);
    }
}

[Mistake("2.1-once-for-each-input", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        foreach (Tensor input in operation.Inputs)
            if (input.RequiresGrad) Append(operation);
    }
}

[Mistake("2.1-leaves-only", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        if (operation.Inputs.Any(input => input.RequiresGrad && input.IsLeaf)) Append(operation);
    }
}

[Mistake("2.1-nothing", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation) { }
}

[Mistake("2.2-forwards", Question = "2.2", Member = "MyTorch.Autograd.Sweep")]
partial class Autograd
{
    void Sweep(Adjoints adjoints)
    {
        for (int i = _start; i <= adjoints.Last; i++)
            Propagate(_tape[i], adjoints);
    }
}

[Mistake("2.2-first-operation-left-out", Question = "2.2", Member = "MyTorch.Autograd.Sweep")]
partial class Autograd
{
    void Sweep(Adjoints adjoints)
    {
        for (int i = adjoints.Last; i > _start; i--)
            Propagate(_tape[i], adjoints);
    }
}

[Mistake("2.2-upstream-ignored", Question = "2.2", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, Tensor.OnesLike(upstream));
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution)
                adjoints[operation.Inputs[k]] = adjoints[operation.Inputs[k]] is { } sum ? adjoints.Add(sum, contribution) : contribution;
        return true;
    }
}

[Mistake("2.2-first-input-only", Question = "2.2", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        if (adjoints.Contributions(operation, upstream)[0] is { } contribution)
            adjoints[operation.Inputs[0]] = adjoints[operation.Inputs[0]] is { } sum ? adjoints.Add(sum, contribution) : contribution;
        return true;
    }
}

[Mistake("2.2-first-gradient-for-all", Question = "2.2", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[0] is { } contribution)
                adjoints[operation.Inputs[k]] = adjoints[operation.Inputs[k]] is { } sum ? adjoints.Add(sum, contribution) : contribution;
        return true;
    }
}

[Mistake("2.2-upstream-times-contribution", Question = "2.2", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
        {
            if (contributions[k] is not { } contribution) continue;
            if (contribution.Shape == upstream.Shape) contribution = upstream * contribution;
            adjoints[operation.Inputs[k]] = adjoints[operation.Inputs[k]] is { } sum ? adjoints.Add(sum, contribution) : contribution;
        }
        return true;
    }
}

[Mistake("2.2-given-gradient-ignored", Question = "2.2", Member = "MyTorch.Autograd.Backward")]
partial class Autograd
{
    public void Backward(Tensor output, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, Tensor.OnesLike(output), createGraph);
        Run(adjoints);
        foreach (Tensor leaf in adjoints.Leaves)
            leaf.AddToGrad(adjoints[leaf]!, createGraph);
    }
}

[Mistake("2.2-not-handed-out", Question = "2.2", Member = "MyTorch.Autograd.Backward")]
partial class Autograd
{
    public void Backward(Tensor output, Tensor? gradient = null, bool createGraph = false) => Run(Begin(output, gradient, createGraph));
}

[Mistake("2.2-first-never-stored", Question = "2.2", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
        {
            if (contributions[k] is not { } contribution) continue;
            Tensor input = operation.Inputs[k];
            if (adjoints[input] is { } sum) adjoints[input] = adjoints.Add(sum, contribution);
        }
        return true;
    }
}

[Mistake("2.2-first-counted-twice", Question = "2.2", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
        {
            if (contributions[k] is not { } contribution) continue;
            Tensor input = operation.Inputs[k];
            adjoints[input] ??= contribution;
            adjoints[input] = adjoints.Add(adjoints[input]!, contribution);
        }
        return true;
    }
}

[Mistake("2.3-overwritten", Question = "2.3", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution) adjoints[operation.Inputs[k]] = contribution;
        return true;
    }
}

[Mistake("2.3-added-in-place", Question = "2.3", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
        {
            if (contributions[k] is not { } contribution) continue;
            if (adjoints[operation.Inputs[k]] is { } sum) sum.CopyFrom(sum + contribution);
            else adjoints[operation.Inputs[k]] = contribution;
        }
        return true;
    }
}

[Mistake("2.3-first-kept", Question = "2.3", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution) adjoints[operation.Inputs[k]] ??= contribution;
        return true;
    }
}

[Mistake("2.3-handed-down-the-list", Question = "2.3", Member = "MyTorch.Autograd.Sweep")]
partial class Autograd
{
    void Sweep(Adjoints adjoints)
    {
        Tensor? handedDown = adjoints.Seed;
        for (int i = adjoints.Last; i >= _start && handedDown is not null; i--)
        {
            Tensor?[] contributions = adjoints.Contributions(_tape[i], handedDown);
            for (int k = 0; k < contributions.Length; k++)
                if (contributions[k] is { } contribution && _tape[i].Inputs[k] is var input && input.IsLeaf)
                    adjoints[input] = adjoints[input] is { } sum ? adjoints.Add(sum, contribution) : contribution;
            handedDown = contributions[0];
        }
    }
}

[Mistake("2.3-undone-once-for-each-way", Question = "2.3", Member = "MyTorch.Autograd.Sweep")]
partial class Autograd
{
    void Sweep(Adjoints adjoints) => Visit(_tape[adjoints.Last], adjoints.Seed, adjoints, new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance));

    static void Visit(Operation operation, Tensor upstream, Adjoints adjoints, Dictionary<Tensor, Tensor> sums)
    {
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
        {
            if (contributions[k] is not { } contribution) continue;
            Tensor input = operation.Inputs[k];
            sums[input] = sums.TryGetValue(input, out Tensor? sum) ? sum + contribution : contribution;
            if (input.Producer is { } before) Visit(before, sums[input], adjoints, sums);
            else adjoints[input] = sums[input];
        }
    }
}

[Mistake("2.3-average", Question = "2.3", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution)
                adjoints[operation.Inputs[k]] = adjoints[operation.Inputs[k]] is { } sum ? (sum + contribution) / 2 : contribution;
        return true;
    }
}

[Mistake("2.4-overwritten", Question = "2.4", Member = "MyTorch.Autograd.Backward")]
partial class Autograd
{
    public void Backward(Tensor output, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, gradient, createGraph);
        Run(adjoints);
        foreach (Tensor leaf in adjoints.Leaves) leaf.Grad = adjoints[leaf]!.Clone();
    }
}

[Mistake("2.4-inner-counted-again", Question = "2.4", Member = "MyTorch.Autograd.Backward")]
partial class Autograd
{
    public void Backward(Tensor output, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, gradient, createGraph);
        output.Grad = output.Grad is { } before ? before + adjoints.Seed : adjoints.Seed;
        using PauseScope pause = Pause();
        for (int i = adjoints.Last; i >= _start; i--)
        {
            if (_tape[i].Output.Grad is not { } upstream) continue;
            Tensor?[] contributions = adjoints.Contributions(_tape[i], upstream);
            for (int k = 0; k < contributions.Length; k++)
                if (contributions[k] is { } contribution && _tape[i].Inputs[k] is var input)
                    input.Grad = input.Grad is { } sum ? sum + contribution : contribution;
        }
    }
}

[Mistake("2.4-first-kept", Question = "2.4", Member = "MyTorch.Autograd.Backward")]
partial class Autograd
{
    public void Backward(Tensor output, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, gradient, createGraph);
        Run(adjoints);
        foreach (Tensor leaf in adjoints.Leaves) leaf.Grad ??= adjoints[leaf]!.Clone();
    }
}

[Mistake("2.5-zero-instead-of-nothing", Question = "2.5", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        Tensor upstream = adjoints.Take(operation.Output) ?? Tensor.ZerosLike(operation.Output);
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution)
                adjoints[operation.Inputs[k]] = adjoints[operation.Inputs[k]] is { } sum ? adjoints.Add(sum, contribution) : contribution;
        return true;
    }
}

[Mistake("2.5-one-instead-of-nothing", Question = "2.5", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        Tensor upstream = adjoints.Take(operation.Output) ?? Tensor.OnesLike(operation.Output);
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution)
                adjoints[operation.Inputs[k]] = adjoints[operation.Inputs[k]] is { } sum ? adjoints.Add(sum, contribution) : contribution;
        return true;
    }
}

[Mistake("2.5-stops-there", Question = "2.5", Member = "MyTorch.Autograd.Sweep")]
partial class Autograd
{
    void Sweep(Adjoints adjoints)
    {
        for (int i = adjoints.Last; i >= _start; i--)
            if (!Propagate(_tape[i], adjoints)) return;
    }
}

[Mistake("2.5-null-handed-on", Question = "2.5", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        Tensor upstream = adjoints.Take(operation.Output)!;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution)
                adjoints[operation.Inputs[k]] = adjoints[operation.Inputs[k]] is { } sum ? adjoints.Add(sum, contribution) : contribution;
        return true;
    }
}

[Mistake("2.2-never-swept", Question = "2.2", Member = "MyTorch.Autograd.Backward")]
partial class Autograd
{
    public void Backward(Tensor output, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, gradient, createGraph);
        foreach (Tensor leaf in adjoints.Leaves)
            leaf.AddToGrad(adjoints[leaf]!, createGraph);
    }
}

[Mistake("2.2-handed-out-on-the-way", Question = "2.2", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution) operation.Inputs[k].AddToGrad(contribution, false);
        return true;
    }
}

[Mistake("2.2-around-the-scope", Question = "2.2", Member = "MyTorch.Autograd.Sweep")]
partial class Autograd
{
    void Sweep(Adjoints adjoints)
    {
        for (int i = adjoints.Last; i >= 0; i--)
            Propagate(_tape[i], adjoints);
    }
}

[Right("propagate", Question = "2.2", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution)
                adjoints[operation.Inputs[k]] = adjoints[operation.Inputs[k]] is { } sum ? adjoints.Add(sum, contribution) : contribution;
        return true;
    }
}

[Mistake("2.1-only-last-input", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        if (operation.Inputs[^1].RequiresGrad) Append(operation);
    }
}

[Mistake("2.1-only-without-gradients", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        if (!operation.Inputs.Any(input => input.RequiresGrad)) Append(operation);
    }
}

[Mistake("2.2-last-input-only", Question = "2.2", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor input = operation.Inputs[^1];
        if (adjoints.Contributions(operation, upstream)[^1] is { } contribution)
            adjoints[input] = adjoints[input] is { } sum ? adjoints.Add(sum, contribution) : contribution;
        return true;
    }
}

[Mistake("2.2-upstream-for-contribution", Question = "2.2", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution)
                adjoints[operation.Inputs[k]] = adjoints[operation.Inputs[k]] is { } sum ? adjoints.Add(sum, upstream) : upstream;
        return true;
    }
}

[Mistake("2.2-from-one-and-the-given", Question = "2.2", Member = "MyTorch.Autograd.Backward")]
partial class Autograd
{
    public void Backward(Tensor output, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, gradient, createGraph);
        adjoints[output] = adjoints.Add(adjoints[output]!, Tensor.OnesLike(output));
        Run(adjoints);
        foreach (Tensor leaf in adjoints.Leaves)
            leaf.AddToGrad(adjoints[leaf]!, createGraph);
    }
}

[Mistake("2.3-multiplied", Question = "2.3", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution)
                adjoints[operation.Inputs[k]] = adjoints[operation.Inputs[k]] is { } sum ? sum * contribution : contribution;
        return true;
    }
}

[Mistake("2.3-subtracted", Question = "2.3", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution)
                adjoints[operation.Inputs[k]] = adjoints[operation.Inputs[k]] is { } sum ? sum - contribution : contribution;
        return true;
    }
}

[Mistake("2.3-sum-twice", Question = "2.3", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution)
                adjoints[operation.Inputs[k]] = adjoints[operation.Inputs[k]] is { } sum ? adjoints.Add(sum, sum) : contribution;
        return true;
    }
}

[Mistake("2.4-added-twice", Question = "2.4", Member = "MyTorch.Autograd.Backward")]
partial class Autograd
{
    public void Backward(Tensor output, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, gradient, createGraph);
        Run(adjoints);
        foreach (Tensor leaf in adjoints.Leaves)
        {
            bool again = leaf.Grad is not null;
            leaf.AddToGrad(adjoints[leaf]!, createGraph);
            if (again) leaf.AddToGrad(adjoints[leaf]!, createGraph);
        }
    }
}

[Mistake("2.4-averaged", Question = "2.4", Member = "MyTorch.Autograd.Backward")]
partial class Autograd
{
    public void Backward(Tensor output, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, gradient, createGraph);
        Run(adjoints);
        foreach (Tensor leaf in adjoints.Leaves)
            leaf.Grad = leaf.Grad is { } before ? (before + adjoints[leaf]!) / 2 : adjoints[leaf]!.Clone();
    }
}

[Mistake("2.1-everything-for-each-input", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        foreach (Tensor _ in operation.Inputs) Append(operation);
    }
}

[Mistake("2.1-flag-only", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        if (operation.Inputs.Any(input => input.RequiresGrad)) operation.Output.RequiresGrad = true;
    }
}

[Mistake("2.2-no-gradient-given", Question = "2.2", Member = "MyTorch.Autograd.Backward")]
partial class Autograd
{
    public void Backward(Tensor output, Tensor? gradient = null, bool createGraph = false)
    {
        Adjoints adjoints = Begin(output, null, createGraph);
        Run(adjoints);
        foreach (Tensor leaf in adjoints.Leaves)
            leaf.AddToGrad(adjoints[leaf]!, createGraph);
    }
}

[Mistake("2.2-all-to-the-first-input", Question = "2.2", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < contributions.Length; k++)
            if (contributions[k] is { } contribution)
                adjoints[operation.Inputs[0]] = adjoints[operation.Inputs[0]] is { } sum ? adjoints.Add(sum, contribution) : contribution;
        return true;
    }
}

[Right("record-if", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        if (operation.Inputs.Any(input => input.RequiresGrad)) Append(operation);
    }
}

[Mistake("2.1-twice", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        if (operation.Inputs.Any(input => input.RequiresGrad))
        {
            Append(operation);
            Append(operation);
        }
    }
}

[Mistake("2.1-everything", Form = "if", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        if (operation.Inputs.Count > 0) Append(operation);
    }
}

[Mistake("2.1-once-for-each-input", Form = "loop", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        foreach (Tensor input in operation.InputArray)
            if (input.RequiresGrad)
            {
                Append(operation);
            }
    }
}

[Mistake("2.1-leaves-only", Form = "loop", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        foreach (Tensor input in operation.InputArray)
            if (input.RequiresGrad && input.IsLeaf)
            {
                Append(operation);
                return;
            }
    }
}

[Mistake("2.1-only-without-gradients 2.1-once-for-each-input", Question = "2.1", Member = "MyTorch.Autograd.Record")]
partial class Autograd
{
    internal void Record(Operation operation)
    {
        foreach (Tensor input in operation.InputArray)
            if (!input.RequiresGrad)
            {
                Append(operation);
            }
    }
}

[Mistake("2.2-first-input-only", Form = "loop", Question = "2.2", Member = "MyTorch.Autograd.Propagate")]
partial class Autograd
{
    static bool Propagate(Operation operation, Adjoints adjoints)
    {
        if (adjoints.Take(operation.Output) is not { } upstream) return false;
        Tensor?[] contributions = adjoints.Contributions(operation, upstream);
        for (int k = 0; k < 1; k++)
            if (contributions[k] is { } contribution)
                adjoints[operation.Inputs[k]] = adjoints[operation.Inputs[k]] is { } sum ? adjoints.Add(sum, contribution) : contribution;
        return true;
    }
}
