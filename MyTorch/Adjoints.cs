using MyTorch.Operations;

namespace MyTorch;

/// <summary>
/// The gradients of one sweep: for each tensor the sum of the contributions that have arrived so far.
/// Buffers, reuse and un-broadcasting hide behind <see cref="Accumulate"/>.
/// </summary>
sealed class Adjoints
{
    readonly Autograd _scope;
    // Results are looked up by their place on the tape, everything else (leaves) by identity.
    readonly Slot[] _results;
    readonly Dictionary<Tensor, Slot> _leaves = new(ReferenceEqualityComparer.Instance);
    readonly HashSet<Tensor>? _keep;
    Dictionary<Tensor, Tensor>? _kept;
    List<(Tensor Gradient, Tensor Of)>? _finished;

    /// <summary>A sum, and whether its buffer was made here, so that the next contribution may be added in place.</summary>
    struct Slot
    {
        internal Tensor? Sum;
        internal bool IsOwn;
    }

    internal Adjoints(Autograd scope, Tensor output, Tensor seed, bool createGraph, IReadOnlyList<Tensor>? keep = null)
    {
        _scope = scope;
        (Output, Seed) = (output, seed);
        CreateGraph = createGraph;
        _keep = keep is null ? null : new HashSet<Tensor>(keep, ReferenceEqualityComparer.Instance);
        bool recorded = scope.Recorded(output);
        Last = recorded ? output.Producer!.Index : -1;
        _results = new Slot[recorded ? Last - scope.Start + 1 : 0];
        if (recorded) _results[^1].Sum = seed;
        else _leaves[output] = new Slot { Sum = seed };
    }

    /// <summary>The tensor that is differentiated.</summary>
    internal Tensor Output { get; }

    /// <summary>The gradient that the sweep starts from.</summary>
    internal Tensor Seed { get; }

    internal bool CreateGraph { get; }

    /// <summary>
    /// Told of each contribution once it is added. While there is one no sum is changed in place, so that it may keep what it is given.
    /// </summary>
    internal Action<Contribution>? Observer { get; init; }

    /// <summary>The place of the output on the tape, where the sweep begins.</summary>
    internal int Last { get; }

    /// <summary>The finished gradient of an operation's output, which no later contribution can reach; null if none arrived.</summary>
    internal Tensor? Take(Tensor result)
    {
        ref Slot slot = ref _results[result.Producer!.Index - _scope.Start];
        Tensor? sum = slot.Sum;
        slot = default;
        if (CreateGraph && sum is not null) (_finished ??= []).Add((sum, result));
        if (sum is not null) Keep(result, sum);
        return sum;
    }

    /// <summary>Adds one contribution to the gradient of an operation's input.</summary>
    internal void Accumulate(Operation operation, int position, Tensor? gradient)
    {
        Tensor input = operation.InputArray[position];
        if (gradient is null || !input.RequiresGrad) return;
        Tensor contribution = Fit(operation, position, input, gradient);
        ref Slot slot = ref SlotOf(input);
        Tensor? before = slot.Sum;
        Add(ref slot, contribution);
        Observer?.Invoke(new Contribution(operation, position, contribution, before, slot.Sum!, WasRepeated: !ReferenceEquals(contribution, gradient)));
    }

    ref Slot SlotOf(Tensor tensor)
    {
        if (_scope.Recorded(tensor)) return ref _results[tensor.Producer!.Index - _scope.Start];
        return ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_leaves, tensor, out _);
    }

    void Add(ref Slot slot, Tensor gradient)
    {
        if (slot.Sum is null) slot.Sum = gradient;
        else if (CreateGraph) slot.Sum += gradient;
        else if (slot.IsOwn && Observer is null) Elementwise.AddInPlace(slot.Sum, gradient);
        else
        {
            using (Autograd.Pause()) slot.Sum += gradient;
            slot.IsOwn = true;
        }
    }

    // An input that was repeated by broadcasting receives the sum over its repetitions.
    Tensor Fit(Operation operation, int position, Tensor input, Tensor gradient)
    {
        RequireFit(operation, position, input, gradient);
        if (gradient.Shape == input.Shape) return gradient;
        if (CreateGraph) return gradient.SumTo(input.Shape);
        using (Autograd.Pause()) return gradient.SumTo(input.Shape);
    }

    /// <summary>Refuses a gradient that is neither of its input's type and shape nor of a shape to which that broadcasts.</summary>
    internal static void RequireFit(Operation operation, int position, Tensor input, Tensor gradient)
    {
        if (gradient.DType != input.DType || !input.Shape.BroadcastsTo(gradient.Shape))
            throw new InvalidOperationException(
                $"{operation.Name}.Backward returned a gradient of {gradient.Shape} {gradient.DType} for input {position}, which is {input.Shape} {input.DType}; " +
                "a gradient has its input's type and its shape (or the shape it was broadcast to).");
    }

    /// <summary>The gradient of a leaf, or of an inner result named at the start; null if none arrived.</summary>
    internal Tensor? Of(Tensor tensor) =>
        _kept?.GetValueOrDefault(tensor) is { } kept ? kept : _leaves.GetValueOrDefault(tensor).Sum;

    /// <summary>Takes over sums that were computed elsewhere.</summary>
    internal void Adopt(IReadOnlyDictionary<Tensor, Tensor> sums)
    {
        foreach ((Tensor tensor, Tensor sum) in sums)
        {
            if (!_scope.Recorded(tensor)) _leaves[tensor] = new Slot { Sum = sum };
            else Keep(tensor, sum);
        }
    }

    void Keep(Tensor result, Tensor sum)
    {
        if (result.RetainsGrad || _keep?.Contains(result) == true) (_kept ??= new(ReferenceEqualityComparer.Instance))[result] = sum;
    }

    /// <summary>With a graph, every gradient of the sweep with the tensor it belongs to: results in the order of the sweep, then leaves.</summary>
    internal IEnumerable<(Tensor Gradient, Tensor Of)> Finished() =>
        (_finished ?? []).Concat(_leaves.Select(leaf => (leaf.Value.Sum!, leaf.Key)));

    /// <summary>Ends a Backward: only now, when nothing can fail any more, do the gradients reach <see cref="Tensor.Grad"/>.</summary>
    /// <exception cref="InvalidOperationException">No leaf was reached, but a result of a scope around this one was: its tape goes on there.</exception>
    internal void AddToGrads()
    {
        if (_kept is null && _leaves.Count > 0 && _leaves.Keys.FirstOrDefault(leaf => leaf.IsLeaf || leaf.RetainsGrad) is null)
            throw new InvalidOperationException(
                $"Backward: the way back ends at {_leaves.Keys.First().Describe()}, which was recorded in a scope around this one, and reaches no leaf. " +
                "Call Backward on that scope (loss.Backward() finds it), or ask for this gradient with Gradients or RetainGrad().");
        foreach ((Tensor leaf, Slot slot) in _leaves)
            if (leaf.IsLeaf || leaf.RetainsGrad) leaf.AddToGrad(slot.Sum!, CreateGraph);
        foreach ((Tensor result, Tensor sum) in _kept ?? [])
            result.AddToGrad(sum, CreateGraph);
    }
}

/// <summary>A partial adjoint on its way: what undoing an operation added to the gradient of one of its inputs.</summary>
/// <param name="Operation">The operation that was undone.</param>
/// <param name="Position">Which of its inputs received.</param>
/// <param name="Value">What was added, of the input's shape.</param>
/// <param name="Before">The input's gradient until then; null if nothing had arrived.</param>
/// <param name="Sum">The input's gradient with this contribution.</param>
/// <param name="WasRepeated">Whether broadcasting had repeated the input, so that the rule's result was summed over the repetitions.</param>
readonly record struct Contribution(Operation Operation, int Position, Tensor Value, Tensor? Before, Tensor Sum, bool WasRepeated);
