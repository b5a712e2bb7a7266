namespace MyTorch;

/// <summary>
/// The adjoints of one sweep: for each tensor the sum of the contributions that have arrived so far, read and written like a dictionary.
/// </summary>
class Adjoints
{
    readonly Autograd _scope;
    // None where the gradients can be seen from outside the sweep.
    readonly GradientMemory? _memory;
    // Results have a slot each, by index on the tape; everything else (leaves) is looked up.
    readonly Tensor?[] _results;
    readonly Dictionary<Tensor, Tensor?> _leaves;
    readonly HashSet<Tensor>? _keep;
    bool _handedOut;
    Dictionary<Tensor, Tensor>? _kept;

    internal Adjoints(Autograd scope, Tensor output, Tensor seed, GradientMemory? memory, IReadOnlyList<Tensor>? keep = null)
    {
        (_scope, _memory, Output, Seed) = (scope, memory, output, seed);
        _leaves = memory?.RentSums() ?? new(ReferenceEqualityComparer.Instance);
        _keep = keep is null ? null : new HashSet<Tensor>(keep, ReferenceEqualityComparer.Instance);
        Last = scope.IndexOf(output);
        _results = new Tensor?[Last < 0 ? 0 : Last - scope.Start + 1];
        this[output] = seed;
    }

    /// <summary>The tensor that is differentiated.</summary>
    internal Tensor Output { get; }

    /// <summary>The gradient that the sweep starts from.</summary>
    internal Tensor Seed { get; }

    /// <summary>Whether the sweep is recorded.</summary>
    internal virtual bool CreateGraph => false;

    /// <summary>Whether the sweep sets <see cref="Tensor.Grad"/> of the leaves, as Backward does and Gradients does not.</summary>
    internal bool SetsGrad => _keep is null;

    /// <summary>The index of the output on the tape, where the sweep begins; -1 if it is a leaf.</summary>
    internal int Last { get; }

    /// <summary>The gradient accumulated for a tensor so far, or null. That of an inner result ends when it is taken.</summary>
    internal Tensor? this[Tensor tensor]
    {
        get
        {
            int index = _scope.IndexOf(tensor);
            if (index < 0) return _leaves.GetValueOrDefault(tensor);
            index -= _scope.Start;
            return (index < _results.Length ? _results[index] : null) ?? _kept?.GetValueOrDefault(tensor);
        }
        set
        {
            int index = _scope.IndexOf(tensor);
            if (index < 0) _leaves[tensor] = value;
            else _results[index - _scope.Start] = value;
        }
    }

    /// <summary>Takes the gradient of an operation's output, which no later contribution can reach; null if none arrived.</summary>
    internal virtual Tensor? Take(Tensor result)
    {
        int index = result.Producer!.Index - _scope.Start;
        if (index < 0) throw EngineErrors.BeforeTheScope(result.Producer);
        // Recorded after the output, which does not depend on it.
        if (index >= _results.Length) return null;
        ref Tensor? slot = ref _results[index];
        if (slot is not { } sum) return null;
        slot = null;
        if (result.RetainsGrad || _keep?.Contains(result) == true) Keep(result, sum);
        return sum;
    }

    void Keep(Tensor result, Tensor sum)
    {
        (_kept ??= new(ReferenceEqualityComparer.Instance))[result] = sum;
        sum.Gradient.IsBuffer = false;
        if (result.RetainsGrad) _leaves[result] = sum;
    }

    /// <summary>
    /// What an operation's backward rule contributes to each input, from the gradient of its output. A contribution has its input's shape;
    /// it is null for an input that gets none or requires none.
    /// </summary>
    internal Tensor?[] Contributions(Operation operation, Tensor upstream)
    {
        if (upstream is null) throw EngineErrors.NoUpstream(operation);
        _memory?.LeavesLend = SetsGrad;
        Tensor?[] returned = operation.RunBackward(upstream, _memory), contributions = returned;
        _scope.Watcher?.AfterBackward(operation, operation.Index - _scope.Start, upstream, returned);
        for (int k = 0; k < returned.Length; k++)
        {
            if (returned[k] is not { } gradient) continue;
            Tensor input = operation.InputArray[k];
            Tensor? contribution = input.RequiresGrad ? operation.Fitted(k, gradient) : null;
            if (ReferenceEquals(contribution, gradient)) continue;
            // The array belongs to the rule, which may use it again.
            if (contributions == returned) contributions = [.. returned];
            contributions[k] = contribution;
        }
        Observe(operation, upstream, returned, contributions);
        return contributions;
    }

    /// <summary>Sees what a backward rule returned, and what that contributes to the inputs.</summary>
    private protected virtual void Observe(Operation operation, Tensor upstream, Tensor?[] returned, Tensor?[] contributions) { }

    /// <summary>sum + contribution; in the memory of one of them if nobody else can reach it.</summary>
    internal Tensor Add(Tensor sum, Tensor contribution)
    {
        if (sum is null || contribution is null) throw EngineErrors.NothingToAdd(sum);
        if (sum.Shape != contribution.Shape) throw EngineErrors.CannotAdd(sum, contribution);
        return _memory is null ? sum + contribution : _memory.Add(sum, contribution);
    }

    /// <summary>The gradient of a leaf, or of an inner result named at the start, for the caller to keep; null if none arrived.</summary>
    // A rule may return its upstream gradient as it is (a sum does): copied, what the caller writes into a gradient reaches nothing else.
    internal Tensor? Finished(Tensor tensor) => CreateGraph ? this[tensor] : this[tensor]?.Clone();

    /// <summary>Takes over sums that were computed elsewhere.</summary>
    internal void Adopt(IReadOnlyDictionary<Tensor, Tensor> sums)
    {
        foreach ((Tensor tensor, Tensor sum) in sums)
        {
            this[tensor] = sum;
            if (tensor.RetainsGrad && _scope.Recorded(tensor)) Keep(tensor, sum);
        }
    }

    /// <summary>Removes a leaf whose gradient was handed out before the end of the sweep.</summary>
    internal Tensor? Remove(Tensor leaf)
    {
        if (!_leaves.Remove(leaf, out Tensor? sum)) return null;
        _handedOut = true;
        return sum;
    }

    /// <summary>
    /// The tensors whose <see cref="Tensor.Grad"/> the sweep adds to: the leaves it reached, and the results that retain theirs.
    /// </summary>
    /// <exception cref="InvalidOperationException">The sweep reached none, but a result of a scope around this one: its history continues
    /// there.</exception>
    internal Dictionary<Tensor, Tensor?>.KeyCollection Leaves
    {
        get
        {
            Tensor? other = null;
            foreach (Tensor tensor in _leaves.Keys)
                if (!ReceivesGrad(tensor)) _leaves.Remove(other = tensor);
            return other is null || _handedOut || _leaves.Count > 0 ? _leaves.Keys : throw EngineErrors.NoLeafReached(other);
        }
    }

    /// <summary>The end of the sweep: the sums are read, and their dictionary serves the next sweep.</summary>
    internal void End() => _memory?.EndSweep(_leaves);

    static bool ReceivesGrad(Tensor tensor) => tensor.IsLeaf || tensor.RetainsGrad;

    private protected IEnumerable<Tensor> TrueLeaves => _leaves.Keys.Where(leaf => !_scope.Recorded(leaf));
}
